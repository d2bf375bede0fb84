"""Adenocarcinoma in haematoxylin and eosin: malignant glands in their many patterns of growth."""

import numpy as np
from PIL import Image

from ..drawing import SIZE, X, Y, choose, either, fibres, fractal, noise, soft, warp
from ..drawing import stretched_noise as rough
from ..kinds import Attributes, kind
from .section import Section, finish, glass, localised_phrases, tumour_phrases, zoom
from .tissue import (
    Glands,
    above,
    anaplasia,
    band,
    blood,
    debris,
    desmoplasia,
    glands,
    infiltrate,
    mitosis,
    necrosis,
    nuclei,
    palisade,
    plane,
    standing,
)


def gland_wall(
    rng, section: Section, body: Glands, d: float, height: float, rows: float, look: dict
) -> None:
    """Epithelium of a malignant gland: cytoplasm, and crowded nuclei in `rows` rows."""
    height = body.wall(height)
    lilac = rng.uniform(0.04, 0.2)
    grain = 0.75 + 0.5 * noise(rng, max(1.2, d * 0.25))
    section.paint(band(body.depth, 0, height), lilac, rng.uniform(0.1, 0.3) * grain)
    tall = rng.uniform(0.48, 0.8) if rows > 1 else rng.uniform(0.42, 0.6)
    row = d * tall * rng.uniform(1.5, 1.9)
    columns = rng.random() < 0.25
    for _ in range(2 if rows > 1.4 and d > 3.5 else 1):  # a second lattice, so that nuclei overlap
        if columns:
            cells = palisade(rng, body, max(2.2, d * rng.uniform(0.85, 1.1)), max(2.4, row))
        else:
            cells = standing(
                rng, body, max(2.5, d * rng.uniform(1.05, 1.35)), np.minimum(height, row * rows)
            )
        keep = (body.depth > 0.2 * d) & (body.depth < np.minimum(height, row * rows))
        shown = nuclei(cells, d * 0.4, d * tall, 2.5 * keep, spin=0.3, **look)
        section.stain(shown, band(body.depth, 0, height), 0.06)


def tubules(rng, section: Section, d: float, grade: str, look: dict) -> Attributes:
    """Irregular glands, separate or back to back, with stratified nuclei, debris in some."""
    crowded = rng.random() < 0.55
    height = d * rng.uniform(1.4, 3.4)
    spacing = float(np.clip(height * rng.uniform(3.5, 8), 18, 110))
    size = rng.uniform(0.5, 0.62) if crowded else rng.uniform(0.38, 0.47)
    ragged = {"well": 0.08, "moderately": 0.2, "poorly": 0.35}[grade]
    squash = rng.uniform(1, 1.8)
    septum = d * rng.uniform(0.3, 1.5)
    keep = 1 if crowded else rng.uniform(0.75, 1)
    body = glands(
        rng,
        spacing,
        size,
        ragged,
        squash,
        septum,
        keep,
        rng.uniform(0, 0.07),
        rng.uniform(0.1, 0.4),
    )
    lumen = soft(body.wall(height) - body.depth, 0, 1.5)
    fill = choose(rng, ["empty", "empty", "mucin", "necrotic debris", "necrotic debris"])
    section.paint(above(body.depth, 0), 0.05, 0.15)
    section.paint(lumen, 0.0, 0.01)
    if fill == "mucin":
        section.paint(lumen * (0.4 + 0.6 * noise(rng, 20)), rng.uniform(0.05, 0.16), 0.05)
    elif fill == "necrotic debris":
        middle = soft(body.wall(height) * rng.uniform(1.05, 1.5) - body.depth, 0, 2)
        necrosis(rng, section, d, middle * (noise(rng, 14) > rng.uniform(0.2, 0.5)))
    gland_wall(rng, section, body, d, height, rng.uniform(1, 2.5), look)
    pattern = "back-to-back glands" if crowded else "irregular glands"
    size = "large" if spacing > 75 else "small" if spacing < 38 else "medium-sized"
    return {"pattern": pattern, "lumen": fill, "gland_size": size}


