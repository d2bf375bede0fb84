"""Computed tomography of the chest, in lung and mediastinal windows."""

import numpy as np
from PIL import Image, ImageDraw

from ..drawing import SIZE, choose, fractal, noise
from ..kinds import kind
from . import canvas, trunk
from .canvas import SIDES, Slice, mirrored
from .ct import CONTRAST, chosen_window, phrases, published, table, windowed

CHEST_FINDINGS = {
    "nodule": [
        "a solitary nodule in the {side} lung",
        "{side} pulmonary nodule",
        "small round opacity in the {side} lung",
    ],
    "mass": [
        "a mass in the {side} lung",
        "large {side} lung mass",
        "{side}-sided lung tumour with spiculated margin",
    ],
    "pleural effusion": ["{side} pleural effusion", "fluid layering behind the {side} lung"],
    "consolidation": [
        "consolidation of the {side} lung",
        "{side} pneumonia with air bronchograms",
        "airspace opacity in the {side} lung",
    ],
    "ground glass": [
        "bilateral ground-glass opacities",
        "patchy ground glass in both lungs",
        "peripheral ground-glass change",
    ],
    "emphysema": [
        "emphysema",
        "multiple low-attenuation areas without walls",
        "emphysematous lungs",
    ],
}
CHEST_LEVELS = {
    "heart": ["at the level of the heart", "the cardiac chambers"],
    "pulmonary artery": [
        "at the level of the pulmonary trunk",
        "the pulmonary artery and the main bronchi",
    ],
    "arch": ["at the level of the aortic arch", "the trachea and the aortic arch"],
    "apex": ["at the level of the lung apices", "the upper lobes and the trachea"],
    "whole": ["both lungs from apex to base", "coronal reformation of the thorax"],
}


def chest_phrases(a: dict, rng: np.random.Generator) -> list[str]:
    """Legend phrases of a chest CT."""
    windows = {
        "lung": ["lung window", "the lung parenchyma in a lung window"],
        "mediastinal": ["mediastinal window", "soft-tissue window"],
        "full": ["full range of densities", "a very wide window"],
        "bone": ["bone window", "ribs and vertebra in a bone window"],
    }
    found = [w.format(side=a["side"]) for w in CHEST_FINDINGS.get(a["finding"], [])]
    return phrases(
        [
            found or ["clear lungs", "no focal lung lesion", "normal lungs"],
            windows[a["window"]],
            CHEST_LEVELS[a["level"]],
            [f"{a['plane']} section", f"{a['plane']} plane"],
            ["contrast-enhanced vessels", "after intravenous contrast"] if a["contrast"] else [],
        ],
        rng,
    )


def lung_vessels(
    body: Slice, s: int, hilum: tuple[float, float], reach: tuple[float, float], n: int
) -> np.ndarray:
    """(S, S) mask of vessels: branches from the hilum that thin out, and cross-sections as dots."""
    rng = body.rng
    sheet = Image.new("L", (2 * SIZE, 2 * SIZE))
    draw = ImageDraw.Draw(sheet)
    for _ in range(n):
        a = rng.uniform(-2.2, 2.2)
        start, path = np.array(hilum), []
        for d in a + np.cumsum(rng.normal(0, 0.25, 6)):
            path.append(start)
            start = start + np.array([s * np.cos(d), np.sin(d)]) * reach / 5
        pixels = body.place(path) * 2
        width = rng.uniform(0.03, 0.07) * body.unit
        for k in range(5):
            draw.line(
                [*pixels[k], *pixels[k + 1]], fill=255, width=max(1, round(width * (1 - k / 5.5)))
            )
            twig = pixels[k + 1] + rng.normal(0, 0.12 * body.unit * 2, 2)
            draw.line(
                [*pixels[k + 1], *twig],
                fill=int(rng.integers(120, 255)),
                width=max(1, round(width * 0.4)),
            )
    spots = body.place(np.array(hilum) + rng.uniform(-1, 1, (70, 2)) * np.multiply(reach, 1.1)) * 2
    for (x, y), r in zip(spots, rng.exponential(0.005, 70) * body.unit * 2, strict=True):
        draw.ellipse([x - r, y - r, x + r, y + r], fill=int(rng.integers(120, 255)))
    return np.asarray(sheet.reduce(2), dtype=np.float32) / 255


