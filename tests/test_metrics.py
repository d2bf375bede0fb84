import math

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, recall_score, roc_auc_score

from nbhelpers.metrics import (
    accuracy,
    auroc,
    balanced_accuracy,
    calibrated_baseline,
    calibration_error,
    majority_baseline,
    median_rank,
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
    ],
)
def test_scores_refuse_what_they_cannot_count(score, truth, predicted, says):
    with pytest.raises(ValueError, match=says):
        score(truth, predicted)


def test_majority_baseline_is_the_largest_share():
    assert majority_baseline(TRUTH) == 0.5
    with pytest.raises(ValueError, match="not empty"):
        majority_baseline([])


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


def test_median_rank_agrees_with_sorting(rng):
    similarity = rng.normal(size=(61, 80))
    ranks = [list(np.argsort(-row)).index(query) + 1 for query, row in enumerate(similarity)]
    estimate = median_rank(similarity)
    assert estimate.value == np.median(ranks) and estimate.low <= estimate.value <= estimate.high
    assert median_rank(np.eye(5)) == (1, 1, 1, 5)
    several = np.array([[False, True, True], [True, True, False]])
    assert median_rank(np.array([[0.9, 0.8, 0.1], [0.1, 0.8, 0.7]]), several).value == 1.5
    with pytest.raises(ValueError, match="NaN"):
        median_rank(np.full((2, 2), np.nan))


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
    assert (compared.first_only, compared.second_only) == (15, 5)
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
        (median_rank(rng.normal(size=(400, 400))), 200.5),
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


def test_recall_and_rank_agree_with_sorting(rng):
    similarity = rng.normal(size=(200, 300))
    relevant = rng.random((200, 300)) < 0.02
    relevant[np.arange(200), rng.integers(0, 300, 200)] = True
    order = np.argsort(-similarity, axis=1)
    places = np.array(
        [np.flatnonzero(relevant[row, order[row]])[0] for row in range(200)]
    )  # of the best right answer
    for k in (1, 5, 10):
        assert recall_at_k(similarity, k, relevant).value == np.mean(places < k)
    assert median_rank(similarity, relevant).value == np.median(places) + 1
