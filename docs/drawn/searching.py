"""Drawn figures of search, of prompts and of questions: vectors that are compared."""

import numpy as np

from .card import GRAY, GREEN_INK, IMAGE, OTHER, PICTURES, RED_INK, RIGHT, TEXT, WRONG, Card, tint


def index_and_search() -> Card:
    """Return: pictures are encoded once; a sentence's vector is compared with each of theirs."""
    card = Card(
        376,
        "Five pictures, each with its vector below it: the index, made once. A sentence, “a pie "
        "chart”, becomes one vector and is compared with all five. The cosine of the pie chart is "
        "the highest, so it takes first place.",
    )
    cosines = np.array([0.18, 0.12, 0.25, 0.2, 0.62])
    places = np.argsort(np.argsort(-cosines)) + 1
    card.box(92, 8, 380, 158, color=IMAGE, fill=tint(IMAGE, 0.08))
    card.write(84, 45, "pictures", align="right")
    card.write(84, 122, "index,\nmade\nonce", align="right")
    for n, name in enumerate(PICTURES):
        x = 102 + 74 * n
        card.picture(name, x, 16, 62)
        card.vector(x + 24, 88, IMAGE, n + 5, side=14)
        card.line([x + 8, x + 54], [240, 240], GRAY)
        top = 240 - 80 * cosines[n]
        corners = [(x + 16, 240), (x + 16, top), (x + 46, top), (x + 46, 240)]
        card.shape(corners, RIGHT if places[n] == 1 else IMAGE)
        best = {"weight": "bold"} if places[n] == 1 else {}
        card.write(x + 31, 260, f"{places[n]}", **best)
    card.write(84, 218, "cosine", align="right")
    card.write(84, 260, "place", align="right")
    card.box(14, 304, 104, 52, "a pie chart", TEXT, "white", size=15)
    card.arrow((121, 330), (146, 330))
    card.tower(150, 288, 100, 84, "text\ntower", TEXT)
    card.arrow((252, 330), (276, 330))
    card.vector(282, 322, TEXT, 9, side=16, upright=False)
    card.arrow((370, 322), (396, 276), TEXT, bend=0.2, width=3)
    card.write(432, 320, "compare\nwith all", color=GRAY)
    return card


def recall_at_k() -> Card:
    """Return: three captions, their hits in order, and whether the own picture is among three."""
    card = Card(
        290,
        "Three captions, each with five places for pictures in the order of their cosines. The "
        "picture that belongs to the caption stands at place 1, at place 2 and at place 5. Among "
        "the first three places it is found for two of three captions: recall@3 is 2 of 3.",
    )
    names = list(PICTURES)
    rows = [
        ("a chest\nX-ray", [0, 1, 3, 2, 4]),
        ("a brain\nMRI", [0, 1, 2, 3, 4]),
        ("a pie\nchart", [3, 2, 0, 1, 4]),
    ]
    own = [0, 1, 4]
    card.box(100, 8, 186, 242, color=GRAY, fill="#F2F2F2")
    card.write(193, 26, "the first k = 3")
    for row, (caption, order) in enumerate(rows):
        y = 46 + 68 * row
        card.box(10, y + 3, 78, 52, caption, TEXT, "white")
        for place, n in enumerate(order):
            x = 106 + 60 * place + 8 * (place > 2)
            if n == own[row]:
                card.picture(names[n], x, y, 55, RIGHT)
            else:
                card.box(x, y, 55, 55, color="#BBBBBB", fill="white", round=1)
        found = order.index(own[row]) < 3
        card.write(
            446, y + 28, "found" if found else "not\nfound", color=GREEN_INK if found else RED_INK
        )
    card.write(240, 270, "recall@3 = 2 of 3 captions", weight="bold")
    return card


def modality_gap() -> Card:
    """Return: pictures and captions lie in two clouds, and lines join the partners."""
    card = Card(
        272,
        "Two clouds of marks, pictures on the left and captions on the right. Level lines join "
        "each picture with its caption. The nearest neighbour of a picture is another picture; the "
        "distance between the clouds' middles is the modality gap.",
    )
    rng = np.random.default_rng(3)
    heights = np.linspace(52, 204, 14)
    left = np.stack([100 + rng.normal(0, 20, 14), heights + rng.normal(0, 6, 14)])
    right = np.stack([380 + rng.normal(0, 20, 14), heights + rng.normal(0, 8, 14)])
    for n in range(14):
        card.line([left[0, n], right[0, n]], [left[1, n], right[1, n]], "#BBBBBB", 1)
    card.dots(*left, IMAGE, "o", 13)
    card.dots(*right, TEXT, "^", 14)
    card.write(100, 24, "pictures", color=IMAGE, weight="bold")
    card.write(380, 24, "captions", weight="bold")
    card.arrow((100, 232), (380, 232), head="<|-|>", width=2.4)
    card.write(240, 252, "the modality gap", color=GRAY)
    return card


