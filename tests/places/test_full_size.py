"""BiomedCLIP's architecture at its real size, from a Hub on the loopback under its real name.

The weights are random. `make test` leaves these tests out: `.ci/run` runs them, and makes the model
card's own environment in build/model_card.
"""

import os
import subprocess
import sys
from pathlib import Path

import full_size
import numpy as np
import pytest
from loopback import FaultyHandler, no_fault, status

from nbhelpers import MODEL_CARD_LABELS, ModelLoadError, example_data, load_model, prefetch
from nbhelpers.load import BIOMEDCLIP, SHA256, sha256
from nbhelpers.local_hub import local_hub

pytestmark = pytest.mark.full_size
ROOT = Path(__file__).parents[2]
WEIGHTS = "open_clip_pytorch_model.bin"
IMAGES = sorted((ROOT / "example_data" / "images").glob("*.png"))[::12]
PROMPTS = [f"this is a photo of {label}" for label in MODEL_CARD_LABELS]
PYTHONS = {
    "these versions": sys.executable,
    "the model card's versions": str(ROOT / "build/model_card/bin/python"),
}


@pytest.fixture(scope="module")
def checkpoint():
    """The folder with the random checkpoint, written once and kept in build/."""
    folder = Path(os.environ.get("NBHELPERS_FULL_SIZE") or ROOT / "build" / "full_size")
    if not (folder / WEIGHTS).is_file():
        full_size.write_model(folder)
    return folder


@pytest.fixture(scope="module")
def served(checkpoint, tmp_path_factory):
    """A Hub with both repositories at their pinned commits, and a cache that is empty at first."""
    with local_hub(checkpoint, BIOMEDCLIP, tmp_path_factory.mktemp("cache")) as server:
        server.RequestHandlerClass = server.handler = type("Handler", (FaultyHandler,), {})
        yield server


@pytest.fixture
def full_size_hub(served):
    """The Hub without a fault, and without the requests of the tests before."""
    served.handler.fault = no_fault
    served.requests.clear()
    return served


@pytest.mark.parametrize("versions", PYTHONS)
def test_answers_equal_those_of_the_model_cards_own_lines(versions, full_size_hub, tmp_path):
    python = PYTHONS[versions]
    if not Path(python).is_file():
        pytest.fail("There is no build/model_card. `.ci/run` makes it.")
    script, out = ROOT / "tests" / "model_card.py", tmp_path / "out.npz"
    subprocess.run([python, str(script), str(out), *map(str, IMAGES)], check=True)
    card = np.load(out)
    model = load_model("biomedclip", device="cpu", precision="fp32", verify=False)
    images, texts = model.encode_images(IMAGES), model.encode_texts(PROMPTS)
    np.testing.assert_array_equal(model.tokenizer(PROMPTS).numpy(), card["tokens"])
    np.testing.assert_allclose(images, card["images"], atol=1e-5)
    np.testing.assert_allclose(texts, card["texts"], atol=1e-5)
    probabilities = model.probabilities(images, texts)
    np.testing.assert_allclose(probabilities, card["probabilities"], atol=1e-5)


@pytest.mark.parametrize("source", ["biomedclip", f"hf-hub:{BIOMEDCLIP}"])
def test_other_weights_under_the_pinned_name_are_refused_with_both_checksums(
    source, checkpoint, full_size_hub
):
    found = sha256(checkpoint / WEIGHTS)
    says = f"its SHA-256 is {found}, expected {SHA256[WEIGHTS]}"
    with pytest.raises(ModelLoadError, match=says):
        load_model(source)


def test_cached_it_loads_without_a_request_while_the_hub_is_down(full_size_hub):
    load_model("biomedclip", verify=False)
    full_size_hub.requests.clear()
    full_size_hub.handler.fault = status(503)
    assert load_model("biomedclip", verify=False).name == "BiomedCLIP"
    assert not full_size_hub.requests


def test_a_prefetched_folder_loads_fast_and_small_with_the_network_cut_off(full_size_hub, tmp_path):
    folder = prefetch("biomedclip", tmp_path / "biomedclip", verify=False)
    full_size_hub.requests.clear()
    code = f"""
import re, socket, time
from pathlib import Path

def refuse(*args, **kwargs):
    raise AssertionError("the network was asked for")

socket.socket.connect = socket.getaddrinfo = refuse
import open_clip, transformers
from nbhelpers import load_model

start, used = time.perf_counter(), time.process_time()
model = load_model({str(folder)!r})
seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - used
# Not getrusage: its peak starts with that of the process that started this one.
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]
assert model.encode_texts("brain MRI").shape == (1, 512)
print(seconds, cpu_seconds, int(peak) * 1024 / 1e9)
"""
    command = [sys.executable, "-c", code]
    environment = os.environ | {"HF_HUB_CACHE": str(tmp_path / "empty")}
    for _ in range(
        4
    ):  # on a busy machine, even the CPU time of one run may be twice that of another
        run = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, check=True, env=environment
        )
        seconds, cpu_seconds, gigabytes = map(float, run.stdout.split())
        print(f"loaded in {seconds:.1f} s ({cpu_seconds:.1f} s of CPU), peak {gigabytes:.3f} GB")
        assert gigabytes <= 2.6
        if cpu_seconds <= 9:
            break
    assert cpu_seconds <= 9
    assert not full_size_hub.requests


def test_check_finds_random_weights_by_the_cosines_of_its_prompts(checkpoint):
    command = [sys.executable, "-m", "nbhelpers", "check"]
    bad = subprocess.run([*command, str(checkpoint)], capture_output=True, text=True)
    assert bad.returncode == 1, bad.stderr
    found = [line for line in bad.stdout.splitlines() if line.startswith("BAD")]
    assert len(found) == 1 and "other weights" in found[0]
    assert "prompts differ from BiomedCLIP's by" in bad.stdout
    folder = example_data() / "phantom_clip"
    good = subprocess.run([*command, str(folder)], capture_output=True, text=True)
    assert good.returncode == 0 and "BAD" not in good.stdout, good.stdout + good.stderr


def test_a_notebook_runs_when_make_is_given_the_folder(checkpoint, tmp_path):
    notebook = tmp_path / "00_start_here.ipynb"
    environment = os.environ | {"NBHELPERS_MODEL": os.path.relpath(checkpoint, ROOT)}
    command = ["make", f"RUNS={tmp_path}", str(notebook)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "195.9 M parameters" in notebook.read_text(encoding="utf-8")
