"""Charts of how good a model is: scores, calibration, confusion, wordings. Pictures of what it sees are in plotting."""

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from .metrics import Estimate, recall_per_class
from .plotting import (
    BLUE,
    COLORS,
    GRAY,
    ORANGE,
    AltFigure,
    label_rows,
    new_figure,
    row_height,
    short,
)


def interval_bars(
    names: Sequence[str],
    estimates: Sequence[Estimate],
    *,
    model_name: str,
    title: str,
    xlabel: str = "Recall",
    baseline: float | None = None,
    baseline_name: str = "chance",
) -> AltFigure:
    """Return one bar a name with its 95 % interval and its number of cases, and the baseline as a dashed line."""
    said = "; ".join(f"{name} {estimate}" for name, estimate in zip(names, estimates, strict=True))
    names = [short(name, 28, 3) for name in names]
    size = (7.5, row_height(names, 0.42) * len(names) + 1.3)
    figure = new_figure(f"{title} ({model_name})", size, f"{xlabel} with 95 % intervals: {said}.")
    axes = figure.subplots()
    values, low, high, n = np.array(estimates).T  # each (names,)
    spread = np.stack([values - low, high - values]).clip(0)
    axes.barh(
        range(len(names)), values, color=BLUE, alpha=0.75, xerr=spread, ecolor="black", capsize=3
    )
    if baseline is not None:
        axes.axvline(
            baseline,
            color=ORANGE,
            linestyle="--",
            linewidth=2,
            label=f"{baseline_name} {baseline:.2f}",
        )
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False, borderaxespad=0)
        figure.alt_text += f" Dashed line: {baseline_name} {baseline:.2f}."
    label_rows(
        axes, [f"{name} (n={cases:.0f})" for name, cases in zip(names, n, strict=True)], xlabel
    )
    axes.set_xlim(0, 1.02)
    return figure


def compare_bars(
    names: Sequence[str],
    first: Sequence[float],
    second: Sequence[float],
    *,
    sources: tuple[str, str],
    title: str,
    xlabel: str = "Probability",
) -> AltFigure:
    """Return two bars a name, one for each of the two `sources`, which colour and hatching tell apart."""
    said = "; ".join(
        f"{name} {a:.2f} and {b:.2f}" for name, a, b in zip(names, first, second, strict=True)
    )
    size = (7.5, row_height(names, 0.62) * len(names) + 1.3)
    figure = new_figure(title, size, f"{xlabel} by {sources[0]} and {sources[1]}: {said}.")
    axes = figure.subplots()
    looks = (
        {"color": GRAY},
        {"color": ORANGE, "hatch": "///", "edgecolor": "black", "linewidth": 0.5},
    )
    for values, source, offset, look in zip(
        (first, second), sources, (-0.2, 0.2), looks, strict=True
    ):
        bars = axes.barh(np.arange(len(names)) + offset, values, 0.38, label=source, **look)
        axes.bar_label(bars, [f"{value:.2f}" for value in values], padding=3, fontsize=9)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False, borderaxespad=0)
    label_rows(axes, names, xlabel)
    axes.set_xlim(0, 1.12 * max(1, *first, *second))
    return figure


def interval_dots(
    names: Sequence[str],
    series: Mapping[str, Sequence[Estimate]],
    *,
    model_name: str,
    title: str,
    xlabel: str = "Accuracy",
) -> AltFigure:
    """Return a row a name with one marker for each of up to four `series`, and its 95 % interval as a line."""
    if len(series) > 4:
        raise ValueError(f"There are {len(series)} series, and room for four: make two figures.")
    table = zip(names, *series.values(), strict=True)
    said = "; ".join(
        f"{name}: " + ", ".join(map("{} {}".format, series, scores)) for name, *scores in table
    )
    step = 0.72 / len(series)
    size = (7.5, (0.1 + 0.17 * len(series)) * len(names) + 1.4)
    figure = new_figure(f"{title} ({model_name})", size, f"{xlabel} with 95 % intervals. {said}.")
    axes = figure.subplots()
    looks = zip(("o", "s", "D", "^"), (BLUE, ORANGE, GRAY, COLORS[2]), strict=True)
    for order, ((key, estimates), (marker, color)) in enumerate(
        zip(series.items(), looks, strict=False)
    ):
        values, low, high, _ = np.array(estimates).T  # each (names,)
        rows = np.arange(len(names)) + (order - (len(series) - 1) / 2) * step
        spread = np.stack([values - low, high - values]).clip(0)
        axes.errorbar(
            values,
            rows,
            xerr=spread,
            fmt=marker,
            color=color,
            markersize=6,
            linewidth=1.6,
            label=key,
        )
    axes.hlines(np.arange(len(names) - 1) + 0.5, 0, 1, color="#dddddd", linewidth=0.8)
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=4,
        frameon=False,
        borderaxespad=0,
        handletextpad=0.2,
    )
    label_rows(axes, names, xlabel)
    axes.set_xlim(-0.02, 1.02)
    return figure


