"""Search among stored embeddings, and an index file that belongs to one model."""

import io
import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .model import VisionLanguageModel, check_embeddings


def top_k(queries: np.ndarray, gallery: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return positions (Q, k) and cosines (Q, k) of the k most similar of the gallery, best first.

    Raises ValueError: `queries` (Q, D) or `gallery` (N, D) are no embeddings, or k is not 1 … N."""
    queries, gallery = check_embeddings(queries, "queries"), check_embeddings(gallery, "gallery")
    if not 1 <= k <= len(gallery):
        raise ValueError(f"k is {k}; it must lie between 1 and the {len(gallery)} of the gallery.")
    cosines = queries @ gallery.T  # (Q, N)
    order = np.argsort(-cosines, axis=1, kind="stable")[:, :k]  # (Q, k)
    return order, np.take_along_axis(cosines, order, axis=1)


def save_index(path, model: VisionLanguageModel, vectors: np.ndarray, names: Sequence[str]) -> Path:
    """Return `path` (.npz), once it holds embeddings (N, D), N names and the model's fingerprint.

    The file appears complete or not at all. Raises ValueError: vectors or names do not fit."""
    path = Path(path).expanduser()
    vectors = check_embeddings(vectors, "images")
    if vectors.shape != (len(names), model.embed_dim):
        raise ValueError(f"{vectors.shape} do not fit {len(names)} names of D = {model.embed_dim}.")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    arrays = {"model": model.name, "vectors": np.float32(vectors), "names": json.dumps([*names])}
    try:
        with part.open("wb") as file:  # before the fingerprint: is there such a folder?
            np.savez(file, **arrays, fingerprint=model.fingerprint)
        return part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def load_index(path: str | Path, model: VisionLanguageModel) -> tuple[np.ndarray, list[str]]:
    """Return the embeddings (N, D) and N names in the file at `path`; nothing in it is executed.

    Raises ValueError: another model made it, or it is damaged or no index."""
    again = "Make it again: save_index(path, model, model.encode_images(pictures), names)."
    content = io.BytesIO(Path(path).expanduser().read_bytes())
    try:
        arrays = dict(np.load(content, allow_pickle=False))
        vectors = check_embeddings(arrays["vectors"], "the stored vectors")
        names = [name for name, _ in zip(json.loads(str(arrays["names"])), vectors, strict=True)]
        if str(arrays["fingerprint"]) == model.fingerprint:
            return vectors, names
    except Exception as error:  # damage shows in many ways: zip, tokens, shapes, JSON
        raise ValueError(f"{path} is no index, or a damaged one ({error}). {again}") from error
    raise ValueError(f"{path} is of {arrays['model']}: the models cannot be compared. {again}")
