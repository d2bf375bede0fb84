"""Heat maps: each method means what it says, on each kind of tower, and leaves no trace."""

import os
from dataclasses import replace
from pathlib import Path

import full_size
import numpy as np
import open_clip
import pytest
import torch
from PIL import Image
from tiny_models import write_tiny_model

from nbhelpers import heatmaps, load_model

SENTENCES = ["chest x-ray with pleural effusion", "purple bicycle on a quiet lake"]
GRADED = [heatmaps.patch_cosine, heatmaps.gradient_activation]
ALL = [*GRADED, heatmaps.class_attention, heatmaps.occlusion]


@pytest.fixture(scope="module")
def phantomclip():
    return load_model(device="cpu", precision="fp32")


@pytest.fixture(scope="module", params=["clip", "siglip", "coca"])
def other(request, tmp_path_factory):
    folder = write_tiny_model(tmp_path_factory.mktemp("maps") / request.param, request.param)
    return load_model(folder, device="cpu", precision="fp32")


@pytest.fixture
def picture():
    """A dark picture with a bright square in the lower right."""
    pixels = np.full((224, 224, 3), 40, np.uint8)
    pixels[128:192, 144:208] = [230, 200, 180]
    return Image.fromarray(pixels)


def averaging_tower(model):
    """The model with a timm ViT that averages its patch tokens, then projects them by a matrix."""
    torch.manual_seed(0)
    visual = open_clip.timm_model.TimmModel(
        "vit_tiny_patch16_224", model.embed_dim, pool="avg", proj="linear"
    )
    clip = open_clip.model.CustomTextCLIP.__new__(open_clip.model.CustomTextCLIP)
    torch.nn.Module.__init__(clip)
    clip.visual, clip.text, clip.logit_scale = visual, model.clip.text, model.clip.logit_scale
    return replace(model, name="averaging", clip=clip.eval())


@pytest.mark.parametrize("make", ALL[:3], ids=lambda make: make.__name__)
@pytest.mark.parametrize("which", ["phantomclip", "tiny"])
def test_a_map_has_one_grid_for_each_sentence(make, which, picture, request):
    model = request.getfixturevalue(which)
    maps = make(model, picture, SENTENCES)
    assert maps.shape == (2, 14, 14) and maps.dtype == np.float32
    assert np.isfinite(maps).all() and np.ptp(maps[0]) > 0
    np.testing.assert_allclose(make(model, picture, SENTENCES[1])[0], maps[1], atol=1e-5)


@pytest.mark.parametrize("make", [*GRADED, heatmaps.occlusion], ids=lambda make: make.__name__)
def test_other_towers_have_maps_too_on_the_grid_of_their_patches(make, other, picture):
    side = other.clip.visual.image_size[0] // 16
    maps = make(other, picture, SENTENCES)
    assert maps.shape == (2, side, side) and np.ptp(maps[0]) > 0


def test_the_patches_average_to_the_picture_where_the_tower_averages(tiny, picture):
    model = averaging_tower(tiny)
    mean = heatmaps.patch_embeddings(model, picture).reshape(196, -1).mean(axis=0)
    image = model.encode_images(picture)[0]
    np.testing.assert_allclose(mean / np.linalg.norm(mean), image, atol=1e-5)
    with pytest.raises(ValueError, match="without a class token"):
        heatmaps.class_attention(model, picture, SENTENCES)


def test_a_patch_alone_is_what_a_one_token_block_makes_of_it(tiny, picture):
    """The value path: the softmax over one token is 1, whatever query and key are."""
    trunk, pixels = tiny.clip.visual.trunk, tiny.preprocess(picture)[None]
    with torch.no_grad():
        tokens = trunk.patch_embed(pixels)
        tokens = trunk.norm_pre(trunk._pos_embed(tokens))
        tokens = trunk.blocks[:-1](tokens)  # (1, 1 + 196, C)
        block, one = trunk.blocks[-1], tokens[:, 1 + 30]
        normed = block.norm1(one)
        value = normed @ block.attn.qkv.weight.T[:, -192:] + block.attn.qkv.bias[-192:]
        one = one + block.attn.proj(value)
        one = trunk.norm(one + block.mlp(block.norm2(one)))
        expected = tiny.clip.visual.head(one)[0].numpy()
    found = heatmaps.patch_embeddings(tiny, picture).reshape(196, -1)[30]
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_the_gradient_tells_how_the_cosine_changes(phantomclip, picture):
    """Mixing a hundredth of the mean token into a patch changes the cosine as the map says."""
    maps = heatmaps.gradient_activation(phantomclip, picture, SENTENCES)[0]
    text = phantomclip.encode_texts(SENTENCES)[0]
    pixels = phantomclip.preprocess(picture)[None]

    def cosine(share, place):
        def mixed(tokens):
            tokens = tokens.clone()
            tokens[0, place] += share * (tokens[0].mean(0) - tokens[0, place])
            return tokens

        with torch.no_grad(), heatmaps.change_tokens(phantomclip, mixed):
            image = phantomclip.clip.encode_image(pixels.double().float())[0].double()
        return float(torch.nn.functional.normalize(image, dim=0) @ torch.tensor(text).double())

    place = int(np.abs(maps).argmax())
    slope = (cosine(-0.02, place) - cosine(0.02, place)) / 0.04
    assert slope == pytest.approx(maps.flat[place], rel=0.1)


