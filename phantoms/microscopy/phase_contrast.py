"""Unstained living cells on gray: phase contrast, DIC, brightfield, quantitative phase.

A layout of cells is drawn as a relief, (S, S): how much the cells delay the light. The optics turn
it into a picture.
"""

import numpy as np
from PIL import Image

from ..drawing import (
    SIZE,
    X,
    Y,
    blur,
    choose,
    colour,
    either,
    filled,
    fractal,
    noise,
    picture,
    rotation,
    soft,
    stretched_noise,
)
from ..kinds import Attributes, kind
from .micrograph import cells_of, counted, haze, lines, oval, ovals, scaled, scatter, thinned, walks

Relief = tuple[np.ndarray, Attributes]


def spindle_outline(rng: np.random.Generator, length: float, width: float) -> np.ndarray:
    """A slightly bent spindle of this half length and half width about the origin, along x."""
    t = np.linspace(-1, 1, 12)
    bend = rng.normal(0, 0.25) * length * t**2
    half = width * np.clip(1 - np.abs(t) ** rng.uniform(0.7, 2), 0, 1) + 0.4
    return np.concatenate(
        [np.stack([length * t, bend + half], 1), np.stack([length * t, bend - half], 1)[::-1]]
    )


def fibroblasts(rng: np.random.Generator) -> Relief:
    """Elongated fibroblast-like cells, more or less parallel."""
    spacing = rng.uniform(13, 40)
    points = thinned(rng, scatter(rng, spacing), 0.15, 1, least=2)
    main, order = rng.uniform(0, np.pi), choose(rng, (0.2, 0.5, 2))
    shapes, levels = [], []
    for point in points:
        angle = main + rng.normal(0, order)
        length, width = spacing * rng.uniform(0.7, 1.8), spacing * rng.uniform(0.1, 0.3)
        turn = rotation(angle)
        shapes.append(spindle_outline(rng, length, width) @ turn + point)
        levels.append(rng.uniform(0.5, 0.9))
        # The nucleus.
        shapes.append(oval(rng, point + rng.normal(0, 1, 2), width * 0.6, 1.8, angle))
        levels.append(1.0)
    field = blur(filled(shapes, levels), rng.uniform(0.6, 1.8))
    return field, {"shape": "spindle-shaped", "count": len(points)}


def floating_cells(rng: np.random.Generator) -> Relief:
    """Round cells in suspension, singly or in clumps."""
    radius = float(np.exp(rng.uniform(np.log(4), np.log(26))))
    points = scatter(rng, radius * rng.uniform(2.1, 4.5), rng.uniform(0.2, 0.5))
    points = thinned(rng, points, 0.1, 0.9, least=2)
    shapes = ovals(rng, points, (radius * 0.8, radius * 1.15), (1, 1.25), 0.06)
    field = np.zeros((SIZE, SIZE), np.float32)
    for shrink, level in ((1, 0.5), (0.8, 0.75), (0.55, 0.9)):
        field = np.maximum(field, filled([scaled(shape, shrink) for shape in shapes], level))
    return blur(field, 0.5 + radius * 0.08), {"shape": "round", "count": len(points)}


def monolayer(rng: np.random.Generator) -> Relief:
    """A monolayer of polygonal cells, whole, in islands, or with a scratched gap."""
    spacing = rng.uniform(9, 48)
    points = scatter(rng, spacing, 0.22)
    edge, index = cells_of(points, rng, spacing * 0.1)
    dome = np.clip(edge / (spacing * 0.45), 0, 1) ** 0.6 * (
        0.6 + 0.4 * rng.random(len(points))[index]
    )
    cores = ovals(rng, points, spacing * 0.2, 1.3)
    dome = 0.8 * dome + 0.3 * blur(filled(cores, rng.uniform(0.5, 1, len(points))), 1)
    layout = choose(rng, ("confluent monolayer", "scratch wound", "islands"))
    facts: Attributes = {"shape": "polygonal", "count": len(points), "layout": layout}
    if layout == "confluent monolayer":
        return dome, facts
    facts["count"] = 0  # how many cells are left is not known
    ragged = noise(rng, rng.uniform(15, 40)) - 0.5
    if layout == "islands":
        dome = dome * soft(
            -noise(rng, rng.uniform(50, 110)) + 0.15 * ragged, -rng.uniform(0.45, 0.6), 0.03
        )
        return dome, facts
    gap, box, upright = scratch(rng, ragged)
    return dome * (1 - gap), facts | {"gap": "vertical" if upright else "horizontal", "box": box}


