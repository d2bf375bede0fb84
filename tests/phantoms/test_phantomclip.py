"""What the embedded model must do on real images that it never saw."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nbhelpers import MODEL_CARD_LABELS, example_images, label_embeddings, load_model
from nbhelpers.metrics import accuracy, recall_per_class

FOUR_LINES = """
import socket

def refuse(*args, **kwargs):
    raise AssertionError("the network was asked for")

socket.socket.connect = socket.getaddrinfo = refuse

from nbhelpers import load_model, example_images

prompts = ["this is a photo of chest X-ray", "this is a photo of pie chart"]
pictures = example_images()
model = load_model()
images = model.encode_images(pictures)
texts = model.encode_texts(prompts)
probs = model.probabilities(images, texts)
print(model.name, probs.shape)
"""


@pytest.fixture(scope="module")
def phantomclip():
    return load_model("phantomclip")


@pytest.fixture(scope="module")
def examples():
    return list(example_images())


@pytest.fixture(scope="module")
def embeddings(phantomclip, examples):
    return phantomclip.encode_images(examples)


def predict(model, embeddings, labels):
    probabilities = model.probabilities(embeddings, label_embeddings(model, labels))
    return [labels[column] for column in probabilities.argmax(axis=1)]


def test_it_labels_most_example_images_among_the_model_cards_nine_labels(
    phantomclip, examples, embeddings
):
    # The model card's label of a line chart is "covid line chart".
    names = {label.removeprefix("covid "): label for label in MODEL_CARD_LABELS}
    chosen = [index for index, example in enumerate(examples) if example.label in names]
    truth = [names[examples[index].label] for index in chosen]
    predicted = predict(phantomclip, embeddings[chosen], MODEL_CARD_LABELS)
    recall = recall_per_class(truth, predicted, MODEL_CARD_LABELS)
    assert len(recall) >= 8  # no openly licensed squamous cell carcinoma was found
    assert sum(estimate.value > 0.5 for estimate in recall.values()) >= 7, recall
    assert accuracy(truth, predicted).value >= 0.8


def test_it_labels_most_example_images_among_all_their_labels(phantomclip, examples, embeddings):
    truth = [example.label for example in examples]
    score = accuracy(truth, predict(phantomclip, embeddings, sorted(set(truth))))
    assert score.value >= 0.8, str(score)


def test_bfloat16_and_float32_agree_on_the_labels(phantomclip, examples):
    exact, fast = (
        load_model("phantomclip", device="cpu", precision=p).encode_images(examples)
        for p in ("fp32", "bf16")
    )
    assert (exact * fast).sum(1).min() > 0.999
    assert np.isfinite(phantomclip.logit_scale)


def test_the_readmes_lines_run_without_network_from_any_folder(tmp_path, monkeypatch, examples):
    monkeypatch.delenv("NBHELPERS_MODEL", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    done = subprocess.run(
        [sys.executable, "-c", FOUR_LINES], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"PhantomCLIP ({len(examples)}, 2)"
