"""Stained sections under the light microscope: the tools that all histology shares, and immunohistochemistry.

A section is drawn as optical densities of its dyes, which a palette turns into light (Beer and Lambert): so every hue
of a stain, every scanner's white and every overlap of dyes comes out as it does on a slide. Cells lie on jittered
lattices laid over the plane, or over the wall of a gland (arc along it, depth into it), so that any number of nuclei
costs the same.
"""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from phantoms.drawing import SIZE, X, Y, choose, ellipse, fibres, fractal, noise, normalise, picture, soft, warp
from phantoms.drawing import stretched_noise as rough
from phantoms.kinds import kind

DYES = ("haematoxylin", "eosin", "red", "brown")
TABLE = 128  # a lattice repeats after this many cells


class Section:
    """How much of each dye (haematoxylin, eosin, red of blood and keratin, chromogen) lies at every pixel."""

    def __init__(self):
        self.dyes = np.zeros((len(DYES), SIZE, SIZE), dtype=np.float32)

    def paint(self, alpha, haematoxylin=0.0, eosin=0.0, red=0.0, brown=0.0) -> None:
        """Replace what lies where alpha is 1 by these densities (numbers or fields)."""
        for layer, density in zip(self.dyes, (haematoxylin, eosin, red, brown), strict=True):
            layer += (density - layer) * alpha

    def add(self, alpha, haematoxylin=0.0, eosin=0.0, red=0.0, brown=0.0) -> None:
        """Lay more dye upon what is there."""
        for layer, density in zip(self.dyes, (haematoxylin, eosin, red, brown), strict=True):
            if not np.isscalar(density) or density:
                layer += density * alpha


class Lattice:
    """Cells around jittered points of the grid (u, v), whose unit is `su` by `sv` pixels."""

    def __init__(self, rng: np.random.Generator, u, v, su: float, sv: float, jitter: float = 0.33, reach: int = 2):
        points = (0.5 + jitter * rng.uniform(-1, 1, (2, TABLE * TABLE))).astype(np.float32)
        self.rng, self.su, self.sv = rng, su, sv
        # Two by two neighbours find every nucleus; cell borders far from any point need three by three.
        u, v = np.asarray(u, dtype=np.float32), np.asarray(v, dtype=np.float32)
        base_u, base_v = (np.floor(w - 0.5 if reach == 2 else w - 1) for w in (u, v))
        fu, fv = u - base_u, v - base_v
        iu, iv = base_u.astype(np.int32), base_v.astype(np.int32)
        first = np.full((SIZE, SIZE), 9.0, dtype=np.float32)
        second, step = first.copy(), np.zeros((SIZE, SIZE), dtype=np.uint8)
        columns = [((iu + i) & (TABLE - 1)) * TABLE for i in range(reach)]
        rows = [(iv + j) & (TABLE - 1) for j in range(reach)]
        for k in range(reach * reach):
            i, j = divmod(k, reach)
            cell = columns[i] + rows[j]
            d = fu - i - points[0].take(cell)
            e = fv - j - points[1].take(cell)
            d *= d
            e *= e
            d += e
            np.copyto(step, k, where=d < first)
            if reach == 3:
                second = np.minimum(second, np.maximum(first, d))
            first = np.minimum(first, d)
        i, j = step // reach, step % reach
        self.near = ((iu + i) & (TABLE - 1)) * TABLE + ((iv + j) & (TABLE - 1))
        self.du, self.dv = fu - i - points[0].take(self.near), fv - j - points[1].take(self.near)
        self.distance = np.sqrt(first)
        self.gap = np.sqrt(second) - self.distance  # 0 on the border between two cells; for three by three only

    def each(self, values: np.ndarray) -> np.ndarray:
        """One value per cell, spread over its pixels."""
        return values.astype(np.float32).take(self.near)

    def mean(self, field: np.ndarray) -> np.ndarray:
        """The mean of a field within every cell, one value per cell."""
        near = self.near.ravel()
        total = np.bincount(near, weights=np.ravel(field), minlength=TABLE * TABLE)
        return total / np.maximum(np.bincount(near, minlength=TABLE * TABLE), 1)

    def chance(self, field) -> np.ndarray:
        """Which cells (S, S) are there, with the probability that the field has, on average, within the cell."""
        if np.ndim(field):
            field = self.mean(field)
        return self.each(self.rng.random(TABLE * TABLE) < field)

    def wall(self, width: float) -> np.ndarray:
        """1 on the borders between cells, about `width` pixels wide."""
        return np.clip(1.3 - self.gap * min(self.su, self.sv) / width, 0, 1)


