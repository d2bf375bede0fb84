"""Photographs of skin lesions, most of them through a dermatoscope."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..drawing import (
    SIZE,
    X,
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
    noise,
    normalise,
    picture,
    soft,
    stretched_noise,
    unit_vector,
    warp,
)
from ..kinds import Attributes, kind
from .photograph import Place, Stroke, bounds, glow, landscape, plain, rgb, shade, spots, strokes

LESIONS = {
    "melanocytic naevus": "melanocytic nevus|benign naevus|melanocytic naevus with regular pigment",
    "melanoma": "melanoma|malignant melanoma|melanoma with irregular pigmentation",
    "seborrhoeic keratosis": "seborrheic keratosis|seborrhoeic keratosis with milia-like cysts|"
    "comedo-like openings and milia-like cysts",
    "basal cell carcinoma": (
        "basal cell carcinoma|BCC with arborising vessels|arborizing telangiectasia"
    ),
    "haemangioma": "haemangioma|cherry angioma|vascular lesion with red lacunae",
    "dermatofibroma": (
        "dermatofibroma|dermatofibroma with central white patch|"
        "central scar-like area with fine network"
    ),
    "actinic keratosis": (
        "actinic keratosis|scaly erythematous patch|keratotic red lesion with scale"
    ),
    "solar lentigo": "solar lentigo|flat brown macule|lentigo with moth-eaten border",
}
STRUCTURES = {
    "network": "reticular pattern|pigment network|regular pigmented network",
    "globules": "globular pattern|brown globules|dots and globules",
    "streaks": "peripheral streaks|radial streaming|pseudopods at the border",
    "blue-white veil": "blue-white veil|blue-whitish structureless area",
    "homogeneous": "homogeneous pattern|structureless pigmentation|homogeneous pigment",
    "milia-like cysts": "milia-like cysts|white cysts and comedo-like openings",
    "arborising vessels": "arborising vessels|branching telangiectatic vessels",
    "lacunae": "red lacunae|red-purple lagoons",
    "white patch": "central white scar-like patch|pale centre",
    "scale": "surface scale|white-yellow scale",
    "regression": "regression area|white scar-like depigmentation",
}
OWN_STRUCTURE = {  # of the lesions that always show the same one
    "seborrhoeic keratosis": "milia-like cysts",
    "basal cell carcinoma": "arborising vessels",
    "haemangioma": "lacunae",
    "dermatofibroma": "white patch",
    "actinic keratosis": "scale",
    "solar lentigo": "network",
}
MELANOMA_STRUCTURES = ("network", "globules", "streaks", "blue-white veil", "regression")
SYMMETRY = {
    True: "symmetric lesion|symmetrical shape|round regular outline",
    False: "asymmetric lesion|asymmetry of shape|irregular asymmetrical outline",
}
BORDERS = {
    "sharp": "sharply demarcated border|well-defined border",
    "ill-defined": "ill-defined border|fading border",
}
ARTEFACTS = {
    "hair": "hairs crossing the lesion|overlying hair",
    "bubbles": "gel bubbles|air bubbles in the immersion gel",
    "ruler": "ruler marks|millimetre scale at the edge|measuring scale in the picture",
    "vignette": "dark corners|round dark vignette",
    "aperture": "round aperture with black corners|circular field of the dermatoscope on black",
    "gel": "glare of the immersion gel|streaks of gel",
    "pen": "violet pen mark on the skin|surgical marker ink beside the lesion",
    "sticker": "coloured calibration sticker at the edge|coloured patch at the edge",
}
# Hue, saturation and value: of skin, of lesions with a colour of their own, and of the others,
# which are brown.
SKIN_TONES = {
    "very pale": ((0.0, 0.1), (0.02, 0.14), (0.88, 1.0)),
    "mauve": ((0.72, 0.95), (0.06, 0.22), (0.75, 0.95)),
    "yellowish": ((0.09, 0.13), (0.2, 0.45), (0.7, 0.95)),
    "fair": ((0.04, 0.09), (0.12, 0.35), (0.8, 0.97)),
    "pink": ((0.96, 1.0), (0.12, 0.35), (0.75, 0.95)),
    "tan": ((0.05, 0.09), (0.3, 0.5), (0.65, 0.85)),
    "brown": ((0.04, 0.08), (0.4, 0.6), (0.4, 0.6)),
    "dark": ((0.03, 0.07), (0.35, 0.6), (0.22, 0.4)),
    "very dark": ((0.02, 0.07), (0.35, 0.65), (0.1, 0.22)),
}
SIZES = {
    "small": "small lesion|tiny lesion in wide normal skin",
    "medium-sized": "medium-sized lesion|lesion surrounded by normal skin",
    "large": "large lesion|lesion over most of the picture",
    "frame-filling": "lesion filling the frame|lesion reaching beyond the field of view",
}
LESION_TONES = {
    "haemangioma": ((0.93, 1.0), (0.5, 0.8), (0.5, 0.8)),
    "basal cell carcinoma": ((0.95, 1.04), (0.2, 0.45), (0.65, 0.9)),
    "actinic keratosis": ((0.97, 1.03), (0.3, 0.5), (0.65, 0.85)),
    "solar lentigo": ((0.06, 0.09), (0.35, 0.6), (0.45, 0.7)),
    "dermatofibroma": ((0.03, 0.08), (0.3, 0.55), (0.5, 0.75)),
}
BROWNS = (
    ((0.04, 0.09), (0.4, 0.75), (0.3, 0.65)),
    ((0.03, 0.08), (0.4, 0.7), (0.15, 0.35)),
    ((0.03, 0.1), (0.3, 0.6), (0.45, 0.7)),
)


def lesion_phrases(a: Attributes, rng: np.random.Generator) -> list[str]:
    """What the legend of a skin lesion's photograph can say."""
    facts = [
        LESIONS[a["finding"]],
        *(STRUCTURES[name] for name in a["structures"]),
        *([SYMMETRY[a["symmetric"]]] if a["size"] != "frame-filling" else []),
        BORDERS[a["border"]],
        f"{a['colour']} lesion|{a['colour']} in colour",
        SIZES[a["size"]],
        f"{a['skin']} skin|on {a['skin']} skin",
        *(ARTEFACTS[name] for name in a["artefacts"]),
    ]
    return [either(rng, wordings) for wordings in facts]


