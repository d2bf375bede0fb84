"""What this machine has for the course, line by line, and what to do about a line that is bad."""

import os
import platform
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from .checksums import check_folder
from .folders import ModelLoadError

Line = tuple[str, str, str]  # "ok", "note" or "BAD"; what was found; what to do where it is not ok


def doctor(folder: str | Path | None = None) -> int:
    """Print every line and return 1 if one is BAD, else 0. With `folder`, every file of that model is checked too."""
    bad = 0
    for state, found, then in examine(folder):
        print(f"{state:<4}  {found}" + (f"\n      → {then}" if state != "ok" else ""), flush=True)
        bad += state == "BAD"
    return min(bad, 1)


def examine(folder: str | Path | None = None) -> Iterator[Line]:
    """Yield (state, what was found, what to do): the versions first, then device, disk, models, and the Hub."""
    yield (
        "ok",
        f"Python {platform.python_version()} on {platform.platform(terse=True)}, {platform.machine()}",
        "",
    )
    yield versions()
    yield from processor()
    yield disk()
    yield from models(folder)
    yield hub()


def versions() -> Line:
    """Return whether each package that nbhelpers needs is there, in a version that it allows."""
    from packaging.requirements import Requirement

    told, wrong = [], []
    for wanted in map(Requirement, requires("nbhelpers") or []):
        if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
            continue
        try:
            told.append(f"{wanted.name} {version(wanted.name)}")
            if not wanted.specifier.contains(version(wanted.name), prereleases=True):
                wrong.append(f"{wanted.name}{wanted.specifier}")
        except PackageNotFoundError:
            wrong.append(str(wanted))
    if wrong:
        return (
            "BAD",
            f"packages: not there, or too old: {', '.join(wrong)}",
            f"Type: pip install {' '.join(wrong)}",
        )
    return "ok", f"packages: {', '.join(told)}", ""


def processor() -> Iterator[Line]:
    """Yield the device and the precision that load_model takes."""
    from .devices import pick_device, pick_precision

    device = pick_device("auto")
    dtype = str(pick_precision(device, "auto")).removeprefix("torch.")
    state = "note" if (str(device), dtype) == ("cpu", "float32") else "ok"
    slow = "This processor has no bfloat16: allow three times the minutes, or use Colab's GPU for large sets."
    yield state, f"device: {device} with {os.cpu_count()} processor cores, precision {dtype}", slow


def disk() -> Line:
    """Return how much room the Hub's cache has."""
    from .remote import cache_folder

    cache = place = Path(cache_folder())
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free / 1e9
    if not os.access(place, os.W_OK):
        return "BAD", f"cache: {cache} may not be written", "Let HF_HOME name a folder of your own."
    found = f"cache: {cache}, {free:,.1f} GB free"
    return (
        "ok" if free > 2 else "BAD",
        found,
        "Free 2 GB, or let HF_HOME name a folder on another disk.",
    )


def models(folder: str | Path | None) -> Iterator[Line]:
    """Yield whether PhantomCLIP is there, BiomedCLIP cached, and the folder, or that of NBHELPERS_MODEL, whole."""
    from .examples import example_data
    from .hub import from_cache, gather, understand

    there = (example_data() / "phantom_clip").is_dir()
    remedy = "Work in a clone of the repository, or let NBHELPERS_EXAMPLE_DATA name its example_data folder."
    yield (
        "ok" if there else "BAD",
        f"PhantomCLIP: {'at' if there else 'not at'} {example_data()}",
        remedy,
    )
    wanted = understand("biomedclip", None, True)
    try:
        yield "ok", f"BiomedCLIP: in the cache, {gather(wanted, from_cache(wanted)).folder}", ""
    except LookupError:
        remedy = (
            "784 MB. To have it: python -m nbhelpers prefetch biomedclip checkpoints/biomedclip"
        )
        yield "note", "BiomedCLIP: not in the cache", remedy
    except ModelLoadError as error:
        yield (
            "BAD",
            f"BiomedCLIP: damaged in the cache. {error}",
            "Delete that file and load again.",
        )
    chosen = folder or os.environ.get("NBHELPERS_MODEL") or ""
    if folder or (Path(chosen).expanduser().is_dir() and chosen):
        yield whole(Path(chosen).expanduser())


def whole(folder: Path) -> Line:
    """Return whether every file of a model's folder is what its SHA256SUMS says."""
    if not folder.is_dir():
        return (
            "BAD",
            f"{folder}: there is no such folder",
            "Compare the path; it is seen from the working folder.",
        )
    try:
        names = check_folder(folder)
    except ModelLoadError as error:
        return "BAD", str(error), "Prefetch or copy it again."
    if not names:
        return (
            "note",
            f"{folder}: no SHA256SUMS, so nothing to compare it with",
            "`prefetch` makes folders that have it.",
        )
    return "ok", f"{folder}: {len(names)} files, every byte as it was fetched", ""


def hub() -> Line:
    """Return whether the Hub answers."""
    from .hub import BIOMEDCLIP
    from .remote import ask, endpoint, offline

    if offline():
        return (
            "note",
            "Hub: HF_HUB_OFFLINE forbids to ask it",
            "Unset it to download; folders and the cache still load.",
        )
    try:
        ask(BIOMEDCLIP.repository, BIOMEDCLIP.revision)
    except ModelLoadError as error:
        return "note", f"Hub: {error}", "Without it, what is cached and folders still load."
    return "ok", f"Hub: {endpoint()} answers and has BiomedCLIP", ""