def cribriform(rng, section: Section, d: float, grade: str, look: dict) -> Attributes:
    """Large nests of tumour cells pierced by many rounded lumina."""
    level = fractal(rng, rng.uniform(70, 200), 2)
    where = above(level, rng.uniform(0.2, 0.45), 0.03)
    spacing, size = max(13, d * rng.uniform(3.2, 6)), rng.uniform(0.22, 0.34)
    holes = glands(rng, spacing, size, 0.12, rng.uniform(1, 1.5), 1, 0.85, 0, 0.3)
    section.paint(
        where, 0.12, rng.uniform(0.1, 0.25) * (0.75 + 0.5 * noise(rng, max(1.2, d * 0.25)))
    )
    cells = plane(rng, max(2.6, d * rng.uniform(1.0, 1.35)))
    section.stain(
        nuclei(cells, d * 0.42, d * 0.55, where * (holes.depth < 1), spin=1.5, **look), where, 0.05
    )
    lumen = where * above(holes.depth, 0)
    section.paint(lumen, 0.02, 0.03)
    fill = choose(rng, ["empty", "necrotic debris", "mucin"])
    if fill == "necrotic debris":
        necrosis(rng, section, d, lumen * above(holes.depth, 2, 2))
    elif fill == "mucin":
        section.add(lumen, 0.1, 0.04)
    return {"pattern": "cribriform", "lumen": fill, "gland_size": None}


def papillary(rng, section: Section, d: float, grade: str, look: dict) -> Attributes:
    """Fronds with fibrovascular cores, lined by atypical cells, in clear space."""
    height = d * rng.uniform(1.2, 2.2)
    spacing, size = float(np.clip(height * rng.uniform(4, 7), 24, 110)), rng.uniform(0.42, 0.55)
    body = glands(
        rng, spacing, size, 0.2, rng.uniform(1.2, 3), d * 0.6, 0.95, rng.uniform(0.0, 0.04), 0.3
    )
    section.paint(soft(body.depth, 0, 1.5), 0.0, 0.01)
    gland_wall(rng, section, body, d, height, rng.uniform(1, 1.8), look)
    return {"pattern": "papillary", "lumen": "empty", "gland_size": None}


def lepidic(rng, section: Section, d: float, grade: str, look: dict) -> Attributes:
    """Alveolar walls, thickened and lined by a row of atypical cells, around open air spaces."""
    height = d * rng.uniform(1.1, 1.6)
    spacing = float(np.clip(d * rng.uniform(6, 12), 26, 120))
    body = glands(
        rng, spacing, 0.7, 0.05, rng.uniform(1, 1.5), d * rng.uniform(0.6, 1.6), 1, 0.02, 0.1
    )
    section.paint(soft(body.wall(height) - body.depth, 0, 1.5), 0.0, 0.01)
    gland_wall(rng, section, body, d, height, 1, look)
    return {"pattern": "lepidic", "lumen": "empty", "gland_size": None}


def mucinous(rng, section: Section, d: float, grade: str, look: dict) -> Attributes:
    """Pools of pale blue or pink mucin with floating strips and clusters of tumour cells."""
    pool = above(fractal(rng, rng.uniform(80, 180), 3), rng.uniform(0.25, 0.45), 0.03)
    strands = fibres(rng, max(1.5, d * 0.4), d * 5, rng.uniform(0, 180))
    strands = 0.4 + 0.6 * warp(strands, rng, 40, 25)
    section.paint(pool, rng.uniform(0.04, 0.2) * strands, rng.uniform(0.0, 0.08) * strands)
    height = d * rng.uniform(1.2, 2)
    spacing = float(np.clip(d * rng.uniform(6, 11), 26, 100))
    body = glands(rng, spacing, 0.4, 0.25, rng.uniform(1, 2), d, rng.uniform(0.5, 0.9), 0.05, 0.35)
    body.depth = np.where(pool > 0.3, body.depth, -9).astype(np.float32)
    gland_wall(rng, section, body, d, height, 2, look)
    return {"pattern": "mucinous", "lumen": "mucin", "gland_size": None}