def scratch(
    rng: np.random.Generator, ragged: np.ndarray
) -> tuple[np.ndarray, tuple[float, ...], bool]:
    """A straight gap with ragged edges: 1 inside, (S, S); its box; whether it runs upright."""
    upright, middle, half = rng.random() < 0.6, rng.uniform(0.35, 0.65) * SIZE, rng.uniform(20, 70)
    across, along = (X, Y) if upright else (Y, X)
    distance = np.abs(across - middle + rng.uniform(-0.15, 0.15) * (along - SIZE / 2))
    low, high = round(max(0.0, middle - half), 1), round(min(float(SIZE), middle + half), 1)
    box = (low, 0.0, high, float(SIZE)) if upright else (0.0, low, float(SIZE), high)
    return soft(distance + half * 0.6 * ragged, half, 2), box, upright


def spread_cells(rng: np.random.Generator) -> Relief:
    """One or two large spread cells: smooth thin margin with ruffles, nucleus, vesicles."""
    n = int(rng.integers(1, 3))
    field = np.zeros((SIZE, SIZE), np.float32)
    for k in range(n):
        centre = np.array([SIZE * (k + 0.5) / n, SIZE / 2]) + rng.normal(0, 15, 2)
        shape = oval(
            rng, centre, rng.uniform(75, 115) / n**0.6, rng.uniform(1, 1.8), rng.uniform(0, 3), 0.35
        )
        body = filled([shape], 1.0)
        thick = haze(body, 40) * body
        waves = np.clip(np.sin(thick * rng.uniform(15, 40) + 4 * noise(rng, 30)), 0, 1)
        ruffle = body * np.clip(1.2 - 1.6 * thick, 0, 1) * waves
        spots = centre + rng.normal(
            0, 0.35 * np.abs(shape - centre).max(), (int(rng.integers(10, 90)), 2)
        )
        vesicles = filled(
            [oval(rng, s, rng.uniform(1, 4.5), 1.1, 0) for s in spots],
            rng.uniform(0.4, 1, len(spots)),
        )
        core = oval(
            rng, centre + rng.normal(0, 8, 2), rng.uniform(18, 30) / n**0.4, 1.3, rng.uniform(0, 3)
        )
        nucleus = blur(filled([core, oval(rng, core.mean(axis=0), 5, 1, 0)], [0.6, 1.0]), 1.5)
        field = np.maximum(
            field, 0.55 * thick + 0.25 * ruffle + 0.35 * nucleus + 0.3 * blur(vesicles * body, 0.7)
        )
    return blur(field, 0.5), {"shape": "large spread", "count": n}


def adherent_cells(rng: np.random.Generator) -> Relief:
    """Adherent cells lying apart: irregular, with short processes and a bulging nucleus."""
    spacing = rng.uniform(25, 80)
    points = thinned(rng, scatter(rng, spacing), 0.3, 0.9, least=2)
    arms = int(rng.integers(0, 5))
    field = 0.55 * filled(ovals(rng, points, (spacing * 0.22, spacing * 0.36), (1, 2.2), 0.4), 1.0)
    if arms:
        starts = np.repeat(points, arms, axis=0)
        n = len(starts)
        paths = walks(
            rng, starts, rng.uniform(0, 7, n), spacing * rng.uniform(0.4, 0.9, (n, 1)), 6, 0.15
        )
        field = np.maximum(field, lines(paths, 0.5, max(1, spacing * 0.04)))
    cores = filled(ovals(rng, points, spacing * 0.13, 1.3), 1.0)
    return blur(field, 1) + 0.4 * blur(cores, 1.2), {
        "shape": "irregular adherent",
        "count": len(points),
    }


