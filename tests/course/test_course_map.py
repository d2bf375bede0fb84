"""What the course says of its notebooks is what the notebooks say, and one command writes it."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.repository
ROOT = Path(__file__).parents[2]
PLANS = ("half_day", "full_day")
LAST = max((ROOT / "notebooks").glob("[0-9]*.ipynb")).name


def course_map(folder, *options):
    command = [sys.executable, folder / "tools" / "course_map.py", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path):
    """The files that the command reads and writes."""
    shutil.copy(ROOT / "README.md", tmp_path)
    for name in ("docs", "notebooks", "tools"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def add_notebook(folder, **course):
    """Copy the last notebook as 98, with another title and these values in its metadata."""
    book = json.loads((folder / "notebooks" / LAST).read_text())
    book["cells"][0]["source"][0] = "# 98 · A new notebook\n"
    book["metadata"]["course"] |= course
    (folder / "notebooks" / "98_new.ipynb").write_text(json.dumps(book))


def edit_metadata(folder, name, **course):
    path = folder / "notebooks" / name
    book = json.loads(path.read_text())
    book["metadata"]["course"] |= course
    path.write_text(json.dumps(book, indent=1, ensure_ascii=False) + "\n")


def plan_rows(folder, plan):
    """Start in minutes after midnight, minutes, and what is done, of each row of a plan."""
    text = (folder / "docs" / "teaching" / f"{plan}.md").read_text()
    rows = re.findall(r"^\| (\d+):(\d\d) \| (\d+) \| (.+?) \|", text, re.M)
    return [(60 * int(hours) + int(mins), int(length), what) for hours, mins, length, what in rows]


def test_nothing_is_stale():
    done = course_map(ROOT, "--check")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("plan", PLANS)
def test_the_minutes_of_a_plan_add_up(plan):
    rows = plan_rows(ROOT, plan)
    assert [start + length for start, length, _ in rows][:-1] == [start for start, *_ in rows][1:]


def test_a_new_notebook_stands_everywhere_after_one_command(copy):
    add_notebook(
        copy, minutes=[50, 25], teaches="what is new", plans=["full_day"], figure="98-card-1"
    )
    assert course_map(copy, "--check").returncode == 1
    assert course_map(copy).returncode == 0
    assert course_map(copy, "--check").returncode == 0

    readme = (copy / "README.md").read_text()
    (cell,) = [line for line in readme.splitlines() if "98 · A new notebook" in line]
    assert '<a href="notebooks/98_new.ipynb"><img src="docs/thumbnails/98_new.png"' in cell
    assert "what is new<br><i>50 minutes + 25 for exercises" in cell
    start = (copy / "notebooks" / "00_start_here.ipynb").read_text()
    assert "[98 · A new notebook](98_new.ipynb) | what is new | 50 + 25 |" in start
    assert "img-top: extra/figures/98-card-1.png" in (copy / "docs" / "index.md").read_text()
    before = (copy / "notebooks" / LAST).read_text()
    assert "**Next:** [98 · A new notebook](98_new.ipynb)" in before
    new = (copy / "notebooks" / "98_new.ipynb").read_text()
    assert "**Next:** back to [00 · Start here](00_start_here.ipynb)" in new
    assert "**Time** 50 minutes, and 25 for the exercises." in new
    assert "/blob/main/notebooks/98_new.ipynb)" in new

    taught = [what for *_, what in plan_rows(copy, "full_day")]
    link = "[98 · A new notebook](../../notebooks/98_new.ipynb)"
    place = taught.index(link)
    assert taught[place + 1] == f"{link}, exercises"
    assert not any("notebooks/" in what for what in taught[place + 2 :])
    assert any("Quiz" in what for what in taught[place + 2 :])
    assert not any(link in what for *_, what in plan_rows(copy, "half_day"))


def test_a_plan_follows_the_minutes_and_keeps_its_breaks_where_they_were(copy):
    before = plan_rows(copy, "full_day")
    edit_metadata(copy, "02_load_from_local_files.ipynb", plans=[])
    path = copy / "notebooks" / "03_zero_shot_classification.ipynb"
    reading, exercises = json.loads(path.read_text())["metadata"]["course"]["minutes"]
    edit_metadata(copy, path.name, minutes=[reading + 5, exercises])
    assert course_map(copy).returncode == 0
    after = plan_rows(copy, "full_day")
    kept = [what for *_, what in before if "02_load" not in what]
    assert [what for *_, what in after] == kept
    assert after[-1][0] == before[-1][0] - 45 + 5


def test_a_notebook_without_metadata_is_named(copy):
    path = copy / "notebooks" / "03_zero_shot_classification.ipynb"
    book = json.loads(path.read_text())
    del book["metadata"]["course"]
    path.write_text(json.dumps(book))
    done = course_map(copy)
    assert done.returncode == 1
    assert path.name in done.stderr and "docs/new_notebook.md" in done.stderr
