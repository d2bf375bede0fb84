"""Pie charts: flat, tilted, ring-shaped, with slices pulled out, alone or in pairs."""

import math
from types import SimpleNamespace

import numpy as np
from PIL import Image

from ..drawing import choose, either
from ..kinds import Attributes, kind
from .sheet import SCALE, Entry, Rect, Sheet, cells, headings, legend_inside, place_legend
from .style import colour_name, counted, further_phrases, listed, pick_style
from .topics import CELL_TYPES, COUNTRIES, DISEASES, GENES

SHARES = (
    ("Distribution of diagnoses", DISEASES),
    ("Cases by country", COUNTRIES),
    ("Causes of death", DISEASES),
    ("Cell composition", CELL_TYPES),
    ("Mutated genes", GENES),
    ("Blood type", ["A", "B", "AB", "O"]),
    ("Sex", ["Male", "Female"]),
    ("Annotation", ["Promoter", "Exon", "Intron", "Intergenic"]),
    ("Disease", ["Cancer", "Diabetes", "Flu", "Heart"]),
    ("Genomic features", ["Promoter", "5' UTR", "3' UTR", "Exon", "Intron", "Distal"]),
    ("Imaging modality", ["CT", "MRI", "X-ray", "US", "PET", "OCT"]),
    ("Tumor subtype", ["Luminal A", "Luminal B", "HER2", "Basal"]),
    ("Ethnicity", ["White", "Black", "Asian", "Hispanic", "Other"]),
    ("Vaccinated", ["Yes", "No"]),
    ("Severity", ["Mild", "Moderate", "Severe", "Critical"]),
    ("Smoking status", ["Never", "Former", "Current", "Unknown"]),
    ("Response", ["CR", "PR", "SD", "PD", "NE"]),
    ("Age group", ["0-17", "18-34", "35-49", "50-64", "65-79", "80+"]),
    ("Answer", ["Yes", "No", "Don't know"]),
    (
        "GO categories",
        [
            "Binding",
            "Catalysis",
            "Transport",
            "Signaling",
            "Immune",
            "Metabolic",
            "Cell cycle",
            "Other",
        ],
    ),
    (
        "Phyla",
        [
            "Firmicutes",
            "Bacteroidetes",
            "Proteobacteria",
            "Actinobacteria",
            "Fusobacteria",
            "Other",
        ],
    ),
)
PIE_FEATURES = {
    "donut": "a hole in the middle|a ring of segments",
    "tilted": "a tilted three-dimensional disc|a 3D effect",
    "exploded": "one slice pulled out|an exploded slice",
    "apart": "all slices pulled apart|an exploded pie",
    "percentages": "percentages printed on the slices|percent labels",
    "names_inside": "names written in the slices|labels inside the slices",
    "percent_out": "percentages around the circle|percent labels beside the slices",
    "shadow": "a shadow under the disc",
    "half": "a half circle of segments|a semicircular gauge of slices",
    "small": "a small circle with much white space around",
    "outside": "labels outside the circle|labels around the circle",
    "leaders": "leader lines to the labels",
}


def pie_phrases(a: Attributes, rng: np.random.Generator) -> list[str]:
    """What a legend says of a pie chart."""
    share = a["largest_share"]
    colour = a["largest_colour"]
    article = "an" if colour.startswith("o") else "a"
    topic = a["topic"].lower()
    n = a["slices"]
    size = (
        "more than half"
        if share > 50
        else "about a half"
        if share > 46
        else f"about {share} percent"
    )
    slices = counted(n, "slice")
    others = list(dict.fromkeys(c for c in a["colours"] if c != colour))[:3]
    says = [f"the {topic}|{topic} in percent|shares: {topic}"]
    if others:
        says.append(f"slices in {listed([colour, *others])}")
    if a["pies"] > 1:  # of which the second has other shares
        says.insert(0, f"two circles of {slices}")
    else:
        says[:0] = [
            f"{slices}|{counted(n, 'sector')}|{counted(n, 'segment')}",
            (
                f"the largest slice {colour}, {size}|{article} {colour} slice making up {size}|"
                f"{colour} as the largest share"
            ),
        ]
        if others:
            says[-1] += f"|smaller {listed(others)} slices"
    phrases = [either(rng, text) for text in says]
    return phrases + further_phrases({**a, "grid": False, "ground": None}, rng, PIE_FEATURES)


def pie_shares(rng: np.random.Generator, n: int) -> np.ndarray:
    """Shares of n slices that add up to 1, none too thin to see, one the clear largest."""
    shares = rng.dirichlet(np.full(n, rng.uniform(0.8, 4))) + 0.02
    shares[np.argmax(shares)] *= 1.15
    if rng.random() < 0.3:
        shares = np.sort(shares)[::-1]
    return shares / shares.sum()


