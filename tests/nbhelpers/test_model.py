"""Encoding: the same numbers as open_clip alone, in order, with little work and memory."""

import gc
import itertools
import json
import signal
import threading
import time
import warnings

import numpy as np
import pytest
import torch
from PIL import Image
from pydicom import dcmread
from pydicom.data import get_testdata_file
from tiny_models import TOWERS, write_tiny_model
from tqdm.auto import tqdm

from conftest import SENTENCES
from nbhelpers import MODEL_CARD_LABELS, ImageError, example_images, load_model

PROMPTS = ["this is a photo of a chest x-ray", "brain mri", *SENTENCES]


@pytest.fixture(scope="module")
def reference(model_folder):
    """The same folder through open_clip alone, padded to the full context length."""
    import open_clip

    text = json.loads((model_folder / "open_clip_config.json").read_text())["model_cfg"]["text_cfg"]
    text |= {"hf_model_name": str(model_folder), "hf_model_pretrained": False}
    model, preprocess = open_clip.create_model_from_pretrained(
        f"local-dir:{model_folder}", text_cfg=text
    )
    return model.eval(), preprocess, open_clip.get_tokenizer(f"local-dir:{model_folder}")


@pytest.fixture
def batches(tiny, monkeypatch):
    """What the two towers are given: the batches, in order."""
    seen = []
    for tower in ("encode_image", "encode_text"):
        encode = getattr(tiny.clip, tower)
        monkeypatch.setattr(
            tiny.clip, tower, lambda batch, encode=encode: seen.append(batch) or encode(batch)
        )
    return seen


@pytest.fixture
def threads_end():
    """Fail unless the pool of threads that the test started has ended soon after it."""
    before = set(threading.enumerate())
    yield
    wait_until(lambda: not any("_handle" in t.name or "worker" in t.name for t in started(before)))


def started(before: set) -> set:
    """The threads that are new, such as "Thread-3 (worker)", "Thread-4 (_handle_tasks)"."""
    return set(threading.enumerate()) - before


def wait_until(true):
    deadline = time.monotonic() + 60
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert true()


def test_fp32_gives_what_open_clip_gives(tiny, reference, pictures):
    model, preprocess, tokenizer = reference
    with torch.no_grad():
        images, texts, scale = model(
            torch.stack([preprocess(p) for p in pictures]), tokenizer(PROMPTS)
        )
        expected = (scale * images @ texts.T).softmax(-1)
    mine = tiny.encode_images(pictures, batch_size=2), tiny.encode_texts(PROMPTS, batch_size=4)
    np.testing.assert_allclose(mine[0], images, atol=1e-6)
    np.testing.assert_allclose(mine[1], texts, atol=1e-6)
    np.testing.assert_allclose(tiny.probabilities(*mine), expected, atol=1e-6)
    assert tiny.logit_scale == pytest.approx(scale.item())


def test_bf16_stays_close_and_returns_float32_of_unit_length(tiny, model_folder, pictures):
    fast = load_model(model_folder, device="cpu", precision="bf16")
    for a, b in (
        (fast.encode_images(pictures), tiny.encode_images(pictures)),
        (fast.encode_texts(PROMPTS), tiny.encode_texts(PROMPTS)),
    ):
        assert a.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(a, axis=1), 1, atol=1e-6)
        assert (a * b).sum(1).min() > 0.999
        assert np.abs(a - b).max() > 0  # it did compute in another precision


def test_bf16_ranks_as_fp32_wherever_the_best_two_differ():
    """On the trained model; a random one gives all labels nearly the same probability."""
    plain, fast = (
        load_model("phantomclip", device="cpu", precision=name) for name in ("fp32", "bf16")
    )
    pictures, labels = (
        example_images()[::4],
        [f"this is a photo of {label}" for label in MODEL_CARD_LABELS],
    )
    exact = plain.probabilities(plain.encode_images(pictures), plain.encode_texts(labels))
    close = fast.probabilities(fast.encode_images(pictures), fast.encode_texts(labels))
    assert np.abs(exact - close).max() < 0.03
    best = np.sort(exact, axis=1)
    clear = best[:, -1] - best[:, -2] > 0.02
    assert clear.sum() >= 5
    np.testing.assert_array_equal(exact.argmax(1)[clear], close.argmax(1)[clear])


