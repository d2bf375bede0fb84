"""Heads in section, for MRI and CT alike: outlines, cortex, ventricles, nuclei, face."""

from collections.abc import Sequence

import numpy as np

from ..drawing import choose, noise, soft, stretched_noise
from .canvas import Slice, mirrored, oval, spline, uniform


def folds(
    rng: np.random.Generator, depth: np.ndarray, theta: np.ndarray, fineness: float
) -> np.ndarray:
    """How far each pixel lies from the nearest furrow: 0 in a sulcus, below 0.7 in cortex.

    `depth` is 0 on the brain's surface and 1 at its centre; furrows run inwards from the surface.
    """
    polar = stretched_noise(rng, 8 / fineness, 70)
    columns = ((theta + np.pi) * (255 / 6.3)).astype(np.intp)
    rows = np.clip(depth * 255, 0, 255).astype(np.intp)
    wild = stretched_noise(rng, 13 / fineness, 13 / fineness)
    furrow = np.abs(0.75 * polar[rows, columns] + 0.65 * wild)
    end = rng.uniform(0.2, 0.3) + 0.05 * wild
    return np.minimum(furrow + 5 * np.clip(depth - end, 0, None), 7 * depth)


def polar(x: np.ndarray, y: np.ndarray, outline: Sequence) -> tuple[np.ndarray, np.ndarray]:
    """Per pixel: 0 at the origin … 1 on a star-shaped outline, and the angle from the top."""
    curve = spline(outline)
    angle = np.arctan2(curve[:, 0], -curve[:, 1])
    order = np.argsort(angle)
    turns = np.linspace(-np.pi, np.pi, 512)
    radius = np.interp(turns, angle[order], np.hypot(*curve.T)[order], period=2 * np.pi).astype(
        np.float32
    )
    theta = np.arctan2(x, -y)
    return np.hypot(x, y) / radius[((theta + np.pi) * (511 / 6.2832)).astype(np.intp)], theta


def head_outline(rng: np.random.Generator) -> np.ndarray:
    """The outline of a head seen from below: an egg, nose at the top, half width about 0.8."""
    wide, t = rng.uniform(0.72, 0.86), np.linspace(0, 2 * np.pi, 16, endpoint=False)
    y = -np.cos(t)
    x = wide * np.sin(t) * (1 + rng.uniform(0.03, 0.12) * y)
    return np.stack([x, y], axis=1) * (1 + rng.normal(0, 0.012, (16, 1)))


def ventricles(body: Slice, size: float, shift: float, calcified: bool = False) -> None:
    """Frontal horns, third ventricle, trigones, perhaps with calcified plexus."""
    grey = 0.85
    for s in (-1, 1):
        horn = [(0.02, -0.28), (0.1, -0.42), (0.17, -0.42), (0.13, -0.2), (0.05, -0.05)]
        body.smooth("csf", mirrored(horn, s) * (size, 1) + (shift, 0), alpha=grey, fuzz=1)
        back = [(0.14, 0.2), (0.24, 0.18), (0.27, 0.35), (0.22, 0.5), (0.17, 0.38)]
        body.smooth("csf", mirrored(back, s) * (size, 1) + (shift, 0), alpha=grey, fuzz=1)
        if calcified:
            body.disc("bone", s * 0.2 * size + shift, 0.32, 0.025, fuzz=0.7)
    body.paint(
        "csf", [(shift, -0.03), (shift, 0.14)], grey, width=0.03 * size, closed=False, fuzz=1
    )


def lay_brain(
    body: Slice, rng: np.random.Generator, e: np.ndarray, theta: np.ndarray, atrophy: bool, fine=1.0
) -> np.ndarray:
    """Cortex in folds over white matter, fluid in the sulci, where e < 1.

    Returns the mask of the brain.
    """
    brain = soft(e, 1, 0.02)
    furrow = folds(rng, np.clip(1 - e, 0, 1), theta, fine * rng.uniform(0.85, 1.25))
    body.lay("csf", brain)
    opening = rng.uniform(0.2, 0.4) if atrophy else rng.uniform(0.03, 0.14)
    body.lay("gray", brain * (1 - soft(furrow, opening, 0.15)))
    body.lay("white", brain * (1 - soft(furrow, rng.uniform(0.55, 0.85), 0.2)))
    return brain


