"""Angiograms: contrast-filled arteries of heart, brain, kidneys or legs."""

import numpy as np
from PIL import Image

from ..drawing import (
    SIZE,
    X,
    Y,
    blob,
    blur,
    choose,
    either,
    ellipse,
    filled,
    fractal,
    noise,
    picture,
    rotation,
    soft,
    unit_vector,
)
from ..kinds import kind
from .radiograph import Path, chance, collimate, grow, notes, reframed, strokes

FINDINGS = {
    "stenosis": (
        "stenosis of a {0} artery|a tight focal stenosis|narrowing of the vessel|"
        "{0} artery stenosis"
    ),
    "aneurysm": "{0} artery aneurysm|a saccular aneurysm|an aneurysm of a {0} artery",
    None: "normal {0} arteries|patent {0} arteries|{0} arteries without stenosis",
}
STYLES = {
    "cine": "dark vessels on a gray background|contrast-filled vessels on fluoroscopy",
    "bright": "bright vessels on a black background|maximum intensity projection",
    "inverted": "bright vessels on a flat dark background|inverted subtraction image",
    "subtraction": "dark vessels on a flat light background|digital subtraction image",
}
HARDWARE = {
    "sternal wires": "sternal wires after cardiac surgery|wire loops of a sternotomy",
    "prosthetic valve": "the ring of a prosthetic heart valve|a valve prosthesis",
    "pacemaker leads": "pacemaker leads|leads of a cardiac device",
    "guiding catheter": "a guiding catheter crossing the picture|a broad catheter shadow",
}
NOTES = "LAO 30|RAO 20 CRA 15|CAU 25|LCA|RCA|15 fps|Frame 24|80 kV|LAO 45 CRA 20|FD 20 cm"
NAMES = {
    "coronary": "coronary angiogram|coronary angiography|cardiac catheterisation angiogram",
    "cerebral": "cerebral angiogram|cerebral angiography|brain angiogram",
    "renal": "renal angiogram|renal artery angiography",
    "leg": "leg angiogram|peripheral angiogram|lower limb angiography",
}
# The lines (n, 2) in pixels of the main vessel and of a catheter.
Tree = tuple[np.ndarray, np.ndarray | None]


def winding(rng: np.random.Generator, nodes, wobble: float = 3.0) -> np.ndarray:
    """A smooth winding line (60, 2) in pixels through the nodes."""
    nodes = np.asarray(nodes, float)
    t, s = np.linspace(0, 1, len(nodes)), np.linspace(0, 1, 60)
    line = np.stack([np.interp(s, t, nodes[:, i]) for i in (0, 1)], axis=1)
    kernel = np.hanning(15) / np.hanning(15).sum()
    padded = np.pad(line, ((7, 7), (0, 0)), mode="edge")
    line = np.stack([np.convolve(padded[:, i], kernel, "valid") for i in (0, 1)], axis=1)
    wave = np.sin(np.outer(s, rng.uniform(5, 25, 2)) + rng.uniform(0, 6, 2)) * rng.uniform(
        0, wobble, 2
    )
    return line + wave


def vessel(
    rng,
    line: np.ndarray,
    w0: float,
    w1: float,
    paths: list[Path],
    twigs: int,
    depth: int,
    reach: float,
):
    """A main vessel along the line, tapering from w0 to w1 pixels, with `twigs` side vessels."""
    widths = np.linspace(w0, w1, len(line))
    paths += [(line[i : i + 6], widths[i]) for i in range(0, len(line) - 2, 2)]
    for i in np.sort(rng.integers(4, len(line) - 1, twigs)):
        way = line[i] - line[i - 3]
        heading = np.arctan2(way[1], way[0]) + choose(rng, (-1, 1)) * rng.uniform(0.4, 1.3)
        length, width = reach * rng.uniform(0.5, 1.2), widths[i] * rng.uniform(0.35, 0.7)
        grow(rng, line[i], heading, length, width, depth, paths, 0.8, 0.7, 0.7)


