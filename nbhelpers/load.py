"""Loading: a name or a folder → a model, with pinned versions and checksums."""

import contextlib
import hashlib
import json
import logging
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import open_clip
import torch
from huggingface_hub import HfApi, constants, snapshot_download
from open_clip.tokenizer import HFTokenizer
from safetensors.torch import load_file

from .model import VisionLanguageModel, check_answers, pick_device, pick_precision
from .pictures import example_data

CONFIG, SOURCE, SUMS = "open_clip_config.json", "SOURCE.json", "SHA256SUMS"
WEIGHTS = (  # in the order in which open_clip looks for them
    "open_clip_model.safetensors",
    "open_clip_pytorch_model.safetensors",
    "open_clip_pytorch_model.bin",
    "model.safetensors",
    "pytorch_model.bin",
)
VOCABULARY = ("tokenizer.json", "vocab.*", "*.model")
TEXT_FILES = ("config.json", "tokenizer_config.json", "*_tokens*.json", "merges.txt")
ABOUT = ("README.md", "LICENSE*")
BIOMEDCLIP = "microsoft/BiomedCLIP-PubMedBERT_256-vit_base_patch16_224"
BIOMEDBERT = "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract"
REVISIONS = {  # pinned commits; every other repository is taken at "main"
    BIOMEDCLIP: "9f341de24bfb00180f1b847274256e9b65a3a32e",
    BIOMEDBERT: "d673b8835373c6fa116d6d8006b33d48734e305d",
}
SHA256 = {  # of BiomedCLIP's files at the pinned commit
    CONFIG: "9a41f334a8c444678772c0ebb9ab854c97ab350bced3a17b803e258d39c23dc0",
    WEIGHTS[2]: "52cc993c5c5ff962bd0c60931874bc001e7e9b41666a385530f4a036294576be",
}
FORMS = 'Use "phantomclip", "biomedclip", "hf-hub:org/name" or the path of a folder.'
AGAIN = (
    f"Compare {CONFIG}, config.json, the tokenizer's files and the weights with the originals, or "
    "type `python -m nbhelpers prefetch`. For changes of your own, pass verify=False."
)


class ModelLoadError(RuntimeError):
    """A model could not be loaded: what failed, the likely reason, the next thing to do."""


def load_model(
    source: str | Path | None = None,
    *,
    device: str | torch.device = "auto",
    precision: str = "auto",
    revision: str | None = None,
    verify: bool = True,
) -> VisionLanguageModel:
    """Return a model that is ready to encode pictures and prompts.

    `source` is "phantomclip", the small model of the course; "biomedclip", from the Hub at a pinned
    revision; "hf-hub:org/name", any open_clip model on the Hub, at `revision`; or a folder, without
    any network. None takes the variable NBHELPERS_MODEL, or else "phantomclip". What the Hub's
    cache holds needs no request. `device="auto"` takes CUDA, then MPS, then the CPU. `precision` is
    "fp32" (as open_clip, to 1e-6), "bf16", "fp16", or "auto": bfloat16 where the processor has it.

    Raises ModelLoadError: the model is missing, incomplete, damaged or of another kind; no other
    takes its place. Raises ValueError: `precision` or `revision` make no sense here.
    """
    source = str(os.environ.get("NBHELPERS_MODEL") or "phantomclip" if source is None else source)
    device = pick_device(device)
    precision = pick_precision(device, precision)
    on_hub = source == "biomedclip" or source.startswith("hf-hub:")
    if revision is not None and not on_hub:
        raise ValueError(f"revision={revision!r} has no meaning for a folder. Leave it out.")
    try:
        if on_hub:
            repository = BIOMEDCLIP if source == "biomedclip" else source.removeprefix("hf-hub:")
            folder, text_folder = fetch(repository, revision)
            sums = hub_sums(repository, revision, folder, text_folder)
            name = "BiomedCLIP" if source == "biomedclip" else repository.partition("/")[2]
        else:
            ours = source == "phantomclip"
            folder = example_data() / "phantom_clip" if ours else Path(source).expanduser()
            if not source or not folder.is_dir():
                remedy = "Clone the repository, or set NBHELPERS_EXAMPLE_DATA." if ours else FORMS
                raise ModelLoadError(f"There is no folder {source!r} in {Path.cwd()}. {remedy}")
            folder = text_folder = folder.resolve()
            sums = read_sums(folder)
            name = "PhantomCLIP" if ours else folder.name
        if verify:
            check_files(sums)
        clip, preprocess, tokenizer, size = build(folder, text_folder)
    except ModelLoadError:
        raise
    except Exception as error:
        raise ModelLoadError(f"{source} does not load: {describe(error)}. {AGAIN}") from error
    parts = (clip.to(device), preprocess, tokenizer, size)
    return VisionLanguageModel(name, *parts, device, precision)


