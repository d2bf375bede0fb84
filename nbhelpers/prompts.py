"""From labels to prompts, and from prompts to one embedding per label."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from open_clip import OPENAI_IMAGENET_TEMPLATES, SIMPLE_IMAGENET_TEMPLATES
from sklearn.utils import check_array, check_X_y

SENTENCES = [
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
]
FIGURE_LEGENDS = ["{}", "a figure showing {}", "Figure 1. {}.", "representative image of {}"]
CLIP_80 = [write("{}") for write in OPENAI_IMAGENET_TEMPLATES]
CLIP_7 = [write("{}") for write in SIMPLE_IMAGENET_TEMPLATES]
CONCH = "written for these notebooks in the manner of CONCH, Lu et al., Nature Medicine 2024"
TEMPLATES = {  # name: (templates in which {} stands for the label, where they come from)
    "model card": (["this is a photo of {}"], "BiomedCLIP's model card on the Hugging Face Hub"),
    "paper": (["this is an image of {}", "{} presented in image"], "BiomedCLIP, arXiv:2303.00915"),
    "plip": (["An H&E image patch of {} tissue."], "PLIP, Huang et al., Nature Medicine 2023"),
    "clip": (CLIP_80, "CLIP's 80 for ImageNet, as open_clip has them"),
    "clip 7": (CLIP_7, "the 7 of those 80 that CLIP's authors kept"),
    "sentences": (SENTENCES, CONCH),
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
    """Return the prompt, `template` with `label` for {}; ValueError: no {}, or a blank label."""
    if "{}" not in template:
        known = ", ".join(TEMPLATES)
        raise ValueError(
            f"There is no template set {template!r}: {known}; and no {{}} for the label."
        )
    if not label.strip():
        raise ValueError(f"A label must be a string with words in it, not {label!r}.")
    return template.replace("{}", label)


def label_embeddings(
    model: Any, labels: Sequence[str], templates: str | Sequence[str] = "model card"
) -> np.ndarray:
    """Return one embedding per label, (M, D) float32: the mean over its prompts, of unit length.

    `templates` is a name in TEMPLATES, one template, or several. Their embeddings, not their
    probabilities, are averaged, as CLIP does it (Radford et al. 2021, section 3.1.4).

    Raises ValueError: labels are one string, blank, repeated or alike to the model; no {}.
    """
    if isinstance(labels, str) or not len(labels):
        raise ValueError(f"labels must be a list of at least one label, not {labels!r}.")
    if isinstance(templates, str):
        templates = TEMPLATES[templates][0] if templates in TEMPLATES else [templates]
    prompts = [fill(template, label) for label in labels for template in templates]
    ids = model.tokenizer(prompts[:: len(templates)]).tolist()  # of each label's first prompt
    if alike := [label for label, tokens in zip(labels, ids, strict=True) if ids.count(tokens) > 1]:
        raise ValueError(f"Labels that come twice, or that the model reads alike: {alike}.")
    vectors = model.encode_texts(prompts).reshape(len(labels), len(templates), -1)  # (M, T, D)
    means = vectors.mean(axis=1)
    return means / np.linalg.norm(means, axis=1, keepdims=True)


def select_templates(
    images: np.ndarray, truth: Sequence[int], texts: np.ndarray, most: int = 10
) -> list[int]:
    """Return the indices of templates, in the order chosen, whose mean labels `images` best.

    Each step adds the one that raises accuracy most, until none does or `most` are chosen. `images`
    is (N, D), `truth` (N,) the label's column, `texts` (T, M, D) the embeddings of T templates × M
    labels. The accuracy reached is no estimate: measure the choice on other images.
    """
    images, truth = check_X_y(images, truth)  # finite, and of one length
    texts = check_array(texts, allow_nd=True)
    if not np.isin(truth, np.arange(texts.shape[1])).all():
        raise ValueError(f"truth must hold the columns of the labels, 0 … {texts.shape[1] - 1}.")
    chosen, total, best = [], np.zeros_like(texts[0]), -1.0
    while len(chosen) < min(most, len(texts)):
        means = total + texts  # (T, M, D): of each template with those chosen
        means /= np.linalg.norm(means, axis=2, keepdims=True)
        right = ((means @ images.T).argmax(axis=1) == truth).mean(axis=1)  # (T,)
        right[chosen] = -1
        if right.max() <= best:
            break
        chosen.append(int(right.argmax()))
        total, best = total + texts[chosen[-1]], right.max()
    return chosen
