"""The program of notebook 12 survives a kill, and refuses what would give wrong answers."""

import contextlib
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import time
from ipaddress import ip_address
from pathlib import Path
from unittest import mock

import nbformat
import numpy as np
import psutil
import pytest
from PIL import Image

lance = pytest.importorskip("lance")
pa = pytest.importorskip("pyarrow")
NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "12_a_million_pictures.ipynb"
CELLS = {cell.id: cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells}
PICTURES = 160


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The program as the notebook writes it."""
    path = tmp_path_factory.mktemp("program") / "embed_folder.py"
    pieces = [source for source in CELLS.values() if source.startswith("%%writefile")]
    path.write_text("".join(piece.partition("\n")[2] + "\n" for piece in pieces))
    return path


@pytest.fixture(scope="module")
def open_table(program):
    with mock.patch.dict(os.environ):
        return runpy.run_path(str(program))["open_table"]


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    rng = np.random.default_rng(0)
    lines = ["path,kind,caption"]
    for index in range(PICTURES):
        pixels = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{index}.png")
        lines.append(f"{index}.png,noise,")  # an empty caption is a caption
    (folder / "pictures.csv").write_text("\n".join([*lines, lines[1]]))  # one stands there twice
    return folder


@pytest.fixture
def table(tmp_path):
    """A table of two files with ten rows each, of the model "me"."""
    return append(append(tmp_path / "table.lance"))


def append(path, rows=10):
    field = ("vector", pa.list_(pa.float32(), 4))
    owner = {"model": "Mine", "fingerprint": "me"}
    schema = pa.schema([("path", pa.string()), field], metadata=owner)
    names = [str(index) for index in range(rows)]
    vectors = pa.FixedSizeListArray.from_arrays(np.ones(4 * rows, np.float32), 4)
    part = pa.Table.from_arrays([pa.array(names), vectors], schema=schema)
    lance.write_dataset(part, path, mode="append")
    return path


def rows_of(table):
    return lance.dataset(table).to_table(columns=["path"])["path"].to_pylist()


def run(program, pictures, table, model_folder, kill_at=None, wait=0.0):
    """Run the program, or kill it `wait` seconds after it printed `kill_at` lines.

    Ray cannot start where it gets no processor for 15 seconds; then the program is run again.
    """
    settings = os.environ | {"NBHELPERS_MODEL": str(model_folder), "LANCE_LOG": "error"}
    settings["PYTHONPATH"] = str(NOTEBOOK.parents[1])
    command = [sys.executable, program, pictures, table]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    for _ in range(3):
        family = []
        with tempfile.TemporaryDirectory(prefix="ray", dir="/tmp") as short:
            settings["RAY_TMPDIR"] = short
            with subprocess.Popen(command, env=settings, **pipes) as running:
                for number, _ in enumerate(running.stdout, start=1):
                    if number == kill_at:
                        time.sleep(wait)
                        family = psutil.Process(running.pid).children(recursive=True)
                        check_that_it_listens_to_this_machine_alone(family)
                        running.kill()
                told = running.stderr.read()
            for process in family:  # some would look up only once a minute
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            psutil.wait_procs(family, timeout=30)
        if "timed out during startup" not in told:
            break
    assert running.returncode == (-signal.SIGKILL if kill_at else 0), told[-3000:]


def check_that_it_listens_to_this_machine_alone(family):
    for process in filter(psutil.Process.is_running, family):
        for one in process.net_connections("inet"):
            if one.status == psutil.CONN_LISTEN:
                address = ip_address(one.laddr.ip.removeprefix("::ffff:"))
                assert address.is_loopback, (process.cmdline()[:3], one.laddr)


@pytest.mark.scale
def test_killed_at_several_moments_it_loses_no_row_and_writes_none_twice(
    program, pictures, tmp_path, model_folder
):
    table = tmp_path / "table.lance"
    asked = program, pictures, table, model_folder
    run(*asked, kill_at=1)  # before Ray starts
    assert not table.exists()
    before = 0
    for kill_at, wait in ((2, 0.0), (2, 0.03)):  # just after an append; within the next
        run(*asked, kill_at=kill_at, wait=wait)
        rows = rows_of(table)
        assert before < len(rows) == len(set(rows)) and len(rows) % 32 == 0
        before = len(rows)
    run(*asked)
    assert sorted(rows_of(table)) == sorted(f"{index}.png" for index in range(PICTURES))
    run(*asked)  # with nothing left to do, it does nothing
    assert len(rows_of(table)) == PICTURES


def test_killed_in_its_first_append_it_begins_anew(tmp_path, open_table):
    table = tmp_path / "table.lance"
    (table / "_versions").mkdir(parents=True)
    (table / "data").mkdir()
    (table / "data" / "unfinished.lance").write_bytes(b"part of a file")
    assert open_table(table, "me") is None
    assert len(rows_of(append(table))) == 10


def test_the_table_of_another_model_is_refused(table, open_table):
    assert open_table(table, "me").count_rows() == 20
    with pytest.raises(ValueError, match=r"another model, Mine\. Load that model"):
        open_table(table, "somebody else")


def test_a_cut_file_is_named(table, open_table):
    file = next((table / "data").iterdir())
    os.truncate(file, file.stat().st_size - 10)
    with pytest.raises(ValueError, match=f"{file.name} is cut"):
        open_table(table, "me")


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files")
def test_where_the_disk_is_full_the_rows_before_stay(table):
    """A file can be no larger than 10 kB: to a writer, the disk is full after that."""
    limit = "import resource as r; r.setrlimit(r.RLIMIT_FSIZE, (10_000, 10_000))\n"
    full = f"{limit}import test_a_million as t; t.append({str(table)!r}, 100_000)"
    python = [sys.executable, "-B", "-c", full]  # bytecode would be cut off, too, and kept
    done = subprocess.run(python, cwd=Path(__file__).parent, capture_output=True, text=True)
    assert done.returncode == 1 and "File too large" in done.stderr
    assert len(rows_of(table)) == 20
    assert len(rows_of(append(table))) == 30


def test_without_ray_the_setup_cell_says_what_to_type(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ray", None)
    exec(CELLS["colab"], {})
    assert 'pip install -e ".[scale]"' in capsys.readouterr().out


def test_the_program_is_written_as_ruff_writes_it(program):
    root = NOTEBOOK.parents[1]
    for command in (["format", "--check", "--line-length=88"], ["check", "--ignore=D1,SIM112"]):
        ruff = [sys.executable, "-m", "ruff", *command, f"--config={root / 'pyproject.toml'}"]
        done = subprocess.run([*ruff, program], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
