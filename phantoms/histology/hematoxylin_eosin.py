"""Haematoxylin and eosin sections of many organs and lesions, without carcinoma."""

import numpy as np
from PIL import Image

from ..drawing import SIZE, X, Y, choose, either, ellipse, fibres, fractal, noise, soft, warp
from ..drawing import stretched_noise as rough
from ..kinds import Attributes, kind
from .section import Section, finish, glass, scale_phrases, zoom
from .tissue import (
    ON_GLASS,
    above,
    band,
    blood,
    glands,
    infiltrate,
    necrosis,
    nuclei,
    palisade,
    plane,
    spindle_cells,
    standing,
    stroma,
    whole_mount,
)


def vessel(rng, section: Section, d: float) -> None:
    """A vessel with a muscular wall and blood in it."""
    cx, cy, radius = *rng.uniform(20, 236, 2), rng.uniform(14, 50)
    r = ellipse(cx, cy, radius, radius * rng.uniform(0.5, 1), rng.uniform(0, 3)) - 1
    r = (r + 0.3 * (noise(rng, 25) - 0.5)) * radius
    wall = radius * rng.uniform(0.15, 0.6)
    section.paint(band(r, 0, wall), 0.04, 0.3 + 0.08 * np.sin(r / max(0.8, d * 0.2)))
    section.paint(soft(r, 0, 1.5), 0.0, 0.02)
    if rng.random() < 0.8:
        blood(
            rng, section, soft(r, -2, 2) * (noise(rng, 20) > rng.uniform(0, 0.5)), max(2.6, d * 0.9)
        )


def collagen(rng, section: Section, d: float) -> Attributes:
    """Dense or loose connective tissue, now and then with a vessel."""
    stroma(rng, section, d, rng.uniform(0.14, 0.4), rng.uniform(0.05, 0.6))
    if rng.random() < 0.4:
        vessel(rng, section, d)
    return {"tissue": "connective tissue"}


def smooth_muscle(rng, section: Section, d: float) -> Attributes:
    """Fascicles of smooth muscle with cigar-shaped nuclei, some with clefts between them."""
    angle = rng.uniform(0, 180)
    density = 0.55 + 0.45 * fibres(rng, max(1.2, d * 0.35), d * 7, angle)
    section.add(density, 0.05, rng.uniform(0.2, 0.42))
    spindle_cells(rng, section, d, angle, rng.uniform(0.4, 0.9), 0.65)
    if rng.random() < 0.6:
        clefts = fibres(rng, d * rng.uniform(3, 6), d * 30, angle)
        section.paint(
            soft(clefts, rng.uniform(0.25, 0.38), 0.05) * rng.uniform(0.4, 0.95), 0.0, 0.04
        )
    return {"tissue": "smooth muscle"}


def skeletal_muscle(rng, section: Section, d: float) -> Attributes:
    """Striated muscle fibres along or across, with nuclei at their edges and clefts between."""
    wide, along = d * rng.uniform(2.5, 5), rng.random() < 0.5
    length, angle = 40.0 if along else 1.0, rng.uniform(0, 180)
    cells = plane(rng, wide, length, angle, 0.12 * wide * rough(rng, 60, 60) if along else None, 3)
    body = 1 - cells.wall(max(1.2, wide * rng.uniform(0.06, 0.2)))
    shade = cells.uniform(0.75, 1.15) * (0.9 + 0.2 * noise(rng, max(1.2, d * 0.15)))
    if along and d > 6:  # cross striation
        shade = shade * (1 + 0.12 * np.sin(cells.dv * cells.sv * 2 * np.pi / max(3, d * 0.35)))
    section.paint(body, 0.03, rng.uniform(0.25, 0.5) * shade)
    edge = cells.gap * min(cells.su, cells.sv) < d * 0.8
    section.stain(
        nuclei(
            plane(rng, d * 1.3), d * 0.25, d * 0.55, edge * rng.uniform(0.2, 0.6), 0.2, 1.5, 0.75
        )
    )
    return {"tissue": "skeletal muscle", "cut": "longitudinal" if along else "transverse"}


