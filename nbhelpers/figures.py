"""Every drawing of the course: one look, and alt text."""

import base64
import html
import io
import textwrap
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from IPython import display
from matplotlib import font_manager, rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from PIL import ImageOps

from .pictures import open_image

BLUE, ORANGE = "#0072B2", "#E69F00"
COLORS = (BLUE, ORANGE, "#009E73", "#CC79A7", "#D55E00", "#56B4E9")  # Okabe and Ito's palette
CJK = ("Noto Sans CJK SC", "Noto Sans CJK JP", "WenQuanYi Zen Hei", "SimHei", "PingFang SC")
FONTS = (*CJK, "MS Gothic", "Malgun Gothic", "Arial Unicode MS", "Noto Sans", "DejaVu Sans")
LOOKS = tuple(zip(COLORS, "oDs^", (None, "///", "...", "xxx"), strict=False))  # up to four series


class AltFigure(Figure):
    """A figure that notebooks show as <img alt=…>: JupyterLab drops the alt text of a plain PNG."""

    alt_text, warned = "", False

    def draw(self, renderer: Any) -> None:
        """Draw every letter in a font that has it; "$" in a label or caption is a dollar."""
        installed = set(font_manager.get_font_names())
        families = [*rcParams["font.family"], *(font for font in FONTS if font in installed)]
        for text in self.findobj(Text):
            text.set_parse_math(False)
            text.set_fontfamily(families)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")  # matplotlib warns of each letter at each draw
            super().draw(renderer)
        for one in told:
            is_letter = "missing from font" in str(one.message)
            if not is_letter or not self.warned:
                remedy = " Install Noto Sans CJK, or set rcParams['font.family']." * is_letter
                warnings.warn(f"{one.message}{remedy}", one.category, stacklevel=2)
            self.warned |= is_letter

    def to_html(self) -> str:
        """Return the figure as an HTML image with alt text, at twice the screen's resolution."""
        png, width = io.BytesIO(), round(100 * self.get_figwidth())
        self.savefig(png, format="png", dpi=200)
        source = "data:image/png;base64," + base64.b64encode(png.getvalue()).decode()
        return f'<img alt="{html.escape(self.alt_text)}" width="{width}" src="{source}">'

    def _ipython_display_(self) -> None:
        display.display({"text/html": self.to_html(), "text/plain": self.alt_text}, raw=True)


def new_figure(title: str, size: tuple[float, float], alt: str) -> AltFigure:
    """Return an empty figure of `size` inches with its title, and alt text that begins with it."""
    figure = AltFigure(figsize=(max(size[0], 3.4), size[1]), dpi=100, layout="compressed")
    figure.suptitle(textwrap.fill(title, int(10 * figure.get_figwidth())), fontweight="bold")
    figure.alt_text = f"{title}. {alt}"
    return figure


def picture_grid(pictures, titles, *, title: str, columns: int = 5) -> AltFigure:
    """Return the pictures in rows of `columns`, each under its title."""
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    alt = f"{len(pictures)} picture{'s' * (len(pictures) > 1)}: {', '.join(titles)}."
    figure = new_figure(title, (1.8 * columns, 2.2 * rows + 0.4), alt)
    for place, (picture, name) in enumerate(zip(pictures, titles, strict=True), start=1):
        axes = figure.add_subplot(rows, columns, place)
        axes.axis("off")
        axes.imshow(ImageOps.pad(open_image(picture), (240, 240), color="white"))
        axes.set_title(textwrap.fill(name, 22, max_lines=3), fontsize=9)
    return figure


def probability_bars(picture, labels, probabilities, *, model_name, title, top_k=5) -> AltFigure:
    """Return the picture beside its `top_k` most probable labels; `probabilities` is (M,)."""
    if not np.isfinite(probabilities).all():
        raise ValueError("probabilities must be finite numbers.")
    ranked = sorted(zip(probabilities, labels, strict=True), key=lambda pair: -pair[0])[:top_k]
    values, names = zip(*ranked, strict=True)
    said = "; ".join(f"{name} {value:.2f}" for value, name in ranked)
    size = (8, max(2.8, _height(names, 0.45)))
    figure = new_figure(f"{title} ({model_name})", size, f"Most probable: {said}.")
    figure.set_layout_engine("constrained")  # "compressed" makes bars as low as the picture
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.6])
    left.imshow(open_image(picture))
    left.axis("off")
    draw_interval_rows(right, names, {"probability": values}, "Probability", bars=True)
    return figure


