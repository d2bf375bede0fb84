"""Drawn figures of training, of maps over a picture, and of work at scale."""

import numpy as np

from phantoms import phantom

from .card import GRAY, IMAGE, INK, PALE, PICTURES, RED_INK, RIGHT, TEXT, WRONG, Card, tint


def contrastive_batch() -> Card:
    """Return: the N × N table of a batch; partners on the diagonal are pulled together."""
    card = Card(
        408,
        "Five pictures down the side, their five captions along the top, and a table of all "
        "twenty-five cosines. The five cells on the diagonal, where picture and caption belong "
        "together, are to rise; the twenty others are to fall. Each row is a softmax over the "
        "captions, each column one over the pictures.",
    )
    words = ["chest\nX-ray", "brain\nMRI", "retina", "tissue", "pie\nchart"]
    for row, name in enumerate(PICTURES):
        y = 62 + 58 * row
        card.picture(name, 12, y + 2, 52)
        card.write(108 + 58 * row, 34, words[row], size=15)
        for column in range(5):
            x = 80 + 58 * column
            mine = row == column
            color = RIGHT if mine else "#BBBBBB"
            card.box(
                x, y, 54, 54, color=color, fill=tint(RIGHT, 0.5) if mine else "#F4F4F4", round=2
            )
            card.write(x + 27, y + 27, "+" if mine else "−", size=22, color=INK if mine else GRAY)
    card.arrow((376, 89), (402, 89), IMAGE, width=3)
    card.write(408, 120, "which\ncaption?", align="left", color=IMAGE, size=15)
    card.write(408, 89, "row:", align="left", color=IMAGE, weight="bold")
    card.arrow((107, 354), (107, 376), WRONG, width=3)
    card.write(124, 376, "column: which picture?", align="left", color=RED_INK)
    return card


def patch_map() -> Card:
    """Return: each patch's vector is compared with a sentence; the cosines make a heat map."""
    card = Card(
        338,
        "A chest X-ray under a grid of patches passes the image tower, which gives one vector per "
        "patch. The sentence passes the text tower. The cosine of every patch with the sentence, "
        "laid over the picture, is the heat map.",
    )
    card.picture("chest", 14, 30, 126)
    for place in np.arange(1, 7) * 18:
        card.line([14 + place] * 2, [30, 156], "white", 0.9)
        card.line([14, 140], [30 + place] * 2, "white", 0.9)
    card.write(77, 14, "patches")
    card.arrow((144, 93), (166, 93))
    card.tower(170, 43, 92, 100, "image\ntower", IMAGE)
    card.arrow((264, 93), (286, 93))
    for n in range(7):
        card.vector(292 + 20 * n, 55, IMAGE, 20 + n)
    card.write(360, 30, "a vector per patch")
    card.box(14, 226, 116, 64, "a mass in\nthe lung", TEXT, "white")
    card.arrow((133, 258), (154, 258))
    card.tower(158, 208, 92, 100, "text\ntower", TEXT)
    card.arrow((252, 258), (268, 258))
    card.vector(274, 220, TEXT, 31)
    card.arrow((292, 258), (322, 258))
    card.arrow((372, 134), (384, 182))
    card.picture("chest", 328, 188, 126)
    centers = (np.arange(7) + 0.5) / 7
    heat = np.exp(-((centers[None] - 0.28) ** 2 + (centers[:, None] - 0.62) ** 2) / 0.025)
    for (row, column), value in np.ndenumerate(heat):
        x, y = 328 + 18 * column, 188 + 18 * row
        corners = [(x, y), (x + 18, y), (x + 18, y + 18), (x, y + 18)]
        card.shape(corners, "none", WRONG, alpha=float(0.75 * value), zorder=5, linewidth=0)
    card.write(391, 326, "cosine per patch", size=15)
    return card


