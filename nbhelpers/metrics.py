"""Scores of zero-shot classification and retrieval, each with the interval that its sample size allows."""

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import binomtest, rankdata

from .intervals import Estimate, bootstrap, group_codes, proportion


def accuracy(truth: Sequence, predicted: Sequence, *, groups: Sequence | None = None) -> Estimate:
    """Return the share of cases whose predicted label is the true one, in [0, 1].

    `groups` names each case's patient; the interval then resamples whole patients, and n counts them.
    """
    truth, predicted = _pair(truth, predicted)
    right = truth == predicted
    if groups is None:
        return proportion(right.sum(), len(right))
    patients = group_codes(groups, len(right)).max() + 1
    if right.all() or not right.any():  # a bootstrap of equal answers would claim certainty
        return proportion(patients * right[0], patients)._replace(value=float(right[0]))
    return (
        bootstrap(np.mean, right, groups=groups)
        if patients > 1
        else Estimate(float(right.mean()), 0.0, 1.0, 1)
    )


def recall_per_class(
    truth: Sequence,
    predicted: Sequence,
    labels: Sequence | None = None,
    *,
    groups: Sequence | None = None,
) -> dict[str, Estimate]:
    """Return, for each label that occurs in `truth`, the share of its cases that were found, in [0, 1].

    In the order of `labels`, or sorted; a label without a case has no recall and is left out. `groups`: see `accuracy`.

    Raises ValueError: empty or unequal inputs, or a case whose true label is not among `labels`.
    """
    truth, predicted = _pair(truth, predicted)
    present = set(truth.tolist())
    if labels is not None and not present <= set(labels):
        raise ValueError(
            f"These true labels are not among labels: {sorted(present - set(labels))}."
        )
    order = [label for label in (sorted(present) if labels is None else labels) if label in present]
    of = {label: truth == label for label in order}
    groups = None if groups is None else np.asarray(groups)
    return {
        label: accuracy(
            truth[mine], predicted[mine], groups=None if groups is None else groups[mine]
        )
        for label, mine in of.items()
    }


def balanced_accuracy(
    truth: Sequence, predicted: Sequence, *, groups: Sequence | None = None, seed: int = 0
) -> Estimate:
    """Return the mean of the recalls of the classes that occur in `truth`, in [0, 1], with its bootstrap interval.

    Rare classes count as much as frequent ones, and always giving the same answer scores 1 / classes. Where all answers
    are right, or all wrong, the interval is the mean of those of the recalls, which is rather too wide.
    """
    truth, predicted = _pair(truth, predicted)
    classes, right = np.unique(truth), truth == predicted
    if right.all() or not right.any():  # a bootstrap would claim certainty
        recalls = list(recall_per_class(truth, predicted, groups=groups).values())
        return _mean_of(recalls, right[0], groups, len(truth))

    def mean_recall(truth: np.ndarray, hit: np.ndarray, axis: int = -1) -> np.ndarray:
        of = [(truth == label) for label in classes]
        with warnings.catch_warnings(), np.errstate(invalid="ignore"):
            warnings.simplefilter(
                "ignore", RuntimeWarning
            )  # a resample without any case of a class
            return np.nanmean([(hit & mine).sum(axis) / mine.sum(axis) for mine in of], axis=0)

    codes = np.searchsorted(classes, truth)
    classes = np.arange(len(classes))
    return bootstrap(mean_recall, codes, right, groups=groups, seed=seed)