def label_image_table(pictures, labels, matrix, *, model_name, title) -> AltFigure:
    """Return the label × image table, pictures along its top, each one's highest value framed.

    `matrix` is (N, M): probabilities, or cosines (images @ texts.T). As in CLIP's own notebook."""
    matrix, shape = np.asarray(matrix), (len(pictures), len(labels))
    if matrix.shape != shape or not np.isfinite(matrix).all():
        raise ValueError(f"matrix is {matrix.shape}; it must be {shape}, of finite numbers.")
    best = matrix.argmax(axis=1)  # (N,)
    said = "; ".join(f"picture {n + 1}: {labels[m]} {matrix[n, m]:.2f}" for n, m in enumerate(best))
    size = (0.8 * len(pictures) + 2.2, 0.44 * len(labels) + 1.3)
    figure = new_figure(f"{title} ({model_name})", size, f"Highest of each: {said}.")
    axes = figure.subplots()
    is_shares = np.allclose(matrix.sum(axis=1), 1, atol=1e-3)
    low, high = (0, 1) if is_shares else (matrix.min(), matrix.max())
    axes.imshow(matrix.T, cmap="Blues", vmin=low, vmax=high)
    for (n, m), value in np.ndenumerate(matrix):
        color = "white" if value > low + 0.7 * (high - low) else "black"
        axes.text(n, m, f"{value:z.2f}", ha="center", va="center", fontsize=9, color=color)
    frame = {"fill": False, "edgecolor": ORANGE, "linewidth": 2.5}
    for n, picture in enumerate(pictures):
        axes.add_patch(Rectangle((n - 0.47, best[n] - 0.47), 0.94, 0.94, **frame))
        extent = (n - 0.46, n + 0.46, -0.6, -2.27)  # a cell is 0.55 as high as wide
        square = ImageOps.pad(open_image(picture), (240, 240), color="white")
        axes.imshow(square, extent=extent, aspect=0.55)
    axes.set(xlim=(-0.5, len(pictures) - 0.5), ylim=(len(labels) - 0.5, -2.3))
    axes.set_yticks(range(len(labels)), [textwrap.fill(label, 26, max_lines=2) for label in labels])
    axes.tick_params(left=False, bottom=False, labelbottom=False)
    axes.spines[:].set_visible(False)
    return figure


def interval_rows(names, series: Mapping, *, model_name, title: str, **look: Any) -> AltFigure:
    """Return a figure with one row per name; `look` holds what `draw_interval_rows` takes.

    `model_name` is None for published numbers. A single series says how many cases it rests on."""
    rows = list(zip(names, *series.values(), strict=True))
    if len(series) == 1:
        names = [f"{name} (n={one[3]:.0f})" if np.ndim(one) else name for name, one in rows]
    size = (7.5, 0.3 + _height(names, 0.2 + 0.18 * len(series)))
    figure = new_figure(f"{title} ({model_name})" if model_name else title, size, "")
    axes = figure.subplots()
    figure.alt_text += draw_interval_rows(axes, names, series, **look)
    columns = 4 if len("".join(axes.get_legend_handles_labels()[1])) < 45 else 1
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False, ncols=columns)
    return figure


