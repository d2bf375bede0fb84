"""Models on the Hugging Face Hub: pinned versions, the cache first, the Hub only for what is not in it."""

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .checksums import digest
from .folders import CONFIG, VOCABULARIES, WEIGHTS, ModelLoadError, read_config
from .hub_errors import explain
from .remote import PATIENCE, Listing, Remote, ask, cache_folder, endpoint, make_room

TOKENIZER = (
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "merges.txt",
    *VOCABULARIES,
)
KINDS = "Models of the library open_clip have that file; those of other libraries do not load here."
LICENCE = ("README.md", "LICENSE", "LICENSE.txt", "LICENSE.md")


@dataclass(frozen=True)
class Pin:
    """One version of a model and of its text tower's repository, and the SHA-256 of its files."""

    repository: str
    revision: str
    text_repository: str
    text_revision: str
    checksums: dict[str, str]


BIOMEDCLIP = Pin(
    "microsoft/BiomedCLIP-PubMedBERT_256-vit_base_patch16_224",
    "9f341de24bfb00180f1b847274256e9b65a3a32e",
    "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract",
    "d673b8835373c6fa116d6d8006b33d48734e305d",
    {
        CONFIG: "9a41f334a8c444678772c0ebb9ab854c97ab350bced3a17b803e258d39c23dc0",
        "open_clip_pytorch_model.bin": "52cc993c5c5ff962bd0c60931874bc001e7e9b41666a385530f4a036294576be",
    },
)


@dataclass(frozen=True)
class Found:
    """Where the parts of a model lie: towers and weights, the text tower's config, the tokenizer."""

    folder: Path
    text: Path
    tokenizer: Path
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Wanted:
    """What a source means: a repository, its version, those of other repositories, and known checksums."""

    repository: str
    revisions: dict[str, str]
    checksums: dict[str, str]
    verify: bool

    def revision(self, repository: str) -> str:
        """Return the version to take of a repository: a commit, a tag or a branch."""
        return self.revisions.get(repository, "main")


Get = Callable[
    [str, tuple[str, ...]], list[Path]
]  # (repository, names) → those of its files that there are


def find(source: str, *, revision: str | None = None, verify: bool = True) -> Found:
    """Return where the model `source` ("biomedclip" or "hf-hub:org/name") lies, after fetching what is not cached.

    What is cached is taken as it is, without asking the Hub whether there is something newer (`hf download` asks).
    With `verify` every file must have the checksum under which the Hub lists it, and "biomedclip" its pinned ones.

    Raises ModelLoadError: not cached and not to be had, damaged, or not the pinned file.
    """
    wanted = understand(source, revision, verify)
    with contextlib.suppress(LookupError):
        return gather(wanted, from_cache(wanted))
    try:
        return gather(wanted, from_hub(wanted))
    except LookupError as error:
        raise ModelLoadError(not_whole(source, error)) from None


def understand(source: str, revision: str | None, verify: bool) -> Wanted:
    """Return what `source` and `revision` mean. Raises ModelLoadError: not "biomedclip" and not "hf-hub:org/name"."""
    if source == "biomedclip":
        ours = verify and revision in (None, BIOMEDCLIP.revision)
        revisions = {
            BIOMEDCLIP.repository: revision or BIOMEDCLIP.revision,
            BIOMEDCLIP.text_repository: BIOMEDCLIP.text_revision,
        }
        return Wanted(
            BIOMEDCLIP.repository, revisions, BIOMEDCLIP.checksums if ours else {}, verify
        )
    repository = source.removeprefix("hf-hub:").strip()
    allowed = re.fullmatch(r"[\w.-]+/[\w.-]+", repository, re.ASCII) and len(repository) <= 96
    if not source.startswith("hf-hub:") or not allowed:
        raise ModelLoadError(
            f'{source!r} does not name a model of the Hub. Type it as "hf-hub:org/name".'
        )
    return Wanted(repository, {repository: revision} if revision else {}, {}, verify)


