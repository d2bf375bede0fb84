"""The sheet that a chart is drawn on, its type, headings and legends."""

import functools
import importlib.util
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..drawing import choose, font
from .style import Colour, Style

Rect = tuple[float, float, float, float]  # x0, y0, x1, y1 in pixels of the finished picture

FONT_FILES = {  # of the regular and the bold cut; "grotesque" is the face that Pillow ships
    "sans": ("DejaVuSans", "DejaVuSans-Bold"),
    "serif": ("STIXGeneral", "STIXGeneralBol"),
    "slab": ("DejaVuSerif", "DejaVuSerif-Bold"),
}
FONTS = Path(str(importlib.util.find_spec("matplotlib").origin)).parent / "mpl-data/fonts/ttf"
SCALE = 2  # everything is drawn this many times larger, then reduced


@functools.cache
def typeface(face: str, bold: bool, size: int) -> ImageFont.FreeTypeFont:
    """The font of that face, `size` pixels high."""
    if face == "grotesque":
        return font(size)
    return ImageFont.truetype(
        FONTS / f"{FONT_FILES[face][bold]}.ttf", size, layout_engine=ImageFont.Layout.BASIC
    )


class Sheet:
    """A figure in the making; its methods take pixels of the finished picture."""

    def __init__(
        self,
        rng: np.random.Generator,
        style: Style,
        wide: tuple[float, float] = (0.85, 1.8),
        strips: bool = True,
    ) -> None:
        aspect = float(np.exp(rng.uniform(*np.log(wide)))) if rng.random() < 0.75 else 1.0
        short = int(rng.integers(210, 257))
        if strips and rng.random() < 0.12:  # a strip, lying or, seldom, upright
            aspect = rng.uniform(1.8, 3.6) if rng.random() < 0.75 else rng.uniform(0.4, 0.7)
            short = int(rng.integers(200, 225))
        short = min(short, 215) if aspect > 2 else short
        self.width, self.height = (round(short * max(1, aspect)), round(short / min(1, aspect)))
        self.style, self.rng = style, rng
        self.image = Image.new("RGB", (self.width * SCALE, self.height * SCALE), style.paper)
        self.draw = ImageDraw.Draw(self.image, "RGBA")

    def font(self, text: str, size: float = 1.0, bold: bool = False) -> ImageFont.FreeTypeFont:
        """The figure's typeface at `size` times its normal text.

        Another typeface stands in where it lacks a sign such as µ or ².
        """
        face = self.style.face if text.isascii() or self.style.face != "grotesque" else "sans"
        return typeface(face, bold, max(7, round(self.style.size * size * SCALE)))

    def text_width(self, text: str, size: float = 1.0, bold: bool = False) -> float:
        """How wide one line of text comes out."""
        return self.font(text, size, bold).getlength(text) / SCALE

    def wrapped(self, text: str, width: float, size: float = 1.0, bold: bool = False) -> list[str]:
        """The text in lines no wider than `width`."""
        lines: list[str] = []
        for word in text.split():
            if lines and self.text_width(f"{lines[-1]} {word}", size, bold) <= width:
                lines[-1] += f" {word}"
            else:
                lines.append(word)
        return lines

    def text(self, x, y, text, size=1.0, anchor="mm", bold=False, fill=None, angle=0.0) -> None:
        """Text at (x, y), which is what `anchor` says of it.

        Turned text is anchored by its middle.
        """
        fill, font = fill or self.style.ink, self.font(text, size, bold)
        stroke = font.size / 32 if bold and self.style.face == "grotesque" and text.isascii() else 0
        if not angle:
            self.draw.text((x * SCALE, y * SCALE), text, fill, font, anchor, stroke_width=stroke)
            return
        stamp = Image.new("L", (int(font.getlength(text)) + 6, int(font.size * 1.4)))
        ImageDraw.Draw(stamp).text(
            (stamp.width / 2, stamp.height / 2), text, 255, font, "mm", stroke_width=stroke
        )
        stamp = stamp.rotate(angle, Image.Resampling.BILINEAR, expand=True)
        self.image.paste(
            fill, (int(x * SCALE - stamp.width / 2), int(y * SCALE - stamp.height / 2)), stamp
        )

    def line(self, points, fill: Colour, width: float = 1.0, dash: float = 0.0) -> None:
        """A polyline through (n, 2) points, in dashes `dash` pixels long where that is not 0."""
        points = np.asarray(points, dtype=float) * SCALE
        pixels = max(1, round(width * SCALE))
        if not dash:
            self.draw.line(
                [tuple(p) for p in points.tolist()],
                fill,
                pixels,
                joint="curve" if pixels > 2 else None,
            )
            return
        along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
        for start in np.arange(0, along[-1], dash * SCALE)[::2]:
            span = (start, min(start + dash * SCALE, along[-1]))
            x, y = (np.interp(span, along, points[:, k]) for k in (0, 1))
            self.draw.line((x[0], y[0], x[1], y[1]), fill, pixels)

    def polygon(self, points, fill: Colour) -> None:
        """A filled outline."""
        self.draw.polygon(
            [tuple(p) for p in (np.asarray(points, dtype=float) * SCALE).tolist()], fill
        )

    def box(
        self,
        rect: Rect,
        fill: Colour | None = None,
        outline: Colour | None = None,
        width: float = 0.7,
    ) -> None:
        """A rectangle."""
        x0, y0, x1, y1 = (v * SCALE for v in rect)
        corners = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
        self.draw.rectangle(corners, fill, outline, max(1, round(width * SCALE)))

    def marker(
        self, x: float, y: float, shape: str, r: float, fill: Colour, edge: Colour | None = None
    ) -> None:
        """A data point: circle, open circle, square, triangle, diamond, cross or plus."""
        x, y, r = x * SCALE, y * SCALE, r * SCALE
        around = (x - r, y - r, x + r, y + r)
        if shape == "open circle":
            self.draw.ellipse(around, self.style.paper, fill, max(1, round(r / 3)))
        elif shape == "circle":
            self.draw.ellipse(around, fill, edge)
        elif shape == "square":
            self.draw.rectangle(around, fill, edge)
        elif shape == "triangle":
            self.draw.polygon(
                [(x, y - 1.2 * r), (x + 1.1 * r, y + 0.8 * r), (x - 1.1 * r, y + 0.8 * r)],
                fill,
                edge,
            )
        elif shape == "diamond":
            self.draw.polygon(
                [(x, y - 1.3 * r), (x + 1.3 * r, y), (x, y + 1.3 * r), (x - 1.3 * r, y)], fill, edge
            )
        else:
            for dx, dy in ((r, 0), (0, r)) if shape == "plus" else ((r, r), (r, -r)):
                self.draw.line((x - dx, y - dy, x + dx, y + dy), fill, max(2, round(r / 2.5)))

    def finish(self) -> Image.Image:
        """The picture at its size; old prints sometimes reduced to pure black and white ink."""
        if self.style.bilevel:
            return (
                self.image.convert("L")
                .point(lambda v: 255 * (v > 170))
                .reduce(SCALE)
                .convert("RGB")
            )
        return self.image.reduce(SCALE)


