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
LINKS = [
    "yes",
    "no",
    "reg_net",
    "loss",
    "input",
    "output",
    "train",
    "if positive",
    "n = 24",
    "repeat",
]
SHORT_STEPS = [
    "Start",
    "End",
    "Data",
    "Input",
    "Images",
    "Labels",
    "Model",
    "Training",
    "Loss",
    "Report",
    "Ensemble",
    "Encoder",
    "Decoder",
    "Features",
    "Prediction",
    "Triage",
    "Test",
    "Therapy",
    "Recovery",
    "Ranking",
    "Filter",
    "Align reads",
    "Call variants",
    "Augment",
    "Evaluate",
]
LANES = ["Patient", "Nurse", "Doctor", "Lab", "Pharmacy", "Clinic"]


class Flow:
    """The boxes and arrows of a flow chart on a sheet, in one manner of drawing."""

    def __init__(self, sheet: Sheet) -> None:
        rng, style = sheet.rng, sheet.style
        self.sheet, self.boxes, self.numbers = sheet, 0, False
        self.brief = choose(rng, (0, 0.5, 1))  # how often a step is one word or two
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
        self.shaft = self.width  # of the arrows
        if rng.random() < 0.12:
            self.shaft, self.head = rng.uniform(2, 3.5), rng.uniform(5, 7)
        self.arrows = choose(rng, (self.edge, self.edge, self.edge, (120, 120, 120), fills[0]))
        self.left_text, self.bold = rng.random() < 0.2, rng.random() < 0.2
        self.corner = rng.uniform(0.12, 0.5)
        self.shadow = rng.random() < 0.12 and style.name != "dark" and not style.mono
        self.curved = self.linked = self.square = self.framed = (
            False  # whether the picture has these
        )

    def box(self, rect: Rect, text: str, colour: int = 0, shape: str = "box") -> None:
        """A box, diamond or oval with its text."""
        sheet, (x0, y0, x1, y1) = self.sheet, rect
        self.boxes += 1
        fill = self.fills[colour % len(self.fills)] if self.filled else sheet.style.paper
        if self.filled:
            self.shown.append(fill)
        corners = tuple(v * SCALE for v in rect)
        radius = min(y1 - y0, x1 - x0) * self.corner * SCALE
        look = (fill, self.edge if self.outlined else None, max(1, round(self.width * SCALE)))
        if self.shadow and shape == "box":
            self.square = True
            dark = tuple(int(v * 0.75) for v in sheet.style.paper)
            around = tuple(v + 2.5 * SCALE for v in corners)
            sheet.draw.rounded_rectangle(around, self.rounded * radius, dark)
        if shape == "diamond":
            cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
            points = [(cx, y0), (x1, cy), (cx, y1), (x0, cy)]
            sheet.polygon(points, fill)
            sheet.line([*points, points[0]], self.edge, self.width)
        elif shape == "oval":
            sheet.draw.ellipse(corners, *look)
        elif self.rounded:
            self.rounds = True
            sheet.draw.rounded_rectangle(corners, radius, *look)
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
                x,
                (y0 + y1) / 2 + (k - (len(rows) - 1) / 2) * pitch,
                row,
                size,
                anchor,
                self.bold,
                ink,
            )

    def line(self, *points: tuple[float, float]) -> None:
        """A line like those of the arrows."""
        self.sheet.line(points, self.arrows, self.shaft)

    def arrow(self, *points: tuple[float, float], blunt: bool = False) -> None:
        """An arrow along the points; a blunt one ends in a bar (inhibition)."""
        self.line(*points)
        (xa, ya), (xb, yb) = points[-2:]
        length, h = max(math.hypot(xb - xa, yb - ya), 1e-6), self.head
        ux, uy = (xb - xa) / length, (yb - ya) / length
        if blunt:
            self.sheet.line(
                [(xb - uy * h, yb + ux * h), (xb + uy * h, yb - ux * h)],
                self.arrows,
                self.shaft * 1.3,
            )
            return
        x, y, dx, dy = xb - ux * h * 1.6, yb - uy * h * 1.6, uy * h * 0.8, ux * h * 0.8
        self.sheet.polygon([(xb, yb), (x - dx, y + dy), (x + dx, y - dy)], self.arrows)

    def label(self, text: str) -> str:
        """The text with a number of patients, where this chart gives them."""
        return (
            f"{text}\n(n = {int(math.exp(self.sheet.rng.uniform(1.5, 8)))})"
            if self.numbers
            else text
        )

    def step(self) -> str:
        """The label of any step."""
        if self.sheet.rng.random() < self.brief:
            return self.label(choose(self.sheet.rng, SHORT_STEPS))
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
        (1, int(rng.integers(3, 10)))
        if upright
        else (int(rng.integers(3, 6)), int(rng.integers(1, 5)))
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


