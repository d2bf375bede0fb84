"""Bar charts: upright or lying, simple, grouped or stacked bars, and dense bars over time."""

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from ..drawing import choose, either
from ..kinds import Attributes, kind
from .axes import Axes, Scale, dates, draw_axes, draw_frame, linear
from .sheet import Entry, Rect, Sheet, headings, legend_inside, place_legend
from .style import Colour, colour_name, counted, further_phrases, hues, pick_style
from .topics import COUNTRIES, COVID_MEASURES, DISEASES, GENES, GROUPS, curve

MEASURES = [
    "Relative expression",
    "Patients (%)",
    "Number of cases",
    "Cell viability (%)",
    "Mean score",
    "Serum level (ng/mL)",
    "Frequency (%)",
    "Deaths per 100 000",
    "Fold change",
    "Prevalence (%)",
    "Length of stay (days)",
    "BMI (kg/m²)",
    "Cholesterol (mg/dL)",
    "IC50 (nM)",
    "Citations",
    "Sensitivity (%)",
    "Incidence rate",
    "Cost (US$)",
    "Concentration (pg/mL)",
    "Respondents (%)",
    "Apoptotic cells (%)",
]
SIGNED_MEASURES = "log2 fold change|Change from baseline (%)|z-score|Enrichment score (NES)"
AGES = ["0-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80+"]
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
YEARS = [str(year) for year in range(2008, 2023)]
CATEGORIES = (  # what the bars stand for, and the axis label that goes with it
    (COUNTRIES, "Country"),
    (GENES, ""),
    (GROUPS, ""),
    (DISEASES, ""),
    (AGES, "Age group (years)"),
    (MONTHS, "Month"),
    (YEARS, "Year"),
    (GROUPS, "Group"),
    (GENES, "Gene"),
)
ORIENTATIONS = {
    "vertical": "vertical bars|upright columns|columns|standing bars",
    "horizontal": "horizontal bars|bars lying sideways",
}
BAR_FEATURES = {
    "error_bars": "error bars|whiskers at the bars|bars with error whiskers",
    "stars": "significance stars|asterisks over brackets for significance",
    "signed": "bars above and below zero|positive and negative bars",
    "hatched": "hatched bars|bars with diagonal hatching",
    "points": "individual data points over the bars|dots of the single values",
    "sorted": "bars sorted in {} order|{} bar lengths",
    "values": "values printed at the bars|numbers at the end of the bars",
    "curve": "a density curve over the histogram|a bell-shaped curve drawn over the bins",
    "touching": "adjoining bars without gaps|bins side by side",
    "marked": "a dashed line at the mean|a vertical dashed line",
    "bare": "bars without axes|no axis lines, only bars and labels",
    "deep": "three-dimensional columns|bars drawn as 3D boxes",
    "whole": "stacks that add up to a hundred percent|bars of equal length divided into shares",
}


def bar_phrases(a: Attributes, rng: np.random.Generator) -> list[str]:
    """What a legend says of a bar chart."""
    n, layout, hue, bars = a["categories"], a["layout"], hues(a), counted(a["categories"], "bar")
    lie = either(rng, ORIENTATIONS[a["orientation"]])
    groups = []
    if a["dense"] and layout != "histogram":
        what = either(rng, f"many thin {hue} bars over time|dozens of narrow bars in {hue}")
    elif layout == "histogram":
        what = either(
            rng,
            f"a histogram in {hue}|the distribution as a histogram|{hue} bins of a distribution",
        )
    elif layout == "pyramid":
        what = either(rng, "bars to the left and right by age|a population pyramid of two sides")
    elif layout == "simple":
        what = either(rng, f"{bars}|{bars} in {hue}|{hue} bars")
    else:
        what = either(rng, f"{layout} bars in {hue}|{layout} bars of {a['series']} series")
        groups = [either(rng, f"{counted(n, 'category', 'categories')}|{n} groups on the axis")]
    phrases = [a["measure"].split(" (")[0].lower(), what, lie, *groups]
    return phrases + further_phrases(a, rng, BAR_FEATURES)


@dataclass
class Bars:
    """The values (series, categories) of a bar chart and how they are shown."""

    layout: str  # simple, grouped, stacked
    lying: bool
    names: list[str]  # of the categories
    label: str  # of their axis
    dense: bool  # many thin bars over time
    values: np.ndarray
    measure: str
    top: float
    order: str | None  # ascending, descending
    signed: bool
    whole: bool = False  # every stack adds up to the same