def adipose(rng, section: Section, d: float) -> Attributes:
    """Fat: large empty cells with thin walls, beside septa of connective tissue."""
    stroma(rng, section, d)
    cells = plane(rng, min(70, max(9, d * rng.uniform(4, 9))), reach=3)
    part = soft(fractal(rng, 110), rng.uniform(0.55, 1.1), 0.03)
    hole = (1 - cells.wall(max(1.0, d * rng.uniform(0.12, 0.3)))) * part
    section.paint(part, 0.05, 0.22)
    section.paint(hole, 0.0, 0.0)
    section.stain(
        nuclei(plane(rng, d * 1.5), d * 0.2, d * 0.5, (1 - hole) * part * 0.4, 0.2, 1.5, 0.7)
    )
    return {"tissue": "adipose tissue"}


def cartilage(rng, section: Section, d: float) -> Attributes:
    """Hyaline cartilage: a blue-grey glassy matrix with cells in lacunae."""
    section.add(1.0, 0.2 * (0.6 + 0.6 * fractal(rng, 80)), rng.uniform(0.03, 0.15))
    cells = plane(rng, d * rng.uniform(2.2, 3.6), rng.uniform(1, 1.4), rng.uniform(0, 180))
    keep = np.clip(0.6 + 0.4 * rough(rng, 60, 60), 0, 1)
    hole = nuclei(cells, d * 0.62, d * 0.85, keep, 0.2, 0.8)
    rim = nuclei(cells, d * 0.85, d * 1.1, keep, 0.2, 0.8)
    section.add(rim.cover * 0.12, 1.0)
    section.paint(hole.cover, 0.02, 0.03)
    section.stain(nuclei(cells, d * 0.35, d * 0.42, 1, 0.15, 0.8, 0.7), hole.cover > 0.5)
    return {"tissue": "cartilage"}


def liver(rng, section: Section, d: float) -> Attributes:
    """Plates of pink polygonal hepatocytes with round central nuclei and sinusoids.

    Some hold fat droplets.
    """
    cells = plane(rng, max(4, d * rng.uniform(1.9, 2.6)), reach=3)
    section.add(1.0, 0.06, rng.uniform(0.18, 0.38) * (0.75 + 0.5 * noise(rng, max(1.2, d * 0.2))))
    section.paint(cells.wall(1.0) * 0.4, 0.08, 0.36)
    sinusoid = np.abs(rough(rng, d * 3.5, d * 3.5)) < rng.uniform(0.08, 0.22)
    section.paint(sinusoid * 0.9, 0.0, 0.05)
    if rng.random() < 0.4:
        blood(rng, section, sinusoid * rng.uniform(0.2, 0.8), max(2.6, d * 0.7))
    fatty = rng.random() < 0.4
    if fatty:
        drops = nuclei(
            plane(rng, max(4, d * 2.1)),
            d * 0.85,
            d * 0.9,
            rng.uniform(0.2, 0.7) * noise(rng, 50),
            0.3,
            1,
        )
        section.paint(drops.cover, 0.0, 0.0)
    section.stain(
        nuclei(cells, d * 0.45, d * 0.47, 0.85, 0.1, 1, 0.55, 0.55, 0.8 * (d > 7)), 1.0, 0.05
    )
    if rng.random() < 0.4:
        vessel(rng, section, d)
    return {"tissue": "liver", "finding": "steatosis" if fatty else None}


def skin(rng, section: Section, d: float) -> Attributes:
    """Skin: keratin and epidermis over rete ridges, dermis with naevus cells or inflammation."""
    stroma(rng, section, d, rng.uniform(0.15, 0.38), 0.25)
    finding = choose(rng, [None, "naevus nests", "inflammation"])
    thick, top = min(90, d * rng.uniform(4, 10)), rng.uniform(15, 80)
    surface = Y - top - 18 * (noise(rng, 80)[0] - 0.5)[None, :]
    ridges = thick * (1 + rng.uniform(0.3, 1.2) * (noise(rng, max(12, thick * 0.8)) - 0.4))
    if finding == "naevus nests":
        naevus(rng, section, d, above(fractal(rng, max(20, d * 5)), 0.6, 0.03) * (surface > 0))
    elif finding:
        infiltrate(rng, section, d, np.clip(0.9 - (surface - thick) / 60, 0, 0.9) * noise(rng, 25))
    epidermis = band(surface, 0, 1e3) * soft(surface, ridges, 1.5)
    section.paint(epidermis, 0.12 + 0.12 * np.clip(surface / thick, 0, 1), 0.3)
    cells = plane(rng, max(2.8, d * 1.35), reach=3)
    section.add(cells.wall(1.0) * epidermis * 0.1, 0.0, -0.6)
    section.stain(nuclei(cells, d * 0.36, d * 0.48, epidermis, 0.15, 1, 0.65, 0.3), epidermis)
    horn = d * rng.uniform(0.5, 3)
    section.paint(soft(surface, 0, 1.5), 0.0, 0.0)
    layers = np.abs(np.sin(surface / max(1, d * 0.25) + 4 * noise(rng, 30))) > rng.uniform(0.2, 0.7)
    section.paint(band(surface, -horn, 0) * layers, 0.02, 0.38, 0.08)
    clear = (surface < -horn).mean() > 0.02  # thick keratin may reach the edge of the picture
    return {"tissue": "skin", "finding": finding, "glass": bool(clear)}