def auroc(
    truth: Sequence, score: np.ndarray, *, groups: Sequence | None = None, seed: int = 0
) -> Estimate:
    """Return the chance that a positive case scores above a negative one, in [0, 1], with its bootstrap interval.

    Binary: `truth` holds 0 and 1 (or booleans), `score` is (N,), higher for 1. Several classes: `truth` holds column
    numbers and `score` is (N, M); the mean of one class against the rest over the classes that occur.
    Threshold-free: guessing scores 0.5 whatever the imbalance (Hanley and McNeil 1982). Where the order is perfect, the
    interval is the mean of the Wilson intervals of as many hits as a class has cases (of the rarer of two classes).

    Raises ValueError: shapes that do not fit, NaN, or a single class.
    """
    truth, score = np.asarray(truth).astype(int), np.asarray(score, dtype=float)
    if (
        truth.ndim != 1
        or len(score) != len(truth)
        or score.ndim not in (1, 2)
        or np.isnan(score).any()
    ):
        raise ValueError(
            f"truth {truth.shape} must be (N,), score {score.shape} (N,) or (N, M) without NaN."
        )
    classes = np.unique(truth)
    if (
        len(classes) < 2
        or classes.min() < 0
        or classes.max() >= (2 if score.ndim == 1 else score.shape[1])
    ):
        raise ValueError(
            f"truth holds {classes}: it must hold at least two classes, each the number of a column."
        )
    columns = score[:, None] if score.ndim == 1 else score[:, classes]  # (N, classes)
    positive = [truth == label for label in (classes[1:] if score.ndim == 1 else classes)]

    def mean_area(*arrays: np.ndarray, axis: int = -1) -> np.ndarray:
        half = len(arrays) // 2
        with warnings.catch_warnings(), np.errstate(invalid="ignore"):
            warnings.simplefilter(
                "ignore", RuntimeWarning
            )  # a resample without any case of a class
            areas = [
                _area(*pair, axis=axis) for pair in zip(arrays[:half], arrays[half:], strict=True)
            ]
            return np.nanmean(areas, axis=0)

    if (value := float(mean_area(*positive, *columns.T))) in (0, 1):
        hits = list(recall_per_class(truth, truth if value else truth + 1, groups=groups).values())
        rarest = min(hits, key=lambda hit: hit.n)
        return _mean_of(hits if score.ndim == 2 else [rarest], value, groups, len(truth))
    fewer = (
        {"resamples": 500} if len(truth) > 2000 else {}
    )  # enough for so many, and each takes long
    return bootstrap(mean_area, *positive, *columns.T, groups=groups, seed=seed, **fewer)


def calibration_error(
    confidence: Sequence,
    correct: Sequence,
    bins: int = 15,
    *,
    groups: Sequence | None = None,
    seed: int = 0,
) -> Estimate:
    """Return the expected calibration error, in [0, 1]: the mean |accuracy − confidence| of equal-width bins.

    `confidence` is the probability given to the answer, (N,) in [0, 1]; `correct` says whether the answer was right.
    Bins count by their cases (Guo et al. 2017, section 2). With few cases it is too high: a perfectly calibrated model
    does not score 0. The interval allows for that, so it may lie below the value: it holds the errors for which gaps in
    the same proportions could well show what was seen: a test inverted, on 1,000 draws of the bins' errors, taken as
    normal with the variance that the cases (or groups) show.
    """
    confidence, correct = _judged(confidence, correct, bins)
    owner = group_codes(groups, len(confidence))
    if (n := int(owner.max()) + 1) < 2:
        raise ValueError(
            "A calibration error of one case or group has no interval: pass at least two."
        )
    used, column = np.unique(_bin(confidence, bins), return_inverse=True)  # bins with cases in them
    sums, sizes = np.zeros((n, len(used))), np.bincount(owner)  # of each group
    np.add.at(sums, (owner, column), correct - confidence)
    seen = sums.sum(axis=0) / len(confidence)  # (bins,), what each bin adds, with its sign
    value = float(np.abs(seen).sum())
    shifts = (
        sums - sizes[:, None] * seen
    ) / sizes.mean()  # (groups, bins): how each pulls at what is seen
    spread = np.atleast_2d(np.cov(shifts.T, ddof=0)) / n
    if not spread.any():
        return Estimate(value, value, value, n)
    noise = np.random.default_rng(seed).multivariate_normal(
        np.zeros(len(used)), spread, size=1000
    )  # (1000, bins)
    true = np.linspace(0, value + 2 * np.quantile(np.abs(noise).sum(axis=1), 0.975), 41)
    shown = np.abs(np.outer(true, seen / (value or 1))[:, None] + noise).sum(axis=2)  # (41, 1000)
    below = np.minimum.accumulate((shown < value).mean(axis=1))  # falls as the true error grows
    low, high = np.interp([0.975, 0.025], below[::-1], true[::-1])
    return Estimate(value, float(low), min(float(high), 1.0), n)


