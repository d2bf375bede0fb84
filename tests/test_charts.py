import numpy as np
import pytest

from nbhelpers import charts
from nbhelpers.metrics import proportion, recall_per_class, reliability

LABELS = ["chest X-ray", "brain MRI", "pie chart", "never seen"]
TRUTH = ["chest X-ray"] * 5 + ["brain MRI"] * 3 + ["pie chart"] * 2
PREDICTED = ["chest X-ray"] * 4 + ["brain MRI"] * 3 + ["pie chart"] + ["pie chart", "never seen"]
SERIES = {
    name: [proportion(hits, 5), proportion(0, 5)]
    for name, hits in (("one", 5), ("two", 3), ("three", 1))
}
CONFIDENCE, CORRECT = [0.15, 0.55, 0.58, 0.95, 0.95, 0.95], [0, 1, 0, 1, 1, 1]

ESTIMATES = [proportion(n, 5) for n in (5, 3, 0, 1)]


@pytest.fixture
def figures():
    table = reliability(CONFIDENCE, CORRECT)
    model = {"model_name": "PhantomCLIP", "title": "Examples"}
    return {
        "one": charts.reliability_diagram({"cosine": table}, **model),
        "two": charts.reliability_diagram({"first": table, "second": table.iloc[:2]}, **model),
        "dots": charts.interval_dots(LABELS[:2], SERIES, **model),
        "confusion": charts.confusion_matrix(TRUTH, PREDICTED, LABELS, **model),
        "sensitivity": charts.sensitivity_plot(
            LABELS,
            ESTIMATES,
            [False, True, True, False],
            reference="brain MRI",
            baseline=0.1,
            **model,
        ),
        "curves": charts.curves(
            [1, 2, 3, 4],
            {"with a band": ESTIMATES, "bare": [0.7, 0.1, 0.1, 0.3]},
            xlabel="templates",
            ylabel="Accuracy",
            baseline=0.1,
            **model,
        ),
    }


def test_every_chart_has_title_model_alt_text_and_nothing_cut_off(figures):
    for figure in figures.values():
        assert figure.get_suptitle() == "Examples (PhantomCLIP)" and figure.alt_text.startswith(
            "Examples"
        )
        figure.draw_without_rendering()
        tight, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
        assert (
            tight.x0 > -0.02
            and tight.y0 > -0.02
            and tight.x1 < width + 0.02
            and tight.y1 < height + 0.02
        )
    assert "0.95 → 1.00" in figures["one"].alt_text
    assert "chest X-ray 0.80" in figures["confusion"].alt_text


def test_the_reliability_diagram_draws_the_table(figures):
    upper, lower = figures["one"].axes
    points = next(line for line in upper.lines if line.get_marker() == "o")
    np.testing.assert_allclose(points.get_xydata(), [[0.15, 0], [0.565, 0.5], [0.95, 1]])
    assert [bar.get_height() for bar in lower.patches] == [1, 2, 3]
    assert [axes.get_title() for axes in figures["two"].axes] == ["first", "second", "", ""]


def test_the_confusion_matrix_counts_and_leaves_zeros_empty(figures):
    table = figures["confusion"].axes[0]
    written = {text.get_position(): text.get_text() for text in table.texts if text.get_text()}
    assert written == {(0, 0): "4", (1, 0): "1", (1, 1): "2", (2, 1): "1", (2, 2): "1", (3, 2): "1"}
    assert charts.count_confusions(TRUTH, PREDICTED, LABELS).sum() == len(TRUTH)


def test_recall_stands_in_the_row_of_its_label(figures):
    edge = figures["confusion"].axes[1]
    expected = recall_per_class(TRUTH, PREDICTED, LABELS)
    assert [bar.get_width() for bar in edge.patches] == [
        estimate.value for estimate in expected.values()
    ]
    assert [text.get_text() for text in edge.texts] == ["0.80  n=5", "0.67  n=3", "0.50  n=2"]


def test_a_label_that_is_not_on_the_list_is_refused():
    with pytest.raises(ValueError, match="'pie chart'"):
        charts.confusion_matrix(
            TRUTH, PREDICTED, ["chest X-ray", "brain MRI", "never seen"], model_name="", title=""
        )


def test_the_sensitivity_plot_sorts_the_wordings_and_marks_those_that_a_test_tells_apart(figures):
    axes = figures["sensitivity"].axes[0]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == [
        "chest X-ray",
        "brain MRI",
        "never seen",
        "pie chart",
    ]
    same, other = (c for c in axes.containers if type(c).__name__ == "ErrorbarContainer")
    assert list(same.lines[0].get_xydata().T[0]) == [1.0, 0.2] and list(
        other.lines[0].get_xydata().T[0]
    ) == [0.6, 0.0]
    assert same.lines[0].get_marker() != other.lines[0].get_marker()
    assert other.lines[2][0].get_segments()[0][:, 0] == pytest.approx(proportion(3, 5)[1:3])
    assert "A paired test tells 2 of them from brain MRI" in figures["sensitivity"].alt_text


def test_curves_draw_values_and_the_bands_of_estimates(figures):
    axes = figures["curves"].axes[0]
    assert list(axes.lines[0].get_ydata()) == [1.0, 0.6, 0.0, 0.2] and list(
        axes.lines[1].get_ydata()
    ) == [0.7, 0.1, 0.1, 0.3]
    assert len(axes.collections) == 1
    assert "with a band from 1.00 to 0.20" in figures["curves"].alt_text


def test_dots_differ_in_shape_stand_apart_and_reach_from_low_to_high(figures):
    axes = figures["dots"].axes[0]
    drawn = axes.containers
    assert [each.get_label() for each in drawn] == list(SERIES)
    assert len({each.lines[0].get_marker() for each in drawn}) == 3
    assert len({y for each in drawn for y in each.lines[0].get_ydata()}) == 6
    segment = drawn[1].lines[2][0].get_segments()[0]
    assert segment[:, 0] == pytest.approx(SERIES["two"][0][1:3])
    assert "chest X-ray: one 1.00 [0.57, 1.00], two 0.60" in figures["dots"].alt_text


def test_dots_of_a_series_too_short_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        charts.interval_dots(LABELS[:2], {"one": [proportion(1, 5)]}, model_name="", title="")
