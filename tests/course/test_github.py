"""What GitHub reads: README.md, CONTRIBUTING.md, workflows, forms, the container for Codespaces."""

import inspect
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet

pytestmark = pytest.mark.repository
ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
CONFIG = GITHUB / "ISSUE_TEMPLATE" / "config.yml"
FORMS = sorted(set(CONFIG.parent.glob("*.yml")) - {CONFIG})
CONTAINER = ROOT / ".devcontainer" / "devcontainer.json"
PAGE = ROOT / "CONTRIBUTING.md"
README = ROOT / "README.md"


def read(path):
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)


def jobs():
    return [
        pytest.param(job, id=f"{path.stem}-{name}")
        for path in WORKFLOWS
        for name, job in read(path)["jobs"].items()
    ]


def commands():
    """Return what is typed anywhere on GitHub: in workflows, the container, the pages' code."""
    steps = [
        step for path in WORKFLOWS for job in read(path)["jobs"].values() for step in job["steps"]
    ]
    container = json.loads(CONTAINER.read_text(encoding="utf-8"))
    pages = [README, PAGE, GITHUB / "pull_request_template.md"]
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    blocks = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    return [
        *(step["run"] for step in steps if "run" in step),
        *(value for key, value in container.items() if key.endswith("Command")),
        *(line.partition("#")[0] for block in blocks for line in block.splitlines()),
        *re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)),
    ]


def test_every_make_command_names_a_target():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([\w./-]+):(?!=)", makefile, re.MULTILINE))
    named = {target for line in commands() for target in re.findall(r"\bmake ([\w./]+)", line)}
    assert {"test", "lint", "book", ".venv/ready"} <= named
    assert named <= targets


def test_every_file_and_module_of_a_command_is_there():
    words = [word for line in commands() for word in line.split() if line[0].islower()]
    paths = [word for word in words if re.match(r"(tests|docs|tools|example_data)/", word)]
    paths += [word for word in words if word.endswith((".lock", ".toml"))]
    assert {"requirements.lock", "tests/nbhelpers", "tests/phantoms", "tools/fork.py"} <= set(paths)
    assert [path for path in paths if not (ROOT / path).exists()] == []
    modules = {name for line in commands() for name in re.findall(r"python -m ([\w.]+)", line)}
    for name in modules - {"pip", "pytest", "jupyter"}:
        path = ROOT / name.replace(".", "/")
        assert (path / "__main__.py").is_file() or path.with_suffix(".py").is_file(), name


def test_the_readme_is_short_and_its_pictures_are_small_files_that_are_there():
    text = README.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 120
    notebooks = [path.stem for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))]
    shown = re.findall(r'href="(.+?)"><img src="(.+?)"', text)
    assert shown == [
        (f"notebooks/{name}.ipynb", f"docs/thumbnails/{name}.png") for name in notebooks
    ]
    assert all((ROOT / picture).stat().st_size < 20_000 for _, picture in shown)


def test_the_readme_s_first_lines_of_python_give_what_their_comments_say():
    first, more = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    names = {}
    exec(first, names)
    assert names["images"].shape == (44, 256) and names["images"].dtype == "float32"
    assert names["probabilities"].shape == (44, 2)
    assert abs(names["probabilities"].sum(axis=1) - 1).max() < 1e-5
    bind = inspect.signature(names["load_model"]).bind
    calls = re.findall(r"^model = load_model(\(.+?\))", more, re.MULTILINE)
    assert len(calls) == len(more.splitlines())
    for call in calls:
        eval(f"bind{call}", {"bind": bind})


