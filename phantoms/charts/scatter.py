"""Scatter plots: correlations, clusters of an embedding, volcano, bubble and agreement plots."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PIL import Image

from ..drawing import choose, either
from ..kinds import Attributes, kind
from .axes import Axes, Scale, draw_axes, draw_frame, linear
from .sheet import Entry, Rect, Sheet, headings, legend_inside, place_legend, shared_marker
from .style import Colour, colour_name, further_phrases, hues, pick_style
from .topics import CELL_TYPES, COUNTRIES, GENES, GROUPS

VARIABLES = [
    "Age (years)",
    "BMI (kg/m²)",
    "Glucose (mg/dL)",
    "CRP (mg/L)",
    "IL-6 (pg/mL)",
    "Systolic BP (mmHg)",
    "LDL (mg/dL)",
    "eGFR (mL/min)",
    "Tumor size (mm)",
    "log2 expression",
    "Viral load",
    "Hemoglobin (g/dL)",
    "Distance (µm)",
    "Observed",
    "Predicted",
    "SUVmax",
    "Weight (kg)",
]
EMBEDDINGS = (
    ("UMAP1", "UMAP2"),
    ("tSNE 1", "tSNE 2"),
    ("PC1 (42.1%)", "PC2 (17.6%)"),
    ("LD1", "LD2"),
    ("UMAP_1", "UMAP_2"),
    ("PC1: 55.3%", "PC2: 19.0%"),
    ("t-SNE dimension 1", "t-SNE dimension 2"),
)
LAYOUTS = [
    "cloud",
    "cloud",
    "cloud",
    "cloud",
    "clusters",
    "clusters",
    "clusters",
    "volcano",
    "bubble",
    "agreement",
    "dense",
    "dense",
    "few",
    "few",
    "Manhattan",
    "strip",
    "coloured",
]
MARKERS = ("circle", "circle", "open circle", "square", "triangle", "diamond", "cross", "plus")
SCATTER_NAMES = {
    "volcano": ["volcano plot", "volcano plot of gene expression"],
    "bubble": ["bubble chart", "bubble plot"],
    "agreement": ["Bland-Altman plot"],
    "cloud": ["correlation plot"],
    "dense": ["dense scatter plot", "point cloud", "cloud of dots"],
    "few": ["plot of a few samples", "sample plot"],
    "Manhattan": ["Manhattan plot", "genome-wide association plot", "GWAS plot"],
    "strip": ["strip plot", "jitter plot", "dot plot of individual values", "beeswarm plot"],
    "coloured": ["scatter plot with a colour scale", "dots coloured by value"],
}
LAYOUT_PHRASES = {
    "cloud": "a cloud of points|scattered data points|{hue} points",
    "clusters": (
        "{groups} clusters in {hue}|coloured clusters of points, {hue}|{groups} groups of dots"
    ),
    "volcano": "differentially expressed genes|a volcano shape of up- and downregulated genes",
    "bubble": "bubbles of different sizes|{hue} bubbles",
    "agreement": "differences against means|limits of agreement as dashed lines",
    "dense": "a dense cloud of {hue} dots|lots of overlapping points|a crowded point cloud",
    "few": "a few single points|{hue} dots, one for each sample|only a handful of symbols",
    "Manhattan": "associations along the chromosomes|columns of {hue} dots with towering peaks|"
    "dots in alternating colours by chromosome, the strongest on top",
    "strip": "individual points of {groups} groups|dots of single values in {groups} columns|"
    "jittered {hue} dots by group with the mean as a line",
    "coloured": "dots coloured by value with a colour bar|points shaded along a colour scale",
}


def scatter_phrases(a: Attributes, rng: np.random.Generator) -> list[str]:
    """What a legend says of a scatter plot."""
    hue, marker = hues(a), a["marker"]
    features = {
        "x": f"{a['y']} against {{}}|{a['y']} plotted versus {{}}",
        "correlation": "{} correlation|{} association of two variables",
        "equation": "the equation of the line printed in the plot",
        "regression": "a regression line|a fitted straight line|a line of best fit",
        "band": "a confidence band|a shaded band around the fit",
        "ellipses": "confidence ellipses|ellipses around the groups",
        "density": f"{{}} points|{hue} {marker} markers|{marker} symbols",
    }
    what = either(rng, LAYOUT_PHRASES[a["layout"]]).format(hue=hue, groups=a["groups"])
    return [what, *further_phrases(a, rng, features)]


@dataclass
class Points:
    """Points in about 0 … 1 on both axes, and the group that each belongs to."""

    x: np.ndarray
    y: np.ndarray
    member: np.ndarray
    groups: int

    def __len__(self) -> int:
        return len(self.x)

    def of(self, group: int) -> tuple[np.ndarray, np.ndarray]:
        """The x and y of one group."""
        return self.x[self.member == group], self.y[self.member == group]


def two_variables(rng: np.random.Generator, n: int, groups: int) -> Points:
    """Correlated quantities."""
    r = choose(rng, (0, 0.3, 0.6, 0.8, 0.93, 0.98)) * choose(rng, (1, 1, -1))
    x = rng.normal(0, 1, n) if rng.random() < 0.6 else rng.uniform(-1.8, 1.8, n)
    y = r * x + math.sqrt(1 - r * r) * rng.normal(0, 1, n)
    return Points(0.5 + 0.17 * x, 0.5 + 0.17 * y, rng.integers(0, groups, n), groups)


def clusters(rng: np.random.Generator, n: int, groups: int) -> Points:
    """Points of several clouds, bent and stretched as in an embedding."""
    member = rng.integers(0, groups, n)
    angle = np.arange(groups) * 2.4
    centre = 0.5 + 0.33 * np.stack([np.cos(angle), np.sin(angle)], 1)
    centre = centre * rng.uniform(0.7, 1) + rng.normal(0, 0.05, (groups, 2))
    size, turn = rng.uniform(0.03, 0.1, (groups, 2)), rng.uniform(0, np.pi, groups)[member]
    u, v = rng.normal(0, 1, (2, n)) * size[member].T
    v = v + rng.normal(0, 6, groups)[member] * u**2
    x = centre[member, 0] + u * np.cos(turn) - v * np.sin(turn)
    y = centre[member, 1] + u * np.sin(turn) + v * np.cos(turn)
    return Points(x, y, member, groups)


def volcano(rng: np.random.Generator, n: int) -> Points:
    """Fold change and significance; the groups are unchanged (0), up (1) and down (2)."""
    x = np.clip(rng.standard_t(5, n) * 0.11, -0.46, 0.46)
    y = (np.abs(x) / 0.3) ** 1.2 * rng.gamma(3, 0.3, n) + rng.exponential(0.04, n)
    y = 0.95 * np.clip(y / np.quantile(y, rng.uniform(0.98, 0.997)), 0, 1) * rng.uniform(0.97, 1, n)
    member = np.where(y > 0.25, np.where(x > 0.14, 1, np.where(x < -0.14, 2, 0)), 0)
    return Points(np.clip(x + 0.5, 0, 1), y, member, 3)


def manhattan(rng: np.random.Generator, n: int) -> Points:
    """P values along the genome: noise low down, a few loci that tower; a group is a chromosome."""
    lengths = np.linspace(1, 0.3, 22)
    x = np.sort(rng.random(n))
    y = rng.uniform(0.02, 0.07) * rng.exponential(1, n)
    for _ in range(int(rng.integers(1, 7))):
        near = np.exp(-np.abs(x - rng.random()) / 0.004)
        y = y + near * rng.random(n) * rng.uniform(0.2, 0.9)
    member = np.searchsorted(np.cumsum(lengths) / lengths.sum(), x)
    return Points(x, y / max(1.0, y.max()), np.minimum(member, 21) % 2, 2)


def strip(rng: np.random.Generator, n: int, groups: int) -> Points:
    """Single values in a column for each group, shifted sideways at random."""
    member = np.arange(n) % groups
    means, width = rng.uniform(0.3, 0.7, groups), rng.uniform(0.05, 0.3)
    x = (member + 0.5 + rng.uniform(-width, width, n)) / groups
    return Points(x, means[member] + rng.normal(0, rng.uniform(0.05, 0.14), n), member, groups)


def scatter_points(rng: np.random.Generator, layout: str) -> Points:
    """As many points and groups as go with the layout, held within the axes."""
    many = int(rng.integers(2, 10))
    few = 1 if rng.random() < 0.6 else int(rng.integers(2, 5))
    low, high = {
        "clusters": (30, 1800),
        "volcano": (250, 1200),
        "bubble": (8, 40),
        "dense": (500, 2000),
        "few": (3, 16),
        "Manhattan": (900, 2200),
        "strip": (16, 150),
    }.get(layout, (12, 350))
    n = round(math.exp(rng.uniform(math.log(low), math.log(high))))
    if layout == "clusters":
        points = clusters(rng, n, many)
    elif layout == "volcano":
        points = volcano(rng, n)
    elif layout == "Manhattan":
        points = manhattan(rng, n)
    elif layout == "strip":
        points = strip(rng, n, int(rng.integers(2, 7)))
    elif layout == "few" and rng.random() < 0.5:  # most in one corner, others far away
        points = two_variables(rng, n, min(n, int(rng.integers(1, 7))))
        points.x, points.y = points.x**2, rng.beta(0.8, 2, n)
    else:
        points = two_variables(rng, n, 1 if layout == "coloured" else few)
    if layout == "agreement":
        points.y = 0.5 + rng.normal(0, 0.13, n)
    points.x, points.y = np.clip(points.x, 0.01, 0.99), np.clip(points.y, 0.01, 0.99)
    return points


def scatter_scales(
    rng: np.random.Generator, layout: str, marks: bool
) -> tuple[Scale, Scale, str, str]:
    """Axes over 0 … 1 whose tick labels are of the quantities, and their names."""
    names = [str(v) for v in rng.choice(VARIABLES, 2, replace=False)]
    lows, spans = rng.choice([0, 0, 10, 20], 2), 10 ** rng.uniform(0.3, 3, 2)
    if layout == "clusters":
        names, lows, spans = choose(rng, EMBEDDINGS), (-15, -12), (30, 24)
    elif layout == "volcano":
        names, lows, spans = ("log2 fold change", "-log10(p)"), (-6, 0), (12, rng.uniform(5, 60))
    elif layout in ("few", "dense") and rng.random() < 0.5:
        names, lows = choose(rng, EMBEDDINGS), -spans / 2
    elif layout == "Manhattan":
        names, lows, spans = ("Chromosome", "-log10(P)"), (0, 0), (22, rng.uniform(8, 40))
    elif layout == "agreement":
        names, lows, spans = ("Mean of two methods", "Difference"), (0, -10), (spans[0], 20)
    scales = []
    for low, span in zip(lows, spans, strict=True):
        scale = linear(low, low + span, int(rng.integers(3, 8)), pad=False)
        scales.append(
            Scale(0, 1, [((v - low) / span, text) for v, text in scale.ticks] if marks else [])
        )
    if layout == "Manhattan":
        ends = np.cumsum(np.linspace(1, 0.3, 22)) / np.linspace(1, 0.3, 22).sum()
        scales[0].ticks = [
            ((a + b) / 2, str(k)) for k, (a, b) in enumerate(pairwise((0, *ends)), 1)
        ]
    return *scales, *names


def colour_bar(sheet: Sheet, area: Rect, ramp: np.ndarray) -> None:
    """A bar of the ramp's colours to the right of the plotting area, with numbers."""
    x, y0, y1 = area[2] + 6, area[1], area[3]
    for k, colour in enumerate(ramp[::-1]):
        top, bottom = (y0 + (y1 - y0) * j / len(ramp) for j in (k, k + 1))
        sheet.box((x, top, x + 7, bottom), tuple(colour.tolist()))
    for share in (0, 0.5, 1):
        sheet.text(x + 9, y1 - share * (y1 - y0), f"{share:g}", 0.8, "lm")


