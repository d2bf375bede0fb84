"""What slices are drawn with, for MRI and CT alike: body coordinates, tissues, text, framing.

Anatomy is placed in body coordinates: x to the picture's right, y down, the body's half width about
1. Axial and coronal slices follow the radiological convention: the patient's left is on the
picture's right.
"""

from collections.abc import Sequence
from math import ceil, floor

import numpy as np
from PIL import Image, ImageDraw

from ..drawing import SIZE, X, Y, blur, choose, font, fractal

Levels = dict[str, float]
Box = tuple[int, int, int, int]
SIDES = {-1: "right", 1: "left"}  # the patient's, by the sign of x in the picture


def spline(points: Sequence, steps: int = 6) -> np.ndarray:
    """A closed Catmull-Rom curve through the points, (n · steps, 2)."""
    n = len(points)
    p = np.asarray(points, dtype=float)[np.arange(-1, n + 2) % n]
    p0, p1, p2, p3 = (p[k : k + n] for k in range(4))
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    p0, p1, p2, p3 = (p[:, None] for p in (p0, p1, p2, p3))
    curve = p1 + 0.5 * t * (
        p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0))
    )
    return curve.reshape(-1, 2)


def oval(
    rng: np.random.Generator,
    cx: float,
    cy: float,
    a: float,
    b: float,
    turn: float = 0.0,
    rough: float = 0.08,
):
    """The outline of an irregular ellipse, (28, 2): half axes a and b, turned by `turn` radians."""
    t = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    waves = rng.normal(0, rough / 2, 4) * np.cos(np.outer(t, [2, 3, 4, 5]) + rng.uniform(0, 6.3, 4))
    x, y = a * np.cos(t) * (1 + waves.sum(1)), b * np.sin(t) * (1 + waves.sum(1))
    return np.stack(
        [cx + x * np.cos(turn) - y * np.sin(turn), cy + x * np.sin(turn) + y * np.cos(turn)], axis=1
    )


def mirrored(points: Sequence, side: int) -> np.ndarray:
    """The points, with x turned to the other side if `side` is -1."""
    return np.asarray(points, dtype=float) * (side, 1)


