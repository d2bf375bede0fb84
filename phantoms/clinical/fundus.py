"""Photographs of the ocular fundus: disc, macula, vessels and the diseases that show there."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..drawing import (
    SIZE,
    Y,
    blend,
    blob,
    blur,
    choose,
    colour,
    either,
    ellipse,
    filled,
    fractal,
    normalise,
    picture,
    soft,
    stretched_noise,
    unit_vector,
)
from ..kinds import Attributes, kind
from .photograph import (
    Stroke,
    around,
    bounds,
    glow,
    landscape,
    plain,
    point,
    rgb,
    shade,
    spots,
    strokes,
)

FINDINGS = {
    None: "normal fundus|no retinopathy|healthy retina|normal optic disc and macula",
    "drusen": (
        "macular drusen|yellow drusen at the posterior pole|"
        "age-related macular degeneration with drusen"
    ),
    "haemorrhages": (
        "dot and blot haemorrhages|retinal hemorrhages|diabetic retinopathy with haemorrhages"
    ),
    "hard exudates": (
        "hard exudates|yellow lipid exudates near the macula|diabetic maculopathy with exudates"
    ),
    "cotton wool spots": "cotton wool spots|soft exudates|fluffy white nerve fibre layer infarcts",
    "glaucomatous cupping": (
        "enlarged optic cup|glaucomatous cupping of the disc|high cup-to-disc ratio"
    ),
    "laser scars": (
        "panretinal photocoagulation scars|laser scars|pigmented laser burns in the periphery"
    ),
    "macular atrophy": (
        "geographic atrophy of the macula|pale macular atrophy|chorioretinal atrophy at the macula"
    ),
    "papilloedema": "swollen optic disc with blurred margins|papilloedema|optic disc swelling",
}
ANGIOGRAPHIC = (None, "haemorrhages", "laser scars", "macular atrophy")
NAMES = {
    "colour": ["colour fundus photograph", "color retinal photograph", "CFP image"],
    "red-free gray": ["red-free fundus photograph", "monochrome fundus photograph"],
    "red-free green": ["red-free fundus photograph", "green-filtered fundus photograph"],
    "angiography": ["fluorescein angiogram of the fundus", "fundus fluorescein angiography"],
}
SIDES = {
    "left": "left eye|the left eye with the optic disc on the left of the picture|OS view",
    "right": "right eye|the right eye with the optic disc on the right of the picture|OD view",
}
VIEWS = {
    "macula": "macula-centred view|posterior pole|macula in the centre",
    "disc": "disc-centred view|optic disc in the centre|optic nerve head",
}
LIGHTS = {
    "red-free gray": "red-free gray image|monochrome red-free photograph",
    "red-free green": "green red-free image|red-free filter",
    "angiography": "gray fluorescein angiogram with bright vessels|fluorescein angiography"
    "|bright vessels on a dark gray retina",
    "colour": "{colour} background|{colour} retina",
}
FRAMES = {
    "round": "round field on black|circular field of view",
    "cut": "circle cut off above and below|truncated circular field",
    "wide": "ultra-wide-field image|wide oval field reaching the periphery|200-degree view",
    "full": "retina filling the frame|close-up of the retina",
}


def fundus_phrases(a: Attributes, rng: np.random.Generator) -> list[str]:
    """What the legend of a fundus photograph can say."""
    count, cup = a["count"], a["cup_to_disc"]
    number = {2: "two", 3: "three"}.get(count, "several" if count and count < 9 else "numerous")
    facts = [
        "|".join(
            said
            for said in FINDINGS[a["finding"]].split("|")
            if a["light"] == "colour" or "yellow" not in said
        ),
        count and f"{number} lesions|{'scattered' if count < 40 else 'widespread'} lesions",
        a["side"] and SIDES[a["side"]],
        VIEWS[a["view"]],
        LIGHTS[a["light"]].format(**a),
        (
            f"cup-to-disc ratio {cup:.1f}|"
            f"{'small' if cup < 0.4 else 'large' if cup > 0.65 else 'moderate'} cup"
        ),
        FRAMES[a["frame"]].replace("black", a["surround"]),
        a["choroid"] and "tessellated fundus|visible choroidal vessels|tigroid fundus",
        a["haze"] and "hazy media|blurred by media opacity",
    ]
    return [either(rng, wordings) for wordings in facts if wordings]


@dataclass
class Eye:
    """Which eye is photographed how, and where its landmarks lie in the picture, in pixels."""

    frame: str
    side: str
    view: str
    radius: float  # of the field of view
    scale: float  # pixels to a standard 45-degree field
    centre: np.ndarray
    disc: np.ndarray
    macula: np.ndarray

    @property
    def temporal(self) -> int:
        """+1 if the macula is on the picture's right of the disc, as in a left eye, else -1."""
        return 1 if self.side == "left" else -1


