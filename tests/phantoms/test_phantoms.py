"""The phantoms: what they promise to a training, to a notebook and to a reader."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from phantoms import KINDS, phantom
from phantoms.captions import caption, roughen
from phantoms.findings import FINDINGS, absent, shown
from phantoms.publish import cropped
from phantoms.publishing.denials import denied
from phantoms.publishing.edits import edited
from phantoms.publishing.page import on_page
from phantoms.questions import questions
from phantoms.training.corpus import Batches, Corpus, draw_corpus, read_attributes
from phantoms.training.evaluate import NINE, effusions

ALL_KINDS = sorted(KINDS)
DENIAL = r"\b(no|without|free of|negative for|absence|absent|not|excluded)\b"


def test_at_least_24_kinds_among_them_the_nine_of_the_model_card():
    assert len(KINDS) >= 24
    assert len(set(NINE.values())) == 9
    assert set(NINE.values()) <= set(KINDS)


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_attributes_are_plain_data_and_boxes_lie_in_the_picture(kind):
    for index in range(12):
        figure = phantom(11, index, kind)
        facts = json.loads(json.dumps(figure.attributes))
        assert facts["kind"] == figure.kind == kind
        assert figure.picture.mode == "RGB"
        assert min(figure.picture.size) >= 150
        if facts.get("box") is not None:
            left, top, right, bottom = facts["box"]
            assert 0 <= left < right <= figure.picture.width
            assert 0 <= top < bottom <= figure.picture.height


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_pictures_and_captions_of_a_kind_vary(kind):
    figures = [phantom(12, index, kind) for index in range(8)]
    thumbnails = {figure.picture.resize((16, 16)).tobytes() for figure in figures}
    assert len(thumbnails) == 8
    assert len({figure.caption for figure in figures}) >= 7
    assert len(KINDS[kind].names) >= 10


def test_the_same_seed_and_index_give_the_same_figure_in_another_process():
    code = (
        "import hashlib; from phantoms import phantom\n"
        "figures = [phantom(13, i) for i in range(60)]\n"
        "pictures = [hashlib.sha256(f.picture.tobytes()).hexdigest() for f in figures]\n"
        "text = ''.join(pictures + [f.caption for f in figures])\n"
        "print(hashlib.sha256(text.encode()).hexdigest())"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_different_indices_and_seeds_give_different_figures():
    pictures = {phantom(seed, index).picture.tobytes() for seed in (0, 1) for index in range(10)}
    assert len(pictures) == 20


def test_plain_captions_name_the_kind_and_legends_say_more():
    figure = phantom(14, 0, "chest X-ray")
    rng = np.random.default_rng(0)
    plain = [caption(figure.attributes, rng, plain=1.0) for _ in range(200)]
    legends = [caption(figure.attributes, rng, plain=0.0) for _ in range(200)]
    assert any("chest X-ray" in text for text in plain)
    assert len(set(plain)) > 50
    assert np.mean([len(text) for text in legends]) > np.mean([len(text) for text in plain])
    assert not any("{" in text for text in plain + legends)


def test_roughened_captions_keep_most_words():
    rng = np.random.default_rng(0)
    text = "chest X-ray of a 54-year-old man showing a large left-sided pleural effusion"
    for _ in range(50):
        kept = set(roughen(text, rng).split()) & set(text.split())
        assert len(kept) >= len(set(text.split())) - 1


def test_an_effusion_lies_on_the_side_that_its_caption_names():
    # By radiological convention the patient's left is on the picture's right.
    agree = 0
    figures = [
        f
        for f in effusions(15, 80)
        if f.attributes.get("view") in ("PA", "AP") and f.attributes.get("box")
    ]
    assert len(figures) >= 20
    for figure in figures:
        left, _, right, _ = figure.attributes["box"]
        edge, _, other_edge, _ = figure.attributes["drawing"]
        on_the_right = left + right > edge + other_edge
        agree += on_the_right == (figure.attributes["side"] == "left")
    assert agree == len(figures)


@pytest.mark.parametrize(
    ("asked", "sides"),
    [
        ((), {}),
        (("cardiomegaly",), {"cardiomegaly": None}),
        (("right-sided pleural effusion",), {"pleural effusion": "right"}),
        (
            ("cardiomegaly", "left-sided pleural effusion", "right-sided pleural effusion"),
            {"pleural effusion": "bilateral", "cardiomegaly": None},
        ),
    ],
)
def test_a_chest_film_shows_just_the_findings_that_are_asked_for(asked, sides):
    for index in range(8):
        figure = phantom(15, index, "chest X-ray", findings=asked)
        shown = figure.attributes["findings"]
        assert {name: facts["side"] for name, facts in shown.items()} == sides
        assert figure.attributes["finding"] is None and "box" not in figure.attributes
        assert figure.attributes["view"] != "lateral"
        json.dumps(figure.attributes)


def test_fluid_that_is_asked_for_on_one_side_whitens_that_side():
    def left_over_right(findings):
        differences = []
        for index in range(12):
            picture = phantom(15, index, "chest X-ray", findings=findings).picture
            low = np.asarray(picture.convert("L").resize((64, 64)), float)[28:48]
            differences.append(low[:, 36:56].mean() - low[:, 8:28].mean())
        return np.mean(differences)

    left, none, right = (
        left_over_right(findings)
        for findings in (["left-sided pleural effusion"], [], ["right-sided pleural effusion"])
    )
    assert left > none + 15 and right < none - 15


def test_captions_name_every_finding_that_is_asked_for_and_none_that_is_not():
    figure = phantom(15, 0, "chest X-ray", findings=["cardiomegaly", "pneumothorax"])
    rng = np.random.default_rng(0)
    legends = [caption(figure.attributes, rng).lower() for _ in range(60)]
    claims = " ".join(text for text in legends if not re.search(DENIAL, text))
    assert "pneumothorax" in claims and "cardiomegaly" in claims
    assert "effusion" not in claims and "clear" not in claims and "normal" not in claims


@pytest.mark.parametrize("kind", sorted(FINDINGS))
def test_legends_deny_only_what_the_picture_does_not_show(kind):
    rng, denials, possible = np.random.default_rng(0), 0, 0
    for index in range(6):
        attributes = phantom(18, index, kind).attributes
        assert not shown(attributes) & set(absent(attributes))
        assert set(absent(attributes)) <= set(FINDINGS[kind])
        possible += bool(absent(attributes))
        denials += any(re.search(DENIAL, caption(attributes, rng).lower()) for _ in range(30))
        for _ in range(20 * bool(absent(attributes))):
            words = denied(attributes, rng)
            assert not words or not any(words == finding for finding in shown(attributes))
    assert denials or not possible


def test_every_box_moves_along_with_the_figure():
    picture = Image.new("L", (256, 240))
    picture.paste(255, (100, 60, 140, 80))
    box = [100, 60, 140, 80]
    facts = {"kind": "electron microscopy", "box": box, "findings": {"cell": {"box": box}}}
    for index in range(300):
        rng = np.random.default_rng(index)
        figure, moved = edited(picture, facts | {"drawing": [0, 0, 256, 240]}, rng)
        figure, moved = cropped(figure, moved, rng)
        figure, moved = on_page(figure, moved, rng)
        left, top, right, bottom = moved["box"]
        assert moved["findings"]["cell"]["box"] == moved["box"]
        inside = np.asarray(figure.convert("RGB"), float)[
            top + 1 : bottom - 1, left + 1 : right - 1, 0
        ]
        assert inside.size and inside.mean() > 100
        assert 0 <= left < right <= figure.width and 0 <= top < bottom <= figure.height


def test_a_finding_that_a_chest_film_cannot_show_is_named():
    with pytest.raises(ValueError, match="left-sided cardiomegaly"):
        phantom(15, 0, "chest X-ray", findings=["left-sided cardiomegaly"])


def test_questions_are_not_asked_of_films_with_asked_findings():
    assert not list(questions(phantom(15, 0, "chest X-ray", findings=["cardiomegaly"])))


def test_an_interrupted_corpus_is_completed_and_finished_shards_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("phantoms.training.corpus.SHARD", 4)
    draw_corpus(tmp_path, seed=16, count=8)
    finished, missing = tmp_path / "0000.npy", tmp_path / "0001.npy"
    lost = missing.read_bytes()
    missing.unlink()
    finished.write_bytes(b"drawn anew, this marker would be gone")
    draw_corpus(tmp_path, seed=16, count=8)
    assert missing.read_bytes() == lost
    assert finished.read_bytes() == b"drawn anew, this marker would be gone"
    assert len(read_attributes(tmp_path)) == 8


def test_batches_follow_from_seed_and_step_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("phantoms.training.corpus.SHARD", 200)
    draw_corpus(tmp_path, seed=17, count=200)

    def batches():
        return Batches(Corpus(tmp_path), 17, steps=4, batch_size=9, tokenizer=list)

    batch, again = batches()[2], batches()[2]
    assert batch["images"].shape == (9, 3, 224, 224)
    assert (batch["images"] == again["images"]).all()
    assert batch["captions"] == again["captions"] and batch["sentences"] == again["sentences"]
    assert batch["captions"] != batches()[3]["captions"]
