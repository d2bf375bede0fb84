"""Pictures and prompts to unit vectors in one space, and from there to probabilities."""

import hashlib
import json
import os
import re
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count, islice
from typing import Any
from unicodedata import normalize

import numpy as np
import torch
from PIL import Image
from scipy.special import expit, softmax
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
    weights: str = ""  # the name of the file that they come from

    @property
    def logit_scale(self) -> float:
        """The factor between cosine and logit, learned in training (1 / temperature)."""
        return self.clip.logit_scale.exp().item()

    @property
    def logit_bias(self) -> float | None:
        """What is added to a logit, learned with a sigmoid's loss; None: trained with a softmax."""
        bias = getattr(self.clip, "logit_bias", None)
        return None if bias is None else bias.item()

    @property
    def context_length(self) -> int:
        """The most tokens of a prompt that the text tower reads, special tokens counted."""
        return self.tokenizer.context_length

    @property
    def fingerprint(self) -> str:
        """SHA-256 of weights, preprocessing and tokenizer, as 64 hex digits, computed at each call.

        Models that share it embed alike; device, precision and torch.compile do not count.
        """
        towers = (part for part in self.clip.modules() if hasattr(part, "preprocess_cfg"))
        settings = next(towers).preprocess_cfg
        words = getattr(self.tokenizer, "tokenizer", None)  # None: CLIP's own vocabulary
        vocabulary = words.get_vocab() if words else {}
        digest = hashlib.sha256(json.dumps([settings, vocabulary], sort_keys=True).encode())
        digest.update(self.tokenizer(["Chest X-ray, axial brain MRI & H&E stain: 12 µm"]).numpy())
        state = {plain_name(name): weights for name, weights in self.clip.state_dict().items()}
        for name, weights in sorted(state.items()):
            digest.update(f"{name} {tuple(weights.shape)} {weights.dtype}".encode())
            digest.update(weights.cpu().reshape(-1).view(torch.uint8).numpy())
        return digest.hexdigest()

    def __repr__(self) -> str:
        millions = sum(weights.numel() for weights in self.clip.parameters()) / 1e6
        size = f"{millions:.1f} M parameters" + f" of {self.weights}" * bool(self.weights)
        reads = f"D = {self.embed_dim}, up to {self.context_length} tokens"
        scale = f"logit scale {self.logit_scale:.1f}"
        if self.logit_bias is not None:
            scale += f", logit bias {self.logit_bias:.1f} (trained with a sigmoid)"
        parts = (size, reads, scale, f"{self.precision} on {self.device}")
        return f"VisionLanguageModel({self.name}: {', '.join(parts)})"

    def encode_images(
        self, pictures: Any, batch_size: int | None = None, *, progress: bool = True
    ) -> np.ndarray:
        """Return the embeddings of one or many pictures: (N, D) float32 of unit length, in order.

        `pictures` is anything that `open_image` takes, or an iterable of such, even one longer than
        memory holds: threads open one batch ahead and no more. Raises ImageError: a picture cannot
        be opened; the note says which. Raises ValueError: an embedding is not a number.
        """
        one = isinstance(pictures, str | bytes | bytearray | memoryview)
        one |= hasattr(pictures, "read") or not hasattr(pictures, "__iter__")
        if one or getattr(pictures, "ndim", 1) in (2, 3):  # an array or tensor of one picture
            pictures = [pictures]
        size = self._batch_size(batch_size, gpu=128)
        rows = [np.empty((0, self.embed_dim), np.float32)]
        total = len(pictures) if hasattr(pictures, "__len__") else None
        opening = closing(run_ahead(self._pixels, enumerate(pictures), size))
        bar = tqdm(total=total, unit="image", delay=2, disable=not progress)  # after two seconds
        with bar, opening as opened, self._rounded_once():
            while batch := list(islice(opened, size)):
                places = count(sum(map(len, rows)))
                rows.append(self._unit_vectors(self.clip.encode_image, torch.stack(batch), places))
                bar.update(len(batch))
        return np.concatenate(rows)

    def encode_texts(
        self, prompts: Any, batch_size: int | None = None, *, progress: bool = True
    ) -> np.ndarray:
        """Return the embeddings of one or many prompts: (M, D) float32 of unit length, in order.

        A prompt that comes again is encoded once. A warning tells of prompts that are cut at
        `context_length` tokens, mended, or half of unknown words. Raises ValueError: a prompt is no
        string with words in it, an embedding is not a number.
        """
        prompts = [prompts] if isinstance(prompts, str) else list(prompts)
        for index, prompt in enumerate(prompts):
            if not isinstance(prompt, str) or not prompt.strip():
                raise ValueError(f"Prompt {index} is {prompt!r}: it must be a string with words.")
        row_of = {prompt: row for row, prompt in enumerate(dict.fromkeys(prompts))}
        vectors = np.empty((len(row_of), self.embed_dim), np.float32)
        if not prompts:
            return vectors
        unique = list(row_of)
        self.warn_of_misread(unique, "prompts")
        ids = self.tokenizer(unique)  # (unique prompts, context_length)
        lengths = self._lengths(ids)
        size = self._batch_size(batch_size, gpu=256)
        bar = tqdm(total=len(unique), unit="prompt", delay=2, disable=not progress)
        with bar, self._rounded_once():
            # Prompts of like length go together, so that little padding is left.
            for rows in torch.argsort(lengths).split(size):
                batch = ids[rows, : lengths[rows].max()]
                prompts_of_rows = [unique[row] for row in rows]
                vectors[rows] = self._unit_vectors(self.clip.encode_text, batch, prompts_of_rows)
                bar.update(len(rows))
        return vectors[[row_of[prompt] for prompt in prompts]]

    def warn_of_misread(self, texts: list[str], what: str) -> None:
        """Warn once if texts are cut, mended, or half of unknown words. Raises ValueError: no word.

        `what` they are stands in the warning: "prompts" or "labels".
        """
        read = [self.tokenizer.clean_fn(text) for text in texts]
        words = getattr(self.tokenizer, "tokenizer", None)
        if words:
            plain = words(read, add_special_tokens=False, verbose=False)["input_ids"]
            unknown = words.unk_token_id
            is_clips = self.tokenizer.tokenizer_mode == "clips"  # start, end and a class token
            special = 3 if is_clips else words.num_special_tokens_to_add()
        else:  # CLIP's own, which spells any bytes
            plain = [self.tokenizer.encode(text) for text in texts]
            unknown, special = None, 2
        told = []
        for text, mended, ids in zip(texts, read, plain, strict=True):
            letters = set(filter(str.isalpha, normalize("NFC", text.lower())))
            if not mended or not ids:
                raise ValueError(f"The tokenizer finds no word in {text!r}.")
            if len(ids) + special > self.context_length:
                reads = f"{len(ids) + special} tokens; {self.name} reads {self.context_length}"
                told.append(f"The prompt {text[:40]!r}… has {reads} of them.")
            elif 2 * ids.count(unknown) >= len(ids):
                why = f"knows at most half of the tokens of {text!r}"
                told.append(f"{self.name} {why}. Write it in English.")
            elif letters - set(mended.lower()):  # ligatures, HTML, lost accents
                told.append(f"{self.name} reads {text!r} as {mended!r}.")
        if told:
            others = f"{len(told)} of the {what} are not read as they stand."
            warnings.warn(f"{told[0]} {others}", stacklevel=3)

    def probabilities(self, images: np.ndarray, texts: np.ndarray) -> np.ndarray:
        """Return softmax(logit_scale · images · textsᵀ), (N, M): Radford et al. 2021, part 3.1.2.

        Raises ValueError: `images` (N, D) and `texts` (M, D) are not embeddings of one model.
        """
        return softmax(self.logit_scale * cosines(images, texts), axis=1)

    def pair_probabilities(self, images: np.ndarray, texts: np.ndarray) -> np.ndarray:
        """Return sigmoid(logit_scale · images · textsᵀ + logit_bias), (N, M): each pair by itself.

        Zhai et al. 2023, section 3.2. Raises ValueError: no `logit_bias`, or as `probabilities`.
        """
        if self.logit_bias is None:
            raise ValueError(f"{self.name} has no logit bias. Use probabilities().")
        return expit(self.logit_scale * cosines(images, texts) + self.logit_bias)

    def _pixels(self, numbered: tuple[int, Any]) -> torch.Tensor:
        """Return the picture of (index, picture) as the image tower takes it: (3, H, W)."""
        index, picture = numbered
        try:
            return self.preprocess(open_image(picture))
        except Exception as error:
            error.add_note(f"This was picture {index} (counted from 0).")
            raise

    def _lengths(self, ids: torch.Tensor) -> torch.Tensor:
        """Return how many columns of `ids` (M, context_length) each prompt needs: (M,)."""
        words = getattr(self.tokenizer, "tokenizer", None)
        config = getattr(getattr(self.clip, "text", None), "config", None)
        columns = torch.arange(1, ids.shape[1] + 1)
        # A tower of Hugging Face masks its padding: columns of padding alone only cost time.
        if words and config and words.pad_token_id == config.pad_token_id is not None:
            return (columns * (ids != words.pad_token_id)).amax(1)
        return columns[-1].expand(len(ids))

    @contextmanager
    def _rounded_once(self) -> Iterator[None]:
        """Let autocast keep its rounded weights until this context ends: the outermost one, off."""
        with torch.autocast(self.device.type, self.precision, enabled=False):
            try:
                yield
            finally:
                torch.clear_autocast_cache()  # without gradients: a caller must not train with them

    @torch.no_grad()  # in inference mode, autocast keeps no rounded weights
    def _unit_vectors(self, encode: Callable, batch: torch.Tensor, names: Iterable) -> np.ndarray:
        """Return `encode(batch)` as (B, D) float32 of unit length, on the CPU."""
        with torch.autocast(self.device.type, self.precision, self.precision != torch.float32):
            features = encode(batch.to(self.device))
        vectors = torch.nn.functional.normalize(features.float(), dim=-1).cpu().numpy()
        for name, length in zip(names, np.linalg.norm(vectors, axis=1), strict=False):
            if not 0.999 < length < 1.001:
                remedy = 'Load the model with precision="fp32", or other weights if it is'
                raise ValueError(f"The embedding of input {name!r} is NaN or zero. {remedy}.")
        return vectors

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


