"""Scores of zero-shot classification and retrieval, each with its 95 % interval."""

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats


class Estimate(NamedTuple):
    """A score, its 95 % interval [low, high], and the number n of cases (or groups) behind it."""

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"


def proportion(hits: int, n: int) -> Estimate:
    """Return hits / n of independent cases with Wilson's interval (1927), fit for 0 and n hits."""
    if hits != int(hits):
        raise ValueError(f"hits is {hits}: it must be a count, not a share.")
    interval = stats.binomtest(int(hits), int(n)).proportion_ci(method="wilson")
    return Estimate(float(hits / n), *map(float, interval), int(n))


def bootstrap(statistic, *arrays, groups=None, seed=0, resamples=2000, method="BCa") -> Estimate:
    """Return `statistic(*arrays)` of arrays with one row per case, with its bootstrap interval.

    BCa (Efron 1987), or percentiles over 2,000 cases. With `groups`, each case's patient, whole
    patients are drawn and counted. Too narrow under 30 cases, and [1, 1] for a perfect score."""
    data = [np.asarray(array) for array in arrays]
    if len({len(array) for array in data}) != 1:
        raise ValueError(f"Pass one row per case, not {[len(array) for array in data]} rows.")
    codes = group_codes(groups, len(data[0]))
    members = pd.Series(codes).groupby(codes).indices  # {group: its rows}
    n = len(members)

    def score(drawn: np.ndarray) -> float:
        rows = drawn if groups is None else np.concatenate([members[group] for group in drawn])
        return statistic(*(array[rows] for array in data))

    if n < 2 or not np.isfinite(value := float(score(np.arange(n)))):
        raise ValueError(f"It is not defined on {n} cases or groups: take at least two, no NaN.")
    if n > 2000:  # BCa would take n² steps
        method, resamples = "percentile", min(resamples, 500)
    options = {"n_resamples": resamples, "method": method, "rng": np.random.default_rng(seed)}
    with warnings.catch_warnings(action="ignore", category=RuntimeWarning):
        result = stats.bootstrap((np.arange(n),), score, batch=25, **options)
    low, high = result.confidence_interval
    if not np.isfinite([low, high]).all():  # BCa needs scores that vary and stay defined
        low, high = np.nanquantile(result.bootstrap_distribution, [0.025, 0.975])
    return Estimate(value, float(low), float(high), n)


def group_codes(groups: Sequence | None, n: int) -> np.ndarray:
    """Return the number of each case's group, (n,); without groups, each case is its own."""
    codes, _ = pd.factorize(pd.Series(range(n) if groups is None else list(groups)), sort=True)
    if len(codes) != n or (codes < 0).any():
        raise ValueError(f"groups has {len(codes)} entries for {n} cases, or holds None or NaN.")
    return codes


def accuracy(truth: Sequence, predicted: Sequence, *, groups=None) -> Estimate:
    """Return the share of cases whose predicted label is the true one, in [0, 1]."""
    truth, predicted = _pair(truth, predicted, labels=True)
    right, owner = truth == predicted, group_codes(groups, len(truth))
    n = owner.max() + 1  # of groups
    if n == len(right) or right.all() or not right.any():
        return proportion(round(right.mean() * n), n)
    if n == 1:  # one patient tells nothing of others
        return Estimate(float(right.mean()), 0.0, 1.0, 1)
    return bootstrap(np.mean, right, groups=owner)


def recall_per_class(truth, predicted, labels=None, *, groups=None) -> dict[str, Estimate]:
    """Return the share of its cases that were found, for each label that occurs in `truth`.

    In the order of `labels`, or sorted. Raises ValueError: a true label is not among `labels`."""
    truth, predicted = _pair(truth, predicted, labels=True)
    owner, present = group_codes(groups, len(truth)), sorted(set(truth.tolist()))
    labels = present if labels is None else list(labels)
    if missing := set(present) - set(labels):
        raise ValueError(f"These true labels are not among labels: {missing}.")
    cases = [(label, truth == label) for label in labels if label in present]
    return {label: accuracy(truth[of], predicted[of], groups=owner[of]) for label, of in cases}


def balanced_accuracy(truth: Sequence, predicted: Sequence, *, groups=None) -> Estimate:
    """Return the mean recall of the classes in `truth`, in [0, 1]; constants score 1 / classes."""
    truth, predicted = _pair(truth, predicted, labels=True)
    right, codes = truth == predicted, pd.factorize(truth)[0]
    if right.all() or not right.any():
        return _unanimous(right[0], group_codes(groups, len(right)), codes)

    def mean_recall(codes: np.ndarray, right: np.ndarray) -> float:
        return np.nanmean(np.bincount(codes, right) / np.bincount(codes))  # not drawn: NaN

    return bootstrap(mean_recall, codes, right, groups=groups)


