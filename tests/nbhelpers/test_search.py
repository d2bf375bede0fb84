import pickle
from pathlib import Path

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from nbhelpers import load_model
from nbhelpers.search import load_index, save_index, top_k


def unit(rng, count, dimensions=32):
    vectors = rng.normal(size=(count, dimensions)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def index(tiny, rng, tmp_path):
    vectors, names = unit(rng, 5), ["a", "β-actin", "chest X-ray, 胸部", "a", "x" * 10_000]
    return save_index(tmp_path / "index.npz", tiny, vectors, names), vectors, names


def test_top_k_is_what_scikit_learn_finds(rng):
    queries, gallery = unit(rng, 7), unit(rng, 50)
    distances, order = (
        NearestNeighbors(metric="cosine", algorithm="brute").fit(gallery).kneighbors(queries, 10)
    )
    found, cosines = top_k(queries, gallery, 10)
    np.testing.assert_array_equal(found, order)
    np.testing.assert_allclose(cosines, 1 - distances, atol=1e-5)


def test_duplicates_come_in_the_order_of_the_gallery(rng):
    one = unit(rng, 1)
    found, cosines = top_k(one, np.repeat(one, 100, axis=0), 100)
    assert found.tolist() == [list(range(100))] and cosines == pytest.approx(1)


def test_one_picture_is_a_gallery_and_no_query_gives_no_answer(rng):
    assert top_k(unit(rng, 3), unit(rng, 1), 1)[0].tolist() == [[0], [0], [0]]
    assert top_k(unit(rng, 0), unit(rng, 4), 2)[0].shape == (0, 2)


@pytest.mark.parametrize("k", [0, -1, 6])
def test_k_must_fit_the_gallery(rng, k):
    with pytest.raises(ValueError, match=f"k is {k}; it must lie between 1 and the 5 "):
        top_k(unit(rng, 2), unit(rng, 5), k)


def test_an_empty_gallery_nan_other_dimensions_and_unscaled_vectors_are_refused(rng):
    queries, broken = unit(rng, 2), unit(rng, 5)
    with pytest.raises(ValueError, match="the 0 of the gallery"):
        top_k(queries, unit(rng, 0), 1)
    with pytest.raises(ValueError, match="matmul"):
        top_k(queries, unit(rng, 5, 16), 1)
    with pytest.raises(ValueError, match="unit length"):
        top_k(queries, 2 * broken, 1)
    broken[3, 1] = np.nan
    with pytest.raises(ValueError, match=r"gallery .* hold NaN"):
        top_k(queries, broken, 1)


def test_an_index_comes_back_as_it_was(index, tiny):
    path, vectors, names = index
    loaded, loaded_names = load_index(str(path), tiny)
    np.testing.assert_array_equal(loaded, vectors)
    assert loaded.dtype == np.float32 and loaded_names == names
    assert [file.name for file in path.parent.iterdir()] == ["index.npz"]


def test_an_index_lies_in_the_home_folder_that_a_tilde_means(tiny, rng, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    save_index("~/index.npz", tiny, unit(rng, 1), ["a"])
    assert (tmp_path / "index.npz").is_file() and load_index("~/index.npz", tiny)[1] == ["a"]


def test_a_folder_that_is_missing_is_said_before_anything_is_computed(tiny, rng, tmp_path):
    class Slow(type(tiny)):
        fingerprint = property(lambda model: pytest.fail("it was computed"))

    model = Slow(**vars(tiny))
    with pytest.raises(FileNotFoundError, match="nowhere"):
        save_index(tmp_path / "nowhere" / "index.npz", model, unit(rng, 1), ["a"])


def test_an_empty_index_comes_back_empty(tiny, tmp_path):
    vectors, names = load_index(
        save_index(tmp_path / "none.npz", tiny, np.empty((0, 32), np.float32), []), tiny
    )
    assert vectors.shape == (0, 32) and names == []


def test_precision_does_not_matter_but_the_model_does(index, tiny, model_folder):
    load_index(index[0], load_model(model_folder, device="cpu", precision="bf16"))
    with pytest.raises(ValueError, match="of tiny_clip: the models") as told:
        load_index(index[0], load_model("phantomclip"))
    assert "cannot be compared" in str(told.value) and "save_index" in str(told.value)


def test_a_model_trained_further_is_another_model(index, model_folder):
    model = load_model(model_folder, device="cpu")
    model.clip.visual.trunk.norm.bias.data += 1e-3
    with pytest.raises(ValueError, match="cannot be compared"):
        load_index(index[0], model)


class Bomb:
    def __reduce__(self):
        return Path.touch, (Path("exploded"),)


def test_damaged_and_foreign_files_are_refused_and_never_unpickled(
    index, tiny, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    whole = index[0].read_bytes()
    for name, content in {
        "empty": b"",
        "text": b"name,vector\n",
        "cut": whole[: len(whole) // 2],
        "flipped": whole[:300] + bytes([whole[300] ^ 1]) + whole[301:],
        "pickle": pickle.dumps(Bomb()),
    }.items():
        path = tmp_path / f"{name}.npz"
        path.write_bytes(content)
        with pytest.raises(ValueError, match="no index, or a damaged one"):
            load_index(path, tiny)
    np.save(tmp_path / "array.npy", np.ones(3))
    np.savez(tmp_path / "other.npz", vectors=np.ones(3))
    objects = {"model": "tiny_clip", "fingerprint": tiny.fingerprint, "names": np.array([Bomb()])}
    np.savez(tmp_path / "objects.npz", vectors=index[1], **objects)
    for name in ("array.npy", "other.npz", "objects.npz"):
        with pytest.raises(ValueError, match="no index, or a damaged one"):
            load_index(tmp_path / name, tiny)
    assert not Path("exploded").exists()
    with pytest.raises(FileNotFoundError):
        load_index(tmp_path / "missing.npz", tiny)


def test_stored_nan_is_refused(index, tiny):
    broken = dict(np.load(index[0]))
    broken["vectors"][2, 3] = np.nan
    np.savez(index[0], **broken)
    with pytest.raises(ValueError, match=r"stored vectors .* hold NaN"):
        load_index(index[0], tiny)


def test_names_that_do_not_fit_the_vectors_are_refused(index, tiny):
    np.savez(index[0], **(dict(np.load(index[0])) | {"names": '["one"]'}))
    with pytest.raises(ValueError, match=r"longer than argument 1"):
        load_index(index[0], tiny)


def test_what_is_no_index_is_not_written(index, tiny, tmp_path):
    _, vectors, names = index
    with pytest.raises(ValueError, match="32"):
        save_index(
            tmp_path / "new.npz",
            tiny,
            vectors[:, :16] / np.linalg.norm(vectors[:, :16], axis=1)[:, None],
            names,
        )
    with pytest.raises(ValueError, match="4 names"):
        save_index(tmp_path / "new.npz", tiny, vectors, names[:4])
    assert [file.name for file in tmp_path.iterdir()] == ["index.npz"]


def test_an_interrupted_save_leaves_the_old_index_and_no_rubbish(index, tiny, monkeypatch):
    path, vectors, names = index
    before = path.read_bytes()

    def full(file, **arrays):
        file.write(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space"):
        save_index(path, tiny, vectors, names)
    assert path.read_bytes() == before and [file.name for file in path.parent.iterdir()] == [
        "index.npz"
    ]