def neurites(rng: np.random.Generator) -> Relief:
    """Neuron-like cells: small bright bodies joined by thin processes."""
    n = int(rng.integers(3, 14))
    points = scatter(rng, SIZE / n**0.5)[:n]
    starts = np.repeat(points, 3, axis=0)
    paths = walks(
        rng, starts, rng.uniform(0, 7, len(starts)), rng.uniform(30, 130, (len(starts), 1)), 10, 0.2
    )
    bodies = filled(ovals(rng, points, (5, 11), 1.5, 0.2), 1.0)
    field = np.maximum(blur(bodies, 1.2), 0.6 * lines(paths, 1.0, rng.uniform(1, 2)))
    return field, {"shape": "neuron-like", "count": len(points)}


def spheroids(rng: np.random.Generator) -> Relief:
    """Spheroids or organoids: one or a few large round bodies, solid or hollow, among debris."""
    n = int(rng.integers(1, 7))
    radius = rng.uniform(65, 105) / n**0.5
    points = scatter(rng, SIZE / n**0.5)[:n] * 0.7 + 0.15 * SIZE
    shapes = ovals(rng, points, (radius * 0.6, radius), (1, 1.25), rng.uniform(0.02, 0.25))
    body = filled(shapes, rng.uniform(0.6, 1, len(shapes)))
    if rng.random() < 0.5:
        body = body - 0.6 * filled([scaled(shape, 0.8) for shape in shapes], 0.9)
    lumps = stretched_noise(rng, radius / 6 + 2, radius / 6 + 2)
    debris = filled(ovals(rng, rng.uniform(0, SIZE, (int(rng.integers(1, 40)), 2)), (1, 3), 1.2))
    field = blur(body, 1.5) * (1 + 0.25 * lumps) + 0.5 * blur(debris, 0.7)
    return field, {"shape": "spheroid", "count": len(points)}


def oocyte(rng: np.random.Generator) -> Relief:
    """An egg or early embryo: a thick clear shell about one granular cell, or two to eight."""
    centre, radius = SIZE / 2 + rng.normal(0, 10, 2), rng.uniform(70, 112)
    shell = np.hypot(X - centre[0], Y - centre[1]) / radius + 0.01 * stretched_noise(rng, 60, 60)
    field = 0.45 * soft(np.abs(shell - 0.93), 0.07, 0.03)
    n = choose(rng, (1, 1, 2, 4, 8))
    angles = rng.uniform(0, 7) + 2 * np.pi * np.arange(n) / n
    ring = 0 if n == 1 else 0.38
    for angle in angles:
        x, y = centre + ring * radius * np.array([np.cos(angle), np.sin(angle)])
        size = radius * {1: 0.76, 2: 0.44, 4: 0.38, 8: 0.32}[n]
        cell = np.hypot(X - x, Y - y) / size
        dome = np.sqrt(np.clip(1 - cell**2, 0, 1))
        field = np.maximum(field, dome * (0.7 + 0.25 * stretched_noise(rng, 5, 5)))
    return blur(field, 0.8), {"shape": "egg", "count": n}


def yeast(rng: np.random.Generator) -> Relief:
    """Yeast, bacteria or sperm-sized cells: small ovals, some with a bud, sparse or crowded."""
    radius = rng.uniform(3, 9)
    points = thinned(rng, scatter(rng, radius * rng.uniform(2.5, 6), 0.4), 0.2, 1, least=2)
    budding = points[rng.random(len(points)) < 0.4]
    buds = budding + radius * 1.2 * rng.choice([-1, 1], (len(budding), 2)) * 0.8
    shapes = ovals(rng, points, (radius * 0.8, radius), (1, rng.uniform(1.1, 3)), 0.04)
    shapes += ovals(rng, buds, (radius * 0.4, radius * 0.7), 1.1, 0.04)
    return blur(filled(shapes), 0.4 + radius * 0.07), {
        "shape": "oval yeast-like",
        "count": len(points),
    }


RELIEFS = (
    fibroblasts,
    floating_cells,
    monolayer,
    spread_cells,
    adherent_cells,
    neurites,
    spheroids,
    oocyte,
    yeast,
)
SHARES = (0.19, 0.17, 0.2, 0.11, 0.13, 0.07, 0.05, 0.04, 0.04)
# Of the filter or the lamp: hue, saturation, value.
TINTS = {
    "yellow": ((0.12, 0.16), (0.2, 0.6), (0.9, 1)),
    "green": ((0.25, 0.42), (0.15, 0.55), (0.85, 1)),
    "blue": ((0.53, 0.65), (0.12, 0.5), (0.85, 1)),
    "brownish": ((0.05, 0.1), (0.15, 0.45), (0.85, 1)),
    "pinkish": ((0.85, 0.97), (0.08, 0.25), (0.9, 1)),
}

