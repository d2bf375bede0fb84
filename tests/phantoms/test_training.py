"""The training of PhantomCLIP: what it writes loads, and it can be interrupted."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from open_clip import get_tokenizer

from nbhelpers import load_model
from nbhelpers.metrics import proportion
from phantoms import phantom
from phantoms.findings import FINDINGS, absent, shown
from phantoms.training import evaluate, train
from phantoms.training.card import chance, write_card
from phantoms.training.corpus import Batches, CaptionPairs, Corpus, draw_corpus, overlap, view
from phantoms.training.sentences import Sentences, sides_of

STEPS = 4


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("phantoms.training.corpus.SHARD", 200)
        draw_corpus(folder, seed=5, count=200)
        yield Corpus(folder)


@pytest.fixture(scope="module")
def folder(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("phantom_clip")
    train.write_configuration(folder, corpus)
    return folder


def a_training(folder, corpus):
    torch.manual_seed(0)
    tokenizer = get_tokenizer(f"local-dir:{folder}")
    learner = train.Learner(train.new_model(folder))
    train.train_text_tower(learner.model, CaptionPairs(corpus, 5, 2, 4, tokenizer), peak=1e-3)
    batches = Batches(corpus, 5, STEPS, 9, tokenizer)
    batches.small, batches.large, batches.large_from = 64, 96, STEPS - 1
    return learner, batches


def test_captions_compete_within_six_kinds_of_a_batch(corpus):
    batches = Batches(corpus, 5, STEPS, 90, lambda texts: torch.zeros(len(texts), 1))
    many = [(batches[step]["kinds"].bincount() >= 10).sum().item() for step in range(STEPS)]
    assert min(many) >= 3 and max(many) >= 5  # any of the six may be drawn twice


def test_a_resumed_training_ends_like_an_uninterrupted_one(folder, corpus, tmp_path):
    def whole(model):
        return {"score": proportion(1, 2)}

    calls = []

    def cut_off(model):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return whole(model)

    settings = {"peak": 1e-3, "every": 2}
    learner, batches = a_training(folder, corpus)
    expected = train.train(learner, batches, tmp_path / "a.pt", whole, **settings)

    learner, batches = a_training(folder, corpus)
    with pytest.raises(KeyboardInterrupt):
        train.train(learner, batches, tmp_path / "b.pt", cut_off, **settings)
    again = train.Learner(train.new_model(folder))
    resumed = train.train(again, batches, tmp_path / "b.pt", whole, **settings)

    assert len(expected["loss"]) == STEPS
    losses = pd.DataFrame(expected["loss"])
    assert set(losses) == set(train.WEIGHTS)
    assert np.isfinite(losses[["contrast", "kind", "findings"]]).all(axis=None)
    assert np.allclose(pd.DataFrame(resumed["loss"]), losses, atol=0.02, equal_nan=True)
    assert resumed["scores"] == expected["scores"]
    assert resumed["start"] == expected["start"] == STEPS


@pytest.mark.parametrize("start", [None, "FOLDER"])
def test_the_folder_it_writes_is_an_open_clip_model_with_a_card(folder, corpus, start, monkeypatch):
    monkeypatch.setattr(evaluate, "POINTED", {"chest CT": ("mass",), "endoscopy": ("polyp",)})
    monkeypatch.setattr(evaluate, "phantom", lambda seed, i, *kind: phantom(seed, i % 100, *kind))
    learner, _ = a_training(folder, corpus)
    train.save_weights(learner.model, folder)
    written = {path.name for path in folder.iterdir()}
    assert written >= {
        "open_clip_config.json",
        "open_clip_model.safetensors",
        "config.json",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    assert (folder / "open_clip_model.safetensors").stat().st_size < 30e6

    loaded = load_model(folder)
    scores = evaluate.evaluate(loaded, evaluate.TestFigures(6, scale=1))
    history = {
        "loss": [{"contrast": 3.0}] * 4,
        "scores": [{"step": 4} | {name: list(score) for name, score in scores.items()}],
        "seconds": 3600.0,
    }
    options = {"figures": 150, "steps": 4, "large_steps": 1, "text_steps": 2, "peak": 0.002}
    options |= {"batch_size": 9, "start": start, "keep": 0.2, "work": "build"}
    write_card(
        folder,
        json.loads(json.dumps(history)),
        scores,
        loaded,
        small=64,
        large=96,
        text_share=0.3,
        **options,
    )
    card = (folder / "README.md").read_text()
    assert "{" not in card
    assert all(f"| {name} | {score.value:.3f} |" in card for name, score in scores.items())
    assert card.startswith("---\nlicense: mit\n")
    assert "3,600 seconds" in card
    assert ("--start FOLDER --keep 0.2" in card) == ("this one replaces" in card) == bool(start)
    assert ("0.2 parts of the weights at first and 0.8 of" in card) == bool(start)


def test_kept_weights_lie_between_those_before_and_after():
    after = {"weight": torch.tensor([1.0, 3.0]), "seen": torch.tensor(7)}
    before = {"weight": torch.tensor([0.0, 5.0]), "seen": torch.tensor(2)}
    found = train.mixed(after, before, keep=0.25)
    assert found["weight"].tolist() == [0.75, 3.5]
    assert found["seen"] == 7


def test_the_vocabulary_knows_the_words_of_labels(folder):
    tokens = get_tokenizer(f"local-dir:{folder}").tokenizer.tokenize(
        "this is a photo of chest X-ray, brain MRI"
    )
    assert tokens[:5] == ["this", "is", "a", "photo", "of"]
    assert "[UNK]" not in tokens


def test_the_learning_rate_rises_then_falls_to_nothing():
    rates = [train.learning_rate(step, 1000, 1e-3) for step in range(1000)]
    assert np.argmax(rates) in (49, 50)
    assert max(rates) == pytest.approx(1e-3)
    assert rates[-1] < 1e-6


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--keep", "0.2"], "give both"),
        (["--start", "before", "--keep", "20"], "is a share"),
        (["--start", "before", "--out", "before"], "would overwrite --start"),
    ],
)
def test_options_that_contradict_each_other_are_told(given, told, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["train", *given])
    with pytest.raises(SystemExit):
        train.main()
    assert told in capsys.readouterr().err


def test_a_view_moves_the_boxes_with_what_they_frame():
    pixels = np.full((256, 256, 3), 90, np.uint8)
    pixels[60:120, 150:190] = (20, 230, 20)
    facts = {"kind": "endoscopy", "finding": "polyp", "box": [150, 60, 190, 120]}
    met = 0
    for seed in range(60):
        seen, [region] = view(pixels, facts, np.random.default_rng(seed), 128)
        red, green = seen[..., 0].astype(int), seen[..., 1].astype(int)
        rows, columns = np.nonzero(green - red > 60)
        if rows.size:  # some views are gray
            met += 1
            found = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
            assert np.allclose(region.box, found, atol=2.5), seed
    assert met > 40


def test_patches_hold_the_shares_of_a_box():
    inside = overlap((8, 16, 40, 32), grid=4, patch=16).reshape(4, 4)
    assert inside[1].tolist() == [0.5, 1, 0.5, 0]
    assert inside.sum() == 2


def test_sentences_taken_for_false_are_false_and_true_ones_true():
    asked = 0
    for index in range(200):
        facts = phantom(9, index, sorted(FINDINGS)[index % len(FINDINGS)]).attributes
        sentences = Sentences(np.random.default_rng(index))
        comparisons = sentences.comparisons(facts)
        keys = list(sentences.rows)

        def holds(key, facts=facts):
            _, finding, side, there = key
            if finding is None:
                return not shown(facts)
            if side:
                return sides_of(facts)[finding] == side
            return finding in shown(facts) if there else finding in absent(facts)

        for _, true, false in comparisons:
            assert holds(keys[true]) and not holds(keys[false]), (index, keys[true], keys[false])
        asked += len(comparisons)
    assert asked > 400


def test_chance_is_that_of_guessing():
    assert chance("top-3 among 30 kinds") == "0.100"
    assert chance("recall@10, text to image, of 1,000") == "0.010"
    assert chance("six findings of a chest X-ray, balanced") == "0.167"
    assert chance("highest point in the box, own") == ""