def new_eye(rng: np.random.Generator) -> Eye:
    """Either eye, in any of the frames and views that fundus cameras give."""
    frame = choose(rng, ("round",) * 4 + ("cut",) * 4 + ("full",) * 3 + ("wide",))
    side, view = choose(rng, ("left", "right")), choose(rng, ("macula", "macula", "macula", "disc"))
    view = "macula" if frame == "wide" else view
    radius = {
        "round": rng.uniform(108, 126),
        "cut": rng.uniform(125, 140),
        "wide": rng.uniform(115, 128),
        "full": rng.uniform(185, 220),
    }[frame]
    zoom = rng.uniform(0.4, 0.55) if frame == "wide" else rng.uniform(0.8, 1.35)
    if frame == "full" and view == "disc":  # a close-up of the nerve head
        zoom *= rng.uniform(1, 2)
    scale = 2 * radius * zoom
    centre = (SIZE / 2 + rng.normal(0, 0.02 * scale, 2)).astype(np.float32)
    eye = Eye(frame, side, view, radius, scale, centre, centre, centre)
    gap = eye.temporal * scale * rng.uniform(0.29, 0.34)
    eye.disc = centre - point(gap, 0) * (rng.uniform(0.6, 1.0) if view == "macula" else 0)
    eye.disc = eye.disc - point(0, rng.normal(0.01, 0.02) * scale)
    if frame == "full":
        eye.disc = np.clip(eye.disc, 30, SIZE - 30)
    eye.macula = eye.disc + point(gap, rng.uniform(0.0, 0.05) * scale)
    return eye


def retina(rng: np.random.Generator, eye: Eye, base: np.ndarray) -> tuple[np.ndarray, bool]:
    """The pigmented background with the macula, and whether choroidal vessels shine through."""
    deep = base * rgb(rng.uniform(0.5, 0.8), rng.uniform(0.3, 0.6), rng.uniform(0.3, 0.8))
    field = blend(plain(base), deep, 0.7 * fractal(rng, rng.uniform(50, 130), 5))
    choroid = bool(rng.random() < 0.3)
    if choroid:
        streaks = stretched_noise(
            rng, rng.uniform(16, 34), rng.uniform(10, 20)
        ) + 0.3 * stretched_noise(rng, 7, 6)
        field = (
            shade(field, 1 - rng.uniform(0.1, 0.35) * soft(blur(np.abs(streaks), 1.2), 0.5, 0.8))
            + 0.02
        )
    tint, depth = deep * rng.uniform(0.4, 0.8), rng.uniform(0.4, 0.9)
    field = blend(
        field,
        tint,
        depth * np.exp(-(ellipse(*eye.macula, 0.075 * eye.scale, 0.07 * eye.scale) ** 1.5)),
    )
    if rng.random() < 0.5:  # the sheen of the nerve fibres above and below the disc of the young
        sheen = np.exp(-((ellipse(*eye.disc, 0.3 * eye.scale, 0.22 * eye.scale) - 0.8) ** 2) * 6)
        field = glow(field, 0.12 * (sheen * (0.5 + 0.3 * stretched_noise(rng, 20, 4))))
    return field, choroid