def _unanimous(value: float, owner: np.ndarray, codes: np.ndarray, rarest_only=False) -> Estimate:
    """Return `value`, 0 or 1, with the mean of the classes' Wilson intervals: it is not certain."""
    sizes = pd.Series(owner).groupby(codes).nunique()  # cases or patients of each class
    sizes = [sizes.min()] if rarest_only else sizes
    _, low, high, _ = np.mean([proportion(value * size, size) for size in sizes], axis=0)
    return Estimate(float(value), float(low), float(high), int(owner.max()) + 1)


def auroc(truth: Sequence, score: np.ndarray, *, groups=None) -> Estimate:
    """Return the chance that a positive case scores above a negative one, in [0, 1].

    Binary: `truth` is 0 or 1, `score` (N,). Several classes: `truth` holds column numbers, `score`
    is (N, M); the mean of one class against the rest. Guessing scores 0.5 (Hanley, McNeil 1982)."""
    truth, score = np.asarray(truth, dtype=float), np.asarray(score, dtype=float)
    if score.shape[:1] != truth.shape or score.ndim > 2 or np.isnan(score).any():
        raise ValueError(f"truth {truth.shape}, score {score.shape} must be (N,), (N, M), no NaN.")
    classes, codes = np.unique(truth, return_inverse=True)
    binary = score.ndim == 1
    if len(classes) < 2 or not set(classes) <= set(range(2 if binary else score.shape[1])):
        raise ValueError(f"Pass at least two classes, each the number of a column, not {classes}.")
    table = score[:, None] if binary else score[:, classes.astype(int)]  # (N, classes)
    positive = truth[:, None] == (classes[1:] if binary else classes)  # (N, classes)

    def mean_area(positive: np.ndarray, table: np.ndarray) -> float:
        hits = positive.sum(axis=0)
        ranks = (stats.rankdata(table, axis=0) * positive).sum(axis=0)  # Mann and Whitney (1947)
        above = ranks - hits * (hits + 1) / 2  # pairs in order; a tie counts half
        return np.nanmean(above / (hits * (len(table) - hits)))  # a class not drawn: NaN

    if (value := mean_area(positive, table)) in (0, 1):
        return _unanimous(value, group_codes(groups, len(truth)), codes, rarest_only=binary)
    return bootstrap(mean_area, positive, table, groups=groups)


def calibration_error(confidence, correct, bins: int = 15, *, groups=None) -> Estimate:
    """Return the expected calibration error: the mean |accuracy − confidence| of equal-width bins.

    `confidence` is (N,) in [0, 1], `correct` is (N,) booleans (Guo et al. 2017, section 2). Few
    cases raise it; the interval, which inverts a test on normal draws, may lie below the value."""
    cases = _binned(confidence, correct, bins)
    owner = group_codes(groups, len(cases))
    sizes = np.bincount(owner)  # of each group
    if len(sizes) < 2:
        raise ValueError("One case or group has no interval: pass at least two.")
    gaps = cases.correct - cases.confidence
    sums = gaps.groupby([owner, cases.bin]).sum().unstack(fill_value=0).to_numpy()  # (groups, bins)
    seen = sums.sum(axis=0) / len(cases)  # (bins,): each bin's share of the error, signed
    value = float(np.abs(seen).sum())
    residuals = (sums - np.outer(sizes, seen)) / len(cases)
    rng, spread = np.random.default_rng(0), residuals.T @ residuals  # (bins, bins)
    noise = rng.multivariate_normal(0 * seen, spread, size=1000)  # (1000, bins)
    errors = np.linspace(0, value + 2 * np.quantile(np.abs(noise).sum(axis=1), 0.975), 41)
    shown = np.abs(np.outer(errors, seen / (value or 1))[:, None] + noise).sum(axis=2)  # (41, 1000)
    below = np.minimum.accumulate((shown < value).mean(axis=1))  # falls as the true error grows
    low, high = np.interp([0.975, 0.025], below[::-1], errors[::-1])
    return Estimate(value, float(low), min(float(high), 1.0), len(sizes))


def calibrated_baseline(confidence: Sequence, bins: int = 15) -> float:
    """Return the mean calibration error that calibrated answers of these confidences would show."""
    cases = _binned(confidence, np.zeros(len(confidence)), bins)
    inside, confidence = pd.get_dummies(cases.bin).to_numpy(), cases.confidence.to_numpy()
    right = np.random.default_rng(0).random((200, len(cases))) < confidence  # (200 runs, N)
    return float(np.abs((right - confidence) @ inside).sum(axis=1).mean() / len(cases))


