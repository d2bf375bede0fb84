import numpy as np
import pytest
from matplotlib import colors
from matplotlib.text import Text

from nbhelpers import charts, plotting
from nbhelpers.metrics import proportion

LABELS = ["chest X-ray", "brain MRI", "pie chart", "H&E <stain>"]
MATRIX = np.array([[0.7, 0.1, 0.1, 0.1], [0.0, 0.96, 0.04, 0.0], [0.2, 0.1, 0.4, 0.3]])


@pytest.fixture
def figures(pictures):
    three, estimates = pictures[:3], [proportion(n, 5) for n in (5, 3, 0, 1)]
    model = {"model_name": "PhantomCLIP"}
    return {
        "grid": plotting.picture_grid(three, LABELS[:3], title="Examples"),
        "bars": plotting.probability_bars(three[0], LABELS, MATRIX[0], title="Examples", **model),
        "table": plotting.label_image_table(three, LABELS, MATRIX, title="Examples", **model),
        "intervals": charts.interval_bars(
            LABELS, estimates, title="Examples", baseline=0.25, **model
        ),
        "compare": charts.compare_bars(
            LABELS, MATRIX[0], MATRIX[1], sources=("paper", "run"), title="Examples"
        ),
        "strips": plotting.retrieval_strips(
            [three[0], "H&E <stain>"],
            [three[1:], LABELS[:2]],
            [["a 0.9", "b 0.8"], ["c", "d"]],
            [[True, False], [False, False]],
            title="Examples",
            **model,
        ),
        "map": plotting.embedding_map(
            MATRIX[:, :2], ["a", "b", "a"], pictures=three, title="Examples", **model
        ),
        "curves": charts.recall_curves(
            [10, 100],
            {1: estimates[:2], 5: estimates[2:]},
            published={1: 0.7},
            published_size=725_739,
            published_name="A paper",
            title="Examples",
            **model,
        ),
        "rows": charts.distribution_rows(
            {"own": np.arange(9.0), "other": np.ones(3)}, xlabel="Cosine", title="Examples", **model
        ),
    }


def texts(figure):
    """Every text that the figure draws."""
    figure.draw_without_rendering()
    return [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]


def test_every_figure_has_the_callers_title_and_the_models_name(figures):
    for name, figure in figures.items():
        title = figure.get_suptitle()
        assert title.startswith("Examples")
        assert ("PhantomCLIP" in title) == (name not in ("grid", "compare"))


def test_every_figure_shows_itself_with_escaped_alt_text(figures, monkeypatch):
    for figure in figures.values():
        shown = []
        monkeypatch.setattr(
            "IPython.display.display", lambda data, raw, shown=shown: shown.append(data)
        )
        figure._ipython_display_()
        assert figure.alt_text.startswith("Examples")
        assert shown[0]["text/plain"] == figure.alt_text
        assert (
            shown[0]["text/html"].startswith('<img alt="Examples')
            and "base64,iVBOR" in shown[0]["text/html"]
        )
    assert (
        "H&amp;E &lt;stain&gt;" in figures["table"].to_html()
        or "H&E" not in figures["table"].alt_text
    )
    assert "H&amp;E &lt;stain&gt;" in figures["intervals"].to_html()


def test_alt_text_tells_what_the_plot_shows(figures):
    assert "Most probable: chest X-ray 0.70" in figures["bars"].alt_text
    assert "picture 2: brain MRI 0.96" in figures["table"].alt_text
    assert "brain MRI 0.60 [0.23, 0.88]" in figures["intervals"].alt_text
    assert "brain MRI 0.10 and 0.96" in figures["compare"].alt_text


def test_the_bars_are_the_most_probable_in_order(pictures):
    figure = plotting.probability_bars(
        pictures[0], LABELS, MATRIX[2], model_name="PhantomCLIP", title="Examples", top_k=2
    )
    bars = figure.axes[1].patches
    assert [bar.get_width() for bar in bars] == [0.4, 0.3]
    assert [tick.get_text() for tick in figure.axes[1].get_yticklabels()] == [
        "pie chart",
        "H&E <stain>",
    ]


def test_the_table_writes_every_value_where_it_belongs_and_frames_the_highest(figures):
    axes = figures["table"].axes[0]
    written = {text.get_position(): text.get_text() for text in axes.texts}
    assert written == {(n, m): f"{value:.2f}" for (n, m), value in np.ndenumerate(MATRIX)}
    assert [round(frame.get_y() + 0.47) for frame in axes.patches] == [0, 1, 2]


def test_numbers_contrast_with_their_cells(figures):
    """WCAG asks for a contrast of 3:1 at least."""

    def luminance(color):
        r, g, b = (
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
            for c in colors.to_rgb(color)
        )
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    axes = figures["table"].axes[0]
    image = axes.images[0]
    for text in axes.texts:
        n, m = text.get_position()
        cell = luminance(image.cmap(image.norm(MATRIX[n, m])))
        one, other = sorted((cell, luminance(text.get_color())))
        assert (other + 0.05) / (one + 0.05) >= 3


def test_intervals_are_drawn_from_low_to_high_with_the_baseline(figures):
    axes = figures["intervals"].axes[0]
    (errors,) = (c for c in axes.containers if type(c).__name__ == "ErrorbarContainer")
    second = errors.lines[2][0].get_segments()[1]
    assert second[:, 0] == pytest.approx(proportion(3, 5)[1:3])
    assert "chance 0.25" in texts(figures["intervals"]) and "brain MRI (n=5)" in texts(
        figures["intervals"]
    )