def optic_disc(
    rng: np.random.Generator, field: np.ndarray, eye: Eye, finding: str | None
) -> tuple[np.ndarray, np.ndarray, float]:
    """Paint the disc and its cup.

    Returns the picture, the disc's shape (< 1 on it), the cup-to-disc ratio.
    """
    swollen = finding == "papilloedema"
    size = eye.scale * rng.uniform(0.05, 0.068) * (1.2 if swollen else 1)
    cup = rng.uniform(0.2, 0.6)
    cup = rng.uniform(0.72, 0.92) if finding == "glaucomatous cupping" else 0.15 if swollen else cup
    tilt, oval = rng.normal(0, 0.3), rng.uniform(0.8, 1)
    nerve = ellipse(*eye.disc, size * oval, size, tilt) + 0.02 * stretched_noise(rng, 12, 12)
    pale = colour(rng, (0.06, 0.13), (0.25, 0.6), (0.85, 1))
    x, y = eye.disc
    if rng.random() < 0.35:  # peripapillary atrophy: a pale crescent on the temporal side
        crescent = ellipse(x + eye.temporal * size * 0.3, y, size * 1.1, size * 1.15)
        field = blend(field, pale * 0.85, 0.5 * soft(crescent, 1, 0.15))
    tint = pale * rgb(1, rng.uniform(0.8, 0.95), rng.uniform(0.7, 0.95))
    field = blend(field, tint, soft(nerve, 1, 0.7 if swollen else rng.uniform(0.08, 0.25)))
    hollow = ellipse(
        x + eye.temporal * size * 0.1 * (1 - cup), y, size * oval * cup, size * cup, tilt
    )
    return blend(field, np.clip(pale * 1.15 + 0.08, 0, 1), 0.85 * soft(hollow, 1, 0.3)), nerve, cup


def grow(
    rng: np.random.Generator,
    out: list[Stroke],
    start,
    heading,
    bend,
    steps,
    width,
    reach,
    order: int,
) -> None:
    """Append to `out` a vessel of `steps` steps, each `reach` long, with its branches.

    Arcades are of order 0.
    """
    points = [start]
    for k in range(steps):
        heading += bend / steps * (1.5 - k / steps) + rng.normal(0, 0.09)
        points.append(points[-1] + reach * unit_vector(heading))
        if order < 3 and k > 0 and rng.random() < (0.5 if order == 0 else 0.25):
            side = choose(rng, (-1, 1))
            away = heading + side * rng.uniform(0.4, 0.9)
            rest = max(3, int((steps - k) * rng.uniform(0.4, 0.9)))
            thin = width * rng.uniform(0.4, 0.65)
            grow(rng, out, points[-1], away, -side * 0.4 + 0.3 * bend, rest, thin, reach, order + 1)
    out.append((np.array(points), width, width * 0.45))


def retinal_vessels(rng: np.random.Generator, eye: Eye) -> tuple[np.ndarray, np.ndarray]:
    """Arteries and veins (S, S each): temporal arcades, nasal vessels and twigs to the macula."""
    arteries, veins = [], []
    thick, reach = rng.uniform(0.011, 0.017) * eye.scale, 0.055 * eye.scale

    def heading(angle: float) -> float:
        return angle if eye.temporal > 0 else np.pi - angle

    for up in (-1, 1):
        for out, wide, shift in (
            (arteries, 0.75, 0.0),
            (veins, 1.1, rng.choice([-1, 1]) * rng.uniform(0.15, 0.35)),
        ):
            start = eye.disc + rng.normal(0, 0.006 * eye.scale, 2)
            away = heading(up * (np.pi / 2 - rng.uniform(0.0, 0.45) + shift))
            bend, steps = -up * eye.temporal * rng.uniform(1.2, 1.9), int(rng.integers(14, 20))
            grow(rng, out, start, away, bend, steps, thick * wide, reach, 0)
            away = heading(up * (np.pi / 2 + rng.uniform(0.35, 0.9) + shift))
            bend, steps = up * eye.temporal * rng.uniform(-0.2, 0.5), int(rng.integers(7, 13))
            grow(rng, out, start, away, bend, steps, thick * wide * 0.75, reach, 1)
    for _ in range(int(rng.integers(2, 6))):
        away = rng.normal(0, 0.6) + (0 if eye.temporal > 0 else np.pi)
        bend = rng.normal(0, 0.4)
        steps = int(rng.integers(4, 8))
        out = choose(rng, (arteries, veins))
        grow(rng, out, eye.disc, away, bend, steps, thick * 0.35, reach, 3)
    return strokes(arteries), strokes(veins)