def skin(rng: np.random.Generator, close: bool) -> tuple[np.ndarray, str]:
    """The skin about a lesion, (S, S, 3), and its tone in words."""
    tone = choose(rng, ("fair", "fair", "pink", *SKIN_TONES))
    base = colour(rng, *SKIN_TONES[tone])
    red = base * rgb(1.0, rng.uniform(0.8, 0.93), rng.uniform(0.8, 0.95))
    field = blend(plain(base), red, fractal(rng, rng.uniform(20, 90), 5))
    fine = stretched_noise(rng, 3, 3) + stretched_noise(rng, 1.5, 1.5)
    furrow = np.abs(stretched_noise(rng, 7, 7) + 0.5 * stretched_noise(rng, 16, 10))
    relief = 1 + rng.uniform(0.005, 0.025) * fine
    return shade(
        field, relief - rng.uniform(0, 0.12 if close else 0.08) * soft(furrow, 0.18, 0.25)
    ), tone


@dataclass
class Lesion:
    """A lesion being painted: its middle, radius in pixels, cover of each pixel, dark pigment."""

    rng: np.random.Generator
    x: float
    y: float
    radius: float
    alpha: np.ndarray  # (S, S)
    dark: np.ndarray  # (3,)

    def within(self, reach: float = 0.9) -> Place:
        """Places scattered over the lesion out to a share of its radius."""
        return lambda: tuple(
            middle + reach * self.radius * np.clip(self.rng.normal(0, 0.5), -1, 1)
            for middle in (self.x, self.y)
        )

    def spots(
        self, number: tuple[int, int], radius: tuple[float, float], reach: float = 0.9
    ) -> np.ndarray:
        """(S, S): a random number of round spots scattered over the lesion."""
        return spots(self.rng, int(self.rng.integers(*number)), radius, self.within(reach))

    def patch(self) -> np.ndarray:
        """(S, S): a blurred area somewhere in the lesion."""
        rng, r = self.rng, self.radius
        x, y = self.x + rng.normal(0, 0.3 * r), self.y + rng.normal(0, 0.3 * r)
        area = ellipse(
            x, y, r * rng.uniform(0.35, 0.7), r * rng.uniform(0.3, 0.6), rng.uniform(0, 3)
        )
        return soft(
            area + 0.2 * stretched_noise(rng, 24, 24) + 0.08 * stretched_noise(rng, 8, 8), 1, 0.9
        )


