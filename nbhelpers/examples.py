"""The folder example_data of the repository, and the real, openly licensed pictures in it."""

import csv
import os
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

from PIL import Image

from .images import failure, open_image


@dataclass(frozen=True)
class ExampleImage:
    """One real, openly licensed picture: goes wherever a path goes, to open_image and to a model alike."""

    file: Path
    label: str
    caption: str
    modality: str
    source: str
    licence: str
    credit: str

    def __fspath__(self) -> str:
        return str(self.file)

    def open(self) -> Image.Image:
        """Return the picture as a PIL image of mode "RGB"."""
        return open_image(self)


def example_data() -> Path:
    """Return the folder example_data: that of the repository, or what NBHELPERS_EXAMPLE_DATA names."""
    ours = Path(__file__).resolve().parents[1] / "example_data"
    return Path(os.environ.get("NBHELPERS_EXAMPLE_DATA") or ours).expanduser()


def example_images(labels: str | Iterable[str] | None = None) -> list[ExampleImage]:
    """Return the example images in the order of images.csv, all of them or those with one of the labels.

    Raises ValueError for a label that none has, and ImageError where the folder example_data is not found.
    """
    folder = example_data()
    if not (folder / "images.csv").is_file():
        why = "images.csv is not there; the example images come with the repository, not with the package"
        then = "Clone the repository, or set NBHELPERS_EXAMPLE_DATA to its folder example_data."
        raise failure(f"the folder {str(folder)!r}", why, then)
    with (folder / "images.csv").open(encoding="utf-8", newline="") as file:
        rows = [row | {"file": folder / "images" / row["file"]} for row in csv.DictReader(file)]
    images = [
        ExampleImage(**{field.name: row[field.name] for field in fields(ExampleImage)})
        for row in rows
    ]
    known = dict.fromkeys(image.label for image in images)
    wanted = known if labels is None else [labels] if isinstance(labels, str) else list(labels)
    if unknown := [label for label in wanted if label not in known]:
        raise ValueError(
            f"No example image has the label {unknown[0]!r}. The labels are: {', '.join(known)}."
        )
    return [image for image in images if image.label in wanted]
