"""The training of PhantomCLIP: what it writes loads, and it can be interrupted."""

import json

import numpy as np
import pytest
import torch
from open_clip import get_tokenizer

from nbhelpers import load_model
from nbhelpers.metrics import proportion
from phantoms import phantom
from phantoms.training import train
from phantoms.training.card import write_card
from phantoms.training.corpus import Batches, CaptionPairs, Corpus, draw_corpus
from phantoms.training.evaluate import effusions, evaluate

STEPS = 4


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("phantoms.training.corpus.SHARD", 150)
        draw_corpus(folder, seed=5, count=150)
        yield Corpus(folder)


@pytest.fixture(scope="module")
def folder(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("phantom_clip")
    train.write_configuration(folder, corpus)
    return folder


def a_training(folder, corpus):
    torch.manual_seed(0)
    tokenizer = get_tokenizer(f"local-dir:{folder}")
    model = train.new_model(folder)
    train.train_text_tower(model, CaptionPairs(corpus, 5, 2, 4, tokenizer), peak=1e-3)
    return model, Batches(corpus, 5, STEPS, 4, tokenizer)


def test_a_resumed_training_ends_like_an_uninterrupted_one(folder, corpus, tmp_path):
    def whole(model):
        return {"score": proportion(1, 2)}

    calls = []

    def cut_off(model):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return whole(model)

    settings = {"peak": 1e-3, "text_from": 0.5, "every": 2}
    model, batches = a_training(folder, corpus)
    expected = train.train(model, batches, tmp_path / "a.pt", whole, **settings)

    model, batches = a_training(folder, corpus)
    with pytest.raises(KeyboardInterrupt):
        train.train(model, batches, tmp_path / "b.pt", cut_off, **settings)
    again = train.new_model(folder)
    resumed = train.train(again, batches, tmp_path / "b.pt", whole, **settings)

    assert len(expected["loss"]) == STEPS
    assert np.allclose(resumed["loss"], expected["loss"], atol=0.02)
    assert resumed["scores"] == expected["scores"]
    assert resumed["alone"] == expected["alone"] == STEPS / 2
    assert resumed["plans"] == expected["plans"] == [[0, STEPS]]


def test_the_folder_it_writes_is_an_open_clip_model_with_a_card(folder, corpus):
    model, _ = a_training(folder, corpus)
    train.save_weights(model, folder)
    written = {path.name for path in folder.iterdir()}
    assert written >= {
        "open_clip_config.json",
        "open_clip_model.safetensors",
        "config.json",
        "tokenizer.json",
    }
    assert "tokenizer_config.json" in written
    assert (folder / "open_clip_model.safetensors").stat().st_size < 30e6

    loaded = load_model(folder)
    scores = evaluate(loaded, [phantom(6, index) for index in range(40)], effusions(6, 4))
    history = {
        "loss": [3.0] * 4,
        "scores": [{"step": 4} | {k: list(v) for k, v in scores.items()}],
        "seconds": 60.0,
    }
    history |= {"alone": 1, "plans": [[0, 2], [2, 4]]}
    write_card(
        folder,
        json.loads(json.dumps(history)),
        scores,
        loaded,
        text_tower=False,
        figures=150,
        batch_size=4,
        text_steps=2,
        steps=4,
    )
    card = (folder / "README.md").read_text()
    assert "{" not in card.replace("{}", "")
    assert all(name in card for name in scores)
    assert card.startswith("---\nlicense: mit\n")
    assert "in 2 runs: from step 0 on along the cosine that ends at 2; from step 2 on" in card
    assert "`python -m phantoms.training.train --steps 2, then --steps 4`" in card


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
