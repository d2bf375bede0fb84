"""Drawn figures of pictures before the model sees them, of few labels, and of intervals."""

import numpy as np

from .card import GRAY, IMAGE, INK, OTHER, RED_INK, RIGHT, TEXT, WRONG, Card, thumbnail, tint


def bootstrap_by_patients() -> Card:
    """Return: four patients with three pictures each, drawn as a whole or picture by picture."""
    card = Card(
        292,
        "Four patients, A to D, with three pictures each. Drawn as a whole, with replacement: A, "
        "C, C and D; each patient's three pictures stay together. Drawn picture by picture, the "
        "pictures of all patients are mixed as if they were twelve patients.",
    )
    colors = dict(zip("ABCD", (IMAGE, TEXT, RIGHT, OTHER), strict=True))
    rows = [
        ("Four patients, three pictures each", "ABCD"),
        ("Draw whole patients, with replacement …", "ACCD"),
    ]
    for row, (words, patients) in enumerate(rows):
        y = 22 + 98 * row
        card.write(12, y, words, align="left", weight="bold")
        for place, patient in enumerate(patients):
            x = 12 + 116 * place
            card.box(x, y + 18, 108, 46, color=colors[patient], fill="white")
            for n in range(3):
                look = {"color": colors[patient], "fill": tint(colors[patient], 0.45), "round": 2}
                card.box(x + 8 + 33 * n, y + 28, 27, 27, patient, **look)
    card.write(12, 218, "… or draw pictures one by one", align="left", weight="bold")
    for place, patient in enumerate("CABDDACABCDB"):
        look = {"color": colors[patient], "fill": tint(colors[patient], 0.45), "round": 2}
        card.box(14 + 38.5 * place, 240, 27, 27, patient, **look)
    return card


def ct_window() -> Card:
    """Return: two windows over the range of Hounsfield units, each a ramp from black to white."""
    card = Card(
        272,
        "An axis of Hounsfield units from air, −1000, over water, 0, to bone, 1000. Below it two "
        "windows, each a ramp from black to white over a part of the axis: lung, center −600 and "
        "width 1500, and soft tissue, center 40 and width 400. Left of a window all is black, "
        "right of it all is white.",
    )
    low, high = -1400, 1200
    scale = 440 / (high - low)

    def place(value):
        return 20 + scale * (value - low)

    card.line([20, 460], [64, 64], INK, 2)
    for value, name in ((-1000, "air"), (0, "water"), (1000, "bone")):
        card.line([place(value)] * 2, [58, 70], INK, 2)
        card.write(place(value), 44, f"{value}".replace("-", "−"))
        card.write(place(value), 22, name, weight="bold")
    windows = [("lung", -600, 1500), ("soft tissue", 40, 400)]
    for row, (name, center, width) in enumerate(windows):
        y = 98 + 86 * row
        ramp = np.clip((np.linspace(low, high, 520) - center) / width + 0.5, 0, 1)
        card.axes.imshow(
            np.repeat(ramp[None, :, None], 3, axis=2), extent=(20, 460, y + 34, y), aspect="auto"
        )
        card.shape([(20, y), (460, y), (460, y + 34), (20, y + 34)], GRAY, "none")
        for edge in (center - width / 2, center + width / 2):
            card.line([place(edge)] * 2, [y - 6, y + 40], WRONG, 2.5)
        words = f"{name}: center {center}, width {width}".replace("-", "−")
        card.write(240, y + 54, words)
    return card


