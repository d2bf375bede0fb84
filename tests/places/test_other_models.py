"""Every notebook runs unedited with a CLIP, a SigLIP and a CoCa, or says at once what it needs."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from tiny_models import write_tiny_model

pytestmark = [pytest.mark.other_models, pytest.mark.repository]
PATHS = sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9]*.ipynb"))


@pytest.mark.parametrize("kind", ["clip", "siglip", "coca"])
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_it_runs_with_another_model_or_says_at_once_what_it_needs(
    path, kind, tmp_path, monkeypatch
):
    """Run from an unrelated folder. Only the cell after `load_model()` may stop it, in words that
    name the model and what it lacks: "… needs …".
    """
    folder = write_tiny_model(tmp_path / f"tiny_{kind}", kind)
    monkeypatch.setenv("NBHELPERS_MODEL", str(folder))
    notebook = nbformat.read(path, as_version=4)
    after_load = [cell for cell in notebook.cells if cell.cell_type == "code"][3]
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    )
    try:
        client.execute()
    except CellExecutionError as error:
        stopped = any(output.output_type == "error" for output in after_load.outputs)
        if not (stopped and folder.name in error.evalue and "needs" in error.evalue):
            raise
