"""The parts of the body that bone radiographs show.

Each draws itself on a `Plate` and returns its name and view.
"""

import numpy as np

from ..drawing import blob, choose
from .bones import Plate
from .radiograph import chance


def knee(p: Plate, rng: np.random.Generator) -> tuple[str, str]:
    """A knee from the front, perhaps worn, or from the side."""
    gap = rng.uniform(0.02, 0.05)
    if chance(rng, 0.55):
        p.worn = chance(rng, 0.55)
        gap = 0.006 if p.worn else gap
        p.meat((0, -1.8), (0, 1.8), 0.75, 0.58)
        p.tube((0, -1.9), (0, -gap + 0.03), 0.2, 0.2, 0.4, main=chance(rng, 0.5))
        for s in (-1, 1):
            p.lump((s * 0.2, -0.17 - gap), 0.22, 0.17, 0, 0.05, 0.35)
        p.tube((0, gap), (0, 1.9), 0.19, 0.42, 0.2, main=True)
        p.tube((0.37, 0.2), (0.33, 1.9), 0.07, 0.11, 0.07)
        p.lump((0, -0.28), 0.17, 0.19, 0, 0.08, 0.3)
        return "knee", "AP"
    bent, joint = rng.uniform(0.0, 0.5), np.array([0, -0.1])
    thigh = joint + 1.9 * np.array([-np.sin(bent), -np.cos(bent)])
    p.meat(thigh, joint, 0.7, 0.5)
    p.meat(joint, (-0.25, 1.9), 0.5, 0.5)
    p.tube(thigh, np.add(joint, (0.02, 0)), 0.19, 0.2, 0.3, 0.05, main=True)
    p.lump((-0.08, -0.16), 0.26, 0.2, 0.4, 0.05, 0.4)
    p.tube((0, gap), (-0.2, 1.9), 0.18, 0.36, 0.2)
    p.tube((-0.25, 0.22), (-0.4, 1.9), 0.07, 0.1, 0.07, gain=0.6)
    p.lump((0.42, -0.3), 0.11, 0.2, -0.2, 0.08)
    return "knee", "lateral"


def shaft(p: Plate, rng: np.random.Generator) -> tuple[str, str]:
    """A single long bone that fills the picture: femur or humerus."""
    part = choose(rng, ("femur", "humerus"))
    r = rng.uniform(0.14, 0.3) if part == "femur" else rng.uniform(0.12, 0.22)
    p.meat((0, -2), (0.1, 2), r * rng.uniform(2.2, 4.5), r * rng.uniform(2.2, 4))
    top, bottom = rng.uniform(-2.2, -0.8), rng.uniform(1.0, 2.2)
    p.tube(
        (0, top), (rng.normal(0, 0.1), bottom), r, r * 1.5, r * 1.9, rng.normal(0, 0.06), main=True
    )
    if part == "humerus" or top > -1.2:
        p.lump((r * 0.7, top + r * 0.6), r * 1.4, r * 1.3, 0, 0.05, 0.6)
    return part, choose(rng, ("AP", "lateral"))


def pair(p: Plate, rng: np.random.Generator) -> tuple[str, str]:
    """Two bones side by side: forearm or lower leg."""
    part = choose(rng, ("forearm", "tibia and fibula"))
    apart = rng.uniform(0.14, 0.24)
    p.meat((0, -2), (0, 2), rng.uniform(0.45, 0.7), rng.uniform(0.4, 0.6))
    top, bottom = rng.uniform(-2, -1), rng.uniform(1, 2)
    if part == "forearm":
        r = rng.uniform(0.1, 0.14)
        p.tube((-apart, top), (-apart, bottom), r, r * 1.2, r * 2, 0.08, main=True)
        p.tube((apart, top - 0.1), (apart, bottom - 0.05), r * 0.9, r * 1.8, r * 1.1, -0.03)
    else:
        r = rng.uniform(0.16, 0.24)
        p.tube((-apart * 0.6, top), (-apart * 0.6, bottom), r, r * 2, r * 1.5, main=True)
        p.tube(
            (apart * 1.5, top + 0.15), (apart * 1.4, bottom + 0.1), r * 0.4, r * 0.6, r * 0.7, 0.02
        )
    return part, choose(rng, ("AP", "lateral"))


