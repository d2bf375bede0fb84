"""Electrocardiograms: one to twelve leads on millimetre paper, plain paper, a monitor or a plot."""

import numpy as np
from PIL import Image, ImageDraw

from ..drawing import choose, colour, either, font
from ..kinds import Attributes, kind

LEADS = {  # amplitudes of P, Q, R, S, T in millivolts
    "I": (0.1, -0.05, 0.7, -0.1, 0.2),
    "II": (0.15, -0.05, 1.1, -0.15, 0.3),
    "III": (0.08, -0.1, 0.5, -0.15, 0.12),
    "aVR": (-0.12, 0.05, -0.85, 0.1, -0.25),
    "aVL": (0.05, -0.08, 0.4, -0.1, 0.1),
    "aVF": (0.12, -0.05, 0.8, -0.1, 0.2),
    "V1": (0.06, 0.0, 0.25, -0.9, -0.08),
    "V2": (0.08, 0.0, 0.5, -1.3, 0.45),
    "V3": (0.08, 0.0, 0.8, -0.8, 0.45),
    "V4": (0.1, -0.05, 1.3, -0.4, 0.4),
    "V5": (0.1, -0.1, 1.2, -0.2, 0.35),
    "V6": (0.1, -0.1, 0.9, -0.1, 0.25),
}
RHYTHMS = (
    *("normal sinus rhythm",) * 4,
    "sinus tachycardia",
    "sinus bradycardia",
    *("atrial fibrillation",) * 2,
    "ST elevation",
    "ST elevation",
    "ST depression",
    "ventricular tachycardia",
    "ventricular extrasystoles",
    "bundle branch block",
    "atrial flutter",
    "ventricular fibrillation",
)
RATES = {
    "sinus tachycardia": (102, 160),
    "sinus bradycardia": (36, 55),
    "atrial fibrillation": (65, 150),
    "ventricular tachycardia": (140, 210),
}
ST_GROUPS = {
    "anterior": ("V1", "V2", "V3", "V4"),
    "inferior": ("II", "III", "aVF"),
    "lateral": ("I", "aVL", "V5", "V6"),
}


