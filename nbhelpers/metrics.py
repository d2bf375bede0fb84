"""Scores of zero-shot classification and retrieval, each with the interval that its sample size allows."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import binomtest


class Estimate(NamedTuple):
    """A score, the 95 % interval [low, high] around it, and the number n of cases behind it."""

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"


def proportion(hits: int, n: int) -> Estimate:
    """Return hits / n with its Wilson score interval (Wilson 1927), which holds for few cases and for 0 and n hits.

    The cases are taken as independent; several slices of one patient are not.
    """
    if n < 1:
        raise ValueError("A proportion of no cases is not defined: pass at least one.")
    interval = binomtest(int(hits), int(n)).proportion_ci(0.95, method="wilson")
    return Estimate(hits / n, interval.low, interval.high, int(n))


def accuracy(truth: Sequence, predicted: Sequence) -> Estimate:
    """Return the share of cases whose predicted label is the true one, in [0, 1]."""
    truth, predicted = _pair(truth, predicted)
    return proportion((truth == predicted).sum(), len(truth))


def recall_per_class(truth: Sequence, predicted: Sequence, labels: Sequence | None = None) -> dict[str, Estimate]:
    """Return, for each label that occurs in `truth`, the share of its cases that were found, in [0, 1].

    In the order of `labels`, or sorted. A label without a case has no recall and is left out.

    Raises ValueError: empty or unequal inputs, or a case whose true label is not among `labels`.
    """
    truth, predicted = _pair(truth, predicted)
    present = set(truth.tolist())
    if labels is not None and not present <= set(labels):
        raise ValueError(f"These true labels are not among labels: {sorted(present - set(labels))}.")
    order = [label for label in (sorted(present) if labels is None else labels) if label in present]
    return {label: accuracy(truth[truth == label], predicted[truth == label]) for label in order}


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
    similarity = np.asarray(similarity)
    if similarity.ndim != 2 or not similarity.size or np.isnan(similarity).any():
        raise ValueError(f"similarity must be a table (Q, C) without NaN, not of shape {similarity.shape}.")
    queries, candidates = similarity.shape
    if not 1 <= k <= candidates:
        raise ValueError(f"k is {k}; it must lie between 1 and the {candidates} candidates.")
    relevant = np.eye(queries, candidates, dtype=bool) if relevant is None else np.asarray(relevant)
    if relevant.shape != similarity.shape or relevant.dtype != bool or not relevant.any(axis=1).all():
        raise ValueError("relevant must be (Q, C) booleans with at least one relevant candidate for each query.")
    best = np.where(relevant, similarity, -np.inf).max(axis=1, keepdims=True)  # (Q, 1)
    ahead = (~relevant & (similarity >= best)).sum(axis=1)  # (Q,)
    return proportion((ahead < k).sum(), queries)


def _pair(truth: Sequence, predicted: Sequence) -> tuple[np.ndarray, np.ndarray]:
    """Return both as arrays of one length, at least one case long."""
    truth, predicted = np.asarray(truth), np.asarray(predicted)
    if truth.ndim != 1 or truth.shape != predicted.shape or not len(truth):
        raise ValueError(f"truth {truth.shape} and predicted {predicted.shape} must be lists of one length, not empty.")
    if any(value is None or value != value for value in [*truth.tolist(), *predicted.tolist()]):
        raise ValueError("truth or predicted holds None or NaN: leave those cases out, and say how many they were.")
    return truth, predicted
