import math
from functools import partial

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import balanced_accuracy_score, recall_score, roc_auc_score

from nbhelpers import metrics
from nbhelpers.metrics import (
    Estimate,
    accuracy,
    auroc,
    balanced_accuracy,
    bootstrap,
    calibrated_baseline,
    calibration_error,
    paired_difference,
    proportion,
    recall_at_k,
    recall_per_class,
    reliability,
)

TRUTH = ["a", "a", "a", "b", "b", "c"]
PREDICTED = ["a", "b", "a", "b", "d", "c"]


def test_nine_of_nine_is_not_certain():
    estimate = accuracy(range(9), range(9))
    assert (estimate.value, estimate.high, estimate.n) == (1, 1, 9)
    assert estimate.low == pytest.approx(0.70, abs=0.005)


def test_accuracy_counts_hits():
    assert accuracy(TRUTH, PREDICTED).value == pytest.approx(4 / 6)


def test_recall_per_class_agrees_with_sklearn_and_keeps_the_order_of_the_labels():
    labels = ["c", "b", "never", "a"]
    recall = recall_per_class(TRUTH, PREDICTED, labels)
    assert list(recall) == ["c", "b", "a"]
    expected = recall_score(TRUTH, PREDICTED, labels=list(recall), average=None)
    np.testing.assert_allclose([estimate.value for estimate in recall.values()], expected)
    assert [estimate.n for estimate in recall.values()] == [1, 2, 3]
    assert list(recall_per_class(TRUTH, PREDICTED)) == ["a", "b", "c"]


def test_a_true_label_outside_the_labels_is_refused():
    with pytest.raises(ValueError, match="'c'"):
        recall_per_class(TRUTH, PREDICTED, ["a", "b"])


@pytest.mark.parametrize("score", [accuracy, recall_per_class])
@pytest.mark.parametrize(
    ("truth", "predicted", "says"),
    [
        ([], [], "not empty"),
        (["a"], ["a", "b"], "one length"),
        ([1.0, np.nan], [1.0, 1.0], "NaN"),
        ([None], ["a"], "None"),
        (["a", np.nan], ["a", "b"], "NaN"),
        (["a", 1], ["a", "1"], "names and one numbers"),
    ],
)
def test_scores_refuse_what_they_cannot_count(score, truth, predicted, says):
    with pytest.raises(ValueError, match=says):
        score(truth, predicted)


def test_recall_at_k_counts_queries_whose_own_candidate_is_among_the_first_k():
    similarity = np.array([[0.9, 0.1, 0.2], [0.8, 0.5, 0.1], [0.3, 0.2, 0.1]])
    assert [recall_at_k(similarity, k).value for k in (1, 2, 3)] == pytest.approx([1 / 3, 2 / 3, 1])


def test_ties_count_against_the_model():
    assert recall_at_k(np.ones((4, 4)), 3).value == 0
    assert recall_at_k(np.ones((4, 4)), 4).value == 1


def test_several_relevant_candidates_need_one_hit_and_do_not_stand_in_each_others_way():
    similarity = np.array([[0.9, 0.8, 0.8], [0.1, 0.8, 0.9]])
    relevant = np.array([[False, True, True], [True, True, False]])
    assert recall_at_k(similarity, 1, relevant).value == 0
    assert recall_at_k(similarity, 2, relevant).value == 1


