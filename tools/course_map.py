"""Write what the course says of its notebooks, from the notebooks' own metadata: `make map`.

Between `<!-- course map: NAME -->` and `<!-- end -->` it writes the README's table, whose pictures
`make drawings` makes, notebook 00's map, the "Next" lines, the teaching plans, the headings of the
teacher's notes and the site's gallery; in each notebook's opening, the badge's address and the
minutes. With --check it writes nothing, and names the files that are stale.
"""

import html
import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"(<!-- course map: (\w+) -->\n\n)(.*?)(<!-- end -->)", re.DOTALL)
CARD = """:::{{grid-item-card}} {title}
:link: notebooks/{stem}
:link-type: doc
:img-top: extra/figures/{figure}.png
:img-alt: {alt}
{caption}
:::"""
PICTURED = """<td width="33%" valign="top"><a href="notebooks/{stem}.ipynb">\
<img src="docs/thumbnails/{stem}.png" width="240" alt=""><br><b>{title}</b></a><br>\
{teaches}<br><i>{minutes}</i></td>"""


@dataclass
class Notebook:
    """One notebook of the course: where it lies, its title, and what its metadata says of it."""

    path: Path
    title: str  # "07 · How a zero-shot claim is tested"
    course: dict

    def link(self, page: Path) -> str:
        """Return the link to the notebook from the file `page`."""
        target = Path(os.path.relpath(self.path, page.parent)).as_posix()
        return f"[{self.title}]({target})"


def read_notebooks(folder: Path) -> list[Notebook]:
    """Return the notebooks of the folder in the order of their numbers."""
    notebooks = []
    for path in sorted(folder.glob("[0-9]*.ipynb")):
        content = json.loads(path.read_text(encoding="utf-8"))
        if "course" not in content["metadata"]:
            sys.exit(f"{path.name} has no `course` in its metadata: see docs/new_notebook.md.")
        title = content["cells"][0]["source"][0].split("· ", 1)[1].strip()
        course = content["metadata"]["course"]
        notebooks.append(Notebook(path, f"{path.stem[:2]} · {title}", course))
    return notebooks


def table(notebooks: list[Notebook], page: Path, before: str) -> str:
    """Return the table of all notebooks."""
    rows = ["| notebook | what you learn | minutes, and for exercises |", "| --- | --- | --- |"]
    for notebook in notebooks:
        reading, exercises = notebook.course["minutes"]
        teaches = notebook.course["teaches"]
        rows.append(f"| {notebook.link(page)} | {teaches} | {reading} + {exercises} |")
    return "\n".join(rows)


def pictured(notebooks: list[Notebook], page: Path, before: str) -> str:
    """Return the table of all notebooks with a small picture of each, three in a row, as HTML."""
    lines = ["<table>"]
    for number, notebook in enumerate(notebooks):
        reading, exercises = notebook.course["minutes"]
        cell = PICTURED.format(
            stem=notebook.path.stem,
            title=html.escape(notebook.title),
            teaches=html.escape(notebook.course["teaches"], quote=False),
            minutes=f"{reading} minutes + {exercises} for exercises",
        )
        lines.append(f"<tr>{cell}" if number % 3 == 0 else cell)
    return "\n".join([*lines, "</table>"])


def next_line(notebooks: list[Notebook], page: Path, before: str) -> str:
    """Return where the reader goes from the notebook `page`."""
    following = [notebook for notebook in notebooks if notebook.path.name > page.name]
    if following:
        return f"**Next:** {following[0].link(page)}."
    return f"**Next:** back to {notebooks[0].link(page)}, with a data set of your own."