def coronary(rng: np.random.Generator, paths: list[Path]) -> Tree:
    """A left or right coronary tree."""
    x, y = rng.uniform(70, 120), rng.uniform(45, 85)
    if chance(rng, 0.45):  # the right coronary: a C
        turns = ((0, 0), (-40, 20), (-50, 75), (-15, 125), (60, 130), (95, 105))
        main = winding(rng, [(x + dx, y + dy) for dx, dy in turns])
        vessel(rng, main, rng.uniform(5, 9), 3, paths, 8, 2, 48)
    else:
        main = winding(
            rng, [(x, y), (x + 35, y), (x + 75, y + 35), (x + 95, y + 90), (x + 80, y + 140)], 5
        )
        vessel(rng, main, rng.uniform(5, 9.5), 2.5, paths, 8, 3, 50)
        other = winding(rng, [main[12], (x + 25, y + 45), (x + 20, y + 95), (x + 45, y + 140)], 5)
        vessel(rng, other, rng.uniform(4, 7), 2, paths, 7, 3, 45)
    way = [
        (x + 30, -90),
        (x + rng.uniform(-30, 40), -5),
        (x - 25, y * 0.5),
        (x - 22, y + 12),
        (x, y),
    ]
    return main, winding(rng, way, 1)


def cerebral(rng: np.random.Generator, paths: list[Path]) -> Tree:
    """An internal carotid or vertebral artery with the arteries of the brain fanning out."""
    x, fork = 128 + rng.normal(0, 15), rng.uniform(140, 165)
    bends = ((-10, 350), (-10, 262), (-8, 215), (18, 195), (-14, 180), (8, 165), (0, fork))
    main = winding(rng, [(x + dx, y) for dx, y in bends], 2)
    vessel(rng, main, rng.uniform(7, 10), 6, paths, 1, 1, 30)
    for s, up in ((-1, 0.3), (1, 0.3), (-1, 1.0), (1, 1.0)):
        if chance(rng, 0.85):
            out = s * rng.uniform(35, 100) * (1.1 - 0.7 * up)
            rise = ((0, 0), (0.5, 15 + 40 * up), (1, 25 + 80 * up), (1.1, 50 + 80 * up))
            branch = winding(rng, [(x + out * share, fork - dy) for share, dy in rise], 5)
            vessel(rng, branch, rng.uniform(4, 6), 1.5, paths, 8, 2, 38)
    return main, None


def renal(rng: np.random.Generator, paths: list[Path]) -> Tree:
    """The abdominal aorta with both renal arteries, or one kidney's arteries from close up."""
    if chance(rng, 0.5):
        return aorta(rng, paths)
    x, y = rng.uniform(20, 60), rng.uniform(100, 150)
    main = winding(rng, [(x, y), (x + 35, y + 5), (x + 75, y)], 3)
    vessel(rng, main, rng.uniform(8, 13), 6, paths, 0, 1, 25)
    for angle in np.linspace(-1.1, 1.1, 6) + rng.normal(0, 0.2, 6):
        grow(rng, main[-1], angle, rng.uniform(30, 48), rng.uniform(3, 6), 4, paths, 0.5, 0.7, 0.72)
    return main, winding(rng, [(x - 10, 350), (x - 10, 262), (x - 5, y + 40), (x, y)], 1)


def aorta(rng: np.random.Generator, paths: list[Path]) -> Tree:
    """The abdominal aorta down to the iliac arteries; the main vessel is a renal artery."""
    x, y = 128 + rng.normal(0, 8), rng.uniform(80, 130)
    trunk = winding(rng, [(x, -90), (x, 0), (x, 90), (x + rng.normal(0, 5), 190)], 2)
    vessel(rng, trunk, rng.uniform(17, 26), 15, paths, 4, 2, 45)
    for s in (-1, 1):
        iliac = winding(
            rng, [trunk[-1], (x + s * 25, 220), (x + s * 55, 275), (x + s * 80, 360)], 2
        )
        vessel(rng, iliac, 11, 8, paths, 2, 2, 30)
        kidney = winding(rng, [(x, y), (x + s * 35, y + 6), (x + s * 60, y + 12)], 3)
        vessel(rng, kidney, rng.uniform(6, 9), 4, paths, 2, 1, 25)
        for angle in rng.normal(0, 0.7, 4):
            grow(rng, kidney[-1], angle if s > 0 else np.pi - angle, 26, 4, 3, paths, 0.5, 0.7, 0.7)
    return kidney, winding(rng, [(x + 40, 350), (x + 40, 262), (x + 3, 180), (x, y)], 1)


