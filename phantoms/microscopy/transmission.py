"""What a transmission electron microscope shows: thin sections, negative stain, frozen specimens.

Each drawing is a field, (S, S), with dark where electrons are held back, and the facts about it.
"""

from itertools import chain

import numpy as np
from PIL import Image, ImageDraw

from ..drawing import (
    SIZE,
    X,
    Y,
    blend,
    blur,
    choose,
    fibres,
    filled,
    fractal,
    noise,
    picture,
    soft,
    stretched_noise,
    unit_vector,
    warp,
)
from ..kinds import Attributes
from .micrograph import (
    cells_of,
    closed,
    haze,
    lines,
    oval,
    ovals,
    sampled,
    scaled,
    scatter,
    thinned,
    walks,
)

Field = tuple[np.ndarray, Attributes]


def sheet_of(field: np.ndarray) -> Image.Image:
    """The field as a gray sheet of twice the size, to draw on."""
    return picture(field).resize((2 * SIZE, 2 * SIZE), Image.Resampling.BILINEAR)


def field_of(sheet: Image.Image) -> np.ndarray:
    """The drawn sheet as a field again."""
    return np.asarray(sheet.reduce(2), dtype=np.float32) / 255


def contours(field: np.ndarray, pitch: float, width: float) -> np.ndarray:
    """Evenly spaced contour lines of a smooth field, 1 on the line: stacked membranes."""
    return soft(np.abs((field * pitch) % 1 - 0.5), width, 0.08)


def mitochondrion(
    rng: np.random.Generator, draw: ImageDraw.ImageDraw, centre, radius: float, tone: float
) -> None:
    """A mitochondrion on a sheet of twice the size: double membrane and cristae across."""
    aspect, angle = rng.uniform(1, 3), rng.uniform(0, np.pi)
    shape = oval(rng, centre, radius, aspect, angle, 0.12) * 2
    dark = int(255 * tone * 0.35)
    between = int(235 * tone)
    matrix = int(255 * tone * rng.uniform(0.6, 0.85))
    for inwards, level in ((0, dark), (1.5, between), (2.5, dark), (4, matrix)):
        draw.polygon(scaled(shape, max(0.2, 1 - inwards / radius)).ravel().tolist(), fill=level)
    middle, axis, side = shape.mean(axis=0), unit_vector(angle), unit_vector(angle + np.pi / 2)
    length, half = 2 * radius * aspect**0.5, 2 * radius * aspect**-0.5
    for t in np.arange(-0.85, 0.86, rng.uniform(5, 9) / length):
        width = half * (1 - t**2) ** 0.5 * 0.9
        ends = [
            middle + t * length * axis + s * width * side
            for s in choose(rng, ((-1, 0.5), (-0.5, 1), (-0.9, 0.9)))
        ]
        ends.insert(1, (ends[0] + ends[1]) / 2 + rng.normal(0, 3, 2))
        draw.line(np.concatenate(ends).tolist(), fill=int(dark * rng.uniform(1, 1.4)), width=2)


def cytoplasm(rng: np.random.Generator, tone: float, zoom: float) -> np.ndarray:
    """Grainy ground with ribosomes and glycogen, and patches of reticulum."""
    field = tone * (0.72 + 0.3 * fractal(rng, 30, 5))
    field = field + rng.uniform(0.02, 0.07) * stretched_noise(rng, 2.2 * zoom**0.5, 2.2 * zoom**0.5)
    specks = np.clip(stretched_noise(rng, *(2 + 1.2 * zoom,) * 2) - 0.9, 0, 1)
    field = field * (1 - rng.uniform(0.1, 0.5) * specks)
    region, turn = soft(noise(rng, 70), rng.uniform(0.3, 0.6), 0.05), rng.uniform(0, np.pi)
    ramp = (X * np.cos(turn) + Y * np.sin(turn)) / SIZE
    ramp = warp(ramp, rng, rng.uniform(30, 90), rng.uniform(15, 50)) + 0.02 * noise(rng, 12)
    membranes = blur(contours(ramp, rng.uniform(14, 34) / zoom**0.7, 0.12), 0.6)
    membranes = membranes * soft(-fractal(rng, 14, 3), -rng.uniform(0.25, 0.5), 0.1)
    return field * (1 - rng.uniform(0.25, 0.6) * region * membranes)


