"""The looks that charts have (program, journal, site, scan) and how legends put them into words."""

import colorsys
from dataclasses import dataclass, replace

import numpy as np

from ..drawing import choose, either
from ..kinds import Attributes

Colour = tuple[int, ...]


PALETTES = [
    tuple(bytes.fromhex(code) for code in line.split())
    for line in (
        "1f77b4 ff7f0e 2ca02c d62728 9467bd 8c564b e377c2 7f7f7f bcbd22 17becf",
        "4472c4 ed7d31 a5a5a5 ffc000 5b9bd5 70ad47 264478 9e480e 636363 997300",
        "4f81bd c0504d 9bbb59 8064a2 4bacc6 f79646 2c4d75 772c2a 5f7530 4d3b62",
        "f8766d 00ba38 619cff c77cff 00bfc4 cd9600 7cae00 ff61cc 00a9ff f564e3",
        "e41a1c 377eb8 4daf4a 984ea3 ff7f00 ffd92f a65628 f781bf 999999 1b9e77",
        "66c2a5 fc8d62 8da0cb e78ac3 a6d854 ffd92f e5c494 b3b3b3 8dd3c7 fb8072",
        "fbb4ae b3cde3 ccebc5 decbe4 fed9a6 e8e8a0 e5d8bd fddaec c8c8c8 a8d8d8",
        "000000 e60000 0000e6 009000 ff8800 9900cc 8b4513 00a0a0 808080 ff66aa",
        "bc3c29 0072b5 e18727 20854e 7876b1 6f99ad dcb050 ee4c97 555555 91331f",
        "00468b ed0000 42b540 0099b4 925e9f fdaf91 ad002a adb6b6 1b1919 e8b000",
        "08306b 2171b5 6baed6 c6dbef 084594 4292c6 9ecae1 3d6fa5 5f8dc0 b7cfe8",
        "003f5c ffa600 bc5090 58508d ff6361 7a9e7e 2f9e9e c44536 8f6593 e6b35a",
        "3366cc dc3912 ff9900 109618 990099 0099c6 dd4477 66aa00 b82e2e 316395",
        "440154 31688e 35b779 fde725 443983 21918c 90d743 5ec962 3b528b b5de2b",
    )
]
# Of areas in print without colour.
GRAYS = tuple((v, v, v) for v in (20, 150, 215, 90, 240, 180, 50, 120, 200, 70))
INKS = tuple((v, v, v) for v in (0, 90, 0, 130, 50, 0, 110, 30, 70, 0))  # of lines in such print
FACES = ("grotesque", "sans", "serif", "slab")
NUMBERS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
HUES = (
    (15, "red"),
    (42, "orange"),
    (68, "yellow"),
    (158, "green"),
    (193, "teal"),
    (253, "blue"),
    (295, "purple"),
    (343, "pink"),
    (361, "red"),
)


def colour_name(rgb: Colour) -> str:
    """What people call the colour: "blue", "light green", "dark red", "gray"."""
    hue, saturation, value = colorsys.rgb_to_hsv(*(v / 255 for v in rgb[:3]))
    if value < 0.17:
        return "black"
    if saturation < (0.13 if value < 0.85 else 0.06):
        return (
            "dark gray"
            if value < 0.45
            else "gray"
            if value < 0.75
            else "light gray"
            if value < 0.95
            else "white"
        )
    name = next(word for limit, word in HUES if hue * 360 < limit)
    if name == "orange" and value < 0.7:
        return "brown"
    if name == "red" and saturation < 0.6 and value > 0.7:
        return "salmon pink" if saturation > 0.3 else "light pink"
    if value < 0.5:
        return f"dark {name}"
    return f"light {name}" if saturation < 0.48 and value > 0.7 else name


