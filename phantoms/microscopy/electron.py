"""Electron micrographs: surfaces under a scanning microscope, and the kind with all methods."""

from functools import partial

import numpy as np
from PIL import Image, ImageDraw

from ..drawing import (
    SIZE,
    X,
    Y,
    blur,
    choose,
    either,
    ellipse,
    font,
    fractal,
    noise,
    picture,
    stretched_noise,
    unit_vector,
    warp,
)
from ..kinds import Attributes, kind
from .micrograph import WORDS, cells_of, counted, haze, sampled, scatter
from .transmission import (
    contours,
    cryo,
    tem_cell,
    tem_neuropil,
    tem_organelle,
    tem_section,
    tem_virus,
)

# A height map, (S, S), and how many bodies stand out from it (0: not counted).
Surface = tuple[np.ndarray, int]


def solids(parts: np.ndarray, floor: np.ndarray) -> np.ndarray:
    """Height map of capsules over a floor.

    `parts` is (n, 6): both ends x, y, then radius and lift of the axis.
    """
    height = floor.copy()
    for x0, y0, x1, y1, radius, lift in parts:
        left, right = max(0, int(min(x0, x1) - radius)), int(max(x0, x1) + radius) + 2
        top, bottom = max(0, int(min(y0, y1) - radius)), int(max(y0, y1) + radius) + 2
        patch = height[top:bottom, left:right]
        if not patch.size:
            continue
        x, y = X[top:bottom, left:right] - x0, Y[top:bottom, left:right] - y0
        dx, dy = x1 - x0, y1 - y0
        t = np.clip((x * dx + y * dy) / max(dx * dx + dy * dy, 1e-6), 0, 1)
        square = radius**2 - (x - t * dx) ** 2 - (y - t * dy) ** 2
        np.maximum(
            patch, np.where(square > 0, lift + np.sqrt(np.maximum(square, 0)), -99), out=patch
        )
    return height


def bacteria(rng: np.random.Generator, floor: np.ndarray, rods: bool) -> Surface:
    """Cocci or rods, scattered or packed."""
    radius = rng.uniform(5, 22)
    n = int(min(110, rng.uniform(0.15, 1.3) * SIZE**2 / (radius**2 * (14 if rods else 4))) + 1)
    spots = rng.uniform(0, SIZE, (n, 2)) if rng.random() < 0.5 else scatter(rng, radius * 2.1)[:n]
    n = len(spots)
    turn = rng.uniform(0, np.pi, n)
    step = (radius * rng.uniform(1.2, 3) if rods else 0) * unit_vector(turn)
    size = radius * rng.uniform(0.85, 1.1, n) * (0.7 if rods else 1)
    return solids(
        np.column_stack([spots - step, spots + step, size, rng.uniform(0, 1.2 * radius, n)]), floor
    ), n


def pollen(rng: np.random.Generator, floor: np.ndarray) -> Surface:
    """One to five ornamented grains, with spines or without."""
    n = int(rng.integers(1, 6))
    radius = rng.uniform(60, 105) / n**0.5
    spots = scatter(rng, SIZE / n**0.5, 0.15)[:n]
    parts = [(*p, *(p + rng.normal(0, 0.2, 2) * radius), radius, 0) for p in spots]
    for p in spots if rng.random() < 0.6 else ():
        around = rng.normal(size=(70, 3))
        around /= np.linalg.norm(around, axis=1, keepdims=True)
        base, tip = p + radius * around[:, :2], p + radius * rng.uniform(1.08, 1.2) * around[:, :2]
        parts += list(
            np.column_stack([base, tip, np.full(70, radius * 0.06), radius * np.abs(around[:, 2])])
        )
    height = solids(np.array(parts), floor)
    ridges = radius * rng.uniform(0.02, 0.08) * contours(noise(rng, radius * 0.35), 3, 0.15)
    return height + ridges * (height > radius * 0.2), len(spots)


