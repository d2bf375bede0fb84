import pandas as pd
import pytest

from nbhelpers.cases import read_csv, read_folder


@pytest.fixture
def folder(tmp_path, pictures):
    for n, (picture, label) in enumerate(zip(pictures, ["b", "a", "a", "b", "a"], strict=True)):
        place = tmp_path / label / ("deep" if n == 4 else "")
        place.mkdir(parents=True, exist_ok=True)
        picture.save(place / f"{n}.{'PNG' if n else 'tif'}")
    (tmp_path / ".cache").mkdir()
    (tmp_path / "a" / "notes.txt").write_text("no picture")
    for copy in (
        ".ipynb_checkpoints/1-checkpoint.png",
        "._1.PNG",
        "deep/__MACOSX/4.png",
    ):  # what JupyterLab, macOS leave
        (tmp_path / "a" / copy).parent.mkdir(exist_ok=True)
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
        ("picture,label\na/1.PNG,x\n", "no column 'file'; it has picture, label"),
        ("file,label\na/1.PNG,x\na/2.PNG,\n", "line 3"),
        ("file,label\na/1.PNG,x\na/9.PNG,x\n", "1 of 2 pictures are not there.*9.PNG"),
        ("file,label\n\n\na/1.PNG,x\nb/3.PNG,\n", "line 5: one of file, label is empty"),
        ("file,label\na/1.PNG,x\nb/3.PNG,y\na/1.PNG,y\n", "line 4: this picture is listed twice"),
        ("file;label\na/1.PNG;x\n", "no column 'file'; it has file;label"),
        ("", "No columns"),
    ],
)
def test_a_csv_that_cannot_be_read_says_where(folder, rows, says):
    (folder / "list.csv").write_text(rows)
    with pytest.raises(ValueError, match=says):
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