@dataclass(frozen=True)
class Style:
    """The look of a program, journal or site: paper, inks, axes, type and palette."""

    name: str
    weight: int  # how often it comes, relative to the others
    paper: Colour = (255, 255, 255)
    panel: Colour | None = None
    ink: Colour = (0, 0, 0)
    grid: Colour | None = None
    grid_on: str = "both"
    frame: str = "box"  # or corner, base, none
    ticks: str = "out"
    face: str = "grotesque"
    size: float = 7.0
    width: float = 1.2
    colours: tuple[Colour, ...] = ()
    mono: bool = False  # without colour
    bilevel: bool = False  # in pure black and white

    @property
    def attributes(self) -> Attributes:
        """What a picture drawn in this style says of its look."""
        return {
            "style": self.name,
            "ground": colour_name(self.panel) if self.panel and self.panel != self.paper else None,
            "paper": None if (paper := colour_name(self.paper)) == "white" else paper,
            "grid": self.grid is not None,
        }


NEWS = {"grid_on": "y", "frame": "base", "ticks": ""}
STYLES = (
    Style("matplotlib", 10, face="sans"),
    Style("matplotlib", 5, grid=(205, 205, 205), face="sans"),
    Style("ggplot", 8, panel=(235, 235, 235), grid=(255, 255, 255), frame="none", ink=(60, 60, 60)),
    Style("ggplot", 5, grid=(232, 232, 232), ink=(70, 70, 70)),
    Style(
        "seaborn",
        5,
        panel=(234, 234, 242),
        grid=(255, 255, 255),
        frame="none",
        ticks="",
        ink=(40, 40, 40),
        face="sans",
    ),
    Style("Excel", 9, grid=(217, 217, 217), ink=(89, 89, 89), **NEWS),
    Style("Excel", 3, panel=(192, 192, 192), grid=(0, 0, 0), grid_on="y"),
    Style("Prism", 9, frame="corner", width=1.6),
    Style("Prism", 4, frame="corner", width=1.6, face="serif"),
    Style("news", 10, grid=(222, 222, 222), ink=(70, 70, 70), **NEWS),
    Style("scanned", 5, mono=True, face="serif", ticks="in"),
    Style("scanned", 4, mono=True, frame="corner"),
    Style("dark", 7, paper=(22, 24, 30), ink=(225, 225, 225), grid=(62, 66, 74), frame="corner"),
    Style("MATLAB", 7, ticks="in"),
    Style("R", 8, frame="box"),
    Style("R", 4, frame="corner"),
    Style("Stata", 4, (234, 242, 243), (255, 255, 255), grid=(222, 234, 237), grid_on="y"),
    Style("plotly", 5, panel=(229, 236, 246), grid=(255, 255, 255), frame="none", ticks=""),
    Style("seaborn", 4, grid=(204, 204, 204), ticks="", ink=(40, 40, 40), face="sans"),
    Style("tracker", 5, grid=(232, 232, 232), ink=(125, 125, 125), frame="corner", ticks=""),
    Style("web", 4, (240, 240, 240), grid=(203, 203, 203), frame="none", ticks=""),
)


def shifted(rng: np.random.Generator, rgb: Colour, hue: float, amount: float) -> Colour:
    """The colour with its hue turned by `hue`, its strength and brightness by up to `amount`."""
    h, s, v = colorsys.rgb_to_hsv(*(c / 255 for c in rgb))
    s, v = np.clip(
        [s * rng.uniform(1 - amount, 1 + amount), v * rng.uniform(1 - amount, 1 + amount)], 0, 1
    )
    return tuple(round(255 * c) for c in colorsys.hsv_to_rgb((h + hue) % 1, s, v))


def palette(rng: np.random.Generator) -> tuple[Colour, ...]:
    """Ten series colours: a known palette, as it is, turned round, or shifted in hue."""
    hue = rng.normal(0, 0.08) if rng.random() < 0.4 else 0.0
    first = int(rng.integers(10)) if rng.random() < 0.5 else 0
    codes = choose(rng, PALETTES)
    return tuple(shifted(rng, tuple(c), hue, 0.12) for c in codes[first:] + codes[:first])