def plane(rng, spacing: float, stretch=1.0, angle=0.0, wave=None, reach: int = 2, bend: float = 0.35) -> Lattice:
    """Cells over the plane, `stretch` times longer along `angle` (degrees from the vertical), bent by `wave` pixels."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    x, y = X * cos - Y * sin, X * sin + Y * cos
    x = x + (bend * spacing * rough(rng, 4 * spacing, 4 * spacing) if wave is None else wave)
    y = y + bend * spacing * rough(rng, 4 * spacing, 4 * spacing)
    return Lattice(rng, x / spacing + 300, y / (spacing * stretch) + 300, spacing, spacing * stretch, reach=reach)


@dataclass
class Nuclei:
    """Nuclei on a lattice: how much of them covers each pixel, and their chromatin's density."""

    cover: np.ndarray
    chromatin: np.ndarray


def nuclei(lattice: Lattice, across, along, keep=1.0, vary=0.15, spin=0.3, dark=0.7, vesicular=0.0, nucleoli=0.0):
    """Nuclei with half axes `across` and `along` in pixels; `vesicular` ones are pale inside with a dark membrane."""
    rng, count = lattice.rng, TABLE * TABLE
    angle, size = lattice.each(rng.normal(0, spin, count)), lattice.each(np.exp(rng.normal(0, vary, count)))
    x, y = lattice.du * lattice.su, lattice.dv * lattice.sv
    cos, sin = np.cos(angle), np.sin(angle)
    p, r = (x * cos + y * sin) / (across * size), (y * cos - x * sin) / (along * size)
    grain = rough(rng, max(1.0, 0.45 * across), max(1.0, 0.45 * across))
    q = np.sqrt(p * p + r * r) + (0.06 + 0.15 * vary) * rough(rng, across, across)
    cover = np.clip((1 - q) * across + 0.5, 0, 1) * lattice.chance(keep)
    level = dark * np.clip(lattice.each(1 + 0.25 * rng.standard_normal(count)), 0.45, 1.6)
    inside = np.clip(1.25 - q * q, 0, 1)
    chromatin = level * (1 - 0.75 * vesicular * inside) * np.clip(1 + 0.22 * grain, 0.3, 2)
    if nucleoli:
        spot = np.hypot(p - lattice.each(rng.normal(0, 0.22, count)), r - lattice.each(rng.normal(0, 0.22, count)))
        chromatin += 0.8 * dark * nucleoli * np.clip((0.27 - spot) * across + 0.4, 0, 1)
    return Nuclei(cover, chromatin)


@dataclass
class Glands:
    """Rounded bodies with a wall: pixels of depth inside their outline, of arc along it, of depth at their middle."""

    depth: np.ndarray
    arc: np.ndarray
    lattice: Lattice
    middle: np.ndarray

    def wall(self, height: float) -> np.ndarray:
        """How high (S, S) the epithelium can be, if `height` is wanted and every gland is to keep a lumen."""
        return np.minimum(height, 0.62 * self.middle)


def glands(
    rng, spacing: float, size=0.42, wobble=0.12, squash=1.0, septum=2.0, keep=1.0, folds=0.0, vary=0.15, bend=0.2
) -> Glands:
    """Glands `spacing` pixels apart, of radius `size` times that, crowded by their neighbours to within a septum."""
    lattice = plane(rng, spacing, squash, rng.uniform(0, 180), reach=3, bend=bend)
    theta = np.arctan2(lattice.dv, lattice.du)
    radius = lattice.each(np.exp(rng.normal(0, vary, TABLE * TABLE)) * size)
    bumps = sum(
        (wobble if k < 5 else folds)
        / (k if k < 5 else 1)
        * np.cos(k * theta + lattice.each(rng.uniform(0, 7, TABLE * TABLE)))
        * 1.6
        for k in (2, 3, 4, *((int(rng.integers(6, 10)), 13) if folds else ()))
    )
    bumps = bumps * np.minimum(1, (lattice.distance / radius) ** 4)  # none at the centre, where all directions meet
    rim = np.minimum(radius * (1 + bumps) - lattice.distance, lattice.gap * 0.55 - septum / spacing)
    down, right = np.gradient(spacing * rim)
    steep = np.clip(np.sqrt(down * down + right * right), 0.5, 3)  # so that a depth is a distance on bumps as well
    depth = np.where(lattice.chance(keep) > 0, spacing * rim / steep, -0.2 * spacing).astype(np.float32)
    # A cone's mean height is a third of it: from this the depth of each gland at its middle.
    inside = depth > 0
    middle = 3 * lattice.mean(np.where(inside, depth, 0)) / np.maximum(lattice.mean(inside), 1e-3)
    number = lattice.each(rng.integers(0, 90, TABLE * TABLE))
    around = (1 + squash) / 2 * theta + (squash - 1) / 4 * np.sin(2 * theta)  # the arc of an ellipse, nearly
    arc = (around * spacing * np.minimum(radius, 0.5) + 31.7 * number + 900).astype(np.float32)
    return Glands(depth, arc, lattice, lattice.each(middle))