def pick_disc(
    sheet: Sheet,
    names: list[str],
    tilted: bool,
    exploded: bool,
    donut: bool,
    outside: bool,
    inside: bool,
):
    """The shape of a pie and what is written on and around it.

    Lengths are fractions of its radius.
    """
    rng, style = sheet.rng, sheet.style
    percent_out = not (outside or tilted or inside) and rng.random() < 0.25
    border = 2.0  # pixels for the labels
    if outside or percent_out:
        longest = max(sheet.text_width(f"{name} 99%", 0.9) for name in names)
        border = (longest if outside else sheet.text_width("99.9 %", 0.95)) + 8
    small = rng.random() < 0.12
    return SimpleNamespace(
        percent_out=percent_out,
        inside=inside,  # names in the slices
        shadow=not (tilted or donut or exploded) and style.name != "dark" and rng.random() < 0.1,
        half=donut and not exploded and rng.random() < 0.15,
        small=small,
        rim=int(rng.choice([1, 2, 2, 4, 6])),  # width of the edges
        form=choose(rng, ("{}%", "{}%", "{} %")),
        squeeze=rng.uniform(0.4, 0.7) if tilted else 1.0,  # height over width
        depth=rng.uniform(0.06, 0.4) if tilted else 0.0,
        start=choose(rng, (-90, -90, 0, rng.uniform(0, 360))),  # degrees
        fill=rng.uniform(0.5, 0.75) if small else rng.uniform(0.82, 1.0),  # of the room there is
        all_out=exploded and rng.random() < 0.25,
        out=int(rng.integers(len(names))) if exploded else -1,  # the slice pulled out
        edge=(0, 0, 0) if style.mono else choose(rng, (None, style.paper, style.paper, (0, 0, 0))),
        hole=rng.uniform(0.4, 0.75) if donut else 0.0,
        centre_text=f"n={rng.integers(20, 900)}" if rng.random() < 0.4 else "",
        leaders=rng.random() < 0.6,
        percentages=rng.random() < 0.6,
        decimals=int(rng.random() < 0.4),
        outside=outside,  # names around the pie
        border=border,
    )


def draw_pie(sheet: Sheet, rect: Rect, shares: np.ndarray, entries: list[Entry], disc) -> float:
    """One pie within the rectangle, with what is written on and around it.

    Returns where it ends below.
    """
    x0, y0, x1, y1 = rect
    margin = sheet.style.size * (2.0 if disc.outside else 0.6)
    a = min((x1 - x0) / 2 - disc.border - 3, ((y1 - y0) / 2 - margin) / disc.squeeze)
    a = max(a, 0.27 * min(sheet.width, sheet.height)) * disc.fill
    b, depth = a * disc.squeeze, a * disc.depth
    cx, cy = (x0 + x1) / 2, (y0 + y1 - depth) / 2
    if disc.half:
        disc.start, cy = 180, cy + b / 2
    edges = disc.start + (180 if disc.half else 360) * np.concatenate([[0], np.cumsum(shares)])
    middles = np.radians((edges[:-1] + edges[1:]) / 2)
    ways = [(math.cos(m), disc.squeeze * math.sin(m)) for m in middles]
    push = [0.12 * a * (disc.all_out or k == disc.out) for k in range(len(shares))]
    centres = [(cx + p * dx, cy + p * dy) for p, (dx, dy) in zip(push, ways, strict=True)]
    back_first = np.argsort(np.sin(middles), kind="stable")

    def oval(x: float, y: float, size: float = 1.0) -> tuple[float, ...]:
        return tuple(v * SCALE for v in (x - a * size, y - b * size, x + a * size, y + b * size))

    if disc.shadow:
        dark = tuple(int(v * 0.7) for v in sheet.style.paper)
        sheet.draw.ellipse(oval(cx + 0.05 * a, cy + 0.05 * a), dark)
    for level in np.arange(depth, 0, -0.5):
        for k in back_first:
            (x, y), dark = centres[k], tuple(int(v * 0.65) for v in entries[k].colour)
            sheet.draw.pieslice(oval(x, y + level), edges[k], edges[k + 1], dark)
    for k in back_first:
        width = disc.rim if disc.edge else 0
        sheet.draw.pieslice(
            oval(*centres[k]), edges[k], edges[k + 1], entries[k].colour, disc.edge, width
        )
    if disc.hole:
        sheet.draw.ellipse(oval(cx, cy, disc.hole), sheet.style.paper, disc.edge)
        if disc.centre_text:
            sheet.text(cx, cy, disc.centre_text, 1.2, bold=True)
    for entry, share, centre, way in zip(entries, shares, centres, ways, strict=True):
        label_slice(sheet, entry, share, centre, (a * way[0], a * way[1]), disc)
    return cy + b + depth


