"""What every phantom is drawn with: smooth noise, ellipses, masks, blends, stamps.

A picture in the making is a float array: (S, S) gray or (S, S, 3) colour, in 0 … 1, with S = SIZE.
Coordinates are pixels, x to the right, y down. Every function that draws by chance takes the
`numpy.random.Generator` to draw with.
"""

import colorsys
import functools
import math

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter

SIZE = 256
Y, X = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)  # (S, S) each: the coordinates of every pixel
# Once an array as large as this was freed, Linux's C library keeps freed memory for the next arrays
# instead of giving it back and fetching it anew each time, a sixth of the drawing's time.
np.empty(2**24, dtype=np.uint8)


def normalise(field: np.ndarray) -> np.ndarray:
    """The field stretched to fill 0 … 1."""
    field = field - field.min()
    return field / max(float(field.max()), 1e-6)


def noise(rng: np.random.Generator, scale: float, size: int = SIZE) -> np.ndarray:
    """Smooth noise in 0 … 1, (size, size) float32, whose blobs are about `scale` pixels wide."""
    return normalise(stretched_noise(rng, scale, scale, size))


def stretched_noise(
    rng: np.random.Generator, across: float, along: float, size: int = SIZE
) -> np.ndarray:
    """Noise (size, size), about unit variance, blobs `across` pixels wide and `along` high."""
    # Drawn on a coarse grid and enlarged: a wide Gaussian on the full grid would cost twenty times
    # as much.
    width, height = (max(3, round(1.5 * size / s) + 3) for s in (across, along))
    width, height = min(width, size), min(height, size)
    coarse = Image.fromarray(rng.standard_normal((height, width), dtype=np.float32))
    return np.asarray(coarse.resize((size, size), Image.Resampling.BICUBIC))


def fractal(
    rng: np.random.Generator, scale: float, octaves: int = 4, fall: float = 0.55
) -> np.ndarray:
    """Noise (S, S) in 0 … 1 with detail at every size from `scale` down: tissue and cloud."""
    return normalise(
        sum(fall**k * stretched_noise(rng, scale / 2**k, scale / 2**k) for k in range(octaves))
    )


