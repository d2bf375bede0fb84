"""Figures of the quiz, drawn from the course's data."""

import numpy as np
import pandas as pd

from nbhelpers.pictures import open_image

from .card import GRAY, IMAGE, IMAGES, INK, TEXT, Card, tint

DATA = IMAGES.parent


def _bar(card: Card, x, y, width, height, color) -> None:
    """Draw a bar, its upper left corner at the place."""
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    card.shape(corners, color, tint(color, 0.6))


def three_windows() -> Card:
    """Return: a slice of a chest CT in a soft-tissue, a lung and a bone window, without names."""
    card = Card(
        232,
        "One slice of a chest CT three times. A: the organs between the lungs show shades of "
        "gray, the lungs are black. B: the lungs show their vessels, all else is nearly white. "
        "C: the spine and the ribs show their inside, the rest is dark gray, the lungs are black.",
    )
    windows = {"A": (40, 400), "B": (-600, 1500), "C": (400, 1800)}
    for place, (name, window) in enumerate(windows.items()):
        picture = open_image(DATA / "scans" / "ct_chest.dcm", window=window).resize((148, 148))
        x = 10 + 156 * place
        card.write(x + 74, 24, name, weight="bold", size=20)
        card.picture(np.asarray(picture.convert("RGB")), x, 44, 148)
    card.write(240, 212, "one slice, three windows")
    return card


def known_and_new() -> Card:
    """Return: published accuracies of BiomedCLIP, on classes that were trained, and on new ones."""
    card = Card(
        344,
        "Bars of the published mean accuracy in percent, on trained classes and on new ones. "
        "Zero-shot: 48 and 65. CoOp: 74 and 65. BiomedCoOp: 76 and 74.",
    )
    table = pd.read_csv(DATA / "published" / "few_labels_new_classes.csv")
    table = table.pivot(index="method", columns="classes", values="accuracy")
    card.write(240, 20, "BiomedCLIP, published accuracy, percent", weight="bold")
    for row, method in enumerate(["zero-shot", "CoOp", "BiomedCoOp"]):
        y = 46 + 84 * row
        card.write(112, y + 34, method, align="right")
        for half, (classes, color) in enumerate({"trained": TEXT, "new": IMAGE}.items()):
            value = table.loc[method, classes]
            top = y + 34 * half
            _bar(card, 122, top, 3 * value, 30, color)
            card.write(122 + 3 * value + 8, top + 16, f"{value:.2f}", align="left")
    for x, words, color in ((122, "classes of the training", TEXT), (340, "new classes", IMAGE)):
        _bar(card, x, 308, 20, 20, color)
        card.write(x + 28, 319, words, align="left")
    return card


def prompt_cosines() -> Card:
    """Return: how often each cosine comes up between two of 30 prompts, in BiomedCLIP itself."""
    card = Card(
        330,
        "Histogram of the cosines of all 435 pairs of 30 prompts, from 0 to 1. All lie between "
        "0.53 and 0.94, most between 0.6 and 0.8. An arrow marks a pair at 0.70, in the middle "
        "of the heap.",
    )
    table = pd.read_csv(DATA / "published" / "biomedclip_text_cosines.csv", index_col=0)
    cosines = table.to_numpy()[np.triu_indices(len(table), 1)]  # (435,)
    counts, edges = np.histogram(cosines, bins=40, range=(0, 1))

    def place(cosine):
        return 30 + 420 * cosine

    card.write(240, 20, "BiomedCLIP: 30 prompts, 435 pairs", weight="bold")
    for count, edge in zip(counts, edges[:-1], strict=True):
        if count:
            height = 150 * count / counts.max()
            _bar(card, place(edge), 260 - height, 420 / 40, height, TEXT)
    card.line([place(0), place(0), place(1)], [106, 260, 260], INK, 2)
    card.line([place(0), place(0) + 7], [110, 110], INK, 2)
    card.write(place(0) + 14, 110, f"{counts.max()} pairs", align="left", size=15)
    for value in np.linspace(0, 1, 6):
        card.line([place(value)] * 2, [260, 267], INK, 2)
        card.write(place(value), 282, f"{value:.1f}", size=15)
    card.write(240, 310, "cosine of two prompts")
    card.write(place(0.7), 56, "your pair: 0.70", weight="bold")
    card.arrow((place(0.7), 70), (place(0.7), 106), GRAY)
    return card
