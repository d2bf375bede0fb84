"""What clinical photographs are drawn with: colours, places, shading, strokes, spots."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from ..drawing import SIZE, blob, filled, mask, threefold

Place = Callable[[], tuple[float, float]]  # draws a place in pixels
Stroke = tuple[np.ndarray, float, float]  # points (n, 2), widths at start and end


def rgb(red: float, green: float, blue: float) -> np.ndarray:
    """A colour, or a factor for each channel: float32, so that what it multiplies stays so."""
    return np.array([red, green, blue], dtype=np.float32)


def point(x: float, y: float) -> np.ndarray:
    """A place in pixels, float32 for the same reason."""
    return np.array([x, y], dtype=np.float32)


def plain(tint: np.ndarray | float) -> np.ndarray:
    """(S, S, 3) of one colour or gray level."""
    return np.broadcast_to(tint, (SIZE, SIZE, 3))


def shade(field: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """The picture, or a colour, (S, S, 3) multiplied by a factor (S, S)."""
    return field * threefold(factor)


def glow(field: np.ndarray, light: np.ndarray) -> np.ndarray:
    """The picture (S, S, 3) with white light (S, S) added."""
    return field + threefold(light)


def bounds(where: np.ndarray) -> tuple[int, int, int, int] | None:
    """The bounding box of the true pixels, or None if there are next to none."""
    ys, xs = np.nonzero(where)
    if len(ys) < 4:
        return None
    return int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1


Box = tuple[int, int, int, int] | None


def landscape(
    rng: np.random.Generator, image: Image.Image, box: Box, paper: int | None
) -> tuple[Image.Image, Box]:
    """The square picture made wider than high, and where the finding's box has gone.

    It is set between margins of the gray level `paper`, or without one cut above and below the box.
    """
    if paper is not None:
        side = int(SIZE * rng.uniform(0.06, 0.25))
        page = Image.new("RGB", (SIZE + 2 * side, SIZE), (paper,) * 3)
        page.paste(image, (side, 0))
        return page, box and (box[0] + side, box[1], box[2] + side, box[3])
    high = int(SIZE * rng.uniform(0.8, 0.9))
    low, most = (max(0, box[3] - high), min(box[1], SIZE - high)) if box else (0, SIZE - high)
    if low > most:  # the finding needs all the height
        return image, box
    top = int(rng.integers(low, most + 1))
    image = image.crop((0, top, SIZE, top + high))
    return image, box and (box[0], box[1] - top, box[2], box[3] - top)


def strokes(paths: list[Stroke]) -> np.ndarray:
    """(S, S): tapering lines."""

    def paint(draw: ImageDraw.ImageDraw, s: int) -> None:
        for points, first, last in paths:
            widths = (np.linspace(first, last, len(points)) * s).tolist()
            corners = (np.asarray(points) * s).tolist()
            for start, (x, y), wide in zip(corners, corners[1:], widths, strict=False):
                draw.line((*start, x, y), 255, max(1, round(wide)))
                if wide > 4:  # round the joint
                    r = wide / 2 - 0.5
                    draw.ellipse((x - r, y - r, x + r, y + r), fill=255)

    return mask(paint)


def spots(
    rng: np.random.Generator, n: int, radius: tuple[float, float], where: Place
) -> np.ndarray:
    """(S, S): n uneven round spots, each at the place that `where` draws."""
    return filled([blob(rng, *where(), rng.uniform(*radius), 0.35, 14) for _ in range(n)])


def around(rng: np.random.Generator, centre: np.ndarray, spread: float) -> Place:
    """Places scattered about a centre."""
    return lambda: tuple(centre + rng.normal(0, spread, 2))
