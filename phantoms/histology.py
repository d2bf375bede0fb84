"""Haematoxylin and eosin sections: tissues of many organs, adenocarcinoma and squamous cell carcinoma."""

import numpy as np
from PIL import Image

from phantoms.drawing import SIZE, X, Y, choose, ellipse, fibres, fractal, noise, soft, warp
from phantoms.drawing import stretched_noise as rough
from phantoms.immunostains import (
    TABLE,
    Lattice,
    Section,
    band,
    blood,
    finish,
    glands,
    glass,
    infiltrate,
    matrix,
    nuclei,
    palette,
    palisade,
    plane,
    scale_phrases,
    spindle_cells,
    standing,
    whole_mount,
    zoom,
)
from phantoms.kinds import kind

PINK = (0.1, 0.32)  # the range of eosin's density in ordinary tissue


def stroma(rng, section: Section, d: float, pink=None, keep=None) -> float:
    """Connective tissue with fibroblasts over the whole section; returns the direction of its fibres."""
    angle = rng.uniform(0, 180)
    density = matrix(rng, max(3, d * rng.uniform(0.5, 1.6)), angle)
    pink = rng.uniform(*PINK) if pink is None else pink
    section.add(density, rng.uniform(0.0, 0.07), pink)
    spindle_cells(rng, section, d, angle, rng.uniform(0.15, 0.7) if keep is None else keep, rng.uniform(0.4, 0.8))
    return angle


def collagen(rng, section: Section, d: float) -> dict:
    """Dense or loose connective tissue, now and then with inflammation or vessels."""
    stroma(rng, section, d, rng.uniform(0.14, 0.4), rng.uniform(0.05, 0.6))
    if rng.random() < 0.4:
        vessel(rng, section, d)
    return {"tissue": "connective tissue"}


def vessel(rng, section: Section, d: float) -> None:
    """A vessel with a muscular wall and blood in it."""
    cx, cy, radius = *rng.uniform(20, 236, 2), rng.uniform(14, 50)
    r = (
        ellipse(cx, cy, radius, radius * rng.uniform(0.5, 1), rng.uniform(0, 3)) - 1 + 0.3 * (noise(rng, 25) - 0.5)
    ) * radius
    wall = radius * rng.uniform(0.15, 0.6)
    section.paint(band(r, 0, wall), 0.04, 0.3 + 0.08 * np.sin(r / max(0.8, d * 0.2)))
    section.paint(soft(r, 0, 1.5), 0.0, 0.02)
    if rng.random() < 0.8:
        blood(rng, section, soft(r, -2, 2) * (noise(rng, 20) > rng.uniform(0, 0.5)), max(2.6, d * 0.9))


def smooth_muscle(rng, section: Section, d: float) -> dict:
    """Fascicles of smooth muscle with cigar-shaped nuclei, in one or two directions."""
    angle = rng.uniform(0, 180)
    density = 0.55 + 0.45 * fibres(rng, max(1.2, d * 0.35), d * 7, angle)
    section.add(density, 0.05, rng.uniform(0.2, 0.42))
    spindle_cells(rng, section, d, angle, rng.uniform(0.4, 0.9), 0.65)
    if rng.random() < 0.6:
        clefts = fibres(rng, d * rng.uniform(3, 6), d * 30, angle)
        section.paint(soft(clefts, rng.uniform(0.25, 0.38), 0.05) * rng.uniform(0.4, 0.95), 0.0, 0.04)
    return {"tissue": "smooth muscle"}


def skeletal_muscle(rng, section: Section, d: float) -> dict:
    """Striated muscle fibres along or across, with nuclei at their edges and clefts between them."""
    wide = d * rng.uniform(2.5, 5)
    along = rng.random() < 0.5
    cells = plane(
        rng, wide, 40.0 if along else 1.0, rng.uniform(0, 180), 0.12 * wide * rough(rng, 60, 60) if along else None, 3
    )
    body = 1 - cells.wall(max(1.2, wide * rng.uniform(0.06, 0.2)))
    shade = cells.each(rng.uniform(0.75, 1.15, TABLE * TABLE)) * (0.9 + 0.2 * noise(rng, max(1.2, d * 0.15)))
    if along and d > 6:
        shade = shade * (1 + 0.12 * np.sin(cells.dv * cells.sv * 2 * np.pi / max(3, d * 0.35)))
    section.paint(body, 0.03, rng.uniform(0.25, 0.5) * shade)
    edge = cells.gap * min(cells.su, cells.sv) < d * 0.8
    small = nuclei(plane(rng, d * 1.3), d * 0.25, d * 0.55, edge * rng.uniform(0.2, 0.6), 0.2, 1.5, 0.75)
    section.paint(small.cover, small.chromatin)
    return {"tissue": "skeletal muscle", "cut": "longitudinal" if along else "transverse"}


def adipose(rng, section: Section, d: float) -> dict:
    """Fat: large empty cells with thin walls, beside septa of connective tissue."""
    stroma(rng, section, d)
    cells = plane(rng, min(70, max(9, d * rng.uniform(4, 9))), reach=3)
    part = soft(fractal(rng, 110), rng.uniform(0.55, 1.1), 0.03)
    hole = (1 - cells.wall(max(1.0, d * rng.uniform(0.12, 0.3)))) * part
    section.paint(part, 0.05, 0.22)
    section.paint(hole, 0.0, 0.0)
    few = nuclei(plane(rng, d * 1.5), d * 0.2, d * 0.5, (1 - hole) * part * 0.4, 0.2, 1.5, 0.7)
    section.paint(few.cover, few.chromatin)
    return {"tissue": "adipose tissue"}


