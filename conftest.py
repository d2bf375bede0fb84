"""What pytest does for the whole repository: the order of the tests, and what is kept of them.

`make test` keeps each notebook that it executed: `make book` and `make handouts` then need not
execute it again.
"""

import os
import re
from itertools import groupby
from pathlib import Path

import pytest

# Two tests at a time on two cores: the threads of one would only wait for those of the other.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_collection_modifyitems(items):
    """Take the notebooks from the last to the first, in each file of tests and by themselves.

    The last ones take longest: begun at the end, one would run while the other core has no work.
    What a file tests of no single notebook still comes first, such as that Colab's own packages
    stay as they are.
    """

    def place(item):
        return item.path.parent if item.path.suffix == ".ipynb" else item.path

    def order(item):
        named = re.findall(r"\b\d\d_\w+", item.name)
        return not named, named

    items[:] = [
        item
        for _, together in groupby(items, key=place)
        for item in sorted(together, key=order, reverse=True)
    ]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Write a notebook that passes, with its outputs, to the folder that RUNS names."""
    if "RUNS" not in os.environ or not hasattr(item, "nbmake"):
        return (yield)
    import nbformat
    from nbmake.nb_run import NotebookRun

    execute = NotebookRun.execute

    def execute_and_keep(run):
        result = execute(run)
        if result.error is None:
            kept = Path(os.environ["RUNS"]) / run.filename.name
            kept.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(result.nb, kept)
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(NotebookRun, "execute", execute_and_keep)
        return (yield)
