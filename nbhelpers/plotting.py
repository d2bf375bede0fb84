"""Figures with one look, with alt text: the base of all, and pictures of what a model sees. Scores are in charts."""

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
from matplotlib.text import Text
from PIL import ImageOps

from .images import open_image

BLUE, ORANGE, GRAY = (
    "#0072B2",
    "#E69F00",
    "#595959",
)  # blue and orange of Okabe and Ito's colour-blind-safe palette
COLORS = (BLUE, ORANGE, "#009E73", "#CC79A7", "#D55E00", "#56B4E9")  # of the same palette
DPI = 100


class AltFigure(Figure):
    """A matplotlib Figure that notebooks show as <img alt=…>, as JupyterLab drops the alt text of a plain PNG."""

    alt_text = ""

    def draw(self, renderer: Any) -> None:
        """Draw, without mathematics: a "$" in a label or caption is a dollar."""
        for text in self.findobj(Text):
            text.set_parse_math(False)
        super().draw(renderer)

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


def picture_grid(
    pictures: Sequence[Any], titles: Sequence[str], *, title: str, columns: int = 5
) -> AltFigure:
    """Return the pictures in rows of `columns`, each under its title."""
    if not len(pictures):
        raise ValueError("There are no pictures to show.")
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    figure = new_figure(
        title, (1.8 * columns, 2.2 * rows + 0.4), f"{len(pictures)} pictures: {', '.join(titles)}."
    )
    for axes in (cells := figure.subplots(rows, columns, squeeze=False)).flat:
        axes.axis("off")
    for axes, (picture, name) in zip(
        cells.flat, list(zip(pictures, titles, strict=True)), strict=False
    ):
        axes.imshow(_square(picture))
        axes.set_title(short(name, 22, 3), fontsize=9)
    return figure


def probability_bars(
    picture: Any,
    labels: Sequence[str],
    probabilities: np.ndarray,
    *,
    model_name: str,
    title: str,
    top_k: int = 5,
) -> AltFigure:
    """Return the picture beside its `top_k` most probable labels; `probabilities` is (M,)."""
    if not len(labels) or not np.isfinite(probabilities).all():
        raise ValueError(
            "probabilities must be finite numbers, one for each of at least one label."
        )
    ranked = sorted(zip(probabilities, labels, strict=True), key=lambda pair: -pair[0])[:top_k]
    values, names = zip(*ranked, strict=True)
    said = "; ".join(f"{name} {value:.2f}" for value, name in ranked)
    size = (8, max(2.8, row_height(names, 0.45) * len(names) + 1.2))
    figure = new_figure(f"{title} ({model_name})", size, f"Most probable: {said}.")
    if size[1] > 4:  # the compressed layout would make the bars as low as the picture
        figure.set_layout_engine("constrained")
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.6])
    left.imshow(open_image(picture))
    left.axis("off")
    bars = right.barh(range(len(names)), values, color=[BLUE] + [GRAY] * (len(names) - 1))
    right.bar_label(bars, [f"{value:.2f}" for value in values], padding=3)
    label_rows(right, names, "Probability")
    right.set_xlim(0, 1.12)
    return figure


def label_image_table(
    pictures: Sequence[Any],
    labels: Sequence[str],
    matrix: np.ndarray,
    *,
    model_name: str,
    title: str,
) -> AltFigure:
    """Return the label × image table with the pictures along its top, each picture's highest value in a frame.

    `matrix` is (N, M): probabilities, or similarities (images @ texts.T). The drawing is that of OpenAI's notebook
    "Interacting with CLIP".
    """
    matrix = np.asarray(matrix)
    if (
        matrix.shape != (len(pictures), len(labels))
        or not matrix.size
        or not np.isfinite(matrix).all()
    ):
        raise ValueError(
            f"matrix is {matrix.shape}; it must be (pictures, labels): {len(pictures), len(labels)}, of finite numbers."
        )
    best = matrix.argmax(axis=1)  # (N,)
    said = "; ".join(f"picture {n + 1}: {labels[m]} {matrix[n, m]:.2f}" for n, m in enumerate(best))
    size = (0.8 * len(pictures) + 2.2, 0.44 * len(labels) + 1.3)
    figure = new_figure(
        f"{title} ({model_name})", size, f"Table of labels and pictures. Highest of each: {said}."
    )
    axes = figure.subplots()
    low, high = (
        (0, 1) if np.allclose(matrix.sum(axis=1), 1, atol=1e-3) else (matrix.min(), matrix.max())
    )
    _table(axes, matrix.T, low, high, framed=[(m, n) for n, m in enumerate(best)])
    for n, picture in enumerate(
        pictures
    ):  # a cell is 0.55 as high as wide, so 1.67 rows make a square
        axes.imshow(
            _square(picture), extent=(n - 0.46, n + 0.46, -0.6, -0.6 - 0.92 / 0.55), aspect=0.55
        )
    axes.set(xlim=(-0.5, len(pictures) - 0.5), ylim=(len(labels) - 0.5, -2.3))
    axes.set_yticks(range(len(labels)), [short(label, 26, 2) for label in labels])
    axes.tick_params(bottom=False, labelbottom=False, left=False)
    axes.spines[:].set_visible(False)
    return figure