@pytest.mark.parametrize(
    ("similarity", "k", "relevant", "says"),
    [
        (np.full((2, 2), np.nan), 1, None, "NaN"),
        (np.empty((0, 3)), 1, None, "table"),
        (np.ones((2, 2)), 0, None, "k is 0"),
        (np.ones((2, 2)), 3, None, "k is 3"),
        (np.ones((3, 2)), 1, None, "for each query"),
        (np.ones((2, 2)), 1, [[True, False], [False, False]], "for each query"),
        (np.ones((2, 2)), 1, [0, 1], r"\(Q, C\) booleans"),
        (np.ones((2, 2)), 1, np.eye(2), "booleans"),
    ],
)
def test_recall_at_k_refuses_what_has_no_answer(similarity, k, relevant, says):
    with pytest.raises(ValueError, match=says):
        recall_at_k(similarity, k, relevant)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_balanced_accuracy_agrees_with_sklearn(rng):
    truth, predicted = (
        rng.choice(list("abc"), 200, p=[0.7, 0.2, 0.1]),
        rng.choice(list("abcd"), 200),
    )
    estimate = balanced_accuracy(truth, predicted)
    assert estimate.value == pytest.approx(
        recall_score(truth, predicted, labels=list("abc"), average="macro")
    )
    assert estimate.low < estimate.value < estimate.high
    known = np.where(predicted == "d", "a", predicted)
    assert balanced_accuracy(truth, known).value == pytest.approx(
        balanced_accuracy_score(truth, known)
    )


def test_always_the_same_answer_scores_one_over_the_classes_when_balanced():
    truth = np.repeat(["common", "rare"], [95, 5])
    assert accuracy(truth, ["common"] * 100).value == 0.95
    assert balanced_accuracy(truth, ["common"] * 100).value == 0.5


def test_auroc_agrees_with_sklearn_with_ties_and_with_several_classes(rng):
    truth, score = rng.integers(0, 2, 150), rng.integers(0, 10, 150) / 10
    assert auroc(truth, score).value == pytest.approx(roc_auc_score(truth, score))
    assert auroc(truth == 1, score) == auroc(truth, score)
    many, probabilities = rng.choice(4, 150, p=[0.6, 0.2, 0.1, 0.1]), rng.dirichlet(np.ones(4), 150)
    expected = roc_auc_score(many, probabilities, multi_class="ovr", average="macro")
    assert auroc(many, probabilities).value == pytest.approx(expected)
    assert auroc(truth, probabilities[:, :2]).value == pytest.approx(
        np.mean([roc_auc_score(truth == c, probabilities[:, c]) for c in (0, 1)])
    )


def test_auroc_leaves_out_a_class_without_cases(rng):
    truth, probabilities = rng.choice([0, 2], 100), rng.dirichlet(np.ones(3), 100)
    expected = np.mean([roc_auc_score(truth == c, probabilities[:, c]) for c in (0, 2)])
    assert auroc(truth, probabilities).value == pytest.approx(expected)


@pytest.mark.parametrize(
    ("truth", "score", "says"),
    [
        ([1, 1, 1], [0.1, 0.2, 0.3], "at least two classes"),
        ([0, 1, 2], [0.1, 0.2, 0.3], "at least two classes"),
        ([0, 1], [0.1, np.nan], "NaN"),
        ([0, 1], [0.1, 0.2, 0.3], "must be"),
        ([0, 3], np.eye(2), "number of a column"),
    ],
)
def test_auroc_refuses_what_it_cannot_order(truth, score, says):
    with pytest.raises(ValueError, match=says):
        auroc(truth, score)


def ece_by_hand(confidence, correct, bins):
    """Guo et al. 2017, equations 2 and 3, written out."""
    error = 0
    for b in range(bins):
        inside = (confidence > b / bins) & (confidence <= (b + 1) / bins)
        if inside.any():
            error += (
                inside.sum()
                / len(confidence)
                * abs(correct[inside].mean() - confidence[inside].mean())
            )
    return error


@pytest.mark.parametrize("bins", [1, 10, 15])
def test_calibration_error_agrees_with_its_definition(rng, bins):
    confidence = rng.random(300)
    correct = rng.random(300) < confidence**2
    estimate = calibration_error(confidence, correct, bins)
    assert estimate.value == pytest.approx(ece_by_hand(confidence, correct, bins))
    assert 0 <= estimate.low <= estimate.high <= 1
    table = reliability(confidence, correct, bins)
    from_table = (table.n * (table.accuracy - table.confidence).abs()).sum() / table.n.sum()
    assert from_table == pytest.approx(estimate.value)
    assert (table["from"] <= table.confidence).all() and (table.confidence <= table["to"]).all()
    assert table.n.sum() == 300