class Heart:
    """One patient's rhythm: when the beats fall and how every lead sees them."""

    def __init__(self, rng: np.random.Generator, seconds: float):
        self.rng, self.rhythm = rng, choose(rng, RHYTHMS)
        self.rate = int(rng.uniform(*RATES.get(self.rhythm, (58, 98))))
        spread = 0.22 if self.rhythm == "atrial fibrillation" else 0.015
        gaps = 60 / self.rate * np.clip(1 + rng.normal(0, spread, 400), 0.5, 1.8)
        beats = np.cumsum(gaps) - rng.uniform(0.5, 1.5) * gaps[0]
        beats = beats[beats < seconds + 0.5]
        ectopic = np.arange(len(beats)) % int(rng.integers(3, 6)) == 2
        self.ectopic = ectopic & (self.rhythm == "ventricular extrasystoles")
        self.beats = beats - 0.25 * (60 / self.rate) * self.ectopic  # an extrasystole comes early
        self.territory = choose(rng, tuple(ST_GROUPS)) if self.rhythm.startswith("ST") else None
        self.shift = rng.uniform(0.15, 0.4) * (-1 if self.rhythm == "ST depression" else 1)
        self.drift, self.noise = rng.uniform(0, 0.12), rng.uniform(0, 0.025)
        self.gain = {lead: rng.uniform(0.7, 1.3, 5) for lead in LEADS}

    def trace(self, lead: str, t: np.ndarray) -> np.ndarray:
        """The lead's voltage (mV) at times t (s)."""
        rng, rhythm = self.rng, self.rhythm
        amplitudes = np.array(LEADS[lead]) * self.gain[lead]
        sign = np.sign(amplitudes[2] + amplitudes[3])  # of the QRS complex
        out = self.drift * np.sin(2 * np.pi * rng.uniform(0.1, 0.35) * t + rng.uniform(0, 6))
        out = out + self.noise * rng.standard_normal(len(t))
        if rhythm == "ventricular fibrillation":
            phase = np.cumsum(rng.normal(0, 0.15, len(t))) + 2 * np.pi * 5 * t
            return out + 0.5 * np.sin(phase) * (0.6 + 0.4 * np.sin(2.1 * t + rng.uniform(0, 6)))
        if rhythm == "ventricular tachycardia":
            turn = (np.interp(t, self.beats, np.arange(len(self.beats))) % 1) * 2 * np.pi
            return out + sign * (0.8 * np.sin(turn) + 0.25 * np.sin(2 * turn + 0.8))
        if rhythm == "atrial fibrillation":
            out = out + 0.04 * np.sin(2 * np.pi * 6.5 * t + np.cumsum(rng.normal(0, 0.2, len(t))))
        if rhythm == "atrial flutter":
            out = out + 0.18 * ((5 * t) % 1 - 0.5) * (1 if lead != "aVR" else -1)
        humps = self.humps(*amplitudes)
        for beat, early in zip(self.beats, self.ectopic, strict=True):
            if not t[0] - 1 < beat < t[-1] + 1:
                continue
            x = t - beat
            if early:
                out = out + 1.3 * sign * (
                    np.exp(-((x / 0.06) ** 2)) - 0.5 * np.exp(-(((x - 0.22) / 0.09) ** 2))
                )
                continue
            for height, centre, width in humps:
                out = out + height * np.exp(-(((x - centre) / width) ** 2))
            if self.territory and lead in ST_GROUPS[self.territory]:
                ends = 0.36 * self.squeeze
                out = out + self.shift * np.clip((x - 0.02) / 0.04, 0, 1) * np.clip(
                    (ends - x) / 0.08, 0, 1
                )
        return out

    @property
    def squeeze(self) -> float:
        """How much shorter the intervals are than at 71 beats per minute."""
        return min(1.0, (60 / self.rate / 0.85) ** 0.5)

    def humps(
        self, p: float, q: float, r: float, s: float, t: float
    ) -> list[tuple[float, float, float]]:
        """The waves of one beat from their amplitudes: height (mV), centre and width (s)."""
        squeeze, wide = self.squeeze, 2.2 if self.rhythm == "bundle branch block" else 1.0
        qrs = [(q, -0.028, 0.012), (r, 0, 0.016 * wide), (s, 0.03 * wide, 0.014 * wide)]
        waves = [*qrs, (t if wide == 1 else -t, 0.27 * squeeze, 0.055 * squeeze)]
        if wide > 1:
            waves.append((0.5 * r, 0.06, 0.02))
        if self.rhythm not in ("atrial fibrillation", "atrial flutter"):
            waves.append((p, -0.16 * squeeze, 0.028))
        return waves

    def visible(self, leads: set[str]) -> tuple[str, str | None, list[str]]:
        """The rhythm, territory and changed leads that can be read from these leads."""
        changed = [lead for lead in ST_GROUPS.get(self.territory, ()) if lead in leads]
        if self.territory and not changed:
            return "normal sinus rhythm", None, []
        return self.rhythm, self.territory, changed


