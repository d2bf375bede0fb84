"""From labels to prompts, and from prompts to one embedding per label."""

import csv
from pathlib import Path

import numpy as np
from open_clip import OPENAI_IMAGENET_TEMPLATES

TEMPLATES = {}  # name: (templates in which {} stands for the label, where they come from)
FILE = Path(__file__).resolve().parents[1] / "example_data" / "templates.csv"
for row in csv.DictReader(FILE.read_text(encoding="utf-8").splitlines()):
    TEMPLATES.setdefault(row["set"], ([], row["source"]))[0].append(row["template"])
CLIP_80 = [write("{}") for write in OPENAI_IMAGENET_TEMPLATES]
TEMPLATES["clip"] = (CLIP_80, "CLIP's 80 for ImageNet, as open_clip has them")
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


def label_embeddings(model, labels, templates="model card") -> np.ndarray:
    """Return one embedding per label, (M, D) float32: the mean over its prompts, of unit length.

    `templates` is a name in TEMPLATES, one template, or several; not probabilities but embeddings
    are averaged (Radford et al. 2021, section 3.1.4). Raises ValueError: `labels` is one string or
    empty, or holds labels that are blank or that the model reads alike; a template lacks {}."""
    if isinstance(labels, str) or not len(labels) or not all(label.strip() for label in labels):
        raise ValueError(f"labels must be a list of at least one label with words in it: {labels}.")
    if isinstance(templates, str):
        templates = TEMPLATES[templates][0] if templates in TEMPLATES else [templates]
    if without := [template for template in templates if "{}" not in template]:
        raise ValueError(f"No set {without[0]!r} in {list(TEMPLATES)}, nor {{}} for a label in it.")
    prompts = [template.replace("{}", label) for label in labels for template in templates]
    ids = model.tokenizer(prompts[:: len(templates)]).tolist()  # of each label's first prompt
    if alike := [label for label, tokens in zip(labels, ids, strict=True) if ids.count(tokens) > 1]:
        raise ValueError(f"Labels that come twice, or that the model reads alike: {alike}.")
    model.warn_of_misread(labels, "labels")  # a template's words would hide it
    means = model.encode_texts(prompts).reshape(len(labels), len(templates), -1).mean(axis=1)
    return means / np.linalg.norm(means, axis=1, keepdims=True)