def test_edges_of_the_bins_and_sure_answers_count_once():
    table = reliability([0, 0.1, 0.2, 1, 1], [0, 0, 1, 1, 0], bins=10)
    assert table.n.tolist() == [2, 1, 2]
    assert calibration_error([1, 1, 1, 1], [1, 1, 1, 1]).value == 0
    assert calibration_error([1, 1, 1, 1], [0, 0, 0, 0]).value == 1
    with pytest.raises(ValueError, match="confidence must lie"):
        calibration_error([1.2, 0.5], [1, 0])
    with pytest.raises(ValueError, match="True or False"):
        reliability([0.2, 0.5], [2, 0])


def test_mcnemar_counts_only_the_cases_on_which_the_models_differ():
    first, second = np.array([1] * 15 + [0] * 5 + [1] * 40), np.array([0] * 15 + [1] * 5 + [1] * 40)
    compared = paired_difference(first, second)
    tail = sum(math.comb(20, k) for k in range(6)) / 2**20
    assert compared.p_value == pytest.approx(2 * tail)
    assert compared.difference.value == pytest.approx(10 / 60)
    assert str(compared).startswith("+0.17 [+0.0") and str(compared).endswith("p = 0.041)")
    swapped = paired_difference(second, first)
    assert (
        swapped.p_value == pytest.approx(compared.p_value)
        and swapped.difference.value == -compared.difference.value
    )


def test_two_equal_models_do_not_differ():
    same = paired_difference([1, 0, 1] * 30, [1, 0, 1] * 30)
    assert (
        same.p_value == 1
        and same.difference.low == -same.difference.high
        and 0 < same.difference.high < 0.03
    )


def test_a_difference_of_few_cases_is_not_more_certain_than_its_p_value():
    first, second = np.array([1] + [0] * 6 + [1] * 173), np.array([0] + [1] * 6 + [1] * 173)
    compared = paired_difference(first, second)
    assert compared.p_value > 0.1 and compared.difference.low < 0 < compared.difference.high


def test_a_pair_that_cannot_be_compared_is_refused():
    with pytest.raises(ValueError, match="one length"):
        paired_difference([1, 0], [1])
    with pytest.raises(ValueError, match="True for a right answer"):
        paired_difference([1, 2], [1, 0])


def test_with_shuffled_labels_every_score_is_chance(rng):
    """The models are good ones; only which case an answer belongs to has been lost."""
    truth = rng.permutation(np.repeat(np.arange(4), 100))
    confidence = rng.dirichlet(np.ones(4), 400) + 2 * np.eye(4)[truth]
    confidence /= confidence.sum(axis=1, keepdims=True)
    predicted = confidence.argmax(axis=1)
    assert balanced_accuracy(truth, predicted).low > 0.9 and auroc(truth, confidence).low > 0.9
    shuffled = rng.permutation(truth)
    for estimate, chance in (
        (accuracy(shuffled, predicted), 0.25),
        (balanced_accuracy(shuffled, predicted), 0.25),
        (auroc(shuffled, confidence), 0.5),
        (auroc(shuffled == 1, confidence[:, 1]), 0.5),
    ):
        assert estimate.low <= chance <= estimate.high
    sure = confidence.max(axis=1)
    assert calibration_error(sure, predicted == shuffled).value == pytest.approx(
        sure.mean() - 0.25, abs=0.06
    )
    assert (
        paired_difference(predicted == shuffled, predicted == rng.permutation(truth)).p_value > 0.01
    )


