import json
import os
import pickle
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch
from conftest import SENTENCES

from nbhelpers import ModelLoadError, load_model

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
    from safetensors.torch import load_file

    torch.save(
        load_file(folder / "open_clip_model.safetensors"), folder / "open_clip_pytorch_model.bin"
    )
    (folder / "open_clip_model.safetensors").unlink()
    words = tiny.tokenizer.tokenizer.get_vocab()
    (folder / "vocab.txt").write_text("\n".join(sorted(words, key=words.get)))
    (folder / "tokenizer.json").unlink()
    model = load_model(folder, device="cpu", precision="fp32")
    np.testing.assert_allclose(model.encode_texts(PROMPTS), tiny.encode_texts(PROMPTS), atol=1e-6)


@pytest.mark.parametrize("kind", ["safetensors", "bin", "old bin"])
def test_weights_that_are_mapped_are_the_same_and_can_be_trained(
    kind, folder, tiny, pictures, monkeypatch
):
    """Large files are mapped into memory; here every file counts as large."""
    from safetensors.torch import load_file

    from nbhelpers import towers

    monkeypatch.setattr(towers, "LARGE", 0)
    weights = folder / "open_clip_model.safetensors"
    if kind != "safetensors":
        state, path = load_file(weights), folder / "open_clip_pytorch_model.bin"
        torch.save(state, path, _use_new_zipfile_serialization=kind == "bin")
        weights.unlink()
        weights = path
    before = weights.read_bytes()
    model = load_model(folder, device="cpu", precision="fp32")
    np.testing.assert_allclose(model.encode_texts(PROMPTS), tiny.encode_texts(PROMPTS), atol=1e-6)
    np.testing.assert_allclose(
        model.encode_images(pictures), tiny.encode_images(pictures), atol=1e-6
    )
    with torch.no_grad():
        for values in model.clip.parameters():
            values.add_(1)
    assert weights.read_bytes() == before, "the file itself is never written"


def test_clips_own_text_tower_loads_and_is_not_trimmed(tmp_path, no_network):
    import open_clip
    from safetensors.torch import save_file

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


def weights(content):
    return lambda folder: (folder / "open_clip_model.safetensors").write_bytes(content)


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


FAULTS = {
    "no config": (
        remove("open_clip_config.json"),
        "open_clip_config.json is missing. It holds: config.json",
    ),
    "config not JSON": (cut("open_clip_config.json"), "open_clip_config.json is not JSON"),
    "config a list": (
        lambda f: (f / "open_clip_config.json").write_text("[]"),
        "model_cfg lacks embed_dim",
    ),
    "no model_cfg": (config(lambda c: c.pop("model_cfg")), "model_cfg lacks embed_dim"),
    "no normalisation": (
        config(lambda c: c.pop("preprocess_cfg")),
        "preprocess_cfg with a mean and a std.*Take the file",
    ),
    "half a normalisation": (
        config(lambda c: c["preprocess_cfg"].pop("std")),
        "preprocess_cfg with a mean",
    ),
    "normalisation a number": (
        config(lambda c: c.update(preprocess_cfg={"mean": 0.5, "std": 1})),
        "preprocess_cfg",
    ),
    "unknown key in text_cfg": (
        config(lambda c: c["model_cfg"]["text_cfg"].update(colour=1)),
        "'colour' in text_cfg",
    ),
    "unknown key in vision_cfg": (
        config(lambda c: c["model_cfg"]["vision_cfg"].update(x=1)),
        "'x' in vision_cfg",
    ),
    "unknown key in model_cfg": (
        config(lambda c: c["model_cfg"].update(shape=1)),
        "'shape' in model_cfg",
    ),
    "unknown image tower": (
        config(lambda c: c["model_cfg"]["vision_cfg"].update(timm_model_name="vit_none")),
        "Unknown model .* open_clip_config.json",
    ),
    "no tokenizer named": (
        config(lambda c: c["model_cfg"]["text_cfg"].pop("hf_tokenizer_name")),
        "hf_tokenizer_name",
    ),
    "no weights": (
        remove("open_clip_model.safetensors"),
        "holds no weights .*open_clip_model.safetensors",
    ),
    "empty weights": (weights(b""), "open_clip_model.safetensors is empty. Download"),
    "weights cut short": (
        cut("open_clip_model.safetensors"),
        "safetensors is cut short .* Download",
    ),
    "git-lfs pointer": (
        weights(b"version https://git-lfs.github.com/spec/v1\noid sha256:0"),
        "git lfs pull",
    ),
    "web page": (weights(b"<!DOCTYPE html><html>Sign in</html>"), "web page, not the weights"),
    "web page as bin": (as_bin(b"\n<html>"), "open_clip_pytorch_model.bin is a web page"),
    "empty bin": (as_bin(b""), "open_clip_pytorch_model.bin is empty"),
    "bin cut short": (cut_bin, "open_clip_pytorch_model.bin is cut short"),
    "bin that runs code": (as_bin(pickle.dumps(Trap(), 2)), "could run code: refused"),
    "bin of noise": (as_bin(bytes(range(1, 200))), "open_clip_pytorch_model.bin"),
    "weights of another size": (
        config(lambda c: c["model_cfg"].update(embed_dim=16)),
        "does not fit .*size mismatch",
    ),
    "another text tower": (
        lambda f: edit(f / "config.json", lambda c: c.update(num_hidden_layers=3)),
        "does not fit .*config.json",
    ),
    "no text config": (remove("config.json"), "lacks config.json .* nobody/tiny-bert"),
    "no tokenizer config": (remove("tokenizer_config.json"), "lacks tokenizer_config.json"),
    "no vocabulary": (remove("tokenizer.json"), r"lacks tokenizer.json \(or vocab.txt\).*Copy"),
    "vocabulary without words": (forget_words, r"ordinary words into \[UNK\]"),
    "vocabulary of another model": (add_words, "do not belong together"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_folder_is_refused_with_the_file_and_the_remedy(
    fault, folder, no_network, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    damage, says = FAULTS[fault]
    damage(folder)
    with pytest.raises(ModelLoadError, match=f"(?s){says}") as caught:
        load_model(folder)
    assert not (tmp_path / "trap_was_sprung").exists()
    assert "weights_only=False" not in str(caught.getrepr())


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("tiny_clp", "Did you mean tiny_clip"),
        ("phantom", 'Did you mean phantomclip.*"hf-hub:org/name"'),
        ("ViT-B-32", '"phantomclip", "biomedclip" or "hf-hub:org/name", or the path of a folder'),
        ("nowhere/at/all", "There is no folder 'nowhere/at/all'"),
        ("", "There is no folder ''"),
        ("tiny_clip/config.json", r"is a file. .*load_model\('tiny_clip'\)"),
        ("hf-hub:name", "Type it as .hf-hub:org/name"),
        ("hf-hub:org/name/", "Type it as .hf-hub:org/name"),
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


def test_importing_the_package_loads_neither_torch_nor_network():
    code = "import sys, nbhelpers; assert 'load_model' in dir(nbhelpers); print({'torch', 'PIL'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_every_public_name_is_there_and_no_other():
    import nbhelpers

    assert all(getattr(nbhelpers, name) is not None for name in nbhelpers.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        _ = nbhelpers.nothing


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