def liver(rng, section: Section, d: float) -> dict:
    """Plates of pink polygonal hepatocytes with round central nuclei and sinusoids; fat droplets in some."""
    cells = plane(rng, max(4, d * rng.uniform(1.9, 2.6)), reach=3)
    section.add(1.0, 0.06, rng.uniform(0.18, 0.38) * (0.75 + 0.5 * noise(rng, max(1.2, d * 0.2))))
    section.paint(cells.wall(1.0) * 0.4, 0.08, 0.36)
    sinusoid = np.abs(rough(rng, d * 3.5, d * 3.5)) < rng.uniform(0.08, 0.22)
    section.paint(sinusoid * 0.9, 0.0, 0.05)
    if rng.random() < 0.4:
        blood(rng, section, sinusoid * rng.uniform(0.2, 0.8), max(2.6, d * 0.7))
    fatty = rng.random() < 0.4
    if fatty:
        drops = nuclei(plane(rng, max(4, d * 2.1)), d * 0.85, d * 0.9, rng.uniform(0.2, 0.7) * noise(rng, 50), 0.3, 1)
        section.paint(drops.cover, 0.0, 0.0)
    round_ = nuclei(cells, d * 0.45, d * 0.47, 0.85, 0.1, 1, 0.55, 0.55, 0.8 * (d > 7))
    section.paint(round_.cover, round_.chromatin, 0.05)
    if rng.random() < 0.4:
        vessel(rng, section, d)
    return {"tissue": "liver", "finding": "steatosis" if fatty else None}


def skin(rng, section: Section, d: float) -> dict:
    """Skin: keratin and epidermis above rete ridges, dermis below, with nests of naevus cells or inflammation."""
    stroma(rng, section, d, rng.uniform(0.15, 0.38), 0.25)
    finding = choose(rng, [None, "naevus nests", "inflammation"])
    thick, top = min(90, d * rng.uniform(4, 10)), rng.uniform(15, 80)
    surface = Y - top - 18 * (noise(rng, 80)[0] - 0.5)[None, :]
    ridges = thick * (1 + rng.uniform(0.3, 1.2) * (noise(rng, max(12, thick * 0.8)) - 0.4))
    if finding == "naevus nests":
        nests(rng, section, d, soft(-fractal(rng, max(20, d * 5)), -0.6, 0.03) * (surface > 0))
    elif finding:
        infiltrate(rng, section, d, np.clip(0.9 - (surface - thick) / 60, 0, 0.9) * noise(rng, 25))
    epidermis = band(surface, 0, 1e3) * soft(surface, ridges, 1.5)
    section.paint(epidermis, 0.12 + 0.12 * np.clip(surface / thick, 0, 1), 0.3)
    cells = plane(rng, max(2.8, d * 1.35), reach=3)
    section.add(cells.wall(1.0) * epidermis * 0.1, 0.0, -0.6)
    dots = nuclei(cells, d * 0.36, d * 0.48, epidermis, 0.15, 1, 0.65, 0.3)
    section.paint(dots.cover * epidermis, dots.chromatin)
    horn = d * rng.uniform(0.5, 3)
    section.paint(soft(surface, 0, 1.5), 0.0, 0.0)
    layers = np.abs(np.sin(surface / max(1, d * 0.25) + 4 * noise(rng, 30))) > rng.uniform(0.2, 0.7)
    section.paint(band(surface, -horn, 0) * layers, 0.02, 0.38, 0.08)
    return {"tissue": "skin", "finding": finding, "glass": True}


def nests(rng, section: Section, d: float, where: np.ndarray) -> None:
    """Rounded groups of bland cells."""
    section.paint(where * 0.8, 0.1, 0.16)
    cells = nuclei(plane(rng, max(2.8, d * 1.3)), d * 0.4, d * 0.46, where, 0.15, 1, 0.6, 0.5)
    section.paint(cells.cover * where, cells.chromatin, 0.03)


def kidney(rng, section: Section, d: float) -> dict:
    """Kidney: back-to-back tubules of pink cells, and glomeruli in their white capsule."""
    section.add(1.0, 0.04, 0.12)
    tubes = glands(rng, max(12, d * rng.uniform(4.2, 5.5)), 0.6, 0.05, rng.uniform(1, 1.5), 1.5, 1)
    high = tubes.lattice.each(rng.uniform(1.0, 2.2, TABLE * TABLE)) * d
    section.paint(
        band(tubes.depth, 0, high), 0.05, rng.uniform(0.2, 0.42) * (0.8 + 0.4 * noise(rng, max(1.2, d * 0.2)))
    )
    section.paint(soft(-tubes.depth, -high, 1.5), 0.0, 0.02)
    dots = nuclei(
        standing(rng, tubes, d * 1.5, d * 1.6),
        d * 0.42,
        d * 0.44,
        (tubes.depth > 0) & (tubes.depth < d * 1.6),
        0.1,
        1,
        0.6,
        0.3,
    )
    section.paint(dots.cover, dots.chromatin)
    count = int(rng.integers(0, 4)) if d < 12 else int(rng.integers(0, 2))
    for _ in range(count):
        radius = float(np.clip(d * rng.uniform(6, 9), 16, 80))
        r = (ellipse(*rng.uniform(20, 236, 2), radius, radius * rng.uniform(0.8, 1)) - 1) * radius
        r = r + 0.12 * radius * rough(rng, radius * 0.6, radius * 0.6)
        section.paint(soft(r, radius * 0.14, 1.5), 0.0, 0.0)
        tuft = soft(r, -1, 1.5) * (np.abs(rough(rng, d, d)) > rng.uniform(0.05, 0.2))
        section.paint(tuft, 0.06, 0.28)
        cells = nuclei(plane(rng, max(2.6, d * 1.25)), d * 0.38, d * 0.42, soft(r, -2, 2) * 0.85, 0.15, 1, 0.7)
        section.paint(cells.cover, cells.chromatin)
    return {"tissue": "kidney", "finding": "glomeruli" if count else None}