def two_towers(
    pictures: Sequence[Any], sentences: Sequence[str], similarity: np.ndarray, *, model_name: str
) -> AltFigure:
    """Return the idea in one figure: pictures and sentences, a tower for each, the (N, N) cosines between them."""
    count = len(pictures)
    if np.shape(similarity) != (count, len(sentences)):
        raise ValueError(
            f"similarity is {np.shape(similarity)}; it must be {count, len(sentences)}."
        )
    figure = new_figure(
        f"Two towers, one space: which sentence is nearest? ({model_name})",
        (9, 5.6),
        f"Pictures go through the image tower and sentences through the text tower. A table shows the cosine of each "
        f"pair; the largest of each row is framed. The sentences: {'; '.join(sentences)}.",
    )
    axes = figure.subplots()
    best = np.argmax(similarity, axis=1)
    _table(
        axes,
        np.asarray(similarity),
        np.min(similarity),
        np.max(similarity),
        framed=list(enumerate(best)),
    )
    axes.set(xlim=(-2.8, count - 0.5), ylim=(count - 0.5, -2.2))
    axes.axis("off")
    for row, picture in enumerate(pictures):
        axes.imshow(_square(picture), extent=(-2.75, -2.05, row + 0.47, row - 0.47), aspect="auto")
    for column, sentence in enumerate(sentences):
        axes.text(
            column,
            -1.72,
            textwrap.fill(sentence, 19, break_long_words=False),
            ha="center",
            va="center",
            fontsize=8.5,
        )
    _tower(
        axes,
        "image\ntower",
        [(-1.9, -0.4), (-1.9, count - 0.6), (-1.1, count - 1.6), (-1.1, 0.6)],
        BLUE,
    )
    _tower(
        axes,
        "text tower",
        [(-0.4, -1.25), (count - 0.6, -1.25), (count - 1.6, -0.8), (0.6, -0.8)],
        ORANGE,
    )
    return figure


def retrieval_strips(
    queries: Sequence[Any],
    hits: Sequence[Sequence[Any]],
    notes: Sequence[Sequence[str]],
    right: np.ndarray,
    *,
    model_name: str,
    title: str,
) -> AltFigure:
    """Return one row a query: the query, then its hits, best first, each over its note.

    Queries and hits are pictures or, as strings, texts. `right` (Q, k) says which hits get a frame and a check mark.
    """
    right = np.asarray(right, dtype=bool)
    rows, k = right.shape
    kinds = ["text" if isinstance(query, str) else "picture" for query in queries]
    said = "; ".join(
        f"for {query if kind == 'text' else f'picture {row + 1}'}: {', '.join(names)}"
        for row, (query, kind, names) in enumerate(zip(queries, kinds, notes, strict=True))
    )
    alt = f"Each row shows a query and its {k} best hits, {said}. {right.sum()} of {right.size} hits are right."
    figure = new_figure(f"{title} ({model_name})", (1.55 * (k + 1), 1.76 * rows + 0.45), alt)
    cells = figure.subplots(rows, k + 1, squeeze=False)
    for row, (query, found, names) in enumerate(zip(queries, hits, notes, strict=True)):
        _cell(cells[row, 0], query, "query", None)
        for axes, hit, name, is_right in zip(cells[row, 1:], found, names, right[row], strict=True):
            _cell(axes, hit, f"✓ {name}" if is_right else name, BLUE if is_right else None)
    return figure


