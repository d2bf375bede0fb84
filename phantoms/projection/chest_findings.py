"""What a frontal chest radiograph can show: diseases of lung and pleura, tubes and wires.

Each disease changes the `Organs` of one chest as `about` says, completes `about` where more is
drawn by chance, and returns the field (S, S) in 0 … 1 of where it is seen.
"""

import numpy as np

from ..drawing import blob, blur, choose, ellipse, filled, fractal, soft
from .radiograph import box_of, chance, strokes
from .thorax import SIGN, Organs, Thorax


def add_finding(rng: np.random.Generator, chest: Thorax, organs: Organs, about: dict) -> None:
    """Put the finding that `about` names into the organs; its box into `about`."""
    disease = DISEASES.get(about["finding"])
    if disease:
        about["box"] = box_of(disease(rng, chest, organs, about))


def on_sides(about: dict, draw) -> np.ndarray:
    """What `draw(side)` shows, (S, S), on each side that has the finding."""
    sides = ("left", "right") if about["side"] == "bilateral" else (about["side"],)
    return np.maximum.reduce([draw(side) for side in sides])


def cardiomegaly(
    rng: np.random.Generator, chest: Thorax, organs: Organs, about: dict
) -> np.ndarray:
    """The heart's shadow, which has been drawn large."""
    return organs.heart


def effusion(rng: np.random.Generator, chest: Thorax, organs: Organs, about: dict) -> np.ndarray:
    """Fluid that hides the lower lung."""
    shown = on_sides(about, lambda side: fluid(rng, chest, side, about["size"]))
    # As dense as the belly, so that the diaphragm cannot be told from the fluid.
    belly = organs.solid[chest.y > 1.1]
    level = rng.uniform(0.9, 1.1) * (float(np.median(belly)) if len(belly) > 50 else 0.28)
    organs.air = organs.air * (1 - shown * rng.uniform(0.92, 1))
    organs.solid = np.maximum(organs.solid, level * shown)
    return shown


def fluid(rng: np.random.Generator, chest: Thorax, side: str, size: str) -> np.ndarray:
    """(S, S): 1 where an effusion hides the lung of that side; the meniscus rises at the wall."""
    level = {"small": (0.70, 0.80), "moderate": (0.52, 0.68), "large": (0.2, 0.45)}[size]
    wave = 0.012 * np.sin(chest.x * 9 + rng.uniform(0, 6))
    surface = (
        rng.uniform(*level)
        + 0.07
        - rng.uniform(0.10, 0.24) * chest.lateral ** rng.uniform(1.5, 3.5)
        + wave
    )
    medial = np.clip(chest.x * SIGN[side] / 0.2, 0, 1)
    # Below the diaphragm there is no pleural space.
    surface = np.where(chest.y > chest.dome + 0.1, 9, surface)
    return (
        soft(surface - chest.y, 0, rng.uniform(0.02, 0.10))
        * medial
        * soft(chest.lateral, 1.02, 0.05)
    )


def consolidation(
    rng: np.random.Generator, chest: Thorax, organs: Organs, about: dict
) -> np.ndarray:
    """Patchy white in one zone of the lung."""
    about["zone"] = choose(rng, ("upper", "middle", "lower", "lower"))
    shown = on_sides(about, lambda side: opacity(rng, chest, side, about["zone"])) * (
        organs.air > 0.3
    )
    organs.air = organs.air * (1 - rng.uniform(0.8, 1) * shown)
    organs.solid = organs.solid + rng.uniform(0, 0.12) * shown
    return shown


def opacity(rng: np.random.Generator, chest: Thorax, side: str, zone: str) -> np.ndarray:
    """(S, S): 0 … 1, the patchy white of a consolidation in one zone of one lung."""
    # All three heights are drawn, so that the zone does not change what is drawn later.
    y = {
        "upper": rng.uniform(0.2, 0.32),
        "middle": rng.uniform(0.45, 0.55),
        "lower": rng.uniform(0.68, 0.82),
    }[zone]
    far = np.hypot(
        (chest.x - SIGN[side] * rng.uniform(0.45, 0.62)) / rng.uniform(0.28, 0.42),
        (chest.y - y) / rng.uniform(0.15, 0.24),
    )
    patches = fractal(rng, 36, 5, 0.7) + rng.uniform(-0.05, 0.4)
    return np.clip(2.2 * soft(far, 0.9, 0.9) * patches, 0, 1) * chest.side(side)


def pneumothorax(
    rng: np.random.Generator, chest: Thorax, organs: Organs, about: dict
) -> np.ndarray:
    """Air without vessels outside the line of the collapsed, denser lung."""
    shrunk = {"small": (0.72, 0.80), "moderate": (0.58, 0.70), "large": (0.3, 0.52)}[about["size"]]
    edge = np.hypot(chest.lateral, 1.1 * np.clip(0.45 - chest.y, 0, 1)) / rng.uniform(*shrunk)
    lung = chest.side(about["side"]) * organs.air
    shown = soft(-edge, -1, 0.03) * lung
    line = np.exp(-(((edge - 1) / 0.022) ** 2)) * lung
    organs.vessels = organs.vessels * (1 - shown)
    organs.air = organs.air * (1 - rng.uniform(0.15, 0.45) * lung * (1 - shown))
    organs.solid = organs.solid + rng.uniform(0.12, 0.25) * line - rng.uniform(0.1, 0.3) * shown
    return shown


