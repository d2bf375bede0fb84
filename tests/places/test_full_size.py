"""The real code path at BiomedCLIP's real size, with random weights, from a Hub on the loopback under its real name.

Not part of `make test`: .ci/run runs it, and builds the model card's own environment in build/model_card.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import full_size
import numpy as np
import pytest
from loopback import FaultyHandler, status

from nbhelpers import MODEL_CARD_LABELS, ModelLoadError, load_model, prefetch
from nbhelpers.hub import BIOMEDCLIP
from nbhelpers.serve import Repository, local_hub, repositories

pytestmark = pytest.mark.full_size
ROOT = Path(__file__).parents[1]
IMAGES = sorted((ROOT / "example_data" / "images").glob("*.png"))[::12]
PROMPTS = [f"this is a photo of {label}" for label in MODEL_CARD_LABELS]
NAMES = {"biomedclip": {"verify": False}, f"hf-hub:{BIOMEDCLIP.repository}": {}}
PYTHONS = {
    "these versions": sys.executable,
    "the model card's versions": str(ROOT / "build/model_card/bin/python"),
}


@pytest.fixture(scope="module")
def checkpoint():
    """The folder with the random checkpoint, built once and kept in build/."""
    folder = Path(os.environ.get("NBHELPERS_FULL_SIZE") or ROOT / "build" / "full_size")
    return (
        folder
        if (folder / "open_clip_pytorch_model.bin").is_file()
        else full_size.write_model(folder)
    )


@pytest.fixture(scope="module")
def hub(checkpoint, tmp_path_factory):
    """A Hub with both repositories at their pinned revisions, and an empty cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("home")))
        handler = type("Handler", (FaultyHandler,), {})
        with local_hub(checkpoint, BIOMEDCLIP.repository, handler) as server:
            commits = {
                BIOMEDCLIP.repository: BIOMEDCLIP.revision,
                BIOMEDCLIP.text_repository: BIOMEDCLIP.text_revision,
            }
            found = repositories(checkpoint, BIOMEDCLIP.repository)
            server.repositories = {
                name: Repository(commit, found[name].files) for name, commit in commits.items()
            }
            server.handler = handler
            yield server


def test_another_checkpoint_under_the_real_name_is_refused_before_it_is_downloaded(hub):
    with pytest.raises(
        ModelLoadError, match=r"SHA-256 is [0-9a-f]{64}, and 52cc993c5c5f[0-9a-f]{52} is pinned"
    ):
        load_model("biomedclip")
    assert hub.handler.sent < 10_000_000


@pytest.mark.parametrize("versions", PYTHONS)
def test_it_is_what_the_model_cards_own_lines_give(versions, hub, tmp_path):
    if not Path(PYTHONS[versions]).is_file():
        pytest.fail("build/model_card is not there: .ci/run builds it")
    script, out = ROOT / "tests" / "model_card.py", tmp_path / "out.npz"
    subprocess.run([PYTHONS[versions], str(script), str(out), *map(str, IMAGES)], check=True)
    theirs = np.load(out)
    for source, options in NAMES.items():
        model = load_model(source, device="cpu", precision="fp32", **options)
        images, texts = model.encode_images(IMAGES), model.encode_texts(PROMPTS)
        np.testing.assert_array_equal(model.tokenizer(PROMPTS).numpy(), theirs["tokens"])
        np.testing.assert_allclose(images, theirs["images"], atol=1e-5)
        np.testing.assert_allclose(texts, theirs["texts"], atol=1e-5)
        np.testing.assert_allclose(
            model.probabilities(images, texts), theirs["probabilities"], atol=1e-5
        )


def test_prefetched_it_loads_with_the_network_cut_off_and_an_empty_cache(
    hub, tmp_path, monkeypatch
):
    folder = prefetch("biomedclip", tmp_path / "biomedclip", verify=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "empty"))
    hub.requests.clear()
    code = f"""
import socket
def refuse(*args, **kwargs):
    raise AssertionError("the network was asked for")
socket.socket.connect = socket.getaddrinfo = refuse
import re, time
from pathlib import Path
from nbhelpers import load_model
import open_clip, transformers
start = time.perf_counter()
model = load_model({str(folder)!r})
model.encode_texts("brain MRI")
seconds = time.perf_counter() - start
# Not getrusage: its peak starts with that of the process that started this one.
print(seconds, int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1e6)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seconds, gigabytes = map(float, done.stdout.split())
    print(f"loaded in {seconds:.1f} s, {gigabytes:.2f} GB at the peak")
    assert gigabytes <= 2.4
    assert not hub.requests
    with local_hub(folder) as room:  # as one laptop gives it to the others
        assert set(room.repositories) == {BIOMEDCLIP.repository, BIOMEDCLIP.text_repository}
        assert load_model("biomedclip", verify=False).name == "BiomedCLIP"


def test_cached_it_loads_as_fast_without_the_hub_as_off_line(hub, monkeypatch):
    def seconds():
        start = time.perf_counter()
        load_model("biomedclip", verify=False)
        return time.perf_counter() - start

    load_model("biomedclip", verify=False)
    hub.requests.clear()
    hub.handler.fault = status(503)
    down = min(seconds() for _ in range(3))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert (
        down <= min(seconds() for _ in range(3)) + 2
    )  # a Hub that is waited for takes five seconds
    assert not hub.requests


def test_a_notebook_runs_at_full_size_when_make_is_given_the_folder(checkpoint, tmp_path):
    notebook = tmp_path / "00_start_here.ipynb"
    environment = os.environ | {"NBHELPERS_MODEL": os.path.relpath(checkpoint, ROOT)}
    command = ["make", f"RUNS={tmp_path}", str(notebook)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "195.9 M parameters" in notebook.read_text()
