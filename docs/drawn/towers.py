"""Drawn figures of the model itself: what goes in, what comes out, what the numbers mean."""

import numpy as np
from PIL import Image

from .card import GRAY, IMAGE, IMAGES, PALE, PICTURES, RIGHT, TEXT, WRONG, Card, tint


def two_towers() -> Card:
    """Return: a picture and two sentences pass two towers and meet in one space."""
    card = Card(
        300,
        "A chest X-ray passes the image tower, two sentences pass the text tower. All three end "
        "as arrows in one space. The arrow of “a chest X-ray” lies close to the picture's, that "
        "of “a pie chart” far from it.",
    )
    card.picture("chest", 12, 30, 84)
    card.box(12, 180, 84, 46, "a chest\nX-ray", TEXT, "white")
    card.box(12, 236, 84, 46, "a pie\nchart", TEXT, "white")
    card.tower(118, 22, 90, 100, "image\ntower", IMAGE)
    card.tower(118, 181, 90, 100, "text\ntower", TEXT)
    card.arrow((98, 72), (117, 72))
    card.arrow((98, 203), (117, 216))
    card.arrow((98, 259), (117, 246))
    card.vector(228, 35, IMAGE, 1)
    card.vector(222, 194, TEXT, 2)
    card.vector(241, 194, TEXT, 3)
    card.arrow((209, 72), (226, 72))
    card.arrow((209, 231), (220, 231))
    middle, radius = np.array([374, 152]), 84
    turn = np.linspace(0, 2 * np.pi, 90)
    rim = middle[:, None] + radius * np.array([np.cos(turn), np.sin(turn)])
    card.axes.fill(*rim, facecolor="#F2F2F2", edgecolor="#BBBBBB", linewidth=1.6)
    card.arrow((248, 88), (280, 108))
    card.arrow((262, 218), (286, 200))
    for angle, color in ((102, IMAGE), (74, TEXT), (-66, TEXT)):
        turn = np.radians(angle)
        card.arrow(
            middle, middle + radius * np.array([np.cos(turn), -np.sin(turn)]), color, width=3
        )
    card.write(322, 28, "the picture", color=IMAGE, weight="bold")
    card.write(418, 50, "a chest X-ray")
    card.write(418, 250, "a pie chart")
    card.write(374, 282, "one space", color=GRAY, weight="bold")
    return card


