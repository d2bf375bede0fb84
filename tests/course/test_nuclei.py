"""The nuclei that notebook 09 learns from are what their table and their licence page say."""

from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

pytestmark = pytest.mark.repository
FOLDER = Path(__file__).parents[2] / "example_data"
NUCLEI = FOLDER / "nuclei"


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(NUCLEI / "nuclei.csv")


def test_each_nucleus_is_listed_once_with_one_of_three_classes(table):
    assert table.nucleus.is_unique and not table.isna().any(axis=None)
    counts = table["class"].value_counts().to_dict()
    assert counts == {"inflammatory": 633, "connective": 373, "neoplastic": 288}


def test_each_nucleus_lies_in_its_box_and_each_box_in_the_picture(table):
    with Image.open(NUCLEI / "hgsc_nest.jpg") as picture:
        assert picture.size == (1500, 1500)
    for centre, low, high in (("x", "left", "right"), ("y", "top", "bottom")):
        assert (table[low] >= 0).all() and (table[high] <= 1500).all()
        assert table[centre].between(table[low], table[high] - 1).all()


def test_inflammatory_nuclei_are_the_smallest_and_neoplastic_ones_the_largest(table):
    """The numbers in the type mask could be read in a wrong order: then this would not hold."""
    width, height = table.right - table.left, table.bottom - table.top
    sizes = (width * height).groupby(table["class"]).median()
    assert sizes.idxmax() == "neoplastic" and sizes.idxmin() == "inflammatory"


def test_they_are_small_and_the_licence_page_says_whose_they_are():
    files = sorted(path.name for path in NUCLEI.iterdir())
    assert files == ["hgsc_nest.jpg", "nuclei.csv"]
    assert sum(path.stat().st_size for path in NUCLEI.iterdir()) < 2e6
    page = (FOLDER / "LICENSES.md").read_text(encoding="utf-8")
    assert all(f"nuclei/{name}" in page for name in files)
    assert "HautaniemiLab (histolytics)" in page and "partly by a model" in page


def test_the_picture_holds_pixels_only():
    with Image.open(NUCLEI / "hgsc_nest.jpg") as picture:
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert not picture.getexif()
