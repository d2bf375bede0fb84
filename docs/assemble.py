"""Lay out what Sphinx reads in build/source: the pages of docs/, the executed notebooks, the API.

`python docs/assemble.py build/executed/PhantomCLIP` is called by `make book`.
"""

import base64
import itertools
import re
import shutil
import sys
from datetime import datetime
from pathlib import Path

import nbformat
import numpy as np
from drawings import IMAGE
from drawn import FIGURES
from drawn.card import WIDTH

ROOT = Path(__file__).resolve().parents[1]
WIDGET = "application/vnd.jupyter.widget-view+json"
BADGE = re.compile(r"\[!\[Open in Colab\]\([^)]+\)\]\(([^)]+)\)")
BUTTONS = """<p><a class="sd-btn sd-btn-primary" href="{colab}">Open in Colab</a>
<a class="sd-btn sd-btn-secondary" href="../download/{name}" download>Download the notebook</a>
</p>"""
WIDGET_NOTE = '<p class="widget-note">A widget is here when the notebook runs.{}</p>'
FOLDED = re.compile(r"<details>\n.*?\n</details>\n*", re.DOTALL)
DATA = re.compile(r'src="data:image/png;base64,([^"]+)"')


def detach_figures(notebook: nbformat.NotebookNode, number: str, folder: Path) -> None:
    """Write each figure to a file in `folder`, and let the outputs refer to it.

    The file is named by notebook, cell and count: 03-label-image-table-1.png. Drawings become SVG.
    """
    for cell in notebook.cells:
        count = itertools.count(1)

        def to_file(data: re.Match, cell=cell, count=count) -> str:
            path = folder / f"{number}-{cell.id}-{next(count)}.png"
            path.write_bytes(base64.b64decode(data[1]))
            return f'loading="lazy" src="../figures/{path.name}"'

        for output in cell.get("outputs", []):
            if "text/html" in output.get("data", {}):
                output.data["text/html"] = DATA.sub(to_file, output.data["text/html"])
        if name := cell.metadata.get("drawing"):
            path = folder / f"{number}-{name}.svg"
            path.write_text(FIGURES[name]().svg(), encoding="utf-8")
            tag = f'<img alt="\\1" loading="lazy" width="{WIDTH}" src="../figures/{path.name}">'
            cell.source = IMAGE.sub(f"\n\n{tag}", cell.source)


def seconds(cell: nbformat.NotebookNode) -> float:
    """Return how long the cell ran, from the times that the execution left in it."""
    if not (times := cell.metadata.get("execution")):
        return 0.0
    start, end = (
        datetime.fromisoformat(times[key]) for key in ("iopub.execute_input", "shell.execute_reply")
    )
    return (end - start).total_seconds()


def minutes(notebook: nbformat.NotebookNode) -> tuple[int, int]:
    """Return the minutes for reading and for the exercises that the notebook's metadata states."""
    return tuple(notebook.metadata.course.minutes)


def without_widgets(output: nbformat.NotebookNode, models: dict) -> list[nbformat.NotebookNode]:
    """Return the outputs that stand for this one on a page without a kernel.

    A widget becomes a note, with the widget's own figures under it.
    """
    if WIDGET not in output.get("data", {}):
        return [output]
    parts, inside = [output.data[WIDGET]["model_id"]], []
    for part in parts:  # grows while it is read: a box names its children
        state = models[part]["state"]
        parts += [child.removeprefix("IPY_MODEL_") for child in state.get("children", [])]
        if "<img " in str(state.get("value")):
            inside.append(nbformat.v4.new_output("display_data", {"text/html": state["value"]}))
    if any(models[part]["model_name"] == "FloatProgressModel" for part in parts):
        return []
    note = WIDGET_NOTE.format(" It starts with this:" if inside else "")
    return [nbformat.v4.new_output("display_data", {"text/html": note}), *inside]