def histogram(rng: np.random.Generator) -> Bars:
    """How often a measured quantity falls into each of many bins; two groups may overlap."""
    n, series = int(rng.integers(8, 50)), 2 if rng.random() < 0.2 else 1
    t, size = np.linspace(0, 1, n), int(10 ** rng.uniform(1.8, 4))
    rows = []
    for _ in range(series):
        shape = np.exp(-(((t - rng.uniform(0.3, 0.7)) / rng.uniform(0.12, 0.35)) ** 2))
        if rng.random() < 0.4:  # skewed
            shape = t ** rng.uniform(0.3, 2) * np.exp(-t * rng.uniform(4, 12)) + 1e-4
        elif rng.random() < 0.25:  # with two peaks
            shape = shape + rng.uniform(0.4, 1) * np.exp(-(((t - rng.uniform(0, 1)) / 0.1) ** 2))
        rows.append(rng.poisson(size * shape / shape.sum()))
    values = np.maximum(np.array(rows, dtype=float), 0)
    measure = either(rng, "Frequency|Count|Number of patients|Number of cells|Density")
    label = either(rng, "Age (years)|BMI (kg/m²)|Length (µm)|Expression|Score|p value|Reads")
    return Bars("histogram", False, [""] * n, label, True, values, measure, 1.0, None, False)


def pyramid(rng: np.random.Generator) -> Bars:
    """Age groups with one group's bars to the left and the other's to the right."""
    right = np.sort(rng.uniform(0.1, 1, len(AGES)))[::-1] * 10 ** rng.uniform(1, 4)
    values = np.stack([-right * rng.uniform(0.7, 1.2, len(AGES)), right])
    measure = either(rng, "Number of cases|Population|Patients")
    top = float(right.max())
    return Bars("pyramid", True, AGES, "Age group", False, values, measure, top, None, True)


def pick_bars(rng: np.random.Generator) -> Bars:
    """The numbers of a chart: shares of a stack, an epidemic, sorted or signed values, or any."""
    roll = rng.random()
    if roll < 0.15:
        return histogram(rng) if roll < 0.11 else pyramid(rng)
    layout = choose(rng, ("simple", "simple", "grouped", "grouped", "stacked"))
    lying = rng.random() < 0.28
    series = 1 if layout == "simple" else int(rng.integers(2, 6 if layout == "stacked" else 5))
    n = int(rng.integers(2, (13 if rng.random() < 0.25 else 7) if layout == "grouped" else 13))
    pool, label = choose(rng, CATEGORIES)
    names = (
        pool[:n]
        if pool in (AGES, MONTHS, YEARS)
        else [str(v) for v in rng.choice(pool, n, replace=False)]
    )
    whole = False
    dense = layout != "grouped" and not lying and rng.random() < 0.15
    n = int(rng.integers(20, 80)) if dense else len(names)
    measure = choose(rng, MEASURES)
    top = 100.0 if "%" in measure else 10 ** rng.uniform(0.3, 4)
    values = rng.uniform(0.15, 1, (series, n))
    if dense:
        values = curve(rng, either(rng, "waves|peak|exponential"), np.linspace(0, 1, n)) * (
            0.8 + 0.3 * values
        )
    elif layout == "stacked":
        whole = rng.random() < 0.5
        values = values / (values.sum(0) if whole else series)
    order = (
        either(rng, "ascending|descending")
        if series == 1 and 3 < n < 14 and rng.random() < 0.35
        else None
    )
    if order:
        values = np.sort(values)[:, :: 1 if order == "ascending" else -1]
    values = values * top
    signed = layout == "simple" and not dense and rng.random() < 0.1
    if signed:
        measure, top = either(rng, SIGNED_MEASURES), 10 ** rng.uniform(0.2, 1.5)
        signs = np.where(rng.random(n) < 0.5, 1, -1)
        if abs(signs.sum()) == n:
            signs[0] *= -1  # so that both signs occur
        values = values / values.max() * top * signs
    return Bars(layout, lying, names, label, dense, values, measure, top, order, signed, whole)