def test_each_weight_is_rounded_once_and_not_for_every_batch(model_folder):
    fast = load_model(model_folder, device="cpu", precision="bf16")

    def casts(batch_size):
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
            fast.encode_texts(SENTENCES, batch_size=batch_size)
        return sum(event.count for event in profile.key_averages() if event.key == "aten::_to_copy")

    assert casts(1) < 3 * casts(
        4
    )  # four batches; without keeping the weights, four times as many casts


def test_encoding_inside_the_callers_autocast_leaves_its_gradients_alone(model_folder):
    fast = load_model(model_folder, device="cpu", precision="bf16")
    with torch.autocast("cpu", torch.bfloat16):
        fast.encode_texts(PROMPTS)
        fast.clip.encode_text(fast.tokenizer(PROMPTS)).sum().backward()
    assert all(w.grad is not None for w in fast.clip.text.transformer.encoder.parameters())


def test_neither_autocast_nor_inference_mode_reaches_the_generators_own_arithmetic(
    model_folder, pictures
):
    fast, seen = load_model(model_folder, device="cpu", precision="bf16"), []

    def drawn():
        for picture in pictures:
            product = torch.ones(2, 2, requires_grad=True) @ torch.ones(2, 2)
            seen.append((product.dtype, product.requires_grad))
            yield picture

    fast.encode_images(drawn(), batch_size=1)
    assert set(seen) == {(torch.float32, True)}


def test_training_after_encoding_changes_the_embeddings(model_folder):
    """No rounded copy of the weights outlives the call."""
    fast = load_model(model_folder, device="cpu", precision="bf16")
    before = fast.encode_texts(PROMPTS)
    with torch.no_grad():
        for weights in fast.clip.text.parameters():
            weights.add_(0.05 * torch.randn_like(weights))
    assert np.abs(fast.encode_texts(PROMPTS) - before).max() > 1e-3
    fast.clip.encode_text(fast.tokenizer(PROMPTS)).sum().backward()


def test_trimming_happens_and_changes_nothing(tiny, reference, batches):
    model, _, tokenizer = reference
    short = ["brain mri", "a pie chart"]
    with torch.no_grad():
        full = model.encode_text(tokenizer(short), normalize=True)
    np.testing.assert_allclose(tiny.encode_texts(short), full, atol=1e-6)
    assert batches[0].shape[1] < 10 < tiny.context_length


def test_each_batch_is_as_long_as_its_longest_prompt_and_no_longer(tiny, batches):
    tiny.encode_texts(["chest " * words for words in (20, 1, 21, 2, 40, 3)], batch_size=2)
    assert [batch.shape for batch in batches] == [(2, 42), (2, 22), (2, 4)]


def test_short_prompts_go_in_larger_batches_than_long_ones(tiny, batches):
    words = ["chest", "brain", "mri", "pie", "chart", "photo"]
    pairs = [f"{first} {second}" for first in words for second in words]
    tiny.encode_texts([f"{pair} " * 20 for pair in pairs] + pairs)
    assert all(batch.numel() <= 1024 for batch in batches)
    assert len(batches[0]) == 1024 // 42 and len(batches) == 3


def test_a_prompt_that_comes_again_is_encoded_once_and_stands_in_every_place(tiny, batches):
    prompts = ["a pie chart", "brain mri", "a pie chart", *SENTENCES, "brain mri", "a pie chart"]
    texts = tiny.encode_texts(iter(prompts))
    assert sum(len(batch) for batch in batches) == len(set(prompts))
    for prompt, text in zip(prompts, texts, strict=True):
        np.testing.assert_allclose(text, tiny.encode_texts(prompt)[0], atol=1e-6)


