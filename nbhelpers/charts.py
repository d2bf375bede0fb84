"""Charts of how good a model is: scores, calibration, confusion, wordings. Pictures of what it sees are in plotting."""

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from .metrics import Estimate, recall_per_class
from .plotting import BLUE, COLORS, GRAY, ORANGE, AltFigure, _figure, _rows


def interval_dots(
    names: Sequence[str], series: Mapping[str, Sequence[Estimate]], *, model_name: str, title: str,
    xlabel: str = "Accuracy",
) -> AltFigure:  # fmt: skip
    """Return a row a name with one marker for each of up to four `series`, and its 95 % interval as a line."""
    table = zip(names, *series.values(), strict=True)
    said = "; ".join(f"{name}: " + ", ".join(map("{} {}".format, series, scores)) for name, *scores in table)
    step = 0.72 / len(series)
    size = (7.5, (0.1 + 0.17 * len(series)) * len(names) + 1.4)
    figure = _figure(f"{title} ({model_name})", size, f"{xlabel} with 95 % intervals. {said}.")
    axes = figure.subplots()
    looks = zip(("o", "s", "D", "^"), (BLUE, ORANGE, GRAY, COLORS[2]), strict=True)
    for order, ((key, estimates), (marker, color)) in enumerate(zip(series.items(), looks, strict=False)):
        values, low, high, _ = np.array(estimates).T  # each (names,)
        rows = np.arange(len(names)) + (order - (len(series) - 1) / 2) * step
        spread = np.stack([values - low, high - values]).clip(0)
        axes.errorbar(values, rows, xerr=spread, fmt=marker, color=color, markersize=6, linewidth=1.6, label=key)
    axes.hlines(np.arange(len(names) - 1) + 0.5, 0, 1, color="#dddddd", linewidth=0.8)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False, borderaxespad=0, handletextpad=0.2)
    _rows(axes, names, xlabel)
    axes.set_xlim(-0.02, 1.02)
    return figure


def reliability_diagram(tables: Mapping[str, pd.DataFrame], *, model_name: str, title: str) -> AltFigure:
    """Return one panel a name: how often answers of each confidence are right, and below, how many answers there are.

    `tables` holds what `metrics.reliability` returns. The drawing is that of Guo et al. 2017, with Wilson intervals.
    """
    said = "; ".join(
        f"{name}: " + ", ".join(f"{row.confidence:.2f} → {row.accuracy:.2f}" for row in table.itertuples())
        for name, table in tables.items()
    )
    size = (max(5.2, 3.9 * len(tables)), 4.9)
    figure = _figure(f"{title} ({model_name})", size, f"Mean confidence → accuracy of each bin. {said}.")
    grid = figure.subplots(2, len(tables), height_ratios=[4, 1], sharex=True, sharey="row", squeeze=False)
    for (upper, lower), (name, table) in zip(grid.T, tables.items(), strict=True):
        draw_reliability(upper, lower, table)
        if len(tables) > 1:
            upper.set_title(textwrap.fill(name, 34), fontsize=10)
    figure.legend(*upper.get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)
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
    cell = 0.9 if len(labels) < 8 else 0.62  # inches: the labels of few columns must not touch either
    size = (cell * len(labels) + 5.2, 0.46 * len(labels) + 2.6)
    figure = _figure(f"{title} ({model_name})", size, f"Recall of each true label: {said}.")
    table, edge = figure.subplots(1, 2, width_ratios=[max(2, cell * len(labels)), 2], sharey=True)
    draw_confusion(table, counts, labels)
    draw_recall(edge, recall, labels)
    return figure


def sensitivity_plot(
    names: Sequence[str], estimates: Sequence[Estimate], differs: Sequence[bool], *, model_name: str, title: str,
    reference: str, xlabel: str = "Accuracy", baseline: float | None = None,
) -> AltFigure:  # fmt: skip
    """Return one dot a name with its 95 % interval, best on top; the interval of `reference` is shaded behind all.

    `differs` says of each name whether a paired test tells it from the reference; those dots are orange diamonds.
    """
    rows = sorted(zip(estimates, names, differs, strict=True), key=lambda row: -row[0].value)
    values = np.array([estimate for estimate, _, _ in rows])  # (names, 4): value, low, high, n
    shown, marked = [name for _, name, _ in rows], np.array([bool(differ) for _, _, differ in rows])
    said = f"from {shown[0]} {rows[0][0]} down to {shown[-1]} {rows[-1][0]}"
    size = (8, 0.18 * len(rows) + 1.6)
    figure = _figure(f"{title} ({model_name})", size, f"{xlabel} of {len(rows)} wordings with 95 % intervals, {said}.")
    axes = figure.subplots()
    figure.alt_text += f" A paired test tells {marked.sum()} of them from {reference}."
    within = values[shown.index(reference)]
    axes.axvspan(*within[1:3], color=GRAY, alpha=0.15, linewidth=0, label=f"interval of “{reference}”")
    looks = ((~marked, BLUE, "o", "no difference shown"), (marked, ORANGE, "D", "differs by a paired test"))
    for chosen, color, marker, name in looks:
        at, spread = values[chosen, 0], np.abs(values[chosen, 1:3] - values[chosen, :1]).T
        look = {"color": color, "fmt": marker, "markersize": 4, "elinewidth": 1.2, "markeredgecolor": "black"}
        if chosen.any():
            axes.errorbar(at, np.flatnonzero(chosen), xerr=spread, markeredgewidth=0.5, label=name, **look)
    if baseline is not None:
        axes.axvline(baseline, color="black", linestyle="--", linewidth=1.2, label=f"chance {baseline:.2f}")
    _rows(axes, shown, xlabel)
    axes.set_yticks(range(len(shown)), shown, fontsize=8)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, borderaxespad=0, fontsize=9)
    return figure


