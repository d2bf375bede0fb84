"""Figures with one look. Each function returns a Figure that a notebook shows with alt text."""

import base64
import html
import io
import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle
from PIL import ImageOps

from .images import open_image
from .metrics import Estimate

BLUE, ORANGE, GRAY = "#0072B2", "#E69F00", "#595959"  # blue and orange of Okabe and Ito's colour-blind-safe palette
DPI = 100


class AltFigure(Figure):
    """A matplotlib Figure that notebooks show as <img alt=…>, as JupyterLab drops the alt text of a plain PNG."""

    alt_text = ""

    def to_html(self) -> str:
        """Return the figure as an HTML image with its alt text, at twice the screen's resolution."""
        png = io.BytesIO()
        self.savefig(png, format="png", dpi=2 * DPI)
        data = base64.b64encode(png.getvalue()).decode()
        width = round(self.get_figwidth() * DPI)
        return f'<img alt="{html.escape(self.alt_text)}" width="{width}" src="data:image/png;base64,{data}">'

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display({"text/html": self.to_html(), "text/plain": self.alt_text}, raw=True)


def picture_grid(pictures: Sequence[Any], titles: Sequence[str], *, title: str, columns: int = 5) -> AltFigure:
    """Return the pictures in rows of `columns`, each under its title."""
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    figure = _figure(title, (1.8 * columns, 2.2 * rows + 0.4), f"{len(pictures)} pictures: {', '.join(titles)}.")
    for axes in (cells := figure.subplots(rows, columns, squeeze=False)).flat:
        axes.axis("off")
    for axes, (picture, name) in zip(cells.flat, list(zip(pictures, titles, strict=True)), strict=False):
        axes.imshow(_square(picture))
        axes.set_title(textwrap.fill(name, 22), fontsize=9)
    return figure


def probability_bars(
    picture: Any, labels: Sequence[str], probabilities: np.ndarray, *, model_name: str, title: str, top_k: int = 5
) -> AltFigure:
    """Return the picture beside its `top_k` most probable labels; `probabilities` is (M,)."""
    ranked = sorted(zip(probabilities, labels, strict=True), key=lambda pair: -pair[0])[:top_k]
    values, names = zip(*ranked, strict=True)
    said = "; ".join(f"{name} {value:.2f}" for value, name in ranked)
    figure = _figure(f"{title} ({model_name})", (8, max(2.8, 0.45 * len(names) + 1.2)), f"Most probable: {said}.")
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.6])
    left.imshow(open_image(picture))
    left.axis("off")
    bars = right.barh(range(len(names)), values, color=[BLUE] + [GRAY] * (len(names) - 1))
    right.bar_label(bars, [f"{value:.2f}" for value in values], padding=3)
    _rows(right, names, "Probability")
    right.set_xlim(0, 1.12)
    return figure


def label_image_table(
    pictures: Sequence[Any], labels: Sequence[str], matrix: np.ndarray, *, model_name: str, title: str
) -> AltFigure:
    """Return the label × image table with the pictures along its top, each picture's highest value in a frame.

    `matrix` is (N, M): probabilities, or similarities (images @ texts.T). The drawing is that of OpenAI's notebook
    "Interacting with CLIP".
    """
    matrix = np.asarray(matrix)
    if matrix.shape != (len(pictures), len(labels)):
        raise ValueError(f"matrix is {matrix.shape}; it must be (pictures, labels): {len(pictures), len(labels)}.")
    best = matrix.argmax(axis=1)  # (N,)
    said = "; ".join(f"picture {n + 1}: {labels[m]} {matrix[n, m]:.2f}" for n, m in enumerate(best))
    size = (0.8 * len(pictures) + 2.2, 0.44 * len(labels) + 1.3)
    figure = _figure(f"{title} ({model_name})", size, f"Table of labels and pictures. Highest of each: {said}.")
    axes = figure.subplots()
    low, high = (0, 1) if np.allclose(matrix.sum(axis=1), 1, atol=1e-3) else (matrix.min(), matrix.max())
    _table(axes, matrix.T, low, high, framed=[(m, n) for n, m in enumerate(best)])
    for n, picture in enumerate(pictures):  # a cell is 0.55 as high as wide, so 1.67 rows make a square
        axes.imshow(_square(picture), extent=(n - 0.46, n + 0.46, -0.6, -0.6 - 0.92 / 0.55), aspect=0.55)
    axes.set(xlim=(-0.5, len(pictures) - 0.5), ylim=(len(labels) - 0.5, -2.3))
    axes.set_yticks(range(len(labels)), [textwrap.fill(label, 26) for label in labels])
    axes.tick_params(bottom=False, labelbottom=False, left=False)
    axes.spines[:].set_visible(False)
    return figure


