"""A stained section: dyes that absorb light, the camera's picture of them, words for both.

A section is drawn as optical densities of its dyes, which a palette turns into light (Beer and
Lambert): so every hue of a stain, every scanner's white and every overlap of dyes comes out as it
does on a slide.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..drawing import SIZE, X, Y, blur, choose, either, ellipse, fractal, noise, picture, soft
from ..drawing import stretched_noise as rough
from ..kinds import Attributes


class Section:
    """How much of each dye (haematoxylin, eosin, red, chromogen) lies at every pixel."""

    def __init__(self):
        self.dyes = np.zeros((4, SIZE, SIZE), dtype=np.float32)

    def paint(self, alpha, haematoxylin=0.0, eosin=0.0, red=0.0, brown=0.0) -> None:
        """Replace what lies where alpha is 1 by these densities (numbers or fields)."""
        for layer, density in zip(self.dyes, (haematoxylin, eosin, red, brown), strict=True):
            layer += (density - layer) * alpha

    def add(self, alpha, haematoxylin=0.0, eosin=0.0, red=0.0, brown=0.0) -> None:
        """Lay more dye upon what is there."""
        for layer, density in zip(self.dyes, (haematoxylin, eosin, red, brown), strict=True):
            if not np.isscalar(density) or density:
                layer += density * alpha

    def stain(self, nuclei, within=1.0, eosin=0.0) -> None:
        """Paint nuclei (of `tissue`) in haematoxylin, as far as they lie within the field."""
        self.paint(nuclei.cover * within, nuclei.chromatin, eosin)


def zoom(rng, low: float, high: float) -> float:
    """The diameter of an ordinary nucleus in pixels, which is the magnification.

    Each doubling is equally likely.
    """
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def glass(rng, section: Section, chance: float) -> bool:
    """Clear slide beyond an irregular edge of the tissue, now and then.

    Returns whether it is seen.
    """
    if rng.random() >= chance:
        return False
    tilt = rng.uniform(0, 2 * np.pi)
    away = ((X - SIZE / 2) * np.cos(tilt) + (Y - SIZE / 2) * np.sin(tilt)) / SIZE
    level = away + 0.25 * (fractal(rng, rng.uniform(40, 140), 5) - 0.5)
    if rng.random() < 0.3:  # a strip of tissue with clear slide on both sides
        level = np.abs(level)
    clear = 1 - soft(level, rng.uniform(0.05, 0.42), 0.012)
    section.dyes *= 1 - clear
    return bool(clear.mean() > 0.04)


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


# How strong haematoxylin and eosin are, beyond what varies anyway: as usual, very red, hardly any
# haematoxylin, very pale, hardly any eosin.
MOODS = ((1.0, 1.0), (0.75, 1.9), (0.45, 1.3), (0.5, 0.45), (1.15, 0.35))


def palette(rng, chromogen: str) -> Palette:
    """Stains as laboratories and scanners vary them."""
    strength = rng.uniform(0.65, 1.4, 3)
    if chromogen == "none":
        strength[:2] *= MOODS[int(rng.choice(len(MOODS), p=[0.64, 0.1, 0.06, 0.1, 0.1]))]
    haematoxylin = (
        np.array([rng.uniform(0.55, 1.05), rng.uniform(0.8, 1.0), rng.uniform(0.25, 0.48)])
        * strength[0]
    )
    eosin = np.array([rng.uniform(0.03, 0.2), 1.0, rng.uniform(0.25, 0.85)]) * strength[1]
    red = np.array([rng.uniform(0.05, 0.16), 1.0, rng.uniform(0.5, 0.95)]) * strength[1]
    brown = [rng.uniform(0.26, 0.5), rng.uniform(0.55, 0.74), 1.0]
    if rng.random() < 0.2:  # yellow or orange-brown
        brown = [rng.uniform(0.12, 0.24), rng.uniform(0.4, 0.6), 1.0]
    if chromogen == "red":
        brown = [rng.uniform(0.08, 0.2), 1.0, rng.uniform(0.6, 1.0)]
    light = rng.uniform(0.84, 1.0) + np.append(rng.normal(0, 0.012, 2), rng.normal(0, 0.02))
    dyes = np.stack([haematoxylin, eosin, red, brown])
    return Palette(dyes.astype(np.float32), np.clip(light, 0, 1).astype(np.float32))


def develop(rng, section: Section, stains: Palette, d: float) -> np.ndarray:
    """The section (S, S, 3) as the camera sees it: uneven, grainy, sometimes with a dark rim."""
    grain = rough(rng, max(1.0, d * 0.14), max(1.0, d * 0.14)) * rng.uniform(0.03, 0.12)
    fine = rough(rng, 1.0, 1.0) * rng.uniform(0.01, 0.08)
    thickness = 1 + 0.35 * (fractal(rng, rng.uniform(30, 160), 3) - 0.5) + grain + fine
    density = np.clip(section.dyes, 0, 1.6) * np.clip(thickness, 0.4, 1.8)
    absorbed = (-2 * stains.dyes.T @ density.reshape(4, -1)).reshape(3, SIZE, SIZE)
    light = np.moveaxis(np.exp(absorbed) * stains.glass[:, None, None], 0, -1)
    if rng.random() < 0.08:
        light = light * (
            1
            - rng.uniform(0.1, 0.35) * np.clip(ellipse(128, 128, 180, 180), 0, 1.2)[..., None] ** 2
        )
    elif rng.random() < 0.04:  # the round field of an eyepiece
        seen = soft(ellipse(128, 128, *[rng.uniform(118, 150)] * 2), 1.0, 0.02)[..., None]
        light = light * seen + choose(rng, [0.0, 0.0, 1.0]) * (1 - seen)
    return light


def finish(
    rng, section: Section, d: float, found: Attributes, chromogen="none"
) -> tuple[Image.Image, Attributes]:
    """The picture, and what is in it with its colours and magnification."""
    stains = palette(rng, chromogen)
    if rng.random() < 0.05:
        cracks(rng, section, rng.uniform(0.8, 3.5))
    light = develop(rng, section, stains, d)
    if rng.random() < 0.08:  # out of focus
        light = blur(light, rng.uniform(0.8, 2.2))
    return picture(light), {**found, "magnification": magnification(d), "tone": tone(light)}


def magnification(d: float) -> str:
    """The magnification in a word."""
    return "low" if d < 4.5 else "medium" if d < 10 else "high"


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


def scale_phrases(attributes: Attributes, rng) -> list[str]:
    """What a legend says of magnification, colour and clear slide."""
    power, tone = attributes["magnification"], attributes["tone"]
    times = either(rng, {"low": "x4|x10", "medium": "x20|x10", "high": "x40|x60"}[power])
    phrases = [
        either(rng, f"{power} magnification|{power}-power view|original magnification {times}"),
        either(rng, f"{tone} overall colour|mostly {tone} tones"),
    ]
    if attributes["glass"]:
        phrases.append(
            either(
                rng, "the tissue edge against clear slide|white slide background beside the tissue"
            )
        )
    return phrases


LOCALISED = {
    "necrosis": "central necrosis|a focus of necrosis|tumour necrosis|necrotic debris",
    "mitosis": "a mitotic figure|a mitosis|a dividing tumour cell",
}


def localised_phrases(attributes: Attributes, rng) -> list[str]:
    """What a legend says first of a carcinoma: the necrosis or mitosis that the box is around."""
    finding = attributes["finding"]
    return [either(rng, LOCALISED[finding])] if finding in LOCALISED else []


def tumour_phrases(attributes: Attributes, rng) -> list[str]:
    """What a legend says of a carcinoma's grade and of its stroma."""
    grade, inflammation = attributes["differentiation"], attributes["inflammation"]
    phrases = [either(rng, f"{grade} differentiated carcinoma|{grade} differentiated tumour")]
    if inflammation:
        said = "{0} lymphocytic infiltrate in the stroma|{0} stromal inflammation"
        phrases.append(either(rng, said.format(inflammation)))
    return [*phrases, *scale_phrases(attributes, rng)]