def midline(body: Slice, spans: list, brain: np.ndarray) -> None:
    """The fissure between the hemispheres: cortex on both sides of a thin film of fluid."""
    for y0, y1 in spans:
        bend = body.rng.normal(0, 0.01, 4)
        path = np.stack([bend, np.linspace(y0, y1, 4)], axis=1)
        body.paint("gray", path, width=0.1, closed=False, within=brain, fuzz=1)
        body.paint(
            "csf", path, width=body.rng.uniform(0.015, 0.04), closed=False, within=brain, fuzz=0.5
        )


def deep_nuclei(body: Slice, size: float) -> None:
    """Axial: caudate, putamen, thalamus, and the ventricles between them."""
    rng = body.rng
    body.disc("white", 0, 0.05, 0.42, 0.5, fuzz=3, alpha=0.6)
    for s in (-1, 1):
        body.disc("gray", s * 0.3, -0.1, 0.075, 0.2, s * -0.3, fuzz=0.8, alpha=0.85)
        body.disc("gray", s * 0.12, 0.1, 0.09, 0.13, s * -0.3, fuzz=0.8, alpha=0.85)
        body.disc("gray", s * 0.14, -0.26, 0.055, 0.12, s * 0.2, fuzz=0.7, alpha=0.85)
        body.disc("gray", s * 0.46, -0.02, 0.03, 0.2, s * -0.1, rough=0.3, fuzz=0.8, alpha=0.9)
        body.paint(
            "csf",
            [(s * 0.5, -0.12), (s * 0.52, 0.05), (s * 0.7, 0.1)],
            width=0.03,
            closed=False,
            fuzz=0.6,
        )
    ventricles(body, size, rng.normal(0, 0.01))


def posterior_fossa(body: Slice, rng: np.random.Generator, brain: np.ndarray) -> None:
    """Axial: cerebellum with its fine folia, brain stem, fourth ventricle, basal cisterns."""
    body.disc("csf", 0, 0.42, 0.6, 0.42, within=brain)
    cerebellum = body.mask(oval(rng, 0, 0.46, 0.57, 0.37)) * brain
    x, y = body.coordinates()
    leaves = np.abs(
        np.sin(uniform(rng, 28, 40) * np.hypot(x, y - 0.1) + 3 * (noise(rng, 25) - 0.5))
    )
    body.lay("gray", cerebellum)
    body.lay("white", cerebellum * np.clip(leaves * 1.4 - 0.6, 0, 1) * 0.6)
    body.disc("white", 0, 0.42, 0.28, 0.14, fuzz=2, alpha=0.7)
    body.disc("csf", 0, 0.02, 0.2, 0.16, rough=0.4, fuzz=0.6)
    body.disc("white", 0, 0.13, 0.17, 0.14, fuzz=0.6)
    body.disc("csf", 0, 0.3, 0.07, 0.05, rough=0.2, fuzz=0.6)
    body.disc("vessel", 0, -0.02, 0.025)


def orbits(body: Slice, rng: np.random.Generator, brain: np.ndarray) -> None:
    """Axial, low: nose, globes in their fat, nasal air between them, temporal muscles, ears."""
    for s in (-1, 1):
        body.disc("muscle", s * 0.68, -0.45, 0.06, 0.28, s * 0.25, within=1 - brain)
        if rng.random() < 0.6:
            body.disc("fat", s * 0.88, 0.25, 0.04, 0.11, s * 0.2, rough=0.3)
    cheek = [(0.0, -0.5), (0.35, -0.5), (0.7, -0.42), (0.68, -0.75), (0.5, -1.02), (0.2, -1.04)]
    nose = [(0.11, -1.1), (0.03, rng.uniform(-1.3, -1.08))]
    rim = [*cheek[1:], *nose]
    body.smooth("skin" if "skin" in body.levels else "fat", [*rim, *mirrored(rim[::-1], -1)])
    rim = np.array(rim) * 0.95
    body.smooth("muscle", [*rim, *mirrored(rim[::-1], -1)])
    nose_air = [(0.1, -1.0), (0.12, -0.75), (0.1, -0.5)]
    body.smooth("gas", [*nose_air, *mirrored(nose_air[::-1], -1)])
    body.disc("gas", 0, -0.42, 0.12, 0.07, rough=0.3)
    for x in (-0.07, 0.0, 0.07):
        body.paint("bone", [(x, -0.98), (x * 1.2, -0.48)], width=0.015, closed=False)
        if rng.random() < 0.6:
            body.disc("muscle", x * 1.2, rng.uniform(-0.9, -0.6), 0.025, 0.12, rough=0.5)
    for s in (-1, 1):
        cone = [(0.5, -0.98), (0.58, -0.82), (0.42, -0.66), (0.16, -0.5), (0.17, -0.75), (0.24, -1)]
        body.smooth("fat", mirrored(cone, s))
        wall = [(0.62, -0.88), (0.56, -0.72), (0.38, -0.58), (0.13, -0.45)]
        body.paint("bone", mirrored(wall, s), width=0.05, closed=False)
        body.paint("bone", mirrored([(0.17, -1.0), (0.13, -0.48)], s), width=0.015, closed=False)
        for path in ([(0.22, -0.95), (0.19, -0.7)], [(0.53, -0.88), (0.4, -0.68)]):
            body.paint("muscle", mirrored(path, s), width=0.04, closed=False)
        body.paint("muscle", mirrored([(0.35, -0.85), (0.2, -0.52)], s), width=0.04, closed=False)
        body.disc("muscle", s * 0.37, -0.92, 0.145, rough=0.02)
        body.disc("csf", s * 0.37, -0.92, 0.125, rough=0.02)
        body.disc("muscle", s * 0.38, -1.02, 0.055, 0.025, rough=0.02)