def plain_name(name: str) -> str:
    """Return the name of a weight without what torch.compile or training on many GPUs adds."""
    return re.sub(r"(?<![^.])(module|_orig_mod|_fsdp_wrapped_module)\.", "", name)


def cosines(images: np.ndarray, texts: np.ndarray) -> np.ndarray:
    """Return images · textsᵀ, (N, M). Raises ValueError: they are not embeddings of one model."""
    images, texts = check_embeddings(images, "images"), check_embeddings(texts, "texts")
    if images.shape[1] != texts.shape[1] or not len(texts):
        shapes = f"images {images.shape} and texts {texts.shape}"
        raise ValueError(f"{shapes} do not belong together: encode both with one model.")
    return images @ texts.T


def check_embeddings(vectors: np.ndarray, what: str) -> np.ndarray:
    """Return `vectors` as (N, D). Raises ValueError: they are not finite, or not of unit length."""
    vectors = np.asarray(vectors)
    if vectors.ndim != 2 or not np.isfinite(vectors).all():
        remedy = 'If they hold NaN, encode them again with precision="fp32"'
        raise ValueError(f"{what} must be finite and (N, D), not {vectors.shape}. {remedy}.")
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
    if device.type == "cuda":
        has_it = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        features = getattr(torch.cpu, "get_capabilities", dict)()  # not in older torch
        has_it = any(features.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))
    if not has_it or device.type == "mps":
        return torch.float32
    values = torch.sin(torch.arange(256 * 768.0, device=device)).reshape(256, 768)
    exact = values @ values.T
    rounded = (values.bfloat16() @ values.bfloat16().T).float()
    error = (rounded - exact).norm() / exact.norm()  # 0.003; some processors get it wrong
    return torch.bfloat16 if error < 0.01 else torch.float32


