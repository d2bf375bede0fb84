import warnings

import numpy as np
import pytest

from nbhelpers.prompts import MODEL_CARD_LABELS, TEMPLATES, label_embeddings

LABELS = ["chest x-ray", "brain mri", "pie chart"]


def test_the_model_cards_prompts_are_its_own():
    (template,), _ = TEMPLATES["model card"]
    prompts = [template.replace("{}", label) for label in MODEL_CARD_LABELS]
    assert len(prompts) == len(set(prompts)) == 9
    assert prompts[0] == "this is a photo of adenocarcinoma histopathology"
    assert prompts[8] == "this is a photo of hematoxylin and eosin histopathology"


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_set_takes_a_label_and_names_its_source(name):
    templates, source = TEMPLATES[name]
    assert source
    assert templates and all("{}" in template for template in templates)


def test_a_label_with_braces_is_taken_as_it_is(tiny):
    expected = tiny.encode_texts(["a photo of set {a, b}"])
    np.testing.assert_allclose(
        label_embeddings(tiny, ["set {a, b}"], "a photo of {}"), expected, atol=1e-6
    )


def test_one_template_gives_the_prompts_own_embeddings(tiny):
    expected = tiny.encode_texts([f"this is a photo of {label}" for label in LABELS])
    np.testing.assert_allclose(label_embeddings(tiny, LABELS), expected, atol=1e-6)
    np.testing.assert_allclose(
        label_embeddings(tiny, LABELS, "this is a photo of {}"), expected, atol=1e-6
    )


def test_several_templates_give_the_mean_of_unit_vectors_normalised_again(tiny):
    templates = ["an image of {}", "{} presented in image"]
    mean = (
        sum(
            tiny.encode_texts([template.replace("{}", label) for label in LABELS])
            for template in templates
        )
        / 2
    )
    expected = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    np.testing.assert_allclose(label_embeddings(tiny, LABELS, templates), expected, atol=1e-6)
    tiny.probabilities(
        expected, label_embeddings(tiny, LABELS, templates)
    )  # unit length, or it would refuse


@pytest.mark.parametrize(
    ("labels", "templates", "says"),
    [
        (["pie chart", "pie chart"], "model card", "twice.*pie chart"),
        (["pie chart", " "], "model card", "words in it"),
        ([], "model card", "at least one label"),
        ("pie chart", "model card", "must be a list"),
        (LABELS, "modelcard", "No set 'modelcard' in .'model card', 'paper'"),
        (LABELS, ["a photo of"], "nor {} for a label"),
        (LABELS, [], "zero"),
    ],
)
def test_what_would_give_wrong_embeddings_is_refused(tiny, labels, templates, says):
    with pytest.raises(ValueError, match=says):
        label_embeddings(tiny, labels, templates)


def test_clips_eighty_templates_differ():
    assert len(set(TEMPLATES["clip"][0])) == 80


@pytest.mark.parametrize(
    "labels", [["Chest x-ray", "chest x-ray"], ["胸部", "心臓"], ["mri", "mri "]]
)
def test_labels_that_the_model_reads_alike_are_refused(tiny, labels):
    with pytest.raises(ValueError, match="alike"):
        label_embeddings(tiny, labels)


def test_a_label_of_unknown_words_warns_though_the_template_is_known(tiny):
    with pytest.warns(UserWarning, match="knows at most half of '胸部'"):
        label_embeddings(tiny, ["胸部", "pie chart"], "this is a photo of {}")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        label_embeddings(tiny, LABELS)