def lymphoid(rng, section: Section, d: float) -> dict:
    """Lymphoid tissue: densely packed small round nuclei, with paler germinal centres in some."""
    section.add(1.0, 0.08, rng.uniform(0.06, 0.18))
    centres = (
        soft(-fractal(rng, rng.uniform(60, 130), 2), -rng.uniform(0.6, 0.85), 0.08) if rng.random() < 0.6 else 0 * X
    )
    infiltrate(rng, section, d, np.clip(rng.uniform(0.8, 1) - 0.9 * centres, 0, 1), rng.uniform(0.6, 0.9))
    large = nuclei(plane(rng, max(2.8, d * 1.35)), d * 0.5, d * 0.55, centres * 0.9, 0.2, 1, 0.5, 0.5)
    section.paint(large.cover, large.chromatin)
    return {"tissue": "lymphoid tissue", "finding": "germinal centre" if centres.max() > 0.5 else None}


def colon(rng, section: Section, d: float) -> dict:
    """Normal colonic mucosa: evenly spaced round or test-tube crypts with pale goblet cells, in lamina propria."""
    stroma(rng, section, d, rng.uniform(0.08, 0.2), 0.3)
    infiltrate(rng, section, d, rng.uniform(0.08, 0.35), 0.65)
    high = d * rng.uniform(2.0, 2.8)
    long = choose(rng, [1.0, 1.0, 1.2, rng.uniform(2.5, 5)])
    body = glands(rng, max(16, high * rng.uniform(3.4, 4.6)), 0.45, 0.03, long, d * 0.8, 1, 0, 0.06, 0.06)
    lumen = body.wall(high)
    section.paint(band(body.depth, 0, lumen), 0.08, 0.2)
    section.paint(soft(lumen - body.depth, 0, 1.5), 0.0, 0.03)
    cells = palisade(rng, body, d * 1.4, high)
    drop = np.clip((0.34 - np.hypot(cells.du * 0.85, cells.dv - 0.08)) * d * 1.2 + 0.5, 0, 1)
    goblet = drop * band(body.depth, d * 0.8, lumen - 0.2 * d)
    section.paint(goblet * cells.chance(rng.uniform(0.5, 0.95)), rng.uniform(0.0, 0.12), rng.uniform(0, 0.05))
    base = nuclei(
        standing(rng, body, max(2.5, d * 0.9), d),
        d * 0.34,
        d * 0.46,
        (body.depth > 0) * 2.0 * (body.depth < d * 0.95),
        0.1,
        0.3,
        0.65,
        0.1,
    )
    section.paint(base.cover, base.chromatin)
    return {"tissue": "normal colonic mucosa", "finding": "regular crypts with goblet cells"}


def brain(rng, section: Section, d: float) -> dict:
    """Brain: finely fibrillar pink ground with glial nuclei in halos, and neurones in gray matter."""
    fine = 0.6 * noise(rng, max(1.0, d * 0.18)) + 0.4 * noise(rng, max(1.5, d * 0.5))
    section.add(1.0, 0.04, rng.uniform(0.1, 0.3) * (0.6 + 0.8 * fine))
    grey = rng.random() < 0.5
    cells = plane(rng, d * rng.uniform(1.6, 3.2))
    keep = np.clip(rng.uniform(0.3, 0.9) + 0.3 * rough(rng, 60, 60), 0, 1)
    halo = nuclei(cells, d * 0.6, d * 0.62, keep, 0.1, 1)
    small = nuclei(cells, d * 0.36, d * 0.42, keep, 0.2, 1, 0.75, 0.2)
    section.paint(halo.cover * rng.uniform(0, 0.9) * (cells.chance(0.5)), 0.0, 0.01)
    section.paint(small.cover * cells.chance(0.8), small.chromatin)
    if grey:
        big = plane(rng, d * rng.uniform(4, 7))
        soma = nuclei(big, d * 0.75, d * 1.4, rng.uniform(0.4, 0.9), 0.2, 0.6)
        core = nuclei(big, d * 0.4, d * 0.42, 1, 0.1, 1, 0.5, 0.6, 1.0)
        section.paint(soma.cover, 0.25 * (0.6 + 0.8 * noise(rng, max(1, d * 0.2))), 0.2)
        section.paint(core.cover * (soma.cover > 0.5), core.chromatin)
    return {"tissue": "brain", "finding": "gray matter with neurones" if grey else "glial cells in white matter"}


def inflamed(rng, section: Section, d: float) -> dict:
    """Tissue under a mixed inflammatory infiltrate, with granulomas, fresh blood or necrosis in some."""
    stroma(rng, section, d, rng.uniform(0.08, 0.25))
    infiltrate(rng, section, d, np.clip(rng.uniform(0.2, 0.7) + 0.4 * rough(rng, 50, 50), 0, 1), rng.uniform(0.55, 0.9))
    finding = choose(rng, ["inflammatory infiltrate", "haemorrhage", "necrosis"])
    where = soft(-fractal(rng, 120), -rng.uniform(0.45, 0.65), 0.05)
    if finding == "haemorrhage":
        blood(rng, section, where, d * 0.9)
    elif finding == "necrosis":
        necrosis(rng, section, d, where)
    return {"tissue": "inflamed tissue", "finding": finding}


def necrosis(rng, section: Section, d: float, where: np.ndarray) -> None:
    """Granular pink debris with dust of broken nuclei."""
    grain = 0.5 + 0.6 * noise(rng, max(1.1, d * 0.25)) * noise(rng, max(2, d))
    section.paint(where, 0.05, rng.uniform(0.25, 0.42) * grain)
    dust = nuclei(plane(rng, max(2.5, d * 0.7)), d * 0.15, d * 0.22, where * rng.uniform(0.15, 0.6), 0.5, 1, 0.75)
    section.paint(dust.cover, dust.chromatin)