def blood_cells(rng: np.random.Generator, floor: np.ndarray) -> Surface:
    """Red cells: discs with a dent, more or less seen from above."""
    radius = rng.uniform(16, 55)
    spots = scatter(rng, radius * rng.uniform(1.8, 3))[:40]
    for p in spots:
        rim = np.hypot((X - p[0]) / rng.uniform(0.7, 1), Y - p[1]) / radius
        profile = np.sqrt(np.clip(1 - rim**2, 0, 1)) * (0.35 + 1.1 * np.minimum(rim, 1) ** 2)
        floor = np.where(
            rim < 1, np.maximum(floor, rng.uniform(0, 8) + radius * 0.55 * profile), floor
        )
    return floor, len(spots)


def fibre_mesh(rng: np.random.Generator, floor: np.ndarray) -> Surface:
    """Fibres across each other, or nearly parallel."""
    n, radius = int(rng.integers(15, 70)), rng.uniform(1.5, 9)
    main, order = rng.uniform(0, np.pi), choose(rng, (0.15, 3))
    step = 260 * unit_vector(main + rng.normal(0, order, n))
    spots = rng.uniform(0, SIZE, (n, 2))
    size, lift = radius * rng.uniform(0.5, 1.3, n), rng.uniform(-20, 25, n)
    return warp(
        solids(np.column_stack([spots - step, spots + step, size, lift]), floor - 25), rng, 60, 10
    ), 0


def microvilli(rng: np.random.Generator, _floor: np.ndarray) -> Surface:
    """Short rods all over a swelling cell."""
    spots = scatter(rng, rng.uniform(9, 14))[:420]
    rim = np.hypot(X - rng.uniform(80, 176), Y - rng.uniform(80, 176)) / rng.uniform(80, 120)
    swell = 60 * np.sqrt(np.clip(1 - rim**2, 0, 1)) if rng.random() < 0.5 else 40 * noise(rng, 90)
    tip = rng.normal(0, rng.uniform(2, 6), (len(spots), 2)) + rng.normal(0, 4, 2)
    parts = [spots, spots + tip, rng.uniform(1.8, 3.4, len(spots)), sampled(swell, spots) + 5]
    return solids(np.column_stack(parts), swell), 0


def scaffold(rng: np.random.Generator, _floor: np.ndarray) -> Surface:
    """A sponge: pores with walls between them, or smooth hollows."""
    points = scatter(rng, rng.uniform(20, 60))
    edge, index = cells_of(points, rng, 3)
    pores = -np.clip(edge - rng.uniform(2, 8), 0, 25) * rng.uniform(0.3, 2.5, len(points))[index]
    if rng.random() < 0.6:
        return pores, 0
    hollows = np.minimum(fractal(rng, rng.uniform(30, 70), 3, 0.35), rng.uniform(0.4, 0.6))
    return 60 * hollows + 4 * fractal(rng, 6), 0


def crystals(rng: np.random.Generator, _floor: np.ndarray) -> Surface:
    """Flat facets, each tilted its own way."""
    spacing = rng.uniform(12, 50)
    points = scatter(rng, spacing)
    _, index = cells_of(points, rng, 0.5)
    slope = rng.normal(0, rng.uniform(0.3, 0.9), (2, len(points)))
    planes = slope[0][index] * (X - points[index, 0]) + slope[1][index] * (Y - points[index, 1])
    lift = rng.uniform(0, spacing, len(points))[index]
    return np.clip(planes, -spacing, spacing) + lift + 1.5 * fractal(rng, 8), 0


