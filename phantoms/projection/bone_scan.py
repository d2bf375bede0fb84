"""Bone scans: scintigraphy of the whole skeleton or a part of it, with hot spots."""

import numpy as np
from PIL import Image, ImageDraw

from ..drawing import blur, choose, either, font, picture
from ..kinds import kind
from .radiograph import reframed

WIDTH, HEIGHT = 128, 320  # pixels of one whole-body view
# Places of the body, polylines each: (x from the midline, y) …, width; drawn on both sides.
FLESH = (
    ((0, 20), (0, 50), 20),
    ((10, 65), (9, 150), 34),
    ((26, 64), (32, 120), (40, 175), 10),
    ((12, 160), (13, 300), 17),
)
SHAFTS = (
    ((27, 68), (30, 108), 4),
    ((31, 112), (38, 148), 4),
    ((14, 172), (12, 232), 6),
    ((12, 240), (12, 292), 5),
)
CLAVICLES_HANDS_FEET = (
    ((3, 60), (24, 61), 3),
    ((39, 152), (42, 168), 5),
    ((12, 298), (15, 306), 6),
)
JOINTS = (
    ((26, 65), 7),
    ((10, 233), (14, 233), 7),
    ((31, 110), 4),
    ((12, 294), 5),
    ((15, 165), 6),
    ((11, 240), (14, 240), 5),
)
JAW = (((3, 40), (2, 44), 5),)
SHOULDER_BLADES = (((13, 70), (17, 90), 6),)
PELVIS = (((5, 148), (15, 142), 7), ((15, 142), (13, 160), 5), ((3, 168), (7, 172), 4))
HOT_PLACES = {  # x from the midline and y, (low, high) each
    "spine": ((0, 1), (50, 145)),
    "ribs": ((8, 19), (65, 125)),
    "pelvis": ((5, 15), (142, 165)),
    "skull": ((0, 8), (14, 36)),
    "femur": ((12, 15), (175, 230)),
    "shoulder": ((22, 28), (62, 80)),
    "knee": ((10, 14), (228, 242)),
    "foot": ((9, 15), (286, 304)),
}
REGIONS = (  # of spot views, with the rows of the whole-body view that they show
    ("trunk", (40, 168)),
    ("trunk", (52, 180)),
    ("pelvis", (110, 200)),
    ("chest", (45, 135)),
    ("knees", (195, 275)),
    ("knees", (212, 262)),
    ("skull", (4, 84)),
    ("skull", (6, 56)),
    ("feet", (262, 318)),
    ("thighs", (160, 240)),
    ("spine", (60, 150)),
)
LAYOUTS = {
    "two": "anterior and posterior views|anterior and posterior whole-body images",
    "one": "{view} view|{view} whole-body view",
    "four": "anterior and posterior views in two intensities|four whole-body images side by side",
    "slice": "SPECT slice of the {region}|tomographic slice of the {region}",
    "spot": "{view} spot view of the {region}|spot image of the {region}",
}
DISPLAYS = {
    "hot colours": "colour-coded uptake from black over red to yellow|hot colour map of uptake",
    "rainbow colours": "colour-coded uptake from blue over green to red|rainbow colour map",
    "black on white": "dark uptake on a white background|black-on-white display",
    "white on black": "bright uptake on a black background|white-on-black display",
}
COLOURS = {  # red, green and blue at evenly spread counts
    "hot colours": ((0, 0, 0), (0.6, 0, 0.05), (0.95, 0.3, 0), (1, 0.8, 0.1), (1, 1, 0.9)),
    "rainbow colours": ((0, 0, 0.1), (0, 0.1, 0.9), (0, 0.8, 0.4), (0.9, 0.9, 0), (0.9, 0, 0)),
}
TITLES = {"anterior": "ANT|Anterior|ANTERIOR|Ant", "posterior": "POST|Posterior|POSTERIOR|Post"}
FILTERS = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.NEAREST)


class Body:
    """One patient: build, and how much tracer flesh, kidneys and bladder hold."""

    def __init__(self, rng: np.random.Generator):
        """Draw the patient by chance."""
        self.middle, self.broad = WIDTH / 2 + rng.normal(0, 2), rng.uniform(0.85, 1.15)
        self.flesh, self.kidneys = rng.uniform(0.04, 0.14), rng.uniform(0.2, 0.8)
        self.bladder = rng.uniform(0.1, 0.9)

    def paint(self, draw: ImageDraw.ImageDraw, level: float, shapes) -> None:
        """Paint polylines with round joints and ends on both sides of the body."""
        for *points, width in shapes:
            for s in (-1, 1):
                line = [(self.middle + s * x * self.broad, y) for x, y in points]
                draw.line(line, level, width, joint="curve")
                for x, y in line:
                    disc(draw, x, y, width / 2, width / 2, level)


