"""Flow charts: trials, reviews, decisions, pipelines, trees, pathways and swim lanes."""

import math
from dataclasses import replace

import numpy as np
from PIL import Image

from ..drawing import choose, either
from ..kinds import Attributes, kind
from .sheet import SCALE, Rect, Sheet, headings
from .style import Colour, colour_name, counted, further_phrases, hues, pick_style
from .topics import GENES

STEPS = [
    "Assessed for eligibility",
    "Randomized",
    "Allocated to intervention",
    "Allocated to control",
    "Lost to follow-up",
    "Analyzed",
    "Records identified through database searching",
    "Records screened",
    "Full-text articles assessed",
    "Studies included in review",
    "Records after duplicates removed",
    "Patients enrolled",
    "Sample collection",
    "RNA extraction",
    "Library preparation",
    "Sequencing",
    "Quality control",
    "Data analysis",
    "Statistical test",
    "Follow-up visit",
    "Informed consent",
    "Blood test",
    "CT scan",
    "Biopsy",
    "Surgery",
    "Chemotherapy",
    "Discharge",
    "Admission to ICU",
    "Feature extraction",
    "Model training",
    "Validation set",
    "Test set",
    "Preprocessing",
    "Segmentation",
    "Classification",
    "Clinical suspicion",
    "Chest X-ray",
    "Start treatment",
    "Repeat test in 4 weeks",
    "Refer to specialist",
]
REASONS = [
    "Not meeting inclusion criteria",
    "Declined to participate",
    "Other reasons",
    "Duplicates removed",
    "Wrong population",
    "No full text",
    "Missing data",
    "Withdrew consent",
    "Discontinued intervention",
    "Died before treatment",
    "Not in English",
]
QUESTIONS = [
    "Positive?",
    "Symptoms?",
    "p < 0.05?",
    "Stable?",
    "Age > 65?",
    "Fever?",
    "Stage III?",
    "Response?",
    "Eligible?",
    "SpO2 < 90%?",
]
REVIEW = (
    ("Identification", "Records identified through database searching"),
    ("Screening", "Records screened"),
    ("Eligibility", "Full-text articles assessed for eligibility"),
    ("Included", "Studies included in review"),
)
LANES = ["Patient", "Nurse", "Doctor", "Lab", "Pharmacy", "Clinic"]


