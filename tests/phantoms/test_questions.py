"""Questions about phantoms: true answers, and a different statement for each candidate."""

from collections import Counter

import pytest
from PIL import Image

from phantoms import KINDS, Phantom, phantom
from phantoms.questions import ASKED_KINDS, CLOSED, FINDINGS, questions


@pytest.fixture(scope="module")
def asked():
    """Pairs of a figure and its questions: ten figures of every kind that is asked about."""
    figures = [phantom(14, index, kind) for kind in ASKED_KINDS for index in range(10)]
    return [(figure, list(questions(figure))) for figure in figures]


def test_every_answer_is_a_candidate_and_every_candidate_says_something_else(asked):
    for figure, put in asked:
        for question in put:
            assert question.answer in question.statements
            assert len(set(question.statements.values())) == len(question.statements) > 1
            assert "{" not in question.text + "".join(question.statements.values())
            assert "None" not in question.text, figure.attributes


def answers(**attributes):
    """The answers about a figure with these attributes, by type; yes or no by question."""
    figure = Phantom(Image.new("L", (8, 8)), "", attributes)
    return {
        question.text if question.type == "yes or no" else question.type: question.answer
        for question in questions(figure)
    }


def test_a_chest_x_ray_is_asked_for_finding_side_and_each_finding_by_yes_or_no():
    found = answers(kind="chest X-ray", view="PA", finding="pleural effusion", side="left")
    assert found["finding"] == "pleural effusion"
    assert found["side"] == "left"
    assert found["Does it show pleural effusion?"] == "yes"
    assert found["Does it show pneumothorax?"] == "no"


def test_fluid_on_both_sides_is_not_asked_for_its_side():
    both = answers(kind="chest X-ray", view="AP", finding="pleural effusion", side="both")
    assert "side" not in both
    assert both["Does it show pleural effusion?"] == "yes"


def test_numbers_are_answered_as_words_of_the_candidates():
    pie = answers(kind="pie chart", largest_colour="red", slices=4)
    assert pie == {"modality": "pie chart", "colour": "red", "count": "4"}


def test_each_type_is_asked_at_most_once_per_figure_but_yes_or_no(asked):
    types = {question.type for _, put in asked for question in put}
    assert set(CLOSED) < types
    assert len(types) == 10
    for _, put in asked:
        counts = Counter(question.type for question in put)
        assert counts.pop("yes or no", len(FINDINGS)) == len(FINDINGS)
        assert set(counts.values()) <= {1}


def test_two_panels_and_other_kinds_are_not_asked():
    two = next(
        f
        for f in (phantom(14, i, "pie chart") for i in range(200))
        if "second_panel" in f.attributes
    )
    other = next(kind for kind in KINDS if kind not in ASKED_KINDS)
    assert not list(questions(two)) and not list(questions(phantom(14, 0, other)))
