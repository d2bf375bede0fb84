"""One page that says how good a zero-shot classifier is on a data set: figure, CSV, and every single answer."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from .charts import count_confusions, draw_confusion, draw_recall, draw_reliability
from .datasets import Cases
from .encoders import VisionLanguageModel
from .intervals import Estimate, group_codes
from .metrics import (
    accuracy,
    auroc,
    balanced_accuracy,
    calibrated_baseline,
    calibration_error,
    majority_baseline,
    recall_per_class,
    reliability,
)
from .plotting import BLUE, ORANGE, AltFigure, new_figure
from .prompts import TEMPLATES, fill, label_embeddings

COLUMNS = ["score", "value", "low", "high", "n", "baseline"]


class ReportCard(NamedTuple):
    """The page, its scores (one row each: value, 95 % interval, n, baseline), and the answer to each picture."""

    figure: AltFigure
    scores: pd.DataFrame
    answers: pd.DataFrame


def report_card(
    model: VisionLanguageModel,
    cases: Cases,
    labels: Sequence[str] | Mapping[str, str],
    templates: str | Sequence[str] = "model card",
    *,
    name: str,
    folder: str | Path | None = None,
) -> ReportCard:
    """Return the report card of a model on labelled pictures; `folder` gets report_card.png and report_card.csv.

    `labels` are the classes, or say how each class is worded in a prompt: {"LUAD": "lung adenocarcinoma"}. `name` is
    the data set's. Where the cases come in groups (patients), the intervals draw whole groups.

    Raises ValueError: fewer than two classes occur, or a true class is not among `labels`; ImageError: a bad picture.
    """
    wording = (
        dict(labels) if isinstance(labels, Mapping) else dict(zip(labels, labels, strict=True))
    )
    classes, truth = list(wording), np.asarray(cases.truth)
    if len(cases.pictures) != len(truth):
        raise ValueError(f"There are {len(cases.pictures)} pictures and {len(truth)} true classes.")
    if not all(isinstance(label, str) for label in [*classes, *cases.truth]):
        raise ValueError(
            'Classes must be strings: write the number 0 as "0", and word it for the model in labels.'
        )
    group_codes(cases.groups, len(truth))  # refuses an unknown group
    if unknown := sorted(set(cases.truth) - set(classes)):
        raise ValueError(
            f"These classes occur in the data and are not among labels: {', '.join(unknown)}."
        )
    if len(set(cases.truth)) < 2:
        raise ValueError(
            f"The data hold {len(set(cases.truth))} class; a classifier is tested on two or more."
        )
    texts = label_embeddings(model, list(wording.values()), templates)  # (M, D)
    probabilities = model.probabilities(model.encode_images(cases.pictures), texts)  # (N, M)
    answers = pd.DataFrame(
        {"truth": truth, "predicted": np.array(classes)[probabilities.argmax(axis=1)]}
    )
    answers["confidence"] = probabilities.max(axis=1)
    scores = score(answers, probabilities, classes, cases.groups)
    title = f"Report card of {model.name} on {name}"
    figure = _page(scores, answers, classes, title, _small_print(cases, wording, templates))
    if cases.groups is not None:
        answers["group"] = cases.groups
    if folder is not None:
        Path(folder).mkdir(parents=True, exist_ok=True)
        figure.savefig(Path(folder) / "report_card.png", dpi=200)
        scores.to_csv(Path(folder) / "report_card.csv", index=False)
    return ReportCard(figure, scores, answers)


def score(
    answers: pd.DataFrame,
    probabilities: np.ndarray,
    classes: Sequence[str],
    groups: Sequence | None = None,
) -> pd.DataFrame:
    """Return the scores of the answers (`truth`, `predicted`, `confidence`) and probabilities (N, M), one a row.

    Columns: `score`, `value`, `low`, `high` (95 % interval), `n`, and `baseline`: for accuracy, always the most
    frequent class; for balanced accuracy, any constant answer; for recall, guessing; for AUROC, 0.5; for calibration
    error, what a perfectly calibrated model would show on as many cases. With `groups`, intervals and n are of groups.
    """
    truth, predicted, confidence = (
        answers.truth.to_numpy(),
        answers.predicted.to_numpy(),
        answers.confidence.to_numpy(),
    )
    right = truth == predicted
    number = np.array([list(classes).index(label) for label in truth])
    rows = [
        ("accuracy", *accuracy(truth, predicted, groups=groups), majority_baseline(truth)),
        (
            "balanced accuracy",
            *balanced_accuracy(truth, predicted, groups=groups),
            1 / len(set(truth)),
        ),
        ("AUROC", *auroc(number, probabilities, groups=groups), 0.5),
        (
            "calibration error",
            *calibration_error(confidence, right, groups=groups),
            calibrated_baseline(confidence),
        ),
    ]
    for label, estimate in recall_per_class(truth, predicted, classes, groups=groups).items():
        rows.append((f"recall of {label}", *estimate, 1 / len(classes)))
    return pd.DataFrame(rows, columns=COLUMNS)


def _small_print(cases: Cases, wording: Mapping[str, str], templates: str | Sequence[str]) -> str:
    """Return what was fixed before the test: data, wording, templates."""
    templates = (
        TEMPLATES[templates][0]
        if isinstance(templates, str) and templates in TEMPLATES
        else templates
    )
    templates = [templates] if isinstance(templates, str) else list(templates)
    groups = (
        "pictures taken as independent"
        if cases.groups is None
        else f"{len(set(cases.groups))} groups of pictures"
    )
    first = fill(templates[0], next(iter(wording.values())))
    more = f" and {len(templates) - 1} more templates" if len(templates) > 1 else ""
    counts = pd.Series(cases.truth).value_counts()
    warning = f" Only {counts.min()} of class {counts.idxmin()}: intervals of averages over classes are too narrow."
    few = warning if counts.min() < 10 else ""
    data = f"{len(cases.truth)} pictures, {groups}. {len(wording)} labels.{few}"
    return f"{data} Prompts: “{first}”{more}. No classifier was trained on these classes."


def _page(
    scores: pd.DataFrame, answers: pd.DataFrame, classes: list[str], title: str, small_print: str
) -> AltFigure:
    """Return the page: scores and calibration above, confusion and recall below."""
    rows, more = max(len(classes), 4), max(len(classes) - 12, 0)
    said = "; ".join(
        f"{row.score} {Estimate(*row[2:6])}, baseline {row.baseline:.2f}"
        for row in scores.itertuples()
    )
    height = min(0.45, 0.27 + 1.8 / rows) * rows  # of the confusion matrix; many rows are lower
    figure = new_figure(
        title, (9.5 + 0.25 * more, 6.2 + height + 0.1 * more**0.5), f"{small_print} {said}."
    )
    figure.set_layout_engine("constrained", h_pad=0.08, w_pad=0.08)
    above, below, foot = figure.subfigures(
        3, 1, height_ratios=[3.7, 1.7 + height + 0.1 * more**0.5, 0.45]
    )
    left, right = above.subfigures(1, 2, width_ratios=[1.25, 1])
    _draw_scores(left.subplots(), scores.iloc[:4])
    upper, lower = right.subplots(2, 1, height_ratios=[4, 1], sharex=True)
    draw_reliability(
        upper, lower, reliability(answers.confidence, answers.truth == answers.predicted)
    )
    upper.set(ylabel="Accuracy", title="Is it as often right as it says?")
    upper.legend(loc="best", frameon=False, fontsize=8)
    table, edge = below.subplots(1, 2, width_ratios=[2.2, 1], sharey=True)
    draw_confusion(table, count_confusions(answers.truth, answers.predicted, classes), classes)
    table.set_title("What is taken for what?")
    recall = {
        row.score.removeprefix("recall of "): Estimate(*row[2:6])
        for row in scores.iloc[4:].itertuples()
    }
    draw_recall(edge, recall, classes)
    edge.set_title("What is found?")
    notice = "For research and teaching only, not for clinical use."
    foot.text(
        0.01,
        0.5,
        textwrap.fill(f"{small_print} {notice}", 125 + 3 * more),
        fontsize=8.5,
        va="center",
    )
    return figure


def _draw_scores(axes: Axes, scores: pd.DataFrame) -> None:
    """Draw each score as a point with its interval, and its baseline as an upright dash."""
    rows = np.arange(len(scores))
    spread = np.abs(scores[["low", "high"]].to_numpy().T - scores.value.to_numpy())
    axes.errorbar(
        scores.value,
        rows,
        xerr=spread,
        fmt="o",
        color=BLUE,
        capsize=4,
        label="score, 95 % interval",
    )
    axes.scatter(
        scores.baseline,
        rows,
        marker="|",
        s=500,
        linewidths=2.5,
        color=ORANGE,
        label="baseline",
        zorder=1,
    )
    for row, line in enumerate(scores.itertuples()):
        axes.text(1.05, row, f"{Estimate(*line[2:6])}", va="center", fontsize=9)
    axes.set_yticks(rows, [textwrap.fill(name, 12) for name in scores.score])
    axes.set(xlim=(0, 1.02), ylim=(len(scores) - 0.4, -0.6), title="How good is it?")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=2, frameon=False, fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
