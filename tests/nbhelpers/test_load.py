import json
import os
import pickle
import re
import shutil
import time
import traceback

import numpy as np
import pytest
import torch
from conftest import SENTENCES
from safetensors.torch import load_file, save_file

from nbhelpers import ModelLoadError, load_model

CONFIG = "open_clip_config.json"
WEIGHTS = "open_clip_model.safetensors"
FIRST = "text.transformer.embeddings.word_embeddings.weight"
PROMPTS = ["this is a photo of a chest x-ray", "brain mri", *SENTENCES]


@pytest.fixture
def folder(model_folder, tmp_path):
    """A copy of the tiny model, to be damaged."""
    return shutil.copytree(model_folder, tmp_path / "model")


def edit(path, change):
    config = json.loads(path.read_text())
    change(config)
    path.write_text(json.dumps(config))


def test_loading_and_encoding_ask_no_network(model_folder, pictures, no_network):
    model = load_model(model_folder)
    assert (
        model.encode_images(pictures[:1]).shape == model.encode_texts("brain mri").shape == (1, 32)
    )


def test_a_relative_folder_is_found_and_survives_a_change_of_working_folder(
    model_folder, monkeypatch, tmp_path
):
    monkeypatch.chdir(model_folder.parent)
    model = load_model("tiny_clip")
    monkeypatch.chdir(tmp_path)
    assert model.name == "tiny_clip"
    assert model.encode_texts("brain mri").shape == (1, 32)


def test_the_environment_names_the_default(model_folder, monkeypatch, tmp_path):
    monkeypatch.setenv("NBHELPERS_MODEL", str(model_folder))
    assert load_model().name == "tiny_clip"
    monkeypatch.setenv("NBHELPERS_EXAMPLE_DATA", str(tmp_path))
    shutil.copytree(model_folder, tmp_path / "phantom_clip")
    assert load_model("phantomclip").name == "PhantomCLIP"
    monkeypatch.delenv("NBHELPERS_MODEL")
    assert load_model().name == "PhantomCLIP"


def test_the_weights_may_be_a_bin_and_the_vocabulary_a_vocab_txt(folder, tiny):
    torch.save(
        load_file(folder / "open_clip_model.safetensors"), folder / "open_clip_pytorch_model.bin"
    )
    (folder / "open_clip_model.safetensors").unlink()
    words = tiny.tokenizer.tokenizer.get_vocab()
    (folder / "vocab.txt").write_text("\n".join(sorted(words, key=words.get)))
    (folder / "tokenizer.json").unlink()
    model = load_model(folder, device="cpu", precision="fp32")
    np.testing.assert_allclose(model.encode_texts(PROMPTS), tiny.encode_texts(PROMPTS), atol=1e-6)


def test_clips_own_text_tower_loads_and_is_not_trimmed(tmp_path, no_network):
    import open_clip

    towers = {
        "embed_dim": 16,
        "vision_cfg": {"layers": 1, "width": 64, "patch_size": 32, "image_size": 64},
        "text_cfg": {"context_length": 77, "width": 64, "heads": 2, "layers": 1},
    }
    config = {"model_cfg": towers, "preprocess_cfg": {"mean": [0, 0, 0], "std": [1, 1, 1]}}
    (tmp_path / "open_clip_config.json").write_text(json.dumps(config))
    plain = open_clip.create_model(f"local-dir:{tmp_path}", load_weights=False)
    save_file(plain.state_dict(), tmp_path / "open_clip_model.safetensors")
    model = load_model(tmp_path, device="cpu", precision="fp32")
    with torch.no_grad():
        expected = plain.eval().encode_text(model.tokenizer(PROMPTS), normalize=True)
    np.testing.assert_allclose(model.encode_texts(PROMPTS), expected, atol=1e-6)
    with pytest.warns(UserWarning, match="has 102 tokens"):
        model.encode_texts("chest " * 100)


def config(change):
    return lambda folder: edit(folder / "open_clip_config.json", change)


def towers(change):
    return config(lambda content: change(content["model_cfg"]))


def vision(**values):
    return towers(lambda content: content["vision_cfg"].update(values))