class Slice:
    """A slice in the making: shapes in body coordinates, one over the other, each at its level."""

    def __init__(
        self, rng: np.random.Generator, levels: Levels, unit: float, centre=(0.0, 0.0), wobble=0.02
    ):
        self.rng = rng
        self.levels = {
            name: level + rng.normal(0, 0.025) * (level > 0.02) for name, level in levels.items()
        }
        self.unit, self.turn = unit, rng.normal(0, 0.04)
        self.middle = (
            np.array([SIZE / 2, SIZE / 2]) + rng.normal(0, 4, 2) - unit * np.asarray(centre)
        )
        self.stretch = np.array([1.0, rng.uniform(0.94, 1.06)])
        self.grain = fractal(rng, rng.uniform(5, 14), 3) - 0.5
        self.rough = rng.uniform(0.1, 0.6)  # how strongly tissues are textured
        self.used: set[str | float] = set()  # the tissues painted so far
        self.metal: list[tuple[float, float]] = []  # where implants lie, which throw streaks in CT
        self.field = np.full((SIZE, SIZE), levels["air"], dtype=np.float32)
        self._waves = (
            rng.normal(0, wobble, (2, 4)),
            rng.normal(0, 2.2, (2, 4)),
            rng.uniform(0, 6.3, 4),
        )

    def place(self, points: Sequence) -> np.ndarray:
        """Body coordinates to pixels, (n, 2), through the smooth deformation of this patient."""
        p = np.asarray(points, dtype=float)
        size, rate, phase = self._waves
        p = (p + np.sin(p @ rate + phase) @ size.T) * self.stretch
        c, s = np.cos(self.turn), np.sin(self.turn)
        return p @ np.array([[c, s], [-s, c]]) * self.unit + self.middle

    def coordinates(self) -> tuple[np.ndarray, np.ndarray]:
        """The body coordinates of every pixel, two (S, S), leaving out the smooth deformation."""
        c, s = np.cos(self.turn), np.sin(self.turn)
        x, y = (X - self.middle[0]) / self.unit, (Y - self.middle[1]) / self.unit
        return x * c + y * s, (y * c - x * s) / self.stretch[1]

    def cover(
        self, points: Sequence, width: float | None = None, closed: bool = True, fuzz: float = 0.0
    ):
        """The window (rows, columns) of a shape, filled or a line `width` wide, and its alpha."""
        pixels = self.place(points)
        pad = 3 + 3 * fuzz + (width or 0) * self.unit
        # Plain numbers: numpy is slow with as few as two.
        x0, y0 = (min(max(floor(v - pad), 0), SIZE - 1) for v in pixels.min(0).tolist())
        x1, y1 = (min(max(ceil(v + pad), 1), SIZE) for v in pixels.max(0).tolist())
        x1, y1 = max(x1, x0 + 1), max(y1, y0 + 1)
        sheet = Image.new("L", ((x1 - x0) * 2, (y1 - y0) * 2))
        draw, path = ImageDraw.Draw(sheet), ((pixels - (x0, y0)) * 2).ravel().tolist()
        if width is None:
            draw.polygon(path, fill=255)
        else:
            draw.line(
                [*path, *path[:2]] if closed else path,
                fill=255,
                width=max(1, round(2 * width * self.unit)),
                joint="curve",
            )
        alpha = np.asarray(sheet.reduce(2), dtype=np.float32) / 255
        return (slice(y0, y1), slice(x0, x1)), blur(alpha, fuzz) if fuzz else alpha

    def paint(
        self, tissue: str | float, points: Sequence, alpha=1.0, fuzz=0.0, within=None, **line
    ) -> Box | None:
        """Fill (or with `width`, stroke) a shape with a tissue or a level.

        Returns the box of what shows.
        """
        window, cover = self.cover(points, fuzz=fuzz, **line)
        cover = cover * alpha if within is None else cover * alpha * within[window]
        self.lay(tissue, cover, window)
        shown = cover > 0.25
        rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
        if len(rows) < 3 or len(columns) < 3:
            return None
        x, y = int(window[1].start), int(window[0].start)
        return (
            x + int(columns[0]),
            y + int(rows[0]),
            x + int(columns[-1]) + 1,
            y + int(rows[-1]) + 1,
        )

    def lay(self, tissue: str | float, alpha: np.ndarray, window=np.s_[:, :]) -> None:
        """Cover the field with a tissue where alpha is 1."""
        level = self.levels[tissue] if isinstance(tissue, str) else tissue
        self.used.add(tissue)
        under = self.field[window]
        self.field[window] = under + (level * (1 + self.rough * self.grain[window]) - under) * alpha

    def smooth(self, tissue: str | float, points: Sequence, **how) -> Box | None:
        """Paint the rounded shape that runs through a few points."""
        return self.paint(tissue, spline(points), **how)

    def disc(
        self,
        tissue: str | float,
        cx: float,
        cy: float,
        a: float,
        b: float | None = None,
        turn=0.0,
        **how,
    ):
        """Paint an irregular ellipse."""
        rough = how.pop("rough", 0.08)
        return self.paint(
            tissue, oval(self.rng, cx, cy, a, a if b is None else b, turn, rough), **how
        )

    def bone(
        self,
        points: Sequence,
        thickness: float = 0.025,
        cortex: str = "bone",
        marrow: str = "marrow",
    ) -> None:
        """Marrow inside a shell of cortical bone."""
        outline = spline(points)
        self.paint(marrow, outline)
        self.paint(cortex, outline, width=thickness)

    def mask(self, points: Sequence) -> np.ndarray:
        """(S, S) in 0 … 1 of a shape."""
        whole = np.zeros((SIZE, SIZE), dtype=np.float32)
        window, cover = self.cover(points)
        whole[window] = cover
        return whole


def coarse(field: np.ndarray, pixels: int) -> np.ndarray:
    """The field as a matrix of only `pixels` columns, enlarged again."""
    small = Image.fromarray(field.astype(np.float32)).resize((pixels, pixels), Image.Resampling.BOX)
    return np.asarray(small.resize((SIZE, SIZE), Image.Resampling.BICUBIC))


def scanner_text(
    image: Image.Image, rng: np.random.Generator, settings: Sequence[str], letters: str
) -> None:
    """Invented numbers and settings in the corners, and orientation letters at the margins."""
    draw, size, ink = ImageDraw.Draw(image), int(rng.integers(7, 12)), int(rng.integers(150, 256))
    lines = [
        f"Se: {rng.integers(1, 12)}",
        f"Im: {rng.integers(1, 99)}/{rng.integers(99, 300)}",
        *settings,
    ]
    lines += [
        f"Z {rng.uniform(0.7, 2):.2f}",
        f"{rng.integers(2, 9)}.0 mm",
        f"{rng.uniform(-99, 99):.1f}",
    ]
    width, height = image.size
    for right, low in [(0, 0), (1, 0), (0, 1), (1, 1)]:
        rows = rng.permutation(len(lines))[: int(rng.integers(0, 5))]
        for k, row in enumerate(rows):
            y = height - 4 - (len(rows) - k) * (size + 1) if low else 3 + k * (size + 1)
            draw.text(
                (width - 4 if right else 4, y),
                lines[row],
                ink,
                font(size),
                anchor="ra" if right else "la",
            )
    for letter, x, y in zip(
        letters, (8, width - 8, width / 2), (height / 2, height / 2, 9), strict=False
    ):
        draw.text((x, y), letter, ink, font(size + 2), anchor="mm")


