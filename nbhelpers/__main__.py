"""The command line: python -m nbhelpers prefetch SOURCE FOLDER, or check [FOLDER]."""

import argparse
import os
import platform
import sys
from importlib.metadata import requires, version
from pathlib import Path

import numpy as np
import pandas as pd
from packaging.requirements import Requirement

from . import ModelLoadError, example_data, load_model, prefetch
from .load import SUMS, read_sums


def main(arguments: list[str] | None = None) -> int:
    """Return 0 once the command has done its work, 1 after saying what stands against it."""
    parser = argparse.ArgumentParser(prog="python -m nbhelpers", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    fetch = commands.add_parser("prefetch", help="fill a folder with all that a model needs")
    fetch.add_argument("source", help='"biomedclip" or "hf-hub:org/name"')
    fetch.add_argument("folder", help="such as checkpoints/biomedclip")
    fetch.add_argument("--revision", help="a commit, tag or branch")
    look = commands.add_parser("check", help="check versions, device, files and answers")
    look.add_argument("folder", nargs="?", help="a model's folder; PhantomCLIP's by default")
    options = parser.parse_args(arguments)
    try:
        if options.command == "check":
            return check(options.folder)
        folder = prefetch(options.source, options.folder, revision=options.revision)
        print(f"{folder} is complete and needs no network: load_model({str(folder)!r})")
        return 0
    except ModelLoadError as error:
        sys.exit(f"BAD   {error}")


def check(source: str | None = None) -> int:
    """Print versions, device, files and answers, a line each; return 1 if one is BAD, else 0."""
    needs = [one for one in map(Requirement, requires("nbhelpers")) if one.marker is None]
    old = [one for one in needs if version(one.name) not in one.specifier]
    wrong = [f"{one.name} is {version(one.name)}: pip install '{one}'" for one in old]
    source = source or os.environ.get("NBHELPERS_MODEL") or str(example_data() / "phantom_clip")
    folder = Path(source).expanduser()
    try:
        model = load_model(source, precision="fp32")  # compares every file with SHA256SUMS
        print(f"ok    Python {platform.python_version()} on {platform.platform(terse=True)}")
        print(f"ok    {model}")
        sums = read_sums(folder) if folder.is_dir() else {}
        told = "ok   " if sums else "note "  # a copy that nothing vouches for may be a changed one
        print(f"{told} {model.weights}: {len(sums)} files have a checksum in {SUMS}")
        if model.context_length == 256 and model.embed_dim == 512:  # BiomedCLIP's, or of its make
            file = example_data() / "published" / "biomedclip_text_cosines.csv"
            table = pd.read_csv(file, index_col=0)
            texts = model.encode_texts(table.index)
            difference = np.abs(texts @ texts.T - table).max(axis=None)
            print(f"      cosines of 30 prompts differ from BiomedCLIP's by {difference:.4f}")
            if difference > 0.01:  # rounding makes 0.001, a lost vocabulary or other weights 0.1
                wrong.append("other weights or another vocabulary than BiomedCLIP's, or tuned ones")
    except ModelLoadError as error:
        wrong.append(str(error))
    for line in wrong:
        print(f"BAD   {line}")
    return min(len(wrong), 1)


if __name__ == "__main__":
    sys.exit(main())
