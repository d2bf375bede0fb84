import numpy as np
import pytest
from sklearn.metrics import recall_score

from nbhelpers.metrics import Estimate, accuracy, majority_baseline, proportion, recall_at_k, recall_per_class

TRUTH = ["a", "a", "a", "b", "b", "c"]
PREDICTED = ["a", "b", "a", "b", "d", "c"]


def test_an_estimate_prints_as_score_and_interval():
    assert str(Estimate(0.874, 0.816, 0.917, 200)) == "0.87 [0.82, 0.92]"


def test_the_interval_is_wilsons():
    z, p, n = 1.959964, 0.8, 10
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert proportion(8, 10) == pytest.approx((0.8, middle - half, middle + half, 10), abs=1e-6)


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
