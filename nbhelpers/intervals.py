"""The interval that belongs to a score: Wilson's for a proportion, the bootstrap for anything else."""

import warnings
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats


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
    interval = stats.binomtest(int(hits), int(n)).proportion_ci(0.95, method="wilson")
    return Estimate(hits / n, interval.low, interval.high, int(n))


def bootstrap(
    statistic: Callable[..., float],
    *arrays: Sequence,
    seed: int = 0,
    resamples: int = 2000,
    groups: Sequence | None = None,
    method: str = "BCa",
) -> Estimate:
    """Return `statistic(*arrays)` with its bootstrap interval (BCa; Efron 1987): cases are drawn with replacement.

    Every array has one row a case, and the rows of a case stay together. `groups` names each case's patient: then whole
    patients are drawn, as cases of one patient tell less than independent ones; n counts the patients. A statistic with
    an argument `axis` is called on many resamples at once, which is much faster. `method` is SciPy's; of over 2,000
    cases BCa would take minutes and correct next to nothing, so "percentile" takes its place.

    Under about 30 cases or groups the interval is too narrow, and a perfect score gets [1, 1]: resampling cannot show
    errors that did not occur. For a plain share of cases, `proportion` has neither fault.

    Raises ValueError: arrays of different lengths, fewer than two cases or groups, an unknown group, or an undefined
    score.
    """
    data = tuple(np.asarray(array) for array in arrays)
    if len({len(array) for array in data}) != 1:
        raise ValueError(
            f"The arrays must have one row a case, and have {[len(array) for array in data]} rows."
        )
    if groups is not None or max(array.ndim for array in data) > 1:
        codes = group_codes(groups, len(data[0]))
        members = np.split(
            np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1]
        )  # rows of each group
        cases, of_cases = data, statistic

        def statistic(drawn: np.ndarray) -> float:
            rows = np.concatenate([members[group] for group in drawn])
            return of_cases(*(array[rows] for array in cases))

        data = (np.arange(len(members)),)
    n, value = len(data[0]), float(statistic(*data))
    if n < 2:
        raise ValueError(
            f"A bootstrap of {n} case or group says nothing: pass at least two, better 30 and more."
        )
    if not np.isfinite(value):
        raise ValueError(
            "The score is not defined on these cases: is a class missing, or is there a NaN?"
        )
    with warnings.catch_warnings(), np.errstate(invalid="ignore", divide="ignore"):
        warnings.simplefilter(
            "ignore", stats.DegenerateDataWarning
        )  # all resamples equal: answered below
        method = "percentile" if method == "BCa" and n > 2000 else method
        options = {
            "paired": True,
            "batch": 100,
            "rng": np.random.default_rng(seed),
            "n_resamples": resamples,
        }
        result = stats.bootstrap(data, statistic, method=method, **options)
    low, high = result.confidence_interval
    if not np.isfinite(
        [low, high]
    ).all():  # BCa needs scores that vary, defined without any one case: take percentiles
        low, high = np.nanquantile(result.bootstrap_distribution, [0.025, 0.975])
    return Estimate(value, float(low), float(high), n)


def group_codes(groups: Sequence | None, n: int) -> np.ndarray:
    """Return the number of each case's group, (n,), from 0 on; without groups, each case is its own.

    Raises ValueError: not one group a case, or a case whose group is None or NaN.
    """
    if groups is None:
        return np.arange(n)
    codes = pd.factorize(np.asarray(groups), sort=True)[
        0
    ]  # sorted, so that the order of cases does not matter
    if len(codes) != n:
        raise ValueError(f"groups has {len(codes)} entries for {n} cases; it must name each one's.")
    if (codes < 0).any():
        raise ValueError(
            "groups holds None or NaN: give each case of an unknown patient a group of its own."
        )
    return codes
