"""Checksums of model files: computed once, remembered, and compared with what is known of a file."""

import hashlib
import os
from pathlib import Path

from .folders import ModelLoadError

SUMS = "SHA256SUMS"  # the format of the tool of that name: `sha256sum -c SHA256SUMS` checks a folder without Python
LARGE = 1 << 20  # smaller files are quicker read than remembered


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file, as 64 hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def git_blob(path: str | Path) -> str:
    """Return the name that git, and so the Hub, gives to the content of a small file: 40 hexadecimal digits."""
    content = Path(path).read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def digest(path: Path, like: str = "") -> str:
    """Return `path`'s checksum of the kind that `like` is: git's where it has 40 digits, else SHA-256, remembered."""
    if len(like) == 40:
        return git_blob(path)
    stat = path.stat()
    if stat.st_size < LARGE:
        return sha256(path)
    state = f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ino}"
    note = _notes() / hashlib.sha256(os.fsencode(path.resolve())).hexdigest()
    try:
        then, known = note.read_text().rsplit(" ", 1)
        if then == state:
            return known
    except (OSError, ValueError):
        pass
    found = sha256(path)
    try:  # where nothing can be written, it is computed again the next time
        note.parent.mkdir(parents=True, exist_ok=True)
        fresh = note.with_name(f"{note.name}.{os.getpid()}")
        fresh.write_text(f"{state} {found}")
        fresh.replace(note)
    except OSError:
        pass
    return found


def read_sums(folder: Path) -> dict[str, str]:
    """Return name → SHA-256 from the folder's SHA256SUMS, nothing where there is no such file.

    Raises ModelLoadError: the file is damaged.
    """
    path = folder / SUMS
    if not path.is_file():
        return {}
    try:
        pairs = [
            line.split(maxsplit=1)
            for line in path.read_text(encoding="utf-8").splitlines()
            if line.strip()
        ]
        sums = {name.strip().removeprefix("*"): known.lower() for known, name in pairs}
        if not sums or any(len(bytes.fromhex(known)) != 32 for known in sums.values()):
            raise ValueError("a line is not a checksum of 64 digits and a name")
    except ValueError as error:
        raise ModelLoadError(f"{path} is damaged ({error}). {_again(folder)}") from error
    return sums


def check_folder(folder: str | Path, again: bool = True) -> list[str]:
    """Return the names of the files that SHA256SUMS lists, once all are there and right; [] where there is no list.

    With `again` every byte is read; without, a large file that was right before and has not changed since is trusted.
    Raises ModelLoadError: a file is missing, or another than the list says.
    """
    folder = Path(folder).expanduser()
    sums = read_sums(folder)
    for name, known in sums.items():
        path = folder / name
        if not path.is_file():
            raise ModelLoadError(f"{path} is missing, though {SUMS} lists it. {_again(folder)}")
        found = sha256(path) if again else digest(path)
        if found != known:
            raise ModelLoadError(
                f"{path} is damaged or was changed: its SHA-256 is {found}, and {SUMS} says {known}. {_again(folder)} "
                f"If the change is yours, delete {SUMS} or pass verify=False."
            )
    return list(sums)


def _again(folder: Path) -> str:
    return f"Copy the folder again, or type: python -m nbhelpers prefetch SOURCE {str(folder)!r}"


def _notes() -> Path:
    """Return the folder of remembered checksums, beside the Hub's cache."""
    home = os.environ.get("HF_HOME") or Path(
        os.environ.get("XDG_CACHE_HOME") or "~/.cache", "huggingface"
    )
    return Path(home).expanduser() / "assets" / "nbhelpers" / "checksums"
