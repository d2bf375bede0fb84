"""An open_clip model in a folder: what must be there, and loading it without a single network request."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

CONFIG = "open_clip_config.json"
WEIGHTS = (  # in the order in which open_clip looks for them
    "open_clip_model.safetensors",
    "open_clip_pytorch_model.safetensors",
    "open_clip_pytorch_model.bin",
    "open_clip_pytorch_model.pth",
    "model.safetensors",
    "pytorch_model.bin",
    "pytorch_model.pth",
    "model.pth",
)
VOCABULARIES = (
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "spiece.model",
    "sentencepiece.bpe.model",
)
NEEDED = f"""The folder needs {CONFIG}, the weights ({WEIGHTS[0]} or {WEIGHTS[2]}) and, for a Hugging \
Face text tower such as BiomedCLIP's, config.json, tokenizer_config.json and tokenizer.json (or vocab.txt)."""
NO_WEIGHTS = {
    b"version https://git-lfs": "is a git-lfs pointer, not the weights. Type `git lfs pull` in its repository.",
    b"<": "is a web page, not the weights: the download met a login or an error.",
}


class ModelLoadError(RuntimeError):
    """A model could not be loaded: what failed, the likely reason, the next thing to do."""


def load_folder(
    folder: Path, text: Path | None = None, tokenizer: Path | None = None
) -> tuple[Any, Any, Any, int]:
    """Return (open_clip model, preprocess, tokenizer, D) from `folder`, without network and without running pickles.

    `text` and `tokenizer` are the folders of the text tower's config and of the tokenizer, where they are others.

    Raises ModelLoadError: a file is missing, damaged, or at odds with another.
    """
    folder = folder.resolve()
    names = sorted(file.name for file in folder.iterdir())
    there = f"It holds: {', '.join(names[:12]) or 'nothing'}. {NEEDED}"
    if any(name.endswith(".part") for name in names):
        there = f"A prefetch into it was interrupted: give the same command again. {there}"
    model_cfg = read_config(folder, there)
    weights = find_weights(folder, there)
    text_cfg = dict(model_cfg["text_cfg"])
    text, words = (text or folder).resolve(), (tokenizer or folder).resolve()
    if text_cfg.get("hf_model_name"):
        check_text_files(folder, text, words, text_cfg)
        # An absolute folder instead of the Hub's name, or open_clip asks the Hub for the text tower's config.
        text_cfg |= {"hf_model_name": str(text), "hf_model_pretrained": False}
    import open_clip  # slow, so only once the files look right
    from open_clip.tokenizer import HFTokenizer

    from .towers import build

    if text_cfg.get("hf_model_name"):
        check_code(text)
    try:
        clip, preprocess = build(folder, weights, text_cfg)
    except Exception as error:
        shown = (
            None if "weights_only" in str(error) else error
        )  # torch advises to switch that protection off
        raise ModelLoadError(
            f"The model in {folder} does not load: {explain(error, weights.name)}"
        ) from shown
    try:
        if text_cfg.get("hf_tokenizer_name"):
            options = {
                "tokenizer_mode": text_cfg.get("tokenizer_mode"),
                **text_cfg.get("tokenizer_kwargs", {}),
            }
            context = text_cfg.get("context_length", 77)
            tokenizer = HFTokenizer(
                str(words), context_length=context, trust_remote_code=False, **options
            )
        else:
            tokenizer = open_clip.get_tokenizer(f"local-dir:{folder}")
    except Exception as error:
        said = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        why = f"does not load ({said}). Copy the tokenizer files that came with the weights."
        raise ModelLoadError(f"The tokenizer in {words} {why}") from error
    check_vocabulary(words, tokenizer, clip)
    return clip, preprocess, tokenizer, model_cfg["embed_dim"]


def read_config(folder: Path, there: str = NEEDED) -> dict[str, Any]:
    """Return `model_cfg` of the folder's open_clip_config.json, whose `preprocess_cfg` must be complete."""
    path = folder / CONFIG
    if not path.is_file():
        raise ModelLoadError(f"{folder} is not an open_clip model: {CONFIG} is missing. {there}")
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelLoadError(f"{path} is not JSON ({error}). Download this file again.") from error
    config = config if isinstance(config, dict) else {}
    towers = config["model_cfg"] if isinstance(config.get("model_cfg"), dict) else {}
    kinds = {"embed_dim": int, "vision_cfg": dict, "text_cfg": dict}
    if lacks := [key for key, kind in kinds.items() if not isinstance(towers.get(key), kind)]:
        raise ModelLoadError(
            f"{path}: model_cfg lacks {', '.join(lacks)}. Take the file that came with the weights."
        )
    sizes = np.ravel(towers["vision_cfg"].get("image_size", 224))
    if sizes.dtype.kind != "i" or not 1 <= sizes.min() <= sizes.max() <= 4096:
        raise ModelLoadError(
            f"{path}: image_size must be 1 to 4096 pixels. Take the file that came with the weights."
        )
    normalisation = (
        config["preprocess_cfg"] if isinstance(config.get("preprocess_cfg"), dict) else {}
    )
    mean, std = (np.asarray(normalisation.get(key)) for key in ("mean", "std"))
    if (
        any(values.shape != (3,) or values.dtype.kind not in "if" for values in (mean, std))
        or (std <= 0).any()
    ):
        why = "a preprocess_cfg with a mean and a std of three numbers each is missing, and open_clip's are others"
        raise ModelLoadError(f"{path}: {why}. Take the file that came with the weights.")
    return towers