def embedding_map(
    points: np.ndarray,
    groups: Sequence[str],
    *,
    model_name: str,
    title: str,
    pictures: Sequence[Any] | None = None,
    links: Sequence[tuple[int, int]] = (),
    xlabel: str = "",
    ylabel: str = "",
) -> AltFigure:
    """Return the points (N, 2), coloured and marked by group; `links` joins pairs of them by lines.

    With `pictures` (N), as many points as there is room for show their picture, framed in the group's colour.
    """
    points, groups = np.asarray(points), np.asarray(groups)
    names = list(dict.fromkeys(groups.tolist()))
    alt = f"A map of {len(points)} points: {', '.join(f'{(groups == name).sum()} {name}' for name in names)}."
    figure = new_figure(
        f"{title} ({model_name})", (9, 8) if pictures is not None else (7.5, 4.8), alt
    )
    axes = figure.subplots()
    for first, second in links:
        axes.plot(*points[[first, second]].T, color="0.6", linewidth=0.7, zorder=0)
    for index, name in enumerate(names):  # past the sixth group, colours meet other markers
        color, marker = COLORS[index % 6], "o^sDvP"[(index + index // 6) % 6]
        axes.scatter(
            *points[groups == name].T,
            s=22,
            c=color,
            marker=marker,
            label=name,
            alpha=0.8,
            linewidths=0,
        )
    if len(names) > 6:
        figure.legend(loc="outside right upper", frameon=False, fontsize=8)
    else:
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=len(names),
            frameon=False,
            borderaxespad=0.2,
        )
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.spines[["top", "right"]].set_visible(False)
    if pictures is not None:
        _thumbnails(
            axes, points, pictures, [COLORS[names.index(group) % 6] for group in groups.tolist()]
        )
    return figure


def new_figure(title: str, size: tuple[float, float], alt: str) -> AltFigure:
    """Return an empty figure of `size` inches with its title and alt text."""
    size = (max(size[0], 3.4), size[1])
    figure = AltFigure(figsize=size, dpi=DPI, layout="compressed")
    figure.suptitle(textwrap.fill(title, int(size[0] * 10)), fontsize=12, fontweight="bold")
    figure.alt_text = f"{title}. {alt}"
    return figure


def _table(
    axes: Axes, table: np.ndarray, low: float, high: float, framed: list[tuple[int, int]]
) -> None:
    """Draw the table (rows, columns) as shades from low to high with its numbers; frame some (row, column) cells."""
    axes.imshow(table, cmap="Blues", vmin=low, vmax=high)
    for (row, column), value in np.ndenumerate(table):
        color = "white" if value > low + 0.6 * (high - low) else "black"
        axes.text(column, row, f"{value:z.2f}", ha="center", va="center", fontsize=9, color=color)
    for row, column in framed:
        frame = Rectangle(
            (column - 0.47, row - 0.47), 0.94, 0.94, fill=False, edgecolor=ORANGE, linewidth=2.5
        )
        axes.add_patch(frame)


def _tower(axes: Axes, name: str, corners: list[tuple[float, float]], colour: str) -> None:
    """Draw a tower as the trapezoid that narrows from its inputs to the embeddings."""
    axes.add_patch(Polygon(corners, facecolor=colour, alpha=0.6))
    axes.text(*np.mean(corners, axis=0), name, ha="center", va="center", fontweight="bold")


def _cell(axes: Axes, content: Any, note: str, frame: str | None) -> None:
    """Draw a picture, or a string as text, over its note; in a frame of that colour, if any."""
    axes.set_xticks([])
    axes.set_yticks([])
    if isinstance(content, str):
        axes.text(
            0.5,
            0.5,
            short(content, 19, 7),
            ha="center",
            va="center",
            fontsize=8,
            transform=axes.transAxes,
        )
        axes.set_box_aspect(1)
    else:
        axes.imshow(_square(content))
    axes.spines[:].set(visible=frame is not None or isinstance(content, str), color=frame or "0.8")
    axes.spines[:].set_linewidth(3 if frame else 0.8)
    axes.set_xlabel(short(note, 24, 2), fontsize=8)


def short(text: str, width: int, lines: int) -> str:
    """Return the text in lines of `width` letters, cut after so many lines."""
    return "\n".join(textwrap.wrap(text, width, max_lines=lines, placeholder=" …"))


def _thumbnails(
    axes: Axes, points: np.ndarray, pictures: Sequence[Any], colors: Sequence[str]
) -> None:
    """Draw pictures at their points, first come first served, leaving out those that would cover another."""
    width = np.ptp(points, axis=0) / (24, 21)  # (2,): as wide on paper as high
    taken: list[np.ndarray] = []
    for point, picture, color in zip(points, pictures, colors, strict=True):
        if all((np.abs(point - other) > 1.1 * width).any() for other in taken):
            taken.append(point)
            (left, bottom), (right, top) = point - width / 2, point + width / 2
            axes.imshow(
                _square(picture), extent=(left, right, bottom, top), aspect="auto", zorder=2
            )
            frame = Rectangle(
                (left, bottom), *width, fill=False, edgecolor=color, linewidth=1.8, zorder=3
            )
            axes.add_patch(frame)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.set_aspect(width[0] / width[1])
    axes.set(xlim=_padded(points[:, 0], width[0]), ylim=_padded(points[:, 1], width[1]))


def _padded(values: np.ndarray, margin: float) -> tuple[float, float]:
    return values.min() - margin, values.max() + margin


def row_height(names: Sequence[str], least: float) -> float:
    """Return the inches that each row needs for the longest of its labels, at least so many."""
    return max(least, *(0.17 * (1 + short(name, 28, 4).count("\n")) + 0.08 for name in names))


def label_rows(axes: Axes, names: Sequence[str], xlabel: str) -> None:
    """Label horizontal bars from the top down."""
    axes.set_yticks(range(len(names)), [short(name, 28, 4) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlabel(xlabel)
    axes.spines[["top", "right"]].set_visible(False)


def _square(picture: Any) -> Any:
    """Return the whole picture, padded with white to a square of 240 pixels."""
    return ImageOps.pad(open_image(picture), (240, 240), color="white")