def axial_head(body: Slice, rng: np.random.Generator, plan: dict) -> np.ndarray:
    """An axial slice of the head at one of three levels; returns the mask of the brain."""
    outline, inner = head_outline(rng), rng.uniform(0.85, 0.91)
    x, y = body.coordinates()
    e, theta = polar(x, y, outline)
    if not plan["skull stripped"]:
        scalp = rng.uniform(1.02, 1.07)
        body.lay("muscle", soft(e, scalp, 0.02))
        body.lay("fat", soft(np.abs(e - scalp + 0.035), 0.028, 0.02))
        body.lay("bone", soft(e, scalp - 0.06, 0.02))
        body.lay("marrow", soft(np.abs(e - (inner + scalp - 0.04) / 2), 0.012, 0.02) * 0.7)
        body.lay("csf", soft(e, inner + 0.015, 0.02))
    brain = lay_brain(body, rng, e / inner, theta, plan["atrophy"])
    level = plan["level"]
    midline(
        body, [(-inner, 0.9)] if level == "convexity" else [(-inner, -0.42), (0.5, inner)], brain
    )
    if level == "ventricles":
        deep_nuclei(body, plan["ventricle size"])
    elif level == "posterior fossa":
        posterior_fossa(body, rng, brain)
        if not plan["skull stripped"]:
            orbits(body, rng, brain)
    return brain


