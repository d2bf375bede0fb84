"""Every notebook keeps the contract, and its exercises are fair: only the solution is right."""

import copy
import re
import tomllib
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from wrong_answers import WRONG_ANSWERS

pytestmark = pytest.mark.repository
ROOT = Path(__file__).parents[1]
PATHS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
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


def test_there_are_notebooks():
    assert [path.stem[:2] for path in PATHS][:1] == ["00"]


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
    assert f'address, course = "{REPOSITORY}", ' in setup.source
    assert setup.source == code_cells(nbformat.read(PATHS[0], as_version=4))[0].source, (
        "not the setup cell of 00"
    )
    assert "from nbhelpers import" in imports.source
    assert load.source.startswith("model = load_model()")
    assert not any(
        re.search(r"^(import|from) ", cell.source, re.MULTILINE)
        for cell in code_cells(notebook)[2:]
    )


def test_its_cells_are_short_and_each_follows_some_words(notebook):
    for cell in code_cells(notebook):
        assert len(cell.source.splitlines()) <= 25, cell.id
        assert "try:" not in cell.source, cell.id
    run = 0
    for cell in notebook.cells[4:]:
        run = run + 1 if cell.cell_type == "code" else 0
        assert run <= 3, f"{cell.id}: more than three code cells without a word between them"


def test_it_asks_the_reader_to_predict_and_sets_exercises(notebook):
    assert "**Predict.**" in markdown(notebook)
    exercises = 0
    for starter, check, after in zip(
        notebook.cells, notebook.cells[1:], notebook.cells[2:], strict=False
    ):
        if solution(after) is not None:
            assert starter.cell_type == check.cell_type == "code" and "check_" in check.source, (
                after.id
            )
            exercises += 1
    assert exercises >= 2


def test_it_ends_with_what_you_saw_summary_references_and_the_notice(notebook):
    what, asserts, summary = notebook.cells[-3:]
    assert "## What you saw" in what.source
    assert asserts.source.count("assert ") >= 3
    assert "## Summary" in summary.source
    assert len(re.findall(r"\]\(https://", summary.source.split("**References**")[1])) >= 2
    assert "for clinical use" in summary.source.splitlines()[-1]


def test_its_links_lead_somewhere_and_its_pictures_have_alt_text(path, notebook):
    text = markdown(notebook)
    for alt, target in re.findall(r"(!?\[[^\]]*\])\(([^)\s]+)\)", text):
        assert len(alt.strip("![]")) > 1
        if "://" not in target:
            assert (path.parent / target.split("#")[0]).exists(), target


def test_it_runs_and_its_checks_take_the_solution_only(path, notebook, tmp_path):
    """Run the notebook from an unrelated folder; at each exercise, try the starter, wrong answers and the solution.

    After the solution, starter and check run once more, so that the rest of the notebook runs as it does unedited.
    """
    new = nbformat.v4.new_code_cell
    wrong = WRONG_ANSWERS.get(path.stem, {})
    checked = []  # an answer, the check cell after it, and what that must say
    book = copy.deepcopy(notebook)
    solutions = [index for index, cell in enumerate(book.cells) if solution(cell) is not None]
    assert wrong.keys() == {book.cells[index - 1].id for index in solutions}, (
        "tests/wrong_answers.py needs these"
    )
    for index in reversed(solutions):
        starter, check, folded = book.cells[index - 2 : index + 1]
        answers = [(answer, "Not yet") for answer in wrong[check.id]] + [
            (solution(folded), "Right")
        ]
        tried = [(new(answer), new(check.source), verdict) for answer, verdict in answers]
        again = [new(starter.source), new(check.source)]
        book.cells[index : index + 1] = [
            cell for answer, check, _ in tried for cell in (answer, check)
        ] + again
        checked += [(starter, check, "Not yet"), *tried]
    NotebookClient(
        book, timeout=600, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    for answer, check, verdict in checked:
        said = "".join(output.get("text", "") for output in check.outputs)
        assert re.findall("Not yet:|Right:", said) == [f"{verdict}:"], f"{answer.source}: {said}"