def disc(draw: ImageDraw.ImageDraw, x: float, y: float, a: float, b: float, level: float) -> None:
    """Paint an ellipse with half axes a and b."""
    draw.ellipse((x - a, y - b, x + a, y + b), level)


def view_counts(rng: np.random.Generator, body: Body, spots: list, posterior: bool) -> np.ndarray:
    """(320, 128): the mean counts of one whole-body view, 0 … about 1, before blur and grain."""
    sheet = Image.new("F", (WIDTH, HEIGHT))
    draw, m = ImageDraw.Draw(sheet), body.middle
    body.paint(draw, body.flesh, FLESH)
    t, level = np.linspace(0, 1, 9), rng.uniform(0.2, 0.38)
    for k in range(11):
        reach, drop = 11 + 9 * np.sqrt(k / 10), 8 if posterior else 13
        arch = zip(reach * np.sin(t * 1.9), 60 + 6.0 * k + drop * (t - 0.4), strict=True)
        body.paint(draw, level * (0.85 + 0.3 * rng.random()), [(*arch, 2)])
    body.paint(draw, 0.22, SHAFTS)
    body.paint(draw, 0.36, CLAVICLES_HANDS_FEET)
    body.paint(draw, rng.uniform(0.36, 0.6), JOINTS)
    disc(draw, m, 26, 10, 14, 0.42)  # the skull
    disc(draw, m, 25.5, 6, 7.5, 0.32)
    body.paint(draw, 0.4, JAW)
    width, level = (7, 0.65) if posterior else (6, 0.45)
    draw.line((m, 46, m, 148), level, width)  # the spine, nearer to the camera from behind
    if posterior:
        body.paint(draw, 0.42, SHOULDER_BLADES)
    else:
        draw.line((m, 62, m, 92), 0.6, 5)  # the breastbone
    body.paint(draw, 0.5, PELVIS)
    draw.line((m, 146, m, 156), level, 9)
    for s in (-1, 1):
        disc(draw, m + s * 10, 125, 4, 7, max(body.kidneys * (1 if posterior else 0.5), 0.25))
    r = 3 + 4 * body.bladder
    draw.ellipse((m - r, 162 - r, m + r, 162 + r * 0.7), 0.3 + body.bladder)
    counts = np.array(sheet)
    vertebrae = 0.85 + 0.25 * np.sin(np.arange(46, 148) * 2 * np.pi / 5.4 + 1)
    counts[46:148, int(m - 4) : int(m + 5)] *= vertebrae[:, None]
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    for across, down, size, level in spots:
        place = m + (-across if posterior else across) * body.broad
        counts = np.maximum(
            counts, level * np.exp(-(((x - place) ** 2 + (y - down) ** 2) / size**2))
        )
    return counts


def hot_spots(
    rng: np.random.Generator, count: int, rows: tuple[int, int] | None
) -> tuple[list, list[str]]:
    """Hot spots, (x from the midline, y, size, level) each, within these rows.

    Also returns the bones that they are in.
    """
    fitting = [
        name for name, (_, y) in HOT_PLACES.items() if not rows or rows[0] < sum(y) / 2 < rows[1]
    ]
    low, high = (rows[0] + 6, rows[1] - 6) if rows else (0, HEIGHT)
    spots, places = [], []
    for _ in range(count):
        place = choose(rng, fitting)
        across, down = HOT_PLACES[place]
        y = np.clip(rng.uniform(*down), low, high)
        spots.append(
            (
                choose(rng, (-1, 1)) * rng.uniform(*across),
                y,
                rng.uniform(2, 5),
                rng.uniform(0.9, 1.6),
            )
        )
        places += [place] if place not in places else []
    return spots, places


