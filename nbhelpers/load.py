"""Loading: a name or a folder → a model, with pinned versions and checksums."""

import contextlib
import fnmatch
import hashlib
import json
import logging
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import open_clip
import torch
from huggingface_hub import HfApi, constants, hf_hub_download, snapshot_download
from open_clip.convert import convert_state_dict
from open_clip.model import convert_to_custom_text_state_dict
from open_clip.tokenizer import HFTokenizer
from safetensors.torch import load_file

from .model import VisionLanguageModel, check_answers, pick_device, pick_precision, plain_name
from .pictures import example_data

CONFIG, SOURCE, SUMS = "open_clip_config.json", "SOURCE.json", "SHA256SUMS"
WEIGHTS = (  # in the order in which open_clip looks for them
    "open_clip_model.safetensors",
    "open_clip_pytorch_model.safetensors",
    "open_clip_pytorch_model.bin",
    "model.safetensors",
    "pytorch_model.bin",
)
SUFFIXES = (".safetensors", ".bin", ".pt", ".pth", ".ckpt")
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
FORMS = (
    'Use "phantomclip" (from a clone, or with NBHELPERS_EXAMPLE_DATA), "biomedclip", "hf-hub:org/'
    'name" or the path of a folder. Copy weights alone into it, or pass them as weights=.'
)
AGAIN = f"Compare {CONFIG} and the rest, or type `python -m nbhelpers prefetch`, or verify=False."
SAVE = "Where it was trained: safetensors.torch.save_file(model.state_dict(), 'own.safetensors')."
LORA = (
    "a LoRA adapter. Load the model that it changes, then type `from peft import PeftModel; "
    "model.clip = PeftModel.from_pretrained(model.clip, {!r}).merge_and_unload()`."
)
OF_TRANSFORMERS = (
    "a model of transformers. Take open_clip's form from the Hub (delete this one if it is in the "
    "cache), or type `from transformers import AutoModel; AutoModel.from_pretrained({!r})`."
)


class ModelLoadError(RuntimeError):
    """A model could not be loaded: what failed, the likely reason, the next thing to do."""


def load_model(
    source: str | Path | None = None,
    *,
    weights: str | Path | None = None,
    device: str | torch.device = "auto",
    precision: str = "auto",
    revision: str | None = None,
    verify: bool = True,
) -> VisionLanguageModel:
    """Return a model that is ready to encode pictures and prompts.

    `source` is "phantomclip", the small model of the course; "biomedclip", from the Hub at a pinned
    revision; "hf-hub:org/name", any open_clip model on the Hub, at `revision`; or a folder, without
    any network, with one file of weights. None takes NBHELPERS_MODEL, or else "phantomclip".

    `weights` is a checkpoint of your own, for the configuration and tokenizer of `source`: as
    .safetensors or as torch saves, nested and beside an optimizer or not. No code in it is ever
    run. `device="auto"` takes CUDA, then MPS, then the CPU. `precision` is "fp32" (as open_clip, to
    1e-6), "bf16", "fp16", or "auto": bfloat16 where it is faster.

    Raises ModelLoadError: the model is missing, incomplete, damaged or of another kind; no other
    takes its place. Raises ValueError: `precision` or `revision` make no sense here."""
    source = str(os.environ.get("NBHELPERS_MODEL") or "phantomclip" if source is None else source)
    device = pick_device(device)
    precision = pick_precision(device, precision)
    on_hub = source == "biomedclip" or source.startswith("hf-hub:")
    if revision is not None and not on_hub:
        raise ValueError(f"revision={revision!r} has no meaning for a folder. Leave it out.")
    own = None if weights is None else Path(weights).expanduser().absolute()
    try:
        if on_hub:
            repository = BIOMEDCLIP if source == "biomedclip" else source.removeprefix("hf-hub:")
            folder, text_folder = fetch(repository, revision, own is None)
            sums = hub_sums(repository, revision, folder, text_folder)
            name = repository.partition("/")[2]
        else:
            ours = source == "phantomclip"
            folder = example_data() / "phantom_clip" if ours else Path(source).expanduser()
            if not source or not folder.is_dir():
                raise ModelLoadError(f"There is no folder {str(folder)!r} in {Path.cwd()}. {FORMS}")
            if not (folder / CONFIG).exists() and any(folder.glob("*config.json")):
                raise ModelLoadError(f"There is no {CONFIG}. {tell_kind(folder)}")
            folder = text_folder = folder.resolve()
            sums, name = read_sums(folder), folder.name
        name = {"biomedclip": "BiomedCLIP", "phantomclip": "PhantomCLIP"}.get(source, name)
        if own:
            name = f"{name} + {own.name}"
            sums = {path: right for path, right in sums.items() if path.suffix not in SUFFIXES}
        taken = own or find_weights(folder, on_hub)
        if verify:
            check_files(sums)
            if sums and not (on_hub or own or taken in sums):
                raise ModelLoadError(f"{taken} is not in {SUMS}. Pass weights={str(taken)!r}?")
        clip, *parts = build(folder, text_folder, taken)
    except ModelLoadError:
        raise
    except Exception as error:
        remedy = f"Is {weights} a file of weights for {source}?" if weights else AGAIN
        raise ModelLoadError(f"{source} does not load: {describe(error)}. {remedy}") from error
    return VisionLanguageModel(name, clip.to(device), *parts, device, precision, taken.name)