def lora() -> Card:
    """Return: a frozen matrix beside two thin trained ones, whose product is added to it."""
    side, rank = 768, 8
    share = 2 * side * rank / side**2
    card = Card(
        316,
        f"The input goes two ways: through a large frozen matrix W of {side} × {side} numbers, and "
        f"through two thin trained matrices, A of {rank} × {side} and B of {side} × {rank}. The "
        f"two outputs are added. A and B hold {share:.1%} of the numbers of W.",
    )
    card.box(10, 130, 66, 44, "input", GRAY, "white")
    card.arrow((79, 144), (140, 96))
    card.arrow((79, 162), (140, 232))
    card.box(
        144, 20, 150, 150, f"W, frozen\n{side} × {side}\n= {side * side:,}", GRAY, PALE, round=2
    )
    card.box(150, 221, 84, 30, "A", IMAGE, tint(IMAGE, 0.45), round=2, weight="bold")
    card.arrow((238, 236), (260, 236))
    card.box(264, 192, 30, 90, "B", IMAGE, tint(IMAGE, 0.45), round=2, weight="bold")
    card.arrow((298, 96), (334, 138))
    card.arrow((298, 236), (334, 168))
    card.box(336, 132, 42, 42, "+", RIGHT, round=20, size=22)
    card.arrow((381, 153), (402, 153))
    card.box(406, 130, 66, 44, "output", GRAY, "white", size=15)
    card.write(386, 232, f"trained: {2 * side * rank:,}", color=IMAGE, weight="bold", size=15)
    card.write(386, 256, f"= {share:.1%} of W")
    card.write(222, 300, f"rank {rank}", color=GRAY)
    return card


def actors_and_table() -> Card:
    """Return: pictures go to actors with a model each; the driver appends rows to one table."""
    card = Card(
        388,
        "Files of pictures are handed in batches to two actors, each with a model of its own. "
        "Their vectors come back to the driver, which alone appends rows to one table on disk. "
        "A row holds vector, caption, kind and path; the table names the model's fingerprint. A "
        "query searches the table.",
    )
    for n, name in enumerate(list(PICTURES)[:4]):
        card.picture(name, 14 + 44 * (n % 2), 40 + 44 * (n // 2), 40)
    card.write(56, 20, "files")
    for row in range(2):
        y = 10 + 76 * row
        card.arrow((102, 82), (134, y + 32))
        card.box(138, y, 150, 64, "actor:\none model", IMAGE, weight="bold")
        card.arrow((291, y + 32), (338, 82))
    card.box(342, 46, 126, 72, "driver:\nappends", RIGHT, weight="bold")
    card.arrow((405, 121), (405, 180), RIGHT, width=3)
    card.box(14, 184, 454, 130, color=GRAY, fill="#FAFAFA")
    card.write(26, 204, "one table on disk", align="left", weight="bold")
    columns = [(26, 98, "vector"), (128, 106, "caption"), (238, 78, "kind"), (320, 138, "path")]
    for x, width, name in columns:
        card.box(x, 222, width, 28, name, TEXT, round=2)
        for row in range(2):
            card.box(x, 254 + 28 * row, width, 24, color="#BBBBBB", fill="white", round=2)
    for row in range(2):
        card.vector(37, 258 + 28 * row, IMAGE, 40 + row, side=15, upright=False)
    card.box(14, 340, 130, 38, "a pie chart?", TEXT, "white")
    card.arrow((147, 359), (240, 318), TEXT, width=3)
    card.write(362, 359, "the 10 nearest rows")
    card.arrow((300, 318), (300, 344), TEXT, width=3)
    return card


def phantom_from_facts() -> Card:
    """Return: a list of facts, from which a program draws a picture and writes its caption."""
    figure = phantom(seed=7, index=4, kind="chest X-ray")
    facts = [figure.kind, figure.attributes["finding"], figure.attributes["side"]]
    card = Card(
        254,
        f"A list of facts: {', '.join(facts)}. From the same facts a program draws a picture of a "
        "chest X-ray and writes a caption, so that picture and caption belong together and the "
        "truth about both is known.",
    )
    card.box(12, 54, 178, 152, color=GRAY, fill="#FAFAFA")
    card.write(101, 30, "facts, drawn at random", size=15)
    for row, fact in enumerate(facts):
        card.box(24, 66 + 46 * row, 154, 36, fact, RIGHT, "white", round=3)
    card.arrow((194, 106), (286, 82), IMAGE, width=3)
    card.arrow((194, 160), (286, 208), TEXT, width=3)
    card.write(236, 66, "draw")
    card.write(236, 210, "write")
    pixels = np.asarray(figure.picture.convert("RGB").resize((116, 116)))
    card.picture(pixels, 320, 14, 116, IMAGE)
    words = f"“… {facts[2]}\n{facts[1]} …”"
    card.box(290, 164, 178, 76, words, TEXT, "white")
    card.line([378, 378], [136, 158], GRAY, 2, ":")
    return card
