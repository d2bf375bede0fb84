"""One command gives the course another address."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest

pytestmark = pytest.mark.repository
ROOT = Path(__file__).parents[2]
OLD = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Repository"]


@pytest.fixture
def copy(tmp_path):
    """The files that may hold the address, in a git repository of their own."""
    for name in ("pyproject.toml", "README.md", "CITATION.cff", "docs", "notebooks", "tools"):
        whole = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        whole(ROOT / name, tmp_path / name)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    return tmp_path


def fork(folder, address):
    command = [sys.executable, folder / "tools" / "fork.py", *address]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("new", ["https://github.com/someone/a.course", f"{OLD}-2"])
def test_it_rewrites_every_badge_and_setup_cell_and_nothing_is_left(copy, new):
    done = fork(copy, [new])
    assert done.returncode == 0, done.stderr
    assert (
        tomllib.loads((copy / "pyproject.toml").read_text())["project"]["urls"]["Repository"] == new
    )
    slug = new.removeprefix("https://github.com/")
    for path in sorted((copy / "notebooks").glob("[0-9]*.ipynb")):
        book = nbformat.read(path, as_version=4)
        assert (
            f"(https://colab.research.google.com/github/{slug}/blob/main/notebooks/{path.name})"
            in book.cells[0].source
        )
        assert f'"{new}"' in book.cells[1].source
    for name in ("README.md", "CITATION.cff"):
        assert new in (copy / name).read_text()
    left = re.compile(re.escape(OLD.removeprefix("https://github.com/")) + r"(?![\w-])")
    texts = [
        path for path in copy.rglob("*") if path.suffix in (".ipynb", ".md", ".toml", ".cff", ".py")
    ]
    assert [path.name for path in texts if left.search(path.read_text())] == []
    assert fork(copy, [OLD]).returncode == 0  # and back again: byte for byte what it was
    for path in texts:
        assert path.read_bytes() == (ROOT / path.relative_to(copy)).read_bytes()


@pytest.mark.parametrize(
    "new", ["someone/course", "https://github.com/someone", "https://example.org/a/b", "a b"]
)
def test_it_refuses_what_is_no_address_and_changes_nothing(copy, new):
    before = (copy / "pyproject.toml").read_bytes()
    done = fork(copy, [new])
    assert done.returncode == 1 and repr(new) in done.stderr and "Traceback" not in done.stderr
    assert (copy / "pyproject.toml").read_bytes() == before
