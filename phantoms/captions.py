"""Captions for phantoms, written from their attributes in the many ways of figure legends."""

import re

import numpy as np

from .drawing import choose
from .findings import FINDINGS, shown
from .kinds import KINDS, Attributes
from .publishing.denials import BESIDES, DENIALS, DENIED, NORMAL, denied, is_normal, spelt, verb

# Ways to put a bare label, as people put it to a zero-shot classifier. The first three are those of
# BiomedCLIP's model card and paper, which is how the course asks, too. {a} is the label with its
# article, {s} the label in the plural.
PLAIN = (
    "this is a photo of {}",
    "this is an image of {}",
    "{} presented in image",
    "{}",
    "{}.",
    "a photo of {}",
    "a photo of {a}",
    "photo of {}",
    "this is a photo of {a}",
    "this is {a}",
    "{a}",
    "{a}.",
    "{s}",
    "photos of {s}",
    "one of many {s}",
    "examples of {s}",
    "here is {a}",
    "here we see {a}",
    "what you see is {a}",
    "this shows {a}",
    "it is {a}",
    "one {}",
    "two-dimensional {}",
    "a single {}",
    "a close-up of {a}",
    "{} from a textbook",
    "{} from a paper",
    "{} from a data set",
    "{} from a public dataset",
    "{a} taken from the literature",
    "the image depicts {a}",
    "the image is {a}",
    "image of {a}",
    "an image of {a}",
    "image type: {}",
    "modality: {}",
    "category: {}",
    "class: {}",
    "a sample {}",
    "sample of {}",
    "{}, a typical example",
    "a good example of {a}",
    "a low quality photo of {a}",
    "a high resolution image of {a}",
    "a cropped picture of {a}",
    "picture of {a}",
    "a picture of {}",
    "this picture is {a}",
    "the figure contains {a}",
    "shown is {a}",
    "depicted: {}",
    "an image of {}",
    "a figure showing {}",
    "figure of {}",
    "this is {}",
    "this figure shows {}",
    "representative image of {}",
    "an example of {}",
    "typical {}",
    "{} image",
    "image: {}",
    "there is {a} in this picture",
    "the picture shows {}",
    "{a} from a biomedical article",
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
        "a field of view of {}",
        "a tile from {a} slide",
        "{} of a patient",
        "{} under the microscope",
        "a patch of {}",
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
        "{} of a patient",
        "{a} of a patient",
        "{} of an adult",
        "{} from a hospital",
        "diagnostic {}",
        "a radiology study: {}",
    ),
    "microscopy": (
        "a micrograph, {}",
        "microscopy image: {}",
        "cells seen by {}",
        "{} of cultured cells or tissue",
        "a microscope image, {}",
        "{} of a sample",
        "a field of view in {}",
    ),
    "laboratory": ("a laboratory result: {}", "recording: {}", "{} of the patient or sample"),
    "clinical": (
        "a clinical photograph: {}",
        "clinical image, {}",
        "medical photograph of {}",
        "{} of the patient",
        "{} of a patient",
        "{a} taken in clinic",
    ),
    "chart": (
        "a chart: {}",
        "a plot from a paper, {}",
        "graphic: {}",
        "statistics shown as a {}",
        "data drawn as {}",
        "{a} with data",
        "a graph: {}",
        "figure from a paper: {}",
        "results as {a}",
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
STATED = (
    "there is {findings} in this {name}",
    "there is {findings} on this {name}",
    "the {name} demonstrates {findings}",
    "the {name} shows {findings}",
    "this {name} shows {findings}",
    "this {name} reveals {findings}",
    "{findings} is seen on {name}",
    "{findings} can be seen in this {name}",
    "{name} with evidence of {findings}",
    "evidence of {findings} on {name}",
    "{name} consistent with {findings}",
    "findings on {name} are consistent with {findings}",
    "{name} suggestive of {findings}",
    "{name} compatible with {findings}",
    "{name} positive for {findings}",
    "{name} of a patient with {findings}",
    "{name} in a patient with {findings}",
    "a case of {findings}, {name}",
    "a patient with {findings}. {name}",
    "typical {name} of {findings}",
    "findings: {findings}",
    "impression: {findings}",
    "{name}. impression: {findings}",
    "{name}. findings: {findings}",
    "report: {name} shows {findings}",
    "{name}; diagnosis: {findings}",
    "{findings}",
    "{findings} is present",
)
PATIENT = (
    "{name} of a {age}-year-old {person} showing {findings}",
    "a {age}-year-old {person}: {name} with {findings}",
    "{name} of a {age}-year-old {person} with {findings}",
    "{name} in a {age}-year-old {person}: {findings}",
    "a {age}-year-old {person} with {findings}. {name}",
    "{age}-year-old {person}, {findings} on {name}",
    "{name} from a {age}-year-old {person}, {findings}",
)
EDITS = {
    "inverted": ("inverted {}", "{} (inverted)", "{} with inverted gray scale", "{}, inverted"),
    "grayscale": (
        "grayscale version of {}",
        "{} in grayscale",
        "black-and-white {}",
        "{} converted to gray",
    ),
    "false colour": ("{} in false colours", "pseudocoloured {}", "{} in a colour map"),
    "close-up": ("close-up of {}", "cropped {}", "detail of {}", "{} (detail)"),
    "viewer": ("screenshot of {}", "{} in a viewer", "{}, screenshot", "screen capture of {}"),
    "axes": ("{} plotted with axes", "{} with pixel axes", "{} shown in a plot window"),
    "slide": ("slide with {}", "{} on a lecture slide", "{} on a page with text"),
}
COUNTABLE = (
    r"(nodule|mass|cyst|polyp|ulcer|tumour|tear|infarct|aneurysm|fracture|lesion|haematoma|glioma"
    r"|meningioma|effusion|naevus|lentigo|dermatofibroma|haemangioma|fibroid|pneumothorax)$"
)
TELLING = r"\b(with|without|normal|healthy|sided|bilateral|metastases|haemorrhage)\b"  # of findings
# Tones and colours that an edited picture need not have any more.
TONES = (
    r"\b(bright|dark|black|pale|inverted|gr[ae]yscale|white(?! matter)|gr[ae]y(?! matter)"
    r"|hyperdens|hypodens|hyperintens|hypointens|low-attenuation)"
)
COLOURS = (
    r"\b(colou?r|red|pink|blue|bluish|brown|purple|violet|magenta|salmon|rose|yellow|green|orange"
    r"|teal|cyan|gold|tan|hyperaemic|eryth|pigment)"
)
NUMBERED = (
    "figure {n}. ",
    "fig. {n} ",
    "figure {n}: ",
    "fig {n}: ",
    "supplementary figure {n}. ",
    "({letter}) ",
)
MEN = ("man", "male", "patient", "gentleman")
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


def name(attributes: Attributes, rng: np.random.Generator, bare: bool = False) -> str:
    """What a legend calls the picture: its label, a synonym, or a name that fits this picture.

    Sometimes it says what was done to it: "inverted", "screenshot". A `bare` name says nothing of
    findings.
    """
    kind = KINDS[attributes["kind"]]
    own = still_true(attributes, list(attributes.get("names") or ()))
    if bare:
        own = [called for called in own if not re.search(TELLING, called)]
    roll = rng.random()
    if own and roll < 0.3:
        called = choose(rng, own)
    else:
        called = kind.label
        if roll >= 0.55:
            called = choose(rng, still_true(attributes, list(kind.names)) or [called])
    done = [attributes.get(key) for key in ("edit", "cropping", "surround")]
    done = [what for what in done if what in EDITS]
    if done and rng.random() < 0.3:
        called = choose(rng, EDITS[choose(rng, done)]).format(called)
    return called


def still_true(attributes: Attributes, phrases: list[str]) -> list[str]:
    """Those of the phrases that hold after the picture was inverted or its colours changed."""
    edit = attributes.get("edit")
    if edit is None:
        return phrases
    lost = {"inverted": TONES, "grayscale": COLOURS}.get(edit, f"{TONES}|{COLOURS}")
    return [phrase for phrase in phrases if not re.search(lost, phrase, re.IGNORECASE)]


def with_article(what: str) -> str:
    """The name with "a" or "an" before it, as it is spoken: "an MRI", "a CT"."""
    first = re.split(r"[\s&-]", what)[0]
    if first.lower() in ("a", "an", "the"):
        return what
    spelled = len(first) == 1 or (first.isupper() and first != "FLAIR")
    vowel = first[0] in "AEFHILMNORSX" if spelled else first[0].lower() in "aeiou"
    return f"{'an' if vowel and not first.lower().startswith(('uni', 'eu')) else 'a'} {what}"


def plural(what: str) -> str:
    """The name in the plural: "bone X-rays"; "brain MRI images" where there is none."""
    countable = r"(ray|graph|gram|image|curve|chart|plot|scan|slide|photo|picture|film|section)$"
    return f"{what}s" if re.search(countable, what) else f"{what} images"


def label_caption(attributes: Attributes, rng: np.random.Generator) -> str:
    """A caption that says only what kind of picture this is."""
    own = FAMILY_PLAIN[KINDS[attributes["kind"]].family]
    called = name(attributes, rng)
    roll = rng.random()
    pattern = choose(rng, own if roll < 0.3 else PLAIN[:3] if roll < 0.42 else PLAIN)
    return pattern.format(called, a=with_article(called), s=plural(called))


def findings(attributes: Attributes, rng: np.random.Generator, most: int) -> str:
    """Up to `most` phrases about this very picture, joined as legends join them."""
    phrases = KINDS[attributes["kind"]].describe(attributes, rng)
    phrases = still_true(attributes, phrases) or [with_article(attributes["kind"])]
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
    """A caption with a name and the findings of this very picture, or with what it lacks."""
    text = judgement(attributes, rng) or description(attributes, rng)
    if rng.random() < 0.15:
        text = (
            choose(rng, NUMBERED).format(n=rng.integers(1, 9), letter=choose(rng, "abcdef")) + text
        )
    if attributes.get("scale_bar") and rng.random() < 0.5:
        text += choose(rng, (". scale bar, {}", ". scale bar: {}", ". bar = {}")).format(
            attributes["scale_bar"]
        )
    return text


def judgement(attributes: Attributes, rng: np.random.Generator) -> str | None:
    """A statement of what is found or not found; None as often as a description is wanted."""
    roll, called = rng.random(), name(attributes, rng, bare=True)
    panel = {key: value for key, value in attributes.items() if key != "second_panel"}
    present = shown(panel) & set(FINDINGS.get(attributes["kind"], ()))
    if not present and is_normal(panel) and roll < 0.2:
        return choose(rng, NORMAL).format(name=called)
    if roll < 0.36:
        lacking = denied(attributes, rng)
        if lacking and (not present or rng.random() < 0.4):
            if rng.random() < 0.15:
                return choose(rng, DENIALS).format(lacking, verb=verb(lacking))
            return choose(rng, DENIED).format(name=called, absent=lacking, verb=verb(lacking))
        if lacking:
            what = mention(panel, sorted(present), rng)
            what = choose(rng, BESIDES).format(findings=what, absent=lacking, verb=verb(lacking))
            return choose(rng, WITH_FINDINGS).format(name=called, findings=what)
    elif present and roll < 0.55:
        what = mention(panel, sorted(present), rng)
        return choose(rng, STATED).format(name=called, findings=what)
    return None


def mention(attributes: Attributes, names: list[str], rng: np.random.Generator) -> str:
    """These findings of the picture by their names, with the side where they have one."""
    each = []
    for finding in names:
        facts = (attributes.get("findings") or {}).get(finding, attributes)
        if finding == "nodules":
            finding = "pulmonary nodule" if facts.get("count") == 1 else "pulmonary nodules"
        side = facts.get("side") if rng.random() < 0.7 else None
        words = finding
        if side and attributes["kind"] == "fundus photograph":
            words = f"{finding} in the {side} eye"
        elif side == "bilateral":
            words = choose(rng, ("bilateral {}", "{} on both sides")).format(finding)
        elif side:
            words = choose(rng, ("{1}-sided {0}", "{1} {0}", "{0} on the {1}")).format(
                finding, side
            )
        if re.search(COUNTABLE, finding) and rng.random() < 0.5:
            words = with_article(words)
        each.append(spelt(words, rng))
    return " and ".join(each)


def description(attributes: Attributes, rng: np.random.Generator) -> str:
    """A name with some phrases about the picture, perhaps with the patient's age."""
    what = findings(attributes, rng, most=int(rng.integers(1, 6)))
    called, family = name(attributes, rng), KINDS[attributes["kind"]].family
    if family in CLINICAL_FAMILIES and rng.random() < 0.12:
        age, person = patient(attributes, rng)
        return choose(rng, PATIENT).format(name=called, findings=what, age=age, person=person)
    return choose(rng, WITH_FINDINGS).format(name=called, findings=what)


def patient(attributes: Attributes, rng: np.random.Generator) -> tuple[int, str]:
    """The age and the sex of a patient that could have this picture taken."""
    who = attributes.get("patient")
    if "child" in (who, attributes.get("bone_age")):
        return int(rng.integers(2, 14)), choose(rng, ("boy", "girl", "child"))
    age = int(rng.integers(18, 95))
    if who == "female" or attributes.get("organ") in ("uterus and bladder", "ovary", "breast"):
        return age, choose(rng, ("woman", "female", "woman", "lady"))
    if attributes.get("organ") == "fetus":
        return int(rng.integers(18, 45)), choose(rng, ("woman", "pregnant woman"))
    return age, choose(rng, ("man", "woman", "patient", "male", "female") if who is None else MEN)


def caption(attributes: Attributes, rng: np.random.Generator, plain: float = 0.0) -> str:
    """One caption for these attributes: a legend or, with probability `plain`, a bare label."""
    write = label_caption if rng.random() < plain else legend
    text = write(attributes, rng)
    other = attributes.get("second_panel")
    if other:
        first = {key: value for key, value in attributes.items() if key != "second_panel"}
        second = write(other | {"second_panel": first}, rng)
        text = choose(
            rng, ("(a) {}. (b) {}", "left: {}. right: {}", "{} (left) and {} (right)")
        ).format(text, second)
    roll = rng.random()
    if roll < 0.02:
        return text.upper()
    return text[0].upper() + text[1:] + choose(rng, (".", "")) if roll < 0.2 else text


def roughen(text: str, rng: np.random.Generator) -> str:
    """The caption with a word lost or an unknown word added: the text tower learns to cope."""
    words = text.split()
    if len(words) > 5 and rng.random() < 0.3:
        del words[int(rng.integers(len(words)))]
    if rng.random() < 0.15:
        strange = "".join(choose(rng, SYLLABLES) for _ in range(int(rng.integers(2, 4))))
        words.insert(int(rng.integers(len(words) + 1)), strange)
    return " ".join(words)