def palisade(rng, body: Glands, spacing: float, row: float, reach: int = 2) -> Lattice:
    """Columnar cells standing in the wall of the glands: `spacing` pixels apart, in rows `row` pixels high."""
    return Lattice(rng, body.arc / spacing, body.depth / row + 60, spacing, row, 0.3, reach)


def standing(rng, body: Glands, spacing: float, height, reach: int = 2) -> Lattice:
    """Cells of even size all over, turned so that dv points into the gland, and drawn towards half of `height`."""
    cells = plane(rng, spacing, reach=reach)
    down, right = np.gradient(body.depth)
    down, right = cells.mean(down), cells.mean(right)
    length = np.maximum(np.sqrt(down * down + right * right), 1e-3)
    inward_x, inward_y = cells.each(right / length), cells.each(down / length)
    drawn = np.clip(
        0.4 * (cells.mean(np.minimum(height, 3 * spacing) + 0 * X) / 2 - cells.mean(body.depth)) / spacing, -0.25, 0.25
    )
    cells.du, cells.dv = cells.du * inward_y - cells.dv * inward_x, cells.du * inward_x + cells.dv * inward_y
    cells.dv = cells.dv - cells.each(drawn)
    return cells


def band(field: np.ndarray, low: float, high: float, edge: float = 1.5) -> np.ndarray:
    """1 where the field lies between low and high, with soft edges."""
    return np.clip((field - low) / edge + 0.5, 0, 1) * np.clip((high - field) / edge + 0.5, 0, 1)


def matrix(rng, scale: float, angle: float) -> np.ndarray:
    """The density of connective tissue in 0 … 1: wavy fibres `scale` pixels wide along `angle`, with gaps."""
    streaks = fibres(rng, scale * rng.uniform(0.4, 1.0), scale * rng.uniform(4, 14), angle)
    streaks = warp(streaks, rng, rng.uniform(25, 90), rng.uniform(4, 22))
    thin = warp(fibres(rng, 1.3, rng.uniform(8, 25), angle), rng, 40, rng.uniform(3, 12))
    density = normalise(streaks + rng.uniform(0.2, 0.9) * fractal(rng, rng.uniform(10, 60)))
    gaps = rng.uniform(0.05, 0.4) if rng.random() < 0.4 else rng.uniform(-0.8, 0)
    density = np.clip((density - gaps) / (1 - gaps), 0, 1)
    return density * (1 + rng.uniform(0.3, 1.3) * (thin - 0.5))


def spindle_cells(rng, section: Section, d: float, angle: float, keep=0.5, dark=0.6) -> None:
    """Thin nuclei of fibroblasts along `angle`."""
    spacing = d * rng.uniform(1.2, 2.2)
    cells = plane(rng, spacing, rng.uniform(1.6, 2.6), angle)
    thin = nuclei(cells, max(0.7, d * rng.uniform(0.16, 0.3)), d * rng.uniform(0.6, 1.1), keep, 0.2, 0.25, dark)
    section.paint(thin.cover * 0.95, thin.chromatin, 0.08)


def infiltrate(rng, section: Section, d: float, keep, dark: float = 0.8) -> None:
    """Small round dark nuclei of lymphocytes and plasma cells, as dense as the field `keep` says."""
    cells = nuclei(plane(rng, max(2.5, d * rng.uniform(0.85, 1.2))), d * 0.34, d * 0.38, keep, 0.12, 1.5, dark)
    section.paint(cells.cover, cells.chromatin, 0.05)


def blood(rng, section: Section, where: np.ndarray, d: float) -> None:
    """Red blood cells lying where the field says."""
    cells = nuclei(plane(rng, max(2.6, d * 1.02)), d * 0.45, d * 0.5, where, 0.08, 1.0, 1.0, vesicular=0.35)
    density = np.clip(cells.chromatin, 0, 1.2) * rng.uniform(0.3, 0.6)
    section.paint(cells.cover, 0.0, density * 0.4, density)


def glass(rng, section: Section) -> np.ndarray:
    """Take the tissue away outside an irregular edge, leaving clear slide; returns what was left clear."""
    tilt = rng.uniform(0, 2 * np.pi)
    away = ((X - SIZE / 2) * np.cos(tilt) + (Y - SIZE / 2) * np.sin(tilt)) / SIZE
    level = away + 0.25 * (fractal(rng, rng.uniform(40, 140), 5) - 0.5)
    clear = 1 - soft(level, rng.uniform(0.05, 0.42), 0.012)
    section.dyes *= 1 - clear
    return clear


