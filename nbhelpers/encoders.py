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
import torch
from scipy.special import softmax
from tqdm.auto import tqdm

from .images import open_image


@dataclass(eq=False, repr=False)
class VisionLanguageModel:
    """An image tower and a text tower that share one space of D dimensions; `clip` is the open_clip model itself."""

    name: str
    clip: torch.nn.Module
    preprocess: Callable[[Any], torch.Tensor]
    tokenizer: Callable[[list[str]], torch.Tensor]
    embed_dim: int
    device: torch.device
    precision: torch.dtype

    @property
    def logit_scale(self) -> float:
        """The factor between cosine similarity and logit, learned in training (1 / temperature)."""
        return self.clip.logit_scale.exp().item()

    @property
    def context_length(self) -> int:
        """The most tokens of a prompt that the text tower reads, special tokens counted."""
        return self.tokenizer.context_length

    @property
    def fingerprint(self) -> str:
        """SHA-256 of weights, preprocessing and tokenizer (64 hex digits): models that share it embed alike.

        Not of device, precision or number format on disk. Computed anew each time, as training changes the weights.
        """
        import open_clip  # slow, and already there with the model

        digest = hashlib.sha256(
            json.dumps(open_clip.get_model_preprocess_cfg(self.clip), sort_keys=True).encode()
        )
        digest.update(self.tokenizer(["Chest X-ray, axial brain MRI & H&E stain: 12 µm"]).numpy())
        words = getattr(
            self.tokenizer, "tokenizer", None
        )  # None: CLIP's own vocabulary, part of open_clip
        digest.update(json.dumps(words.get_vocab() if words else {}, sort_keys=True).encode())
        for name, weights in sorted(self.clip.state_dict().items()):
            digest.update(f"{name} {tuple(weights.shape)} {weights.dtype}".encode())
            digest.update(weights.cpu().reshape(-1).view(torch.uint8).numpy())
        return digest.hexdigest()

    def __repr__(self) -> str:
        size = (
            f"{sum(weights.numel() for weights in self.clip.parameters()) / 1e6:.1f} M parameters"
        )
        reads = f"D = {self.embed_dim}, up to {self.context_length} tokens, logit scale {self.logit_scale:.1f}"
        return (
            f"VisionLanguageModel({self.name}: {size}, {reads}, {self.precision} on {self.device})"
        )

    def encode_images(
        self, pictures: Any, batch_size: int | None = None, progress: bool | None = None
    ) -> np.ndarray:
        """Return the embeddings of one or many pictures: (N, D) float32 of unit length, in the order given.

        `pictures` is anything that `open_image` takes, or an iterable of such. While the model works on one batch,
        threads open the next; no more are in memory, so a generator may be longer than memory holds.
        The progress bar comes after two seconds; `progress` True shows it at once, False never.

        Raises ImageError: a picture cannot be opened; the note says which.
        """
        if _is_one_picture(pictures):
            pictures = [pictures]
        size, rows = (
            self._batch_size(batch_size, cpu=16, gpu=128),
            [np.empty((0, self.embed_dim), np.float32)],
        )
        total = len(pictures) if hasattr(pictures, "__len__") else None
        opening = closing(_ahead(self._pixels, enumerate(pictures), size))
        with _bar("image", total, progress) as bar, self._weights_kept(), opening as opened:
            while batch := list(islice(opened, size)):
                rows.append(self._unit_vectors(self.clip.encode_image, torch.stack(batch)))
                bar.update(len(batch))
        return np.concatenate(rows)

    def encode_texts(
        self,
        prompts: str | Iterable[str],
        batch_size: int | None = None,
        progress: bool | None = None,
    ) -> np.ndarray:
        """Return the embeddings of one or many prompts: (M, D) float32 of unit length, in the order given.

        A prompt that comes again is encoded once. A prompt longer than `context_length` tokens is cut there, with a
        warning. The progress bar comes after two seconds; `progress` True shows it at once, False never.

        Raises ValueError: a prompt is not a string, or has no words in it.
        """
        prompts = [prompts] if isinstance(prompts, str) else list(prompts)
        for index, prompt in enumerate(prompts):
            if not isinstance(prompt, str) or not prompt.strip():
                raise ValueError(
                    f"Prompt {index} is {prompt!r}: each prompt must be a string with words in it."
                )
        size = self._batch_size(batch_size, cpu=16, gpu=256)
        row_of = {prompt: row for row, prompt in enumerate(dict.fromkeys(prompts))}
        vectors = np.empty((len(row_of), self.embed_dim), np.float32)
        if not prompts:
            return vectors
        ids, lengths = self._tokens(list(row_of))
        nothing = (ids == self.tokenizer([""])).all(dim=1)
        if nothing.any():
            prompt = list(row_of)[int(nothing.nonzero()[0])]
            raise ValueError(
                f"Prompt {prompts.index(prompt)} is {prompt!r}, in which the tokenizer finds no word."
            )
        with _bar("prompt", len(row_of), progress) as bar, self._weights_kept():
            for rows in torch.argsort(lengths).split(
                size
            ):  # prompts of like length, so that little padding is left
                vectors[rows] = self._unit_vectors(
                    self.clip.encode_text, ids[rows, : lengths[rows].max()]
                )
                bar.update(len(rows))
        return vectors[[row_of[prompt] for prompt in prompts]]

    def probabilities(self, images: np.ndarray, texts: np.ndarray) -> np.ndarray:
        """Return softmax(logit_scale · images · textsᵀ): (N, M), rows that sum to 1 (Radford et al. 2021, §3.1.2).

        Raises ValueError: `images` (N, D) and `texts` (M, D) are not embeddings of one model, or there are no texts.
        """
        images, texts = _embeddings(images, "images"), _embeddings(texts, "texts")
        if images.shape[1] != texts.shape[1]:
            raise ValueError(
                f"images {images.shape} and texts {texts.shape} differ in D: they come from two models."
            )
        if not len(texts):
            raise ValueError("There are no texts to choose from: pass at least one text embedding.")
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
        """Return token ids (prompts, context_length), and how many columns of each the text tower needs (prompts,)."""
        ids = self.tokenizer(prompts)
        hf = getattr(
            self.tokenizer, "tokenizer", None
        )  # None: CLIP's own tokenizer, which pads with 0
        pad = hf.pad_token_id if hf else 0
        for prompt in (prompts[row] for row in torch.nonzero(ids[:, -1] != pad).flatten().tolist()):
            length = (
                len(hf(prompt, verbose=False)["input_ids"])
                if hf
                else len(self.tokenizer.encode(prompt)) + 2
            )
            if length > self.context_length:
                told = f"The prompt {prompt[:40]!r}… has {length} tokens; {self.name} reads {self.context_length} of them."
                warnings.warn(told, stacklevel=3)
        # A BERT-like tower masks its padding, so columns of nothing but padding change nothing but the time taken.
        masked = hf and pad == getattr(
            getattr(self.clip.text, "config", None), "pad_token_id", None
        )
        columns = torch.arange(1, ids.shape[1] + 1)
        return ids, (columns * (ids != pad)).amax(1) if masked else columns[-1].expand(len(ids))

    @contextmanager
    def _weights_kept(self) -> Iterator[None]:
        """Within this context autocast rounds each weight to `precision` once, and not for every batch.

        Autocast forgets its rounded weights where the outermost context ends, so this is one, itself switched off.
        """
        with torch.autocast(self.device.type, self.precision, enabled=False):
            try:
                yield
            finally:
                torch.clear_autocast_cache()  # they carry no gradient: a caller's autocast must not train with them

    @torch.no_grad()  # in inference mode autocast keeps no rounded weights
    def _unit_vectors(
        self, encode: Callable[[torch.Tensor], torch.Tensor], batch: torch.Tensor
    ) -> np.ndarray:
        """Return `encode(batch)` as (B, D) float32 of unit length, on the CPU."""
        with torch.autocast(
            self.device.type, self.precision, enabled=self.precision != torch.float32
        ):
            features = encode(batch.to(self.device))
        return torch.nn.functional.normalize(features.float(), dim=-1).cpu().numpy()

    def _batch_size(self, asked: int | None, cpu: int, gpu: int) -> int:
        if asked is not None and asked < 1:
            raise ValueError(f"batch_size must be at least 1, not {asked}.")
        return asked or (cpu if self.device.type == "cpu" else gpu)