def text(**values):
    return towers(lambda content: content["text_cfg"].update(values))


def write(name, content):
    return lambda folder: (folder / name).write_bytes(content)


def recode(name, encoding):
    return lambda folder: (folder / name).write_text((folder / name).read_text(), encoding=encoding)


def instead(name, make):
    def damage(folder):
        (folder / name).unlink()
        make(folder / name)

    return damage


def tensors(change):
    def damage(folder):
        state = load_file(folder / WEIGHTS)
        change(state)
        save_file(state, folder / WEIGHTS)

    return damage


def as_bin(content):
    def damage(folder):
        (folder / "open_clip_model.safetensors").unlink()
        (folder / "open_clip_pytorch_model.bin").write_bytes(content)

    return damage


def remove(*names):
    return lambda folder: [(folder / name).unlink() for name in names]


def cut(name, keep=0.5):
    return lambda folder: os.truncate(folder / name, int((folder / name).stat().st_size * keep))


def cut_bin(folder):
    torch.save({"weights": torch.zeros(5000)}, folder / "open_clip_pytorch_model.bin")
    remove("open_clip_model.safetensors")(folder)
    cut("open_clip_pytorch_model.bin")(folder)


def forget_words(folder):
    specials = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    (folder / "vocab.txt").write_text("\n".join(specials))
    (folder / "tokenizer.json").unlink()


def add_words(folder):
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    words = tokenizer["model"]["vocab"]
    words |= {f"extra{i}": len(words) + i for i in range(50)}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))


class Trap:
    def __reduce__(self):
        return (os.mkdir, ("trap_was_sprung",))