def plan(notebooks: list[Notebook], page: Path, before: str) -> str:
    """Return the table of a teaching plan with its clock times.

    Rows that name no notebook (welcome, breaks, quiz) are kept from the table `before`, each ahead
    of the notebook that it stood ahead of. The first row's time is the start.
    """
    lines = [line for line in before.splitlines() if line.startswith("|")]
    old_rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:]]
    hours, minutes = old_rows[0][0].split(":")
    rows = []  # (name of the next notebook, 1 for a notebook's own rows, minutes, what, how)
    place = "~"  # sorts behind every notebook
    for _, length, what, how in reversed(old_rows):
        if linked := re.search(r"notebooks/(\w+)\.ipynb", what):
            place = linked[1]
        else:
            rows.insert(0, (place, 0, int(length), what, how))
    for notebook in notebooks:
        if page.stem in notebook.course["plans"]:
            name, link = notebook.path.stem, notebook.link(page)
            reading, exercises = notebook.course["minutes"]
            how = notebook.course.get("how", {}).get(page.stem, "")
            rows.append((name, 1, reading, link, how))
            rows.append((name, 1, exercises, f"{link}, exercises", "in pairs"))
    written = lines[:2]
    clock = 60 * int(hours) + int(minutes)
    for _, _, length, what, how in sorted(rows, key=lambda row: row[:2]):
        written.append(f"| {clock // 60}:{clock % 60:02} | {length} | {what} | {how} |")
        clock += length
    return "\n".join(written)


def gallery(notebooks: list[Notebook], page: Path, before: str) -> str:
    """Return the cards of the notebooks that name a figure."""
    cards = []
    for notebook in notebooks:
        if figure := notebook.course.get("figure"):
            caption = notebook.course.get("caption", notebook.course["teaches"])
            alt = notebook.course.get("alt", caption)
            title = notebook.title.split("· ", 1)[1]
            stem = notebook.path.stem
            card = CARD.format(title=title, stem=stem, figure=figure, alt=alt, caption=caption)
            cards.append(card)
    return "\n\n".join(["::::{grid} 1 2 2 2\n:gutter: 3", *cards, "::::"])


def heading(notebooks: list[Notebook], page: Path, before: str) -> str:
    """Return the heading of the teacher's notes in `page` and the link to their notebook."""
    notebook = {notebook.path.stem: notebook for notebook in notebooks}[page.stem]
    return f"# {notebook.title}\n\nNotes on {notebook.link(page)}."


WRITERS = {
    "table": table,
    "pictured": pictured,
    "next": next_line,
    "plan": plan,
    "gallery": gallery,
    "heading": heading,
}


def fill(text: str, notebooks: list[Notebook], page: Path) -> str:
    """Return the text of the file `page` with each of its blocks as it should be."""

    def block(found: re.Match) -> str:
        start, name, before, end = found.groups()
        return f"{start}{WRITERS[name](notebooks, page, before)}\n\n{end}"

    return BLOCK.sub(block, text)


def fill_notebook(notebook: Notebook, notebooks: list[Notebook]) -> str:
    """Return the notebook's file with the blocks of its cells and its opening as they should be."""
    content = json.loads(notebook.path.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        if cell["cell_type"] == "markdown":
            text = fill("".join(cell["source"]), notebooks, notebook.path)
            cell["source"] = text.splitlines(keepends=True)
    opening = "".join(content["cells"][0]["source"])
    reading, exercises = notebook.course["minutes"]
    time = f"**Time** {reading} minutes, and {exercises} for the exercises."
    opening = re.sub(r"\*\*Time\*\* \d+ minutes, and \d+ for the exercises\.", time, opening)
    opening = re.sub(r"(?<=/blob/main/notebooks/)[^)]+", notebook.path.name, opening)
    content["cells"][0]["source"] = opening.splitlines(keepends=True)
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def stale_files(root: Path = ROOT) -> dict[Path, str]:
    """Return the files that are not as they should be, each with the text that it should have."""
    notebooks = read_notebooks(root / "notebooks")
    fresh = {notebook.path: fill_notebook(notebook, notebooks) for notebook in notebooks}
    docs = root / "docs"
    for page in [root / "README.md", docs / "index.md", *sorted(docs.glob("teaching/**/*.md"))]:
        fresh[page] = fill(page.read_text(encoding="utf-8"), notebooks, page)
    return {path: text for path, text in fresh.items() if path.read_text(encoding="utf-8") != text}


def main(check: bool) -> int:
    """Write the stale files, or only name them; return 1 where a check finds one."""
    stale = stale_files()
    for path, text in stale.items():
        print("stale" if check else "written", path.relative_to(ROOT))
        if not check:
            path.write_text(text, encoding="utf-8", newline="\n")
    if check and stale:
        print("Type: make map")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
