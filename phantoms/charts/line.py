"""Line charts: an epidemic's course, or what laboratories follow over time or dose."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
from PIL import Image

from ..drawing import choose, either
from ..kinds import Attributes, kind
from .axes import Axes, draw_axes, linear, logarithmic
from .sheet import Entry, Rect, Sheet, cells, headings, legend_inside, place_legend, shared_marker
from .style import Style, colour_name, counted, further_phrases, hues, pick_style
from .topics import COUNTRIES, SCENARIOS, TRENDS, Topic, covid_topic, lab_topic, line_values

SHAPES = ("circle", "square", "triangle", "diamond", "open circle", "cross")


def line_entries(
    rng: np.random.Generator, style: Style, pool: list[str], n: int, marked: bool
) -> list[Entry]:
    """The lines by name, with their colours, dashes and markers."""
    marker = choose(rng, SHAPES) if rng.random() < 0.4 else "circle"
    solid = rng.random() < 0.7 and not style.mono
    names = [str(v) for v in rng.choice(pool, n, replace=False)]
    colours = style.colours
    if (
        n > 2 and not style.mono and rng.random() < (0.4 if style.name == "news" else 0.05)
    ):  # one line stands out
        colours = (colours[0], *((175, 175, 175),) * 9)
    dashes = [0.0 if solid else (0.0, 3.0, 1.5)[k % 3] for k in range(n)]
    markers = [(SHAPES[k % 4] if style.mono else marker) if marked else None for k in range(n)]
    return [Entry(names[k], colours[k], "line", dashes[k], markers[k]) for k in range(n)]


def legend_choice(rng: np.random.Generator, style: Style, n: int, several: bool) -> str:
    """Where the names of the lines are to stand."""
    choices = ("right", "below", "above", "upper left", "upper right", "end labels", "none")
    place = choose(rng, choices if n > 1 else ("upper left", "none", "none", "below"))
    if style.name == "news" and n > 1:
        place = choose(rng, ("end labels", "end labels", "above", "right"))
    return "none" if several else place


def line_plan(
    sheet: Sheet, topic: Topic, n: int, samples: int, marked: bool, several: bool, place: str
):
    """How the lines of a chart are drawn, and what is drawn on and around them.

    Extras are rare.
    """
    rng, covid = sheet.rng, topic.name == "COVID-19"
    shades = not sheet.style.bilevel  # pure black and white has none
    log = rng.random() < (0.2 if covid and "%" not in topic.measure and topic.top > 500 else 0)
    return SimpleNamespace(
        samples=samples,
        several=several,  # panels
        place=place,  # of the legend
        log=log,
        area=n <= 2 and rng.random() < 0.15 and shades,
        alpha=choose(rng, (60, 120, 255)) if n == 1 else 80,  # opacity of the area
        band=n < 5 and not log and rng.random() < 0.25 and shades,
        wide=rng.uniform(0.12, 0.45) if rng.random() < 0.4 else rng.uniform(0.03, 0.1),
        shade=choose(rng, (45, 60, 90, 130)),  # opacity of the band
        gray=n == 1 and rng.random() < 0.3,  # a band in gray
        limits=rng.random() < 0.2 and shades,  # outlines of the band
        raw=not marked and not log and samples > 25 and rng.random() < 0.1 and shades,
        fitted=not log and rng.random() < 0.35,  # a y axis that does not start at 0
        guide=rng.choice(3, p=[0.86, 0.1, 0.04]),  # none, upright, level
        errors=marked and n < 5 and not log and rng.random() < (0.2 if covid else 0.6),
        forecast=covid and n < 4 and rng.random() < 0.12,
        bars=covid and n == 1 and not log and rng.random() < 0.12,
        radius=sheet.style.size * rng.uniform(0.2, 0.5),  # of the markers
        form=choose(rng, ("plain", "comma", "comma", "short")),  # of the numbers at the y axis
    )


def draw_line(
    axes: Axes, x: np.ndarray, y: np.ndarray, spread: np.ndarray, entry: Entry, plan
) -> None:
    """One line of a chart with its band, filled area, error bars, forecast and markers."""
    sheet, points, (left, top, right, base) = axes.sheet, axes.points(x, y), axes.rect
    if plan.area:
        sheet.polygon(
            [(points[0, 0], base), *points, (points[-1, 0], base)], (*entry.colour, plan.alpha)
        )
    if plan.band:
        tone = (128, 128, 128) if plan.gray else entry.colour
        axes.band(x, y - spread, y + spread, (*tone, plan.shade))
        for edge in (y - spread, y + spread) if plan.limits else ():
            axes.line(x, edge, tone, 0.6, 2.0)
    if plan.bars:
        half = max(0.5, 0.7 * (right - left) / len(points)) / 2
        for px, py in points:
            jitter = py + sheet.rng.normal(0, 0.15) * (base - py)
            sheet.box((px - half, max(top, jitter), px + half, base), (*entry.colour, 90))
    if plan.errors:
        for (px, up), (_, down) in zip(
            axes.points(x, y + spread), axes.points(x, y - spread), strict=True
        ):
            sheet.line([(px, up), (px, down)], entry.colour, 0.7)
            for end in (up, down):
                sheet.line([(px - 1.8, end), (px + 1.8, end)], entry.colour, 0.7)
    if plan.raw:  # faint, under its running mean
        sheet.line(points, (*entry.colour, 90), sheet.style.width * 0.8)
        padded = np.pad(points[:, 1], 4, mode="edge")
        points[:, 1] = np.convolve(padded, np.full(9, 1 / 9), mode="valid")
    cut = round(len(points) * 0.7) if plan.forecast else len(points)
    sheet.line(points[:cut], entry.colour, sheet.style.width, entry.dash)
    if cut < len(points):
        sheet.line(points[cut - 1 :], entry.colour, sheet.style.width, 2.5)
    if entry.marker:
        for px, py in points:
            sheet.marker(px, py, entry.marker, plan.radius, entry.colour)


def draw_guides(axes: Axes, topic: Topic, guide: int) -> None:
    """Guide lines behind the data: an upright one (1), a level one (2).

    A ROC plot gets the diagonal of chance, a log scale the slopes of given doubling times.
    """
    x, y = axes.x, axes.y
    left, top, right, base = axes.rect
    if guide == 1:
        at = (left + right) / 2 if topic.shape == "profile" else left + 0.6 * (right - left)
        axes.sheet.line([(at, top), (at, base)], axes.sheet.style.ink, 0.9, 3.0)
    elif guide == 2:
        level = top + 0.4 * (base - top)
        axes.sheet.line([(left, level), (right, level)], (200, 60, 60), 0.9, 3.0)
    if topic.shape == "roc":
        axes.line((0, 1), (0, 1), (140, 140, 140), 0.7, 2.5)
    if y.log and topic.shape == "exponential":
        for slope in (0.5, 1, 2):
            growth = (y.hi / y.lo) ** np.clip(slope * np.linspace(0, 1, 30), 0, 1)
            axes.line(np.linspace(x.lo, x.hi, 30), y.lo * growth, (150, 150, 150), 0.6, 2.0)


def draw_panel(sheet: Sheet, rect: Rect, topic: Topic, entries: list[Entry], plan) -> None:
    """One panel with its axes and lines."""
    rng = sheet.rng
    values = line_values(rng, topic, len(entries), plan.samples)
    top = float(values.max())
    spread = (
        top
        * plan.wide
        * (0.4 + values[0] / top)
        * np.linspace(*rng.uniform(0.4, 1.6, 2), values.shape[1])
    )
    low = float((values - spread * (plan.band or plan.errors)).min())
    fitted = plan.fitted and topic.shape != "roc" and not plan.area and not plan.bars
    if plan.log:
        y = logarithmic(max(1, top / 10 ** rng.integers(2, 5)), top, plan.form)
    else:
        high = float((values + spread * plan.band).max()) if plan.wide > 0.1 else top
        y = linear(0, high * 1.03, 5, plan.form, pad=topic.top != 1)
        if fitted and low < 0.8 * high:
            rim = 0.05 * (high - low)
            y = linear(low - rim, high + rim, 5, plan.form, pad=False)
    if plan.several:
        x0, y0, x1, y1 = rect
        sheet.text((x0 + x1) / 2 + 8, y0 + 3, choose(rng, topic.pool), bold=True)
        axes = draw_axes(sheet, (x0, y0 + 5, x1, y1), replace(topic.x, ticks=topic.x.ticks[::2]), y)
    else:
        axes = draw_axes(sheet, rect, topic.x, y, topic.xlabel, topic.ylabel)
    draw_guides(axes, topic, plan.guide)
    at = np.linspace(topic.x.lo, topic.x.hi, plan.samples)
    for entry, row in zip(entries, values, strict=True):
        course = (at, row, spread)
        if topic.shape == "steps":
            course = (np.repeat(at, 2)[1:], np.repeat(row, 2)[:-1], np.repeat(spread, 2)[:-1])
        draw_line(axes, *course, entry, plan)
        if plan.place == "end labels":
            sheet.text(
                axes.rect[2] + 3,
                axes.points(at, row)[-1, 1],
                entry.name,
                0.85,
                "lm",
                fill=entry.colour,
            )
    legend_inside(sheet, axes.rect, entries, plan.place)


TREND_PHRASES = {
    "rising": "rising curves|a steady increase|a climb to higher values",
    "rising in steps": "a stepwise increase|steps going up",
    "falling": "falling curves|a decline|a downward trend",
    "peaking": "a single peak|a rise to a peak and then a fall",
    "waves": "several peaks|waves with peaks and troughs",
    "oscillating": "oscillating values|a periodic up and down",
    "mixed": "curves of different shapes|model curves",
    "levelling off low": "a steep fall that levels off|a quick drop towards a low plateau",
    "levelling off high": "a quick rise to a plateau|values climbing to a plateau",
    "centred": "a profile around the centre|a symmetrical signal profile",
    "fluctuating": "fluctuating values|an irregular course",
}
LINE_FEATURES = {
    "markers": "{} markers|data points marked by {} symbols",
    "error_bars": "error bars|vertical error bars at the points|whiskers at each time point",
    "band": "a shaded confidence band|shaded confidence intervals|a ribbon around the line|"
    "a shaded error region",
    "wide_band": "a wide shaded ribbon|a broad confidence band",
    "smoothed": "a smoothed line over the faint raw curve",
    "guide": "a dashed {} reference line|a dashed {} line",
    "alone": "one line with markers|a single line with dots|points joined by a line",
    "filled": "the area under the line filled",
    "forecast": "a dashed forecast|a dashed projection at the end",
    "log_scale": "a logarithmic y axis|a log scale",
    "bars": "thin bars behind the line",
    "end_labels": "lines labelled at their right end",
}


def line_phrases(a: Attributes, rng: np.random.Generator) -> list[str]:
    """What a legend says of a line chart."""
    n, covid, what = a["lines"], a["topic"] == "COVID-19", a["measure"].removesuffix(" (%)")
    over = either(rng, "over time|by date|as a time course") if covid else "as a curve"
    if covid:
        what = f"COVID-19 {what}"
    joined, lines, trend = hues(a), counted(n, "line"), TREND_PHRASES[a["trend"]]
    if covid:
        trend = trend.replace("several peaks", "epidemic waves")
    each = " in each panel" if a["panels"] > 1 else ""
    return [
        either(rng, f"{what} {over}|{what}|a plot of {what}"),
        either(
            rng,
            f"{lines} in {joined}|{joined} {'line' if n == 1 else 'lines'}|{counted(n, 'curve')}",
        )
        + each,
        either(rng, trend),
        *further_phrases(a, rng, LINE_FEATURES),
    ]


@kind(
    "chart",
    "line chart",
    "line graph",
    "line plot",
    "line diagram",
    "time series plot",
    "curve plot",
    "time series",
    "curve over time",
    "time course",
    "connected line plot",
    "trend curve",
    "plotted curves",
    "graph with lines",
    "xy line chart",
    "trend line graph",
    "graph of a curve",
    "data plot with lines",
    describe=line_phrases,
)
def line_chart(rng: np.random.Generator) -> tuple[Image.Image, Attributes]:
    """Curves over time or dose: COVID-19 in many of the pictures.

    Number, shape, marks, axes and style vary.
    """
    topic = covid_topic(rng) if rng.random() < 0.4 else lab_topic(rng)
    style, covid = pick_style(rng, lines=True), topic.name == "COVID-19"
    rows, columns = (
        choose(rng, ((1, 2), (1, 2), (2, 2), (1, 3), (2, 3), (2, 1)))
        if rng.random() < 0.13
        else (1, 1)
    )
    several = rows * columns > 1
    if several:
        style = replace(style, size=min(style.size, 6.0))
    sheet = Sheet(rng, style)
    n = (
        1
        if several
        else int(rng.choice([1, 2, 3, 4, 5, 6, 8], p=[0.38, 0.2, 0.15, 0.1, 0.08, 0.04, 0.05]))
    )
    if topic.pool is SCENARIOS and n == 1:
        topic.pool = COUNTRIES
    n = min(n, len(topic.pool))
    samples = (
        int(rng.integers(30, 140)) if covid or rng.random() < 0.4 else int(rng.integers(5, 14))
    )
    if topic.shape in ("loss", "score", "profile"):
        samples = int(rng.integers(20, 260))
    marked = rng.random() < (0.25 if covid else 0.5)
    if marked:
        samples = min(samples, 26)
    entries = line_entries(rng, style, topic.pool, n, marked)
    rect = headings(sheet, topic.title, choose(rng, ("WHO", "Johns Hopkins CSSE", "CDC", "ECDC")))
    rect, place = place_legend(sheet, rect, entries, legend_choice(rng, style, n, several))
    labelled = place == "end labels"
    ends = max(sheet.text_width(e.name, 0.85) for e in entries) + 4 if labelled else 0
    plan = line_plan(sheet, topic, n, samples, marked, several, place)
    for cell in cells((rect[0], rect[1], rect[2] - ends, rect[3]), rows, columns):
        draw_panel(sheet, cell, topic, entries, plan)
    return sheet.finish(), {
        "topic": topic.name,
        "measure": topic.measure,
        "names": [
            *topic.names,
            *["line chart with error bars", "mean values with error bars over time"] * plan.errors,
            *["line chart with markers", "dots joined by lines"] * marked,
        ],
        "lines": n,
        "colours": [colour_name(e.colour) for e in entries[:5]],
        "trend": "mixed" if topic.pool is SCENARIOS else TRENDS[topic.shape],
        "markers": shared_marker(entries),
        "error_bars": plan.errors,
        "band": plan.band and plan.wide <= 0.15,
        "wide_band": plan.band and plan.wide > 0.15,
        "smoothed": plan.raw,
        "guide": (None, "vertical", "horizontal")[plan.guide],
        "alone": n == 1 and marked and not several,
        "filled": plan.area,
        "forecast": plan.forecast,
        "bars": plan.bars,
        "log_scale": plan.log,
        "end_labels": labelled,
        "legend": place,
        "panels": rows * columns,
        **style.attributes,
    }
