"""The training corpus: phantoms drawn once, kept in shards on disk, served as batches."""

import json
import multiprocessing
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from tqdm.auto import tqdm

from ..captions import caption, roughen
from ..drawing import choose
from ..kinds import KINDS, Attributes
from ..publish import publish

SHARD = 500
STORED = 256  # side of a stored picture in pixels; the model sees crops of it
CHESTS = 5  # every fifth shard holds chest X-rays alone: left and right are learned from them
TURNABLE = ("histology", "microscopy")  # families whose pictures have no up, left or right


def draw_shard(task: tuple[Path, int, int]) -> None:
    """Draw one shard: SHARD pictures of 256 × 256 in .npy, their attributes in .json beside it."""
    folder, seed, shard = task
    pictures = np.empty((SHARD, STORED, STORED, 3), np.uint8)
    attributes = []
    kinds = ["chest X-ray"] if shard % CHESTS == CHESTS - 1 else sorted(KINDS)
    for i in range(SHARD):
        index = shard * SHARD + i
        rng = np.random.default_rng([seed, index])
        picture, facts = publish(choose(rng, kinds), rng)
        # A long picture loses its ends, as it will when the model's own preprocessing cuts out the
        # central square.
        centre = (0.5, 0.5) if rng.random() < 0.6 else tuple(rng.random(2))
        pictures[i] = ImageOps.fit(
            picture, (STORED, STORED), Image.Resampling.BICUBIC, centering=centre
        )
        attributes.append(facts)
    name = folder / f"{shard:04d}"
    # The pictures come last: where they lie, the shard is whole.
    for suffix, write in (
        (".json", lambda f: f.write(json.dumps(attributes).encode())),
        (".npy", lambda f: np.save(f, pictures)),
    ):
        part = name.with_suffix(suffix + ".part")
        with part.open("wb") as file:
            write(file)
        part.replace(name.with_suffix(suffix))


