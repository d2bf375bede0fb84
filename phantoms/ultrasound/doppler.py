"""Doppler ultrasound: gray scans with flow in colour, or as a spectrum of velocities over time."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from ..drawing import (
    SIZE,
    X,
    Y,
    blend,
    choose,
    either,
    font,
    mask,
    picture,
    soft,
    stretched_noise,
    unit_vector,
)
from ..kinds import Attributes, kind
from . import anatomy
from .sonography import (
    INKS,
    PROBES,
    Scan,
    furniture,
    new_scan,
    on_screen,
    ridge,
    screen,
    speckled,
    trim,
    wall_layers,
)

ColourMap = Callable[[np.ndarray], np.ndarray]  # from velocities -1 … 1 to RGB
Flow = tuple[np.ndarray, np.ndarray]  # (S, S) each: 1 where there is flow, and its velocity
FLOWS = {
    "tube": "flow within a longitudinal vessel|colour filling of the vessel lumen",
    "tree": "branching vessels with flow|vascular tree",
    "cord": "coiled vessels of the umbilical cord|twisted artery and vein side by side",
    "round": "artery and vein in cross section|round vessels filled with colour",
    "patch": "a jet of flow|turbulent flow in a chamber",
    "specks": "scattered vascular signals|spots of internal vascularity",
}
AMOUNTS = {
    "abundant": "abundant flow signal|marked vascularity|hypervascular",
    "moderate": "moderate vascularity|moderate flow",
    "sparse": "sparse flow signal|minimal vascularity|poor vascularity",
    "absent": "no flow signal|absence of flow|avascular",
}
MODES = {
    "colour": "directional colour flow|colour-coded flow|colour-coded velocity",
    "power": "warm-coloured flow signals|non-directional power signal|power mode colour map",
}
DISPLAYS = {
    "axes": "flow map in axes with a colour bar at the side|axes and a colour scale of velocity",
    "split": "gray-scale image at the left and colour flow at the right|split-screen comparison",
    "map": "flow signal alone on a black background|map of the vessels on black",
    "screen": "screen capture with settings at the edges|scanner screen with text",
}
MAP_NAMES = ["ultrafast Doppler image", "microvascular Doppler image", "power Doppler map"]
NAMES = {
    "colour": ["colour Doppler ultrasound", "color Doppler", "color Doppler sonography"],
    "power": ["power Doppler ultrasound", "power Doppler"],
    None: ["spectral Doppler", "pulsed-wave Doppler"],
}
# Colour maps as their colours at evenly spread velocities: of power Doppler from zero up, of
# directional flow from the fastest away from the probe to the fastest towards it.
POWER = (
    ((0.25, 0.02, 0.02), (0.85, 0.25, 0.03), (1.0, 0.85, 0.2)),
    ((0.25, 0.0, 0.2), (0.8, 0.1, 0.45), (1.0, 0.75, 0.35)),
    ((0.3, 0.1, 0.0), (0.9, 0.5, 0.05), (1, 1, 0.6)),
    ((0.35, 0.1, 0.0), (0.95, 0.45, 0.02), (1, 0.7, 0.1)),
)
BLUE_TO_RED = (
    (
        (0.35, 0.9, 1),
        (0.05, 0.15, 0.95),
        (0, 0, 0.3),
        (0.3, 0, 0),
        (0.95, 0.08, 0.05),
        (1, 0.9, 0.25),
    ),
    (
        (0.2, 0.55, 1),
        (0.1, 0.1, 0.8),
        (0.05, 0.05, 0.45),
        (0.4, 0.02, 0.02),
        (0.8, 0.1, 0.1),
        (1, 0.5, 0.3),
    ),
    ((0.2, 0.95, 0.6), (0.1, 0.3, 1), (0, 0, 0.4), (0.4, 0, 0), (1, 0.3, 0.05), (0.9, 1, 0.3)),
)


def flow_phrases(a: Attributes, rng: np.random.Generator) -> list[str]:
    """What the legend of a Doppler picture can say."""
    wave, mode, shown = a["waveform"], a["mode"], a["amount"] not in (None, "absent")
    duplex = (
        "pulsed-wave spectral strip below the image|spectral waveform|"
        "duplex display with velocity tracing"
    )
    spectral = [
        a["display"] and DISPLAYS[a["display"]],
        a["scale"] and "velocity scale at the side|velocities in cm/s",
        wave and f"{wave} waveform|{wave} flow pattern|spectral trace with {wave} flow",
        wave and ("velocity spectrum|spectral waveform" if a["waveform_only"] else duplex),
        a["beats"] and "{beats} cardiac cycles|{beats} beats in the trace".format(**a),
    ]
    coloured = [
        shown and FLOWS[a["flow"]],
        mode and AMOUNTS[a["amount"]],
        shown and MODES[mode],
        a["direction"] and "predominantly {direction} flow|mainly {direction} signal".format(**a),
        a["outline"] and "colour box outlined|visible colour region of interest",
        a["probe"] and PROBES[a["probe"]],
        a["ecg"] and "ECG trace at the bottom|a simultaneous electrocardiogram line",
    ]
    below, above = (
        [either(rng, wordings) for wordings in facts if wordings] for facts in (spectral, coloured)
    )
    if not mode and a["display"]:
        below = below[1:] + below[:1]
    return above[:1] + below + above[1:] if mode else below + above


def flow_colours(rng: np.random.Generator, power: bool) -> ColourMap:
    """The warm map of power Doppler, or red on one side of zero and blue on the other."""
    if power:
        at, stops = (0, 0.5, 1), choose(rng, POWER)
    else:
        at = (-1, -0.5, -0.02, 0.02, 0.5, 1)
        stops = choose(rng, BLUE_TO_RED)[:: -1 if rng.random() < 0.25 else 1]

    def colours(velocity: np.ndarray) -> np.ndarray:
        velocity = np.abs(velocity) if power else velocity
        return np.stack(
            [np.interp(velocity, at, channel) for channel in zip(*stops, strict=True)], axis=-1
        )

    return colours


def flow_tree(scan: Scan) -> Flow:
    """Branching vessels, arteries and veins of opposite sign."""
    rng, segments = scan.rng, []
    n, width = int(rng.integers(1, 14)), rng.uniform(3, 12)
    root = np.array(scan.at(rng.uniform(-0.35, 0.35), rng.uniform(0.35, 0.65)))
    for _ in range(n):
        p, turn = root + rng.normal(0, 6, 2), rng.uniform(0, 2 * np.pi)
        velocity, wide = choose(rng, (-1, 1)) * rng.uniform(0.3, 0.9), width * rng.uniform(0.5, 1.2)
        for _ in range(int(rng.integers(4, 11))):
            turn += rng.normal(0, 0.35)
            q = p + rng.uniform(5, 10) * unit_vector(turn)
            segments.append((*p, *q, wide, velocity))
            p, wide = q, max(1.5, wide * 0.88)

    def painted(sign: int) -> np.ndarray:
        def paint(draw: ImageDraw.ImageDraw, s: int) -> None:
            for x0, y0, x1, y1, wide, v in segments:
                if v * sign > 0:
                    r, level = wide / 2, int(255 * abs(v))
                    draw.line((x0 * s, y0 * s, x1 * s, y1 * s), level, round(wide * s))
                    draw.ellipse(
                        ((x1 - r) * s, (y1 - r) * s, (x1 + r) * s, (y1 + r) * s), fill=level
                    )

        return mask(paint)

    velocity = painted(1) - painted(-1)
    return np.clip(np.abs(velocity) * 6, 0, 1), velocity


def flow_tube(scan: Scan) -> Flow:
    """Flow along a large vessel, fastest in the middle; perhaps a jet that aliases."""
    rng, tube = scan.rng, anatomy.vessel_tube(scan)
    speed = (1 - np.clip(tube, 0, 1) ** 2) * rng.uniform(0.5, 1.2) * choose(rng, (-1, 1))
    if rng.random() < 0.35:
        speed = speed * (1 + 2 * np.exp(-(((X - rng.uniform(80, 180)) / rng.uniform(15, 40)) ** 2)))
    if rng.random() < 0.2:
        speed = speed * np.sign(X - SIZE / 2 + 0.5)
    return soft(tube, 0.93, 0.15), speed


def flow_patch(scan: Scan) -> Flow:
    """Flow filling a chamber or a jet: uneven, turbulent, of both signs."""
    rng, uniform = scan.rng, scan.rng.uniform
    place = (uniform(-0.25, 0.25), uniform(0.4, 0.65))
    size = (uniform(0.06, 0.2), uniform(0.1, 0.22))
    chamber = scan.oval(*place, *size, uniform(-0.5, 0.5), 0.2)
    speed = uniform(0.4, 1.3) * (stretched_noise(rng, 26, 26) * 0.7 + choose(rng, (-0.8, 0, 0.8)))
    return soft(chamber, 1, 0.15), speed + uniform(0, 0.5) * stretched_noise(rng, 5, 5)


def flow_specks(scan: Scan) -> Flow:
    """Small spots of flow, within or at the rim of a nodule."""
    rng = scan.rng
    ring = scan.oval(rng.uniform(-0.15, 0.15), 0.5, rng.uniform(0.12, 0.25), rng.uniform(0.1, 0.2))
    near = np.exp(-(((ring - rng.uniform(0.3, 1)) / 0.25) ** 2))
    spots = stretched_noise(rng, 9, 7) * near
    return np.clip((spots - rng.uniform(0.5, 1.0)) * 4, 0, 1), 0.7 * stretched_noise(rng, 14, 14)


def flow_cord(scan: Scan) -> Flow:
    """An artery and a vein, or three vessels, wound round each other and of opposite sign."""
    rng, (cx, cy) = scan.rng, scan.at(0, 0.5)
    slope, turns, wide = rng.uniform(-0.4, 0.4), rng.uniform(14, 30), scan.place[3] * 0.05
    alpha, velocity = np.zeros_like(X), np.zeros_like(X)
    speed = choose(rng, (-1, 1)) * rng.uniform(0.4, 0.9)
    for k in range(int(rng.integers(2, 4))):
        wave = wide * 1.3 * np.sin(X / turns + 2.1 * k)
        tube = np.abs(Y - cy - slope * (X - cx) - wave) / (wide * rng.uniform(0.7, 1.2))
        inside = soft(tube, 1, 0.15) * (np.abs(X - cx) < scan.place[2] * rng.uniform(0.5, 0.9))
        velocity = np.where(inside > 0.5, speed * (1 - 0.5 * tube) * (-1 if k else 1), velocity)
        alpha = np.maximum(alpha, inside)
    return alpha, velocity


def flow_round(scan: Scan) -> Flow:
    """One to three vessels cut across: filled discs, arteries and veins of opposite sign."""
    rng, alpha, velocity = scan.rng, np.zeros_like(X), np.zeros_like(X)
    for k in range(int(rng.integers(1, 4))):
        size = rng.uniform(0.06, 0.13)
        lumen = scan.oval(-0.3 + 0.3 * k, rng.uniform(0.4, 0.55), size * rng.uniform(1, 1.4), size)
        scan.fill(lumen, 0.03, 0.08)
        scan.rim(lumen, 0.7)
        alpha = np.maximum(alpha, soft(lumen, 0.95, 0.15))
        speed = (1 - 0.6 * np.clip(lumen, 0, 1)) * rng.uniform(0.5, 1.2) * choose(rng, (-1, 1))
        velocity = np.where(lumen < 1, speed, velocity)
    return alpha, velocity


def insonate(rng: np.random.Generator, flow: str) -> tuple[Scan, str]:
    """A gray scan of a region where such flow is seen, and the name of the organ."""
    probes = {
        "tube": ("linear", "linear", "curved", "crop"),
        "patch": ("sector", "sector", "curved"),
        "cord": ("curved", "curved", "crop"),
        "round": ("linear", "linear", "crop"),
    }
    scan = new_scan(rng, choose(rng, probes.get(flow, ("curved", "linear", "wide", "crop"))))
    nodular = choose(rng, (anatomy.thyroid, anatomy.breast, anatomy.soft_tissue))
    organs = (
        anatomy.kidney,
        anatomy.liver,
        anatomy.muscle,
        anatomy.thyroid,
        anatomy.pelvis,
        anatomy.fetus,
    )
    branching = choose(rng, organs)
    if flow in ("tube", "round"):
        wall_layers(scan, 0.25, 4)
        return scan, "vessel"
    if flow == "cord":
        scan.fill(scan.oval(0, 0.5, 0.45, 0.3), 0.03, 0.1)
        return scan, "fetus"
    return scan, {"patch": anatomy.heart, "specks": nodular, "tree": branching}[flow](scan)["organ"]


def colour_box(scan: Scan, alpha: np.ndarray) -> np.ndarray:
    """The region about most of the flow in which it is measured, (S, S): 1 inside."""
    rng, (ys, xs) = scan.rng, np.nonzero((alpha > 0.3) & (scan.inside > 0.5))
    cx, cy = (float(np.median(xs)), float(np.median(ys))) if len(ys) else scan.at(0, 0.5)
    if scan.geometry in ("linear", "crop"):
        a = rng.uniform(45, 100)
        b = rng.uniform(30, 75)
        lean = rng.uniform(-0.4, 0.4) * (rng.random() < 0.6)
        inside = (np.abs(Y - cy) < b) & (np.abs(X - cx - lean * (Y - cy)) < a)
    else:
        middle = int(np.clip(cy, 0, SIZE - 1)), int(np.clip(cx, 0, SIZE - 1))
        a, b = rng.uniform(0.3, 0.6), rng.uniform(0.15, 0.32)
        inside = (np.abs(scan.beam - scan.beam[middle]) < a) & (
            np.abs(scan.depth - scan.depth[middle]) < b
        )
    return inside.astype(np.float32)


def coloured(
    scan: Scan, field: np.ndarray, flow: Flow, mode: str, colours: ColourMap
) -> tuple[np.ndarray, Attributes]:
    """The picture (S, S, 3) with the flow in its colour box, and what is seen of it."""
    rng, (alpha, velocity) = scan.rng, flow
    inside = colour_box(scan, alpha)
    velocity = velocity + rng.uniform(0.05, 0.25) * stretched_noise(rng, 5, 3)
    velocity = velocity if mode == "power" else (velocity + 1.15) % 2.3 - 1.15  # aliasing
    tint, shown = colours(velocity), alpha * inside * scan.inside
    shown = np.clip((shown + 0.25 * stretched_noise(rng, 6, 4) * (shown > 0.02) - 0.3) * 4, 0, 1)
    field = blend(field, tint, shown)
    part = float((shown > 0.5).mean())
    amount = (
        "abundant"
        if part > 0.06
        else "moderate"
        if part >= 0.015
        else "sparse"
        if part > 0.0002
        else "absent"
    )
    direction = (
        direction_word(tint[shown > 0.4]) if mode == "colour" and amount != "absent" else None
    )
    outline = bool(rng.random() < 0.65)
    if outline:
        ink = np.array(
            choose(rng, ((0.9, 0.9, 0.9), (0.2, 0.8, 0.3), (0.9, 0.8, 0.2), (0.5, 0.7, 0.9)))
        )
        field = blend(field, ink, (np.hypot(*np.gradient(inside)) > 0.3) * scan.inside)
    return field, {"amount": amount, "direction": direction, "outline": outline}


def direction_word(tints: np.ndarray) -> str:
    """Red, blue or mixed, by what most of the flow's pixels (n, 3) look like."""
    red = np.mean(tints[:, 0] > tints[:, 2])
    return "red" if red > 0.75 else "blue" if red < 0.25 else "mixed red and blue"


