"""Labelled pictures of your own: folders named after classes, a CSV file, or a file of MedMNIST."""

from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

PICTURES = {
    ".png",
    ".jpg",
    ".jpeg",
    ".tif",
    ".tiff",
    ".bmp",
    ".gif",
    ".webp",
    ".jp2",
    ".ppm",
    ".pgm",
}
HIDDEN = (".", "__")


class Cases(NamedTuple):
    """N pictures, the true class of each, and the patient (or other group) of each, or None for no groups at all."""

    pictures: list[Any]
    truth: list[str]
    groups: list[str] | None = None


def read_folder(folder: str | Path) -> Cases:
    """Return the pictures in the subfolders of `folder`, at any depth; a subfolder's name is the class.

    Hidden files and folders, and those that begin with "__", are copies and caches of other programs: left out.

    Raises ValueError: there is no such folder, it has no subfolders, or one has no picture in it.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise ValueError(f"There is no folder {str(folder)!r} (seen from {str(Path.cwd())!r}).")
    classes = sorted(
        path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(HIDDEN)
    )
    if not classes:
        raise ValueError(
            f"{str(folder)!r} has no subfolders: it must hold one folder a class, named after the class."
        )
    pictures, truth = [], []
    for path in classes:
        files = (
            file for file in path.rglob("*") if file.suffix.lower() in PICTURES and file.is_file()
        )
        found = sorted(
            f
            for f in files
            if not any(part.startswith(HIDDEN) for part in f.relative_to(path).parts)
        )
        if not found:
            raise ValueError(
                f"The class folder {str(path)!r} holds no picture. Fill it, or take it away."
            )
        pictures += found
        truth += [path.name] * len(found)
    return Cases(pictures, truth)


def read_csv(
    file: str | Path,
    picture: str = "file",
    label: str = "label",
    group: str | None = None,
    folder: str | Path | None = None,
) -> Cases:
    """Return the pictures that a CSV file lists, one a row; the arguments name its columns.

    Paths count from `folder`, or from the folder that the CSV file is in. `group` names the column of the patients.

    Raises ValueError: no CSV in UTF-8, a column is missing, a row has no label or group, a picture is not there or is
    listed twice.
    """
    try:
        options = {
            "dtype": str,
            "index_col": False,
            "keep_default_na": False,
            "skip_blank_lines": False,
        }
        table = pd.read_csv(file, encoding="utf-8-sig", **options)
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ValueError(
            f'{file} is not readable as CSV ({error}). Save it as "CSV UTF-8", with commas.'
        ) from error
    table = table.rename(columns=str.strip).fillna("").apply(lambda column: column.str.strip())
    table = table[(table != "").any(axis=1)]  # without blank lines; the index still counts them
    wanted = [picture, label] + ([group] if group else [])
    if missing := [name for name in wanted if name not in table.columns]:
        then = " Save it with commas between the columns." if len(table.columns) == 1 else ""
        raise ValueError(
            f"{file} has no column {missing[0]!r}; it has {', '.join(table.columns)}.{then}"
        )
    if (empty := (table[wanted] == "").any(axis=1)).any():
        raise ValueError(
            f"{file}, line {empty.idxmax() + 2}: one of {', '.join(wanted)} is empty. Fill it in."
        )
    if (again := table[picture].duplicated()).any():
        name = table[picture][again.idxmax()]
        raise ValueError(
            f"{file}, line {again.idxmax() + 2}: {name!r} is listed twice, and would count twice."
        )
    pictures = [Path(folder or Path(file).parent) / name for name in table[picture]]
    if absent := [path for path in pictures if not path.is_file()]:
        then = " Write / for \\ in the paths." if "\\" in str(absent[0]) else ""
        raise ValueError(
            f"{len(absent)} of {len(pictures)} pictures are not there, first {str(absent[0])!r}.{then}"
        )
    return Cases(pictures, table[label].tolist(), table[group].tolist() if group else None)


def read_medmnist(name: str, folder: str | Path, split: str = "test", size: int = 28) -> Cases:
    """Return one split of a MedMNIST data set ("pathmnist", "bloodmnist", …) from its .npz file in `folder`.

    Nothing is downloaded: get the file (`pathmnist.npz`, or `pathmnist_224.npz` for `size` 224) first, at medmnist.com.
    MedMNIST v2: Yang et al. 2023. At 28 pixels most of what a model reads is lost: take 224 where you can.

    Where a set numbers its classes ("retinamnist"), word them for the model: `report_card(…, labels={"0": "…", …})`.

    Raises ValueError: the file is missing or damaged, the name or split is unknown, or the set is not one of flat
    pictures with one label each.
    """
    import medmnist  # takes seconds, and nothing else needs it

    about = medmnist.INFO.get(name)
    if about is None or name.endswith("3d") or "multi-label" in about["task"]:
        flat = [
            key
            for key, info in medmnist.INFO.items()
            if "3d" not in key and "multi-label" not in info["task"]
        ]
        raise ValueError(
            f"{name!r} is not a set of flat pictures with one label each; these are: {', '.join(flat)}."
        )
    file = Path(folder) / f"{name}{'' if size == 28 else f'_{size}'}.npz"
    if not file.is_file():
        raise ValueError(
            f"{str(file)!r} is not there. Download it from https://medmnist.com, and name its folder."
        )
    if split not in ("train", "val", "test"):
        raise ValueError(f'There is no split {split!r}: use "train", "val" or "test".')
    try:
        data = getattr(medmnist, about["python_class"])(
            split, root=str(folder), size=size, download=False
        )
        # len(data) would insist on the published number of pictures, so that no excerpt could be read.
        return Cases(list(data.imgs), [about["label"][str(number)] for number in data.labels[:, 0]])
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        raise ValueError(
            f"{str(file)!r} is damaged or no file of {name} ({why}). Download it again."
        ) from error
