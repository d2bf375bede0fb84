"""Cell structures as fluorescent labels show them, (S, S) each: nuclei, spindles, fillings."""

import numpy as np

from ..drawing import SIZE, blur, fibres, filled, fractal, unit_vector
from .micrograph import closed, lines, many_ovals, oval, walks

MARKERS = ("actin", "tubulin", "mitochondria", "membrane", "cytoplasm", "puncta")
PHASES = ("prophase", "metaphase", "anaphase", "telophase")


def chromatin(rng: np.random.Generator, points: np.ndarray, radius: float) -> np.ndarray:
    """Interphase nuclei at the points: textured ovals with nucleoli or chromocentres."""
    n = len(points)
    aspect, spots, bright = rng.uniform(1, 1.8), int(rng.integers(0, 6)), rng.random() < 0.4
    levels, sizes = rng.uniform(rng.uniform(0.15, 0.5), 0.95, n), radius * rng.uniform(0.8, 1.2, n)
    long, turns, rough = rng.uniform(1, aspect, n), rng.uniform(0, 3.2, n), rng.uniform(0.02, 0.2)
    shapes = [many_ovals(rng, points, sizes, long, turns, rough)]
    if spots and radius > 5:
        sizes, centres = np.repeat(sizes, spots), np.repeat(points, spots, axis=0)
        centres = centres + 0.3 * sizes[:, None] * rng.standard_normal(centres.shape)
        small = sizes * rng.uniform(0.08, 0.2, len(sizes))
        shapes.append(many_ovals(rng, centres, small, 1.2, 0, 0.12))
        levels = np.append(levels, np.repeat(levels, spots) * (1.4 if bright else 0.55))
    field = filled(np.concatenate(shapes), levels)
    field = field * (1 + rng.uniform(0.2, 1.5) * (fractal(rng, max(3, radius * 0.7), 4) - 0.5))
    return blur(field, 0.4 + radius * rng.uniform(0.01, 0.09))


def chromosomes(
    rng: np.random.Generator, phase: str, centre, radius: float
) -> tuple[np.ndarray, np.ndarray, float]:
    """Condensed chromosomes in this phase, where they lie (n, 2), and the spindle's angle."""
    angle = rng.uniform(0, np.pi)
    apart = {
        "metaphase": 0.0,
        "anaphase": rng.uniform(0.45, 0.8),
        "telophase": rng.uniform(1.0, 1.4),
    }.get(phase)
    if apart is None:  # prophase: condensed threads in a round nucleus
        points = centre + radius * rng.normal(0, 0.42, (40, 2))
        threads = walks(rng, points, rng.uniform(0, 7, 40), radius * 0.5, 5, 0.8)
        return (
            blur(lines(threads, rng.uniform(0.6, 1, 40), radius * 0.14), 0.6),
            threads.reshape(-1, 2),
            angle,
        )
    middles = [
        centre + side * apart * radius * unit_vector(angle) for side in ((-1, 1) if apart else (0,))
    ]
    plates = [
        oval(rng, m, radius * 0.52, rng.uniform(3, 5.5), angle + np.pi / 2, 0.3) for m in middles
    ]
    arms = [
        path
        for plate in plates
        for path in walks(rng, plate[::4], rng.uniform(0, 7, 12), radius * 0.2, 3, 0.5)
    ]
    field = np.maximum(filled(plates, 0.95), lines(arms, 0.9, radius * 0.1))
    return blur(field, 0.4 + radius * 0.03), np.concatenate(plates), angle