def with_nucleus(rng: np.random.Generator, field: np.ndarray, tone: float, zoom: float):
    """The field with a nucleus (clumped chromatin, double envelope); where that is, (S, S)."""
    centre, size = rng.uniform(0.1, 0.9, 2) * SIZE, rng.uniform(50, 80) * max(0.7, zoom**0.5)
    shape = oval(rng, centre, size, rng.uniform(1, 1.5), rng.uniform(0, 3), 0.2)
    body = blur(filled([shape], 1.0), 1)
    rim = np.clip(1 - haze(body, 14), 0, 1) * body
    clumps = soft(-fractal(rng, 28, 5) - 0.8 * rim, -rng.uniform(0.5, 0.62), 0.12)
    field = blend(field, tone * (0.95 - 0.5 * clumps) + 0.05 * stretched_noise(rng, 2, 2), body)
    inner = closed(shape)
    outer = inner + (inner - shape.mean(0)) * 0.035
    return field * (1 - 0.6 * lines([inner], 1.0, 1.4)) * (1 - 0.5 * lines([outer], 1.0, 1)), body


def with_border(rng: np.random.Generator, field: np.ndarray, tone: float):
    """The field with the cell's membrane across it, pale outside, and where that lies, (S, S)."""
    turn = rng.uniform(0, 7)
    distance = X * np.cos(turn) + Y * np.sin(turn)
    distance = (
        distance - np.quantile(distance, rng.uniform(0.5, 0.85)) + 25 * (fractal(rng, 50, 3) - 0.5)
    )
    outside = soft(-distance, 0, 2)
    field = blend(field, 0.93 * tone**0.3 + 0.02 * stretched_noise(rng, 3, 3), outside)
    return field * (1 - 0.65 * soft(np.abs(distance), 1.3, 1)), outside


def add_vesicles(
    rng: np.random.Generator, draw: ImageDraw.ImageDraw, tone: float, zoom: float, taken
) -> int:
    """A cloud of vesicles on a sheet of twice the size, only where nothing else is `taken`.

    Returns how many.
    """
    rim = tone * rng.uniform(0.2, 0.6)
    core = choose(rng, (0.95, 0.8, 0.2)) * tone
    size = rng.uniform(2, 7) * zoom
    middle, spread = rng.uniform(0, SIZE, 2), rng.uniform(30, 150)
    spots = np.clip(middle + rng.normal(0, spread, (int(rng.integers(4, 45)), 2)), 0, SIZE - 1)
    spots = spots[sampled(taken, spots) < 0.1]
    width = max(1, round(2 * (1 + zoom * 0.3)))
    for x, y in spots:
        radius = size * rng.uniform(0.6, 1.3)
        box = [2 * v for v in (x - radius, y - radius, x + radius, y + radius)]
        draw.ellipse(box, fill=int(255 * core), outline=int(255 * rim), width=width)
    return len(spots)


