"""How well a model reads phantoms and real pictures: `python -m phantoms.training.evaluate`.

On phantoms: kinds, retrieval, sides, findings, denials, and whether maps point at what is named.
On a folder of real pictures, whose `pictures.csv` has the columns `file` and `kind`: kinds, in the
words of the model card, in other words, and on a black border.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageOps

from nbhelpers import load_model
from nbhelpers.heatmaps import patch_cosine
from nbhelpers.metrics import Estimate, accuracy, auroc, balanced_accuracy, proportion, recall_at_k
from nbhelpers.model import VisionLanguageModel
from nbhelpers.prompts import MODEL_CARD_LABELS, label_embeddings

from ..findings import FINDINGS, absent, shown
from ..kinds import KINDS
from ..publish import Phantom, phantom
from .corpus import LARGEST
from .sentences import FOREIGN, SIDES, Region, regions, sides_of

# The model card's labels say more than the kinds' own only for the line chart.
NINE = {label: {"covid line chart": "line chart"}.get(label, label) for label in MODEL_CARD_LABELS}
NATURAL = ("a picture of {}", "this figure shows {}", "an example of {}", "{}")
# Findings whose place is one box that a sentence can name.
POINTED = {
    "chest X-ray": ("pleural effusion", "consolidation", "pneumothorax", "hilar mass"),
    "chest CT": ("nodule", "mass", "pleural effusion", "consolidation"),
    "head CT": ("subdural haematoma", "intraparenchymal haemorrhage", "infarct"),
    "brain MRI": ("glioma", "meningioma", "haemorrhage"),
    "endoscopy": ("polyp", "ulcer"),
    "abdominal CT": ("cyst", "mass"),
    "ultrasound": ("cyst", "hypoechoic mass"),
    "angiogram": ("stenosis", "aneurysm"),
}


class TestFigures:
    """Unseen phantoms of one series: 100 × `scale` of all kinds, and what is asked further."""

    __test__ = False  # nothing that pytest should collect

    def __init__(self, series: int, scale: int):
        self.figures = [phantom(series, index) for index in range(100 * scale)]
        self.films = frontal_films(series, 60 * scale)
        self.effusions = effusions(series, 20 * scale)
        self.pointed = {
            (kind, finding): boxed(series, kind, finding, scale)
            for kind, findings in POINTED.items()
            for finding in findings
        }


def effusions(series: int, count: int) -> list[Phantom]:
    """The first `count` chest X-rays of the series with an effusion on one side only."""
    return first(
        count,
        (phantom(series, index, "chest X-ray") for index in range(100 * count)),
        lambda facts: "pleural effusion" in sides_of(facts),
    )


def frontal_films(series: int, count: int) -> list[Phantom]:
    """The first `count` frontal chest X-rays of the series, of one panel."""
    return first(
        count,
        (phantom(series, index, "chest X-ray") for index in range(10_000, 10_000 + 100 * count)),
        lambda facts: facts["view"] != "lateral" and "second_panel" not in facts,
    )


def boxed(series: int, kind: str, finding: str, count: int) -> list[Phantom]:
    """The first `count` pictures with one box, of under 45 % of what the model sees."""

    def small(figure: Phantom) -> bool:
        seen = seen_box(figure)
        return 0 < (seen[2] - seen[0]) * (seen[3] - seen[1]) < LARGEST * 224**2

    drawn = (phantom(series, index, kind) for index in range(20_000, 20_000 + 300 * count))
    found = (f for f in drawn if [r.finding for r in regions(f.attributes)] == [finding])
    return first(count, (f for f in found if small(f)), lambda facts: True)


def first(count: int, figures, wanted) -> list[Phantom]:
    """The first `count` figures whose attributes are as wanted."""
    found = []
    for figure in figures:
        if wanted(figure.attributes):
            found.append(figure)
        if len(found) == count:
            break
    return found


def seen_box(figure: Phantom, size: int = 224) -> np.ndarray:
    """The box of the finding in the central square that the model sees, (4,) in its pixels."""
    scale = size / min(figure.picture.size)
    shift = [(side * scale - size) / 2 for side in figure.picture.size] * 2
    return (np.array(regions(figure.attributes)[0].box) * scale - shift).clip(0, size)


def evaluate(model: VisionLanguageModel, test: TestFigures) -> dict[str, Estimate]:
    """The scores of the model on these phantoms, each in 0 … 1 with its 95 % interval."""
    images = encode(model, test.figures)
    kinds = np.array([figure.kind for figure in test.figures])
    scores = of_kinds(images, kinds, label_embeddings(model, sorted(KINDS)))

    among_nine = np.isin(kinds, list(NINE.values()))
    nine = label_embeddings(model, list(NINE))
    guess = np.array(list(NINE.values()))[(images[among_nine] @ nine.T).argmax(1)]
    scores["top-1 among the model card's nine labels"] = accuracy(kinds[among_nine], guess)

    # (N images, N texts)
    texts = model.encode_texts([figure.caption for figure in test.figures], progress=False)
    similarity = images @ texts.T
    for k in (1, 5, 10):
        scores[f"recall@{k}, text to image, of {len(images):,}"] = recall_at_k(similarity.T, k)
        scores[f"recall@{k}, image to text, of {len(images):,}"] = recall_at_k(similarity, k)
    return scores | of_findings(model, test) | of_places(model, test.pointed)


def encode(model: VisionLanguageModel, figures: list[Phantom]) -> np.ndarray:
    """The embeddings of the figures' pictures, (N, D)."""
    return model.encode_images([figure.picture for figure in figures], progress=False)


