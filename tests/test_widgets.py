"""Widgets without a browser: the function, then the event, then the result."""

import io
import re
from html.parser import HTMLParser

import ipywidgets
import numpy as np
import pytest

from nbhelpers import label_embeddings
from nbhelpers.widgets import (
    picture_search,
    scale_slider,
    score_wording,
    search_box,
    upload_classifier,
    wording_playground,
)

CAPTIONS = ["chest x-ray", 'brain <mri> & "quotes"', "bone", "pie chart", "line chart"]
LABELS = ["chest x-ray", "brain mri", "pie chart"]


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.images = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        assert tag in ("p", "div", "figure", "img", "figcaption", "b")
        if tag == "img":
            self.images.append(dict(attributes))


@pytest.fixture
def vectors(tiny, pictures):
    return tiny.encode_images(pictures)


@pytest.fixture
def search(tiny, pictures, vectors):
    return picture_search(tiny, pictures, CAPTIONS, vectors, k=3)


def test_search_gives_the_pictures_in_the_order_of_their_cosines(search, tiny, vectors):
    cosines = (vectors @ tiny.encode_texts("a chest").T)[:, 0]
    best = np.argsort(-cosines)[:3]
    page = search("a chest")
    assert [image["alt"] for image in Tags(page).images] == [CAPTIONS[n] for n in best]
    assert re.findall(r"<b>(.*?)</b>", page) == [
        f"{rank} · {cosines[n]:.2f}" for rank, n in enumerate(best, 1)
    ]
    assert "The 3 best of 5 pictures by cosine (tiny_clip)" in page


def test_a_gallery_smaller_than_k_is_shown_whole(tiny, pictures, vectors):
    page = picture_search(tiny, pictures[:2], CAPTIONS[:2], vectors[:2], k=6)("a chest")
    assert len(Tags(page).images) == 2


def test_an_empty_gallery_is_refused(tiny):
    with pytest.raises(ValueError, match="no pictures to search"):
        picture_search(tiny, [], [], np.empty((0, 8)))


@pytest.mark.parametrize("query", ["", "  \n"])
def test_a_blank_query_gives_a_hint(search, query):
    assert "Type what you look for" in search(query)


def test_odd_queries_get_an_answer(search):
    assert len(Tags(search("🩻 胸部")).images) == 3
    with pytest.warns(UserWarning, match="tokens"):
        assert len(Tags(search("chest " * 2000)).images) == 3


def test_the_pictures_themselves_stay_as_they_are(search, pictures):
    assert max(pictures[3].size) == 300


def test_what_does_not_match_is_refused(tiny, pictures, vectors):
    with pytest.raises(ValueError, match="5 pictures, 4 captions and 5 vectors"):
        picture_search(tiny, pictures, CAPTIONS[:4], vectors)


def test_typing_changes_what_is_found(search):
    line, found = search_box(search, query="brain mri").children
    assert found.value == search("brain mri")
    line.value = ""
    assert "Type what you look for" in found.value
    line.value = "a chest"
    assert found.value == search("a chest")
    line.value = "\u200b"  # no word, and not blank either
    assert "finds no word" in found.value
    assert line.continuous_update and line.description == "Search"


def upload(button, content):
    """What the page sends after a choice: ipywidgets 7, which Colab has, and 8 differ."""
    file = {"name": "picture.png", "type": "image/png", "size": len(content)}
    if ipywidgets.__version__.startswith("7."):
        button.set_state({"metadata": [file | {"lastModified": 0}], "data": [memoryview(content)]})
        button.set_state({"_counter": len(content)})
    else:
        button.set_state({"value": [file | {"last_modified": 0, "content": memoryview(content)}]})


def test_an_upload_is_classified_and_a_text_file_is_refused_in_words(tiny, pictures):
    button, answer = upload_classifier(tiny, LABELS).children
    picture = io.BytesIO()
    pictures[0].save(picture, "PNG")
    upload(button, picture.getvalue())
    assert answer.value.startswith('<img alt="Your image')
    upload(button, b"no picture")
    assert answer.value.startswith("<p>") and "picture" in answer.value


@pytest.fixture(scope="module")
def wordings(tiny):
    """Six "images" that are the labels' own prompts, so that every answer is known."""
    images = np.repeat(label_embeddings(tiny, LABELS, ["a photo of {}"]), 2, axis=0)
    return tiny, images, np.repeat(LABELS, 2), LABELS


def test_the_right_wording_scores_one_and_swapped_names_zero(wordings):
    right = score_wording(*wordings, "a photo of {}", LABELS)
    assert "“a photo of {}”: accuracy 1.00" in right.get_suptitle().replace("\n", " ")
    assert right.alt_text.count("1.00 [") == 4  # the accuracy and three recalls
    swapped = score_wording(*wordings, "a photo of {}", LABELS[1:] + LABELS[:1])
    assert "accuracy 0.00" in swapped.get_suptitle().replace("\n", " ")
    assert "brain mri = chest x-ray 0.00" in swapped.alt_text


def test_moving_the_slider_changes_confidence_and_no_answer(tiny):
    cosines = np.tile(
        [[0.6, 0.5, 0.1], [0.2, 0.3, 0.25]], (20, 1)
    )  # of 40 images; the second of each pair is wrong
    slider, answer = scale_slider(tiny, cosines, np.tile([0, 2], 20)).children
    assert f"Logit scale {tiny.logit_scale:.1f}" in answer.value
    said = []
    for slider.value in (1, 200):
        said.append(re.search(r'<img alt="(.*?)"', answer.value)[1])
    assert slider.value == 200 and all("accuracy 0.50" in alt for alt in said)
    assert (
        "→" in said[0]
        and said[0].split("calibration error")[1] != said[1].split("calibration error")[1]
    )
    assert not slider.continuous_update


@pytest.mark.parametrize(
    ("template", "names", "says"),
    [
        ("a photo", LABELS, "no {}"),
        ("{}", LABELS[:2], "2 names for 3 labels"),
        ("{}", [*LABELS[:2], LABELS[0]], "twice"),
        ("{}", [*LABELS[:2], " "], "words in it"),
    ],
)
def test_a_wording_that_cannot_be_scored_is_refused(wordings, template, names, says):
    with pytest.raises(ValueError, match=says):
        score_wording(*wordings, template, names)


def test_the_button_scores_what_the_fields_say(wordings):
    template, names, button, answer = wording_playground(*wordings).children
    assert answer.value.startswith('<img alt="“this is a photo of {}”')
    template.value, names.value = "a photo of {}", "\n".join(LABELS) + "\n\n"
    button.click()
    assert answer.value.startswith('<img alt="“a photo of {}”: accuracy 1.00')
    template.value = "no label here"
    button.click()
    assert answer.value.startswith("<p>") and "no {} for the label" in answer.value