class Flow:
    """The boxes and arrows of a flow chart on a sheet, in one manner of drawing."""

    def __init__(self, sheet: Sheet) -> None:
        rng, style = sheet.rng, sheet.style
        self.sheet, self.boxes, self.numbers = sheet, 0, False
        self.filled = rng.random() < 0.6
        pale = (rng.random() < 0.6 or style.mono) and style.name != "dark"
        fills = style.colours[: int(rng.integers(1, 5))]
        self.fills = [tuple((v + 2 * 255) // 3 for v in c) for c in fills] if pale else fills
        # The manner, and whether any box shows it.
        self.rounded, self.rounds = rng.random() < 0.4, False
        self.edge = choose(
            rng,
            (
                style.ink,
                style.ink,
                style.ink if style.name == "dark" or style.mono else (60, 90, 150),
            ),
        )
        self.shown: list[Colour] = []  # the fill of each filled box
        self.outlined = not self.filled or rng.random() < 0.7
        self.width, self.head = rng.uniform(0.6, 1.5), rng.uniform(2.2, 4.2)
        self.left_text = rng.random() < 0.2

    def box(self, rect: Rect, text: str, colour: int = 0, shape: str = "box") -> None:
        """A box, diamond or oval with its text."""
        sheet, (x0, y0, x1, y1) = self.sheet, rect
        self.boxes += 1
        fill = self.fills[colour % len(self.fills)] if self.filled else sheet.style.paper
        if self.filled:
            self.shown.append(fill)
        corners = tuple(v * SCALE for v in rect)
        look = (fill, self.edge if self.outlined else None, max(1, round(self.width * SCALE)))
        if shape == "diamond":
            cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
            points = [(cx, y0), (x1, cy), (cx, y1), (x0, cy)]
            sheet.polygon(points, fill)
            sheet.line([*points, points[0]], self.edge, self.width)
        elif shape == "oval":
            sheet.draw.ellipse(corners, *look)
        elif self.rounded:
            self.rounds = True
            sheet.draw.rounded_rectangle(corners, min(y1 - y0, x1 - x0) * 0.5, *look)
        else:
            sheet.draw.rectangle(corners, *look)
        ink = (255, 255, 255) if sum(fill) < 330 else (0, 0, 0) if self.filled else sheet.style.ink
        self.write(rect, text, ink, shape == "box")

    def write(self, rect: Rect, text: str, ink: Colour, square: bool) -> None:
        """Text in a box, wrapped and shrunk until it fits.

        A box that is not square has less room.
        """
        sheet, (x0, y0, x1, y1) = self.sheet, rect
        width, height = (
            ((x1 - x0) * 0.92, (y1 - y0) * 0.95) if square else ((x1 - x0) * 0.62, (y1 - y0) * 0.7)
        )
        for size in (1.0, 0.85, 0.72, 0.6, 0.5):
            rows = [part for line in text.split("\n") for part in sheet.wrapped(line, width, size)]
            fits = max(sheet.text_width(row, size) for row in rows) <= width
            if fits and len(rows) * sheet.style.size * size * 1.2 < height:
                break
        pitch = sheet.style.size * size * 1.18
        x, anchor = (x0 + 3, "lm") if self.left_text and square else ((x0 + x1) / 2, "mm")
        for k, row in enumerate(rows):
            sheet.text(
                x, (y0 + y1) / 2 + (k - (len(rows) - 1) / 2) * pitch, row, size, anchor, fill=ink
            )

    def line(self, *points: tuple[float, float]) -> None:
        """A line like those of the arrows."""
        self.sheet.line(points, self.edge, self.width)

    def arrow(self, *points: tuple[float, float], blunt: bool = False) -> None:
        """An arrow along the points; a blunt one ends in a bar (inhibition)."""
        self.line(*points)
        (xa, ya), (xb, yb) = points[-2:]
        length, h = max(math.hypot(xb - xa, yb - ya), 1e-6), self.head
        ux, uy = (xb - xa) / length, (yb - ya) / length
        if blunt:
            self.sheet.line(
                [(xb - uy * h, yb + ux * h), (xb + uy * h, yb - ux * h)],
                self.edge,
                self.width * 1.3,
            )
            return
        x, y, dx, dy = xb - ux * h * 1.6, yb - uy * h * 1.6, uy * h * 0.8, ux * h * 0.8
        self.sheet.polygon([(xb, yb), (x - dx, y + dy), (x + dx, y - dy)], self.edge)

    def label(self, text: str) -> str:
        """The text with a number of patients, where this chart gives them."""
        return (
            f"{text}\n(n = {int(math.exp(self.sheet.rng.uniform(1.5, 8)))})"
            if self.numbers
            else text
        )

    def step(self) -> str:
        """The label of any step."""
        return self.label(choose(self.sheet.rng, STEPS))


def flow_trial(flow: Flow, rect: Rect) -> str:
    """A CONSORT diagram: a trunk with exclusions to the side that divides into arms."""
    rng, (x0, y0, x1, y1) = flow.sheet.rng, rect
    flow.numbers = True
    arms, rows, trunk = int(rng.integers(2, 5)), int(rng.integers(2, 4)), int(rng.integers(1, 4))
    pitch = (y1 - y0) / (trunk + rows)
    high, cx = pitch * rng.uniform(0.55, 0.75), (x0 + x1) / 2
    half, gap = (x1 - x0) * rng.uniform(0.15, 0.22), pitch - high
    heads = ("Assessed for eligibility", "Eligible" if trunk == 3 else "Enrolled", "Randomized")[
        -trunk:
    ]
    for k, head in enumerate(heads):
        y = y0 + k * pitch
        flow.box((cx - half, y, cx + half, y + high), flow.label(head), 0)
        if k < trunk - 1:
            flow.arrow((cx, y + high), (cx, y + pitch))
            reasons = [flow.label("Excluded")]
            reasons += [f"{choose(rng, REASONS)} (n={rng.integers(1, 60)})" for _ in range(2)]
            middle, side = y + high + gap / 2, cx + half * 1.1
            flow.arrow((cx, middle), (side, middle))
            flow.box(
                (side, middle - pitch * 0.44, x1, middle + pitch * 0.44), "\n".join(reasons), 1
            )
    wide, top = (x1 - x0) / arms, y0 + (trunk - 1) * pitch + high
    fork = top + gap * 0.4
    flow.line((cx, top), (cx, fork))
    flow.line((x0 + wide / 2, fork), (x1 - wide / 2, fork))
    for arm in range(arms):
        ax = x0 + (arm + 0.5) * wide
        flow.arrow((ax, fork), (ax, y0 + trunk * pitch))
        texts = (f"Allocated to {'ABCD'[arm]}", "Lost to follow-up", "Analyzed")
        for row in range(rows):
            y, text = y0 + (trunk + row) * pitch, texts[row if rows == 3 else row * 2]
            colour = row + 1 if rows == 3 else 2 + arm
            flow.box((ax - wide * 0.43, y, ax + wide * 0.43, y + high), flow.label(text), colour)
            if row < rows - 1:
                flow.arrow((ax, y + high), (ax, y + pitch))
    return "vertical"


def flow_review(flow: Flow, rect: Rect) -> str:
    """A PRISMA diagram: phases at the left edge, records going down, exclusions to the right."""
    sheet, rng, (x0, y0, x1, y1) = flow.sheet, flow.sheet.rng, rect
    flow.numbers = True
    bar, pitch = x0 + sheet.style.size * 1.6, (y1 - y0) / len(REVIEW)
    high = pitch * rng.uniform(0.6, 0.78)
    left, split = bar + 6, bar + (x1 - bar) * rng.uniform(0.52, 0.6)
    blue = (215, 215, 215) if sheet.style.mono else (150, 190, 230)
    for k, (phase, records) in enumerate(REVIEW):
        y, inner = y0 + k * pitch, 0 < k < len(REVIEW) - 1
        sheet.box((x0, y, bar, y + high), blue, flow.edge)
        size = min(0.85, high / sheet.text_width(phase) * 0.9)
        sheet.text((x0 + bar) / 2, y + high / 2, phase, size, angle=90, fill=(0, 0, 0))
        flow.box((left, y, split, y + high), flow.label(records), 0)
        if k < len(REVIEW) - 1:
            flow.arrow(((left + split) / 2, y + high), ((left + split) / 2, y + pitch))
        if inner or (k == 0 and rng.random() < 0.5):
            flow.arrow((split, y + high / 2), (split + 12, y + high / 2))
            text = flow.label(choose(rng, ("Records excluded", "Duplicates removed", *REASONS[:5])))
            flow.box((split + 12, y, x1, y + high), text, 1)
    return "vertical"


def flow_decision(flow: Flow, rect: Rect) -> str:
    """A decision chart: diamonds going down, yes and no, outcomes at the side."""
    sheet, rng, (x0, y0, x1, y1) = flow.sheet, flow.sheet.rng, rect
    n = int(rng.integers(2, 4))
    pitch = (y1 - y0) / (n + 2)
    high, cx = pitch * 0.6, x0 + (x1 - x0) * rng.uniform(0.32, 0.45)
    half = min((x1 - x0) * 0.22, cx - x0)
    edge, right = cx + half * 1.15, max(cx + half * 1.7, x1 - half * 2.2)
    flow.box((cx - half, y0, cx + half, y0 + high), flow.step(), 0, choose(rng, ("box", "oval")))
    for k in range(n):
        y = y0 + (k + 1) * pitch
        middle = y + high / 2
        flow.arrow((cx, y - pitch + high * (1.1 if k else 1)), (cx, y - high * 0.1))
        flow.box(
            (cx - half * 1.15, y - high * 0.1, edge, y + high * 1.1),
            choose(rng, QUESTIONS),
            1,
            "diamond",
        )
        flow.arrow((edge, middle), (right, middle))
        sheet.text((edge + right) / 2, middle - sheet.style.size * 0.6, "No", 0.9)
        flow.box((right, y, x1, y + high), flow.step(), 2)
        sheet.text(cx + 3, y + high * 1.1 + pitch * 0.15, "Yes", 0.9, "lm")
    y = y0 + (n + 1) * pitch
    flow.arrow((cx, y - pitch + high * 1.1), (cx, y))
    flow.box((cx - half, y, cx + half, y + high), flow.step(), 0)
    return "vertical"


def flow_pipeline(flow: Flow, rect: Rect) -> str:
    """Steps in one or more rows, each running back where the one before ended, or in a column."""
    rng, (x0, y0, x1, y1) = flow.sheet.rng, rect
    upright = y1 - y0 > (x1 - x0) * 0.95 and rng.random() < 0.7
    columns, rows = (
        (1, int(rng.integers(4, 8)))
        if upright
        else (int(rng.integers(3, 5)), int(rng.integers(1, 4)))
    )
    flow.numbers = rng.random() < 0.2
    w, h = (x1 - x0) / columns, (y1 - y0) / rows
    dx, dy = w * rng.uniform(0.66, 0.8) / 2, min(h * 0.66, 70) / 2
    if upright:
        dx = w * rng.uniform(0.45, 0.95) / 2
    for step in range(rows * columns):
        row, column = divmod(step, columns)
        way = -1 if row % 2 else 1
        cx = x0 + ((columns - 1 - column if row % 2 else column) + 0.5) * w
        cy = y0 + (row + 0.5) * h
        flow.box((cx - dx, cy - dy, cx + dx, cy + dy), flow.step(), step)
        if column < columns - 1:
            flow.arrow((cx + way * dx, cy), (cx + way * (w - dx), cy))
        elif row < rows - 1:
            flow.arrow((cx, cy + dy), (cx, cy + h - dy))
    return "vertical" if upright else "horizontal"


def flow_tree(flow: Flow, rect: Rect) -> str:
    """A tree of three levels that widens downwards."""
    rng, (x0, y0, x1, y1) = flow.sheet.rng, rect
    flow.numbers = rng.random() < 0.5
    branches = int(rng.integers(2, 4))
    counts = (1, branches, branches * 2 if rng.random() < 0.7 else branches)
    pitch = (y1 - y0) / len(counts)
    high = pitch * rng.uniform(0.5, 0.68)
    elbows = rng.random() < 0.6
    for level, count in enumerate(counts):
        w, y = (x1 - x0) / count, y0 + level * pitch
        half = min(w * 0.88, (x1 - x0) * 0.42) / 2
        above = counts[level - 1]
        fork = y - (pitch - high) / 2
        for k in range(count):
            cx = x0 + (k + 0.5) * w
            flow.box((cx - half, y, cx + half, y + high), flow.step(), level)
            if level:
                parent = x0 + (k * above // count + 0.5) * (x1 - x0) / above
                flow.arrow(
                    (parent, y - pitch + high),
                    *([(parent, fork), (cx, fork)] if elbows else []),
                    (cx, y),
                )
    return "vertical"


def flow_pathway(flow: Flow, rect: Rect) -> str:
    """Genes as nodes in layers, activating and blocking one another."""
    rng, (x0, y0, x1, y1) = flow.sheet.rng, rect
    layers = rng.integers(1, 4, int(rng.integers(3, 6)))
    pitch = (y1 - y0) / len(layers)
    high, shape = min(pitch * 0.5, 30), choose(rng, ("oval", "oval", "box"))
    half = min((x1 - x0) / max(layers) * 0.7, 64) / 2
    genes = [str(v) for v in rng.permutation(GENES)]
    above: list[float] = []
    for level, count in enumerate(layers):
        y = y0 + level * pitch
        here = [x0 + (k + 0.5) * (x1 - x0) / count for k in range(count)]
        for k, cx in enumerate(here):
            flow.box((cx - half, y, cx + half, y + high), genes.pop(), level + k, shape)
            nearest = sorted(above, key=lambda x, at=cx: abs(x - at))
            for parent in above if len(above) * count < 4 else nearest[:1]:
                flow.arrow((parent, y - pitch + high + 1), (cx, y - 1.5), blunt=rng.random() < 0.2)
        above = here
    return "vertical"


def flow_lanes(flow: Flow, rect: Rect) -> str:
    """A process whose steps change between lanes of different people."""
    sheet, rng, (x0, y0, x1, y1) = flow.sheet, flow.sheet.rng, rect
    lanes, columns = int(rng.integers(2, 5)), int(rng.integers(4, 6))
    h, bar = (y1 - y0) / lanes, sheet.style.size * 1.7
    for k, owner in enumerate(rng.choice(LANES, lanes, replace=False)):
        for right in (x1, x0 + bar):
            sheet.box((x0, y0 + k * h, right, y0 + (k + 1) * h), None, flow.edge)
        sheet.text(x0 + bar / 2, y0 + (k + 0.5) * h, str(owner), 0.9, angle=90)
    w = (x1 - x0 - bar) / columns
    dx, dy, before, lane = w * 0.37, h * 0.3, None, 0
    for column in range(columns):
        if column:
            # At least the first step changes lanes.
            lane = int(lane + rng.integers(int(column == 1), lanes)) % lanes
        cx, cy = x0 + bar + (column + 0.5) * w, y0 + (lane + 0.5) * h
        flow.box((cx - dx, cy - dy, cx + dx, cy + dy), flow.step(), lane)
        if before:
            x, y = before
            flow.arrow((x + dx, y), ((x + cx) / 2, y), ((x + cx) / 2, cy), (cx - dx, cy))
        before = (cx, cy)
    return "horizontal"


LAYOUTS = {  # how it is drawn, how much wider than high; what it is called; what it shows
    "trial": (
        flow_trial,
        (0.75, 1.3),
        "CONSORT diagram|CONSORT flow diagram of a clinical trial|participant flow chart",
        "the flow of participants through a trial|enrolment, allocation, follow-up and analysis",
    ),
    "review": (
        flow_review,
        (0.75, 1.3),
        "PRISMA flow diagram|study selection flow chart",
        "study selection for a review|records identified, screened and included",
    ),
    "decision": (
        flow_decision,
        (0.7, 1.8),
        "decision flow chart|clinical decision algorithm|diagnostic algorithm",
        "decisions with yes and no branches|a diagnostic algorithm with diamonds",
    ),
    "pipeline": (
        flow_pipeline,
        (0.7, 1.8),
        "workflow diagram|pipeline diagram|process diagram",
        "the steps of a workflow|a sequence of processing steps",
    ),
    "tree": (
        flow_tree,
        (0.7, 1.8),
        "tree diagram|patient selection flow chart",
        "boxes branching like a tree|a hierarchy of boxes",
    ),
    "pathway": (
        flow_pathway,
        (0.7, 1.4),
        "signaling pathway diagram|signalling pathway scheme",
        "genes joined by arrows|a signalling cascade of nodes and arrows",
    ),
    "lanes": (
        flow_lanes,
        (1.1, 1.8),
        "swim lane diagram|process flow diagram",
        "steps in swim lanes|a process across several lanes",
    ),
}
OFTEN = ["trial", "trial", "review", "decision", "pipeline", "pipeline", "tree", "pathway", "lanes"]


def flow_phrases(a: Attributes, rng: np.random.Generator) -> list[str]:
    """What a legend says of a flow chart."""
    boxes = counted(a["boxes"], "box", "boxes")
    runs = "downwards" if a["direction"] == "vertical" else "from left to right"
    fill = "unfilled outlined boxes|plain boxes in outline"
    if a["colours"]:
        fill = f"{hues(a, 3)} boxes|boxes filled in {hues(a, 3)}"
    features = {
        "rounded": "rounded corners|rounded boxes",
        "numbers": "patient numbers in each box|n values in the boxes",
        "direction": f"a {{}} layout|arrows running {runs}",
    }
    style = None if a["style"] == "news" and not a["titled"] else a["style"]
    return [
        either(rng, LAYOUTS[a["layout"]][3]),
        either(rng, f"{boxes}|{boxes} linked by arrows|{boxes} of text"),
        either(rng, fill),
        *further_phrases({**a, "grid": False, "panel": None, "style": style}, rng, features),
    ]


@kind(
    "chart",
    "flow chart",
    "flowchart",
    "flow diagram",
    "block diagram with arrows",
    "boxes and arrows diagram",
    "schematic diagram",
    "diagram of boxes connected by arrows",
    "schematic flow diagram",
    "study flow scheme",
    "process flow chart",
    "flow scheme",
    describe=flow_phrases,
)
def flow_chart(rng: np.random.Generator) -> tuple[Image.Image, Attributes]:
    """Boxes and arrows: trial, review, decision, pipeline, tree, pathway or lanes.

    Fills, corners and text vary.
    """
    style = replace(pick_style(rng), size=float(rng.uniform(5.5, 9)))
    layout = choose(rng, OFTEN)
    draw_layout, wide, names, _ = LAYOUTS[layout]
    sheet = Sheet(rng, style, wide)
    flow = Flow(sheet)
    title = either(rng, "Study flow|Patient selection|Workflow|Diagnostic algorithm|Study design")
    titled, rect = rng.random() < 0.4, (6.0, 6.0, sheet.width - 6.0, sheet.height - 2.0)
    if titled:
        rect = headings(sheet, title, "study protocol")
    direction = draw_layout(flow, rect)
    return sheet.finish(), {
        "layout": layout,
        "names": names.split("|"),
        "boxes": flow.boxes,
        "colours": list(dict.fromkeys(colour_name(c) for c in flow.shown)),
        "rounded": flow.rounds,
        "numbers": flow.numbers,
        "direction": direction,
        **style.attributes,
        "titled": titled,
    }
