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

from ..captions import PLAIN, caption, label_caption, roughen
from ..drawing import choose
from ..findings import FINDINGS, absent, shown
from ..kinds import KINDS, Attributes
from ..publish import publish
from .sentences import SIDES, Sentences, regions, sides_of

SHARD = 500
STORED = 256  # side of a stored picture in pixels; the model sees crops of it
TURNABLE = ("histology", "microscopy")  # families whose pictures have no up, left or right
UPRIGHT = ("chart", "laboratory")  # families that are never turned
LARGEST = 0.45  # the share of a picture that the box of a finding to point at may fill
# All findings of all kinds, in the order of the directions that are learned for them.
DIRECTIONS = {
    pair: i for i, pair in enumerate((kind, f) for kind in sorted(FINDINGS) for f in FINDINGS[kind])
}
LABELS = sorted(KINDS)


def draw_shard(task: tuple[Path, int, int]) -> None:
    """Draw one shard: SHARD pictures of 256 × 256 in .npy, their attributes in .json beside it.

    Of five shards, three are of all kinds, one of those with findings, one of chest X-rays, half of
    them with none to three findings that are asked for.
    """
    folder, seed, shard = task
    pictures = np.empty((SHARD, STORED, STORED, 3), np.uint8)
    attributes = []
    kinds = {3: sorted(FINDINGS), 4: ["chest X-ray"]}.get(shard % 5, LABELS)
    for i in range(SHARD):
        rng = np.random.default_rng([seed, shard * SHARD + i])
        asked = {}
        if shard % 5 == 4 and rng.random() < 0.5:
            several = rng.choice(FINDINGS["chest X-ray"], rng.integers(4), replace=False)
            asked = {"findings": several.tolist()}
        picture, facts = publish(choose(rng, kinds), rng, **asked)
        # A long picture loses its ends, as it will when the model's own preprocessing cuts out the
        # central square.
        centre = (0.5, 0.5) if rng.random() < 0.6 else tuple(rng.random(2))
        pictures[i] = ImageOps.fit(
            picture, (STORED, STORED), Image.Resampling.BICUBIC, centering=centre
        )
        attributes.append(fitted(facts, picture.size, centre))
    name = folder / f"{shard:04d}"
    # The pictures come last: where they lie, the shard is whole.
    for suffix, write in (
        (".json", lambda f: f.write(json.dumps(attributes, default=float).encode())),
        (".npy", lambda f: np.save(f, pictures)),
    ):
        part = name.with_suffix(suffix + ".part")
        with part.open("wb") as file:
            write(file)
        part.replace(name.with_suffix(suffix))


def fitted(facts: Attributes, size: tuple[int, int], centre: tuple[float, float]) -> Attributes:
    """The attributes with boxes in pixels of the stored square that was cut around `centre`.

    A box of which less than half is left is gone.
    """
    scale = STORED / min(size)
    shift = [(side * scale - STORED) * c for side, c in zip(size, centre, strict=True)] * 2

    def moved(each: dict) -> dict:
        if not each.get("box"):
            return each
        box = np.array(each["box"]) * scale - shift
        inside = box.clip(0, STORED)
        rest = {key: value for key, value in each.items() if key != "box"}
        return rest | {"box": inside.tolist()} if area(inside) > area(box) / 2 else rest

    facts = moved(facts)
    if facts.get("findings"):
        facts = facts | {"findings": {name: moved(f) for name, f in facts["findings"].items()}}
    return facts


def area(box: Sequence[float]) -> float:
    """The area of (left, top, right, bottom)."""
    return float((box[2] - box[0]) * (box[3] - box[1]))


