"""Scales and axes: numbers, decades and dates turned into pixels and tick labels."""

import datetime
import math
from dataclasses import dataclass, field, replace

import numpy as np

from ..drawing import choose
from .sheet import Rect, Sheet
from .style import Colour


@dataclass
class Scale:
    """One axis: its range, whether it is logarithmic, and the ticks as (value, label)."""

    lo: float
    hi: float
    ticks: list[tuple[float, str]] = field(default_factory=list)
    log: bool = False

    def at(self, value):
        """Where the value lies, as a fraction of the axis."""
        if self.log:
            return np.log(np.maximum(value, self.lo) / self.lo) / math.log(self.hi / self.lo)
        return (np.asarray(value) - self.lo) / (self.hi - self.lo)


def number(value: float, form: str = "plain") -> str:
    """A tick label: 1500, 1,500 or 1.5K; at most three decimals."""
    if form == "percent":
        return f"{value:g}%"
    if abs(value) < 1000:
        return f"{round(value, 3):g}"
    if form == "short":
        return f"{value / 1e6:g}M" if abs(value) >= 1e6 else f"{value / 1e3:g}K"
    return f"{value:.0f}" if form == "plain" else f"{value:,.0f}"


def linear(lo: float, hi: float, n: int = 5, form: str = "plain", pad: bool = True) -> Scale:
    """An axis from lo to hi with about n ticks at round numbers.

    With `pad`, both ends are whole ticks.
    """
    raw = (hi - lo) / max(1, n)
    unit = 10.0 ** math.floor(math.log10(raw))
    step = min((unit * k for k in (1, 2, 2.5, 5, 10)), key=lambda s: abs(math.log(s / raw)))
    if pad:
        lo, hi = math.floor(lo / step + 0.001) * step, math.ceil(hi / step - 0.001) * step
    values = np.arange(math.ceil(lo / step - 0.001), math.floor(hi / step + 0.001) + 1) * step
    return Scale(lo, hi, [(v, number(v, form)) for v in values.tolist()])


def logarithmic(lo: float, hi: float, form: str = "plain") -> Scale:
    """An axis of whole decades around lo … hi."""
    first, last = math.floor(math.log10(lo) + 0.01), math.ceil(math.log10(hi) - 0.01)
    last = max(last, first + 1)
    powers = range(first, last + 1)
    ticks = [
        (10.0**k, number(10.0**k, form) if abs(k) < 4 or form != "plain" else f"1e{k}")
        for k in powers
    ]
    return Scale(10.0**first, 10.0**last, ticks, log=True)


def dates(rng: np.random.Generator, days: int) -> Scale:
    """An axis of calendar dates in the years of the pandemic, in days from its start."""
    start = datetime.date(2020, 1, 20) + datetime.timedelta(
        days=int(rng.integers(0, 60 if days < 200 else 500))
    )
    short = ["%b %d", "%d/%m", "%d-%b", "%m/%d/%y", "%Y-%m-%d", "%d %b"]
    form = choose(rng, short if days < 250 else ["%b %Y", "%Y-%m", "%b-%y", "%m/%y", "%b"])
    n = int(rng.integers(3, 9))
    at = [k * days / n for k in range(n + 1)]
    return Scale(
        0, days, [(v, (start + datetime.timedelta(days=round(v))).strftime(form)) for v in at]
    )


@dataclass
class Axes:
    """A plotting area on a sheet."""

    sheet: Sheet
    rect: Rect
    x: Scale
    y: Scale

    def px(self, value):
        """Pixels from the left of the picture."""
        return self.rect[0] + (self.rect[2] - self.rect[0]) * self.x.at(value)

    def py(self, value):
        """Pixels from the top of the picture."""
        return self.rect[3] - (self.rect[3] - self.rect[1]) * self.y.at(value)

    def points(self, x, y) -> np.ndarray:
        """(n, 2) pixels of data points, held within the area."""
        return np.stack([self.px(x), np.clip(self.py(y), self.rect[1] - 1, self.rect[3])], axis=-1)

    def line(self, x, y, fill: Colour, width: float = 1.0, dash: float = 0.0) -> None:
        """A line through data points."""
        self.sheet.line(self.points(np.array(x), np.array(y)), fill, width, dash)

    def band(self, x: np.ndarray, low: np.ndarray, high: np.ndarray, fill: Colour) -> None:
        """The area between two courses over x."""
        self.sheet.polygon(np.concatenate([self.points(x, high), self.points(x, low)[::-1]]), fill)


