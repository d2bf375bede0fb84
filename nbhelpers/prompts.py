"""From labels to prompts, and from prompts to one embedding per label."""

import csv
from pathlib import Path

import numpy as np
from open_clip import OPENAI_IMAGENET_TEMPLATES, SIMPLE_IMAGENET_TEMPLATES

TEMPLATES = {}  # name: (templates in which {} stands for the label, where they come from)
FILE = Path(__file__).resolve().parents[1] / "example_data" / "templates.csv"
for row in csv.DictReader(FILE.read_text(encoding="utf-8").splitlines()):
    TEMPLATES.setdefault(row["set"], ([], row["source"]))[0].append(row["template"])
CLIP_80 = [write("{}") for write in OPENAI_IMAGENET_TEMPLATES]
CLIP_7 = [write("{}") for write in SIMPLE_IMAGENET_TEMPLATES]
TEMPLATES["clip"] = (CLIP_80, "CLIP's 80 for ImageNet, as open_clip has them")
TEMPLATES["clip 7"] = (CLIP_7, "the 7 of those 80 that CLIP's authors kept")
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
        known = f"There is no template set {template!r}: {', '.join(TEMPLATES)}"
        raise ValueError(f"{known}; and no {{}} for the label.")
    if not label.strip():
        raise ValueError(f"A label must be a string with words in it, not {label!r}.")
    return template.replace("{}", label)


def label_embeddings(model, labels, templates="model card") -> np.ndarray:
    """Return one embedding per label, (M, D) float32: the mean over its prompts, of unit length.

    `templates` is a name in TEMPLATES, one template, or several; not probabilities but embeddings
    are averaged (Radford et al. 2021, section 3.1.4). Raises ValueError: `labels` is one string,
    empty, or has labels that are blank, repeated or alike to the model; a template lacks {}.
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