def label_slice(sheet: Sheet, entry: Entry, share: float, centre, reach, disc) -> None:
    """The percentage on a slice and its name outside.

    `reach` leads from its `centre` to the middle of its rim.
    """
    (cx, cy), (dx, dy), style = centre, reach, sheet.style
    at = 0.5 + disc.hole / 2 + 0.12 * (not disc.hole)
    text = disc.form.format(f"{100 * share:.{disc.decimals}f}")
    if disc.percent_out:
        anchor = "lm" if dx > 0 else "rm"
        sheet.text(cx + 1.08 * dx, cy + 1.08 * dy, text, 0.95, anchor)
    elif (disc.percentages or disc.inside) and share > 0.035:
        dark = sum(entry.colour) / 3 < (90 if style.mono else 130)
        ink = (255, 255, 255) if dark else (0, 0, 0)
        rows = [entry.name] * bool(disc.inside and share > 0.06) + [text] * disc.percentages
        for k, row in enumerate(rows):
            y = cy + at * dy + (k - (len(rows) - 1) / 2) * style.size
            sheet.text(cx + at * dx, y, row, 0.9, fill=ink)
    if disc.outside:
        x, y, side, anchor = cx + 1.12 * dx, cy + 1.12 * dy, *((1, "lm") if dx > 0 else (-1, "rm"))
        if disc.leaders:
            sheet.line([(cx + dx, cy + dy), (x, y), (x + 4 * side, y)], style.ink, 0.6)
        bare = disc.percentages or sheet.rng.random() < 0.3
        sheet.text(
            x + 5 * side, y, entry.name if bare else f"{entry.name} {100 * share:.0f}%", 0.9, anchor
        )


@kind(
    "chart",
    "pie chart",
    "pie graph",
    "pie diagram",
    "circle chart",
    "circular chart with slices",
    "circular percentage chart",
    "pie plot",
    "chart of shares of a whole",
    "round chart with sectors",
    "circle graph",
    "sector chart",
    "circular chart split into slices",
    "circle divided into coloured sectors",
    "pie",
    "round chart cut into slices",
    describe=pie_phrases,
)
def pie_chart(rng: np.random.Generator) -> tuple[Image.Image, Attributes]:
    """Slices of a circle: flat, tilted or a ring, labelled inside, outside or by a legend."""
    style = pick_style(rng)
    sheet = Sheet(rng, style, (0.9, 1.8))
    topic, pool = choose(rng, SHARES)
    n = min(int(rng.integers(2, 11)), len(pool))
    names = pool if len(pool) == n else [str(v) for v in rng.choice(pool, n, replace=False)]
    entries = [
        Entry(name, colour, "swatch") for name, colour in zip(names, style.colours[:n], strict=True)
    ]
    pies = 2 if n < 7 and sheet.width > 1.35 * sheet.height and rng.random() < 0.4 else 1
    rect = headings(sheet, topic, "hospital records")
    tilted = rng.random() < 0.24
    place = choose(
        rng,
        ("right", "right", "below", "above", "upper right", "upper left", "none", "none", "none"),
    )
    rect, place = place_legend(sheet, rect, entries, "none" if style.mono else place)
    inside = place == "none" and pies == 1 and n < 7 and rng.random() < 0.3
    outside = place == "none" and pies == 1 and not inside
    exploded = n > 2 and rng.random() < 0.22
    donut = not tilted and rng.random() < 0.25
    disc = pick_disc(sheet, names, tilted, exploded, donut, outside, inside)
    first = shares = pie_shares(rng, n)
    for k, (x0, y0, x1, y1) in enumerate(cells(rect, 1, pies)):
        if k:
            shares = pie_shares(rng, n)
        bottom = draw_pie(sheet, (x0, y0, x1, y1 - style.size * (pies - 1)), shares, entries, disc)
        if pies == 2:
            sheet.text(
                (x0 + x1) / 2,
                bottom + style.size,
                (("Men", "Women"), ("Before", "After"))[n % 2][k],
            )
    legend_inside(sheet, rect, entries, place)
    colours, largest = [colour_name(e.colour) for e in entries], int(np.argmax(first))
    extra = (
        ["half donut chart", "semicircle chart", "gauge chart"]
        if disc.half
        else ["donut chart", "doughnut chart", "ring chart", "doughnut pie chart"]
        if donut
        else ["3D pie chart", "three-dimensional pie chart"]
        if tilted
        else []
    )
    return sheet.finish(), {
        "topic": topic,
        "slices": n,
        "pies": pies,
        "largest_colour": colours[largest],
        "largest_share": round(100 * float(first[largest])),
        "colours": colours,
        "donut": donut,
        "tilted": tilted,
        "exploded": exploded and not disc.all_out,
        "apart": disc.all_out,
        "percentages": disc.percentages and not disc.percent_out,
        "percent_out": disc.percent_out,
        "names_inside": inside,
        "shadow": disc.shadow,
        "half": disc.half,
        "small": disc.small and pies == 1,
        "outside": outside,
        "leaders": outside and disc.leaders,
        "legend": place,
        **style.attributes,
        "names": extra,
    }