def rays(
    p: Plate, rng: np.random.Generator, wrist: np.ndarray, fan: float, size: float, hand: bool
) -> None:
    """The metacarpals and fingers, or metatarsals and toes, that fan out from the wrist upwards."""
    for k, length in enumerate(
        (0.62, 0.98, 1.0, 0.94, 0.85) if hand else (0.95, 1, 0.98, 0.93, 0.88)
    ):
        thumb = hand and k == 0
        angle = (k - 2) * fan - (0.45 if thumb else 0)
        way = np.array([np.sin(angle), -np.cos(angle)])
        here = (
            wrist + way * (0.13 if thumb else 0.26) * size + np.array([(k - 2) * 0.075 * size, 0])
        )
        r = (0.042 if hand else 0.06 if k == 0 else 0.036) * size * rng.uniform(0.9, 1.1)
        parts = (0.46, 0.28, 0.18, 0.13)[: 3 if thumb else 4] if hand else (0.55, 0.2, 0.08, 0.07)
        p.meat(
            here - way * 0.1, here + way * sum(parts) * size * length * 1.12, r * 2.6, r * 2.1, 0.35
        )
        for i, part in enumerate(parts):
            there = here + way * part * size * length
            main = (k, i) == (4 if hand else 3, 0)
            p.tube(here, there, r * 0.8**i, r * 1.5 * 0.82**i, r * 1.45 * 0.8**i, main=main)
            here = there + way * 0.02 * size
            way = way + rng.normal(0, 0.03, 2)


def hand(p: Plate, rng: np.random.Generator) -> tuple[str, str]:
    """A hand or a wrist from the back: forearm ends, carpal bones, rays."""
    wrist_only = chance(rng, 0.4)
    size = rng.uniform(1.9, 2.6) if wrist_only else rng.uniform(1.0, 1.35)
    wrist = np.array([0, 0.1 if wrist_only else 0.55])
    p.meat(np.add(wrist, (0, 1.4 * size)), wrist, 0.26 * size, 0.22 * size)
    p.meat(np.add(wrist, (0, 0.12)), wrist - (0, 0.72 * size), 0.23 * size, 0.34 * size, 0.5)
    rays(p, rng, wrist, rng.uniform(0.08, 0.19), size, True)
    for row, y in enumerate((0.06, 0.19)):
        for k in (-1.5, -0.5, 0.5, 1.5):
            spot = (
                wrist
                + np.array([k * 0.098, -y + 0.02 * abs(k)]) * size
                + rng.normal(0, 0.006 * size, 2)
            )
            p.lump(spot, 0.058 * size, 0.066 * size, rng.uniform(0, 3), 0.18, 0.85 + 0.1 * row)
    elbow, end = (wrist + np.array(place) * size for place in ((-0.085, 1.5), (-0.09, 0.03)))
    p.tube(elbow, end, 0.06 * size, 0.07 * size, 0.12 * size, main=wrist_only)
    elbow, end = (wrist + np.array(place) * size for place in ((0.12, 1.5), (0.12, 0.05)))
    p.tube(elbow, end, 0.045 * size, 0.06 * size, 0.065 * size)
    return "wrist" if wrist_only else "hand", "PA"


TARSALS = (  # x, y and half axes: cuneiform bones, cuboid, navicular, heel
    (-0.1, -0.17, 0.07, 0.09),
    (0, -0.19, 0.05, 0.07),
    (0.1, -0.14, 0.09, 0.09),
    (-0.07, 0, 0.12, 0.07),
    (0, 0.2, 0.13, 0.16),
)


def foot(p: Plate, rng: np.random.Generator) -> tuple[str, str]:
    """A foot from above."""
    size, heel = rng.uniform(1.15, 1.6), np.array([0, 0.55])
    p.meat(np.add(heel, (0, 0.9)), heel - (0, 0.9 * size), 0.24 * size, 0.36 * size)
    rays(p, rng, heel, rng.uniform(0.03, 0.08), size, False)
    for x, y, a, b in TARSALS:
        p.lump(heel + np.array([x, y]) * size, a * size, b * size, rng.normal(0, 0.2), 0.12, 0.9)
    return "foot", "AP"