def build(folder: Path, text_folder: Path) -> tuple[Any, Any, Any, int]:
    """Return (open_clip model, preprocess, tokenizer, D) from folders: no network, no pickles."""
    model_cfg = read_config(folder)
    text_cfg = dict(model_cfg["text_cfg"])
    weights = find_weights(folder)
    if text_cfg.get("hf_model_name"):
        config = text_folder / "config.json"
        by_hand = text_folder == folder and not (folder / SUMS).is_file()
        if not text_cfg.get("hf_tokenizer_name"):  # open_clip would take CLIP's own tokenizer
            raise ValueError(f"{folder / CONFIG} lacks hf_tokenizer_name")
        if by_hand and not (folder / "tokenizer_config.json").is_file():  # words split otherwise
            raise ValueError(f"{folder} lacks tokenizer_config.json")
        if "auto_map" in config.read_text(encoding="utf-8"):
            raise ValueError(f"{config} asks for code of its author, which is never run")
        # An absolute folder in place of the Hub's name, or open_clip would ask the Hub.
        text_cfg |= {"hf_model_name": str(text_folder), "hf_model_pretrained": False}
    logging.disable(logging.WARNING)  # open_clip warns of random weights, which are replaced below
    try:
        clip, _, preprocess = open_clip.create_model_and_transforms(
            f"local-dir:{folder}", load_weights=False, pretrained_text=False, text_cfg=text_cfg
        )
        check_weights(weights, clip)
        open_clip.load_checkpoint(clip, str(weights))
    finally:
        logging.disable(logging.NOTSET)
    if text_cfg.get("hf_tokenizer_name"):
        tokenizer = HFTokenizer(
            str(text_folder),
            context_length=text_cfg.get("context_length", 77),
            tokenizer_mode=text_cfg.get("tokenizer_mode"),
            **text_cfg.get("tokenizer_kwargs", {}),
        )
    else:
        tokenizer = open_clip.get_tokenizer(f"local-dir:{folder}")
    check_answers(clip, tokenizer)
    return clip.eval(), preprocess, tokenizer, model_cfg["embed_dim"]


def read_config(folder: Path) -> dict[str, Any]:
    """Return `model_cfg` of open_clip_config.json, beside which the preprocessing is complete."""
    path = folder / CONFIG
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path.resolve()} is not the JSON of a config: {error}") from error
    towers = config["model_cfg"]
    sides = torch.tensor(towers["vision_cfg"].get("image_size", 224))
    normalise = config.get("preprocess_cfg", {})  # without it, open_clip takes another model's
    mean, std = (torch.tensor(normalise.get(key, [])) for key in ("mean", "std"))
    if not mean.shape == std.shape == (3,) or (std <= 0).any():
        raise ValueError(f"{path} lacks a preprocess_cfg with the right mean and std")
    if not 0 < sides.min() <= sides.max() <= 4096:
        raise ValueError(f"{path}: image_size must be 1 to 4096 pixels")
    return towers


