"""Give the course another address: python tools/fork.py https://github.com/you/your-course.

pyproject.toml holds the address. This rewrites it there and wherever else it stands: in every
notebook's badge and setup cell, the README, the citation, the pages in docs.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
GITHUB = "https://github.com/"


def fork(address: str, root: Path = ROOT) -> list[Path]:
    """Return the files of the git repository `root` that now have the new `address`.

    Raises ValueError: the address is not of the form https://github.com/you/your-course.
    """
    new = re.fullmatch(rf"{GITHUB}([\w-]+/[\w.-]+?)(\.git)?/?", address)
    if not new:
        raise ValueError(
            f"{address!r} is not the address of a GitHub repository. "
            f"Write it like {GITHUB}you/your-course."
        )
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    old = project["urls"]["Repository"].removeprefix(GITHUB)
    wherever = re.compile(rf"(?<![\w-]){re.escape(old)}(?![\w-])".encode())
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(
        command, cwd=root, check=True, capture_output=True, text=True
    ).stdout.split("\0")
    changed = []
    for file in (root / name for name in names if name):
        before = file.read_bytes() if file.is_file() else b""
        if (after := wherever.sub(new[1].encode(), before)) != before:
            file.write_bytes(after)
            changed.append(file)
    return changed


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        for file in fork(sys.argv[1]):
            print("changed", file.relative_to(ROOT))
    except ValueError as error:
        sys.exit(str(error))