def draw_interval_rows(
    axes, names, series, xlabel, baseline=None, baseline_name="chance", bars=False
) -> str:
    """Return in words what is drawn: a row per name, with a dot or bar for each of the series.

    `series`, up to four by name, holds one value per row: an Estimate, whose interval is drawn, a
    number, or None, which leaves the place empty. The values stand in words at the right edge.
    `baseline` is a number, or one number per row. The caller adds the legend."""
    rows, said = np.arange(len(names)), [[name] for name in names]
    step, across = 0.8 / len(series), axes.get_yaxis_transform()
    looks = LOOKS[: len(series)]
    for order, (name, (color, marker, hatch)) in enumerate(zip(series, looks, strict=True)):
        places = rows + (order - (len(series) - 1) / 2) * step
        estimates = [one[:3] if np.ndim(one) else (one, np.nan, np.nan) for one in series[name]]
        values, low, high = np.array(estimates, float).T  # each (rows,)
        if bars:
            axes.barh(places, values, 0.9 * step, color=color, alpha=0.75, hatch=hatch, label=name)
        else:
            axes.plot(values, places, marker, color=color, label=name, clip_on=False)
        axes.hlines(places, low, high, color="black" if bars else color)
        for row, place, one in zip(said, places, series[name], strict=True):
            words = "" if one is None else str(one) if np.ndim(one) else f"{one:.2f}"
            axes.text(1.03, place, words, transform=across, va="center", fontsize=9)
            row.append(words)
    axes.hlines(rows[1:] - 0.5, 0, 1, transform=across, color="#DDDDDD", linewidth=0.8, zorder=0)
    told = "; ".join(f"{name} {', '.join(one or '–' for one in words)}" for name, *words in said)
    if baseline is not None:
        label = f"{baseline_name} {', '.join(f'{value:.2f}' for value in np.atleast_1d(baseline))}"
        each = np.broadcast_to(baseline, len(names))
        axes.vlines(each, rows - 0.4, rows + 0.4, color=COLORS[4], linewidth=2, label=label)
        told += f"; {label}"
    axes.set_yticks(rows, [textwrap.fill(name, 28) for name in names])
    axes.set(ylim=(len(names) - 0.5, -0.5), xlabel=xlabel)
    axes.set_xlim(min(0, axes.dataLim.x0), max(1, axes.dataLim.x1))
    axes.spines[["top", "right"]].set_visible(False)
    return f"{xlabel} ({', then '.join(series)}): {told}."


def reliability_diagram(tables: Mapping[str, Any], *, model_name: str, title: str) -> AltFigure:
    """Return one panel per name: how often answers of each confidence are right, and how many.

    `tables` holds what `metrics.reliability` returns. The drawing is that of Guo et al. 2017."""
    alt = "Mean confidence → accuracy of each bin."
    figure = new_figure(f"{title} ({model_name})", (max(5.2, 3.9 * len(tables)), 4.9), alt)
    look = {"height_ratios": [4, 1], "sharex": True, "sharey": "row", "squeeze": False}
    grid = figure.subplots(2, len(tables), **look)
    for (upper, lower), (name, table) in zip(grid.T, tables.items(), strict=True):
        draw_reliability(upper, lower, table)
        upper.set_title(textwrap.fill(name, 34), fontsize=10)
        bins = [f"{row.confidence:.2f} → {row.accuracy:.2f}" for row in table.itertuples()]
        figure.alt_text += f" {name}: {', '.join(bins)}."
    legend = upper.get_legend_handles_labels()
    figure.legend(*legend, loc="outside lower center", ncols=2, frameon=False)
    return figure


def draw_reliability(upper: Axes, lower: Axes, table: Any) -> None:
    """Draw accuracy against confidence on `upper`, and each bin's number of answers on `lower`."""
    upper.plot([0, 1], [0, 1], "--", color=ORANGE, linewidth=2, zorder=1, label="calibrated")
    upper.vlines(table.confidence, table.low, table.high, color="#595959")
    look = {"color": BLUE, "linewidth": 1, "label": "measured, 95 % interval"}
    upper.plot(table.confidence, table.accuracy, "o-", **look)
    upper.set(xlim=(0, 1.02), ylim=(0, 1.03), ylabel="Accuracy")
    width = table["to"] - table["from"]
    lower.bar(table["from"], table.n, width, align="edge", color=BLUE, alpha=0.75, edgecolor="w")
    lower.set(xlim=(0, 1.02), xlabel="Confidence (probability of the answer)", ylabel="Answers")


def _height(names: Sequence[str], step: float) -> float:
    """Return the inches of a figure whose rows, of at least `step`, hold the longest name."""
    lines = max(len(textwrap.wrap(name, 28)) for name in names)
    return max(step, 0.17 * lines + 0.08) * len(names) + 1.2