def lung(rng, section: Section, d: float) -> dict:
    """Lung: thin alveolar septa around wide air spaces, with macrophages or oedema in some."""
    cells = plane(rng, float(np.clip(d * rng.uniform(6, 14), 18, 110)), reach=3)
    septum = max(1.5, d * rng.uniform(0.35, 1.1))
    wall = np.clip(1.4 - (cells.gap + 0.1 * rough(rng, 14, 14)) * cells.su / (2 * septum), 0, 1)
    section.add(wall, 0.06, rng.uniform(0.18, 0.38) * (0.7 + 0.6 * noise(rng, max(1.5, d * 0.4))))
    lining = nuclei(
        plane(rng, max(2.6, d * 1.05)), d * 0.3, d * 0.48, (wall > 0.4) * rng.uniform(0.4, 0.8), 0.2, 1.5, 0.7
    )
    section.paint(lining.cover * (wall > 0.2), lining.chromatin)
    finding = choose(rng, [None, "oedema fluid", "alveolar macrophages", "congestion"])
    if finding == "oedema fluid":
        section.add((1 - wall) * (noise(rng, 80) > 0.4), 0.0, rng.uniform(0.06, 0.18))
    elif finding == "alveolar macrophages":
        cell = plane(rng, d * 2.2)
        body, core = nuclei(cell, d * 0.8, d * 0.9, 0.35 * (1 - wall), 0.2, 1), nuclei(cell, d * 0.4, d * 0.42, 1, 0.1)
        section.paint(body.cover, 0.06, 0.2)
        section.paint(core.cover * (body.cover > 0.5), core.chromatin)
    elif finding:
        blood(rng, section, np.clip(wall * 1.4, 0, 1) * 0.8, max(2.6, d * 0.75))
    return {"tissue": "lung", "finding": finding}


def cartilage(rng, section: Section, d: float) -> dict:
    """Hyaline cartilage: a blue-grey glassy matrix with cells in lacunae."""
    section.add(1.0, 0.2 * (0.6 + 0.6 * fractal(rng, 80)), rng.uniform(0.03, 0.15))
    cells = plane(rng, d * rng.uniform(2.2, 3.6), rng.uniform(1, 1.4), rng.uniform(0, 180))
    keep = np.clip(0.6 + 0.4 * rough(rng, 60, 60), 0, 1)
    hole = nuclei(cells, d * 0.62, d * 0.85, keep, 0.2, 0.8)
    rim = nuclei(cells, d * 0.85, d * 1.1, keep, 0.2, 0.8)
    section.add(rim.cover * 0.12, 1.0)
    section.paint(hole.cover, 0.02, 0.03)
    core = nuclei(cells, d * 0.35, d * 0.42, 1, 0.15, 0.8, 0.7)
    section.paint(core.cover * (hole.cover > 0.5), core.chromatin)
    return {"tissue": "cartilage"}


def spindle_lesion(rng, section: Section, d: float) -> dict:
    """A cellular spindle-cell proliferation in whorling fascicles."""
    wave = d * rng.uniform(0.8, 2.5) * rough(rng, d * rng.uniform(8, 14), d * 12)
    section.add(1.0, 0.06, rng.uniform(0.12, 0.28) * (0.6 + 0.7 * fibres(rng, max(1.2, d * 0.3), d * 3, 0)))
    cells = plane(rng, max(2.6, d * rng.uniform(0.9, 1.5)), 1.8, rng.uniform(0, 180), wave)
    shown = nuclei(cells, d * 0.3, d * 0.8, rng.uniform(0.6, 0.95), 0.2, 0.3, 0.6, rng.uniform(0, 0.6))
    section.paint(shown.cover, shown.chromatin)
    return {"tissue": "spindle cell tissue"}


def round_cells(rng, section: Section, d: float) -> dict:
    """Plain sheets of cells with round nuclei, as in endocrine organs and soft tissue lesions."""
    cells = plane(rng, max(3, d * rng.uniform(1.3, 2.0)), reach=3)
    section.add(1.0, rng.uniform(0.03, 0.14), rng.uniform(0.08, 0.28) * (0.7 + 0.6 * noise(rng, max(1.2, d * 0.22))))
    section.paint(cells.wall(1.0) * rng.uniform(0, 0.6), 0.02, 0.05)
    shown = nuclei(cells, d * 0.45, d * 0.48, rng.uniform(0.75, 1), 0.12, 1, 0.6, rng.uniform(0, 0.7), 0.5 * (d > 9))
    section.paint(shown.cover, shown.chromatin, 0.05)
    return {"tissue": "sheets of uniform cells"}


def follicles(rng, section: Section, d: float) -> dict:
    """Thyroid: round follicles of one row of small cells around homogeneous pink colloid."""
    stroma(rng, section, d, 0.18, 0.3)
    body = glands(rng, max(18, d * rng.uniform(5, 12)), 0.55, 0.04, 1.2, 1.0, 1.0, 0, 0.25)
    section.paint(soft(-body.depth, 0, 1.5), 0.06, 0.2)
    section.paint(soft(-body.depth, -d * 1.2, 1.5), 0.0, 0.0)
    section.paint(
        soft(-body.depth, -d * (1.3 + rng.uniform(0, 0.6) * noise(rng, 12)), 1.0), 0.02, rng.uniform(0.15, 0.38)
    )
    dots = nuclei(
        standing(rng, body, max(2.5, d * 1.1), d * 1.2),
        d * 0.4,
        d * 0.42,
        (body.depth > 0) & (body.depth < d * 1.3),
        0.1,
        1,
        0.65,
    )
    section.paint(dots.cover, dots.chromatin)
    return {"tissue": "thyroid", "finding": "colloid-filled follicles"}