def coronal_head(body: Slice, rng: np.random.Generator, plan: dict) -> np.ndarray:
    """A coronal slice through the temporal lobes, neck muscles below.

    Returns the mask of the brain.
    """
    outline = np.array(
        [
            (0, -0.86),
            (0.45, -0.74),
            (0.74, -0.35),
            (0.78, 0.05),
            (0.68, 0.38),
            (0.42, 0.5),
            (0.2, 0.36),
        ]
    )
    outline = np.concatenate([outline, [(0, 0.42)], mirrored(outline[:0:-1], -1)]) * rng.uniform(
        0.94, 1.06, 2
    )
    x, y = body.coordinates()
    e, theta = polar(x, y + 0.1, outline)
    if not plan["skull stripped"]:
        body.smooth(
            "fat",
            [
                (0, -1.12),
                (0.62, -0.95),
                (0.98, -0.2),
                (0.85, 0.6),
                (0.7, 1.4),
                (-0.7, 1.4),
                (-0.85, 0.6),
                (-0.98, -0.2),
                (-0.62, -0.95),
            ],
        )
        body.smooth(
            "muscle",
            [
                (0, -1.07),
                (0.58, -0.9),
                (0.92, -0.2),
                (0.78, 0.6),
                (0.6, 1.4),
                (-0.6, 1.4),
                (-0.78, 0.6),
                (-0.92, -0.2),
                (-0.58, -0.9),
            ],
        )
        for s in (-1, 1):
            for _ in range(9):
                stuff = choose(rng, ["fat", "fat", "bone", "vessel"])
                a, b = rng.uniform(0.02, 0.05), rng.uniform(0.05, 0.2)
                x, y = s * rng.uniform(0.15, 0.65), rng.uniform(0.6, 1.4)
                body.disc(stuff, x, y, a, b, rng.normal(0, 0.5), rough=0.4, fuzz=0.7)
            body.disc("bone", s * 0.5, 0.58, 0.2, 0.09, s * 0.3, rough=0.3)
        body.disc("gas", 0, 0.85, 0.12, 0.16, rough=0.2)
        body.lay("bone", soft(e, 1.1, 0.03))
        body.lay("csf", soft(e, 1.02, 0.02))
    brain = lay_brain(body, rng, e, theta, plan["atrophy"])
    midline(body, [(-0.95, -0.32)], brain)
    body.smooth(
        "white",
        [(-0.3, -0.3), (0, -0.24), (0.3, -0.3), (0.25, -0.2), (0, -0.19), (-0.25, -0.2)],
        fuzz=0.6,
    )
    size = plan["ventricle size"]
    for s in (-1, 1):
        body.disc("gray", s * 0.3, 0.0, 0.09, 0.13, s * -0.3, fuzz=0.7)
        body.disc("gray", s * 0.12, -0.02, 0.09, 0.1, fuzz=0.7)
        body.smooth(
            "csf",
            mirrored([(0.02, -0.18), (0.1, -0.22), (0.22, -0.24), (0.13, -0.12), (0.03, -0.08)], s)
            * (size, 1),
            fuzz=0.6,
        )
        body.paint(
            "gray",
            [(s * 0.46, 0.0), (s * 0.8, 0.02)],
            width=0.12,
            closed=False,
            within=brain,
            fuzz=1,
        )
        body.paint(
            "csf",
            [(s * 0.46, -0.05), (s * 0.48, 0.06), (s * 0.8, 0.02)],
            width=0.035,
            closed=False,
            within=brain,
            fuzz=0.5,
        )
        body.disc("csf", s * 0.36, 0.22, 0.05 * size, 0.02, s * 0.4, fuzz=0.5)
    body.paint("csf", [(0, -0.05), (0, 0.12)], width=0.035 * size, closed=False, fuzz=0.5)
    body.disc("csf", 0, 0.3, 0.18, 0.12, rough=0.3, fuzz=0.6)
    if not plan["skull stripped"]:
        body.smooth(
            "white",
            [(-0.16, 0.12), (0.16, 0.12), (0.12, 0.5), (0.07, 0.9), (-0.07, 0.9), (-0.12, 0.5)],
            fuzz=0.6,
        )
    return brain


def face(body: Slice, rng: np.random.Generator) -> None:
    """Midsagittal: scalp, profile, nose, tongue, palate, pharynx and neck.

    The nose points to the left.
    """
    profile = np.array(
        [
            (-0.84, -0.35),
            (-0.7, -0.8),
            (-0.2, -1.1),
            (0.4, -1.08),
            (0.85, -0.7),
            (0.96, -0.2),
            (0.86, 0.3),
            (0.7, 0.6),
            (0.72, 1.5),
            (-0.2, 1.5),
            (-0.25, 1.12),
            (-0.62, 1.12),
            (-0.8, 1.0),
            (-0.78, 0.86),
            (-0.86, 0.78),
            (-0.83, 0.68),
            (-0.88, 0.56),
            (-1.08, 0.42),
            (-0.9, 0.1),
            (-0.88, 0.0),
        ]
    )
    body.smooth("fat", profile + rng.normal(0, 0.012, profile.shape))
    body.smooth("muscle", (profile - (0.05, 0)) * 0.93 + (0.05, 0))
    body.smooth(
        "bone",
        [
            (-0.8, -0.2),
            (-0.66, -0.78),
            (-0.15, -1.05),
            (0.42, -1.02),
            (0.82, -0.65),
            (0.88, -0.1),
            (0.65, 0.42),
            (0.3, 0.45),
            (-0.3, 0.2),
            (-0.74, 0.05),
        ],
    )
    body.disc("gas", -0.76, -0.06, 0.06, 0.14)  # frontal sinus
    body.smooth(
        "gas",
        [
            (-0.85, 0.2),
            (-0.3, 0.15),
            (0.0, 0.3),
            (0.02, 1.5),
            (-0.1, 1.5),
            (-0.12, 0.6),
            (-0.8, 0.52),
        ],
    )
    for k in range(3):
        body.disc(
            "muscle",
            -0.52,
            0.24 + 0.11 * k,
            rng.uniform(0.12, 0.24),
            rng.uniform(0.02, 0.045),
            rough=0.4,
            fuzz=0.8,
        )
    # clivus.
    body.smooth("marrow", [(-0.22, 0.12), (0.06, 0.1), (0.3, 0.4), (0.22, 0.48), (0.0, 0.3)])
    body.disc("gas", -0.18, 0.18, 0.1, 0.08)  # sphenoid sinus
    body.smooth("muscle", [(-0.7, 0.66), (-0.4, 0.57), (-0.12, 0.7), (-0.15, 1.05), (-0.55, 1.05)])
    body.bone([(-0.78, 0.85), (-0.68, 0.86), (-0.62, 1.06), (-0.74, 1.05)], 0.025)
    for k in range(4):
        body.bone(
            [
                (0.1, 0.6 + 0.23 * k),
                (0.28, 0.6 + 0.23 * k),
                (0.28, 0.79 + 0.23 * k),
                (0.1, 0.79 + 0.23 * k),
            ],
            0.02,
        )
        body.disc("muscle", 0.58, 0.7 + 0.23 * k, 0.07, 0.09)
    body.disc("fat", 0.66, 1.0, 0.06, 0.5)