def tem_cell(rng: np.random.Generator) -> Field:
    """Thin section of a cell: nucleus, mitochondria, reticulum, vesicles, granules."""
    tone, zoom = rng.uniform(0.55, 0.85), rng.uniform(0.5, 2.2)
    field = cytoplasm(rng, tone, zoom)
    nucleus = outside = np.zeros((SIZE, SIZE), np.float32)
    if rng.random() < 0.5:
        field, nucleus = with_nucleus(rng, field, tone, zoom)
    if rng.random() < 0.4:
        field, outside = with_border(rng, field, tone)
    taken = np.maximum(nucleus, outside)
    sheet = sheet_of(field)
    draw = ImageDraw.Draw(sheet)
    radius, most = 13 * zoom, int(rng.integers(1, 3 + 14 / zoom))
    places = scatter(rng, radius * rng.uniform(2.6, 4))
    places = places[sampled(haze(taken, int(radius)), places) < 0.1][:most]
    for point in places:
        mitochondrion(rng, draw, point, radius * rng.uniform(0.7, 1.2), tone)
    vesicles = add_vesicles(rng, draw, tone, zoom, taken) if rng.random() < 0.7 else 0
    seen = {
        "nucleus": (nucleus * (1 - outside)).sum()
        > 0.2 * nucleus.sum(),  # the surroundings may have covered it
        "mitochondria": len(places),
        "plasma membrane": outside.any(),
        "vesicles": vesicles,
    }
    contents = [part for part, there in seen.items() if there]
    return field_of(sheet), {
        "structure": "cell ultrastructure",
        "contents": contents,
        "mitochondria": len(places),
    }


def tem_neuropil(rng: np.random.Generator) -> Field:
    """Brain tissue: pale profiles of every size pressed together, with organelles and synapses."""
    spacing, tone = rng.uniform(22, 75), rng.uniform(0.75, 0.95)
    points = scatter(rng, spacing, 0.45)
    edge, index = cells_of(points, rng, spacing * rng.uniform(0.12, 0.3))
    field = tone * rng.uniform(0.82, 1.03, len(points))[index]
    field = field * (0.94 + 0.12 * fractal(rng, 25, 4)) + 0.035 * stretched_noise(rng, 2.2, 2.2)
    specks = np.clip(stretched_noise(rng, 2.5, 2.5) - rng.uniform(0.9, 1.6), 0, 1)
    field = field * (1 - 0.6 * specks * (rng.random(len(points)) < 0.5)[index])
    sheet = sheet_of(field)
    draw, mitochondria, dots = ImageDraw.Draw(sheet), 0, []
    for point in points[:60]:
        content, size = choose(rng, ("mitochondrion", "vesicles", "vesicles", "none")), spacing / 4
        if content == "mitochondrion":
            mitochondrion(rng, draw, point, size * rng.uniform(0.6, 1.1), tone)
            mitochondria += 1
        elif content == "vesicles":
            dots.append(point + rng.normal(0, size * 0.7, (int(rng.integers(4, 25)), 2)))
    wide, rim = rng.uniform(2, 4) * max(1, spacing / 45), int(255 * tone * 0.5)
    for x, y in 2 * np.concatenate(dots) if dots else ():
        draw.ellipse((x - wide, y - wide, x + wide, y + wide), fill=230, outline=rim)
    field = field_of(sheet)
    dense = soft(-noise(rng, rng.uniform(25, 50)), -rng.uniform(0.7, 0.8), 0.08)
    thick = rng.uniform(0.8, 1.6) * spacing**0.5 / 6
    membranes = np.exp(-((edge / thick) ** 2))
    field = field * (1 - rng.uniform(0.5, 0.8) * membranes)
    field = field * (1 - 0.8 * dense * np.exp(-((edge / (3 * thick)) ** 2)))
    contents = ["mitochondria"] if mitochondria else []
    contents += ["vesicles"] if dots else []
    return field, {"structure": "neuropil", "contents": contents, "mitochondria": mitochondria}


def tem_organelle(rng: np.random.Generator) -> Field:
    """Close-up of one or two mitochondria with their cristae, or of stacked membranes."""
    tone = rng.uniform(0.6, 0.9)
    sheet = sheet_of(cytoplasm(rng, tone, rng.uniform(2, 4)))
    n = int(rng.integers(1, 4))
    for point in scatter(rng, 200 / n**0.5)[:n] * 0.6 + 0.2 * SIZE:
        mitochondrion(rng, ImageDraw.Draw(sheet), point, rng.uniform(45, 85) / n**0.5, tone)
    field = blur(field_of(sheet), rng.uniform(0.5, 1.2))
    field = field * (0.85 + 0.3 * fractal(rng, 8, 3)) + 0.03 * stretched_noise(rng, 2, 2)
    return field, {"structure": "mitochondria", "mitochondria": n}


