"""Immunohistochemistry: a brown or red chromogen in the cells of a pale blue section."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..drawing import choose, either, ellipse, fractal, noise, soft
from ..drawing import stretched_noise as rough
from ..kinds import Attributes, kind
from .section import Section, finish, glass, scale_phrases, zoom
from .tissue import (
    ON_GLASS,
    TABLE,
    Lattice,
    above,
    band,
    glands,
    infiltrate,
    matrix,
    nuclei,
    palisade,
    plane,
    spindle_cells,
    standing,
    whole_mount,
)


def counterstained(rng, d: float) -> Section:
    """A pale section, with the chromogen's faint background and a few blue nuclei of stroma."""
    section = Section()
    angle = rng.uniform(0, 180)
    tissue = matrix(rng, d * rng.uniform(0.6, 1.5), angle)
    section.add(
        tissue,
        rng.uniform(0.02, 0.14),
        0.0,
        0.0,
        rng.uniform(0, 0.09) if rng.random() < 0.7 else 0.0,
    )
    spindle_cells(rng, section, d, angle, rng.uniform(0.1, 0.6), rng.uniform(0.25, 0.6))
    return section


def granules(rng, d: float) -> np.ndarray:
    """The uneven, granular deposit of a chromogen, about 1."""
    fine = rough(rng, max(1.0, 0.16 * d), max(1.0, 0.16 * d))
    return np.clip(1 + 0.3 * fine + 0.3 * rough(rng, 3 * d, 3 * d), 0.15, 2)


@dataclass
class Layout:
    """Where the cells of interest lie (S, S), their lattice, their nuclei's length, the lumina."""

    where: np.ndarray
    cells: Lattice
    along: float
    lumen: np.ndarray | float
    name: str


def layout(rng, d: float) -> Layout:
    """An arrangement of cells: glands, nests, sheets or a lymphoid follicle."""
    name = choose(rng, ["glands", "glands", "nests", "sheets", "sheets", "follicle"])
    if name == "glands":
        return glandular(rng, d)
    cells = plane(rng, max(2.8, d * rng.uniform(1.2, 2.0)), reach=3)
    if name == "sheets":
        gaps = soft(fractal(rng, d * 12, 4), rng.uniform(0.0, 0.3), 0.05)
        return Layout(1 - gaps, cells, d * 0.52, 0.0, name)
    if name == "nests":
        level = fractal(rng, max(30, d * rng.uniform(5, 12)), 3)
        return Layout(1 - soft(level, rng.uniform(0.42, 0.55), 0.03), cells, d * 0.5, 0.0, name)
    cx, cy = rng.uniform(60, 196, 2)
    edge = ellipse(
        cx, cy, rng.uniform(40, 110), rng.uniform(40, 110), rng.uniform(0, 3)
    ) + 0.3 * fractal(rng, 40)
    return Layout(
        soft(edge, 1.1, 0.2), plane(rng, max(2.8, d * 1.15), reach=3), d * 0.45, 0.0, name
    )


def glandular(rng, d: float) -> Layout:
    """Glands of one or a few rows of cells around an open lumen."""
    height = d * rng.uniform(1.3, 3.2)
    spacing = float(np.clip(height * rng.uniform(3.0, 6.0), 24, 110))
    body = glands(
        rng,
        spacing,
        rng.uniform(0.36, 0.5),
        rng.uniform(0.03, 0.22),
        rng.uniform(1, 2),
        d * 0.5,
        0.9,
    )
    wall = body.wall(height)
    if rng.random() < 0.7:
        cells = standing(rng, body, max(2.6, d * rng.uniform(1.15, 1.5)), wall, 3)
    else:
        cells = palisade(
            rng, body, max(2.5, d * 1.15), max(2.5, min(height, d * rng.uniform(1.4, 2.4))), 3
        )
    return Layout(
        band(body.depth, 0, wall), cells, d * 0.6, soft(wall - body.depth, 0, 1.5), "glands"
    )


def tissue_core(rng, section: Section) -> None:
    """Cut the section to a round core of a tissue microarray that fills the picture."""
    radius = rng.uniform(95, 128)
    away = ellipse(*rng.uniform(120, 136, 2), radius, radius * rng.uniform(0.92, 1))
    section.dyes *= soft(away + 0.12 * (fractal(rng, 60, 4) - 0.5), 1.0, 0.015)