def test_the_calibrated_baseline_is_what_a_calibrated_model_shows(rng):
    confidence = rng.random(100)
    runs = [calibration_error(confidence, rng.random(100) < confidence).value for _ in range(40)]
    assert calibrated_baseline(confidence) == pytest.approx(np.mean(runs), abs=0.01)
    assert calibrated_baseline(np.tile(confidence, 50)) < 0.3 * calibrated_baseline(confidence)


def test_groups_count_patients_in_accuracy_and_recall(rng):
    truth, patients = np.repeat(["a", "b"], 100), np.repeat(np.arange(40), 5)
    wrong_patients = [3, 4, 11, 25]
    predicted = np.where(np.isin(patients, wrong_patients), "c", truth)
    naive, grouped = accuracy(truth, predicted), accuracy(truth, predicted, groups=patients)
    assert (naive.value, naive.n, grouped.value, grouped.n) == (0.9, 200, 0.9, 40)
    assert grouped.high - grouped.low > 1.6 * (naive.high - naive.low)
    recall = recall_per_class(truth, predicted, groups=patients)
    assert [estimate.n for estimate in recall.values()] == [20, 20]
    assert [estimate.value for estimate in recall.values()] == [0.85, 0.95]


def test_all_right_on_few_patients_is_not_certain():
    patients = np.repeat(np.arange(9), 50)
    assert accuracy(patients, patients, groups=patients) == accuracy(range(9), range(9))
    assert accuracy([1, 1, 1], [1, 0, 1], groups=["p", "p", "p"])[1:] == (0, 1, 1)


def test_names_are_not_compared_with_numbers_in_silence():
    with pytest.raises(ValueError, match="names and one numbers"):
        accuracy(["0", "1"], [0, 1])


def test_an_unknown_patient_is_no_patient():
    for groups, says in (
        (["a", None, "b"], "None or NaN"),
        ([1, np.nan, 2], "None or NaN"),
        (["a", np.nan, "b"], "None or NaN"),
        (["a"], "1 entries for 3"),
    ):
        with pytest.raises(ValueError, match=says):
            accuracy([1, 1, 0], [1, 1, 1], groups=groups)


def test_no_error_is_no_certainty():
    truth, scores = np.repeat([0, 1, 2], (50, 30, 3)), np.eye(3)[np.repeat([0, 1, 2], (50, 30, 3))]
    lows = [proportion(n, n).low for n in (50, 30, 3)]
    assert balanced_accuracy(truth, truth)[:3] == pytest.approx((1, np.mean(lows), 1))
    assert auroc(truth, scores)[:3] == pytest.approx((1, np.mean(lows), 1))
    assert auroc(truth == 2, scores[:, 2])[:3] == pytest.approx((1, lows[2], 1))
    assert auroc(truth == 2, -scores[:, 2])[:3] == pytest.approx((0, 0, 1 - lows[2]))


def test_auroc_of_rare_classes_has_an_interval(rng):
    truth = np.repeat(range(8), (12, 9, 6, 3, 2, 1, 1, 1))
    estimate = auroc(truth, rng.normal(size=(35, 8)) + np.eye(8)[truth])
    assert estimate.low < estimate.value < estimate.high and estimate.high - estimate.low > 0.1


def test_recall_at_k_agrees_with_sorting(rng):
    similarity = rng.normal(size=(200, 300))
    relevant = rng.random((200, 300)) < 0.02
    relevant[np.arange(200), rng.integers(0, 300, 200)] = True
    order = np.argsort(-similarity, axis=1)
    places = np.array(
        [np.flatnonzero(relevant[row, order[row]])[0] for row in range(200)]
    )  # of the best right answer
    for k in (1, 5, 10):
        assert recall_at_k(similarity, k, relevant).value == np.mean(places < k)


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
        (([1.0, 2.0], [1.0]), None, "one row per case"),
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


@pytest.mark.simulations
def test_wilson_covers():
    assert (
        0.93 <= covered(lambda rng: proportion(rng.binomial(60, 0.8), 60), 0.8, runs=3000) <= 0.97
    )


