"""From a drawing to a published figure: edits, marks, panels, page, tone, blur, compression."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from .captions import caption
from .drawing import choose, font, unit_vector
from .kinds import KINDS, Attributes
from .publishing.edits import boxes, edited, moved, shifted
from .publishing.page import on_page, paper

LETTERS = "ABCDEFGH"
BARS = ("10 µm", "20 µm", "50 µm", "100 µm", "200 µm", "500 µm", "1 mm")
FINE_BARS = ("50 nm", "100 nm", "200 nm", "500 nm", "1 µm", "2 µm", "5 µm")


@dataclass(frozen=True)
class Phantom:
    """A synthetic figure: the picture, one caption, and the ground truth from which both were made.

    `attributes["kind"]` is the label; `attributes["box"]`, where there is a localised finding, is
    its (left, top, right, bottom) in pixels of `picture`. `attributes["drawing"]` is the same for
    the whole drawing, parts of which may be cut off.
    """

    picture: Image.Image
    caption: str
    attributes: Attributes

    @property
    def kind(self) -> str:
        """The label of the kind, a key of `KINDS`."""
        return self.attributes["kind"]


def phantom(seed: int, index: int, kind: str | None = None, **asked) -> Phantom:
    """Figure number `index` of the endless series `seed`, of a random kind unless one is named.

    The same arguments give the same figure, to the pixel. `asked` is what the kind's drawing can be
    told: a "chest X-ray" takes `findings=("pleural effusion", "cardiomegaly")`, several or none.
    Raises KeyError for a kind that is not in `KINDS`.
    """
    rng = np.random.default_rng([seed, index])
    if kind is None:
        kind = choose(rng, sorted(KINDS))
    picture, attributes = publish(kind, rng, **asked)
    return Phantom(picture, caption(attributes, rng), attributes)


def publish(kind: str, rng: np.random.Generator, **asked) -> tuple[Image.Image, Attributes]:
    """A picture of this kind as an article would print it, and its attributes."""
    picture, attributes = drawn(kind, rng, **asked)
    if rng.random() < 0.04:
        second, other = drawn(kind, rng, **asked)
        scale = min(picture.height, second.height) / picture.height
        picture = beside(picture, second)
        attributes = moved(attributes, shifted(0, 0, scale), picture.size)
        attributes["second_panel"] = other
    picture, attributes = cropped(picture, attributes, rng)
    picture, attributes = on_page(picture, attributes, rng)
    return captured(picture, rng, chart=KINDS[kind].family == "chart"), attributes


def drawn(kind: str, rng: np.random.Generator, **asked) -> tuple[Image.Image, Attributes]:
    """One panel: the drawing, perhaps edited, with the marks that authors put on it."""
    picture, attributes = KINDS[kind].draw(rng, **asked)
    attributes = {"kind": kind, **attributes, "drawing": [0, 0, *picture.size]}
    picture, attributes = edited(picture, attributes, rng)
    return marked(picture, attributes, rng)


def marked(
    picture: Image.Image, attributes: Attributes, rng: np.random.Generator
) -> tuple[Image.Image, Attributes]:
    """The panel with, sometimes, an arrow at the finding, a scale bar, a letter in the corner."""
    family = KINDS[attributes["kind"]].family
    box = attributes.get("box")
    bar = family in ("microscopy", "histology") and rng.random() < 0.3
    arrow = box is not None and family != "chart" and rng.random() < 0.3
    letter = rng.random() < 0.12
    if not (bar or arrow or letter):
        return picture, attributes
    picture = (
        picture.copy() if picture.mode == "RGB" or rng.random() < 0.7 else picture.convert("RGB")
    )
    draw = ImageDraw.Draw(picture)
    attributes = dict(attributes)
    if arrow:
        attributes["arrow"] = draw_arrow(draw, picture, box, rng)
    if bar:
        fine = attributes["kind"] == "electron microscopy"
        attributes["scale_bar"] = draw_scale_bar(
            draw, picture, choose(rng, FINE_BARS if fine else BARS), rng
        )
    if letter:
        attributes["panel"] = draw_letter(draw, picture, rng)
    return picture, attributes


def ink(picture: Image.Image, x: float, y: float, rng: np.random.Generator):
    """A colour that is seen on the picture at (x, y)."""
    x, y = (min(max(int(v), 0), side - 1) for v, side in zip((x, y), picture.size, strict=True))
    level = np.mean(picture.getpixel((x, y)))
    plain = 0 if level > 140 else 255
    if picture.mode == "L":
        return plain
    return choose(rng, ((plain,) * 3, (plain,) * 3, (plain,) * 3, (255, 230, 0), (230, 30, 30)))


def draw_arrow(
    draw: ImageDraw.ImageDraw, picture: Image.Image, box, rng: np.random.Generator
) -> str:
    """Draw an arrow, arrowhead, asterisk or circle at the box; return its name."""
    left, top, right, bottom = box
    cx, cy = (left + right) / 2, (top + bottom) / 2
    angle = rng.uniform(0, 2 * np.pi)
    along = unit_vector(angle)
    across = np.array([-along[1], along[0]])
    tip = np.array([cx, cy]) + along * min(max(right - left, bottom - top) / 2, 45)
    fill = ink(picture, *tip, rng)
    style = choose(rng, ("arrow", "arrow", "arrowhead", "asterisk", "circle"))
    size = rng.uniform(7, 13)
    if style == "circle":
        draw.ellipse(
            (left - 4, top - 4, right + 4, bottom + 4), outline=fill, width=int(rng.integers(1, 4))
        )
    elif style == "asterisk":
        draw.text(tuple(tip), "*", fill=fill, font=font(int(2.5 * size)), anchor="mm")
    else:
        head = (0 * along, size * (along + across / 2), size * (along - across / 2))
        draw.polygon([tuple(tip + corner) for corner in head], fill)
        if style == "arrow":
            draw.line(
                [tuple(tip + size * along), tuple(tip + 3 * size * along)],
                fill,
                int(rng.integers(2, 4)),
            )
    return style


def draw_scale_bar(
    draw: ImageDraw.ImageDraw, picture: Image.Image, text: str, rng: np.random.Generator
) -> str:
    """Draw a scale bar near a lower corner, sometimes with its length above; return the length."""
    width, height = picture.size
    length, thick = width * rng.uniform(0.1, 0.3), int(rng.integers(2, 6))
    x = choose(rng, (width * 0.05, width * 0.95 - length))
    y = height * rng.uniform(0.9, 0.96)
    fill = ink(picture, x, y, rng)
    draw.rectangle((x, y, x + length, y + thick), fill=fill)
    if rng.random() < 0.5:
        draw.text(
            (x + length / 2, y - 2),
            text,
            fill=fill,
            font=font(int(rng.integers(9, 15))),
            anchor="mb",
        )
    return text


def draw_letter(draw: ImageDraw.ImageDraw, picture: Image.Image, rng: np.random.Generator) -> str:
    """Draw a panel letter in an upper corner, sometimes on a patch; return it."""
    letter = choose(rng, LETTERS[:4] if rng.random() < 0.7 else LETTERS)
    text = choose(rng, ("{}", "{}", "({})", "{}.")).format(
        letter if rng.random() < 0.6 else letter.lower()
    )
    x = picture.width * choose(rng, (0.03, 0.03, 0.9))
    y = picture.height * 0.03
    size = int(rng.integers(14, 30))
    fill = ink(picture, x, y, rng)
    if rng.random() < 0.3:
        patch, fill = (255, 0) if rng.random() < 0.7 else (0, 255)
        patch, fill = ((v,) * len(picture.getbands()) for v in (patch, fill))
        draw.rectangle(draw.textbbox((x, y), text, font(size)), fill=patch)
    draw.text((x, y), text, fill=fill, font=font(size))
    return letter


def beside(first: Image.Image, second: Image.Image) -> Image.Image:
    """Two panels in one figure, side by side on white."""
    height = min(first.height, second.height)
    panels = [
        p.convert("RGB").resize((p.width * height // p.height, height)) for p in (first, second)
    ]
    sheet = Image.new("RGB", (panels[0].width + panels[1].width + 6, height), "white")
    sheet.paste(panels[0], (0, 0))
    sheet.paste(panels[1], (panels[0].width + 6, 0))
    return sheet


def cropped(
    picture: Image.Image, attributes: Attributes, rng: np.random.Generator
) -> tuple[Image.Image, Attributes]:
    """The figure cut a little, or set on a page with a margin.

    The boxes of findings move along and are never cut off.
    """
    width, height = picture.size
    left, top, right, bottom = (0, 0, width, height)
    roll = rng.random()
    if roll < 0.25:
        left, right = sorted((rng.uniform(0, 0.12) * width, rng.uniform(0.88, 1) * width))
        top, bottom = sorted((rng.uniform(0, 0.12) * height, rng.uniform(0.88, 1) * height))
    elif roll < 0.33:
        margin = rng.uniform(0.02, 0.1) * width
        left, top, right, bottom = -margin, -margin, width + margin, height + margin
    else:
        return picture, attributes
    for box in boxes(attributes):
        left, top = min(left, box[0]), min(top, box[1])
        right, bottom = max(right, box[2]), max(bottom, box[3])
    left, top, right, bottom = (int(v) for v in (left, top, right, bottom))
    page = Image.new("RGB", (right - left, bottom - top), choose(rng, ("white", paper(rng))))
    page.paste(picture, (-left, -top))
    return page, moved(attributes, shifted(-left, -top), page.size)


def captured(picture: Image.Image, rng: np.random.Generator, chart: bool) -> Image.Image:
    """The figure after camera or scanner, editing and the journal's compression."""
    if rng.random() < (0.2 if chart else 0.7):
        picture = ImageEnhance.Brightness(picture).enhance(rng.uniform(0.75, 1.2))
        picture = ImageEnhance.Contrast(picture).enhance(rng.uniform(0.75, 1.3))
    if picture.mode == "RGB" and not chart and rng.random() < 0.4:
        picture = ImageEnhance.Color(picture).enhance(rng.uniform(0.5, 1.5))
    if rng.random() < 0.35:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.7 if chart else 1.3)))
    elif rng.random() < 0.2:
        picture = picture.filter(ImageFilter.UnsharpMask(1.5, int(rng.uniform(50, 200)), 2))
    if not chart and rng.random() < 0.3:
        size = picture.size
        small = [int(side * rng.uniform(0.45, 0.9)) for side in size]
        picture = picture.resize(small, Image.Resampling.BILINEAR).resize(
            size, Image.Resampling.BICUBIC
        )
    if rng.random() < (0.02 if chart else 0.05):  # from a thumbnail
        size, small = picture.size, rng.uniform(0.18, 0.4)
        picture = picture.reduce(round(1 / small)).resize(size, Image.Resampling.BICUBIC)
    if not chart and rng.random() < 0.3:
        pixels = np.asarray(picture, dtype=np.float32)
        grain = rng.standard_normal(pixels.shape, dtype=np.float32) * rng.uniform(1, 9)
        picture = Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))
    if rng.random() < 0.5:
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=int(rng.integers(12 if rng.random() < 0.15 else 30, 95)))
        picture = Image.open(file)
        picture.load()
    return picture if picture.mode == "RGB" else picture.convert("RGB")