def waveform(rng: np.random.Generator, tall: int) -> tuple[np.ndarray, str, float]:
    """A spectral strip (tall, S): the spread of speeds over time.

    Also returns its pattern in words, and the pixels per beat.
    """
    patterns = ("high-resistance", "low-resistance", "monophasic", "triphasic", "venous")
    pattern = choose(rng, (*patterns, "two-peaked (E and A)", "continuous-wave jet"))
    period, x = rng.uniform(35, 90), np.arange(SIZE)
    t = ((x + rng.uniform(0, 90)) % period) / period
    pulse = np.clip(t / 0.08, 0, 1) * np.exp(-np.clip(t - 0.08, 0, 1) / 0.12)
    late = np.clip(t / 0.08, 0, 1) * np.exp(-np.clip(t - 0.08, 0, 1) * 1.1)
    envelope = {
        "high-resistance": pulse + 0.06,
        "low-resistance": 0.45 * pulse + 0.55 * late,
        "monophasic": 0.3 + 0.5 * np.sin(np.pi * t) ** 2,
        "triphasic": pulse
        - 0.35 * np.exp(-(((t - 0.4) / 0.07) ** 2))
        + 0.12 * np.exp(-(((t - 0.6) / 0.07) ** 2)),
        "two-peaked (E and A)": 0.03
        + np.exp(-(((t - 0.25) / 0.1) ** 2))
        + rng.uniform(0.5, 1.1) * np.exp(-(((t - 0.62) / 0.08) ** 2)),
        "continuous-wave jet": 0.02 + np.sqrt(np.clip(1 - ((t - 0.4) / 0.32) ** 2, 0, 1)),
        "venous": 0.45 + 0.1 * np.sin(2 * np.pi * t) + 0.06 * np.sin(x / 50),
    }[pattern]
    envelope = envelope * rng.uniform(0.6, 0.95) * (1 + 0.05 * rng.standard_normal(SIZE))
    base = rng.uniform(0.6, 0.9)
    height = (
        (base - np.arange(tall)[:, None] / tall)
        / base
        / np.where(np.abs(envelope) < 0.03, 0.03, envelope)[None]
    )
    filled = pattern in ("venous", "continuous-wave jet")
    inner = 0.0 if filled else rng.uniform(0.1, 0.75)
    window = np.where(height > 0, 0.35 + 0.65 * np.clip((height - inner) / 0.3, 0, 1), 0)
    grain = np.abs(stretched_noise(rng, 1.5, 3)[:tall]) + 0.45
    body = np.clip((1 - height) * 6, 0, 1) * window * grain
    strip = np.clip(body * rng.uniform(0.7, 1.1), 0, 1) + 0.06 * np.clip(grain - 0.7, 0, 1)
    if rng.random() < 0.25:  # the traced envelope
        strip = strip + 0.9 * ridge((height - 1) * np.abs(envelope)[None] * base * tall, 1.2)
    strip[int(base * tall) : int(base * tall) + 1] = 0.7
    down = rng.random() < (0.7 if pattern == "continuous-wave jet" else 0.15)
    return (strip[::-1] if down else strip), pattern, period