def stain_cells(rng, section: Section, d: float, pattern: str, level: float, share: float) -> str:
    """Nuclei, membranes or cytoplasm of an arrangement of cells stained.

    Returns what the arrangement is.
    """
    plan = layout(rng, d)
    cells, pale, blue = plan.cells, rng.uniform(0.02, 0.16), rng.uniform(0.3, 0.75)
    section.paint(plan.lumen, 0.0)
    section.paint(plan.where * 0.9, pale, 0.0, 0.0, rng.uniform(0, 0.12) * level)
    field = share * (1 + rng.uniform(0.0, 0.7) * rough(rng, 60, 60)) if share < 1 else 1.0
    positive = cells.chance(field) * cells.uniform(0.5, 1.25)
    deposit = level * granules(rng, d)
    if pattern == "cytoplasmic":
        if rng.random() < 0.4:  # more of it towards the lumen, or on one side of the nucleus
            deposit = deposit * np.clip(1 + rng.uniform(0.5, 1.5) * (cells.dv + 0.1), 0.2, 1.8)
        section.add(plan.where * positive, 0.0, 0.0, 0.0, deposit)
    across, vary = min(d * rng.uniform(0.38, 0.5), cells.su * 0.45), rng.uniform(0.08, 0.25)
    vesicular, nucleoli = rng.uniform(0, 0.8), rng.uniform(0, 1) * (d > 9)
    shown = nuclei(
        cells, across, max(across, plan.along), plan.where, vary, 0.5, blue, vesicular, nucleoli
    )
    cover = shown.cover * np.clip(plan.where * 2, 0, 1)
    stained = np.minimum(positive, 1) if pattern == "nuclear" else 0.0
    brown = section.dyes[3] * 0.5 + stained * deposit * shown.chromatin / blue * 1.1
    section.paint(cover, shown.chromatin * (1 - 0.6 * stained), 0.0, 0.0, brown)
    if pattern == "membranous":
        line = cells.wall(max(1.2, d * rng.uniform(0.12, 0.3))) * plan.where
        section.add(
            line * np.clip(positive + rng.uniform(0, 0.5), 0, 1), 0.0, 0.0, 0.0, deposit * 1.2
        )
    if plan.name == "glands" and rng.random() < 0.3 and pattern != "nuclear":
        section.add(plan.lumen * (noise(rng, 12) > 0.5), 0.0, 0.0, 0.0, 0.4 * deposit)
    return plan.name


def stain_brain(rng, section: Section, d: float, level: float) -> str:
    """Brain: a felt of fine processes, with stellate or neuronal bodies that are stained."""
    felt = 0
    for _ in range(int(rng.integers(2, 5))):
        width = rng.uniform(4, 9) * max(1, d / 8)
        felt = felt + np.clip(1 - np.abs(rough(rng, width, width)) * rng.uniform(5, 9), 0, 1)
    patches = np.clip(0.5 + rough(rng, 50, 50), 0.05, 1.2) if rng.random() < 0.6 else 0.7
    section.paint(
        1.0, 0.03 + 0.03 * noise(rng, 2), 0.0, 0.0, level * rng.uniform(0.05, 0.3) * noise(rng, 3)
    )
    section.add(felt * patches, 0.0, 0.0, 0.0, level * rng.uniform(0.15, 0.5) * granules(rng, d))
    blue = plane(rng, d * rng.uniform(1.8, 3.2))
    section.stain(nuclei(blue, d * 0.4, d * 0.45, rng.uniform(0.2, 0.7), 0.2, 1, 0.5, 0.4))
    stars = plane(rng, d * rng.uniform(4, 7))
    x, y = stars.du * stars.su, stars.dv * stars.sv
    arms = stars.each(rng.integers(3, 8, TABLE * TABLE))
    turn = np.arctan2(y, x) + 0.4 * rough(rng, 3 * d, 3 * d)
    reach = d * (
        0.55
        + rng.uniform(0.8, 1.9) * np.abs(np.cos(arms / 2 * turn + stars.uniform(0, 1) * 6)) ** 9
    )
    body = np.clip((reach - np.hypot(x, y)) / 1.2 + 0.5, 0, 1) * stars.chance(rng.uniform(0.3, 0.9))
    section.add(body, 0.0, 0.0, 0.0, level * granules(rng, d))
    return "brain"