def overview(rng, section: Section, d: float) -> dict:
    """The whole piece of tissue on its slide."""
    whole_mount(rng, section, d)
    return {"tissue": "whole-mount section", "glass": True}


TISSUES = (
    overview,
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
    spindle_lesion,
    round_cells,
    follicles,
)
TISSUE_WORDS = {
    "whole-mount section": [
        "a whole-mount overview",
        "a whole tissue piece on the slide",
        "scanning view of the section",
    ],
    "connective tissue": ["collagenous connective tissue", "fibrous stroma", "wavy pink collagen bundles"],
    "smooth muscle": ["smooth muscle fascicles", "bundles of smooth muscle", "cigar-shaped smooth muscle nuclei"],
    "skeletal muscle": ["skeletal muscle fibres", "striated muscle", "muscle fibres with peripheral nuclei"],
    "adipose tissue": ["adipose tissue", "fat cells", "mature adipocytes with clear cytoplasm"],
    "liver": ["liver parenchyma", "hepatocytes and sinusoids", "plates of hepatocytes"],
    "skin": ["skin with epidermis and dermis", "keratinised epidermis above the dermis", "skin biopsy"],
    "kidney": ["renal tubules", "kidney parenchyma", "renal cortex"],
    "lymphoid tissue": ["dense lymphoid tissue", "sheets of small lymphocytes", "lymph node tissue"],
    "normal colonic mucosa": ["normal colonic mucosa", "regular crypts with goblet cells", "benign colon crypts"],
    "brain": ["brain parenchyma", "fibrillar neuropil with glial nuclei", "brain tissue"],
    "inflamed tissue": ["inflammatory cells", "chronic inflammation", "a mixed inflammatory infiltrate"],
    "lung": ["alveolar lung tissue", "thin alveolar septa and air spaces", "lung parenchyma"],
    "cartilage": ["hyaline cartilage", "chondrocytes in lacunae", "cartilage matrix"],
    "spindle cell tissue": ["spindle cells in fascicles", "a spindle cell proliferation", "interlacing spindle cells"],
    "sheets of uniform cells": [
        "sheets of uniform round cells",
        "monotonous cells with round nuclei",
        "bland cells in sheets",
    ],
    "thyroid": ["thyroid follicles filled with colloid", "thyroid tissue", "colloid-containing follicles"],
}


def tissue_phrases(attributes: dict, rng: np.random.Generator) -> list[str]:
    """What a legend says of an H&E section of some tissue."""
    phrases = [choose(rng, TISSUE_WORDS[attributes["tissue"]])]
    if attributes.get("finding"):
        phrases.append(choose(rng, [attributes["finding"], f"{attributes['tissue']} with {attributes['finding']}"]))
    if attributes.get("cut"):
        phrases.append(f"{attributes['cut']} section of the fibres")
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
def hematoxylin_eosin(rng: np.random.Generator) -> tuple[Image.Image, dict]:
    """One of many tissues without cancer in H&E; organ, finding, magnification and stain vary."""
    tissue = choose(rng, TISSUES)
    d = zoom(rng, 2.4, 3 if tissue is overview else 13 if tissue in (colon, kidney, follicles) else 24)
    section = Section()
    found = {"stain": "H&E", "finding": None, "glass": False} | tissue(rng, section, d)
    if tissue is not overview and rng.random() < 0.14:
        found["glass"] = bool(glass(rng, section).mean() > 0.04) or found["glass"]
    return finish(rng, section, d, palette(rng), {**found, "names": [f"H&E stained section of {found['tissue']}"]})


def anaplasia(rng, grade: str) -> dict:
    """How unequal, dark, vesicular and nucleolated the nuclei of a tumour are."""
    wild = {"well": 0.12, "moderately": 0.2, "poorly": 0.32}[grade]
    return {
        "vary": wild * rng.uniform(0.7, 1.3),
        "dark": rng.uniform(0.55, 0.95),
        "vesicular": rng.uniform(0, 0.75) ** 1.3,
        "nucleoli": rng.uniform(0, 1.2),
    }


def desmoplasia(rng, section: Section, d: float) -> str | None:
    """The stroma of a carcinoma: fibrous, loose or inflamed; returns its inflammation in a word."""
    stroma(rng, section, d, rng.uniform(0.06, 0.32), rng.uniform(0.2, 0.7))
    inflammation = choose(rng, [None, None, "sparse", "dense"])
    if inflammation:
        level = 0.25 if inflammation == "sparse" else 0.75
        infiltrate(rng, section, d, np.clip(level + 0.45 * rough(rng, 40, 40), 0, 1), rng.uniform(0.55, 0.9))
    return inflammation


def gland_wall(rng, section: Section, body, d: float, height: float, rows: float, look: dict) -> None:
    """Epithelium of a malignant gland: cytoplasm, and crowded nuclei in `rows` rows standing on the stroma."""
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
            cells = standing(rng, body, max(2.5, d * rng.uniform(1.05, 1.35)), np.minimum(height, row * rows))
        keep = (body.depth > 0.2 * d) & (body.depth < np.minimum(height, row * rows))
        shown = nuclei(cells, d * 0.4, d * tall, 2.5 * keep, spin=0.3, **look)
        section.paint(shown.cover * band(body.depth, 0, height), shown.chromatin, 0.06)


