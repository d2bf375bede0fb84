"""Every notebook keeps the contract, and its exercises are fair: only the solution is right."""

import re
import symtable
import tomllib
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

pytestmark = pytest.mark.repository
ROOT = Path(__file__).parents[2]
PATHS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
PLANS = {
    page.stem
    for page in (ROOT / "docs" / "teaching").glob("*.md")
    if "<!-- course map: plan -->" in page.read_text(encoding="utf-8")
}
KEYS = {"minutes", "teaches", "thumbnail", "plans", "how", "figure", "caption", "alt"}
REPOSITORY = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Repository"]


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def markdown(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def solution(cell):
    """The code of a folded solution, or None where the cell is something else."""
    if cell.cell_type != "markdown" or not cell.source.startswith(
        "<details>\n<summary>Solution</summary>"
    ):
        return None
    return re.search(r"```python\n(.*?)```", cell.source, re.DOTALL)[1]


def exercises(notebook):
    """Starter cell, check cell and solution of each exercise."""
    cells = notebook.cells
    return [
        (cells[index - 2], cells[index - 1], solution(cell))
        for index, cell in enumerate(cells)
        if solution(cell) is not None
    ]


def test_its_metadata_says_what_the_rest_of_the_course_says_of_it(path, notebook):
    course = notebook.metadata.course
    assert course.keys() >= {"minutes", "teaches", "plans"}
    assert course.keys() <= KEYS, f"docs/new_notebook.md explains {sorted(KEYS)}"
    assert len(course.minutes) == 2 and min(course.minutes) > 0
    assert "|" not in course.teaches and not course.teaches.endswith(".")
    assert set(course.plans) <= PLANS and course.get("how", {}).keys() <= PLANS
    if "figure" in course:
        number, _, rest = course.figure.partition("-")
        name, _, count = rest.rpartition("-")
        assert number == path.stem[:2] and count.isdigit()
        assert name in [cell.id for cell in code_cells(notebook)], "not the id of a code cell"


def test_it_is_stored_without_outputs_and_with_ids_that_last(notebook):
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9-]{3,}", name) for name in ids)
    for cell in code_cells(notebook):
        assert cell.outputs == [] and cell.execution_count is None


def test_it_opens_with_title_badge_promise_objectives_and_time(path, notebook):
    opening = notebook.cells[0].source
    assert re.match(rf"# {int(path.stem[:2])} · \w", opening)
    owner = REPOSITORY.removeprefix("https://github.com/")
    assert (
        f"https://colab.research.google.com/github/{owner}/blob/main/notebooks/{path.name}"
        in opening
    )
    assert 3 <= len(re.findall(r"^\d\. ", opening, re.MULTILINE)) <= 5
    for words in ("**You will**", "**Time**", "**You need**"):
        assert words in opening


def test_it_starts_with_colab_imports_and_the_model(notebook):
    setup, imports, load = code_cells(notebook)[:3]
    assert f'"{REPOSITORY}"' in setup.source
    first = code_cells(nbformat.read(PATHS[0], as_version=4))[0].source
    assert setup.source.startswith(first), "does not begin with the setup cell of 00"
    assert "from nbhelpers import" in imports.source
    assert load.source.startswith("model = load_model()")
    assert not any(
        re.search(r"^(import|from) ", cell.source, re.MULTILINE)
        for cell in code_cells(notebook)[2:]
        if not cell.source.startswith("%%writefile")  # a program of its own
    )


def test_its_cells_are_short_and_each_follows_some_words(notebook):
    code = [cell for cell in code_cells(notebook) if cell.id != "colab"]
    for cell in code:
        assert len(cell.source.splitlines()) <= 25, cell.id
        assert "try:" not in cell.source, cell.id
    run = 0
    for cell in notebook.cells[4:]:
        run = run + 1 if cell.cell_type == "code" else 0
        assert run <= 3, f"{cell.id}: more than three code cells without a word between them"

    lines = [len([line for line in cell.source.splitlines() if line.strip()]) for cell in code]
    assert np.mean(lines) <= 5.5
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    generated = r"<!-- course map.*?<!-- end -->|<[^>]*>"
    assert np.mean([len(re.sub(generated, "", text, flags=re.S).split()) for text in texts]) <= 60


