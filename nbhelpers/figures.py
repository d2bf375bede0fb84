"""Every drawing of the course: one look, and alt text."""

import base64
import html
import io
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from PIL import ImageOps

from .pictures import open_image

BLUE, ORANGE, GRAY = "#0072B2", "#E69F00", "#595959"
COLORS = (BLUE, ORANGE, "#009E73", "#CC79A7", "#D55E00", "#56B4E9")  # Okabe and Ito's palette
LOOKS = tuple(zip(COLORS, "oDs^", (None, "///", "...", "xxx"), strict=False))  # up to four series
ABOVE = {"loc": "lower left", "bbox_to_anchor": (0, 1), "frameon": False}  # of legends


class AltFigure(Figure):
    """A figure that notebooks show as <img alt=…>: JupyterLab drops the alt text of a plain PNG."""

    alt_text = ""

    def draw(self, renderer: Any) -> None:
        """Draw, without mathematics: a "$" in a label or caption is a dollar."""
        for text in self.findobj(Text):
            text.set_parse_math(False)
        super().draw(renderer)

    def to_html(self) -> str:
        """Return the figure as an HTML image with alt text, at twice the screen's resolution."""
        png, width = io.BytesIO(), round(100 * self.get_figwidth())
        self.savefig(png, format="png", dpi=200)
        source = f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}"
        return f'<img alt="{html.escape(self.alt_text)}" width="{width}" src="{source}">'

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display({"text/html": self.to_html(), "text/plain": self.alt_text}, raw=True)


def new_figure(title: str, size: tuple[float, float], alt: str) -> AltFigure:
    """Return an empty figure of `size` inches with its title, and alt text that begins with it."""
    figure = AltFigure(figsize=(max(size[0], 3.4), size[1]), dpi=100, layout="compressed")
    letters = int(10 * figure.get_figwidth())
    figure.suptitle(textwrap.fill(title, letters), fontsize=12, fontweight="bold")
    figure.alt_text = f"{title}. {alt}"
    return figure


def picture_grid(pictures, titles, *, title: str, columns: int = 5) -> AltFigure:
    """Return the pictures in rows of `columns`, each under its title."""
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    alt = f"{len(pictures)} pictures: {', '.join(titles)}."
    figure = new_figure(title, (1.8 * columns, 2.2 * rows + 0.4), alt)
    cells = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in cells:
        axes.axis("off")
    for axes, picture, name in zip(cells[: len(pictures)], pictures, titles, strict=True):
        axes.imshow(_square(picture))
        axes.set_title(_short(name, 22, 3), fontsize=9)
    return figure


def probability_bars(picture, labels, probabilities, *, model_name, title, top_k=5) -> AltFigure:
    """Return the picture beside its `top_k` most probable labels; `probabilities` is (M,)."""
    if not np.isfinite(probabilities).all():
        raise ValueError("probabilities must be finite numbers.")
    ranked = sorted(zip(probabilities, labels, strict=True), key=lambda pair: -pair[0])[:top_k]
    values, names = zip(*ranked, strict=True)
    said = "; ".join(f"{name} {value:.2f}" for value, name in ranked)
    size = (8, max(2.8, _row_height(names, 0.45) * len(names) + 1.2))
    figure = new_figure(f"{title} ({model_name})", size, f"Most probable: {said}.")
    figure.set_layout_engine("constrained")  # "compressed" makes bars as low as the picture
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.6])
    left.imshow(open_image(picture))
    left.axis("off")
    draw_interval_rows(right, names, {"probability": values}, xlabel="Probability", bars=True)
    for bar in right.patches[1:]:
        bar.set_color(GRAY)
    return figure


def label_image_table(pictures, labels, matrix, *, model_name, title, gap=0) -> AltFigure:
    """Return the label × image table, pictures along its top, each one's highest value framed.

    `matrix` is (N, M): probabilities, or cosines (images @ texts.T). `gap` cells stay free around
    it. The drawing is that of OpenAI's notebook "Interacting with CLIP".
    """
    matrix, shape = np.asarray(matrix), (len(pictures), len(labels))
    if matrix.shape != shape or not np.isfinite(matrix).all():
        raise ValueError(f"matrix is {matrix.shape}; it must be {shape}, of finite numbers.")
    best = matrix.argmax(axis=1)  # (N,)
    said = "; ".join(f"picture {n + 1}: {labels[m]} {matrix[n, m]:.2f}" for n, m in enumerate(best))
    alt = f"Table of labels and pictures. Highest of each: {said}."
    size = (0.8 * (len(pictures) + gap) + 2.2, 0.44 * (len(labels) + gap) + 1.3)
    figure = new_figure(f"{title} ({model_name})", size, alt)
    axes = figure.subplots()
    is_shares = np.allclose(matrix.sum(axis=1), 1, atol=1e-3)
    low, high = (0, 1) if is_shares else (matrix.min(), matrix.max())
    axes.imshow(matrix.T, cmap="Blues", vmin=low, vmax=high)
    for (n, m), value in np.ndenumerate(matrix):
        color = "white" if value > low + 0.6 * (high - low) else "black"
        axes.text(n, m, f"{value:z.2f}", ha="center", va="center", fontsize=9, color=color)
    look = {"fill": False, "edgecolor": ORANGE, "linewidth": 2.5}
    for n, picture in enumerate(pictures):
        axes.add_patch(Rectangle((n - 0.47, best[n] - 0.47), 0.94, 0.94, **look))
        extent = (n - 0.46, n + 0.46, -0.6 - gap, -2.27 - gap)  # a cell is 0.55 as high as wide
        axes.imshow(_square(picture), extent=extent, aspect=0.55)
    axes.set(xlim=(-0.5 - gap, len(pictures) - 0.5), ylim=(len(labels) - 0.5, -2.3 - gap))
    axes.set_yticks(range(len(labels)), [_short(label, 26, 2) for label in labels])
    axes.tick_params(left=False, bottom=False, labelbottom=False)
    axes.spines[:].set_visible(False)
    return figure


