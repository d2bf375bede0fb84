"""Labelled pictures of your own: folders named after classes, a CSV file, or a file of MedMNIST."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from PIL import Image

FORMATS = {"BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP"}
HIDDEN = (".", "__")


class Cases(NamedTuple):
    """N pictures, the true class of each, and its patient or other group (None: no groups)."""

    pictures: list[Any]
    truth: list[str]
    groups: list[str] | None = None


def read_folder(folder: str | Path) -> Cases:
    """Return the pictures in the subfolders of `folder`, at any depth, each named after its class.

    Hidden ones and those that begin with "__" are copies of other programs: left out.

    Raises ValueError: there are no subfolders, or one holds no picture.
    """
    classes = sorted(Path(folder).expanduser().glob("*/"))
    classes = [path for path in classes if not path.name.startswith(HIDDEN)]
    if not classes:
        raise ValueError(f"There is no folder {folder}, or it has no subfolders: one per class.")
    formats = Image.registered_extensions()  # {".png": "PNG", …}
    pictures, truth = [], []
    for path in classes:
        files = [f for f in path.rglob("*") if formats.get(f.suffix.lower()) in FORMATS]
        for file in sorted(files):
            hidden = any(part.startswith(HIDDEN) for part in file.relative_to(path).parts)
            if file.is_file() and not hidden:
                pictures.append(file)
                truth.append(path.name)
        if path.name not in truth:
            raise ValueError(f"The class folder {path} holds no picture. Fill it, or remove it.")
    return Cases(pictures, truth)


def read_csv(file, picture="file", label="label", group=None, folder=None) -> Cases:
    """Return the pictures that a CSV file lists, one per row; the arguments name its columns.

    Paths count from `folder`, or from the file's own. `group` names the column of patients.

    Raises ValueError: no CSV in UTF-8; a column, field or picture is missing, or a picture twice.
    """
    look = {"dtype": str, "index_col": False, "keep_default_na": False, "skip_blank_lines": False}
    try:
        table = pd.read_csv(file, encoding="utf-8-sig", **look)
    except ValueError as error:
        why = f"{file} is not readable as CSV ({error})"
        raise ValueError(f'{why}. Save it as "CSV UTF-8", with commas.') from error
    table = table.rename(columns=str.strip).fillna("").apply(lambda column: column.str.strip())
    table = table[(table != "").any(axis=1)]  # without blank lines; the index still counts them
    wanted = [name for name in (picture, label, group) if name]
    if missing := [name for name in wanted if name not in table.columns]:
        has = f"it has {', '.join(table.columns)}. Save it with commas"
        raise ValueError(f"{file} has no column {missing[0]!r}; {has}.")
    if (empty := (table[wanted] == "").any(axis=1)).any():
        line = f"line {empty.idxmax() + 2}"
        raise ValueError(f"{file}, {line}: one of {', '.join(wanted)} is empty. Fill it in.")
    if (again := table[picture].duplicated()).any():
        line = f"line {again.idxmax() + 2}: {table[picture][again.idxmax()]!r}"
        raise ValueError(f"{file}, {line} is listed twice, and would count twice.")
    pictures = [Path(folder or Path(file).parent) / name for name in table[picture]]
    if absent := [str(path) for path in pictures if not path.is_file()]:
        counts = f"{len(absent)} of {len(pictures)} pictures are not there"
        raise ValueError(f"{counts}, first {absent[0]!r}. Write / for \\ in the paths.")
    return Cases(pictures, table[label].tolist(), table[group].tolist() if group else None)


def read_medmnist(name: str, folder: str | Path, split: str = "test", size: int = 28) -> Cases:
    """Return one split of a MedMNIST v2 data set (Yang et al. 2023) from its .npz file in `folder`.

    Get the file (`pathmnist.npz`, or `pathmnist_224.npz` for `size` 224) at medmnist.com first.

    Raises ValueError: the file is missing or damaged, or the set has volumes or several labels.
    """
    import medmnist  # takes seconds, and nothing else needs it

    flat = {
        key: about["label"]
        for key, about in medmnist.INFO.items()
        if "3d" not in key and "multi-label" not in about["task"]
    }
    if name not in flat:
        known = f"these are: {', '.join(flat)}"
        raise ValueError(f"{name!r} is not a set of flat pictures with one label each; {known}.")
    file = Path(folder) / f"{name}{'' if size == 28 else f'_{size}'}.npz"
    try:
        with np.load(file) as data:
            numbers = data[f"{split}_labels"][:, 0]
            return Cases(list(data[f"{split}_images"]), [flat[name][str(n)] for n in numbers])
    except Exception as error:  # damage shows in many ways: zip, keys, shapes
        why = f"{file} is missing, is damaged or no file of {name}, or has no split {split!r}"
        raise ValueError(f"{why}. Download it from https://medmnist.com. {error!r}") from error
