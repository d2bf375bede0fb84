"""The model card of PhantomCLIP, written by its training from what the training measured."""

from pathlib import Path

import numpy as np
import torch

from nbhelpers.metrics import Estimate

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

The programs and the training were developed while looking at how models did on the real example
images of the course. The score on those images is therefore no independent test.

## Training

The contrastive loss of CLIP (open_clip's `ClipLoss`), batches of {batch_size}, AdamW, weight decay
0.1.

1. {text_origin}
2. {steps:,} steps on pairs of picture and caption: the first {alone:,} for the image tower alone,
   against the text tower as it was, the others for both; {plans}.
   Half of a batch is of all kinds, a third of three kinds, a sixth are chest X-rays with an
   effusion on one side.

Step 2 took {minutes:.0f} minutes on {machine} with torch {torch}. The command is `{command}`.

| step | loss (mean of the last 50) | {heads} |
| --- | --- | {rules} |
{curve}

(Validation: 500 phantoms, and 100 chest X-rays with an effusion on one side.)

## Scores on phantoms that it never saw

1,000 phantoms of the test series, and 300 chest X-rays with an effusion on one side.
Intervals: 95 %, Wilson.

| what | score | interval | chance |
| --- | --- | --- | --- |
{scores}

## Limits

- It knows {kinds} kinds of pictures and the words of their captions. Anything else is labelled all
  the same, and often with a high softmax value: softmax compares the labels offered, it does not
  say that one of them is right.
- Phantoms are simpler than photographs. A score on phantoms says nothing about patients.
- English only; no negation worth the name; numbers and small print in a picture are not read.
- Research and teaching only.
"""

ALONE = """{text_steps:,} steps for the text tower alone, on pairs of captions of one phantom; peak
   learning rate 0.001."""
EARLIER = """The text tower and its vocabulary are those of the PhantomCLIP before this one (in this
   repository's history): 400 steps alone, on pairs of captions of one phantom, then 1,550 beside a
   ViT-tiny on 40,000 phantoms."""


def chance(name: str, figures: int = 1000) -> float:
    """The expected score of guessing at random, for the score of this name."""
    if name.startswith("recall@"):
        return int(name.removeprefix("recall@").split(",")[0]) / figures
    if name.startswith("left"):
        return 1 / 2
    return 1 / len(KINDS) if name.endswith("kinds") else 1 / 9


def schedule(plans: list[list[int]]) -> str:
    """What the learning rate did, run by run.

    A plan is the step from which it held, and the step at which it ends.
    """
    whole = "peak learning rate 0.002, a tenth of it for the text tower, down to 0 along a cosine"
    if len(plans) == 1:
        return whole
    runs = [f"step {start:,} on along the cosine that ends at {end:,}" for start, end in plans]
    return f"{whole}, in {len(plans)} runs: from {'; from '.join(runs)}"


def write_card(
    folder: Path,
    history: dict,
    scores: dict[str, Estimate],
    model,
    *,
    text_tower: bool,
    text_steps: int,
    **facts: int,
) -> None:
    """Write README.md, the model card, into the model's folder.

    `text_tower` says whether the text tower came from an earlier model; `facts` are the numbers
    given to the command.
    """
    first = history["scores"][0]
    shown = [name for name in first if name.startswith(("top-1", "left", "recall@10"))]
    curve = [
        " | ".join(
            [
                f"| {row['step']:,}",
                f"{np.mean(history['loss'][max(0, row['step'] - 50) : row['step']]):.2f}",
            ]
            + [f"{row[name][0]:.3f}" for name in shown]
        )
        + " |"
        for row in history["scores"]
    ]
    table = [
        f"| {name} | {score.value:.3f} | {score.low:.3f} – {score.high:.3f} | {chance(name):.3f} |"
        for name, score in scores.items()
    ]
    threads, plans = torch.get_num_threads(), history["plans"]
    runs = ", then --steps ".join(str(end) for _, end in plans)
    text = CARD.format(
        text_origin=EARLIER if text_tower else ALONE.format(text_steps=text_steps),
        alone=history["alone"],
        plans=schedule(plans),
        command="python -m phantoms.training.train"
        + " --text-tower FOLDER" * text_tower
        + f" --steps {runs}",
        parameters=sum(p.numel() for p in model.clip.parameters()) / 1e6,
        dimensions=model.embed_dim,
        vocabulary=model.clip.text.vocab_size,
        context=model.context_length,
        kinds=len(KINDS),
        labels=", ".join(sorted(KINDS)),
        minutes=history["seconds"] / 60,
        machine=torch.cuda.get_device_name()
        if torch.cuda.is_available()
        else f"at most {threads} CPU core{'s' * (threads > 1)}",
        torch=torch.__version__.split("+")[0],
        heads=" | ".join(shown),
        rules=" | ".join("---" for _ in shown),
        curve="\n".join(curve),
        scores="\n".join(table),
        **facts,
    )
    (folder / "README.md").write_text(text, encoding="utf-8")