NAMES = {
    "phase contrast": "phase-contrast micrograph|phase contrast image of living cells",
    "DIC": "differential interference contrast micrograph|DIC image of cells|nomarski micrograph",
    "brightfield": "brightfield image of unstained cells|bright-field micrograph of cultured cells",
    "quantitative phase": "quantitative phase image|quantitative phase microscopy of a living cell",
}
LOOKS = {
    "phase contrast": (
        "bright halos around the cells|phase halos at the cell margins|cells with bright rims"
    ),
    "DIC": (
        "relief-like shading of the cells|shadow-cast appearance|"
        "pseudo-relief with light and shadow sides"
    ),
    "brightfield": "low-contrast transparent cells|faint cell outlines|unstained transparent cells",
    "quantitative phase": "smooth gray shading by cell thickness|cells brighter than the background"
    "|thickness shown as brightness",
}
SHAPES = {
    "spindle-shaped": "fibroblast-like cells|elongated cells",
    "round": "rounded cells in suspension|floating round cells",
    "polygonal": "polygonal cells|epithelial-like cells",
    "large spread": "a flat spread cell with a ruffled margin|vesicles around the nucleus",
    "irregular adherent": "irregular adherent cells|attached cells lying apart",
    "spheroid": "spheroids|organoids in culture|multicellular spheroid",
    "egg": "an oocyte or early embryo with its zona|blastomeres within a clear shell",
    "oval yeast-like": "yeast cells|budding yeast|small oval microorganisms",
    "neuron-like": "cells with long thin neurites|neurite outgrowth",
}
LAYOUTS = {
    "scratch wound": "{gap} scratch wound|wound-healing assay with a {gap} cell-free gap",
    "islands": "colonies of cells|cell islands with free areas between|clustered cell colonies",
    "confluent monolayer": "cobblestone monolayer|confluent monolayer of polygonal cells"
    "|closely packed epithelial-like cells",
}


def phase_phrases(attributes: Attributes, rng: np.random.Generator) -> list[str]:
    """What the legend of a picture of unstained living cells can say."""
    shape, layout, share = attributes["shape"], attributes.get("layout"), attributes["confluence"]
    phrases = [either(rng, LAYOUTS[layout].format_map(attributes))] if layout else []
    phrases += [
        either(rng, f"{shape} cells|{SHAPES[shape]}"),
        either(rng, LOOKS[attributes["optics"]]),
    ]
    if tint := attributes["tint"]:
        phrases.append(either(rng, f"{tint} tint|{tint} background light|{tint} filter"))
    if attributes["field"] == "round":
        phrases.append(either(rng, "round field of the eyepiece|dark round edge of the field"))
    if attributes["count"]:
        phrases.append(counted(rng, attributes["count"], f"{shape} cell", f"{shape} cells"))
    gaps = layout in ("scratch wound", "islands")
    word = "sparse" if share < 30 else "subconfluent" if share < 75 or gaps else "confluent"
    covered = f"about {share}% confluence" if share else "less than 10% confluence"
    phrases.append(
        either(
            rng, f"{word} culture|{covered}|{word} cells on a {attributes['background']} background"
        )
    )
    return phrases


def seen_through(rng: np.random.Generator, optics: str, relief: np.ndarray, round_cells: bool):
    """The relief as these optics show it, (S, S), and the gray level of the empty ground."""
    level = rng.uniform(0.22, 0.92)
    if optics == "phase contrast":  # halos outside, darker or brighter cells inside
        smooth = blur(relief, rng.uniform(2, 7))
        halo = smooth - relief
        field = level + rng.uniform(0.5, 1.2) * np.where(halo > 0, 1.4, rng.uniform(0.4, 1)) * halo
        return field + choose(
            rng, (-0.15, 0.15, 0.35) if round_cells else (-0.15, 0.0, 0.25)
        ) * smooth, level
    if optics == "DIC":  # light and shadow along one direction
        angle = rng.uniform(0, 2 * np.pi)
        dy, dx = np.gradient(blur(relief, 0.7))
        slope = dx * np.cos(angle) + dy * np.sin(angle)
        return level + np.tanh(slope * rng.uniform(1.5, 4)) * 0.4, level
    if optics == "brightfield":  # bright or dark edges, by the focus
        edges = relief - blur(relief, rng.uniform(1, 2.5))
        return level + choose(rng, (-1, 1)) * rng.uniform(0.7, 1.6) * edges - 0.1 * relief, level
    level = rng.uniform(0.12, 0.5)
    return level + rng.uniform(0.25, 0.85 - level) * np.clip(relief, 0, 1.2), level


