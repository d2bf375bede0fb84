import numpy as np
import pytest

from nbhelpers.prompts import MODEL_CARD_LABELS, TEMPLATES, fill, label_embeddings, select_templates

LABELS = ["chest x-ray", "brain mri", "pie chart"]


def test_the_model_cards_prompts_are_its_own():
    prompts = [fill(TEMPLATES["model card"][0][0], label) for label in MODEL_CARD_LABELS]
    assert len(prompts) == len(set(prompts)) == 9
    assert prompts[0] == "this is a photo of adenocarcinoma histopathology"
    assert prompts[8] == "this is a photo of hematoxylin and eosin histopathology"


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_set_takes_a_label_and_names_its_source(name):
    templates, source = TEMPLATES[name]
    assert source
    assert all("brain MRI" in fill(template, "brain MRI") for template in templates)


def test_a_label_with_braces_is_taken_as_it_is():
    assert fill("a photo of {}", "set {a, b}") == "a photo of set {a, b}"


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
            tiny.encode_texts([fill(template, label) for label in LABELS]) for template in templates
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
        (LABELS, "modelcard", "no template set 'modelcard': model card, paper"),
        (LABELS, ["a photo of"], "no {} for the label"),
        (LABELS, [], "zero"),
    ],
)
def test_what_would_give_wrong_embeddings_is_refused(tiny, labels, templates, says):
    with pytest.raises(ValueError, match=says):
        label_embeddings(tiny, labels, templates)


def unit(array):
    return array / np.linalg.norm(array, axis=-1, keepdims=True)


@pytest.fixture
def task():
    """300 images around five labels, and 40 wordings of the labels, each with its own noise."""
    rng = np.random.default_rng(0)
    centres = unit(rng.normal(size=(5, 16)))
    truth = np.repeat(np.arange(5), 60)
    images = unit(centres[truth] + 0.3 * rng.normal(size=(300, 16)))
    texts = unit(centres + 0.5 * rng.normal(size=(40, 5, 16)))
    return images, truth, texts


def score(images, truth, texts):
    return (unit(texts.mean(axis=0)) @ images.T).argmax(axis=0) == truth


def test_each_step_of_the_selection_is_the_best_that_brute_force_finds(task):
    images, truth, texts = task
    chosen = select_templates(images, truth, texts, most=4)
    assert 1 < len(set(chosen)) == len(chosen) <= 4
    for step in range(len(chosen)):
        tried = [
            score(images, truth, texts[[*chosen[:step], t]]).mean()
            for t in range(40)
            if t not in chosen[:step]
        ]
        assert score(images, truth, texts[chosen[: step + 1]]).mean() == max(tried)


def test_the_selection_ends_where_nothing_helps(task):
    images, truth, texts = task
    assert select_templates(images, truth, np.repeat(texts[:1], 5, axis=0)) == [
        0
    ]  # ties go to the first
    assert select_templates(images[:1], [1], np.stack([np.roll(texts[0], 1, axis=0)])) == [
        0
    ]  # all of it wrong
    assert len(select_templates(images, truth, texts, most=1)) == 1


def test_selection_finds_what_is_really_better(task):
    images, truth, texts = task
    half = np.arange(300) % 2 == 0
    chosen = select_templates(images[half], truth[half], texts)
    held_out = score(images[~half], truth[~half], texts[chosen]).mean()
    typical = np.mean([score(images[~half], truth[~half], texts[[t]]).mean() for t in range(40)])
    assert held_out > typical + 0.1


def test_on_noise_labels_the_held_out_score_shows_no_gain(task):
    """Random labels: the selection's own score climbs, the held-out score stays at chance, 0.2."""
    images, _, texts = task
    rng, inside, outside = np.random.default_rng(1), [], []
    half = np.arange(300) % 2 == 0
    for _ in range(40):
        truth = rng.integers(0, 5, 300)
        chosen = select_templates(images[half], truth[half], texts)
        inside.append(score(images[half], truth[half], texts[chosen]).mean())
        outside.append(score(images[~half], truth[~half], texts[chosen]).mean())
    error = np.std(outside) / np.sqrt(len(outside))
    assert np.mean(inside) > 0.27
    assert abs(np.mean(outside) - 0.2) < 3 * error < 0.02


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda images, truth, texts: (images[:, :8], truth, texts), "mismatch"),
        (lambda images, truth, texts: (images, truth[:10], texts), "inconsistent"),
        (lambda images, truth, texts: (images, truth, texts[0]), "axis 2"),
        (lambda images, truth, texts: (images, truth + 1, texts), "0 … 4"),
        (lambda images, truth, texts: (images * np.nan, truth, texts), "NaN"),
        (lambda images, truth, texts: (images[:0], truth[:0], texts), "0 sample"),
        (lambda images, truth, texts: (images, truth, texts[:0]), "0 sample"),
    ],
)
def test_a_selection_that_makes_no_sense_is_refused(task, change, says):
    with pytest.raises(ValueError, match=says):
        select_templates(*change(*task))


def test_clips_seven_templates_are_among_its_eighty():
    assert len(set(TEMPLATES["clip"][0])) == 80
    assert len(TEMPLATES["clip 7"][0]) == 7 and set(TEMPLATES["clip 7"][0]) < set(
        TEMPLATES["clip"][0]
    )


@pytest.mark.parametrize(
    "labels", [["Chest x-ray", "chest x-ray"], ["胸部", "心臓"], ["mri", "mri "]]
)
def test_labels_that_the_model_reads_alike_are_refused(tiny, labels):
    with pytest.raises(ValueError, match="alike"):
        label_embeddings(tiny, labels)
