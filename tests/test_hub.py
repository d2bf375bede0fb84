"""Loading from a Hub over real HTTP, and the folder that `prefetch` makes of it."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from loopback import no_fault, only, status

from nbhelpers import ModelLoadError, load_model, prefetch
from nbhelpers.checksums import check_folder, sha256
from nbhelpers.hub import BIOMEDCLIP, find
from nbhelpers.serve import Repository

SOURCE = "hf-hub:nobody/tiny_clip"
PROMPTS = ["this is a photo of a chest x-ray", "brain mri"]


def texts(source, **options):
    return load_model(source, device="cpu", precision="fp32", **options).encode_texts(PROMPTS)


def files_asked_for(hub):
    return [
        line.rpartition("/")[2]
        for line in hub.requests
        if line.startswith("GET") and "/resolve/" in line
    ]


def test_a_model_of_the_hub_is_downloaded_once_and_is_the_same(hub, tiny):
    np.testing.assert_allclose(texts(SOURCE), tiny.encode_texts(PROMPTS), atol=1e-6)
    asked = files_asked_for(hub)
    assert asked[-1] == "open_clip_model.safetensors", (
        "the weights come last, so that where they are all is"
    )
    assert len(asked) == len(set(asked))
    hub.requests.clear()
    assert load_model(SOURCE).name == "tiny_clip"
    assert not hub.requests


def test_the_text_tower_comes_from_its_own_repository(hub, cache):
    found = find(SOURCE)
    assert "models--nobody--tiny_clip" in str(found.folder)
    assert "models--nobody--tiny-bert" in str(found.text) and found.text == found.tokenizer
    assert all(path.is_relative_to(cache) for path in found.files)


def test_open_clip_and_transformers_load_from_the_same_hub_and_fill_the_same_cache(
    hub, cache, tiny
):
    code = f"""
import open_clip, torch
model, preprocess = open_clip.create_model_from_pretrained("{SOURCE}")
tokenizer = open_clip.get_tokenizer("{SOURCE}")
with torch.no_grad():
    print(model.eval().encode_text(tokenizer({PROMPTS}), normalize=True).flatten().tolist())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    theirs = np.array(eval(done.stdout), dtype=np.float32).reshape(2, -1)
    np.testing.assert_allclose(theirs, tiny.encode_texts(PROMPTS), atol=1e-6)
    hub.requests.clear()
    np.testing.assert_allclose(texts(SOURCE), theirs, atol=1e-6)
    assert not hub.requests, "what the model card's lines downloaded is taken from the cache"


def test_a_cached_model_needs_no_hub(hub):
    before = texts(SOURCE)
    hub.requests.clear()
    hub.handler.fault = status(503)
    start = time.perf_counter()
    np.testing.assert_array_equal(texts(SOURCE), before)
    assert time.perf_counter() - start < 5 and not hub.requests


def test_a_revision_is_honoured(hub):
    commit = hub.repositories["nobody/tiny_clip"].commit
    assert find(SOURCE, revision=commit).folder.name == commit
    with pytest.raises(ModelLoadError, match="not this revision"):
        find(SOURCE, revision="v2")


def test_biomedclip_is_asked_for_at_its_pinned_revisions_and_refused_before_the_download(
    hub, cache
):
    files = hub.repositories["nobody/tiny_clip"].files
    hub.repositories[BIOMEDCLIP.repository] = Repository(BIOMEDCLIP.revision, files)
    with pytest.raises(
        ModelLoadError,
        match=r"not the published file.*SHA-256 is [0-9a-f]{64}, and 9a41f334.* is pinned",
    ):
        load_model("biomedclip")
    model = load_model("biomedclip", verify=False)
    assert model.name == "BiomedCLIP"
    assert any(
        f"resolve/{BIOMEDCLIP.revision}/open_clip_model.safetensors" in line
        for line in hub.requests
    )


def test_environment_variables_are_read_when_they_are_needed(hub, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    seen = []
    hub.handler.fault = lambda handler, name: seen.append(handler.headers.get("Authorization"))
    assert find(SOURCE).folder.is_relative_to(tmp_path / "elsewhere")
    assert set(seen) == {"Bearer hf_secret"}
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "third"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelLoadError, match="HF_HUB_OFFLINE"):
        find(SOURCE)


def test_prefetch_makes_a_folder_that_loads_without_a_network_or_a_cache(
    hub, cache, tmp_path, tiny, monkeypatch
):
    folder = prefetch(SOURCE, tmp_path / "stick" / "a folder")
    names = {path.name for path in folder.iterdir()}
    assert {
        "open_clip_config.json",
        "config.json",
        "tokenizer.json",
        "SOURCE.json",
        "SHA256SUMS",
    } < names
    assert not list(folder.glob("*.part")) and not cache.exists()
    tool = shutil.which("sha256sum")
    assert (
        not tool
        or subprocess.run([tool, "--check", "--quiet", "SHA256SUMS"], cwd=folder).returncode == 0
    )
    hub.requests.clear()
    monkeypatch.setenv("HF_HOME", str(tmp_path / "empty"))
    copy = shutil.copytree(folder, tmp_path / "other machine")
    np.testing.assert_allclose(texts(copy), tiny.encode_texts(PROMPTS), atol=1e-6)
    assert prefetch(SOURCE, folder) == folder
    assert not hub.requests


def test_prefetch_takes_from_the_cache_what_is_there(hub, tmp_path):
    find(SOURCE)
    hub.requests.clear()
    assert check_folder(prefetch(SOURCE, tmp_path / "folder"))
    assert not hub.requests