def tubules(rng, section: Section, d: float, grade: str, look: dict) -> dict:
    """Separate or back-to-back irregular glands with stratified nuclei and open lumina, with debris in some."""
    crowded = rng.random() < 0.55
    height = d * rng.uniform(1.4, 3.4)
    spacing = float(np.clip(height * rng.uniform(3.5, 8), 18, 110))
    ragged = {"well": 0.08, "moderately": 0.2, "poorly": 0.35}[grade]
    body = glands(
        rng,
        spacing,
        rng.uniform(0.5, 0.62) if crowded else rng.uniform(0.38, 0.47),
        ragged,
        rng.uniform(1, 1.8),
        d * rng.uniform(0.3, 1.5),
        1 if crowded else rng.uniform(0.75, 1),
        rng.uniform(0, 0.07),
        rng.uniform(0.1, 0.4),
    )
    lumen = soft(body.wall(height) - body.depth, 0, 1.5)
    fill = choose(rng, ["empty", "empty", "mucin", "necrotic debris", "necrotic debris"])
    section.paint(soft(-body.depth, 0, 1.5), 0.05, 0.15)
    section.paint(lumen, 0.0, 0.01)
    if fill == "mucin":
        section.paint(lumen * (0.4 + 0.6 * noise(rng, 20)), rng.uniform(0.05, 0.16), 0.05)
    elif fill == "necrotic debris":
        necrosis(
            rng,
            section,
            d,
            soft(body.wall(height) * rng.uniform(1.05, 1.5) - body.depth, 0, 2)
            * (noise(rng, 14) > rng.uniform(0.2, 0.5)),
        )
    gland_wall(rng, section, body, d, height, rng.uniform(1, 2.5), look)
    return {
        "pattern": "back-to-back glands" if crowded else "irregular glands",
        "lumen": fill,
        "gland_size": "large" if spacing > 75 else "small" if spacing < 38 else "medium-sized",
    }


def cribriform(rng, section: Section, d: float, grade: str, look: dict) -> dict:
    """Large nests of tumour cells pierced by many rounded lumina."""
    level = fractal(rng, rng.uniform(70, 200), 2)
    where = soft(-level, -rng.uniform(0.2, 0.45), 0.03)
    holes = glands(
        rng, max(13, d * rng.uniform(3.2, 6)), rng.uniform(0.22, 0.34), 0.12, rng.uniform(1, 1.5), 1, 0.85, 0, 0.3
    )
    section.paint(where, 0.12, rng.uniform(0.1, 0.25) * (0.75 + 0.5 * noise(rng, max(1.2, d * 0.25))))
    cells = plane(rng, max(2.6, d * rng.uniform(1.0, 1.35)))
    shown = nuclei(cells, d * 0.42, d * 0.55, where * (holes.depth < 1), spin=1.5, **look)
    section.paint(shown.cover * where, shown.chromatin, 0.05)
    lumen = where * soft(-holes.depth, 0, 1.5)
    section.paint(lumen, 0.02, 0.03)
    fill = choose(rng, ["empty", "necrotic debris", "mucin"])
    if fill == "necrotic debris":
        necrosis(rng, section, d, lumen * soft(-holes.depth, -2, 2))
    elif fill == "mucin":
        section.add(lumen, 0.1, 0.04)
    return {"pattern": "cribriform", "lumen": fill, "gland_size": None}


def papillary(rng, section: Section, d: float, grade: str, look: dict) -> dict:
    """Fronds with fibrovascular cores, lined by atypical cells, in clear space."""
    height = d * rng.uniform(1.2, 2.2)
    body = glands(
        rng,
        float(np.clip(height * rng.uniform(4, 7), 24, 110)),
        rng.uniform(0.42, 0.55),
        0.2,
        rng.uniform(1.2, 3),
        d * 0.6,
        0.95,
        rng.uniform(0.0, 0.04),
        0.3,
    )
    section.paint(soft(body.depth, 0, 1.5), 0.0, 0.01)
    gland_wall(rng, section, body, d, height, rng.uniform(1, 1.8), look)
    return {"pattern": "papillary", "lumen": "empty", "gland_size": None}


def lepidic(rng, section: Section, d: float, grade: str, look: dict) -> dict:
    """Alveolar walls, thickened and lined by a row of atypical cells, around open air spaces."""
    height = d * rng.uniform(1.1, 1.6)
    spacing = float(np.clip(d * rng.uniform(6, 12), 26, 120))
    body = glands(rng, spacing, 0.7, 0.05, rng.uniform(1, 1.5), d * rng.uniform(0.6, 1.6), 1, 0.02, 0.1)
    section.paint(soft(body.wall(height) - body.depth, 0, 1.5), 0.0, 0.01)
    gland_wall(rng, section, body, d, height, 1, look)
    return {"pattern": "lepidic", "lumen": "empty", "gland_size": None}


def mucinous(rng, section: Section, d: float, grade: str, look: dict) -> dict:
    """Pools of pale blue or pink mucin with floating strips and clusters of tumour cells."""
    pool = soft(-fractal(rng, rng.uniform(80, 180), 3), -rng.uniform(0.25, 0.45), 0.03)
    strands = fibres(rng, max(1.5, d * 0.4), d * 5, rng.uniform(0, 180))
    strands = 0.4 + 0.6 * warp(strands, rng, 40, 25)
    section.paint(pool, rng.uniform(0.04, 0.2) * strands, rng.uniform(0.0, 0.08) * strands)
    height = d * rng.uniform(1.2, 2)
    body = glands(
        rng,
        float(np.clip(d * rng.uniform(6, 11), 26, 100)),
        0.4,
        0.25,
        rng.uniform(1, 2),
        d,
        rng.uniform(0.5, 0.9),
        0.05,
        0.35,
    )
    body.depth = np.where(pool > 0.3, body.depth, -9).astype(np.float32)
    gland_wall(rng, section, body, d, height, 2, look)
    return {"pattern": "mucinous", "lumen": "mucin", "gland_size": None}