def draw_corpus(folder: Path, seed: int, count: int) -> None:
    """Draw the phantoms 0 … count - 1 of the series `seed` into the folder.

    Shards that lie there are not redrawn.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = [
        (folder, seed, s) for s in range(count // SHARD) if not (folder / f"{s:04d}.npy").exists()
    ]
    with multiprocessing.Pool(os.cpu_count()) as pool:
        done = pool.imap_unordered(draw_shard, missing)
        for _ in tqdm(done, "drawing", len(missing), unit="shard", smoothing=0):
            pass


def read_attributes(folder: Path) -> list[Attributes]:
    """The attributes of all pictures of the corpus, in order."""
    return [
        facts for path in sorted(folder.glob("*.json")) for facts in json.loads(path.read_text())
    ]


class Corpus:
    """The drawn pictures, opened as needed, their attributes, and which are of which kind."""

    def __init__(self, folder: Path):
        self.paths = sorted(folder.glob("*.npy"))
        self.attributes = read_attributes(folder)
        labels = np.array([facts["kind"] for facts in self.attributes])
        self.by_kind = {kind: np.flatnonzero(labels == kind) for kind in LABELS}

    def picture(self, index: int) -> np.ndarray:
        """The stored picture, (256, 256, 3) uint8."""
        return np.load(self.paths[index // SHARD], mmap_mode="r")[index % SHARD]

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
        indices = self.corpus.draw(rng, self.batch_size, LABELS)
        facts = [self.corpus.attributes[index] for index in indices]
        one, other = ([roughen(caption(f, rng, plain), rng) for f in facts] for plain in (0.4, 0.1))
        return self.tokenizer(one), self.tokenizer(other)


class Batches(CaptionPairs):
    """Batch number `step` of the training, a dict of tensors:

    `images` (B, 3, S, S) uint8 and `captions` (B, L) token ids; `kinds` (B,) and `labels` (30, L),
    a sentence for each kind; `sentences` (M, L) about findings, `comparisons` (C, 4) of them:
    picture, type, row that is true, row that is not; `known` (K, 3): picture, direction, 1 or 0 for
    there or absent, or 2 or 3 for left or right; `places` (P, 3): picture, row of its finding's
    sentence, row of a sentence that is false of the place; `inside` (P, N): the share of each patch
    that lies in the finding's box.

    Each batch follows from (seed, step) alone, so that a training resumed at any step sees what it
    would have seen. Six ninths of the pictures are of one kind each, so that captions compete
    within a kind: chest X-rays, two other kinds with findings, any three. The rest is of all kinds.
    All batches are alike, as batch normalisation needs. From step `large_from` on pictures are of
    `large` pixels a side, before of `small`.
    """

    patch, small, large, large_from = 16, 128, 224, 0

    def __getitem__(self, step: int) -> dict[str, torch.Tensor]:
        rng = np.random.default_rng([self.seed, step, 2])
        size = self.large if step >= self.large_from else self.small
        ninth = self.batch_size // 9
        others = [kind for kind in sorted(FINDINGS) if kind != "chest X-ray"]
        chosen = [*rng.choice(others, 2, replace=False), *rng.choice(LABELS, 3, replace=False)]
        focused = [
            i for kind in ["chest X-ray", *chosen] for i in self.corpus.draw(rng, ninth, [kind])
        ]
        indices = focused + self.corpus.draw(rng, self.batch_size - len(focused), LABELS)
        facts = [self.corpus.attributes[index] for index in indices]
        seen = [
            view(self.corpus.picture(i), f, rng, size) for i, f in zip(indices, facts, strict=True)
        ]
        images = np.stack([pixels for pixels, _ in seen])
        captions = [
            roughen(caption(f, rng, plain=0.05 if i < len(focused) else 0.35), rng)
            for i, f in enumerate(facts)
        ]
        batch = {
            "images": torch.from_numpy(images).permute(0, 3, 1, 2),
            "captions": self.tokenizer(captions),
            "kinds": torch.tensor([LABELS.index(f["kind"]) for f in facts]),
            "labels": self.tokenizer([plain_label(kind, rng) for kind in LABELS]),
            "known": torch.tensor([row for i, f in enumerate(facts) for row in known(i, f)]),
        }
        return batch | self.asked(facts, [boxes for _, boxes in seen], size, rng)

    def asked(self, facts, boxes, size: int, rng) -> dict[str, torch.Tensor]:
        """Sentences about the findings of the pictures, and where the findings are seen."""
        sentences = Sentences(rng)
        comparisons = [
            (i, *asked) for i, f in enumerate(facts) for asked in sentences.comparisons(f)
        ]
        places, inside = [], []
        for i, (f, seen) in enumerate(zip(facts, boxes, strict=True)):
            for region in seen:
                if not 0 < area(region.box) < LARGEST * size**2 or region.finding not in shown(f):
                    continue
                side = region.side if region.side in SIDES and rng.random() < 0.5 else None
                own = sentences.row(f["kind"], region.finding, side)
                places.append((i, own, self.false(sentences, facts, i, region, rng)))
                inside.append(overlap(region.box, size // self.patch, self.patch))
        return {
            "comparisons": torch.tensor(comparisons, dtype=torch.long).view(-1, 4),
            "places": torch.tensor(places, dtype=torch.long).view(-1, 3),
            "inside": torch.tensor(np.array(inside), dtype=torch.float32),
            "sentences": self.tokenizer(sentences.texts),
        }

    def false(self, sentences: Sentences, facts, i: int, region, rng) -> int:
        """The row of a sentence that is false of the place: of another side, finding or kind."""
        kind, roll = facts[i]["kind"], rng.random()
        if region.side in SIDES and roll < 0.45:
            return sentences.row(kind, region.finding, SIDES[region.side == "left"])
        others = [f for f in facts if f["kind"] != kind and shown(f) and f["kind"] in FINDINGS]
        if others and roll < 0.7:
            other = choose(rng, others)
            return sentences.row(other["kind"], choose(rng, sorted(shown(other))))
        lacking = absent(facts[i])
        return sentences.row(kind, choose(rng, lacking)) if lacking else sentences.foreign()


def plain_label(kind: str, rng: np.random.Generator) -> str:
    """A sentence that says that this is a picture of the kind, half the time as people ask."""
    if rng.random() < 0.5:
        return choose(rng, PLAIN[:3]).format(kind)
    return label_caption({"kind": kind}, rng)


def known(index: int, facts: Attributes) -> list[tuple[int, int, int]]:
    """What is known of the findings of picture `index`: rows of `Batches`' `known`."""
    kind = facts["kind"]
    there = [f for f in FINDINGS.get(kind, ()) if f in shown(facts)]
    rows = [(index, DIRECTIONS[kind, f], 1) for f in there]
    rows += [(index, DIRECTIONS[kind, f], 0) for f in absent(facts)]
    sides = sides_of(facts)
    return rows + [
        (index, DIRECTIONS[kind, f], 2 + SIDES.index(sides[f])) for f in there if f in sides
    ]


