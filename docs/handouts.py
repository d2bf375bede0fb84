"""Make a workshop's handouts in build/handouts: `make handouts`.

learner.zip has no solutions, and in its folder `recall` each notebook once more with nothing but
headings and code; teacher.zip has solutions and all outputs. Each zip holds all that a notebook
reads, and runs off-line on a machine that has the dependencies.
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path

import nbformat
from assemble import FOLDED, ROOT, run_times

SHARED = [
    "nbhelpers",
    "phantoms",
    "example_data",
    "docs/glossary.md",
    "docs/quiz",
    "docs/quiz.md",
    "docs/carries_over.md",
    "Makefile",
    "pyproject.toml",
    "requirements.lock",
    "README.md",
    "LICENSE",
]
TEACHERS = [
    "docs/teaching",
    "docs/drawings.py",
    "docs/drawn",
    "docs/new_notebook.md",
    "docs/nine_labels.png",
    "docs/phantoms.jpg",
    "docs/thumbnails",
    "benchmarks",
    "tools",
    "CITATION.cff",
    "CONTRIBUTING.md",
]
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
LEARNERS_README = """# Biomedical vision–language notebooks

You need Python 3.11 or newer and `make`. This sets everything up (some gigabytes, once) and opens
JupyterLab on the first notebook:

```bash
make lab
```

The folder `recall` holds each notebook once more with its headings and its code only: say of each
cell what it does and what will come, before you run it.

The words of the field are in `docs/glossary.md`, a quiz is in `docs/quiz.md`, the sources and
licences of the pictures in `example_data/LICENSES.md`. If something fails, type
`source .venv/bin/activate`, then `python -m nbhelpers check`.

For research and teaching only. Nothing here is for clinical use.
"""


def without_solutions(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return the notebook without its folded solutions and without the answers that are wrong."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = FOLDED.sub("", cell.source).strip()
        cell.metadata.pop("wrong_answers", None)
    notebook.cells = [cell for cell in notebook.cells if cell.source]
    return notebook


def headings_and_code(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return the notebook with no text but its headings, and without solutions and drawings."""
    notebook = without_solutions(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            lines = FENCED.sub("", cell.source).splitlines()
            cell.source = "\n".join(line for line in lines if re.match("#+ ", line))
            cell.metadata.pop("drawing", None)
    notebook.cells = [cell for cell in notebook.cells if cell.source]
    return notebook


def handout(kind: str, notebooks: Path, target: Path) -> Path:
    """Return the zip for a "learner" or a "teacher", written to the folder `target`.

    Its notebooks are those of the folder `notebooks`.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "course"
        for name in SHARED if kind == "learner" else [*SHARED, *TEACHERS]:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / name).is_dir():
                shutil.copytree(
                    ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
                )
            else:
                shutil.copy(ROOT / name, folder / name)
        (folder / "notebooks").mkdir()
        for path in sorted(notebooks.glob("[0-9]*.ipynb")):
            notebook = nbformat.read(path, as_version=4)
            if kind == "learner":
                notebook = without_solutions(notebook)
            nbformat.write(notebook, folder / "notebooks" / path.name)
        if kind == "learner":
            (folder / "recall").mkdir()
            for path in sorted(notebooks.glob("[0-9]*.ipynb")):
                notebook = headings_and_code(nbformat.read(path, as_version=4))
                nbformat.write(notebook, folder / "recall" / path.name)
            quiz = folder / "docs" / "quiz.md"
            quiz.write_text(FOLDED.sub("", quiz.read_text()))
            (folder / "README.md").write_text(LEARNERS_README)
        else:
            done = {
                path.name: nbformat.read(path, as_version=4)
                for path in sorted(notebooks.glob("[0-9]*.ipynb"))
            }
            page = run_times(done, notebooks.name).replace("../notebooks/", "../../notebooks/")
            (folder / "docs" / "teaching" / "run_times.md").write_text(page)
        return Path(shutil.make_archive(target / kind, "zip", temporary, "course"))


def main(executed: Path) -> None:
    """Write the learner's zip from the stored notebooks, the teacher's from the executed ones."""
    for kind, notebooks in (("learner", ROOT / "notebooks"), ("teacher", executed)):
        made = handout(kind, notebooks, ROOT / "build" / "handouts")
        print(f"{made.relative_to(ROOT)}  {made.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
