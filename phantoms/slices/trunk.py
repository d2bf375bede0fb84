"""The trunk in section, for MRI and CT alike: body wall, vertebra, ribs, abdominal organs."""

import numpy as np

from ..drawing import choose
from .canvas import Box, Slice, mirrored, oval, spline, uniform


def torso(rng: np.random.Generator, width: float = 1.0, depth: float = 0.7) -> np.ndarray:
    """The outline of a trunk in cross-section: rounder than a box, flatter than an ellipse."""
    t = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    power = rng.uniform(0.75, 0.95)
    x = np.sign(np.cos(t)) * np.abs(np.cos(t)) ** power
    y = np.sign(np.sin(t)) * np.abs(np.sin(t)) ** power
    dent = 0.06 * np.exp(-((x / 0.15) ** 2)) * (y > 0)  # the furrow over the spine
    return np.stack([width * x, depth * (y - dent)], axis=1)


def vertebra(body: Slice, y: float, size: float = 0.15) -> None:
    """An axial vertebra with its arch, canal and processes, and the muscles beside it.

    It is centred on x = 0.
    """
    for side in (-1, 1):
        body.disc(
            "muscle",
            side * size * 1.7,
            y + size * 1.75,
            size * 1.3,
            size * 0.85,
            side * 0.3,
            rough=0.15,
        )
        body.bone(
            mirrored(
                [(0.3, 0.7), (1.1, 0.95), (1.8, 0.8), (1.75, 1.1), (1.0, 1.4), (0.4, 1.7)], side
            )
            * size
            + (0, y)
        )
    body.bone(
        np.array([(-0.5, 1.5), (0.5, 1.5), (0.18, 2.2), (0.15, 2.9), (-0.15, 2.9), (-0.18, 2.2)])
        * size
        + (0, y)
    )
    body.bone(oval(body.rng, 0, y, size * 1.05, size * 0.85)[::2], 0.02)
    body.disc("canal", 0, y + size * 1.2, size * 0.5, size * 0.42, rough=0.04)
    body.disc("cord", 0, y + size * 1.2, size * 0.24, size * 0.2)


def bowel(
    body: Slice, n: int, x: tuple[float, float], y: tuple[float, float], size: float = 0.1
) -> None:
    """Loops of gut: a wall around fluid, gas, contrast medium or nothing."""
    rng = body.rng
    for _ in range(n):
        cx, cy, a = rng.uniform(*x), rng.uniform(*y), size * rng.uniform(0.5, 1.2)
        b = a * rng.uniform(0.5, 1)
        turn = rng.uniform(0, 3)
        inside = choose(rng, ["gas", "contents", "contents", None])
        body.disc("fat", cx, cy, a * 1.12, b * 1.12, turn, rough=0.25, alpha=0.8)
        body.disc("bowel", cx, cy, a, b, turn, rough=0.25)
        if inside:
            body.disc(inside, cx, cy, a * 0.72, b * 0.7, turn, rough=0.25)


def organ_vessels(
    body: Slice, organ: np.ndarray, n: int, cx: float, cy: float, reach: float
) -> None:
    """Vessels branching out from a hilum inside an organ."""
    rng = body.rng
    for _ in range(n):
        a = rng.uniform(0, 6.3)
        path = np.cumsum(
            [
                (cx, cy),
                *(
                    reach
                    / 4
                    * np.array([(np.cos(a + d), np.sin(a + d)) for d in rng.normal(0, 0.6, 4)])
                ),
            ],
            0,
        )
        body.paint(
            "liver vessel",
            path,
            0.8,
            within=organ,
            width=rng.uniform(0.012, 0.04),
            closed=False,
            fuzz=0.6,
        )


def kidney(body: Slice, x: float, y: float, a: float, b: float, turn: float) -> None:
    """A kidney: cortex, medullary pyramids, fat and fluid in the sinus, open to the midline."""
    side = -np.sign(x)
    body.disc("kidney", x, y, a, b, turn, rough=0.1)
    if body.rng.random() < 0.6:
        for t in np.linspace(0, 6.3, 8):
            body.disc(
                "medulla",
                x + 0.6 * a * np.cos(t),
                y + 0.6 * b * np.sin(t),
                a * 0.22,
                b * 0.2,
                fuzz=0.8,
            )
    body.disc("fat", x + side * a * 0.4, y, a * 0.55, b * 0.35, turn, rough=0.4, fuzz=0.7)
    body.disc("fluid", x + side * a * 0.3, y, a * 0.2, b * 0.15, turn, rough=0.4, fuzz=0.5)


