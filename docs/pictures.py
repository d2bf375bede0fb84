"""Draw the README's pictures from what `make book` drew; with --check, fail if they are stale."""

import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from phantoms.contact_sheet import contact_sheet

DOCS = Path(__file__).resolve().parent
TABLE = DOCS.parent / "build" / "source" / "extra" / "figures" / "03-label-image-table-1.png"
# Mean absolute difference of pixels, of 255. Measured on the table: another picture 1.3, another
# answer to one 1.5, two pictures exchanged 2.0; one probability that moves by 0.1, as it may on
# another processor, 0.4.
TOLERANCE = 1.0


def encoded(picture: Image.Image, kind: str) -> bytes:
    """Return the file's content."""
    file = io.BytesIO()
    picture = picture.convert("RGB")
    if kind == "PNG":
        picture = picture.quantize(
            256, dither=Image.Dither.NONE
        )  # a third of the size, and nothing to be seen of it
    picture.save(file, kind, optimize=True, quality=85)
    return file.getvalue()


def difference(first: bytes, second: bytes) -> float:
    """Return the mean absolute difference of two pictures, 0 to 255; 255 if their sizes differ."""
    one, two = (
        np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), np.int16)
        for content in (first, second)
    )
    return float(np.abs(one - two).mean()) if one.shape == two.shape else 255.0


def main(check: bool) -> int:
    """Write the pictures that are stale, or only count them; return 1 where a check finds one."""
    drawn = {
        DOCS / "nine_labels.png": encoded(Image.open(TABLE), "PNG"),
        DOCS / "phantoms.jpg": encoded(contact_sheet(size=110), "JPEG"),
    }
    stale = {}
    for path, content in drawn.items():
        away = difference(path.read_bytes(), content)
        print(f"{path.name}: mean absolute difference {away:.3f} of 255, {TOLERANCE} is allowed")
        if away > TOLERANCE:
            stale[path] = content
    if check:
        print(
            "The README's pictures are not what the notebooks draw. Type: make pictures"
            if stale
            else "Up to date."
        )
        return bool(stale)
    for path, content in stale.items():
        path.write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