def whole_mount(rng, section: Section, d: float, brown: float = 0.0) -> None:
    """A whole piece of tissue on clear glass, as a scanner's overview shows it: zones, holes and dust of nuclei."""
    away = ellipse(*rng.uniform(90, 166, 2), rng.uniform(70, 170), rng.uniform(50, 120), rng.uniform(0, 3))
    piece = soft(away + 0.9 * (fractal(rng, rng.uniform(50, 120), 5) - 0.5), 1.0, 0.03)
    ground = fractal(rng, rng.uniform(15, 60), 5)
    zones = soft(-fractal(rng, rng.uniform(20, 70), 4), -rng.uniform(0.5, 0.65), rng.uniform(0.03, 0.2))
    holes = soft(fractal(rng, rng.uniform(10, 40), 4), rng.uniform(0.15, 0.35), 0.04)
    dust = noise(rng, 1.3) * noise(rng, 2.5)
    pink = 0.0 if brown else rng.uniform(0.15, 0.35)
    section.paint(piece, 0.04 + 0.12 * dust, pink * (0.6 + 0.8 * ground), 0.0, 0.08 * brown)
    dark = rng.uniform(0.15, 0.5)
    section.add(piece * zones * (0.5 + dust), 0.4 * dark if brown else dark, 0.0, 0.0, brown * (0.4 + 0.6 * ground))
    infiltrate(rng, section, d, piece * (0.1 + 0.5 * zones), 0.5)
    section.dyes *= 1 - holes * rng.uniform(0.3, 1)


def cracks(rng, section: Section, width: float) -> None:
    """Artificial clefts from shrinkage: thin irregular white lines."""
    field = fractal(rng, rng.uniform(60, 160), 3)
    line = np.clip(width - np.abs(field - rng.uniform(0.35, 0.65)) * 90, 0, 1)
    section.dyes *= 1 - line * (noise(rng, 70) > 0.55)


@dataclass
class Palette:
    """The absorbance of each dye (4, 3) in red, green, blue, and the colour of clear glass."""

    dyes: np.ndarray
    glass: np.ndarray


def palette(rng, chromogen: str = "brown") -> Palette:
    """Stains as laboratories and scanners vary them."""
    strength = rng.uniform(0.65, 1.4, 3)
    haematoxylin = np.array([rng.uniform(0.55, 1.05), rng.uniform(0.8, 1.0), rng.uniform(0.25, 0.48)]) * strength[0]
    eosin = np.array([rng.uniform(0.03, 0.2), 1.0, rng.uniform(0.25, 0.85)]) * strength[1]
    red = np.array([rng.uniform(0.05, 0.16), 1.0, rng.uniform(0.5, 0.95)]) * strength[1]
    brown = [rng.uniform(0.26, 0.5), rng.uniform(0.55, 0.74), 1.0]
    if chromogen == "red":
        brown = [rng.uniform(0.08, 0.2), 1.0, rng.uniform(0.6, 1.0)]
    light = rng.uniform(0.84, 1.0) + np.append(rng.normal(0, 0.012, 2), rng.normal(0, 0.02))
    return Palette(
        np.stack([haematoxylin, eosin, red, brown]).astype(np.float32), np.clip(light, 0, 1).astype(np.float32)
    )


def develop(rng, section: Section, stains: Palette, d: float) -> np.ndarray:
    """The section as the camera sees it, (S, S, 3): uneven thickness, fine grain, and now and then a dark rim."""
    grain = rough(rng, max(1.0, d * 0.14), max(1.0, d * 0.14)) * rng.uniform(0.03, 0.12)
    fine = rough(rng, 1.0, 1.0) * rng.uniform(0.01, 0.08)
    thickness = 1 + 0.35 * (fractal(rng, rng.uniform(30, 160), 3) - 0.5) + grain + fine
    density = np.clip(section.dyes, 0, 1.6) * np.clip(thickness, 0.4, 1.8)
    absorbed = np.moveaxis(density, 0, -1) @ stains.dyes
    light = stains.glass * np.exp(-2.0 * absorbed)
    if rng.random() < 0.08:
        light = light * (1 - rng.uniform(0.1, 0.35) * np.clip(ellipse(128, 128, 180, 180), 0, 1.2)[..., None] ** 2)
    elif rng.random() < 0.04:
        seen = soft(ellipse(128, 128, *[rng.uniform(118, 150)] * 2), 1.0, 0.02)[..., None]
        light = light * seen + choose(rng, [0.0, 0.0, 1.0]) * (1 - seen)
    return light


