"""Loading from a Hub over real HTTP, and the folder that `prefetch` makes of it."""

import hashlib
import json
import random
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest
from loopback import around, cut, no_fault, only, page, status, wrong_bytes

from nbhelpers import ModelLoadError, load_model, prefetch
from nbhelpers.load import BIOMEDCLIP, REVISIONS, check_files, fetch, read_sums, sha256

NAME = "nobody/tiny_clip"
SOURCE = f"hf-hub:{NAME}"
WEIGHTS = "open_clip_model.safetensors"
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
    folder, text_folder = fetch(NAME, None)
    assert folder.is_relative_to(cache / "models--nobody--tiny_clip")
    assert text_folder.is_relative_to(cache / "models--nobody--tiny-bert")


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
    commit = hashlib.sha1(NAME.encode()).hexdigest()
    assert load_model(SOURCE, revision=commit).name == "tiny_clip"
    assert any(f"/resolve/{commit}/" in line for line in hub.requests)
    with pytest.raises(ModelLoadError, match=r"\(v2\) .*RevisionNotFound"):
        load_model(SOURCE, revision="v2")


def test_biomedclip_is_asked_for_at_its_pinned_revision_and_other_files_are_refused(hub):
    hub.repositories[BIOMEDCLIP] = hub.repositories[NAME]
    with pytest.raises(ModelLoadError, match=r"its SHA-256 is [0-9a-f]{64}, expected 9a41f334"):
        load_model("biomedclip")
    assert load_model("biomedclip", verify=False).name == "BiomedCLIP"
    assert any(f"resolve/{REVISIONS[BIOMEDCLIP]}/{WEIGHTS}" in line for line in hub.requests)


def test_of_several_weights_only_those_that_open_clip_takes_are_downloaded(hub):
    files = hub.repositories[NAME]
    files["open_clip_pytorch_model.bin"] = files[WEIGHTS]
    load_model(SOURCE)
    assert "open_clip_pytorch_model.bin" not in files_asked_for(hub)


def test_prefetch_makes_a_folder_that_loads_without_a_network_or_a_cache(hub, tmp_path, tiny):
    folder = prefetch(SOURCE, tmp_path / "stick" / "a folder")
    names = {path.name for path in folder.iterdir()}
    assert {
        "open_clip_config.json",
        "config.json",
        "tokenizer.json",
        "SOURCE.json",
        "SHA256SUMS",
    } < names
    assert not list(folder.glob("*.part")) and not (folder / ".cache").exists()
    tool = shutil.which("sha256sum")
    assert (
        not tool
        or subprocess.run([tool, "--check", "--quiet", "SHA256SUMS"], cwd=folder).returncode == 0
    )
    hub.requests.clear()
    copy = shutil.copytree(folder, tmp_path / "other machine")
    np.testing.assert_allclose(texts(copy), tiny.encode_texts(PROMPTS), atol=1e-6)
    assert prefetch(SOURCE, folder) == folder
    assert not hub.requests


def test_prefetch_repairs_what_was_damaged_from_the_cache(hub, tmp_path):
    folder = prefetch(SOURCE, tmp_path / "folder")
    weights = folder / "open_clip_model.safetensors"
    right = sha256(weights)
    content = bytearray(weights.read_bytes())
    content[-5] ^= 1
    weights.write_bytes(content)
    says = f"its SHA-256 is {sha256(weights)}, expected {right}"
    with pytest.raises(ModelLoadError, match=says):
        load_model(folder)
    assert load_model(folder, verify=False)
    hub.requests.clear()
    prefetch(SOURCE, folder)
    assert sha256(weights) == right and not hub.requests
    load_model(folder)


def test_prefetch_never_writes_over_what_is_not_its_own(hub, tmp_path):
    (tmp_path / "config.json").write_text("mine")
    with pytest.raises(ModelLoadError, match="Name an empty folder"):
        prefetch(SOURCE, tmp_path)
    assert (tmp_path / "config.json").read_text() == "mine"
    folder = prefetch(SOURCE, tmp_path / "folder")
    with pytest.raises(ModelLoadError, match=r"it holds .*nobody/tiny_clip.*Name an empty folder"):
        prefetch("hf-hub:nobody/else", folder)