def with_strip(
    rng: np.random.Generator, field: np.ndarray, share: int
) -> tuple[np.ndarray, str, float]:
    """The picture (S, S, 3) with a spectrum `share` pixels high below it.

    Also returns what `waveform` does.
    """
    spectrum, pattern, period = waveform(rng, share)
    tinted = (
        spectrum[..., None]
        * np.array(choose(rng, ((1, 1, 1), (1, 1, 1), (1, 0.8, 0.5), (0.8, 0.9, 1))))
        * rng.uniform(0.75, 1.2)
    )
    if share == SIZE:
        return tinted, pattern, period
    size, part = (SIZE, SIZE - share), (0, 0, SIZE, SIZE * 0.85)
    upper = np.asarray(picture(field).resize(size, Image.Resampling.BILINEAR, box=part)) / 255
    return np.concatenate([upper, tinted]), pattern, period


def readings(rng: np.random.Generator, draw: ImageDraw.ImageDraw, top: float) -> None:
    """Velocities and indices in the corner of the spectrum."""
    for k in range(int(rng.integers(1, 5))):
        text = f"{choose(rng, ('PS', 'ED', 'RI', 'Vel', 'PI', 'S/D'))} {rng.uniform(0.4, 90):.1f}"
        draw.text((3, top + 3 + 9 * k), text, fill=(230, 230, 230), font=font(8))