def tone(light: np.ndarray) -> str:
    """The colour that dominates what is not clear glass, in words."""
    light = light[::4, ::4].reshape(-1, 3)
    tissue = light[light.min(axis=1) < 0.82]
    mean = (tissue if len(tissue) > 20 else light).mean(axis=0)
    red, green, blue = mean
    if red - green < 0.1 and blue - green < 0.1:
        return "pale" if mean.min() > 0.6 else "grey"
    if mean.max() > 0.88 and mean.min() > 0.68:
        return "pale pink" if red >= blue else "pale lilac"
    if red > blue + 0.13:
        return "salmon pink"
    if red > blue + 0.02:
        return "pink" if mean.min() > 0.5 else "magenta"
    return "blue-violet" if blue > red + 0.1 else "purple"


def zoom(rng, low: float = 2.4, high: float = 24.0) -> float:
    """The diameter of an ordinary nucleus in pixels, which is the magnification; low, middle and high equally often."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def magnification(d: float) -> str:
    """The magnification in a word."""
    return "low" if d < 4.5 else "medium" if d < 10 else "high"


def finish(rng, section: Section, d: float, stains: Palette, attributes: dict) -> tuple[Image.Image, dict]:
    """The picture, and what is in it with its colours and magnification."""
    if rng.random() < 0.05:
        cracks(rng, section, rng.uniform(0.8, 3.5))
    light = develop(rng, section, stains, d)
    return picture(light), {**attributes, "magnification": magnification(d), "tone": tone(light)}


@dataclass
class Layout:
    """Where the cells of interest lie (S, S), on which lattice, how long their nuclei are, and where lumina are."""

    where: np.ndarray
    cells: Lattice
    along: float
    lumen: np.ndarray | float
    name: str


def layout(rng, d: float) -> Layout:
    """An arrangement of cells: glands, nests, sheets or a lymphoid follicle."""
    name = choose(rng, ["glands", "glands", "nests", "sheets", "sheets", "follicle"])
    if name == "glands":
        height = d * rng.uniform(1.3, 3.2)
        spacing = float(np.clip(height * rng.uniform(3.0, 6.0), 24, 110))
        body = glands(rng, spacing, rng.uniform(0.36, 0.5), rng.uniform(0.03, 0.22), rng.uniform(1, 2), d * 0.5, 0.9)
        wall = body.wall(height)
        if rng.random() < 0.7:
            cells = standing(rng, body, max(2.6, d * rng.uniform(1.15, 1.5)), wall, 3)
        else:
            cells = palisade(rng, body, max(2.5, d * 1.15), max(2.5, min(height, d * rng.uniform(1.4, 2.4))), 3)
        return Layout(band(body.depth, 0, wall), cells, d * 0.6, soft(wall - body.depth, 0, 1.5), name)
    cells = plane(rng, max(2.8, d * rng.uniform(1.2, 2.0)), reach=3)
    if name == "sheets":
        gaps = soft(fractal(rng, d * 12, 4), rng.uniform(0.0, 0.3), 0.05)
        return Layout(1 - gaps, cells, d * 0.52, 0.0, name)
    if name == "nests":
        level = fractal(rng, max(30, d * rng.uniform(5, 12)), 3)
        return Layout(1 - soft(level, rng.uniform(0.42, 0.55), 0.03), cells, d * 0.5, 0.0, name)
    cx, cy = rng.uniform(60, 196, 2)
    edge = ellipse(cx, cy, rng.uniform(40, 110), rng.uniform(40, 110), rng.uniform(0, 3)) + 0.3 * fractal(rng, 40)
    return Layout(soft(edge, 1.1, 0.2), plane(rng, max(2.8, d * 1.15), reach=3), d * 0.45, 0.0, name)


def counterstained(rng, d: float) -> Section:
    """A pale section, with the chromogen's faint background and a few blue nuclei of stroma."""
    section = Section()
    angle = rng.uniform(0, 180)
    tissue = matrix(rng, d * rng.uniform(0.6, 1.5), angle)
    section.add(tissue, rng.uniform(0.02, 0.14), 0.0, 0.0, rng.uniform(0, 0.09) if rng.random() < 0.7 else 0.0)
    spindle_cells(rng, section, d, angle, rng.uniform(0.1, 0.6), rng.uniform(0.25, 0.6))
    return section


