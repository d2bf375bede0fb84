"""What goes wrong between a model and the person who loads it: each time one clear error, and nothing left broken."""

import errno
import json
import os
import resource
import shutil
import time
from collections import namedtuple

import numpy as np
import pytest
import torch
from loopback import around, cut, hang, no_fault, only, page, status, wrong_bytes
from safetensors.torch import load_file, save_file

from nbhelpers import ModelLoadError, load_model, prefetch
from nbhelpers.hub import find

SOURCE = "hf-hub:nobody/tiny_clip"
WEIGHTS = "open_clip_model.safetensors"
PROMPT = "this is a photo of a chest x-ray"


def error_code(code, name):
    return status(code, X_Error_Code=name)


def json_of(value):
    def fault(handler, name):
        if not name:
            handler.answer(200, value)
            return True

    return fault


HUB = {  # what the Hub does → what must be said
    "refuses the token": (status(401), "does not accept the token.*HF_TOKEN"),
    "hides the model": (error_code(401, "RepoNotFound"), "knows no such model, or it is private"),
    "is gated": (error_code(403, "GatedRepo"), "accept the terms"),
    "forbids": (status(403), "forbids it.*HF_TOKEN"),
    "has no such model": (error_code(404, "RepoNotFound"), "knows no such model.*spelling"),
    "has no such revision": (
        error_code(404, "RevisionNotFound"),
        "not this revision. Leave revision= out",
    ),
    "limits requests": (status(429), "too many requests. Wait"),
    "is broken": (status(500), r"trouble of its own \(status 500\)"),
    "is being mended": (status(503), r"trouble of its own \(status 503\)"),
    "is a login page": (page, "login page. Log in to the network"),
    "sends in circles": (around, "from one address to the next"),
    "answers a list": (json_of([]), "tiny_clip.*HF_ENDPOINT"),
    "answers no files": (
        json_of({"id": "nobody/tiny_clip", "sha": "0" * 40}),
        "tiny_clip.*HF_ENDPOINT",
    ),
    "never answers": (hang, "does not answer in time"),
    "forbids a file": (only(WEIGHTS, status(403)), f"{WEIGHTS} of nobody/tiny_clip.*forbids"),
    "lost a file": (
        only(WEIGHTS, error_code(404, "EntryNotFound")),
        f"{WEIGHTS} .*lists this file and does not have",
    ),
    "sends a login page for a file": (only(WEIGHTS, page), f"{WEIGHTS}.*Log in to the network"),
    "sends other weights": (
        only(WEIGHTS, wrong_bytes),
        f"{WEIGHTS} is damaged.*the Hub listed.*has been removed",
    ),
    "sends another config": (
        only("open_clip_config.json", wrong_bytes),
        "open_clip_config.json is damaged.*removed",
    ),
    "sends another vocabulary": (
        only("tokenizer.json", wrong_bytes),
        "tokenizer.json is damaged.*removed",
    ),
}


@pytest.mark.parametrize("fault", HUB)
def test_what_the_hub_does_wrong_is_said_at_once_and_the_next_load_works(fault, hub, tiny):
    hub.handler.fault, says = HUB[fault]
    start = time.perf_counter()
    with pytest.raises(ModelLoadError, match=f"(?s){says}"):
        find(SOURCE)
    assert time.perf_counter() - start < 8  # five seconds of waiting, and what a busy machine adds
    hub.handler.fault = no_fault
    model = load_model(SOURCE, device="cpu", precision="fp32")
    np.testing.assert_allclose(model.encode_texts(PROMPT), tiny.encode_texts(PROMPT), atol=1e-6)


@pytest.mark.parametrize(
    "fault", ["forbids a file", "lost a file", "sends other weights", "sends another config"]
)
def test_prefetch_from_a_hub_that_does_wrong_leaves_nothing_broken(fault, hub, tmp_path):
    hub.handler.fault = HUB[fault][0]
    with pytest.raises(ModelLoadError):
        prefetch(SOURCE, tmp_path / "folder")
    assert not (tmp_path / "folder" / WEIGHTS).exists()
    with pytest.raises(ModelLoadError, match=r"prefetch|missing"):
        load_model(tmp_path / "folder")
    hub.handler.fault = no_fault
    assert load_model(prefetch(SOURCE, tmp_path / "folder"))


def test_a_transfer_that_is_always_cut_ends_in_an_error_and_the_next_goes_on(hub, tmp_path):
    hub.handler.fault = only(WEIGHTS, cut)
    with pytest.raises(ModelLoadError, match=f"{WEIGHTS}.*broke the transfer off"):
        prefetch(SOURCE, tmp_path / "folder")
    hub.handler.fault = no_fault
    assert load_model(prefetch(SOURCE, tmp_path / "folder"))