def calibrated_baseline(confidence: Sequence, bins: int = 15, *, seed: int = 0) -> float:
    """Return the calibration error that a perfectly calibrated model would show on average, with these confidences.

    It is not 0, as bins hold few cases: a model whose error is near this value cannot be called miscalibrated.
    """
    confidence, _ = _judged(confidence, np.zeros(len(confidence)), bins)
    right = np.random.default_rng(seed).random((200, len(confidence))) < confidence  # (200 runs, N)
    index = _bin(confidence, bins)
    gaps = [
        (right - confidence)[:, index == b].sum(axis=1) for b in np.unique(index)
    ]  # of each bin, (200,)
    return float(np.abs(gaps).sum(axis=0).mean() / len(confidence))


def reliability(confidence: Sequence, correct: Sequence, bins: int = 10) -> pd.DataFrame:
    """Return one row for each equal-width bin with cases in it: what a reliability diagram draws.

    Columns: `from`, `to` (the bin's edges), `n`, `confidence` (mean), `accuracy`, and Wilson's interval `low`, `high`.
    """
    confidence, correct = _judged(confidence, correct, bins)
    index, rows = _bin(confidence, bins), []
    for b in np.unique(index):
        inside = index == b
        right = proportion(int(correct[inside].sum()), int(inside.sum()))
        rows.append((b / bins, (b + 1) / bins, right.n, confidence[inside].mean(), *right[:3]))
    return pd.DataFrame(rows, columns=["from", "to", "n", "confidence", "accuracy", "low", "high"])


class PairedDifference(NamedTuple):
    """First accuracy minus second on the same cases, and McNemar's exact p value for "no difference"."""

    difference: Estimate
    p_value: float
    first_only: int
    second_only: int

    def __str__(self) -> str:
        only = f"only the first right: {self.first_only}, only the second: {self.second_only}"
        value, low, high, _ = self.difference
        return f"{value:+.2f} [{low:+.2f}, {high:+.2f}] ({only}; p = {self.p_value:.2g})"


def paired_difference(first_correct: Sequence, second_correct: Sequence) -> PairedDifference:
    """Return how much more often the first model is right than the second on the same N cases, in [−1, 1].

    Only the cases on which the two differ tell them apart; the p value is the binomial test on those (McNemar 1947).
    The interval is Agresti and Min's (2005), which holds for few such cases. The cases are taken as independent.
    """
    first, second = (np.asarray(correct) for correct in (first_correct, second_correct))
    if first.ndim != 1 or first.shape != second.shape or not len(first):
        raise ValueError(
            f"Both must be lists of one length, not empty; they are {first.shape} and {second.shape}."
        )
    if not (np.isin(first, [0, 1]).all() and np.isin(second, [0, 1]).all()):
        raise ValueError("Both must hold True for a right answer and False for a wrong one.")
    wins, losses = int((first > second).sum()), int((second > first).sum())
    p_value = binomtest(wins, wins + losses).pvalue if wins + losses else 1.0
    n, step = len(first), wins - losses
    middle, half = step / (n + 2), 1.96 * np.sqrt(wins + losses + 1 - step**2 / (n + 2)) / (n + 2)
    difference = Estimate(step / n, max(middle - half, -1.0), min(middle + half, 1.0), n)
    return PairedDifference(difference, float(p_value), wins, losses)


def majority_baseline(labels: Sequence) -> float:
    """Return the accuracy of always answering the most frequent label, in (0, 1]: what a score must beat."""
    labels, _ = _pair(labels, labels)
    return float(np.unique(labels, return_counts=True)[1].max() / len(labels))


def recall_at_k(similarity: np.ndarray, k: int, relevant: np.ndarray | None = None) -> Estimate:
    """Return the share of queries with a relevant candidate among the k most similar, in [0, 1].

    `similarity` is (Q, C). `relevant` marks each query's candidates, (Q, C) booleans; None means that query i belongs
    to candidate i alone. Ties count against the model: candidates as similar as the relevant one come before it.

    Raises ValueError: shapes that do not fit, NaN, k outside 1…C, or a query without a relevant candidate.
    """
    ahead, candidates = _ahead(similarity, relevant)
    if not 1 <= k <= candidates:
        raise ValueError(f"k is {k}; it must lie between 1 and the {candidates} candidates.")
    return proportion((ahead < k).sum(), len(ahead))