def granules(rng, d: float) -> np.ndarray:
    """The uneven, granular deposit of a chromogen, about 1."""
    fine = rough(rng, max(1.0, 0.16 * d), max(1.0, 0.16 * d))
    return np.clip(1 + 0.3 * fine + 0.3 * rough(rng, 3 * d, 3 * d), 0.15, 2)


def stain_cells(rng, section: Section, d: float, pattern: str, level: float, share: float) -> str:
    """Nuclei, membranes or cytoplasm of an arrangement of cells stained; returns what the arrangement is."""
    plan = layout(rng, d)
    cells, pale, blue = plan.cells, rng.uniform(0.02, 0.16), rng.uniform(0.3, 0.75)
    section.paint(plan.lumen, 0.0)
    section.paint(plan.where * 0.9, pale, 0.0, 0.0, rng.uniform(0, 0.12) * level)
    field = share * (1 + rng.uniform(0.0, 0.7) * rough(rng, 60, 60)) if share < 1 else 1.0
    positive = cells.chance(field) * cells.each(rng.uniform(0.5, 1.25, TABLE * TABLE))
    deposit = level * granules(rng, d)
    if pattern == "cytoplasmic":
        if rng.random() < 0.4:  # more of it towards the lumen, or on one side of the nucleus
            deposit = deposit * np.clip(1 + rng.uniform(0.5, 1.5) * (cells.dv + 0.1), 0.2, 1.8)
        section.add(plan.where * positive, 0.0, 0.0, 0.0, deposit)
    across = min(d * rng.uniform(0.38, 0.5), cells.su * 0.45)
    shown = nuclei(
        cells,
        across,
        max(across, plan.along),
        plan.where,
        rng.uniform(0.08, 0.25),
        0.5,
        blue,
        rng.uniform(0, 0.8),
        rng.uniform(0, 1) * (d > 9),
    )
    cover = shown.cover * np.clip(plan.where * 2, 0, 1)
    stained = np.minimum(positive, 1) if pattern == "nuclear" else 0.0
    brown = section.dyes[3] * 0.5 + stained * deposit * shown.chromatin / blue * 1.1
    section.paint(cover, shown.chromatin * (1 - 0.6 * stained), 0.0, 0.0, brown)
    if pattern == "membranous":
        line = cells.wall(max(1.2, d * rng.uniform(0.12, 0.3))) * plan.where
        section.add(line * np.clip(positive + rng.uniform(0, 0.5), 0, 1), 0.0, 0.0, 0.0, deposit * 1.2)
    if plan.name == "glands" and rng.random() < 0.3 and pattern != "nuclear":
        section.add(plan.lumen * (noise(rng, 12) > 0.5), 0.0, 0.0, 0.0, 0.4 * deposit)
    return plan.name


def stain_brain(rng, section: Section, d: float, level: float) -> str:
    """Brain: a felt of fine processes, with stellate or neuronal bodies that are stained."""
    felt = sum(
        np.clip(1 - np.abs(rough(rng, w := rng.uniform(4, 9) * max(1, d / 8), w)) * rng.uniform(5, 9), 0, 1)
        for _ in range(int(rng.integers(2, 5)))
    )
    patches = np.clip(0.5 + rough(rng, 50, 50), 0.05, 1.2) if rng.random() < 0.6 else 0.7
    section.paint(1.0, 0.03 + 0.03 * noise(rng, 2), 0.0, 0.0, level * rng.uniform(0.05, 0.3) * noise(rng, 3))
    section.add(felt * patches, 0.0, 0.0, 0.0, level * rng.uniform(0.15, 0.5) * granules(rng, d))
    blue = nuclei(plane(rng, d * rng.uniform(1.8, 3.2)), d * 0.4, d * 0.45, rng.uniform(0.2, 0.7), 0.2, 1, 0.5, 0.4)
    section.paint(blue.cover, blue.chromatin)
    stars = plane(rng, d * rng.uniform(4, 7))
    x, y = stars.du * stars.su, stars.dv * stars.sv
    arms = stars.each(rng.integers(3, 8, TABLE * TABLE))
    turn = np.arctan2(y, x) + 0.4 * rough(rng, 3 * d, 3 * d)
    reach = d * (
        0.55 + rng.uniform(0.8, 1.9) * np.abs(np.cos(arms / 2 * turn + stars.each(rng.random(TABLE**2)) * 6)) ** 9
    )
    body = np.clip((reach - np.hypot(x, y)) / 1.2 + 0.5, 0, 1) * stars.chance(rng.uniform(0.3, 0.9))
    section.add(body, 0.0, 0.0, 0.0, level * granules(rng, d))
    return "brain"


