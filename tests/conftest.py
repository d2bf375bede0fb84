"""A tiny open_clip model in a folder, and a machine without network."""

import json
import socket
from pathlib import Path

import pytest
import torch

SENTENCES = [
    "this is a photo of a chest x-ray",
    "an image of brain mri and bone x-ray in a chest",
    "hematoxylin and eosin histopathology, immunohistochemistry, adenocarcinoma",
    "a pie chart presented in image beside a line chart",
]
TOWERS = {
    "embed_dim": 32,
    "vision_cfg": {
        "timm_model_name": "vit_tiny_patch16_224",
        "timm_model_pretrained": False,
        "timm_pool": "",
        "timm_proj": "linear",
        "image_size": 224,
    },
    "text_cfg": {
        "hf_model_name": "nobody/tiny-bert",
        "hf_tokenizer_name": "nobody/tiny-bert",
        "hf_proj_type": "mlp",
        "hf_pooler_type": "cls_last_hidden_state_pooler",
        "context_length": 48,
    },
}
PREPROCESSING = {
    "mean": [0.48145466, 0.4578275, 0.40821073],
    "std": [0.26862954, 0.26130258, 0.27577711],
}


def write_model(folder: Path) -> Path:
    """Write a tiny random model as the Hub stores an open_clip model. Its [PAD] is not token 0."""
    import open_clip
    from safetensors.torch import save_file
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertTokenizerFast

    folder.mkdir()
    specials = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    words = BertWordPieceTokenizer(lowercase=True)
    words.train_from_iterator(
        SENTENCES, vocab_size=300, min_frequency=1, special_tokens=specials, show_progress=False
    )
    words.save_model(str(folder))
    tokenizer = BertTokenizerFast(vocab=str(folder / "vocab.txt"), do_lower_case=True)
    tokenizer.save_pretrained(folder)
    (folder / "vocab.txt").unlink()
    BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=128,
        max_position_embeddings=48,
        pad_token_id=tokenizer.pad_token_id,
    ).save_pretrained(folder)
    config = {"model_cfg": TOWERS, "preprocess_cfg": PREPROCESSING}
    (folder / "open_clip_config.json").write_text(json.dumps(config, indent=2))
    torch.manual_seed(0)
    text = TOWERS["text_cfg"] | {"hf_model_name": str(folder), "hf_model_pretrained": False}
    model = open_clip.create_model(f"local-dir:{folder}", text_cfg=text, load_weights=False)
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    return folder


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory) -> Path:
    """The tiny model; tests that damage it take a copy."""
    return write_model(tmp_path_factory.mktemp("models") / "tiny_clip")


@pytest.fixture(scope="session")
def tiny(model_folder):
    from nbhelpers import load_model

    return load_model(model_folder, device="cpu", precision="fp32")


@pytest.fixture
def no_network(monkeypatch):
    """Any look-up of a name and any connection raises."""

    def refuse(*args, **kwargs):
        raise AssertionError(f"the network was asked for: {args}")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="session")
def pictures():
    """Five RGB pictures of different content and shape."""
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(0)
    shapes = [(40, 60), (90, 50), (224, 224), (300, 80), (64, 64)]
    coarse = [rng.integers(0, 256, (4, 4, 3), dtype=np.uint8) for _ in shapes]
    return [
        Image.fromarray(c).resize(s, Image.Resampling.BICUBIC)
        for c, s in zip(coarse, shapes, strict=True)
    ]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache of the Hub, for this process and those that it starts."""
    from huggingface_hub import constants

    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


@pytest.fixture
def hub(model_folder, cache):
    """A Hub that has the tiny model as nobody/tiny_clip, its text tower as nobody/tiny-bert."""
    from loopback import FaultyHandler

    from nbhelpers.local_hub import local_hub

    handler = type("Handler", (FaultyHandler,), {})
    with local_hub(model_folder, "nobody/tiny_clip", handler=handler) as server:
        server.handler = handler
        yield server
