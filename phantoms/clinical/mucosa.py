"""The mucosa of hollow organs as an endoscope sees it: tubes, walls, light, findings."""

import numpy as np

from ..drawing import (
    SIZE,
    X,
    Y,
    blend,
    blur,
    choose,
    colour,
    ellipse,
    fractal,
    soft,
    stretched_noise,
)
from .photograph import around, glow, plain, point, rgb, shade, spots, strokes


def tunnel(
    rng: np.random.Generator, organ: str, lumen: np.ndarray, width: float
) -> tuple[np.ndarray, np.ndarray]:
    """The inside of a tube along its axis: (brightness, how far into the lumen), (S, S) each."""
    uniform = rng.uniform

    def own(colon: float, stomach: float, oesophagus: float, bronchus: float) -> float:
        return {"colon": colon, "stomach": stomach, "oesophagus": oesophagus, "bronchus": bronchus}[
            organ
        ]

    dx, dy = (
        axis - middle + 6 * stretched_noise(rng, 60, 60)
        for axis, middle in zip((X, Y), lumen, strict=True)
    )
    theta, rho = np.arctan2(dy, dx), np.hypot(dx, dy * uniform(0.8, 1.25)) + 1
    corners = own(3, 2, int(rng.integers(4, 8)), 1)
    amount = own(uniform(0.08, 0.25), 0.1, uniform(0.1, 0.3), 0.05)
    rho = rho * (
        1 + amount * np.cos(corners * theta + uniform(0, 6)) + 0.05 * stretched_noise(rng, 25, 25)
    )
    depth = width / rho  # 1 at the mouth of the dark lumen, less on the near wall
    light = np.clip(1.25 - depth, 0, 1) ** uniform(0.7, 1.3)
    if organ == "oesophagus":
        pleats = uniform(0.1, 0.3) * np.cos(corners * theta + 0.5 * stretched_noise(rng, 60, 60))
        light = light * (1 + pleats * np.clip(depth * 1.5, 0.1, 1))
    rings = np.log(rho / width + 0.05) * own(uniform(0.8, 1.7), 1.0, 0.6, uniform(1.8, 3.5))
    phase = (
        rings
        + 0.12 * np.sin(3 * theta + uniform(0, 6))
        + 0.16 * stretched_noise(rng, 80, 80)
        + uniform(0, 1)
    )
    phase = phase % 1
    # A lit crest, then shade behind it.
    fold = np.where(phase < 0.16, phase / 0.16, 1 - (phase - 0.16) / 0.84) ** 1.3
    strength = own(uniform(0.5, 0.85), 0.15, uniform(0, 0.2), uniform(0.1, 0.25))
    return light * (1 - strength + strength * blur(fold, 2)), depth


def wall(rng: np.random.Generator, organ: str) -> np.ndarray:
    """The brightness (S, S) of a wall seen face on: rugae in the stomach, else gentle folds."""
    turn = rng.uniform(0, np.pi)
    pitch = rng.uniform(35, 75) if organ == "stomach" else rng.uniform(80, 180)
    along = X * np.cos(turn) + Y * np.sin(turn) + 0.3 * pitch * stretched_noise(rng, 90, 90)
    folds = (0.5 + 0.5 * np.cos(2 * np.pi * along / pitch)) ** rng.uniform(0.5, 1.2)
    strength = rng.uniform(0.25, 0.6) if organ == "stomach" else rng.uniform(0.1, 0.35)
    lamp = np.exp(-((ellipse(*rng.uniform(70, 190, 2), *rng.uniform(110, 220, 2))) ** 2))
    return (0.35 + 0.7 * lamp) * (1 - strength + strength * folds)