def tell_kind(path: Path, names: Iterable[str] | None = None) -> str:
    """Return in words what a folder, or a file with weights of these `names`, holds."""
    told = " ".join(file.name for file in path.iterdir()) if names is None else " ".join(names)
    kind = f"one tower only, no logit_scale, or no model of open_clip at all. {SAVE}"
    if "lora_" in told or "adapter_config" in told:
        kind = LORA
    elif "vision_model." in told or "config.json" in told:
        kind = OF_TRANSFORMERS
    return f"{path} holds {kind.format(str(path if path.is_dir() else path.parent))}"


def build(folder: Path, text_folder: Path, weights: Path) -> tuple[Any, Any, Any, int]:
    """Return (open_clip model, preprocess, tokenizer, D) from folders: no network, no pickles."""
    model_cfg = read_config(folder)
    text_cfg = dict(model_cfg["text_cfg"])
    if text_cfg.get("hf_model_name"):
        by_hand = text_folder == folder and not (folder / SUMS).is_file()
        if by_hand and not (folder / "tokenizer_config.json").is_file():  # words split otherwise
            raise ValueError(f"{folder} lacks tokenizer_config.json")
        if "auto_map" in (text_folder / "config.json").read_text(encoding="utf-8"):
            raise ValueError("config.json asks for code of its author, which is never run")
        # An absolute folder in place of the Hub's name, or open_clip would ask the Hub.
        text_cfg |= {"hf_model_name": str(text_folder), "hf_model_pretrained": False}
    logging.disable(logging.WARNING)  # open_clip warns of random weights, which are replaced below
    try:
        clip, _, preprocess = open_clip.create_model_and_transforms(
            f"local-dir:{folder}", load_weights=False, pretrained_text=False, text_cfg=text_cfg
        )
    finally:
        logging.disable(logging.NOTSET)
    fill(clip, weights)
    if text_cfg.get("hf_tokenizer_name"):
        tokenizer = HFTokenizer(
            str(text_folder),
            context_length=text_cfg.get("context_length", 77),
            tokenizer_mode=text_cfg.get("tokenizer_mode"),
            **text_cfg.get("tokenizer_kwargs", {}) | {"trust_remote_code": False},
        )
    else:
        tokenizer = open_clip.get_tokenizer(f"local-dir:{folder}")
    check_answers(clip.eval(), preprocess, tokenizer)
    return clip, preprocess, tokenizer, model_cfg["embed_dim"]


def read_config(folder: Path) -> dict[str, Any]:
    """Return `model_cfg` of open_clip_config.json, beside which the preprocessing is complete."""
    path = folder / CONFIG
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # where it lies in the Hub's cache, so that it can be deleted
        raise ValueError(f"{path.resolve()} is no JSON: {error}") from error
    towers = config["model_cfg"]
    size = towers["vision_cfg"].get("image_size", 224)
    normalise = config.get("preprocess_cfg", {})  # without it, open_clip takes another model's
    mean, std = (torch.tensor(normalise.get(key, [])) for key in ("mean", "std"))
    if not mean.shape == std.shape == (3,) or (std <= 0).any():
        raise ValueError(f"{path} lacks a preprocess_cfg with the right mean and std")
    if (torch.tensor(normalise.get("size", size)) != torch.tensor(size)).any():
        raise ValueError(f"{path} has one size in preprocess_cfg and another one in vision_cfg")
    return towers


