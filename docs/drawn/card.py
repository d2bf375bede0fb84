"""What the drawn figures are made of: boxes, arrows, words and small pictures on a white card.

A place is (x, y) in units from the card's upper left corner. A card is 480 units wide, so that a
phone, which shows it at 350 pixels, makes words of size 16 as high as its own small print.
"""

import functools
import io
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from PIL import Image, ImageOps
from scipy.spatial.distance import cdist

from nbhelpers.figures import COLORS

IMAGES = Path(__file__).resolve().parents[2] / "example_data" / "images"
# The five pictures that come back all through the course, as in notebook 00.
PICTURES = {
    "chest": "chest_xray_masses.png",
    "brain": "brain_mri_t1_contrast_lesion.png",
    "retina": "fundus_normal_left.png",
    "tissue": "ihc_colon_fhl2.png",
    "pie": "pie_chart_modalities.png",
}
WIDTH = 480
SMALLEST = 15  # of words, in units
INK, GRAY, PALE = "#1A1A1A", "#595959", "#E6E6E6"
GREEN_INK, RED_INK = "#006B4D", "#A84600"  # dark enough for words on white
IMAGE, TEXT, RIGHT, OTHER, WRONG, _ = COLORS  # pictures are blue, sentences orange
RASTER = 2  # pixels per unit of the PNG: sharp on phones, too
FLAT, MIXED = 64, 64  # colors of the PNG: the commonest as they are, and means of the others


def tint(color: str, share: float = 0.2) -> tuple[float, float, float]:
    """Return the color mixed with white; `share` is the color's part, 0 to 1."""
    return tuple(1 - share * (1 - np.array(to_rgb(color))))


@functools.cache
def thumbnail(name: str, side: int) -> np.ndarray:
    """Return one of the five pictures as a square, (side, side, 3) uint8."""
    picture = Image.open(IMAGES / PICTURES[name]).convert("RGB")
    if name == "pie":
        return np.asarray(ImageOps.pad(picture, (side, side), color="white"))
    return np.asarray(ImageOps.fit(picture, (side, side)))