def gather(wanted: Wanted, get: Get) -> Found:
    """Return the files of a model, each fetched by `get`: the weights last, so that where they are all is.

    Raises LookupError: `get` does not find a file that is needed.
    """

    def need(repository: str, names: tuple[str, ...]) -> list[Path]:
        paths = get(repository, names)
        if not paths:
            raise LookupError(f"{' or '.join(names[:3])} of {repository}")
        return paths

    files = need(wanted.repository, (CONFIG,))
    folder = text = tokenizer = files[0].parent
    towers = read_config(folder)["text_cfg"]
    if name := towers.get("hf_model_name"):
        files += need(name, ("config.json",))
        text = files[-1].parent
    if name := towers.get("hf_tokenizer_name"):
        files += get(name, TOKENIZER[: -len(VOCABULARIES)]) + need(name, VOCABULARIES)
        tokenizer = files[-1].parent
    files += get(wanted.repository, LICENCE)
    for name in WEIGHTS:  # only the one that open_clip would take
        if weights := get(wanted.repository, (name,)):
            return Found(folder, text, tokenizer, (*files, *weights))
    raise LookupError(f"{WEIGHTS[0]} or {WEIGHTS[2]} of {wanted.repository}")


def from_cache(wanted: Wanted) -> Get:
    """Return a way to get files that never asks the network."""
    from huggingface_hub import try_to_load_from_cache

    def get(repository: str, names: tuple[str, ...]) -> list[Path]:
        revision = wanted.revision(repository)
        try:
            paths = [
                try_to_load_from_cache(repository, name, cache_folder(), revision) for name in names
            ]
        except Exception as error:  # a name that the Hub does not allow
            raise ModelLoadError(explain(error, repository, endpoint())) from error
        return [_checked(Path(path), repository, wanted) for path in paths if isinstance(path, str)]

    return get


def from_hub(wanted: Wanted) -> Get:
    """Return a way to get files that downloads into the cache what is not in it."""
    from huggingface_hub import hf_hub_download

    listings: dict[str, Listing] = {}
    commits: dict[str, str] = {}

    def get(repository: str, names: tuple[str, ...]) -> list[Path]:
        if repository not in listings:
            listings[repository] = ask(repository, wanted.revision(repository))
        paths = []
        for remote in (
            listings[repository].files[name] for name in names if name in listings[repository].files
        ):
            make_room(Path(cache_folder()), remote)
            if repository == wanted.repository:
                refuse_other(remote, wanted)
            # The first of a repository by the branch, so that the cache notes its commit; then all by that commit.
            revision = commits.get(repository) or wanted.revision(repository)
            options = {"cache_dir": cache_folder(), "endpoint": endpoint(), "revision": revision}
            try:
                path = Path(
                    hf_hub_download(repository, remote.name, **options, etag_timeout=PATIENCE)
                )
            except Exception as error:
                raise ModelLoadError(
                    explain(error, f"{remote.name} of {repository}", endpoint())
                ) from error
            commits[repository] = path.parent.name
            paths.append(_checked(path, repository, wanted))
        return paths

    return get


def _checked(path: Path, repository: str, wanted: Wanted) -> Path:
    """Return `path`, once it is what the Hub listed (or else is removed), and the pinned file where one is pinned."""
    if not wanted.verify:
        return path
    blob = path.resolve()
    listed = (
        blob.name if len(blob.name) in (40, 64) else ""
    )  # the cache names a file by its checksum
    if listed and (found := digest(blob, listed)) != listed:
        removed = "It has been removed: load again to fetch it anew."
        try:
            path.unlink()
            blob.unlink()
        except OSError as error:
            removed = f"Delete this file by hand ({error.strerror}), then load again."
        raise ModelLoadError(
            f"{path} is damaged: its checksum is {found}, and the Hub listed {listed}. {removed}"
        )
    pinned = wanted.checksums.get(path.name) if repository == wanted.repository else None
    if pinned and (found := digest(blob)) != pinned:
        raise ModelLoadError(not_pinned(str(path), found, pinned))
    return path


def refuse_other(remote: Remote, wanted: Wanted) -> None:
    """Refuse, before anything is downloaded, a file that the Hub lists with another checksum than the pinned one."""
    pinned = wanted.checksums.get(remote.name, remote.checksum)
    if len(remote.checksum or "") == 64 and remote.checksum != pinned:
        raise ModelLoadError(
            not_pinned(f"{remote.name} of {remote.repository}", remote.checksum, pinned)
        )


def not_whole(source: str, missing: LookupError) -> str:
    """Return the message about a model of which the Hub does not have a file that is needed."""
    return f"{source} is not a whole open_clip model: there is no {missing.args[0]} on {endpoint()}. {KINDS}"


def not_pinned(what: str, found: str, pinned: str) -> str:
    """Return the message about a file of another checksum than the pinned one."""
    return (
        f"{what} is not the published file: its SHA-256 is {found}, and {pinned} is pinned. "
        f"If {endpoint()} is a mirror, do not trust it. If the file is a checkpoint of your own, pass verify=False."
    )
