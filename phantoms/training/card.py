"""The model card of PhantomCLIP, written by its training from what the training measured."""

import platform
import re
from pathlib import Path

import pandas as pd
import torch

from nbhelpers.metrics import Estimate
from nbhelpers.model import VisionLanguageModel, pick_precision

from ..kinds import KINDS

CARD = """---
license: mit
library_name: open_clip
pipeline_tag: zero-shot-image-classification
language: en
tags: [clip, synthetic, teaching]
---

# PhantomCLIP

A small CLIP for teaching: {parameters:.1f} million parameters, two towers, one embedding space of
{dimensions} dimensions. It stands in for BiomedCLIP where the real weights cannot be downloaded,
so that every notebook of this course runs off-line. It is not BiomedCLIP, it knows far less than
BiomedCLIP, and **it is not for any clinical use**.

| tower | architecture, trained on phantoms alone | input |
| --- | --- | --- |
| image | XCiT-nano, vision transformer: 12 layers, width 128, 16-pixel patches | 224 × 224 pixels |
| text | BERT, 4 layers, width 256, own WordPiece vocabulary of {vocabulary:,} | {context} tokens |

## Data

{figures:,} synthetic figures ("phantoms") of {kinds} kinds, each drawn by a program from random
attributes, with captions written from the same attributes. No photograph, no patient and no text of
others was used for training. The kinds: {labels}.

The programs and the training were developed while looking at how models did on real pictures: the
example images of the course, and further ones. Scores on those are therefore no independent test.

## Training

1. {origin}
2. {steps:,} steps of {batch_size} pictures, of {sides},
   cut, turned, framed and tinted by chance. AdamW, weight decay 0.1,
   peak learning rate {peak:g}, {text_share:g} of it for the text tower, down to 0 along a cosine.
   Five losses: which caption belongs to which picture (the contrastive loss of CLIP); which of the
   {kinds} kinds a picture is; which findings it shows, and on which side, by learned directions;
   which of two sentences about its findings is true, where one denies, or names another finding or
   side; and where a finding lies: the patches most like its sentence should be those in its
   box.{kept}

Step 2 took {seconds:,.0f} seconds on {machine} with torch {torch}, products in {precision}. The
command is `{command}`.
With the same seed, another processor rounds otherwise, and gives slightly other weights.

Losses are means of the last 50 steps.

| step | contrastive loss | {heads} |
| --- | --- | {rules} |
{curve}

(Validation: smaller sets than below, of another series, drawn by chance in the same way.)

## Scores on phantoms that it never saw

1,000 phantoms of the test series for kinds and retrieval, and others for findings and places. A
place is right where the highest point of a patch–text map lies in the finding's box; "mean box" is
what the other figures' boxes alone would give. Intervals: 95 %.

| what | score | interval | chance |
| --- | --- | --- | --- |
{scores}

## Limits

- It knows {kinds} kinds of pictures and the words of their captions. Anything else is labelled all
  the same, and often with a high softmax value: softmax compares the labels offered, it does not
  say that one of them is right.
- Phantoms are simpler than photographs. A score on phantoms says nothing about patients.
- English only; it knows the denials of the findings that phantoms show, and no others; numbers and
  small print in a picture are not read.
- Research and teaching only.
"""
ALONE = """{text_steps:,} steps for the text tower alone, on pairs of captions of one phantom."""
EARLIER = """Weights and vocabulary are at first those of the PhantomCLIP that this one replaces.
   Its card, in this repository's history, says how it was trained."""
KEPT = """
3. The result is {keep:g} parts of the weights at first and {rest:g} of the trained ones (WiSE-FT,
   Wortsman et al. 2021, arXiv 2109.01903), which forgets less of what the first ones knew. The
   curve below is without this, the scores are with it."""
# The columns of the curve: beginnings of the names of scores.
SHOWN = (
    "top-1 among 30",
    "recall@10, text",
    "left",
    "six",
    "finding",
    "highest point in the box, own",
)


def chance(name: str) -> str:
    """The expected score of guessing at random, for the score of this name; "" for maps."""
    if name.startswith("recall@"):
        k, count = re.match(r"recall@(\d+), .* of ([\d,]+)", name).groups()
        return f"{int(k) / int(count.replace(',', '')):.3f}"
    if name.startswith("highest point"):
        return ""
    k = re.match(r"top-(\d+) among \d+ kinds", name)
    rules = {"top-1 among the model card's nine": 1 / 9, "left": 1 / 2, "six": 1 / 6}
    rules |= {"finding": 1 / 2}
    share = int(k[1]) / len(KINDS) if k else next(v for n, v in rules.items() if name.startswith(n))
    return f"{share:.3f}"


def machine() -> str:
    """The GPU, or the processor and how many of its cores are used."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    cpuinfo = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*: (.+)", cpuinfo.read_text()) if cpuinfo.is_file() else None
    threads = torch.get_num_threads()
    cores = f"{threads} core{'s' * (threads > 1)} of"
    return f"{cores} {model[1].strip() if model else platform.processor() or 'a CPU'}"


def write_card(
    folder: Path,
    history: dict,
    scores: dict[str, Estimate],
    trained: VisionLanguageModel,
    *,
    small: int,
    large: int,
    text_share: float,
    **options,
) -> None:
    """Write README.md, the model card, into the model's folder.

    `options` are those of the command: figures, steps, large_steps, text_steps, batch_size, peak,
    start, keep. `small` and `large` are sides of training pictures in pixels.
    """
    rows = history["scores"]
    shown = [name for name in rows[0] if name.startswith(SHOWN)]
    contrast = pd.DataFrame(history["loss"])["contrast"].rolling(50, min_periods=1).mean()
    curve = [
        " | ".join(
            [f"| {row['step']:,}", f"{contrast[row['step'] - 1]:.2f}"]
            + [f"{row[name][0]:.3f}" for name in shown]
        )
        + " |"
        for row in rows
    ]
    table = [
        f"| {name} | {score.value:.3f} | {score.low:.3f} – {score.high:.3f} | {chance(name)} |"
        for name, score in scores.items()
    ]
    told = ("figures", "steps", "large_steps", "peak")
    given = [f"--{name.replace('_', '-')} {options[name]}" for name in told]
    start, keep = options.get("start"), options.get("keep", 0)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")  # as in the training
    sides = f"{large} × {large} pixels"
    if (last := options["large_steps"]) < options["steps"]:
        sides = f"{small} × {small} pixels, and {large} × {large} in the last {last:,}"
    text = CARD.format(
        kept=KEPT.format(keep=keep, rest=1 - keep) if start and keep else "",
        origin=EARLIER if start else ALONE.format(text_steps=options["text_steps"]),
        command=" ".join(
            ["python -m phantoms.training.train", *given]
            + ["--start FOLDER"] * bool(start)
            + [f"--keep {keep}"] * bool(start and keep)
        ),
        parameters=sum(p.numel() for p in trained.clip.parameters()) / 1e6,
        dimensions=trained.embed_dim,
        vocabulary=trained.clip.text.vocab_size,
        context=trained.context_length,
        kinds=len(KINDS),
        labels=", ".join(sorted(KINDS)),
        seconds=history["seconds"],
        machine=machine(),
        precision=str(pick_precision(device)).removeprefix("torch."),
        torch=torch.__version__.split("+")[0],
        heads=" | ".join(shown),
        rules=" | ".join("---" for _ in shown),
        curve="\n".join(curve),
        scores="\n".join(table),
        sides=sides,
        text_share=text_share,
        **options,
    )
    (folder / "README.md").write_text(text, encoding="utf-8")
