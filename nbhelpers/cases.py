"""Labelled pictures of your own: folders named after classes, or a CSV file."""

from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from PIL import Image

from .pictures import FORMATS

HIDDEN = (".", "__")  # so begin the copies that other programs make


class Cases(NamedTuple):
    """N pictures, the true class of each, and its patient or other group (None: no groups)."""

    pictures: list[Any]
    truth: list[str]
    groups: list[str] | None = None


def read_folder(folder: str | Path) -> Cases:
    """Return the pictures in the subfolders of `folder`, at any depth, each named after its class.

    Hidden copies are left out. Raises ValueError: no subfolders, or one without a picture.
    """
    folder = Path(folder).expanduser()
    classes = sorted(path for path in folder.glob("*/") if not path.name.startswith(HIDDEN))
    if not classes:
        raise ValueError(f"There is no folder {folder}, or it has no subfolders: one per class.")
    formats = Image.registered_extensions()  # {".png": "PNG", …}
    pictures, truth = [], []
    for path in classes:
        for file in sorted(path.rglob("*")):
            hidden = any(part.startswith(HIDDEN) for part in file.relative_to(path).parts)
            if formats.get(file.suffix.lower()) in FORMATS and file.is_file() and not hidden:
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
    as_text = {"dtype": str, "keep_default_na": False, "index_col": False}
    table = pd.read_csv(file, encoding="utf-8-sig", skip_blank_lines=False, **as_text)
    table = table.rename(columns=str.strip).fillna("").apply(lambda column: column.str.strip())
    table = table[(table != "").any(axis=1)]  # without blank lines; the index still counts them
    wanted = [name for name in (picture, label, group) if name]
    if missing := [name for name in wanted if name not in table.columns]:
        raise ValueError(f"{file} has no column {missing[0]!r}; it has {', '.join(table.columns)}.")
    if (empty := (table[wanted] == "").any(axis=1)).any():
        raise ValueError(f"{file}, line {empty.idxmax() + 2}: one of {', '.join(wanted)} is empty.")
    if (again := table[picture].duplicated()).any():
        raise ValueError(f"{file}, line {again.idxmax() + 2}: this picture is listed twice.")
    pictures = [Path(folder or Path(file).parent) / name for name in table[picture]]
    if absent := [str(path) for path in pictures if not path.is_file()]:
        raise ValueError(f"{len(absent)} of {len(pictures)} pictures are not there: {absent[:3]}.")
    return Cases(pictures, table[label].tolist(), table[group].tolist() if group else None)
