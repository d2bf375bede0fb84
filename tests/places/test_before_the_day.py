"""What a teacher types, as docs/teaching/before_the_day.md has it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

pytestmark = pytest.mark.repository
ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "teaching" / "before_the_day.md"
BLOCKS = re.findall(r"```bash\n(.*?)```", PAGE.read_text(), re.DOTALL)


def commands(word):
    """The lines of the one block of the page that has this word."""
    (block,) = [block for block in BLOCKS if word in block]
    return block.splitlines()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not there")
def test_a_folder_goes_over_the_rooms_network(model_folder, tmp_path):
    teacher, laptop = tmp_path / "teacher", tmp_path / "laptop"
    shutil.copytree(model_folder, teacher / "checkpoints" / "biomedclip")
    laptop.mkdir()
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{one.getsockname()[1]}"

    *pack, serve = commands("http.server")
    subprocess.run("\n".join(pack), shell=True, check=True, cwd=teacher, env=environment)
    serve = serve.replace("8000", place.split(":")[1]) + " --bind 127.0.0.1"
    server = subprocess.Popen(
        serve, shell=True, cwd=teacher, env=environment, start_new_session=True
    )
    try:
        for _ in range(600):
            try:
                listing = requests.get(f"http://{place}", timeout=60).text
                break
            except requests.ConnectionError:
                time.sleep(0.1)
        assert re.findall('href="(.+?)"', listing) == ["biomedclip.zip"]
        (fetch,) = commands("curl")
        fetch = fetch.replace("ADDRESS:8000", place)
        subprocess.run(fetch, shell=True, check=True, cwd=laptop, env=environment)
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()

    fetched = laptop / "checkpoints" / "biomedclip"
    names = {path.name for path in model_folder.iterdir()}
    assert {path.name for path in fetched.iterdir()} == names
    for name in names:
        assert (fetched / name).read_bytes() == (model_folder / name).read_bytes()