def carina(rng: np.random.Generator, organ: str) -> tuple[np.ndarray, np.ndarray]:
    """Two tubes side by side and the septum between them: (brightness, depth) as of `tunnel`."""
    apart, turn = rng.uniform(42, 65), rng.uniform(-0.6, 0.6)
    offset = point(apart * np.cos(turn), apart * np.sin(turn))
    tubes = [tunnel(rng, organ, SIZE / 2 + side * offset, rng.uniform(22, 36)) for side in (-1, 1)]
    light, depth = np.minimum(tubes[0][0], tubes[1][0]), np.maximum(tubes[0][1], tubes[1][1])
    septum = np.abs(
        (X - 128) * np.cos(turn) + (Y - 128) * np.sin(turn) + 7 * stretched_noise(rng, 60, 60)
    )
    septum = septum / rng.uniform(9, 24)
    return blur(light, 2) * (0.8 + 0.35 * np.exp(-(septum**2))), depth


def crescents(
    rng: np.random.Generator, lumen: np.ndarray, width: float
) -> tuple[np.ndarray, np.ndarray]:
    """Two to five smooth folds, one behind the other about the lumen: (brightness, depth)."""
    n, uneven = int(rng.integers(2, 6)), 0.08 * stretched_noise(rng, 110, 110)
    near, turn = point(*rng.uniform(90, 166, 2)), rng.uniform(0, np.pi)
    slope = ((X - 128) * np.cos(2 * turn) + (Y - 128) * np.sin(2 * turn)) / SIZE
    light = 0.85 + rng.uniform(0.1, 0.5) * slope
    for k in range(1, n + 1):
        middle = near + (lumen - near) * k / n + rng.normal(0, 5, 2)
        size = 150 + (width - 150) * (k / n) ** rng.uniform(0.6, 0.9)
        rim = ellipse(*middle, size * rng.uniform(1, 1.4), size * rng.uniform(0.7, 1), turn)
        rim = (rim + uneven).astype(np.float32)
        behind = (0.9 - 0.6 * k / n) * (0.5 + 0.9 * np.clip(1 - rim, 0, 0.6)) * (1 + 0.5 * slope)
        light = light + 0.16 * np.exp(-(((rim - 1.05) / 0.06) ** 2))
        light = blend(light, behind, soft(rim, 1, rng.uniform(0.04, 0.14)))
    return np.clip(light, 0.02, 1.3), 1.9 * soft(rim, 0.85, 0.5)


def lining(
    rng: np.random.Generator, base: np.ndarray, light: np.ndarray, depth: np.ndarray
) -> tuple[np.ndarray, bool]:
    """The lit wet lining, (S, S, 3), smooth or patchy, and whether its vessels are seen."""
    smooth = rng.random() < 0.5
    red = base * rgb(0.95, rng.uniform(0.6, 0.85), rng.uniform(0.6, 0.9))
    patches = fractal(rng, rng.uniform(40, 130), 2 if smooth else 5)
    field = blend(plain(base), red, patches * rng.uniform(0.3, 1))
    vessels = bool(rng.random() < 0.45)
    if vessels:  # fine branching: ridges of noise at two scales
        large = soft(np.abs(stretched_noise(rng, 34, 34)), 0.05, 0.1)
        small = soft(np.abs(stretched_noise(rng, 13, 13)), 0.06, 0.14)
        net = np.maximum(large, 0.6 * small) * np.clip(stretched_noise(rng, 50, 50) + 0.7, 0, 1)
        field = blend(field, base * rgb(0.8, 0.4, 0.4), net * rng.uniform(0.25, 0.65))
    pits = stretched_noise(rng, rng.uniform(2, 6), rng.uniform(2, 6))
    field = shade(
        shade(field, 1 + rng.uniform(0, 0.015 if smooth else 0.06) * pits),
        light * rng.uniform(0.85, 1.2),
    )
    field = blend(field, base * rgb(0.25, 0.08, 0.07), np.clip(depth - 0.9, 0, 1) * 0.6)
    gy, _ = np.gradient(blur(light, 1.5))
    grain = rng.uniform(3, 9)
    wet = 0.5 * stretched_noise(rng, grain, grain * 0.7) + 0.8 * stretched_noise(
        rng, 3 * grain, 2.2 * grain
    )
    wet = (
        wet
        + 14 * np.clip(-gy, -0.04, 0.05)
        + 0.8 * (light - 0.7)
        - rng.uniform(*((2.3, 3.8) if smooth else (1.5, 3.2)))
    )
    # The glare about each highlight.
    field = glow(field, 0.15 * np.clip(wet + 0.9, 0, 1) * (depth < 0.8))
    field = blend(field, rgb(1, 0.99, 0.97), np.clip(wet * 3, 0, 1) * (depth < 0.8))
    return field.astype(np.float32), vessels


