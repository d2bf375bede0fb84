"""Where a model looks: for one picture and M sentences, M maps (g, g) over its patches."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from open_clip.transformer import VisionTransformer as OpenClipViT
from timm.models.vision_transformer import VisionTransformer as TimmViT
from timm.models.xcit import Xcit
from torch.nn.functional import normalize

from .model import VisionLanguageModel
from .pictures import open_image


def patch_embeddings(model: VisionLanguageModel, picture: Any) -> np.ndarray:
    """Return the embedding of each patch as if alone, (g, g, D), not of unit length.

    MaskCLIP's value path (Zhou et al. 2022); where a tower averages, the mean is the picture's."""
    _, before, _ = tower_parts(model)
    alone = change_tokens(model, lambda x: x[0, before:, None].expand(-1, before + 1, -1))
    with torch.no_grad(), alone:
        return _grid(model.clip.encode_image(_pixels(model, picture)))


def patch_cosine(model: VisionLanguageModel, picture: Any, sentences: Any) -> np.ndarray:
    """Return the cosine of each patch alone with each sentence, (M, g, g)."""
    patches = normalize(torch.from_numpy(patch_embeddings(model, picture)), dim=-1)
    return (patches @ _texts(model, sentences).T).permute(2, 0, 1).numpy()


def gradient_activation(model: VisionLanguageModel, picture: Any, sentences: Any) -> np.ndarray:
    """Return (token − mean token) · ∂cosine/∂token of each patch, (M, g, g).

    To first order, the fall of the cosine if a patch were like the mean one."""
    _, before, _ = tower_parts(model)
    kept, texts = [], _texts(model, sentences).to(model.device)
    keep = change_tokens(model, lambda x: kept.append(x.detach().requires_grad_()) or kept[0])
    with torch.enable_grad(), keep:
        image = normalize(model.clip.encode_image(_pixels(model, picture))[0], dim=-1)
        slopes = [torch.autograd.grad(text @ image, kept[0], retain_graph=True) for text in texts]
    change = (kept[0] - kept[0][:, before:].mean(1)).detach()[0, before:]  # (N, C)
    return np.stack([_grid((change * slope[0, before:]).sum(-1)) for (slope,) in slopes])


def class_attention(model: VisionLanguageModel, picture: Any, sentences: Any) -> np.ndarray:
    """Return the class token's attention to each patch, the heads' mean, (M, g, g), all M alike."""
    _, before, readers = tower_parts(model)
    if not readers:
        raise ValueError(f"{model.name} pools patches without a class token. Use another map.")
    weights = []  # (1, T, T) of each
    with torch.no_grad(), ExitStack() as undo:
        for attention in readers:
            if isinstance(attention, torch.nn.MultiheadAttention):
                look = attention.register_forward_hook(
                    lambda module, given, _: weights.append(module.forward(*given)[1])
                )
            else:
                undo.callback(setattr, attention, "fused_attn", attention.fused_attn)
                attention.fused_attn = False  # the fused form never holds the weights
                look = attention.attn_drop.register_forward_hook(
                    lambda module, given, shares: weights.append(shares.mean(1))
                )
            undo.enter_context(look)
        model.clip.encode_image(_pixels(model, picture))
    shares = torch.stack(weights)[:, 0, 0, max(before, 1) :].mean(0)  # (N,)
    return np.stack([_grid(shares)] * len(_texts(model, sentences)))


@torch.no_grad()
def occlusion(model: VisionLanguageModel, picture: Any, sentences: Any, cell=16) -> np.ndarray:
    """Return the fall of the cosine with 3 × 3 cells hidden (Zeiler, Fergus 2014), (M, g, g)."""
    whole = _pixels(model, picture)  # (1, 3, H, W)
    g = whole.shape[-1] // cell
    images = [model.clip.encode_image(whole)]
    for row in range(g):
        hidden = whole.repeat(g, 1, 1, 1)  # one row of the map at a time
        for column in range(g):
            down, across = (slice(max(i - 1, 0) * cell, (i + 2) * cell) for i in (row, column))
            hidden[column, :, down, across] = whole.mean((2, 3))[0, :, None, None]
        images.append(model.clip.encode_image(hidden))
    cosines = normalize(torch.cat(images).cpu(), dim=-1) @ _texts(model, sentences).T
    return _grid(cosines[0] - cosines[1:]).transpose(2, 0, 1)


def tower_parts(model: VisionLanguageModel) -> tuple[torch.nn.Module, int, list]:
    """Return where patches are last read, tokens before them, who reads. ValueError: no ViT."""
    tower = getattr(model.clip.visual, "trunk", model.clip.visual)
    if isinstance(tower, Xcit):
        return tower.cls_attn_blocks[0], 0, [block.attn for block in tower.cls_attn_blocks]
    if isinstance(tower, TimmViT):
        last, before = tower.blocks[-1], tower.num_prefix_tokens
        reads = tower.global_pool == "token"
    elif isinstance(tower, OpenClipViT):
        last, before = tower.transformer.resblocks[-1], 1
        reads = tower.pool_type == "tok" and tower.attn_pool is None
    else:
        raise ValueError(f"{model.name} has a {type(tower).__name__}, no ViT. Use occlusion().")
    return last, before, [last.attn] * reads


def change_tokens(model: VisionLanguageModel, change: Callable) -> Any:
    """Return a hook that changes the tokens (1, T, C) where the class token last reads them."""
    last, before, readers = tower_parts(model)
    first = 0 if before else 1  # an XCiT's class token stands before them, in blocks of its own

    def read(_: Any, given: tuple) -> tuple:
        tokens = change(given[0][:, first:])
        return (torch.cat([given[0][:, :first].expand(len(tokens), -1, -1), tokens], 1), *given[1:])

    if readers:
        return last.register_forward_pre_hook(read)
    return last.register_forward_hook(lambda module, given, tokens: change(tokens))


def _pixels(model: VisionLanguageModel, picture: Any) -> torch.Tensor:
    return model.preprocess(open_image(picture))[None].to(model.device)  # (1, 3, H, W)


def _texts(model: VisionLanguageModel, sentences: Any) -> torch.Tensor:
    exact = replace(model, precision=torch.float32)
    return torch.from_numpy(exact.encode_texts(sentences, progress=False))  # (M, D)


def _grid(patches: torch.Tensor) -> np.ndarray:
    """Return (N, …) as (g, g, …), N = g²."""
    return patches.reshape(round(len(patches) ** 0.5), -1, *patches.shape[1:]).cpu().numpy()