def inside_the_towers() -> Card:
    """Return: a picture is cut into patches, a sentence into tokens; each becomes one vector."""
    card = Card(
        356,
        "A square picture under a grid of 14 × 14 patches passes the image tower and becomes one "
        "vector. A sentence, cut into tokens and filled up with padding, passes the text tower and "
        "becomes one vector of the same length.",
    )
    card.picture("chest", 14, 14, 126)
    for place in np.arange(1, 14) * 9:
        card.line([14 + place] * 2, [14, 140], "white", 0.7)
        card.line([14, 140], [14 + place] * 2, "white", 0.7)
    card.write(77, 160, "14 × 14 patches", color=IMAGE)
    for row, token in enumerate(["[CLS]", "a", "chest", "x", "-", "ray", "[SEP]", "[PAD]", "…"]):
        x, y = 14 + 64 * (row % 2), 196 + 29 * (row // 2)
        padding = token in ("[PAD]", "…")
        card.box(x, y, 60, 25, token, GRAY if padding else TEXT, "white", round=4, size=15)
    card.write(110, 326, "tokens", color=GRAY, weight="bold")
    for y, name, color, seed in ((22, "image\ntower", IMAGE, 1), (206, "text\ntower", TEXT, 2)):
        card.arrow((146, y + 55), (174, y + 55))
        card.tower(178, y, 104, 110, name, color)
        card.arrow((284, y + 55), (312, y + 55))
        card.vector(320, y + 15, color, seed, side=16)
        card.write(408, y + 55, "one vector\nof D numbers")
    return card


def preprocessing() -> Card:
    """Return: a wide picture is scaled, its central square is cut out, its colours normalised."""
    card = Card(
        224,
        "Three steps. A wide photograph of a retina is scaled until its shorter side is 224 "
        "pixels. The central square is cut out, and what lies outside is lost. The values of red, "
        "green and blue are shifted by a mean and divided by a deviation.",
    )
    whole = Image.open(IMAGES / PICTURES["retina"]).convert("RGB")
    oblong = np.asarray(whole.crop((0, 86, 512, 427)).resize((300, 200)))
    card.axes.imshow(oblong, extent=(14, 164, 162, 62), aspect="auto", zorder=3)
    for x in (14, 139):  # what lies outside the square
        corners = [(x, 62), (x + 25, 62), (x + 25, 162), (x, 162)]
        card.shape(corners, "none", "white", alpha=0.65, zorder=4)
    card.line([39, 139, 139, 39, 39], [62, 62, 162, 162, 62], IMAGE, 2.5, "--", zorder=5)
    card.arrow((170, 112), (200, 112))
    card.picture(oblong[:, 50:250], 206, 62, 100, IMAGE)
    card.arrow((312, 112), (342, 112))
    for step, color in enumerate((WRONG, RIGHT, IMAGE)):
        x, y = 350 + 12 * step, 58 + 12 * step
        card.box(x, y, 86, 86, color=color, fill=tint(color, 0.3), round=2)
    card.write(417, 125, "−2 … 2")
    card.write(89, 34, "1  scale", weight="bold")
    card.write(256, 34, "2  crop", weight="bold")
    card.write(405, 34, "3  normalise", weight="bold")
    card.write(89, 192, "shorter side: 224;\nthe pale part is lost", size=15)
    card.write(256, 192, "224 × 224\npixels", size=15)
    card.write(405, 192, "(value − mean)\n/ deviation", size=15)
    return card


def cosine_softmax() -> Card:
    """Return: three cosines become logits, and logits become shares that add up to one."""
    card = Card(
        282,
        "Three sentences with their cosines to one picture, drawn as bars of similar length. "
        "Times the logit scale, the differences grow. After the softmax the shares add up to 1 and "
        "the first sentence has nearly all.",
    )
    sentences = ["a brain MRI", "a chest X-ray", "a pie chart"]
    cosines, scale = np.array([0.40, 0.34, 0.12]), 50
    logits = scale * cosines
    shares = np.exp(logits) / np.exp(logits).sum()
    card.picture("brain", 14, 14, 56)
    heads = ((200, "cosine"), (310, f"× scale {scale}"), (424, "softmax"))
    for x, words in heads:
        card.write(x, 42, words, weight="bold")
    for row, sentence in enumerate(sentences):
        y = 106 + 56 * row
        card.write(14, y, sentence, align="left")
        columns = (
            (160, cosines[row], cosines[row], ".2f"),
            (270, logits[row], logits[row] / 24, ".0f"),
            (380, shares[row], shares[row], ".2f"),
        )
        for x, value, length, form in columns:
            color = RIGHT if x == 380 else IMAGE
            corners = [(x, y - 18), (x + 86, y - 18), (x + 86, y), (x, y)]
            card.shape(corners, "#BBBBBB", "white", linewidth=1)
            far = x + 86 * length
            card.shape(
                [(x, y - 18), (far, y - 18), (far, y), (x, y)], color, tint(color, 0.7), linewidth=1
            )
            card.write(x + 43, y + 13, f"{value:{form}}", size=15)
    card.write(424, 262, "adds up to 1", size=15, color=GRAY)
    return card


def several_findings() -> Card:
    """Return: one softmax over findings shares out 1; a pair of sentences asks for each alone."""
    card = Card(
        330,
        "Above, one bar of length 1 is shared by three findings: what one gains, the others lose. "
        "Below, each finding has a bar of its own, divided between “with” and “without”, so that "
        "two findings can be likely at once.",
    )
    findings = ["effusion", "large heart", "fracture"]
    card.write(14, 24, "One softmax: the findings share 1", align="left", weight="bold")
    x = 14
    for name, width, share in zip(findings, (190, 170, 92), (0.75, 0.5, 0.25), strict=True):
        card.box(x, 44, width, 44, name, IMAGE, tint(IMAGE, share * 0.6), round=2)
        x += width
    card.write(
        14, 134, "A pair of sentences for each: with, or without", align="left", weight="bold"
    )
    for row, (name, share) in enumerate(zip(findings, (0.85, 0.8, 0.1), strict=True)):
        y, far = 156 + 56 * row, 130 + 336 * share
        card.write(14, y + 21, name, align="left")
        card.box(130, y, 336, 42, color=GRAY, fill=PALE, round=2)
        card.box(130, y, 336 * share, 42, color=IMAGE, fill=tint(IMAGE, 0.45), round=2)
        if share > 0.5:
            card.write((130 + far) / 2, y + 21, "with")
        else:
            card.write((466 + far) / 2, y + 21, "without")
    return card