def mucosa(rng, section: Section, d: float) -> Attributes:
    """Stratified squamous epithelium: dark basal row, clear middle, flat top, keratin on some."""
    stroma(rng, section, d, rng.uniform(0.12, 0.35), 0.4)
    inflamed = rng.random() < 0.3
    turn, thick = rng.uniform(0, 2 * np.pi), float(np.clip(d * rng.uniform(9, 26), 60, 260))
    low = rng.uniform(-150, 20)
    down = (X - 128) * np.cos(turn) + (Y - 128) * np.sin(turn) - low + 12 * rough(rng, 90, 90)
    pegs = thick * rng.uniform(0.05, 0.35) * rough(rng, max(10, thick / 5), max(10, thick / 5))
    height = (thick - down + pegs) / thick  # 0 at the basal row, 1 at the surface
    if inflamed:
        infiltrate(rng, section, d, np.clip(0.7 + height, 0, 0.7), 0.75)
    epithelium = above(height, 0, 0.02) * above(down, 0)
    if rng.random() < 0.4:  # papillae of the stroma, cut across
        islands = fractal(rng, max(25, thick * 0.5), 2)
        epithelium = epithelium * (1 - soft(islands, 0.3, 0.03) * (height < 0.7))
    level = np.clip(height, 0, 1)
    clear = rng.uniform(0, 0.14) * band(level, 0.25, 0.85, 0.2)
    pink = rng.uniform(0.1, 0.3)
    section.paint(epithelium, 0.16 * (1 - level) ** 2 + 0.03, pink * (0.6 + 0.6 * level) - clear)
    cells = plane(rng, max(2.8, d * rng.uniform(1.3, 1.9)), reach=3)
    section.add(cells.wall(max(1.0, d * 0.12)) * epithelium * rng.uniform(-0.1, 0.08), 0.0, 1.0)
    middle = epithelium * (level > 0.12) * np.clip(1.25 - level, 0, 1)
    section.stain(nuclei(cells, d * 0.42, d * 0.46, middle, 0.12, 1, 0.55, 0.45), epithelium)
    basal = epithelium * soft(level, rng.uniform(0.08, 0.2), 0.05)
    crowd = plane(rng, max(2.5, d * 1.0))
    section.stain(nuclei(crowd, d * 0.36, d * 0.5, basal, 0.12, 1.2, 0.75), epithelium, 0.05)
    section.paint(soft(down, 0, 1.5), 0.0, 0.0)
    keratin = rng.random() < 0.5
    if keratin:
        horn = d * rng.uniform(0.6, 4)
        layers = np.sin(down / max(1, d * 0.25) + 4 * noise(rng, 30)) > rng.uniform(-1.0, -0.3)
        section.paint(band(down, -horn, 0.1 * thick) * layers, 0.02, 0.4, 0.08)
    top = "keratin on the surface" if keratin else "no keratin layer"
    open_side = bool((down < (-horn if keratin else 0)).mean() > 0.02)
    if not open_side:
        top = "regular layers of squamous cells"
    finding = "subepithelial inflammation" if inflamed and (height < 0).mean() > 0.1 else top
    return {"tissue": "stratified squamous epithelium", "finding": finding, "glass": open_side}


def naevus(rng, section: Section, d: float, where: np.ndarray) -> None:
    """Rounded groups of bland cells."""
    section.paint(where * 0.8, 0.1, 0.16)
    cells = plane(rng, max(2.8, d * 1.3))
    section.stain(nuclei(cells, d * 0.4, d * 0.46, where, 0.15, 1, 0.6, 0.5), where, 0.03)