def honeycomb(rng: np.random.Generator, pitch: float) -> np.ndarray:
    """(S, S): a warped net of lines about round holes, 1 on the lines."""
    turn, k = rng.uniform(0, np.pi), 2 * np.pi / pitch
    dx, dy = (pitch * 0.3 * stretched_noise(rng, 2.5 * pitch, 2.5 * pitch) for _ in range(2))
    waves = sum(
        np.cos(k * ((X + dx) * np.cos(turn + a) + (Y + dy) * np.sin(turn + a)))
        for a in (0, 2.094, 4.189)
    )
    return soft(waves, rng.uniform(-0.6, 0.2), 1.0)


def telangiectasia(
    rng: np.random.Generator, n: int, start: Place, length: float, width: float
) -> list[Stroke]:
    """Fine winding vessels with side branches."""
    out = []
    for _ in range(n):
        points, heading = [np.array(start())], rng.uniform(0, 2 * np.pi)
        for _ in range(int(rng.integers(6, 14))):
            heading += rng.normal(0, 0.35)
            points.append(points[-1] + length / 10 * unit_vector(heading))
            if rng.random() < 0.3:
                side = unit_vector(heading + choose(rng, (-0.8, 0.8)))
                steps = np.arange(4)[:, None] * length / 12
                out.append(
                    (points[-1] + steps * side + rng.normal(0, 0.5, (4, 2)), width * 0.5, 0.5)
                )
        out.append((np.array(points), width, width * 0.4))
    return out


def streaks(lesion: Lesion) -> np.ndarray:
    """(S, S): short rays across the border."""
    rng, rays = lesion.rng, []
    for angle in rng.uniform(0, 2 * np.pi, int(rng.integers(14, 40))):
        inner = rng.uniform(0.7, 0.85) * lesion.radius
        outer = rng.uniform(1.0, 1.25) * lesion.radius
        away = np.linspace(inner, outer, 4)[:, None]
        rays.append(
            (np.array([lesion.x, lesion.y]) + away * unit_vector(angle), rng.uniform(2, 5), 1.5)
        )
    return strokes(rays)


def paint_structure(field: np.ndarray, name: str, lesion: Lesion) -> np.ndarray:
    """The picture with one dermoscopic structure painted into the lesion."""
    rng, alpha, dark = lesion.rng, lesion.alpha, lesion.dark
    # Whatever the structure, so that the lesions of a seed stay what they are.
    patch = lesion.patch()
    if name == "network":
        fade = np.clip(0.65 + 0.4 * stretched_noise(rng, 40, 40), 0, 1)
        net = blur(honeycomb(rng, rng.uniform(4.5, 11)), 0.6)
        return blend(field, dark, net * alpha * fade * rng.uniform(0.4, 0.85))
    if name == "globules":
        n, largest = int(rng.integers(25, 120)), rng.uniform(2.5, 5)
        globules = blur(spots(rng, n, (1.2, largest), lesion.within(1.0)), 1.0)
        return blend(field, dark, globules * alpha * rng.uniform(0.5, 0.95))
    if name == "streaks":
        return blend(field, dark, blur(streaks(lesion), 0.9) * 0.8)
    if name in ("blue-white veil", "regression"):
        blue = ((0.55, 0.65), (0.1, 0.3), (0.45, 0.75))
        tint = colour(
            rng, *(blue if name == "blue-white veil" else ((0.0, 0.09), (0.05, 0.2), (0.75, 0.92)))
        )
        return blend(field, tint, patch * np.clip(alpha * 1.3, 0, 1) * rng.uniform(0.6, 0.9))
    if name == "milia-like cysts":
        folds = soft(np.abs(stretched_noise(rng, 10, 10)), 0.2, 0.25)
        field = blend(field, dark, folds * alpha * rng.uniform(0, 0.6))
        field = blend(field, dark * 0.5, blur(lesion.spots((4, 25), (1.5, 4)), 0.8) * alpha * 0.85)
        return blend(
            field, rgb(0.95, 0.9, 0.8), blur(lesion.spots((5, 30), (1, 3.5)), 0.6) * alpha * 0.9
        )
    if name == "arborising vessels":
        nests = colour(rng, (0.58, 0.68), (0.15, 0.35), (0.35, 0.55))
        field = blend(field, nests, lesion.spots((0, 9), (3, 9)) * alpha * 0.8)
        red, n = colour(rng, (0.97, 1.0), (0.6, 0.85), (0.55, 0.8)), int(rng.integers(4, 12))
        paths = telangiectasia(rng, n, lesion.within(1.1), lesion.radius * 0.9, rng.uniform(1.5, 3))
        return blend(field, red, strokes(paths) * 0.8)
    if name == "lacunae":
        red = colour(rng, (0.92, 1.0), (0.6, 0.9), (0.35, 0.75))
        lagoons = blur(lesion.spots((12, 50), (4, 11), 1.1), 0.8)
        return blend(field, red, lagoons * np.clip(alpha * 1.5, 0, 1) * 0.9)
    if name == "white patch":
        scar = ellipse(lesion.x, lesion.y, lesion.radius * 0.5, lesion.radius * 0.45)
        scar = scar + 0.15 * stretched_noise(rng, 12, 12)
        return blend(field, rgb(0.93, 0.85, 0.8), soft(scar, 1, 0.6) * rng.uniform(0.5, 0.85))
    if name == "scale":
        flakes = np.clip((fractal(rng, 18, 5) - 0.5) * rng.uniform(2.5, 6), 0, 1)
        return blend(field, rgb(0.97, 0.93, 0.82), flakes * alpha * 0.8)
    return field  # homogeneous