def pick_style(rng: np.random.Generator, lines: bool = False) -> Style:
    """A style with its type size, typeface, grid, ticks and colours varied.

    With `lines`, the style is one for lines, not for areas.
    """
    weights = np.array([style.weight for style in STYLES])
    style = STYLES[int(rng.choice(len(STYLES), p=weights / weights.sum()))]
    dark, bilevel = style.name == "dark", style.mono and lines and rng.random() < 0.5
    colours = (
        ((0, 0, 0),) * 10 if bilevel else (INKS if lines else GRAYS) if style.mono else palette(rng)
    )
    if dark:
        colours = tuple(tuple(min(255, 50 + v) for v in c) for c in colours)
    size, width = float(rng.uniform(5.5, 10)), style.width * float(rng.uniform(0.7, 1.7))
    style = replace(style, bilevel=bilevel, colours=colours, size=size, width=width)
    roll = rng.random()  # tiny type, large type with thick lines, or as above
    if roll < 0.2:
        size, width = (rng.uniform(3.8, 5.5), 0.8) if roll < 0.08 else (rng.uniform(10, 14), 1.4)
        style = replace(style, size=float(size), width=style.width * width)
    if rng.random() < 0.25:
        style = replace(style, face=choose(rng, FACES))
    if rng.random() < 0.2:
        style = replace(style, ticks=choose(rng, ["in", "out", ""]))
    if rng.random() < 0.15 and style.grid and style.panel is None:
        style = replace(style, grid_on=choose(rng, ["both", "y"]))
    if dark:
        tint = rng.integers(0, 50, 3) * np.array([0.4, 0.6, 1])
        if rng.random() < 0.4:
            tint = np.full(3, rng.integers(0, 40))
        style = replace(
            style, paper=tuple(int(v) for v in tint), grid=tuple(int(v + 45) for v in tint)
        )
    elif rng.random() < 0.2 and style.paper == (255, 255, 255):
        style = replace(
            style, paper=tuple(int(v) for v in 255 - rng.integers(0, 24) * np.array([0.6, 0.7, 1]))
        )
    return style


def further_phrases(a: Attributes, rng: np.random.Generator, features: dict[str, str]) -> list[str]:
    """A phrase for each feature of the picture (`{}`: the attribute's value), and for its look."""
    return [
        either(rng, text).format(a[key]) for key, text in features.items() if a[key]
    ] + look_phrases(a, rng)


def look_phrases(a: Attributes, rng: np.random.Generator) -> list[str]:
    """What any chart can say of its look: background, grid, legend, panels, title."""
    says = {
        "dark": "a dark background|light text on a dark background",
        "scanned": "black-and-white print|grayscale line art",
        "news": "a bold headline in the style of a news graphic|a web data graphic with a headline",
    }.get(a["style"])
    if a["ground"] and a["ground"] != "white":
        says = "a {ground} plot background|a shaded {ground} panel"
    elif a["paper"] and a["style"] != "dark":
        says = "{paper} paper|a {paper} figure background"
    phrases = [either(rng, says).format(ground=a["ground"], paper=a["paper"])] if says else []
    where = {"right": "on the right", "below": "at the bottom", "above": "at the top"}.get(
        a.get("legend")
    )
    if where:
        phrases.append(either(rng, f"a legend {where}|the key {where}"))
    if a["grid"]:
        phrases.append(either(rng, "grid lines|a background grid"))
    panels = a.get("panels", 1)
    if panels > 1:
        phrases.insert(0, either(rng, f"{panels} panels|a figure of {panels} small charts"))
    return phrases


def listed(words: list[str]) -> str:
    """Words joined as in a sentence: "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def hues(a: Attributes, most: int = 4) -> str:
    """The first colours of the picture as a legend lists them, each once."""
    return listed(list(dict.fromkeys(a["colours"]))[:most])


def counted(n: int, noun: str, nouns: str = "") -> str:
    """Such as "three lines" or "a single line"."""
    if n == 1:
        return f"a single {noun}"
    return f"{NUMBERS[n] if n < len(NUMBERS) else n} {nouns or noun + 's'}"