def solid(rng, section: Section, d: float, grade: str, look: dict) -> dict:
    """Solid nests of dark tumour cells with slit-like spaces, as in high-grade serous carcinoma."""
    where = soft(-fractal(rng, rng.uniform(60, 200), 3), -rng.uniform(0.15, 0.45), 0.025)
    section.paint(where, rng.uniform(0.1, 0.22), rng.uniform(0.1, 0.25) * (0.75 + 0.5 * noise(rng, max(1.2, d * 0.25))))
    slits = fractal(rng, d * rng.uniform(6, 12), 3)
    slit = np.clip(1.6 - np.abs(slits - 0.5) * rng.uniform(22, 50), 0, 1) * (noise(rng, d * 9) > rng.uniform(0.3, 0.55))
    section.paint(where * slit, 0.0, 0.02)
    cells = plane(rng, max(2.5, d * rng.uniform(1.0, 1.3)))
    shown = nuclei(cells, d * 0.45, d * 0.56, where * (1 - slit), spin=1.5, **look)
    section.paint(shown.cover * where * (1 - 0.9 * slit), shown.chromatin, 0.05)
    if rng.random() < 0.35:
        necrosis(rng, section, d, where * soft(-fractal(rng, 70), -0.68, 0.04))
    return {"pattern": "solid nests with slit-like spaces", "lumen": "slits", "gland_size": None}


GROWTH = (tubules, tubules, tubules, tubules, cribriform, cribriform, papillary, lepidic, mucinous, solid)


def adenocarcinoma_phrases(attributes: dict, rng: np.random.Generator) -> list[str]:
    """What a legend says of an adenocarcinoma."""
    pattern = attributes["pattern"]
    words = {
        "back-to-back glands": [
            "crowded back-to-back malignant glands",
            "fused glands with little stroma between them",
        ],
        "irregular glands": [
            "irregular infiltrating glands in desmoplastic stroma",
            "malignant glands of irregular shape",
        ],
        "cribriform": ["cribriform glands", "a cribriform growth pattern", "tumour nests pierced by round lumina"],
        "papillary": ["papillary fronds with fibrovascular cores", "a papillary growth pattern", "papillary tumour"],
        "lepidic": ["lepidic growth along alveolar walls", "atypical cells lining alveolar septa", "a lepidic pattern"],
        "mucinous": ["pools of extracellular mucin with floating tumour cells", "mucinous carcinoma", "abundant mucin"],
        "solid nests with slit-like spaces": ["solid tumour nests with slit-like spaces", "high-grade solid growth"],
    }
    phrases = [choose(rng, words[pattern])]
    if attributes["gland_size"]:
        phrases.append(
            choose(rng, [f"{attributes['gland_size']} glands", f"{attributes['gland_size']} neoplastic glands"])
        )
    if attributes["lumen"] == "necrotic debris":
        phrases.append(choose(rng, ["necrotic debris in the lumina", "dirty necrosis", "luminal necrosis"]))
    elif attributes["lumen"] == "mucin" and pattern != "mucinous":
        phrases.append(choose(rng, ["mucin in the lumina", "luminal mucin"]))
    return [*phrases, *tumour_phrases(attributes, rng)]


def tumour_phrases(attributes: dict, rng: np.random.Generator) -> list[str]:
    """What a legend says of a tumour's grade and of its stroma."""
    grade, phrases = attributes["differentiation"], []
    phrases.append(choose(rng, [f"{grade} differentiated carcinoma", f"{grade} differentiated tumour"]))
    if attributes["inflammation"]:
        phrases.append(
            choose(
                rng,
                [
                    f"{attributes['inflammation']} lymphocytic infiltrate in the stroma",
                    f"{attributes['inflammation']} stromal inflammation",
                ],
            )
        )
    return [*phrases, *scale_phrases(attributes, rng)]


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
    describe=adenocarcinoma_phrases,
)
def adenocarcinoma(rng: np.random.Generator) -> tuple[Image.Image, dict]:
    """Malignant glands; growth pattern, grade, lumina, stroma, magnification and stain vary."""
    d = zoom(rng, 2.5, 18)
    section = Section()
    grade = choose(rng, ["well", "moderately", "moderately", "poorly"])
    inflammation = desmoplasia(rng, section, d)
    found = choose(rng, GROWTH)(rng, section, d, grade, anaplasia(rng, grade))
    clear = bool(rng.random() < 0.12 and glass(rng, section).mean() > 0.04)
    names = [f"{grade} differentiated adenocarcinoma"]
    if found["pattern"] in ("papillary", "lepidic", "mucinous", "cribriform"):
        names.append(f"{found['pattern']} adenocarcinoma")
    found |= {"stain": "H&E", "differentiation": grade, "inflammation": inflammation, "glass": clear, "names": names}
    return finish(rng, section, d, palette(rng), found)


def pearls(rng, section: Section, d: float, where: np.ndarray, count: int) -> list[tuple[float, float, float]]:
    """Keratin pearls: concentric whorls of pink keratin within flattened cells; returns their centres and radii."""
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
    """One pearl: keratin lamellae, a rim of flattened cells around it, dark ghost nuclei in some."""
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
    section.paint(shown.cover * (rim > 0.3), shown.chromatin, 0.15)