def tiles_of_a_slide() -> Card:
    """Return: a slide is cut into tiles, and the cosine of each with a sentence makes a map."""
    card = Card(
        338,
        "A stained section under a grid of tiles. One tile passes the image tower and becomes a "
        "vector; the sentence “a brown gland” passes the text tower. Their cosine fills the "
        "tile's place in a map of the slide.",
    )
    card.picture("tissue", 14, 34, 140)
    for place in np.arange(1, 5) * 28:
        card.line([14 + place] * 2, [34, 174], "white", 1)
        card.line([14, 154], [34 + place] * 2, "white", 1)
    card.shape([(98, 90), (126, 90), (126, 118), (98, 118)], WRONG, "none", linewidth=3, zorder=6)
    card.write(84, 16, "the slide, in tiles")
    card.arrow((128, 104), (186, 104), WRONG)
    pixels = thumbnail("tissue", 280)[112:168, 168:224]
    card.picture(pixels, 190, 77, 54, WRONG)
    card.arrow((248, 104), (268, 104))
    card.tower(272, 54, 92, 100, "image\ntower", IMAGE)
    card.arrow((366, 104), (388, 104))
    card.vector(394, 66, IMAGE, 4)
    card.box(14, 234, 92, 48, "a brown\ngland", TEXT, "white")
    card.arrow((109, 258), (130, 258))
    card.tower(134, 208, 92, 100, "text\ntower", TEXT)
    card.arrow((228, 258), (250, 258))
    card.vector(256, 220, TEXT, 6)
    brown = np.ptp(thumbnail("tissue", 280).astype(float), axis=2)
    shades = brown.reshape(5, 56, 5, 56).mean(axis=(1, 3))
    shades = (shades - shades.min()) / np.ptp(shades)
    card.cells(326, 190, shades, RIGHT, 24)
    card.shape(
        [(398, 238), (422, 238), (422, 262), (398, 262)], WRONG, "none", linewidth=3, zorder=6
    )
    card.arrow((401, 144), (408, 234), WRONG)
    card.arrow((273, 258), (322, 252))
    card.write(386, 324, "a map of cosines")
    return card


def few_labels() -> Card:
    """Return: the same embeddings thrice, divided by texts, by class means, by a trained line."""
    card = Card(
        268,
        "The same pictures as marks of two classes in three panels. Zero-shot: the line lies "
        "midway between two text embeddings and cuts one class in two. Class means: midway between "
        "the means of the labelled pictures. A probe: a line trained to separate them.",
    )
    one = [(30, 50), (52, 38), (70, 56), (40, 76), (62, 80), (24, 96), (84, 40), (50, 60)]
    two = [
        (82, 108),
        (104, 92),
        (124, 106),
        (96, 128),
        (118, 132),
        (76, 136),
        (132, 84),
        (104, 112),
    ]
    one, two = np.array(one), np.array(two)
    panels = [
        ("zero-shot", "▲ nearest text"),
        ("class means", "★ nearest mean"),
        ("a probe", "trained line"),
    ]
    for n, (name, how) in enumerate(panels):
        left = 8 + 158 * n
        corner = np.array([left, 40])
        panel = card.box(left, 40, 148, 184, color="#999999", fill="white")
        card.dots(*(one + corner).T, IMAGE, "o", 11)
        card.dots(*(two + corner).T, TEXT, "s", 11)
        if n == 0:
            marks = [np.array([54, 130]), np.array([92, 160])]
        else:
            marks = [one.mean(axis=0), two.mean(axis=0)]
        if n < 2:
            shape = "^" if n == 0 else "*"
            for mark, color in zip(marks, (IMAGE, TEXT), strict=True):
                look = {"markeredgecolor": "black", "markeredgewidth": 1.5, "zorder": 6}
                card.dots(*(mark + corner)[:, None], color, shape, 17 if n == 0 else 22, **look)
            along = np.array([-1, 1]) * (marks[1] - marks[0])[::-1]
        else:
            marks, along = [np.array([72, 94])] * 2, np.array([-44, 50])
        middle = (marks[0] + marks[1]) / 2 + corner
        look = {"color": INK, "linewidth": 2.2, "linestyle": "--", "zorder": 5}
        card.axes.axline(middle, middle + along, **look).set_clip_path(panel)
        card.write(left + 74, 20, name, weight="bold")
        card.write(left + 74, 244, how)
    return card


def paired_cases() -> Card:
    """Return: two methods on the same cases; those where one alone is right tell them apart."""
    card = Card(
        252,
        "Twelve cases in two rows, right or wrong by method A and by method B. Both are right in "
        "six and both wrong in one. In four cases only B is right, in one only A: these five are "
        "framed, and they alone tell the two methods apart.",
    )
    first = np.array([1, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1], bool)
    second = np.array([1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1], bool)
    xs = 74 + 35 * np.arange(12)
    card.write(250, 22, "the same twelve cases: ● right, × wrong", weight="bold")
    for y, name, right in ((72, "A", first), (126, "B", second)):
        card.box(14, y - 20, 36, 40, name, IMAGE, weight="bold")
        card.dots(xs[right], [y] * right.sum(), RIGHT, "o", 17)
        look = {"markeredgecolor": WRONG, "markeredgewidth": 4}
        card.dots(xs[~right], [y] * (~right).sum(), WRONG, "x", 14, **look)
    for x in xs[first != second]:
        card.box(x - 16, 50, 32, 98, color=INK, fill="none")
    only_first, only_second = (first & ~second).sum(), (second & ~first).sum()
    card.write(240, 184, f"only A right: {only_first}, only B right: {only_second}", weight="bold")
    card.write(240, 216, "If A and B were equally good, each frame\nwould be a fair coin.")
    return card