def draw_axes(
    sheet: Sheet, rect: Rect, x: Scale, y: Scale, xlabel: str = "", ylabel: str = ""
) -> Axes:
    """The panel, grid, frame, ticks and labels within `rect`; what is left is the plotting area."""
    style, line, small = sheet.style, sheet.style.size * 1.15, 0.9
    crowded = line * len(y.ticks) > 0.8 * (rect[3] - rect[1] - 3 * line)
    if crowded and not any(c.isalpha() for _, t in y.ticks for c in t):
        y = replace(y, ticks=y.ticks[::2])
    left = (
        max((sheet.text_width(t, small) for _, t in y.ticks), default=0)
        + 5
        + (line + 2) * bool(ylabel)
    )
    widths = [sheet.text_width(t, small) for _, t in x.ticks]
    room, widest = (rect[2] - rect[0] - left) / max(1, len(widths)), max(widths, default=0)
    if widest > room * 0.9 and not any(c.isalpha() for _, t in x.ticks for c in t):
        skip = math.ceil(widest / (0.8 * room))  # numbers are left out rather than turned
        x = replace(x, ticks=x.ticks[::skip])
        room, widths = room * skip, widths[::skip]
    angle = 0 if widest < room * 0.95 else 90 if widest > 1.6 * room and widest < 45 else 45
    drop = {0: line, 45: widest * 0.72 + line * 0.5, 90: widest + 2}[angle]
    area = x0, y0, x1, y1 = (
        rect[0] + left,
        rect[1] + 4,
        rect[2] - 4,
        rect[3] - drop - 4 - (line + 2) * bool(xlabel),
    )
    axes = Axes(sheet, area, x, y)
    if style.panel:
        sheet.box(area, style.panel)
    thin = 0.5 if style.grid and style.panel is None else 0.8
    tick = 2.5 if style.ticks == "out" else -2.5
    for value, label in y.ticks:
        at = axes.py(value)
        if style.grid:
            sheet.line([(x0, at), (x1, at)], style.grid, thin)
        if style.ticks:
            sheet.line([(x0, at), (x0 - tick, at)], style.ink, 0.7)
        sheet.text(x0 - 4, at, label, small, "rm")
    for (value, label), width in zip(x.ticks, widths, strict=True):
        at = axes.px(value)
        if style.grid and style.grid_on == "both":
            sheet.line([(at, y0), (at, y1)], style.grid, thin)
        if style.ticks:
            sheet.line([(at, y1), (at, y1 + tick)], style.ink, 0.7)
        sheet.text(
            at - width * 0.35 if angle == 45 else at, y1 + 3 + drop / 2, label, small, angle=angle
        )
    draw_frame(sheet, area)
    if xlabel:
        sheet.text((x0 + x1) / 2, rect[3] - line / 2 - 1, xlabel, bold=style.name == "Prism")
    if ylabel:
        size = min(1.0, (y1 - y0 + 25) / max(1, sheet.text_width(ylabel)))
        sheet.text(
            rect[0] + line / 2, (y0 + y1) / 2, ylabel, size, angle=90, bold=style.name == "Prism"
        )
    return axes


def draw_frame(sheet: Sheet, area: Rect) -> None:
    """The axis lines: all four, left and bottom, the bottom one or none."""
    width = 1.2 if sheet.style.name == "Prism" else 0.7
    x0, y0, x1, y1 = area
    if sheet.style.frame == "box":
        sheet.box(area, None, sheet.style.ink, width)
    elif sheet.style.frame == "corner":
        sheet.line([(x0, y0), (x0, y1), (x1, y1)], sheet.style.ink, width)
    elif sheet.style.frame == "base":
        sheet.line([(x0, y1), (x1, y1)], sheet.style.ink, width)
