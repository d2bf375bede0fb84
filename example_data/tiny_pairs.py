"""Draw the small figures of notebook 11, and write their captions: `build(folder)`.

Six kinds of phantoms at 64 × 64 pixels: 500 each for training, of chest X-rays 1,000, half of them
with an effusion on one side; 100 each to test; and 200 effusions more, to tell left from right.
Each figure follows from its number alone.
"""

import csv
import io

import numpy as np
from PIL import Image, ImageOps

from phantoms import phantom
from phantoms.captions import caption

KINDS = {  # kind → name of its sheet
    "chest X-ray": "chest_xray",
    "brain MRI": "brain_mri",
    "fundus photograph": "fundus",
    "hematoxylin and eosin histopathology": "h_and_e",
    "fluorescence microscopy": "fluorescence",
    "pie chart": "pie_chart",
}
SERIES = {"train": 110, "test": 111, "side": 112}  # seeds that no other part of the course uses
SIDE, COLUMNS, CAPTIONS = 64, 25, 3
FIELDS = ["split", "kind", "sheet", "place", "side", *(f"caption_{n + 1}" for n in range(CAPTIONS))]


def figures(split, kind):
    """Return (phantom, side of its effusion or "") for each figure of one split and kind."""
    seed = SERIES[split]
    count = {"train": 500, "test": 100, "side": 0}[split]
    drawn = [(phantom(seed, index, kind), "") for index in range(count)]
    if kind == "chest X-ray" and split != "test":
        for index in range(count, count + (500 if split == "train" else 200)):
            side = ("left", "right")[index % 2]
            asked = (f"{side}-sided pleural effusion",)
            drawn.append((phantom(seed, index, kind, findings=asked), side))
    return drawn


def thumbnail(picture):
    """Return the middle of a picture, (64, 64, 3) uint8."""
    return ImageOps.fit(picture, (SIDE, SIDE), Image.Resampling.LANCZOS)


def sheet(drawn):
    """Return the figures as one JPEG, 25 in a row, as bytes."""
    page = Image.new("RGB", (COLUMNS * SIDE, -(-len(drawn) // COLUMNS) * SIDE))
    for place, (figure, _) in enumerate(drawn):
        row, column = divmod(place, COLUMNS)
        page.paste(thumbnail(figure.picture), (column * SIDE, row * SIDE))
    file = io.BytesIO()
    page.save(file, "JPEG", quality=85)
    return file.getvalue()


def rows(split, kind, drawn):
    """Yield one row of pairs.csv per figure."""
    for place, (figure, side) in enumerate(drawn):
        rng = np.random.default_rng([SERIES[split], place])
        texts = [caption(figure.attributes, rng, plain=0.25) for _ in range(CAPTIONS)]
        values = [split, kind, f"{split}_{KINDS[kind]}.jpg", place, side, *texts]
        yield dict(zip(FIELDS, values, strict=True))


def build(folder, write):
    """Fill the folder tiny_pairs in `folder`: a sheet per split and kind, and pairs.csv."""
    (folder / "tiny_pairs").mkdir(parents=True, exist_ok=True)
    table = io.StringIO()
    writer = csv.DictWriter(table, FIELDS, lineterminator="\n")
    writer.writeheader()
    for split in SERIES:
        for kind in KINDS:
            if drawn := figures(split, kind):
                name = f"{split}_{KINDS[kind]}.jpg"
                write(folder / "tiny_pairs" / name, sheet(drawn))
                writer.writerows(rows(split, kind, drawn))
    write(folder / "tiny_pairs" / "pairs.csv", table.getvalue().encode())
