"""Pictures and prompts to unit vectors in one space, and from there to probabilities."""

import hashlib
import json
import os
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import open_clip
import torch
from scipy.special import softmax
from tqdm.auto import tqdm

from .pictures import open_image

PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(eq=False, repr=False)
class VisionLanguageModel:
    """An image tower and a text tower that share one space; `clip` is the open_clip model."""

    name: str
    clip: torch.nn.Module
    preprocess: Callable[[Any], torch.Tensor]
    tokenizer: Callable[[list[str]], torch.Tensor]
    embed_dim: int
    device: torch.device
    precision: torch.dtype

    @property
    def logit_scale(self) -> float:
        """The factor between cosine and logit, learned in training (1 / temperature)."""
        return self.clip.logit_scale.exp().item()

    @property
    def context_length(self) -> int:
        """The most tokens of a prompt that the text tower reads, special tokens counted."""
        return self.tokenizer.context_length

    @property
    def fingerprint(self) -> str:
        """SHA-256 of weights, preprocessing and tokenizer, as 64 hex digits, computed at each call.

        Models that share it embed alike; device and precision do not count.
        """
        settings = open_clip.get_model_preprocess_cfg(self.clip)
        words = getattr(self.tokenizer, "tokenizer", None)  # None: CLIP's own vocabulary
        vocabulary = words.get_vocab() if words else {}
        digest = hashlib.sha256(json.dumps([settings, vocabulary], sort_keys=True).encode())
        digest.update(self.tokenizer(["Chest X-ray, axial brain MRI & H&E stain: 12 µm"]).numpy())
        for name, weights in sorted(self.clip.state_dict().items()):
            digest.update(f"{name} {tuple(weights.shape)} {weights.dtype}".encode())
            digest.update(weights.cpu().reshape(-1).view(torch.uint8).numpy())
        return digest.hexdigest()

    def __repr__(self) -> str:
        millions = sum(weights.numel() for weights in self.clip.parameters()) / 1e6
        reads = f"D = {self.embed_dim}, up to {self.context_length} tokens"
        runs = f"logit scale {self.logit_scale:.1f}, {self.precision} on {self.device}"
        return f"VisionLanguageModel({self.name}: {millions:.1f} M parameters, {reads}, {runs})"

    def encode_images(self, pictures: Any, batch_size: int | None = None) -> np.ndarray:
        """Return the embeddings of one or many pictures: (N, D) float32 of unit length, in order.

        `pictures` is anything that `open_image` takes, or an iterable of such. Threads open one
        batch ahead and no more, so a generator may be longer than memory holds. Raises ImageError:
        a picture cannot be opened; the note says which.
        """
        one = isinstance(pictures, str | bytes | bytearray | memoryview)
        one |= hasattr(pictures, "read") or not hasattr(pictures, "__iter__")
        if one or getattr(pictures, "ndim", 1) in (2, 3):  # an array or tensor of one picture
            pictures = [pictures]
        size = self._batch_size(batch_size, gpu=128)
        rows = [np.empty((0, self.embed_dim), np.float32)]
        total = len(pictures) if hasattr(pictures, "__len__") else None
        opening = closing(run_ahead(self._pixels, enumerate(pictures), size))
        bar = tqdm(total=total, unit="image", delay=2)  # shows after two seconds
        with bar, opening as opened, self._rounded_once():
            while batch := list(islice(opened, size)):
                rows.append(self._unit_vectors(self.clip.encode_image, torch.stack(batch)))
                bar.update(len(batch))
        return np.concatenate(rows)

    def encode_texts(self, prompts: Any, batch_size: int | None = None) -> np.ndarray:
        """Return the embeddings of one or many prompts: (M, D) float32 of unit length, in order.

        A prompt that comes again is encoded once. A prompt longer than `context_length` tokens is
        cut there, with a warning. Raises ValueError: a prompt is no string with words in it.
        """
        prompts = [prompts] if isinstance(prompts, str) else list(prompts)
        for index, prompt in enumerate(prompts):
            if not isinstance(prompt, str) or not prompt.strip():
                raise ValueError(f"Prompt {index} is {prompt!r}: it must be a string with words.")
        row_of = {prompt: row for row, prompt in enumerate(dict.fromkeys(prompts))}
        vectors = np.empty((len(row_of), self.embed_dim), np.float32)
        if not prompts:
            return vectors
        ids, lengths = self._tokens(list(row_of))
        size = self._batch_size(batch_size, gpu=256)
        with tqdm(total=len(row_of), unit="prompt", delay=2) as bar, self._rounded_once():
            # Prompts of like length go together, so that little padding is left.
            for rows in torch.argsort(lengths).split(size):
                batch = ids[rows, : lengths[rows].max()]
                vectors[rows] = self._unit_vectors(self.clip.encode_text, batch)
                bar.update(len(rows))
        return vectors[[row_of[prompt] for prompt in prompts]]

    def probabilities(self, images: np.ndarray, texts: np.ndarray) -> np.ndarray:
        """Return softmax(logit_scale · images · textsᵀ), (N, M); each row adds up to 1.

        As in Radford et al. 2021, section 3.1.2. Raises ValueError: `images` (N, D) and `texts`
        (M, D) are not embeddings of one model, or there are no texts.
        """
        images, texts = check_embeddings(images, "images"), check_embeddings(texts, "texts")
        if images.shape[1] != texts.shape[1] or not len(texts):
            shapes = f"images {images.shape} and texts {texts.shape}"
            raise ValueError(f"{shapes} do not belong together: encode both with one model.")
        return softmax(self.logit_scale * images @ texts.T, axis=1)

    def _pixels(self, numbered: tuple[int, Any]) -> torch.Tensor:
        """Return the picture of (index, picture) as the image tower takes it: (3, H, W)."""
        index, picture = numbered
        try:
            return self.preprocess(open_image(picture))
        except Exception as error:
            error.add_note(f"This was picture {index} (counted from 0).")
            raise

    def _tokens(self, prompts: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return ids (M, context_length), and how many of its columns each prompt needs (M,)."""
        ids = self.tokenizer(prompts)
        words = getattr(self.tokenizer, "tokenizer", None)  # None: CLIP's own, which pads with 0
        pad = words.pad_token_id if words else 0
        nothing = (ids == self.tokenizer([""])).all(dim=1)
        if nothing.any():
            prompt = prompts[int(nothing.nonzero()[0])]
            raise ValueError(f"The tokenizer finds no word in the prompt {prompt!r}.")
        for prompt in [prompts[row] for row in torch.nonzero(ids[:, -1] != pad).flatten()]:
            tokens = words(prompt, verbose=False)["input_ids"] if words else None
            length = len(tokens or self.tokenizer.encode(prompt)) + (2 if tokens is None else 0)
            if length > self.context_length:
                reads = f"{self.name} reads {self.context_length} of them"
                told = f"The prompt {prompt[:40]!r}… has {length} tokens; {reads}."
                warnings.warn(told, stacklevel=3)
        # A BERT-like tower masks its padding: columns of nothing but padding only cost time.
        config = getattr(getattr(self.clip, "text", None), "config", None)
        columns = torch.arange(1, ids.shape[1] + 1)
        if words and pad == getattr(config, "pad_token_id", None):
            return ids, (columns * (ids != pad)).amax(1)
        return ids, columns[-1].expand(len(ids))

    @contextmanager
    def _rounded_once(self) -> Iterator[None]:
        """Let autocast keep its rounded weights until this context ends: the outermost one, off."""
        with torch.autocast(self.device.type, self.precision, enabled=False):
            try:
                yield
            finally:
                torch.clear_autocast_cache()  # without gradients: a caller must not train with them

    @torch.no_grad()  # in inference mode, autocast keeps no rounded weights
    def _unit_vectors(self, encode: Callable, batch: torch.Tensor) -> np.ndarray:
        """Return `encode(batch)` as (B, D) float32 of unit length, on the CPU."""
        with torch.autocast(self.device.type, self.precision, self.precision != torch.float32):
            features = encode(batch.to(self.device))
        return torch.nn.functional.normalize(features.float(), dim=-1).cpu().numpy()

    def _batch_size(self, asked: int | None, gpu: int) -> int:
        if asked is not None and asked < 1:
            raise ValueError(f"batch_size must be at least 1, not {asked}.")
        return asked or (16 if self.device.type == "cpu" else gpu)


def run_ahead(function: Callable, items: Iterable, ahead: int) -> Iterator[Any]:
    """Yield function(item) in the order of items; threads work on the next `ahead` of them."""
    pool = ThreadPoolExecutor(os.cpu_count())
    coming = deque()
    try:
        for item in items:
            coming.append(pool.submit(function, item))
            if len(coming) > ahead:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def check_embeddings(vectors: np.ndarray, what: str) -> np.ndarray:
    """Return `vectors` as (N, D). Raises ValueError: they are not finite, or not of unit length."""
    vectors = np.asarray(vectors)
    if vectors.ndim != 2 or not np.isfinite(vectors).all():
        raise ValueError(f"{what} must be finite and (N, D), not {vectors.shape}.")
    if np.abs(np.linalg.norm(vectors, axis=1) - 1).max(initial=0) > 1e-3:
        raise ValueError(f"{what} are not of unit length: pass what encode_{what} returns.")
    return vectors


def pick_device(device: str | torch.device = "auto") -> torch.device:
    """Return the torch device: the one asked for, or with "auto" CUDA, then MPS, then the CPU."""
    if device == "auto":
        others = "mps" if torch.backends.mps.is_available() else "cpu"
        device = "cuda" if torch.cuda.is_available() else others
    return torch.device(device)


def pick_precision(device: torch.device, precision: str = "auto") -> torch.dtype:
    """Return the number format of the towers' arithmetic; the weights themselves stay float32.

    "auto" gives bfloat16 where `device` computes in it natively and rightly, else float32.
    """
    if precision in PRECISIONS:
        return PRECISIONS[precision]
    if precision != "auto":
        raise ValueError(f'Unknown precision {precision!r}: "auto", "fp32", "bf16" or "fp16".')
    features = {}
    if device.type == "cuda":
        features = {"bf16": torch.cuda.is_bf16_supported(including_emulation=False)}
    elif device.type == "cpu" and hasattr(torch.cpu, "get_capabilities"):  # not in older torch
        features = torch.cpu.get_capabilities()
    if not any(features.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16")):
        return torch.float32
    values = torch.sin(torch.arange(256 * 768.0)).reshape(256, 768).to(device)
    exact = values @ values.T
    rounded = (values.bfloat16() @ values.bfloat16().T).float()
    error = (rounded - exact).norm() / exact.norm()  # 0.003; some processors get it wrong
    return torch.bfloat16 if error < 0.01 else torch.float32


def check_answers(clip: Any, tokenizer: Any) -> None:
    """Raise ValueError for what loads but answers wrongly: NaN, or another model's vocabulary."""
    for name, values in clip.state_dict().items():
        if not torch.isfinite(values.sum()):
            raise ValueError(f"{name} holds values that are not finite")
    words = getattr(tokenizer, "tokenizer", None)
    if words is None:  # CLIP's own tokenizer, which is part of open_clip
        return
    tower = getattr(clip, "text", clip)
    gives = tokenizer.context_length
    reads = getattr(getattr(tower, "config", None), "max_position_embeddings", gives)
    if gives > reads:
        raise ValueError(f"the tokenizer gives {gives} tokens, the text tower reads {reads}")
    if len(words) > tower.vocab_size:
        sizes = f"{len(words):,} tokens, the text tower {tower.vocab_size:,}"
        raise ValueError(f"the tokenizer has {sizes}: they do not belong together")
    ids = words("this is a photo of a chest", add_special_tokens=False)["input_ids"]
    if 2 * ids.count(words.unk_token_id) >= len(ids):
        raise ValueError("the tokenizer turns ordinary words into [UNK]: its vocabulary is missing")