def fibres(rng: np.random.Generator, width: float, length: float, angle: float) -> np.ndarray:
    """Streaks (S, S) in 0 … 1, `width` by `length` pixels, at `angle` degrees from the vertical."""
    field = Image.fromarray(stretched_noise(rng, width, length, size=SIZE * 3 // 2))
    edge = SIZE // 4
    turned = field.rotate(angle, Image.Resampling.BILINEAR)
    return normalise(np.asarray(turned)[edge : edge + SIZE, edge : edge + SIZE])


def warp(field: np.ndarray, rng: np.random.Generator, scale: float, shift: float) -> np.ndarray:
    """The field (S, S) or (S, S, 3), every pixel displaced smoothly by about `shift` pixels."""
    dx, dy = (shift * stretched_noise(rng, scale, scale) / 2 for _ in range(2))
    columns = np.clip(np.rint(X + dx), 0, SIZE - 1).astype(np.intp)
    rows = np.clip(np.rint(Y + dy), 0, SIZE - 1).astype(np.intp)
    return field[rows, columns]


def ellipse(cx: float, cy: float, a: float, b: float, angle: float = 0.0) -> np.ndarray:
    """(S, S): 0 at the centre, 1 on the rim, growing outside.

    The half axes are a and b, turned by `angle` radians.
    """
    cx, cy, a, b = (float(v) for v in (cx, cy, a, b))  # numpy's own floats would make it float64
    cos, sin = math.cos(angle), math.sin(angle)
    x, y = (X - cx) * cos + (Y - cy) * sin, (Y - cy) * cos - (X - cx) * sin
    return np.sqrt((x / a) ** 2 + (y / b) ** 2)


def soft(field: np.ndarray, edge: float, width: float = 0.08) -> np.ndarray:
    """1 where field < edge, 0 where it is larger, with a smooth step `width` wide."""
    return np.clip((edge - field) / width + 0.5, 0, 1)


def blend(under: np.ndarray, over: np.ndarray | float, alpha: np.ndarray | float) -> np.ndarray:
    """`under` covered by `over` (a colour, a level or a picture) where alpha (S, S) is 1."""
    over = np.asarray(over, dtype=np.float32)
    if under.ndim == 3 and np.ndim(alpha) == 2:
        alpha = threefold(alpha)
    if over.ndim == 1:
        over = np.tile(over, (under.shape[1], 1))  # a row of pixels, for numpy's speed
    return under + (over - under) * alpha


def threefold(field: np.ndarray) -> np.ndarray:
    """The field (S, S) for each of three colours, (S, S, 3): faster than to broadcast it."""
    return np.dstack([field] * 3)


def blur(field: np.ndarray, sigma: float) -> np.ndarray:
    """The field blurred by a Gaussian of `sigma` pixels; colours are not mixed with each other."""
    return gaussian_filter(field, (sigma, sigma, 0)[: field.ndim], truncate=3)


def mask(draw_on, scale: int = 2) -> np.ndarray:
    """(S, S) in 0 … 1 of what `draw_on(draw, scale)` paints in white, anti-aliased."""
    sheet = Image.new("L", (SIZE * scale, SIZE * scale))
    draw_on(ImageDraw.Draw(sheet), scale)
    return np.asarray(sheet.reduce(scale), dtype=np.float32) / 255


def filled(outlines, levels=1.0) -> np.ndarray:
    """(S, S): each outline (n, 2) filled with its level in 0 … 1, or all with one, later on top."""

    def draw_on(draw: ImageDraw.ImageDraw, scale: int) -> None:
        for shape, level in zip(outlines, np.broadcast_to(levels, len(outlines)), strict=True):
            draw.polygon((shape * scale).ravel().tolist(), fill=int(255 * min(max(level, 0), 1)))

    return mask(draw_on)


def unit_vector(angle) -> np.ndarray:
    """The unit vector, (..., 2), that points at each angle (radians)."""
    pair = np.cos(angle), np.sin(angle)
    return np.stack(pair, axis=-1) if np.ndim(angle) else np.array(pair)


def rotation(angle: float) -> np.ndarray:
    """(2, 2): multiplies row vectors to turn them by `angle` radians, clockwise on the picture."""
    return np.array([(np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))])


def blob(
    rng: np.random.Generator, cx: float, cy: float, radius: float, rough: float = 0.2, n: int = 48
) -> np.ndarray:
    """The outline (n, 2) in pixels of a rounded shape whose radius varies by about `rough`."""
    t = np.linspace(0, 2 * np.pi, n, endpoint=False)
    r = np.ones(n)
    for k in range(2, 6):
        r += rough * rng.normal(0, 1 / k) * np.cos(k * t + rng.uniform(0, 2 * np.pi))
    r = radius * np.clip(r, 0.3, 2)
    return np.stack([cx + r * np.cos(t), cy + r * np.sin(t)], axis=1)


def colour(rng: np.random.Generator, hue, saturation, value) -> np.ndarray:
    """An RGB colour (3,) in 0 … 1; hue, saturation and value come from (low, high) ranges."""
    return np.array(
        colorsys.hsv_to_rgb(*(rng.uniform(*pair) for pair in (hue, saturation, value))),
        dtype=np.float32,
    )


@functools.cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """The typeface that Pillow ships, `size` pixels high."""
    return ImageFont.load_default(size=size)


def choose(rng: np.random.Generator, options):
    """One of the options, as it is (`rng.choice` would turn it into a numpy scalar)."""
    return options[int(rng.integers(len(options)))]


def either(rng: np.random.Generator, wordings: str) -> str:
    """One of the wordings, which bars separate: "gel|blot"."""
    return choose(rng, wordings.split("|"))


def picture(field: np.ndarray) -> Image.Image:
    """The PIL image of a field in 0 … 1: mode L for (S, S), mode RGB for (S, S, 3).

    Values outside are clipped.
    """
    return Image.fromarray((np.clip(field, 0, 1) * 255 + 0.5).astype(np.uint8))