def reliability(confidence: Sequence, correct: Sequence, bins: int = 10) -> pd.DataFrame:
    """Return one row per bin with cases: its edges, n, mean confidence, accuracy and interval."""
    rows = []
    for index, inside in _binned(confidence, correct, bins).groupby("bin"):
        *right, n = proportion(inside.correct.sum(), len(inside))
        rows.append((index / bins, (index + 1) / bins, n, inside.confidence.mean(), *right))
    return pd.DataFrame(rows, columns=["from", "to", "n", "confidence", "accuracy", "low", "high"])


def _binned(confidence: Sequence, correct: Sequence, bins: int) -> pd.DataFrame:
    """Return one row per case: confidence, correct, and which bin of (0, 1/bins], … holds it."""
    confidence, correct = _pair(confidence, correct)
    cases = pd.DataFrame({"confidence": confidence, "correct": correct}).astype(float)
    edges = np.linspace(0, 1, bins + 1)
    edges[[0, -1]] = -1e-4, 1 + 1e-4  # a softmax may be rounded beyond 1
    cases["bin"] = pd.cut(cases.confidence, edges, labels=False, include_lowest=True)
    if cases.bin.isna().any() or not cases.correct.isin([0, 1]).all():
        raise ValueError("confidence must lie in [0, 1], and correct be True or False.")
    return cases


class PairedDifference(NamedTuple):
    """First accuracy minus second on the same cases, and McNemar's exact p for no difference."""

    difference: Estimate
    p_value: float

    def __str__(self) -> str:
        value, low, high, _ = self.difference
        return f"{value:+.2f} [{low:+.2f}, {high:+.2f}] (p = {self.p_value:.2g})"


def paired_difference(first_correct: Sequence, second_correct: Sequence) -> PairedDifference:
    """Return how much more often the first model is right than the second on N independent cases.

    p is the binomial test on the cases on which the two differ (McNemar 1947); the interval, in
    [−1, 1], is Agresti and Min's (2005), which holds for few such cases."""
    first, second = _pair(first_correct, second_correct)
    if not np.isin([first, second], [0, 1]).all():
        raise ValueError("Both must hold True for a right answer and False for a wrong one.")
    wins, losses = int((first > second).sum()), int((second > first).sum())
    n, step = len(first), wins - losses
    p_value = stats.binomtest(wins, max(wins + losses, 1)).pvalue
    half = float(1.96 * np.sqrt(wins + losses + 1 - step**2 / (n + 2)))
    low, high = max((step - half) / (n + 2), -1.0), min((step + half) / (n + 2), 1.0)
    return PairedDifference(Estimate(step / n, low, high, n), float(p_value))


def _pair(truth: Sequence, predicted: Sequence, labels=False) -> tuple[np.ndarray, np.ndarray]:
    """Return both as arrays, (N,): all names or all numbers (as labels, whole), none missing."""
    shapes = np.shape(truth), np.shape(predicted)
    if len(shapes[0]) != 1 or shapes[0] != shapes[1] or not shapes[0][0]:
        raise ValueError(f"Both must be lists of one length, not empty; they are {shapes}.")
    both = pd.Series([*truth, *predicted], dtype=object)
    if both.isna().any():
        raise ValueError("None or NaN among the cases: leave those out, and say how many.")
    if both.map(lambda value: isinstance(value, str)).nunique() > 1:
        raise ValueError("One holds names and one numbers: none would be equal.")
    if labels and not isinstance(both[0], str) and (both.astype(float) % 1 != 0).any():
        raise ValueError("Labels must be names or whole numbers, not shares: choose a threshold.")
    return np.asarray(truth), np.asarray(predicted)


def recall_at_k(similarity: np.ndarray, k: int, relevant: np.ndarray | None = None) -> Estimate:
    """Return the share of queries with a relevant candidate among the k most similar, in [0, 1].

    `similarity` is (Q, C), `relevant` (Q, C) booleans; None: query i belongs to candidate i alone.
    Ties count against the model: candidates as similar as the relevant one come before it."""
    similarity = np.asarray(similarity)
    if not similarity.size or np.isnan(similarity).any() or not 1 <= k <= len(similarity[0]):
        raise ValueError(f"similarity must be a table (Q, C) without NaN, k in 1 … C; k is {k}.")
    relevant = np.eye(*similarity.shape, dtype=bool) if relevant is None else np.asarray(relevant)
    if relevant.shape != similarity.shape or relevant.dtype != bool or not relevant.any(1).all():
        raise ValueError("relevant must be (Q, C) booleans, at least one True for each query.")
    best = np.where(relevant, similarity, -np.inf).max(axis=1, keepdims=True)  # (Q, 1)
    ahead = (~relevant & (similarity >= best)).sum(axis=1)  # (Q,)
    return proportion((ahead < k).sum(), len(ahead))