def lump(
    rng: np.random.Generator,
    field: np.ndarray,
    tint: np.ndarray,
    place: np.ndarray,
    r: float,
    rough: float,
) -> tuple[np.ndarray, np.ndarray]:
    """A rounded protrusion lit from the scope, with shade, texture and glint: (picture, shape)."""
    shape = ellipse(*place, r * rng.uniform(0.85, 1.3), r * rng.uniform(0.75, 1), rng.uniform(0, 3))
    shape = shape + rough * stretched_noise(rng, r * 0.5 + 3, r * 0.5 + 3)
    shadow = ellipse(*(place + rng.normal(0, 0.25 * r, 2) + [0, 0.15 * r]), r * 1.25, r * 1.2)
    field = shade(field, 1 - rng.uniform(0.25, 0.55) * soft(shadow, 1, 0.5))
    dome = np.sqrt(np.clip(1 - np.clip(shape, 0, 1) ** 2, 0, 1))
    bumps = stretched_noise(rng, max(3, r / 8), max(3, r / 8))
    surface = shade(tint, 0.4 + 0.6 * dome * (1 + 0.1 * bumps))
    field = blend(
        field, shade(surface, 1 + 0.12 * stretched_noise(rng, 12, 12)), soft(shape, 1, 0.12)
    )
    glint = ellipse(
        *(place + rng.normal(-0.2 * r, 0.15 * r, 2)), r * 0.16, r * 0.12
    ) + 0.3 * stretched_noise(rng, 5, 5)
    return blend(field, 0.98, soft(glint, 1, 0.3) * (rng.random() < 0.8)), shape