def kidney(rng, section: Section, d: float) -> Attributes:
    """Kidney: back-to-back tubules of pink cells, and glomeruli in their white capsule."""
    section.add(1.0, 0.04, 0.12)
    tubes = glands(rng, max(12, d * rng.uniform(4.2, 5.5)), 0.6, 0.05, rng.uniform(1, 1.5), 1.5, 1)
    high = tubes.lattice.uniform(1.0, 2.2) * d
    pink = rng.uniform(0.2, 0.42) * (0.8 + 0.4 * noise(rng, max(1.2, d * 0.2)))
    section.paint(band(tubes.depth, 0, high), 0.05, pink)
    section.paint(above(tubes.depth, high), 0.0, 0.02)
    lining = (tubes.depth > 0) & (tubes.depth < d * 1.6)
    section.stain(
        nuclei(standing(rng, tubes, d * 1.5, d * 1.6), d * 0.42, d * 0.44, lining, 0.1, 1, 0.6, 0.3)
    )
    count = int(rng.integers(0, 4 if d < 12 else 2))
    box = None
    for _ in range(count):
        box = glomerulus(rng, section, d)
    finding = "glomeruli" if count > 1 else "a glomerulus" if count else None
    return {"tissue": "kidney", "finding": finding, "box": box}


def glomerulus(rng, section: Section, d: float) -> list[float]:
    """A tuft of capillaries full of nuclei in a white capsular space; returns its box."""
    radius = float(np.clip(d * rng.uniform(6, 9), 16, 80))
    cx, cy = rng.uniform(20, 236, 2)
    r = (ellipse(cx, cy, radius, radius * rng.uniform(0.8, 1)) - 1) * radius
    r = r + 0.12 * radius * rough(rng, radius * 0.6, radius * 0.6)
    section.paint(soft(r, radius * 0.14, 1.5), 0.0, 0.0)
    tuft = soft(r, -1, 1.5) * (np.abs(rough(rng, d, d)) > rng.uniform(0.05, 0.2))
    section.paint(tuft, 0.06, 0.28)
    section.stain(
        nuclei(
            plane(rng, max(2.6, d * 1.25)), d * 0.38, d * 0.42, soft(r, -2, 2) * 0.85, 0.15, 1, 0.7
        )
    )
    reach = 1.14 * radius
    box = np.clip((cx - reach, cy - reach, cx + reach, cy + reach), 0, SIZE)
    return np.rint(box).tolist()


def lymphoid(rng, section: Section, d: float) -> Attributes:
    """Lymphoid tissue: densely packed small round nuclei, with paler germinal centres in some."""
    section.add(1.0, 0.08, rng.uniform(0.06, 0.18))
    centres = 0 * X
    if rng.random() < 0.6:
        centres = above(fractal(rng, rng.uniform(60, 130), 2), rng.uniform(0.6, 0.85), 0.08)
    infiltrate(
        rng, section, d, np.clip(rng.uniform(0.8, 1) - 0.9 * centres, 0, 1), rng.uniform(0.6, 0.9)
    )
    section.stain(
        nuclei(plane(rng, max(2.8, d * 1.35)), d * 0.5, d * 0.55, centres * 0.9, 0.2, 1, 0.5, 0.5)
    )
    return {
        "tissue": "lymphoid tissue",
        "finding": "germinal centre" if centres.max() > 0.5 else None,
    }


def lymph_node(rng, section: Section, d: float) -> Attributes:
    """Lymph node: round follicles with dark mantles and pale centres, sinuses between them."""
    section.add(1.0, 0.07, rng.uniform(0.06, 0.2))
    spacing, bend = float(np.clip(d * rng.uniform(14, 26), 45, 150)), rng.uniform(0.1, 0.3)
    body = glands(rng, spacing, 0.4, 0.06, rng.uniform(1, 1.3), 2, 0.8, 0, 0.2, bend)
    mantle = body.middle * rng.uniform(0.25, 0.5)
    centre = above(body.depth, mantle, 3) * (body.depth > 0)
    around = rng.uniform(0.45, 0.8)
    sinus = np.abs(rough(rng, spacing * 0.5, spacing * 0.5)) < rng.uniform(0.02, 0.14)
    sinus = sinus * (body.depth < 0)
    section.paint(sinus * 0.8, 0.02, 0.06)
    keep = np.where(body.depth > 0, 1.0, around) * (1 - 0.95 * centre) * (1 - 0.8 * sinus)
    infiltrate(rng, section, d, keep, rng.uniform(0.6, 0.9))
    pale = nuclei(plane(rng, max(2.8, d * 1.3)), d * 0.48, d * 0.54, centre * 0.9, 0.2, 1, 0.5, 0.5)
    section.stain(pale)
    return {"tissue": "lymph node", "finding": "lymphoid follicles with germinal centres"}