STYLES = (
    *("pink paper",) * 3,
    "orange paper",
    "white paper with a red grid",
    "blue grid",
    "gray-green grid",
    *("plain white",) * 2,
    "monitor",
    *("plot with axes",) * 2,
)
PAPERS = {  # hue, saturation and value of the lines, then of the paper
    "pink paper": (
        ((-0.03, 0.03), (0.25, 0.8), (0.85, 1)),
        ((-0.03, 0.04), (0.02, 0.16), (0.95, 1)),
    ),
    "white paper with a red grid": (
        ((-0.02, 0.03), (0.3, 0.75), (0.85, 1)),
        ((0, 1), (0, 0.02), (0.96, 1)),
    ),
    "orange paper": (
        ((0.03, 0.08), (0.25, 0.6), (0.85, 1)),
        ((0.04, 0.1), (0.02, 0.14), (0.94, 1)),
    ),
    "blue grid": (((0.55, 0.65), (0.2, 0.5), (0.75, 0.95)), ((0.5, 0.65), (0, 0.06), (0.95, 1))),
    "gray-green grid": (
        ((0.2, 0.45), (0.04, 0.3), (0.6, 0.85)),
        ((0.2, 0.4), (0, 0.08), (0.88, 1)),
    ),
}
COLUMNS = (("I", "aVR", "V1", "V4"), ("II", "aVL", "V2", "V5"), ("III", "aVF", "V3", "V6"))
LAYOUTS = {  # lead names by row
    "12 leads in 3 rows of 4 with a rhythm strip": (*COLUMNS, ("II",)),
    "12 leads in 3 rows of 4": COLUMNS,
    "12 leads in 6 rows of 2": (
        ("I", "V1"),
        ("II", "V2"),
        ("III", "V3"),
        ("aVR", "V4"),
        ("aVL", "V5"),
        ("aVF", "V6"),
    ),
    "12 leads one below the other": tuple((lead,) for lead in LEADS),
}
ALL_LAYOUTS = (
    *("12 leads in 3 rows of 4 with a rhythm strip",) * 3,
    "12 leads in 3 rows of 4",
    "12 leads in 6 rows of 2",
    "12 leads one below the other",
    *("single strip",) * 3,
    *("rhythm strips",) * 2,
    "Holter strips",
)
LAYOUT_WORDS = {
    "Holter strips": "Holter recording|long-term ambulatory recording in consecutive rows"
    "|continuous strips of a 24-hour ECG",
    "single strip": "single strip|single-lead strip|one lead",
}
SAID = {
    "normal sinus rhythm": "normal sinus rhythm|regular sinus rhythm",
    "sinus tachycardia": "sinus tachycardia|rapid regular rhythm",
    "sinus bradycardia": "sinus bradycardia|slow regular rhythm",
    "atrial fibrillation": "atrial fibrillation|irregularly irregular rhythm without p waves",
    "ventricular tachycardia": "ventricular tachycardia|wide complex tachycardia",
    "ventricular fibrillation": "ventricular fibrillation|chaotic waveform without qrs complexes",
    "ventricular extrasystoles": "premature ventricular contractions|ventricular extrasystoles",
    "bundle branch block": "bundle branch block|broad qrs complexes",
    "atrial flutter": "atrial flutter|sawtooth flutter waves",
}
LOOKS = {
    "pink paper": "recorded on pink paper|pink millimetre grid",
    "white paper with a red grid": "red grid on white paper|thin red grid lines",
    "orange paper": "recorded on orange paper|orange millimetre grid",
    "blue grid": "recorded on blue grid|blue background grid",
    "gray-green grid": "recorded on gray-green grid|gray-green background grid",
    "monitor": "monitor screen with a dark background|bedside monitor trace",
    "plain white": "tracing on plain white|no grid",
    "plot with axes": "digitally plotted traces with axes|software plot of the signal",
}


def ecg_phrases(attributes: Attributes, rng: np.random.Generator) -> list[str]:
    """What the legend of an electrocardiogram can say."""
    rhythm, rate, rows, ink = (
        attributes[key] for key in ("rhythm", "rate", "rows", "trace_colour")
    )
    if where := attributes["territory"]:
        leads, change = ", ".join(attributes["changed_leads"]), rhythm.lower()
        phrases = [
            either(rng, f"{rhythm} in the {where} leads|{where} {change}|{change} in {leads}")
        ]
    else:
        phrases = [either(rng, SAID[rhythm])]
    if rate:
        pace = "fast" if rate > 100 else "slow" if rate < 60 else "normal"
        phrases.append(
            either(rng, f"heart rate of about {round(rate, -1)} beats per minute|{pace} heart rate")
        )
    traces = f"{rows} rows of traces" if rows > 1 else "one continuous trace"
    phrases.append(
        either(rng, f"{LAYOUT_WORDS.get(attributes['layout'], attributes['layout'])}|{traces}")
    )
    phrases.append(either(rng, LOOKS[attributes["style"]]))
    phrases.append(either(rng, f"{ink} trace|tracing in {ink}"))
    if attributes["scan"]:
        phrases.append(either(rng, attributes["scan"]))
    if attributes["lead_names"]:
        phrases.append(either(rng, "lead names beside the traces|labelled leads"))
    return phrases