def virion(rng: np.random.Generator, form: str, centre: np.ndarray, size: float):
    """The outline of one virus particle, and its tail and legs or its spikes as strokes."""
    angle = rng.uniform(0, 2 * np.pi)
    if form == "rod-shaped":
        return oval(rng, centre, size, rng.uniform(9, 30), angle, 0.02), []
    if form == "spiked":
        rim = unit_vector(np.linspace(0, 2 * np.pi, 40)[:-1] + angle)
        body = centre + size * rng.uniform(0.9, 1.08, (len(rim), 1)) * rim
        out = unit_vector(np.linspace(0, 2 * np.pi, int(rng.integers(16, 40)))[:-1])
        return body, list(np.stack([centre + size * out, centre + size * 1.25 * out], axis=1))
    body = centre + size * unit_vector(np.linspace(0, 2 * np.pi, 7)[:-1] + angle)
    if form == "icosahedral":
        return body, []
    end = centre + size * 3 * unit_vector(angle)
    legs = [np.stack([end, end + rng.normal(0, size * 0.5, 2)]) for _ in range(4)]
    return body, [np.stack([centre, end]), *legs]


def tem_virus(rng: np.random.Generator) -> Field:
    """Virus particles in negative stain: bright with a dark rim of stain.

    They are round, spiked, rods or phages.
    """
    form = choose(rng, ("icosahedral", "spiked", "rod-shaped", "phage"))
    ground = rng.uniform(0.35, 0.7)
    field = ground * (0.7 + 0.5 * fractal(rng, 90, 6, 0.6)) + 0.03 * stretched_noise(rng, 1.8, 1.8)
    size = float(np.exp(rng.uniform(np.log(8), np.log(48))))
    points = thinned(rng, scatter(rng, size * rng.uniform(2.3, 5)), 0.1, 0.7)[:60]
    bodies, strokes = zip(*(virion(rng, form, point, size) for point in points), strict=True)
    drawn = np.maximum(filled(bodies, 1.0), lines(list(chain(*strokes)), 0.8, max(1, size * 0.08)))
    core = filled([scaled(body, 0.6) for body in bodies], 1.0) * choose(rng, (0, 0, 0.4, 0.7))
    field = field * (
        1 - rng.uniform(0.3, 0.75) * np.clip(2.2 * haze(drawn, int(6 + size * 0.5)), 0, 1)
    )
    bright = ground * rng.uniform(1.2, 1.6) * (0.85 + 0.3 * fractal(rng, max(3, size * 0.3), 3))
    field = blend(field, bright, blur(drawn, 0.8)) * (1 - blur(core, 1 + size * 0.08))
    return field, {"structure": "virus particles", "form": form, "count": len(points)}


def sarcomeres(rng: np.random.Generator, field: np.ndarray) -> np.ndarray:
    """Striated muscle: A bands and Z lines across, myofibrils along."""
    pitch, turn = rng.uniform(35, 110), rng.uniform(0, np.pi)
    wave = warp(((X * np.cos(turn) + Y * np.sin(turn)) / pitch % 1).astype(np.float32), rng, 60, 12)
    field = field * (1 - 0.35 * soft(np.abs(wave - 0.5), 0.22, 0.1))
    field = field * (1 - 0.6 * soft(np.abs(wave - 0.03), 0.03, 0.03))
    along = np.degrees(-turn) + 90
    field = field * (0.75 + 0.4 * fibres(rng, 2, 80, along))
    return field * (1 - 0.4 * soft(fibres(rng, 14, 160, along), 0.22, 0.05))


