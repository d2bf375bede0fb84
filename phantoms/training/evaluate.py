"""How well a model reads unseen phantoms: recognition, retrieval, left against right."""

import numpy as np

from nbhelpers.metrics import Estimate, accuracy, recall_at_k
from nbhelpers.model import VisionLanguageModel
from nbhelpers.prompts import MODEL_CARD_LABELS, label_embeddings

from ..kinds import KINDS
from ..publish import Phantom, phantom

# The model card's labels say more than the kinds' own only for the line chart.
NINE = {label: {"covid line chart": "line chart"}.get(label, label) for label in MODEL_CARD_LABELS}


def effusions(seed: int, count: int) -> list[Phantom]:
    """The first `count` chest X-rays of the series `seed` with an effusion on one side only."""
    found, index = [], 0
    while len(found) < count:
        figure = phantom(seed, index, "chest X-ray")
        facts = figure.attributes
        one_sided = facts.get("finding") == "pleural effusion" and facts.get("side") in (
            "left",
            "right",
        )
        if one_sided and "second_panel" not in facts:
            found.append(figure)
        index += 1
    return found


def evaluate(
    model: VisionLanguageModel, figures: list[Phantom], one_sided: list[Phantom]
) -> dict[str, Estimate]:
    """The scores of the model on these phantoms, each a proportion in 0 … 1 with its 95 % interval.

    `figures` are of all kinds, in any order; `one_sided` are chest X-rays with an effusion on one
    side.
    """
    images = model.encode_images([figure.picture for figure in figures])
    kinds = np.array([figure.kind for figure in figures])
    scores = {}

    labels = sorted(KINDS)
    guess = np.array(labels)[(images @ label_embeddings(model, labels).T).argmax(1)]
    scores[f"top-1 among {len(labels)} kinds"] = accuracy(kinds, guess)

    among_nine = np.isin(kinds, list(NINE.values()))
    nine = label_embeddings(model, list(NINE))
    guess = np.array(list(NINE.values()))[(images[among_nine] @ nine.T).argmax(1)]
    scores["top-1 among the model card's nine labels"] = accuracy(kinds[among_nine], guess)

    # (N images, N texts)
    similarity = images @ model.encode_texts([figure.caption for figure in figures]).T
    for k in (1, 5, 10):
        scores[f"recall@{k}, text to image, of {len(figures):,}"] = recall_at_k(similarity.T, k)
        scores[f"recall@{k}, image to text, of {len(figures):,}"] = recall_at_k(similarity, k)

    sides = ("left", "right")
    prompts = model.encode_texts([f"{side}-sided pleural effusion chest x-ray" for side in sides])
    chests = model.encode_images([figure.picture for figure in one_sided])
    guess = np.array(sides)[(chests @ prompts.T).argmax(1)]
    truth = [figure.attributes["side"] for figure in one_sided]
    scores["left against right pleural effusion"] = accuracy(truth, guess)
    return scores
