import pytest

from nbhelpers import widgets

STATEMENTS = "a chest x-ray\n\n  brain mri \na chest x-ray\na pie chart\n"


def test_statements_are_ranked_as_the_model_ranks_them(tiny, pictures):
    lines = ["a chest x-ray", "brain mri", "a pie chart"]
    expected = tiny.probabilities(tiny.encode_images(pictures[0]), tiny.encode_texts(lines))[0]
    bars = widgets.rank_statements(tiny, pictures[0], STATEMENTS).axes[1]
    names = [tick.get_text() for tick in bars.get_yticklabels()]
    assert names == [
        lines[n] for n in (-expected).argsort()
    ]  # blank lines and repeats are left out
    assert [bar.get_width() for bar in bars.patches] == pytest.approx(
        sorted(expected, reverse=True)
    )


@pytest.mark.parametrize("statements", ["", "only one", "the same\nthe same\n"])
def test_one_statement_is_no_question(tiny, pictures, statements):
    with pytest.raises(ValueError, match="at least two different statements"):
        widgets.rank_statements(tiny, pictures[0], statements)


def test_the_button_ranks_the_statements_for_the_chosen_picture(tiny, pictures):
    menu, text, button, answer = widgets.ask(
        tiny, {"first": pictures[0], "second": pictures[1]}, STATEMENTS
    ).children
    menu.value, text.value = "second", "brain mri\na pie chart"
    button.click()
    assert answer.value == widgets.rank_statements(tiny, pictures[1], text.value).to_html()
    text.value = "brain mri"
    button.click()
    assert "at least two different statements" in answer.value and "<img" not in answer.value


def test_an_error_nobody_expected_is_shown_in_place_of_the_last_answer(tiny, pictures, monkeypatch):
    _, _, button, answer = widgets.ask(tiny, {"first": pictures[0]}, STATEMENTS).children
    button.click()
    assert "<img" in answer.value
    monkeypatch.setattr(widgets, "probability_bars", lambda *_, **__: 1 / 0)
    button.click()
    assert answer.value.startswith("<pre>") and "ZeroDivisionError" in answer.value
