import unicodedata

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, recall_score, roc_auc_score

from nbhelpers.cases import Cases
from nbhelpers.report import report_card, score

CLASSES = ["normal", "tumour", "scar"]


@pytest.fixture
def answered():
    """Answers of a good model: (answers, probabilities (N, 3))."""
    rng = np.random.default_rng(0)
    truth = rng.choice(3, 150, p=[0.6, 0.3, 0.1])
    probabilities = rng.dirichlet(np.ones(3), 150) + 0.6 * np.eye(3)[truth]
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    names = np.array(CLASSES)
    answers = pd.DataFrame(
        {"truth": names[truth], "predicted": names[probabilities.argmax(axis=1)]}
    )
    return answers.assign(confidence=probabilities.max(axis=1)), probabilities


def test_the_scores_agree_with_sklearn_and_have_their_baselines(answered):
    answers, probabilities = answered
    scores = score(answers, probabilities, CLASSES).set_index("score")
    truth, predicted = answers.truth, answers.predicted
    number = [CLASSES.index(label) for label in truth]
    assert scores.value["accuracy"] == pytest.approx(accuracy_score(truth, predicted))
    assert scores.value["balanced accuracy"] == pytest.approx(
        recall_score(truth, predicted, average="macro")
    )
    assert scores.value["AUROC"] == pytest.approx(
        roc_auc_score(number, probabilities, multi_class="ovr")
    )
    recalls = recall_score(truth, predicted, labels=CLASSES, average=None)
    np.testing.assert_allclose(scores.value[[f"recall of {label}" for label in CLASSES]], recalls)
    assert (
        scores.baseline["accuracy"] == (truth == "normal").mean()
        and scores.baseline["AUROC"] == 0.5
    )
    assert (
        ((scores.low <= scores.value) & (scores.value <= scores.high))
        .drop("calibration error")
        .all()
    )


def test_groups_widen_what_copies_would_narrow(answered):
    answers, probabilities = answered
    five = pd.concat([answers] * 5, ignore_index=True)
    patients = np.tile(np.arange(150), 5)
    naive = score(five, np.tile(probabilities, (5, 1)), CLASSES).iloc[:3]
    grouped = score(five, np.tile(probabilities, (5, 1)), CLASSES, patients).iloc[:3]
    assert (grouped.n == 150).all() and (naive.n == 750).all()
    assert (grouped.high - grouped.low > 1.8 * (naive.high - naive.low)).all()


def test_shuffled_labels_bring_every_score_to_chance(answered):
    answers, probabilities = answered
    shuffled = answers.assign(truth=np.random.default_rng(3).permutation(answers.truth))
    scores = score(shuffled, probabilities, CLASSES).set_index("score")
    for name in ("balanced accuracy", "AUROC"):
        assert scores.low[name] <= scores.baseline[name] <= scores.high[name]
    shares = [answers[column].value_counts(normalize=True) for column in ("truth", "predicted")]
    assert scores.low["accuracy"] <= (shares[0] * shares[1]).sum() <= scores.high["accuracy"]
    assert scores.value["calibration error"] > 0.1 + scores.baseline["calibration error"]


def test_one_call_makes_the_page_the_csv_and_the_answers(tiny, pictures, tmp_path):
    cases = Cases(pictures * 2, ["LUAD", "LUAD", "LUSC", "LUSC", "LUSC"] * 2, [*"abcde"] * 2)
    wording = {
        "LUAD": "lung adenocarcinoma",
        "LUSC": "squamous cell carcinoma",
        "never": "brain mri",
    }
    card = report_card(
        tiny, cases, wording, "figures", name="Ten pictures", folder=tmp_path / "card"
    )
    written = pd.read_csv(tmp_path / "card" / "report_card.csv")
    pd.testing.assert_frame_equal(written, card.scores)
    assert (tmp_path / "card" / "report_card.png").stat().st_size > 20_000
    assert list(card.answers.truth) == cases.truth and set(card.answers.predicted) <= set(wording)
    assert "5 groups" in card.figure.alt_text and "Templates: “figures”" in card.figure.alt_text
    assert card.figure.get_suptitle() == f"Report card of {tiny.name} on Ten pictures"
    assert "never" not in " ".join(card.scores.score)  # no case, no recall


def test_cases_that_do_not_fit_are_refused_before_a_picture_is_opened(tiny):
    nowhere = ["nowhere.png"] * 4
    for cases, labels, says in (
        (Cases(nowhere, ["a", "b"] * 2, ["p", None, "q", "r"]), ["a", "b"], "None or NaN"),
        (Cases(nowhere, [0, 1, 0, 1]), {0: "lung", 1: "bone"}, "must be strings"),
    ):
        with pytest.raises(ValueError, match=says):
            report_card(tiny, cases, labels, name="bad")


def test_data_that_cannot_be_scored_are_refused_before_anything_is_written(
    tiny, pictures, tmp_path
):
    for truth, says in (
        (["a"] * 5, "Two or more of labels"),
        (["a", "b", "b", "c", "d"], "must be classes of the data: .'a', 'b', 'c', 'd'"),
    ):
        with pytest.raises(ValueError, match=says):
            report_card(
                tiny, Cases(pictures, truth), ["a", "b"], name="bad", folder=tmp_path / "card"
            )
    assert not (tmp_path / "card").exists()


def test_a_folder_that_cannot_be_written_to_is_refused_before_a_picture_is_opened(tiny, tmp_path):
    (tmp_path / "card").write_text("a file, not a folder")
    cases = Cases(["nowhere.png"] * 4, ["a", "b"] * 2)
    with pytest.raises(FileExistsError):
        report_card(tiny, cases, ["a", "b"], name="ten", folder=tmp_path / "card")
    with pytest.raises(OSError, match="fake"):
        report_card(tiny, cases, ["a", "b"], name="ten", folder="/proc/self/fake")
    (tmp_path / "old" / "report_card.csv").mkdir(parents=True)  # as good as one open in Excel
    with pytest.raises(OSError, match=r"report_card\.csv"):
        report_card(tiny, cases, ["a", "b"], name="ten", folder=tmp_path / "old")


def test_labels_spelled_in_two_ways_agree_and_the_folder_may_be_at_home(
    tiny, pictures, tmp_path, monkeypatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    one, two = (unicodedata.normalize(form, "Rücken") for form in ("NFC", "NFD"))
    cases = Cases(pictures, [two, "b", two, "b", "b"])
    card = report_card(tiny, cases, [one, "b"], name="five", folder="~/card")
    assert set(card.answers.truth) == {one, "b"}
    assert (tmp_path / "card" / "report_card.csv").stat().st_size > 100