class Card:
    """A white card of a height, with what is drawn on it, and its alt text."""

    def __init__(self, height: int, alt: str):
        self.height, self.alt = height, alt
        self.figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=72)  # 1 point is 1 unit
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set(xlim=(0, WIDTH), ylim=(height, 0))
        self.axes.axis("off")
        self.words: list = []

    def write(self, x, y, words: str, size=16, color=INK, align="center", **look) -> None:
        """Write words, centred on the place, or beginning ("left") or ending ("right") at it."""
        look = {"linespacing": 1.15, "zorder": 5, "va": "center", **look}
        self.words.append(self.axes.text(x, y, words, fontsize=size, color=color, ha=align, **look))

    def box(self, x, y, width, height, words="", color=GRAY, fill=None, round=7, **look):
        """Return the box that is drawn, its upper left corner at the place, words in its middle."""
        shape = FancyBboxPatch(
            (x, y),
            width,
            height,
            boxstyle=f"round,pad=0,rounding_size={round}",
            facecolor=tint(color) if fill is None else fill,
            edgecolor=color,
            linewidth=1.6,
            zorder=2,
        )
        self.axes.add_patch(shape)
        if words:
            self.write(x + width / 2, y + height / 2, words, **look)
        return shape

    def tower(self, x, y, width, height, words: str, color: str) -> None:
        """Draw a tower, which narrows from left to right, with its name."""
        edge = height / 5
        corners = [(x, y), (x + width, y + edge), (x + width, y + height - edge), (x, y + height)]
        self.shape(corners, color)
        self.write(x + width / 2, y + height / 2, words, weight="bold")

    def shape(self, corners: Sequence, color: str, fill=None, **look) -> None:
        """Draw a filled shape with these corners."""
        look = {"linewidth": 1.6, "zorder": 2, **look}
        fill = tint(color, 0.35) if fill is None else fill
        self.axes.fill(*zip(*corners, strict=True), facecolor=fill, edgecolor=color, **look)

    def arrow(self, start, end, color=GRAY, bend=0.0, width=2.0, head="-|>", **look) -> None:
        """Draw an arrow; `bend` is how far it bulges, as a share of its length."""
        style = {
            "arrowstyle": head,
            "color": color,
            "linewidth": width,
            "shrinkA": 0,
            "shrinkB": 0,
            "mutation_scale": 7 + 4 * width,
            "connectionstyle": f"arc3,rad={bend}",
            **look,
        }
        self.axes.annotate("", end, start, arrowprops=style, zorder=4)

    def line(self, xs, ys, color=GRAY, width=1.6, style="-", **look) -> None:
        """Draw a line through the places."""
        self.axes.plot(xs, ys, style, color=color, linewidth=width, **{"zorder": 3, **look})

    def dots(self, xs, ys, color, marker="o", size=8, **look) -> None:
        """Draw a mark at each place."""
        look = {"markeredgecolor": "white", "markeredgewidth": 0.8, "zorder": 4, **look}
        self.axes.plot(xs, ys, marker, color=color, markersize=size, linestyle="", **look)

    def picture(self, name, x, y, side, color=None) -> None:
        """Draw one of the five pictures, or an array (H, W, 3), with a frame."""
        pixels = name
        if isinstance(name, str):  # large ones are coarser, for the size of the file
            pixels = thumbnail(name, RASTER * side if side <= 90 else side)
        self.axes.imshow(pixels, extent=(x, x + side, y + side, y), aspect="auto", zorder=3)
        corners = [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
        look = {"linewidth": 3 if color else 1, "zorder": 4}
        self.shape(corners, color or "#999999", "none", **look)

    def cells(self, x, y, shades, color, side=16) -> None:
        """Draw a table of cells; `shades`, (rows, columns), says how full each is, 0 to 1."""
        for (row, column), shade in np.ndenumerate(np.atleast_2d(shades)):
            left, top = x + side * column, y + side * row
            corners = [(left, top), (left + side, top)]
            corners += [(left + side, top + side), (left, top + side)]
            self.shape(corners, "white", tint(color, 0.15 + 0.8 * shade), linewidth=1.2)

    def vector(self, x, y, color, seed, length=5, side=15, upright=True) -> None:
        """Draw a vector as a column of cells, or as a row of them."""
        shades = np.random.default_rng(seed).uniform(0, 1, (length, 1))
        self.cells(x, y, shades if upright else shades.T, color, side)

    def png(self) -> bytes:
        """Return the card as a PNG of few colors, at RASTER pixels per unit."""
        raw, small = io.BytesIO(), io.BytesIO()
        self.figure.savefig(raw, format="png", dpi=72 * RASTER)
        picture = Image.open(raw).convert("RGB")
        codes = np.asarray(picture, np.int64) @ [1 << 16, 1 << 8, 1]  # (H, W)
        colors, place, count = np.unique(codes, return_inverse=True, return_counts=True)
        colors = np.stack([colors >> 16, colors >> 8 & 255, colors & 255], axis=1)  # (M, 3)
        each = Image.fromarray(colors[None].astype(np.uint8))  # once, however common
        mixed = each.quantize(MIXED, dither=Image.Dither.NONE).getpalette()[: 3 * MIXED]
        palette = np.concatenate([colors[np.argsort(-count)[:FLAT]], np.reshape(mixed, (-1, 3))])
        nearest = cdist(colors, palette).argmin(axis=1).astype(np.uint8)  # (M,)
        indices = nearest[place.reshape(codes.shape)]
        picture = Image.fromarray(indices)
        picture.putpalette(palette.astype(np.uint8).tobytes())
        picture.save(small, "PNG", optimize=True)
        return small.getvalue()

    def svg(self) -> str:
        """Return the card as an SVG, its letters as outlines, the same in each call."""
        file = io.StringIO()
        with mpl.rc_context({"svg.hashsalt": "card", "svg.fonttype": "path"}):
            self.figure.savefig(file, format="svg", metadata={"Date": None})
        return file.getvalue()