def wall(body: Slice, outline: np.ndarray, fatness: float) -> np.ndarray:
    """Skin, a layer of fat, the muscles of the body wall and the fat within.

    Returns the mask of the inside.
    """
    body.paint("skin", outline * 1.012)
    body.paint("fat", outline)
    inner = outline * (1 - fatness * np.array([1, 1.2]))
    body.paint("muscle", inner)
    inside = inner * uniform(body.rng, 0.88, 0.94)
    body.paint("fat", inside)
    return body.mask(inside)


def ribs(body: Slice, width: float, depth: float, n: int) -> None:
    """Pieces of rib cut at a slant, lying in the body wall."""
    rng = body.rng
    for t in np.linspace(0, 2 * np.pi, n, endpoint=False) + rng.uniform(0, 0.4):
        t += rng.normal(0, 0.06)
        if abs(np.cos(t)) > 0.35 or np.sin(t) > 0.3:
            turn = np.arctan2(depth * np.cos(t), -width * np.sin(t))
            spot = oval(
                rng,
                width * np.cos(t),
                depth * np.sin(t),
                rng.uniform(0.04, 0.14),
                rng.uniform(0.022, 0.035),
                turn,
            )
            body.paint("bone", spot)
            body.paint("marrow", (spot - spot.mean(0)) * 0.5 + spot.mean(0), 0.8)


def axial_abdomen(
    body: Slice, level: str, lesion: str | None, lesion_level: float, side: int
) -> Box | None:
    """An axial slice at the "liver" or the "kidneys".

    A lesion lies in the liver or, at the kidneys, in one of them.
    """
    rng, fatness = body.rng, uniform(body.rng, 0.03, 0.2)
    depth = rng.uniform(0.62, 0.82)
    inside = wall(body, torso(rng, 1.0, depth), fatness)
    room = 1 - fatness - 0.08
    ribs(body, room + 0.02, depth * (1 - 1.2 * fatness) * 0.95, 15 if level == "liver" else 7)
    spine_y = depth * 0.38
    if level == "liver":
        if rng.random() < 0.3:
            for s in (-1, 1):
                body.disc(
                    "lung", s * room * 0.62, depth * 0.55, 0.28, 0.13, s * -0.5, within=inside
                )
        organ = np.array(
            [
                (-0.86, 0.15),
                (-0.8, -0.3),
                (-0.45, -0.58),
                (0.0, -0.56),
                (0.35, -0.45),
                (0.1, -0.25),
                (-0.12, -0.05),
                (-0.22, 0.2),
                (-0.5, 0.52),
                (-0.75, 0.42),
            ]
        ) * (room, depth * 1.2 * room)
        organ[3:6] += rng.normal(0, 0.08, (3, 2))
        body.disc("stomach", 0.4, -0.18 * depth, 0.3, 0.2, -0.5, rough=0.2, within=inside)
        if rng.random() < 0.8:
            body.disc(
                choose(rng, ["gas", "contents"]),
                0.42,
                -0.22 * depth,
                0.24,
                0.13,
                -0.4,
                rough=0.2,
                within=inside,
            )
        body.smooth(
            "spleen",
            np.array(
                [(0.82, -0.02), (0.85, 0.3), (0.62, 0.55), (0.4, 0.56), (0.56, 0.35), (0.64, 0.1)]
            )
            * (room, depth * 1.15),
            within=inside,
        )
        if rng.random() < 0.4:
            kidney(body, 0.38, depth * 0.42, 0.12, 0.15, 0.3)
    else:
        organ = np.array(
            [(-0.88, 0.3), (-0.86, -0.15), (-0.65, -0.42), (-0.4, -0.4), (-0.5, 0.0), (-0.6, 0.35)]
        )
        organ = organ * (room, depth * 1.1)
        bowel(body, int(rng.integers(9, 22)), (-0.3, 0.7), (-0.55 * depth, 0.1), 0.11)
        bowel(body, 3, (0.55, 0.72), (0.0, 0.25), 0.1)
        body.smooth(
            "pancreas",
            [(-0.25, 0.05), (-0.1, -0.08), (0.15, -0.1), (0.35, -0.05), (0.1, 0.02), (-0.15, 0.12)],
        )
    liver = body.mask(spline(organ)) * inside
    body.lay("liver", liver)
    organ_vessels(body, liver, 7, -0.35 * room, -0.05, 0.5)
    if level == "liver" and rng.random() < 0.4:
        body.disc("fluid", -0.28, -0.2, 0.09, 0.12, 0.4)  # the gallbladder
    if level == "kidneys" or rng.random() < 0.25:
        for s in (-1, 1):
            body.disc("muscle", s * 0.2, spine_y + 0.05, 0.08, 0.12)
            kidney(
                body, s * rng.uniform(0.38, 0.46), spine_y + rng.normal(0, 0.03), 0.16, 0.2, s * 0.4
            )
    vertebra(body, spine_y, rng.uniform(0.13, 0.17))
    body.disc("vessel", 0.06, spine_y - 0.23, rng.uniform(0.05, 0.075), rough=0.04)
    body.disc("vein", -0.12, spine_y - 0.22, 0.07, 0.05)
    if not lesion:
        return None
    r = rng.uniform(0.06, 0.2) if level == "liver" else rng.uniform(0.06, 0.15)
    x, y = (
        (-0.5 * room + rng.normal(0, 0.1), rng.normal(-0.08, 0.1))
        if level == "liver"
        else (side * 0.47, spine_y - 0.08)
    )
    return abdominal_lesion(
        body, lesion, lesion_level, x, y, r, liver if level == "liver" else inside
    )