def nodules(rng: np.random.Generator, chest: Thorax, organs: Organs, about: dict) -> np.ndarray:
    """One to two dozen round masses in the lungs."""
    count = int(choose(rng, (1, 1, 2, 3, rng.integers(5, 10), rng.integers(10, 24))))
    shown, sides = np.zeros_like(chest.x), set()
    for _ in range(count):
        side = about["side"] if about["side"] in SIGN else choose(rng, ("right", "left"))
        sides.add(side)
        y = rng.uniform(0.22, 0.85)
        x = rng.uniform(0.35 + 0.2 * (side == "left" and y > 0.5), 0.75)  # beside the heart
        centre = chest.pixels(np.array([SIGN[side] * x, y]))
        radius = chest.half * rng.uniform(0.08 if count < 6 else 0.06, 0.2 if count < 6 else 0.13)
        shown = np.maximum(
            shown, soft(ellipse(*centre, radius, radius * rng.uniform(0.85, 1.15)), 1, 0.35)
        )
    about["count"], about["side"] = count, sides.pop() if len(sides) == 1 else "bilateral"
    organs.air = organs.air * (1 - rng.uniform(0, 0.6) * shown)
    organs.solid = organs.solid + rng.uniform(0.35, 0.6) * shown
    return shown


def hilar_mass(rng: np.random.Generator, chest: Thorax, organs: Organs, about: dict) -> np.ndarray:
    """One lobulated mass at a hilum."""
    centre = chest.pixels(np.array([SIGN[about["side"]] * 0.37, rng.uniform(0.38, 0.5)]))
    shown = blur(filled([blob(rng, *centre, chest.half * rng.uniform(0.2, 0.34), 0.3)]), 2)
    about["count"] = 1
    organs.solid = organs.solid + rng.uniform(0.4, 0.65) * shown
    return shown


DISEASES = {
    "pleural effusion": effusion,
    "consolidation": consolidation,
    "pneumothorax": pneumothorax,
    "nodules": nodules,
    "hilar mass": hilar_mass,
    "cardiomegaly": cardiomegaly,
}
DEVICES = (None,) * 12 + (
    "pacemaker",
    "pacemaker",
    "endotracheal tube",
    "central line",
    "ECG leads",
    "chest tube",
    "port catheter",
)


def add_device(rng: np.random.Generator, chest: Thorax, about: dict) -> np.ndarray:
    """(S, S): the density of a pacemaker, tubes, a line, wires or electrodes, or of none.

    Its name goes into `about`.
    """
    about["device"] = choose(rng, DEVICES) or ("sternal wires" if chance(rng, 0.05) else None)
    t = np.linspace(0, 1, 20)[:, None]  # along a wire
    lines: list[
        tuple[np.ndarray, float, int]
    ] = []  # in chest coordinates, with width in pixels and level
    if about["device"] == "pacemaker":
        s = choose(rng, (1, 1, -1))
        pocket = np.array([s * rng.uniform(0.62, 0.85), rng.uniform(0.12, 0.25)])
        can = chest.pixels(pocket) + blob(rng, 0, 0, chest.half * rng.uniform(0.13, 0.18), 0.08)
        tip = np.array([rng.uniform(0.25, 0.5), rng.uniform(0.82, 0.92)])  # in the right ventricle
        bow = (
            pocket * (1 - t) ** 2
            + 2 * t * (1 - t) * np.array([-0.2, 0.1 + 0.3 * (s < 0)])
            + tip * t**2
        )
        return 0.7 * filled([can], 235 / 255) + 0.7 * strokes([(chest.pixels(bow), 1.8, 255)])
    if about["device"] == "endotracheal tube":  # seen by its two walls, and a gastric tube
        end = rng.uniform(0.2, 0.33)
        lines = [
            (np.hstack([x + 0 * t, -0.3 + (0.3 + end) * t]), 1.6, 200) for x in (-0.025, 0.025)
        ]
        lines.append((np.hstack([0.03 * np.sin(3 * t), -0.3 + 1.5 * t]), 1.6, 180))
    elif about["device"] == "central line":
        s = choose(rng, (-1, 1))
        lines.append((np.hstack([s * 0.5 * (1 - t) ** 2 - 0.1 * t, -0.15 + 0.7 * t]), 1.5, 170))
    elif about["device"] == "chest tube":
        s, low = choose(rng, (-1, 1)), rng.uniform(0.6, 0.9)
        tube = np.hstack([s * (1.2 - 0.7 * t**0.7), low - (low - 0.2) * t**2])
        lines = [(tube, 4, 150), (tube, 1.6, 255)]
    elif about["device"] == "port catheter":
        s, y = choose(rng, (-1, 1, 1)), rng.uniform(0.2, 0.35)
        ring = np.array([s * rng.uniform(0.45, 0.6), y]) + 0.06 * np.hstack(
            [np.cos(6.3 * t), np.sin(6.3 * t) * chest.half / chest.height]
        )
        way = np.hstack([s * (0.5 - 0.45 * t), y - 0.35 * np.sin(2.2 * t) + 0.4 * t**2])
        lines = [(ring, 4.5, 255), (way, 1.6, 220)]
    elif about["device"] == "ECG leads":  # cables that end in electrodes
        for _ in range(int(rng.integers(2, 5))):
            a, b = rng.uniform(-0.9, 0.9, 2), rng.uniform(-0.2, 1.1, 2)
            wire = np.hstack(
                [a[0] + (a[1] - a[0]) * t + 0.1 * np.sin(5 * t), b[0] + (b[1] - b[0]) * t]
            )
            lines += [(wire, 1.3, 150), (wire[-1:] + np.array([(0, 0), (0.05, 0)]), 7, 210)]
    elif about["device"] == "sternal wires":
        heights = np.linspace(0.15, 0.75, 6)
        lines = [
            (np.hstack([0.05 * np.cos(6.3 * t), y + 0.02 * np.sin(6.3 * t)]), 1.2, 255)
            for y in heights
        ]
    return 0.6 * strokes([(chest.pixels(points), width, level) for points, width, level in lines])