def structures_of(rng: np.random.Generator, what: str) -> list[str]:
    """Which structures a lesion of that name shows."""
    if what == "melanocytic naevus":
        return [choose(rng, ("network", "network", "globules", "homogeneous"))]
    if what == "melanoma":
        return [name for name in MELANOMA_STRUCTURES if rng.random() < 0.5] or ["blue-white veil"]
    return [OWN_STRUCTURE[what]]


def hairs(rng: np.random.Generator) -> list[Stroke]:
    """Bent hairs anywhere in the picture."""
    out = []
    thick = rng.uniform(1.2, 3.5)
    for _ in range(int(rng.integers(3, 30))):
        root = rng.uniform(0, SIZE, 2)
        heading = rng.uniform(0, 2 * np.pi)
        bend = rng.normal(0, 0.08)
        length, turns = rng.uniform(30, 200), heading + bend * np.arange(14)
        wide = rng.uniform(0.7, thick)
        path = root + np.cumsum(unit_vector(turns) * length / 14, axis=0)
        out.append((path, wide, wide * 0.6))
    return out


def with_ruler(rng: np.random.Generator, field: np.ndarray) -> np.ndarray:
    """The picture with a scale along an edge, perhaps on a strip of paper."""
    y, step, ink = rng.uniform(225, 250), rng.uniform(5, 24), choose(rng, (0.05, 0.1, 0.9))
    places = enumerate(np.arange(rng.uniform(0, 40), SIZE, step))
    ticks = [(np.array([[x, y - (7 if k % 5 else 14)], [x, y]]), 1.2, 1.2) for k, x in places]
    marks, turns = strokes(ticks), int(rng.integers(4))
    if rng.random() < 0.3:
        ink = 0.08
        field = blend(field, rng.uniform(0.8, 1), np.rot90(soft(-Y, -(y - 22), 2), turns))
    return blend(field, ink, np.rot90(marks, turns) * 0.9)