def of_kinds(images: np.ndarray, kinds: np.ndarray, labels: np.ndarray) -> dict[str, Estimate]:
    """Top-1 and top-3 among all kinds: images (N, D), labels (30, D) in the order of the names."""
    order = np.array(sorted(KINDS))[np.argsort(-images @ labels.T, 1)]
    return {
        f"top-{k} among {len(labels)} kinds": proportion(
            int((order[:, :k] == kinds[:, None]).any(1).sum()), len(kinds)
        )
        for k in (1, 3)
    }


def of_findings(model: VisionLanguageModel, test: TestFigures) -> dict[str, Estimate]:
    """Sides of effusions, the six findings of a chest X-ray, and their denials."""
    sides = [f"{side}-sided pleural effusion chest x-ray" for side in SIDES]
    guess = np.array(SIDES)[(encode(model, test.effusions) @ texts(model, sides).T).argmax(1)]
    truth = [sides_of(f.attributes)["pleural effusion"] for f in test.effusions]
    scores = {"left against right pleural effusion": accuracy(truth, guess)}

    names = FINDINGS["chest X-ray"]
    films = encode(model, test.films)
    there = texts(model, [f"chest X-ray with {name}" for name in names])
    denied = texts(model, [f"chest X-ray without {name}" for name in names])
    facts = [f.attributes for f in test.films]
    ill = [i for i, each in enumerate(facts) if shown(each)]
    guess = np.array(names)[(films[ill] @ there.T).argmax(1)]
    truth = [facts[i]["finding"] for i in ill]
    scores["six findings of a chest X-ray, balanced"] = balanced_accuracy(truth, guess)
    score = films @ (there - denied).T  # (N, 6)
    known = [
        (i, j)
        for i, f in enumerate(facts)
        for j, n in enumerate(names)
        if n in shown(f) or n in absent(f)
    ]
    truth = [names[j] in shown(facts[i]) for i, j in known]
    area = auroc(truth, np.array([score[i, j] for i, j in known]), groups=[i for i, _ in known])
    return scores | {"finding against its denial, AUROC": area}


