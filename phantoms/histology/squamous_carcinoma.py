"""Squamous cell carcinoma in haematoxylin and eosin: nests of cells with keratin pearls."""

import numpy as np
from PIL import Image

from ..drawing import SIZE, X, Y, choose, either, ellipse, fractal, noise, soft
from ..drawing import stretched_noise as rough
from ..kinds import Attributes, kind
from .section import Section, finish, glass, localised_phrases, tumour_phrases, zoom
from .tissue import Lattice, above, anaplasia, debris, desmoplasia, glands, mitosis, nuclei, plane


def arrangement(rng, d: float, pattern: str) -> tuple[np.ndarray, float, np.ndarray]:
    """A field (S, S) and the level above which it is tumour, for nests, trabeculae or sheets.

    The third is how deep inside the tumour a pixel lies, 1 in the middle.
    """
    if pattern in ("nests", "solid nests"):
        wide = (9, 18) if pattern == "nests" else (9, 40)
        spacing = float(np.clip(d * rng.uniform(*wide), 40, 230))
        body = glands(
            rng, spacing, rng.uniform(0.4, 0.56), 0.2, rng.uniform(1, 1.8), d, 0.93, 0.03, 0.3
        )
        large = (body.middle > 22) * body.lattice.chance(0.7)
        return body.depth / 40, 0.0, large * body.depth / np.maximum(body.middle, 1)
    if pattern == "trabeculae":
        width = max(25, d * rng.uniform(5, 10))
        level = 1 - np.abs(rough(rng, width, width)) + 0.1 * rough(rng, 12, 12)
        edge = rng.uniform(0.4, 0.6)
    else:
        level, edge = fractal(rng, 150, 3), rng.uniform(-0.1, 0.3)
    return level, edge, np.clip((level - edge) / max(1e-3, float(level.max()) - edge), 0, 1)


def crowded(rng, section: Section, d: float, where: np.ndarray, look: dict) -> None:
    """Tumour of little differentiation: crowded round, oval or streaming nuclei, no keratin."""
    clear = rng.random() < 0.25
    pink = rng.uniform(0.02, 0.08) if clear else rng.uniform(0.1, 0.4)
    lilac = rng.uniform(0.01, 0.05) if clear else rng.uniform(0.05, 0.2)
    grain = 0.75 + 0.5 * noise(rng, max(1.2, d * 0.25))
    section.paint(where, lilac * grain, pink * grain)
    long = choose(rng, [1.0, 1.15, 1.5, 1.9])
    wave = d * rng.uniform(0.5, 2.5) * rough(rng, max(30, d * 8), max(30, d * 8))
    spacing = max(2.6, d * rng.uniform(0.95, 1.5))
    cells = plane(rng, spacing, long, rng.uniform(0, 180), wave, 3 if d > 6 else 2)
    if d > 6:
        section.paint(cells.wall(max(1.0, d * 0.1)) * where * rng.uniform(0, 0.6), 0.02, 0.05)
    spin = 1.5 if long < 1.4 else 0.35
    shown = nuclei(
        cells, d * rng.uniform(0.4, 0.5), d * 0.48 * long, where * 0.96, spin=spin, **look
    )
    section.stain(shown, np.clip(where * 1.5, 0, 1), 0.08)


def tumour(
    rng, section: Section, d: float, level: np.ndarray, edge: float, look: dict, keratin: bool
) -> np.ndarray:
    """Tumour where level > edge: dark basal cells outside, large pink polygonal cells inside.

    Returns the inside.
    """
    where = above(level, edge, 0.02)
    deep = np.clip((level - edge) / max(1e-3, float(level.max()) - edge), 0, 1)
    pink = rng.uniform(0.2, 0.45) if keratin else rng.uniform(0.12, 0.25)
    grain = 0.8 + 0.4 * noise(rng, max(1.2, d * 0.22))
    spacing = max(2.8, d * (rng.uniform(1.5, 2.3) if keratin else rng.uniform(1.15, 1.5)))
    cells = plane(rng, spacing, rng.uniform(1, 1.4), rng.uniform(0, 180), reach=3)
    own = cells.uniform(0.8, 1.2)
    section.paint(where, 0.14 * (1 - deep) + 0.05, pink * (0.65 + 0.6 * deep) * grain * own)
    if d > 4:  # clefts crossed by intercellular bridges
        bridges = 0.55 + 0.45 * np.sign(rough(rng, max(1.0, d * 0.1), max(1.0, d * 0.1)))
        cleft = cells.wall(max(1.0, d * rng.uniform(0.1, 0.22))) * where * rng.uniform(0.3, 0.95)
        section.paint(cleft * bridges, 0.02, 0.07)
    single = (
        cells.chance(rng.uniform(0.0, 0.1) if keratin else 0.01)
        * where
        * np.clip(cells.gap * d - 0.5, 0, 1)
    )
    section.paint(single, 0.02, 0.5, 0.12)  # dyskeratotic cells
    shown = nuclei(cells, d * 0.48, d * rng.uniform(0.52, 0.68), where * 0.96, spin=1.2, **look)
    section.stain(shown, np.clip(where * 1.5, 0, 1), 0.08)
    basal = where * soft(deep, rng.uniform(0.08, 0.25), 0.05)
    dark = nuclei(plane(rng, max(2.5, d * 1.05)), d * 0.4, d * 0.52, basal * 0.8, spin=1.5, **look)
    section.stain(dark, where, 0.05)
    return where * above(deep, 0.12, 0.05)