def velocity_scale(rng: np.random.Generator, draw: ImageDraw.ImageDraw, top: float) -> None:
    """Ticks with velocities at the right edge of the spectrum, and of time at its lower edge."""
    ink, step = choose(rng, INKS), rng.uniform(14, 28)
    unit = choose(rng, (10, 20, 25, 50))
    for k in range(int((SIZE - top) / step) + 1):
        y = top + 3 + k * step
        draw.line((SIZE - 6, y, SIZE - 1, y), ink)
        draw.text((SIZE - 8, y), str(unit * (4 - k)), fill=ink, font=font(9), anchor="rm")
    draw.text((SIZE - 30, top + 2), choose(rng, ("cm/s", "m/s", "")), fill=ink, font=font(8))
    for x in np.arange(rng.uniform(2, 20), SIZE, rng.uniform(15, 45)):
        draw.line((x, SIZE - 4, x, SIZE - 1), ink)


def ecg_line(rng: np.random.Generator, draw: ImageDraw.ImageDraw) -> None:
    """An electrocardiogram along the lower edge of the picture."""
    x, period, y = np.arange(SIZE), rng.uniform(40, 110), SIZE - rng.uniform(10, 18)
    t = ((x + rng.uniform(0, 90)) % period) / period
    beat = 14 * ridge(t - 0.3, 0.02) + 3 * ridge(t - 0.55, 0.06) + 2 * ridge(t - 0.15, 0.04)
    draw.line(
        list(zip(x.tolist(), (y - beat).tolist(), strict=True)), fill=choose(rng, INKS), width=1
    )