def _bar(unit: str, total: int | None, progress: bool | None) -> tqdm:
    return tqdm(total=total, unit=unit, delay=0 if progress else 2, disable=progress is False)


def _ahead(function: Callable[[Any], Any], items: Iterable[Any], ahead: int) -> Iterator[Any]:
    """Yield function(item) in the order of items; threads work on the next `ahead` items, and no more are drawn.

    `items` itself is drawn in the caller's thread. Where the caller stops early, on Ctrl-C too, work not begun is
    dropped.
    """
    pool, coming = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="nbhelpers-open"), deque()
    try:
        for item in items:
            coming.append(pool.submit(function, item))
            if len(coming) > ahead:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _is_one_picture(pictures: Any) -> bool:
    """Return whether this is one picture rather than several; an array of two or three dimensions is one."""
    if isinstance(pictures, str | bytes | bytearray | memoryview) or hasattr(pictures, "read"):
        return True
    return getattr(pictures, "ndim", 1) in (2, 3) or not hasattr(pictures, "__iter__")


def _embeddings(vectors: np.ndarray, what: str) -> np.ndarray:
    """Return `vectors` as (N, D), once they are finite and of unit length."""
    vectors = np.asarray(vectors)
    if vectors.ndim != 2 or not np.isfinite(vectors).all():
        raise ValueError(
            f"{what} must be finite and (N, D), not {vectors.shape}. Pass what encode_{what} returns."
        )
    if np.abs(np.linalg.norm(vectors, axis=1) - 1).max(initial=0) > 1e-3:
        raise ValueError(f"{what} are not of unit length. Pass what encode_{what} returns.")
    return vectors
