"""What authors do to a picture before they mark it: quarter turns, close-ups, changes of tone.

Each edit takes a picture with its attributes and returns both, every box moved along.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageChops, ImageOps

from ..drawing import choose
from ..findings import shown
from ..kinds import KINDS, Attributes

Edited = tuple[Image.Image, Attributes]
Box = tuple[float, float, float, float]

SLICES = ("head CT", "abdominal CT", "chest CT", "brain MRI", "abdominal MRI", "joint MRI")
# How often a kind is printed black on white (white on black, where it was not).
INVERTED = {
    "chest X-ray": 0.05,
    "bone X-ray": 0.05,
    "ultrasound": 0.03,
    "gel electrophoresis": 0.07,
    "fluorescence microscopy": 0.02,
    **dict.fromkeys(SLICES, 0.03),
}
WHOLE = (  # kinds whose legends tell of the edges of the picture, or of all that is on it
    "bone scan",
    "ultrasound",
    "Doppler ultrasound",
    "endoscopy",
    "ECG",
    "gel electrophoresis",
)
COLOUR_MAPS = {
    "viridis": ("#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"),
    "jet": ("#000080", "#0060ff", "#40ffb0", "#ffb000", "#800000"),
    "hot": ("#000000", "#b00000", "#ff6000", "#ffe000", "#ffffff"),
    "magma": ("#000004", "#51127c", "#b73779", "#fc8961", "#fcfdbf"),
    "copper": ("#000000", "#50321f", "#a0643f", "#ef965f", "#ffc77f"),
}


def moved(attributes: Attributes, place: Callable[[Box], Box], size: tuple[int, int]) -> Attributes:
    """The attributes with every box where `place` puts it, within a picture of this size."""

    def within(box) -> list[int]:
        left, top, right, bottom = (round(v) for v in place(tuple(box)))
        left, top = min(max(left, 0), size[0] - 1), min(max(top, 0), size[1] - 1)
        return [left, top, max(min(right, size[0]), left + 1), max(min(bottom, size[1]), top + 1)]

    changed = dict(attributes)
    if attributes.get("box") is not None:
        changed["box"] = within(attributes["box"])
    if attributes.get("drawing") is not None:  # its parts outside the picture are cut off
        changed["drawing"] = [round(v) for v in place(tuple(attributes["drawing"]))]
    if attributes.get("findings"):
        changed["findings"] = {
            name: each | {"box": within(each["box"])} if each.get("box") else each
            for name, each in attributes["findings"].items()
        }
    return changed


def shifted(x: float, y: float, scale: float = 1.0) -> Callable[[Box], Box]:
    """What moves a box by (x, y) after scaling it."""
    return lambda box: (
        box[0] * scale + x,
        box[1] * scale + y,
        box[2] * scale + x,
        box[3] * scale + y,
    )


def boxes(attributes: Attributes) -> list[Box]:
    """The boxes of all findings that have one."""
    each = [attributes, *(attributes.get("findings") or {}).values()]
    return [facts["box"] for facts in each if facts.get("box")]


def edited(picture: Image.Image, attributes: Attributes, rng: np.random.Generator) -> Edited:
    """The drawing, sometimes turned, cut to its middle, inverted, or in other tones."""
    picture, attributes = turned(picture, attributes, rng)
    if rng.random() < 0.09 and can_be_cut(attributes):
        picture, attributes = close_up(picture, attributes, rng)
    return toned(picture, attributes, rng)


def turned(picture: Image.Image, attributes: Attributes, rng: np.random.Generator) -> Edited:
    """Quarter turns, where up and down mean nothing: cells, tissue; some slices, skin lesions."""
    kind = attributes["kind"]
    family = KINDS[kind].family
    often = (
        1.0
        if family in ("histology", "microscopy") and not attributes.get("data_bar")
        else 0.5
        if kind == "dermoscopy"
        else 0.05 * (kind in SLICES)
    )
    sides = {facts.get("side") for facts in [attributes, *attributes.get("findings", {}).values()]}
    if rng.random() >= often or sides & {"left", "right"}:
        return picture, attributes
    turns = int(rng.integers(4))
    for _ in range(turns):
        width = picture.width
        picture = picture.transpose(Image.Transpose.ROTATE_90)  # x, y -> y, width - x
        attributes = moved(
            attributes,
            lambda box, width=width: (box[1], width - box[2], box[3], width - box[0]),
            picture.size,
        )
    if turns % 2 and attributes.get("gap") in ("vertical", "horizontal"):
        other = {"vertical": "horizontal", "horizontal": "vertical"}
        attributes["gap"] = other[attributes["gap"]]
    return picture, attributes


def can_be_cut(attributes: Attributes) -> bool:
    """Whether the middle of the picture still shows all that its attributes tell."""
    kind = attributes["kind"]
    whole = kind in WHOLE or KINDS[kind].family == "chart"
    framed = attributes.get("frame") not in (None, "full") or attributes.get("field") == "round"
    told = any(
        attributes.get(fact)
        for fact in ("data_bar", "head holder", "artefacts", "count", "glass", "device", "implant")
    )
    several = attributes.get("layout") not in (None, "single view", "single slice")
    unboxed = len(shown(attributes)) > len(boxes(attributes))
    return not (whole or framed or told or several or unboxed)


def close_up(picture: Image.Image, attributes: Attributes, rng: np.random.Generator) -> Edited:
    """The middle 60 to 90 % of the drawing, enlarged to about its size."""
    width, height = picture.size
    share = rng.uniform(0.6, 0.9, 2)
    left, top = (1 - share) * np.clip(rng.normal(0.5, 0.2, 2), 0, 1) * (width, height)
    right, bottom = left + share[0] * width, top + share[1] * height
    for box in boxes(attributes):
        left, top = min(left, box[0] - 3), min(top, box[1] - 3)
        right, bottom = max(right, box[2] + 3), max(bottom, box[3] + 3)
    left, top = max(int(left), 0), max(int(top), 0)
    right, bottom = min(int(right + 1), width), min(int(bottom + 1), height)
    scale = max(width, height) / max(right - left, bottom - top)
    scale = max(min(scale, 1.6), 160 / min(right - left, bottom - top))
    size = round((right - left) * scale), round((bottom - top) * scale)
    picture = picture.resize(size, Image.Resampling.BILINEAR, (left, top, right, bottom))
    attributes = moved(attributes, shifted(-left * scale, -top * scale, scale), size)
    return picture, attributes | {"cropping": "close-up"}


def toned(picture: Image.Image, attributes: Attributes, rng: np.random.Generator) -> Edited:
    """The picture inverted, in gray, tinted, off the white balance or in false colours; rarely."""
    kind = attributes["kind"]
    family, roll = KINDS[kind].family, rng.random()
    colourful = picture.mode == "RGB" and kind == "fluorescence microscopy"
    if not colourful and rng.random() < INVERTED.get(kind, 0):
        return ImageChops.invert(picture), attributes | {"edit": "inverted"}
    if family == "chart" or kind in ("ECG", "Doppler ultrasound"):
        return picture, attributes
    if picture.mode == "RGB" and family != "radiology":
        if roll < 0.04 and family != "laboratory":
            return picture.convert("L"), attributes | {"edit": "grayscale"}
        if roll < 0.2:
            return tinted(picture, rng.uniform(0.82, 1.12, 3)), attributes
    elif picture.mode == "L" and family != "laboratory":
        if roll < 0.015:
            return false_coloured(picture, rng), attributes | {"edit": "false colour"}
        if roll < 0.05:
            shade = choose(rng, ((0.82, 0.92, 1.0), (1.0, 0.92, 0.76), (0.86, 1.0, 0.9)))
            return tinted(picture.convert("RGB"), shade), attributes
    return picture, attributes


def tinted(picture: Image.Image, gains) -> Image.Image:
    """The picture with each channel multiplied by its gain."""
    table = [min(int(level * gain), 255) for gain in gains for level in range(256)]
    return picture.point(table)


def false_coloured(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """The gray picture in a plotting program's colour map."""
    low, *between, high = choose(rng, list(COLOUR_MAPS.values()))
    return ImageOps.colorize(picture.convert("L"), low, high, between[1], midpoint=128)
