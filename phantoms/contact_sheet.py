"""A contact sheet of all kinds of phantoms: `python -m phantoms.contact_sheet` draws it.

It is written to build/phantoms.png.
"""

import argparse
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

from .drawing import font
from .kinds import KINDS
from .publish import phantom


def contact_sheet(
    seed: int = 0, columns: int = 8, size: int = 160, kinds: list[str] | None = None
) -> Image.Image:
    """A sheet with one row per kind: its label, and `columns` phantoms of `size` pixels."""
    margin, gap = 206, 4
    rows = kinds or sorted(KINDS, key=lambda label: (KINDS[label].family, label))
    sheet = Image.new("RGB", (margin + columns * (size + gap), len(rows) * (size + gap)), "white")
    draw = ImageDraw.Draw(sheet)
    for row, label in enumerate(rows):
        text = label.replace(" ", "\n")
        draw.text(
            (8, row * (size + gap) + size / 2), text, fill="black", font=font(18), anchor="lm"
        )
        for column in range(columns):
            picture = ImageOps.pad(
                phantom(seed, column, label).picture, (size, size), color="white"
            )
            sheet.paste(picture, (margin + column * (size + gap), row * (size + gap)))
    return sheet


def main() -> None:
    """Draw the sheet that the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m phantoms.contact_sheet", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "kinds", nargs="*", metavar="KIND", help="labels of the kinds to draw; all if none is named"
    )
    parser.add_argument("--out", type=Path, default=Path("build/phantoms.png"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--columns", type=int, default=8)
    options = parser.parse_args()
    unknown = sorted(set(options.kinds) - set(KINDS))
    if unknown:
        parser.error(
            f"no such kind: {', '.join(unknown)}. The kinds are: {', '.join(sorted(KINDS))}"
        )
    options.out.parent.mkdir(parents=True, exist_ok=True)
    contact_sheet(options.seed, options.columns, kinds=options.kinds or None).save(options.out)
    print(options.out)


if __name__ == "__main__":
    main()