def fibrils(rng: np.random.Generator, field: np.ndarray) -> np.ndarray:
    """Collagen: parallel threads with a fine banding across."""
    turn, pitch = rng.uniform(0, 180), rng.uniform(6, 16)
    along = X * np.sin(np.radians(turn)) + Y * np.cos(np.radians(turn))
    threads = fibres(rng, rng.uniform(5, 14), 300, turn)
    bands = np.sin(2 * np.pi * warp((along / pitch).astype(np.float32), rng, 40, 6))
    return field * (0.45 + 0.6 * soft(-threads, -0.45, 0.2) * (0.85 + 0.15 * bands))


def body_of(rng: np.random.Generator, structure: str, centre: np.ndarray, size: float):
    """One axon, bacterium or nanoparticle: its outline, and (shrinking, level) of each layer."""
    angle = rng.uniform(0, np.pi)
    if structure == "nanoparticles":
        size, aspect = size * rng.uniform(0.6, 1.1), choose(rng, (1.05, 1.05, 3))
        return oval(rng, centre, size, aspect, angle, choose(rng, (0.03, 0.25))), [
            (1, rng.uniform(0.15, 0.5))
        ]
    if structure == "bacteria":
        layers = [(1, 0.25), (0.95, 0.85), (0.91, 0.3), (0.87, 0.62), (0.5, 0.9)]
        return oval(rng, centre, size * 0.8, rng.uniform(1.1, 2.8), angle, 0.06), layers
    shape = oval(rng, centre, size * rng.uniform(0.5, 1.1), rng.uniform(1, 1.6), angle, 0.2)
    wall = rng.uniform(0.6, 0.85)
    return shape, [*((shrink, 0.12) for shrink in np.linspace(1, wall, 7)[:-1]), (wall, 0.9)]


def tem_section(rng: np.random.Generator) -> Field:
    """Sections with a repeating order: axons, muscle, collagen, bacteria, or dark nanoparticles."""
    structure = choose(
        rng,
        ("myelinated axons", "muscle sarcomeres", "collagen fibrils", "bacteria", "nanoparticles"),
    )
    tone = rng.uniform(0.6, 0.9)
    field = tone * (0.7 + 0.3 * fractal(rng, 40, 5)) + 0.04 * stretched_noise(rng, 2, 2)
    if structure == "muscle sarcomeres":
        return sarcomeres(rng, field), {"structure": structure}
    if structure == "collagen fibrils":
        return fibrils(rng, field), {"structure": structure}
    sheet = sheet_of(field)
    draw = ImageDraw.Draw(sheet)
    size = rng.uniform(4, 20) if structure == "nanoparticles" else rng.uniform(14, 50)
    packed = structure == "myelinated axons"
    points = scatter(rng, size * (rng.uniform(1.9, 2.4) if packed else rng.uniform(2.1, 3.2)), 0.15)
    points = thinned(rng, points, 0.85 if packed else 0.4, 1)[:70]
    for point in points:
        shape, layers = body_of(rng, structure, point, size)
        for k, (shrink, level) in enumerate(layers):
            outline = int(255 * tone * 0.35) if 0 < k < len(layers) - 1 else None
            draw.polygon(
                (2 * scaled(shape, shrink)).ravel().tolist(),
                fill=int(255 * tone * level),
                outline=outline,
            )
    grain = 1 + 0.35 * (fractal(rng, 12, 4) - 0.5) + 0.04 * stretched_noise(rng, 2, 2)
    return field_of(sheet) * grain, {"structure": structure, "count": len(points)}