def reliability_diagram(
    tables: Mapping[str, pd.DataFrame], *, model_name: str, title: str
) -> AltFigure:
    """Return one panel a name: how often answers of each confidence are right, and below, how many answers there are.

    `tables` holds what `metrics.reliability` returns. The drawing is that of Guo et al. 2017, with Wilson intervals.
    """
    said = "; ".join(
        f"{name}: "
        + ", ".join(f"{row.confidence:.2f} → {row.accuracy:.2f}" for row in table.itertuples())
        for name, table in tables.items()
    )
    size = (max(5.2, 3.9 * len(tables)), 4.9)
    figure = new_figure(
        f"{title} ({model_name})", size, f"Mean confidence → accuracy of each bin. {said}."
    )
    grid = figure.subplots(
        2, len(tables), height_ratios=[4, 1], sharex=True, sharey="row", squeeze=False
    )
    for (upper, lower), (name, table) in zip(grid.T, tables.items(), strict=True):
        draw_reliability(upper, lower, table)
        if len(tables) > 1:
            upper.set_title(textwrap.fill(name, 34), fontsize=10)
    figure.legend(
        *upper.get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False
    )
    grid[0, 0].set_ylabel("Accuracy")
    grid[1, 0].set_ylabel("Answers")
    return figure


def confusion_matrix(
    truth: Sequence, predicted: Sequence, labels: Sequence[str], *, model_name: str, title: str
) -> AltFigure:
    """Return the table of true (rows) and predicted labels (columns), with the recall of each row at its edge.

    Raises ValueError: a true or predicted label is not among `labels`.
    """
    counts = count_confusions(truth, predicted, labels)
    recall = recall_per_class(truth, predicted, labels)
    said = "; ".join(f"{name} {estimate}" for name, estimate in recall.items())
    cell = (
        0.9 if len(labels) < 8 else 0.62
    )  # inches: the labels of few columns must not touch either
    size = (cell * len(labels) + 5.2, 0.46 * len(labels) + 2.6)
    figure = new_figure(f"{title} ({model_name})", size, f"Recall of each true label: {said}.")
    table, edge = figure.subplots(1, 2, width_ratios=[max(2, cell * len(labels)), 2], sharey=True)
    draw_confusion(table, counts, labels)
    draw_recall(edge, recall, labels)
    return figure


def sensitivity_plot(
    names: Sequence[str],
    estimates: Sequence[Estimate],
    differs: Sequence[bool],
    *,
    model_name: str,
    title: str,
    reference: str,
    xlabel: str = "Accuracy",
    baseline: float | None = None,
) -> AltFigure:
    """Return one dot a name with its 95 % interval, best on top; the interval of `reference` is shaded behind all.

    `differs` says of each name whether a paired test tells it from the reference; those dots are orange diamonds.
    """
    rows = sorted(zip(estimates, names, differs, strict=True), key=lambda row: -row[0].value)
    values = np.array([estimate for estimate, _, _ in rows])  # (names, 4): value, low, high, n
    shown, marked = [name for _, name, _ in rows], np.array([bool(differ) for _, _, differ in rows])
    said = f"from {shown[0]} {rows[0][0]} down to {shown[-1]} {rows[-1][0]}"
    size = (8, 0.18 * len(rows) + 1.6)
    figure = new_figure(
        f"{title} ({model_name})",
        size,
        f"{xlabel} of {len(rows)} wordings with 95 % intervals, {said}.",
    )
    axes = figure.subplots()
    figure.alt_text += f" A paired test tells {marked.sum()} of them from {reference}."
    within = values[shown.index(reference)]
    axes.axvspan(
        *within[1:3], color=GRAY, alpha=0.15, linewidth=0, label=f"interval of “{reference}”"
    )
    looks = (
        (~marked, BLUE, "o", "no difference shown"),
        (marked, ORANGE, "D", "differs by a paired test"),
    )
    for chosen, color, marker, name in looks:
        at, spread = values[chosen, 0], np.abs(values[chosen, 1:3] - values[chosen, :1]).T
        look = {
            "color": color,
            "fmt": marker,
            "markersize": 4,
            "elinewidth": 1.2,
            "markeredgecolor": "black",
        }
        if chosen.any():
            axes.errorbar(
                at, np.flatnonzero(chosen), xerr=spread, markeredgewidth=0.5, label=name, **look
            )
    if baseline is not None:
        axes.axvline(
            baseline, color="black", linestyle="--", linewidth=1.2, label=f"chance {baseline:.2f}"
        )
    label_rows(axes, shown, xlabel)
    axes.set_yticks(range(len(shown)), shown, fontsize=8)
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, borderaxespad=0, fontsize=9
    )
    return figure