def interval_rows(names, series: Mapping, *, model_name, title: str, **look: Any) -> AltFigure:
    """Return a figure with one row per name; `look` holds what `draw_interval_rows` takes.

    `model_name` is None for published numbers. A single series says how many cases it rests on.
    """
    rows = list(zip(names, *series.values(), strict=True))
    if len(series) == 1:
        names = [f"{name} (n={one[3]:.0f})" if np.ndim(one) else name for name, one in rows]
    step = 0.22 + 0.2 * len(series) if look.get("bars") else 0.1 + 0.17 * len(series)
    size = (7.5, _row_height(names, step) * len(names) + 1.4)
    figure = new_figure(f"{title} ({model_name})" if model_name else title, size, "")
    axes = figure.subplots()
    figure.alt_text += draw_interval_rows(axes, names, series, **look)
    labels = axes.get_legend_handles_labels()[1]
    axes.legend(**ABOVE, ncols=4 if len("".join(labels)) < 45 else 1, handletextpad=0.4)
    return figure


def draw_interval_rows(
    axes, names, series, xlabel, baseline=None, baseline_name="chance", bars=False, annotate=False
) -> str:
    """Return in words what is drawn: a row per name, with a dot or bar for each of the series.

    `series`, up to four by name, holds one estimate per row: (value, low, high, n), whose interval
    is drawn; a number, which is written beside its bar; or None, which leaves the place empty.
    `baseline` is a number (a dashed line) or one number per row (upright marks). `annotate`
    writes the estimates at the right edge. The caller adds the legend.
    """
    estimates = [
        [one[:3] if np.ndim(one) else (one, np.nan, np.nan) for one in column]
        for column in series.values()
    ]
    table = np.array(estimates, float)  # (series, rows, 3)
    words = [[_words(*estimate) for estimate in column] for column in table]
    said = [f"{name} {', '.join(row)}" for name, *row in zip(names, *words, strict=True)]
    bare = np.isnan(table[:, :, 1:]).all()
    drawn = ~np.isnan(table[:, :, 0])  # (series, rows)
    step = 0.72 / max(1, drawn.sum(axis=0).max())
    offsets = (drawn.cumsum(axis=0) - (drawn.sum(axis=0) + 1) / 2) * step  # (series, rows)
    looks = LOOKS[: len(series)]
    for order, (name, (color, marker, hatch)) in enumerate(zip(series, looks, strict=True)):
        rows = np.flatnonzero(drawn[order])
        values, low, high = table[order, rows].T  # each (rows drawn,)
        places, spread = rows + offsets[order, rows], np.abs([values - low, high - values])
        written = [words[order][row] for row in rows]
        if bars:
            look = {"color": color, "alpha": 0.75, "hatch": hatch, "label": name}
            container = axes.barh(places, values, 0.9 * step, **look)
            axes.errorbar(values, places, xerr=spread, fmt="none", ecolor="black", capsize=3)
            axes.bar_label(container, written if bare else [""] * len(rows), padding=4, fontsize=9)
        else:
            axes.errorbar(values, places, xerr=spread, fmt=marker, color=color, label=name)
        look = {"transform": axes.get_yaxis_transform(), "va": "center", "fontsize": 9}
        for place, text in zip(places, written if annotate else [], strict=False):
            axes.text(1.02, place, text, **look)
    for border in np.arange(1, len(names)) - 0.5 if len(series) > 1 and not bars else []:
        axes.axhline(border, color="#DDDDDD", linewidth=0.8, zorder=0)
    if np.ndim(baseline):
        look = {"marker": "|", "s": 400, "linewidths": 2.5, "color": COLORS[4], "zorder": 1}
        axes.scatter(baseline, range(len(names)), label=baseline_name, **look)
        said.append(f"{baseline_name} of each {', '.join(f'{value:.2f}' for value in baseline)}")
    elif baseline is not None:
        said.append(f"{baseline_name} {baseline:.2f}")
        axes.axvline(baseline, color=COLORS[4], linestyle="--", linewidth=2, label=said[-1])
    axes.set_yticks(range(len(names)), [_short(name, 28, 5) for name in names])
    axes.set(ylim=(len(names) - 0.5, -0.5), xlabel=xlabel)
    axes.spines[["top", "right"]].set_visible(False)
    right = max(1, np.nanmax(table)) * (1.12 if bare else 1.02)
    axes.set_xlim(min(0, np.nanmin(table)) - (0 if bars else 0.02), right)
    return f"{xlabel} ({', then '.join(series)}): {'; '.join(said)}."


