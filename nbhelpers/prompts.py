"""From labels to prompts, and from prompts to one embedding a label."""

from collections.abc import Sequence
from typing import Any

import numpy as np

FIGURE_LEGENDS = ("{}", "a figure showing {}", "Figure 1. {}.", "representative image of {}")
TEMPLATES = {  # name: (templates in which {} stands for the label, where they come from)
    "model card": (("this is a photo of {}",), "BiomedCLIP's model card on the Hugging Face Hub"),
    "paper": (("this is an image of {}", "{} presented in image"), "BiomedCLIP, arXiv:2303.00915"),
    "plip": (("An H&E image patch of {}.",), "PLIP, Huang et al., Nature Medicine 2023"),
    "figures": (FIGURE_LEGENDS, "written for these notebooks"),
}
MODEL_CARD_LABELS = (
    *("adenocarcinoma histopathology", "brain MRI", "covid line chart", "squamous cell carcinoma histopathology"),
    *("immunohistochemistry histopathology", "bone X-ray", "chest X-ray", "pie chart"),
    "hematoxylin and eosin histopathology",
)


def fill(template: str, label: str) -> str:
    """Return the prompt: `template` with `label` in place of {}.

    Raises ValueError: the template has no {}, or the label is blank.
    """
    if "{}" not in template:
        raise ValueError(f'The template {template!r} has no {{}} for the label: write for example "a photo of {{}}".')
    if not isinstance(label, str) or not label.strip():
        raise ValueError(f"A label must be a string with words in it, not {label!r}.")
    return template.replace("{}", label)


def label_embeddings(model: Any, labels: Sequence[str], templates: str | Sequence[str] = "model card") -> np.ndarray:
    """Return one embedding a label, (M, D) float32 of unit length: the mean over its prompts, normalised again.

    `templates` is a name in TEMPLATES, one template, or several. Averaging embeddings, not probabilities, is the
    ensembling of CLIP (Radford et al. 2021, section 3.1.4).

    Raises ValueError: labels are a single string, none, blank or repeated; a template has no {}.
    """
    if isinstance(labels, str) or not len(labels):
        raise ValueError(f"labels must be a list of at least one label, not {labels!r}.")
    repeated = sorted({label for label in labels if list(labels).count(label) > 1})
    if repeated:
        raise ValueError(f"These labels come twice, and would share their probability: {', '.join(repeated)}.")
    if isinstance(templates, str):
        if templates not in TEMPLATES and "{}" not in templates:
            raise ValueError(
                f"There is no template set {templates!r}: {', '.join(TEMPLATES)}, or a template with {{}}."
            )
        templates = TEMPLATES[templates][0] if templates in TEMPLATES else (templates,)
    if not len(templates):
        raise ValueError('There is no template: pass at least one, such as "a photo of {}".')
    prompts = [fill(template, label) for label in labels for template in templates]
    vectors = model.encode_texts(prompts).reshape(len(labels), len(templates), -1)  # (M, T, D)
    means = vectors.mean(axis=1)
    return means / np.linalg.norm(means, axis=1, keepdims=True)
