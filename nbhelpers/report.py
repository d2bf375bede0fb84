"""One page that says how good a zero-shot classifier is on a data set: figure, CSV, all answers."""

import tempfile
import textwrap
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.metrics import ConfusionMatrixDisplay, confusion_matrix

from . import metrics
from .cases import Cases, plain
from .figures import draw_interval_rows, draw_reliability, new_figure
from .pictures import expand
from .prompts import label_embeddings


class ReportCard(NamedTuple):
    """The page, its scores (one row each), and the answer to each picture."""

    figure: Figure
    scores: pd.DataFrame
    answers: pd.DataFrame


def report_card(model, cases: Cases, labels, templates="model card", *, name: str, folder=None):
    """Return the ReportCard of a model on labelled pictures; `folder` gets it as PNG and CSV.

    `labels` lists the classes, or says how each is worded in a prompt: {"LUAD": "lung
    adenocarcinoma"}. `name` is the data set's. Intervals draw whole groups, where there are any.
    Raises ValueError: cases and labels do not fit together, or hold fewer than two classes."""
    wording = labels if isinstance(labels, Mapping) else {label: label for label in labels}
    metrics.group_codes(cases.groups, len(cases.pictures))  # refuses unknown patients
    if not all(isinstance(label, str) for label in [*wording, *cases.truth]):
        raise ValueError('Classes must be strings: "0" for 0, worded for the model in labels.')
    wording = {plain(label): words for label, words in wording.items()}
    truth, classes = [plain(label) for label in cases.truth], list(wording)
    if len(present := set(truth)) < 2 or not present <= set(classes):
        raise ValueError(f"Two or more of labels must be classes of the data: {sorted(present)}.")
    if folder:  # one that cannot be written to shows before the work, not after it
        (folder := expand(folder)).mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
        for old in folder.glob("report_card.*"):
            old.open("ab").close()
    texts = label_embeddings(model, list(wording.values()), templates)  # (M, D)
    probabilities = model.probabilities(model.encode_images(cases.pictures), texts)  # (N, M)
    predicted, confidence = np.array(classes)[probabilities.argmax(1)], probabilities.max(1)
    own = {} if cases.groups is None else {"group": cases.groups}
    answers = pd.DataFrame({"truth": truth, "confidence": confidence, "predicted": predicted} | own)
    scores = score(answers, probabilities, classes, cases.groups)
    shown = templates if isinstance(templates, str) else "; ".join(templates)
    prompts = f"Templates: “{textwrap.shorten(shown, 200)}”."
    figure = _page(f"Report card of {model.name} on {name}", prompts, scores, answers, classes)
    if folder:
        figure.savefig(folder / "report_card.png", dpi=200)
        scores.to_csv(folder / "report_card.csv", index=False)
    return ReportCard(figure, scores, answers)


def score(answers: pd.DataFrame, probabilities, classes: list[str], groups=None) -> pd.DataFrame:
    """Return one row per score of the answers (`truth`, `predicted`, `confidence`) to N pictures.

    `probabilities` is (N, M). Columns: `score`, `value`, `low`, `high` (95 % interval), `n`, and
    `baseline`: the most frequent class for accuracy, any constant for balanced accuracy, guessing
    for recall and AUROC, calibrated answers of the same confidence for the calibration error."""
    truth, predicted = answers.truth.to_numpy(), answers.predicted.to_numpy()
    confidence, of = answers.confidence.to_numpy(), {"groups": groups}
    number = [classes.index(label) for label in truth]
    error = metrics.calibration_error(confidence, truth == predicted, **of)
    recalls = metrics.recall_per_class(truth, predicted, classes, **of)
    most_frequent, constant = answers.truth.value_counts(normalize=True).max(), 1 / len(recalls)
    table = [
        ("accuracy", *metrics.accuracy(truth, predicted, **of), most_frequent),
        ("balanced accuracy", *metrics.balanced_accuracy(truth, predicted, **of), constant),
        ("AUROC", *metrics.auroc(number, probabilities, **of), 0.5),
        ("calibration error", *error, metrics.calibrated_baseline(confidence)),
    ]
    table += [(f"recall of {label}", *one, 1 / len(classes)) for label, one in recalls.items()]
    return pd.DataFrame(table, columns=["score", "value", "low", "high", "n", "baseline"])


def _page(title: str, prompts: str, scores, answers, classes: list[str]) -> Figure:
    """Return the page: every score at the left, calibration and confusion at the right."""
    counts = answers.truth.value_counts()
    groups = f"{answers.group.nunique()} groups" if "group" in answers else "taken as independent"
    small_print = (
        f"{len(answers)} pictures, {groups}. {len(classes)} labels; rarest: {counts.idxmin()}, "
        f"{counts.min()} pictures (under 10, averages are less certain than shown). {prompts} "
        "No classifier was trained on them. For research and teaching only, not for clinical use."
    )
    width, height = 0.4 * max(len(classes), 12), 0.4 * max(len(classes), 4)  # of the confusion
    figure = new_figure(title, (7 + width, 6.6 + height), f"{small_print} ")
    lines = textwrap.fill(small_print, round(90 + 13 * width))
    figure.supxlabel(lines, fontsize=8.5, x=0.02, ha="left")
    ratios = {"width_ratios": [6, 1 + width], "height_ratios": [3, 0.6, 1 + height]}
    left, upper, lower, table = figure.subplot_mosaic("AB;AC;AD", **ratios).values()
    xlabel, baseline = "Score, 95 % interval (red line: baseline)", scores.baseline
    series = {"score": [metrics.Estimate(*row) for row in scores.loc[:, "value":"n"].to_numpy()]}
    figure.alt_text += draw_interval_rows(left, scores.score, series, xlabel, baseline, "baseline")
    left.set_title("How good is it?")
    correct = answers.truth == answers.predicted
    draw_reliability(upper, lower, metrics.reliability(answers.confidence, correct))
    upper.set_title("Is it as often right as it says?")
    upper.legend(frameon=False, fontsize=8)
    counts = confusion_matrix(answers.truth, answers.predicted, labels=classes)
    names = [textwrap.fill(label, 24, max_lines=2) for label in classes]
    look = {"cmap": "Blues", "colorbar": False, "im_kw": {"aspect": "auto"}, "ax": table}
    ConfusionMatrixDisplay(counts, display_labels=names).plot(xticks_rotation="vertical", **look)
    table.set_title("What is taken for what?")
    return figure
