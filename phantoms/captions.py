"""Captions for phantoms, written from their attributes in the many ways of figure legends."""

import numpy as np

from .drawing import choose
from .kinds import KINDS, Attributes

# Ways to put a bare label, as people put it to a zero-shot classifier. The first three are those of
# BiomedCLIP's model card and paper, which is how the course asks, too.
PLAIN = (
    "this is a photo of {}",
    "this is an image of {}",
    "{} presented in image",
    "{}",
    "{}.",
    "a photo of {}",
    "a photo of a {}",
    "an image of {}",
    "a picture of {}",
    "a figure showing {}",
    "figure of {}",
    "this is {}",
    "this figure shows {}",
    "representative image of {}",
    "an example of {}",
    "typical {}",
    "{} image",
    "image: {}",
    "there is a {} in this picture",
    "the picture shows {}",
    "a {} from a biomedical article",
)
FAMILY_PLAIN = {
    "histology": (
        "a histology slide showing {}",
        "a histopathology slide of {}",
        "histological section showing {}",
        "micrograph of {}",
        "photomicrograph showing {}",
        "a tissue section with {}",
        "microscopic image of {}",
        "a biopsy specimen, {}",
        "an image patch of {}",
        "histopathological appearance of {}",
    ),
    "radiology": (
        "a radiology image, {}",
        "medical imaging: {}",
        "a scan of the patient: {}",
        "imaging of the patient, {}",
        "radiological examination: {}",
        "initial {}",
        "follow-up {}",
        "a grayscale {}",
        "{} at admission",
    ),
    "microscopy": (
        "a micrograph, {}",
        "microscopy image: {}",
        "cells seen by {}",
        "{} of cultured cells or tissue",
    ),
    "laboratory": ("a laboratory result: {}", "recording: {}", "{} of the patient or sample"),
    "clinical": (
        "a clinical photograph: {}",
        "clinical image, {}",
        "medical photograph of {}",
        "{} of the patient",
    ),
    "chart": (
        "a chart: {}",
        "a plot from a paper, {}",
        "graphic: {}",
        "statistics shown as a {}",
        "data drawn as {}",
    ),
}
WITH_FINDINGS = (
    "{name} showing {findings}",
    "{name} shows {findings}",
    "{name} demonstrating {findings}",
    "{name} with {findings}",
    "{name}: {findings}",
    "{name}, {findings}",
    "{name}. {findings}",
    "{name} reveals {findings}",
    "{findings} on {name}",
    "{findings} ({name})",
    "{findings}, {name}",
    "this is a photo of {name} with {findings}",
    "representative {name}, {findings}",
)
PATIENT = (
    "{name} of a {age}-year-old {person} showing {findings}",
    "a {age}-year-old {person}: {name} with {findings}",
)
NUMBERED = (
    "figure {n}. ",
    "fig. {n} ",
    "figure {n}: ",
    "fig {n}: ",
    "supplementary figure {n}. ",
    "({letter}) ",
)
CLINICAL_FAMILIES = ("radiology", "clinical", "histology")
SYLLABLES = (
    "ba",
    "cor",
    "den",
    "fi",
    "gra",
    "hel",
    "is",
    "ko",
    "lum",
    "mi",
    "nor",
    "op",
    "pre",
    "ra",
    "ste",
    "tu",
    "vex",
)


def name(attributes: Attributes, rng: np.random.Generator) -> str:
    """What a legend calls the picture: its label, a synonym, or a name that fits this picture."""
    kind = KINDS[attributes["kind"]]
    own = attributes.get("names") or ()
    roll = rng.random()
    if own and roll < 0.3:
        return choose(rng, own)
    return kind.label if roll < 0.55 else choose(rng, kind.names)


def label_caption(attributes: Attributes, rng: np.random.Generator) -> str:
    """A caption that says only what kind of picture this is."""
    own = FAMILY_PLAIN[KINDS[attributes["kind"]].family]
    return choose(rng, own if rng.random() < 0.3 else PLAIN).format(name(attributes, rng))


def findings(attributes: Attributes, rng: np.random.Generator, most: int) -> str:
    """Up to `most` phrases about this very picture, joined as legends join them."""
    phrases = KINDS[attributes["kind"]].describe(attributes, rng)
    # The first phrase is the telling one; the others come in any order, and not always.
    phrases = phrases[:1] + [phrases[1 + i] for i in rng.permutation(len(phrases) - 1)]
    if attributes.get("arrow") and rng.random() < 0.8:
        phrases[0] += choose(rng, (" ({})", " (marked by {})", ", see {}")).format(
            attributes["arrow"]
        )
    phrases = phrases[:most]
    if rng.random() < 0.3:
        phrases = [phrases[i] for i in rng.permutation(len(phrases))]
    if len(phrases) > 1 and rng.random() < 0.6:
        return (
            ", ".join(phrases[:-1])
            + choose(rng, (" and ", ", and ", " with ", " as well as "))
            + phrases[-1]
        )
    return choose(rng, (", ", "; ", ", ")).join(phrases)


def legend(attributes: Attributes, rng: np.random.Generator) -> str:
    """A caption with a name and the findings of this very picture."""
    what = findings(attributes, rng, most=int(rng.integers(1, 6)))
    family = KINDS[attributes["kind"]].family
    if family in CLINICAL_FAMILIES and rng.random() < 0.12:
        person = choose(rng, ("man", "woman", "patient", "male", "female"))
        words = {"age": int(rng.integers(1, 95)), "person": person}
        text = choose(rng, PATIENT).format(name=name(attributes, rng), findings=what, **words)
    else:
        text = choose(rng, WITH_FINDINGS).format(name=name(attributes, rng), findings=what)
    if rng.random() < 0.2:
        text = (
            choose(rng, NUMBERED).format(n=rng.integers(1, 9), letter=choose(rng, "abcdef")) + text
        )
    if attributes.get("scale_bar") and rng.random() < 0.5:
        text += choose(rng, (". scale bar, {}", ". scale bar: {}", ". bar = {}")).format(
            attributes["scale_bar"]
        )
    return text


def caption(attributes: Attributes, rng: np.random.Generator, plain: float = 0.0) -> str:
    """One caption for these attributes: a legend or, with probability `plain`, a bare label."""
    write = label_caption if rng.random() < plain else legend
    text = write(attributes, rng)
    other = attributes.get("second_panel")
    if other:
        second = write(other, rng)
        text = choose(
            rng, ("(a) {}. (b) {}", "left: {}. right: {}", "{} (left) and {} (right)")
        ).format(text, second)
    return text


def roughen(text: str, rng: np.random.Generator) -> str:
    """The caption with a word lost or an unknown word added: the text tower learns to cope."""
    words = text.split()
    if len(words) > 5 and rng.random() < 0.3:
        del words[int(rng.integers(len(words)))]
    if rng.random() < 0.15:
        strange = "".join(choose(rng, SYLLABLES) for _ in range(int(rng.integers(2, 4))))
        words.insert(int(rng.integers(len(words) + 1)), strange)
    return " ".join(words)
