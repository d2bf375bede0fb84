"""Search among stored embeddings, and an index file that belongs to one model."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .encoders import VisionLanguageModel, _embeddings


def top_k(queries: np.ndarray, gallery: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the k most similar of the gallery for each query, best first: their positions (Q, k) and cosines (Q, k).

    `queries` (Q, D) and `gallery` (N, D) are embeddings of one model. Exact: it compares every pair, and sorts. Of
    equally similar ones, the first in the gallery comes first.

    Raises ValueError: the vectors do not fit together or hold NaN, or k is outside 1…N.
    """
    queries, gallery = _embeddings(queries, "queries"), _embeddings(gallery, "gallery")
    if queries.shape[1] != gallery.shape[1]:
        raise ValueError(
            f"queries {queries.shape} and gallery {gallery.shape} differ in D: they come from two models."
        )
    if not 1 <= k <= len(gallery):
        raise ValueError(f"k is {k}; it must lie between 1 and the {len(gallery)} of the gallery.")
    cosines = queries @ gallery.T  # (Q, N)
    order = np.argsort(-cosines, axis=1, kind="stable")[:, :k]  # (Q, k)
    return order, np.take_along_axis(cosines, order, axis=1)


def save_index(
    path: str | Path, model: VisionLanguageModel, vectors: np.ndarray, names: Sequence[str]
) -> Path:
    """Return `path` (.npz), once it holds the embeddings (N, D), a name for each, and the model's fingerprint.

    The file appears complete or not at all; an older one of the same name is replaced.

    Raises ValueError: another ending, vectors that are not the model's, or not one name a vector.
    """
    path, vectors = Path(path), _embeddings(vectors, "images")
    if path.suffix != ".npz":
        raise ValueError(f"An index is a file that ends in .npz, not {path.name!r}.")
    if vectors.shape[1] != model.embed_dim or len(vectors) != len(names):
        shape = f"({len(names)} names, D = {model.embed_dim})"
        raise ValueError(
            f"vectors are {vectors.shape}; {model.name} and the names call for {shape}."
        )
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            written_by = {"model": model.name, "fingerprint": model.fingerprint}
            as_json = np.frombuffer(json.dumps(list(names)).encode(), np.uint8)
            np.savez(file, vectors=np.float32(vectors), names=as_json, **written_by)
        return part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def load_index(path: str | Path, model: VisionLanguageModel) -> tuple[np.ndarray, list[str]]:
    """Return the embeddings (N, D) and the N names in the file at `path`, if this very model made them.

    Device and precision may differ from those of the time of writing. Nothing in the file is ever executed.

    Raises ValueError: another model made the index, or the file is none or is damaged. Raises FileNotFoundError.
    """
    again = "Make it again: save_index(path, model, model.encode_images(pictures), names)."
    try:
        with np.load(path, allow_pickle=False) as file:
            made_by, fingerprint = file["model"].item(), file["fingerprint"].item()
            names = json.loads(file["names"].tobytes())
            vectors = _embeddings(file["vectors"], "the stored vectors")
    except FileNotFoundError:
        raise
    except Exception as error:  # damage shows in many ways: zip, tokens, shapes, JSON
        raise ValueError(f"{path} is no index, or a damaged one ({error}). {again}") from error
    if fingerprint != model.fingerprint:
        whose = f"{made_by} ({str(fingerprint)[:8]}…), and this model is {model.name} ({model.fingerprint[:8]}…)"
        raise ValueError(
            f"{path} was made by {whose}. Embeddings of two models cannot be compared. {again}"
        )
    if len(names) != len(vectors):
        raise ValueError(f"{path} holds {len(vectors)} vectors and {len(names)} names. {again}")
    return vectors, names