def growth(
    rng: np.random.Generator,
    field: np.ndarray,
    finding: str,
    place: np.ndarray,
    r: float,
    base: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """A polyp, or a tumour of several lumps with an ulcerated patch: (picture, shape)."""
    tint = np.clip(base * rgb(1.05, rng.uniform(0.6, 1.1), rng.uniform(0.6, 1.1)), 0, 1)
    if finding == "polyp":
        field, shape = lump(rng, field, tint, place, r, 0.05)
        if rng.random() < 0.3:  # of two lobes
            beside = place + 0.9 * r * np.array(choose(rng, ((1, 0), (-1, 0), (0, -1), (0.7, 0.7))))
            field, other = lump(rng, field, tint, beside, 0.8 * r, 0.05)
            shape = np.minimum(shape, other)
        return field, shape
    field, shape = lump(rng, field, tint, place, r, 0.25)
    for _ in range(int(rng.integers(2, 6))):
        shaded, where = tint * rng.uniform(0.7, 1.1), place + rng.normal(0, 0.5 * r, 2)
        field, _shape = lump(rng, field, shaded, where, r * rng.uniform(0.25, 0.55), 0.2)
    patch = soft(ellipse(*place, r * 0.5, r * 0.4) + 0.4 * stretched_noise(rng, 9, 9), 1, 0.3)
    return blend(field, rgb(0.85, 0.78, 0.6), patch * 0.7), shape


def varices(rng: np.random.Generator, field: np.ndarray) -> np.ndarray:
    """The picture with bulging winding veins along it."""
    paths = []
    for k in range(int(rng.integers(2, 5))):
        y = np.linspace(-10, SIZE + 10, 40)
        x = (
            (k + 0.5) * 60
            + rng.normal(0, 12)
            + 9 * np.sin(y / rng.uniform(9, 18) + rng.uniform(0, 6))
            + 0.2 * y
        )
        paths.append((np.stack([x, y], 1), *[rng.uniform(12, 22)] * 2))
    bulge = blur(strokes(paths), 4)
    gy, gx = np.gradient(bulge)
    return shade(blend(field, field * rgb(0.8, 0.75, 1.05), bulge * 0.6), 1 + 5 * (-gx - gy))


def paint_finding(
    rng: np.random.Generator,
    field: np.ndarray,
    finding: str | None,
    place: np.ndarray,
    r: float,
    base: np.ndarray,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Paint a finding on the mucosa.

    Returns the picture and a shape (< 1 on the finding), or None if it is everywhere.
    """
    if finding in ("polyp", "tumour"):
        return growth(rng, field, finding, place, r, base)
    lit = np.clip(field.mean(axis=2) / max(float(field.mean()), 0.05), 0.3, 1.3)[..., None]
    if finding == "ulcer":
        shape = ellipse(*place, r * 1.1, r * rng.uniform(0.5, 1), rng.uniform(0, 3))
        shape = shape + 0.18 * stretched_noise(rng, 16, 16)
        field = blend(field, field * rgb(1.0, 0.55, 0.55), soft(shape, 1.3, 0.4))
        floor = shade(
            colour(rng, (0.08, 0.15), (0.12, 0.4), (0.85, 1)), 0.85 + 0.3 * fractal(rng, 12)
        )
        return blend(field, floor * lit, soft(shape, 1, 0.2) * 0.95), shape
    if finding == "bleeding":  # a spot, and what runs down from it
        run = np.clip((Y - place[1]) / (2.5 * r), 0, 1)
        trail = (
            np.abs(X - place[0] - 0.3 * r * stretched_noise(rng, 30, 30)) / (r * (0.4 + 0.5 * run))
            + 2 * run**4
        )
        shape = np.where(place[1] > Y, ellipse(*place, r * 0.5, r * 0.4), trail)
        shape = shape + 0.25 * stretched_noise(rng, 12, 12)
        return blend(
            field,
            colour(rng, (0.97, 1.0), (0.85, 1), (0.35, 0.65)) * lit,
            soft(shape, 1, 0.25) * 0.92,
        ), shape
    if finding == "erosions":
        where = spots(rng, int(rng.integers(6, 30)), (2, 6), around(rng, place, 2.2 * r))
        field = blend(field, field * rgb(1, 0.45, 0.45), np.clip(blur(where, 3) * 2, 0, 1))
        return blend(field, rgb(0.95, 0.9, 0.75) * np.maximum(lit, 0.7), where * 0.85), None
    if finding == "varices":
        return varices(rng, field), None
    if finding == "inflammation":
        return blend(
            field, field * rgb(1.02, 0.5, 0.5), 0.8 * np.clip(fractal(rng, 70) * 1.6 - 0.3, 0, 1)
        ), None
    return field, None


def bile(rng: np.random.Generator, field: np.ndarray, light: np.ndarray) -> np.ndarray:
    """The picture with a yellow pool at the bottom."""
    pool = Y + 14 * stretched_noise(rng, 60, 60)
    tint = shade(colour(rng, (0.1, 0.17), (0.6, 0.9), (0.5, 0.85)), np.clip(light, 0.2, 1))
    return blend(
        field, tint, np.clip((pool - rng.uniform(170, 215)) / 12, 0, 1) * rng.uniform(0.4, 0.75)
    )


def bubbles(rng: np.random.Generator, field: np.ndarray) -> np.ndarray:
    """The picture with a heap of bubbles, each with a glint."""
    heap = rng.uniform(50, 206, 2)
    for _ in range(int(rng.integers(8, 22))):
        x, y, size = *(heap + rng.normal(0, 28, 2)), rng.uniform(2, 8)
        ring = 0.22 * np.exp(-(((ellipse(x, y, size, size) - 1) / 0.25) ** 2))
        field = glow(field, ring + 0.7 * (ellipse(x - size * 0.3, y - size * 0.3, 1.2, 1.2) < 1))
    return field