def solid(rng, section: Section, d: float, grade: str, look: dict) -> Attributes:
    """Solid nests of unequal cells with slits and ragged lumina, as in high-grade serous carcinoma.

    Some have shrunk from their stroma, some lie in a crowd of lymphocytes.
    """
    level, edge = fractal(rng, rng.uniform(60, 200), 3), rng.uniform(0.15, 0.6)
    if rng.random() < 0.3:
        crowd = above(fractal(rng, 120), rng.uniform(0.2, 0.6), 0.1)
        infiltrate(rng, section, d, 0.95 * crowd, rng.uniform(0.7, 1))
    if rng.random() < 0.4:
        shrunk = band(level, edge - rng.uniform(0.01, 0.06), edge, 0.02)
        section.paint(shrunk * (noise(rng, d * 6) > rng.uniform(0.2, 0.6)), 0.0, 0.03)
    where = above(level, edge, 0.025)
    grain = 0.75 + 0.5 * noise(rng, max(1.2, d * 0.25))
    section.paint(where, rng.uniform(0.08, 0.3) * grain, rng.uniform(0.08, 0.28) * grain)
    slits = fractal(rng, d * rng.uniform(6, 12), 3)
    open_space = np.clip(1.6 - np.abs(slits - 0.5) * rng.uniform(22, 50), 0, 1) * (
        noise(rng, d * 9) > rng.uniform(0.4, 0.8)
    )
    if rng.random() < 0.7:
        spacing, squash = float(np.clip(d * rng.uniform(4, 9), 16, 130)), rng.uniform(1, 2.2)
        holes = glands(
            rng, spacing, rng.uniform(0.14, 0.28), 0.4, squash, 1, rng.uniform(0.3, 0.8), 0.05, 0.4
        )
        open_space = np.maximum(open_space, above(holes.depth, 0))
    section.paint(where * open_space, 0.0, 0.02)
    cells = plane(rng, max(2.5, d * rng.uniform(1.0, 1.35)))
    long = rng.uniform(0.5, 0.68)
    shown = nuclei(cells, d * 0.45, d * long, where * (1 - open_space), spin=1.5, **look)
    section.paint(shown.cover * where * (1 - 0.9 * open_space), shown.chromatin, 0.05)
    if rng.random() < 0.35:
        necrosis(rng, section, d, where * above(fractal(rng, 70), 0.68, 0.04))
    return {"pattern": "solid nests with slit-like spaces", "lumen": "slits", "gland_size": None}


def serous(rng, section: Section, d: float, grade: str, look: dict) -> Attributes:
    """Nests of pale unequal nuclei about small lumina, among lymphocytes beside a fibrous band.

    So serous carcinoma of the ovary grows, and much adenocarcinoma that forms few glands.
    """
    angle = rng.uniform(0, 180)
    turn = np.radians(angle)
    across = (X - SIZE / 2) * np.cos(turn) - (Y - SIZE / 2) * np.sin(turn)
    away = across + rng.uniform(8, 30) * rough(rng, 90, 90) + rng.uniform(-110, 20)
    if rng.random() < 0.7:  # parallel fibres, parted by clefts, on one side
        fibrous = above(away, 0, rng.uniform(4, 30))
        streaks = warp(fibres(rng, max(2, d * 0.5), d * rng.uniform(5, 14), angle), rng, 60, 12)
        section.paint(fibrous, 0.02 + 0.08 * streaks, rng.uniform(0.15, 0.4) * (0.4 + streaks))
        clefts = fibrous * (streaks < rng.uniform(0.1, 0.35))
        section.paint(clefts * rng.uniform(0.4, 1), 0.0, 0.02)
        thin = plane(rng, d * rng.uniform(1.1, 1.6), 2.2, angle)
        thin = nuclei(thin, d * 0.22, d * rng.uniform(0.6, 0.9), 0.6 * fibrous, 0.2, 0.2, 0.6)
        section.stain(thin, fibrous, 0.08)
    if rng.random() < 0.75:
        crowd = soft(away, 10, 20) * np.clip(1.2 + 0.5 * rough(rng, d * 5, d * 5), 0, 1)
        torn = crowd * (noise(rng, max(2, d * 1.2)) > rng.uniform(0.4, 0.7))
        section.paint(torn * rng.uniform(0.2, 0.8), 0.0, 0.03)
        infiltrate(rng, section, d, rng.uniform(0.6, 0.98) * crowd, rng.uniform(0.8, 1.1))
    spacing = float(np.clip(d * rng.uniform(9, 24), 70, 210))
    body = glands(rng, spacing, rng.uniform(0.42, 0.6), 0.25, rng.uniform(1, 1.7), d, 0.95, 0.03)
    where = above(body.depth + 0.3 * d * rough(rng, d, d), 0, 2)
    grain = 0.8 + 0.4 * noise(rng, max(1.5, d * 0.4))
    section.paint(where, rng.uniform(0.1, 0.3) * grain, rng.uniform(0.12, 0.32) * grain)
    spacing = float(np.clip(d * rng.uniform(5, 9), 18, 170))
    wide, keep = rng.uniform(0.1, 0.2), rng.uniform(0.3, 0.8)
    holes = glands(rng, spacing, wide, 0.4, rng.uniform(1, 2.4), 1, keep, 0.05, 0.4)
    lumen = where * above(holes.depth, 0)
    section.paint(lumen, 0.02, rng.uniform(0, 0.08))
    look = look | {"vesicular": rng.uniform(0.35, 0.8), "nucleoli": rng.uniform(0.5, 1.3)}
    cells = plane(rng, max(2.6, d * rng.uniform(1.1, 1.45)))
    long = rng.uniform(0.52, 0.68)
    shown = nuclei(cells, d * 0.46, d * long, where * (1 - lumen), spin=1.5, **look)
    section.stain(shown, where * (1 - lumen), 0.06)
    box = mitosis(rng, section, d, where * (1 - lumen)) if rng.random() < 0.2 else None
    finding = None if box is None else "mitosis"
    return {
        "pattern": "nests about small lumina",
        "lumen": "few",
        "gland_size": None,
        "box": box,
        "finding": finding,
    }