def paint_vessels(
    rng: np.random.Generator, field: np.ndarray, eye: Eye
) -> tuple[np.ndarray, np.ndarray]:
    """The retina with its vessels, which leave the fovea free, and where they are, (S, S)."""
    arteries, veins = retinal_vessels(rng, eye)
    avoid = np.clip(ellipse(*eye.macula, 0.07 * eye.scale, 0.07 * eye.scale) - 0.6, 0, 1)
    dark = rng.uniform(0.55, 0.9)
    field = blend(field, field * rgb(0.62, 0.3, 0.35), veins * avoid * dark)
    field = blend(field, field * rgb(0.85, 0.45, 0.42), arteries * avoid * dark)
    return field, np.maximum(veins, arteries) * avoid


def angiogram(
    rng: np.random.Generator,
    eye: Eye,
    vessels: np.ndarray,
    nerve: np.ndarray,
    where: np.ndarray | None,
    dark: bool,
) -> np.ndarray:
    """The retina after fluorescein, (S, S, 3): bright vessels, dark fovea, lesions either way."""
    field = rng.uniform(0.12, 0.4) * (0.6 + 0.8 * fractal(rng, rng.uniform(10, 50), 4))
    fovea = np.exp(-(ellipse(*eye.macula, 0.11 * eye.scale, 0.11 * eye.scale) ** 2))
    field = field * (1 - rng.uniform(0.5, 0.9) * fovea)
    field = blend(field, rng.uniform(0.3, 0.9), soft(nerve, 1, 0.25) * 0.7)
    field = field + rng.uniform(0.4, 0.75) * vessels
    if where is not None:
        field = blend(field, 0.05 if dark else 0.95, 0.85 * where)
    return np.repeat(field[..., None], 3, axis=2).astype(np.float32)


