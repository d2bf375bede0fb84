"""What the Hub says and gives: its address, its cache, the list of a repository's files."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from .folders import ModelLoadError
from .hub_errors import explain

PATIENCE = 5  # seconds to wait for the Hub's first answer
COPY = "Load it once with a network, or copy a folder made by `python -m nbhelpers prefetch` and load that."


@dataclass(frozen=True)
class Remote:
    """A file on the Hub; `checksum` is SHA-256 for a large file and git's for a small one."""

    repository: str
    commit: str
    name: str
    size: int
    checksum: str


@dataclass(frozen=True)
class Listing:
    """What a repository holds at one commit."""

    commit: str
    files: dict[str, Remote]


def ask(repository: str, revision: str) -> Listing:
    """Return what the Hub says of a repository: one request, which is never repeated.

    Raises ModelLoadError: the Hub is not to be asked, does not answer in time, or knows no such model or revision.
    """
    from huggingface_hub import HfApi

    what = f"{repository} (revision {revision})"
    if offline():
        raise ModelLoadError(
            f"{what} is not in the cache {cache_folder()}, and HF_HUB_OFFLINE forbids to ask the Hub. {COPY}"
        )
    try:
        info = HfApi(endpoint=endpoint()).model_info(
            repository, revision=revision, timeout=PATIENCE, files_metadata=True
        )
        files = [
            Remote(
                repository,
                info.sha,
                file.rfilename,
                file.size or 0,
                file.lfs.sha256 if file.lfs else file.blob_id,
            )
            for file in info.siblings
        ]
    except Exception as error:
        raise ModelLoadError(explain(error, what, endpoint())) from error
    return Listing(info.sha, {file.name: file for file in files})


def make_room(folder: Path, remote: Remote) -> None:
    """Refuse a download that does not fit on the disk. Raises ModelLoadError."""
    while not folder.exists():
        folder = folder.parent
    total, _, free = shutil.disk_usage(folder)
    if (
        total and free < remote.size
    ):  # without a total it is no disk, and writing will say what it is
        raise ModelLoadError(
            f"The disk of {folder} is too full for {remote.name}: {remote.size / 1e6:,.0f} MB are needed and "
            f"{free / 1e6:,.0f} MB free. Delete something, or let HF_HOME name a folder on another disk."
        )


def endpoint() -> str:
    """Return the Hub's address: HF_ENDPOINT as it is now, or else as it was when huggingface_hub was imported."""
    from huggingface_hub import constants

    return (os.environ.get("HF_ENDPOINT") or constants.ENDPOINT).rstrip("/")


def cache_folder() -> str:
    """Return the Hub's cache: HF_HUB_CACHE or HF_HOME as they are now, or else what huggingface_hub found at import."""
    from huggingface_hub import constants

    home = os.environ.get("HF_HOME")
    named = (
        os.environ.get("HF_HUB_CACHE")
        or (home and str(Path(home) / "hub"))
        or constants.HF_HUB_CACHE
    )
    return str(Path(named).expanduser())


def offline() -> bool:
    """Return whether HF_HUB_OFFLINE (now, or at import) forbids to ask the Hub."""
    from huggingface_hub import is_offline_mode

    return is_offline_mode() or os.environ.get("HF_HUB_OFFLINE", "").upper() in {
        "1",
        "ON",
        "YES",
        "TRUE",
    }
