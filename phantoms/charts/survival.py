"""Survival curves after Kaplan and Meier."""

import math
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
from PIL import Image

from ..drawing import choose, either
from ..kinds import Attributes, kind
from .axes import Axes, Scale, draw_axes, linear
from .sheet import Entry, Sheet, headings, legend_inside, place_legend
from .style import colour_name, counted, further_phrases, hues, pick_style
from .topics import GENES

ARMS = [
    ["Placebo", "Treatment", "Combination", "Standard"],
    ["Low risk", "High risk", "Intermediate", "Very high"],
    ["Stage I", "Stage II", "Stage III", "Stage IV"],
    ["Low expression", "High expression", "Medium", "None"],
    ["Chemotherapy", "Radiotherapy", "Surgery", "Supportive"],
    ["Wild type", "Mutant", "Deleted", "Amplified"],
    ["Negative", "Positive", "Equivocal", "Unknown"],
    ["T1", "T2", "T3", "T4"],
    ["WT", "KO", "Het", "Rescue", "OE", "Vehicle"],
    ["G1", "G2", "G3", "G4", "G5", "G6"],
    ["control", "exp", "exp2", "exp3"],
    ["Cluster 1", "Cluster 2", "Cluster 3", "Cluster 4", "Cluster 5", "Cluster 6"],
    ["All patients", "Men", "Women", "Children"],
]
ENDPOINTS = (
    "overall survival|overall survival|disease-free survival|progression-free survival|survival|"
    "graft survival|"
    "event-free survival|relapse-free survival"
)
SEPARATIONS = {
    "wide": "widely separated curves|curves far apart",
    "narrow": "curves close together|overlapping curves",
}
ENDS = {"high": "survival staying high", "low": "a steep fall of survival|poor survival"}
SURVIVAL_FEATURES = {
    "censored": "censoring tick marks|censored patients marked by ticks",
    "p_value": "a log-rank p value|the p value printed in the plot",
    "detailed": "rows of patients at risk, censored and with events",
    "at_risk": "a number-at-risk table below|numbers at risk under the axis",
    "band": "shaded confidence bands|shaded stepwise bands|a ribbon around each curve",
    "limits": "dashed confidence limits|dashed lines above and below the curve",
    "cumulative": "curves rising in steps|cumulative events climbing over time",
    "cut_axis": "a shortened vertical axis",
    "median": "a dashed line at the median survival",
}


def survival_phrases(a: Attributes, rng: np.random.Generator) -> list[str]:
    """What a legend says of a survival curve."""
    n, hue, endpoint = a["groups"], hues(a), a["endpoint"]
    if a["cumulative"]:
        endpoint = either(rng, "cumulative incidence|cumulative events")
    phrases = [either(rng, f"{endpoint}|the probability of {endpoint}|{endpoint} by group")]
    if n == 1:
        phrases = [endpoint]
    steps = (
        f"{counted(n, 'stepwise curve')} in {hue}|{hue} step curve{'s' * (n > 1)}|"
        f"{counted(n, 'curve')}"
    )
    phrases.append(either(rng, steps))
    if a["separation"]:
        phrases.append(either(rng, SEPARATIONS[a["separation"]]))
    if a["end"] in ENDS and not a["cumulative"]:
        phrases.append(either(rng, ENDS[a["end"]]))
    return phrases + further_phrases(a, rng, SURVIVAL_FEATURES)


@dataclass
class Group:
    """The fate of one group of patients; times are fractions of the follow-up."""

    times: np.ndarray  # of the steps
    survival: np.ndarray  # after each
    censored: np.ndarray  # times
    leaving: np.ndarray  # time of each patient's death or end of observation

    def at(self, time: np.ndarray) -> np.ndarray:
        """The survival at these times."""
        return self.survival[np.searchsorted(self.times, time, side="right") - 1]