SCALE = 2  # the sheet is drawn at twice the size
AXIS = (60, 60, 60)
Rows = tuple[tuple[str, ...], ...]  # the leads in each row
INKS = (("black", (15, 15, 20)), ("dark blue", (25, 30, 120)), ("black", (50, 50, 55)))
MONITOR_INKS = (("green", (40, 230, 80)), ("yellow", (240, 220, 50)), ("cyan", (60, 220, 240)))
PLOT_INKS = (
    ("blue", (31, 119, 180)),
    ("black", (0, 0, 0)),
    ("red", (200, 30, 30)),
    ("green", (20, 120, 60)),
)


def rgb(tint: np.ndarray) -> tuple[int, int, int]:
    """The RGB triple in 0 … 255 of a colour (3,) in 0 … 1."""
    return tuple(int(255 * min(max(v, 0), 1)) for v in tint)


def draw_grid(
    rng: np.random.Generator, page: Image.Image, small: float, tint: np.ndarray, paper: np.ndarray
) -> None:
    """Millimetre paper: thin lines every `small` pixels, every fifth a thick one."""
    draw, (width, height) = ImageDraw.Draw(page), page.size
    x0, y0 = rng.uniform(0, small * 5, 2)
    strong, weak = rgb(tint), rgb(paper * 0.55 + tint * 0.45)
    for k, x in enumerate(np.arange(x0 - 5 * small, width, small)):
        draw.line((x, 0, x, height), fill=weak if k % 5 else strong)
    for k, y in enumerate(np.arange(y0 - 5 * small, height, small)):
        draw.line((0, y, width, y), fill=weak if k % 5 else strong)


def blank_page(rng: np.random.Generator, style: str, size: tuple[int, int]) -> Image.Image:
    """The page or screen with its grid, if it has one."""
    if style in PAPERS:
        tint, paper = (colour(rng, *spans) for spans in PAPERS[style])
        page = Image.new("RGB", size, rgb(paper))
        draw_grid(rng, page, SCALE * rng.uniform(2.4, 6), tint, paper)
    elif style == "monitor":
        paper = colour(rng, (0.3, 0.6), (0, 0.4), (0, 0.12))
        page = Image.new("RGB", size, rgb(paper))
        if rng.random() < 0.4:
            draw_grid(rng, page, SCALE * rng.uniform(5, 9), paper + 0.15, paper)
    else:
        page = Image.new("RGB", size, "white")
    return page