def test_left_padding_is_never_cut_into(model_folder):
    model = load_model(model_folder, device="cpu", precision="fp32")
    model.tokenizer.tokenizer.padding_side = "left"
    with torch.no_grad():
        full = model.clip.encode_text(model.tokenizer(["brain mri"]), normalize=True)
    np.testing.assert_allclose(
        model.encode_texts(["brain mri", "chest " * 30])[:1], full, atol=1e-6
    )


def test_shapes_order_and_single_inputs(tiny, pictures):
    images, texts = (
        tiny.encode_images(pictures, batch_size=2),
        tiny.encode_texts(PROMPTS, batch_size=2),
    )
    assert images.shape == (5, 32) and texts.shape == (len(PROMPTS), 32)
    for index in (0, 3, 4):
        np.testing.assert_allclose(tiny.encode_images(pictures[index])[0], images[index], atol=1e-6)
        np.testing.assert_allclose(tiny.encode_texts(PROMPTS[index])[0], texts[index], atol=1e-6)
    assert tiny.encode_images([]).shape == (0, 32) and tiny.encode_texts([]).shape == (0, 32)
    assert tiny.encode_images(np.asarray(pictures[0])).shape == (1, 32)
    assert tiny.encode_images(np.stack([np.asarray(pictures[4])] * 2)).shape == (2, 32)


def test_one_open_dataset_is_one_picture(tiny):
    dataset = dcmread(get_testdata_file("MR_small.dcm"))
    one = tiny.encode_images(dataset)
    np.testing.assert_array_equal(one, tiny.encode_images([dataset]))


def test_pictures_of_a_generator_are_drawn_one_batch_ahead_and_no_further(
    tiny, pictures, monkeypatch
):
    drawn, seen = [], []
    encode = tiny.clip.encode_image
    monkeypatch.setattr(
        tiny.clip, "encode_image", lambda batch: seen.append(len(drawn)) or encode(batch)
    )
    many = [pictures[index % 5] for index in range(11)]
    images = tiny.encode_images((drawn.append(0) or picture for picture in many), batch_size=2)
    assert seen == [4, 6, 8, 10, 11, 11]
    np.testing.assert_allclose(images[:5], tiny.encode_images(pictures), atol=1e-6)


def test_pictures_are_opened_in_several_threads_and_none_outlives_the_call(
    tiny, tmp_path, monkeypatch, threads_end
):
    meet, names = (
        threading.Barrier(2, timeout=20),
        set(),
    )  # passes only if two pictures are being opened at a time

    def preprocess(picture, plain=tiny.preprocess):
        names.add(threading.current_thread().name)
        meet.wait()
        return plain(picture)

    monkeypatch.setattr(tiny, "preprocess", preprocess)
    Image.new("RGB", (40, 40)).save(tmp_path / "black.png")
    assert tiny.encode_images([tmp_path / "black.png"] * 4).shape == (4, 32)
    assert len(names) >= 2 and threading.current_thread().name not in names


def test_a_broken_picture_is_named_by_its_index_and_path(tiny, pictures, tmp_path, threads_end):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not a picture")
    with pytest.raises(ImageError, match=r"broken\.png") as caught:
        tiny.encode_images([pictures[0], pictures[1], broken, pictures[2]], batch_size=1)
    assert "picture 2" in caught.value.__notes__[0]