def test_two_sources_differ_by_more_than_colour(figures):
    axes = figures["compare"].axes[0]
    first, second = axes.containers
    assert (
        first[0].get_hatch() != second[0].get_hatch()
        and first[0].get_facecolor() != second[0].get_facecolor()
    )
    assert {"paper", "run"} <= set(texts(figures["compare"]))


def test_strips_mark_the_right_hits_by_more_than_colour(figures, pictures):
    axes = figures["strips"].axes
    assert [cell.get_xlabel() for cell in axes] == ["query", "✓ a 0.9", "b 0.8", "query", "c", "d"]
    assert [cell.spines["top"].get_linewidth() for cell in axes] == [0.8, 3, 0.8, 0.8, 0.8, 0.8]
    assert [len(cell.images) for cell in axes] == [1, 1, 1, 0, 0, 0] and axes[4].texts[
        0
    ].get_text() == "chest X-ray"
    assert "1 of 4 hits are right" in figures["strips"].alt_text
    with pytest.raises(ValueError, match="shorter"):
        plotting.retrieval_strips(
            ["a"], [pictures[:2]], [["one"]], [[True, False]], model_name="", title=""
        )


def test_the_map_shows_every_point_and_no_picture_over_another(pictures):
    points = np.array([[0, 0], [0.001, 0], [1, 0], [0, 1], [1, 1]])
    groups = ["a", "b", "a", "a", "b"]
    figure = plotting.embedding_map(
        points, groups, pictures=pictures, links=[(0, 3)], model_name="", title=""
    )
    axes = figure.axes[0]
    assert [len(dots.get_offsets()) for dots in axes.collections] == [
        3,
        2,
    ] and "3 a, 2 b" in figure.alt_text
    assert len(axes.images) == 4 and axes.lines[0].get_xydata().tolist() == [[0, 0], [0, 1]]
    figure.draw_without_rendering()
    boxes = [image.get_window_extent() for image in axes.images]
    assert boxes[0].width == pytest.approx(boxes[0].height, rel=0.02)
    assert not any(one.overlaps(other) for n, one in enumerate(boxes) for other in boxes[:n])


def test_curves_hold_recall_chance_and_the_published_value_apart(figures):
    lines = figures["curves"].axes[0].lines
    drawn = [line.get_xydata().tolist() for line in lines]
    assert drawn[:3] == [[[10, 1.0], [100, 0.6]], [[10, 0.1], [100, 0.01]], [[725_739, 0.7]]]
    assert "A paper at 725,739: recall@1 0.70" in figures["curves"].alt_text


def test_rows_share_their_axis_and_count_every_value(figures):
    first, second = figures["rows"].axes
    assert first.get_xlim() == second.get_xlim()
    assert [sum(bar.get_height() for bar in axes.patches) for axes in (first, second)] == [9, 3]
    assert first.get_title(loc="left") == "own: median 4.00"


def test_a_gray_picture_is_drawn_in_gray():
    ramp = np.tile(np.arange(0, 250, 5, dtype=np.uint8), (50, 1))
    figure = plotting.picture_grid([ramp], ["ramp"], title="Examples")
    drawn = figure.axes[0].images[0].get_array()
    assert (drawn[..., 0] == drawn[..., 2]).all()


def test_nothing_is_cut_off_at_the_figures_edge(figures):
    for figure in figures.values():
        figure.draw_without_rendering()
        tight, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
        assert (
            tight.x0 > -0.02
            and tight.y0 > -0.02
            and tight.x1 < width + 0.02
            and tight.y1 < height + 0.02
        )


def test_lengths_that_do_not_fit_are_refused(pictures):
    with pytest.raises(ValueError, match="shorter"):
        plotting.picture_grid(pictures[:2], ["one"], title="")
    with pytest.raises(ValueError, match="shorter"):
        plotting.probability_bars(pictures[0], LABELS[:2], MATRIX[0], model_name="", title="")
    with pytest.raises(ValueError, match=r"matrix is \(4, 3\)"):
        plotting.label_image_table(pictures[:3], LABELS, MATRIX.T, model_name="", title="")
    with pytest.raises(ValueError, match="shorter"):
        charts.interval_bars(LABELS[:2], [proportion(1, 2)], model_name="", title="")


def test_no_figure_shows_the_code_of_mathematics(figures):
    for figure in figures.values():
        figure.to_html()
        assert not [text.get_text() for text in figure.findobj(Text) if "\\math" in text.get_text()]


def test_a_dollar_is_a_dollar(pictures):
    sign = r"10 $\upmu$m bar, $5"
    strips = plotting.retrieval_strips(
        [sign], [pictures[:2]], [["a", sign]], [[True, False]], model_name=sign, title="t"
    )
    assert strips.to_html().startswith("<img alt=")


def test_a_map_shows_every_point_of_many_groups(pictures):
    points, groups = (
        np.random.default_rng(0).random((60, 2)),
        [f"group {n % 20}" for n in range(60)],
    )
    drawn = plotting.embedding_map(points, groups, model_name="m", title="t").axes[0].collections
    assert sum(len(part.get_offsets()) for part in drawn) == 60
    looks = {
        (tuple(part.get_facecolor()[0]), part.get_paths()[0].vertices.tobytes()) for part in drawn
    }
    assert len(looks) == 20
    plotting.embedding_map(
        points, groups, model_name="m", title="t", pictures=[pictures[n % 5] for n in range(60)]
    )