def ensemble() -> Card:
    """Return: several templates of one label become vectors, whose mean is scaled to length one."""
    card = Card(
        292,
        "Three templates filled with the label “brain MRI” pass the text tower and become three "
        "arrows of length one that point in different directions. Their mean is shorter. Scaled "
        "back to length one, it is the label's vector.",
    )
    for row, words in enumerate(
        ("a photo of\na brain MRI", "a figure of\na brain MRI", "brain MRI,\nslice")
    ):
        y = 22 + 76 * row
        card.box(12, y, 112, 56, words, TEXT, "white")
        card.arrow((127, y + 28), (152, 94 + 10 * row))
    card.tower(156, 52, 94, 106, "text\ntower", TEXT)
    card.arrow((252, 105), (276, 105))
    base, radius = np.array([300, 226]), 176
    turn = np.radians(np.linspace(8, 88, 40))
    card.line(
        base[0] + radius * np.cos(turn), base[1] - radius * np.sin(turn), "#BBBBBB", style="--"
    )
    angles = np.radians([86, 64, 12])
    ends = np.stack([np.cos(angles), -np.sin(angles)], axis=1)
    for end in ends:
        card.arrow(base, base + radius * end, TEXT, width=2.4)
    mean = ends.mean(axis=0)
    unit = mean / np.linalg.norm(mean)
    card.arrow(base, base + radius * unit, OTHER, width=2.4, linestyle=(0, (2, 2)))
    card.arrow(base, base + radius * mean, WRONG, width=4.5)
    card.write(372, 252, "the mean is shorter;", color=RED_INK)
    card.write(372, 274, "scale it to length 1")
    card.write(472, 60, "length 1", size=15, color=GRAY, align="right")
    return card


def calibration() -> Card:
    """Return: rows of ten answers, how sure they sounded, and how many of them were right."""
    card = Card(
        300,
        "Three rows of ten answers. Said with 0.9, 9 of 10 right: calibrated. Said with 0.9, 6 of "
        "10 right: too sure. Said with 0.6, 9 of 10 right: too modest.",
    )
    card.write(14, 26, "said with", align="left", weight="bold")
    card.write(118, 26, "ten answers: ● right, × wrong", align="left", weight="bold")
    rows = [(0.9, 9, "calibrated"), (0.9, 6, "too sure"), (0.6, 9, "too modest")]
    for row, (said, right, verdict) in enumerate(rows):
        y = 74 + 84 * row
        card.box(14, y - 22, 84, 44, f"{said}", IMAGE)
        xs = 130 + 36 * np.arange(10)
        card.dots(xs[:right], [y - 8] * right, RIGHT, "o", 18)
        wrong = xs[right:]
        card.dots(
            wrong, [y - 8] * len(wrong), WRONG, "x", 15, markeredgecolor=WRONG, markeredgewidth=4
        )
        card.write(118, y + 24, f"{right} of 10 right: {verdict}", align="left")
    return card


def question_as_statements() -> Card:
    """Return: a question's candidate answers become statements; the nearest one is the answer."""
    card = Card(
        330,
        "The question “Which organ is it?” and its three answers become three statements. "
        "The picture, a retina, is compared with each. The cosine with “a picture of the eye” is "
        "the highest, so the answer is “eye”.",
    )
    card.box(12, 10, 456, 42, "Which organ is it?  eye, lung, or brain?", TEXT, weight="bold")
    card.arrow((300, 55), (300, 80))
    statements = [
        ("a picture of the eye", 0.9),
        ("a picture of the lung", 0.35),
        ("a picture of the brain", 0.5),
    ]
    card.picture("retina", 12, 148, 104)
    card.write(64, 134, "the picture", size=15)
    for row, (words, length) in enumerate(statements):
        y = 84 + 82 * row
        color = RIGHT if row == 0 else IMAGE
        card.box(166, y, 200, 42, words, TEXT, "white")
        card.arrow((120, 200), (163, y + 30 - 6 * row), color if row == 0 else GRAY)
        card.box(376, y + 8, 92, 26, color="#BBBBBB", fill="white", round=2)
        card.box(376, y + 8, 92 * length, 26, color=color, fill=tint(color, 0.7), round=2)
    card.write(422, 68, "cosine", size=15)
    card.write(306, 144, "the nearest one is the answer", color=GREEN_INK, size=15)
    return card


def head() -> Card:
    """Return: image, question and their product side by side go into a small trained classifier."""
    card = Card(
        306,
        "A picture passes the image tower and a question passes the text tower; both towers are "
        "frozen. The two vectors and their element-wise product stand side by side and go into a "
        "head, a logistic regression, which alone is trained and gives the answer.",
    )
    card.picture("brain", 14, 22, 84)
    card.box(14, 136, 84, 66, "which\nview is\nit?", TEXT, "white")
    for y, name, color, seed in ((16, "image\ntower", IMAGE, 3), (121, "text\ntower", TEXT, 4)):
        card.arrow((101, y + 48), (122, y + 48))
        card.tower(126, y, 92, 96, name, color)
        card.arrow((220, y + 48), (242, y + 48))
        card.vector(248, y + 11, color, seed)
    card.write(172, 232, "frozen", color=GRAY, weight="bold")
    card.vector(300, 26, IMAGE, 3)
    card.vector(300, 104, TEXT, 4)
    product = np.random.default_rng(3).uniform(0, 1, 5) * np.random.default_rng(4).uniform(0, 1, 5)
    card.cells(300, 182, product[:, None], OTHER, 15)
    card.arrow((268, 64), (296, 64))
    card.arrow((268, 169), (296, 146))
    card.write(307, 276, "product", size=15, color=GRAY)
    card.arrow((320, 142), (348, 142))
    card.box(352, 96, 116, 92, "head:\nlogistic\nregression", RIGHT)
    card.write(410, 76, "trained", color=GREEN_INK, weight="bold")
    card.arrow((410, 191), (410, 222))
    card.box(362, 226, 96, 42, "axial", RIGHT, "white")
    return card