def test_a_transfer_that_breaks_goes_on_where_it_stopped(hub, tmp_path):
    size = hub.repositories[NAME][WEIGHTS][0].stat().st_size
    starts = []

    def break_off_once(handler, name):
        if handler.command == "HEAD":
            return None
        start = int((handler.headers["Range"] or "bytes=0-")[6:].split("-")[0])
        starts.append(start)
        path, etag = handler.server.repositories[NAME][name]
        content = path.read_bytes()[start:]
        headers = {"ETag": f'"{etag}"', "Content-Length": str(size - start)}
        if start:
            headers["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
        sent = content if start else content[: 12 << 20]
        handler.send(headers, sent, 206 if start else 200)
        handler.close_connection = True
        return True

    hub.handler.fault = only(WEIGHTS, break_off_once)
    try:
        prefetch(SOURCE, tmp_path / "folder")
    except ModelLoadError:  # huggingface_hub before 2.0 gives up, and goes on when asked again
        prefetch(SOURCE, tmp_path / "folder")
    check_files(read_sums(tmp_path / "folder"))
    assert starts[0] == 0 < starts[1] < size


@pytest.mark.parametrize("missing", ["config.json", "tokenizer_config.json"])
def test_a_file_that_failed_to_come_comes_with_the_next_call(missing, hub):
    hub.handler.fault = only(missing, status(403))
    with pytest.raises(ModelLoadError, match="403"):
        load_model(SOURCE)
    hub.handler.fault = no_fault
    load_model(SOURCE)
    assert (fetch(NAME, None)[1] / missing).exists()


def test_killed_at_random_moments_what_has_its_name_is_whole_and_the_next_call_ends(hub, tmp_path):
    folder, dice = tmp_path / "folder", random.Random(0)
    code = f"from nbhelpers import prefetch; prefetch({SOURCE!r}, {str(folder)!r})"
    hub.handler.fault = only(WEIGHTS, slowly)
    for _ in range(3):
        process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
        enough = hub.handler.sent + dice.randrange(2_000_000, 9_000_000)
        while process.poll() is None and hub.handler.sent <= enough:
            time.sleep(0.01)
        assert process.poll() is None, "it came to its end before it could be killed"
        process.kill()
        process.wait()
        for files in hub.repositories.values():
            for name, (path, _) in files.items():
                assert not (folder / name).is_file() or sha256(folder / name) == sha256(path)
        assert not (folder / "SHA256SUMS").is_file()
        with pytest.raises(ModelLoadError, match="prefetch"):
            load_model(folder)
    hub.handler.fault = no_fault
    assert load_model(prefetch(SOURCE, folder))


def slowly(handler, name):
    """Send half a megabyte each twentieth of a second, and count what was sent."""
    if handler.command == "HEAD":
        return None
    path, etag = handler.server.repositories[NAME][name]
    handler.send_response(200)
    handler.send_header("Content-Length", str(path.stat().st_size))
    handler.send_header("ETag", f'"{etag}"')
    handler.end_headers()
    with path.open("rb") as file:
        while chunk := file.read(1 << 19):
            handler.wfile.write(chunk)
            type(handler).sent += len(chunk)
            time.sleep(0.05)
    return True


HUB = {  # what the Hub does → a word of what must be said
    "refuses the token": (status(401), "401"),
    "has no such model": (status(404, "RepoNotFound"), "RepositoryNotFound"),
    "forbids": (status(403), "403"),
    "limits requests": (status(429), "429"),
    "is broken": (status(500), "500"),
    "is a login page": (page, "the network"),
    "sends in circles": (around, "the network"),
    "forbids a file": (only(WEIGHTS, status(403)), "403"),
    "lost a file": (only(WEIGHTS, status(404, "EntryNotFound")), "EntryNotFound"),
    "sends other weights": (only(WEIGHTS, wrong_bytes), f"{WEIGHTS} is damaged"),
    "sends another config": (only("open_clip_config.json", wrong_bytes), "open_clip_config.json"),
    "sends another vocabulary": (only("tokenizer.json", wrong_bytes), "tokenizer.json is damaged"),
    "cuts every transfer": (only(WEIGHTS, cut), "the network"),
}


@pytest.mark.parametrize("fault", HUB)
def test_what_the_hub_does_wrong_is_said_and_nothing_wrong_loads(fault, hub):
    hub.handler.fault, says = HUB[fault]
    with pytest.raises(ModelLoadError, match=f"(?s){says}"):
        load_model(SOURCE)


def test_prefetch_writes_no_checksum_of_what_the_hub_did_not_list(hub, tmp_path):
    hub.handler.fault = only(WEIGHTS, wrong_bytes)
    with pytest.raises(ModelLoadError, match=f"{WEIGHTS} is damaged"):
        prefetch(SOURCE, tmp_path / "folder")
    assert not (tmp_path / "folder" / "SHA256SUMS").exists()
    with pytest.raises(ModelLoadError):
        load_model(tmp_path / "folder")


@pytest.mark.parametrize(
    "name", [WEIGHTS, "open_clip_config.json", "config.json", "tokenizer.json"]
)
def test_a_flipped_byte_in_the_cache_is_found_and_gone_with_the_file_that_is_named(
    name, hub, cache
):
    load_model(SOURCE)
    path = next(cache.glob(f"models--*/snapshots/*/{name}"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.resolve().write_bytes(content)
    with pytest.raises(ModelLoadError, match=path.resolve().name):
        load_model(SOURCE)
    path.resolve().unlink()
    load_model(SOURCE)


@pytest.mark.parametrize("left_out", ["sizes and checksums", "the kinds of files", "etags"])
def test_a_mirror_that_leaves_out_what_is_optional_serves_as_well(left_out, hub, tmp_path, tiny):
    class Mirror(hub.handler):
        def send(self, headers, body=b"{}", status=200):
            if "/tree/" in self.path and left_out != "etags":
                kept = {"path", "type"} | ({"size", "oid"} if "kinds" in left_out else set())
                entries = [{key: entry[key] for key in kept} for entry in json.loads(body)]
                body = json.dumps(entries).encode()
            elif "ETag" in headers and left_out == "etags":  # SHA-1, as such mirrors have it
                headers = headers | {
                    "ETag": '"' + hashlib.sha1(self.path.encode()).hexdigest() + '"'
                }
            super().send(headers, body, status)

    hub.RequestHandlerClass = Mirror
    folder = prefetch(SOURCE, tmp_path / "folder")
    np.testing.assert_allclose(texts(folder), tiny.encode_texts(PROMPTS), atol=1e-6)
    np.testing.assert_allclose(texts(SOURCE), tiny.encode_texts(PROMPTS), atol=1e-6)


def test_own_weights_need_no_download_of_the_hubs(hub, model_folder, tiny):
    own = model_folder / WEIGHTS
    np.testing.assert_allclose(texts(SOURCE, weights=own), tiny.encode_texts(PROMPTS), atol=1e-6)
    assert WEIGHTS not in files_asked_for(hub)


def test_an_unreachable_hub_is_named_within_seconds(hub, monkeypatch):
    from huggingface_hub import constants, hf_api

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(hf_api.api, "endpoint", "http://127.0.0.1:9")
    start = time.perf_counter()
    with pytest.raises(ModelLoadError, match=r"http://127.0.0.1:9\. .*HF_ENDPOINT.*prefetch"):
        load_model(SOURCE)
    assert time.perf_counter() - start < 8


def test_offline_and_not_cached_is_said_without_a_request(hub, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    for source in (SOURCE, "biomedclip"):
        with pytest.raises(ModelLoadError, match=r"not cached .*HF_HUB_OFFLINE.*prefetch"):
            load_model(source)
    assert not hub.requests


@pytest.mark.parametrize("name", ["", "org/", "/name", "org/name/more", "org/na me", "../.."])
def test_a_name_that_the_hub_cannot_have_is_refused(name, hub):
    with pytest.raises(ModelLoadError, match="Check the name"):
        load_model(f"hf-hub:{name}")


@pytest.mark.parametrize(
    ("repository", "names"),
    [
        (NAME, ["open_clip_config.json"]),
        (NAME, [WEIGHTS]),
        ("nobody/tiny-bert", ["tokenizer.json"]),
    ],
)
def test_a_repository_that_is_not_a_whole_model_is_named(repository, names, hub, tmp_path):
    for name in names:
        hub.repositories[repository].pop(name)
    for attempt in (lambda: load_model(SOURCE), lambda: prefetch(SOURCE, tmp_path / "folder")):
        with pytest.raises(ModelLoadError, match=rf"{repository} .*has no {names[0]}"):
            attempt()


def test_a_write_that_fails_in_the_middle_leaves_nothing_half_written(hub, tmp_path):
    resource = pytest.importorskip("resource", reason="Windows limits no file's size")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, limits[1]))  # a real OSError
    try:
        with pytest.raises(ModelLoadError, match="the disk"):
            prefetch(SOURCE, tmp_path / "folder")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not [path for path in tmp_path.rglob(WEIGHTS) if path.is_file()]
    assert load_model(prefetch(SOURCE, tmp_path / "folder"))
