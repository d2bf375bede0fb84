"""What stands around a picture: margins, plotted axes, a viewer's frame, a slide or a page."""

import numpy as np
from PIL import Image, ImageDraw

from ..captions import SYLLABLES
from ..drawing import choose, either, font
from ..kinds import KINDS, Attributes
from .edits import Edited, moved, shifted

SCREEN_TEXT = (
    "Im: 24/120|Se: 3|WL: 40 WW: 400|Zoom: 120 %|Acq Tm: 10:42:51|512 x 512|2014-03-11|ID 40213|"
    "M 62 Y|T: 5.0 mm|L: -42.5 mm|100 kV|TR 500 TE 14|Anonymous|Series 4|Frame 1/1|Lossy 10:1"
)
FILES = ("image_{}.png", "IMG_{}.jpg", "{}.dcm", "case{}.tif", "Slide {}", "Figure {}", "scan {}")


def on_page(picture: Image.Image, attributes: Attributes, rng: np.random.Generator) -> Edited:
    """The figure as it is, or with margins, in axes, in a viewer or on a slide."""
    chart, roll = KINDS[attributes["kind"]].family == "chart", rng.random()
    if roll < 0.2:
        return with_margins(picture, attributes, rng)
    if roll < 0.26 and not chart:
        return in_axes(picture, attributes, rng)
    if roll < 0.32 and not chart:
        return in_viewer(picture, attributes, rng)
    if roll < 0.37:
        return on_slide(picture, attributes, rng)
    return picture, attributes


def paper(rng: np.random.Generator) -> tuple[int, int, int]:
    """The colour of a page: white, black, gray, or any."""
    roll = rng.random()
    if roll < 0.4:
        return (255, 255, 255)
    if roll < 0.68:
        return (0, 0, 0)
    if roll < 0.85:
        return (int(rng.integers(10, 250)),) * 3
    return tuple(int(level) for level in rng.integers(0, 256, 3))


def placed(
    picture: Image.Image, attributes: Attributes, sheet: Image.Image, x: float, y: float
) -> Edited:
    """The picture pasted on the sheet at (x, y), and its attributes there."""
    x, y = int(x), int(y)
    sheet.paste(picture, (x, y))
    return sheet, moved(attributes, shifted(x, y), sheet.size)


def with_margins(picture: Image.Image, attributes: Attributes, rng: np.random.Generator) -> Edited:
    """The figure with a margin all round, on some sides, or padded to a square or a wide page."""
    width, height = picture.size
    wide = rng.uniform(0.02, 0.1) if rng.random() < 0.6 else rng.uniform(0.1, 0.45)
    roll = rng.random()
    if roll < 0.35:  # the same on all sides
        sides = [wide * max(width, height)] * 4
    elif roll < 0.55:
        sides = [0.0] * 4
        sides[int(rng.integers(4))] = wide * max(width, height)
    elif roll < 0.75:
        sides = list(rng.uniform(0, wide, 4) * max(width, height))
    elif roll < 0.87 and width != height:  # to a square
        across, down = (max(width, height) - width) / 2, (max(width, height) - height) / 2
        sides = [across, down, across, down]
    elif rng.random() < 0.6:
        sides = [wide * width, 0.0, wide * width, 0.0]
    else:
        sides = [0.0, wide * height, 0.0, wide * height]
    left, top, right, bottom = (int(side) for side in sides)
    sheet = Image.new("RGB", (width + left + right, height + top + bottom), paper(rng))
    if rng.random() < 0.15:
        line = (left - 1, top - 1, left + width, top + height)
        ImageDraw.Draw(sheet).rectangle(line, outline=(110, 110, 110))
    return placed(picture, attributes, sheet, left, top)


def in_axes(picture: Image.Image, attributes: Attributes, rng: np.random.Generator) -> Edited:
    """The picture as a plotting program shows it: ticks in pixels, a title, a colour bar."""
    width, height = picture.size
    left, top = int(rng.integers(26, 60)), int(rng.integers(8, 40))
    right, bottom = int(rng.integers(8, 50)), int(rng.integers(20, 45))
    sheet = Image.new("RGB", (width + left + right, height + top + bottom), "white")
    draw, face = ImageDraw.Draw(sheet), font(int(rng.integers(8, 13)))
    pixels = choose(rng, (96, 128, 224, 256, 300, 512, 512, 1024))
    step = next(s for s in (20, 25, 50, 100, 200, 250) if pixels / s < 7)
    if rng.random() < 0.85:
        for value in range(0, pixels, step):
            x, y = left + value * width / pixels, top + value * height / pixels
            if x <= left + width:
                draw.line((x, top + height, x, top + height + 3), "black")
                draw.text((x, top + height + 4), str(value), "black", face, anchor="ma")
            if y <= top + height:
                draw.line((left - 4, y, left - 1, y), "black")
                draw.text((left - 6, y), str(value), "black", face, anchor="rm")
    draw.rectangle((left - 1, top - 1, left + width, top + height), outline="black")
    if top > 16 and rng.random() < 0.7:
        draw.text((left + width / 2, top - 3), words(rng, 1, 3), "black", face, anchor="mb")
    if right > 28 and rng.random() < 0.6 and picture.mode == "L":
        ramp = Image.linear_gradient("L").transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        sheet.paste(ramp.resize((10, height)), (left + width + 8, top))
        draw.rectangle((left + width + 7, top - 1, left + width + 18, top + height), outline=0)
    sheet, attributes = placed(picture, attributes, sheet, left, top)
    return sheet, attributes | {"surround": "axes"}


