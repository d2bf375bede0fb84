import csv
import unicodedata

import pandas as pd
import pydicom
import pytest
from PIL import Image
from pydicom.data import get_testdata_file

from nbhelpers.cases import read_csv, read_folder


@pytest.fixture
def folder(tmp_path, pictures):
    for n, (picture, label) in enumerate(zip(pictures, ["b", "a", "a", "b", "a"], strict=True)):
        place = tmp_path / label / ("deep" if n == 4 else "")
        place.mkdir(parents=True, exist_ok=True)
        picture.save(place / f"{n}.{'PNG' if n else 'tif'}")
    (tmp_path / ".cache").mkdir()
    for copy in (
        ".ipynb_checkpoints/1-checkpoint.png",
        "._1.PNG",
        "deep/__MACOSX/4.png",
        "@eaDir/1.png/SYNOPHOTO_THUMB_M.png",
        "Thumbs.db",
        "DICOMDIR",
    ):  # what JupyterLab, macOS, storage servers, Windows and DICOM media leave
        (tmp_path / "a" / copy).parent.mkdir(exist_ok=True, parents=True)
        pictures[0].save(tmp_path / "a" / copy, "PNG")
    (tmp_path / "a" / "thumb.png").mkdir()
    return tmp_path


def test_folders_name_the_classes(folder):
    cases = read_folder(folder)
    assert cases.truth == ["a", "a", "a", "b", "b"] and cases.groups is None
    assert [path.name for path in cases.pictures] == ["1.PNG", "2.PNG", "4.PNG", "0.tif", "3.PNG"]


def test_a_folder_without_classes_and_a_class_without_pictures_are_refused(folder):
    with pytest.raises(ValueError, match="no subfolders"):
        read_folder(folder / "a" / "deep")
    with pytest.raises(ValueError, match="no folder"):
        read_folder(folder / "typo")
    (folder / "empty").mkdir()
    with pytest.raises(ValueError, match=r"empty.*holds no picture"):
        read_folder(folder)


def test_every_file_that_opens_is_a_case_whatever_its_ending(folder, pictures, recwarn):
    kinds = {"x.jfif": "JPEG", "x.j2k": "JPEG2000", "x.dib": "BMP", "x.pnm": "PPM", "x": "PNG"}
    for n, (name, kind) in enumerate(kinds.items()):
        Image.new("RGB", (9, 9), (n, 0, 0)).save(folder / "b" / name, kind)
    (folder / "b" / "IM0001").write_bytes(bytes(128) + b"DICM")
    found = {path.name for path in read_folder(folder).pictures}
    assert {*kinds, "IM0001"} <= found
    assert not list(recwarn)


def test_what_is_left_out_is_told_once_by_name(folder, pictures):
    (folder / "a" / "notes.txt").write_text("no picture")
    (folder / "b" / "scan.nii.gz").write_bytes(b"\x1f\x8b no picture")
    (folder / "b" / "linked").symlink_to(folder / "a")
    pictures[0].save(folder / "outside.png")
    with pytest.warns(UserWarning, match="4 files are no cases and left out.*notes.txt") as told:
        read_folder(folder)
    assert len(told) == 1
    assert all(name in str(told[0].message) for name in ("scan.nii", "linked", "outside.png"))


def test_a_picture_that_is_there_twice_is_refused_or_told(folder):
    (folder / "b" / "copy.png").write_bytes((folder / "a" / "1.PNG").read_bytes())
    with pytest.warns(UserWarning, match="1 pictures are copies.*copy.png"):
        read_folder(folder)
    (folder / "b" / "copy.png").unlink()
    (folder / "b" / "link.png").symlink_to(folder / "a" / "1.PNG")
    with pytest.raises(ValueError, match=r"link.png: this picture is listed twice"):
        read_folder(folder)


def test_a_name_spelled_in_two_ways_is_one_class(folder, pictures):
    one, two = (unicodedata.normalize(form, "Rücken") for form in ("NFC", "NFD"))
    for n, name in enumerate((one, two)):
        (folder / name).mkdir()
        pictures[n].resize((20, 20)).save(folder / name / f"{n}.png")
    assert read_folder(folder).truth.count(one) == 2
    rows = f"file,label\n{one}/0.png,{one}\n{two}/1.png,{two}\n"
    (folder / "list.csv").write_text(rows, encoding="utf-8")
    assert read_csv(folder / "list.csv").truth == [one, one]