def hatch(sheet: Sheet, rect: Rect, fill: Colour, step: float = 3.0) -> None:
    """Diagonal lines within the rectangle."""
    x0, y0, x1, y1 = rect
    for c in np.arange(x0 - (y1 - y0), x1, step):
        left, right = max(x0, c), min(x1, c + y1 - y0)
        if right > left:
            sheet.line([(left, y1 - (left - c)), (right, y1 - (right - c))], fill, 0.6)


@dataclass
class Manner:
    """How bars are drawn.

    `across` and `along` are positions on the axis of categories and on that of values.
    """

    axes: Axes
    lying: bool
    two_sided: bool  # error bars
    hatched: bool
    hollow: bool
    edge: Colour | None
    edge_width: float
    deep: float = 0.0  # pixels to the back, of bars drawn as solid boxes
    bare: bool = False  # no axes

    def at(self, across: float, along: float) -> tuple[float, float]:
        """The pixel there."""
        return (
            (self.axes.px(along), self.axes.py(across))
            if self.lying
            else (self.axes.px(across), self.axes.py(along))
        )

    def bar(self, across: tuple[float, float], along: tuple[float, float], fill: Colour) -> None:
        """One bar."""
        sheet = self.axes.sheet
        (x0, y0), (x1, y1) = self.at(across[0], along[0]), self.at(across[1], along[1])
        (x0, x1), (y0, y1) = sorted((x0, x1)), sorted((y0, y1))
        rect = (x0, y0, x1, y1)
        colours = (sheet.style.paper, fill) if self.hollow else (fill, self.edge)
        if self.deep and colours[0]:
            d, side = self.deep, tuple(int(v * 0.65) for v in fill[:3])
            sheet.polygon([(x1, y0), (x1 + d, y0 - d), (x1 + d, y1 - d), (x1, y1)], side)
            pale = tuple((v + 255) // 2 for v in fill[:3])
            sheet.polygon([(x0, y0), (x0 + d, y0 - d), (x1 + d, y0 - d), (x1, y0)], pale)
        sheet.box(rect, *colours, self.edge_width)
        if self.hatched and y1 - y0 > 3:
            hatch(sheet, rect, self.edge or sheet.style.ink)

    def error(self, across: float, value: float, error: float) -> None:
        """An error bar with its caps."""
        low, high = self.at(across, value - error * self.two_sided), self.at(across, value + error)
        dx, dy = (0, 2) if self.lying else (2, 0)
        caps = [[(x - dx, y - dy), (x + dx, y + dy)] for x, y in (high, low)[: 1 + self.two_sided]]
        for part in ([low, high], *caps):
            self.axes.sheet.line(part, self.axes.sheet.style.ink, 0.8)


def pick_manner(sheet: Sheet, bars: Bars) -> Manner:
    """The manner of drawing, still without axes."""
    rng, style, two_sided = sheet.rng, sheet.style, sheet.rng.random() < 0.65
    hatched = rng.random() < (0.4 if style.mono else 0.08)
    hollow = len(bars.values) == 1 and rng.random() < 0.08
    edge = style.ink if style.mono else choose(rng, (None, None, style.ink))
    thick = rng.uniform(0.5, 1.2) if rng.random() < 0.85 else rng.uniform(1.2, 2.5)
    manner = Manner(None, bars.lying, two_sided, hatched, hollow, edge, thick)
    if not (bars.dense or bars.signed or hatched or hollow):
        manner.deep = rng.uniform(2, 5) if rng.random() < 0.07 else 0.0
        manner.bare = rng.random() < 0.08
    return manner


def bar_axes(sheet: Sheet, rect: Rect, bars: Bars, room: float, bare: bool) -> Axes:
    """The axes for the bars, with `room` (a fraction of the highest) above them.

    Bare ones are not drawn but for the names of the categories.
    """
    rng, values, n = sheet.rng, bars.values, bars.values.shape[1]
    highest = values.sum(0).max() if bars.layout == "stacked" else values.max()
    lowest = values.min() * 1.05 if bars.signed else 0.0
    form = int(rng.integers(3, 8)), either(rng, "plain|comma|short")
    scale = linear(lowest, max(highest * (1 + room), -0.2 * lowest), *form)
    ticks = dates(rng, n - 1).ticks if bars.dense else list(enumerate(bars.names))
    if bars.layout == "histogram":
        scale_x = linear(0, 10 ** rng.uniform(0, 3), 5, pad=False)
        ticks = [(scale_x.at(v) * n - 0.5, text) for v, text in scale_x.ticks]
    elif bars.layout == "pyramid":
        scale.ticks = [(v, text.removeprefix("-")) for v, text in scale.ticks]
    axis = Scale(-0.5, n - 0.5, ticks)
    if bare:
        sheet.style = replace(sheet.style, frame="none", ticks="", grid=None, panel=None)
        scale.ticks = []
        return draw_axes(sheet, rect, *((scale, axis) if bars.lying else (axis, scale)))
    if bars.lying:
        return draw_axes(sheet, rect, scale, axis, bars.measure)
    label = bars.label if rng.random() < 0.6 else ""
    return draw_axes(sheet, rect, axis, scale, label, bars.measure if rng.random() < 0.85 else "")


def draw_stars(axes: Axes, top: float, n: int) -> None:
    """Brackets with stars between pairs of bars."""
    sheet, rng = axes.sheet, axes.sheet.rng
    for level in range(int(rng.integers(1, 3))):
        a = int(rng.integers(0, n - 1))
        b = int(rng.integers(a + 1, n))
        y, xa, xb = axes.py(top * (1.1 + 0.13 * level)), axes.px(a), axes.px(b)
        sheet.line([(xa, y + 3), (xa, y), (xb, y), (xb, y + 3)], sheet.style.ink, 0.7)
        sheet.text((xa + xb) / 2, y - 3, either(rng, "*|**|***|****|ns|p<0.05"))


def draw_bars(manner: Manner, bars: Bars, colours, spread: np.ndarray | None) -> tuple[bool, bool]:
    """All bars with their errors.

    Returns whether single points and printed values came with them.
    """
    axes, sheet, rng = manner.axes, manner.axes.sheet, manner.axes.sheet.rng
    (series, n) = bars.values.shape
    grouped = bars.layout == "grouped"
    simple = bars.layout == "simple"
    width = rng.uniform(*choose(rng, ((0.45, 0.95), (0.45, 0.95), (0.2, 0.45)))) / (
        series if grouped else 1
    )
    if bars.layout == "histogram":
        width = 1.0
    dots = spread is not None and simple and not bars.lying and rng.random() < 0.3
    printed = spread is None and not bars.signed and (simple or grouped) and not bars.dense
    printed = printed and (manner.bare or (n < 14 and rng.random() < 0.3))
    for i in range(n):
        base = 0.0
        for s in range(series):
            middle, value = i + (s - (series - 1) / 2) * width if grouped else i, bars.values[s, i]
            fill = colours[(s if len(colours) == series else i) % 10]
            if bars.layout == "histogram" and series > 1:
                fill = (*fill[:3], 150)
            manner.bar((middle - width / 2, middle + width / 2), (base, base + value), fill)
            if spread is not None:
                manner.error(middle, value, spread[s, i])
            base += value if bars.layout == "stacked" else 0
            if printed:
                (x, y) = manner.at(middle, value)
                (dx, dy, anchor) = (2, 0, "lm") if bars.lying else (0, -1 - manner.deep, "mb")
                number = f"{value:.1f}" if bars.top < 100 else f"{value:.0f}"
                size = 0.8 if series == 1 else 0.6
                sheet.text(x + dx + manner.deep * bars.lying, y + dy, number, size, anchor)
        if dots:
            for v in bars.values[0, i] + spread[0, i] * rng.normal(0, 0.8, 6):
                sheet.marker(
                    axes.px(i + rng.uniform(-0.2, 0.2)),
                    axes.py(v),
                    "open circle",
                    1.6,
                    sheet.style.ink,
                )
    draw_frame(sheet, axes.rect)
    return dots, printed


@kind(
    "chart",
    "bar chart",
    "bar graph",
    "bar plot",
    "barplot",
    "column chart",
    "bar diagram",
    "histogram-like bar graph",
    "chart with bars",
    "graph with bars",
    "column graph",
    "bars comparing categories",
    "columns",
    "chart with columns",
    describe=bar_phrases,
)
def bar_chart(rng: np.random.Generator) -> tuple[Image.Image, Attributes]:
    """Bars of categories: upright or lying, simple, grouped or stacked, with errors and stars."""
    style = pick_style(rng)
    sheet = Sheet(rng, style)
    bars = pick_bars(rng)
    (series, n), layout, lying, dense = bars.values.shape, bars.layout, bars.lying, bars.dense
    errors = layout != "stacked" and not dense and not bars.signed and rng.random() < 0.5
    stars = errors and layout == "simple" and not lying and n < 7 and rng.random() < 0.5
    many = series == 1 and not dense and rng.random() < 0.4
    place = either(rng, "right|below|above|upper right") if series > 1 else "none"
    if dense and layout != "histogram":
        bars.measure = choose(rng, COVID_MEASURES)[0].capitalize()
        bars.label = either(rng, "Date|Week|Date of onset")
    rect = headings(
        sheet, f"{bars.measure.split(' (')[0]} by {(bars.label or 'group').lower()}", "WHO"
    )
    pool = rng.choice(choose(rng, (GROUPS, GENES, YEARS[7:], COUNTRIES)), series, False)
    if layout == "pyramid":
        pool = rng.permutation(["Men", "Women"])
    entries = [Entry(str(pool[k]), style.colours[k], "swatch") for k in range(series)]
    if series > 1:
        rect, place = place_legend(sheet, rect, entries, place)
    manner = pick_manner(sheet, bars)
    errors = errors and not manner.deep
    stars = stars and errors
    spread = rng.uniform(0.03, 0.15, bars.values.shape) * bars.values if errors else None
    room = 0.16 * errors + 0.28 * stars + 0.15 * (place == "upper right")
    axes = manner.axes = bar_axes(sheet, rect, bars, room + 0.08 * bool(manner.deep), manner.bare)
    used = [style.colours[k % 10] for k in range(n if many else series)]
    dots, printed = draw_bars(manner, bars, used, spread)
    curve_drawn, marked = layout == "histogram" and rng.random() < 0.4, False
    if curve_drawn:
        for row, entry in zip(bars.values, entries, strict=True):
            smooth = np.convolve(np.pad(row, 3, mode="edge"), np.hanning(9)[1:-1] / 4, mode="valid")
            tone = entry.colour if series > 1 else choose(rng, (style.ink, (200, 40, 40)))
            axes.line(np.arange(n), smooth, tone, style.width)
    if layout == "histogram" and rng.random() < 0.3:
        marked, at = True, float((bars.values[0] * np.arange(n)).sum() / bars.values[0].sum())
        sheet.line([manner.at(at, 0), (axes.px(at), axes.rect[1])], (200, 40, 40), 1.0, 3.0)
    if bars.signed:
        sheet.line([manner.at(-0.5, 0), manner.at(n - 0.5, 0)], style.ink, 0.7)
    if stars:
        draw_stars(axes, bars.values.max() * 1.04, n)
    legend_inside(sheet, axes.rect, entries, place)
    orientation = "horizontal" if lying else "vertical"
    names = [f"{orientation} bar chart"]
    if layout in ("grouped", "stacked"):
        names += [f"{layout} bar chart", f"{layout} {orientation} bar graph"]
    names += ["epidemic curve as bars"] * (dense and layout != "histogram")
    names += ["population pyramid", "back-to-back bar chart"] * (layout == "pyramid")
    names += ["bar graph with error bars", "bars of group means with whiskers"] * errors
    if layout == "histogram":
        names = ["histogram", "frequency distribution as a histogram", "histogram of a variable"]
    # the order of a lying chart reads either way; the signs are drawn after sorting
    order = None if lying or bars.signed else bars.order
    return sheet.finish(), {
        "measure": bars.measure,
        "layout": layout,
        "orientation": orientation,
        "categories": n,
        "series": series,
        "dense": dense,
        "signed": bars.signed and layout != "pyramid",
        "curve": curve_drawn,
        "touching": layout == "histogram",
        "marked": marked,
        "bare": manner.bare,
        "deep": manner.deep > 0,
        "whole": bars.whole and layout == "stacked",
        "colours": [colour_name(c) for c in used[:5]],
        "error_bars": errors,
        "stars": stars,
        "hatched": manner.hatched,
        "points": dots,
        "values": printed,
        "sorted": order,
        "legend": place,
        "names": names,
        **sheet.style.attributes,
    }
