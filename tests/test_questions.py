"""Questions about phantoms: the truth is the figure's own, and every candidate answer makes a different statement."""

from collections import Counter

import pytest

from phantoms import KINDS, phantom
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


def test_the_answers_are_the_attributes(asked):
    attribute = {
        "modality": "kind",
        "body part": "part",
        "colour": "largest_colour",
        "count": "slices",
    }
    for figure, put in asked:
        for question in put:
            if question.type != "yes or no":
                assert question.answer == str(
                    figure.attributes[attribute.get(question.type, question.type)]
                )
        said_yes = [
            question.text
            for question in put
            if question.type == "yes or no" and question.answer == "yes"
        ]
        finding = figure.attributes.get("finding")
        if any(question.type == "yes or no" for question in put):
            assert said_yes == ([f"Does it show {finding}?"] if finding in FINDINGS else [])


def test_all_types_are_asked_each_once_a_figure_but_yes_or_no(asked):
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