def overlap(box: Sequence[float], grid: int, patch: int) -> np.ndarray:
    """(grid²,): the share of each patch that the box covers, row by row."""
    edges = np.arange(grid) * patch
    across, down = (
        (np.minimum(high, edges + patch) - np.maximum(low, edges)).clip(0) / patch
        for low, high in ((box[0], box[2]), (box[1], box[3]))
    )
    return np.outer(down, across).ravel()


def view(
    pixels: np.ndarray, attributes: Attributes, rng: np.random.Generator, size: int = 224
) -> tuple[np.ndarray, list]:
    """A random crop of the stored picture, (size, size, 3) uint8, and its findings' regions there.

    Tones, colour and polarity vary, and the margin. Where left and right or up and down mean
    nothing, it is turned and mirrored, too. Boxes are never cut off.
    """
    family = KINDS[attributes["kind"]].family
    found = regions(attributes)
    sided = "side" in attributes or bool(sides_of(attributes)) or family in UPRIGHT
    height, width = pixels.shape[:2]
    part = rng.uniform(0.7 if sided else 0.4, 1)
    ratio = np.exp(rng.uniform(-0.2, 0.2))
    w, h = (min(1, np.sqrt(part * r)) * side for r, side in ((ratio, width), (1 / ratio, height)))
    left, top = rng.uniform(0, width - w), rng.uniform(0, height - h)
    right, bottom = left + w, top + h
    for region in found:
        left, top = min(left, region.box[0]), min(top, region.box[1])
        right, bottom = max(right, region.box[2]), max(bottom, region.box[3])
    image = Image.fromarray(pixels)
    if not sided and not found and rng.random() < 0.25:
        image = image.rotate(rng.uniform(-12, 12), Image.Resampling.BILINEAR)
    x, y, across, down = 0, 0, size, size
    if rng.random() < 0.25:  # smaller, with a margin around
        shares = rng.uniform(0.5, 0.97, 2) if rng.random() < 0.3 else [rng.uniform(0.5, 0.97)] * 2
        across, down = (int(size * share) for share in shares)
        x, y = rng.integers(size - across + 1), rng.integers(size - down + 1)
    image = image.resize((across, down), Image.Resampling.BICUBIC, (left, top, right, bottom))
    inner = coloured(np.asarray(image.point(tones(pixels.mean() / 255, rng))), family, rng)
    seen = np.empty((size, size, 3), np.uint8)
    if (across, down) != (size, size):
        roll = rng.random()
        seen[:] = 0 if roll < 0.45 else 255 if roll < 0.8 else rng.integers(0, 256)
    seen[y : y + down, x : x + across] = inner
    zoom = (across / (right - left), down / (bottom - top)) * 2
    moved = [np.array(r.box) * zoom + (x - left * zoom[0], y - top * zoom[1]) * 2 for r in found]
    if family in TURNABLE or (not sided and rng.random() < 0.15):
        turns, flip = int(rng.integers(4)), family in TURNABLE and rng.random() < 0.5
        seen = np.rot90(seen, turns)
        for _ in range(turns):  # a quarter turn to the left
            moved = [np.array([b[1], size - b[2], b[3], size - b[0]]) for b in moved]
        if flip:
            seen = seen[:, ::-1]
            moved = [np.array([size - b[2], b[1], size - b[0], b[3]]) for b in moved]
    boxed = [type(r)(r.finding, r.side, tuple(b)) for r, b in zip(found, moved, strict=True)]
    return np.ascontiguousarray(seen), boxed