@pytest.fixture
def ctrl_c_works():
    """Python's own answer to SIGINT, which a shell's background jobs ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(
    not hasattr(signal, "pthread_kill"), reason="Windows sends no signal to a thread"
)
@pytest.mark.usefixtures("ctrl_c_works", "threads_end")
@pytest.mark.parametrize("where", ["the generator", "the tower", *20 * ["a thread"]])  # at any step
def test_ctrl_c_ends_the_threads_and_the_model_goes_on_working(tiny, pictures, where, monkeypatch):
    expected, calls = tiny.encode_images(pictures), itertools.count()

    def ctrl_c_at_the_third(plain):
        def call(picture):
            if next(calls) == 2:
                signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            return plain(picture)

        return call

    many = itertools.repeat(pictures[0], 1000)
    gc.collect()  # of earlier pools, which would swallow a Ctrl-C
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt) as held:
        if where == "the generator":
            many = map(ctrl_c_at_the_third(lambda picture: picture), many)
        elif where == "a thread":
            patch.setattr(tiny, "preprocess", ctrl_c_at_the_third(tiny.preprocess))
        else:
            patch.setattr(tiny.clip, "encode_image", ctrl_c_at_the_third(tiny.clip.encode_image))
        tiny.encode_images(many, batch_size=1)
    assert (
        held.tb
    )  # a notebook, too, holds on to its last traceback, and with it to the frames of the call
    np.testing.assert_array_equal(tiny.encode_images(pictures), expected)


@pytest.mark.parametrize("bad", ["", "  ", None, 3])
def test_a_prompt_without_words_is_refused_by_index(tiny, bad):
    with pytest.raises(ValueError, match="Prompt 1 "):
        tiny.encode_texts(["brain mri", bad])


def test_a_prompt_over_the_context_length_warns_once_and_says_by_how_much(tiny):
    with pytest.warns(
        UserWarning, match="'chest chest .* has 62 tokens; tiny_clip reads 48 of them"
    ) as caught:
        tiny.encode_texts(["brain mri", "chest " * 60])
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tiny.encode_texts("chest " * 46)  # 46 and two special tokens just fit


def test_probabilities_do_not_overflow(tiny, monkeypatch):
    monkeypatch.setattr(type(tiny), "logit_scale", 1e5)
    both = np.eye(32, dtype=np.float32)[:2]
    np.testing.assert_array_equal(tiny.probabilities(both, both), np.eye(2))


@pytest.mark.parametrize(
    ("images", "texts", "says"),
    [
        (np.ones((2, 32)), np.eye(32)[:2], "images are not of unit length"),
        (np.eye(32)[0], np.eye(32)[:2], r"\(N, D\)"),
        (np.eye(32)[:2], np.eye(16)[:2], "not from one model"),
        (np.eye(32)[:2], np.full((2, 32), np.nan), "texts .* hold NaN"),
        (np.eye(32)[:2], np.empty((0, 32)), "not from one model"),
    ],
)
def test_probabilities_refuse_what_are_no_embeddings(tiny, images, texts, says):
    with pytest.raises(ValueError, match=says):
        tiny.probabilities(images, texts)


def test_a_progress_bar_comes_only_where_encoding_takes_long(tiny, pictures, capsys, monkeypatch):
    tiny.encode_images(pictures)
    assert not capsys.readouterr().err
    monkeypatch.setattr("nbhelpers.model.tqdm", lambda **options: tqdm(**options | {"delay": 0}))
    tiny.encode_images(pictures)
    tiny.encode_texts(PROMPTS)
    told = capsys.readouterr().err
    assert "image/s" in told and "prompt/s" in told


@pytest.fixture(scope="module", params=TOWERS)
def other(request, tmp_path_factory):
    """A model of another kind than BiomedCLIP, and the same through open_clip alone."""
    import open_clip

    folder = write_tiny_model(tmp_path_factory.mktemp("other") / request.param, request.param)
    clip, preprocess = open_clip.create_model_from_pretrained(f"local-dir:{folder}")
    plain = clip.eval(), preprocess, open_clip.get_tokenizer(f"local-dir:{folder}")
    return load_model(folder, device="cpu", precision="fp32"), plain


def test_any_open_clip_model_encodes_as_open_clip_does(other, pictures):
    model, (clip, preprocess, tokenizer) = other
    prompts = [*PROMPTS, "chest " * 200]
    with torch.no_grad():
        images = clip.encode_image(torch.stack([preprocess(p) for p in pictures]), normalize=True)
        texts = clip.encode_text(tokenizer(prompts), normalize=True)
    with pytest.warns(UserWarning, match="reads"):
        mine = model.encode_images(pictures, batch_size=2), model.encode_texts(prompts, 3)
    np.testing.assert_allclose(mine[0], images, atol=1e-6)
    np.testing.assert_allclose(mine[1], texts, atol=1e-6)
    assert (texts @ texts.T).min() < 0.99  # the prompts make a difference


def test_any_tokenizer_warns_of_the_first_prompt_that_it_cuts_and_of_no_other(other):
    model, (_, _, tokenizer) = other
    reads = model.context_length

    def is_cut(words):
        whole = tokenizer(["chest " * words], context_length=9 * reads)
        return not torch.equal(whole[:, :reads], tokenizer(["chest " * words]))

    words = next(words for words in range(reads) if is_cut(words + 1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.encode_texts("chest " * words)
    cut = ["brain mri", "chest " * (words + 1), "chest " * (words + 9)]
    with pytest.warns(UserWarning, match="'chest chest.*tokens.*2 of the prompts") as caught:
        model.encode_texts(cut)
    assert len(caught) == 1


def test_a_model_trained_with_a_sigmoid_says_so_and_scores_each_pair(other, pictures):
    model, (clip, preprocess, tokenizer) = other
    both = model.encode_images(pictures), model.encode_texts(PROMPTS)
    if clip.logit_bias is None:
        assert model.logit_bias is None and "bias" not in repr(model)
        with pytest.raises(ValueError, match=r"no logit bias.*Use probabilities\(\)"):
            model.pair_probabilities(*both)
    else:
        assert model.logit_bias == -10 and "-10.0 (trained with a sigmoid)" in repr(model)
        images = torch.stack([preprocess(picture) for picture in pictures])
        with torch.no_grad():
            logits, _ = clip.get_logits(images, tokenizer(PROMPTS))
        expected = torch.sigmoid(logits)
        np.testing.assert_allclose(model.pair_probabilities(*both), expected, atol=1e-5)


@pytest.mark.parametrize("prompt", ["胸部X线片", "рентген грудной клетки", "x 胸部 胸部"])
def test_a_prompt_of_which_half_is_unknown_words_warns(tiny, prompt):
    with pytest.warns(UserWarning, match=f"knows at most half .*{prompt}.* 2 of the") as caught:
        tiny.encode_texts(["brain mri", prompt, f"{prompt} 心臓"])
    assert len(caught) == 1


def test_a_text_that_open_clip_mends_is_shown_as_it_is_read_and_plain_words_are_not(tiny):
    with pytest.warns(UserWarning, match="tiny_clip reads 'ﬁlm of a chest' as 'film"):
        tiny.encode_texts("ﬁlm of a chest")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tiny.encode_texts(["chest X-ray", "a  Pie chart’s line", "photo of a chest"])


def test_embeddings_that_are_not_numbers_are_refused_with_their_place(model_folder, pictures):
    model = load_model(model_folder, device="cpu", precision="fp32")
    model.preprocess = lambda picture, plain=model.preprocess: (
        plain(picture) * (float("nan") if picture.size == pictures[3].size else 1)
    )
    says = 'embedding of 3 is NaN.*precision="fp32"'
    with pytest.raises(ValueError, match=says):
        model.encode_images(pictures, batch_size=2)
    with torch.no_grad():
        model.clip.text.proj[0].weight.fill_(3e38)
    with pytest.raises(ValueError, match="embedding of 'brain mri' is NaN"):
        model.encode_texts("brain mri")


def test_the_fingerprint_is_that_of_the_model_compiled_or_on_many_gpus(model_folder):
    def fingerprint(change):
        model = load_model(model_folder, device="cpu", precision="fp32")
        change(model)
        return model.fingerprint

    ways = (
        lambda model: None,
        lambda model: setattr(model, "clip", torch.compile(model.clip)),
        lambda model: setattr(model.clip, "visual", torch.compile(model.clip.visual)),
        lambda model: setattr(model, "clip", torch.nn.DataParallel(model.clip)),
        lambda model: setattr(model.clip, "text", torch.nn.DataParallel(model.clip.text)),
    )
    assert len(set(map(fingerprint, ways))) == 1


def test_a_progress_bar_can_be_hidden(tiny, pictures, capsys, monkeypatch):
    monkeypatch.setattr("nbhelpers.model.tqdm", lambda **options: tqdm(**options | {"delay": 0}))
    tiny.encode_images(pictures, progress=False)
    tiny.encode_texts(PROMPTS, progress=False)
    assert not capsys.readouterr().err
