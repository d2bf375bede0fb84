"""Interactive cells without a browser: the control, then the event, then the answer."""

import json
from pathlib import Path

import ipywidgets
import pytest

from nbhelpers import ImageError, label_embeddings, open_image
from nbhelpers.figures import probability_bars
from nbhelpers.widgets import live

ROOT = Path(__file__).resolve().parents[2]


def test_the_answer_follows_the_controls():
    text = ipywidgets.Text("a")
    number = ipywidgets.IntSlider(2)
    *controls, answer = live(lambda word, times: word * times, word=text, times=number).children
    assert controls == [text, number] and answer.value == "aa"
    text.value = "b"
    assert answer.value == "bb"
    number.value = 3
    assert answer.value == "bbb"


def test_with_a_button_the_answer_waits_for_a_click():
    text, button = ipywidgets.Text("a"), ipywidgets.Button()
    answer = live(lambda word: word.upper(), word=text, button=button).children[-1]
    assert answer.value == "A"
    text.value = "b"
    assert answer.value == "A"
    button.click()
    assert answer.value == "B"


def test_an_error_of_the_reader_is_a_sentence_and_goes_when_it_is_mended():
    def refuse(word):
        if not word:
            raise ValueError("Write <a word>.")
        return word

    text = ipywidgets.Text("a")
    answer = live(refuse, word=text).children[-1]
    text.value = ""
    assert answer.value == "<p>Write &lt;a word&gt;.</p>"
    text.value = "b"
    assert answer.value == "b"


def test_an_error_nobody_expected_is_shown_in_place_of_the_last_answer():
    number = ipywidgets.IntSlider(1)
    answer = live(lambda divisor: str(1 / divisor), divisor=number).children[-1]
    number.value = 0
    assert answer.value.startswith("<pre>") and "ZeroDivisionError" in answer.value


def upload(button, content):
    """What the page sends after a choice: ipywidgets 7, which Colab has, and 8 differ."""
    file = {"name": "picture.png", "type": "image/png", "size": len(content)}
    if ipywidgets.__version__.startswith("7."):
        button.set_state({"metadata": [file | {"lastModified": 0}], "data": [memoryview(content)]})
        button.set_state({"_counter": len(content)})
    else:
        button.set_state({"value": [file | {"last_modified": 0, "content": memoryview(content)}]})


@pytest.fixture
def classified(tiny):
    """The names that notebook 03's upload cell leaves, run with the tiny model."""
    cells = json.loads((ROOT / "notebooks/03_zero_shot_classification.ipynb").read_text())["cells"]
    (source,) = ["".join(cell["source"]) for cell in cells if cell["id"] == "upload"]
    labels = ["chest x-ray", "brain mri"]
    names = {"model": tiny, "labels": labels, "texts": label_embeddings(tiny, labels)}
    names |= {"ipywidgets": ipywidgets, "live": live, "open_image": open_image}
    names |= {"probability_bars": probability_bars}
    exec(source, names)
    return names


def test_an_upload_is_shown_and_a_text_file_is_refused_in_words(classified, pictures, tmp_path):
    button = classified["button"]
    answer = live(classified["classify_upload"], chosen=button).children[-1]
    assert answer.value == "No picture is chosen yet."
    pictures[0].save(tmp_path / "picture.png")
    upload(button, (tmp_path / "picture.png").read_bytes())
    assert answer.value.startswith('<img alt="Your image')
    upload(button, b"no picture")
    assert answer.value.startswith("<p>") and "picture" in answer.value
    with pytest.raises(ImageError):
        open_image(b"no picture")


def test_both_generations_of_ipywidgets_give_the_picture(classified, pictures, tmp_path):
    classify_upload = classified["classify_upload"]
    pictures[0].save(tmp_path / "picture.png")
    content = (tmp_path / "picture.png").read_bytes()
    for value in (({"content": memoryview(content)},), {"a.png": {"content": content}}):
        assert classify_upload(value).startswith('<img alt="Your image')
        assert classify_upload(type(value)()) == "No picture is chosen yet."