def kaplan_meier(
    rng: np.random.Generator, n: int, hazard: float, shape: float, lost: float
) -> Group:
    """The estimate for n patients with Weibull-distributed deaths, each lost with chance `lost`."""
    death = rng.weibull(shape, n) / hazard
    leave = np.where(rng.random(n) < lost, rng.uniform(0.15, 1.2, n), 1.0)
    time = np.minimum(np.minimum(death, leave), 1.0)
    order = np.argsort(time)
    event = ((death <= leave) & (death < 1))[order]
    survival = np.cumprod(1 - event / (n - np.arange(n)))
    times = np.concatenate([[0], time[order], [time.max()]])
    return Group(times, np.concatenate([[1], survival, survival[-1:]]), time[order][~event], time)


def draw_group(
    axes: Axes, top: float, group: Group, entry: Entry, censored: bool, plan, named: bool
) -> None:
    """The steps of one group with its band, censoring ticks and, where asked for, its name."""
    sheet, rng, long = axes.sheet, axes.sheet.rng, axes.x.hi
    size, width = sheet.style.size, sheet.style.width
    x, y = np.repeat(group.times, 2)[1:], np.repeat(group.survival, 2)[:-1]
    error = (0.02 * (y < 1) + 0.22 * np.sqrt(y * (1 - y)) * (0.5 + x)) * plan.breadth
    low, high = np.maximum(0, y - error), np.minimum(1, y + error)
    if plan.cumulative:
        y, low, high = 1 - y, 1 - high, 1 - low
    if plan.band:
        axes.band(x * long, low * top, high * top, (*entry.colour, plan.shade))
    for limit in (low, high) if plan.limits else ():
        axes.line(x * long, limit * top, entry.colour, width * 0.6, 2.0)
    points = axes.points(x * long, y * top)
    sheet.line(points, entry.colour, width, entry.dash)
    if censored:
        tick, times = size * rng.uniform(0.2, 0.4), group.censored[:40]
        levels = 1 - group.at(times) if plan.cumulative else group.at(times)
        for px, py in axes.points(times * long, levels * top):
            if plan.plus:
                sheet.marker(px, py, "plus", tick, entry.colour)
                continue
            below = py + tick * (rng.random() < 0.9)
            sheet.line([(px, py - tick), (px, below)], entry.colour, max(0.5, width * 0.6))
    if named:
        px, py = points[len(points) * 2 // 3]
        px, py = min(px + 4, axes.rect[2] - 2), max(py - size * 0.8, axes.rect[1] + 5)
        sheet.text(px, py, entry.name, 0.85, fill=entry.colour)


def draw_p_value(axes: Axes, factor: float, apart: float, place: str) -> None:
    """The result of the comparison, where the legend leaves room."""
    sheet, rng, (x0, y0, x1, y1) = axes.sheet, axes.sheet.rng, axes.rect
    p = "p < 0.0001"
    if apart <= 2:
        p = f"p = {rng.uniform(*((0.001, 0.05) if apart > 1.4 else (0.05, 0.8))):.3f}"
    text = either(rng, f"{p}|Log-rank {p}|{p.replace('p', 'P')}|HR = {1 / factor:.2f}, {p}")
    left = (place == "upper right" or rng.random() < 0.5) and place != "lower left"
    at = (x0 + 5, y1 - sheet.style.size) if left else (x1 - 5, y0 + sheet.style.size)
    sheet.text(*at, text, anchor="lm" if at[0] < sheet.width / 2 else "rm")


def risk_table(
    axes: Axes, top: float, entries: list[Entry], groups: list[Group], detailed: bool
) -> None:
    """The numbers still at risk at the ticks of the time axis, a row for each group.

    A detailed table has rows for the censored and for the events as well.
    """
    sheet, pitch, left = axes.sheet, axes.sheet.style.size * 1.15, axes.rect[0]
    sheet.text(
        left - 2, top, either(sheet.rng, "No. at risk|Number at risk"), 0.85, "lm", bold=True
    )
    for k, (entry, group) in enumerate(zip(entries, groups, strict=True), 1):
        y = top + k * pitch
        if left > 14:
            sheet.line([(left - 15, y), (left - 9, y)], entry.colour, 1.5)
        for value, _ in axes.x.ticks:
            at = group.leaving >= axes.x.at(value)
            sheet.text(axes.px(value), y, str(at.sum()), 0.85)
    if not detailed:
        return
    for k, group in enumerate(groups):  # blocks of counts below, as programs print them
        for row, what in enumerate(("Censored", "Events")):
            y = top + (len(groups) + 1 + 2 * k + row) * pitch
            sheet.text(left - 2, y, what, 0.8, "rm")
            for value, _ in axes.x.ticks:
                lost = int((group.censored < axes.x.at(value)).sum())
                gone = int((group.leaving < axes.x.at(value)).sum()) - lost
                sheet.text(axes.px(value), y, str(max(0, gone) if row else lost), 0.85)


def survival_plan(rng: np.random.Generator, groups: list[Group], bilevel: bool) -> SimpleNamespace:
    """How survival is shown: bands or limits, their breadth, rising curves, a cut axis."""
    cumulative = rng.random() < 0.08
    worst = min(group.survival[-1] for group in groups)
    cut = worst > 0.62 and not cumulative and rng.random() < 0.35
    band = rng.random() < 0.35 and not bilevel  # pure black and white has no shades
    return SimpleNamespace(
        cumulative=cumulative,
        start=math.floor(10 * worst - 1) / 10 if cut else 0.0,
        band=band,
        shade=choose(rng, (45, 60, 90, 120)),
        breadth=rng.uniform(0.5, 2.2),
        limits=rng.random() < (0.25 if len(groups) == 1 else 0.07) and not band,
        plus=rng.random() < 0.3,  # censoring marked by crosses
    )


def survival_axes(
    sheet: Sheet, rect, endpoint: str, percent: bool, months: int, start: float, cumulative: bool
) -> Axes:
    """Survival (or its complement) in 0 … 1 or in percent over days, months or years.

    The vertical axis starts at the fraction `start`.
    """
    rng, top = sheet.rng, 100 if percent else 1
    unit = (
        "Days"
        if months in (30, 365, 1500, 3000)
        else "Years"
        if months in (5, 10, 15)
        else "Months"
    )
    ticks = linear(
        start * top,
        top,
        choose(rng, (4, 5, 5, 10)),
        "percent" if percent and rng.random() < 0.3 else "plain",
    ).ticks
    other = "Percent survival" if percent else "Cumulative survival"
    label = either(rng, f"{endpoint.capitalize()}|Survival probability|{other}|S(t)|")
    if cumulative:
        label = either(rng, "Cumulative incidence|Cumulative events|Cumulative hazard")
    x = linear(0, months, int(rng.integers(4, 8)), pad=False)
    time = either(rng, f"{unit}|Time ({unit.lower()})|{unit} after diagnosis")
    if rng.random() < 0.2:  # both axes start a little before 0
        x.lo = -0.04 * months
        return draw_axes(
            sheet, rect, x, Scale((start - 0.04) * top, top * 1.04, ticks), time, label
        )
    return draw_axes(sheet, rect, x, Scale(start * top, top * 1.02, ticks), time, label)


def separation(groups: list[Group]) -> str | None:
    """How far apart the curves run: wide, narrow, or nothing to speak of."""
    gap = np.ptp([group.at(np.linspace(0, 1, 50)) for group in groups], axis=0).mean()
    return None if len(groups) == 1 else "wide" if gap > 0.25 else "narrow" if gap < 0.08 else None


@kind(
    "chart",
    "survival curve",
    "Kaplan-Meier plot",
    "Kaplan-Meier curve",
    "Kaplan–Meier survival curve",
    "KM curve",
    "KM plot",
    "survival plot",
    "survival analysis plot",
    "survival graph",
    "time-to-event curve",
    "Kaplan-Meier estimate",
    "stepwise survival curves",
    "Kaplan-Meier curves",
    "Kaplan-Meier survival plot",
    "survival function",
    "step curves of survival",
    describe=survival_phrases,
)
def survival_curve(rng: np.random.Generator) -> tuple[Image.Image, Attributes]:
    """Kaplan-Meier steps of one to four groups: censor ticks, p value, table at risk, bands."""
    style = replace(pick_style(rng, lines=True), grid_on="both")
    if rng.random() < 0.5:
        style = replace(
            style, grid=None, panel=None, frame=choose(rng, ("corner", "box")), ticks="out"
        )
    sheet = Sheet(rng, style, (0.9, 1.5))
    n = int(rng.choice([1, 2, 3, 4, 6], p=[0.16, 0.5, 0.17, 0.12, 0.05]))
    names = choose(rng, ARMS)[:n]
    n = len(names)
    first = math.exp(rng.uniform(math.log(0.15), math.log(2.2)))
    factor = math.exp(rng.uniform(0.05, 1.1 if n < 4 else 0.6))
    hazards = [first * factor**k for k in range(n)]
    if rng.random() < 0.5:
        hazards.reverse()
    size = int(math.exp(rng.uniform(math.log(8), math.log(150))))
    shape, lost = rng.uniform(0.7, 1.6), rng.uniform(0.1, 0.8)
    groups = [
        kaplan_meier(rng, max(8, round(size * rng.uniform(0.6, 1.4))), h, shape, lost)
        for h in hazards
    ]
    dashes = (0.0, 3.0, 1.5, 5.0, 2.2, 4.0) if style.mono or rng.random() < 0.15 else (0.0,) * 6
    entries = [Entry(names[k], style.colours[k], "line", dashes[k]) for k in range(n)]
    if n == 1 and rng.random() < 0.6:
        entries[0].colour = style.ink
    endpoint, percent = either(rng, ENDPOINTS), rng.random() < 0.5
    months = choose(rng, (12, 24, 36, 48, 60, 72, 100, 120, 180, 10, 5, 15, 30, 365, 1500, 3000))
    title = f"{endpoint.title()}|{endpoint.capitalize()} by {choose(rng, GENES)}|{endpoint.upper()}"
    rect = headings(sheet, either(rng, title), "TCGA")
    places = "right|upper right|lower left|lower left|above|below|end labels"
    rect, place = place_legend(sheet, rect, entries, either(rng, places) if n > 1 else "none")
    table = rng.random() < 0.4 and place != "below" and style.size < 10.5 and sheet.height > 170
    detailed = table and n < 3 and style.size < 8 and rng.random() < 0.35
    rows = n * (3 if detailed else 1) + 1.4
    bottom = rect[3] - (rows * style.size * 1.15 if table else 0)
    plan = survival_plan(rng, groups, style.bilevel)
    axes = survival_axes(
        sheet, (*rect[:3], bottom), endpoint, percent, months, plan.start, plan.cumulative
    )
    top = 100 if percent else 1
    censored = rng.random() < 0.7 and any(group.censored.size for group in groups)
    for entry, group in zip(entries, groups, strict=True):
        draw_group(axes, top, group, entry, censored, plan, place == "end labels")
    median = rng.random() < 0.15 and not plan.start and not plan.cumulative
    if median:
        axes.line((0, months), (0.5 * top, 0.5 * top), style.ink, 0.7, 2.5)
        for group in groups:
            if group.survival[-1] < 0.5:
                at = months * float(group.times[np.argmax(group.survival < 0.5)])
                axes.line((at, at), (0, 0.5 * top), style.ink, 0.7, 2.5)
    p_value = n > 1 and rng.random() < 0.65
    if p_value:
        draw_p_value(axes, factor, factor ** (n - 1), place)
    legend_inside(sheet, axes.rect, entries, place)
    if table:
        risk_table(axes, bottom + style.size * 0.7, entries, groups, detailed)
    worst = min(group.survival[-1] for group in groups)
    return sheet.finish(), {
        "endpoint": endpoint,
        "groups": n,
        "colours": [colour_name(e.colour) for e in entries],
        "separation": separation(groups),
        "end": "high" if worst > 0.7 else "low" if worst < 0.15 else "medium",
        "censored": censored,
        "band": plan.band,
        "limits": plan.limits,
        "cumulative": plan.cumulative,
        "cut_axis": plan.start > 0,
        "detailed": detailed,
        "p_value": p_value,
        "at_risk": table,
        "median": median,
        "legend": place,
        "arms": names,
        **style.attributes,
        "names": ["cumulative incidence curve", "cumulative event curve"]
        if plan.cumulative
        else [f"{endpoint} curve", f"Kaplan-Meier curves of {endpoint}"],
    }