def one_body(rng: np.random.Generator, floor: np.ndarray) -> Surface:
    """One cell, seed or shell: a dome with fine relief, grooves or threads to the ground."""
    radius, middle = rng.uniform(70, 112), SIZE / 2 + rng.normal(0, 8, 2)
    rim = ellipse(*middle, radius, radius * rng.uniform(0.65, 1), rng.uniform(0, 3))
    rim = rim + rng.uniform(0.02, 0.14) * stretched_noise(rng, 70, 70)
    dome = radius * rng.uniform(0.3, 0.9) * np.clip(1 - rim**2, 0, 1) ** rng.uniform(0.3, 0.5)
    x, y = X - middle[0], Y - middle[1] - radius * rng.uniform(0, 0.5)
    relief = choose(rng, ("fine", "lumpy", "grooves"))
    if relief == "grooves":
        turns = np.arctan2(y, x) * int(rng.integers(6, 22)) + 2 * stretched_noise(rng, 30, 30)
        dome = dome + 0.03 * radius * np.sin(turns) * (rim < 1) * np.clip(rim, 0, 0.6)
    else:
        scale = rng.uniform(3, 8) if relief == "fine" else rng.uniform(12, 28)
        dome = dome + 0.25 * scale * stretched_noise(rng, scale, scale) * (rim < 0.97)
    if rng.random() < 0.3:  # threads that hold the cell
        out = unit_vector(rng.uniform(0, 7, int(rng.integers(8, 40))))
        length = radius * rng.uniform(1.05, 1.6, (len(out), 1))
        parts = [middle + 0.7 * radius * out, middle + length * out]
        sizes = rng.uniform(1, 4, (2, len(out)))
        floor = solids(np.column_stack([*parts, *sizes]), floor)
    return np.where(dome > 1, np.maximum(dome, floor), floor), 0


def compound_eye(rng: np.random.Generator, floor: np.ndarray) -> Surface:
    """An insect's eye: a dome of hexagonal lenses, perhaps with bristles."""
    radius, pitch = rng.uniform(95, 190), rng.uniform(6, 20)
    middle = SIZE / 2 + rng.normal(0, 25, 2)
    rim = ellipse(*middle, radius, radius * rng.uniform(0.7, 1), rng.uniform(0, 3))
    lenses, k = np.zeros_like(floor), 2 * np.pi / pitch
    for turn in rng.uniform(0, 3) + np.array([0, 2.094, 4.189]):
        lenses = lenses + np.cos(k * (X * np.cos(turn) + Y * np.sin(turn)))
    dome = 0.6 * radius * np.sqrt(np.clip(1 - rim**2, 0, 1)) + 0.09 * pitch * lenses
    return np.where(rim < 1, dome + 5, floor), 0


def hair_shaft(rng: np.random.Generator, floor: np.ndarray) -> Surface:
    """One or two hairs or fibres across the picture, with overlapping scales or smooth."""
    height, n = floor - 20, int(rng.integers(1, 3))
    for _ in range(n):
        radius, turn = rng.uniform(25, 75) / n, rng.uniform(0, np.pi)
        x, y = X - rng.uniform(90, 166), Y - rng.uniform(90, 166)
        across = x * np.cos(turn) + y * np.sin(turn) + 6 * np.sin(x / 50)
        along = y * np.cos(turn) - x * np.sin(turn) + 8 * stretched_noise(rng, 25, 25)
        scales = (along / rng.uniform(12, 40)) % 1 * rng.uniform(0, 0.12) * radius
        round_ = np.sqrt(np.clip(radius**2 - across**2, 0, None))
        height = np.where(round_ > 0, np.maximum(height, round_ + scales), height)
    return height, 0


def diatom(rng: np.random.Generator, floor: np.ndarray) -> Surface:
    """One diatom: a flat valve, round or long, with a raised rim and rows of pores."""
    long = rng.random() < 0.5
    half = rng.uniform(85, 118)
    turn = rng.uniform(0, np.pi)
    rim = ellipse(128, 128, half, half * (rng.uniform(0.2, 0.4) if long else 1), turn)
    k = 2 * np.pi / rng.uniform(5, 14)
    x, y = (X - 128) * np.cos(turn) + (Y - 128) * np.sin(turn), (Y - 128) * np.cos(turn)
    y = y - (X - 128) * np.sin(turn)
    pores = np.clip(np.cos(k * x) * np.cos(k * y) - 0.1, 0, 1)
    if long:
        pores = np.clip(np.cos(k * x), 0, 1) * (np.abs(y) > 5)
    valve = 18 + 10 * np.exp(-(((rim - 0.95) / 0.05) ** 2)) - 9 * pores * (rim < 0.88)
    return np.where(rim < 1, valve, floor), 0