def ankle(p: Plate, rng: np.random.Generator) -> tuple[str, str]:
    """An ankle from the front or from the side."""
    side_on = chance(rng, 0.5)
    p.meat((0, -2), (0, 0.3), 0.5, 0.45)
    p.tube((-0.04, -2), (-0.04, 0.0), 0.19, 0.2, 0.31, main=True)
    fibula = ((-0.15, -2), (-0.1, 0.15)) if side_on else ((0.28, -2), (0.33, 0.16))
    p.tube(*fibula, 0.075, 0.08, 0.12, gain=0.8)
    if side_on:
        p.meat((-0.75, 0.5), (1.6, 0.75), 0.4, 0.25)
        p.lump((0.05, 0.2), 0.36, 0.18, 0.1, 0.1)
        p.lump((-0.35, 0.55), 0.5, 0.2, -0.25, 0.12)
        for x, y, a, b in (
            (0.45, 0.3, 0.12, 0.17),
            (0.45, 0.55, 0.18, 0.14),
            (0.7, 0.42, 0.14, 0.14),
        ):
            p.lump((x, y), a, b, 0.4, 0.12, 0.8)
        for k in range(3):
            p.tube((0.85, 0.42 + 0.08 * k), (1.8, 0.72 + 0.06 * k), 0.06, 0.1, 0.09, gain=0.7)
        return "ankle", "lateral"
    p.lump((-0.3, 0.08), 0.07, 0.15, 0.1, 0.1, 0.8)
    p.lump((0.02, 0.24), 0.28, 0.19, 0, 0.08)
    p.lump((0.02, 0.6), 0.25, 0.28, 0, 0.1, 0.9)
    p.meat((0, 0.2), (0, 1.0), 0.48, 0.4)
    return "ankle", "AP"


def elbow(p: Plate, rng: np.random.Generator) -> tuple[str, str]:
    """An elbow, straight or bent."""
    bent = choose(rng, (0.1, rng.uniform(0.8, 1.7)))
    way = np.array([np.sin(bent), np.cos(bent)])
    side = np.array([way[1], -way[0]])
    p.meat((0, -2), (0, 0.1), 0.45, 0.4)
    p.meat((0, 0), way * 2, 0.4, 0.36)
    p.tube((0, -2), (0, 0.02), 0.16, 0.16, 0.34 if bent < 0.5 else 0.22, main=True)
    p.tube(way * 0.06 + side * 0.14, way * 2 + side * 0.2, 0.1, 0.15, 0.1)
    p.tube(-way * 0.18 - side * 0.1, way * 2 - side * 0.12, 0.1, 0.18, 0.08, gain=0.9)
    return "elbow", "AP" if bent < 0.5 else "lateral"


def shoulder(p: Plate, rng: np.random.Generator) -> tuple[str, str]:
    """A shoulder from the front: humerus, shoulder blade, collar bone, ribs."""
    p.meat((0.45, -0.3), (0.7, 2), 0.5, 0.38)
    p.meat((-1.6, 0.6), (0.4, 0.1), 1.1, 0.6)
    p.tube((0.42, -0.3), (0.62, 2), 0.14, 0.27, 0.15, main=True)
    p.lump((0.33, -0.2), 0.25, 0.25, 0, 0.05, 0.7)
    p.lump((-0.02, -0.05), 0.1, 0.22, 0.1, 0.1, 0.6)
    p.tube((-0.02, -0.1), (-0.4, 1.1), 0.07, 0.12, 0.05, gain=0.5)
    p.tube((-1.6, -0.3), (0.2, -0.52), 0.08, 0.12, 0.1, 0.12)
    p.lump((0.3, -0.5), 0.17, 0.07, 0.3, 0.1, 0.7)
    for k in range(5):
        p.tube(
            (-1.5, -0.15 + 0.28 * k),
            (-0.45 - 0.02 * k, 0.2 + 0.32 * k),
            0.05,
            0.06,
            0.05,
            0.12,
            gain=0.45,
        )
    return "shoulder", "AP"


