"""Magnetic resonance images of joints: knee, shoulder, ankle, hip, elbow, wrist.

Cortical bone and tendons are black.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from ..drawing import SIZE, choose, fibres, fractal
from ..kinds import kind
from . import canvas
from .canvas import Box, Slice, mirrored
from .mri import published

TISSUES = (
    "fat",
    "muscle",
    "marrow",
    "cartilage",
    "fluid",
    "tendon",
    "bone",
    "vessel",
    "edema",
    "skin",
)
LEVELS = {
    "T1": (0.92, 0.34, 0.82, 0.42, 0.22, 0.06, 0.04, 0.12, 0.35, 0.5),
    "proton-density": (0.8, 0.38, 0.68, 0.55, 0.72, 0.07, 0.04, 0.15, 0.5, 0.5),
    "fat-suppressed proton-density": (0.2, 0.33, 0.14, 0.66, 0.98, 0.05, 0.04, 0.8, 0.7, 0.35),
    "T2": (0.7, 0.18, 0.55, 0.42, 0.97, 0.05, 0.03, 0.08, 0.75, 0.45),
    "STIR": (0.1, 0.26, 0.08, 0.4, 0.99, 0.04, 0.04, 0.85, 0.75, 0.2),
    "gradient-echo T2*": (0.5, 0.42, 0.25, 0.85, 0.9, 0.12, 0.06, 0.9, 0.4, 0.45),
}
SEQUENCES = {
    "T1": ["T1-weighted sequence", "T1 with bright marrow fat"],
    "proton-density": ["proton-density weighting", "PD-weighted sequence"],
    "fat-suppressed proton-density": [
        "fat-suppressed proton-density weighting",
        "PD fat-sat",
        "dark fat-saturated marrow",
    ],
    "T2": ["T2-weighted sequence", "T2 contrast with bright joint fluid"],
    "STIR": ["STIR", "short tau inversion recovery with dark marrow"],
    "gradient-echo T2*": ["gradient-echo sequence with bright cartilage", "T2* weighting"],
}
FINDINGS = {
    "effusion": ["a joint effusion", "fluid distending the joint", "excess synovial fluid"],
    "bone marrow oedema": ["bone marrow oedema", "a bone bruise", "ill-defined marrow edema"],
    "tear": [
        "a tear with fluid in the gap",
        "a torn tendon, ligament or fibrocartilage",
        "a fluid-filled tear",
    ],
    "cyst": [
        "a para-articular cyst",
        "a rounded cyst beside the joint",
        "a well-defined periarticular fluid collection",
    ],
}


def phrases(a: dict, rng: np.random.Generator) -> list[str]:
    """Legend phrases of a joint MRI."""
    parts = {
        ("knee", "sagittal"): [
            "patella, femur and tibia",
            "patellar tendon and infrapatellar fat pad",
        ],
        ("knee", "coronal"): [
            "femoral condyles, menisci and tibial plateau",
            "both menisci between femur and tibia",
        ],
        ("knee", "axial"): ["the patellofemoral joint", "patella in front of the femoral trochlea"],
        ("shoulder", "oblique coronal"): [
            "humeral head, glenoid and supraspinatus",
            "rotator cuff below the acromion",
        ],
        ("shoulder", "axial"): ["humeral head and glenoid labrum", "the glenohumeral joint"],
        ("ankle", "sagittal"): [
            "tibia, talus, calcaneus and Achilles tendon",
            "hindfoot with the Achilles tendon",
        ],
        ("hip", "coronal"): ["femoral head and acetabulum", "femoral neck and greater trochanter"],
        ("hip", "axial"): ["femoral head in the acetabulum", "hip joint and gluteal muscles"],
        ("hips", "coronal"): ["both femoral heads and the bladder between them"],
        ("elbow", "sagittal"): ["humerus, olecranon and trochlear notch", "triceps and olecranon"],
        ("ankle", "coronal"): ["tibia, fibula and talus", "the ankle mortise"],
        ("wrist", "coronal"): ["carpal bones, radius and ulna", "two rows of carpal bones"],
    }
    found = FINDINGS.get(
        a["finding"], ["no joint effusion", "intact ligaments and tendons", "normal marrow signal"]
    )
    view = [
        f"{a['plane']} plane",
        f"{a['joint']} in the {a['plane']} plane",
        f"{a['plane']} view of the {a['joint']}",
    ]
    options = [view, found, SEQUENCES[a["sequence"]], parts[a["joint"], a["plane"]]]
    return [choose(rng, wordings).lower() for wordings in options]


def limb(body: Slice, width: float, muscles: list, vertical: bool = True) -> None:
    """Skin and fat as a broad band (or a round cross-section), with muscle bellies in it."""
    rng = body.rng
    if vertical:
        y = np.linspace(-1.8, 1.8, 9)
        edge = width * (1 + rng.normal(0, 0.04, (2, 9)))
        outline = np.concatenate(
            [np.stack([-edge[0], y], axis=1), np.stack([edge[1], y], axis=1)[::-1]]
        )
    else:
        outline = canvas.oval(rng, 0, 0, width, width * rng.uniform(0.8, 1.0), rough=0.08)
    body.smooth("skin", outline * (1.015, 1))
    body.smooth("fat", outline)
    for muscle in muscles:
        body.smooth("muscle", muscle)
        middle = np.mean(muscle, axis=0)
        for _ in range(3):  # fatty septa between the bundles
            ends = middle + (np.asarray(muscle)[rng.permutation(len(muscle))[:2]] - middle) * 0.85
            body.paint("fat", ends, 0.5, width=0.012, closed=False, fuzz=0.7)


def tendon(body: Slice, path: Sequence, width: float) -> None:
    """A black band, curved through its points and uneven in width."""
    rng, t = body.rng, np.linspace(0, 1, 14)
    bends = np.stack(
        [np.interp(t, np.linspace(0, 1, len(path)), column) for column in np.transpose(path)],
        axis=1,
    )
    bends[1:-1] = (bends[:-2] + bends[1:-1] + bends[2:]) / 3
    across = np.gradient(bends, axis=0)[:, ::-1] * (1, -1)
    across *= (
        width
        / 2
        / np.hypot(*across.T)[:, None]
        * (1 + 0.2 * np.sin(rng.uniform(3, 9) * t + rng.uniform(0, 6)))[:, None]
    )
    body.paint(
        "tendon",
        np.concatenate([bends + across, (bends - across)[::-1]]),
        rng.uniform(0.8, 1),
        fuzz=0.4,
    )


def capped(body: Slice, outline: Sequence, cap: slice, thickness: float = 0.05) -> None:
    """A bone whose outline is covered with cartilage along part of it."""
    curve = canvas.spline(outline)
    part = curve[cap.start * 6 : cap.stop * 6]
    body.paint("cartilage", part, width=2 * thickness, closed=False, fuzz=0.4)
    body.bone(outline, 0.03)
    if body.rng.random() < 0.3:  # the scar of the growth plate
        low, high = curve.min(0), curve.max(0)
        y = low[1] + (high[1] - low[1]) * (0.55 if low[1] < -1 else 0.3)
        line = [(low[0] + 0.2, y), (curve[:, 0].mean(), y - 0.05), (high[0] - 0.2, y)]
        body.paint("bone", line, 0.5, width=0.015, closed=False, within=body.mask(curve), fuzz=0.5)


def knee_sagittal(body: Slice) -> dict:
    """Patella on the left, femoral condyle on tibial plateau, tendons, menisci, a ligament."""
    rng = body.rng
    limb(
        body,
        0.95,
        [
            [(0.35, -1.8), (0.8, -1.7), (0.85, -0.6), (0.6, -0.3), (0.4, -0.6)],
            [(0.35, 0.0), (0.7, -0.2), (0.88, 0.5), (0.8, 1.8), (0.2, 1.8), (0.3, 0.8)],
            [(-0.5, -1.8), (-0.3, -1.8), (-0.3, -0.9), (-0.5, -0.75)],
            [(-0.5, 0.8), (-0.35, 0.9), (-0.3, 1.8), (-0.6, 1.8)],
        ],
    )
    body.disc("vessel", 0.55, -0.2, 0.05, 0.4, 0.1)
    tendon(body, [(-0.45, -1.8), (-0.58, -0.9)], 0.09)
    tendon(body, [(-0.66, -0.25), (-0.6, 0.25), (-0.48, 0.62)], 0.08)
    femur = [
        (-0.3, -1.9),
        (-0.25, -1.0),
        (-0.42, -0.6),
        (-0.45, -0.2),
        (-0.2, 0.06),
        (0.15, 0.08),
        (0.4, -0.12),
        (0.42, -0.45),
        (0.2, -0.75),
        (0.12, -1.2),
        (0.12, -1.9),
    ]
    tibia = [
        (-0.42, 0.3),
        (0.0, 0.26),
        (0.42, 0.28),
        (0.42, 0.5),
        (0.22, 0.8),
        (0.18, 1.9),
        (-0.32, 1.9),
        (-0.34, 0.95),
        (-0.48, 0.6),
    ]
    body.smooth(
        "fluid", [(-0.45, 0.15), (0.0, 0.12), (0.45, 0.12), (0.4, 0.22), (-0.4, 0.25)], alpha=0.7
    )
    capped(body, femur, slice(2, 8))
    capped(body, tibia, slice(0, 3), 0.04)
    capped(
        body,
        [(-0.72, -0.72), (-0.56, -0.72), (-0.52, -0.45), (-0.6, -0.25), (-0.73, -0.3)],
        slice(1, 3),
        0.04,
    )
    if rng.random() < 0.5:
        for points in (
            [(-0.4, 0.1), (-0.38, 0.28), (-0.15, 0.2)],
            [(0.42, 0.06), (0.42, 0.27), (0.15, 0.2)],
        ):
            body.paint("tendon", points)
    elif rng.random() < 0.5:
        body.smooth(
            "fat", [(-0.2, 0.05), (0.2, -0.1), (0.42, 0.0), (0.42, 0.25), (-0.25, 0.25)], alpha=0.8
        )
        tendon(body, [(-0.2, 0.0), (0.1, -0.04), (0.3, 0.1), (0.4, 0.36)], 0.09)
    else:
        body.smooth(
            "fat",
            [(-0.2, 0.05), (0.15, -0.14), (0.4, -0.05), (0.42, 0.25), (-0.25, 0.25)],
            alpha=0.8,
        )
        tendon(body, [(0.3, -0.28), (0.12, 0.0), (-0.15, 0.26)], 0.09)
    return {
        "marrow": (rng.uniform(-0.25, 0.2), choose(rng, [-0.25, 0.5])),
        "tear": (0.36, 0.18),
        "recess": [
            (-0.5, -1.0),
            (-0.42, -0.9),
            (-0.46, -0.5),
            (-0.42, -0.1),
            (-0.5, -0.2),
            (-0.54, -0.7),
        ],
        "cyst": (0.68, 0.05),
    }


def knee_coronal(body: Slice) -> dict:
    """Two condyles over the tibial plateau, two menisci, collateral ligaments, the fibula."""
    rng = body.rng
    limb(
        body,
        0.98,
        [mirrored([(0.3, -1.8), (0.85, -1.8), (0.82, -0.9), (0.6, -0.6)], s) for s in (-1, 1)]
        + [mirrored([(0.4, 0.9), (0.7, 0.8), (0.8, 1.8), (0.2, 1.8)], s) for s in (-1, 1)],
    )
    femur = [
        (-0.26, -1.9),
        (-0.28, -1.1),
        (-0.66, -0.6),
        (-0.7, -0.2),
        (-0.42, 0.05),
        (-0.12, -0.02),
        (0, -0.22),
        (0.12, -0.02),
        (0.42, 0.05),
        (0.7, -0.2),
        (0.66, -0.6),
        (0.28, -1.1),
        (0.26, -1.9),
    ]
    tibia = [
        (-0.68, 0.24),
        (-0.3, 0.24),
        (-0.08, 0.14),
        (0.08, 0.14),
        (0.3, 0.24),
        (0.68, 0.24),
        (0.66, 0.5),
        (0.32, 0.95),
        (0.26, 1.9),
        (-0.22, 1.9),
        (-0.3, 0.95),
        (-0.66, 0.5),
    ]
    body.smooth(
        "fluid", [(-0.68, 0.05), (0, -0.1), (0.68, 0.05), (0.66, 0.25), (-0.66, 0.25)], alpha=0.5
    )
    side = choose(rng, (-1, 1))
    capped(body, femur, slice(3, 10))
    capped(body, tibia, slice(0, 6), 0.04)
    body.bone(
        mirrored(
            [(0.55, 0.6), (0.72, 0.55), (0.7, 0.9), (0.62, 1.9), (0.5, 1.9), (0.54, 0.9)], side
        ),
        0.03,
    )
    for s in (-1, 1):
        body.paint("tendon", mirrored([(0.72, 0.02), (0.7, 0.22), (0.38, 0.15)], s))
        tendon(body, mirrored([(0.74, -0.45), (0.77, 0.1), (0.72, 0.7)], s), 0.04)
    tendon(body, [(0.1, -0.25), (-0.06, 0.12)], 0.06)
    return {
        "marrow": (choose(rng, (-1, 1)) * 0.42, choose(rng, [-0.25, 0.45])),
        "tear": (-0.58 * side, 0.15),
        "recess": mirrored([(0.74, -0.5), (0.84, -0.3), (0.8, 0.1), (0.74, 0.0)], side),
        "cyst": (0.84 * side, 0.2),
    }


def knee_axial(body: Slice) -> dict:
    """The patella in front of the trochlea; muscles and vessels behind."""
    limb(
        body,
        1.0,
        [
            [(-0.75, 0.1), (-0.55, 0.35), (-0.5, 0.65), (-0.8, 0.4)],
            [(0.7, 0.1), (0.55, 0.35), (0.45, 0.7), (0.8, 0.45)],
            [(-0.35, 0.45), (-0.1, 0.5), (-0.2, 0.75), (-0.4, 0.7)],
        ],
        vertical=False,
    )
    body.smooth("fluid", [(-0.6, -0.3), (0, -0.35), (0.6, -0.3), (0.0, -0.42)], alpha=0.6)
    femur = [
        (-0.6, -0.3),
        (-0.3, -0.36),
        (0, -0.24),
        (0.35, -0.38),
        (0.62, -0.28),
        (0.66, 0.1),
        (0.45, 0.38),
        (0.18, 0.32),
        (0, 0.12),
        (-0.18, 0.32),
        (-0.45, 0.38),
        (-0.66, 0.1),
    ]
    capped(body, femur, slice(0, 5))
    capped(
        body,
        [(-0.4, -0.56), (-0.1, -0.72), (0.3, -0.66), (0.42, -0.52), (0.05, -0.38)],
        slice(3, 5),
    )
    tendon(body, [(-0.4, -0.6), (-0.1, -0.76), (0.35, -0.68)], 0.04)
    body.disc("vessel", 0.05, 0.55, 0.06)
    body.disc("vessel", -0.05, 0.66, 0.05)
    return {
        "marrow": (0.35, -0.12),
        "tear": (-0.35, -0.5),
        "cyst": (-0.35, 0.55),
        "recess": [(-0.7, -0.4), (-0.45, -0.48), (-0.62, -0.2), (-0.78, 0.0)],
    }


def shoulder_coronal(body: Slice) -> dict:
    """Humeral head in the glenoid, acromion above, supraspinatus between them, deltoid outside."""
    body.lay("fat", np.ones((SIZE, SIZE), dtype=np.float32))
    body.smooth(
        "air", [(-1.9, -1.8), (0.6, -1.5), (-0.6, -0.95), (-0.95, -0.2), (-0.95, 1.9), (-1.9, 1.9)]
    )
    body.smooth(
        "muscle",
        [
            (-0.5, -0.75),
            (-0.72, -0.3),
            (-0.76, 0.6),
            (-0.5, 1.2),
            (-0.42, 0.6),
            (-0.6, 0.0),
            (-0.45, -0.45),
        ],
    )
    body.smooth(
        "muscle",
        [(-0.2, -0.5), (0.4, -0.72), (1.4, -0.75), (1.4, -0.35), (0.5, -0.36), (0.1, -0.38)],
    )
    body.smooth("muscle", [(0.35, 0.1), (1.4, -0.1), (1.4, 0.9), (0.5, 0.8), (0.3, 0.5)])
    body.smooth("muscle", [(0.0, 0.6), (0.4, 0.9), (0.3, 1.8), (-0.1, 1.8)])
    head = [
        (-0.52, -0.2),
        (-0.3, -0.44),
        (0.0, -0.4),
        (0.2, -0.12),
        (0.16, 0.18),
        (-0.06, 0.38),
        (-0.14, 0.8),
        (-0.14, 1.9),
        (-0.46, 1.9),
        (-0.5, 0.7),
        (-0.58, 0.2),
    ]
    capped(body, head, slice(1, 5))
    capped(
        body,
        [
            (0.28, -0.32),
            (0.5, -0.22),
            (0.9, -0.18),
            (1.4, -0.2),
            (1.4, 0.0),
            (0.8, 0.06),
            (0.5, 0.14),
            (0.3, 0.26),
        ],
        slice(7, 8),
        0.05,
    )
    body.bone([(-0.4, -0.82), (0.1, -0.9), (0.12, -0.74), (-0.35, -0.66)], 0.03)
    body.bone(
        [(0.18, -0.92), (0.7, -1.0), (1.4, -1.1), (1.4, -0.95), (0.6, -0.82), (0.2, -0.76)], 0.03
    )
    tendon(body, [(-0.5, -0.26), (-0.25, -0.5), (0.15, -0.5), (0.5, -0.54)], 0.07)
    for y in (-0.34, 0.28):
        body.disc("tendon", 0.25, y, 0.04, 0.06)
    return {
        "marrow": (-0.35, -0.1),
        "tear": (-0.32, -0.46),
        "cyst": (0.45, -0.32),
        "recess": [(-0.62, -0.4), (-0.3, -0.6), (0.1, -0.58), (-0.3, -0.54), (-0.6, -0.2)],
    }


def shoulder_axial(body: Slice) -> dict:
    """Humeral head against the glenoid, labrum, subscapularis, infraspinatus, deltoid."""
    body.lay("fat", np.ones((SIZE, SIZE), dtype=np.float32))
    body.smooth(
        "air",
        [
            (-1.9, -1.9),
            (1.9, -1.9),
            (1.2, -1.1),
            (0.0, -0.95),
            (-0.8, -0.6),
            (-1.0, 0.1),
            (-0.7, 0.8),
            (0.2, 1.15),
            (1.9, 1.3),
            (1.9, 2.2),
            (-1.9, 2.2),
        ],
    )
    body.smooth(
        "muscle",
        [
            (0.2, -0.85),
            (-0.4, -0.72),
            (-0.82, -0.2),
            (-0.8, 0.3),
            (-0.4, 0.8),
            (0.2, 1.0),
            (-0.3, 0.55),
            (-0.62, 0.1),
            (-0.5, -0.4),
        ],
    )
    body.smooth(
        "muscle", [(-0.1, -0.5), (0.4, -0.42), (1.3, -0.3), (1.4, 0.0), (0.5, -0.08), (0.2, -0.3)]
    )
    body.smooth("muscle", [(-0.1, 0.5), (0.3, 0.32), (1.4, 0.35), (1.4, 0.85), (0.5, 0.8)])
    capped(body, canvas.oval(body.rng, -0.18, 0.02, 0.4, 0.4, rough=0.04)[::2], slice(10, 14))
    capped(
        body,
        [(0.27, -0.2), (0.5, -0.05), (1.4, 0.05), (1.4, 0.25), (0.5, 0.24), (0.3, 0.26)],
        slice(5, 6),
    )
    for y in (-0.26, 0.32):
        body.paint("tendon", [(0.2, y), (0.32, y - 0.06), (0.32, y + 0.07)])
    tendon(body, [(-0.35, -0.44), (0.1, -0.45), (0.4, -0.36)], 0.05)
    body.disc("tendon", -0.42, -0.36, 0.05)
    return {
        "marrow": (-0.3, 0.15),
        "tear": (0.25, -0.26),
        "cyst": (0.45, 0.42),
        "recess": [(0.22, -0.3), (0.4, -0.3), (0.3, -0.1), (0.24, 0.3), (0.2, 0.0)],
    }


def ankle_sagittal(body: Slice) -> dict:
    """Tibia on talus on calcaneus, midfoot on the left, the Achilles tendon behind, the sole."""
    outline = [
        (-0.35, -1.9),
        (-0.4, -0.5),
        (-0.85, -0.1),
        (-1.9, 0.3),
        (-1.9, 0.95),
        (-0.5, 0.9),
        (0.3, 1.0),
        (0.72, 0.85),
        (0.72, 0.4),
        (0.55, -0.3),
        (0.62, -1.9),
    ]
    body.smooth("skin", np.array(outline) * 1.015)
    body.smooth("fat", outline)
    body.smooth("muscle", [(0.14, -1.9), (0.42, -1.9), (0.34, -0.9), (0.2, -0.45), (0.12, -0.8)])
    body.smooth("muscle", [(-1.9, 0.72), (-0.6, 0.6), (0.25, 0.75), (-0.4, 0.82), (-1.9, 0.88)])
    body.bone(
        [
            (-0.26, -1.9),
            (-0.22, -0.7),
            (-0.3, -0.3),
            (-0.05, -0.26),
            (0.18, -0.2),
            (0.12, -0.7),
            (0.06, -1.9),
        ],
        0.04,
    )
    capped(
        body,
        [
            (-0.28, -0.18),
            (-0.05, -0.16),
            (0.16, -0.08),
            (0.26, 0.1),
            (0.0, 0.2),
            (-0.3, 0.2),
            (-0.52, 0.22),
            (-0.55, 0.02),
        ],
        slice(0, 3),
    )
    body.bone(
        [
            (0.02, 0.28),
            (0.3, 0.2),
            (0.58, 0.3),
            (0.64, 0.55),
            (0.5, 0.76),
            (0.2, 0.66),
            (-0.3, 0.58),
            (-0.45, 0.36),
            (-0.2, 0.34),
        ],
        0.035,
    )
    body.bone([(-0.62, 0.04), (-0.76, 0.06), (-0.78, 0.32), (-0.62, 0.28)], 0.03)
    body.bone([(-0.84, 0.1), (-1.1, 0.16), (-1.1, 0.44), (-0.84, 0.38)], 0.03)
    body.bone([(-0.55, 0.4), (-0.86, 0.46), (-0.84, 0.64), (-0.52, 0.58)], 0.03)
    body.bone([(-1.16, 0.2), (-1.9, 0.45), (-1.9, 0.66), (-1.16, 0.5)], 0.03)
    tendon(body, [(0.46, -1.9), (0.46, -0.5), (0.6, 0.34)], 0.08)
    tendon(body, [(-0.36, -1.9), (-0.38, -0.4), (-0.7, -0.06)], 0.05)
    tendon(body, [(0.45, 0.8), (-0.4, 0.72), (-1.3, 0.72)], 0.03)
    return {
        "marrow": (choose(body.rng, [-0.2, 0.25]), choose(body.rng, [0.05, 0.45])),
        "tear": (0.46, -0.3),
        "cyst": (0.3, -0.05),
        "recess": [(-0.42, -0.28), (-0.28, -0.24), (-0.5, -0.04), (-0.56, -0.12)],
    }


def hip_coronal(body: Slice) -> dict:
    """Femoral head in the acetabulum, neck, trochanter, gluteal and adductor muscles, bladder."""
    body.lay("fat", np.ones((SIZE, SIZE), dtype=np.float32))
    body.smooth("air", [(-1.9, -2.0), (-0.95, -1.8), (-0.9, 0.0), (-1.0, 2.0), (-1.9, 2.0)])
    for muscle in (
        [(-0.7, -1.1), (-0.2, -1.5), (0.0, -0.6), (-0.5, -0.2), (-0.72, -0.4)],
        [(0.15, 0.5), (0.7, 0.45), (0.9, 1.0), (0.4, 1.8), (0.0, 1.2)],
        [(-0.7, 0.5), (-0.5, 0.6), (-0.5, 1.9), (-0.75, 1.9)],
        [(0.3, -0.3), (0.5, -0.2), (0.6, 0.3), (0.4, 0.3)],
    ):
        body.smooth("muscle", muscle)
    body.disc("fluid", 1.1, -0.1, 0.4, 0.35)
    body.bone(
        [
            (0.05, -1.4),
            (0.5, -1.5),
            (0.4, -0.7),
            (0.5, -0.3),
            (0.4, -0.2),
            (0.25, -0.42),
            (-0.1, -0.5),
            (-0.2, -0.6),
            (0.0, -0.9),
        ],
        0.04,
    )
    body.bone([(0.42, 0.15), (0.7, 0.25), (0.6, 0.5), (0.4, 0.4)], 0.035)
    femur = [
        (-0.06, -0.4),
        (0.2, -0.38),
        (0.33, -0.15),
        (0.24, 0.1),
        (0.0, 0.18),
        (-0.15, 0.45),
        (-0.2, 1.9),
        (-0.5, 1.9),
        (-0.5, 0.5),
        (-0.62, 0.1),
        (-0.55, -0.1),
        (-0.4, -0.06),
        (-0.25, -0.15),
    ]
    capped(body, femur, slice(0, 3), 0.05)
    body.disc("tendon", -0.2, -0.44, 0.05)
    return {
        "marrow": (0.08, -0.15),
        "tear": (-0.18, -0.42),
        "cyst": (-0.3, -0.35),
        "recess": [
            (-0.22, -0.3),
            (-0.34, -0.14),
            (-0.1, 0.0),
            (0.02, 0.26),
            (-0.1, 0.2),
            (-0.2, 0.0),
        ],
    }


def wrist_coronal(body: Slice) -> dict:
    """Radius and ulna, two rows of carpals, the bases of the metacarpals."""
    rng = body.rng
    limb(
        body,
        0.78,
        [
            [(-0.74, 0.9), (-0.6, 0.9), (-0.6, 1.8), (-0.74, 1.8)],
            [(0.6, 0.8), (0.72, 0.9), (0.72, 1.8), (0.62, 1.8)],
            [(-0.62, -0.9), (-0.5, -0.9), (-0.5, -1.8), (-0.7, -1.8)],
        ],
    )
    body.smooth("fluid", [(-0.5, -0.4), (0.5, -0.4), (0.55, 0.3), (-0.5, 0.3)], alpha=0.5)
    body.bone(
        [
            (-0.56, 0.3),
            (-0.2, 0.4),
            (0.08, 0.42),
            (0.06, 0.8),
            (-0.12, 1.9),
            (-0.46, 1.9),
            (-0.56, 0.7),
        ],
        0.035,
    )
    body.bone([(0.2, 0.5), (0.46, 0.42), (0.46, 0.75), (0.42, 1.9), (0.2, 1.9), (0.18, 0.8)], 0.035)
    for x, y, a, b, turn in [
        (-0.38, 0.1, 0.13, 0.22, 0.7),
        (-0.04, 0.22, 0.16, 0.15, 0),
        (0.28, 0.18, 0.16, 0.13, -0.4),
        (-0.5, -0.28, 0.12, 0.15, 0),
        (-0.28, -0.3, 0.1, 0.15, 0),
        (-0.02, -0.14, 0.15, 0.24, 0),
        (0.26, -0.16, 0.14, 0.2, 0.4),
    ]:
        body.disc("cartilage", x, y, a + 0.025, b + 0.025, turn, rough=0.1)
        body.bone(canvas.oval(rng, x, y, a, b, turn, 0.15)[::3], 0.03)
    for k in range(5):
        x = -0.62 + 0.3 * k
        body.bone(
            [
                (x - 0.11, -0.5),
                (x + 0.11, -0.5),
                (x + 0.07 + 0.05 * (k - 2), -1.9),
                (x - 0.08 + 0.05 * (k - 2), -1.9),
            ],
            0.035,
        )
    body.paint("tendon", [(0.08, 0.42), (0.48, 0.36), (0.48, 0.42), (0.15, 0.48)])
    return {
        "marrow": (choose(rng, [-0.36, -0.04]), 0.14),
        "tear": (0.2, 0.42),
        "cyst": (-0.66, 0.1),
        "recess": [(0.1, 0.46), (0.2, 0.5), (0.16, 0.8), (0.08, 0.7)],
    }


def hip_axial(body: Slice) -> dict:
    """Femoral head in the cup of the acetabulum, trochanter, muscles before and behind, bladder."""
    rng = body.rng
    body.lay("fat", np.ones((SIZE, SIZE), dtype=np.float32))
    skin = [(-1.9, -1.9), (1.9, -1.9), (1.9, -0.95), (0.4, -0.9), (-0.6, -0.65), (-0.95, 0.1)]
    body.smooth("air", [*skin, (-0.8, 0.85), (0.0, 1.15), (1.9, 1.1), (1.9, 1.9), (-1.9, 1.9)])
    for muscle in (
        [(-0.75, 0.3), (-0.3, 0.4), (0.3, 0.62), (1.1, 0.7), (0.9, 0.95), (0.0, 0.95), (-0.6, 0.7)],
        [(-0.2, -0.35), (0.15, -0.6), (0.4, -0.45), (0.2, -0.25), (-0.1, -0.2)],
        [(-0.5, -0.6), (-0.2, -0.7), (-0.15, -0.5), (-0.45, -0.4)],
        [(-0.8, -0.25), (-0.6, -0.4), (-0.5, -0.1), (-0.7, 0.1)],
        [(0.5, -0.3), (0.62, -0.25), (0.66, 0.3), (0.54, 0.45)],
    ):
        body.smooth("muscle", muscle)
    body.disc("fluid", 1.15, -0.25, rng.uniform(0.3, 0.45), 0.3)
    for x in (0.3, 0.42):
        body.disc("vessel", x, -0.66, 0.05)
    body.bone(
        [(0.2, -0.42), (0.48, -0.36), (0.42, 0.0), (0.5, 0.4), (0.24, 0.52), (0.36, 0.1)], 0.04
    )
    body.bone([(-0.7, 0.12), (-0.3, 0.02), (-0.2, 0.2), (-0.5, 0.36), (-0.74, 0.32)], 0.035)
    capped(body, canvas.oval(rng, 0.06, 0.02, 0.28, 0.28, rough=0.03)[::2], slice(0, 5))
    for y in (-0.4, 0.42):
        body.disc("tendon", 0.2, y, 0.05)
    return {
        "marrow": (0.02, -0.05),
        "tear": (0.22, -0.4),
        "cyst": (0.1, -0.5),
        "recess": [(-0.25, -0.2), (0.0, -0.36), (0.1, -0.32), (-0.2, -0.1), (-0.25, 0.1)],
    }


def elbow_sagittal(body: Slice) -> dict:
    """The humerus in the notch of the ulna, olecranon behind (right), biceps in front."""
    limb(
        body,
        0.8,
        [
            [(-0.6, -1.8), (-0.2, -1.8), (-0.2, -0.5), (-0.4, 0.0), (-0.62, -0.6)],
            [(0.2, -1.8), (0.6, -1.8), (0.6, -0.7), (0.4, -0.4), (0.22, -0.9)],
            [(-0.7, 0.3), (-0.4, 0.4), (-0.25, 1.0), (-0.3, 1.8), (-0.7, 1.8)],
            [(0.4, 0.8), (0.6, 0.7), (0.6, 1.8), (0.35, 1.8)],
        ],
    )
    body.smooth("fat", [(-0.2, -0.6), (0.2, -0.6), (0.35, -0.3), (0.0, -0.1), (-0.3, -0.2)])
    humerus = [(-0.12, -1.9), (0.16, -1.9), (0.14, -0.9), (0.08, -0.4), (-0.1, -0.4), (-0.14, -0.9)]
    body.bone(humerus, 0.04)
    ulna = [(-0.34, 0.2), (-0.16, 0.28), (0.08, 0.26), (0.24, 0.05), (0.26, -0.3), (0.46, -0.34)]
    shaft = [(0.5, 0.1), (0.36, 0.6), (0.3, 1.9), (0.06, 1.9), (0.02, 0.7), (-0.3, 0.4)]
    capped(body, [*ulna, *shaft], slice(0, 4), 0.04)
    capped(body, canvas.oval(body.rng, 0.0, -0.08, 0.22, 0.24, rough=0.04)[::2], slice(1, 9), 0.04)
    tendon(body, [(0.4, -1.2), (0.46, -0.3)], 0.07)
    tendon(body, [(-0.5, -0.3), (-0.3, 0.4), (-0.05, 0.75)], 0.05)
    return {
        "marrow": (0.25, 0.3),
        "tear": (0.45, -0.45),
        "cyst": (-0.4, 0.1),
        "recess": [(-0.25, -0.5), (-0.14, -0.45), (-0.22, -0.1), (-0.36, 0.1), (-0.36, -0.2)],
    }


def ankle_coronal(body: Slice) -> dict:
    """Tibia and fibula embrace the talus; calcaneus and sole below, ligaments at both sides."""
    limb(body, 0.72, [[(-0.5, -1.8), (-0.4, -1.8), (-0.4, -1.0), (-0.52, -1.1)]])
    body.smooth("muscle", [(-0.4, 0.95), (0.4, 0.95), (0.5, 1.3), (-0.5, 1.3)])
    body.smooth("air", [(-1.9, 1.45), (1.9, 1.45), (1.9, 2.5), (-1.9, 2.5)])
    tibia = [(-0.28, -1.9), (0.18, -1.9), (0.2, -0.9), (0.26, -0.35), (-0.2, -0.32)]
    body.smooth("fluid", [(-0.4, -0.4), (0.3, -0.4), (0.36, -0.1), (-0.4, -0.1)], alpha=0.6)
    capped(body, [*tibia, (-0.3, 0.0), (-0.48, 0.02), (-0.46, -0.5), (-0.3, -0.9)], slice(3, 6))
    body.bone([(0.28, -1.9), (0.44, -1.9), (0.42, -0.8), (0.54, 0.05), (0.38, 0.22), (0.34, -0.4)])
    talus = [(-0.24, -0.24), (0.28, -0.26), (0.34, 0.1), (0.2, 0.3), (-0.2, 0.3), (-0.3, 0.1)]
    capped(body, talus, slice(0, 2), 0.04)
    body.bone([(-0.16, 0.38), (0.22, 0.36), (0.34, 0.7), (0.1, 0.95), (-0.14, 0.75)], 0.035)
    tendon(body, [(0.46, 0.2), (0.4, 0.5)], 0.05)
    tendon(body, [(-0.42, 0.0), (-0.3, 0.45)], 0.06)
    for spot in ((-0.5, 0.2), (-0.46, 0.42), (0.54, 0.4), (0.5, 0.55)):
        body.disc("tendon", *spot, 0.05)
    return {
        "marrow": (0.0, body.rng.choice([-0.05, 0.6])),
        "tear": (0.44, 0.35),
        "cyst": (-0.5, 0.7),
        "recess": [(-0.34, -0.3), (0.3, -0.32), (0.34, -0.24), (0.0, -0.26), (-0.34, -0.2)],
    }


def both_hips(body: Slice) -> dict:
    """The hip in a coronal slice and its mirror image, the bladder between them."""
    spots = hip_coronal(body)
    middle = int(body.place([(1.1, 0.0)])[0, 0])
    source = np.where(np.arange(SIZE) < middle, np.arange(SIZE), 2 * middle - np.arange(SIZE))
    body.field = body.field[:, np.clip(source, 0, SIZE - 1)] * (source >= 0)
    return spots


VIEWS = {
    ("knee", "sagittal"): (knee_sagittal, 5),
    ("knee", "coronal"): (knee_coronal, 3),
    ("knee", "axial"): (knee_axial, 1),
    ("shoulder", "oblique coronal"): (shoulder_coronal, 3),
    ("shoulder", "axial"): (shoulder_axial, 1),
    ("ankle", "sagittal"): (ankle_sagittal, 2),
    ("hip", "coronal"): (hip_coronal, 2),
    ("hip", "axial"): (hip_axial, 2),
    ("hips", "coronal"): (both_hips, 1),
    ("elbow", "sagittal"): (elbow_sagittal, 1),
    ("ankle", "coronal"): (ankle_coronal, 1),
    ("wrist", "coronal"): (wrist_coronal, 2),
}


def small_print(body: Slice) -> None:
    """What every limb contains: vessels in both sections, streaks of fat, fine trabeculae."""
    rng, inside = body.rng, (body.field > 0.03).astype(np.float32)
    for _ in range(int(rng.integers(4, 14))):
        x, y = rng.choice([-1, 1]) * rng.uniform(0.45, 1.2), rng.uniform(-1.2, 1.2)
        if rng.random() < 0.4:
            body.disc("vessel", x, y, rng.uniform(0.01, 0.03), fuzz=0.5, within=inside)
        else:
            path = np.cumsum([(x, y), *rng.normal((0, 0.1), 0.05, (4, 2))], axis=0)
            tissue, width = choose(rng, ["fat", "vessel", "tendon"]), rng.uniform(0.008, 0.02)
            body.paint(tissue, path, 0.5, width=width, closed=False, fuzz=0.6, within=inside)
    streaks = fibres(rng, rng.uniform(2, 5), rng.uniform(15, 50), rng.normal(0, 15)) - 0.5
    body.field *= 1 + rng.uniform(0.1, 0.5) * streaks


def show(body: Slice, finding: str, spots: dict) -> Box | None:
    """Paint the finding where this joint has it; returns its box."""
    rng = body.rng
    if finding == "effusion":
        middle = np.mean(spots["recess"], axis=0)
        return body.smooth(
            "fluid", (np.array(spots["recess"]) - middle) * rng.uniform(1, 1.4) + middle
        )
    x, y = spots["marrow" if finding == "bone marrow oedema" else finding]
    if finding == "bone marrow oedema":
        cloud = np.clip(fractal(rng, 18, 3) * 3 - 0.6, 0, 1)
        return body.disc("edema", x, y, rng.uniform(0.12, 0.22), rough=0.3, within=cloud, fuzz=3)
    if finding == "cyst":
        return body.disc(
            "fluid",
            x,
            y,
            rng.uniform(0.07, 0.13),
            rng.uniform(0.07, 0.18),
            rng.uniform(-0.6, 0.6),
            rough=0.2,
        )
    return body.disc(
        "fluid",
        x,
        y,
        rng.uniform(0.03, 0.05),
        rng.uniform(0.05, 0.09),
        rng.uniform(-1, 1),
        rough=0.3,
        fuzz=0.6,
    )


@kind(
    "radiology",
    "joint MRI",
    "MRI of a joint",
    "musculoskeletal MRI",
    "magnetic resonance imaging of a joint",
    "joint magnetic resonance image",
    "MR image of a joint",
    "MSK MRI",
    "orthopaedic MRI",
    "orthopedic MRI",
    "MRI of bone and joint",
    "musculoskeletal magnetic resonance imaging",
    "extremity MRI",
    "MRI of a limb joint",
    "joint MRI slice",
    "MRI slice of a joint",
    "MSK magnetic resonance image",
    describe=phrases,
)
def joint_mri(rng: np.random.Generator) -> tuple[Image.Image, dict]:
    """Marrow in black cortex, cartilage, tendons, muscle, fluid, in six sequences.

    Knee, shoulder, ankle, hip or both hips, elbow, wrist; the coil may see one side best.
    """
    weights = np.array([weight for _, weight in VIEWS.values()])
    (joint, plane), (draw, _) = list(VIEWS.items())[
        int(rng.choice(len(VIEWS), p=weights / weights.sum()))
    ]
    sequence = choose(rng, [*LEVELS, "fat-suppressed proton-density", "T1"])
    finding = (
        None
        if rng.random() < 0.3
        else choose(rng, [f for f in FINDINGS if sequence != "T1" or f == "bone marrow oedema"])
    )
    levels = dict(zip(TISSUES, LEVELS[sequence], strict=True)) | {"air": 0.0}
    levels["fat"] *= rng.uniform(0.6, 1.1)
    levels["marrow"] *= rng.uniform(0.6, 1.1)
    hips = joint == "hips"
    unit, centre = rng.uniform(56, 66) if hips else rng.uniform(98, 150), (1.1 * hips, 0.0)
    body = Slice(rng, levels, unit, centre, wobble=0.015 if hips else 0.035)
    spots = draw(body)
    small_print(body)
    box = show(body, finding, spots) if finding else None
    finding = finding if box else None
    if rng.random() < 0.35:  # the coil lies at one side and sees less of the depth
        x, y = body.coordinates()
        across = x * np.cos(tilt := rng.uniform(0, 6.3)) + y * np.sin(tilt)
        body.field = body.field * np.clip(
            rng.uniform(0.7, 1) + rng.uniform(0.2, 0.6) * across, 0.25, 1.5
        )
    flipped = bool(rng.random() < 0.5)
    if flipped:
        body.field = np.ascontiguousarray(body.field[:, ::-1])
        box = box and (SIZE - box[2], box[1], SIZE - box[0], box[3])
    image = published(
        body, rng, choose(rng, ["sharp"] * 4 + ["soft", "soft", "ghosted", "low resolution"]), ""
    )
    attributes = {
        "joint": joint,
        "plane": plane,
        "sequence": sequence,
        "finding": finding,
        "box": box,
        "marrow": "bright" if levels["marrow"] > 0.5 else "dark",
        "names": [
            f"{joint} MRI",
            f"{joint} MR image",
            f"MRI of the {joint}",
            f"magnetic resonance imaging of the {joint}",
            f"{plane} {joint} MRI",
            f"{sequence} MRI of the {joint}",
        ],
    }
    return canvas.framed(image, attributes, rng)
