from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib import colors, rcParams
from matplotlib.text import Text

from nbhelpers import figures
from nbhelpers.metrics import Estimate, proportion, reliability

LABELS = ["chest X-ray", "brain MRI", "pie chart", "H&E <stain>"]
MATRIX = np.array([[0.7, 0.1, 0.1, 0.1], [0.0, 0.96, 0.04, 0.0], [0.2, 0.1, 0.4, 0.3]])
ESTIMATES = [proportion(hits, 5) for hits in (5, 3, 0, 1)]
SERIES = {
    name: [proportion(hits, 5), proportion(0, 5)]
    for name, hits in (("one", 5), ("two", 3), ("three", 1))
}
CONFIDENCE, CORRECT = [0.15, 0.55, 0.58, 0.95, 0.95, 0.95], [0, 1, 0, 1, 1, 1]
NAMED = {"title": "Examples", "model_name": "PhantomCLIP"}


@pytest.fixture
def drawn(pictures):
    """One figure of each kind."""
    three, table = pictures[:3], reliability(CONFIDENCE, CORRECT)
    return {
        "grid": figures.picture_grid(three, LABELS[:3], title="Examples"),
        "probabilities": figures.probability_bars(three[0], LABELS, MATRIX[0], **NAMED),
        "table": figures.label_image_table(three, LABELS, MATRIX, **NAMED),
        "bars": figures.interval_rows(
            LABELS, {"recall": ESTIMATES}, xlabel="Recall", baseline=0.25, bars=True, **NAMED
        ),
        "published": figures.interval_rows(
            LABELS,
            {"paper": MATRIX[0], "run": MATRIX[1]},
            title="Examples",
            model_name=None,
            xlabel="Probability",
            bars=True,
        ),
        "dots": figures.interval_rows(LABELS[:2], SERIES, xlabel="Accuracy", **NAMED),
        "reliability": figures.reliability_diagram({"cosine": table}, **NAMED),
        "two panels": figures.reliability_diagram(
            {"first": table, "second": table.iloc[:2]}, **NAMED
        ),
    }


def texts(figure):
    """Every text that the figure draws."""
    figure.draw_without_rendering()
    return [text.get_text() for text in figure.findobj(Text)]


def segments(axes):
    """The start and end, (rows, 2, 2), of each series' intervals, the borders, the baselines."""
    return [
        np.array([line for line in one.get_segments() if len(line)]) for one in axes.collections
    ]


def test_every_figure_has_the_callers_title_and_the_models_name(drawn):
    for name, figure in drawn.items():
        assert figure.get_suptitle().startswith("Examples")
        without = name in ("grid", "published")
        assert ("PhantomCLIP" in figure.get_suptitle()) != without


def test_a_notebook_shows_each_figure_as_an_image_with_escaped_alt_text(drawn, monkeypatch):
    for figure in drawn.values():
        shown = []
        monkeypatch.setattr("IPython.display.display", lambda data, raw, s=shown: s.append(data))
        DisplayFormatter().format(figure)
        assert figure.alt_text.startswith("Examples")
        assert shown[0]["text/plain"] == figure.alt_text
        assert shown[0]["text/html"].startswith('<img alt="Examples')
        assert "base64,iVBOR" in shown[0]["text/html"]
    assert "H&amp;E &lt;stain&gt;" in drawn["bars"].to_html()


def test_alt_text_tells_what_the_figure_shows(drawn):
    assert "Most probable: chest X-ray 0.70" in drawn["probabilities"].alt_text
    assert "picture 2: brain MRI 0.96" in drawn["table"].alt_text
    assert "brain MRI (n=5) 0.60 [0.23, 0.88]" in drawn["bars"].alt_text
    assert "chance 0.25" in drawn["bars"].alt_text
    assert "paper, then run" in drawn["published"].alt_text
    assert "brain MRI 0.10, 0.96" in drawn["published"].alt_text
    assert "chest X-ray 1.00 [0.57, 1.00], 0.60" in drawn["dots"].alt_text
    assert "3 pictures: chest X-ray, brain MRI, pie chart" in drawn["grid"].alt_text
    assert "0.95 → 1.00" in drawn["reliability"].alt_text


def test_nothing_is_cut_off_at_the_figures_edge(drawn):
    for name, figure in drawn.items():
        figure.draw_without_rendering()
        tight, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
        assert min(tight.x0, tight.y0) > -0.02, name
        assert tight.x1 < width + 0.02 and tight.y1 < height + 0.02, name


def test_the_bars_are_the_most_probable_in_order(pictures):
    figure = figures.probability_bars(pictures[0], LABELS, MATRIX[2], top_k=2, **NAMED)
    axes = figure.axes[1]
    assert [bar.get_width() for bar in axes.patches] == [0.4, 0.3]
    names = [tick.get_text() for tick in axes.get_yticklabels()]
    assert names == ["pie chart", "H&E <stain>"]
    assert {"0.40", "0.30"} <= set(texts(figure))