def two_towers(
    pictures: Sequence[Any], sentences: Sequence[str], similarity: np.ndarray, *, model_name: str
) -> AltFigure:
    """Return the idea in one figure: pictures and sentences, a tower for each, the (N, N) cosines between them."""
    count = len(pictures)
    if np.shape(similarity) != (count, len(sentences)):
        raise ValueError(f"similarity is {np.shape(similarity)}; it must be {count, len(sentences)}.")
    figure = _figure(
        f"Two towers, one space: each picture finds its sentence ({model_name})",
        (9, 5.6),
        f"Pictures go through the image tower and sentences through the text tower. A table shows the cosine of each "
        f"pair; the largest of each row is framed. The sentences: {'; '.join(sentences)}.",
    )
    axes = figure.subplots()
    best = np.argmax(similarity, axis=1)
    _table(axes, np.asarray(similarity), np.min(similarity), np.max(similarity), framed=list(enumerate(best)))
    axes.set(xlim=(-2.8, count - 0.5), ylim=(count - 0.5, -2.2))
    axes.axis("off")
    for row, picture in enumerate(pictures):
        axes.imshow(_square(picture), extent=(-2.75, -2.05, row + 0.47, row - 0.47), aspect="auto")
    for column, sentence in enumerate(sentences):
        axes.text(
            column, -1.72, textwrap.fill(sentence, 19, break_long_words=False), ha="center", va="center", fontsize=8.5
        )
    _tower(axes, "image\ntower", [(-1.9, -0.4), (-1.9, count - 0.6), (-1.1, count - 1.6), (-1.1, 0.6)], BLUE)
    _tower(axes, "text tower", [(-0.4, -1.25), (count - 0.6, -1.25), (count - 1.6, -0.8), (0.6, -0.8)], ORANGE)
    return figure


def interval_bars(
    names: Sequence[str], estimates: Sequence[Estimate], *, model_name: str, title: str, xlabel: str = "Recall",
    baseline: float | None = None, baseline_name: str = "chance",
) -> AltFigure:  # fmt: skip
    """Return one bar a name with its 95 % interval and its number of cases, and the baseline as a dashed line."""
    said = "; ".join(f"{name} {estimate}" for name, estimate in zip(names, estimates, strict=True))
    size = (7.5, 0.42 * len(names) + 1.3)
    figure = _figure(f"{title} ({model_name})", size, f"{xlabel} with 95 % intervals: {said}.")
    axes = figure.subplots()
    values, low, high, n = np.array(estimates).T  # each (names,)
    spread = np.stack([values - low, high - values]).clip(0)
    axes.barh(range(len(names)), values, color=BLUE, alpha=0.75, xerr=spread, ecolor="black", capsize=3)
    if baseline is not None:
        axes.axvline(baseline, color=ORANGE, linestyle="--", linewidth=2, label=f"{baseline_name} {baseline:.2f}")
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False, borderaxespad=0)
        figure.alt_text += f" Dashed line: {baseline_name} {baseline:.2f}."
    _rows(axes, [f"{name} (n={cases:.0f})" for name, cases in zip(names, n, strict=True)], xlabel)
    axes.set_xlim(0, 1.02)
    return figure


def compare_bars(
    names: Sequence[str], first: Sequence[float], second: Sequence[float], *, sources: tuple[str, str], title: str,
    xlabel: str = "Probability",
) -> AltFigure:  # fmt: skip
    """Return two bars a name, one for each of the two `sources`, which colour and hatching tell apart."""
    said = "; ".join(f"{name} {a:.2f} and {b:.2f}" for name, a, b in zip(names, first, second, strict=True))
    size = (7.5, 0.62 * len(names) + 1.3)
    figure = _figure(title, size, f"{xlabel} by {sources[0]} and {sources[1]}: {said}.")
    axes = figure.subplots()
    looks = ({"color": GRAY}, {"color": ORANGE, "hatch": "///", "edgecolor": "black", "linewidth": 0.5})
    for values, source, offset, look in zip((first, second), sources, (-0.2, 0.2), looks, strict=True):
        bars = axes.barh(np.arange(len(names)) + offset, values, 0.38, label=source, **look)
        axes.bar_label(bars, [f"{value:.2f}" for value in values], padding=3, fontsize=9)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False, borderaxespad=0)
    _rows(axes, names, xlabel)
    axes.set_xlim(0, 1.12 * max(1, *first, *second))
    return figure


def _figure(title: str, size: tuple[float, float], alt: str) -> AltFigure:
    """Return an empty figure of `size` inches with its title and alt text."""
    figure = AltFigure(figsize=size, dpi=DPI, layout="compressed")
    figure.suptitle(textwrap.fill(title, max(30, int(size[0] * 10))), fontsize=12, fontweight="bold")
    figure.alt_text = f"{title}. {alt}"
    return figure


def _table(axes: Axes, table: np.ndarray, low: float, high: float, framed: list[tuple[int, int]]) -> None:
    """Draw the table (rows, columns) as shades from low to high with its numbers; frame some (row, column) cells."""
    axes.imshow(table, cmap="Blues", vmin=low, vmax=high)
    for (row, column), value in np.ndenumerate(table):
        color = "white" if value > low + 0.6 * (high - low) else "black"
        axes.text(column, row, f"{value:z.2f}", ha="center", va="center", fontsize=9, color=color)
    for row, column in framed:
        frame = Rectangle((column - 0.47, row - 0.47), 0.94, 0.94, fill=False, edgecolor=ORANGE, linewidth=2.5)
        axes.add_patch(frame)


def _tower(axes: Axes, name: str, corners: list[tuple[float, float]], colour: str) -> None:
    """Draw a tower as the trapezoid that narrows from its inputs to the embeddings."""
    axes.add_patch(Polygon(corners, facecolor=colour, alpha=0.6))
    axes.text(*np.mean(corners, axis=0), name, ha="center", va="center", fontweight="bold")


def _rows(axes: Axes, names: Sequence[str], xlabel: str) -> None:
    """Label horizontal bars from the top down."""
    axes.set_yticks(range(len(names)), [textwrap.fill(name, 28) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlabel(xlabel)
    axes.spines[["top", "right"]].set_visible(False)


def _square(picture: Any) -> Any:
    """Return the whole picture, padded with white to a square of 240 pixels."""
    return ImageOps.pad(open_image(picture), (240, 240), color="white")