def stain_fibres(rng, section: Section, d: float, level: float, vessels: bool) -> str:
    """Stroma or muscle with stained fibres, or slit-like vessels with a stained lining."""
    if vessels:
        body = glands(
            rng, max(22, d * rng.uniform(4, 8)), 0.26, 0.3, rng.uniform(1.2, 3), 2.0, rng.uniform(0.4, 0.9), vary=0.4
        )
        wall = max(1.4, d * rng.uniform(0.2, 0.5))
        infiltrate(rng, section, d, rng.uniform(0.1, 0.6), rng.uniform(0.3, 0.6))
        section.paint(soft(-body.depth, 0, 1.5), 0.0)
        section.add(band(body.depth, -wall, wall * 0.4), 0.0, 0.0, 0.0, level * granules(rng, d))
        return "vessels"
    angle = rng.uniform(0, 180)
    density = matrix(rng, d * rng.uniform(0.4, 1.2), angle) ** rng.uniform(1.0, 2.5)
    section.add(density, 0.0, 0.0, 0.0, level * rng.uniform(0.6, 1.1) * granules(rng, d))
    spindle_cells(rng, section, d, angle, rng.uniform(0.2, 0.7), 0.5)
    return "stroma"


def scatter_cells(rng, section: Section, d: float, level: float) -> str:
    """A few stained immune cells, round or ragged, among many blue ones."""
    infiltrate(rng, section, d, np.clip(rng.uniform(0.2, 1) + 0.5 * rough(rng, 50, 50), 0, 1), rng.uniform(0.35, 0.7))
    cells = plane(rng, max(3, d * rng.uniform(1.3, 2.5)))
    keep = np.clip(rng.uniform(0.05, 0.35) + rng.uniform(0, 0.5) * rough(rng, 45, 45), 0, 1)
    body = nuclei(
        cells, d * rng.uniform(0.45, 0.75), d * rng.uniform(0.6, 1.1), keep, 0.35, 2.0, level, rng.uniform(0, 0.6)
    )
    section.paint(body.cover * 0.95, 0.1 * noise(rng, d), 0.0, 0.0, body.chromatin * granules(rng, d))
    return "tissue with scattered cells"


PATTERNS = (
    "nuclear",
    "membranous",
    "cytoplasmic",
    "fibrillary",
    "stromal",
    "vascular",
    "scattered",
    "negative",
    "zonal",
)
INTENSITIES = {"weak": (0.22, 0.38), "moderate": (0.4, 0.65), "strong": (0.7, 1.25)}


def immunostain_phrases(attributes: dict, rng: np.random.Generator) -> list[str]:
    """What a legend says of an immunostained section."""
    pattern, intensity, place = (attributes[k] for k in ("pattern", "intensity", "architecture"))
    colour = attributes["chromogen"]
    phrases = []
    if pattern == "negative":
        phrases.append(
            choose(
                rng,
                [
                    "negative staining",
                    "no immunoreactivity",
                    "absence of brown staining, blue nuclei only",
                    "negative control with haematoxylin counterstain only",
                ],
            )
        )
    else:
        where = {
            "nuclear": ["nuclear staining", "positive nuclei", "nuclear immunoreactivity"],
            "membranous": ["membranous staining", "chicken-wire membrane staining", "staining of the cell membranes"],
            "cytoplasmic": ["cytoplasmic staining", "granular cytoplasmic positivity", "staining of the cytoplasm"],
            "fibrillary": ["staining of cell bodies and processes", "fibrillary staining of the neuropil"],
            "stromal": ["stromal staining", "stained fibres of the stroma", "positive stromal fibres"],
            "vascular": ["staining of the vessel walls", "positive endothelium of small vessels"],
            "zonal": ["zonal staining", "regional staining", "staining of some zones of the tissue"],
            "scattered": ["scattered positive cells", "scattered stained immune cells"],
        }[pattern]
        phrases.append(choose(rng, [f"{intensity} {colour} {choose(rng, where)}", f"{intensity} {choose(rng, where)}"]))
        phrases.append(
            choose(
                rng,
                [
                    f"{colour} chromogen",
                    f"{colour} immunoreactivity",
                    f"{intensity} {colour} reaction product",
                    "DAB reaction product" if colour == "brown" else "red chromogen (AEC)",
                ],
            )
        )
    phrases.append(
        {
            "glands": choose(rng, ["glandular epithelium", "glands with lumina", "gland-forming epithelium"]),
            "nests": choose(rng, ["nests of cells in pale stroma", "cell nests", "islands of tumour cells"]),
            "sheets": choose(rng, ["sheets of cells", "a solid sheet of cells", "diffuse sheets of tumour cells"]),
            "follicle": choose(rng, ["a rounded follicle", "a lymphoid follicle", "a round aggregate of cells"]),
            "brain": choose(rng, ["brain tissue", "glial cells with processes", "brain parenchyma"]),
            "vessels": choose(rng, ["slit-like vessels", "microvessels", "capillary-sized vessels"]),
            "whole mount": choose(rng, ["a whole-mount overview", "a whole tissue piece on the slide"]),
            "stroma": choose(rng, ["fibrous tissue", "bundles of fibres", "fibrillar stroma"]),
        }.get(place, choose(rng, ["mixed cells", "cells scattered through the tissue"]))
    )
    if attributes["share"] is not None:
        percent = attributes["share"]
        phrases.append(
            choose(
                rng,
                [
                    f"about {percent}% positive cells",
                    f"{percent}% of cells stained",
                    "most cells positive"
                    if percent > 60
                    else "a minority of positive cells"
                    if percent < 35
                    else "about half of the cells positive",
                ],
            )
        )
    return [*phrases, *scale_phrases(attributes, rng)]