def draw_corpus(folder: Path, seed: int, count: int) -> None:
    """Draw the phantoms 0 … count - 1 of the series `seed` into the folder.

    Shards that lie there are not redrawn.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = [
        (folder, seed, s) for s in range(count // SHARD) if not (folder / f"{s:04d}.npy").exists()
    ]
    with multiprocessing.Pool(os.cpu_count()) as pool:
        for _ in tqdm(
            pool.imap_unordered(draw_shard, missing),
            "drawing",
            len(missing),
            unit="shard",
            smoothing=0,
        ):
            pass


def read_attributes(folder: Path) -> list[Attributes]:
    """The attributes of all pictures of the corpus, in order."""
    return [
        facts for path in sorted(folder.glob("*.json")) for facts in json.loads(path.read_text())
    ]


class Corpus:
    """The drawn pictures, opened as needed, their attributes, and which are of which kind."""

    def __init__(self, folder: Path):
        self.pictures = [np.load(path, mmap_mode="r") for path in sorted(folder.glob("*.npy"))]
        self.attributes = read_attributes(folder)
        labels = np.array([facts["kind"] for facts in self.attributes])
        self.by_kind = {kind: np.flatnonzero(labels == kind) for kind in sorted(KINDS)}
        effusion = [
            facts.get("finding") == "pleural effusion" and facts.get("side") in ("left", "right")
            for facts in self.attributes
        ]
        self.by_kind["one-sided effusion"] = np.flatnonzero(effusion)

    def picture(self, index: int) -> np.ndarray:
        """The stored picture, (256, 256, 3) uint8."""
        return self.pictures[index // SHARD][index % SHARD]

    def draw(self, rng: np.random.Generator, count: int, kinds: Sequence[str]) -> list[int]:
        """The indices of `count` pictures of these kinds, each kind as likely as the others."""
        return [int(choose(rng, self.by_kind[choose(rng, kinds)])) for _ in range(count)]


class CaptionPairs(torch.utils.data.Dataset):
    """Batch `step` of pairs of captions of the same pictures: two (B, L) arrays of token ids."""

    def __init__(self, corpus: Corpus, seed: int, steps: int, batch_size: int, tokenizer):
        self.corpus = corpus
        self.seed = seed
        self.steps = steps
        self.batch_size = batch_size
        self.tokenizer = tokenizer

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        rng = np.random.default_rng([self.seed, step, 1])
        indices = self.corpus.draw(rng, self.batch_size, sorted(KINDS))
        facts = [self.corpus.attributes[index] for index in indices]
        one, other = ([roughen(caption(f, rng, plain), rng) for f in facts] for plain in (0.4, 0.1))
        return self.tokenizer(one), self.tokenizer(other)


class Batches(CaptionPairs):
    """Batch number `step` of the training: pictures (B, 3, 224, 224) uint8 and token ids (B, L).

    Each batch follows from (seed, step) alone, so that a training resumed at any step sees what it
    would have seen. Half of a batch is of all kinds, a third of three kinds, and a sixth are chest
    X-rays with an effusion on one side; the captions of the latter two tell pictures of a kind
    apart. All batches are alike, as batch normalisation needs.
    """

    def __getitem__(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        rng = np.random.default_rng([self.seed, step, 2])
        kinds, size = sorted(KINDS), self.batch_size
        few = [kinds[i] for i in rng.choice(len(kinds), 3, replace=False)]
        sided = self.corpus.draw(rng, size // 6, ["one-sided effusion"])
        focused = sided + self.corpus.draw(rng, size // 3, few)
        pictures, captions = [], []
        for place, index in enumerate(focused + self.corpus.draw(rng, size - len(focused), kinds)):
            facts = self.corpus.attributes[index]
            pictures.append(view(self.corpus.picture(index), facts, rng))
            captions.append(
                roughen(caption(facts, rng, plain=0.05 if place < len(focused) else 0.35), rng)
            )
        return torch.from_numpy(np.stack(pictures)).permute(
            0, 3, 1, 2
        ).contiguous(), self.tokenizer(captions)


def view(
    pixels: np.ndarray, attributes: Attributes, rng: np.random.Generator, size: int = 224
) -> np.ndarray:
    """A random crop of the stored picture, (size, size, 3) uint8, with its tones varied.

    Where left and right or up and down mean nothing, it is turned and mirrored, too.
    """
    family = KINDS[attributes["kind"]].family
    sided = "side" in attributes or family == "chart"
    height, width = pixels.shape[:2]
    area = rng.uniform(0.75 if sided else 0.4, 1)
    ratio = np.exp(rng.uniform(-0.2, 0.2))
    w, h = (min(1, np.sqrt(area * r)) * side for r, side in ((ratio, width), (1 / ratio, height)))
    left, top = rng.uniform(0, width - w), rng.uniform(0, height - h)
    image = Image.fromarray(pixels)
    if not sided and rng.random() < 0.25:
        image = image.rotate(rng.uniform(-12, 12), Image.Resampling.BILINEAR)
    image = image.resize((size, size), Image.Resampling.BICUBIC, (left, top, left + w, top + h))
    view = np.asarray(image.point(tones(pixels.mean() / 255, rng)))
    if family in TURNABLE:
        view = np.rot90(view, int(rng.integers(4)))[:, :: int(choose(rng, (-1, 1)))]
    return np.ascontiguousarray(view)


def tones(mean: float, rng: np.random.Generator) -> list[int]:
    """A table (768,) from old to new levels: gamma, contrast, brightness, half the time colour."""
    levels = np.linspace(0, 1, 256) ** rng.uniform(0.75, 1.35)
    levels = (levels - mean) * rng.uniform(0.7, 1.3) + mean * rng.uniform(0.8, 1.2)
    balance = rng.uniform(0.92, 1.08, 3) if rng.random() < 0.5 else np.ones(3)
    return (np.clip(balance[:, None] * levels, 0, 1) * 255).astype(int).ravel().tolist()