ADDRESSES = {  # HF_ENDPOINT → what must be said
    "http://127.0.0.1:9": "cannot be reached",
    "http://no-such-host.invalid": "cannot be reached",
    "localhost:8000": "must begin with http://",
    "ftp://localhost": "must begin with http://",
    "http://[": "HF_ENDPOINT",
    "https://127.0.0.1:{port}": "does not speak https",
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_is_no_hub_is_named(address, hub, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", address.format(port=hub.server_address[1]))
    start = time.perf_counter()
    with pytest.raises(ModelLoadError, match=ADDRESSES[address]):
        find(SOURCE)
    assert time.perf_counter() - start < 8


def test_a_proxy_that_is_not_there_is_named(hub, monkeypatch):
    from huggingface_hub import close_session

    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    close_session()
    try:
        with pytest.raises(ModelLoadError, match="HTTPS_PROXY"):
            find(SOURCE)
    finally:
        close_session()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "org",
        "org/",
        "/name",
        "org/name/more",
        "org/na me",
        "../..",
        "örg/näme",
        "org/name.git",
        "a" * 97 + "/b",
    ],
)
def test_a_name_that_the_hub_cannot_have_is_refused_without_asking(name, hub):
    with pytest.raises(ModelLoadError, match="org/name"):
        find(f"hf-hub:{name}")
    assert not [line for line in hub.requests if "nobody" not in line and "agent" not in line]


def test_offline_and_not_cached_is_said_without_a_request(hub, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for source in (SOURCE, "biomedclip"):
        with pytest.raises(ModelLoadError, match=r"not in the cache .*HF_HUB_OFFLINE.*prefetch"):
            load_model(source)
    assert not hub.requests


def test_offline_with_an_older_version_in_the_cache_loads_that(hub, monkeypatch, tiny):
    find(SOURCE)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelLoadError, match="not in the cache"):
        find(SOURCE, revision="1" * 40)
    model = load_model(SOURCE, device="cpu", precision="fp32")
    np.testing.assert_allclose(model.encode_texts(PROMPT), tiny.encode_texts(PROMPT), atol=1e-6)


def without(hub, repository, *names):
    kept = hub.repositories[repository]
    for name in names:
        kept.files.pop(name)


@pytest.mark.parametrize(
    ("repository", "name", "says"),
    [
        (
            "nobody/tiny_clip",
            "open_clip_config.json",
            "not a whole open_clip model: there is no open_clip_config.json",
        ),
        (
            "nobody/tiny_clip",
            WEIGHTS,
            f"there is no {WEIGHTS} or open_clip_pytorch_model.bin of nobody/tiny_clip",
        ),
        (
            "nobody/tiny-bert",
            "tokenizer.json",
            "there is no tokenizer.json or vocab.txt.* of nobody/tiny-bert",
        ),
        ("nobody/tiny-bert", "config.json", "there is no config.json of nobody/tiny-bert"),
    ],
)
def test_a_repository_that_is_not_an_open_clip_model(repository, name, says, hub, tmp_path):
    without(hub, repository, name)
    for attempt in (lambda: find(SOURCE), lambda: prefetch(SOURCE, tmp_path / "folder")):
        with pytest.raises(ModelLoadError, match=says):
            attempt()


def test_a_text_towers_repository_that_is_gone_is_named(hub):
    del hub.repositories["nobody/tiny-bert"]
    with pytest.raises(ModelLoadError, match=r"nobody/tiny-bert.*knows no such model"):
        find(SOURCE)


