"""What tissues are built of: cell lattices, nuclei, glands, fibres, blood, necrosis.

Cells lie on jittered lattices laid over the plane, or over the wall of a gland (arc along it, depth
into it), so that any number of nuclei costs the same. `d` is everywhere the diameter of an ordinary
nucleus in pixels.
"""

import functools
import math
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import find_objects, label

from ..drawing import SIZE, X, Y, choose, ellipse, fibres, fractal, noise, normalise, soft, warp
from ..drawing import stretched_noise as rough
from .section import Section

TABLE = 128  # a lattice repeats after this many cells


def above(field: np.ndarray, edge: float, width: float = 1.5) -> np.ndarray:
    """1 where the field is larger than edge, with a smooth step."""
    return soft(-field, -edge, width)


def band(field: np.ndarray, low: float, high: float, edge: float = 1.5) -> np.ndarray:
    """1 where the field lies between low and high, with soft edges."""
    return np.clip((field - low) / edge + 0.5, 0, 1) * np.clip((high - field) / edge + 0.5, 0, 1)


class Lattice:
    """Cells around jittered points of the grid (u, v), whose unit is `su` by `sv` pixels."""

    def __init__(
        self,
        rng: np.random.Generator,
        u,
        v,
        su: float,
        sv: float,
        jitter: float = 0.33,
        reach: int = 2,
    ):
        points = (0.5 + jitter * rng.uniform(-1, 1, (2, TABLE * TABLE))).astype(np.float32)
        self.rng, self.su, self.sv = rng, su, sv
        # Two by two neighbours find every nucleus; cell borders far from any point need three by
        # three.
        u, v = np.asarray(u, dtype=np.float32), np.asarray(v, dtype=np.float32)
        base_u, base_v = (np.floor(w - 0.5 if reach == 2 else w - 1) for w in (u, v))
        fu, fv = u - base_u, v - base_v
        iu, iv = base_u.astype(np.intp), base_v.astype(np.intp)
        first = np.full((SIZE, SIZE), 9.0, dtype=np.float32)
        second, step = first, np.zeros((SIZE, SIZE), dtype=np.uint8)
        columns = [((iu + i) & (TABLE - 1)) * TABLE for i in range(reach)]
        rows = [(iv + j) & (TABLE - 1) for j in range(reach)]
        for k in range(reach * reach):
            i, j = divmod(k, reach)
            cell = columns[i] + rows[j]
            d = fu - i - points[0].take(cell, mode="wrap")
            e = fv - j - points[1].take(cell, mode="wrap")
            d *= d
            e *= e
            d += e
            # The last k that was nearer; a masked copy would take many times as long.
            np.maximum(step, (d < first) * np.uint8(k), out=step)
            if reach == 3:
                second = np.minimum(second, np.maximum(first, d))
            first = np.minimum(first, d)
        i, j = step // reach, step % reach
        self.near = ((iu + i) & (TABLE - 1)) * TABLE + ((iv + j) & (TABLE - 1))
        px, py = (p.take(self.near, mode="wrap") for p in points)
        self.du, self.dv = fu - i - px, fv - j - py
        self.distance = np.sqrt(first)
        # 0 on the border between two cells; for three by three only.
        self.gap = np.sqrt(second) - self.distance

    @functools.cached_property
    def pixels(self) -> np.ndarray:
        """How many pixels every cell has, at least 1."""
        return np.maximum(np.bincount(self.near.ravel(), minlength=TABLE * TABLE), 1)

    def each(self, values: np.ndarray) -> np.ndarray:
        """One value per cell, spread over its pixels."""
        return values.astype(np.float32).take(self.near, mode="wrap")

    def uniform(self, low: float, high: float) -> np.ndarray:
        """A random number per cell, spread over its pixels."""
        return self.each(low + (high - low) * self.rng.random(TABLE * TABLE, dtype=np.float32))

    def normal(self, sigma: float) -> np.ndarray:
        """A random number per cell, normal about 0, spread over its pixels."""
        return self.each(sigma * self.rng.standard_normal(TABLE * TABLE, dtype=np.float32))

    def mean(self, field: np.ndarray) -> np.ndarray:
        """The mean of a field within every cell, one value per cell."""
        total = np.bincount(self.near.ravel(), np.ravel(field), TABLE * TABLE)
        return total / self.pixels

    def chance(self, field) -> np.ndarray:
        """Which cells (S, S) are there: the probability is the field's mean within the cell."""
        if np.ndim(field):
            field = self.mean(field)
        return self.each(self.rng.random(TABLE * TABLE) < field)

    def wall(self, width: float) -> np.ndarray:
        """1 on the borders between cells, about `width` pixels wide."""
        return np.clip(1.3 - self.gap * min(self.su, self.sv) / width, 0, 1)