def abdominal_lesion(
    body: Slice, lesion: str, level: float, x: float, y: float, r: float, within: np.ndarray
) -> Box | None:
    """A cyst (sharp, even), a mass (uneven, ragged) or several metastases.

    Returns the box of the (largest) one.
    """
    rng = body.rng
    if lesion == "metastases":
        for _ in range(int(rng.integers(3, 8))):
            body.disc(
                level,
                x + rng.normal(0, 0.16),
                y + rng.normal(0, 0.14),
                rng.uniform(0.03, 0.07),
                within=within,
                fuzz=0.7,
            )
        return body.disc(level, x, y, r * 0.6, within=within, fuzz=0.7)
    if lesion == "cyst":
        return body.disc(level, x, y, r, r * rng.uniform(0.8, 1), rough=0.03, within=within)
    box = body.disc(level, x, y, r, r * rng.uniform(0.75, 1), rough=0.2, fuzz=1.0, within=within)
    body.disc(2 * level - body.levels["liver"], x, y, r * 0.5, rough=0.5, fuzz=1.5, within=within)
    return box


def coronal_abdomen(body: Slice, lesion: str | None, lesion_level: float) -> Box | None:
    """A coronal slice from the lung bases to the pelvis, with a lesion in the liver."""
    rng, fat = body.rng, uniform(body.rng, 0.03, 0.14)
    outline = spline(
        [
            (-0.72, -1.5),
            (0.72, -1.5),
            (0.76, -0.5),
            (0.7, 0.1),
            (0.8, 0.7),
            (0.85, 1.5),
            (-0.85, 1.5),
            (-0.8, 0.7),
            (-0.7, 0.1),
            (-0.76, -0.5),
        ]
    )
    body.paint("fat", outline)
    body.paint("muscle", outline * (1 - fat, 1))
    inside = body.mask(outline * (0.9 - fat, 1))
    body.lay("fat", inside)
    for s in (-1, 1):
        body.smooth(
            "lung",
            mirrored([(0.05, -1.6), (0.75, -1.6), (0.68, -0.7), (0.4, -0.9), (0.1, -0.75)], s),
            within=inside,
        )
    body.disc("muscle", 0.1, -0.95, 0.25, 0.25)
    bowel(body, int(rng.integers(12, 30)), (-0.55, 0.55), (0.1, 0.9), 0.12)
    liver = (
        body.mask(
            spline(
                [
                    (-0.68, -0.4),
                    (-0.5, -0.82),
                    (-0.15, -0.72),
                    (0.15, -0.62),
                    (0.05, -0.42),
                    (-0.25, -0.1),
                    (-0.5, 0.2),
                    (-0.64, 0.15),
                ]
            )
        )
        * inside
    )
    body.lay("liver", liver)
    organ_vessels(body, liver, 7, -0.25, -0.35, 0.4)
    body.disc(choose(rng, ["stomach", "contents", "gas"]), 0.32, -0.5, 0.18, 0.16, within=inside)
    body.disc("spleen", 0.56, -0.5, 0.1, 0.2, -0.3, within=inside)
    if rng.random() < 0.7:
        for s in (-1, 1):
            body.smooth(
                "muscle",
                mirrored([(0.12, -0.2), (0.25, 0.3), (0.38, 0.8), (0.25, 0.8), (0.12, 0.3)], s),
            )
            kidney(body, s * 0.36, rng.normal(-0.02, 0.04), 0.12, 0.22, s * -0.25)
        for k in np.arange(-1.3, 0.8, 0.19):
            body.bone([(-0.11, k), (0.11, k), (0.1, k + 0.15), (-0.1, k + 0.15)], 0.018)
    else:
        body.paint("vessel", [(0.04, -0.9), (0.05, 0.35)], width=0.08, closed=False)
        for s in (-1, 1):
            body.paint("vessel", [(0.05, 0.35), (0.04 + s * 0.2, 0.8)], width=0.05, closed=False)
    for s in (-1, 1):
        body.bone(
            mirrored([(0.6, 0.55), (0.68, 0.75), (0.5, 1.05), (0.3, 1.1), (0.42, 0.85)], s), 0.03
        )
        body.bone(mirrored([(0.6, 1.15), (0.72, 1.25), (0.66, 1.6), (0.52, 1.5)], s), 0.03)
    body.disc("fluid", 0, 1.15, 0.25, 0.15)
    if not lesion:
        return None
    x, y = -0.38 + rng.normal(0, 0.06), -0.38 + rng.normal(0, 0.08)
    return abdominal_lesion(body, lesion, lesion_level, x, y, rng.uniform(0.06, 0.16), liver)