def test_the_table_writes_every_value_where_it_belongs_and_frames_the_highest(drawn):
    axes = drawn["table"].axes[0]
    written = {text.get_position(): text.get_text() for text in axes.texts}
    assert written == {(n, m): f"{value:.2f}" for (n, m), value in np.ndenumerate(MATRIX)}
    assert [round(frame.get_y() + 0.47) for frame in axes.patches] == [0, 1, 2]


def test_numbers_contrast_with_their_cells(drawn):
    """WCAG asks for a contrast of 3:1 at least."""

    def luminance(color):
        r, g, b = (
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
            for c in colors.to_rgb(color)
        )
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    axes = drawn["table"].axes[0]
    image = axes.images[0]
    for text in axes.texts:
        n, m = text.get_position()
        cell = luminance(image.cmap(image.norm(MATRIX[n, m])))
        one, other = sorted((cell, luminance(text.get_color())))
        assert (other + 0.05) / (one + 0.05) >= 3


def test_intervals_are_drawn_from_low_to_high_with_the_baseline(drawn):
    intervals, _, baselines = segments(drawn["bars"].axes[0])
    assert intervals[:, :, 0] == pytest.approx(np.array([one[1:3] for one in ESTIMATES]))
    assert intervals[:, 0, 1].tolist() == [0, 1, 2, 3]
    assert (baselines[:, :, 0] == 0.25).all() and len(baselines) == len(LABELS)
    assert {"chance 0.25", "brain MRI (n=5)"} <= set(texts(drawn["bars"]))


def test_an_interval_beside_its_value_is_drawn_where_it_is():
    """The interval of a calibration error, corrected for bias, may lie below the error."""
    series = {"error": [Estimate(0.2, 0.05, 0.15, 40)]}
    axes = figures.interval_rows(["error"], series, xlabel="Error", **NAMED).axes[0]
    assert segments(axes)[0][0, :, 0].tolist() == [0.05, 0.15]


def test_two_sources_differ_by_more_than_colour_and_say_their_values(drawn):
    axes = drawn["published"].axes[0]
    first, second = (one for one in axes.containers if type(one).__name__ == "BarContainer")
    assert first[0].get_hatch() != second[0].get_hatch()
    assert first[0].get_facecolor() != second[0].get_facecolor()
    assert {"paper", "run", "0.70", "0.96"} <= set(texts(drawn["published"]))


def test_dots_differ_in_shape_stand_apart_and_reach_from_low_to_high(drawn):
    axes = drawn["dots"].axes[0]
    assert [dots.get_label() for dots in axes.lines] == list(SERIES)
    assert len({dots.get_marker() for dots in axes.lines}) == 3
    assert len({y for dots in axes.lines for y in dots.get_ydata()}) == 6
    assert segments(axes)[1][0, :, 0] == pytest.approx(SERIES["two"][0][1:3])


def test_a_place_without_an_estimate_stays_empty():
    series = {"one": [ESTIMATES[0], None], "other": [None, ESTIMATES[1]]}
    figure = figures.interval_rows(LABELS[:2], series, xlabel="Accuracy", **NAMED)
    values = [dots.get_xdata().tolist() for dots in figure.axes[0].lines]
    np.testing.assert_equal(values, [[1.0, np.nan], [np.nan, 0.6]])
    assert [len(one) for one in segments(figure.axes[0])[:2]] == [1, 1]
    assert "–" not in texts(figure)
    assert "chest X-ray 1.00 [0.57, 1.00], –; brain MRI –, 0.60" in figure.alt_text


def test_each_row_may_have_a_baseline_of_its_own_and_says_its_estimate_in_words():
    axes = figures.new_figure("Examples", (6, 3), "").subplots()
    look = {"xlabel": "Score", "baseline": pd.Series([0.5, 0.25], index=[7, 8])}
    said = figures.draw_interval_rows(axes, LABELS[:2], {"score": ESTIMATES[:2]}, **look)
    baselines = segments(axes)[-1]
    assert baselines[:, 0, 0].tolist() == [0.5, 0.25]
    assert baselines.mean(axis=1)[:, 1].tolist() == [0, 1]
    assert [text.get_text() for text in axes.texts] == ["1.00 [0.57, 1.00]", "0.60 [0.23, 0.88]"]
    assert "brain MRI 0.60 [0.23, 0.88]" in said and "chance 0.50, 0.25" in said


def test_values_above_one_are_drawn_whole():
    series = {"ratio": [0.5, 3.0]}
    axes = figures.interval_rows(LABELS[:2], series, xlabel="Ratio", bars=True, **NAMED).axes[0]
    assert axes.get_xlim()[1] >= 3