def framed(
    image: Image.Image, attributes: dict, rng: np.random.Generator
) -> tuple[Image.Image, dict]:
    """The picture as published, the box moved along and never cut.

    Whole, cut at two sides, cut to the body or to a part of it, on a large black field, turned as
    data sets store it (where no side is told), or on a page between axes of pixel numbers.
    """
    width, height = image.size
    style = rng.choice(
        ["whole", "sides", "body", "part", "field", "turned", "plot"],
        p=[0.42, 0.2, 0.14, 0.08, 0.07, 0.05, 0.04],
    )
    if style == "plot":
        return plotted(image, attributes, rng)
    if style == "turned" and not attributes.get("side"):
        return turned(image, attributes, int(rng.integers(1, 4)))
    frame = [0, 0, width, height]
    if style == "sides":
        x, y = (int(rng.integers(0, 25)) if cut else 0 for cut in rng.permutation([True, False]))
        frame = [x, y, width - x, height - y]
    elif style == "body":
        body = image.point(lambda level: 255 * (level > 55)).getbbox() or (0, 0, width, height)
        edge = int(rng.integers(-6, 8))
        frame = [body[0] - edge, body[1] - edge, body[2] + edge, body[3] + edge]
    elif style == "part":
        size = int(rng.uniform(0.5, 0.8) * min(width, height))
        x, y = (int(rng.uniform(0.25, 0.75) * (side - size)) for side in (width, height))
        frame = [x, y, x + size, y + size]
    elif style == "field":
        x, y = (int(rng.choice([0, 20, 50, 90]) * rng.uniform(0.5, 1)) for _ in range(2))
        frame = [-x, -y, width + x, height + y]
    if style != "field":
        frame = [max(frame[0], 0), max(frame[1], 0), min(frame[2], width), min(frame[3], height)]
    box = attributes.get("box")
    if box and (box[0] < frame[0] or box[1] < frame[1] or box[2] > frame[2] or box[3] > frame[3]):
        return image, attributes
    if min(frame[2] - frame[0], frame[3] - frame[1]) < 90:
        return image, attributes
    image = image.crop(frame)
    scale = max(1, 200 / min(image.size))  # a small part is enlarged
    if scale > 1:
        image = image.resize([round(side * scale) for side in image.size])
    if box:
        moved = np.subtract(box, (frame[0], frame[1]) * 2) * scale
        attributes["box"] = tuple(int(v) for v in moved)
    return image, attributes


def turned(image: Image.Image, attributes: dict, quarters: int) -> tuple[Image.Image, dict]:
    """The picture turned to the left by quarters of a circle, its box as well."""
    for _ in range(quarters):
        if box := attributes.get("box"):
            left, top, right, bottom = box
            attributes["box"] = (top, image.width - right, bottom, image.width - left)
        image = image.transpose(Image.Transpose.ROTATE_90)
    return image, attributes


def plotted(
    image: Image.Image, attributes: dict, rng: np.random.Generator
) -> tuple[Image.Image, dict]:
    """The picture on white between axes that count its pixels, as plotting software shows it."""
    left, top, size = int(rng.integers(22, 40)), int(rng.integers(6, 24)), int(rng.integers(8, 11))
    width, height = image.size
    page = Image.new("L", (left + width + int(rng.integers(5, 25)), top + height + 22), 255)
    page.paste(image, (left, top))
    draw, scale = ImageDraw.Draw(page), choose(rng, [1, 2, 2, 4])
    draw.rectangle((left - 1, top - 1, left + width, top + height), outline=0)
    for tick in range(0, 256, 50):
        if tick < width:
            spot = left + tick, top + height
            draw.line((spot[0], spot[1], spot[0], spot[1] + 4), 0)
            draw.text((spot[0], spot[1] + 5), f"{tick * scale}", 0, font(size), anchor="ma")
        if tick < height:
            draw.line((left - 4, top + tick, left, top + tick), 0)
            draw.text((left - 5, top + tick), f"{tick * scale}", 0, font(size), anchor="rm")
    if box := attributes.get("box"):
        attributes["box"] = tuple(int(v) for v in np.add(box, (left, top) * 2))
    return page, attributes


def sheet_of(
    draw_one, rng: np.random.Generator, layout: tuple[int, int] | None = None
) -> tuple[Image.Image, str]:
    """A montage of slices that `draw_one()` returns, and its layout in words."""
    columns, rows = layout or choose(rng, [(2, 2), (2, 1), (3, 2), (2, 2), (3, 1), (1, 2)])
    side, gap = 240 // min(columns, rows), int(rng.integers(0, 5))
    sheet = Image.new(
        "L", (columns * (side + gap) - gap, rows * (side + gap) - gap), choose(rng, [0, 0, 255])
    )
    for k in range(columns * rows):
        tile = draw_one().resize((side, side), Image.Resampling.BILINEAR)
        sheet.paste(tile, (k % columns * (side + gap), k // columns * (side + gap)))
    scale = max(1, 200 / min(sheet.size))
    sheet = sheet.resize((round(sheet.width * scale), round(sheet.height * scale)))
    return sheet, f"montage of {columns * rows} slices"


def uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """A uniform draw, as a plain float."""
    return float(rng.uniform(low, high))