def mucus(rng, section: Section, d: float) -> Attributes:
    """Mucus: pale lilac or pink streaming strands, nearly without cells."""
    strands = warp(fibres(rng, max(2.5, d * 0.6), d * 9, rng.uniform(0, 180)), rng, 50, 35)
    strands = (0.5 * strands + 0.5 * fractal(rng, 90)) ** rng.uniform(1, 2.5)
    section.add(strands, rng.uniform(0.05, 0.35), rng.uniform(0.02, 0.2))
    infiltrate(rng, section, d, rng.uniform(0, 0.12) * noise(rng, 40), 0.6)
    return {"tissue": "mucus"}


def debris(rng, section: Section, d: float) -> Attributes:
    """Necrotic debris alone: granular pink matter with dust and shadows of cells."""
    necrosis(rng, section, d, 0.4 + 0.6 * fractal(rng, rng.uniform(30, 100)))
    infiltrate(rng, section, d, rng.uniform(0, 0.3) * noise(rng, 30), 0.6)
    return {"tissue": "necrotic debris"}


def cellular(rng, section: Section, d: float) -> Attributes:
    """A cellular tumour that is no carcinoma: crowded unequal nuclei, no glands and no nests."""
    fine = 0.6 + 0.8 * noise(rng, max(1.2, d * 0.3))
    section.add(1.0, rng.uniform(0.05, 0.2), rng.uniform(0.1, 0.3) * fine)
    cells = plane(
        rng, max(2.6, d * rng.uniform(0.95, 1.4)), rng.uniform(1, 1.5), rng.uniform(0, 180)
    )
    vary, dark, pale = rng.uniform(0.15, 0.35), rng.uniform(0.5, 0.9), rng.uniform(0, 0.5)
    shown = nuclei(cells, d * 0.4, d * rng.uniform(0.45, 0.75), 0.9, vary, 1.0, dark, pale)
    section.stain(shown, 1.0, 0.06)
    if rng.random() < 0.4:
        blood(rng, section, above(noise(rng, 40), 0.75, 0.1), max(2.6, d * 0.7))
    return {"tissue": "cellular tumour"}


def colon(rng, section: Section, d: float) -> Attributes:
    """Normal colonic mucosa: even round or test-tube crypts with goblet cells."""
    stroma(rng, section, d, rng.uniform(0.08, 0.2), 0.3)
    infiltrate(rng, section, d, rng.uniform(0.08, 0.35), 0.65)
    high = d * rng.uniform(2.0, 2.8)
    long = choose(rng, [1.0, 1.15, rng.uniform(2.5, 4), rng.uniform(4, 7)])
    body = glands(
        rng, max(16, high * rng.uniform(3.4, 4.6)), 0.45, 0.03, long, d * 0.8, 1, 0, 0.06, 0.06
    )
    lumen = body.wall(high)
    section.paint(band(body.depth, 0, lumen), 0.08, 0.2)
    section.paint(soft(lumen - body.depth, 0, 1.5), 0.0, 0.03)
    cells = palisade(rng, body, d * 1.4, high)
    drop = np.clip((0.34 - np.hypot(cells.du * 0.85, cells.dv - 0.08)) * d * 1.2 + 0.5, 0, 1)
    goblet = drop * band(body.depth, d * 0.8, lumen - 0.2 * d)
    section.paint(
        goblet * cells.chance(rng.uniform(0.5, 0.95)), rng.uniform(0.0, 0.12), rng.uniform(0, 0.05)
    )
    base = (body.depth > 0) * 2.0 * (body.depth < d * 0.95)
    row = standing(rng, body, max(2.5, d * 0.9), d)
    section.stain(nuclei(row, d * 0.34, d * 0.46, base, 0.1, 0.3, 0.65, 0.1))
    shape = "parallel test-tube crypts" if long > 2 else "round crypts, evenly spaced"
    finding = choose(rng, [shape, "regular crypts with goblet cells"])
    return {"tissue": "normal colonic mucosa", "finding": finding}