@pytest.mark.simulations
def test_the_bootstrap_of_an_accuracy_covers():
    make = lambda rng: bootstrap(np.mean, rng.random(80) < 0.7, resamples=RESAMPLES)  # noqa: E731
    assert 0.93 <= covered(make, 0.7) <= 0.97


@pytest.mark.simulations
def test_auroc_covers(quick):
    def make(rng):
        truth = rng.random(80) < 0.4
        return metrics.auroc(truth, rng.normal(size=80) + 1.2 * truth)

    assert 0.93 <= covered(make, norm.cdf(1.2 / np.sqrt(2))) <= 0.97


@pytest.mark.simulations
def test_balanced_accuracy_covers_with_a_rare_class(quick):
    def make(rng):
        truth = rng.choice(3, 150, p=[0.6, 0.3, 0.1])
        right = rng.random(150) < np.array([0.9, 0.7, 0.5])[truth]
        return metrics.balanced_accuracy(truth, np.where(right, truth, (truth + 1) % 3))

    assert 0.93 <= covered(make, 0.7) <= 0.97


@pytest.mark.parametrize(
    "often", [1, 0.95, 0.6]
)  # how often a model that says 1 is right: calibrated, nearly, not
@pytest.mark.simulations
def test_calibration_error_covers(often):
    def make(rng):
        confidence = rng.beta(4, 1, 240)  # of mean 0.8
        return metrics.calibration_error(confidence, rng.random(240) < often * confidence, bins=10)

    assert 0.92 <= covered(make, (1 - often) * 0.8, runs=500) <= 0.98


@pytest.mark.simulations
def test_calibration_error_covers_with_several_slices_of_a_patient():
    def make(rng):
        of_patient = np.repeat(
            rng.beta(3, 1, 60), 4
        )  # of mean 0.75, and the model says 0.9 of each
        return metrics.calibration_error(
            np.full(240, 0.9), rng.random(240) < of_patient, groups=np.arange(240) // 4
        )

    assert 0.92 <= covered(make, 0.15, runs=500) <= 0.98


@pytest.mark.simulations
def test_a_difference_of_two_models_covers(quick):
    def make(rng):
        hard = rng.random(120) < 0.5  # both models fail more often on hard cases
        first, second = (rng.random(120) < np.where(hard, low, 0.9) for low in (0.7, 0.5))
        return metrics.paired_difference(first, second).difference

    assert 0.93 <= covered(make, 0.1) <= 0.97


@pytest.mark.simulations
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


def test_shares_are_refused_as_labels_and_as_counts():
    for call in (
        lambda: metrics.accuracy([0.7, 0, 1], [1, 0, 1]),
        lambda: metrics.accuracy([1, 0, 1], [0.9, 0.1, 0.8]),
        lambda: metrics.balanced_accuracy([0.7, 0, 1], [1, 0, 1]),
        lambda: metrics.auroc([0.7, 0, 1], [0.1, 0.2, 0.3]),
        lambda: metrics.auroc([0, None, 1], [0.1, 0.2, 0.3]),
        lambda: metrics.proportion(0.9, 1),
    ):
        with pytest.raises(ValueError, match=r"share|number of a column"):
            call()
    assert metrics.accuracy([1.0, 0.0], [1, 0]).value == 1


def test_a_confidence_that_rounding_lifts_over_1_counts_as_1():
    lifted, exact = ([top, 0.5, 0.4] for top in (1.0000001, 1.0))
    assert metrics.calibration_error(lifted, [1, 0, 1]).value == pytest.approx(
        metrics.calibration_error(exact, [1, 0, 1]).value
    )
    assert metrics.reliability(lifted, [1, 0, 1]).n.sum() == 3
    with pytest.raises(ValueError, match=r"in \[0, 1\]"):
        metrics.calibration_error([1.1, 0.5, 0.4], [1, 0, 1])