class Sheet:
    """The page at twice the size, with its grid.

    It knows the frame around the traces (pixels of the page) and the ink.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        style: str,
        rows: Rows,
        seconds: float,
        size: tuple[int, int],
    ):
        self.rows = rows
        self.seconds = seconds
        self.style = style
        self.plot = style == "plot with axes"
        self.width, self.height = (SCALE * side for side in size)
        self.page = blank_page(rng, style, (self.width, self.height))
        self.draw = ImageDraw.Draw(self.page)
        inks = {"monitor": MONITOR_INKS, "plot with axes": PLOT_INKS}.get(style, INKS)
        self.ink_name, self.ink = choose(rng, inks)
        # A plot's, with room for the axes.
        self.left, self.top, self.bottom = (40 * SCALE, 8 * SCALE, 22 * SCALE)
        if not self.plot:
            self.left, self.top, self.bottom = (
                SCALE * v for v in (rng.integers(2, 14), rng.integers(4, 30), 6)
            )

    @property
    def pitch(self) -> float:
        """The height of a row."""
        return (self.height - self.top - self.bottom) / len(self.rows)


def draw_header(rng: np.random.Generator, sheet: Sheet, heart: Heart) -> None:
    """Print over the traces a made-up patient, rate and intervals.

    Without P waves there is no PR interval.
    """
    person = (
        f"ID {int(rng.integers(0, 99999)):05d}    {int(rng.integers(18, 92))} yr    "
        f"{either(rng, 'Male|Female')}"
    )
    rate = f"Vent. rate {heart.rate} bpm"
    if heart.rhythm == "ventricular fibrillation":
        rate = "Vent. rate -- bpm"
    elif heart.rhythm not in ("atrial fibrillation", "atrial flutter", "ventricular tachycardia"):
        rate += f"   PR {int(rng.integers(120, 200))} ms"
    lines = [person, rate, f"QT/QTc {int(rng.integers(340, 430))}/{int(rng.integers(390, 460))} ms"]
    for k, text in enumerate(lines[: int(rng.integers(1, 4))]):
        spot = (8 * SCALE + (k // 2) * sheet.width // 2, 4 + (k % 2) * 9 * SCALE)
        sheet.draw.text(spot, text, fill=(38, 38, 38), font=font(8 * SCALE))
    sheet.top = max(sheet.top, 22 * SCALE)


def draw_row(sheet: Sheet, k: int, volts: np.ndarray, gain: float, line: int, named: bool) -> None:
    """Draw the row number k: the trace, its lead names, and in a plot its axes."""
    draw, left, pitch, row = sheet.draw, sheet.left, sheet.pitch, sheet.rows[k]
    x = left + np.arange(len(volts)) / len(volts) * (sheet.width - left - 6 * SCALE)
    base = sheet.top + (k + 0.6) * pitch
    roof, ground = (0.56, 0.36) if sheet.plot or len(sheet.rows) == 1 else (0.85, 0.7)
    gain = min(gain, roof * pitch / max(volts.max(), 0.1), ground * pitch / max(-volts.min(), 0.1))
    path = np.stack([x, base - gain * volts], axis=1).ravel().tolist()
    draw.line(path, fill=sheet.ink, width=line, joint="curve")
    for j, lead in enumerate(row if named else ()):
        spot = (left + j * (sheet.width - left) / len(row) + 4, base - 0.5 * pitch)
        if sheet.plot and len(row) == 1:
            spot = (6, base - 8 * SCALE)
        draw.text(spot, lead, fill=sheet.ink, font=font(int(np.clip(pitch / 3.5, 14, 24))))
    if sheet.plot:
        top, bottom = sheet.top + k * pitch + 3, sheet.top + (k + 1) * pitch - 3
        draw.rectangle((left, top, sheet.width - 6 * SCALE, bottom), outline=AXIS)
        for value in (-1, 0, 1) if pitch > 60 else (0,):
            draw.text(
                (left - 4, base - gain * value), str(value), fill=AXIS, font=font(14), anchor="rm"
            )


def draw_footer(rng: np.random.Generator, sheet: Sheet, heart: Heart) -> None:
    """Draw the time axis of a plot, the rate on a monitor, or now and then a line of settings."""
    draw, width, height = sheet.draw, sheet.width, sheet.height
    pulse = "--" if heart.rhythm == "ventricular fibrillation" else str(heart.rate)
    if sheet.plot:
        for second in range(int(sheet.seconds) + 1):
            x = sheet.left + second / sheet.seconds * (width - sheet.left - 6 * SCALE)
            draw.text((x, height - 19 * SCALE), str(second), fill=AXIS, font=font(15), anchor="mt")
        draw.text(
            (width / 2, height - 10 * SCALE), "Time (s)", fill=AXIS, font=font(17), anchor="mt"
        )
    elif sheet.style == "monitor":
        draw.text((width - 90, 6), pulse, fill=sheet.ink, font=font(44))
    elif rng.random() < 0.4:
        if rng.random() < 0.6:
            note = f"25 mm/s  10 mm/mV  {int(rng.integers(35, 150))} Hz"
        else:
            note = f"HR {pulse} bpm  QRS {int(rng.integers(80, 120))} ms"
        draw.text((sheet.left, height - 11 * SCALE), note, fill=sheet.ink, font=font(17))


def scanned(rng: np.random.Generator, page: Image.Image) -> tuple[Image.Image, str]:
    """The printout as a scan or a photograph: askew, in gray or unevenly lit; how that is said."""
    said = "scan of a printout|scanned paper tracing|photograph of a paper tracing"
    edge = choose(rng, ((255, 255, 255), (30, 30, 30), (140, 110, 80)))
    wide, high = page.width + 20, page.height + 20
    desk = Image.new("RGB", (wide, high), edge)
    desk.paste(page, (10, 10))
    desk = desk.rotate(rng.uniform(-5, 5), Image.Resampling.BILINEAR, fillcolor=edge)
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    ramp = x / wide * rng.uniform(-0.3, 0.3) + y / high * rng.uniform(-0.3, 0.3)
    lit = np.asarray(desk, dtype=np.float32) * (rng.uniform(0.75, 1) + ramp)[..., None]
    if rng.random() < 0.3:
        lit, said = np.repeat(lit.mean(axis=2, keepdims=True), 3, axis=2), f"{said}|photocopy"
    return Image.fromarray(np.clip(lit, 0, 255).astype(np.uint8)), said


@kind(
    "laboratory",
    "ECG",
    "electrocardiogram",
    "EKG",
    "ECG tracing",
    "electrocardiogram tracing",
    "ECG recording",
    "electrocardiography",
    "ECG waveform",
    "heart rhythm recording",
    "electrocardiographic trace",
    "EKG strip",
    "cardiac electrical activity tracing",
    "ecg leads",
    "surface ECG",
    "ECG printout",
    "heart tracing on grid paper",
    "electrocardiographic leads of a patient",
    describe=ecg_phrases,
)
def ecg(rng: np.random.Generator) -> tuple[Image.Image, Attributes]:
    """One to twelve leads on millimetre paper, plain paper, a monitor or a plot.

    Rhythm, rate, layout and colours vary.
    """
    style, layout = choose(rng, STYLES), choose(rng, ALL_LAYOUTS)
    some = [str(v) for v in rng.permutation(list(LEADS))]
    if layout == "Holter strips" and style == "plot with axes":
        style = "plain white"
    rows = LAYOUTS.get(layout)
    holter = layout == "Holter strips"
    if holter:  # one lead goes on from row to row
        rows = ((choose(rng, ("II", "V1", "V5")),),) * int(rng.integers(4, 9))
    elif rows is None:
        rows = tuple(
            (v,) for v in some[: 1 if layout == "single strip" else int(rng.integers(2, 6))]
        )
    width = int(rng.integers(256, 480)) if len(rows) < 12 else int(rng.integers(220, 340))
    if rng.random() < 0.3:  # a long strip, or a wide page
        width = int(rng.integers(480, 680))
    height = int(rng.integers(200, 250)) if len(rows) > 1 else int(rng.integers(200, 215))
    seconds = rng.uniform(2.5, 5) if len(rows) == 1 else rng.uniform(4, 10)
    seconds *= max(1, width / 480)
    heart = Heart(rng, seconds * (len(rows) if holter else 1))
    sheet = Sheet(rng, style, rows, seconds, (width, height))
    if style in PAPERS and rng.random() < 0.3:  # a printout
        draw_header(rng, sheet, heart)
    gain = sheet.pitch / rng.uniform(1.6, 3.2)
    named, line = rng.random() < 0.8, choose(rng, (2, 2, 3, 4))
    t = np.linspace(0, seconds, max(500, sheet.width))
    for k, row in enumerate(rows):
        parts = np.split(t[: len(t) // len(row) * len(row)] + seconds * k * holter, len(row))
        volts = np.concatenate(
            [heart.trace(lead, part) for lead, part in zip(row, parts, strict=True)]
        )
        draw_row(sheet, k, volts, gain, line, named)
    draw_footer(rng, sheet, heart)
    rhythm, territory, changed = heart.visible({lead for row in rows for lead in row})
    page, scan = sheet.page.reduce(SCALE), None
    if style not in ("monitor", "plot with axes") and rng.random() < 0.2:
        page, scan = scanned(rng, page)
    twelve = ["12-lead ECG", "12-lead electrocardiogram", "standard twelve-lead EKG"]
    return page, {
        "rhythm": rhythm,
        "rate": None if rhythm == "ventricular fibrillation" else heart.rate,
        "layout": layout,
        "rows": len(rows),
        "style": style,
        "trace_colour": sheet.ink_name,
        "lead_names": named,
        "scan": scan,
        "territory": territory,
        "changed_leads": changed,
        "names": twelve if layout.startswith("12") else ["ECG rhythm strip", "EKG rhythm strip"],
    }