def pelvis(p: Plate, rng: np.random.Generator) -> tuple[str, str]:
    """A pelvis with both hips, or one hip close up (shift and zoom)."""
    part = choose(rng, ("pelvis", "hip"))
    k, shift = (0.85, (0.0, 0.0)) if part == "pelvis" else (1.5, (-0.85, -0.2))

    def lump(x, y, a, b, *how) -> None:
        p.lump(((x + shift[0]) * k, (y + shift[1]) * k), a * k, b * k, *how)

    def limb(draw, x0, y0, x1, y1, radii, **how) -> None:
        ends = [((x + shift[0]) * k, (y + shift[1]) * k) for x, y in ((x0, y0), (x1, y1))]
        draw(*ends, *(r * k for r in radii), **how)

    limb(p.meat, 0, -1.6, 0, 0.9, (1.15, 1.1), level=0.7)
    lump(0, -0.45, 0.2, 0.34, 0, 0.08, 0.5)
    for j in range(3):
        lump(0, -0.95 - 0.27 * j, 0.2, 0.11, 0, 0.06, 0.7)
    for s in (-1, 1):
        limb(p.meat, s * 0.6, 0.5, s * 0.6, 2, (0.45, 0.4), level=0.6)
        lump(s * 0.5, -0.5, 0.33, 0.42, s * 0.5, 0.22, 0.45)
        lump(s * 0.36, -0.25, 0.2, 0.3, s * 0.3, 0.15, 0.3)
        lump(s * 0.52, 0.02, 0.2, 0.2, 0, 0.05, 0.6)
        limb(p.tube, s * 0.42, 0.08, s * 0.02, 0.22, (0.055, 0.09, 0.08), gain=0.8)
        limb(p.tube, s * 0.08, 0.24, s * 0.28, 0.52, (0.05, 0.06, 0.07), gain=0.8)
        limb(p.tube, s * 0.3, 0.55, s * 0.45, 0.1, (0.06, 0.08, 0.08), gain=0.7)
        lump(s * 0.56, 0.03, 0.14, 0.14, 0, 0.03, 0.8)
        limb(p.tube, s * 0.55, 0.02, s * 0.82, 0.28, (0.09, 0.1, 0.12), gain=0.7)
        limb(p.tube, s * 0.8, 0.14, s * 0.72, 2, (0.11, 0.14, 0.12), main=s > 0)
    return part, "AP"


def spine(p: Plate, rng: np.random.Generator) -> tuple[str, str]:
    """A cervical or lumbar spine from the side or from the front."""
    part, side_on = choose(rng, ("cervical spine", "lumbar spine")), chance(rng, 0.6)
    n, girth = (7, (0.75, 0.8)) if part == "cervical spine" else (5, (1.3, 1.3))
    wide = (rng.uniform(0.48, 0.65) if side_on else rng.uniform(0.62, 0.85)) + (
        0.1 if n == 7 else 0
    )
    step, curve = 1.9 / n * rng.uniform(0.9, 1.15), rng.uniform(0.05, 0.3)
    p.meat((0, -1.6), (0, 1.6), *girth, 0.7)
    for k in range(-1, n + 1):
        u = k / (n - 1) * 2 - 1
        spot = np.array([curve * (1 - u * u) * side_on - 0.1, -0.95 + step * k])
        p.lump(spot, step * wide, step * 0.45, -curve * 2 * u * side_on * 0.5, 0.03, 1, True)
        if side_on:
            tip = np.add(spot, (-step * 1.5, step * 0.35))
            p.tube(spot - (step * 0.6, 0), tip, step * 0.13, step * 0.17, step * 0.16, gain=0.6)
            p.lump(
                np.add(spot, (-step * 0.75, step * 0.25)), step * 0.17, step * 0.33, 0.4, 0.1, 0.6
            )
            continue
        for s in (-1, 1):
            p.lump(np.add(spot, (s * step * 0.42, -0.03)), step * 0.11, step * 0.16, 0, 0.05, 0.5)
            root = np.add(spot, (s * step * wide * 0.85, 0))
            tip = np.add(spot, (s * step * (wide + 0.6), -0.02))
            p.tube(root, tip, step * 0.1, step * 0.1, step * 0.1, gain=0.5)
        p.lump(np.add(spot, (0, step * 0.25)), step * 0.09, step * 0.25, 0, 0.1, 0.6)
    return part, "lateral" if side_on else "AP"


def skull(p: Plate, rng: np.random.Generator) -> tuple[str, str]:
    """A skull from the side."""
    p.layers([(p.at(blob(rng, -0.1, -0.2, 0.85, 0.03, 60) * (1, 0.85)), 0.45)], p.flesh)
    for f, gain in ((1, 0.7), (0.94, -0.4)):
        p.layers([(p.at(blob(rng, -0.1, -0.2, 0.8 * f, 0.02, 60) * (1, 0.85)), 1.0)], p.bone, gain)
    for x, y, a, b, gain in (
        (0.5, 0.25, 0.2, 0.3, 0.5),
        (0.0, 0.38, 0.35, 0.1, 0.7),
        (0.55, 0.52, 0.2, 0.1, 0.8),
    ):
        p.lump((x, y), a, b, 0.1, 0.15, gain)
    p.tube((0.02, 0.35), (0.15, 0.75), 0.09, 0.12, 0.1, gain=0.7)
    p.tube((0.1, 0.72), (0.7, 0.85), 0.09, 0.12, 0.1, gain=0.8)
    for k in range(3):
        p.lump((-0.22, 0.62 + 0.2 * k), 0.12, 0.085, 0.1, 0.1, 0.7)
    p.meat((-0.1, 0.3), (-0.2, 1.6), 0.5, 0.4, 0.4)
    return "skull", "lateral"