def colonic(rng, section: Section, d: float, grade: str, look: dict) -> Attributes:
    """Large colon glands of tall crowded cells, some bridged, often full of dirty necrosis."""
    height = d * rng.uniform(2.2, 4)
    spacing = float(np.clip(height * rng.uniform(3.2, 7), 42, 190))
    long = rng.uniform(1, 1.8)
    body = glands(
        rng, spacing, rng.uniform(0.46, 0.62), 0.12, long, d, 0.95, rng.uniform(0, 0.05), 0.3
    )
    look = look | {"vary": 0.15, "dark": rng.uniform(0.65, 0.95)}
    wall = body.wall(height)
    section.paint(above(body.depth, 0), rng.uniform(0.08, 0.2), rng.uniform(0.1, 0.25))
    lumen, bridged = soft(wall - body.depth, 0, 1.5), rng.random() < 0.45
    if bridged:
        holes = glands(rng, height * rng.uniform(1.4, 2.4), rng.uniform(0.28, 0.4), 0.15, vary=0.3)
        lumen = lumen * above(holes.depth, 0)
        cells = plane(rng, max(2.6, d * rng.uniform(1.0, 1.25)))
        keep = (body.depth > 0.2 * d) * (1 - lumen)
        section.stain(nuclei(cells, d * 0.36, d * 0.55, keep, spin=1.5, **look), 1 - lumen, 0.06)
    section.paint(lumen, 0.0, 0.01)
    inside = lumen * above(body.depth - wall * rng.uniform(1.0, 1.4) + d * rough(rng, 12, 12), 0, 2)
    box = debris(rng, section, d, inside, 0.65)
    if not bridged:
        gland_wall(rng, section, body, d, height, rng.uniform(1.6, 2.6), look)
    fill = "empty" if box is None else "necrotic debris"
    return {"pattern": "colonic", "lumen": fill, "gland_size": None, "box": box}


def acini(rng, section: Section, d: float, grade: str, look: dict) -> Attributes:
    """Prostatic acini: small round glands of one row of pale cells with prominent nucleoli."""
    height = d * rng.uniform(1.5, 2.3)
    spacing = float(np.clip(height * rng.uniform(2.6, 4.6), 16, 120))
    squash, keep = rng.uniform(1, 1.4), rng.uniform(0.75, 1)
    body = glands(rng, spacing, rng.uniform(0.36, 0.5), 0.07, squash, d * 0.3, keep, 0, 0.2)
    wall = body.wall(height)
    foam = 0.7 + 0.6 * noise(rng, max(1.2, d * 0.3))
    section.paint(above(body.depth, 0), rng.uniform(0.02, 0.12) * foam, rng.uniform(0.05, 0.22))
    lumen = soft(wall - body.depth, 0, 1.5)
    section.paint(lumen, 0.0, 0.02)
    fill = choose(rng, ["empty", "empty", "secretions"])
    if fill == "secretions":
        pink = lumen * above(body.depth - wall, d * 0.3, 1) * body.lattice.chance(0.5)
        section.paint(pink, 0.02, rng.uniform(0.15, 0.5))
    look = look | {"nucleoli": rng.uniform(0.8, 1.5), "vesicular": rng.uniform(0.3, 0.8)}
    cells = standing(rng, body, max(2.6, d * rng.uniform(1.05, 1.35)), d * 1.1)
    basal = (body.depth > 0.1 * d) & (body.depth < np.minimum(wall, 1.15 * d))
    section.stain(nuclei(cells, d * 0.44, d * 0.47, basal * 2.0, spin=1, **look), 1 - lumen, 0.05)
    return {"pattern": "small acini", "lumen": fill, "gland_size": None}