def test_the_readme_s_lines_for_windows_are_those_that_windows_is_tested_with():
    (block,) = re.findall(r"```bat\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    environment, *lines, last = block.replace(".venv\\Scripts\\", "").splitlines()
    steps = read(GITHUB / "workflows" / "test.yml")["jobs"]["packages"]["steps"]
    assert lines == [step["run"] for step in steps if "pip install" in step.get("run", "")]
    assert environment == "python -m venv .venv"
    command = last.replace("python", sys.executable).split()
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    assert re.match(r"\d+\.\d+", done.stdout)


def test_marks_that_are_asked_for_exist():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    marks = {line.partition(":")[0] for line in project["tool"]["pytest"]["ini_options"]["markers"]}
    asked = {mark for line in commands() for mark in re.findall(r'ARGS="-m (\w+)', line)}
    assert asked and asked <= marks


def test_the_course_is_tested_on_the_lowest_python_and_each_after_it():
    course = read(GITHUB / "workflows" / "test.yml")["jobs"]["course"]
    pythons = course["strategy"]["matrix"]["python"]
    minors = [int(python.removeprefix("3.")) for python in pythons]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    allowed = SpecifierSet(project["requires-python"])
    assert minors == list(range(minors[0], minors[0] + len(minors)))
    assert allowed.contains(pythons[0]) and not allowed.contains(f"3.{minors[0] - 1}")
    assert f"Python {pythons[0]} to {pythons[-1]}" in PAGE.read_text()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_only_read_unless_a_job_says_what_it_writes(path):
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert "concurrency" in workflow
    writes = {
        name: scope
        for job in workflow["jobs"].values()
        for name, scope in job.get("permissions", {}).items()
    }
    assert writes == ({"pages": "write", "id-token": "write"} if path.stem == "site" else {})


@pytest.mark.parametrize("job", jobs())
def test_a_job_ends_in_time_and_takes_only_github_s_own_actions_at_one_version(job):
    assert int(job["timeout-minutes"]) <= 60
    for step in job["steps"]:
        assert len({"run", "uses"} & set(step)) == 1
        assert "uses" not in step or re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"])


def test_the_site_that_is_published_is_the_one_that_make_book_writes():
    steps = read(GITHUB / "workflows" / "site.yml")["jobs"]["build"]["steps"]
    folder = steps[-1]["with"]["path"]
    assert f"The site is in {folder}:" in (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_asks_for_what_the_check_prints(path):
    form = read(path)
    asked = [field for field in form["body"] if field["type"] != "markdown"]
    identifiers = [field["id"] for field in asked]
    assert len(set(identifiers)) == len(identifiers)
    (check,) = [field for field in asked if field["id"] == "check"]
    assert "python -m nbhelpers check" in check["attributes"]["label"]
    needed = check.get("validations", {}).get("required") == "true"
    assert needed == (path.stem != "question")


def test_the_container_opens_a_notebook_with_the_python_that_it_sets_up():
    container = json.loads(CONTAINER.read_text(encoding="utf-8"))
    tools = container["customizations"]
    python = tools["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert container["updateContentCommand"] == "make .venv/ready"
    assert python == "${containerWorkspaceFolder}/.venv/bin/python"
    assert {"ms-python.python", "ms-toolsai.jupyter"} <= set(tools["vscode"]["extensions"])
    assert all((ROOT / name).is_file() for name in tools["codespaces"]["openFiles"])


def test_every_link_leads_to_a_file():
    address = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Repository"]
    links = re.findall(r"\]\(([^)#:]+)\)", PAGE.read_text())
    config = read(CONFIG)
    for contact in config["contact_links"]:
        assert contact["url"].startswith(f"{address}/blob/main/")
        links.append(contact["url"].removeprefix(f"{address}/blob/main/"))
    assert len(links) >= 4
    assert [link for link in links if not (ROOT / link).is_file()] == []


SCHEMAS = {
    "github-workflows": WORKFLOWS,
    "github-issue-forms": FORMS,
    "github-issue-config": [CONFIG],
}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_github_s_own_schemas_hold(schema):
    pytest.importorskip("check_jsonschema", reason="check-jsonschema is not installed")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    done = subprocess.run([*command, *SCHEMAS[schema]], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