def fill(clip: torch.nn.Module, path: Path) -> None:
    """Put the weights in a file into a model: all of them, no position bent; or raise an error."""
    if path.is_dir():
        raise ModelLoadError(f"weights= takes a file. {tell_kind(path)}")
    try:
        is_safe = path.suffix == ".safetensors"
        content = load_file(path) if is_safe else torch.load(path, "cpu", weights_only=True)
    except Exception as error:  # not shown: torch advises to switch this protection off
        if code := re.search(r"(?<=GLOBAL )\S+|TorchScript", str(error)):
            raise ModelLoadError(f"{path} holds {code[0]}, code, never run. {SAVE}") from None
        raise ValueError(f"{path} is missing, damaged or no weights at all") from None
    weights = dict(flatten(content))
    towers = [re.match(r"(.*?)(visual|image_encoder)\.", name) for name in weights]
    places = sorted({tower[1] for tower in towers if tower and f"{tower[1]}logit_scale" in weights})
    if places[1:]:
        raise ModelLoadError(f"{path} holds several models, {' and '.join(places)}. {SAVE}")
    if not places or any("lora_" in name for name in weights):
        raise ModelLoadError(tell_kind(path, weights))
    kept = [name for name in weights if name.startswith(places[0])]
    state = {plain_name(name.removeprefix(places[0])): weights[name] for name in kept}
    state = convert_state_dict(clip, state)
    if "positional_embedding" in state and not hasattr(clip, "positional_embedding"):
        state = convert_to_custom_text_state_dict(state)
    state.pop("text.transformer.embeddings.position_ids", None)  # counted, no longer stored
    ours = clip.state_dict()
    for name in ours.keys() & state.keys():
        wanted, values = ours[name], state[name]
        if wanted.is_floating_point() and not values.is_floating_point():
            raise ValueError(f"{path}: {name} holds {values.dtype}, not real numbers")
        if wanted.numel() == values.numel() == 1:  # the logit scale is () or (1,)
            state[name] = values.reshape(wanted.shape)
    clip.load_state_dict(state)


def flatten(content: Any, place: str = "") -> Iterator[tuple[str, torch.Tensor]]:
    """Yield each tensor of a checkpoint with the names of the mappings around it before its own."""
    if torch.is_tensor(content):
        yield place, content
    elif isinstance(content, Mapping):
        for name, inner in content.items():
            yield from flatten(inner, f"{place}.{name}" if place else str(name))


def fetch(repository: str, revision: str | None, with_weights: bool = True) -> tuple[Path, Path]:
    """Return the folders of a model and of its text tower in the Hub's cache; the weights last."""
    revision = revision or REVISIONS.get(repository, "main")
    folder = text_folder = snapshot(repository, revision, (CONFIG,), ABOUT)
    text_cfg = read_config(folder)["text_cfg"]
    if text := text_cfg.get("hf_tokenizer_name") or text_cfg.get("hf_model_name"):
        text_folder = snapshot(text, REVISIONS.get(text, "main"), VOCABULARY, TEXT_FILES)
    if with_weights:
        snapshot(repository, revision, WEIGHTS, ())
    return folder, text_folder