def test_class_attention_is_the_softmax_of_queries_and_keys(tiny, picture):
    trunk, seen = tiny.clip.visual.trunk, []
    attention = trunk.blocks[-1].attn
    with torch.no_grad(), attention.register_forward_pre_hook(lambda _, x: seen.append(x[0])):
        tiny.clip.encode_image(tiny.preprocess(picture)[None])
        query, key, _ = attention.qkv(seen[0])[0].reshape(197, 3, 3, 64).permute(1, 2, 0, 3)
        shares = (query[:, :1] @ key.transpose(1, 2) / 8).softmax(-1).mean(0)[0, 1:]
    maps = heatmaps.class_attention(tiny, picture, SENTENCES)
    np.testing.assert_allclose(maps[0].ravel(), shares.numpy(), atol=1e-6)
    np.testing.assert_array_equal(maps[0], maps[1])  # it reads no sentence


def test_a_clip_of_open_clips_own_has_class_attention_that_sums_to_less_than_one(tmp_path, picture):
    model = load_model(write_tiny_model(tmp_path / "clip", "clip"), device="cpu", precision="fp32")
    shares = heatmaps.class_attention(model, picture, SENTENCES)[0]
    assert shares.shape == (4, 4) and (shares >= 0).all() and 0.1 < shares.sum() < 1


def test_occlusion_is_the_fall_of_the_cosine_when_one_square_is_hidden(phantomclip, picture):
    falls = heatmaps.occlusion(phantomclip, picture, SENTENCES, cell=32)
    assert falls.shape == (2, 7, 7) and falls.dtype == np.float32
    pixels = phantomclip.preprocess(picture)
    hidden = pixels.clone()
    hidden[:, 3 * 32 : 6 * 32, 4 * 32 : 7 * 32] = pixels.mean((1, 2))[:, None, None]
    with torch.no_grad():
        images = phantomclip.clip.encode_image(torch.stack([pixels, hidden])).numpy()
    images /= np.linalg.norm(images, axis=1, keepdims=True)
    whole, without = images @ phantomclip.encode_texts(SENTENCES).T
    np.testing.assert_allclose(falls[:, 4, 5], whole - without, atol=1e-5)


@pytest.mark.parametrize("make", ALL[:3], ids=lambda make: make.__name__)
def test_a_model_in_bfloat16_has_the_maps_of_float32(make, phantomclip, picture):
    rounded = replace(phantomclip, precision=torch.bfloat16)
    expected = make(phantomclip, picture, SENTENCES)
    np.testing.assert_allclose(make(rounded, picture, SENTENCES), expected, atol=1e-6)


@pytest.mark.parametrize("make", ALL[:3], ids=lambda make: make.__name__)
def test_the_model_is_left_as_it_was_also_after_an_error(make, tiny, picture, monkeypatch):
    def traces():
        modules = list(tiny.clip.modules())
        hooks = sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in modules)
        gradients = sum(weights.grad is not None for weights in tiny.clip.parameters())
        fused = [getattr(module, "fused_attn", None) for module in modules]
        return hooks, gradients, fused, torch.is_grad_enabled()

    before = traces()
    make(tiny, picture, SENTENCES)
    assert traces() == before

    def broken(*_):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(tiny.clip.visual.head, "forward", broken)
    with pytest.raises(RuntimeError, match="out of memory"):
        make(tiny, picture, SENTENCES)
    assert traces() == before


@pytest.mark.parametrize("make", ALL[:3], ids=lambda make: make.__name__)
def test_a_tower_without_patches_is_refused_and_told_of_occlusion(make, tiny, picture):
    visual = open_clip.timm_model.TimmModel("test_convnext", tiny.embed_dim, proj="linear")
    clip = averaging_tower(tiny).clip
    clip.visual = visual.eval()
    convolutional = replace(tiny, name="convolutional", clip=clip)
    with pytest.raises(ValueError, match=r"has a ConvNeXt, no ViT. Use occlusion\(\)"):
        make(convolutional, picture, SENTENCES)
    assert heatmaps.occlusion(convolutional, picture, SENTENCES, cell=56).shape == (2, 4, 4)


@pytest.mark.full_size
def test_biomedclips_architecture_has_every_map_at_its_full_size(picture):
    build = Path(__file__).parents[2] / "build" / "full_size"
    folder = Path(os.environ.get("NBHELPERS_FULL_SIZE") or build)
    if not (folder / "open_clip_config.json").is_file():
        full_size.write_model(folder)
    model = load_model(folder, device="cpu")
    for make in ALL[:3]:
        maps = make(model, picture, SENTENCES)
        assert maps.shape == (2, 14, 14) and np.ptp(maps[0]) > 0, make.__name__
    coarse = heatmaps.occlusion(model, picture, SENTENCES, cell=56)
    assert coarse.shape == (2, 4, 4) and np.ptp(coarse[0]) > 0