def leg(rng: np.random.Generator, paths: list[Path]) -> Tree:
    """The long arteries of one or both legs."""
    for x in (75, 180) if chance(rng, 0.5) else (128,):
        top, bottom = x + rng.normal(0, 10), x + rng.normal(0, 15)
        main = winding(
            rng, [(top, -90), (top, 0), (x, 110), (bottom, 150), (bottom, 262), (bottom, 350)], 4
        )
        vessel(rng, main, rng.uniform(6, 11), 4, paths, 9, 2, 38)
        for s in (-1, 1):
            fork = main[int(rng.integers(10, 38))]
            calf = winding(rng, [fork, (x + s * 18, 190), (x + s * 22, 262), (x + s * 22, 350)], 4)
            vessel(rng, calf, 4.5, 2.5, paths, 5, 1, 30)
    return main, None


TREES = {"coronary": coronary, "cerebral": cerebral, "renal": renal, "leg": leg}


class Aim:
    """How the camera is aimed at the vessels: zoomed, turned, perhaps from behind."""

    def __init__(self, rng: np.random.Generator):
        """Draw the aim by chance."""
        self.zoom, turn = rng.uniform(0.9, 1.35), rng.normal(0, 0.25)
        if chance(rng, 0.2):  # a close-up
            self.zoom = rng.uniform(1.4, 2.0)
        self.rotate = rotation(turn) * self.zoom
        self.flip = np.array([choose(rng, (-1, 1)), 1])
        self.focus = rng.normal(128, 12, 2)

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """The points (…, 2) of the body as pixels of the picture."""
        return (points - self.focus) * self.flip @ self.rotate + 128


def contrast_medium(
    rng: np.random.Generator, aim: Aim, paths: list[Path], place: np.ndarray, about: dict
):
    """(S, S): how much contrast medium the ray passes.

    The finding is drawn at `place`; its box goes into `about`.
    """
    finding, reach, tight = about["finding"], rng.uniform(4, 7), rng.uniform(0.72, 0.85)
    drawn = []
    for points, width in sorted(paths, key=lambda path: path[1]):
        near = (
            np.exp(-(np.hypot(*(points.mean(axis=0) - place)) ** 2) / reach**2)
            if finding == "stenosis"
            else 0
        )
        width = width * aim.zoom * (1 - tight * near)
        drawn.append((aim(points), width, min(255, int(90 + 25 * width))))
    contrast = strokes(drawn)
    if finding:
        x, y = aim(place)
        r = (rng.uniform(8, 16) if finding == "aneurysm" else reach * 1.4) * aim.zoom
        if finding == "aneurysm":
            x, y = np.array((x, y)) + 0.6 * r * unit_vector(rng.uniform(0, 6.3))
            contrast = np.maximum(contrast, filled([blob(rng, x, y, r, 0.2)]))
        about["box"] = tuple(int(np.clip(v, 0, SIZE - 1)) for v in (x - r, y - r, x + r, y + r))
    contrast = blur(contrast, rng.uniform(0.6, 1.3)) * (0.85 + 0.3 * noise(rng, 60))
    return contrast + rng.uniform(0, 0.25) * blur(contrast, 6)


def rib_shadows(rng: np.random.Generator) -> np.ndarray:
    """(S, S): the soft parallel bands of ribs crossing the picture."""
    t, apart, slope = np.linspace(-40, 296, 20), rng.uniform(35, 60), rng.normal(0, 0.4)
    bands = []
    for k in range(-3, 9):
        band = np.stack(
            [t, apart * k + slope * t + rng.uniform(0.0005, 0.002) * (t - 128) ** 2], axis=1
        )
        bands += [(band, apart * 0.36, 255), (band, apart * 0.22, 170)]
    return blur(strokes(bands), 1.5)


