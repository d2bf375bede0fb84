"""Every notebook runs unedited with a CLIP, a SigLIP and a CoCa, or says at once what it needs."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from tiny_models import write_tiny_model

pytestmark = [pytest.mark.other_models, pytest.mark.repository]
KINDS = ("clip", "siglip", "coca")
# What takes minutes in these is the same for every model, or they use its embeddings alone, so one
# of the three is enough.
ONE_OF_THREE = {
    "02_load_from_local_files": ("siglip",),
    "04_cross_modal_retrieval": ("clip",),
    "05_prompt_engineering": ("siglip",),
    "06_visual_question_answering": ("coca",),
    "07_evaluation": ("siglip",),
    "08_your_own_images": ("clip",),
    "09_few_labels": ("coca",),
    "11_train_and_fine_tune": ("siglip",),
    "12_a_million_pictures": ("coca",),
}
PATHS = sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9]*.ipynb"))
# What takes longest is the same for every model: importing torch, and drawing the phantoms.
DRAW_ONCE = """
import phantoms


def once(*asked, draw=phantoms.phantom, drawn={}, **options):
    key = repr((asked, options))
    if key not in drawn:
        drawn[key] = draw(*asked, **options)
    return drawn[key]


phantoms.phantom = once
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {kind: write_tiny_model(folder / f"tiny_{kind}", kind) for kind in KINDS}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_it_runs_with_another_model_or_says_at_once_what_it_needs(path, folders, tmp_path):
    """Run in an unrelated folder, in one kernel, of which each model finds the variables deleted.

    Only the cell after `load_model()` may stop a run, in words that name the model and what the
    notebook needs: "… needs …".
    """
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    client = NotebookClient(
        nbformat.v4.new_notebook(),
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": tmp_path}},
    )

    def run(source):
        client.nb.cells.append(nbformat.v4.new_code_cell(source))
        client.execute_cell(client.nb.cells[-1], len(client.nb.cells) - 1)

    with client.setup_kernel():
        run(DRAW_ONCE)
        for folder in [folders[kind] for kind in ONE_OF_THREE.get(path.stem, KINDS)]:
            run(f"%reset -f\n%env NBHELPERS_MODEL={folder}")
            for number, cell in enumerate(cells):
                try:
                    run(cell.source)
                except CellExecutionError as error:
                    if number == 3 and folder.name in error.evalue and "needs" in error.evalue:
                        break
                    error.add_note(f"This was {cell.id} of {path.name}, with {folder.name}.")
                    raise
