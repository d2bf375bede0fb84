"""A model in one folder, with everything that a machine without a network needs."""

import functools
import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from .checksums import SUMS, check_folder, digest, git_blob, sha256
from .folders import ModelLoadError
from .hub import LICENCE, Wanted, from_cache, gather, not_whole, refuse_other, understand
from .hub_errors import explain
from .remote import PATIENCE, Listing, Remote, ask, cache_folder, endpoint, make_room

SOURCE = "SOURCE.json"
CHUNK = 1 << 20  # bytes written at a time: what a kill can cost
TRIES = 5  # in a row that bring no byte


def prefetch(
    source: str, folder: str | Path, *, revision: str | None = None, verify: bool = True
) -> Path:
    """Return `folder`, absolute, after filling it with "biomedclip" or "hf-hub:org/name": load_model(folder) takes it.

    Besides the model's files it gets SOURCE.json (repositories, revisions, licences) and SHA256SUMS. A file is written
    beside its place and moved there when it is whole and right; what an interrupted call left is used by the next.

    Raises ModelLoadError: the Hub, the disk or the folder do not allow it.
    """
    folder = Path(folder).expanduser().resolve()
    wanted = understand(str(source), revision, verify)
    known = read_source(folder) if (folder / SOURCE).is_file() else None
    if known and (known["repository"], known["asked"]) != (
        wanted.repository,
        wanted.revision(wanted.repository),
    ):
        raise ModelLoadError(
            f"{folder} holds {known['repository']} ({known['asked']}) already. Name another folder."
        )
    if known and (folder / SUMS).is_file():
        try:
            check_folder(folder)
            return folder
        except ModelLoadError:
            (
                folder / SUMS
            ).unlink()  # the folder is not whole any more; what is wrong is fetched again below
    repositories: dict[str, dict[str, Any]] = {}
    list_files = _listings(wanted)

    def get(repository: str, names: tuple[str, ...]) -> list[Path]:
        listing, paths = list_files(repository), []
        for remote in (listing.files[name] for name in names if name in listing.files):
            local = remote.name
            if repository == wanted.repository:
                refuse_other(remote, wanted)
            elif local in LICENCE:
                local = f"text_tower_{local}"
            _put(remote, folder / local, replace=bool(known))
            entry = repositories.setdefault(repository, {"revision": listing.commit, "files": {}})
            entry["files"][remote.name] = local
            if remote.name == "README.md":
                entry["licence"] = _licence(folder / local)
            paths.append(folder / local)
        return paths

    try:
        folder.mkdir(parents=True, exist_ok=True)
        gather(wanted, get)
        about = {
            "source": str(source),
            "repository": wanted.repository,
            "asked": wanted.revision(wanted.repository),
        }
        about |= {"repositories": repositories, "hub": endpoint(), "fetched": f"{date.today()}"}
        _write(folder / SOURCE, json.dumps(about, indent=2) + "\n")
        names = sorted(
            {SOURCE, *(name for part in repositories.values() for name in part["files"].values())}
        )
        _write(folder / SUMS, "".join(f"{digest(folder / name)}  {name}\n" for name in names))
        for left_over in folder.glob("*.part"):
            left_over.unlink()
    except LookupError as error:
        raise ModelLoadError(not_whole(source, error)) from None
    except OSError as error:
        raise ModelLoadError(explain(error, f"{source} into {folder}", endpoint())) from error
    return folder


def read_source(folder: Path) -> dict[str, Any]:
    """Return what SOURCE.json says of a prefetched folder. Raises ModelLoadError: it is damaged."""
    try:
        about = json.loads((folder / SOURCE).read_text(encoding="utf-8"))
        return (
            about
            if about["repository"] and about["asked"] and about["repositories"]
            else about["nothing"]
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelLoadError(
            f"{folder / SOURCE} is damaged ({error!r}). Delete it, then prefetch again."
        ) from error


def _listings(wanted: Wanted) -> Callable[[str], Listing]:
    """Return what lists a repository: the cache where it holds the whole model, or else the Hub."""
    held: dict[str, Listing] = {}
    cached = from_cache(wanted)

    def note(repository: str, names: tuple[str, ...]) -> list[Path]:
        paths = cached(repository, names)
        for path in paths:
            listed = path.resolve().name if path.is_symlink() else digest(path)
            remote = Remote(repository, path.parent.name, path.name, path.stat().st_size, listed)
            held.setdefault(repository, Listing(remote.commit, {})).files[path.name] = remote
        return paths

    try:
        gather(wanted, note)
        return held.__getitem__
    except LookupError:
        return functools.cache(lambda repository: ask(repository, wanted.revision(repository)))


def _put(remote: Remote, target: Path, replace: bool) -> None:
    """Put a file of the Hub in its place, from the cache or by downloading the rest of it."""
    from huggingface_hub import try_to_load_from_cache

    if target.is_file():
        if digest(target, remote.checksum) == remote.checksum:
            return
        if not replace:
            raise ModelLoadError(
                f"{target} is another file than that of {remote.repository}. Name an empty folder."
            )
    part = target.with_name(f"{target.name}.{remote.checksum[:8]}.part")
    make_room(target.parent, remote)
    cached = try_to_load_from_cache(remote.repository, remote.name, cache_folder(), remote.commit)
    if isinstance(cached, str) and digest(Path(cached), remote.checksum) == remote.checksum:
        shutil.copyfile(cached, part)
    else:
        _download(remote, part)
    found = git_blob(part) if len(remote.checksum) == 40 else sha256(part)
    if found != remote.checksum:
        part.unlink()
        why = f"its checksum is {found}, and {remote.checksum} was listed. Try again, or use another network."
        raise ModelLoadError(
            f"What came from {endpoint()} as {remote.name} of {remote.repository} is wrong: {why}"
        )
    part.replace(target)


def _download(remote: Remote, part: Path) -> None:
    """Download into `part`, from where it ends on."""
    from huggingface_hub import get_session, hf_hub_url
    from huggingface_hub.utils import build_hf_headers, hf_raise_for_status

    url = hf_hub_url(remote.repository, remote.name, revision=remote.commit, endpoint=endpoint())
    tries = 0
    with (
        part.open("ab", buffering=0) as file,
        tqdm(total=remote.size, unit="B", unit_scale=True, desc=remote.name) as bar,
    ):
        while (start := file.tell()) < remote.size:
            bar.update(start - bar.n)
            headers = build_hf_headers() | {
                "Range": f"bytes={start}-",
                "Accept-Encoding": "identity",
            }
            try:
                with get_session().stream(
                    "GET", url, headers=headers, timeout=2 * PATIENCE
                ) as response:
                    hf_raise_for_status(response)
                    if response.status_code != 206:  # a server that cannot resume sends all of it
                        file.truncate(0)
                    for chunk in response.iter_bytes(CHUNK):
                        file.write(chunk)
                        bar.update(len(chunk))
            except Exception as error:
                tries = 0 if file.tell() > start else tries + 1
                transient = {"TimeoutException", "RemoteProtocolError", "ReadError"}
                if tries == TRIES or not transient & {
                    kind.__name__ for kind in type(error).__mro__
                }:
                    raise ModelLoadError(
                        explain(error, f"{remote.name} of {remote.repository}", endpoint())
                    ) from error
        bar.update(remote.size - bar.n)


def _licence(card: Path) -> str | None:
    """Return the licence that a model card states."""
    from huggingface_hub import ModelCard

    try:
        return ModelCard.load(card).data.license
    except ValueError:
        return None


def _write(path: Path, text: str) -> None:
    """Write a text so that it is there whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