def fluoroscopy(rng: np.random.Generator, head: bool) -> np.ndarray:
    """The gray background (S, S) of a cine frame: shadows of bone and soft tissue."""
    back = (
        rng.uniform(0.45, 0.78)
        + 0.35 * (noise(rng, 140) - 0.5)
        + rng.uniform(0, 0.15) * (fractal(rng, 70) - 0.5)
    )
    back = back - rng.uniform(0, 0.16) * rib_shadows(rng) * (not head)
    for _ in range(int(rng.integers(2, 7))):  # shadows of heart, diaphragm and other organs
        a, b = rng.uniform(40, 160, 2)
        edge = ellipse(*rng.uniform(-40, 300, 2), a, b, rng.uniform(0, 3))
        back = back - rng.uniform(-0.04, 0.12) * soft(edge, 1, rng.uniform(0.05, 0.5))
    if head:
        ring = ellipse(128 + rng.normal(0, 15), 110, rng.uniform(100, 130), rng.uniform(95, 120))
        return (
            back - rng.uniform(0.05, 0.2) * np.exp(-(((ring - 1) / 0.05) ** 2)) + 0.15 * (ring > 1)
        )
    lean, x = rng.normal(0, 0.3), rng.uniform(20, 236)
    spine = soft(np.abs(X - x - lean * (Y - 128)), rng.uniform(18, 34), 12)
    return back - rng.uniform(0, 0.22) * spine * (0.8 + 0.2 * np.sin(Y / rng.uniform(4, 9)))


def hardware(rng: np.random.Generator) -> tuple[np.ndarray, str | None]:
    """(S, S): sternal wires, a valve ring, leads or further catheters, dark; and their name."""
    what, paths = choose(rng, (None,) * 4 + tuple(HARDWARE)), []
    t = np.linspace(0, 6.4, 24)
    if what == "sternal wires":
        x, apart = rng.uniform(40, 200), rng.uniform(32, 50)
        for k in range(int(rng.integers(3, 6))):
            a, b, tilt = rng.uniform(14, 28), rng.uniform(3, 9), rng.normal(0, 0.4)
            loop = np.stack([a * np.cos(t), b * np.sin(t)], axis=1) @ rotation(tilt)
            middle = np.array((x + rng.normal(0, 5), 25 + apart * k))
            paths.append((loop + middle, 2.2, 255))
    elif what == "prosthetic valve":
        a = rng.uniform(20, 38)
        ring = np.stack([a * np.cos(t), a * rng.uniform(0.4, 1) * np.sin(t)], axis=1)
        paths.append((ring + rng.uniform(90, 170, 2), rng.uniform(3, 5), 255))
    elif what == "pacemaker leads":
        for _ in range(2):
            ends = rng.uniform((20, 0), (200, 20)), rng.uniform(90, 190, 2), rng.uniform(60, 230, 2)
            line = winding(rng, ends, 8)
            paths += [(line, 2.2, 255), (line[-4:], 4.5, 255)]
    elif what == "guiding catheter":
        x = rng.uniform(40, 220)
        line = winding(
            rng, [(x, -5), (x + rng.normal(0, 12), 128), (x + rng.normal(0, 25), 262)], 2
        )
        paths += [(line, rng.uniform(6, 10), 170), (line, 2, 120)]
    return (blur(strokes(paths), 0.7) if paths else np.zeros((SIZE, SIZE))), what


def vessel_film(
    rng: np.random.Generator, territory: str, contrast: np.ndarray, style: str
) -> np.ndarray:
    """The picture (S, S) of filled vessels: a cine frame, a subtraction, or white on black."""
    grain = rng.uniform(0.01, 0.05) * rng.standard_normal((SIZE, SIZE), dtype=np.float32)
    if style == "bright":
        body = rng.uniform(0, 0.25) * fractal(rng, 50) * soft(ellipse(128, 128, 120, 150), 1, 0.3)
        return body + contrast * rng.uniform(0.75, 1.1) + grain
    if style == "subtraction":
        ghosts = fractal(rng, 60) - blur(np.roll(fractal(rng, 60), 2, axis=1), 1)
        back = rng.uniform(0.5, 1.0) + rng.uniform(0, 0.12) * ghosts
        return back - contrast * rng.uniform(0.45, 0.8) + blur(grain, 0.5) * 1.5
    back = fluoroscopy(rng, head=territory == "cerebral") * rng.uniform(0.55, 1.1)
    return back * (1 - contrast * rng.uniform(0.45, 0.85)) + grain


