"""What X-ray pictures are drawn with: strokes, vessels, the film, collimator, side markers.

Radiographs are drawn as densities (what the ray has passed, added up) and then exposed on a film.
The patient's left is on the right side of a frontal picture, as radiologists hang it.
"""

import numpy as np
from PIL import Image, ImageDraw

from ..drawing import SIZE, blur, choose, either, font, fractal, mask, noise, unit_vector

Box = tuple[int, int, int, int]
Path = tuple[np.ndarray, float]  # points (n, 2) and width in pixels


def chance(rng: np.random.Generator, p: float) -> bool:
    """True with probability p."""
    return bool(rng.random() < p)


def box_of(field: np.ndarray) -> Box | None:
    """The bounding box of where the field is above one half; None where it never is."""
    rows, columns = np.nonzero(field > 0.5)
    return (
        (int(columns.min()), int(rows.min()), int(columns.max()), int(rows.max()))
        if len(rows)
        else None
    )


def strokes(paths: list[tuple[np.ndarray, float, int]]) -> np.ndarray:
    """(S, S) in 0 … 1: polylines (points, width in pixels, level 0 … 255), later ones on top."""

    def draw_on(draw: ImageDraw.ImageDraw, k: int) -> None:
        for points, width, level in paths:
            thick = max(1, round(width * k))
            joint = "curve" if thick > 12 else None  # costs time and does not show in thin lines
            draw.line((points * k).ravel().tolist(), level, thick, joint=joint)

    return mask(draw_on)


def grow(
    rng, start, heading, length, width, depth, paths: list[Path], wander=0.25, spread=0.7, fall=0.72
) -> None:
    """Add to `paths` a tapering vessel from `start`, with its branches down to `depth`."""
    n = max(3, int(length / 5))
    turns = heading + np.cumsum(rng.normal(rng.normal(0, wander / 6), wander / 2, n))
    steps = length / n * unit_vector(turns)
    points = np.empty((n + 1, 2))
    points[0] = start
    points[1:] = points[0] + np.cumsum(steps, axis=0)
    for first in range(0, n, 3):
        paths.append((points[first : first + 5], width * (1 - 0.35 * first / n)))
    if depth == 0:
        return
    for _ in range(int(rng.integers(1, 3))):
        i = int(rng.integers(n // 3, n))
        aside = turns[i - 1] + choose(rng, (-1, 1)) * rng.uniform(0.5, 1.2) * spread
        share = rng.uniform(0.45, 0.8)
        grow(
            rng,
            points[i],
            aside,
            length * fall * share,
            width * share * 0.8,
            depth - 1,
            paths,
            wander,
            spread,
            fall,
        )
    tip = turns[-1] + rng.normal(0, spread / 3)
    grow(rng, points[-1], tip, length * fall, width * 0.66, depth - 1, paths, wander, spread, fall)


def film(rng: np.random.Generator, density: np.ndarray, gain: tuple[float, float]) -> np.ndarray:
    """The gray levels (S, S) of a film behind the density: saturation, window, blur, grain."""
    level = 1 - np.exp(-rng.uniform(*gain) * np.maximum(density, 0).astype(np.float32))
    low, high = (
        float(v)
        for v in np.percentile(level[::4, ::4], (rng.uniform(0, 2), rng.uniform(98.5, 100)))
    )
    level = np.clip((level - low) / max(high - low, 1e-3), 0, 1) ** rng.uniform(0.75, 1.35)
    level = (
        rng.uniform(0, 0.07)
        + level * rng.uniform(0.78, 1)
        + rng.uniform(0, 0.06) * (noise(rng, 90) - 0.5)
    )
    level = blur(level, rng.uniform(0.4, 1.0))
    if chance(rng, 0.5):
        # The sharpening of a digital film.
        level += rng.uniform(0.2, 0.7) * (level - blur(level, 2.5))
    grain = rng.standard_normal((SIZE, SIZE), dtype=np.float32)
    return level + rng.uniform(0, 0.03) * grain + rng.uniform(0, 0.04) * (fractal(rng, 5, 2) - 0.5)


def collimate(rng: np.random.Generator, level: np.ndarray) -> np.ndarray:
    """The film with the black or white strips that a collimator or film holder leaves."""
    level = level.copy()
    shade = choose(rng, (0.0, 0.02, 0.05, 0.95))
    for turn in range(4):
        if chance(rng, 0.45):
            np.rot90(level, turn)[: int(rng.integers(2, 16))] = shade
    return level


def boxes_of(about: dict) -> list[dict]:
    """The dicts in `about`, itself among them, that hold the box of a finding."""
    return [each for each in (about, *about.get("findings", {}).values()) if each.get("box")]


def reframed(rng: np.random.Generator, image: Image.Image, about: dict) -> Image.Image:
    """The film stretched to another aspect, or set amid dark or pale margins; boxes move along."""
    (width, height), left, top, tone = image.size, 0, 0, 0
    size = (round(width * rng.uniform(0.82, 1.1)), round(height * rng.uniform(0.82, 1.1)))
    page = image.resize(size, Image.Resampling.BILINEAR)
    if chance(rng, 0.4):
        left, top = (int(v) for v in rng.integers(0, 40, 2) * (chance(rng, 0.7), chance(rng, 0.5)))
        tone = int(choose(rng, (0, 0, 0, 0, 12, 40, 255)))
        film, page = page, Image.new("L", (size[0] + 2 * left, size[1] + 2 * top), tone)
        page.paste(film, (left, top))
    for each in boxes_of(about):
        x0, y0, x1, y1 = each["box"]
        fx, fy = size[0] / width, size[1] / height
        ends = (left + x0 * fx, top + y0 * fy, left + x1 * fx + 1, top + y1 * fy + 1)
        limits = (page.width, page.height) * 2
        each["box"] = tuple(min(int(v), most) for v, most in zip(ends, limits, strict=True))
    return page


def notes(rng: np.random.Generator, level: np.ndarray, texts: str) -> np.ndarray:
    """The film with one to three short texts in bright letters near its edges."""
    for _ in range(int(rng.integers(1, 4))):
        text, size = either(rng, texts), int(rng.integers(8, 13))
        x, y = 6 + 0.3 * size * len(text), choose(rng, (10, 28, 246))
        level = write(level, x if chance(rng, 0.5) else SIZE - x, y, text, size, 0.95)
    return level


def write(field: np.ndarray, x: float, y: float, text: str, size: int, shade: float) -> np.ndarray:
    """The field with `text` centred on (x, y)."""
    ink = mask(
        lambda draw, k: draw.text((x * k, y * k), text, 255, font(int(size * k)), anchor="mm")
    )
    return field + (shade - field) * ink