def frozen_bodies(rng: np.random.Generator, structure: str) -> tuple[np.ndarray, int]:
    """Single particles, liposomes or virions: their density, (S, S), and how many."""
    size = rng.uniform(4, 15) if structure == "single particles" else rng.uniform(16, 60)
    points = thinned(rng, scatter(rng, size * rng.uniform(2.4, 4.5)), 0.4, 1, least=2)
    shapes = ovals(rng, points, (size * 0.7, size * 1.1), (1, 1.4), 0.2 if size < 16 else 0.05)
    rims = [closed(shape) for shape in shapes]
    ink = lines(rims, 1.0, max(1.2, size * 0.06))
    if structure == "liposomes":  # the inner leaflet
        return ink + lines([scaled(rim, 1 - 4.5 / size) for rim in rims], 0.9, 1.2), len(points)
    inside = filled(shapes, rng.uniform(0.4, 0.9, len(shapes))) * (
        0.4 + fractal(rng, size * 0.6, 2)
    )
    return 0.6 * ink + inside, len(points)


def frozen_filaments(rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """Filaments that run across: their density, (S, S), and how many are in the picture."""
    n, width = int(rng.integers(2, 14)), rng.uniform(3, 12)
    paths = walks(rng, rng.uniform(-40, SIZE, (n, 2)), rng.uniform(-0.6, 1.8, n), 400.0, 12, 0.06)
    seen = ((paths > 0) & (paths < SIZE)).all(axis=2).any(axis=1)
    return lines(paths, 0.8, width) - 0.5 * lines(paths, 1.0, max(1, width - 3)), int(seen.sum())


def frozen_lattice(rng: np.random.Generator) -> np.ndarray:
    """The density of a two-dimensional crystal, (S, S)."""
    pitch, turn, skew = rng.uniform(7, 20), rng.uniform(0, np.pi), rng.uniform(1, 1.6)
    first, second = (
        np.sin(2 * np.pi * (X * np.cos(a) + Y * np.sin(a)) / pitch) for a in (turn, turn + skew)
    )
    return warp(np.clip(first * second + 0.3, 0, 1), rng, 80, 6) * soft(
        noise(rng, 120), rng.uniform(0.5, 1), 0.1
    )


def frozen_membranes(rng: np.random.Generator) -> np.ndarray:
    """The density of membranes and particles in a slice of a tomogram, (S, S)."""
    ink = contours(noise(rng, rng.uniform(50, 90)), rng.uniform(3, 7), 0.08)
    dots = scatter(rng, rng.uniform(7, 14))[:250]
    return ink + filled([oval(rng, dot, rng.uniform(2, 3.5), 1.1, 0) for dot in dots], 0.9)


def cryo(rng: np.random.Generator) -> Field:
    """Frozen specimens at low dose: faint dark outlines under strong noise."""
    forms = (
        "single particles",
        "liposomes",
        "filaments",
        "lattice",
        "membranes in a tomogram",
        "virions",
    )
    structure = choose(rng, forms)
    facts: Attributes = {"structure": structure}
    if structure == "lattice":
        ink = frozen_lattice(rng)
    elif structure == "membranes in a tomogram":
        ink = frozen_membranes(rng)
    else:
        drawn = frozen_filaments(rng) if structure == "filaments" else frozen_bodies(rng, structure)
        ink, facts["count"] = drawn
    level, noisy = rng.uniform(0.35, 0.7), rng.uniform(0.03, 0.11)
    field = level - rng.uniform(0.14, 0.35) * blur(ink, 0.8) + rng.uniform(0, 0.1) * haze(ink, 16)
    field += noisy * rng.standard_normal(
        (SIZE, SIZE), dtype=np.float32
    ) + 0.6 * noisy * stretched_noise(rng, 2.5, 2.5)
    field += rng.uniform(0, 0.15) * (noise(rng, 110) - 0.5)
    if rng.random() < 0.3:  # gold beads for alignment
        beads = [oval(rng, point, 2.5, 1, 0, 0.02) for point in rng.uniform(0, SIZE, (12, 2))]
        field = field * (1 - 0.8 * filled(beads, 1.0))
    if rng.random() < 0.2:  # the rim of the hole in the carbon film
        field = field - 0.15 * soft(-np.hypot(X - rng.uniform(0, SIZE), Y - 330), -300, 4)
    return field, facts