def axial_pelvis(body: Slice, level: str, mass: bool, mass_level: float) -> Box | None:
    """An axial slice of the pelvis, at the "hips" or at the wings of the "ilium".

    Bladder, rectum, gluteal muscles and hip joints, or sacrum, iliac wings and bowel; the mass lies
    near the midline.
    """
    rng, fatness, depth = body.rng, uniform(body.rng, 0.05, 0.22), uniform(body.rng, 0.6, 0.75)
    inside = wall(body, torso(rng, 1.0, depth), fatness)
    for s in (-1, 1):
        buttock = [(0.1, 0.36), (0.5, 0.28), (0.86, 0.1), (0.8, 0.4), (0.45, 0.58), (0.12, 0.5)]
        body.smooth("muscle", mirrored(buttock, s) * (1, depth / 0.68))
        body.disc("muscle", s * 0.42, -0.24, 0.16, 0.13)
        for x in (0.22, 0.31):
            body.disc(choose(rng, ["vessel", "vein"]), s * x, -0.26, 0.035)
    if level == "hips":
        for s in (-1, 1):
            body.disc("muscle", s * 0.7, -0.18, 0.13, 0.16, within=inside)
            socket = [(0.3, -0.18), (0.42, -0.16), (0.36, 0.06), (0.44, 0.28), (0.3, 0.34)]
            body.bone(mirrored([*socket, (0.25, 0.05)], s), 0.03)
            body.bone(oval(rng, s * 0.5, 0.08, 0.13, 0.13, rough=0.03)[::2], 0.022)
            if rng.random() < 0.7:
                body.bone(mirrored([(0.6, 0.1), (0.78, 0.06), (0.8, 0.2), (0.62, 0.18)], s), 0.025)
        body.disc("muscle", 0, -0.08, 0.3, 0.2, rough=0.1)
        wide = rng.uniform(0.14, 0.27)
        body.disc("fluid", 0, -0.1, wide, wide * rng.uniform(0.6, 0.9), rough=0.05)
        body.disc("muscle", 0, 0.14, rng.uniform(0.1, 0.2), 0.08, rough=0.2)
        body.disc("bowel", 0, 0.33, 0.09, 0.08, rough=0.15)
        body.disc(choose(rng, ["gas", "contents", "bowel"]), 0, 0.33, 0.05, 0.04, rough=0.3)
        body.bone([(-0.08, 0.47), (0.08, 0.47), (0.04, 0.54), (-0.04, 0.54)], 0.02)
    else:
        bowel(body, int(rng.integers(8, 20)), (-0.55, 0.55), (-0.4, 0.1), 0.12)
        for s in (-1, 1):
            wing = [
                (0.22, 0.38),
                (0.34, 0.18),
                (0.6, -0.2),
                (0.68, -0.24),
                (0.54, 0.12),
                (0.3, 0.44),
            ]
            body.disc("muscle", s * 0.42, -0.02, 0.11, 0.22, s * 0.6)
            body.bone(mirrored(wing, s), 0.03)
            body.disc("muscle", s * 0.2, 0.08, 0.1, 0.09)
        sacrum = [(-0.26, 0.2), (0.26, 0.2), (0.2, 0.36), (0.0, 0.5), (-0.2, 0.36)]
        body.bone(sacrum, 0.025)
        for x in (-0.1, 0.0, 0.1):
            body.disc("canal", x, 0.34 + 0.4 * abs(x), 0.035, 0.025)
    if not mass:
        return None
    x, y, r = rng.normal(0, 0.1), rng.uniform(-0.15, 0.08), rng.uniform(0.1, 0.22)
    box = body.disc(mass_level, x, y, r, r * rng.uniform(0.7, 1), rough=0.2, within=inside)
    body.disc(mass_level * 0.8, x, y, r * 0.45, rough=0.5, fuzz=1.5, within=inside)
    return box


