"""What micrographs are drawn with: scattered points, cell outlines, wandering lines, counts."""

import numpy as np
from PIL import Image, ImageDraw
from scipy.spatial import cKDTree

from ..drawing import SIZE, X, Y, blob, either, mask, rotation, stretched_noise, unit_vector

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def counted(rng: np.random.Generator, n: int, singular: str, plural: str) -> str:
    """How a legend states that there are n of something."""
    if n == 1:
        return either(rng, f"a single {singular}|one {singular}")
    if n <= 10:
        return either(rng, f"{WORDS[n]} {plural}|{n} {plural}")
    if n <= 40:
        return either(
            rng, f"about {round(n, -1)} {plural}|{'several dozen' if n > 25 else 'many'} {plural}"
        )
    return either(rng, f"numerous {plural}|very many small {plural}|{plural} at low magnification")


def scatter(rng: np.random.Generator, spacing: float, jitter: float = 0.28) -> np.ndarray:
    """Points all over the picture about `spacing` apart, (n, 2), in random order."""
    x, y = np.meshgrid(np.arange(-1, SIZE / spacing + 1), np.arange(-1, SIZE / spacing / 0.87 + 1))
    grid = np.stack([x + 0.5 * (y % 2), 0.87 * y], axis=-1).reshape(-1, 2) + rng.uniform(0, 1, 2)
    points = spacing * (grid + rng.normal(0, jitter, grid.shape))
    points = points[((points > 0) & (points < SIZE)).all(axis=1)]
    return (
        points[rng.permutation(len(points))]
        if len(points)
        else rng.uniform(0.3, 0.7, (1, 2)) * SIZE
    )


def thinned(
    rng: np.random.Generator, points: np.ndarray, low: float, high: float, least: int = 1
) -> np.ndarray:
    """A share of the points between low and high, but `least` of them if there are so many."""
    return points[: max(least, int(len(points) * rng.uniform(low, high)))]


def sampled(field: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The field's values at the points (n, 2), which lie in the picture."""
    return field[points[:, 1].astype(int), points[:, 0].astype(int)]


def oval(
    rng: np.random.Generator,
    centre,
    radius: float,
    aspect: float,
    angle: float,
    rough: float = 0.12,
) -> np.ndarray:
    """An irregular oval outline (48, 2), as large as a circle of `radius`; `angle` in radians."""
    shape = blob(rng, 0, 0, radius, rough) * (aspect**0.5, aspect**-0.5)
    turn = rotation(angle)
    return shape @ turn + centre


def ovals(
    rng: np.random.Generator, points: np.ndarray, radius, aspect, rough: float = 0.12
) -> list[np.ndarray]:
    """An oval at each point, turned at random.

    Radius and aspect are numbers, or (low, high) to draw from.
    """

    def drawn(value) -> float:
        return rng.uniform(*value) if isinstance(value, tuple) else value

    return [
        oval(rng, point, drawn(radius), drawn(aspect), rng.uniform(0, 3), rough) for point in points
    ]


def many_ovals(
    rng: np.random.Generator, points: np.ndarray, radius, aspect, angle, rough
) -> np.ndarray:
    """An irregular oval outline at each point, (n, 28, 2), as of `oval` but drawn together.

    Radius, aspect, angle and roughness are numbers, or (n,) each.
    """
    n, t, k = len(points), np.linspace(0, 2 * np.pi, 28, endpoint=False), np.arange(2, 6)
    radius, aspect, angle, rough = (
        np.broadcast_to(value, n)[:, None] for value in (radius, aspect, angle, rough)
    )
    waves, phases = rng.normal(0, 1 / k, (n, 4)), rng.uniform(0, 2 * np.pi, (n, 4))
    swell = np.einsum("nk,nkt->nt", waves, np.cos(k[:, None] * t + phases[..., None]))
    out = radius * np.clip(1 + rough * swell, 0.3, 2)
    x, y = out * np.cos(t) * aspect**0.5, out * np.sin(t) * aspect**-0.5
    turned = x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)
    return np.stack(turned, axis=-1) + points[:, None]


def scaled(outline: np.ndarray, factor: float) -> np.ndarray:
    """The outline shrunk or blown up about its middle."""
    middle = outline.mean(axis=0)
    return middle + factor * (outline - middle)


def closed(outline: np.ndarray) -> np.ndarray:
    """The outline as a path that ends where it began, with a neat joint there."""
    return np.concatenate([outline, outline[:2]])


def lines(paths, levels, width: float) -> np.ndarray:
    """(S, S): the paths drawn as lines `width` pixels wide, each at its level or all at one."""

    def draw_on(draw: ImageDraw.ImageDraw, scale: int) -> None:
        thick = max(1, round(width * scale))
        for path, level in zip(paths, np.broadcast_to(levels, len(paths)), strict=True):
            draw.line(
                (path * scale).ravel().tolist(), fill=int(255 * level), width=thick, joint="curve"
            )

    return mask(draw_on)


def walks(
    rng: np.random.Generator,
    starts: np.ndarray,
    headings: np.ndarray,
    length,
    steps: int,
    wander: float,
):
    """Paths (n, steps + 1, 2) that leave `starts` at `headings` (radians) and wander.

    `length` is one number or (n, 1).
    """
    turns = headings[:, None] + np.cumsum(rng.normal(0, wander, (len(starts), steps)), axis=1)
    moves = unit_vector(turns) * (np.asarray(length) / steps)[..., None]
    return np.concatenate([starts[:, None], starts[:, None] + np.cumsum(moves, axis=1)], axis=1)


def cells_of(
    points: np.ndarray, rng: np.random.Generator, shift: float
) -> tuple[np.ndarray, np.ndarray]:
    """Voronoi cells with wavy edges: distance to the edge, index of the cell, (S, S) each."""
    half = np.stack([X[::2, ::2], Y[::2, ::2]], axis=-1)
    half += shift * np.stack([stretched_noise(rng, 12, 12, SIZE // 2) for _ in range(2)], axis=-1)
    distance, index = cKDTree(points).query(half, k=2)
    edge = Image.fromarray((distance[..., 1] - distance[..., 0]).astype(np.float32))
    return np.asarray(edge.resize((SIZE, SIZE), Image.Resampling.BICUBIC)), index[..., 0].repeat(
        2, 0
    ).repeat(2, 1)


def haze(field: np.ndarray, reach: int) -> np.ndarray:
    """The field out of focus: blurred over about `reach` pixels."""
    small = Image.fromarray(field.astype(np.float32)).reduce(max(2, reach // 2))
    return np.asarray(small.resize((SIZE, SIZE), Image.Resampling.BICUBIC))