def check_weights(weights: Path, clip: torch.nn.Module) -> None:
    """Refuse what open_clip would bend until it fits: integers, another number of positions."""
    try:
        is_safe = weights.suffix == ".safetensors"
        state = load_file(weights) if is_safe else torch.load(weights, "meta", weights_only=True)
        state = state.get("state_dict", state)
        next(iter(state))
    except Exception as error:  # not shown: torch advises to switch this protection off
        why = f"damaged, no weights at all, or code, which is never run ({type(error).__name__})"
        raise ValueError(f"{weights} is {why}") from None
    ours = clip.state_dict()
    for name, values in state.items():
        wanted = ours.get(name.removeprefix("module."), values)
        if wanted.is_floating_point() and not values.is_floating_point():
            raise ValueError(f"{weights}: {name} holds {values.dtype}, not real numbers")
        if wanted.shape != values.shape and wanted.numel() > 1:
            sizes = f"{tuple(values.shape)}, and {CONFIG} asks for {tuple(wanted.shape)}"
            raise ValueError(f"{weights}: size mismatch, {name} is {sizes}")


def fetch(repository: str, revision: str | None) -> tuple[Path, Path]:
    """Return the folders of a model and of its text tower in the Hub's cache; the weights last."""
    revision = revision or REVISIONS.get(repository, "main")
    folder = text_folder = snapshot(repository, revision, (CONFIG,), ABOUT)
    text_cfg = read_config(folder)["text_cfg"]
    if text := text_cfg.get("hf_tokenizer_name") or text_cfg.get("hf_model_name"):
        text_folder = snapshot(text, REVISIONS.get(text, "main"), VOCABULARY, TEXT_FILES)
    if not any((folder / name).is_file() for name in WEIGHTS):
        snapshot(repository, revision, WEIGHTS, ())
    return folder, text_folder


def snapshot(name: str, revision: str, needed: tuple[str, ...], others: tuple[str, ...]) -> Path:
    """Return the cached folder with these files of a repository, at least one of the `needed`.

    What is cached needs no request; of several WEIGHTS only the first is downloaded. A download
    goes on after a broken connection; after a kill it begins the file anew.
    """
    options = {"revision": revision, "allow_patterns": [*needed, *others]}
    with contextlib.suppress(OSError, ValueError):  # it is not in the cache
        folder = Path(snapshot_download(name, local_files_only=True, **options))
        found = [path.is_file() for pattern in needed for path in folder.glob(pattern)]
        if any(found) and all(path.exists() for path in folder.iterdir()):  # no link to nothing
            return folder
    try:
        info = HfApi().model_info(name, revision=revision, timeout=5)  # asked once, unlike below
        if needed == WEIGHTS:
            held = [file.rfilename for file in info.siblings]
            options["allow_patterns"] = [file for file in WEIGHTS if file in held][:1] or CONFIG
        folder = Path(snapshot_download(name, etag_timeout=5, **options))
        if not any(path.is_file() for pattern in needed for path in folder.glob(pattern)):
            raise ValueError(f"it has no {' or '.join(needed[:3])}: no model for open_clip")
    except Exception as error:  # of the name, the network, the Hub or the disk
        offline = " Offline mode is on: HF_HUB_OFFLINE is set." if constants.HF_HUB_OFFLINE else ""
        raise ModelLoadError(
            f"{name} ({revision}) is not cached and does not come from {constants.ENDPOINT}."
            f"{offline} Check the name, the network, HF_ENDPOINT, HF_TOKEN and the disk, or load a "
            f"folder that `python -m nbhelpers prefetch` filled elsewhere. {describe(error)}"
        ) from error
    return folder


