"""On Colab, a notebook alone in an empty folder fetches the course, installs it, and runs.

Colab is simulated: its versions (colab.txt) in an environment of their own, a stub google.colab,
and git pointed at a copy of this working tree. It needs the package index and some minutes:
`make test ARGS="-m colab"`.
"""

import json
import os
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import nbformat
import pytest
from packaging.requirements import Requirement

pytestmark = pytest.mark.repository
ROOT = Path(__file__).parents[2]
PATHS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
COLAB = Path(__file__).with_name("colab.txt")
# What the course depends on and Colab lacks: the setup cell brings it.
BROUGHT = {"medmnist", "open-clip-torch", "openslide-bin", "openslide-python", "pydicom"}


def run(*command, **options):
    """Return what the command printed; its error output stands in the failure."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{command}:\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
    return done.stdout


def test_what_colab_has_is_within_our_ranges():
    has = dict(line.split("==") for line in COLAB.read_text().splitlines() if "==" in line)
    for line in PROJECT["dependencies"]:
        requirement = Requirement(line)
        if requirement.name not in BROUGHT:
            assert requirement.specifier.contains(has[requirement.name]), (
                f"Colab has {has[requirement.name]}: {line}"
            )


@pytest.fixture(scope="module")
def colab(tmp_path_factory):
    """Colab's Python with Colab's packages. Only torch is ours: Colab's is gigabytes more."""
    folder = tmp_path_factory.mktemp("colab")
    python = folder / "env" / "bin" / "python"
    torch, torchvision, nbmake = (
        f"{name}=={version(name)}" for name in ("torch", "torchvision", "nbmake")
    )
    (folder / "torch.txt").write_text(f"{torch}\n{torchvision}\n")
    uv = [sys.executable, "-m", "uv"]
    run(*uv, "venv", "--python", sys.executable, folder / "env")
    run(
        *uv,
        "pip",
        "install",
        "--python",
        python,
        "-r",
        COLAB,
        nbmake,
        "--override",
        folder / "torch.txt",
    )
    [site] = (folder / "env" / "lib").glob("python*/site-packages")
    (site / "google" / "colab").mkdir(parents=True)
    (site / "google" / "colab" / "__init__.py").touch()
    (site / "google_colab.pth").write_text("import google.colab\n")
    return python


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """The variables with which git finds this working tree under the repository's address."""
    folder = tmp_path_factory.mktemp("origin")
    names = run(
        "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT
    ).split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    identity = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
    for command in (
        ["init", "--quiet"],
        ["add", "--all"],
        [*identity, "commit", "--quiet", "--message", "course"],
    ):
        run("git", *command, cwd=folder)
    git = {
        "COUNT": "1",
        "KEY_0": f"url.{folder.as_uri()}.insteadOf",
        "VALUE_0": PROJECT["urls"]["Repository"],
    }
    rest = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("NBHELPERS_", "PYTHON"))
    }
    return (
        rest
        | {f"GIT_CONFIG_{name}": value for name, value in git.items()}
        | {"IPYTHONDIR": str(folder / "ipython")}
    )


def packages(python):
    """Name → version, the names spelled as on the package index."""
    return {
        row["name"].lower().replace("_", "-"): row["version"]
        for row in json.loads(run(python, "-m", "pip", "list", "--format=json"))
    }


def execute(notebook, colab, environment, folder):
    """Run the notebook, alone in `folder`, as Colab's Run all does."""
    nbformat.write(notebook, folder / "notebook.ipynb")
    command = ["-m", "pytest", "--nbmake", "--nbmake-timeout=600", "notebook.ipynb"]
    run(colab, *command, cwd=folder, env=environment)


@pytest.mark.colab
def test_the_setup_cell_brings_what_colab_lacks_and_changes_nothing_that_it_has(
    colab, environment, tmp_path
):
    run(colab, "-m", "pip", "uninstall", "--yes", "nbhelpers", *BROUGHT, env=environment)
    before = packages(colab)
    notebook = nbformat.read(PATHS[0], as_version=4)
    _, setup, imports, load = notebook.cells[:4]
    assert setup.id == "colab"
    brought = nbformat.v4.new_code_cell("import medmnist, open_clip, openslide, pydicom")
    again = nbformat.v4.new_code_cell(setup.source)  # once more, as people do
    notebook.cells = [setup, imports, load, brought, again]
    execute(notebook, colab, environment, tmp_path)
    assert (tmp_path / "course" / "pyproject.toml").exists()
    after = packages(colab)
    assert {"nbhelpers", *BROUGHT} <= after.keys() - before.keys()
    assert {name: after[name] for name in before} == before


@pytest.mark.colab
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_it_runs_alone_in_an_empty_folder(path, colab, environment, tmp_path):
    execute(nbformat.read(path, as_version=4), colab, environment, tmp_path)
