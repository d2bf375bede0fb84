"""Loading a CLIP-like model: the one of the course, BiomedCLIP, any other of the Hub, or a folder."""

import difflib
import os
from pathlib import Path

import torch

from .checksums import check_folder
from .devices import pick_device, pick_precision
from .encoders import VisionLanguageModel
from .examples import example_data
from .folders import ModelLoadError, load_folder
from .hub import Found, find

FORMS = 'Use "phantomclip", "biomedclip" or "hf-hub:org/name", or the path of a folder such as "checkpoints/biomedclip".'


def load_model(
    source: str | Path | None = None,
    *,
    device: str | torch.device = "auto",
    precision: str = "auto",
    revision: str | None = None,
    verify: bool = True,
) -> VisionLanguageModel:
    """Return a model ready to encode pictures and prompts.

    `source` is "phantomclip", the small model that comes with the notebooks; "biomedclip", from the Hub at a pinned
    revision; "hf-hub:org/name", any open_clip model of the Hub, at `revision`; or a folder, without any network. None
    takes the environment variable NBHELPERS_MODEL, or else "phantomclip". What the Hub's cache holds is taken from
    there without a request. `verify=False` skips the checksums. `precision="fp32"` gives what open_clip gives, to 1e-6.

    Raises ModelLoadError: the model is not there, incomplete, damaged, or of another kind; none replaces it.
    Raises ValueError: device, precision or revision make no sense here.
    """
    chosen = pick_device(device)
    dtype = pick_precision(chosen, precision)
    source = source if source is not None else os.environ.get("NBHELPERS_MODEL") or "phantomclip"
    if str(source) == "biomedclip" or str(source).startswith("hf-hub:"):
        found = find(str(source), revision=revision, verify=verify)
        name = "BiomedCLIP" if str(source) == "biomedclip" else str(source).rpartition("/")[2]
    else:
        folder, name = _find(source)
        if revision is not None:
            raise ValueError(
                f"revision={revision!r} has no meaning for a folder: it is one version. Leave it out."
            )
        if verify:
            check_folder(folder, again=False)
        found = Found(folder, folder, folder, ())
    clip, preprocess, tokenizer, dimensions = load_folder(found.folder, found.text, found.tokenizer)
    return VisionLanguageModel(
        name, clip.to(chosen).eval(), preprocess, tokenizer, dimensions, chosen, dtype
    )


def _find(source: str | Path) -> tuple[Path, str]:
    """Return the folder that `source` means, and the name that figures show for it."""
    if str(source) == "phantomclip":
        folder = example_data() / "phantom_clip"
        if not folder.is_dir():
            hint = "Work in a clone of the repository, or let NBHELPERS_EXAMPLE_DATA name its example_data folder."
            raise ModelLoadError(f"PhantomCLIP is not at {folder}. {hint}")
        return folder, "PhantomCLIP"
    folder = Path(source).expanduser()
    if str(source).strip() and folder.is_dir():
        return folder, folder.resolve().name
    if folder.is_file():
        raise ModelLoadError(
            f"{source} is a file. Give the folder that it is in: load_model({str(folder.parent)!r})."
        )
    near = {name: name for name in ("phantomclip", "biomedclip")}
    if folder.parent.is_dir():
        near |= {entry.name: str(entry) for entry in folder.parent.iterdir() if entry.is_dir()}
    close = [near[name] for name in difflib.get_close_matches(folder.name, near)]
    hint = f" Did you mean {' or '.join(close)}?" if close else ""
    if source == os.environ.get("NBHELPERS_MODEL"):
        hint = f"{hint} NBHELPERS_MODEL names it: let it hold the whole path."
    raise ModelLoadError(
        f"There is no folder {str(source)!r} (seen from {Path.cwd()}).{hint} {FORMS}"
    )