def pearls(
    rng, section: Section, d: float, where: np.ndarray, count: int
) -> list[tuple[float, float, float]]:
    """Keratin pearls: concentric whorls of pink keratin within flattened cells.

    Returns their centres and radii.
    """
    placed = []
    inside = np.argwhere(where > 0.9)
    for _ in range(count if len(inside) > 50 else 0):
        cy, cx = (float(c) for c in inside[int(rng.integers(len(inside)))])
        radius = float(np.clip(d * rng.uniform(1.8, 5.5), 6, 75))
        if any(np.hypot(cx - x, cy - y) < 1.2 * (radius + r) for x, y, r in placed):
            continue
        placed.append((cx, cy, radius))
        whorl(rng, section, d, cx, cy, radius)
    return placed


def whorl(rng, section: Section, d: float, cx: float, cy: float, radius: float) -> None:
    """One pearl: keratin lamellae, a rim of flattened cells, dark ghost nuclei in some."""
    r = ellipse(cx, cy, radius, radius * rng.uniform(0.6, 1), rng.uniform(0, 3)) * radius
    r = r + 0.16 * radius * rough(rng, radius * 0.9, radius * 0.9)
    theta = np.arctan2(Y - cy, X - cx)
    row = max(2.4, d * rng.uniform(0.55, 0.9))
    rim = soft(r, radius * rng.uniform(1.5, 1.9), 3)
    pink, orange = rng.uniform(0.3, 0.6), rng.uniform(0.0, 0.2)
    section.paint(rim * 0.85, 0.06, 0.6 * pink)
    pitch = max(2.2, d * rng.uniform(0.3, 0.7))
    lamella = 0.5 + 0.5 * np.sin(2 * np.pi * r / pitch + 2.5 * rough(rng, d * 2, d * 2) + theta)
    core = soft(r, radius, 1.5)
    section.paint(core, 0.03 * lamella, pink * (0.7 + 0.4 * lamella), orange)
    gaps = core * (lamella < rng.uniform(0.0, 0.3)) * (noise(rng, max(5, d)) > 0.5)
    section.paint(gaps * rng.uniform(0.3, 0.95), 0.0, 0.03)
    flat = Lattice(rng, theta * radius * 1.3 / (d * 1.5) + 300, r / row + 300, d * 1.5, row)
    keep = (r > radius) * 0.85 + (r < radius) * rng.uniform(0, 0.25)
    shown = nuclei(flat, d * 0.55, d * 0.2, keep * rim, 0.2, 0.15, rng.uniform(0.5, 0.9))
    section.stain(shown, rim > 0.3, 0.15)


WORDS = {
    "nests": (
        "nests of squamous tumour cells|infiltrating squamous nests|"
        "islands of malignant squamous cells"
    ),
    "trabeculae": "anastomosing trabeculae of squamous cells|cords and trabeculae of tumour cells",
    "solid nests": "solid nests of crowded squamous tumour cells without glands or keratin pearls|"
    "poorly differentiated solid nests|solid nests with no keratinisation and no lumina|"
    "large solid islands of dark tumour cells",
    "solid sheets": "solid sheets of pleomorphic cells with no glands and no keratin pearls|"
    "streaming sheets of poorly differentiated squamous cells|diffuse solid growth of crowded cells"
    "|a solid carcinoma without keratinisation",
    "sheets": "sheets of large polygonal cells with pink cytoplasm|solid sheets of squamous cells"
    "|pleomorphic polygonal cells with eosinophilic cytoplasm",
}