def plane(
    rng, spacing: float, stretch=1.0, angle=0.0, wave=None, reach: int = 2, bend: float = 0.35
) -> Lattice:
    """Cells `stretch` times longer along `angle` (degrees from vertical), bent by `wave` pixels."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    x, y = X * cos - Y * sin, X * sin + Y * cos
    x = x + (bend * spacing * rough(rng, 4 * spacing, 4 * spacing) if wave is None else wave)
    y = y + bend * spacing * rough(rng, 4 * spacing, 4 * spacing)
    return Lattice(
        rng,
        x / spacing + 300,
        y / (spacing * stretch) + 300,
        spacing,
        spacing * stretch,
        reach=reach,
    )


@dataclass
class Nuclei:
    """Nuclei on a lattice: how much of them covers each pixel, and their chromatin's density."""

    cover: np.ndarray
    chromatin: np.ndarray


def nuclei(
    lattice: Lattice,
    across,
    along,
    keep=1.0,
    vary=0.15,
    spin=0.3,
    dark=0.7,
    vesicular=0.0,
    nucleoli=0.0,
):
    """Nuclei with half axes `across` and `along` in pixels.

    `vesicular` ones are pale inside with a dark membrane.
    """
    rng, count = lattice.rng, TABLE * TABLE
    angle = spin * rng.standard_normal(count, dtype=np.float32)
    size = lattice.each(np.exp(-vary * rng.standard_normal(count, dtype=np.float32)))
    x, y = lattice.du * lattice.su, lattice.dv * lattice.sv
    cos, sin = lattice.each(np.cos(angle)) * size, lattice.each(np.sin(angle)) * size
    p, r = (x * cos + y * sin) / across, (y * cos - x * sin) / along
    grain = rough(rng, max(1.0, 0.45 * across), max(1.0, 0.45 * across))
    q = np.sqrt(p * p + r * r) + (0.06 + 0.15 * vary) * rough(rng, across, across)
    cover = np.clip((1 - q) * across + 0.5, 0, 1) * lattice.chance(keep)
    level = 1 + 0.25 * rng.standard_normal(count, dtype=np.float32)
    level = lattice.each(dark * np.clip(level, 0.45, 1.6))
    inside = np.clip(1.25 - q * q, 0, 1)
    chromatin = level * (1 - 0.75 * vesicular * inside) * np.clip(1 + 0.22 * grain, 0.3, 2)
    if nucleoli:
        spot = np.sqrt((p - lattice.normal(0.22)) ** 2 + (r - lattice.normal(0.22)) ** 2)
        chromatin += 0.8 * dark * nucleoli * np.clip((0.27 - spot) * across + 0.4, 0, 1)
    return Nuclei(cover, chromatin)


def anaplasia(rng, grade: str) -> dict[str, float]:
    """Arguments for `nuclei`: how unequal, dark, vesicular and nucleolated a tumour's are."""
    wild = {"well": 0.12, "moderately": 0.2, "poorly": 0.32}[grade]
    return {
        "vary": wild * rng.uniform(0.7, 1.3),
        "dark": rng.uniform(0.55, 0.95),
        "vesicular": rng.uniform(0, 0.75) ** 1.3,
        "nucleoli": rng.uniform(0, 1.2),
    }


@dataclass
class Glands:
    """A body's wall in pixels: depth inside the outline, arc along it, depth of the middle."""

    depth: np.ndarray
    arc: np.ndarray
    lattice: Lattice
    middle: np.ndarray

    def wall(self, height: float) -> np.ndarray:
        """How high (S, S) the epithelium can be, up to `height`, if every gland keeps a lumen."""
        return np.minimum(height, 0.62 * self.middle)