def damage_blob(cache, name):
    path = next(cache.glob(f"models--*/snapshots/*/{name}"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.resolve().write_bytes(content)
    return path


@pytest.mark.parametrize(
    "name", [WEIGHTS, "open_clip_config.json", "config.json", "tokenizer.json"]
)
def test_a_flipped_byte_in_the_cache_is_found_and_the_next_load_heals_it(name, hub, cache):
    find(SOURCE)
    path = damage_blob(cache, name)
    with pytest.raises(ModelLoadError, match=f"{name} is damaged"):
        load_model(SOURCE)
    assert not path.exists()
    load_model(SOURCE)


def test_what_a_broken_off_download_left_does_no_harm(hub, cache):
    found = find(SOURCE)
    weights = found.folder / WEIGHTS
    blob = weights.resolve()
    blob.rename(
        blob.with_name(f"{blob.name}.1234abcd.incomplete")
    )  # a link into nothing, and half a download
    assert weights.is_symlink() and not weights.exists()
    (found.folder.parents[1] / "refs" / "main").write_text("")
    load_model(SOURCE)


Usage = namedtuple("Usage", "total used free")


def test_a_disk_without_room_is_said_before_the_download(hub, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**9, 10**9, 1_000_000))
    for attempt in (lambda: find(SOURCE), lambda: prefetch(SOURCE, tmp_path / "folder")):
        with pytest.raises(
            ModelLoadError,
            match=r"too full for open_clip_model.safetensors.*MB are needed.*HF_HOME",
        ):
            attempt()
    assert not [line for line in hub.requests if WEIGHTS in line]
    monkeypatch.undo()


@pytest.mark.parametrize("what", ["cache", "prefetch"])
def test_a_write_that_fails_in_the_middle_leaves_nothing_half_written(what, hub, cache, tmp_path):
    def attempt():
        return find(SOURCE).folder if what == "cache" else prefetch(SOURCE, tmp_path / "folder")

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(
        resource.RLIMIT_FSIZE, (3_000_000, limits[1])
    )  # a real OSError from a real write
    try:
        with pytest.raises(ModelLoadError, match=f"{WEIGHTS}|File too large"):
            attempt()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not [path for path in tmp_path.rglob(WEIGHTS) if path.is_file()]
    assert (attempt() / WEIGHTS).is_file()


@pytest.mark.parametrize(
    ("number", "says"), [("ENOSPC", "disk is full"), ("EROFS", "read-only"), ("EDQUOT", "quota")]
)
def test_what_the_disk_refuses_is_said_in_words(number, says, hub, monkeypatch):
    import huggingface_hub

    def refuse(*args, **options):
        raise OSError(getattr(errno, number), "refused", "/a/file")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", refuse)
    with pytest.raises(ModelLoadError, match=f"/a/file: .*{says}.*HF_HOME"):
        find(SOURCE)


@pytest.mark.parametrize("place", ["a file", "nowhere"])
def test_a_cache_that_cannot_be_written_is_named(place, hub, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "file") if place == "a file" else "/proc/nowhere")
    with pytest.raises(ModelLoadError, match="HF_HOME"):
        find(SOURCE)
    with pytest.raises(ModelLoadError):
        prefetch(SOURCE, tmp_path / "file" if place == "a file" else "/proc/nowhere")


@pytest.fixture
def folder(model_folder, tmp_path):
    return shutil.copytree(model_folder, tmp_path / "model")


def edit(name, **changes):
    """Change a JSON file; a key a__b is the key b inside a."""

    def damage(folder):
        content = json.loads((folder / name).read_text())
        for path, value in changes.items():
            *inner, last = path.split("__")
            place = content
            for key in inner:
                place = place[key]
            place[last] = value
        (folder / name).write_text(json.dumps(content))

    return damage


def tensors(change):
    def damage(folder):
        state = load_file(folder / WEIGHTS)
        change(state)
        save_file(state, folder / WEIGHTS)

    return damage


def write(name, content):
    return lambda folder: (folder / name).write_bytes(content)


def instead(name, make):
    def damage(folder):
        (folder / name).unlink()
        make(folder / name)

    return damage


def recode(name, encoding):
    return lambda folder: (folder / name).write_text((folder / name).read_text(), encoding=encoding)