def sagittal_head(body: Slice, rng: np.random.Generator, plan: dict) -> np.ndarray:
    """A midsagittal slice: corpus callosum, brain stem, cerebellum, face in profile.

    Returns the mask of the brain.
    """
    if not plan["skull stripped"]:
        face(body, rng)
    outline = [
        (0, -0.68),
        (0.45, -0.6),
        (0.74, -0.25),
        (0.76, 0.05),
        (0.6, 0.22),
        (0.3, 0.3),
        (0.0, 0.33),
        (-0.3, 0.35),
        (-0.62, 0.28),
        (-0.76, 0.0),
        (-0.68, -0.35),
        (-0.4, -0.6),
    ]
    x, y = body.coordinates()
    e, theta = polar(x - 0.03, y + 0.27, np.array(outline) * rng.uniform(0.95, 1.03, 2))
    brain = lay_brain(body, rng, e, theta, plan["atrophy"], 0.85)
    body.smooth(
        "csf",
        [
            (-0.2, 0.0),
            (0.4, -0.02),
            (0.68, 0.1),
            (0.6, 0.42),
            (0.38, 0.55),
            (0.4, 1.5),
            (0.26, 1.5),
            (0.24, 0.5),
            (0.0, 0.3),
            (-0.2, 0.12),
        ],
    )
    cerebellum = body.mask(oval(rng, 0.47, 0.24, 0.2, 0.2))
    rays = np.arctan2(y - 0.22, x - 0.3)
    body.lay("gray", cerebellum)
    body.lay(
        "white",
        cerebellum
        * np.clip(np.cos(22 * rays + 8 * (noise(rng, 20) - 0.5)) * 1.2 - 0.1, 0, 1)
        * 0.9,
    )
    body.smooth("csf", [(0.25, 0.12), (0.36, 0.24), (0.27, 0.36)], fuzz=0.5)  # fourth ventricle
    body.smooth(
        "white",
        [
            (0.05, 0.02),
            (0.2, 0.0),
            (0.26, 0.15),
            (0.28, 0.35),
            (0.34, 0.6),
            (0.36, 1.5),
            (0.29, 1.5),
            (0.24, 0.55),
            (0.1, 0.36),
            (0.06, 0.22),
            (0.12, 0.12),
        ],
        fuzz=0.5,
    )
    body.disc("gray", 0.03, -0.08, 0.14, 0.09, fuzz=0.7)
    t = np.linspace(0.15, 1.0, 14) * np.pi
    arc = np.stack([0.03 + 0.38 * np.cos(t), -0.05 - 0.25 * np.sin(t)], axis=1)
    body.paint(
        "csf",
        np.concatenate([arc, [(-0.3, 0.0)]]),
        0.8,
        width=0.05 * plan["ventricle size"] + 0.14,
        closed=False,
        fuzz=1,
    )
    body.paint(
        "csf",
        (arc - (0.03, 0)) * (0.85, 0.75) + (0.03, 0),
        width=0.07 * plan["ventricle size"],
        closed=False,
        fuzz=0.8,
    )
    body.paint("white", arc, width=rng.uniform(0.06, 0.1), closed=False, fuzz=0.5)
    body.disc("white", 0.33, -0.15, 0.05, 0.06, fuzz=0.6)
    body.disc("gray", 0.05, -0.06, 0.13, 0.08, fuzz=0.7)
    body.disc("gray", -0.1, 0.16, 0.035, 0.03)
    return brain