def developed(rng: np.random.Generator, field: np.ndarray, spot: bool) -> np.ndarray:
    """The counts windowed and enlarged to the size of a picture, 0 … 1."""
    field = np.clip(field / rng.uniform(0.45, 1.0), 0, 1) ** rng.uniform(0.6, 1.1)
    height = 256 if spot else choose(rng, (320, 400, 512))
    width = int(height * (field.shape[1] / field.shape[0] * rng.uniform(0.95, 1.1)))
    image = np.asarray(
        Image.fromarray(field).resize((max(200, width), height), choose(rng, FILTERS))
    )
    return rng.uniform(0, 0.06) + image * rng.uniform(0.88, 0.97)


def spect_slice(rng: np.random.Generator, count: int) -> np.ndarray:
    """(128, 128): the counts of an axial slice through a vertebra and the ribs round the trunk."""
    y, x = (np.mgrid[0:128, 0:128] - 64).astype(np.float32)
    a, b = rng.uniform(42, 56), rng.uniform(30, 42)
    rim = np.hypot(x / a, y / b)
    turn = np.arctan2(y, x)
    ribs = np.exp(-(((rim - 0.95) / 0.07) ** 2)) * (
        0.5 + 0.4 * np.sin(turn * 4 + rng.uniform(0, 6))
    )
    counts = 0.1 * (rim < 1.05) + 0.35 * np.clip(ribs, 0, 1)
    counts += 0.6 * (np.hypot(x / 10, (y - b * 0.45) / 8) < 1)
    counts += 0.5 * (np.hypot(x / 3, (y - b * 0.8) / 7) < 1)
    for _ in range(count):
        way, far = rng.uniform(0, 2 * np.pi), choose(rng, (0.95, 0.95, 0.4))
        spot = np.hypot(x - a * far * np.cos(way), y - b * far * np.sin(way))
        counts += rng.uniform(0.6, 1.3) * np.exp(-((spot / rng.uniform(3, 7)) ** 2))
    return counts


def one_spot_box(body: Body, spot: tuple, posterior: bool, frame: tuple, size: tuple) -> tuple:
    """The box of a single hot spot in a picture of this size that shows the frame of the view.

    `frame` is left, top, right, bottom in the whole-body view, `size` width and height.
    """
    across, down, r, _ = spot
    x = body.middle + (-across if posterior else across) * body.broad + 0.5
    fx, fy = size[0] / (frame[2] - frame[0]), size[1] / (frame[3] - frame[1])
    r = 1.5 * r + 1
    ends = ((x - r - frame[0]) * fx, (down + 0.5 - r - frame[1]) * fy)
    ends += ((x + r - frame[0]) * fx, (down + 0.5 + r - frame[1]) * fy)
    return tuple(int(np.clip(v, 0, most)) for v, most in zip(ends, size * 2, strict=True))


def titled(
    rng: np.random.Generator, image: Image.Image, about: dict, views: list[str], ink
) -> Image.Image:
    """The picture with the name of each view above or below it; says so in `about`."""
    draw, y = ImageDraw.Draw(image), choose(rng, (10, image.height - 10))
    for k, view in enumerate(views):
        spot = (image.width * (k + 0.5) / len(views), y)
        draw.text(spot, either(rng, TITLES[view]), fill=ink, font=font(12), anchor="mm")
    about["titles"] = True
    return image


def scan_phrases(about: dict, rng: np.random.Generator) -> list[str]:
    """What a legend says of a bone scan."""
    n, phrases = about["count"], []
    if n == 0:
        phrases.append(
            either(rng, "physiological tracer uptake|no abnormal uptake|normal skeletal uptake")
        )
    elif n <= 2:
        where = choose(rng, about["places"] or ["slice"])
        uptake = "focal uptake in the {0}|a hot spot in the {0}|increased tracer uptake in the {0}"
        phrases.append(either(rng, uptake).format(where))
    else:
        many = (
            "multiple hot spots|multiple bone metastases|disseminated skeletal metastases|"
            "many foci of uptake"
        )
        phrases.append(either(rng, many))
        phrases.append("uptake in the " + " and ".join(about["places"][:3]))
    phrases.append(either(rng, LAYOUTS[about["layout"]]).format(**about))
    phrases.append(either(rng, DISPLAYS[about["display"]]))
    if about["titles"]:
        phrases.append(either(rng, "labelled views|the views are labelled"))
    if about["bladder"] > 0.4 and about["layout"] not in ("spot", "slice"):
        phrases.append(either(rng, "tracer in the bladder|an intense urinary bladder"))
    return phrases