def glands(
    rng,
    spacing: float,
    size=0.42,
    wobble=0.12,
    squash=1.0,
    septum=2.0,
    keep=1.0,
    folds=0.0,
    vary=0.15,
    bend=0.2,
) -> Glands:
    """Glands `spacing` pixels apart, of radius `size` times that, with septa between them."""
    lattice = plane(rng, spacing, squash, rng.uniform(0, 180), reach=3, bend=bend)
    theta = np.arctan2(lattice.dv, lattice.du)
    radius = lattice.each(np.exp(rng.normal(0, vary, TABLE * TABLE)) * size)
    waves = [(k, wobble / k) for k in (2, 3, 4)]
    if folds:
        waves += [(int(rng.integers(6, 10)), folds), (13, folds)]
    bumps = sum(height * np.cos(k * theta + lattice.uniform(0, 7)) * 1.6 for k, height in waves)
    # None at the centre, where all directions meet.
    bumps = bumps * np.minimum(1, (lattice.distance / radius) ** 4)
    rim = np.minimum(radius * (1 + bumps) - lattice.distance, lattice.gap * 0.55 - septum / spacing)
    down, right = np.gradient(spacing * rim)
    # So that a depth is a distance on bumps as well.
    steep = np.clip(np.sqrt(down * down + right * right), 0.5, 3)
    depth = np.where(lattice.chance(keep) > 0, spacing * rim / steep, -0.2 * spacing).astype(
        np.float32
    )
    # A cone's mean height is a third of it: from this the depth of each gland at its middle.
    inside = depth > 0
    middle = 3 * lattice.mean(np.where(inside, depth, 0)) / np.maximum(lattice.mean(inside), 1e-3)
    number = lattice.each(rng.integers(0, 90, TABLE * TABLE))
    # The arc of an ellipse, nearly.
    around = (1 + squash) / 2 * theta + (squash - 1) / 4 * np.sin(2 * theta)
    arc = (around * spacing * np.minimum(radius, 0.5) + 31.7 * number + 900).astype(np.float32)
    return Glands(depth, arc, lattice, lattice.each(middle))


def palisade(rng, body: Glands, spacing: float, row: float, reach: int = 2) -> Lattice:
    """Columnar cells in the wall of the glands: `spacing` pixels apart, rows `row` pixels high."""
    return Lattice(rng, body.arc / spacing, body.depth / row + 60, spacing, row, 0.3, reach)


def standing(rng, body: Glands, spacing: float, height, reach: int = 2) -> Lattice:
    """Cells of even size, turned so that dv points into the gland, drawn to half of `height`."""
    cells = plane(rng, spacing, reach=reach)
    down, right = np.gradient(body.depth)
    down, right = cells.mean(down), cells.mean(right)
    length = np.maximum(np.sqrt(down * down + right * right), 1e-3)
    inward_x, inward_y = cells.each(right / length), cells.each(down / length)
    aim = cells.mean(np.minimum(height, 3 * spacing) + 0 * X) / 2
    drawn = np.clip(0.4 * (aim - cells.mean(body.depth)) / spacing, -0.25, 0.25)
    cells.du, cells.dv = (
        cells.du * inward_y - cells.dv * inward_x,
        cells.du * inward_x + cells.dv * inward_y,
    )
    cells.dv = cells.dv - cells.each(drawn)
    return cells


def matrix(rng, scale: float, angle: float) -> np.ndarray:
    """The density (S, S) of connective tissue: fibres `scale` pixels wide along `angle`."""
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
    thin = nuclei(
        cells,
        max(0.7, d * rng.uniform(0.16, 0.3)),
        d * rng.uniform(0.6, 1.1),
        keep,
        0.2,
        0.25,
        dark,
    )
    section.stain(thin, 0.95, 0.08)


def stroma(rng, section: Section, d: float, pink=None, keep=None) -> None:
    """Pink connective tissue with fibroblasts over the whole section."""
    angle = rng.uniform(0, 180)
    density = matrix(rng, max(3, d * rng.uniform(0.5, 1.6)), angle)
    pink = rng.uniform(0.1, 0.32) if pink is None else pink
    section.add(density, rng.uniform(0.0, 0.07), pink)
    spindle_cells(
        rng,
        section,
        d,
        angle,
        rng.uniform(0.15, 0.7) if keep is None else keep,
        rng.uniform(0.4, 0.8),
    )