def add_artefacts(
    rng: np.random.Generator, field: np.ndarray, clinical: bool
) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Hair, gel, ruler, pen, sticker, dark corners: painted by chance, and listed.

    Also returns what is not covered by a black surround, (S, S).
    """
    found, shown = [], np.ones((SIZE, SIZE), np.float32)
    if rng.random() < 0.07:
        found.append("pen")
        start, turn = rng.uniform(10, 50, 2), rng.uniform(0.6, 2.2)
        path = start + np.cumsum(9 * unit_vector(turn + rng.normal(0, 0.15, 14)), axis=0)
        tint = colour(rng, (0.62, 0.78), (0.4, 0.8), (0.25, 0.6))
        field = blend(field, tint, blur(strokes([(path, 9, 6)]), 1.5) * rng.uniform(0.4, 0.8))
    if rng.random() < 0.05:
        found.append("sticker")
        centre = choose(rng, (0, SIZE)), rng.uniform(0, SIZE)
        disc = ellipse(*centre, *[rng.uniform(30, 60)] * 2)
        field = blend(field, colour(rng, (0, 1), (0.4, 0.9), (0.4, 0.95)), soft(disc, 1, 0.03))
    if rng.random() < 0.4:
        found.append("hair")
        paths = hairs(rng)
        dark = rng.random() < 0.85
        tint = colour(rng, (0.03, 0.1), (0.2, 0.6), (0.08, 0.4)) if dark else rgb(0.9, 0.85, 0.75)
        field = blend(field, tint, strokes(paths) * rng.uniform(0.6, 0.95))
    if not clinical and rng.random() < 0.25:
        found.append("bubbles")
        largest = rng.uniform(8, 45)
        for _ in range(int(rng.integers(2, 14) if largest < 25 else rng.integers(1, 4))):
            rim = ellipse(*rng.uniform(0, SIZE, 2), *[rng.uniform(3, largest)] * 2)
            ring = rng.uniform(0.06, 0.22) * np.exp(-(((rim - 1) / 0.15) ** 2))
            field = glow(
                field, ring * np.clip((SIZE - X - Y + 250) / 300, 0.2, 1) + 0.04 * (rim < 1)
            )
    if not clinical and rng.random() < 0.1:
        found.append("gel")
        smear = warp(soft(np.abs(X - Y * rng.uniform(-1, 1) - 60), 8, 9), rng, 60, 50)
        field = glow(field, rng.uniform(0.12, 0.35) * blur(smear, 2) * noise(rng, 40))
    if rng.random() < 0.2:
        found.append("ruler")
        field = with_ruler(rng, field)
    roll = rng.random()
    if roll > (0.95 if clinical else 0.72):
        found.append("aperture")
        x, y = SIZE / 2 + rng.normal(0, 4, 2)
        rim = ellipse(x, y, *[rng.uniform(100, 175)] * 2)
        shown = soft(rim, 1, rng.uniform(0.01, 0.06))
        field = blend(shade(field, 1.05 - 0.3 * np.clip(rim, 0, 1) ** 4), 0.01, 1 - shown)
    elif roll < (0.08 if clinical else 0.3):
        found.append("vignette")
        x, y = SIZE / 2 + rng.normal(0, 5), SIZE / 2 + rng.normal(0, 5)
        rim = ellipse(x, y, *[rng.uniform(120, 165)] * 2)
        field = shade(field, soft(rim, 1, rng.uniform(0.02, 0.25)))
    return field, found, shown


def body(
    rng: np.random.Generator, what: str, main: np.ndarray, x: float, y: float, r: float
) -> np.ndarray:
    """The uneven colour of the whole lesion, (S, S, 3): in large patches if it is a melanoma."""
    other = main * rng.uniform(0.3, 0.7) if rng.random() < 0.6 else main * rgb(0.75, 0.8, 1.1)
    patches = (
        normalise(stretched_noise(rng, r * 0.6, r * 0.6))
        if what == "melanoma"
        else 0.8 * fractal(rng, r * 0.7)
    )
    field = blend(plain(main), other, soft(-patches, -0.55, 0.35) * rng.uniform(0.2, 0.95))
    middle = rng.uniform(0, 0.4) * np.exp(-(ellipse(x, y, 0.6 * r, 0.6 * r) ** 2))
    field = shade(field, np.clip(1.12 - middle, 0, 1.12))
    return shade(field, 1 + 0.08 * stretched_noise(rng, 2, 2) + 0.08 * stretched_noise(rng, 6, 6))


def colour_word(what: str, field: np.ndarray, shape: np.ndarray) -> str:
    """The colour of the lesion, by its kind or by what its pixels average to."""
    if what in ("haemangioma", "basal cell carcinoma", "actinic keratosis"):
        return "red" if what == "haemangioma" else "pink"
    mean = shade(field, shape).sum(axis=(0, 1)) / max(float(shape.sum()), 1)
    red, value = float(mean[0] - mean[1]), float(mean.max())
    if value < 0.42:
        return "black" if value < 0.25 else "dark brown"
    return "light brown" if value > 0.62 and red > 0.05 else "brown"


@kind(
    "clinical",
    "dermoscopy",
    "dermatoscopic image",
    "dermoscopic photograph",
    "skin lesion",
    "dermoscopic image of a skin lesion",
    "dermatoscopy",
    "skin lesion image",
    "epiluminescence microscopy",
    "photograph of a skin lesion",
    "dermatology photograph",
    "close-up photograph of skin",
    "dermoscopic picture",
    "skin surface microscopy",
    "ISIC image of a skin lesion",
    "pigmented skin lesion",
    "mole under the dermatoscope",
    "dermatoscope image",
    "skin cancer image",
    describe=lesion_phrases,
)
def dermoscopy(rng: np.random.Generator) -> tuple[Image.Image, Attributes]:
    """One of eight lesions on skin of any tone.

    Structures, border, colour, artefacts and closeness vary.
    """
    clinical = bool(rng.random() < 0.15)
    field, tone = skin(rng, clinical)
    what = choose(
        rng,
        ("melanocytic naevus", "melanocytic naevus", "melanoma", "melanoma", *tuple(LESIONS)[2:]),
    )
    structures = structures_of(rng, what)
    reach = choose(rng, ((35, 115), (35, 115), (35, 115), (12, 35), (115, 190)))
    r = rng.uniform(18, 50) if clinical else rng.uniform(*reach)
    x, y = SIZE / 2 + rng.normal(0, choose(rng, (8, 14, 30)), 2)
    rough = rng.uniform(0.35, 0.75) if what == "melanoma" else rng.uniform(0.02, 0.45)
    shape = filled([blob(rng, x, y, r, rough, 64)])
    sharp = bool(rng.random() < 0.5) or what in ("seborrhoeic keratosis", "haemangioma")
    shape = warp(
        blur(shape, 1.2 if sharp else rng.uniform(4, 9)), rng, rng.uniform(8, 24), rng.uniform(1, 6)
    )
    brown = choose(rng, BROWNS)
    main = colour(rng, *LESION_TONES.get(what, brown))
    if tone in ("brown", "dark", "very dark"):  # a lesion is no lighter than the skin about it
        main = np.minimum(main, field.mean(axis=(0, 1)) * (0.9, 0.82, 0.85))
    inner = body(rng, what, main, x, y, r)
    dense = what == "melanoma" or structures[0] in ("homogeneous", "milia-like cysts")
    field = blend(
        field, inner, shape * (rng.uniform(0.75, 0.97) if dense else rng.uniform(0.4, 0.85))
    )
    lesion = Lesion(rng, x, y, r, shape, main * rgb(0.5, 0.42, 0.42))
    for name in structures:
        field = paint_structure(field, name, lesion)
    if clinical:  # raised, lit from one side, with a sheen
        gy, gx = np.gradient(blur(shape, 3))
        field = shade(field, 1 + rng.uniform(0, 5) * (gx * rng.choice([-1, 1]) + gy))
        field = shade(field, 1 + rng.uniform(0, 0.3) * (noise(rng, 150) - 0.5))
    shine = np.clip(
        stretched_noise(rng, 3, 3) + stretched_noise(rng, 30, 30) - rng.uniform(2.6, 7), 0, 0.5
    )
    field, found, shown = add_artefacts(rng, glow(field, shine), clinical)
    image, box = picture(field), bounds((shape > 0.5) & (shown > 0.5))
    if rng.random() < 0.35:
        image, box = landscape(rng, image, box, 3 if "aperture" in found else None)
    return image, {
        "finding": what,
        "structures": structures,
        "symmetric": rough < 0.25,
        "border": "sharp" if sharp else "ill-defined",
        "colour": colour_word(what, field, shape),
        "size": "small"
        if r < 40
        else "frame-filling"
        if r > 135
        else "large"
        if r > 85
        else "medium-sized",
        "skin": tone,
        "artefacts": found,
        "box": box,
        "names": ["clinical photograph of the skin", "macro photograph of a skin lesion"]
        if clinical
        else ["dermoscopic view", "polarised dermoscopy"],
    }