def in_viewer(picture: Image.Image, attributes: Attributes, rng: np.random.Generator) -> Edited:
    """A screenshot: a dark frame with a scanner's text, or a window with a title and buttons."""
    width, height = picture.size
    dark = KINDS[attributes["kind"]].family == "radiology" or rng.random() < 0.4
    shade = int(rng.integers(0, 60)) if dark else int(rng.integers(190, 250))
    pads = rng.integers(2, 60, 4) if rng.random() < 0.7 else rng.integers(0, 8, 4)
    left, right, top, bottom = (int(pad) for pad in pads)
    bar = int(rng.integers(12, 24)) if rng.random() < 0.6 else 0  # the window's title
    tools = int(rng.integers(16, 32)) if rng.random() < 0.5 else 0  # the row of buttons
    size = (width + left + right, height + top + bottom + bar + tools)
    sheet = Image.new("RGB", size, (shade,) * 3)
    draw, ink = ImageDraw.Draw(sheet), (225,) * 3 if dark else (40,) * 3
    if bar:
        tint = choose(rng, ((222, 222, 222), (60, 63, 68), (40, 90, 160), (250, 250, 250)))
        draw.rectangle((0, 0, size[0], bar - 1), fill=tint)
        text = choose(rng, FILES).format(int(rng.integers(1, 999)))
        over = (20, 20, 20) if sum(tint) > 380 else (240, 240, 240)
        draw.text((6, bar / 2), text, over, font(max(bar - 8, 8)), anchor="lm")
        for k in range(3):
            x = size[0] - 8 - 13 * k
            draw.ellipse((x - 4, bar / 2 - 4, x + 4, bar / 2 + 4), fill=(200, 90 + 50 * k, 80))
    x = 6
    while tools and x + tools < size[0]:
        fill = tuple(int(level) for level in rng.integers(60, 230, 3))
        draw.rounded_rectangle((x, bar + 4, x + tools - 8, bar + tools - 4), 3, outline=ink)
        draw.ellipse((x + 4, bar + 8, x + tools - 12, bar + tools - 8), fill=fill)
        x += int(tools * choose(rng, (1, 1, 1, 2)))
    sheet, attributes = placed(picture, attributes, sheet, left, top + bar + tools)
    if dark and rng.random() < 0.8:
        screen_text(draw, size, bar + tools, rng)
    return sheet, attributes | {"surround": "viewer"}


def screen_text(draw: ImageDraw.ImageDraw, size: tuple[int, int], top: int, rng) -> None:
    """Lines of text in the corners of a viewer, over picture and frame."""
    ink = choose(rng, ((235, 235, 235), (235, 235, 235), (240, 220, 90), (120, 220, 120)))
    pitch = int(rng.integers(9, 13))
    for x, y, anchor in (
        (4, top + 3, "la"),
        (size[0] - 4, top + 3, "ra"),
        (4, size[1] - 3, "ld"),
        (size[0] - 4, size[1] - 3, "rd"),
    ):
        for line in range(int(rng.integers(0, 4))):
            step = line * pitch if anchor[1] == "a" else -line * pitch
            text = either(rng, SCREEN_TEXT)
            draw.text((x, y + step), text, ink, font(pitch - 1), anchor=anchor)


def on_slide(picture: Image.Image, attributes: Attributes, rng: np.random.Generator) -> Edited:
    """The figure on a lecture slide or a printed page: a title, the picture, lines of text."""
    width, height = picture.size
    ground = choose(rng, ((255, 255, 255),) * 4 + ((16, 28, 70), (0, 0, 0), (246, 240, 225)))
    ink = (60, 60, 60) if sum(ground) > 400 else (225, 225, 225)
    head, foot = int(rng.integers(18, 46)), int(rng.integers(6, 40))
    beside = int(width * rng.uniform(0.3, 0.8)) if rng.random() < 0.4 else int(rng.integers(6, 30))
    edge = int(rng.integers(6, 30))
    sheet = Image.new("RGB", (width + beside + edge, height + head + foot), ground)
    draw = ImageDraw.Draw(sheet)
    big, small = font(int(rng.integers(12, max(head - 5, 14)))), font(int(rng.integers(7, 11)))
    title = fitting(draw, words(rng, 2, 5).capitalize(), big, sheet.width - edge)
    draw.text((edge, head / 2), title, ink, big, anchor="lm")
    on_left = rng.random() < 0.6
    text_at = edge + width + 8 if on_left else edge
    y = head + 4
    while beside > 60 and y < head + height - 12:
        line = fitting(draw, words(rng, 1, 4), small, beside - 14)
        draw.text((text_at, y), line, ink, small)
        y += int(rng.integers(12, 26))
    for k in range((foot - 4) // 12):
        draw.text((edge, head + height + 3 + 12 * k), words(rng, 5, 9), ink, small)
    x = edge if on_left or beside <= 60 else beside
    sheet, attributes = placed(picture, attributes, sheet, x, head)
    return sheet, attributes | {"surround": "slide"}


def fitting(draw: ImageDraw.ImageDraw, text: str, face, width: float) -> str:
    """The text without the last words that would not fit into the width."""
    while draw.textlength(text, face) > width and " " in text:
        text = text.rsplit(" ", 1)[0]
    return text


def words(rng: np.random.Generator, least: int, most: int) -> str:
    """Words that mean nothing, as many as from `least` to `most`."""
    count = int(rng.integers(least, most + 1))
    return " ".join(
        "".join(choose(rng, SYLLABLES) for _ in range(int(rng.integers(1, 4))))
        for _ in range(count)
    )