def mediastinum(body: Slice, level: str) -> None:
    """Heart, or great vessels and airways, between the lungs, in fat."""
    rng = body.rng
    if level == "apex":
        body.disc("gas", 0.0, 0.02, 0.06, 0.07, rough=0.03)
        body.disc("muscle", 0.02, 0.13, 0.04)
        for x, y in [(-0.16, -0.04), (-0.1, 0.06), (0.12, 0.04), (0.17, -0.05)]:
            body.disc(choose(rng, ["vessel", "vein"]), x, y, rng.uniform(0.03, 0.05))
        return
    if level == "heart":
        body.disc("muscle", 0.14, -0.1, 0.36, 0.27, 0.5)
        for x, y, a, b in [
            (-0.08, -0.12, 0.13, 0.15),
            (0.1, -0.2, 0.15, 0.1),
            (0.27, -0.05, 0.15, 0.1),
            (0.08, 0.05, 0.14, 0.08),
        ]:
            body.disc("heart", x, y, a, b, 0.5, fuzz=0.8)
    elif level == "pulmonary artery":
        body.disc("vessel", -0.04, -0.14, 0.1)
        body.disc("heart", 0.1, -0.17, 0.09)
        body.smooth(
            "heart",
            [(0.1, -0.2), (0.18, -0.1), (0.02, 0.02), (-0.22, 0.06), (-0.22, 0.0), (0.0, -0.04)],
        )
        body.disc("vein", -0.15, -0.07, 0.05)
        for s in (-1, 1):
            body.disc("gas", s * 0.1, 0.09, 0.05, 0.035, s * 0.5)
    else:
        body.smooth(
            "vessel",
            [(-0.1, -0.15), (0.0, -0.2), (0.12, -0.05), (0.16, 0.17), (0.06, 0.18), (0.0, 0.0)],
        )
        body.disc("gas", -0.04, 0.05, 0.06, 0.065, rough=0.03)
        body.disc("vein", -0.16, -0.12, 0.05)
    body.disc("vessel", 0.12, 0.2, 0.065, rough=0.04)
    body.disc("muscle", 0.03, 0.17, 0.035)
    for _ in range(4):
        body.disc("muscle", rng.uniform(-0.15, 0.15), rng.uniform(-0.2, 0.15), 0.02)


def chest_finding(
    body: Slice, finding: str, s: int, lung: np.ndarray, at: tuple[float, float], low: float
):
    """The finding, in the lung(s); returns its box where it has one place."""
    rng, (x, y) = body.rng, at
    tissue = body.levels["muscle"]
    if finding in ("ground glass", "emphysema"):
        patch = fractal(rng, 45, 4) if finding == "ground glass" else noise(rng, rng.uniform(6, 14))
        cover = np.clip((patch - rng.uniform(0.45, 0.6)) * 7, 0, 1) * lung
        body.field += cover * (
            rng.uniform(0.2, 0.4) if finding == "ground glass" else -rng.uniform(0.1, 0.2)
        )
        return None
    if finding == "pleural effusion":
        depth = rng.uniform(0.15, 0.4)
        rim = [(s * 0.95, low - 0.05), (s * 0.95, low + 0.3), (s * 0.05, low + 0.3)]
        return body.paint(
            "fluid",
            [(s * 0.05, low - 0.1), (s * 0.45, low - depth * 0.7), (s * 0.8, low - depth), *rim],
            within=lung,
        )
    if finding == "consolidation":
        r = rng.uniform(0.18, 0.32)
        cloud = np.clip(fractal(rng, 20, 4) * 3.5 - 0.3, 0, 1) * lung
        box = body.disc(tissue, x, y, r, r * 0.8, rough=0.4, within=cloud, fuzz=2)
        for _ in range(4):
            start, drop = y + rng.uniform(-0.12, 0.12), rng.normal(0, 0.05)
            path = [(x - s * 0.14, start), (x, start + drop), (x + s * 0.08, start + 1.5 * drop)]
            body.paint(
                "gas",
                path,
                0.8,
                width=rng.uniform(0.012, 0.025),
                closed=False,
                within=lung,
                fuzz=0.4,
            )
        return box
    r = rng.uniform(0.035, 0.09) if finding == "nodule" else rng.uniform(0.12, 0.24)
    for a in rng.uniform(0, 6.3, 9 if finding == "mass" else 3):
        body.paint(
            tissue,
            [(x, y), (x + 1.5 * r * np.cos(a), y + 1.5 * r * np.sin(a))],
            0.6,
            width=0.012,
            closed=False,
            within=lung,
        )
    return body.disc(tissue, x, y, r, r * rng.uniform(0.8, 1.1), rough=0.15, within=lung, fuzz=0.7)


