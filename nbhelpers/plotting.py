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
COLORS = (BLUE, ORANGE, "#009E73", "#CC79A7", "#D55E00", "#56B4E9")  # of the same palette
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


def retrieval_strips(
    queries: Sequence[Any], hits: Sequence[Sequence[Any]], notes: Sequence[Sequence[str]], right: np.ndarray, *,
    model_name: str, title: str,
) -> AltFigure:  # fmt: skip
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
    figure = _figure(f"{title} ({model_name})", (1.55 * (k + 1), 1.76 * rows + 0.45), alt)
    cells = figure.subplots(rows, k + 1, squeeze=False)
    for row, (query, found, names) in enumerate(zip(queries, hits, notes, strict=True)):
        _cell(cells[row, 0], query, "query", None)
        for axes, hit, name, is_right in zip(cells[row, 1:], found, names, right[row], strict=True):
            _cell(axes, hit, f"✓ {name}" if is_right else name, BLUE if is_right else None)
    return figure


def embedding_map(
    points: np.ndarray, groups: Sequence[str], *, model_name: str, title: str, pictures: Sequence[Any] | None = None,
    links: Sequence[tuple[int, int]] = (), xlabel: str = "", ylabel: str = "",
) -> AltFigure:  # fmt: skip
    """Return the points (N, 2), coloured and marked by group; `links` joins pairs of them by lines.

    With `pictures` (N), as many points as there is room for show their picture, framed in the group's colour.
    """
    points, groups = np.asarray(points), np.asarray(groups)
    names = list(dict.fromkeys(groups.tolist()))
    alt = f"A map of {len(points)} points: {', '.join(f'{(groups == name).sum()} {name}' for name in names)}."
    figure = _figure(f"{title} ({model_name})", (9, 8) if pictures is not None else (7.5, 4.8), alt)
    axes = figure.subplots()
    for first, second in links:
        axes.plot(*points[[first, second]].T, color="0.6", linewidth=0.7, zorder=0)
    for name, color, marker in zip(names, COLORS, "o^sDvP", strict=False):
        axes.scatter(*points[groups == name].T, s=22, c=color, marker=marker, label=name, alpha=0.8, linewidths=0)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(names), frameon=False, borderaxespad=0.2)
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.spines[["top", "right"]].set_visible(False)
    if pictures is not None:
        _thumbnails(axes, points, pictures, [COLORS[names.index(group)] for group in groups])
    return figure


def recall_curves(
    sizes: Sequence[int], recalls: dict[int, Sequence[Estimate]], *, model_name: str, title: str,
    published: dict[int, float], published_size: int, published_name: str,
) -> AltFigure:  # fmt: skip
    """Return recall@k over the gallery's size, one curve for each k of `recalls`, with 95 % bands and chance, k / size.

    `published` holds recall@k of another study at `published_size`; it is drawn beside the curves, not joined to them.
    """
    said = "; ".join(f"recall@{k} falls from {curve[0]} to {curve[-1]}" for k, curve in recalls.items())
    cited = ", ".join(f"recall@{k} {value:.2f}" for k, value in published.items())
    alt = f"From {sizes[0]} to {sizes[-1]} pictures, {said}. {published_name} at {published_size:,}: {cited}."
    figure = _figure(f"{title} ({model_name})", (8, 4.8), alt)
    axes = figure.subplots()
    for (k, curve), color, marker in zip(recalls.items(), COLORS, "o^sDvP", strict=False):
        values, low, high, _ = np.array(curve).T  # each (sizes,)
        axes.fill_between(sizes, low, high, color=color, alpha=0.2, linewidth=0)
        axes.plot(sizes, values, color=color, marker=marker, label=f"recall@{k}")
        axes.plot(sizes, np.minimum(1, k / np.array(sizes)), color=color, linestyle=":", label=f"chance, k = {k}")
        if k in published:
            axes.plot(published_size, published[k], marker, color=color, markerfacecolor="none", markersize=9)
            axes.annotate(f"@{k}", (published_size, published[k]), (9, 0), textcoords="offset points", va="center")
    axes.annotate(
        f"{published_name},\n{published_size:,} pairs", (published_size, min(published.values())), (14, -16),
        textcoords="offset points", ha="right", va="top",
    )  # fmt: skip
    axes.set(xscale="log", xlabel="Candidates in the gallery (log scale)", ylabel="Recall@k", ylim=(0, 1.02))
    axes.set_xlim(right=3 * published_size)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, borderaxespad=0.2)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def distribution_rows(
    groups: dict[str, np.ndarray], *, model_name: str, title: str, xlabel: str, bins: int | Sequence[float] = 60
) -> AltFigure:
    """Return one histogram a group, one above the other over the same axis, each with its median."""
    said = "; ".join(f"{name}: median {np.median(values):.2f}" for name, values in groups.items())
    figure = _figure(f"{title} ({model_name})", (7.5, 0.95 * len(groups) + 0.9), f"{xlabel}. {said}.")
    rows = figure.subplots(len(groups), 1, sharex=True, squeeze=False)[:, 0]
    edges = np.histogram_bin_edges(np.concatenate(list(groups.values())), bins)
    for axes, (name, values) in zip(rows, groups.items(), strict=True):
        axes.hist(values, edges, color=BLUE, alpha=0.75)
        axes.axvline(np.median(values), color=ORANGE, linewidth=2)
        axes.set_title(f"{name}: median {np.median(values):.2f}", fontsize=9, loc="left", pad=2)
        axes.set_yticks([])
        axes.spines[["top", "right", "left"]].set_visible(False)
    rows[-1].set_xlabel(xlabel)
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