def ribs(p: Plate, rng: np.random.Generator) -> tuple[str, str]:
    """A collar bone above the upper ribs, or the ribs of one side in their slanting arches."""
    part = choose(rng, ("clavicle", "ribs"))
    p.meat((-1.6, 0.4), (1.6, 0.4), 1.3, 1.2, 0.5)
    for k in range(-2, 6):
        y = -0.6 + 0.38 * k + 0.45 * (part == "clavicle")
        p.tube((-1.3, y - 0.2), (1.0, y + 0.3), 0.055, 0.07, 0.05, 0.25, main=k == 1, gain=0.5)
        p.tube((1.05, y + 0.35), (-0.9, y + 1.0), 0.05, 0.05, 0.06, -0.2, gain=0.2)
    if part == "clavicle":
        p.main = None
        p.tube((-1.2, -0.1), (0.95, -0.45), 0.09, 0.14, 0.12, 0.1, main=True)
        p.lump((1.1, -0.35), 0.2, 0.1, 0.3, 0.1, 0.7)
        p.tube((1.15, 0.0), (1.35, 1.9), 0.14, 0.26, 0.14)
    return part, "AP"


def finger(p: Plate, rng: np.random.Generator) -> tuple[str, str]:
    """One finger close up, or two: three short bones on end."""
    for x in (-0.5, 0.5) if chance(rng, 0.5) else (0.0,):
        r, y = rng.uniform(0.1, 0.15), rng.uniform(0.9, 1.4)
        p.meat((x, 1.9), (x, -1.1), r * 2.6, r * 2.1, 0.5)
        for k, part in enumerate((1.1, 0.7, 0.45)):
            p.tube((x, y), (x, y - part), r, r * 1.6, r * 1.35, main=k == 0 and x <= 0)
            y, r = y - part - 0.04, r * 0.85
    return "finger", choose(rng, ("AP", "lateral"))


def skull_front(p: Plate, rng: np.random.Generator) -> tuple[str, str]:
    """A skull from the front: vault, orbits, nasal cavity and jaw."""
    p.layers([(p.at(blob(rng, 0, -0.15, 0.78, 0.02, 60) * (0.95, 1.15)), 0.45)], p.flesh)
    for f, gain in ((1, 0.75), (0.94, -0.35)):
        p.layers([(p.at(blob(rng, 0, -0.2, 0.72 * f, 0.02, 60) * (0.93, 1.1)), 1.0)], p.bone, gain)
    for s in (-1, 1):
        p.layers([(p.at(blob(rng, s * 0.27, 0.02, 0.19, 0.08, 40)), 1.0)], p.bone, -0.25)
        p.lump((s * 0.28, 0.02), 0.2, 0.19, 0, 0.08, 0.4)
        p.tube((s * 0.55, 0.2), (s * 0.2, 0.8), 0.07, 0.09, 0.1, gain=0.7)
    p.layers([(p.at(blob(rng, 0, 0.3, 0.12, 0.1, 30) * (0.8, 1)), 1.0)], p.bone, -0.3)
    p.tube((-0.28, 0.55), (0.28, 0.55), 0.06, 0.08, 0.08, 0.1, gain=0.8)
    p.tube((-0.22, 0.8), (0.22, 0.8), 0.08, 0.1, 0.1, 0.05, gain=0.8)
    return "skull", "AP"


PARTS = (  # as often as they are to be drawn
    (knee,) * 5
    + (shaft,) * 6
    + (pair,) * 4
    + (hand,) * 5
    + (ankle,) * 3
    + (foot,) * 2
    + (elbow,) * 3
    + (shoulder,) * 4
    + (ribs,) * 2
    + (finger,) * 2
    + (skull_front,)
    + (pelvis,) * 3
    + (spine,) * 3
    + (skull,)
)
TRUNK = (pelvis, spine, skull, skull_front, ribs)  # what is not turned about or seen from close up