def prefetch(
    source: str, folder: str | Path, *, revision: str | None = None, verify: bool = True
) -> Path:
    """Return `folder`, absolute, filled with all that `load_model(folder)` needs without a network.

    `source` is "biomedclip" or "hf-hub:org/name"; the files come through the Hub's cache. Finished
    ones are kept: rerun to continue or repair. SOURCE.json says where they come from, SHA256SUMS,
    written last, what they are. Raises ModelLoadError: the Hub, the disk or the folder refuse.
    """
    repository = BIOMEDCLIP if source == "biomedclip" else source.removeprefix("hf-hub:")
    about = {"repository": repository, "asked": revision or REVISIONS.get(repository, "main")}
    folder = Path(folder).expanduser().resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = json.loads((folder / SOURCE).read_text()) if any(folder.iterdir()) else about
        if not about.items() <= held.items():
            raise ValueError(f"it holds {held}")
        with contextlib.suppress(ValueError):  # damaged: all is copied again
            check_files(sums := read_sums(folder))
            if sums:
                return folder
        (folder / SUMS).unlink(missing_ok=True)
        (folder / SOURCE).write_text(json.dumps(about))
        model, text = fetch(repository, revision)
        if verify:
            check_files(hub_sums(repository, revision, model, text))
        of_model = (CONFIG, *ABOUT, find_weights(model).name)
        paths = [path for name in of_model for path in model.glob(name)]
        paths += [path for name in VOCABULARY + TEXT_FILES for path in text.glob(name)]
        for path in paths:
            shutil.copyfile(path, folder / f"{path.name}.part")
            (folder / f"{path.name}.part").replace(folder / path.name)
        text_name = read_config(model)["text_cfg"].get("hf_model_name", repository)
        about["commits"] = {text_name: text.name, repository: model.name}
        (folder / SOURCE).write_text(json.dumps(about, indent=2) + "\n")
        files = sorted({folder / SOURCE, *(folder / path.name for path in paths)})
        lines = [f"{sha256(path)}  {path.name}\n" for path in files]
        (folder / SUMS).write_text("".join(lines))
    except (OSError, ValueError, KeyError, TypeError) as error:
        fault = f"{folder} cannot be filled with {repository}: {describe(error)}"
        raise ModelLoadError(f"{fault}. Name an empty folder on a disk with room.") from error
    return folder


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_files(sums: Mapping[Path, str]) -> None:
    """Raise ValueError for a file that is missing or has another SHA-256 than its own."""
    for path, right in sums.items():
        found = sha256(path) if path.is_file() else "that of no file: it is missing"
        if found != right:
            fault = f"its SHA-256 is {found}, expected {right}. Delete {path.resolve()}"
            raise ValueError(f"{path} is damaged or was changed: {fault}")


def read_sums(folder: Path) -> dict[Path, str]:
    """Return file → SHA-256 from the folder's SHA256SUMS; empty where there is none."""
    path = folder / SUMS
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    found = [re.fullmatch(r"([0-9a-fA-F]{64}) [ *](.+)", line) for line in lines]
    if not found or not all(found):
        raise ValueError(f"{path} is damaged")
    return {folder / match[2]: match[1].lower() for match in found}


def hub_sums(repository: str, revision: str | None, *folders: Path) -> dict[Path, str]:
    """Return file → SHA-256: the Hub's cache names large files by it, BiomedCLIP's are pinned."""
    files = {path: path.resolve().name for folder in folders for path in folder.iterdir()}
    sums = {path: name for path, name in files.items() if re.fullmatch("[0-9a-f]{64}", name)}
    if repository == BIOMEDCLIP and revision in (None, REVISIONS[BIOMEDCLIP]):
        sums |= {folders[0] / name: right for name, right in SHA256.items()}
    return sums


def find_weights(folder: Path) -> Path:
    """Return the file of weights that open_clip takes from a folder. Raises ValueError: none."""
    for name in WEIGHTS:
        if (folder / name).is_file():
            return folder / name
    raise ValueError(f"{folder} holds no weights, such as {WEIGHTS[0]}")


def describe(error: BaseException) -> str:
    """Return an error's kind and words on one line, and those of its cause."""
    words = f"{type(error).__name__}: {' '.join(str(error).split())[:700]}"
    hidden = isinstance(error, FileNotFoundError) and error.__cause__  # of huggingface_hub
    return f"{words} ({describe(error.__cause__)})" if hidden else words
