import numpy as np
import pytest

from nbhelpers.checks import check_close, check_equal

CALLS = [(check_equal, 3), (check_close, [0.5, 0.5])]


@pytest.mark.parametrize(("check", "expected"), CALLS)
@pytest.mark.parametrize("answer", [None, ..., "words", object(), np.ones(4), {}, len])
def test_a_wrong_or_missing_answer_never_raises_and_gets_the_hint(check, expected, answer, capsys):
    assert check(answer, expected, "the softmax") is False
    said = capsys.readouterr().out
    assert said.startswith("Not yet: ") and said.endswith("Look at this: the softmax\n")
    assert ("nothing is filled in" in said) == (answer is None or answer is ...)


def test_right_answers_are_right(capsys):
    assert check_equal(3, 3, "") is check_equal(["a", "b"], ["a", "b"], "") is True
    assert check_equal(np.arange(3), [0, 1, 2], "") is True
    assert check_close(np.array([0.5, 0.50001]), [0.5, 0.5], "") is True
    assert capsys.readouterr().out.splitlines() == [
        "Right: 3.",
        "Right: ['a', 'b'].",
        "Right: array([0, 1, 2]).",
        "Right: array([0.5    , 0.50001]).",
    ]


def test_close_minds_size_and_shape():
    assert not check_close(0.502, 0.5, "")
    assert check_close(0.502, 0.5, "", tolerance=0.01)
    assert not check_close(0.5, [0.5, 0.5], "")
    assert not check_close(float("nan"), 0.5, "")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (np.float64(0.260123456), "0.2601"),
        (0.1 + 0.2, "0.3"),
        ([np.float32(0.5), np.int64(3)], "[0.5, 3]"),
        (np.bool_(True), "True"),
        ("half", "'half'"),
    ],
)
def test_numbers_are_shown_as_a_learner_writes_them(answer, said, capsys):
    check_equal(answer, -1, "the hint")
    assert capsys.readouterr().out == f"Not yet: you have {said}. Look at this: the hint\n"