def brain(rng, section: Section, d: float) -> Attributes:
    """Brain: finely fibrillar pink ground, glial nuclei in halos, and neurones in gray matter."""
    fine = 0.6 * noise(rng, max(1.0, d * 0.18)) + 0.4 * noise(rng, max(1.5, d * 0.5))
    section.add(1.0, 0.04, rng.uniform(0.1, 0.3) * (0.6 + 0.8 * fine))
    grey = rng.random() < 0.5
    if rng.random() < 0.5:  # vacuoles in the neuropil
        drops = plane(rng, max(2.6, d * rng.uniform(0.9, 1.5)))
        size = d * rng.uniform(0.15, 0.35)
        section.paint(nuclei(drops, size, size, rng.uniform(0.1, 0.5), 0.3, 1).cover, 0.0, 0.0)
    cells = plane(rng, d * rng.uniform(1.6, 3.2))
    keep = np.clip(rng.uniform(0.3, 0.9) + 0.3 * rough(rng, 60, 60), 0, 1)
    halo = nuclei(cells, d * 0.6, d * 0.62, keep, 0.1, 1)
    small = nuclei(cells, d * 0.36, d * 0.42, keep, 0.2, 1, 0.75, 0.2)
    section.paint(halo.cover * rng.uniform(0, 0.9) * (cells.chance(0.5)), 0.0, 0.01)
    section.stain(small, cells.chance(0.8))
    if grey:
        big = plane(rng, d * rng.uniform(4, 7))
        soma = nuclei(big, d * 0.75, d * 1.4, rng.uniform(0.4, 0.9), 0.2, 0.6)
        core = nuclei(big, d * 0.4, d * 0.42, 1, 0.1, 1, 0.5, 0.6, 1.0)
        section.paint(soma.cover, 0.25 * (0.6 + 0.8 * noise(rng, max(1, d * 0.2))), 0.2)
        section.stain(core, soma.cover > 0.5)
    return {
        "tissue": "brain",
        "finding": "gray matter with neurones" if grey else "glial cells in white matter",
    }


def lung(rng, section: Section, d: float) -> Attributes:
    """Lung: thin alveolar septa around wide air spaces, with macrophages or oedema in some."""
    cells = plane(rng, float(np.clip(d * rng.uniform(6, 14), 18, 110)), reach=3)
    septum = max(1.5, d * rng.uniform(0.35, 1.1))
    wall = np.clip(1.4 - (cells.gap + 0.1 * rough(rng, 14, 14)) * cells.su / (2 * septum), 0, 1)
    section.add(wall, 0.06, rng.uniform(0.18, 0.38) * (0.7 + 0.6 * noise(rng, max(1.5, d * 0.4))))
    lining, keep = plane(rng, max(2.6, d * 1.05)), (wall > 0.4) * rng.uniform(0.4, 0.8)
    section.stain(nuclei(lining, d * 0.3, d * 0.48, keep, 0.2, 1.5, 0.7), wall > 0.2)
    finding = choose(rng, [None, "oedema fluid", "alveolar macrophages", "congestion"])
    if finding == "oedema fluid":
        section.add((1 - wall) * (noise(rng, 80) > 0.4), 0.0, rng.uniform(0.06, 0.18))
    elif finding == "alveolar macrophages":
        cell = plane(rng, d * 2.2)
        body = nuclei(cell, d * 0.8, d * 0.9, 0.35 * (1 - wall), 0.2, 1)
        core = nuclei(cell, d * 0.4, d * 0.42, 1, 0.1)
        section.paint(body.cover, 0.06, 0.2)
        section.stain(core, body.cover > 0.5)
    elif finding:
        blood(rng, section, np.clip(wall * 1.4, 0, 1) * 0.8, max(2.6, d * 0.75))
    return {"tissue": "lung", "finding": finding}


def follicles(rng, section: Section, d: float) -> Attributes:
    """Thyroid: round follicles of one row of small cells around homogeneous pink colloid."""
    stroma(rng, section, d, 0.18, 0.3)
    body = glands(rng, max(18, d * rng.uniform(5, 12)), 0.55, 0.04, 1.2, 1.0, 1.0, 0, 0.25)
    section.paint(above(body.depth, 0), 0.06, 0.2)
    section.paint(above(body.depth, d * 1.2), 0.0, 0.0)
    colloid = above(body.depth, d * (1.3 + rng.uniform(0, 0.6) * noise(rng, 12)), 1.0)
    section.paint(colloid, 0.02, rng.uniform(0.15, 0.38))
    row = standing(rng, body, max(2.5, d * 1.1), d * 1.2)
    section.stain(
        nuclei(row, d * 0.4, d * 0.42, (body.depth > 0) & (body.depth < d * 1.3), 0.1, 1, 0.65)
    )
    return {"tissue": "thyroid", "finding": "colloid-filled follicles"}