def flow_graph(flow: Flow, rect: Rect) -> str:
    """Boxes in layers from left to right or downwards whose paths split, join or skip a layer."""
    sheet, rng, (x0, y0, x1, y1) = flow.sheet, flow.sheet.rng, rect
    upright, way = y1 - y0 > x1 - x0 or rng.random() < 0.25, choose(rng, ("curve", "line", "elbow"))
    tree = rng.random() < 0.25
    counts = (
        [1, 2, choose(rng, (2, 4))] if tree else rng.integers(1, 5, rng.integers(3, 7)).tolist()
    )
    long, across = (y1 - y0, x1 - x0) if upright else (x1 - x0, y1 - y0)
    pitch, lane = long / len(counts), across / max(counts)
    half = (
        pitch * rng.uniform(0.26, 0.36),
        min(lane * rng.uniform(0.25, 0.42), 40 if upright else 20),
    )
    flow.numbers = upright and rng.random() < 0.3

    def at(along: float, aside: float) -> tuple[float, float]:
        return (x0 + aside, y0 + along) if upright else (x0 + along, y0 + aside)

    def link(level: int, k: int, other: int, j: int) -> None:
        a, b = (level + 0.5) * pitch + half[0], (other + 0.5) * pitch - half[0]
        c, d = ((i + 0.5) * across / counts[m] for i, m in ((k, level), (j, other)))
        path = [(a, c), (b, d)]
        if way == "curve" or other > level + 1:
            t = np.linspace(0, 1, 14)
            swing = np.sin(np.pi * t) * (lane * 0.5 if other > level + 1 else 0)
            path = list(
                zip(a + (b - a) * t, c + (d - c) * t * t * (3 - 2 * t) - swing, strict=True)
            )
            flow.curved = True
        elif way == "elbow" and c != d:
            path = [(a, c), ((a + b) / 2, c), ((a + b) / 2, d), (b, d)]
        flow.arrow(*(at(*point) for point in path))
        if rng.random() < 0.12 and not tree:
            flow.linked = True
            text = choose(rng, LINKS)
            (x, y), w = at((a + b) / 2, (c + d) / 2), sheet.text_width(text, 0.8) / 2 + 1
            sheet.box((x - w, y - 4, x + w, y + 4), sheet.style.paper)
            sheet.text(x, y, text, 0.8)

    for level in range(1, len(counts)):
        above, here = counts[level - 1], counts[level]
        pairs = {(k * above // here, k) for k in range(here)}
        if not tree:
            pairs |= {(k, k * here // above) for k in range(above)}
        for k, j in sorted(pairs):
            link(level - 1, k, level, j)
        if level > 1 and not tree and rng.random() < 0.25:
            link(level - 2, 0, level, 0)
    shape = choose(rng, ("box", "box", "box", "oval"))
    for level, count in enumerate(counts):
        for k in range(count):
            along, aside = (level + 0.5) * pitch, (k + 0.5) * across / count
            near, far = (at(along + s * half[0], aside + s * half[1]) for s in (-1, 1))
            flow.box((*near, *far), flow.step(), choose(rng, (level, k, 0)), shape)
    return "vertical" if upright else "horizontal"


def flow_row(flow: Flow, rect: Rect) -> str:
    """A single row of steps from left to right, some in a frame, one sent back by an arc."""
    sheet, rng, (x0, y0, x1, y1) = flow.sheet, flow.sheet.rng, rect
    n = int(rng.integers(3, 9))
    w, cy = (x1 - x0) / n, y0 + (y1 - y0) * rng.uniform(0.45, 0.6)
    dx, dy = w * rng.uniform(0.33, 0.42), min((y1 - y0) * 0.28, w * rng.uniform(0.25, 0.6))
    first = int(rng.integers(1, n - 1))
    last = int(rng.integers(first, n - 1))
    if rng.random() < 0.4:
        flow.framed = True
        frame = (
            x0 + first * w + w / 2 - dx - 3,
            cy - dy - 14,
            x0 + (last + 0.5) * w + dx + 3,
            cy + dy + 5,
        )
        sheet.box(frame, choose(rng, (None, (*flow.fills[-1], 90))), flow.edge, flow.width)
        sheet.text(
            (frame[0] + frame[2]) / 2,
            cy - dy - 8,
            choose(rng, ("For each fold", "Training", "Repeat")),
            0.85,
        )
    ends = rng.random() < 0.4
    for k in range(n):
        cx = x0 + (k + 0.5) * w
        text = ("Start" if k == 0 else "End") if ends and k in (0, n - 1) else flow.step()
        flow.box((cx - dx, cy - dy, cx + dx, cy + dy), text, 0 if ends and k == n - 1 else k)
        if k < n - 1:
            flow.arrow((cx + dx, cy), (cx + w - dx, cy))
    if rng.random() < 0.4:
        flow.curved = True
        t = np.linspace(0, 1, 16)
        a, b = (x0 + (k + 0.5) * w for k in choose(rng, ((0, n - 1), (n - 1, 0), (last + 1, 0))))
        edge = cy + dy if rng.random() < 0.5 else cy - dy
        rise = np.sign(edge - cy) * (y1 - y0) * 0.2
        flow.arrow(*zip(a + (b - a) * t, edge + rise * np.sin(np.pi * t), strict=True))
    return "horizontal"


def flow_cycle(flow: Flow, rect: Rect) -> str:
    """Steps around a circle, each joined to the next by a curved or a straight arrow."""
    rng, (x0, y0, x1, y1) = flow.sheet.rng, rect
    n, (cx, cy) = int(rng.integers(3, 8)), ((x0 + x1) / 2, (y0 + y1) / 2)
    dx = (x1 - x0) * rng.uniform(0.1, 0.15 if n < 6 else 0.12)
    dy = (y1 - y0) * rng.uniform(0.06, 0.1)
    rx, ry = (x1 - x0) / 2 - dx, (y1 - y0) / 2 - dy
    turn = rng.uniform(-np.pi, np.pi) if rng.random() < 0.3 else -np.pi / 2
    flow.curved, shape = rng.random() < 0.7, choose(rng, ("box", "box", "oval"))
    centres = [
        (cx + rx * np.cos(a), cy + ry * np.sin(a)) for a in turn + np.arange(n + 1) * 2 * np.pi / n
    ]
    for k in range(n):
        t = np.linspace(0, 1, 60)
        angle = turn + (k + t) * 2 * np.pi / n
        path = np.stack([cx + rx * np.cos(angle), cy + ry * np.sin(angle)], 1)
        if not flow.curved:
            path = np.outer(1 - t, centres[k]) + np.outer(t, centres[k + 1])
        away = [np.abs(path - centre) / (dx + 2, dy + 2) for centre in centres[k : k + 2]]
        path = path[(np.min([gap.max(1) for gap in away], axis=0) > 1)]
        if len(path) > 2:
            flow.arrow(*path[:: max(1, len(path) - 1) if not flow.curved else 3].tolist())
    for k, (x, y) in enumerate(centres[:n]):
        flow.box((x - dx, y - dy, x + dx, y + dy), flow.step(), k, shape)
    if rng.random() < 0.3:
        flow.sheet.text(
            cx, cy, choose(rng, ("Cycle", "Quality cycle", "Care", "Life cycle")), 1.3, bold=True
        )
    return "circular"


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
    "graph": (
        flow_graph,
        (0.9, 2.8),
        "box-and-arrow diagram|data flow diagram|node-and-arrow diagram|dependency graph",
        "paths that split and join|boxes in layers joined by arrows|a network of connected boxes",
    ),
    "row": (
        flow_row,
        (1.5, 5),
        "horizontal flow chart|workflow in one row|pipeline figure",
        "steps in a single row|a left-to-right chain of boxes|one line of boxes joined by arrows",
    ),
    "cycle": (
        flow_cycle,
        (0.8, 1.6),
        "cycle diagram|circular flow diagram|cyclic process diagram",
        "boxes in a circle joined by arrows|the steps of a cycle|a loop of boxes and arrows",
    ),
}
OFTEN = ["trial", "trial", "review", "decision", "pipeline", "pipeline", "tree", "pathway", "lanes"]
OFTEN += ["graph", "graph", "graph", "row", "row", "cycle"]


def flow_phrases(a: Attributes, rng: np.random.Generator) -> list[str]:
    """What a legend says of a flow chart."""
    boxes = counted(a["boxes"], "box", "boxes")
    runs = {
        "vertical": "downwards",
        "horizontal": "from left to right",
        "circular": "round in a circle",
    }[a["direction"]]
    fill = "unfilled outlined boxes|plain boxes in outline"
    if a["colours"]:
        fill = f"{hues(a, 3)} boxes|boxes filled in {hues(a, 3)}"
    features = {
        "rounded": "rounded corners|rounded boxes",
        "curved": "curved arrows|bent arrows between the boxes",
        "linked": "labels on the arrows|words beside the arrows",
        "framed": "a frame around some of the steps|a group of boxes in a larger box",
        "shadow": "boxes with a shadow",
        "numbers": "patient numbers in each box|n values in the boxes",
        "direction": f"a {{}} layout|arrows running {runs}",
    }
    style = None if a["style"] == "news" and not a["titled"] else a["style"]
    return [
        either(rng, LAYOUTS[a["layout"]][3]),
        either(rng, f"{boxes}|{boxes} linked by arrows|{boxes} of text|{boxes} joined by arrows"),
        either(rng, fill),
        *further_phrases({**a, "grid": False, "ground": None, "style": style}, rng, features),
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
    "box-and-arrow diagram",
    "boxes joined by arrows",
    "workflow diagram",
    "process diagram",
    "diagram of steps and arrows",
    describe=flow_phrases,
)
def flow_chart(rng: np.random.Generator) -> tuple[Image.Image, Attributes]:
    """Boxes and arrows: trial, review, decision, pipeline, tree, pathway or lanes.

    Fills, corners and text vary.
    """
    layout = choose(rng, OFTEN)
    style = replace(pick_style(rng), size=float(rng.uniform(5.5, 15 if layout == "row" else 9)))
    draw_layout, wide, names, _ = LAYOUTS[layout]
    sheet = Sheet(rng, style, wide, strips=False)
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
        "curved": flow.curved,
        "linked": flow.linked,
        "framed": flow.framed,
        "shadow": flow.shadow and flow.square,
        "numbers": flow.numbers,
        "direction": direction,
        **style.attributes,
        "titled": titled,
    }