NOTES = (
    "Selected groups",
    "All participants",
    "Based on hospital records",
    "Latest available data",
)


def headings(sheet: Sheet, title: str, source: str) -> Rect:
    """The title, subtitle and source line, where the figure has them.

    Returns the room left for the chart.
    """
    rng, style = sheet.rng, sheet.style
    news = style.name == "news" or (style.name == "dark" and rng.random() < 0.4)
    top, bottom, margin = rng.uniform(3, 8), sheet.height - rng.uniform(2, 6), rng.uniform(3, 10)
    if news or rng.random() < 0.5:
        size, bold = (
            (rng.uniform(1.2, 1.7), True) if news else (rng.uniform(1, 1.35), rng.random() < 0.4)
        )
        left = news or rng.random() < 0.15
        for row in sheet.wrapped(title, sheet.width - 2 * margin, size, bold)[:2]:
            sheet.text(
                margin if left else sheet.width / 2, top, row, size, "la" if left else "ma", bold
            )
            top += style.size * size * 1.15
        top += 3
    if news:
        gray = tuple((a + b) // 2 for a, b in zip(style.ink, style.paper, strict=True))
        if rng.random() < 0.6:
            sheet.text(margin, top, choose(rng, NOTES), 0.9, "la", fill=gray)
            top += style.size * 1.3
        if rng.random() < 0.8:
            bottom -= style.size
            sheet.text(margin, bottom, f"Source: {source}", 0.75, "la", fill=gray)
            bottom -= 3
    if rng.random() < 0.12:  # white space around
        left, right = sheet.width * rng.uniform(0, 0.2, 2)
        upper, lower = sheet.height * rng.uniform(0, 0.12, 2)
        return (margin + left, top + upper, sheet.width - margin - right, bottom - lower)
    return (margin, top, sheet.width - margin, bottom)


@dataclass
class Entry:
    """One line of a legend: what it is called and how it is drawn."""

    name: str
    colour: Colour
    glyph: str = "line"  # line, swatch, dot
    dash: float = 0.0
    marker: str | None = None


def shared_marker(entries: list[Entry]) -> str | None:
    """The marker of all entries; "mixed" where they differ."""
    markers = {entry.marker for entry in entries}
    return markers.pop() if len(markers) == 1 else "mixed"


def legend_extent(sheet: Sheet, entries: list[Entry], columns: int = 1) -> tuple[float, float]:
    """Width and height of the legend."""
    cell = max(sheet.text_width(e.name, 0.9) for e in entries) + sheet.style.size * 1.8 + 6
    return cell * columns + 3, math.ceil(len(entries) / columns) * sheet.style.size * 1.35 + 4


def draw_legend(
    sheet: Sheet, entries: list[Entry], x: float, y: float, columns: int = 1, frame: bool = False
) -> None:
    """The legend with its upper left corner at (x, y)."""
    width, height = legend_extent(sheet, entries, columns)
    size, pitch = sheet.style.size, sheet.style.size * 1.35
    if frame:
        sheet.box((x, y, x + width, y + height), (*sheet.style.paper, 225), sheet.style.ink, 0.5)
    for k, entry in enumerate(entries):
        left = x + 3 + (k % columns) * (width - 3) / columns
        middle = y + 2 + (k // columns + 0.5) * pitch
        if entry.glyph == "swatch":
            side = size * 0.42
            sheet.box((left, middle - side, left + 2.2 * side, middle + side), entry.colour)
        elif entry.glyph == "line":
            ends = [(left, middle), (left + size * 1.5, middle)]
            sheet.line(ends, entry.colour, sheet.style.width, min(entry.dash, 2))
        if entry.marker:
            sheet.marker(left + size * 0.75, middle, entry.marker, size * 0.28, entry.colour)
        sheet.text(left + size * 1.8, middle, entry.name, 0.9, "lm")


def place_legend(sheet: Sheet, rect: Rect, entries: list[Entry], place: str) -> tuple[Rect, str]:
    """Draws the legend to the right, below or above.

    Returns the room left and where the legend really is.
    """
    width, height = legend_extent(sheet, entries)
    x0, y0, x1, y1 = rect
    if place == "right" and width > 0.42 * (x1 - x0):
        place = "below"
    if place == "right":
        draw_legend(
            sheet,
            entries,
            x1 - width,
            (y0 + y1 - height) / 2 if sheet.rng.random() < 0.6 else y0 + 4,
        )
        rect = (x0, y0, x1 - width - 2, y1)
    elif place in ("below", "above"):
        columns = max(1, min(len(entries), int((x1 - x0) / width)))
        width, height = legend_extent(sheet, entries, columns)
        draw_legend(
            sheet, entries, (x0 + x1 - width) / 2, y1 - height if place == "below" else y0, columns
        )
        rect = (x0, y0, x1, y1 - height - 1) if place == "below" else (x0, y0 + height + 1, x1, y1)
    return rect, place


def legend_inside(sheet: Sheet, area: Rect, entries: list[Entry], corner: str) -> None:
    """The legend in a corner of the plotting area, such as "upper left".

    At any other place, nothing is drawn.
    """
    if not corner.startswith(("upper", "lower")):
        return
    (width, height), (x0, y0, x1, y1) = legend_extent(sheet, entries), area
    x = x0 + 4 if "left" in corner else x1 - width - 4
    y = y0 + 4 if "upper" in corner else y1 - height - 4
    draw_legend(sheet, entries, x, y, frame=sheet.rng.random() < 0.5)


def cells(rect: Rect, rows: int, columns: int) -> list[Rect]:
    """The parts of a figure with several panels."""
    x0, y0, x1, y1 = rect
    w, h = (x1 - x0) / columns, (y1 - y0) / rows
    places = [(x0 + column * w, y0 + row * h) for row in range(rows) for column in range(columns)]
    return [(x, y, x + w - 3, y + h - 2) for x, y in places]