def large_cells(rng, section: Section, d: float, grade: str, look: dict) -> Attributes:
    """Sheets of large cells with few ragged lumina, and vacuoles of mucin: high-grade acinar."""
    where = above(fractal(rng, rng.uniform(90, 220), 3), rng.uniform(0.0, 0.4), 0.02)
    tint = rng.uniform(0.05, 0.22), rng.uniform(0.12, 0.32)
    grain = 0.75 + 0.5 * noise(rng, max(1.2, d * 0.25))
    section.paint(where, tint[0] * grain, tint[1] * grain)
    spacing = float(np.clip(d * rng.uniform(6, 12), 30, 150))
    holes = glands(rng, spacing, rng.uniform(0.2, 0.34), 0.35, rng.uniform(1, 2), 1, 0.5, 0.04, 0.4)
    lumen = where * above(holes.depth, 0)
    section.paint(lumen, 0.0, 0.02)
    if rng.random() < 0.4:
        blood(rng, section, lumen * rng.uniform(0.1, 0.5), max(2.6, d * 0.6))
    cells = plane(rng, max(2.8, d * rng.uniform(1.15, 1.6)), reach=3)
    signet = rng.random() < 0.3
    if d > 5:
        section.paint(cells.wall(max(1.0, d * 0.12)) * where * rng.uniform(0.2, 0.8), 0.02, 0.06)
    drops = nuclei(cells, d * 0.62, d * 0.66, where * (0.6 if signet else 0.06), 0.2, 1)
    shown = nuclei(cells, d * 0.46, d * 0.52, where * 0.96, spin=1.5, **look)
    section.stain(shown, where * (1 - lumen), 0.08)
    mucin = drops.cover * (1 - lumen)
    if signet:  # the nucleus is pushed aside to a crescent
        mucin = mucin * (cells.dv * cells.sv < 0.35 * d)
    section.paint(mucin, rng.uniform(0, 0.08), rng.uniform(0.0, 0.06))
    pattern = "signet ring cells" if signet else "solid acinar"
    box = mitosis(rng, section, d, where * (1 - lumen)) if rng.random() < 0.3 else None
    finding = None if box is None else "mitosis"
    return {"pattern": pattern, "lumen": "few", "gland_size": None, "box": box, "finding": finding}