def curves(
    x: Sequence[float], series: Mapping[str, Sequence[float]], *, model_name: str, title: str, xlabel: str, ylabel: str,
    baseline: float | None = None,
) -> AltFigure:  # fmt: skip
    """Return up to three lines over `x`, by name; a series of estimates, (X, 4), gets its 95 % band."""
    ends = "; ".join(f"{name} from {np.ravel(y[0])[0]:.2f} to {np.ravel(y[-1])[0]:.2f}" for name, y in series.items())
    figure = _figure(f"{title} ({model_name})", (7.5, 3.8), f"{ylabel} over {xlabel}: {ends}.")
    axes = figure.subplots()
    looks = ((BLUE, "o", "-"), (ORANGE, "D", "-."), (GRAY, "s", ":"))
    for (name, y), (color, marker, dash) in zip(series.items(), looks[: len(series)], strict=True):
        values = np.reshape(y, (len(x), -1))  # (X, 1) or (X, 4)
        axes.plot(x, values[:, 0], color=color, marker=marker, linestyle=dash, linewidth=2, markersize=5, label=name)
        if values.shape[1] > 1:
            axes.fill_between(x, values[:, 1], values[:, 2], color=color, alpha=0.15, linewidth=0)
    if baseline is not None:
        axes.axhline(baseline, color="black", linestyle="--", linewidth=1.2, label=f"chance {baseline:.2f}")
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False, borderaxespad=0, fontsize=9)
    return figure


def count_confusions(truth: Sequence, predicted: Sequence, labels: Sequence[str]) -> np.ndarray:
    """Return how many cases of each true label (rows) were given each label (columns): (M, M) integers."""
    number = {label: index for index, label in enumerate(labels)}
    if unknown := sorted({*truth, *predicted} - set(labels)):
        raise ValueError(f"These labels occur and are not among labels: {unknown}.")
    counts = np.zeros((len(labels), len(labels)), int)
    np.add.at(counts, ([number[label] for label in truth], [number[label] for label in predicted]), 1)
    return counts


def draw_reliability(upper: Axes, lower: Axes, table: pd.DataFrame) -> None:
    """Draw accuracy against confidence on `upper`, and the number of answers in each bin on `lower`."""
    upper.plot([0, 1], [0, 1], color=ORANGE, linestyle="--", linewidth=2, label="calibrated", zorder=1)
    spread = np.abs(table[["low", "high"]].to_numpy().T - table.accuracy.to_numpy())
    look = {"color": BLUE, "ecolor": GRAY, "capsize": 3, "marker": "o", "linewidth": 1, "elinewidth": 1.2}
    upper.errorbar(table.confidence, table.accuracy, spread, label="measured, 95 % interval", **look)
    upper.set(xlim=(0, 1.02), ylim=(0, 1.03))
    lower.bar(table["from"], table.n, table["to"] - table["from"], align="edge", color=BLUE, alpha=0.75, edgecolor="w")
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
    names = [textwrap.fill(label, 24) for label in labels]
    axes.set_yticks(range(len(labels)), names, fontsize=9)
    axes.set_xticks(range(len(labels)), names, fontsize=9, rotation=40, ha="right", rotation_mode="anchor")
    axes.set(xlabel="Predicted", ylabel="True")
    axes.set_xticks(np.arange(len(labels) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(labels) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="#D9D9D9", linewidth=0.6)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)


def draw_recall(axes: Axes, recall: Mapping[str, Estimate], labels: Sequence[str]) -> None:
    """Draw the recall of each row of a confusion matrix as a point with its interval; no point, no case."""
    rows = [labels.index(name) for name in recall]
    values, low, high, n = np.array(list(recall.values())).T  # each (classes that occur,)
    axes.barh(rows, values, 0.62, color=BLUE, alpha=0.75)
    axes.errorbar(values, rows, xerr=[values - low, high - values], fmt="none", ecolor="black", capsize=3)
    for row, value, cases in zip(rows, values, n, strict=True):
        axes.text(1.08, row, f"{value:.2f}  n={cases:.0f}", va="center", fontsize=9)
    axes.set(xlim=(0, 1.03), xticks=[0, 0.5, 1], xlabel="Recall")
    axes.tick_params(left=False, labelleft=False)
    axes.spines[["top", "right"]].set_visible(False)