def inflamed(rng, section: Section, d: float) -> Attributes:
    """Tissue under a mixed inflammatory infiltrate, with fresh blood or necrosis in some."""
    stroma(rng, section, d, rng.uniform(0.08, 0.25))
    infiltrate(
        rng,
        section,
        d,
        np.clip(rng.uniform(0.2, 0.7) + 0.4 * rough(rng, 50, 50), 0, 1),
        rng.uniform(0.55, 0.9),
    )
    finding = choose(rng, ["inflammatory infiltrate", "haemorrhage", "necrosis"])
    where = above(fractal(rng, 120), rng.uniform(0.45, 0.65), 0.05)
    if finding == "haemorrhage":
        blood(rng, section, where, d * 0.9)
    elif finding == "necrosis":
        necrosis(rng, section, d, where)
    return {"tissue": "inflamed tissue", "finding": finding}


def spindle_lesion(rng, section: Section, d: float) -> Attributes:
    """A cellular spindle-cell proliferation in whorling fascicles."""
    wave = d * rng.uniform(0.8, 2.5) * rough(rng, d * rng.uniform(8, 14), d * 12)
    section.add(
        1.0, 0.06, rng.uniform(0.12, 0.28) * (0.6 + 0.7 * fibres(rng, max(1.2, d * 0.3), d * 3, 0))
    )
    cells = plane(rng, max(2.6, d * rng.uniform(0.9, 1.5)), 1.8, rng.uniform(0, 180), wave)
    section.stain(
        nuclei(cells, d * 0.3, d * 0.8, rng.uniform(0.6, 0.95), 0.2, 0.3, 0.6, rng.uniform(0, 0.6))
    )
    return {"tissue": "spindle cell tissue"}


def round_cells(rng, section: Section, d: float) -> Attributes:
    """Plain sheets of cells with round nuclei, as in endocrine organs and soft tissue lesions."""
    cells = plane(rng, max(3, d * rng.uniform(1.3, 2.0)), reach=3)
    section.add(
        1.0,
        rng.uniform(0.03, 0.14),
        rng.uniform(0.08, 0.28) * (0.7 + 0.6 * noise(rng, max(1.2, d * 0.22))),
    )
    section.paint(cells.wall(1.0) * rng.uniform(0, 0.6), 0.02, 0.05)
    shown = nuclei(
        cells,
        d * 0.45,
        d * 0.48,
        rng.uniform(0.75, 1),
        0.12,
        1,
        0.6,
        rng.uniform(0, 0.7),
        0.5 * (d > 9),
    )
    section.stain(shown, 1.0, 0.05)
    return {"tissue": "sheets of uniform cells"}


def overview(rng, section: Section, d: float) -> Attributes:
    """Whole pieces of tissue, biopsy cores or round cores on their slide."""
    return {
        "tissue": "whole-mount section",
        "glass": True,
        "on_glass": whole_mount(rng, section, d),
    }