GROWTH = (
    *(tubules,) * 4,
    *(colonic,) * 4,
    *(acini,) * 3,
    *(large_cells,) * 2,
    cribriform,
    papillary,
    lepidic,
    lepidic,
    mucinous,
    *(solid,) * 3,
    *(serous,) * 7,
)
ORGANS = {
    "colonic": ("colon adenocarcinoma", "colorectal adenocarcinoma", "adenocarcinoma of the colon"),
    "small acini": ("prostate adenocarcinoma", "acinar adenocarcinoma", "prostate cancer in H&E"),
    "solid acinar": ("lung adenocarcinoma", "poorly gland-forming adenocarcinoma"),
    "lepidic": ("lung adenocarcinoma", "adenocarcinoma of the lung"),
    "signet ring cells": ("signet ring cell carcinoma", "gastric adenocarcinoma"),
    "solid nests with slit-like spaces": (
        "ovarian adenocarcinoma",
        "high-grade serous carcinoma",
        "solid adenocarcinoma",
    ),
    "nests about small lumina": (
        "ovarian adenocarcinoma",
        "high-grade serous carcinoma of the ovary",
        "adenocarcinoma of the ovary",
    ),
}
WORDS = {
    "back-to-back glands": (
        "crowded back-to-back malignant glands|fused glands with little stroma between them"
    ),
    "irregular glands": (
        "irregular infiltrating glands in desmoplastic stroma|malignant glands of irregular shape"
    ),
    "cribriform": (
        "cribriform glands|a cribriform growth pattern|tumour nests pierced by round lumina"
    ),
    "papillary": (
        "papillary fronds with fibrovascular cores|a papillary growth pattern|papillary tumour"
    ),
    "lepidic": (
        "lepidic growth along alveolar walls|atypical cells lining alveolar septa|a lepidic pattern"
    ),
    "mucinous": (
        "pools of extracellular mucin with floating tumour cells|mucinous carcinoma|abundant mucin"
    ),
    "colonic": (
        "large colonic glands of tall crowded cells|malignant colon glands with stratified nuclei|"
        "complex glands as in colorectal cancer|glands lined by tall columnar tumour cells"
    ),
    "small acini": (
        "small round acini with prominent nucleoli|crowded small glands as in the prostate|"
        "an acinar pattern of small glands|infiltrating small acini with one layer of cells"
    ),
    "solid acinar": (
        "sheets of large atypical cells with a few irregular lumina|poorly formed glands|"
        "an acinar and solid pattern with vacuolated cells|large nuclei around ragged lumina"
    ),
    "signet ring cells": (
        "signet ring cells with mucin vacuoles|vacuolated mucin-filled tumour cells"
    ),
    "solid nests with slit-like spaces": (
        "solid tumour nests with slit-like spaces|high-grade solid growth"
    ),
    "nests about small lumina": (
        "nests of atypical tumour cells about small lumina|tumour nests with few small glands|"
        "pleomorphic nuclei around slit-like glandular lumina|nests of glandular tumour cells"
    ),
}


def adenocarcinoma_phrases(attributes: Attributes, rng: np.random.Generator) -> list[str]:
    """What a legend says of an adenocarcinoma."""
    pattern, size, lumen = (attributes[k] for k in ("pattern", "gland_size", "lumen"))
    phrases = [*localised_phrases(attributes, rng), either(rng, WORDS[pattern])]
    if size:
        phrases.append(either(rng, f"{size} glands|{size} neoplastic glands"))
    if lumen == "necrotic debris":
        phrases.append(either(rng, "necrotic debris in the lumina|dirty necrosis|luminal necrosis"))
    elif lumen == "mucin" and pattern != "mucinous":
        phrases.append(either(rng, "mucin in the lumina|luminal mucin"))
    elif lumen == "secretions":
        phrases.append(either(rng, "pink secretions in the lumina|dense luminal secretions"))
    return [*phrases, *tumour_phrases(attributes, rng)]


@kind(
    "histology",
    "adenocarcinoma histopathology",
    "adenocarcinoma",
    "histology of adenocarcinoma",
    "histopathology of adenocarcinoma",
    "H&E section of an adenocarcinoma",
    "malignant glands in H&E",
    "glandular carcinoma, hematoxylin and eosin",
    "gland-forming carcinoma histology",
    "micrograph of adenocarcinoma",
    "adenocarcinoma tissue section",
    "biopsy showing adenocarcinoma",
    "microscopic image of adenocarcinoma",
    "gland-forming tumour in H&E",
    "invasive adenocarcinoma, H&E patch",
    describe=adenocarcinoma_phrases,
)
def adenocarcinoma(rng: np.random.Generator) -> tuple[Image.Image, Attributes]:
    """Malignant glands; growth pattern, grade, lumina, stroma, magnification and stain vary."""
    d = zoom(rng, 2.5, 24)
    section = Section()
    grade = choose(rng, ["well", "moderately", "moderately", "poorly"])
    inflammation = desmoplasia(rng, section, d)
    found = choose(rng, GROWTH)(rng, section, d, grade, anaplasia(rng, grade))
    boxed = found.setdefault("box") is not None
    found.setdefault("finding", "necrosis" if boxed else None)
    clear = glass(rng, section, 0.0 if boxed else 0.14)  # a box must not lie on bare glass
    names = [f"{grade} differentiated adenocarcinoma", *ORGANS.get(found["pattern"], ())]
    if found["pattern"] in ("papillary", "lepidic", "mucinous", "cribriform"):
        names.append(f"{found['pattern']} adenocarcinoma")
    found |= {
        "stain": "H&E",
        "differentiation": grade,
        "inflammation": inflammation,
        "glass": clear,
        "names": names,
    }
    return finish(rng, section, d, found)