def _cell(axes: Axes, content: Any, note: str, frame: str | None) -> None:
    """Draw a picture, or a string as text, over its note; in a frame of that colour, if any."""
    axes.set_xticks([])
    axes.set_yticks([])
    if isinstance(content, str):
        axes.text(0.5, 0.5, _short(content, 19, 7), ha="center", va="center", fontsize=8, transform=axes.transAxes)
        axes.set_box_aspect(1)
    else:
        axes.imshow(_square(content))
    axes.spines[:].set(visible=frame is not None or isinstance(content, str), color=frame or "0.8")
    axes.spines[:].set_linewidth(3 if frame else 0.8)
    axes.set_xlabel(_short(note, 24, 2), fontsize=8)


def _short(text: str, width: int, lines: int) -> str:
    """Return the text in lines of `width` letters, cut after so many lines."""
    return "\n".join(textwrap.wrap(text, width, max_lines=lines, placeholder=" …"))


def _thumbnails(axes: Axes, points: np.ndarray, pictures: Sequence[Any], colors: Sequence[str]) -> None:
    """Draw pictures at their points, first come first served, leaving out those that would cover another."""
    width = np.ptp(points, axis=0) / (24, 21)  # (2,): as wide on paper as high
    taken: list[np.ndarray] = []
    for point, picture, color in zip(points, pictures, colors, strict=True):
        if all((np.abs(point - other) > 1.1 * width).any() for other in taken):
            taken.append(point)
            (left, bottom), (right, top) = point - width / 2, point + width / 2
            axes.imshow(_square(picture), extent=(left, right, bottom, top), aspect="auto", zorder=2)
            frame = Rectangle((left, bottom), *width, fill=False, edgecolor=color, linewidth=1.8, zorder=3)
            axes.add_patch(frame)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.set_aspect(width[0] / width[1])
    axes.set(xlim=_padded(points[:, 0], width[0]), ylim=_padded(points[:, 1], width[1]))


def _padded(values: np.ndarray, margin: float) -> tuple[float, float]:
    return values.min() - margin, values.max() + margin


def _rows(axes: Axes, names: Sequence[str], xlabel: str) -> None:
    """Label horizontal bars from the top down."""
    axes.set_yticks(range(len(names)), [textwrap.fill(name, 28) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlabel(xlabel)
    axes.spines[["top", "right"]].set_visible(False)


def _square(picture: Any) -> Any:
    """Return the whole picture, padded with white to a square of 240 pixels."""
    return ImageOps.pad(open_image(picture), (240, 240), color="white")