def in_axes(
    rng: np.random.Generator, image: Image.Image, colours: ColourMap, power: bool
) -> Image.Image:
    """The picture in the axes of a plotting program, with a colour bar and its numbers."""
    left, right, top, bottom = (int(rng.integers(*ends)) for ends in ((24, 40), (48, 64)) * 2)
    top, bottom = top - 4, min(bottom, 40)
    dark = rng.random() < 0.2
    paper, ink = ("black", "white") if dark else ("white", "black")
    width, height = image.size
    page = Image.new("RGB", (width + left + right, height + top // 2 + bottom), paper)
    page.paste(image, (left, top // 2))
    draw, low = ImageDraw.Draw(page), top // 2 + height
    draw.rectangle((left, top // 2, left + width, low), outline=ink)
    size, most = int(rng.integers(8, 12)), int(choose(rng, (10, 20, 30, 40)))
    for k in range(5):
        x, y = left + width * k / 4, top // 2 + height * k / 4
        draw.line((x, low, x, low + 4), ink)
        draw.line((left - 4, y, left, y), ink)
        draw.text((x, low + 5), str((k - 2) * most // 2), fill=ink, font=font(size), anchor="mt")
        draw.text((left - 6, y), str(k * most // 4), fill=ink, font=font(size), anchor="rm")
    tall = int(height * rng.uniform(0.6, 1))
    ramp = colours(np.linspace(1, 0 if power else -1, tall))
    x, y = left + width + 8, top // 2 + (height - tall) // 2
    page.paste(picture(np.repeat(ramp[:, None], 10, axis=1)), (x, y))
    for k in range(5):
        value = (1 - k / 4 if power else 1 - k / 2) * most
        spot = (x + 14, y + tall * k / 4)
        draw.text(spot, f"{value:.0f}", fill=ink, font=font(size), anchor="lm")
    if rng.random() < 0.5:
        words = choose(rng, ("v (cm/s)", "velocity [cm/s]", "dB", "cm/s"))
        draw.text((x - 4, low + 6), words, fill=ink, font=font(size))
        draw.text((left + width / 2, low + 18), "x [mm]", fill=ink, font=font(size), anchor="mt")
    return page


SIGNALS = {
    "tube": flow_tube,
    "tree": flow_tree,
    "patch": flow_patch,
    "specks": flow_specks,
    "cord": flow_cord,
    "round": flow_round,
}


def colour_bar(
    rng: np.random.Generator,
    image: Image.Image,
    draw: ImageDraw.ImageDraw,
    colours: ColourMap,
    power: bool,
    strip: bool,
) -> None:
    """The bar of the colour map at one side, often with the velocities at its ends."""
    x, y = choose(rng, (4, SIZE - 20)), int(rng.integers(12, 46))
    tall = int(rng.integers(35, 100) * (0.5 if strip else 1))
    ramp = colours(np.linspace(1, 0 if power else -1, tall))
    image.paste(picture(np.repeat(ramp[:, None], int(rng.integers(6, 14)), axis=1)), (x, y))
    if not power and rng.random() < 0.6:
        most = rng.uniform(4, 99)
        for place, sign in ((y - 5, ""), (y + tall + 5, "-")):
            draw.text((x, place), f"{sign}{most:.1f}", fill="white", font=font(8), anchor="lm")


@kind(
    "radiology",
    "Doppler ultrasound",
    "Doppler ultrasonography",
    "Doppler sonogram",
    "Doppler sonography",
    "Doppler image",
    "Doppler study",
    "Doppler US",
    "vascular Doppler scan",
    "Doppler examination of blood flow",
    "ultrasound with Doppler",
    "Doppler flow imaging",
    "sonogram with Doppler flow",
    "color flow Doppler image",
    "colour flow imaging",
    "duplex sonography",
    "Doppler echocardiography",
    "ultrasound blood flow image",
    "Doppler velocity map",
    describe=flow_phrases,
)
def doppler(rng: np.random.Generator) -> tuple[Image.Image, Attributes]:
    """A gray scan with flow in colour (directional or power), a spectral strip, or both.

    It fills the picture, stands on a scanner's screen, in axes with a colour bar, or beside the
    gray scan alone; or the flow is shown alone on black.
    """
    mode = choose(rng, ("colour", "colour", "colour", "colour", "power", "power", None))
    strip = mode is None or bool(rng.random() < 0.25)
    flow = choose(
        rng, ("tube",) * 3 + ("tree",) * 3 + ("patch", "patch", "specks", "cord", "round")
    )
    display = None if strip else choose(rng, (None,) * 5 + ("axes", "split", "map"))
    scan, organ = insonate(rng, flow)
    signal = SIGNALS[flow](scan)
    gray = screen(scan, speckled(scan) * rng.uniform(0.6, 1))
    gray = np.zeros_like(gray) if display == "map" else gray
    field = np.repeat(gray[..., None], 3, axis=2)
    colours = flow_colours(rng, mode == "power")
    seen = {"amount": None, "direction": None, "outline": False}
    if mode:
        field, seen = coloured(scan, field, signal, mode, colours)
    wave, period, share = None, None, 0
    if strip:
        share = SIZE if mode is None and rng.random() < 0.4 else int(rng.integers(85, 140))
        field, wave, period = with_strip(rng, field, share)
    image, screened = picture(field), scan.geometry != "crop"
    draw = ImageDraw.Draw(image)
    if mode and display != "axes" and rng.random() < (0.75 if screened else 0.25):
        colour_bar(rng, image, draw, colours, mode == "power", strip)
    if screened and not (strip or display) and rng.random() < 0.6:
        furniture(draw, scan, choose(rng, INKS), gray_bar=False)
    elif strip and rng.random() < 0.7:
        readings(rng, draw, SIZE - share)
    scale, ecg = strip and rng.random() < 0.5, flow == "patch" and rng.random() < 0.35
    if scale:
        velocity_scale(rng, draw, SIZE - share)
    if ecg:
        ecg_line(rng, draw)
    if display == "split":
        sheet = Image.new("RGB", (2 * SIZE, SIZE))
        sheet.paste(picture(gray).convert("RGB"), (0, 0))
        sheet.paste(image, (SIZE, 0))
        image = sheet.crop((0, 0, 2 * SIZE, SIZE - int(rng.integers(0, 40))))
    elif display == "axes":
        image = in_axes(rng, trim(image, None, rng)[0], colours, mode == "power")
    else:
        image, _ = trim(image, None, rng)
    if not display and share < SIZE and screened and rng.random() < 0.25:
        display, width = "screen", image.width
        image, _ = on_screen(image, None, rng)
    else:
        width = image.width
    scanned = share < SIZE  # else there is nothing but the spectrum
    return image, {
        "mode": mode,
        "flow": flow,
        **seen,
        "display": display,
        "scale": scale,
        "ecg": ecg,
        "waveform": wave,
        "beats": round(width / period) if strip and wave != "venous" else None,
        "waveform_only": not scanned if strip else None,
        "organ": organ if scanned else None,
        "probe": scan.geometry if scanned and display != "map" else None,
        "names": NAMES[mode]
        + ["duplex ultrasound"] * (strip and scanned)
        + ["spectral Doppler waveform"] * strip
        + MAP_NAMES * (display == "map" and mode == "power"),
    }