def scale_phrases(attributes: dict, rng: np.random.Generator) -> list[str]:
    """What a legend says of magnification, colour and clear slide."""
    power = attributes["magnification"]
    times = {"low": ("x4", "x10"), "medium": ("x20", "x10"), "high": ("x40", "x60")}[power]
    phrases = [
        choose(rng, [f"{power} magnification", f"{power}-power view", f"original magnification {choose(rng, times)}"])
    ]
    phrases.append(choose(rng, [f"{attributes['tone']} overall colour", f"mostly {attributes['tone']} tones"]))
    if attributes["glass"]:
        phrases.append(choose(rng, ["the tissue edge against clear slide", "white slide background beside the tissue"]))
    return phrases


@kind(
    "histology",
    "immunohistochemistry histopathology",
    "immunohistochemistry",
    "IHC",
    "IHC stained section",
    "immunohistochemical staining",
    "immunoperoxidase stain",
    "immunostained tissue section",
    "immunostaining with haematoxylin counterstain",
    "immunohistochemistry micrograph",
    "immunohistochemical stain of a tissue section",
    "light micrograph of an immunostain",
    "immunolabelled section",
    "IHC histopathology",
    describe=immunostain_phrases,
)
def immunohistochemistry(rng: np.random.Generator) -> tuple[Image.Image, dict]:
    """Chromogen on a pale blue section; pattern, architecture, intensity, share of cells and magnification vary."""
    d = zoom(rng, 2.6, 22)
    pattern = PATTERNS[int(rng.choice(len(PATTERNS), p=[0.23, 0.13, 0.2, 0.14, 0.08, 0.06, 0.1, 0.03, 0.03]))]
    intensity = choose(rng, ["weak", "moderate", "strong", "strong"])
    chromogen = "red" if rng.random() < 0.07 and pattern != "negative" else "brown"
    level = rng.uniform(*INTENSITIES[intensity]) if pattern != "negative" else 0.0
    section = counterstained(rng, d)
    share = None
    if pattern in ("nuclear", "membranous", "cytoplasmic", "negative"):
        percent = int(choose(rng, [10, 20, 30, 50, 70, 90, 100, 100])) if pattern != "negative" else 0
        architecture = stain_cells(rng, section, d, "cytoplasmic" if percent == 0 else pattern, level, percent / 100)
        share = percent or None
    elif pattern == "zonal":
        d = rng.uniform(2.4, 3)
        section.dyes[:] = 0
        whole_mount(rng, section, d, level)
        architecture = "whole mount"
    elif pattern == "fibrillary":
        architecture = stain_brain(rng, section, d, level)
    elif pattern == "scattered":
        architecture = scatter_cells(rng, section, d, level)
    else:
        architecture = stain_fibres(rng, section, d, level, pattern == "vascular")
    clear = architecture == "whole mount" or bool(rng.random() < 0.12 and glass(rng, section).mean() > 0.04)
    names = {
        "brown": ["brown immunostain", "DAB staining", "DAB immunostaining with haematoxylin counterstain"],
        "red": ["red immunostain", "AEC immunostaining"],
    }[chromogen]
    if pattern == "negative":
        names = ["negative immunostain", "immunohistochemistry negative control"]
    found = {
        "stain": "immunoperoxidase",
        "chromogen": None if pattern == "negative" else chromogen,
        "pattern": pattern,
        "share": share,
        "glass": clear,
        "intensity": None if pattern == "negative" else intensity,
        "architecture": architecture,
        "names": names,
    }
    section.dyes[1] = 0  # the nuclei that all stains share bring a little eosin, which no immunostain has
    return finish(rng, section, d, palette(rng, chromogen), found)