def axial_chest(body: Slice, level: str, finding: str | None, s: int):
    """An axial slice of the chest, of lean or stout, with breasts or arms or neither.

    Returns the box of the finding.
    """
    rng, fat, depth = body.rng, canvas.uniform(body.rng, 0.0, 0.12), body.rng.uniform(0.58, 0.78)
    breast, arms = rng.random() < 0.3, rng.random() < 0.15
    for side in (-1, 1):
        if breast:
            body.disc("fat", side * 0.5, -0.8 * depth, 0.36, rng.uniform(0.18, 0.3), side * 0.4)
            body.disc("muscle", side * 0.52, -0.85 * depth, 0.14, 0.1, rough=0.5, fuzz=1)
        if arms:
            body.disc("fat", side * 1.22, 0.1, 0.19, 0.22)
            body.disc("muscle", side * 1.22, 0.1, 0.16, 0.19)
            body.bone(canvas.oval(rng, side * 1.2, 0.1, 0.055, 0.055)[::3], 0.02)
    inside = trunk.wall(body, trunk.torso(rng, 1.0, depth), fat)
    wide, deep = 0.93 - fat, (depth - 1.2 * fat * depth) / 0.62
    shapes, roomy = [], rng.uniform(0.98, 1.12)
    for side in (-1, 1):
        heart = 0.28 if level == "heart" and side == 1 else 0.0
        shape = mirrored(
            [
                (0.07, -0.42),
                (0.35, -0.5),
                (0.68, -0.34),
                (0.82, 0.02),
                (0.7, 0.34),
                (0.42, 0.48),
                (0.16, 0.34),
                (0.2 + heart * 0.5, 0.1),
                (0.2 + heart, -0.1),
                (0.13 + heart * 0.6, -0.25),
            ],
            side,
        )
        if level == "apex":
            shape = shape * (0.78, 0.72) + (side * 0.04, 0.08)
        shapes.append(shape * (wide, deep) * (roomy, roomy))
    body.smooth("muscle", trunk.torso(rng, wide * 0.93, 0.58 * deep)[::3], alpha=0.6)
    trunk.ribs(body, wide * rng.uniform(0.9, 0.97), 0.56 * deep, int(rng.integers(13, 19)))
    for side in (-1, 1):
        if level != "heart":
            body.bone(
                mirrored([(0.55, 0.5), (0.75, 0.42), (0.86, 0.25), (0.8, 0.46), (0.6, 0.56)], side)
                * (wide, deep),
                0.02,
            )
    body.disc("fat", 0, -0.05, 0.3, 0.35)
    mediastinum(body, level)
    trunk.vertebra(body, 0.36 * deep, 0.12)
    body.bone(
        [(-0.13, -0.52 * deep), (0.13, -0.52 * deep), (0.1, -0.46 * deep), (-0.1, -0.46 * deep)],
        0.02,
    )
    lung = np.maximum(*(body.mask(canvas.spline(shape)) for shape in shapes)) * inside
    body.lay("lung", lung)
    for side in (-1, 1):
        vessels = lung_vessels(
            body, side, (side * 0.2, 0.05), (0.55, 0.45), int(rng.integers(7, 13))
        )
        body.lay("muscle", vessels * lung * rng.uniform(0.5, 0.9))
    at = s * rng.uniform(0.42, 0.62) * wide, rng.uniform(-0.22, 0.25)
    return chest_finding(body, finding, s, lung, at, 0.36 * deep) if finding else None


def coronal_chest(body: Slice, finding: str | None, s: int):
    """A coronal slice of the chest: lungs, trachea, heart, liver and stomach below.

    Returns the box of the finding.
    """
    rng = body.rng
    body.smooth(
        "fat",
        [
            (-0.25, -1.4),
            (0.25, -1.4),
            (0.4, -0.95),
            (0.9, -0.8),
            (0.97, 0.0),
            (0.9, 1.4),
            (-0.9, 1.4),
            (-0.97, 0.0),
            (-0.9, -0.8),
            (-0.4, -0.95),
        ],
    )
    body.smooth(
        "muscle",
        [
            (-0.2, -1.4),
            (0.2, -1.4),
            (0.35, -0.9),
            (0.82, -0.7),
            (0.88, 0.0),
            (0.82, 1.4),
            (-0.82, 1.4),
            (-0.88, 0.0),
            (-0.82, -0.7),
            (-0.35, -0.9),
        ],
    )
    body.smooth(
        "liver", [(-0.72, 0.9), (-0.6, 0.45), (-0.2, 0.5), (0.2, 0.65), (-0.1, 1.1), (-0.6, 1.4)]
    )
    body.disc("spleen", 0.6, 0.85, 0.13, 0.25)
    body.disc(choose(rng, ["gas", "contents"]), 0.3, 0.8, 0.18, 0.14)
    for k in range(8):
        for side in (-1, 1):
            body.disc(
                "bone",
                side * (0.72 + 0.08 * np.sin(0.35 * k)),
                -0.75 + 0.22 * k,
                0.03,
                0.06,
                side * 0.3,
            )
    body.disc("fat", 0, -0.1, 0.24, 0.6)
    shapes = [
        mirrored(
            [
                (0.2, -0.88),
                (0.42, -0.85),
                (0.62, -0.4),
                (0.72, 0.2),
                (0.7, 0.6),
                (0.4, 0.42),
                (0.16 + (0.2 if side == 1 else 0.02), 0.48),
                (0.18 + (0.15 if side == 1 else 0), 0.1),
                (0.14, -0.4),
            ],
            side,
        )
        for side in (-1, 1)
    ]
    lung = np.maximum(*(body.mask(canvas.spline(shape)) for shape in shapes))
    body.disc("heart", 0.13, 0.25, 0.26, 0.24, 0.4)
    body.disc("vessel", 0.1, -0.2, 0.1, 0.14)
    body.disc("vein", -0.1, -0.2, 0.05, 0.2)
    body.paint("gas", [(0, -1.1), (0, -0.25)], width=0.09, closed=False)
    for side in (-1, 1):
        body.paint("gas", [(0, -0.27), (side * 0.18, -0.08)], width=0.06, closed=False)
        body.bone(mirrored([(0.15, -0.95), (0.6, -0.95), (0.6, -0.9), (0.15, -0.88)], side), 0.02)
    body.lay("lung", lung)
    for side in (-1, 1):
        vessels = lung_vessels(
            body, side, (side * 0.2, -0.1), (0.5, 0.65), int(rng.integers(8, 14))
        )
        body.lay("muscle", vessels * lung * rng.uniform(0.5, 0.9))
    return (
        chest_finding(body, finding, s, lung, (s * 0.48, rng.uniform(-0.5, 0.3)), 0.5)
        if finding
        else None
    )


