"""Intervals agree with independent computations, and hold what they promise in simulation."""

from functools import partial

import numpy as np
import pytest
from scipy.stats import norm

from nbhelpers import metrics
from nbhelpers.intervals import Estimate, bootstrap, proportion

RESAMPLES = 400


def covered(make, truth, runs=700):
    """The share of `runs` simulated studies whose interval holds the truth."""
    estimates = [make(np.random.default_rng(run)) for run in range(runs)]
    return np.mean([estimate.low <= truth <= estimate.high for estimate in estimates])


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(metrics, "bootstrap", partial(bootstrap, resamples=RESAMPLES))


def test_an_estimate_prints_as_score_and_interval():
    assert str(Estimate(0.874, 0.816, 0.917, 200)) == "0.87 [0.82, 0.92]"


def test_the_interval_is_wilsons():
    z, p, n = 1.959964, 0.8, 10
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert proportion(8, 10) == pytest.approx((0.8, middle - half, middle + half, 10), abs=1e-6)


def test_the_bootstrap_of_a_mean_agrees_with_the_t_interval():
    sample = np.random.default_rng(0).normal(5, 2, 400)
    estimate = bootstrap(np.mean, sample)
    half = 1.96 * sample.std(ddof=1) / np.sqrt(400)
    assert estimate == pytest.approx(
        (sample.mean(), sample.mean() - half, sample.mean() + half, 400), abs=0.03
    )


def test_the_rows_of_a_case_stay_together():
    first = np.random.default_rng(0).normal(size=50)
    estimate = bootstrap(lambda a, b: float(np.abs(a - b).max()), first, first)
    assert estimate == (0, 0, 0, 50)


def test_the_seed_decides_the_interval():
    sample = np.random.default_rng(0).random(40)
    assert bootstrap(np.mean, sample) == bootstrap(np.mean, sample)
    assert bootstrap(np.mean, sample, seed=1) != bootstrap(np.mean, sample)


def test_groups_of_one_are_no_groups_and_order_and_names_of_groups_do_not_matter():
    rng = np.random.default_rng(0)
    sample = rng.random(60)
    assert bootstrap(np.mean, sample, groups=np.arange(60)) == pytest.approx(
        bootstrap(np.mean, sample), abs=1e-9
    )
    names = np.repeat(["p1", "p2", "p3", "p4", "p5", "p6"], 10)
    order = rng.permutation(60)
    by_name = partial(bootstrap, np.mean, method="percentile")
    in_order = by_name(sample, groups=names)
    assert by_name(sample[order], groups=names[order]) == pytest.approx(in_order, abs=1e-9)
    assert in_order.n == 6


def test_copies_of_a_case_add_nothing_when_they_are_grouped():
    sample = np.random.default_rng(0).random(50)
    copies, patients = np.repeat(sample, 8), np.repeat(np.arange(50), 8)
    assert bootstrap(np.mean, copies, groups=patients) == pytest.approx(
        bootstrap(np.mean, sample), abs=1e-9
    )
    fooled, honest = bootstrap(np.mean, copies), bootstrap(np.mean, sample)
    assert (fooled.high - fooled.low) < 0.45 * (honest.high - honest.low)  # sqrt(1/8) is 0.35


@pytest.mark.parametrize(
    ("arrays", "groups", "says"),
    [
        (([1.0, 2.0], [1.0]), None, "one row a case"),
        (([1.0, 2.0],), [1], "groups has 1 entries for 2"),
        (([1.0],), None, "at least two"),
        (([1.0, 2.0],), ["a", "a"], "at least two"),
        (([1.0, np.nan],), None, "not defined"),
        (([],), None, "at least two"),
    ],
)
def test_what_has_no_interval_is_refused(arrays, groups, says):
    with pytest.raises(ValueError, match=says):
        bootstrap(lambda *arrays: float(np.sum(arrays)), *arrays, groups=groups)


def test_wilson_covers():
    assert (
        0.93 <= covered(lambda rng: proportion(rng.binomial(60, 0.8), 60), 0.8, runs=3000) <= 0.97
    )


def test_the_bootstrap_of_an_accuracy_covers():
    make = lambda rng: bootstrap(np.mean, rng.random(80) < 0.7, resamples=RESAMPLES)  # noqa: E731
    assert 0.93 <= covered(make, 0.7) <= 0.97


def test_auroc_covers(quick):
    def make(rng):
        truth = rng.random(80) < 0.4
        return metrics.auroc(truth, rng.normal(size=80) + 1.2 * truth)

    assert 0.93 <= covered(make, norm.cdf(1.2 / np.sqrt(2))) <= 0.97


def test_balanced_accuracy_covers_with_a_rare_class(quick):
    def make(rng):
        truth = rng.choice(3, 150, p=[0.6, 0.3, 0.1])
        right = rng.random(150) < np.array([0.9, 0.7, 0.5])[truth]
        return metrics.balanced_accuracy(truth, np.where(right, truth, (truth + 1) % 3))

    assert 0.93 <= covered(make, 0.7) <= 0.97


@pytest.mark.parametrize(
    "often", [1, 0.95, 0.6]
)  # how often a model that says 1 is right: calibrated, nearly, not
def test_calibration_error_covers(often):
    def make(rng):
        confidence = rng.beta(4, 1, 240)  # of mean 0.8
        return metrics.calibration_error(confidence, rng.random(240) < often * confidence, bins=10)

    assert 0.92 <= covered(make, (1 - often) * 0.8, runs=500) <= 0.98


def test_calibration_error_covers_with_several_slices_of_a_patient():
    def make(rng):
        of_patient = np.repeat(
            rng.beta(3, 1, 60), 4
        )  # of mean 0.75, and the model says 0.9 of each
        return metrics.calibration_error(
            np.full(240, 0.9), rng.random(240) < of_patient, groups=np.arange(240) // 4
        )

    assert 0.92 <= covered(make, 0.15, runs=500) <= 0.98


def test_a_difference_of_two_models_covers(quick):
    def make(rng):
        hard = rng.random(120) < 0.5  # both models fail more often on hard cases
        first, second = (rng.random(120) < np.where(hard, low, 0.9) for low in (0.7, 0.5))
        return metrics.paired_difference(first, second).difference

    assert 0.93 <= covered(make, 0.1) <= 0.97


def test_with_several_slices_of_a_patient_only_groups_cover():
    patients = np.repeat(np.arange(50), 6)

    def make(rng, groups):
        of_patient = rng.beta(1.4, 0.6, 50)  # of mean 0.7: some patients are easy, some are hard
        return bootstrap(
            np.mean, rng.random(300) < of_patient[patients], groups=groups, resamples=RESAMPLES
        )

    assert 0.93 <= covered(partial(make, groups=patients), 0.7, runs=400) <= 0.97
    assert covered(partial(make, groups=None), 0.7, runs=100) < 0.8


def test_rows_of_a_table_are_drawn_whole():
    rng = np.random.default_rng(0)
    table, truth = rng.random((60, 3)), rng.integers(0, 3, 60)
    right = table.argmax(axis=1) == truth
    of_table = bootstrap(
        lambda table, truth: float((table.argmax(axis=1) == truth).mean()), table, truth
    )
    assert of_table == pytest.approx(bootstrap(np.mean, right), abs=0.03)


def test_many_cases_take_no_minutes():
    right = np.random.default_rng(0).random(3_000) < 0.02
    assert bootstrap(np.mean, right) == bootstrap(
        np.mean, right, method="percentile"
    )  # a jackknife takes n² steps
    assert bootstrap(np.mean, right[:2_000]) != bootstrap(
        np.mean, right[:2_000], method="percentile"
    )