def angio_phrases(about: dict, rng: np.random.Generator) -> list[str]:
    """What a legend says of an angiogram."""
    facts = [
        FINDINGS[about["finding"]],
        "opacified {0} arteries|the {0} arteries|branching {0} arteries",
        STYLES[about["style"]],
        about["catheter"]
        and "catheter in place|an injecting catheter|a catheter tip at the ostium",
        about["hardware"] and HARDWARE[about["hardware"]],
        about["field"] == "round" and "a circular field of view|round image intensifier field",
    ]
    return [either(rng, wordings).format(about["territory"]) for wordings in facts if wordings]


@kind(
    "radiology",
    "angiogram",
    "angiography",
    "X-ray angiogram",
    "angiography image",
    "arteriogram",
    "contrast angiogram",
    "vascular angiography",
    "angiographic image",
    "catheter angiography",
    "arteriography",
    "blood vessel angiogram",
    "contrast-filled vessels angiogram",
    "angiogram of the arteries",
    "invasive coronary angiography frame",
    "cardiac catheterization image",
    "DSA image",
    "X-ray fluoroscopy of contrast-filled vessels",
    "coronary angiogram frame",
    describe=angio_phrases,
)
def angiogram(rng: np.random.Generator) -> tuple[Image.Image, dict]:
    """Contrast-filled branching vessels: coronary, cerebral, renal or leg.

    It is a cine frame, a subtraction or white on black, with one finding at most.
    """
    territory = choose(rng, ("coronary",) * 4 + ("cerebral",) * 3 + ("renal",) * 2 + ("leg",))
    often = (7, 2, 1) if territory == "coronary" else (1, 3, 1)
    style = choose(rng, ("cine",) * often[0] + ("subtraction",) * often[1] + ("bright",) * often[2])
    paths: list[Path] = []
    main, catheter = TREES[territory](rng, paths)
    finding = choose(rng, (None, None, "stenosis", "stenosis", "aneurysm"))
    place = main[int(rng.integers(20, 45))]
    aim = Aim(rng)
    if np.hypot(*(aim(place) - 128)) > 112:  # a round field or a collimator could hide it
        finding = None
    about = {"territory": territory, "style": style, "finding": finding}
    about |= {"catheter": catheter is not None and style != "bright", "field": "square"}
    contrast = contrast_medium(rng, aim, paths, place, about)
    if about["catheter"]:
        density = rng.uniform(0.35, 0.7)
        contrast = np.maximum(
            contrast, density * strokes([(aim(catheter), rng.uniform(2, 4) * aim.zoom, 255)])
        )
    metal, about["hardware"] = (
        hardware(rng) if style == "cine" and territory == "coronary" else (0, None)
    )
    if about["hardware"]:  # a finding must not lie hidden behind metal
        near = 1 - soft(ellipse(*aim(place), 26, 26), 1, 0.4) if finding else 1
        contrast = np.maximum(contrast, metal * near * rng.uniform(0.6, 1))
    level = np.clip(vessel_film(rng, territory, contrast, style), 0, 1) ** rng.uniform(0.7, 1.5)
    if style == "subtraction" and chance(rng, 0.15):
        level, about["style"] = 1 - level, "inverted"
    if style != "bright" and chance(rng, 0.25):
        about["field"] = "round"
        level = level * soft(ellipse(128, 128, 126, 126), rng.uniform(0.95, 1.1), 0.02)
    elif chance(rng, 0.2):
        level = collimate(rng, level)
    if chance(rng, 0.2):
        level = notes(rng, level, NOTES)
    about["names"] = NAMES[territory].split("|")
    about["names"] += ["DSA", "digital subtraction angiogram"] if style == "subtraction" else []
    image = picture(level)
    return reframed(rng, image, about) if chance(rng, 0.3) else image, about