def reliability_diagram(tables: Mapping[str, Any], *, model_name: str, title: str) -> AltFigure:
    """Return one panel per name: how often answers of each confidence are right, and how many.

    `tables` holds what `metrics.reliability` returns. The drawing is that of Guo et al. 2017.
    """
    alt = "Mean confidence → accuracy of each bin."
    figure = new_figure(f"{title} ({model_name})", (max(5.2, 3.9 * len(tables)), 4.9), alt)
    look = {"height_ratios": [4, 1], "sharex": True, "sharey": "row", "squeeze": False}
    grid = figure.subplots(2, len(tables), **look)
    for (upper, lower), (name, table) in zip(grid.T, tables.items(), strict=True):
        draw_reliability(upper, lower, table)
        if len(tables) > 1:
            upper.set_title(textwrap.fill(name, 34), fontsize=10)
        bins = [f"{row.confidence:.2f} → {row.accuracy:.2f}" for row in table.itertuples()]
        figure.alt_text += f" {name}: {', '.join(bins)}."
    legend = upper.get_legend_handles_labels()
    figure.legend(*legend, loc="outside lower center", ncols=2, frameon=False)
    return figure


def draw_reliability(upper: Axes, lower: Axes, table: Any) -> None:
    """Draw accuracy against confidence on `upper`, and each bin's number of answers on `lower`."""
    upper.plot([0, 1], [0, 1], "--", color=ORANGE, linewidth=2, zorder=1, label="calibrated")
    spread = np.abs(table[["low", "high"]].to_numpy().T - table.accuracy.to_numpy())
    look = {"color": BLUE, "ecolor": GRAY, "capsize": 3, "marker": "o", "linewidth": 1}
    points = (table.confidence, table.accuracy, spread)
    upper.errorbar(*points, label="measured, 95 % interval", **look)
    upper.set(xlim=(0, 1.02), ylim=(0, 1.03), ylabel="Accuracy")
    width = table["to"] - table["from"]
    lower.bar(table["from"], table.n, width, align="edge", color=BLUE, alpha=0.75, edgecolor="w")
    lower.set(xlabel="Confidence (probability of the answer)", ylabel="Answers")
    for axes in (upper, lower):
        axes.spines[["top", "right"]].set_visible(False)


def draw_confusion(axes: Axes, counts: np.ndarray, labels: Sequence[str]) -> None:
    """Draw how many cases of each true label (rows) got each label (columns), shaded by share."""
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    edges = np.arange(len(labels) + 1) - 0.5
    look = {"edgecolor": "#D9D9D9", "linewidth": 0.6, "vmin": 0, "vmax": 1}
    axes.pcolormesh(edges, edges, shares, cmap="Blues", **look)
    for (row, column), count in np.ndenumerate(counts):
        color = "white" if shares[row, column] > 0.6 else "black"
        axes.text(column, row, count or "", ha="center", va="center", fontsize=9, color=color)
    few = len(labels) <= 12
    names = [_short(label, 24, 2) if few else _short(label, 38, 1) for label in labels]
    turned = {"rotation": 40, "rotation_mode": "anchor", "ha": "right"} if few else {"rotation": 90}
    axes.set_xticks(range(len(labels)), names, fontsize=9, **turned)
    axes.set_yticks(range(len(labels)), names, fontsize=9)
    axes.set(xlabel="Predicted", ylabel="True", ylim=(len(labels) - 0.5, -0.5))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _short(text: str, width: int, lines: int) -> str:
    """Return the text in lines of `width` letters, cut after so many lines."""
    return "\n".join(textwrap.wrap(text, width, max_lines=lines, placeholder=" …"))


def _row_height(names: Sequence[str], least: float) -> float:
    """Return the inches that each row needs for the longest of its labels, at least so many."""
    return max(least, *(0.17 * (1 + _short(name, 28, 5).count("\n")) + 0.08 for name in names))


def _words(value: float, low: float, high: float) -> str:
    """Return the value, and its interval if it has one."""
    return f"{value:.2f}" if np.isnan(low) else f"{value:.2f} [{low:.2f}, {high:.2f}]"


def _square(picture: Any) -> Any:
    """Return the whole picture, padded with white to a square of 240 pixels."""
    return ImageOps.pad(open_image(picture), (240, 240), color="white")
