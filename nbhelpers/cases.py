"""Labelled pictures of your own: folders named after classes, or a CSV file."""

import csv
import hashlib
import unicodedata
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pydicom

from .pictures import expand, opens

STORAGE = ("@eadir", "@recycle", "#recycle", "#snapshot", "$recycle.bin")  # of servers, Windows
NO_CASES = (*STORAGE, "__macosx", "thumbs.db", "desktop.ini", "dicomdir")


class Cases(NamedTuple):
    """N pictures, the true class of each, and its patient or other group (None: no groups)."""

    pictures: list[Any]
    truth: list[str]
    groups: list[str] | None = None


def read_folder(folder: str | Path, group: str | None = None) -> Cases:
    """Return the pictures in the subfolders of `folder`, at any depth, each named after its class.

    A warning names files that do not open as pictures; hidden files and previews are no cases.
    With `group="patient"`, DICOM files that share a PatientID share a group: "patient 1", …
    Raises ValueError: a folder is missing or empty, a picture there twice, a PatientID missing."""
    folder = expand(folder)
    classes = sorted(path for path in folder.glob("*/") if not _is_hidden(path, folder))
    if not classes:
        raise ValueError(f"There is no folder {folder}, or it has no subfolders: one per class.")
    if group not in (None, "patient"):
        raise ValueError(f'group is {group!r}; it must be None or "patient".')
    pictures, left = [], [path for path in folder.iterdir() if path.is_file() and opens(path)]
    for file in (file for path in classes for file in sorted(path.rglob("*"))):
        if file.is_file() or file.is_symlink():
            is_case = not _is_hidden(file, folder) and file.is_file() and opens(file)
            (pictures if is_case else left).append(file)
    truth = [plain(file.relative_to(folder).parts[0]) for file in pictures]
    if empty := [path.name for path in classes if plain(path.name) not in truth]:
        raise ValueError(f"The class folder {empty[0]} holds no picture. Fill it, or remove it.")
    if left := [str(path.relative_to(folder)) for path in left if not _is_hidden(path, folder)]:
        warnings.warn(f"{len(left)} files are no cases and left out: {left[:5]}", stacklevel=2)
    _check_once(pictures, pictures)
    return Cases(pictures, truth, _patients(pictures) if group else None)


def read_csv(file, picture="file", label="label", group=None, folder=None) -> Cases:
    """Return the pictures that a CSV file lists, one per row; the arguments name its columns.

    Paths count from `folder`, or from the file's own. `group` names the column of patients.
    Raises ValueError, mostly with the line: no CSV in UTF-8; a column or field is missing; a column
    or picture is there twice; a row has more fields than the header. csv.Error: an open quote."""
    file, wanted = expand(file), [name for name in (picture, label, group) if name]
    rows, pictures, places = [], [], []
    with file.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines, restval="", strict=True)
        reader.fieldnames = [plain(name) for name in reader.fieldnames or ()]
        for name in wanted:
            if reader.fieldnames.count(name) != 1:
                raise ValueError(f"{file} must have one column {name!r}: {reader.fieldnames}.")
        for row in reader:  # a quote that never closes is an error, not one long field
            place = f"{file}, line {reader.line_num}"
            if any(row.pop(None, [])):
                raise ValueError(f'{place}: more fields than names. Quote a comma: "left, upper".')
            fields = [row[name].strip() for name in wanted]
            if "" in fields and any(value.strip() for value in row.values()):
                raise ValueError(f"{place}: one of {', '.join(wanted)} is empty.")
            if "" not in fields:
                rows.append([plain(field) for field in fields[1:]])
                pictures.append(expand(folder or file.parent) / expand(fields[0]))
                places.append(place)
    _check_once(pictures, places)
    groups = [fields[1] for fields in rows] if group else None
    return Cases(pictures, [fields[0] for fields in rows], groups)


def plain(text: str) -> str:
    """Return text without spaces around it, each accented letter as one character (NFC)."""
    return unicodedata.normalize("NFC", text.strip())


def _is_hidden(path: Path, folder: Path) -> bool:
    parts = path.relative_to(folder).parts
    return any(part.startswith(".") or part.lower() in NO_CASES for part in parts)


def _check_once(pictures: list[Path], places: list) -> None:
    """Raise ValueError where one file is there twice; warn of files with the same content."""
    if (again := pd.Series([path.resolve() for path in pictures]).duplicated()).any():
        raise ValueError(f"{places[again.idxmax()]}: this picture is listed twice.")
    copies = pd.Series([hashlib.md5(path.read_bytes()).digest() for path in pictures]).duplicated()
    if copies.any():
        such = f"pictures are copies of others, such as {places[copies.idxmax()]}"
        warnings.warn(f"{copies.sum()} {such}: every interval is too narrow.", stacklevel=3)


def _patients(pictures: list[Path]) -> list[str]:
    """Return a number for the patient of each DICOM file; no PatientID leaves this function."""
    headers = (pydicom.dcmread(path, force=True, stop_before_pixels=True) for path in pictures)
    raw = [header.get_item("PatientID") for header in headers]  # pydicom's text would be quoted
    patients = pd.Series([bytes(one.value or b"").strip(b" \0") if one else b"" for one in raw])
    if (lacks := patients == b"").any():
        raise ValueError(f"{pictures[lacks.idxmax()]} has no PatientID: leave group out.")
    return [f"patient {number + 1}" for number in pd.factorize(patients)[0]]