def spindle(rng: np.random.Generator, centre, radius: float, angle: float) -> np.ndarray:
    """Microtubules between two poles, with asters."""
    axis = unit_vector(angle)
    side = np.array([-axis[1], axis[0]])
    t = np.linspace(-1, 1, 9)[:, None]
    paths = [
        centre + radius * (1.1 * t * axis + bow * (1 - t**2) * side)
        for bow in rng.normal(0, 0.45, 34)
    ]
    for pole in (-1, 1):
        start = np.tile(centre + pole * 1.1 * radius * axis, (24, 1))
        paths += list(
            walks(
                rng,
                start,
                rng.uniform(0, 2 * np.pi, 24),
                radius * rng.uniform(0.2, 0.7, (24, 1)),
                4,
                0.2,
            )
        )
    return blur(lines(paths, rng.uniform(0.3, 0.8, len(paths)), 1), 0.7)


def stained(rng: np.random.Generator, marker: str, points: np.ndarray, radius: float) -> np.ndarray:
    """The cells around nuclei of this radius at the points, stained for `marker`."""
    aspect = rng.uniform(1, 2.6)
    angles = rng.uniform(0, np.pi) + rng.normal(0, rng.choice([0.3, 2]), len(points))
    reach = radius * rng.uniform(1.8, 2.6)
    cells = zip(points, angles, strict=True)
    outlines = [
        oval(rng, point, reach * rng.uniform(0.8, 1.2), aspect, angle, 0.3)
        for point, angle in cells
    ]
    levels = rng.uniform(0.35, 0.9, len(points))
    if marker == "cytoplasm":
        return blur(filled(outlines, levels), radius * 0.12) * (0.3 + fractal(rng, 8, 3))
    rims = [closed(outline) for outline in outlines]
    if marker == "membrane":
        return blur(lines(rims, levels, max(1, radius * 0.1)), 0.7) + 0.15 * filled(
            outlines, levels
        )
    if marker == "actin":
        return stress_fibres(rng, outlines, levels) + 0.6 * blur(lines(rims, levels, 1), 0.6)
    field = organelles(rng, marker, points, radius, reach)
    if marker == "puncta":
        field = field + rng.uniform(0, 0.25) * blur(
            filled(outlines, levels), radius * 0.1
        ) * fractal(rng, 10)
    return field


def stress_fibres(
    rng: np.random.Generator, outlines: list[np.ndarray], levels: np.ndarray
) -> np.ndarray:
    """Cells filled with parallel filaments, one way in half of the cells, another in the rest."""
    field = np.zeros((SIZE, SIZE), np.float32)
    for k, turn in enumerate(rng.uniform(0, 180, 2)):
        threads = np.clip(
            fibres(rng, rng.uniform(1.2, 3), rng.uniform(30, 90), turn) * 2.4 - 0.75, 0.1, 1.2
        )
        field = np.maximum(field, filled(outlines[k::2], levels[k::2]) * threads)
    return field


def organelles(
    rng: np.random.Generator, marker: str, points: np.ndarray, radius: float, reach: float
) -> np.ndarray:
    """Microtubules, mitochondria or puncta around nuclei of this radius, in cells of this reach."""
    starts = np.repeat(points, max(6, min(70, 900 // len(points))), axis=0)
    n = len(starts)
    headings = rng.uniform(0, 2 * np.pi, n)
    out = unit_vector(headings)
    if marker == "tubulin":
        starts = starts + radius * 0.5 * out
        paths = walks(rng, starts, headings, reach * rng.uniform(0.5, 1.3, (n, 1)), 7, 0.25)
        return blur(lines(paths, rng.uniform(0.2, 0.8, n), max(0.7, radius * 0.035)), 0.5)
    starts = starts + reach * rng.uniform(0.45, 0.95, (n, 1)) * out
    if marker == "mitochondria":
        headings = headings + rng.normal(1.5, 0.7, n)
        paths = walks(rng, starts, headings, radius * rng.uniform(0.2, 0.9, (n, 1)), 4, 0.5)
        return blur(lines(paths, rng.uniform(0.3, 0.9, n), max(0.8, radius * 0.07)), 0.5)
    dots = walks(rng, starts, headings, 1.0, 1, 0)
    return 1.4 * blur(lines(dots, rng.uniform(0.4, 1, n), rng.uniform(1, 2.5)), 0.5)