def sagittal_abdomen(body: Slice, lesion: str | None, lesion_level: float) -> Box | None:
    """A sagittal slice near the midline, the belly on the left: spine, aorta, liver, bowel.

    A lesion lies in the liver.
    """
    rng, belly, fat = body.rng, uniform(body.rng, 0.5, 0.8), uniform(body.rng, 0.03, 0.14)
    front = [(-0.5, -1.7), (-0.5, -1.0), (-belly, -0.2), (-belly, 0.4), (-0.55, 1.1), (-0.4, 1.7)]
    back = [(0.7, 1.7), (0.78, 1.1), (0.52, 0.45), (0.5, 0.0), (0.6, -0.7), (0.62, -1.7)]
    outline = spline([*front, *back])
    body.paint("skin", outline * 1.01)
    body.paint("fat", outline)
    body.paint("muscle", outline * (1 - fat, 1) + (0.02, 0))
    cavity = [(x + fat + 0.1, y) for x, y in front]
    inside = body.mask(spline([*cavity, (0.4, 1.5), (0.5, 1.0), (0.25, 0.4), (0.3, -1.7)]))
    body.lay("fat", inside)
    lung = [(-0.4, -1.7), (0.3, -1.7), (0.36, -0.75), (0.0, -1.0), (-0.38, -0.85)]
    body.smooth("lung", lung, within=inside)
    heart = "heart" if "heart" in body.levels else "muscle"
    body.disc(heart, -0.2, -1.15, 0.22, 0.2, within=inside)
    bowel(body, int(rng.integers(10, 24)), (0.2 - belly, 0.05), (-0.2, 0.75), 0.12)
    liver = [
        (-0.4, -0.85),
        (-0.05, -0.95),
        (0.16, -0.75),
        (0.05, -0.4),
        (-0.25, -0.1),
        (-0.45, -0.2),
    ]
    organ = body.mask(spline(liver)) * inside
    body.lay("liver", organ)
    organ_vessels(body, organ, 5, -0.1, -0.6, 0.3)
    body.disc("fluid", -0.2, 1.0, rng.uniform(0.12, 0.2), 0.15, within=inside)
    body.bone([(-0.38, 1.15), (-0.28, 1.12), (-0.24, 1.35), (-0.34, 1.38)], 0.025)
    body.disc("bowel", 0.3, 1.0, 0.09, 0.28, -0.3)
    body.disc(choose(rng, ["gas", "contents"]), 0.3, 0.98, 0.05, 0.18, -0.3, rough=0.3)
    y = np.linspace(-1.75, 0.7, 14)
    x = 0.22 + 0.1 * np.cos(1.7 * (y + 1.2))
    body.paint("vessel", np.stack([x - 0.19, y], axis=1)[:11], width=0.09, closed=False)
    body.paint("canal", np.stack([x + 0.17, y], axis=1), width=0.09, closed=False)
    body.paint("cord", np.stack([x + 0.17, y], axis=1)[:8], width=0.045, closed=False)
    for k in range(14):
        block = np.array([(-0.11, -0.07), (0.1, -0.07), (0.1, 0.07), (-0.11, 0.07)])
        body.bone(block * 0.95 + (x[k], y[k]), 0.018)
        process = np.array([(0.24, -0.04), (0.38, 0.02), (0.36, 0.1), (0.24, 0.05)])
        body.bone(np.add(process, (x[k], y[k])))
    body.bone([(0.1, 0.78), (0.3, 0.76), (0.5, 1.0), (0.52, 1.3), (0.44, 1.3), (0.34, 1.02)], 0.025)
    if not lesion:
        return None
    spot = -0.15 + rng.normal(0, 0.06), -0.55 + rng.normal(0, 0.08)
    return abdominal_lesion(body, lesion, lesion_level, *spot, rng.uniform(0.06, 0.13), organ)