def paint_finding(
    rng: np.random.Generator, field: np.ndarray, finding: str | None, eye: Eye
) -> tuple[np.ndarray, np.ndarray | None, int | None]:
    """Paint lesions of the retina, if the finding has any.

    Returns the picture, where they are (S, S), how many.
    """
    r, disc, macula = eye.scale / 500 * rng.uniform(0.9, 1.7), eye.disc, eye.macula

    def rim() -> tuple[float, float]:
        angle, away = rng.uniform(0, 2 * np.pi), rng.uniform(0.28, 0.5) * eye.scale
        return SIZE / 2 + away * np.cos(angle), SIZE / 2 + away * np.sin(angle)

    if finding == "macular atrophy":
        where = blur(filled([blob(rng, *macula, rng.uniform(0.06, 0.14) * eye.scale, 0.5)]), 1)
        tint = shade(
            colour(rng, (0.1, 0.13), (0.25, 0.5), (0.75, 0.95)), 0.8 + 0.3 * fractal(rng, 12)
        )
        return blend(field, tint, where * rng.uniform(0.5, 0.85)), where, None
    if finding == "drusen":
        n = int(rng.integers(12, 90))
        where = blur(spots(rng, n, (1.5 * r, 6 * r), around(rng, macula, 0.08 * eye.scale)), 0.7)
        tint = colour(rng, (0.1, 0.15), (0.3, 0.6), (0.8, 0.95))
        return blend(field, tint, where * rng.uniform(0.5, 0.9)), where, n
    if finding == "haemorrhages":
        n, largest = int(rng.integers(4, 60)), rng.uniform(5, 16) * r
        where = blur(
            spots(rng, n, (1.5 * r, largest), around(rng, (disc + macula) / 2, 0.22 * eye.scale)),
            0.6,
        )
        return blend(field, field * rgb(0.5, 0.25, 0.25), where * rng.uniform(0.7, 1)), where, n
    if finding == "hard exudates":
        n = int(rng.integers(15, 120))
        centre = macula + rng.uniform(0.03, 0.1) * eye.scale * np.array([1, 0])
        where = blur(
            spots(rng, n, (r, 4 * r), around(rng, centre, rng.uniform(0.04, 0.12) * eye.scale)), 0.7
        )
        return blend(field, colour(rng, (0.12, 0.16), (0.3, 0.55), (0.9, 1)), where), where, n
    if finding == "cotton wool spots":
        n = int(rng.integers(2, 9))
        where = blur(spots(rng, n, (7 * r, 16 * r), around(rng, disc, 0.22 * eye.scale)), 2)
        return blend(field, rgb(0.98, 0.93, 0.8), where * 0.8), where, n
    if finding == "laser scars":
        n = int(rng.integers(30, 160))
        where = spots(rng, n, (4 * r, 9 * r), rim)
        field = blend(
            field, colour(rng, (0.1, 0.14), (0.25, 0.5), (0.7, 0.95)), blur(where, 1) * 0.75
        )
        return blend(field, 0.12, spots(rng, n // 2, (1.5 * r, 5 * r), rim) * 0.6), where, n
    return field, None, None  # the others are a matter of the disc


def illuminated(
    rng: np.random.Generator, field: np.ndarray, eye: Eye, base: np.ndarray, light: str, haze: bool
) -> np.ndarray:
    """The retina (S, S, 3) as the camera sees it: unevenly lit, grainy, perhaps through haze."""
    if light.startswith("red-free"):
        green = normalise(field[..., 1] * 0.85 + field[..., 0] * 0.15)
        tint = (
            rgb(1, 1, 1)
            if light == "red-free gray"
            else rgb(rng.uniform(0.1, 0.4), 1, rng.uniform(0.2, 0.5))
        )
        field = green[..., None] * tint * rng.uniform(0.7, 1)
    off = ellipse(*(eye.centre + rng.normal(0, 0.15 * eye.radius, 2)), eye.radius, eye.radius)
    field = shade(field, 1 - rng.uniform(0.1, 0.6) * np.clip(off, 0, 1.2) ** 2.5) * rng.uniform(
        0.8, 1.2
    )
    field = shade(field, 1 + 0.07 * stretched_noise(rng, 2, 2) + 0.05 * stretched_noise(rng, 7, 7))
    if haze:
        field = blend(blur(field, rng.uniform(1.5, 3)), base * 0.9 + 0.05, rng.uniform(0.15, 0.4))
    return field


def aperture(rng: np.random.Generator, eye: Eye) -> np.ndarray:
    """(S, S): 1 where the camera's frame shows the retina."""
    if eye.frame == "full":
        return np.ones((SIZE, SIZE))
    high = eye.radius * (rng.uniform(0.72, 0.88) if eye.frame == "wide" else 1)
    uneven = 0.025 * stretched_noise(rng, 70, 70) if eye.frame == "wide" else 0
    rim = ellipse(SIZE / 2, SIZE / 2, eye.radius, high) + uneven
    shown = soft(rim, 1, rng.uniform(0.01, 0.03))
    if eye.frame == "cut":
        shown = shown * np.clip(rng.uniform(0.68, 0.88) * eye.radius - np.abs(Y - SIZE / 2), 0, 1)
    if eye.frame != "wide" and rng.random() < 0.25:  # the notch that some cameras leave
        x, y = SIZE / 2 + eye.radius * unit_vector(choose(rng, (0.3, -0.3, np.pi, 0.8)))
        shown = shown * soft(-ellipse(x, y, 6, 6), -1)
    return shown


@kind(
    "clinical",
    "fundus photograph",
    "retinal photograph",
    "fundus photography",
    "color fundus image",
    "colour fundus photograph",
    "photograph of the retina",
    "fundoscopy",
    "ophthalmoscopic photograph",
    "retinal fundus image",
    "ocular fundus picture",
    "retina image",
    "posterior segment photograph of the eye",
    "fundus camera image",
    "retinal screening photograph",
    "image of the eye fundus with the optic disc",
    "retinal scan photograph",
    describe=fundus_phrases,
)
def fundus(rng: np.random.Generator) -> tuple[Image.Image, Attributes]:
    """Disc, vessels and macula of either eye.

    Pigment, light, frame, zoom and nine states of disease vary.
    """
    eye = new_eye(rng)
    base = colour(
        rng,
        *choose(
            rng,
            (
                ((0.015, 0.085), (0.5, 0.88), (0.5, 0.95)),
                ((0.015, 0.085), (0.5, 0.88), (0.5, 0.95)),
                ((0.06, 0.12), (0.3, 0.75), (0.55, 0.95)),  # yellowish to gray-brown
                ((0.0, 0.05), (0.6, 0.9), (0.25, 0.5)),  # dark
            ),
        ),
    )
    if eye.frame == "wide":  # scanned by a red and a green laser
        base = colour(rng, (0.03, 0.2), (0.4, 0.8), (0.45, 0.8))
    light = choose(
        rng, ("colour",) * 16 + ("red-free gray", "red-free gray", "red-free green", "angiography")
    )
    field, choroid = retina(rng, eye, base)
    diseases = len(FINDINGS) - 1
    finding = list(FINDINGS)[int(rng.choice(len(FINDINGS), p=(0.3, *[0.7 / diseases] * diseases)))]
    if light == "angiography" and finding not in ANGIOGRAPHIC:
        finding = None
    field, nerve, cup = optic_disc(rng, field, eye, finding)
    field, vessels = paint_vessels(rng, field, eye)
    field, where, count = paint_finding(rng, field, finding, eye)
    haze = bool(rng.random() < 0.12)
    if light == "angiography":
        field = angiogram(rng, eye, vessels, nerve, where, finding == "haemorrhages")
        base = base.mean().repeat(3)
    field = illuminated(rng, field, eye, base, light, haze)
    shown = aperture(rng, eye)
    if eye.frame != "full":
        paper = np.float32(choose(rng, (0.0,) * 6 + (0.02, 0.05, 0.05, 1.0)))
        field = blend(plain(paper), field, shown)
    box = bounds((nerve < 1 if where is None else where > 0.4) & (shown > 0.5)) if finding else None
    if finding and not box:  # all of it lies outside the frame
        finding = count = None
    image = picture(field)
    if eye.frame != "full" and rng.random() < 0.35:
        image, box = landscape(rng, image, box, int(255 * paper))
    return image, {
        "finding": finding,
        "count": count,
        "side": eye.side if eye.view == "macula" else None,
        "view": eye.view,
        "light": light,
        "colour": "dark brown"
        if base.max() < 0.55
        else "yellowish"
        if base[1] > 0.6 * base[0]
        else "orange"
        if base[1] > 0.42 * base[0]
        else "red",
        "cup_to_disc": round(float(cup), 1),
        "frame": eye.frame,
        "surround": "white" if eye.frame != "full" and paper > 0.5 else "black",
        "choroid": choroid,
        "haze": haze,
        "box": box,
        "names": NAMES[light],
    }