def test_prefetch_repairs_what_was_damaged_and_touches_nothing_else(hub, tmp_path):
    folder = prefetch(SOURCE, tmp_path / "folder")
    weights = folder / "open_clip_model.safetensors"
    right = sha256(weights)
    content = bytearray(weights.read_bytes())
    content[-5] ^= 1
    weights.write_bytes(content)
    with pytest.raises(
        ModelLoadError, match=f"safetensors is damaged.*SHA-256 is {sha256(weights)}.*says {right}"
    ):
        load_model(folder)
    assert load_model(folder, verify=False)
    hub.requests.clear()
    prefetch(SOURCE, folder)
    assert sha256(weights) == right and files_asked_for(hub) == ["open_clip_model.safetensors"]
    load_model(folder)


def test_prefetch_never_writes_over_what_is_not_its_own(hub, tmp_path, model_folder):
    (tmp_path / "config.json").write_text("mine")
    with pytest.raises(ModelLoadError, match=r"config.json is another file.*Name an empty folder"):
        prefetch(SOURCE, tmp_path)
    assert (tmp_path / "config.json").read_text() == "mine"
    folder = prefetch(SOURCE, tmp_path / "folder")
    with pytest.raises(ModelLoadError, match="holds nobody/tiny_clip"):
        prefetch("hf-hub:nobody/else", folder)


def test_a_transfer_that_breaks_goes_on_where_it_stopped(hub, tmp_path):
    size = (
        hub.repositories["nobody/tiny_clip"].files["open_clip_model.safetensors"][0].stat().st_size
    )
    starts = []

    def break_off_twice(handler, name):
        starts.append(handler.headers["Range"])
        if len(starts) < 3:
            handler.wfile = Short(handler)

    hub.handler.fault = only("open_clip_model.safetensors", break_off_twice)
    check_folder(prefetch(SOURCE, tmp_path / "folder"))
    positions = [int(header.removeprefix("bytes=").rstrip("-")) for header in starts]
    assert positions[0] == 0 < positions[1] < positions[2] < size


class Short:
    """A connection's file that closes the connection a moment after the headers."""

    def __init__(self, handler):
        self.handler, self.file = handler, handler.wfile

    def write(self, data):
        return self.file.write(data)

    def flush(self):
        self.file.flush()
        connection = self.handler.connection
        self.handler.connection = type(
            "Cut", (), {"sendfile": lambda _, file, start, count: self.cut(file, start)}
        )()
        self.socket = connection

    def cut(self, file, start):
        file.seek(start)
        self.socket.sendall(file.read(3 << 20))
        self.handler.close_connection = True


def test_killed_ten_times_it_fetches_no_byte_twice_beyond_a_chunk_a_kill(hub, tmp_path, cache):
    """SIGKILL at random moments: whatever has its name is whole, and the next call goes on."""
    folder, dice = tmp_path / "folder", random.Random(0)
    slow = only("open_clip_model.safetensors", lambda handler, name: slowly(handler))
    hub.handler.fault = slow
    code = f"from nbhelpers import prefetch; prefetch({SOURCE!r}, {str(folder)!r})"
    kills = 0
    while kills < 10:
        process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
        enough = hub.handler.sent + dice.randrange(3_000_000)
        while process.poll() is None and hub.handler.sent <= enough:
            time.sleep(0.01)
        assert process.poll() is None, "it came to its end before it could be killed"
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills += 1
        for repository in hub.repositories.values():
            for name, (path, _) in repository.files.items():
                assert not (folder / name).is_file() or sha256(folder / name) == sha256(path), name
        assert not (folder / "SHA256SUMS").is_file()
    hub.handler.fault = no_fault
    check_folder(prefetch(SOURCE, folder))
    whole = sum(path.stat().st_size for path in folder.iterdir())
    assert hub.handler.sent <= whole + (kills + 1) * (1 << 20) + 500_000


def slowly(handler):
    """Send a chunk each fifth of a second, and count what was sent."""
    if handler.command == "HEAD":
        return None
    path, _ = handler.server.repositories["nobody/tiny_clip"].files["open_clip_model.safetensors"]
    start, size = (
        int(handler.headers["Range"].removeprefix("bytes=").rstrip("-")),
        path.stat().st_size,
    )
    handler.send_response(206)
    for key, value in {
        "Content-Length": size - start,
        "Content-Range": f"bytes {start}-{size - 1}/{size}",
    }.items():
        handler.send_header(key, str(value))
    handler.end_headers()
    with path.open("rb") as file:
        file.seek(start)
        while chunk := file.read(1 << 19):
            handler.wfile.write(chunk)
            type(handler).sent += len(chunk)
            time.sleep(0.1)
    return True


def test_a_checksum_is_remembered_until_the_file_changes(hub, cache, tmp_path, monkeypatch):
    import nbhelpers.checksums as checksums

    computed = []
    real = checksums.sha256
    monkeypatch.setattr(checksums, "sha256", lambda path: computed.append(path) or real(path))
    folder = prefetch(SOURCE, tmp_path / "folder")
    computed.clear()
    load_model(folder)
    load_model(folder)
    assert not [path for path in computed if path.suffix == ".safetensors"]
    os.utime(folder / "open_clip_model.safetensors")
    load_model(folder)
    assert len([path for path in computed if path.suffix == ".safetensors"]) == 1