def crystal(rng: np.random.Generator, floor: np.ndarray) -> Surface:
    """One crystal with flat faces lying on the ground."""
    height = np.full_like(floor, rng.uniform(60, 110))
    n = int(rng.integers(4, 9))
    for turn in rng.uniform(0, 7) + 2 * np.pi / n * (np.arange(n) + rng.normal(0, 0.12, n)):
        steep, away = rng.uniform(0.5, 3), rng.uniform(70, 105)
        out = (X - 128) * np.cos(turn) + (Y - 128) * np.sin(turn)
        height = np.minimum(height, steep * (away - out))
    steps = 1.5 * np.sin(height / rng.uniform(2, 6)) * (rng.random() < 0.5)
    return np.maximum(height + steps, floor), 0


def shaded(rng: np.random.Generator, height: np.ndarray) -> np.ndarray:
    """A height map as secondary electrons show it: bright edges and near slopes, dark hollows."""
    dy, dx = np.gradient(height)
    upright = 1 / np.sqrt(1 + dx**2 + dy**2)
    turn = rng.uniform(0, 2 * np.pi)
    light = (dx * np.cos(turn) + dy * np.sin(turn)) * upright
    deep = np.clip((haze(height, 24) - height) / (height.std() + 1), -0.6, 1)
    edges = rng.uniform(0.2, 0.4) + rng.uniform(0.3, 0.6) * (1 - upright) ** rng.uniform(0.7, 2)
    return edges + rng.uniform(0.05, 0.25) * light - rng.uniform(0.05, 0.25) * deep


SURFACES = {
    "cocci": partial(bacteria, rods=False),
    "rods": partial(bacteria, rods=True),
    "pollen grains": pollen,
    "red blood cells": blood_cells,
    "fibres": fibre_mesh,
    "microvilli": microvilli,
    "porous scaffold": scaffold,
    "crystals": crystals,
}
SINGLE = {  # one object on the ground
    "single cell": one_body,
    "seed or shell": one_body,
    "compound eye": compound_eye,
    "hair shaft": hair_shaft,
    "diatom": diatom,
    "single crystal": crystal,
}


def sem(rng: np.random.Generator) -> tuple[np.ndarray, Attributes]:
    """Surfaces in relief: cocci, rods, pollen, blood cells, fibres, villi, scaffolds, crystals.

    As often one object that fills the picture: a cell, an insect's eye, a hair, a diatom.
    """
    alone = rng.random() < 0.45
    drawings = SINGLE if alone else SURFACES
    structure = choose(rng, tuple(drawings))
    floor = rng.uniform(0.5, 10) * fractal(rng, rng.uniform(10, 60), 5, 0.6)
    height, n = drawings[structure](rng, floor)
    fine = rng.uniform(0.2, 1.5) * fractal(rng, rng.uniform(4, 10), 3)
    facts = {"structure": structure, "count": n} if n else {"structure": structure}
    field = shaded(rng, blur(height, 0.6) + fine)
    if alone:  # the ground may be much darker
        field = field - rng.uniform(0, 0.3) * (height < floor + 1)
    return field, facts | {"alone": alone}