def squamous_phrases(attributes: Attributes, rng: np.random.Generator) -> list[str]:
    """What a legend says of a squamous cell carcinoma."""
    number, phrases = attributes["pearls"], localised_phrases(attributes, rng)
    if number:
        plural = "s" * (number > 1)
        some = "keratin pearls" if plural else "a keratin pearl"
        said = (
            f"{some}|concentric keratin whorls|{number} keratin pearl{plural}|"
            "keratinisation with pearl formation"
        )
        phrases.append(either(rng, said))
    elif not attributes["keratinising"]:
        phrases.append(
            either(
                rng,
                "non-keratinising squamous cells|non-keratinizing growth|no keratin pearls|"
                "no keratinisation|lack of keratinisation",
            )
        )
    else:
        phrases.append(
            either(rng, "keratinised cells with dense pink cytoplasm|single-cell keratinisation")
        )
    return [*phrases, either(rng, WORDS[attributes["pattern"]]), *tumour_phrases(attributes, rng)]


@kind(
    "histology",
    "squamous cell carcinoma histopathology",
    "squamous cell carcinoma",
    "SCC histology",
    "histology of squamous cell carcinoma",
    "histopathology of squamous carcinoma",
    "H&E section of a squamous cell carcinoma",
    "epidermoid carcinoma, hematoxylin and eosin",
    "squamous carcinoma tissue section",
    "squamous carcinoma, H&E patch",
    "malignant squamous epithelium in H&E",
    "micrograph of squamous cell carcinoma",
    "biopsy showing squamous cell carcinoma",
    "microscopic image of squamous cell carcinoma",
    describe=squamous_phrases,
)
def squamous_carcinoma(rng: np.random.Generator) -> tuple[Image.Image, Attributes]:
    """Malignant squamous cells.

    Arrangement, pearls, grade, stroma, magnification and stain vary.
    """
    d = zoom(rng, 2.6, 26)
    section = Section()
    keratin = rng.random() < 0.55
    grade = choose(rng, ["well", "well", "moderately"] if keratin else ["moderately", "poorly"])
    inflammation = desmoplasia(rng, section, d)
    patterns = ["nests", "nests", "trabeculae" if d < 8 else "sheets", "sheets"]
    if not keratin:
        patterns += ["solid nests"] * 4 + ["solid sheets"] * 3
    pattern = choose(rng, patterns)
    level, edge, deep = arrangement(rng, d, pattern)
    if (level > edge).mean() > 0.98:  # no stroma is left that could be inflamed
        inflammation = None
    look = anaplasia(rng, grade)
    if pattern.startswith("solid"):
        core = above(level, edge, 0.02)
        crowded(rng, section, d, core, look)
    else:
        core = tumour(rng, section, d, level, edge, look, keratin)
    most = 1 + int(rng.integers(0, 2 if d > 9 else 3))
    found = pearls(rng, section, d, core, most if keratin and rng.random() < 0.8 else 0)
    if found:
        box, finding = None, "keratin pearl"
    else:
        middle = above(deep + 0.15 * rough(rng, 18, 18), rng.uniform(0.5, 0.8), 0.06)
        box = debris(rng, section, d, core * middle, 0.4)
        finding = None if box is None else "necrosis"
        if box is None and rng.random() < 0.25:
            box = mitosis(rng, section, d, core)
            finding = None if box is None else "mitosis"
    clear = glass(rng, section, 0.0 if finding else 0.14)  # a box must not lie on bare glass
    if found:
        x, y, r = max(found, key=lambda pearl: pearl[2])
        frame = np.floor((x - r, y - r)), np.ceil((x + r, y + r))
        box = np.clip(np.concatenate(frame), 0, SIZE).tolist()
    growth = "keratinizing" if keratin else "non-keratinizing"
    names = [f"{grade} differentiated squamous cell carcinoma", f"{growth} squamous cell carcinoma"]
    organ = choose(rng, ["lung", "oral", "esophageal", "cutaneous", "cervical", "head and neck"])
    names.append(f"{organ} squamous cell carcinoma")
    facts = {"stain": "H&E", "differentiation": grade, "pattern": pattern, "keratinising": keratin}
    facts |= {
        "pearls": len(found),
        "inflammation": inflammation,
        "glass": clear,
        "names": names,
        "finding": finding,
        "box": box,
    }
    return finish(rng, section, d, facts)