def desmoplasia(rng, section: Section, d: float) -> str | None:
    """The stroma of a carcinoma: fibrous, loose or inflamed; returns its inflammation in a word."""
    stroma(rng, section, d, rng.uniform(0.08, 0.38), rng.uniform(0.2, 0.7))
    inflammation = choose(rng, [None, None, "sparse", "dense"])
    if inflammation:
        level = 0.25 if inflammation == "sparse" else 0.75
        infiltrate(
            rng,
            section,
            d,
            np.clip(level + 0.45 * rough(rng, 40, 40), 0, 1),
            rng.uniform(0.55, 0.9),
        )
    return inflammation


def infiltrate(rng, section: Section, d: float, keep, dark: float = 0.8) -> None:
    """Small round dark nuclei of lymphocytes and plasma cells, where the field `keep` has them."""
    cells = plane(rng, max(2.5, d * rng.uniform(0.85, 1.2)))
    section.stain(nuclei(cells, d * 0.34, d * 0.38, keep, 0.12, 1.5, dark), 1.0, 0.05)


def blood(rng, section: Section, where: np.ndarray, d: float) -> None:
    """Red blood cells lying where the field says."""
    cells = nuclei(
        plane(rng, max(2.6, d * 1.02)), d * 0.45, d * 0.5, where, 0.08, 1.0, 1.0, vesicular=0.35
    )
    density = np.clip(cells.chromatin, 0, 1.2) * rng.uniform(0.3, 0.6)
    section.paint(cells.cover, 0.0, density * 0.4, density)


def necrosis(rng, section: Section, d: float, where: np.ndarray) -> None:
    """Granular pink debris with dust of broken nuclei."""
    grain = 0.5 + 0.6 * noise(rng, max(1.1, d * 0.25)) * noise(rng, max(2, d))
    section.paint(where, 0.05, rng.uniform(0.25, 0.42) * grain)
    dust = plane(rng, max(2.5, d * 0.7))
    section.stain(nuclei(dust, d * 0.15, d * 0.22, where * rng.uniform(0.15, 0.6), 0.5, 1, 0.75))


def largest_box(field: np.ndarray) -> list[float] | None:
    """The box (left, top, right, bottom) of the largest patch where the field is above a half.

    None where that patch is tiny or nearly as large as the picture.
    """
    patches, count = label(field[::4, ::4] > 0.5)
    if not count:
        return None
    which = int(np.argmax(np.bincount(patches.ravel())[1:]))
    rows, columns = find_objects(patches)[which]
    box = [4.0 * v for v in (columns.start, rows.start, columns.stop, rows.stop)]
    size = max(box[2] - box[0], box[3] - box[1])
    return box if 16 <= size <= 0.8 * SIZE else None


def debris(rng, section: Section, d: float, where: np.ndarray, chance: float) -> list | None:
    """Necrosis where the field says, with this probability; returns the largest patch's box."""
    box = largest_box(where) if rng.random() < chance else None
    if box is not None:
        necrosis(rng, section, d, where)
    return box


def mitosis(rng, section: Section, d: float, where: np.ndarray) -> list | None:
    """A dividing cell, a dark ragged plate in a clear cell; returns its box if there is room."""
    margin = int(d) + 2
    spots = np.argwhere(where[margin:-margin:4, margin:-margin:4] > 0.9)
    if d < 8 or not len(spots):
        return None
    cy, cx = (float(4 * v + margin) for v in spots[int(rng.integers(len(spots)))])
    turn = rng.uniform(0, math.pi)
    section.paint(soft(ellipse(cx, cy, d * 0.8, d * 0.75, turn), 1, 0.15), 0.03, 0.1)
    plate = ellipse(cx, cy, d * 0.55, d * rng.uniform(0.14, 0.24), turn)
    section.paint(soft(plate + 0.25 * rough(rng, d * 0.15, d * 0.15), 1, 0.3), 1.2, 0.1)
    return [float(round(v)) for v in (cx - 0.8 * d, cy - 0.8 * d, cx + 0.8 * d, cy + 0.8 * d)]