@kind(
    "radiology",
    "bone scan",
    "bone scintigraphy",
    "whole-body bone scan",
    "technetium bone scan",
    "skeletal scintigraphy",
    "nuclear medicine bone scan",
    "bone scintigram",
    "radionuclide bone scan",
    "Tc-99m MDP bone scan",
    "nuclear bone scan",
    "bone scan image",
    "isotope bone scan",
    "gamma camera bone scan",
    "99mTc bone scintigraphy",
    "whole-body scintigram",
    "whole-body bone scintigraphy",
    "planar bone scintigraphy",
    "gamma camera image of the skeleton",
    "technetium-99m skeletal scintigram",
    "nuclear medicine image of the bones",
    describe=scan_phrases,
)
def bone_scan(rng: np.random.Generator) -> tuple[Image.Image, dict]:
    """Bone scintigraphy: whole body from front and back, from one side, a spot view or a slice.

    Hot spots, grain, polarity and colours vary.
    """
    layout = choose(rng, ("two",) * 4 + ("one",) * 2 + ("spot",) * 4 + ("four", "slice"))
    display = choose(rng, ("black on white",) * 6 + ("white on black",) * 3 + tuple(COLOURS))
    count = int(choose(rng, (0, 0, 1, 1, 2, rng.integers(3, 8), rng.integers(8, 30))))
    count = min(count, 3) if layout == "slice" else count
    body = Body(rng)
    region, (top, bottom) = choose(rng, REGIONS)
    spots, places = hot_spots(rng, count, (top, bottom) if layout == "spot" else None)
    view = choose(rng, ("anterior", "posterior"))
    views = ["anterior", "posterior"] if layout in ("two", "four") else [view]
    sharp, dose = rng.uniform(0.7, 1.6), rng.uniform(12, 90)
    sharp = sharp * rng.uniform(1, 2) if layout == "spot" else sharp
    shown = []
    for each in views:
        counts = view_counts(rng, body, spots, each == "posterior")
        if layout == "slice":
            counts, sharp = spect_slice(rng, count), rng.uniform(2, 4)
        counts = blur(counts + rng.uniform(0, 0.02), sharp)
        shown.append(blur(rng.poisson(counts * dose) / dose, rng.uniform(0, 0.8)))
    if layout == "four":  # the same views once more, windowed so that more is black
        views, shown = views * 2, shown + [np.clip(field * 2.2, 0, 1.2) for field in shown]
    field, half = np.hstack(shown).astype(np.float32), WIDTH / 2
    if layout == "spot":
        half = min(WIDTH, bottom - top) / 2
        field = field[top:bottom, int(WIDTH / 2 - half) : int(WIDTH / 2 + half)]
    level = developed(rng, field, layout in ("spot", "slice"))
    region = {"spot": region, "slice": "chest"}.get(layout, "whole body")
    about = {
        "layout": layout,
        "display": display,
        "count": count,
        "places": ["trunk"] * (count > 0) if layout == "slice" else places,
        "view": view if len(views) == 1 else "anterior and posterior",
        "region": region,
        "finding": "hot spots" if count else None,
        "bladder": body.bladder,
        "titles": False,
    }
    if count == 1 and layout in ("one", "spot"):
        rows = (top, bottom) if layout == "spot" else (0, HEIGHT)
        frame = (int(WIDTH / 2 - half), rows[0], int(WIDTH / 2 + half), rows[1])
        box = one_spot_box(body, spots[0], view == "posterior", frame, level.shape[::-1])
        about |= {"box": box} if box[2] - box[0] > 4 and box[3] - box[1] > 4 else {}
    about["names"] = [
        f"{region} bone scan",
        f"{region} bone scintigraphy",
        "bone scan with hot spots" if count else "normal bone scan",
    ]
    about["names"] += ["bone scan of metastases"] if count > 4 else []
    about["names"] += ["bone SPECT", "SPECT of the skeleton"] if layout == "slice" else []
    if display in COLOURS:
        at = np.linspace(0, 1, 5)
        parts = [np.interp(level, at, part) for part in zip(*COLOURS[display], strict=True)]
        image = picture(np.stack(parts, axis=-1))
    else:
        image = picture(1 - level if display == "black on white" else level)
    if layout != "slice" and rng.random() < 0.25:
        ink = 255 if display != "black on white" else 0
        image = titled(rng, image, about, views, (ink,) * 3 if image.mode == "RGB" else ink)
    return (
        reframed(rng, image, about) if image.mode == "L" and rng.random() < 0.3 else image
    ), about