def regression(axes: Axes, x: np.ndarray, y: np.ndarray, band: bool, colour: Colour) -> None:
    """The straight line through the points, with its confidence band."""
    slope, offset = np.polyfit(x, y, 1)
    at = np.linspace(x.min(), x.max(), 20)
    fit = slope * at + offset
    if band:
        leverage = 1 / x.size + (at - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum()
        error = 2.2 * np.std(y - slope * x - offset) * np.sqrt(leverage)
        axes.band(at, fit - error, fit + error, (*colour, 70))
    axes.line(at, fit, colour, axes.sheet.style.width, 3.0 if axes.sheet.rng.random() < 0.2 else 0)


def group_ellipse(axes: Axes, x: np.ndarray, y: np.ndarray, colour: Colour) -> None:
    """The 95 % ellipse of a group."""
    if x.size < 4:
        return
    values, vectors = np.linalg.eigh(np.cov(x, y))
    t = np.linspace(0, 2 * np.pi, 40)
    ring = (vectors * np.sqrt(np.maximum(values, 0)) * 2.4) @ np.stack([np.cos(t), np.sin(t)])
    points = axes.points(ring[0] + x.mean(), ring[1] + y.mean())
    axes.sheet.polygon(points, (*colour, 35))
    axes.sheet.line(points, colour, 0.8)


def scatter_entries(sheet: Sheet, layout: str, n: int, groups: int) -> list[Entry]:
    """The groups by name, with their colours and markers."""
    rng, style = sheet.rng, sheet.style
    marker = (
        choose(rng, MARKERS)
        if layout not in ("bubble", "dense", "Manhattan") and n < 500
        else "circle"
    )
    several = (rng.random() < 0.3 or style.mono) and groups > 1 and n < 400 and layout != "strip"
    markers = [MARKERS[1 + k % 7] if several else marker for k in range(groups)]
    pool, names = choose(rng, (GROUPS, COUNTRIES, GENES)), ["NS", "Up", "Down"]
    if layout != "volcano":
        names = [
            str(v)
            for v in rng.choice(CELL_TYPES if layout == "clusters" else pool, groups, replace=False)
        ]
    colours = list(style.colours)
    if layout == "volcano" and not style.mono:
        pairs = (((210, 40, 40), (40, 70, 200)), ((220, 60, 50), (40, 150, 70)), tuple(colours[:2]))
        colours = [(150, 150, 150), *choose(rng, pairs)]
    if layout == "Manhattan" and rng.random() < 0.4:  # a dark and a pale tone
        colours = choose(rng, (((30, 30, 30), (150, 150, 150)), ((30, 60, 130), (110, 160, 220))))
    if groups == 1 and rng.random() < 0.35:
        colours[0] = style.ink
    return [Entry(names[k], colours[k], "dot", 0, markers[k]) for k in range(groups)]


def draw_points(
    axes: Axes, points: Points, entries: list[Entry], layout: str
) -> tuple[bool, bool, bool]:
    """The points with their ellipses, thresholds and fit.

    Returns whether there are fit, band and ellipses.
    """
    sheet, rng, n, ink = axes.sheet, axes.sheet.rng, len(points), axes.sheet.style.ink
    radii = np.clip(rng.uniform(8, 32) / math.sqrt(n), 0.7, rng.uniform(2.5, 6)) * np.ones(n)
    if layout in ("dense", "Manhattan"):
        radii *= rng.uniform(1, 2.5)
    if layout == "bubble":
        radii = rng.uniform(2, 14, n) * rng.uniform(0.5, 1)
    fit = layout in ("cloud", "coloured") and rng.random() < (0.6 if layout == "cloud" else 0.2)
    # Pure black and white has no shades.
    band = fit and rng.random() < 0.5 and not sheet.style.bilevel
    ellipses = layout == "clusters" and n < 300 and rng.random() < 0.45
    if ellipses:
        for k, entry in enumerate(entries):
            group_ellipse(axes, *points.of(k), entry.colour)
    if layout == "volcano" and rng.random() < 0.7:
        for x, y in (((0.36, 0.36), (0, 1)), ((0.64, 0.64), (0, 1)), ((0, 1), (0.25, 0.25))):
            axes.line(x, y, ink, 0.6, 2)
    alpha = 150 if layout == "bubble" else choose(rng, (255, 255, 180, 110))
    edge = choose(rng, (None, None, ink, sheet.style.paper)) if n < 200 else None
    edge = choose(rng, (None, None, ink)) if layout == "dense" else edge
    ramp = None
    if layout == "coloured":
        stops = np.linspace(0, 9, 3 if sheet.style.mono else 4).astype(int)
        stops = np.array([sheet.style.colours[k][:3] for k in stops])
        at = np.linspace(0, len(stops) - 1, 24)
        ramp = np.stack([np.interp(at, range(len(stops)), c) for c in stops.T], 1).astype(int)
        colour_bar(sheet, axes.rect, ramp)
        value = np.clip(points.x * rng.choice([0, 1]) + rng.normal(0.4, 0.25, n), 0, 0.99)
    values = iter(value) if ramp is not None else None
    for (px, py), k, radius in zip(
        axes.points(points.x, points.y), points.member, radii, strict=True
    ):
        marker, colour = entries[k].marker, entries[k].colour
        if ramp is not None:
            colour = tuple(ramp[int(24 * next(values))].tolist())
        solid = marker in ("cross", "plus", "open circle")
        sheet.marker(px, py, marker, radius, (*colour, 255 if solid else alpha), edge)
    for k, entry in enumerate(entries if fit else ()):
        x, y = points.of(k)
        if len(x) > 3:
            plain = len(entries) > 1 or sheet.style.mono
            colour = entry.colour if plain else choose(rng, ((220, 30, 30), (40, 70, 220), ink))
            regression(axes, x, y, band, colour)
    if layout == "Manhattan" and rng.random() < 0.8:
        axes.line((0, 1), (0.5, 0.5), choose(rng, ((210, 40, 40), ink)), 0.8, choose(rng, (0.0, 3)))
    for k in range(len(entries) if layout == "strip" else 0):
        middle, half = (k + 0.5) / len(entries), 0.3 / len(entries)
        y = points.of(k)[1]
        axes.line((middle - half, middle + half), (y.mean(), y.mean()), ink, 1.4)
        for sign in (-1, 1):
            end = y.mean() + sign * y.std()
            axes.line((middle, middle), (y.mean(), end), ink, 0.9)
            axes.line((middle - half / 2, middle + half / 2), (end, end), ink, 0.9)
    if layout == "agreement":
        for level, dash in ((0.5, 0.0), (0.76, 3.0), (0.24, 3.0)):
            axes.line((0, 1), (level, level), ink, 0.9, dash)
    return fit, band, ellipses


def annotate(
    axes: Axes,
    points: Points,
    entries: list[Entry],
    layout: str,
    r: float | None,
    named: bool,
    equation: bool,
) -> None:
    """Names at some points, the statistics `r` of the fit, its equation and the groups' names."""
    sheet, rng, n = axes.sheet, axes.sheet.rng, len(points)
    if layout in ("volcano", "bubble") or rng.random() < 0.07:
        for k in np.argsort(-points.y)[:7] if layout == "volcano" else rng.permutation(n)[:6]:
            label = choose(rng, COUNTRIES if layout == "bubble" else GENES)
            sheet.text(axes.px(points.x[k]), axes.py(points.y[k]) - 4, label, 0.8)
    if r is not None and (equation or rng.random() < 0.5):
        score = abs(r) * math.sqrt(n)
        p = "< 0.001" if score > 3.3 else "= 0.02" if score > 1.96 else "= 0.31"
        text = f"R² = {r * r:.2f}" if rng.random() < 0.5 else f"r = {r:.2f}, p {p}"
        slope, offset = np.polyfit(points.x, points.y, 1)
        rows = [text, *[f"y = {slope:.2f}x + {offset:.2f}"] * equation]
        left = r > 0 or rng.random() < 0.3
        x, anchor = (axes.rect[0] + 5, "lm") if left else (axes.rect[2] - 5, "rm")
        for k, row in enumerate(rows):
            y = axes.rect[1] + 3 + sheet.style.size * (0.6 + 1.2 * k)
            sheet.text(x, y, row, anchor=anchor)
    for k, entry in enumerate(entries if named else ()):
        x, y = points.of(k)
        if len(x):
            sheet.text(*axes.points(x.mean(), y.mean()), entry.name, 0.9, bold=True)


@kind(
    "chart",
    "scatter plot",
    "scatterplot",
    "scatter chart",
    "scatter graph",
    "scattergram",
    "dot cloud plot",
    "xy scatter plot",
    "point plot",
    "plot of individual data points",
    "scatter diagram",
    "points plotted on two axes",
    "individual points on two axes",
    "dots on two axes",
    "cloud of individual points",
    "scatterplot of dots",
    "dot plot",
    "plot of individual points",
    describe=scatter_phrases,
)
def scatter_plot(rng: np.random.Generator) -> tuple[Image.Image, Attributes]:
    """Points on two axes: correlations, clusters, volcano, Manhattan, bubble, agreement, strips."""
    style = pick_style(rng, lines=True)
    sheet = Sheet(rng, style, (0.85, 1.5))
    layout = choose(rng, LAYOUTS)
    points = scatter_points(rng, layout)
    n, groups, r = len(points), points.groups, float(np.corrcoef(points.x, points.y)[0, 1])
    bare = layout in ("clusters", "dense") and rng.random() < 0.3
    sx, sy, xname, yname = scatter_scales(rng, layout, not bare)
    x, y = (name.split(" (")[0] for name in (xname, yname))
    cluster_title = either(rng, "PCA of samples|Single-cell clusters|Cell types")
    title = {
        "clusters": cluster_title,
        "volcano": "Tumor vs normal",
        "Manhattan": "Genome-wide association",
    }.get(layout, f"{y} and {x}")
    rect = headings(sheet, title, "cohort data")
    entries = scatter_entries(sheet, layout, n, groups)
    place = "none"
    if layout == "strip":
        sx.ticks = [((k + 0.5) / groups, entry.name) for k, entry in enumerate(entries)]
        xname = ""
    elif groups > 1 and layout != "Manhattan":
        place = either(rng, "right|right|below|upper left|upper right|none")
        rect, place = place_legend(sheet, rect, entries, place)
    if layout == "coloured":
        rect = (*rect[:2], rect[2] - 11 - sheet.text_width("0.5", 0.8), rect[3])
    axes = draw_axes(sheet, rect, sx, sy, xname, yname)
    fit, band, ellipses = draw_points(axes, points, entries, layout)
    named = layout == "clusters" and place == "none"
    equation = fit and groups == 1 and rng.random() < 0.25
    annotate(axes, points, entries, layout, r if fit else None, named, equation)
    legend_inside(sheet, axes.rect, entries, place)
    draw_frame(sheet, axes.rect)
    correlation = None
    if layout in ("cloud", "bubble", "coloured", "dense") and xname not in sum(EMBEDDINGS, ()):
        correlation = "no" if abs(r) < 0.25 else "positive" if r > 0 else "negative"
    else:
        x = y = None
    embedding = [
        f"{xname.split()[0].rstrip('_12:')} plot" if xname else "",
        "cluster plot",
        "embedding of samples in two dimensions",
    ]
    return sheet.finish(), {
        "layout": layout,
        "names": SCATTER_NAMES.get(layout, embedding)
        + ["scatter plot with a regression line"] * fit,
        "groups": groups,
        "colours": ["many"]
        if layout == "coloured"
        else [colour_name(e.colour) for e in entries[:5]],
        "x": x,
        "y": y,
        "correlation": correlation,
        "regression": fit,
        "equation": equation,
        "band": band,
        "ellipses": ellipses,
        "marker": shared_marker(entries),
        "legend": place,
        "density": "few"
        if n < 35
        else "many"
        if n < 200
        else "hundreds of"
        if n < 1000
        else "more than a thousand",
        **style.attributes,
        "grid": style.grid is not None and not bare,
    }