FAULTS = {  # what is wrong with the folder: how it comes about, and what the message must name
    "no config": (remove(CONFIG), CONFIG),
    "config not JSON": (cut(CONFIG), CONFIG),
    "config a list": (write(CONFIG, b"[]"), CONFIG),
    "config a number": (write(CONFIG, b"7"), CONFIG),
    "config begins with a BOM": (recode(CONFIG, "utf-8-sig"), CONFIG),
    "config is UTF-16": (recode(CONFIG, "utf-16"), CONFIG),
    "config is a folder": (instead(CONFIG, os.mkdir), CONFIG),
    "config links to nothing": (instead(CONFIG, lambda path: path.symlink_to("gone")), CONFIG),
    "no model_cfg": (config(lambda c: c.pop("model_cfg")), "model_cfg"),
    "model_cfg a list": (config(lambda c: c.update(model_cfg=[])), CONFIG),
    "text_cfg a word": (towers(lambda c: c.update(text_cfg="bert")), CONFIG),
    "vision_cfg empty": (towers(lambda c: c.update(vision_cfg={})), "does not"),
    "embed_dim a word": (towers(lambda c: c.update(embed_dim="32")), "does not load"),
    "embed_dim negative": (towers(lambda c: c.update(embed_dim=-1)), "does not load"),
    "image_size a word": (vision(image_size="large"), CONFIG),
    "image_size huge": (vision(image_size=22400), "image_size"),
    "image_size nothing": (vision(image_size=0), "image_size"),
    "no normalisation": (config(lambda c: c.pop("preprocess_cfg")), "preprocess_cfg"),
    "half a normalisation": (config(lambda c: c["preprocess_cfg"].pop("std")), "std"),
    "normalisation a number": (
        config(lambda c: c.update(preprocess_cfg={"mean": 0.5, "std": 1})),
        "mean",
    ),
    "mean of words": (config(lambda c: c["preprocess_cfg"].update(mean=["a", "b", "c"])), CONFIG),
    "std of zeros": (config(lambda c: c["preprocess_cfg"].update(std=[0, 0, 0])), "std"),
    "unknown key in text_cfg": (text(colour=1), "colour"),
    "unknown key in vision_cfg": (vision(shape=1), "shape"),
    "unknown key in model_cfg": (towers(lambda c: c.update(extra=1)), "extra"),
    "unknown image tower": (vision(timm_model_name="vit_none"), "vit_none"),
    "unknown pooler": (text(hf_pooler_type="mean"), "mean"),
    "no tokenizer named": (
        towers(lambda c: c["text_cfg"].pop("hf_tokenizer_name")),
        "hf_tokenizer_name",
    ),
    "context too long": (text(context_length=256), "256 tokens, the text tower reads 48"),
    "no weights": (remove(WEIGHTS), "holds no weights"),
    "weights a folder": (instead(WEIGHTS, os.mkdir), "holds no weights"),
    "weights link to nothing": (
        instead(WEIGHTS, lambda path: path.symlink_to("gone")),
        "no weights",
    ),
    "empty weights": (write(WEIGHTS, b""), WEIGHTS),
    "weights cut short": (cut(WEIGHTS), WEIGHTS),
    "git-lfs pointer": (write(WEIGHTS, b"version https://git-lfs.github.com/spec/v1"), WEIGHTS),
    "web page": (write(WEIGHTS, b"<!DOCTYPE html><html>Sign in</html>"), WEIGHTS),
    "web page as bin": (as_bin(b"\n<html>"), "no weights at all"),
    "empty bin": (as_bin(b""), "open_clip_pytorch_model.bin"),
    "bin cut short": (cut_bin, "open_clip_pytorch_model.bin"),
    "bin that runs code": (as_bin(pickle.dumps(Trap(), 2)), "code, which is never run"),
    "bin of noise": (as_bin(bytes(range(1, 200))), "open_clip_pytorch_model.bin"),
    "weights of another size": (towers(lambda c: c.update(embed_dim=16)), "size mismatch"),
    "a weight missing": (tensors(lambda s: s.pop(FIRST)), FIRST),
    "a weight too many": (tensors(lambda s: s.update(extra=torch.zeros(2))), "extra"),
    "a weight of another shape": (
        tensors(lambda s: s.update({FIRST: s[FIRST][:9].clone()})),
        f"size mismatch, {FIRST}",
    ),
    "weights are NaN": (tensors(lambda s: s[FIRST].fill_(float("nan"))), f"{FIRST} holds values"),
    "one weight infinite": (
        tensors(lambda s: s[FIRST].view(-1)[:1].fill_(float("inf"))),
        "not finite",
    ),
    "weights are integers": (
        tensors(lambda s: s.update({FIRST: s[FIRST].to(torch.int8)})),
        "torch.int8",
    ),
    "weights without tensors": (tensors(lambda s: s.clear()), WEIGHTS),
    "more positions than the text tower's config": (
        lambda f: edit(f / "config.json", lambda c: c.update(max_position_embeddings=24)),
        "position_embeddings",
    ),
    "another text tower": (
        lambda f: edit(f / "config.json", lambda c: c.update(num_hidden_layers=3)),
        "does not load",
    ),
    "no text config": (remove("config.json"), "config.json"),
    "text config not JSON": (write("config.json", b"{"), "config.json"),
    "text config of no kind": (
        lambda f: edit(f / "config.json", lambda c: c.update(model_type="nothing")),
        "nothing",
    ),
    "text config with code": (
        lambda f: edit(f / "config.json", lambda c: c.update(auto_map={"AutoConfig": "own.Own"})),
        "code of its author",
    ),
    "vocabulary huge": (
        lambda f: edit(f / "config.json", lambda c: c.update(vocab_size=3_000_000)),
        "size mismatch",
    ),
    "layers do not divide": (
        lambda f: edit(f / "config.json", lambda c: c.update(num_attention_heads=7)),
        "does not load",
    ),
    "no tokenizer config": (remove("tokenizer_config.json"), "lacks tokenizer_config.json"),
    "no vocabulary": (remove("tokenizer.json"), "tokenizer"),
    "tokenizer not JSON": (write("tokenizer.json", b"{"), "does not load"),
    "tokenizer config not JSON": (write("tokenizer_config.json", b"["), "does not load"),
    "vocabulary without words": (forget_words, r"ordinary words into \[UNK\]"),
    "vocabulary of another model": (add_words, "do not belong together"),
    "checksums damaged": (write("SHA256SUMS", b"hello\n"), "SHA256SUMS is damaged"),
    "checksums list what is gone": (
        write("SHA256SUMS", b"0" * 64 + b"  gone.bin\n"),
        "it is missing",
    ),
    "checksums of other files": (
        write("SHA256SUMS", b"0" * 64 + b"  config.json\n"),
        "config.json is damaged or was changed",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_folder_is_refused_with_the_file_and_the_remedy(
    fault, folder, no_network, monkeypatch, tmp_path
):
    monkeypatch.setattr("builtins.input", lambda *args: pytest.fail("it asked a question"))
    monkeypatch.chdir(tmp_path)
    damage, says = FAULTS[fault]
    damage(folder)
    start = time.perf_counter()
    with pytest.raises(ModelLoadError, match=f"(?s){says}") as caught:
        load_model(folder)
    assert time.perf_counter() - start < 15
    remedies = ("prefetch", "real numbers", "never run")
    assert any(remedy in str(caught.value) for remedy in remedies)
    assert not (tmp_path / "trap_was_sprung").exists()
    assert "weights_only=False" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("phantom", "phantomclip"),
        ("ViT-B-32", '"hf-hub:org/name" or the path of a folder'),
        ("nowhere/at/all", "There is no folder 'nowhere/at/all'"),
        ("", "There is no folder ''"),
        ("tiny_clip/config.json", "There is no folder"),
    ],
)
def test_a_source_that_is_no_folder_says_what_to_type(
    source, says, model_folder, monkeypatch, no_network
):
    monkeypatch.chdir(model_folder.parent)
    with pytest.raises(ModelLoadError, match=f"(?s){says}"):
        load_model(source)