def squamous_sheet(
    rng, section: Section, d: float, level: np.ndarray, edge: float, look: dict, keratin: bool
) -> np.ndarray:
    """Tumour where level > edge: dark basal cells outside, large pink polygonal cells inside; returns where it is."""
    where = soft(-level, -edge, 0.02)
    deep = np.clip((level - edge) / max(1e-3, float(level.max()) - edge), 0, 1)
    pink = rng.uniform(0.2, 0.45) if keratin else rng.uniform(0.12, 0.25)
    grain = 0.8 + 0.4 * noise(rng, max(1.2, d * 0.22))
    cells = plane(
        rng,
        max(2.8, d * (rng.uniform(1.5, 2.3) if keratin else rng.uniform(1.15, 1.5))),
        rng.uniform(1, 1.4),
        rng.uniform(0, 180),
        reach=3,
    )
    own = cells.each(rng.uniform(0.8, 1.2, TABLE * TABLE))
    section.paint(where, 0.14 * (1 - deep) + 0.05, pink * (0.65 + 0.6 * deep) * grain * own)
    if d > 4:  # clefts crossed by intercellular bridges
        bridges = 0.55 + 0.45 * np.sign(rough(rng, max(1.0, d * 0.1), max(1.0, d * 0.1)))
        cleft = cells.wall(max(1.0, d * rng.uniform(0.1, 0.22))) * where * rng.uniform(0.3, 0.95)
        section.paint(cleft * bridges, 0.02, 0.07)
    single = cells.chance(rng.uniform(0.0, 0.1) if keratin else 0.01) * where * np.clip(cells.gap * d - 0.5, 0, 1)
    section.paint(single, 0.02, 0.5, 0.12)  # dyskeratotic cells
    shown = nuclei(cells, d * 0.48, d * rng.uniform(0.52, 0.68), where * 0.96, spin=1.2, **look)
    section.paint(shown.cover * np.clip(where * 1.5, 0, 1), shown.chromatin, 0.08)
    basal = where * soft(deep, rng.uniform(0.08, 0.25), 0.05)
    dark = nuclei(plane(rng, max(2.5, d * 1.05)), d * 0.4, d * 0.52, basal * 0.8, spin=1.5, **look)
    section.paint(dark.cover * where, dark.chromatin, 0.05)
    return where * soft(-deep, -0.12, 0.05)


def squamous_phrases(attributes: dict, rng: np.random.Generator) -> list[str]:
    """What a legend says of a squamous cell carcinoma."""
    number, pattern = attributes["pearls"], attributes["pattern"]
    phrases = []
    if number:
        phrases.append(
            choose(
                rng,
                [
                    "a keratin pearl" if number == 1 else "keratin pearls",
                    "concentric keratin whorls",
                    f"{number} keratin pearl{'s' * (number > 1)}",
                    "keratinisation with pearl formation",
                ],
            )
        )
    elif not attributes["keratinising"]:
        phrases.append(choose(rng, ["non-keratinising squamous cells", "non-keratinizing growth", "no keratin pearls"]))
    words = {
        "nests": [
            "nests of squamous tumour cells",
            "infiltrating squamous nests",
            "islands of malignant squamous cells",
        ],
        "trabeculae": ["anastomosing trabeculae of squamous cells", "cords and trabeculae of tumour cells"],
        "sheets": [
            "sheets of large polygonal cells with pink cytoplasm",
            "solid sheets of squamous cells",
            "pleomorphic polygonal cells with eosinophilic cytoplasm",
        ],
    }
    return [*phrases, choose(rng, words[pattern]), *tumour_phrases(attributes, rng)]


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
    "malignant squamous epithelium in H&E",
    "micrograph of squamous cell carcinoma",
    "biopsy showing squamous cell carcinoma",
    "microscopic image of squamous cell carcinoma",
    describe=squamous_phrases,
)
def squamous_carcinoma(rng: np.random.Generator) -> tuple[Image.Image, dict]:
    """Malignant squamous cells; arrangement, pearls, grade, stroma, magnification and stain vary."""
    d = zoom(rng, 2.6, 26)
    section = Section()
    keratin = rng.random() < 0.78
    grade = choose(rng, ["well", "well", "moderately"] if keratin else ["moderately", "poorly"])
    inflammation = desmoplasia(rng, section, d)
    pattern = choose(rng, ["nests", "nests", "trabeculae" if d < 8 else "sheets", "sheets"])
    if pattern == "nests":
        spacing = float(np.clip(d * rng.uniform(9, 18), 40, 170))
        body = glands(rng, spacing, rng.uniform(0.4, 0.52), 0.2, rng.uniform(1, 1.8), d, 0.93, 0.03, 0.3)
        level, edge = body.depth / 40, 0.0
    elif pattern == "trabeculae":
        level = 1 - np.abs(rough(rng, w := max(25, d * rng.uniform(5, 10)), w)) + 0.1 * rough(rng, 12, 12)
        edge = rng.uniform(0.4, 0.6)
    else:
        level, edge = fractal(rng, 150, 3), rng.uniform(-0.1, 0.3)
    core = squamous_sheet(rng, section, d, level, edge, anaplasia(rng, grade), keratin)
    most = 1 + int(rng.integers(0, 3 if d > 9 else 4))
    found = pearls(rng, section, d, core, most if keratin and rng.random() < 0.8 else 0)
    clear = bool(rng.random() < 0.1 and not found and glass(rng, section).mean() > 0.04)
    names = [f"{grade} differentiated squamous cell carcinoma"]
    names.append("keratinizing squamous cell carcinoma" if keratin else "non-keratinizing squamous cell carcinoma")
    box = None
    if found:
        x, y, r = max(found, key=lambda pearl: pearl[2])
        box = (max(0.0, x - r), max(0.0, y - r), min(float(SIZE), x + r), min(float(SIZE), y + r))
    described = {
        "stain": "H&E",
        "differentiation": grade,
        "pattern": pattern,
        "keratinising": keratin,
        "pearls": len(found),
        "inflammation": inflammation,
        "glass": clear,
        "names": names,
        "box": box,
    }
    return finish(rng, section, d, palette(rng), described)