def coloured(pixels: np.ndarray, family: str, rng: np.random.Generator) -> np.ndarray:
    """The picture (H, W, 3) uint8, sometimes inverted, gray or tinted."""
    gray = np.ptp(pixels[::8, ::8].astype(np.int16), axis=2).max() < 12
    if gray and family != "chart" and rng.random() < 0.12:
        pixels = 255 - pixels
    if rng.random() < 0.15:
        pixels = np.repeat(pixels.mean(2, keepdims=True), 3, 2)
    if family != "chart" and rng.random() < 0.2:
        pixels = pixels * rng.uniform(0.7, 1.15, 3) + rng.uniform(-15, 25, 3)
    return np.clip(pixels, 0, 255).astype(np.uint8)


def tones(mean: float, rng: np.random.Generator) -> list[int]:
    """A table (768,) from old to new levels: gamma, contrast, brightness, half the time colour."""
    levels = np.linspace(0, 1, 256) ** rng.uniform(0.75, 1.35)
    levels = (levels - mean) * rng.uniform(0.7, 1.3) + mean * rng.uniform(0.8, 1.2)
    balance = rng.uniform(0.92, 1.08, 3) if rng.random() < 0.5 else np.ones(3)
    return (np.clip(balance[:, None] * levels, 0, 1) * 255).astype(int).ravel().tolist()