def curves(
    x: Sequence[float],
    series: Mapping[str, Sequence[float]],
    *,
    model_name: str,
    title: str,
    xlabel: str,
    ylabel: str,
    baseline: float | None = None,
) -> AltFigure:
    """Return up to three lines over `x`, by name; a series of estimates, (X, 4), gets its 95 % band."""
    ends = "; ".join(
        f"{name} from {np.ravel(y[0])[0]:.2f} to {np.ravel(y[-1])[0]:.2f}"
        for name, y in series.items()
    )
    figure = new_figure(f"{title} ({model_name})", (7.5, 3.8), f"{ylabel} over {xlabel}: {ends}.")
    axes = figure.subplots()
    looks = ((BLUE, "o", "-"), (ORANGE, "D", "-."), (GRAY, "s", ":"))
    for (name, y), (color, marker, dash) in zip(series.items(), looks[: len(series)], strict=True):
        values = np.reshape(y, (len(x), -1))  # (X, 1) or (X, 4)
        axes.plot(
            x,
            values[:, 0],
            color=color,
            marker=marker,
            linestyle=dash,
            linewidth=2,
            markersize=5,
            label=name,
        )
        if values.shape[1] > 1:
            axes.fill_between(x, values[:, 1], values[:, 2], color=color, alpha=0.15, linewidth=0)
    if baseline is not None:
        axes.axhline(
            baseline, color="black", linestyle="--", linewidth=1.2, label=f"chance {baseline:.2f}"
        )
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False, borderaxespad=0, fontsize=9
    )
    return figure


def recall_curves(
    sizes: Sequence[int],
    recalls: dict[int, Sequence[Estimate]],
    *,
    model_name: str,
    title: str,
    published: dict[int, float],
    published_size: int,
    published_name: str,
) -> AltFigure:
    """Return recall@k over the gallery's size, one curve for each k of `recalls`, with 95 % bands and chance, k / size.

    `published` holds recall@k of another study at `published_size`; it is drawn beside the curves, not joined to them.
    """
    if len(recalls) > len(COLORS):
        raise ValueError(
            f"There are {len(recalls)} curves, and colours for {len(COLORS)}: choose fewer k."
        )
    said = "; ".join(
        f"recall@{k} falls from {curve[0]} to {curve[-1]}" for k, curve in recalls.items()
    )
    cited = ", ".join(f"recall@{k} {value:.2f}" for k, value in published.items())
    alt = f"From {sizes[0]} to {sizes[-1]} pictures, {said}. {published_name} at {published_size:,}: {cited}."
    figure = new_figure(f"{title} ({model_name})", (8, 4.8), alt)
    axes = figure.subplots()
    for (k, curve), color, marker in zip(recalls.items(), COLORS, "o^sDvP", strict=False):
        values, low, high, _ = np.array(curve).T  # each (sizes,)
        axes.fill_between(sizes, low, high, color=color, alpha=0.2, linewidth=0)
        axes.plot(sizes, values, color=color, marker=marker, label=f"recall@{k}")
        axes.plot(
            sizes,
            np.minimum(1, k / np.array(sizes)),
            color=color,
            linestyle=":",
            label=f"chance, k = {k}",
        )
        if k in published:
            axes.plot(
                published_size,
                published[k],
                marker,
                color=color,
                markerfacecolor="none",
                markersize=9,
            )
            axes.annotate(
                f"@{k}",
                (published_size, published[k]),
                (9, 0),
                textcoords="offset points",
                va="center",
            )
    axes.annotate(
        f"{published_name},\n{published_size:,} pairs",
        (published_size, min(published.values())),
        (14, -16),
        textcoords="offset points",
        ha="right",
        va="top",
    )
    axes.set(
        xscale="log",
        xlabel="Candidates in the gallery (log scale)",
        ylabel="Recall@k",
        ylim=(0, 1.02),
    )
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.xaxis.set_minor_formatter("")
    axes.set_xlim(right=3 * published_size)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, borderaxespad=0.2)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def distribution_rows(
    groups: dict[str, np.ndarray],
    *,
    model_name: str,
    title: str,
    xlabel: str,
    bins: int | Sequence[float] = 60,
) -> AltFigure:
    """Return one histogram a group, one above the other over the same axis, each with its median."""
    said = "; ".join(f"{name}: median {np.median(values):.2f}" for name, values in groups.items())
    figure = new_figure(
        f"{title} ({model_name})", (7.5, 0.95 * len(groups) + 0.9), f"{xlabel}. {said}."
    )
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