def page(notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    """Return the executed notebook as a page of the site.

    It has buttons in place of the badge, and figures in place of widgets; its links lead to pages.
    """
    models = (
        notebook.metadata.pop("widgets", {})
        .get("application/vnd.jupyter.widget-state+json", {})
        .get("state", {})
    )
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = BADGE.sub(
                lambda badge: BUTTONS.format(colab=badge[1], name=name), cell.source
            )
            cell.source = cell.source.replace("](../docs/", "](../")
        else:
            cell.outputs = [
                shown for output in cell.outputs for shown in without_widgets(output, models)
            ]
    return notebook


def sections(notebook: nbformat.NotebookNode) -> list[tuple[str, float, int]]:
    """Return title, measured seconds and minutes of each section.

    The minutes that the notebook states are shared out, so that they add up: those for the
    exercises equally among the exercises, the others in proportion to a section's words and code.
    """
    titles, words, spent = ["Opening"], [0], [0.0]
    for cell in notebook.cells:
        heading = (
            re.search(r"^##+ (.+)$", cell.source, re.MULTILINE)
            if cell.cell_type == "markdown"
            else None
        )
        if heading:
            titles, words, spent = [*titles, heading[1]], [*words, 0], [*spent, 0.0]
        words[-1] += len(FOLDED.sub("", cell.source).split())
        spent[-1] += seconds(cell)
    exercise = np.array([title.startswith("Exercise") for title in titles])
    shares = np.where(exercise, 1.0, words)
    ends = np.zeros(len(titles), int)
    for group, total in zip((~exercise, exercise), minutes(notebook), strict=True):
        ends[group] = np.diff(
            np.rint(np.cumsum(shares[group]) / shares[group].sum() * total), prepend=0
        )
    return list(zip(titles, spent, map(int, ends), strict=True))


def run_times(notebooks: dict[str, nbformat.NotebookNode], model: str) -> str:
    """Return the page with the run time and the minutes of each notebook and section."""
    summary, details = [], []
    for name, notebook in notebooks.items():
        parts = sections(notebook)
        title = notebook.cells[0].source.splitlines()[0].strip("# ")
        run, (reading, exercises) = sum(part[1] for part in parts), minutes(notebook)
        summary.append(f"| [{title}](../notebooks/{name}) | {run:.0f} | {reading} | {exercises} |")
        rows = "\n".join(f"| {part} | {ran:.1f} | {length} |" for part, ran, length in parts)
        head = "| section | run time, seconds | minutes |\n| --- | --- | --- |"
        details.append(f"## {title}\n\n{head}\n{rows}\n")
    return f"""# Run times

How long the cells ran when they were last executed, from top to bottom with {model} (two notebooks
at a time by `make test`, one by `make book`), and the minutes that each notebook states for reading
and for its exercises.

| notebook | run time, seconds | reading, minutes | exercises, minutes |
| --- | --- | --- | --- |
{chr(10).join(summary)}

Below, the same by section. The stated minutes are shared out: those for exercises equally among
the exercises, the rest in proportion to a section's words and code. A section of 0 minutes takes
less than half a minute.

{chr(10).join(details)}"""


def api_page(module: str) -> str:
    """Return the page of one file of nbhelpers."""
    return f"# nbhelpers.{module}\n\n```{{eval-rst}}\n.. automodule:: nbhelpers.{module}\n```\n"


def main(executed: Path) -> None:
    """Write build/source anew."""
    source = ROOT / "build" / "source"
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(ROOT / "docs", source, ignore=shutil.ignore_patterns("*.py", "nine_labels.png"))
    shutil.copy(ROOT / "docs" / "conf.py", source)
    for path in source.rglob("*.md"):
        path.write_text(path.read_text().replace("../notebooks/", "notebooks/"))
    for folder in ("notebooks", "api", "extra/download", "extra/figures"):
        (source / folder).mkdir(parents=True)
    (source / "quiz").rename(source / "extra" / "quiz")  # quiz.md asks for them in HTML
    names = [path.name for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))]
    notebooks = {name: nbformat.read(executed / name, as_version=4) for name in names}
    (source / "teaching" / "run_times.md").write_text(run_times(notebooks, executed.name))
    for name, notebook in notebooks.items():
        shutil.copy(ROOT / "notebooks" / name, source / "extra" / "download")
        shown = page(notebook, name)
        detach_figures(shown, name[:2], source / "extra" / "figures")
        nbformat.write(shown, source / "notebooks" / name)
    for path in (ROOT / "nbhelpers").glob("[a-z]*.py"):
        (source / "api" / f"{path.stem}.md").write_text(api_page(path.stem))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
