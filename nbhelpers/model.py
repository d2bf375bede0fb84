"""Pictures and prompts to unit vectors in one space, and from there to probabilities."""

import hashlib
import json
import re
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from itertools import count, islice
from multiprocessing.pool import ThreadPool
from queue import SimpleQueue
from timeit import repeat
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

        Models that share it embed alike; device, precision and torch.compile do not count."""
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
        parts = [f"{millions:.1f} M parameters" + f" of {self.weights}" * bool(self.weights)]
        parts += [f"D = {self.embed_dim}", f"up to {self.context_length} tokens"]
        bias = self.logit_bias
        told = "" if bias is None else f", logit bias {bias:.1f} (trained with a sigmoid)"
        parts += [f"logit scale {self.logit_scale:.1f}{told}", f"{self.precision} on {self.device}"]
        return f"VisionLanguageModel({self.name}: {', '.join(parts)})"

    def encode_images(
        self, pictures: Any, batch_size: int | None = None, *, progress: bool = True
    ) -> np.ndarray:
        """Return the embeddings of one or many pictures: (N, D) float32 of unit length, in order.

        `pictures` is anything that `open_image` takes, or an iterable of such, even one longer than
        memory holds: threads open one batch ahead and no more. Raises ImageError: a picture cannot
        be opened; the note says which. Raises ValueError: an embedding is not a number."""
        one = isinstance(pictures, str | bytes | bytearray | memoryview)
        one |= hasattr(pictures, "read") or not hasattr(pictures, "__iter__")
        if one or hasattr(pictures, "PixelData") or getattr(pictures, "ndim", 1) in (2, 3):
            pictures = [pictures]  # a path, a file, a Dataset, an array or tensor of one picture
        fits_cache = 8 if sum(map(torch.numel, self.clip.parameters())) > 50e6 else 16  # measured
        size = batch_size or (fits_cache if self.device.type == "cpu" else 128)
        rows = [np.empty((0, self.embed_dim), np.float32)]
        total = len(pictures) if hasattr(pictures, "__len__") else None
        encode = self._rounded(without="text").encode_image
        bar = tqdm(total=total, unit="image", delay=2, disable=not progress)  # after two seconds
        with bar, closing(run_ahead(self._pixels, enumerate(pictures), size)) as opened:
            for batch in iter(lambda: list(islice(opened, size)), []):  # no while: see run_ahead
                pixels = torch.stack(batch).to(self.precision)
                rows.append(self._unit_vectors(encode, pixels, count(sum(map(len, rows)))))
                bar.update(len(batch))
        return np.concatenate(rows)

    def encode_texts(
        self, prompts: Any, batch_size: int | None = None, *, progress: bool = True
    ) -> np.ndarray:
        """Return the embeddings of one or many prompts: (M, D) float32 of unit length, in order.

        A prompt that comes again is encoded once. A warning tells of prompts that are cut, or half
        of unknown words. Raises ValueError: a prompt has no words, an embedding is not a number."""
        prompts = [prompts] if isinstance(prompts, str) else list(prompts)
        for index, prompt in enumerate(prompts):
            if not isinstance(prompt, str) or not prompt.strip():
                raise ValueError(f"Prompt {index} is {prompt!r}: it must be a string with words.")
        row_of = {prompt: row for row, prompt in enumerate(dict.fromkeys(prompts))}
        vectors = np.empty((len(row_of), self.embed_dim), np.float32)
        if not prompts:
            return vectors
        unique = list(row_of)
        longest = self.warn_of_misread(unique, "prompts")
        words = getattr(self.tokenizer, "tokenizer", None)
        config = getattr(getattr(self.clip, "text", None), "config", None)
        # A tower of Hugging Face masks its padding: columns of padding alone only cost time.
        masks = words and config and words.pad_token_id == config.pad_token_id is not None
        trims = masks and words.padding_side == "right"
        ids = self.tokenizer(unique, longest if trims else None)  # (unique prompts, tokens)
        pad = words.pad_token_id if trims else -1
        lengths = (torch.arange(1, ids.shape[1] + 1) * (ids != pad)).amax(1)
        left = torch.argsort(lengths, descending=True)  # like lengths together: little padding
        encode = self._rounded(without="visual").encode_text
        tokens = 1024 if self.device.type == "cpu" else 32_768  # of a batch
        with tqdm(total=len(left), unit="prompt", delay=2, disable=not progress) as bar:
            while True:
                width = int(lengths[left[0]])
                rows, left = left.tensor_split([max(1, batch_size or tokens // width)])
                names = [unique[row] for row in rows]
                vectors[rows] = self._unit_vectors(encode, ids[rows, :width], names)
                bar.update(len(rows))
                if not len(left):  # no condition at while: see run_ahead
                    return vectors[[row_of[prompt] for prompt in prompts]]

    def warn_of_misread(self, texts: list[str], what: str) -> int:
        """Warn of texts cut or half unknown; return the most tokens read. ValueError: no word."""
        read = [self.tokenizer.clean_fn(text) for text in texts]
        words = getattr(self.tokenizer, "tokenizer", None)
        if words:
            plain = words(read, add_special_tokens=False, verbose=False)["input_ids"]
            clips, unknown = self.tokenizer.tokenizer_mode == "clips", words.unk_token_id
            special = 3 if clips else words.num_special_tokens_to_add()  # start, end, a class token
        else:  # CLIP's own, which spells any bytes
            plain = [self.tokenizer.encode(text) for text in texts]
            unknown, special = None, 2
        told = []
        for text, mended, ids in zip(texts, read, plain, strict=True):
            letters = set(filter(str.isalpha, normalize("NFC", text.lower())))
            if not ids:
                raise ValueError(f"The tokenizer finds no word in {text!r}.")
            if len(ids) + special > self.context_length:
                reads = f"{len(ids) + special} tokens; {self.name} reads {self.context_length}"
                told.append(f"The prompt {text[:40]!r}… has {reads} of them.")
            elif 2 * ids.count(unknown) >= len(ids):
                told.append(f"{self.name} knows at most half of {text!r}. Write it in English.")
            elif letters - set(mended.lower()):  # ligatures, HTML, lost accents
                told.append(f"{self.name} reads {text!r} as {mended!r}.")
        if told:
            warnings.warn(f"{told[0]} {len(told)} of the {what} are misread.", stacklevel=3)
        return min(self.context_length, special + max(map(len, plain), default=0))

    def probabilities(self, images: np.ndarray, texts: np.ndarray) -> np.ndarray:
        """Return softmax(logit_scale · images · textsᵀ), (N, M): Radford et al. 2021, 3.1.2."""
        return softmax(self.logit_scale * cosines(images, texts), axis=1)

    def pair_probabilities(self, images: np.ndarray, texts: np.ndarray) -> np.ndarray:
        """Return sigmoid(logit_scale · images · textsᵀ + logit_bias), (N, M): each pair by itself.

        Zhai et al. 2023, section 3.2. Raises ValueError: no `logit_bias`, or as `probabilities`."""
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

    def _rounded(self, without: str) -> torch.nn.Module:
        """Return `clip`, or for another precision a copy, made anew: training changes weights."""
        if self.precision == torch.float32:
            return self.clip
        idle = getattr(self.clip, without, None)  # CLIP's own text tower is no module of its own
        unused = set() if idle is None else {*idle.parameters(), *idle.buffers()}
        memo = {id(idle): idle}  # what deepcopy takes instead of copying it
        for weights in {*self.clip.parameters(), *self.clip.buffers()} - unused:
            if weights.is_floating_point():
                memo[id(weights)] = torch.nn.Parameter(weights.detach().to(self.precision))
        return deepcopy(self.clip, memo)

    @torch.no_grad()
    def _unit_vectors(self, encode: Callable, batch: torch.Tensor, names: Iterable) -> np.ndarray:
        """Return `encode(batch)` as (B, D) float32 of unit length, on the CPU."""
        with torch.autocast(self.device.type, enabled=False):  # the caller's own, too
            features = encode(batch.to(self.device)).float()
        vectors = torch.nn.functional.normalize(features, dim=-1).cpu().numpy()
        for name, length in zip(names, np.linalg.norm(vectors, axis=1), strict=False):
            if not 0.999 < length < 1.001:
                raise ValueError(f'The embedding of {name!r} is NaN or zero. Try precision="fp32".')
        return vectors


def run_ahead(function: Callable, items: Iterable, ahead: int) -> Iterator[Any]:
    """Yield function(item) in the order of items; threads work on the next `ahead` of them."""

    def begin(item: Any) -> SimpleQueue:  # a Future's lock would stay held after some Ctrl-C
        place = SimpleQueue()
        pool.apply_async(function, (item,), callback=place.put, error_callback=place.put)
        return place

    with ThreadPool() as pool:
        begun = map(begin, items)
        coming = deque(islice(begun, ahead))
        # "while coming" would let a Ctrl-C pass by the end of the with (CPython's issue 130279).
        for place in iter(lambda: coming.popleft() if coming else None, None):
            if isinstance(answer := place.get(), Exception):
                raise answer
            coming.extend(islice(begun, 1))
            yield answer


def plain_name(name: str) -> str:
    """Return the name of a weight without what torch.compile or training on many GPUs adds."""
    return re.sub(r"(?<![^.])(module|_orig_mod|_fsdp_wrapped_module)\.", "", name)


def cosines(images: np.ndarray, texts: np.ndarray) -> np.ndarray:
    """Return images · textsᵀ, (N, M). Raises ValueError: they are not embeddings of one model."""
    images, texts = check_embeddings(images, "images"), check_embeddings(texts, "texts")
    if images.shape[1] != texts.shape[1] or not len(texts):
        raise ValueError(f"{images.shape} and {texts.shape} are not from one model: encode again.")
    return images @ texts.T


def check_embeddings(vectors: np.ndarray, what: str) -> np.ndarray:
    """Return `vectors` as (N, D). Raises ValueError: they are not finite, or not of unit length."""
    vectors = np.asarray(vectors)
    if vectors.ndim != 2 or not np.isfinite(vectors).all():
        raise ValueError(f'{what} {vectors.shape} are not (N, D) or hold NaN (precision="fp32"?).')
    if np.abs(np.linalg.norm(vectors, axis=1) - 1).max(initial=0) > 1e-3:
        raise ValueError(f"{what} are not of unit length: pass what encode_{what} returns.")
    return vectors


def pick_device(device: str | torch.device = "auto") -> torch.device:
    """Return the torch device: the one asked for, or with "auto" CUDA, then MPS, then the CPU."""
    if device == "auto":
        others = "mps" if torch.backends.mps.is_available() else "cpu"
        device = "cuda" if torch.cuda.is_available() else others
    return torch.device(device)


@cache
def pick_precision(device: torch.device, precision: str = "auto") -> torch.dtype:
    """Return the number format of the towers: "auto" is bfloat16 where it is faster."""
    if precision in PRECISIONS:
        return PRECISIONS[precision]
    if precision != "auto":
        raise ValueError(f'Unknown precision {precision!r}: "auto", "fp32", "bf16" or "fp16".')
    if device.type == "cuda":
        has_it = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        features = getattr(torch.cpu, "get_capabilities", dict)()  # not in older torch
        has_it = any(features.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))
        ones = (torch.ones(768, 768, dtype=kind) for kind in (torch.bfloat16, torch.float32))
        took = (min(repeat("a @ a", globals={"a": one}, number=1, repeat=7)) for one in ones)
        has_it = has_it and device.type == "cpu" and next(took) < next(took)  # some are slower
    return torch.bfloat16 if has_it else torch.float32


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
        raise ValueError(f"tokenizer ({held}) and text tower ({reads}) do not belong together")
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