def snapshot(name: str, revision: str, needed: tuple[str, ...], others: tuple[str, ...]) -> Path:
    """Return the cached folder of these files; the last, a `needed` one, shows that all came."""
    with contextlib.suppress(OSError, ValueError):  # it is not in the cache
        folder = Path(snapshot_download(name, revision=revision, local_files_only=True))
        found = [path for pattern in needed for path in folder.glob(pattern)]
        if found and all(path.exists() for path in folder.iterdir()):  # no link to nothing
            return folder
    try:
        info = HfApi().model_info(name, revision=revision, timeout=5)  # asked once, unlike below
        held = [file.rfilename for file in info.siblings]  # names suffice: mirrors list no sizes
        files = [file for pattern in (*others, *needed) for file in fnmatch.filter(held, pattern)]
        if needed == WEIGHTS:
            files = files[:1]
        if not any(fnmatch.filter(files, pattern) for pattern in needed):
            raise ValueError(f"it has no {' or '.join(needed[:3])}: no model for open_clip")
        for file in files:
            path = hf_hub_download(name, file, revision=revision, etag_timeout=5)
    except Exception as error:  # of the name, the network, the Hub or the disk
        raise ModelLoadError(
            f"{name} ({revision}) is not cached and does not come from {constants.ENDPOINT}. Check "
            "the name, the network, the disk, HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE, or load a "
            f"folder that `python -m nbhelpers prefetch` filled elsewhere. {describe(error)}"
        ) from error
    return Path(path).parent


def prefetch(source: str, folder: str | Path, *, revision=None, verify: bool = True) -> Path:
    """Return `folder`, absolute, filled with all that `load_model(folder)` needs without a network.

    `source` is "biomedclip" or "hf-hub:org/name". Rerun to continue or repair. SOURCE.json says
    where the files come from, SHA256SUMS, written last, what they are. Raises ModelLoadError."""
    repository = BIOMEDCLIP if source == "biomedclip" else source.removeprefix("hf-hub:")
    about = {"repository": repository, "asked": revision or REVISIONS.get(repository, "main")}
    folder = Path(folder).expanduser().resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = json.loads((folder / SOURCE).read_text()) if any(folder.iterdir()) else about
        if not about.items() <= held.items():
            raise ValueError(f"it holds {held}")
        with contextlib.suppress(OSError, ValueError):  # damaged: all is copied again
            check_files(sums := read_sums(folder))
            if sums:
                return folder
        (folder / SUMS).unlink(missing_ok=True)
        (folder / SOURCE).write_text(json.dumps(about))
        model, text = fetch(repository, revision)
        if verify:
            check_files(hub_sums(repository, revision, model, text))
        of_model = (CONFIG, *ABOUT, find_weights(model, True).name)
        paths = [path for name in of_model for path in model.glob(name)]
        paths += [path for name in VOCABULARY + TEXT_FILES for path in text.glob(name)]
        for path in paths:
            shutil.copyfile(path, folder / f"{path.name}.part")
            (folder / f"{path.name}.part").replace(folder / path.name)
        about |= {"commit": model.name, "commit of the text tower": text.name}
        (folder / SOURCE).write_text(json.dumps(about, indent=2) + "\n")
        files = sorted({folder / SOURCE, *(folder / path.name for path in paths)})
        (folder / SUMS).write_text("".join(f"{sha256(path)}  {path.name}\n" for path in files))
    except (OSError, ValueError, KeyError, TypeError) as error:
        fault = f"{folder} cannot be filled with {repository}: {describe(error)}"
        raise ModelLoadError(f"{fault}. Name an empty folder on a disk with room.") from error
    return folder


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_files(sums: Mapping[Path, str]) -> None:
    """Raise ValueError or OSError for a file that has another SHA-256 than its own, or is gone."""
    for path, right in sums.items():
        if (found := sha256(path)) != right:
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


def find_weights(folder: Path, on_hub: bool) -> Path:
    """Return the one file of weights in a folder, or in the Hub's cache the one of open_clip."""
    files = [folder / name for name in WEIGHTS] if on_hub else sorted(folder.glob("[!.]*"))
    files = [path for path in files if path.suffix in SUFFIXES and path.is_file()]
    if not files:
        raise ValueError(f"{folder} holds no weights, such as {WEIGHTS[0]}")
    if files[1:] and not on_hub:
        names = ", ".join(path.name for path in files)
        raise ModelLoadError(f"{folder} holds {names}. Pass weights={str(files[0])!r}. {SAVE}")
    return files[0]


def describe(error: BaseException) -> str:
    """Return an error's kind and words on one line, or its cause's: the Hub hides the network's."""
    error = (isinstance(error, FileNotFoundError) and error.__cause__) or error
    return f"{type(error).__name__}: {' '.join(str(error).split())[:700]}"
