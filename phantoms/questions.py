"""Questions about phantoms: candidate answers, a statement for each, and the true answer."""

from collections.abc import Iterator
from dataclasses import dataclass

from .findings import FINDINGS as OF_KINDS
from .publish import Phantom


@dataclass(frozen=True)
class Question:
    """What is asked of one picture.

    `statements` gives, for every candidate answer, the sentence that claims it.
    """

    type: str
    text: str
    statements: dict[str, str]
    answer: str


@dataclass(frozen=True)
class Ask:
    """A question about figures of one kind; {} in `statement` is an answer, {finding} the finding.

    The true answer is the figure's attribute `attribute`; figures that lack it, or to which none of
    `answers` applies (fluid on both sides), are not asked.
    """

    type: str
    kind: str
    attribute: str
    text: str
    statement: str
    answers: tuple[object, ...]


# These questions name their answers; the other types are open.
CLOSED = ("yes or no", "side", "plane", "stain")
FINDINGS = OF_KINDS["chest X-ray"]
SIDES = ("left", "right")
STAINS = ("H&E", "immunoperoxidase")
PLANES = ("axial", "coronal", "sagittal")
SEQUENCES = ("T1", "T2", "FLAIR", "contrast-enhanced T1", "diffusion-weighted", "proton-density")
PARTS = ("knee", "elbow", "wrist", "ankle", "hand", "femur", "foot", "shoulder")
COLOURS = ("blue", "green", "orange", "red", "yellow", "pink")
STAIN = ("stain", "Is this H&E or immunoperoxidase?", "tissue section, {} stain", STAINS)
ASKS = (
    Ask(
        "side",
        "chest X-ray",
        "side",
        "Which side shows {finding}, the left or the right?",
        "{}-sided {finding} chest x-ray",
        SIDES,
    ),
    Ask(
        "side",
        "fundus photograph",
        "side",
        "Is this a left or a right eye?",
        "fundus photograph, {} eye",
        SIDES,
    ),
    Ask(
        "plane",
        "brain MRI",
        "plane",
        "Is this slice axial, coronal or sagittal?",
        "{} brain MRI",
        PLANES,
    ),
    Ask("stain", "hematoxylin and eosin histopathology", *STAIN),
    Ask("stain", "immunohistochemistry histopathology", *STAIN),
    Ask(
        "sequence",
        "brain MRI",
        "sequence",
        "Which MRI sequence is this?",
        "{} MRI of the head",
        SEQUENCES,
    ),
    Ask(
        "finding",
        "chest X-ray",
        "finding",
        "What does this chest X-ray show?",
        "chest x-ray with {}",
        FINDINGS,
    ),
    Ask("body part", "bone X-ray", "part", "Which part of the body is this?", "{} x-ray", PARTS),
    Ask(
        "colour",
        "pie chart",
        "largest_colour",
        "Which colour is largest?",
        "pie chart, largest slice {}",
        COLOURS,
    ),
    Ask(
        "count",
        "pie chart",
        "slices",
        "How many slices are there?",
        "pie chart with {} slices",
        tuple(range(2, 9)),
    ),
)
ASKED_KINDS = tuple(dict.fromkeys(ask.kind for ask in ASKS))


def questions(figure: Phantom) -> Iterator[Question]:
    """Yield every question that this figure answers, in a fixed order.

    None for a figure of two panels, or whose findings were asked for.

    Each type is asked at most once, but "yes or no" once for every one of `FINDINGS`: as no figure
    has more than one of them, most of those answers are "no".
    """
    facts = figure.attributes
    if "second_panel" in facts or "findings" in facts or figure.kind not in ASKED_KINDS:
        return
    kinds = {kind: f"this is a photo of {kind}" for kind in ASKED_KINDS}
    yield Question("modality", "What kind of picture is this?", kinds, figure.kind)
    for ask in ASKS:
        answer, finding = facts.get(ask.attribute), facts.get("finding")
        if ask.kind == figure.kind and answer in ask.answers:
            statements = {
                str(each): ask.statement.format(each, finding=finding) for each in ask.answers
            }
            yield Question(ask.type, ask.text.format(finding=finding), statements, str(answer))
    if figure.kind == "chest X-ray" and facts["view"] != "lateral":
        for finding in FINDINGS:
            statements = {
                "yes": f"chest x-ray with {finding}",
                "no": f"chest x-ray without {finding}",
            }
            truth = "yes" if facts["finding"] == finding else "no"
            yield Question("yes or no", f"Does it show {finding}?", statements, truth)