CONFIG = "open_clip_config.json"
FIRST = "text.transformer.embeddings.word_embeddings.weight"
FOLDER = {
    "config is a number": (write(CONFIG, b"7"), f"{CONFIG}: model_cfg lacks"),
    "model_cfg is a list": (edit(CONFIG, model_cfg=[]), f"{CONFIG}"),
    "text_cfg is a word": (edit(CONFIG, model_cfg__text_cfg="bert"), CONFIG),
    "vision_cfg is empty": (edit(CONFIG, model_cfg__vision_cfg={}), "does not fit"),
    "embed_dim is a word": (edit(CONFIG, model_cfg__embed_dim="32"), CONFIG),
    "embed_dim is negative": (edit(CONFIG, model_cfg__embed_dim=-1), CONFIG),
    "image_size is a word": (edit(CONFIG, model_cfg__vision_cfg__image_size="large"), CONFIG),
    "image_size is huge": (edit(CONFIG, model_cfg__vision_cfg__image_size=22400), CONFIG),
    "image_size is nothing": (edit(CONFIG, model_cfg__vision_cfg__image_size=0), CONFIG),
    "no such pooler": (edit(CONFIG, model_cfg__text_cfg__hf_pooler_type="mean"), "mean"),
    "context too long": (
        edit(CONFIG, model_cfg__text_cfg__context_length=256),
        "256 tokens and the text tower reads 48",
    ),
    "mean holds words": (edit(CONFIG, preprocess_cfg__mean=["a", "b", "c"]), CONFIG),
    "std is zero": (edit(CONFIG, preprocess_cfg__std=[0, 0, 0]), f"{CONFIG}.*std"),
    "config begins with a BOM": (recode(CONFIG, "utf-8-sig"), f"{CONFIG} is not JSON.*BOM"),
    "config is UTF-16": (recode(CONFIG, "utf-16"), f"{CONFIG} is not JSON"),
    "config is a folder": (instead(CONFIG, os.mkdir), f"{CONFIG} is missing"),
    "config links to nothing": (
        instead(CONFIG, lambda path: path.symlink_to("gone")),
        f"{CONFIG} is missing",
    ),
    "weights are a folder": (instead(WEIGHTS, os.mkdir), "holds no weights"),
    "weights link to nothing": (
        instead(WEIGHTS, lambda path: path.symlink_to("gone")),
        "holds no weights",
    ),
    "only half a prefetch": (
        lambda f: (f / WEIGHTS).rename(f / f"{WEIGHTS}.1234.part"),
        "prefetch.*was interrupted",
    ),
    "a weight is missing": (tensors(lambda s: s.pop(FIRST)), f"does not fit.*{FIRST}"),
    "a weight too many": (tensors(lambda s: s.update(extra=torch.zeros(2))), "does not fit.*extra"),
    "weights of another shape": (
        tensors(lambda s: s.update({FIRST: s[FIRST][:9].clone()})),
        "does not fit.*size mismatch",
    ),
    "weights are NaN": (
        tensors(lambda s: s[FIRST].fill_(float("nan"))),
        f"{FIRST} holds values that are not finite",
    ),
    "one weight is infinite": (
        tensors(lambda s: s[FIRST].view(-1)[:1].fill_(float("inf"))),
        "not finite",
    ),
    "weights are integers": (
        tensors(lambda s: s.update({FIRST: s[FIRST].to(torch.int8)})),
        "torch.int8",
    ),
    "no weights inside": (tensors(lambda s: s.clear()), WEIGHTS),
    "text config not JSON": (write("config.json", b"{"), "config.json"),
    "text config of no kind": (edit("config.json", model_type="nothing"), "config.json"),
    "text config with code": (
        edit("config.json", model_type="own", auto_map={"AutoConfig": "own.Own"}),
        "config.json",
    ),
    "vocabulary huge": (edit("config.json", vocab_size=3_000_000), "does not fit"),
    "layers do not divide": (edit("config.json", num_attention_heads=7), "config.json"),
    "tokenizer not JSON": (write("tokenizer.json", b"{"), "tokenizer"),
    "tokenizer config not JSON": (write("tokenizer_config.json", b"["), "tokenizer"),
    "checksums damaged": (write("SHA256SUMS", b"hello\n"), "SHA256SUMS is damaged"),
    "checksums list what is gone": (
        write("SHA256SUMS", b"0" * 64 + b"  gone.bin\n"),
        "gone.bin is missing",
    ),
    "checksums of other files": (
        write("SHA256SUMS", b"0" * 64 + b"  config.json\n"),
        "config.json is damaged or was changed",
    ),
}


@pytest.mark.parametrize("fault", FOLDER)
def test_a_folder_with_something_wrong_is_refused_and_the_file_named(
    fault, folder, no_network, monkeypatch
):
    monkeypatch.setattr("builtins.input", lambda *args: pytest.fail("it asked a question"))
    damage, says = FOLDER[fault]
    damage(folder)
    with pytest.raises(ModelLoadError, match=f"(?s){says}"):
        load_model(folder, device="cpu")


def test_half_precision_weights_are_taken_and_computed_in_float32(folder, tiny):
    tensors(lambda state: state.update({name: values.half() for name, values in state.items()}))(
        folder
    )
    model = load_model(folder, device="cpu", precision="fp32")
    assert {values.dtype for values in model.clip.parameters()} == {torch.float32}
    assert (model.encode_texts(PROMPT) * tiny.encode_texts(PROMPT)).sum() > 0.9999


@pytest.mark.parametrize("name", ["with spaces in it", "mödel-模型", "dots.v1.0"])
def test_any_folder_name_works_with_a_slash_at_its_end_or_not(
    name, model_folder, tmp_path, monkeypatch
):
    shutil.copytree(model_folder, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert load_model(f"{name}/").name == load_model(tmp_path / name).name == name


def test_a_damaged_source_file_is_named(hub, tmp_path):
    (tmp_path / "SOURCE.json").write_text("{}")
    with pytest.raises(ModelLoadError, match=r"SOURCE.json is damaged.*Delete it"):
        prefetch(SOURCE, tmp_path)
