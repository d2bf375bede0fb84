"""The small figures that notebook 11 trains on are what their table says, and can be drawn anew."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

pytestmark = pytest.mark.repository
FOLDER = Path(__file__).parents[2] / "example_data"
PAIRS = FOLDER / "tiny_pairs"


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(PAIRS / "pairs.csv", keep_default_na=False)


@pytest.fixture(scope="module")
def builder():
    sys.path.insert(0, str(FOLDER))
    import tiny_pairs

    yield tiny_pairs
    sys.path.remove(str(FOLDER))


def test_each_split_holds_as_many_of_each_kind_as_the_notebook_says(table):
    counts = table.groupby(["split", "kind"]).size()
    assert counts.test.eq(100).all() and len(counts.test) == 6
    assert counts.train.drop("chest X-ray").eq(500).all()
    assert counts.train["chest X-ray"] == 1000
    assert counts.side.to_dict() == {"chest X-ray": 200}


def test_each_row_has_its_own_place_on_a_sheet_that_reaches_so_far(table):
    assert not table.duplicated(["sheet", "place"]).any()
    for name, rows in table.groupby("sheet"):
        with Image.open(PAIRS / name) as sheet:
            assert sheet.width == 25 * 64 and sheet.height == -(-len(rows) // 25) * 64
        assert sorted(rows.place) == list(range(len(rows)))


def test_half_of_the_one_sided_effusions_are_left_and_their_captions_do_not_say_the_other(table):
    sided = table[table.side != ""]
    assert sided.groupby(["split", "side"]).size().to_dict() == {
        ("side", "left"): 100,
        ("side", "right"): 100,
        ("train", "left"): 250,
        ("train", "right"): 250,
    }
    first = sided.caption_1.str.lower()
    left = first[sided.side == "left"]
    assert left.str.contains("left").mean() > 0.4
    denied = r"clear right|\b(?:no|not|without|absence|free of|negative|excluded|ruled out)\b"
    assert left[~left.str.contains(denied)].str.contains("right").mean() < 0.05


def test_no_figure_is_in_two_splits(table, builder):
    assert len(set(builder.SERIES.values())) == len(builder.SERIES) == table.split.nunique()


def test_a_figure_drawn_anew_is_the_stored_one(table, builder):
    from phantoms import phantom

    row = table[(table.split == "test") & (table.kind == "pie chart")].iloc[3]
    figure = phantom(builder.SERIES["test"], int(row.place), row.kind)
    x, y = 64 * (row.place % 25), 64 * (row.place // 25)
    with Image.open(PAIRS / row.sheet) as sheet:
        stored = np.asarray(sheet.crop((x, y, x + 64, y + 64)), float)
    fresh = np.asarray(builder.thumbnail(figure.picture), float)
    assert np.abs(stored - fresh).mean() < 12  # JPEG


def test_all_files_are_small():
    assert sum(path.stat().st_size for path in PAIRS.iterdir()) < 8e6