def test_phantomclip_missing_is_said_and_nothing_else_is_loaded(monkeypatch, tmp_path):
    monkeypatch.setenv("NBHELPERS_EXAMPLE_DATA", str(tmp_path))
    monkeypatch.delenv("NBHELPERS_MODEL", raising=False)
    with pytest.raises(ModelLoadError, match="NBHELPERS_EXAMPLE_DATA"):
        load_model()


def test_a_revision_of_a_folder_is_refused(model_folder):
    with pytest.raises(ValueError, match="no meaning for a folder"):
        load_model(model_folder, revision="main")


def test_repr_says_what_runs_where(tiny):
    assert repr(tiny).startswith("VisionLanguageModel(tiny_clip: 5.")
    assert "D = 32, up to 48 tokens" in repr(tiny) and "float32 on cpu" in repr(tiny)


def test_the_fingerprint_is_of_the_model_not_of_how_it_runs(tiny, model_folder):
    again = load_model(model_folder, device="cpu", precision="bf16")
    assert re.fullmatch("[0-9a-f]{64}", tiny.fingerprint)
    assert again.fingerprint == tiny.fingerprint != load_model("phantomclip").fingerprint


def test_the_fingerprint_follows_one_changed_weight_another_mean_and_another_vocabulary(
    model_folder, tmp_path
):
    model = load_model(model_folder, device="cpu")
    before = model.fingerprint
    with torch.no_grad():
        next(model.clip.parameters()).view(-1)[0] += 1
    assert model.fingerprint != before

    for file, old, new in (
        ("open_clip_config.json", "0.48145466", "0.5"),
        ("tokenizer.json", '"chest"', '"tsehc"'),
    ):
        folder = shutil.copytree(model_folder, tmp_path / file)
        text = (folder / file).read_text()
        assert old in text
        (folder / file).write_text(text.replace(old, new))
        assert load_model(folder, device="cpu").fingerprint != before


def test_half_precision_weights_are_taken_and_computed_in_float32(folder, tiny):
    tensors(lambda state: state.update({name: values.half() for name, values in state.items()}))(
        folder
    )
    model = load_model(folder, device="cpu", precision="fp32")
    assert {values.dtype for values in model.clip.parameters()} == {torch.float32}
    assert (model.encode_texts(PROMPTS) * tiny.encode_texts(PROMPTS)).sum() > 0.9999


@pytest.mark.parametrize("name", ["with spaces in it", "mödel-模型", "dots.v1.0"])
def test_any_folder_name_works_with_a_slash_at_its_end_or_not(
    name, model_folder, tmp_path, monkeypatch
):
    shutil.copytree(model_folder, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert load_model(f"{name}/").name == load_model(tmp_path / name).name == name