def of_places(model: VisionLanguageModel, pointed: dict) -> dict[str, Estimate]:
    """How often the highest point of a patch–text map lies in the finding's box.

    With the own sentence, that of a finding of another kind, one about none, the mirrored side;
    and for the mean box of the group's other figures.
    """
    hits = {name: [] for name in ("own", "another's", "nonsense", "mirrored side", "mean box")}
    groups = list(pointed)
    for place, (kind, finding) in enumerate(groups):
        figures = pointed[kind, finding]
        masks = [inside(seen_box(figure)) for figure in figures]
        away = groups[(place + len(groups) // 2) % len(groups)]
        for i, figure in enumerate(figures):
            region = regions(figure.attributes)[0]
            said = {
                "own": worded(kind, region),
                "another's": worded(away[0], Region(away[1], None, ())),
            }
            said["nonsense"] = FOREIGN[0]
            if region.side in SIDES:
                other = SIDES[region.side == "left"]
                said["mirrored side"] = worded(kind, Region(finding, other, ()))
            maps = patch_cosine(model, figure.picture, list(said.values()))
            for name, each in zip(said, maps, strict=True):
                hits[name].append(points_into(each, masks[i]))
            others = [mask for j, mask in enumerate(masks) if j != i]
            if others:
                hits["mean box"].append(points_into(np.mean(others, 0), masks[i]))
    return {
        f"highest point in the box, {name}": proportion(int(sum(found)), len(found))
        for name, found in hits.items()
        if found
    }


def worded(kind: str, region: Region) -> str:
    """The sentence that asks for a finding: "a chest X-ray with left-sided consolidation"."""
    side = f"{region.side}-sided " if region.side in SIDES else ""
    return f"a {kind} with {side}{region.finding}"


def inside(box: np.ndarray, size: int = 224) -> np.ndarray:
    """(size, size): 1.0 in the box, which has one pixel at least, and 0.0 around."""
    left, top, right, bottom = box.round().astype(int)
    mask = np.zeros((size, size), np.float32)
    mask[top : max(bottom, top + 1), left : max(right, left + 1)] = 1
    return mask


def points_into(found: np.ndarray, mask: np.ndarray) -> bool:
    """Whether the highest point of a map, enlarged to the mask's size, lies in the mask."""
    enlarged = Image.fromarray(found.astype(np.float32)).resize(
        mask.shape, Image.Resampling.BILINEAR
    )
    return bool(mask.ravel()[np.asarray(enlarged).argmax()])


def texts(model: VisionLanguageModel, sentences: list[str]) -> np.ndarray:
    """The embeddings of sentences, (M, D)."""
    return model.encode_texts(sentences, progress=False)


def evaluate_pictures(model: VisionLanguageModel, folder: Path) -> dict[str, Estimate]:
    """The scores on a folder of real pictures with a `pictures.csv`."""
    table = pd.read_csv(folder / "pictures.csv")
    if unknown := set(table.kind) - set(KINDS):
        raise ValueError(f"pictures.csv names kinds that no phantom has: {sorted(unknown)}")
    pictures = [
        ImageOps.exif_transpose(Image.open(folder / name)).convert("RGB") for name in table.file
    ]
    kinds, names = table.kind.to_numpy(), sorted(KINDS)
    labels = model.encode_texts([f"this is a photo of {name}" for name in names], progress=False)
    bordered = [ImageOps.expand(p, int(max(p.size) / 4), "black") for p in pictures]
    natural = label_embeddings(model, names, NATURAL)
    asked = {
        "real pictures": (pictures, labels),
        "real pictures, other words": (pictures, natural),
        "real pictures, a border of 25 %": (bordered, labels),
        "real pictures, gray": ([p.convert("L") for p in pictures], labels),
        "real pictures, a quarter turn": ([p.rotate(90, expand=True) for p in pictures], labels),
        "real pictures, inverted": ([ImageOps.invert(p) for p in pictures], labels),
    }
    return {
        f"{title}, {name}": score
        for title, (shown_as, words) in asked.items()
        for name, score in of_kinds(
            model.encode_images(shown_as, progress=False), kinds, words
        ).items()
    }


def main() -> None:
    """Print every score of a model."""
    parser = argparse.ArgumentParser(prog="python -m phantoms.training.evaluate")
    parser.add_argument("--model", default="phantomclip", help="what load_model takes")
    parser.add_argument("--series", type=int, default=3, help="of phantoms; 3 is the test series")
    parser.add_argument(
        "--scale", type=int, default=10, help="100 phantoms of all kinds times this"
    )
    parser.add_argument("--pictures", type=Path, help="a folder of real pictures, pictures.csv")
    options = parser.parse_args()
    model = load_model(options.model)
    scores = evaluate(model, TestFigures(options.series, options.scale)) if options.scale else {}
    if options.pictures:
        scores |= evaluate_pictures(model, options.pictures)
    for name, score in scores.items():
        print(f"{name:60} {score}")


if __name__ == "__main__":
    main()