def median_rank(
    similarity: np.ndarray, relevant: np.ndarray | None = None, *, seed: int = 0
) -> Estimate:
    """Return the median over queries of the best relevant candidate's rank: 1 is best, about C / 2 is chance.

    Shapes, ties and errors as in `recall_at_k`.
    """
    ahead, _ = _ahead(similarity, relevant)
    return bootstrap(
        np.median, ahead + 1, seed=seed, method="percentile"
    )  # BCa is unfit for medians


def _ahead(similarity: np.ndarray, relevant: np.ndarray | None) -> tuple[np.ndarray, int]:
    """Return how many candidates come before each query's best relevant one, (Q,), and the number of candidates."""
    similarity = np.asarray(similarity)
    if similarity.ndim != 2 or not similarity.size or np.isnan(similarity).any():
        raise ValueError(
            f"similarity must be a table (Q, C) without NaN, not of shape {similarity.shape}."
        )
    queries, candidates = similarity.shape
    relevant = np.eye(queries, candidates, dtype=bool) if relevant is None else np.asarray(relevant)
    if (
        relevant.shape != similarity.shape
        or relevant.dtype != bool
        or not relevant.any(axis=1).all()
    ):
        raise ValueError(
            "relevant must be (Q, C) booleans with at least one relevant candidate for each query."
        )
    best = np.where(relevant, similarity, -np.inf).max(axis=1, keepdims=True)  # (Q, 1)
    return (~relevant & (similarity >= best)).sum(axis=1), candidates


def _mean_of(parts: list[Estimate], value: float, groups: Sequence | None, cases: int) -> Estimate:
    """Return `value` with the mean of the intervals of `parts`."""
    _, low, high, _ = np.mean(parts, axis=0)
    return Estimate(
        float(value), float(low), float(high), int(group_codes(groups, cases).max()) + 1
    )


def _area(positive: np.ndarray, score: np.ndarray, axis: int = -1) -> np.ndarray:
    """Return the area under the ROC curve from ranks (Mann and Whitney 1947); NaN where a class is missing."""
    n = positive.sum(axis)
    above = (rankdata(score, axis=axis) * positive).sum(axis) - n * (n + 1) / 2
    return above / (n * (positive.shape[axis] - n))


def _bin(confidence: np.ndarray, bins: int) -> np.ndarray:
    """Return the number of each confidence's bin among (0, 1/bins], (1/bins, 2/bins], …; 0 itself is in the first."""
    return np.digitize(confidence, np.linspace(0, 1, bins + 1)[1:-1], right=True)


def _judged(confidence: Sequence, correct: Sequence, bins: int) -> tuple[np.ndarray, np.ndarray]:
    """Return confidences as floats in [0, 1] and what was correct as 0.0 and 1.0."""
    confidence, correct = _pair(confidence, correct)
    confidence, correct = confidence.astype(float), correct.astype(float)
    if (
        bins < 1
        or confidence.min() < 0
        or confidence.max() > 1
        or not np.isin(correct, [0, 1]).all()
    ):
        raise ValueError(
            "confidence must lie in [0, 1], correct be True or False, and bins at least 1."
        )
    return confidence, correct


def _pair(truth: Sequence, predicted: Sequence) -> tuple[np.ndarray, np.ndarray]:
    """Return both as arrays of one length, at least one case long."""
    truth, predicted = np.asarray(truth), np.asarray(predicted)
    if truth.ndim != 1 or truth.shape != predicted.shape or not len(truth):
        raise ValueError(
            f"truth {truth.shape} and predicted {predicted.shape} must be lists of one length, not empty."
        )
    if pd.isna(truth).any() or pd.isna(predicted).any():
        raise ValueError(
            "truth or predicted holds None or NaN: leave those cases out, and say how many they were."
        )
    if len({isinstance(value, str) for value in [*truth.tolist(), *predicted.tolist()]}) > 1:
        raise ValueError(
            f"One holds names and one numbers ({truth[0]!r}, {predicted[0]!r}): none would be equal."
        )
    return truth, predicted