@torch.no_grad()
def check_answers(clip: Any, preprocess: Callable, tokenizer: Any) -> None:
    """Run both towers. Raises ValueError or RuntimeError: they load, but do not answer rightly."""
    for name, values in clip.state_dict().items():
        if not torch.isfinite(values.sum()):
            raise ValueError(f"{name} holds values that are not finite")
    words = getattr(tokenizer, "tokenizer", None)
    held = len(words) if words else tokenizer.vocab_size  # CLIP's own belongs to no other tower
    reads = getattr(clip, "text", clip).vocab_size
    if held > reads or (words is None and held < reads):
        sizes = f"{held:,} tokens, the text tower {reads:,}"
        raise ValueError(f"the tokenizer has {sizes}: they do not belong together")
    if words and words("this is a photo of a chest")["input_ids"].count(words.unk_token_id) > 3:
        raise ValueError("the tokenizer turns ordinary words into [UNK]: it has no vocabulary")
    clip.encode_image(preprocess(Image.new("RGB", (64, 64)))[None])
    gives = tokenizer.context_length
    config = getattr(getattr(clip, "text", None), "config", None)
    reads = getattr(config, "max_position_embeddings", None)
    if reads is None:
        clip.encode_text(tokenizer(["chest"]))  # padded, so as long as the tower must read
    elif gives > reads:
        raise ValueError(f"the tokenizer gives {gives} tokens, the text tower reads {reads}")