def stain_vessels(rng, section: Section, d: float, level: float) -> str:
    """Slit-like vessels with a stained lining."""
    spacing = max(22, d * rng.uniform(4, 8))
    squash = rng.uniform(1.2, 3)
    keep = rng.uniform(0.4, 0.9)
    body = glands(rng, spacing, 0.26, 0.3, squash, 2.0, keep, vary=0.4)
    wall = max(1.4, d * rng.uniform(0.2, 0.5))
    infiltrate(rng, section, d, rng.uniform(0.1, 0.6), rng.uniform(0.3, 0.6))
    section.paint(above(body.depth, 0), 0.0)
    section.add(band(body.depth, -wall, wall * 0.4), 0.0, 0.0, 0.0, level * granules(rng, d))
    return "vessels"


def stain_stroma(rng, section: Section, d: float, level: float) -> str:
    """Stroma or muscle with stained fibres."""
    angle = rng.uniform(0, 180)
    density = matrix(rng, d * rng.uniform(0.4, 1.2), angle) ** rng.uniform(1.0, 2.5)
    section.add(density, 0.0, 0.0, 0.0, level * rng.uniform(0.6, 1.1) * granules(rng, d))
    spindle_cells(rng, section, d, angle, rng.uniform(0.2, 0.7), 0.5)
    return "stroma"


def scatter_cells(rng, section: Section, d: float, level: float) -> str:
    """A few stained immune cells, round or ragged, among many blue ones."""
    infiltrate(
        rng,
        section,
        d,
        np.clip(rng.uniform(0.2, 1) + 0.5 * rough(rng, 50, 50), 0, 1),
        rng.uniform(0.35, 0.7),
    )
    cells = plane(rng, max(3, d * rng.uniform(1.3, 2.5)))
    keep = np.clip(rng.uniform(0.05, 0.35) + rng.uniform(0, 0.5) * rough(rng, 45, 45), 0, 1)
    across, along = d * rng.uniform(0.45, 0.75), d * rng.uniform(0.6, 1.1)
    body = nuclei(cells, across, along, keep, 0.35, 2.0, level, rng.uniform(0, 0.6))
    section.paint(
        body.cover * 0.95, 0.1 * noise(rng, d), 0.0, 0.0, body.chromatin * granules(rng, d)
    )
    return "tissue with scattered cells"


PATTERNS = {
    "nuclear": 0.23,
    "membranous": 0.13,
    "cytoplasmic": 0.2,
    "fibrillary": 0.11,
    "stromal": 0.06,
    "vascular": 0.06,
    "scattered": 0.09,
    "negative": 0.03,
    "zonal": 0.09,
}
INTENSITIES = {"weak": (0.22, 0.38), "moderate": (0.4, 0.65), "strong": (0.6, 1.25)}
REACTIONS = {
    "nuclear": "nuclear staining|positive nuclei|nuclear immunoreactivity",
    "membranous": (
        "membranous staining|chicken-wire membrane staining|staining of the cell membranes"
    ),
    "cytoplasmic": "cytoplasmic staining|granular cytoplasmic positivity|staining of the cytoplasm",
    "fibrillary": "staining of cell bodies and processes|fibrillary staining of the neuropil",
    "stromal": "stromal staining|stained fibres of the stroma|positive stromal fibres",
    "vascular": "staining of the vessel walls|positive endothelium of small vessels",
    "zonal": "zonal staining|regional staining|staining of some zones of the tissue",
    "scattered": "scattered positive cells|scattered stained immune cells",
}
NEGATIVE = (
    "negative staining|no immunoreactivity|absence of brown staining, blue nuclei only"
    "|negative control with haematoxylin counterstain only"
)
PLACES = {
    "glands": "glandular epithelium|glands with lumina|gland-forming epithelium",
    "nests": "nests of cells in pale stroma|cell nests|islands of tumour cells",
    "sheets": "sheets of cells|a solid sheet of cells|diffuse sheets of tumour cells",
    "follicle": "a rounded follicle|a lymphoid follicle|a round aggregate of cells",
    "brain": "brain tissue|glial cells with processes|brain parenchyma",
    "vessels": "slit-like vessels|microvessels|capillary-sized vessels",
    "stroma": "fibrous tissue|bundles of fibres|fibrillar stroma",
    "tissue with scattered cells": "mixed cells|cells scattered through the tissue",
} | ON_GLASS


