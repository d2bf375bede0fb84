"""Write the drawn figures into notebooks and quiz, and the README's small ones: `make drawings`.

A text cell asks for a figure with `"drawing": "two-towers"` in its metadata. The figure is drawn by
the function of that name in docs/drawn, and stands under the cell's words as a PNG within the cell.
A line `<img src="quiz/two-towers.png">` of docs/quiz.md asks for the file docs/quiz/two-towers.png.
With --check it writes nothing, and names the files that are stale. `--svg FOLDER` writes all
figures to a folder as SVG.
"""

import base64
import html
import io
import json
import re
import sys
from pathlib import Path

import numpy as np
from drawn import FIGURES
from drawn.card import WIDTH, Card
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
THUMBNAILS = ROOT / "docs" / "thumbnails"
QUIZ = ROOT / "docs" / "quiz.md"
ASKED = re.compile(r'<img [^>]*src="(quiz/([\w-]+)\.png)">')
IMAGE = re.compile(r'\n*<img alt="([^"]*)" width="\d+" src="data:image/png;base64,([^"]*)">\s*\Z')
BLOCK = 32  # pixels
# Mean absolute difference of pixels, of 255, in the block that differs most. One letter that is
# exchanged for another gives 20 or more; the same figure drawn again under the lock gives 0.
TOLERANCE = 10


def image_tag(card: Card) -> str:
    """Return the card as HTML that JupyterLab, Colab, nbconvert and Sphinx show in a text cell.

    Colab shows neither an SVG nor an attachment there, and JupyterLab no attached SVG: an <img>
    that holds a PNG is what all of them take.
    """
    alt = html.escape(card.alt)
    content = base64.b64encode(card.png()).decode()
    return f'<img alt="{alt}" width="{WIDTH}" src="data:image/png;base64,{content}">'


def difference(first: str, second: str) -> float:
    """Return how far two PNGs, in base64, differ in the block that differs most, 0 to 255."""
    one, two = (
        np.asarray(Image.open(io.BytesIO(base64.b64decode(content))).convert("RGB"), np.float32)
        for content in (first, second)
    )
    if one.shape != two.shape:
        return 255.0
    rows, columns = (size // BLOCK * BLOCK for size in one.shape[:2])
    away = np.abs(one - two).max(axis=2)[:rows, :columns]
    blocks = away.reshape(rows // BLOCK, BLOCK, columns // BLOCK, BLOCK)
    return float(blocks.mean(axis=(1, 3)).max())


def with_drawing(source: str, name: str) -> str:
    """Return the text cell's source with its drawing as it should be."""
    if name not in FIGURES:
        sys.exit(f'There is no drawing "{name}". There are: {", ".join(sorted(FIGURES))}.')
    tag = image_tag(FIGURES[name]())
    found = IMAGE.search(source)
    if found:
        alt, content = IMAGE.search(tag).groups()
        if alt == found[1] and difference(content, found[2]) <= TOLERANCE:
            return source
    return f"{IMAGE.sub('', source)}\n\n{tag}"


def fill_notebook(path: Path) -> str:
    """Return the notebook's file with its drawings as they should be."""
    content = json.loads(path.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        if name := cell["metadata"].get("drawing"):
            source = with_drawing("".join(cell["source"]), name)
            cell["source"] = source.splitlines(keepends=True)
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def thumbnail(text: str) -> bytes:
    """Return the README's small picture of a notebook, whose file holds `text`, as a PNG.

    It is the drawing that `thumbnail` names in the notebook's metadata, or else its first.
    """
    content = json.loads(text)
    drawings = {
        cell["metadata"]["drawing"]: "".join(cell["source"])
        for cell in content["cells"]
        if "drawing" in cell["metadata"]
    }
    name = content["metadata"]["course"].get("thumbnail", next(iter(drawings)))
    drawn = io.BytesIO(base64.b64decode(IMAGE.search(drawings[name])[2]))
    small = io.BytesIO()
    Image.open(drawn).convert("RGB").reduce(2).quantize(40).save(small, "PNG", optimize=True)
    return small.getvalue()


def quiz_files() -> dict[Path, bytes]:
    """Return the quiz and its figures as they should be."""
    files = {}

    def tag(asked: re.Match) -> str:
        file, name = asked.groups()
        card = FIGURES[name]()
        files[QUIZ.parent / file] = card.png()
        return f'<img alt="{html.escape(card.alt)}" width="{WIDTH}" src="{file}">'

    files[QUIZ] = ASKED.sub(tag, QUIZ.read_text(encoding="utf-8")).encode()
    return files


def is_stale(path: Path, content: bytes) -> bool:
    """Return whether the file is missing or not what it should be, within TOLERANCE for a PNG."""
    if not path.exists():
        return True
    if path.suffix != ".png":
        return path.read_bytes() != content
    first, second = (base64.b64encode(raw).decode() for raw in (path.read_bytes(), content))
    return difference(first, second) > TOLERANCE


def main(arguments: list[str]) -> int:
    """Write the stale files, or only name them; return 1 where a check finds one."""
    if "--svg" in arguments:
        folder = Path(arguments[arguments.index("--svg") + 1])
        folder.mkdir(parents=True, exist_ok=True)
        for name, draw in FIGURES.items():
            (folder / f"{name}.svg").write_text(draw().svg(), encoding="utf-8")
        return 0
    files = quiz_files()
    for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
        text = fill_notebook(path)
        files[path] = text.encode()
        files[THUMBNAILS / f"{path.stem}.png"] = thumbnail(text)
    stale = {path: content for path, content in files.items() if is_stale(path, content)}
    check = "--check" in arguments
    for path, content in stale.items():
        print("stale" if check else "written", path.relative_to(ROOT))
        if not check:
            path.write_bytes(content)
    if check and stale:
        print("Type: make drawings")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