def test_patients_come_from_dicom_files_as_numbers(tmp_path, recwarn, caplog):
    dataset = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
    for n, patient in enumerate(("ID NOT TO BE SHOWN", "B" * 80, "ID NOT TO BE SHOWN")):
        dataset.PatientID, dataset.InstanceNumber = patient, n
        (tmp_path / str(n % 2)).mkdir(exist_ok=True)
        dataset.save_as(tmp_path / str(n % 2) / f"{n}.dcm")
    recwarn.clear()
    caplog.clear()
    cases = read_folder(tmp_path, group="patient")
    assert cases.groups == ["patient 1", "patient 1", "patient 2"]
    assert not list(recwarn) + caplog.records
    Image.new("L", (9, 9)).save(tmp_path / "1" / "without.png")
    with pytest.raises(ValueError, match=r"without.png has no PatientID"):
        read_folder(tmp_path, group="patient")
    with pytest.raises(ValueError, match='None or "patient"'):
        read_folder(tmp_path, group="study")


def test_paths_may_begin_with_the_home_folder(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder))
    (folder / "list.csv").write_text("file,label\na/1.PNG,x\n~/b/3.PNG,y\n")
    assert read_csv("~/list.csv").pictures == [folder / "a/1.PNG", folder / "b/3.PNG"]
    assert read_csv("~/list.csv", folder="~") == read_csv("~/list.csv")
    assert len(read_folder("~").pictures) == 5


def test_a_csv_names_pictures_classes_and_patients(folder):
    table = pd.DataFrame(
        {"picture": ["a/1.PNG", "b/3.PNG"], "kind": ["1", "x"], "patient": ["007", "008"]}
    )
    table.to_csv(folder / "list.csv", index=False)
    cases = read_csv(folder / "list.csv", picture="picture", label="kind", group="patient")
    assert cases == ([folder / "a/1.PNG", folder / "b/3.PNG"], ["1", "x"], ["007", "008"])
    (folder / "elsewhere").mkdir()
    table.to_csv(folder / "elsewhere" / "list.csv", index=False)
    assert (
        read_csv(folder / "elsewhere" / "list.csv", "picture", "kind", folder=folder).groups is None
    )


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("picture,label\na/1.PNG,x\n", "one column 'file': .'picture', 'label'"),
        ("file,label, label\na/1.PNG,x,y\n", "one column 'label': .'file', 'label', 'label'"),
        ("file,label\na/1.PNG,x, y\nb/3.PNG,x, z\n", "line 2: more fields.*Quote a comma"),
        ("file,label\na/1.PNG,x\nb/3.PNG,x, z\n", "line 3: more fields"),
        ("file,label\na/1.PNG,x\n./a/1.PNG,y\n", "line 3: this picture is listed twice"),
        ("file,label\na/1.PNG,x\na/2.PNG,\n", "line 3"),
        ("file,label\n\n\na/1.PNG,x\nb/3.PNG,\n", "line 5: one of file, label is empty"),
        ("file,label\na/1.PNG,x\nb/3.PNG,y\na/1.PNG,y\n", "line 4: this picture is listed twice"),
        ("file;label\na/1.PNG;x\n", "one column 'file': .'file;label'"),
        ("", "one column 'file': .]"),
    ],
)
def test_a_csv_that_cannot_be_read_says_where(folder, rows, says):
    (folder / "list.csv").write_text(rows)
    with pytest.raises(ValueError, match=says):
        read_csv(folder / "list.csv")


def test_a_picture_that_a_csv_names_and_that_is_not_there_is_named(folder):
    (folder / "list.csv").write_text("file,label\na/1.PNG,x\na/9.PNG,x\n")
    with pytest.raises(FileNotFoundError, match=r"9\.PNG"):
        read_csv(folder / "list.csv")


@pytest.mark.parametrize("below", ["b/3.PNG,y", 'b/3.PNG,"y"'])
def test_a_quote_without_end_does_not_swallow_the_rows_below(folder, below):
    (folder / "list.csv").write_text(f'file,label\na/1.PNG,"x\n{below}\na/2.PNG,z\n')
    with pytest.raises(csv.Error):
        read_csv(folder / "list.csv")


def test_a_csv_of_a_spreadsheet_is_read_as_it_is_meant(folder):
    (folder / "list.csv").write_bytes(
        "\ufefffile, label ,\na/1.PNG, NA ,\n\nb/3.PNG,None,\n".encode()
    )
    assert read_csv(folder / "list.csv") == (
        [folder / "a/1.PNG", folder / "b/3.PNG"],
        ["NA", "None"],
        None,
    )
    (folder / "list.csv").write_bytes("file,label\na/1.PNG,Rücken\n".encode("latin-1"))
    with pytest.raises(ValueError, match="utf-8"):
        read_csv(folder / "list.csv")