def immunostain_phrases(attributes: Attributes, rng: np.random.Generator) -> list[str]:
    """What a legend says of an immunostained section."""
    pattern, level, colour, percent = (
        attributes[k] for k in ("pattern", "intensity", "chromogen", "share")
    )
    if pattern == "negative":
        phrases = [either(rng, NEGATIVE)]
    else:
        reaction, reactions = either(rng, REACTIONS[pattern]), either(rng, REACTIONS[pattern])
        phrases = [either(rng, f"{level} {colour} {reaction}|{level} {reactions}")]
        product = "DAB reaction product" if colour == "brown" else "red chromogen (AEC)"
        said = "{0} chromogen|{0} immunoreactivity|{1} {0} reaction product|{2}"
        phrases.append(either(rng, said.format(colour, level, product)))
    phrases.append(
        {place: either(rng, words) for place, words in PLACES.items()}[attributes["architecture"]]
    )
    if percent is not None:
        half = (
            "a minority of positive cells" if percent < 35 else "about half of the cells positive"
        )
        most = "most cells positive" if percent > 60 else half
        phrases.append(
            either(rng, f"about {percent}% positive cells|{percent}% of cells stained|{most}")
        )
    if attributes["core"]:
        phrases.append(
            either(rng, "a round tissue core on white|a tissue microarray core|a TMA spot")
        )
    return [*phrases, *scale_phrases(attributes, rng)]


def stain_names(pattern: str, chromogen: str) -> list[str]:
    """What the stain is called, where its colour or its absence is named."""
    if pattern == "negative":
        return ["negative immunostain", "immunohistochemistry negative control"]
    if chromogen == "red":
        return ["red immunostain", "AEC immunostaining"]
    return [
        "brown immunostain",
        "DAB staining",
        "DAB immunostaining with haematoxylin counterstain",
    ]


@kind(
    "histology",
    "immunohistochemistry histopathology",
    "immunohistochemistry",
    "IHC",
    "IHC stained section",
    "immunohistochemical staining",
    "immunoperoxidase stain",
    "immunostained tissue section",
    "immunostaining with haematoxylin counterstain",
    "immunohistochemistry micrograph",
    "immunohistochemical stain of a tissue section",
    "light micrograph of an immunostain",
    "immunolabelled section",
    "antibody staining of a tissue section",
    "IHC histopathology",
    describe=immunostain_phrases,
)
def immunohistochemistry(rng: np.random.Generator) -> tuple[Image.Image, Attributes]:
    """Chromogen on a pale blue section.

    Pattern, architecture, intensity, share of cells and magnification vary.
    """
    d = zoom(rng, 2.3, 22)
    pattern = list(PATTERNS)[int(rng.choice(len(PATTERNS), p=list(PATTERNS.values())))]
    intensity = choose(rng, ["weak", "moderate", "moderate", "strong", "strong"])
    chromogen = "red" if rng.random() < 0.1 and pattern != "negative" else "brown"
    negative = pattern == "negative"
    level = 0.0 if negative else rng.uniform(*INTENSITIES[intensity])
    section = counterstained(rng, d)
    share = None
    if pattern in ("nuclear", "membranous", "cytoplasmic"):
        share = int(choose(rng, [10, 20, 30, 50, 70, 90, 100, 100]))
        architecture = stain_cells(rng, section, d, pattern, level, share / 100)
    elif negative:
        architecture = stain_cells(rng, section, d, "cytoplasmic", 0.0, 0.0)
    elif pattern == "zonal":
        d = rng.uniform(2.4, 3)
        section = Section()
        architecture = whole_mount(rng, section, d, level)
    else:
        by_pattern = {
            "fibrillary": stain_brain,
            "scattered": scatter_cells,
            "vascular": stain_vessels,
        }
        architecture = by_pattern.get(pattern, stain_stroma)(rng, section, d, level)
    framed = architecture not in ON_GLASS and d < 9 and rng.random() < 0.12
    if framed:
        tissue_core(rng, section)
    clear = architecture in ON_GLASS or framed or glass(rng, section, 0.12)
    colour, strength = (None, None) if negative else (chromogen, intensity)
    found = {
        "stain": "immunoperoxidase",
        "chromogen": colour,
        "pattern": pattern,
        "share": share,
        "glass": clear,
        "core": framed,
    }
    found |= {
        "intensity": strength,
        "architecture": architecture,
        "names": stain_names(pattern, chromogen),
    }
    section.dyes[1] = (
        0  # the nuclei that all stains share bring a little eosin, which no immunostain has
    )
    return finish(rng, section, d, found, chromogen)
