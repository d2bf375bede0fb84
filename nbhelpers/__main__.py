"""The command line: python -m nbhelpers prefetch SOURCE FOLDER | check [FOLDER]."""

import argparse
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import numpy as np
import pandas as pd
from packaging.requirements import Requirement

from . import ModelLoadError, example_data, load_model, prefetch
from .load import BIOMEDBERT, read_config, read_sums

TOLERANCE = 0.01  # of a cosine; rounding makes 0.001, a lost vocabulary or other weights 0.1


def main(arguments: list[str] | None = None) -> int:
    """Return 0 once the command has done its work, 1 after saying what stands against it."""
    parser = argparse.ArgumentParser(prog="python -m nbhelpers", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    fetch = commands.add_parser("prefetch", help="fill a folder with all that a model needs")
    fetch.add_argument("source", help='"biomedclip" or "hf-hub:org/name"')
    fetch.add_argument("folder", help="such as checkpoints/biomedclip")
    fetch.add_argument("--revision", help="a commit, tag or branch")
    fetch.add_argument("--no-verify", action="store_true", help="take other weights than pinned")
    look = commands.add_parser("check", help="check versions, device, files and answers")
    look.add_argument("folder", nargs="?", help="a model's folder; PhantomCLIP's by default")
    options = parser.parse_args(arguments)
    try:
        if options.command == "check":
            return check(options.folder)
        verify = not options.no_verify
        folder = prefetch(options.source, options.folder, revision=options.revision, verify=verify)
        print(f"{folder} is complete and needs no network: load_model({str(folder)!r})")
        return 0
    except KeyboardInterrupt:
        print("Stopped. Finished files are kept; rerun to continue.", file=sys.stderr)
        return 130
    except (ModelLoadError, OSError) as error:
        print(f"BAD   {error}", file=sys.stderr)
        return 1


def check(folder: str | Path | None = None) -> int:
    """Print what is here, line by line; return 1 if a line is BAD, else 0.

    Raises ModelLoadError: the model does not load.
    """
    print(f"ok    Python {platform.python_version()} on {platform.platform(terse=True)}")
    wrong = wrong_versions()
    if wrong:
        print(f"BAD   missing or too old: {', '.join(wrong)}. Type: pip install {' '.join(wrong)}")
    else:
        print("ok    packages: every version is one that nbhelpers allows")
    model = load_model(folder or os.environ.get("NBHELPERS_MODEL"), precision="fp32")
    print(f"ok    {model}")
    place = Path(folder or example_data() / "phantom_clip").expanduser()
    sums = read_sums(place) if place.is_dir() else {}
    if sums:
        print(f"ok    {place}: {len(sums)} files are what SHA256SUMS says")
    else:
        print(
            f"note  {place}: no SHA256SUMS to compare it with; `prefetch` makes a folder with one"
        )
    if read_config(place)["text_cfg"].get("hf_model_name") != BIOMEDBERT:
        return int(bool(wrong))
    difference = published_difference(model)
    if difference > TOLERANCE:
        print(
            f"BAD   cosines between 30 prompts differ by up to {difference:.3f} from BiomedCLIP's "
            "published ones: other weights, another vocabulary, or a model that you tuned. "
            "Type: python -m nbhelpers prefetch biomedclip FOLDER"
        )
        return 1
    print(f"ok    cosines between 30 prompts are BiomedCLIP's, to {difference:.4f}")
    return int(bool(wrong))


def wrong_versions() -> list[str]:
    """Return the requirements of nbhelpers that this Python does not meet."""
    wrong = []
    for needed in map(Requirement, requires("nbhelpers") or []):
        if needed.marker and not needed.marker.evaluate({"extra": ""}):
            continue
        try:
            if not needed.specifier.contains(version(needed.name), prereleases=True):
                wrong.append(f"'{needed.name}{needed.specifier}'")
        except PackageNotFoundError:
            wrong.append(needed.name)
    return wrong


def published_difference(model) -> float:
    """Return the largest difference to BiomedCLIP's published cosines between 30 prompts."""
    table = pd.read_csv(example_data() / "published" / "biomedclip_text_cosines.csv", index_col=0)
    texts = model.encode_texts(table.index)
    return float(np.abs(texts @ texts.T - table.to_numpy()).max())


if __name__ == "__main__":
    sys.exit(main())