NAMES = {
    "transmission": [
        "transmission electron micrograph",
        "TEM image",
        "transmission electron microscopy",
        "TEM micrograph",
    ],
    "cryo": [
        "cryo-electron micrograph",
        "cryo-EM image",
        "cryo-electron microscopy",
        "cryogenic electron micrograph",
    ],
    "scanning": [
        "scanning electron micrograph",
        "SEM image",
        "scanning electron microscopy",
        "SEM micrograph",
    ],
}
LOOKS = {
    "transmission": "thin section or negative stain with electron-dense detail"
    "|flat gray projection with dark stained membranes and particles",
    "cryo": (
        "low-contrast densities in vitreous ice|noisy low-dose projection|"
        "faint densities in strong noise"
    ),
    "scanning": (
        "three-dimensional surface relief|surface topography with bright edges|"
        "surface morphology in relief"
    ),
}
STRUCTURES = {  # where there is more to say than the name
    "cell ultrastructure": "subcellular organelles|cell ultrastructure|organelles in the cytoplasm",
    "single particles": "single protein particles|scattered macromolecular complexes",
    "lattice": "a regular lattice|a two-dimensional crystal",
    "microvilli": "a cell surface covered with microvilli|dense microvilli",
    "porous scaffold": "a porous scaffold|pores in a sponge-like surface",
    "cocci": "spherical bacteria|round cocci",
    "rods": "rod-shaped bacteria|bacilli",
    "bacteria": "bacteria|ultrastructure of bacteria",
    "liposomes": "liposomes with a bilayer|round membrane vesicles",
    "collagen fibrils": "banded collagen fibrils|collagen fibrils with cross-striation",
    "muscle sarcomeres": "sarcomeres with dark z-lines|striated muscle",
    "myelinated axons": "axons with dark myelin sheaths|myelinated nerve fibres",
    "neuropil": "neuropil with synapses and neurites|densely packed axons and dendrites"
    "|thin section of brain tissue with membranes and vesicles",
    "mitochondria": "mitochondria with cristae at high magnification|a mitochondrion close up",
    "single cell": "a single cell on the substrate|one cell with a textured surface",
    "seed or shell": "a single seed, shell or grain|one rounded body with surface relief",
    "compound eye": "compound eye of an insect|ommatidia of an insect eye|hexagonal eye facets",
    "hair shaft": "a hair shaft with cuticle scales|a single fibre|the surface of a hair",
    "diatom": "a diatom frustule|diatom valve with rows of pores",
    "single crystal": "a single crystal with flat faces|one faceted crystal",
    "nanoparticles": "electron-dense nanoparticles|dark particles",
}
FORMS = {
    "icosahedral": "icosahedral capsids",
    "spiked": "virions with a fringe of spikes",
    "rod-shaped": "rod-shaped virus particles",
    "phage": "bacteriophages with tails",
}
PARTS = {
    "nucleus": "a nucleus with dense chromatin|heterochromatin along the nuclear envelope",
    "vesicles": "vesicles in the cytoplasm|round membrane-bound vesicles",
    "mitochondria": "mitochondria with cristae|double-membraned mitochondria",
    "plasma membrane": "the plasma membrane at the edge of the cell|part of the cell border",
}


def electron_phrases(attributes: Attributes, rng: np.random.Generator) -> list[str]:
    """What the legend of an electron micrograph can say."""
    structure, method, n = attributes["structure"], attributes["type"], attributes.get("count", 0)
    phrases = [either(rng, STRUCTURES.get(structure, f"{structure}|{structure}"))]
    if form := attributes.get("form"):
        phrases.append(FORMS[form])
    phrases += [either(rng, PARTS[part]) for part in attributes.get("contents", ())]
    if attributes.get("mitochondria"):
        phrases.append(counted(rng, attributes["mitochondria"], "mitochondrion", "mitochondria"))
    elif n == 1:
        phrases.append(f"{structure}, one")
    elif n:
        phrases.append(
            f"{WORDS[n]} {structure}" if n <= 10 else f"{structure}, about {round(n, -1)}"
        )
    phrases.append(either(rng, LOOKS[method]))
    phrases.append(
        either(
            rng, f"{method} electron microscopy of {structure}|{structure} at high magnification"
        )
    )
    if attributes.get("alone"):
        phrases.append(either(rng, "one object in the picture|isolated specimen"))
    if attributes["tone"] != "usual":
        phrases.append(either(rng, f"{attributes['tone']} micrograph|{attributes['tone']} image"))
    if attributes["data_bar"]:
        phrases.append(either(rng, "a data bar at the bottom|instrument settings in a strip below"))
    return phrases


