"""The DICOM files and the slide of example_data/scans hold pictures, and nothing of a person."""

import csv
import hashlib
import re
from pathlib import Path

import openslide
import pydicom
import pytest

pytestmark = pytest.mark.repository
FOLDER = Path(__file__).parents[2] / "example_data"
FILES = sorted((FOLDER / "scans").iterdir())
DICOM = [path for path in FILES if path.suffix == ".dcm"]
TRACES = {
    "date of eight digits": rb"(?<!\d)(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)",
    "date with slashes": rb"\d\d/\d\d/\d\d",
    "time": rb"\d\d:\d\d:\d\d",
    "user": rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}",
    "maker or place": rb"(?i)siemens|ge medical|philips|hospital|imaging cent|scanscope|CMU-1",
}


def test_the_table_lists_the_files_with_checksums_and_licences():
    with (FOLDER / "scans.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["file"]: row for row in csv.DictReader(file)}
    assert sorted(rows) == [path.name for path in FILES]
    licences = (FOLDER / "LICENSES.md").read_text(encoding="utf-8")
    for path in FILES:
        row = rows[path.name]
        assert row["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert row["licence"] in licences and row["evidence"] and row["credit"]
    assert sum(path.stat().st_size for path in FILES) < 4_000_000


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_byte_tells_of_a_person_a_day_or_a_place(path):
    content = path.read_bytes()
    found = {what: re.search(pattern, content) for what, pattern in TRACES.items()}
    assert not any(found.values()), found


@pytest.mark.parametrize("path", DICOM, ids=lambda path: path.name)
def test_a_header_holds_no_field_for_names_dates_or_free_text(path):
    dataset = pydicom.dcmread(path)
    fields = [field for field in dataset if field.keyword != "PixelData"]
    assert {field.VR for field in fields} <= {"UI", "CS", "US", "SS", "DS"}
    assert not any(field.tag.is_private for field in fields)
    assert dataset.pixel_array.shape == (dataset.Rows, dataset.Columns)


def test_the_slide_has_tiles_and_neither_label_nor_overview():
    with openslide.OpenSlide(FOLDER / "scans" / "cmu_small_region.svs") as slide:
        assert slide.dimensions == (2220, 2967)
        assert slide.properties["openslide.mpp-x"] == "0.499"
        assert not slide.associated_images
        assert slide.read_region((900, 1200), 0, (64, 64)).getextrema()[0][0] < 200