def find_weights(folder: Path, there: str) -> Path:
    """Return the weights file that open_clip will read, once it looks like one."""
    path = next((folder / name for name in WEIGHTS if (folder / name).is_file()), None)
    if path is None:
        raise ModelLoadError(
            f"{folder} holds no weights under a name that open_clip knows. {there}"
        )
    again = f"Download {path.name} again and compare its size with the size that its page states."
    with path.open("rb") as file:
        head = file.read(512).lstrip()
    faults = [says for signature, says in NO_WEIGHTS.items() if head.startswith(signature)]
    if faults or not head:
        raise ModelLoadError(f"{path} {faults[0] if faults else 'is empty.'} {again}")
    if path.suffix == ".safetensors":
        from safetensors import SafetensorError, safe_open

        try:
            safe_open(
                path, framework="pt"
            )  # reads the header, and compares it with the file's size
        except SafetensorError as error:
            raise ModelLoadError(f"{path} is cut short or damaged ({error}). {again}") from error
    elif head.startswith(b"PK") and not zipfile.is_zipfile(path):
        raise ModelLoadError(
            f"{path} is cut short: {path.stat().st_size:,} bytes without an end mark. {again}"
        )
    return path


def check_text_files(folder: Path, text: Path, words: Path, text_cfg: dict[str, Any]) -> None:
    """Refuse a Hugging Face text tower that lacks its config, tokenizer config or vocabulary."""
    if not text_cfg.get(
        "hf_tokenizer_name"
    ):  # open_clip would take CLIP's own tokenizer without a word
        raise ModelLoadError(
            f"{folder / CONFIG}: text_cfg has hf_model_name but no hf_tokenizer_name. Add it."
        )
    missing = [] if (text / "config.json").is_file() else ["config.json"]
    # Some repositories of the Hub have no tokenizer config. A folder filled by hand may have lost it.
    if (
        words == folder
        and not (words / "tokenizer_config.json").is_file()
        and not (words / "SHA256SUMS").is_file()
    ):
        missing.append("tokenizer_config.json")
    if not any((words / name).is_file() for name in VOCABULARIES):
        missing.append("tokenizer.json (or vocab.txt)")
    if missing:
        raise ModelLoadError(
            f"{folder} lacks {', '.join(missing)} of its text tower. Copy this from {text_cfg['hf_model_name']}."
        )


def check_code(text: Path) -> None:
    """Refuse a text tower that transformers would build by running code of the model's author."""
    from transformers import CONFIG_MAPPING

    path = text / "config.json"
    try:
        kind = json.loads(path.read_text(encoding="utf-8")).get("model_type")
    except (ValueError, AttributeError) as error:
        raise ModelLoadError(
            f"{path} is not the JSON of a config ({error}). Download this file again."
        ) from error
    if kind not in CONFIG_MAPPING:
        why = f"transformers knows no text tower of model_type {kind!r}, and code from a model's folder is never run"
        raise ModelLoadError(f"{path}: {why}. Type: pip install -U transformers")


def check_vocabulary(folder: Path, tokenizer: Any, clip: Any) -> None:
    """Refuse a tokenizer that does not know ordinary words, or has more tokens than the text tower."""
    hf = getattr(tokenizer, "tokenizer", None)
    if hf is None:  # CLIP's own tokenizer, part of open_clip
        return
    ids = hf("this is a photo of a chest", add_special_tokens=False)["input_ids"]
    tower = getattr(clip, "text", clip)
    reads = (
        getattr(getattr(tower, "config", None), "max_position_embeddings", None)
        or tokenizer.context_length
    )
    if tokenizer.context_length > reads:
        why = f"gives {tokenizer.context_length} tokens and the text tower reads {reads}: see context_length in {CONFIG}"
    elif 2 * ids.count(hf.unk_token_id) >= len(ids):
        why = "turns ordinary words into [UNK]: its vocabulary is missing or damaged"
    elif len(hf) > tower.vocab_size:
        why = f"has {len(hf):,} tokens and the text tower {tower.vocab_size:,}: they do not belong together"
    else:
        return
    raise ModelLoadError(
        f"The tokenizer in {folder} {why}. Copy the tokenizer files that came with the weights."
    )


def explain(error: Exception, weights: str) -> str:
    """Return what went wrong inside open_clip, and what to do, in a sentence or two."""
    said = " ".join(str(error).split())[:400]
    if "unexpected keyword argument" in said:
        section = (
            "text_cfg"
            if "TextCfg" in said
            else "vision_cfg"
            if "VisionCfg" in said
            else "model_cfg"
        )
        key = said.rsplit("'", 2)[-2]
        return f"{CONFIG} has an unknown key {key!r} in {section}. Correct it, or type: pip install -U open-clip-torch"
    if "weights_only" in said:
        return f"{weights} is damaged, or holds more than tensors and could run code: refused. Ask for .safetensors."
    if "state_dict" in said or "pos_embed width" in said:
        return f"{weights} does not fit {CONFIG} or config.json; take all from one place. open_clip says: {said}"
    return f"{type(error).__name__}: {said} Compare {CONFIG}, config.json and {weights} with the originals."