@kind(
    "radiology",
    "chest CT",
    "CT of the chest",
    "chest CT scan",
    "thoracic CT",
    "CT thorax",
    "CT of the lungs",
    "lung CT",
    "computed tomography of the chest",
    "chest computed tomography",
    "CT scan of the thorax",
    "CAT scan of the chest",
    "pulmonary CT",
    "cross-sectional CT of the chest",
    "CT slice of the chest",
    "chest CT slice",
    "CT image of the lungs",
    "thoracic computed tomography",
    describe=chest_phrases,
)
def chest_ct(rng: np.random.Generator) -> tuple[Image.Image, dict]:
    """Black lungs with white vessels, or gray mediastinum, axial or coronal.

    Findings are nodules, effusions and ground glass.
    """
    window = choose(rng, ["lung"] * 9 + ["mediastinal"] * 8 + ["full", "full", "bone"])
    lungs = window == "lung"
    width, centre = {
        "lung": (int(rng.integers(900, 1900)), -int(rng.integers(300, 680))),
        "mediastinal": (int(rng.integers(260, 600)), int(rng.integers(20, 80))),
    }.get(window) or chosen_window(rng, window)
    contrast = choose(rng, ["none", "arterial", "portal venous"])
    plane = "axial" if rng.random() < 0.8 else "coronal"
    level = (
        choose(rng, ["heart", "pulmonary artery", "arch", "apex"]) if plane == "axial" else "whole"
    )
    options = list(CHEST_FINDINGS)[: 6 if lungs else 4]
    if window == "bone":
        options = [None]
    finding, s = None if rng.random() < 0.25 else choose(rng, options), choose(rng, (-1, 1))
    if finding == "pleural effusion" and plane == "coronal":
        finding = "mass"
    unit = rng.uniform(100, 150) if plane == "axial" else rng.uniform(98, 130)
    body = Slice(rng, windowed(centre, width, CONTRAST[contrast]), unit)
    body.rough *= 0.2
    if plane == "axial":
        if rng.random() < 0.6:
            table(body, rng.uniform(0.74, 0.84), rng.uniform(0.6, 1.0))
        box = axial_chest(body, level, finding, s)
    else:
        box = coronal_chest(body, finding, s)
    if not box and finding not in ("ground glass", "emphysema"):
        finding = None
    attributes = {
        "plane": plane,
        "window": window,
        "level": level,
        "finding": finding,
        "side": SIDES[s] if finding in list(CHEST_FINDINGS)[:4] else None,
        "box": box,
        "contrast": contrast != "none" and window == "mediastinal",
        "setting": (width, centre),
        "names": [
            f"{plane} chest CT",
            f"{plane} CT slice of the chest",
            f"{plane} computed tomography of the thorax",
        ],
    }
    if window in ("lung", "mediastinal"):
        attributes["names"] += [f"chest CT in {window} window", f"{window} window CT of the chest"]
    if lungs and plane == "axial":
        attributes["names"].append("high-resolution CT of the lung")
    return published(body, rng, attributes, 0.012, dose=0.8 if window == "mediastinal" else 0.5)
