"""Drawn figures of the model itself: what goes in, what comes out, what the numbers mean."""

import numpy as np

from .card import GRAY, IMAGE, RIGHT, TEXT, WRONG, Card


def two_towers() -> Card:
    """Return: a picture and sentences pass two towers and meet in one space."""
    card = Card(
        300,
        "A chest X-ray passes the image tower, two sentences pass the text tower. All three end "
        "as arrows in one space. The arrow of “a chest X-ray” lies close to the picture's, that "
        "of “a pie chart” far from it.",
    )
    card.picture("chest", 12, 30, 84)
    card.box(12, 178, 84, 48, "a chest\nX-ray", TEXT, "white")
    card.box(12, 236, 84, 48, "a pie\nchart", TEXT, "white")
    card.tower(118, 22, 90, 100, "image\ntower", IMAGE)
    card.tower(118, 181, 90, 100, "text\ntower", TEXT)
    card.arrow((98, 72), (117, 72))
    card.arrow((98, 202), (117, 216))
    card.arrow((98, 260), (117, 246))
    card.vector(228, 35, IMAGE, 1)
    card.vector(222, 194, TEXT, 2)
    card.vector(241, 194, TEXT, 3)
    card.arrow((209, 72), (226, 72))
    card.arrow((209, 231), (220, 231))
    x, y, radius = 366, 150, 96
    turn = np.linspace(0, 2 * np.pi, 90)
    card.axes.fill(x + radius * np.cos(turn), y + radius * np.sin(turn), color="#F2F2F2")
    card.line(x + radius * np.cos(turn), y + radius * np.sin(turn), "#BBBBBB")
    card.arrow((246, 82), (272, 108))
    card.arrow((262, 222), (278, 204))
    for angle, color in ((68, IMAGE), (50, TEXT), (-62, TEXT)):
        end = x + radius * np.cos(np.radians(angle)), y - radius * np.sin(np.radians(angle))
        card.arrow((x, y), end, color, width=3)
    card.write(384, 36, "the picture", color=IMAGE, weight="bold", align="center")
    return card
