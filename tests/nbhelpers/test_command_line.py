"""`python -m nbhelpers`: what it prints, and the exit code that a script goes by."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from nbhelpers import example_data

ROOT = Path(__file__).parents[2]


def nbhelpers(*arguments, **environment):
    command = [sys.executable, "-m", "nbhelpers", *map(str, arguments)]
    environment = os.environ | {"HF_HUB_OFFLINE": "1"} | environment
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def test_check_finds_a_whole_folder_good_and_names_the_damaged_file(tmp_path):
    folder = shutil.copytree(example_data() / "phantom_clip", tmp_path / "model")
    sums = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(folder.iterdir())
    ]
    (folder / "SHA256SUMS").write_text("".join(sums))
    good = nbhelpers("check", folder)
    assert good.returncode == 0 and "BAD" not in good.stdout, good.stdout + good.stderr
    assert "ok    open_clip_model.safetensors: " in good.stdout
    weights = folder / "open_clip_model.safetensors"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    bad = nbhelpers("check", folder)
    assert bad.returncode == 1
    assert any(
        line.startswith("BAD") and weights.name in line for line in bad.stdout.splitlines()
    ), bad.stdout


def test_check_notes_weights_that_no_checksum_covers():
    done = nbhelpers("check", example_data() / "phantom_clip")
    assert done.returncode == 0, done.stdout
    assert "note  open_clip_model.safetensors: 0 files have a checksum" in done.stdout


def test_prefetch_says_why_it_cannot_and_leaves_no_model(tmp_path):
    done = nbhelpers(
        "prefetch",
        "hf-hub:nobody/nothing",
        tmp_path / "model",
        HF_HUB_CACHE=str(tmp_path / "cache"),
    )
    assert done.returncode == 1
    assert "nobody/nothing" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "model" / "SHA256SUMS").exists()


def test_a_command_that_there_is_not_is_answered_with_those_that_there_are():
    done = nbhelpers("fetch")
    assert done.returncode == 2 and "prefetch" in done.stderr


def test_a_model_folder_given_to_make_is_found_from_the_notebooks():
    show = ["make", "--silent", "--eval", "show:; @echo $$NBHELPERS_MODEL", "show"]
    for told in (
        {"NBHELPERS_MODEL": "example_data/phantom_clip"},
        {"NBHELPERS_MODEL": "phantomclip"},
    ):
        done = subprocess.run(show, capture_output=True, text=True, cwd=ROOT, env=os.environ | told)
        whole = (
            str(ROOT / "example_data" / "phantom_clip")
            if "/" in told["NBHELPERS_MODEL"]
            else "phantomclip"
        )
        assert done.stdout.strip() == whole, done.stderr