def pieces(rng) -> tuple[np.ndarray, str]:
    """What lies on a slide, as a field that is below 1 in tissue, and its name."""
    name = choose(rng, ["piece", "piece", "pieces", "biopsy cores", "core", "tissue microarray"])
    rough_edge = 0.9 * (fractal(rng, rng.uniform(50, 120), 5) - 0.5)
    turn = rng.uniform(0, 180)
    if name == "piece":
        halves = rng.uniform(55, 170), rng.uniform(25, 120)
        away = ellipse(*rng.uniform(90, 166, 2), *halves, math.radians(turn))
    elif name == "core":
        radius = rng.uniform(85, 135)
        away = ellipse(*rng.uniform(116, 140, 2), radius, radius * rng.uniform(0.9, 1.0))
        rough_edge = rough_edge * 0.2
    elif name == "biopsy cores":
        width = rng.uniform(22, 70)
        wave = rng.uniform(0.1, 0.5) * width * rough(rng, 110, 110)
        cells = plane(rng, width, rng.uniform(4, 9), turn, wave, 3)
        away = np.maximum(np.abs(cells.du) / rng.uniform(0.2, 0.36), np.abs(cells.dv) / 0.47)
        rough_edge = rough_edge * 0.5
    else:
        spacing = rng.uniform(40, 130)
        cells = plane(rng, spacing, rng.uniform(1, 1.5), turn, reach=3)
        away = cells.distance / cells.uniform(0.22, 0.45)
        if name == "tissue microarray":
            x, y = ((grid / spacing + rng.random()) % 1 - 0.5 for grid in (X, Y))
            away = np.sqrt(x * x + y * y) / rng.uniform(0.34, 0.44)
            rough_edge = rough_edge * 0.2
    return away + rough_edge, name


def whole_mount(rng, section: Section, d: float, brown: float = 0.0) -> str:
    """Whole pieces of tissue on clear glass, as a scanner shows them: zones, holes, nuclei.

    Returns what lies there: a piece or several, biopsy cores, one core or a microarray of cores.
    """
    away, name = pieces(rng)
    piece = soft(away, 1.0, 0.03)
    ground = fractal(rng, rng.uniform(15, 60), 5)
    zones = above(
        fractal(rng, rng.uniform(20, 70), 4), rng.uniform(0.45, 0.75), rng.uniform(0.03, 0.2)
    )
    if rng.random() < 0.35:  # an epithelium along the edge
        zones = np.maximum(zones * 0.5, band(away, rng.uniform(0.6, 0.85), 1.0, 0.1))
    holes = soft(fractal(rng, rng.uniform(10, 40), 4), rng.uniform(0.1, 0.35), 0.04)
    dust = noise(rng, 1.3) * noise(rng, 2.5)
    pink = 0.0 if brown else rng.uniform(0.06, 0.35)
    section.paint(piece, 0.04 + 0.12 * dust, pink * (0.6 + 0.8 * ground), 0.0, 0.08 * brown)
    dark = rng.uniform(0.08, 0.5)
    section.add(
        piece * zones * (0.5 + dust),
        0.25 * dark if brown else dark,
        0.0,
        0.0,
        brown * (0.4 + 0.6 * ground),
    )
    infiltrate(rng, section, d, piece * (0.1 + 0.5 * zones), rng.uniform(0.25, 0.55))
    section.dyes *= 1 - holes * rng.uniform(0.3, 1)
    return name


ON_GLASS = {
    "piece": "a whole-mount overview|a whole tissue piece on the slide|scanning view of the section"
    "|whole-slide thumbnail of a tissue section on white",
    "pieces": "several tissue fragments on the slide|whole-slide thumbnail with pieces of tissue"
    "|biopsy fragments on a white slide",
    "biopsy cores": "needle biopsy cores on white|strips of tissue from core biopsies"
    "|slender biopsy cores, whole-slide thumbnail",
    "core": "one round tissue core on white|a tissue microarray core|a TMA spot",
    "tissue microarray": "a tissue microarray|round tissue cores in rows|rows of tissue cores",
}
