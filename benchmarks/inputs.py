"""What both ways are given: the checkpoint, pictures in files, prompts."""

import runpy
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

from nbhelpers import MODEL_CARD_LABELS, example_images, open_image
from nbhelpers.prompts import TEMPLATES

ROOT = Path(__file__).resolve().parents[1]
NINE_PROMPTS = [f"this is a photo of {label}" for label in MODEL_CARD_LABELS]
PROMPTS_720 = [
    template.replace("{}", label)
    for label in MODEL_CARD_LABELS
    for template in TEMPLATES["clip"][0]
]


def full_size(folder: Path = ROOT / "build/full_size") -> Path:
    """Return the folder with BiomedCLIP's architecture and random weights; write it if missing."""
    if not (folder / "open_clip_config.json").is_file():
        runpy.run_path(str(ROOT / "tests/full_size.py"))["write_model"](folder)
    return folder


def nine_pictures() -> list[Path]:
    """Return the files of nine example images of nine labels."""
    return list({image.label: image.file for image in example_images()}.values())[:9]


def jpegs(count: int = 256, folder: Path = ROOT / "build/jpegs") -> list[Path]:
    """Return `count` JPEG files, all different: the example images, cropped more in each round."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{index:03}.jpg" for index in range(count)]
    for index, (file, image) in enumerate(zip(files, cycle(example_images()))):
        if not file.is_file():
            picture, rim = open_image(image), 4 * (index // 44)
            box = (rim, rim, picture.width - rim, picture.height - rim)
            picture.crop(box).save(file, quality=90)
    return files


def many(files: list[Path], count: int) -> Iterator[Path]:
    """Yield `count` paths, the files again and again."""
    return islice(cycle(files), count)