def choose_then_test() -> Card:
    """Return: many candidates are compared on one half of the cases, one is scored on the other."""
    card = Card(
        250,
        "Labelled pictures in two halves. On the validation split, all templates are tried and "
        "the best is chosen; its score there is too high. On the test split, only the chosen one "
        "is scored, once.",
    )
    card.write(240, 22, "labelled pictures, in two halves", weight="bold")
    halves = ((12, "validation split", IMAGE), (262, "test split", RIGHT))
    for x, name, color in halves:
        card.box(x, 42, 206, 196, color=color, fill=tint(color, 0.1))
        card.write(x + 103, 64, name, weight="bold")
    for row, (length, best) in enumerate(((0.5, False), (0.82, True), (0.62, False))):
        y = 86 + 32 * row
        color = WRONG if best else IMAGE
        card.box(28, y, 174 * length, 24, color=color, fill=tint(color, 0.5), round=2)
    card.write(115, 208, "try all, choose one;\nits score flatters", size=15)
    card.arrow((176, 130), (276, 130), WRONG, width=3)
    card.box(280, 118, 174 * 0.7, 24, color=WRONG, fill=tint(WRONG, 0.5), round=2)
    card.write(365, 208, "score the chosen\none, once", size=15)
    return card


def order_and_threshold() -> Card:
    """Return: cases in the order of their scores, a threshold, and what two numbers ask of them."""
    card = Card(
        286,
        "Ten cases stand on a line in the order of their scores, five of them carcinomas, mostly "
        "on the right, five others mostly on the left. A dashed threshold cuts the line. AUROC "
        "asks for the order of all pairs, accuracy for the side of the threshold.",
    )
    others, cancers = np.array([40, 88, 136, 208, 304]), np.array([172, 256, 344, 392, 440])
    card.dots(others, [98] * 5, IMAGE, "s", 17)
    card.dots(cancers, [98] * 5, WRONG, "o", 18)
    card.arrow((16, 126), (464, 126))
    card.write(16, 146, "low score", align="left", size=15)
    card.write(464, 146, "high score", align="right", size=15)
    card.line([280, 280], [54, 138], INK, 2.4, "--")
    card.write(280, 40, "threshold")
    card.write(100, 66, "■ others", color=IMAGE, weight="bold")
    card.write(394, 66, "● carcinomas", color=RED_INK, weight="bold")
    ordered = (cancers[:, None] > others).sum()
    right = (cancers > 280).sum() + (others < 280).sum()
    rows = [
        ("AUROC: the order", f"{ordered} of {cancers.size * others.size} pairs in order"),
        ("accuracy: the side", f"{right} of 10 on the correct side"),
    ]
    for row, (name, words) in enumerate(rows):
        y = 176 + 54 * row
        card.box(12, y, 456, 46, color=GRAY, fill="#FAFAFA")
        card.write(24, y + 23, name, align="left", weight="bold", size=15)
        card.write(458, y + 23, words, align="right", size=15)
    return card


def random_or_apart() -> Card:
    """Return: a region with training and test marks mixed, and one divided by a line."""
    card = Card(
        282,
        "Two squares with marks for training and test. Dealt out at random, training and test "
        "marks lie side by side. Apart, all training marks lie left of a line and all test marks "
        "right of it, and none lies near the line.",
    )
    rng = np.random.default_rng(5)
    grid = np.stack(np.meshgrid(np.arange(6), np.arange(6)), axis=-1).reshape(-1, 2)
    spots = 25 + 34 * grid + rng.uniform(-9, 9, grid.shape)  # (36, 2)
    spots = spots[np.abs(spots[:, 0] - 109) > 12]
    for left, name in ((12, "at random"), (250, "apart")):
        card.box(left, 34, 218, 218, color="#999999", fill="#FAF3F8", round=2)
        card.write(left + 109, 17, name, weight="bold")
        mixed = rng.uniform(size=len(spots)) < 0.5
        train = mixed if name == "at random" else spots[:, 0] < 109
        places = spots + np.array([left, 34])
        card.dots(*places[train].T, IMAGE, "o", 13)
        card.dots(*places[~train].T, WRONG, "^", 14)
    card.line([359, 359], [34, 252], INK, 2.4, "--", zorder=6)
    card.write(240, 268, "● training   ▲ test")
    return card
