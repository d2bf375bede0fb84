"""The drawn figures are legible on a phone, and the notebooks hold them as they are drawn."""

import html
import io
import itertools
import json
import re
from pathlib import Path

import nbformat
import pytest
from drawings import IMAGE, TOLERANCE, difference, image_tag, main, thumbnail, with_drawing
from drawn import FIGURES
from drawn.card import SMALLEST, WIDTH
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

pytestmark = pytest.mark.repository
ROOT = Path(__file__).parents[2]
PATHS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))


def drawn_cells(path):
    cells = nbformat.read(path, as_version=4).cells
    return [(number, cell) for number, cell in enumerate(cells) if "drawing" in cell.metadata]


@pytest.fixture(scope="module")
def cards():
    return {name: draw() for name, draw in FIGURES.items()}


@pytest.mark.parametrize("name", FIGURES)
def test_its_words_are_legible_whole_and_apart(name, cards):
    card = cards[name]
    renderer = FigureCanvasAgg(card.figure).get_renderer()
    places = [(text.get_text(), text.get_window_extent(renderer)) for text in card.words]
    assert all(text.get_fontsize() >= SMALLEST for text in card.words)
    for words, place in places:
        inside = place.x0 >= 2 and place.x1 <= WIDTH - 2 and place.y0 >= 2
        assert inside and place.y1 <= card.height - 2, f"cut off: {words}"
    for (one, first), (two, second) in itertools.combinations(places, 2):
        assert not first.overlaps(second), f"{one!r} lies over {two!r}"


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_small_and_says_in_words_what_it_shows(name, cards):
    card = cards[name]
    assert 80 < len(card.alt) < 450 and card.alt.endswith(".")
    assert len(card.png()) < 60_000
    assert '"' not in card.alt


def test_no_drawing_in_a_notebook_is_stale(capsys):
    assert main(["--check"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_notebook_has_a_drawing_before_the_code_that_walks_it(path):
    cells = nbformat.read(path, as_version=4).cells
    assert drawn_cells(path)
    for number, cell in drawn_cells(path):
        words = IMAGE.sub("", cell.source)
        assert 5 <= len(words.split()) <= 60 and words.endswith("."), cell.id
        assert "code" in [after.cell_type for after in cells[number + 1 : number + 3]], cell.id


def test_one_changed_letter_is_seen_and_the_words_of_the_cell_stay():
    source = with_drawing("What to see.", "lora")
    assert source.startswith("What to see.\n\n<img alt=")
    assert with_drawing(source, "lora") == source
    other = FIGURES["lora"]()
    changed = next(text for text in other.words if text.get_text() == "rank 8")
    changed.set_text("rank 9")
    before, after = (IMAGE.search(text)[2] for text in (source, "\n" + image_tag(other)))
    assert difference(before, after) > TOLERANCE
    stale = source.replace(before, after)
    assert with_drawing(stale, "lora") == source


def test_the_readme_shows_the_first_drawing_unless_the_metadata_name_another():
    cells = [
        {"metadata": {"drawing": name}, "source": with_drawing("", name).splitlines(keepends=True)}
        for name in ("checksum", "lora")
    ]

    def shown(**course):
        content = thumbnail(json.dumps({"cells": cells, "metadata": {"course": course}}))
        return Image.open(io.BytesIO(content)).size

    assert shown() == (WIDTH, FIGURES["checksum"]().height)
    assert shown(thumbnail="lora") == (WIDTH, FIGURES["lora"]().height)


def test_a_drawing_that_does_not_exist_is_named_with_those_that_do():
    with pytest.raises(SystemExit, match=r'no drawing "two-tower".*two-towers'):
        with_drawing("What to see.", "two-tower")


def test_nbconvert_keeps_the_drawing_and_its_alt_text():
    from bs4 import BeautifulSoup
    from nbconvert import HTMLExporter

    notebook = nbformat.read(PATHS[0], as_version=4)
    _, cell = drawn_cells(PATHS[0])[0]
    notebook.cells = [cell]
    page, _ = HTMLExporter().from_notebook_node(notebook)
    [image] = BeautifulSoup(page, "html.parser").find("main").find_all("img")
    alt, content = IMAGE.search(cell.source).groups()
    assert image["alt"] == html.unescape(alt)
    assert image["src"] == f"data:image/png;base64,{content}"


def test_the_site_shows_a_drawing_as_svg_with_its_alt_text(tmp_path):
    from assemble import detach_figures

    notebook = nbformat.read(PATHS[0], as_version=4)
    detach_figures(notebook, "00", tmp_path)
    for cell in notebook.cells:
        if "drawing" in cell.metadata:
            name = f"00-{cell.metadata.drawing}.svg"
            assert "<svg" in (tmp_path / name).read_text()
            image = rf'<img alt="[^"]{{80,}}" [^>]*src="\.\./figures/{name}">'
            assert re.search(image, cell.source) and "base64" not in cell.source