def count_confusions(truth: Sequence, predicted: Sequence, labels: Sequence[str]) -> np.ndarray:
    """Return how many cases of each true label (rows) were given each label (columns): (M, M) integers."""
    number = {label: index for index, label in enumerate(labels)}
    if unknown := sorted({*truth, *predicted} - set(labels)):
        raise ValueError(f"These labels occur and are not among labels: {unknown}.")
    counts = np.zeros((len(labels), len(labels)), int)
    np.add.at(
        counts, ([number[label] for label in truth], [number[label] for label in predicted]), 1
    )
    return counts


def draw_reliability(upper: Axes, lower: Axes, table: pd.DataFrame) -> None:
    """Draw accuracy against confidence on `upper`, and the number of answers in each bin on `lower`."""
    upper.plot(
        [0, 1], [0, 1], color=ORANGE, linestyle="--", linewidth=2, label="calibrated", zorder=1
    )
    spread = np.abs(table[["low", "high"]].to_numpy().T - table.accuracy.to_numpy())
    look = {
        "color": BLUE,
        "ecolor": GRAY,
        "capsize": 3,
        "marker": "o",
        "linewidth": 1,
        "elinewidth": 1.2,
    }
    upper.errorbar(
        table.confidence, table.accuracy, spread, label="measured, 95 % interval", **look
    )
    upper.set(xlim=(0, 1.02), ylim=(0, 1.03))
    lower.bar(
        table["from"],
        table.n,
        table["to"] - table["from"],
        align="edge",
        color=BLUE,
        alpha=0.75,
        edgecolor="w",
    )
    lower.set_xlabel("Confidence (probability of the answer)")
    for axes in (upper, lower):
        axes.spines[["top", "right"]].set_visible(False)


def draw_confusion(axes: Axes, counts: np.ndarray, labels: Sequence[str]) -> None:
    """Draw the table of counts; the shade is the share of the row, and empty cells stay empty."""
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), count in np.ndenumerate(counts):
        color = "white" if shares[row, column] > 0.6 else "black"
        axes.text(column, row, count or "", ha="center", va="center", fontsize=9, color=color)
    few = len(labels) <= 12
    names = [short(label, 24, 2) if few else short(label, 38, 1) for label in labels]
    axes.set_yticks(range(len(labels)), names, fontsize=9)
    turned = {"rotation": 40, "rotation_mode": "anchor", "ha": "right"} if few else {"rotation": 90}
    axes.set_xticks(range(len(labels)), names, fontsize=9, **turned)
    axes.set(xlabel="Predicted", ylabel="True")
    axes.set_xticks(np.arange(len(labels) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(labels) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="#D9D9D9", linewidth=0.6)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)


def draw_recall(axes: Axes, recall: Mapping[str, Estimate], labels: Sequence[str]) -> None:
    """Draw the recall of each row of a confusion matrix as a point with its interval; no point, no case."""
    rows = [list(labels).index(name) for name in recall]
    values, low, high, n = np.array(list(recall.values())).T  # each (classes that occur,)
    axes.barh(rows, values, 0.62, color=BLUE, alpha=0.75)
    axes.errorbar(
        values, rows, xerr=[values - low, high - values], fmt="none", ecolor="black", capsize=3
    )
    for row, value, cases in zip(rows, values, n, strict=True):
        axes.text(1.08, row, f"{value:.2f}  n={cases:.0f}", va="center", fontsize=9)
    axes.set(xlim=(0, 1.03), xticks=[0, 0.5, 1], xlabel="Recall")
    axes.tick_params(left=False, labelleft=False)
    axes.spines[["top", "right"]].set_visible(False)
