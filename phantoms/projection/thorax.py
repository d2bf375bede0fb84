"""The anatomy of a frontal chest radiograph: measures, ribs, lungs, heart, vessels, flesh."""

from dataclasses import dataclass

import numpy as np

from ..drawing import X, Y, blur, fractal, rotation, soft
from .radiograph import Path, chance, grow, strokes

SIGN = {"right": -1, "left": 1}  # of x - middle, in a frontal picture


class Thorax:
    """The measures of one frontal chest in pixels, and the fields that follow from them."""

    def __init__(self, rng: np.random.Generator, child: bool, shallow: bool):
        """Draw the measures by chance."""
        self.middle = 128 + rng.normal(0, 5)
        self.half = rng.uniform(84, 112) if chance(rng, 0.8) else rng.uniform(112, 128)
        slender = rng.uniform(1.3, 1.55) if shallow or child else rng.uniform(1.5, 1.95)
        self.height = min(self.half * slender, 205)
        self.top = float(np.clip(rng.normal(26, 12), 3, max(8, 236 - self.height)))
        # How the patient lies on the film, turned about its middle.
        self.spin = rotation(rng.normal(0, 0.12 if chance(rng, 0.2) else 0.025))
        turned = np.stack([X - 128, Y - 128], axis=-1).reshape(-1, 2) @ self.spin.T + 128
        self.x = (turned[:, 0].reshape(X.shape).astype(np.float32) - self.middle) / self.half
        self.y = (turned[:, 1].reshape(X.shape).astype(np.float32) - self.top) / self.height
        above = np.clip((0.78 - self.y) / 0.82, 0, 1)
        self.wall = np.sqrt(1 - above ** rng.uniform(1.7, 2.9)) * (
            1 - 0.06 * np.clip(self.y - 0.78, 0, 1)
        )
        # 0 at the spine, 1 at the inner chest wall.
        self.lateral = np.abs(self.x) / np.maximum(self.wall, 0.02)
        dome = 0.97 + 0.45 * (np.abs(self.x) - 0.42) ** 2
        # The left one is the lower.
        self.dome = np.where(self.x < 0, dome, dome + rng.uniform(0, 0.07))

    def side(self, name: str) -> np.ndarray:
        """(S, S): 1 on that side of the patient, 0 on the other."""
        return (self.x * SIGN[name] > 0).astype(np.float32)

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """Points (n, 2) in half widths and lung heights, as pixels."""
        flat = points * (self.half, self.height) + (self.middle, self.top)
        return (flat - 128) @ self.spin + 128


@dataclass
class Organs:
    """What fills a chest, (S, S) each: the lungs' air in 0 … 1, the density of the rest."""

    air: np.ndarray
    solid: np.ndarray
    vessels: np.ndarray
    heart: np.ndarray  # where it lies between the lungs


def rib_cage(rng: np.random.Generator, chest: Thorax, child: bool) -> np.ndarray:
    """(S, S): the density of ribs, clavicles and shoulder blades."""
    back, front = [], []
    width = chest.height * rng.uniform(0.026, 0.036)
    droop, count = rng.uniform(0.02, 0.14) * (0.3 if child else 1), int(rng.integers(9, 12))
    t = np.linspace(0, 1, 18)
    for s in (-1, 1):
        for k in range(count):
            y = 0.97 * k / (count - 1) + rng.normal(0, 0.006)
            reach = np.sqrt(1 - np.clip((0.78 - y - 0.08) / 0.82, 0, 0.97) ** 2.5)
            x = s * (0.08 + (reach - 0.06) * np.sin(t * np.pi / 2))
            arch = chest.pixels(
                np.stack([x, y - 0.05 * np.sin(t * 2.6) + (droop + 0.10) * t**2.2], axis=1)
            )
            back += [(arch, width, 255), (arch, width * 0.55, 150)]
            if k < 8 and y > 0.02:
                x = s * (reach - (reach - 0.32) * t**1.2)
                arch = chest.pixels(
                    np.stack([x, y + droop + 0.10 + 0.22 * t - 0.08 * t**3], axis=1)
                )
                front += [(arch, width * 1.25, 150), (arch, width * 0.8, 90)]
    cage = 0.8 * strokes(back) + rng.uniform(0.3, 0.8) * strokes(front)
    return blur(
        cage * soft(chest.lateral, 1.06, 0.04) + 1.1 * shoulder_girdle(rng, chest, width), 0.9
    )


def shoulder_girdle(rng: np.random.Generator, chest: Thorax, width: float) -> np.ndarray:
    """(S, S) in 0 … 1: the clavicles and the edges of the shoulder blades."""
    tilt, paths, t = rng.uniform(-0.14, 0.04), [], np.linspace(0, 1, 14)
    for s in (-1, 1):
        bow = chest.pixels(
            np.stack([s * (0.12 + 0.95 * t), 0.09 + tilt * t + 0.03 * np.sin(t * 6)], axis=1)
        )
        paths += [(bow, width * 1.35, 255), (bow, width * 0.8, 165)]
        blade = np.array(
            [
                (0.95, 0.0),
                (1.25, 0.05),
                (1.1, 0.35),
                (0.9, 0.52),
                (0.82, 0.45),
                (0.8, 0.2),
                (0.95, 0.0),
            ]
        )
        blade = blade * (s, 1) + (s * rng.uniform(-0.08, 0.12), 0)
        paths.append((chest.pixels(blade), width * 0.5, 140))
    return strokes(paths)


