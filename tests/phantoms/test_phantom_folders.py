"""The folders of the phantoms: few shared files at the top, and no folder needs another."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

pytestmark = pytest.mark.repository
PHANTOMS = Path(__file__).resolve().parents[2] / "phantoms"
FOLDERS = sorted(path.name for path in PHANTOMS.iterdir() if (path / "__init__.py").exists())


def imported(path):
    """The modules that a file imports, as dotted names from `phantoms` on."""
    package = ["phantoms", *path.relative_to(PHANTOMS).parent.parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def test_the_top_folder_holds_at_most_eight_files():
    assert len(list(PHANTOMS.glob("*.py"))) <= 8


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_folder_of_kinds_imports_another(folder):
    others = {f"phantoms.{other}" for other in FOLDERS if other != folder}
    for path in sorted((PHANTOMS / folder).rglob("*.py")):
        for name in imported(path):
            assert ".".join(name.split(".")[:2]) not in others, f"{path} imports {name}"
            assert folder == "training" or not name.startswith("nbhelpers"), f"{path}: {name}"


def test_drawing_phantoms_loads_neither_torch_nor_the_course():
    code = "import sys, phantoms.questions; print({'torch', 'nbhelpers'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=PHANTOMS.parent
    )
    assert done.stdout.strip() == "set()", done.stderr


def test_the_command_draws_a_sheet_of_the_kinds_that_it_is_given(tmp_path):
    sheet = tmp_path / "sheet.png"
    command = [sys.executable, "-m", "phantoms.contact_sheet", "pie chart", "--columns", "2"]
    subprocess.run([*command, "--out", sheet], check=True, cwd=PHANTOMS.parent)
    assert Image.open(sheet).size == (206 + 2 * 164, 164)
