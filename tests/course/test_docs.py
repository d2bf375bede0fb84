"""The pages in docs/ fit the notebooks, and the handouts work on a machine without network."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

pytestmark = pytest.mark.repository
ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
NOTES = sorted((ROOT / "docs" / "teaching" / "notes").glob("*.md"))
REFUSE = """
import socket
connect, getaddrinfo = socket.socket.connect, socket.getaddrinfo
def refuse(self, address):
    if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1"):
        raise OSError(f"no network here: {address}")
    return connect(self, address)
def find(host, *args, **kwargs):
    if host not in ("127.0.0.1", "::1", "localhost", None, ""):
        raise OSError(f"no network here: {host}")
    return getaddrinfo(host, *args, **kwargs)
socket.socket.connect, socket.getaddrinfo = refuse, find
"""


def test_the_glossary_explains_sixty_terms_once_each_in_one_to_three_sentences():
    text = re.sub(r"\n## .*", "", (ROOT / "docs" / "glossary.md").read_text())
    terms = [part.partition("\n")[::2] for part in text.split("\n### ")[1:]]
    assert len({name.lower() for name, _ in terms}) == len(terms) >= 60
    for name, meaning in terms:
        sentences = re.findall(r"[.?!](?=\s|$)", meaning.strip())
        assert 1 <= len(sentences) <= 3, name


def test_the_quiz_has_twenty_questions_each_with_a_folded_answer_and_five_with_a_figure():
    questions = re.split(r"^## ", (ROOT / "docs" / "quiz.md").read_text(), flags=re.M)[1:]
    assert len(questions) >= 20
    assert [question.partition(".")[0] for question in questions] == [
        str(number + 1) for number in range(len(questions))
    ]
    figures = [
        re.findall(
            r'^<img alt=".{80,}" width="\d+" src="(.+)">$', text.partition("<details>")[0], re.M
        )
        for text in questions
    ]
    assert sum(map(bool, figures)) >= 5
    assert all(
        text.count("<summary>Answer</summary>") == text.count("</details>") == 1
        for text in questions
    )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_links_to_the_glossary(path):
    notebook = nbformat.read(path, as_version=4)
    assert "](../docs/glossary.md)" in notebook.cells[0].source


@pytest.mark.parametrize("page", NOTES, ids=lambda page: page.stem)
def test_teacher_s_notes_belong_to_a_notebook_and_have_the_same_three_parts(page):
    assert page.stem in [path.stem for path in NOTEBOOKS]
    text = page.read_text()
    assert text.startswith("<!-- course map: heading -->\n")
    assert re.findall(r"^## (.+)", text, re.M) == ["Tell", "Usual wrong ideas", "Questions"]


@pytest.fixture(scope="module")
def learner(tmp_path_factory):
    """The learner's handout, unpacked in an empty folder."""
    from handouts import handout

    folder = tmp_path_factory.mktemp("learner")
    with zipfile.ZipFile(handout("learner", ROOT / "notebooks", folder / "made")) as archive:
        archive.extractall(folder)
    return folder / "course"


def test_the_learner_s_handout_has_every_exercise_and_no_solution(learner):
    assert "<details>" not in (learner / "docs" / "quiz.md").read_text()
    for path in NOTEBOOKS:
        ours, theirs = (
            nbformat.read(p, as_version=4) for p in (path, learner / "notebooks" / path.name)
        )
        code = [
            [cell.source for cell in notebook.cells if cell.cell_type == "code"]
            for notebook in (ours, theirs)
        ]
        assert code[0] == code[1]
        assert "<details>" not in "".join(cell.source for cell in theirs.cells)
        assert not any("wrong_answers" in cell.metadata for cell in theirs.cells)


def test_the_notebooks_for_recall_hold_all_code_and_no_text_but_headings(learner):
    for path in NOTEBOOKS:
        full, bare = (
            nbformat.read(learner / folder / path.name, as_version=4).cells
            for folder in ("notebooks", "recall")
        )
        code, same = (
            [cell.source for cell in cells if cell.cell_type == "code"] for cells in (full, bare)
        )
        assert code == same
        before, after = (
            "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
            for cells in (full, bare)
        )
        lines = after.splitlines()
        assert len(lines) >= 8
        assert all(re.fullmatch("#{1,4} .{3,90}", line) for line in lines)
        assert set(lines) <= set(before.splitlines())
        assert not any({"drawing", "wrong_answers"} & set(cell.metadata) for cell in bare)


@pytest.mark.parametrize("kind", ["learner", "teacher"])
def test_every_link_of_a_handout_leads_to_a_file_in_it(kind, tmp_path):
    from handouts import handout

    with zipfile.ZipFile(handout(kind, ROOT / "notebooks", tmp_path / "made")) as archive:
        archive.extractall(tmp_path)
    pages = [
        page for page in (tmp_path / "course").rglob("*.md") if page.parent.name != "phantom_clip"
    ]
    links = [
        (page, link)
        for page in pages
        for link in re.findall(r"""(?:\]\(|src="|href=")([^)"#:]+)[^)":]*[)"]""", page.read_text())
    ]
    assert links or kind == "learner"
    assert [(page.name, link) for page, link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.book)
        for name in [
            *(f"notebooks/{path.name}" for path in NOTEBOOKS),
            f"recall/{NOTEBOOKS[0].name}",
        ]
    ],
)
def test_the_learner_s_notebook_runs_without_network_from_the_handout_alone(
    learner, tmp_path, name
):
    (tmp_path / "sitecustomize.py").write_text(REFUSE)
    check = (
        "import nbhelpers, socket; print(nbhelpers.__file__); "
        "socket.create_connection(('192.0.2.1', 80), 1)"
    )
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": f"{tmp_path}:{learner}",
        "HOME": str(tmp_path),
    }

    def run(*command):
        return subprocess.run(
            [sys.executable, *command], env=environment, cwd=learner, capture_output=True, text=True
        )

    done = run("-c", check)
    assert (
        done.stdout.strip() == str(learner / "nbhelpers" / "__init__.py")
        and "no network here" in done.stderr
    )
    options = [
        "--execute",
        "--to",
        "notebook",
        "--ExecutePreprocessor.timeout=600",
        "--output",
        tmp_path / "done.ipynb",
    ]
    done = run("-m", "nbconvert", *map(str, options), str(learner / name))
    assert done.returncode == 0, done.stderr[-3000:]