def photographed(rng: np.random.Generator, field: np.ndarray) -> np.ndarray:
    """The field, (S, S), with the uneven light and the noise of a camera."""
    tilt = rng.uniform(0, 2 * np.pi)
    ramp = ((X - 128) * np.cos(tilt) + (Y - 128) * np.sin(tilt)) / SIZE
    field = field + rng.uniform(0, 0.15) * ramp + rng.uniform(0, 0.08) * (noise(rng, 60) - 0.5)
    grain = rng.uniform(0.005, 0.04) * stretched_noise(rng, 2, 2)
    return field + (
        grain + rng.uniform(0.0, 0.025) * rng.standard_normal((SIZE, SIZE), dtype=np.float32)
    )


@kind(
    "microscopy",
    "phase contrast microscopy",
    "phase-contrast micrograph of living cells",
    "phase contrast image of cell culture",
    "light micrograph of unstained living cells",
    "unstained live cells under the microscope",
    "transmitted light micrograph of living cells",
    "phase contrast or brightfield image of cultured cells",
    "live cell imaging without stain",
    "label-free microscopy of cells",
    "cell culture micrograph",
    "bright-field or phase contrast picture of live cells",
    "cells in a culture dish under the microscope",
    "cell morphology under a light microscope",
    "phase contrast or DIC micrograph",
    "inverted microscope image of cultured cells",
    "quantitative phase or phase contrast image",
    describe=phase_phrases,
)
def phase_contrast(rng: np.random.Generator) -> tuple[Image.Image, Attributes]:
    """Unstained cells on gray: six layouts, seen by phase contrast, DIC, brightfield or phase."""
    relief, facts = RELIEFS[int(rng.choice(len(RELIEFS), p=SHARES))](rng)
    optics = choose(
        rng, ("phase contrast",) * 5 + ("DIC",) * 2 + ("brightfield",) * 2 + ("quantitative phase",)
    )
    covered = relief > 0.08
    grain = fractal(rng, rng.uniform(2.5, 7), 3) - 0.5
    relief = relief * (1 + rng.uniform(0.2, 1.2) * grain)
    granules = np.clip(stretched_noise(rng, *(rng.uniform(2, 4),) * 2) - 1.1, 0, 1)
    relief = (
        relief
        + rng.uniform(-0.2, 0.4) * granules * covered
        + 0.5 * (granules > 0.995) * (rng.random() < 0.3)
    )
    field, level = seen_through(rng, optics, relief, facts["shape"] == "round")
    field = photographed(rng, field)
    field_of_view = "full"
    if rng.random() < 0.06:  # through the eyepiece
        field_of_view, reach = "round", rng.uniform(108, 150)
        field = field * soft(np.hypot(X - 128, Y - 128), reach, rng.uniform(2, 20))
    tinted = rng.random() < 0.3 and optics != "quantitative phase"
    tint = choose(rng, tuple(TINTS)) if tinted else None
    attributes = {
        **facts,
        "tint": tint,
        "field": field_of_view,
        "optics": optics,
        "confluence": int(round(100 * float(covered.mean()), -1)),
        "background": "dark gray" if level < 0.38 else "light gray" if level > 0.6 else "mid-gray",
        "names": [either(rng, NAMES[optics])],
    }
    if tint:
        field = field[..., None] * colour(rng, *TINTS[tint])
    elif rng.random() < 0.12:  # a colour camera's slight cast
        field = field[..., None] * colour(rng, (0, 1), (0.02, 0.08), (1, 1))
    return picture(field), attributes