def test_it_asks_the_reader_to_predict_and_sets_exercises(notebook):
    assert "**Predict.**" in markdown(notebook)
    assert len(exercises(notebook)) >= 2
    for starter, check, _ in exercises(notebook):
        assert starter.cell_type == check.cell_type == "code"
        assert "check_" in check.source, check.id
        assert check.metadata.get("wrong_answers"), f"{check.id} has none in its metadata"


def test_it_ends_with_what_you_saw_summary_references_and_the_notice(notebook):
    what, asserts, summary = notebook.cells[-3:]
    assert "## What you saw" in what.source
    assert asserts.source.count("assert ") >= 3
    assert "## Summary" in summary.source
    assert "<!-- course map: next -->" in summary.source
    assert len(re.findall(r"\]\(https://", summary.source.split("**References**")[1])) >= 2
    assert "for clinical use" in summary.source.splitlines()[-1]


def test_its_links_lead_somewhere_and_its_pictures_have_alt_text(path, notebook):
    text = markdown(notebook)
    for alt, target in re.findall(r"(!?\[[^\]]*\])\(([^)\s]+)\)", text):
        assert len(alt.strip("![]")) > 1
        if "://" not in target:
            assert (path.parent / target.split("#")[0]).exists(), target


def names(code):
    """The names that the code assigns at its top, and those that it reads anywhere."""
    top = symtable.symtable(code, "cell", "exec")
    tables = [top]
    for table in tables:
        tables += table.get_children()
    assigned = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_assigned()}
    read = {
        symbol.get_name()
        for table in tables
        for symbol in table.get_symbols()
        if symbol.is_referenced() and (table is top or symbol.is_global())
    }
    return assigned, read


def test_its_exercises_can_be_solved_after_everything_has_run(notebook):
    for _, check, answer in exercises(notebook):
        assigned, read = names(f"{answer}\n{check.source}")
        later = code_cells(notebook)[code_cells(notebook).index(check) + 1 :]
        plain = [cell.source for cell in later if not cell.source.startswith("%%")]
        overwritten = {name for code in plain for name in names(code)[0]}
        assert not overwritten & (read - assigned), check.id


@pytest.mark.exercises
def test_its_checks_take_the_solution_only(notebook, tmp_path):
    """Run the cells up to the last check, from an unrelated folder; at each check, try the starter,
    the wrong answers and the solution.

    After the solution, the starter runs once more, so that the cells between two exercises run as
    they do unedited. All other cells run when pytest executes the notebook itself (--nbmake).
    """
    new = nbformat.v4.new_code_cell
    checked = []  # (answer, the check cell after it, what that must say)
    cells = []
    done = {check.id: (starter, right) for starter, check, right in exercises(notebook)}
    for cell in code_cells(notebook):
        cells.append(cell)
        if cell.id not in done:
            continue
        starter, right = done.pop(cell.id)
        checked.append((starter, cell, "Not yet"))
        answers = [*cell.metadata.wrong_answers, right]
        verdicts = ["Not yet"] * len(cell.metadata.wrong_answers) + ["Right"]
        for answer, verdict in zip(answers, verdicts, strict=True):
            checked.append((new(answer), new(cell.source), verdict))
            cells += checked[-1][:2]
        if not done:
            break
        cells += [new(starter.source), new(cell.source)]
    notebook.cells = cells
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    for answer, check, verdict in checked:
        said = "".join(output.get("text", "") for output in check.outputs)
        assert re.findall("Not yet:|Right:", said) == [f"{verdict}:"], f"{answer.source}: {said}"
