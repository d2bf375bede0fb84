"""The slices and masks that notebook 10 points at are what their table and licence page say."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

pytestmark = pytest.mark.repository
FOLDER = Path(__file__).parents[2] / "example_data"
LESIONS = FOLDER / "lesions"


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(LESIONS / "lesions.csv")


def test_the_table_lists_the_files_with_checksums_and_licences(table):
    assert not table.isna().any(axis=None)
    sums = dict(
        zip([*table.file, *table["mask"]], [*table.sha256, *table.mask_sha256], strict=True)
    )
    found = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in LESIONS.glob("*.png")}
    assert sums == found
    page = (FOLDER / "LICENSES.md").read_text(encoding="utf-8")
    assert "`lesions/`" in page and set(table.licence) == {"BSD-3-Clause"}
    assert sum(path.stat().st_size for path in LESIONS.iterdir()) < 2e6


def test_there_are_at_least_twelve_slices_of_four_patients(table):
    assert table.groupby("patient").size().to_dict() == {
        "brain1": 7,
        "brain2": 3,
        "lung1": 3,
        "lung2": 6,
    }
    assert len(table.drop_duplicates(["patient", "kind", "finding"])) == 4


def test_each_mask_fits_its_picture_and_its_box(table):
    for row in table.itertuples():
        with Image.open(LESIONS / row.file) as picture, Image.open(LESIONS / row.mask) as mask:
            assert picture.mode == mask.mode == "L" and picture.size == mask.size
            assert not picture.info and not mask.info, "a PNG holds pixels only"
            pixels = np.asarray(mask)
        assert set(np.unique(pixels)) == {0, 255}
        rows, columns = np.nonzero(pixels)
        box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert box == (row.left, row.top, row.right, row.bottom)


def test_a_patients_lesion_is_brighter_than_its_surroundings(table):
    """Masks that are upside down, mirrored or of another slice would lie on other tissue."""
    rises = []
    for row in table.itertuples():
        pixels = np.asarray(Image.open(LESIONS / row.file), dtype=float)
        inside = np.asarray(Image.open(LESIONS / row.mask)) > 0
        around = np.zeros_like(inside)
        around[row.top - 8 : row.bottom + 8, row.left - 8 : row.right + 8] = True
        rises.append(pixels[inside].mean() - pixels[around & ~inside].mean())
    assert pd.Series(rises).groupby(table.patient).mean().min() > 5