TISSUES = (
    *(overview,) * 4,
    *(mucosa,) * 4,
    *(colon,) * 2,
    *(cellular,) * 3,
    *(spindle_lesion,) * 2,
    lymph_node,
    lymph_node,
    mucus,
    debris,
    collagen,
    collagen,
    smooth_muscle,
    skeletal_muscle,
    adipose,
    liver,
    skin,
    skin,
    kidney,
    lymphoid,
    colon,
    brain,
    brain,
    inflamed,
    inflamed,
    lung,
    lung,
    cartilage,
    round_cells,
    round_cells,
    follicles,
)
WORDS = {
    "stratified squamous epithelium": (
        "normal stratified squamous epithelium|benign squamous mucosa with regular layers|"
        "squamous epithelium maturing from basal cells to flat cells|a layered benign epithelium"
    ),
    "lymph node": "lymph node with follicles|benign lymph node|lymphoid follicles in a lymph node",
    "mucus": "mucus with hardly any cells|streaming pale mucus|strands of mucin without tumour",
    "necrotic debris": "necrotic debris|granular debris without viable cells|amorphous debris",
    "cellular tumour": (
        "diffuse sheets of tumour cells without glands or nests|a cellular tumour|"
        "crowded hyperchromatic nuclei in diffuse sheets|a densely cellular neoplasm"
    ),
    "connective tissue": "collagenous connective tissue|fibrous stroma|wavy pink collagen bundles",
    "smooth muscle": (
        "smooth muscle fascicles|bundles of smooth muscle|cigar-shaped smooth muscle nuclei"
    ),
    "skeletal muscle": (
        "skeletal muscle fibres|striated muscle|muscle fibres with peripheral nuclei"
    ),
    "adipose tissue": "adipose tissue|fat cells|mature adipocytes with clear cytoplasm",
    "liver": "liver parenchyma|hepatocytes and sinusoids|plates of hepatocytes",
    "skin": "skin with epidermis and dermis|keratinised epidermis above the dermis|skin biopsy",
    "kidney": "renal tubules|kidney parenchyma|renal cortex",
    "lymphoid tissue": "dense lymphoid tissue|sheets of small lymphocytes|lymph node tissue",
    "normal colonic mucosa": (
        "normal colonic mucosa|regular crypts with goblet cells|benign colon crypts"
    ),
    "brain": "brain parenchyma|fibrillar neuropil with glial nuclei|brain tissue",
    "inflamed tissue": "inflammatory cells|chronic inflammation|a mixed inflammatory infiltrate",
    "lung": "alveolar lung tissue|thin alveolar septa and air spaces|lung parenchyma",
    "cartilage": "hyaline cartilage|chondrocytes in lacunae|cartilage matrix",
    "spindle cell tissue": (
        "spindle cells in fascicles|a spindle cell proliferation|interlacing spindle cells"
    ),
    "sheets of uniform cells": (
        "sheets of uniform round cells|monotonous cells with round nuclei|bland cells in sheets"
    ),
    "thyroid": "thyroid follicles filled with colloid|thyroid tissue|colloid-containing follicles",
}


BENIGN = (
    "stratified squamous epithelium",
    "lymph node",
    "normal colonic mucosa",
    "smooth muscle",
    "skeletal muscle",
    "adipose tissue",
    "cartilage",
    "kidney",
    "connective tissue",
    "thyroid",
)


def tissue_phrases(attributes: Attributes, rng: np.random.Generator) -> list[str]:
    """What a legend says of an H&E section of some tissue."""
    tissue, finding = attributes["tissue"], attributes["finding"]
    words = ON_GLASS[attributes["on_glass"]] if "on_glass" in attributes else WORDS[tissue]
    phrases = [either(rng, words)]
    if finding:
        said = either(rng, f"{finding}|{tissue} with {finding}")
        phrases.insert(0 if attributes.get("box") else 1, said)
    if "cut" in attributes:
        phrases.append(f"{attributes['cut']} section of the fibres")
    if tissue in BENIGN:
        phrases.append(either(rng, "benign tissue|normal histology|no tumour|no malignancy"))
    return [*phrases, *scale_phrases(attributes, rng)]


@kind(
    "histology",
    "hematoxylin and eosin histopathology",
    "H&E histopathology",
    "H&E stained section",
    "H&E histology",
    "haematoxylin and eosin stain",
    "hematoxylin and eosin staining",
    "hematoxylin-eosin stained tissue",
    "HE staining",
    "H&E stain",
    "light micrograph of H&E-stained tissue",
    "photomicrograph of a haematoxylin and eosin section",
    "histological section stained with H&E",
    "tissue section with hematoxylin and eosin",
    describe=tissue_phrases,
)
def hematoxylin_eosin(rng: np.random.Generator) -> tuple[Image.Image, Attributes]:
    """One of many tissues without cancer in H&E; organ, finding, magnification and stain vary."""
    tissue = choose(rng, TISSUES)
    d = zoom(
        rng, 2.4, 3 if tissue is overview else 13 if tissue in (colon, kidney, follicles) else 24
    )
    section = Section()
    found = {"stain": "H&E", "finding": None, "glass": False} | tissue(rng, section, d)
    if tissue is not overview:
        found["glass"] |= glass(rng, section, 0.0 if found.get("box") else 0.14)
    names = [f"H&E stained section of {found['tissue']}", f"H&E patch of {found['tissue']}"]
    if tissue is overview:
        names = ["H&E whole-slide image", "H&E slide overview", "whole-slide thumbnail in H&E"]
    return finish(rng, section, d, {**found, "names": names})
