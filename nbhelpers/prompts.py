"""From labels to prompts, and from prompts to one embedding a label."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from open_clip import OPENAI_IMAGENET_TEMPLATES, SIMPLE_IMAGENET_TEMPLATES

FIGURE_LEGENDS = ("{}", "a figure showing {}", "Figure 1. {}.", "representative image of {}")
# Neutral sentences around a label in the manner of CONCH, which has 22 such templates; these words are ours.
SENTENCES = (
    "{}.",
    "an image of {}.",
    "an image showing {}.",
    "a picture with {}.",
    "a typical case of {}.",
    "{} is shown.",
    "{} is seen here.",
    "{} can be seen.",
    "this is {}.",
    "there is {}.",
    "this picture shows {}.",
    "this example shows {}.",
    "here we see {}.",
    "presence of {}.",
    "findings of {}.",
    "features of {}.",
    "appearance of {}.",
    "consistent with {}.",
    "a close view of {}.",
    "a case from the archive: {}.",
    "an illustration of {} from an article.",
    "{}, from a textbook.",
)
TEMPLATES = {  # name: (templates in which {} stands for the label, where they come from)
    "model card": (("this is a photo of {}",), "BiomedCLIP's model card on the Hugging Face Hub"),
    "paper": (("this is an image of {}", "{} presented in image"), "BiomedCLIP, arXiv:2303.00915"),
    "plip": (("An H&E image patch of {} tissue.",), "PLIP, Huang et al., Nature Medicine 2023"),
    "clip": (
        tuple(write("{}") for write in OPENAI_IMAGENET_TEMPLATES),
        "CLIP's 80 for ImageNet, as open_clip has them",
    ),
    "clip 7": (
        tuple(write("{}") for write in SIMPLE_IMAGENET_TEMPLATES),
        "the 7 of those 80 that CLIP's authors kept",
    ),
    "sentences": (
        SENTENCES,
        "written for these notebooks in the manner of CONCH, Lu et al., Nature Medicine 2024",
    ),
    "figures": (FIGURE_LEGENDS, "written for these notebooks"),
}
MODEL_CARD_LABELS = (
    "adenocarcinoma histopathology",
    "brain MRI",
    "covid line chart",
    "squamous cell carcinoma histopathology",
    "immunohistochemistry histopathology",
    "bone X-ray",
    "chest X-ray",
    "pie chart",
    "hematoxylin and eosin histopathology",
)


def fill(template: str, label: str) -> str:
    """Return the prompt: `template` with `label` in place of {}.

    Raises ValueError: the template has no {}, or the label is blank.
    """
    if "{}" not in template:
        raise ValueError(
            f'The template {template!r} has no {{}} for the label: write for example "a photo of {{}}".'
        )
    if not isinstance(label, str) or not label.strip():
        raise ValueError(f"A label must be a string with words in it, not {label!r}.")
    return template.replace("{}", label)


def label_embeddings(
    model: Any, labels: Sequence[str], templates: str | Sequence[str] = "model card"
) -> np.ndarray:
    """Return one embedding a label, (M, D) float32 of unit length: the mean over its prompts, normalised again.

    `templates` is a name in TEMPLATES, one template, or several. Averaging embeddings, not probabilities, is the
    ensembling of CLIP (Radford et al. 2021, section 3.1.4).

    Raises ValueError: labels are a single string, none, blank, repeated or the same to the model; a template has no {}.
    """
    if isinstance(labels, str) or not len(labels):
        raise ValueError(f"labels must be a list of at least one label, not {labels!r}.")
    repeated = sorted({label for label in labels if list(labels).count(label) > 1})
    if repeated:
        raise ValueError(
            f"These labels come twice, and would share their probability: {', '.join(repeated)}."
        )
    if isinstance(templates, str):
        if templates not in TEMPLATES and "{}" not in templates:
            raise ValueError(
                f"There is no template set {templates!r}: {', '.join(TEMPLATES)}, or a template with {{}}."
            )
        templates = TEMPLATES[templates][0] if templates in TEMPLATES else (templates,)
    if not len(templates):
        raise ValueError('There is no template: pass at least one, such as "a photo of {}".')
    prompts = [fill(template, label) for label in labels for template in templates]
    read = {}  # token ids of the first prompt: label
    for label, ids in zip(
        labels, model.tokenizer(prompts[:: len(templates)]).tolist(), strict=True
    ):
        if (other := read.setdefault(tuple(ids), label)) != label:
            why = "they differ in what its tokenizer ignores, consist of words that it does not know, or are cut off"
            raise ValueError(f"The model reads the labels {other!r} and {label!r} alike: {why}.")
    vectors = model.encode_texts(prompts).reshape(len(labels), len(templates), -1)  # (M, T, D)
    means = vectors.mean(axis=1)
    return means / np.linalg.norm(means, axis=1, keepdims=True)


def select_templates(
    images: np.ndarray, truth: Sequence[int], texts: np.ndarray, most: int = 10
) -> list[int]:
    """Return the indices of templates, in the order chosen, whose averaged embeddings label `images` best.

    Greedy forward selection: each step adds the template that raises accuracy most, and it ends when none does or
    `most` are chosen. `images` is (N, D), `truth` (N,) the column of each image's label, `texts` (T, M, D) the unit
    embeddings of T templates × M labels. The accuracy reached is no estimate: measure the choice on other images.

    Raises ValueError: shapes that do not fit, NaN, a label outside 0 … M - 1, or `most` below 1.
    """
    images, truth, texts = np.asarray(images), np.asarray(truth), np.asarray(texts)
    if (
        images.ndim != 2
        or texts.ndim != 3
        or images.shape[1] != texts.shape[2]
        or truth.shape != images.shape[:1]
    ):
        shapes = f"images {images.shape}, truth {truth.shape}, texts {texts.shape}"
        raise ValueError(f"{shapes}: they must be (N, D), (N,) and (templates, labels, D).")
    if not (np.isfinite(images).all() and np.isfinite(texts).all()):
        raise ValueError("images or texts hold NaN or infinity: encode them anew.")
    if not texts.size or not truth.size or most < 1:
        raise ValueError(
            "There is nothing to choose: pass at least one image, one template and most=1."
        )
    if not np.isin(truth, np.arange(texts.shape[1])).all():
        raise ValueError(f"truth must hold the columns of the labels, 0 … {texts.shape[1] - 1}.")
    chosen, total, best = [], np.zeros_like(texts[0]), -1.0
    while len(chosen) < min(most, len(texts)):
        sums = (
            total + texts
        )  # (T, M, D): what each template would make of the mean, but for its length
        means = sums / np.linalg.norm(sums, axis=2, keepdims=True)
        right = ((means @ images.T).argmax(axis=1) == truth).mean(axis=1)  # (T,)
        right[chosen] = -1
        if right.max() <= best:
            break
        chosen.append(int(right.argmax()))
        total, best = total + texts[chosen[-1]], right.max()
    return chosen