def test_a_pandas_series_with_an_index_of_its_own_is_drawn_by_position():
    series = {"paper": pd.Series([0.2, 0.4], index=["b", "a"])}
    figure = figures.interval_rows(["a", "b"], series, xlabel="Score", **NAMED)
    assert "a 0.20; b 0.40" in figure.alt_text


def test_the_reliability_diagram_draws_the_table(drawn):
    upper, lower = drawn["reliability"].axes
    points = next(line for line in upper.lines if line.get_marker() == "o")
    np.testing.assert_allclose(points.get_xydata(), [[0.15, 0], [0.565, 0.5], [0.95, 1]])
    assert [bar.get_height() for bar in lower.patches] == [1, 2, 3]
    titles = [axes.get_title() for axes in drawn["two panels"].axes]
    assert titles == ["first", "second", "", ""]


def test_a_gray_picture_is_drawn_in_gray():
    ramp = np.tile(np.arange(0, 250, 5, dtype=np.uint8), (50, 1))
    figure = figures.picture_grid([ramp], ["ramp"], title="Examples")
    shown = figure.axes[0].images[0].get_array()
    assert (shown[..., 0] == shown[..., 2]).all()


def test_what_does_not_fit_together_is_refused(pictures):
    with pytest.raises(ValueError, match="shorter"):
        figures.picture_grid(pictures[:2], ["one"], title="")
    with pytest.raises(ValueError, match="shorter"):
        figures.probability_bars(pictures[0], LABELS[:2], MATRIX[0], **NAMED)
    with pytest.raises(ValueError, match="finite"):
        figures.probability_bars(pictures[0], LABELS[:2], [0.5, np.nan], **NAMED)
    with pytest.raises(ValueError, match=r"matrix is \(4, 3\)"):
        figures.label_image_table(pictures[:3], LABELS, MATRIX.T, **NAMED)
    with pytest.raises(ValueError, match="shorter"):
        figures.interval_rows(LABELS[:2], {"one": ESTIMATES[:1]}, xlabel="", **NAMED)
    five = {str(n): ESTIMATES[:2] for n in range(5)}
    with pytest.raises(ValueError, match="shorter"):
        figures.interval_rows(LABELS[:2], five, xlabel="", **NAMED)
    axes = figures.new_figure("", (4, 4), "").subplots()
    for bars, says in ((False, "same first dimension"), (True, "shorter")):
        with pytest.raises(ValueError, match=says):
            figures.draw_interval_rows(axes, LABELS[:2], {"one": [0.5]}, xlabel="", bars=bars)


def test_a_dollar_is_a_dollar_and_no_figure_shows_the_code_of_mathematics(pictures, drawn):
    sign = r"10 $\upmu$m bar, $5"
    grid = figures.picture_grid(pictures[:2], [sign, "a"], title=sign)
    assert grid.to_html().startswith("<img alt=")
    for figure in drawn.values():
        figure.to_html()
        assert not [text for text in texts(figure) if "\\math" in text]


@pytest.mark.parametrize("count", [1, 30])
def test_long_names_and_many_rows_are_drawn_whole(count):
    names = [
        f"a template of many words that says where it comes from, number {n}" for n in range(count)
    ]
    series = {"accuracy": [proportion(3, 5)] * count}
    look = {"baseline": 0.5, "baseline_name": "always the most frequent class, of all the pictures"}
    figure = figures.interval_rows(names, series, xlabel="Accuracy", **look, **NAMED)
    figure.draw_without_rendering()
    assert figure.get_tightbbox().x1 < figure.get_figwidth() + 0.02
    boxes = [tick.get_window_extent() for tick in figure.axes[0].get_yticklabels()]
    assert not any(one.overlaps(other) for one, other in pairwise(boxes))
    assert "number" in " ".join(texts(figure))


def test_letters_that_no_font_has_are_told_once_with_what_to_do(pictures):
    labels = ["\ue000胸部", "pie chart"]  # a private letter: no font can have it
    figure = figures.probability_bars(pictures[0], labels, [0.7, 0.3], **NAMED)
    with pytest.warns(UserWarning, match=r"missing from font.*Install.*font\.family") as told:
        figure.to_html()
        figure.to_html()
    assert len(told) == 1


def test_letters_that_the_default_font_lacks_are_drawn_in_another(pictures, monkeypatch, recwarn):
    monkeypatch.setitem(rcParams, "font.family", ["cmr10"])  # has no Greek
    figure = figures.probability_bars(pictures[0], ["Ωμέγα", "pie"], [0.7, 0.3], **NAMED)
    figure.to_html()
    assert not [one for one in recwarn if "No font has" in str(one.message)]