def lung_vessels(rng: np.random.Generator, chest: Thorax) -> np.ndarray:
    """(S, S): the density of the pulmonary vessels, branching from both hila."""
    paths: list[Path] = []
    for s in (-1, 1):
        hilum = chest.pixels(np.array([s * 0.24, 0.47]))
        for angle in np.linspace(-1.35, 1.35, 7) + rng.normal(0, 0.12, 7):
            heading = angle if s > 0 else np.pi - angle
            grow(
                rng, hilum, heading, chest.half * 0.30, chest.half * 0.055, 3, paths, 0.2, 0.7, 0.78
            )
    paths.sort(key=lambda path: path[1])
    return blur(strokes([(p, w, min(255, int(60 + 40 * w))) for p, w in paths]), 0.8)


def mediastinum(
    rng: np.random.Generator, x: np.ndarray, y: np.ndarray, heart_size: float
) -> np.ndarray:
    """(S, S) in 0 … 1: the shadow between the lungs, of heart, aortic knob and great vessels."""
    apex, lean = rng.uniform(0.16, 0.24), rng.uniform(0.35, 0.6)
    left_heart = np.hypot(
        (x - apex + lean * (0.8 - y)) / (0.48 * heart_size), (y - 0.82) / (0.34 * heart_size**0.4)
    )
    right_heart = np.hypot(
        (x + 0.06) / (rng.uniform(0.22, 0.28) * heart_size), (y - 0.8) / rng.uniform(0.22, 0.32)
    )
    knob = np.hypot((x - 0.15) / 0.13, (y - rng.uniform(0.28, 0.34)) / 0.10) * rng.uniform(0.8, 1.5)
    off_axis = np.abs(x - 0.04 - 0.1 * np.clip(y - 0.2, 0, 1))
    waist = (
        (off_axis - rng.uniform(0.14, 0.22)) / 0.1
        + 1
        + 0.1 * np.sin(9 * y + x)
        - 0.9 * np.clip(y - 0.35, 0, 0.5)
    )
    edges = ((left_heart, 0.12), (right_heart, 0.2), (knob, 0.3), (waist, 0.8))
    return np.maximum.reduce([soft(field, 1, width) for field, width in edges])


def frontal_organs(rng: np.random.Generator, chest: Thorax, heart_size: float) -> Organs:
    """Lungs, mediastinum, spine, hila, belly and, often, the stomach bubble of a healthy chest."""
    x, y = chest.x, chest.y
    # A patient who is turned shows the heart off the midline.
    middle = mediastinum(rng, x - rng.normal(0, 0.08 * chance(rng, 0.4)), y, heart_size)
    fade = np.clip((0.3 - y) / 0.3, 0, 1) * rng.uniform(0.3, 0.7)
    below = soft(-(y - chest.dome), 0, 0.025)
    air = (
        soft(chest.lateral, 0.97, 0.05)
        * (1 - middle * (1 - fade))
        * (1 - below)
        * np.clip((y + 0.05) / 0.06, 0, 1)
    )
    vertebrae = 0.75 + 0.25 * np.sin(y * rng.uniform(75, 95) + 3 * np.cos(x * 3))
    spine = soft(np.abs(x), 0.12, 0.08) * vertebrae * np.clip(1.2 - 0.4 * y, 0, 1)
    trachea = soft(np.abs(x + 0.01), 0.06, 0.05) * soft(y, 0.36, 0.1)
    hila = soft(np.hypot((np.abs(x - 0.02) - 0.26) / 0.13, (y - 0.47) / 0.12), 0.8, 0.9)
    hila = hila * (0.6 + 0.8 * fractal(rng, 12))
    solid = np.maximum(rng.uniform(0.12, 0.28) * middle, rng.uniform(0.2, 0.34) * below)
    solid = solid + rng.uniform(0.04, 0.22) * spine - 0.25 * trachea + rng.uniform(0.05, 0.2) * hila
    if chance(rng, 0.55):
        bubble = np.hypot(
            (x - rng.uniform(0.35, 0.55)) / rng.uniform(0.12, 0.25), (y - chest.dome - 0.07) / 0.05
        )
        solid = solid - rng.uniform(0.2, 0.5) * soft(bubble, 1, 0.25)
    heart = middle * (1 - below) * (y > 0.5)
    return Organs(air, solid, lung_vessels(rng, chest), heart)


def frontal_flesh(rng: np.random.Generator, chest: Thorax) -> np.ndarray:
    """(S, S): the thickness of neck, shoulders, trunk and, now and then, arms."""
    neck, slope = rng.uniform(0.28, 0.4), rng.uniform(0.15, 0.4)
    trunk, shoulder, armpit = rng.uniform(1.1, 1.35), rng.uniform(1.5, 2.2), rng.uniform(0.15, 0.4)
    span = trunk + (shoulder - trunk) * np.exp(
        -((np.clip(chest.y - armpit, 0, 2) / rng.uniform(0.1, 0.3)) ** 2)
    )
    outline = neck + (span - neck) * np.clip((chest.y + 0.14) / slope, 1e-3, 1) ** rng.uniform(
        0.5, 0.9
    )
    arms = (
        rng.uniform(0.4, 0.8)
        * chance(rng, 0.6)
        * soft(np.abs(np.abs(chest.x) - trunk - 0.45), 0.3, 0.12)
    )
    flesh = np.sqrt(np.clip(1.02 - (np.abs(chest.x) / outline) ** rng.uniform(3, 8), 0, 1))
    return np.maximum(flesh, arms * soft(-chest.y, -0.2, 0.3))


def breast_shadows(rng: np.random.Generator, chest: Thorax) -> np.ndarray:
    """(S, S): the density of both breasts over the lower lungs."""
    place, drop = rng.uniform(0.5, 0.65), rng.uniform(0.62, 0.85)
    breast = np.hypot((np.abs(chest.x) - place) / 0.42, (chest.y - drop) / 0.25)
    return rng.uniform(0.08, 0.2) * soft(breast, 1, 0.25)
