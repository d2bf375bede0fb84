"""Interactive cells without a browser: the control, then the event, then the answer."""

import ipywidgets
import pytest

from nbhelpers import ImageError, open_image
from nbhelpers.figures import picture_grid
from nbhelpers.widgets import live, uploaded


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


def test_an_upload_is_shown_and_a_text_file_is_refused_in_words(pictures, tmp_path):
    def show(chosen):
        content = uploaded(chosen)
        if content is None:
            return "none yet"
        return picture_grid([open_image(content)], ["yours"], title="Your image").to_html()

    button = ipywidgets.FileUpload()
    answer = live(show, chosen=button).children[-1]
    assert answer.value == "none yet"
    pictures[0].save(tmp_path / "picture.png")
    upload(button, (tmp_path / "picture.png").read_bytes())
    assert answer.value.startswith('<img alt="Your image')
    upload(button, b"no picture")
    assert answer.value.startswith("<p>") and "picture" in answer.value
    with pytest.raises(ImageError):
        open_image(b"no picture")


@pytest.mark.parametrize(
    "value", [({"content": memoryview(b"new")},), {"a.png": {"content": b"new"}}]
)
def test_both_generations_of_ipywidgets_give_the_bytes(value):
    assert uploaded(value) == b"new"
    assert uploaded(type(value)()) is None