def with_data_bar(rng: np.random.Generator, image: Image.Image, scanning: bool) -> Image.Image:
    """The image with the microscope's strip of settings at its lower edge."""
    high, white = int(rng.integers(14, 26)), rng.random() < 0.25
    draw = ImageDraw.Draw(image)
    ink, paper = (0, 255) if white else (255, 0)
    draw.rectangle((0, SIZE - high, SIZE, SIZE), fill=paper)
    unit = either(rng, "1|2|5|10|20|50|100|200|500") + either(rng, "um|nm")
    volts = int(rng.integers(2, 20)) if scanning else choose(rng, (80, 100, 120, 200))
    magnified = f"x{int(rng.integers(5, 900)) * 100:,}"
    distance, detector = (f"WD {rng.uniform(4, 14):.1f}mm", "SE") if scanning else ("Direct", "TEM")
    settings = (
        f"HV {volts}.0 kV  {magnified}|{volts}kV  {distance}  {magnified}|"
        f"{detector}  {volts} kV {magnified}"
    )
    y = SIZE - high + (high - 10) // 2
    draw.text((5, y), either(rng, settings), fill=ink, font=font(10))
    draw.text((172, y), unit, fill=ink, font=font(10))
    draw.line((208, SIZE - high // 2, 248, SIZE - high // 2), fill=ink, width=2)
    return image


METHODS = (
    *(("transmission", tem_cell),) * 3,
    *(("transmission", tem_neuropil),) * 4,
    ("transmission", tem_organelle),
    *(("transmission", tem_virus), ("transmission", tem_section)) * 2,
    *(("cryo", cryo),) * 3,
    *(("scanning", sem),) * 8,
)


@kind(
    "microscopy",
    "electron microscopy",
    "electron micrograph",
    "electron microscopy image",
    "electron microscope image",
    "EM image",
    "EM micrograph",
    "ultrastructural image",
    "ultrastructure under the electron microscope",
    "electron microscopic image",
    "grayscale electron micrograph",
    "TEM or SEM image",
    "electron micrograph of cells, tissue or surfaces",
    "image taken with an electron microscope",
    "nanoscale microscopy image",
    "transmission, scanning or cryo-electron micrograph",
    describe=electron_phrases,
)
def electron(rng: np.random.Generator) -> tuple[Image.Image, Attributes]:
    """Transmission (cells, viruses, ordered sections), cryo and scanning micrographs.

    Contrast and data bar vary.
    """
    method, draw = choose(rng, METHODS)
    field, facts = draw(rng)
    if method != "cryo":
        low, high = np.quantile(field[::4, ::4], (0.01, 0.99))
        field = rng.uniform(0, 0.15) + (field - low) / max(high - low, 1e-3) * rng.uniform(0.6, 0.9)
        field = np.clip(field, 0, 1) ** rng.uniform(0.7, 1.3)
    tone = "usual"
    if method == "transmission" and rng.random() < 0.35:
        field, tone = 0.97 - rng.uniform(0.35, 0.7) * (1 - field), "pale"
    elif method == "scanning" and rng.random() < 0.25:
        field, tone = field * rng.uniform(0.45, 0.75), "dark"
    barred = rng.random() < (0.55 if method == "scanning" else 0.08)
    image = picture(field)
    if barred:
        image = with_data_bar(rng, image, method == "scanning")
    return image, {
        "type": method,
        **facts,
        "tone": tone,
        "data_bar": barred,
        "names": list(NAMES[method]),
    }
