import argparse
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
from safetensors.torch import load_file, save_file
from tiny_models import write_tiny_model

from conftest import SENTENCES
from nbhelpers import ModelLoadError, load_model
from nbhelpers.load import sha256

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
    "image_size nothing": (vision(image_size=0), "does not load"),
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
        "do not belong together",
    ),
    "context too long": (text(context_length=256), "256 tokens, the text tower reads 48"),
    "pictures of another size than the tower's": (vision(image_size=336), "336"),
    "a tower of one fixed size": (
        vision(timm_model_name="swin_tiny_patch4_window7_224", image_size=336),
        "does not load",
    ),
    "two sizes of pictures": (
        config(lambda c: c["preprocess_cfg"].update(size=336)),
        "one size in preprocess_cfg and another",
    ),
    "a logit bias that was never trained": (
        towers(lambda c: c.update(init_logit_bias=-10)),
        "logit_bias",
    ),
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
    "bin that runs code": (as_bin(pickle.dumps(Trap(), 2)), "code, never run"),
    "bin of noise": (as_bin(bytes(range(1, 200))), "open_clip_pytorch_model.bin"),
    "weights of another size": (towers(lambda c: c.update(embed_dim=16)), "size mismatch"),
    "a weight missing": (tensors(lambda s: s.pop(FIRST)), FIRST),
    "a weight too many": (tensors(lambda s: s.update(extra=torch.zeros(2))), "extra"),
    "a weight of another shape": (
        tensors(lambda s: s.update({FIRST: s[FIRST][:9].clone()})),
        f"size mismatch for {FIRST}",
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
    "checksums list what is gone": (write("SHA256SUMS", b"0" * 64 + b"  gone.bin\n"), "gone.bin"),
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
    remedies = ("prefetch", "real numbers", "save_file", "from the Hub")
    assert any(remedy in str(caught.value) for remedy in remedies)
    assert not (tmp_path / "trap_was_sprung").exists()
    assert "weights_only=False" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("phantom", "phantomclip"),
        ("ViT-B-32", '"hf-hub:org/name" or the path of a folder'),
        ("nowhere/at/all", "There is no folder 'nowhere/at/all'"),
        ("", "There is no folder"),
        ("tiny_clip/config.json", "There is no folder"),
        (f"tiny_clip/{WEIGHTS}", "Copy weights alone into .* or pass them as weights="),
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


def prefixed(prefix):
    return lambda state: {prefix + name: values for name, values in state.items()}


def in_towers(state):
    return {name.replace("visual.", "visual._orig_mod."): values for name, values in state.items()}


SAVED = {  # how training scripts save: a change of the original's weights, as they stand in a file
    "as it is": lambda state: state,
    "open_clip's training": lambda state: {
        "epoch": 20,
        "name": "run",
        "state_dict": prefixed("module.")(state),
        "optimizer": {"state": {0: {"exp_avg": torch.zeros(3)}}, "param_groups": [{"lr": 1e-5}]},
    },
    "under model": lambda state: {"model": state},
    "under model_state_dict": lambda state: {"model_state_dict": state, "loss": 0.5},
    "Lightning, beside a head": lambda state: {
        "state_dict": prefixed("model.")(state) | {"head.weight": torch.zeros(2, 2)}
    },
    "PEFT, merged": prefixed("base_model.model."),
    "compiled and on many GPUs": prefixed("_orig_mod.module."),
    "one tower compiled": in_towers,
    "an average of weights": lambda state: (
        {"n_averaged": torch.tensor(3)} | prefixed("module.")(state)
    ),
    "half precision": lambda state: {name: values.half() for name, values in state.items()},
}


@pytest.mark.parametrize("saved", SAVED)
def test_a_checkpoint_of_ones_own_takes_the_place_of_the_originals_weights(saved, folder, tmp_path):
    state = load_file(folder / WEIGHTS)
    state["text.proj.0.weight"] = -state["text.proj.0.weight"]
    torch.save(SAVED[saved](state), tmp_path / "epoch_20.pt")
    (folder / WEIGHTS).unlink()
    model = load_model(folder, weights=tmp_path / "epoch_20.pt", device="cpu", precision="fp32")
    assert model.name == "model + epoch_20.pt"
    for name, values in model.clip.state_dict().items():
        tolerance = 1e-3 if saved == "half precision" else 0
        torch.testing.assert_close(values, state[name], atol=tolerance, rtol=tolerance)


def test_the_weights_are_a_path_with_a_tilde_and_may_change_a_model_by_name(
    tmp_path, monkeypatch, model_folder
):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NBHELPERS_MODEL", str(model_folder))
    shutil.copyfile(model_folder / WEIGHTS, tmp_path / "tuned.safetensors")
    model = load_model(weights="~/tuned.safetensors", device="cpu")
    assert model.name == "tiny_clip + tuned.safetensors"
    assert "of tuned.safetensors" in repr(model)
    assert model.fingerprint == load_model(model_folder, device="cpu").fingerprint


def two(first, second):
    return lambda state: prefixed(first)(state) | prefixed(second)(state)


REFUSED = {  # what a file holds: words of the error, which say what it is and what to type
    "student and teacher": (two("student.", "teacher."), "student. and teacher..*save_file"),
    "an average beside": (
        lambda state: {"state_dict": state, "ema": state},
        "ema. and state_dict.",
    ),
    "a Namespace": (
        lambda state: {"state_dict": state, "args": argparse.Namespace(lr=1)},
        r"argparse.Namespace.*never run.*save_file\(model.state_dict\(\)",
    ),
    "a NumPy number": (
        lambda state: {"state_dict": state, "best": np.float64(0.9)},
        "numpy.*never run.*save_file",
    ),
    "the image tower": (
        lambda state: {name[7:]: values for name, values in state.items() if "visual." in name},
        "one tower",
    ),
    "the text tower": (
        lambda state: {name[5:]: values for name, values in state.items() if "text." in name},
        "one tower",
    ),
    "no logit scale": (
        lambda state: {name: values for name, values in state.items() if "logit" not in name},
        "no logit_scale",
    ),
    "an adapter": (
        lambda state: {"base_model.model.text.proj.0.lora_A.weight": torch.zeros(2, 2)},
        r"LoRA adapter.*PeftModel.from_pretrained\(model.clip",
    ),
    "an adapter inside the model": (
        lambda state: state | {"text.proj.0.lora_A.weight": torch.zeros(2, 2)},
        "LoRA adapter",
    ),
    "a CLIP of transformers": (
        lambda state: {
            "logit_scale": torch.tensor(1.0),
            "text_model.embeddings.token_embedding.weight": torch.zeros(2, 2),
            "vision_model.embeddings.class_embedding": torch.zeros(2),
        },
        "a model of transformers.*AutoModel",
    ),
    "a classifier": (lambda state: {"fc.weight": torch.zeros(2, 2)}, "no model of open_clip"),
    "nothing": (lambda state: {}, "no model of open_clip"),
    "a list": (lambda state: [1, 2], "no model of open_clip"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_checkpoint_of_another_kind_is_named_with_what_to_type(kind, model_folder, tmp_path):
    change, says = REFUSED[kind]
    torch.save(change(load_file(model_folder / WEIGHTS)), tmp_path / "epoch_20.pt")
    with pytest.raises(ModelLoadError, match=f"(?s)epoch_20.pt .*{says}") as caught:
        load_model(model_folder, weights=tmp_path / "epoch_20.pt")
    assert "prefetch" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("adapter_config.json", {"peft_type": "LORA"}, "LoRA adapter.*PeftModel"),
        ("config.json", {"model_type": "clip"}, "a model of transformers.*AutoModel"),
    ],
)
def test_a_folder_of_another_kind_is_named_with_what_to_type(
    name, content, says, model_folder, tmp_path
):
    (tmp_path / name).write_text(json.dumps(content))
    for source, weights in ((tmp_path, None), (model_folder, tmp_path)):
        with pytest.raises(ModelLoadError, match=says):
            load_model(source, weights=weights)


def test_weights_that_do_not_exist_are_named(model_folder):
    with pytest.raises(ModelLoadError, match=r"epoch_20\.pt is missing"):
        load_model(model_folder, weights="epoch_20.pt")


def test_the_only_weights_of_a_folder_are_taken_whatever_their_name(folder):
    (folder / WEIGHTS).rename(folder / "finetuned.safetensors")
    (folder / f"._{WEIGHTS}").write_bytes(b"what a Mac leaves on a memory stick")
    assert "of finetuned.safetensors" in repr(load_model(folder, device="cpu"))


@pytest.mark.parametrize("name", ["epoch_20.pt", "pytorch_model.bin", "model-2.safetensors"])
def test_two_files_of_weights_are_refused_by_name(name, folder):
    shutil.copyfile(folder / WEIGHTS, folder / name)
    with pytest.raises(ModelLoadError, match=f"(?s)holds .*{name}.*weights='"):
        load_model(folder)


def test_weights_that_the_checksums_do_not_list_are_refused_by_name(folder):
    lines = [f"{sha256(path)}  {path.name}\n" for path in folder.iterdir() if path.name != WEIGHTS]
    (folder / "SHA256SUMS").write_text("".join(lines))
    with pytest.raises(ModelLoadError, match=f"{WEIGHTS} is not in SHA256SUMS"):
        load_model(folder)
    load_model(folder, verify=False)
    load_model(folder, weights=folder / WEIGHTS)


def test_no_number_of_positions_is_bent(tmp_path):
    """open_clip would stretch 77 positions to 256, and the embeddings would mean nothing."""
    folder = write_tiny_model(tmp_path / "clip", "clip")
    text(context_length=256)(folder)
    with pytest.raises(ModelLoadError, match="size mismatch for positional_embedding"):
        load_model(folder)


def test_a_tokenizer_that_the_configuration_no_longer_names_is_missed(tmp_path):
    """open_clip would take CLIP's own."""
    folder = write_tiny_model(tmp_path / "clipa", "clipa")
    for key in ("hf_tokenizer_name", "tokenizer_kwargs"):
        towers(lambda content, key=key: content["text_cfg"].pop(key))(folder)
    with pytest.raises(ModelLoadError, match="do not belong together"):
        load_model(folder)


def test_weights_of_another_architecture_are_not_taken_for_a_broken_download(
    model_folder, tmp_path
):
    other = write_tiny_model(tmp_path / "clip", "clip") / WEIGHTS
    with pytest.raises(ModelLoadError, match=r"Missing key.*Is .* a file of weights for") as caught:
        load_model(model_folder, weights=other)
    assert "prefetch" not in str(caught.value)
