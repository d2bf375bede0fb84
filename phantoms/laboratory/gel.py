"""Gels and blots: agarose gels, stained protein gels, western blot strips."""

import numpy as np
from PIL import Image, ImageDraw

from ..drawing import choose, colour, either, font, stretched_noise
from ..kinds import Attributes, kind

BLACK, WHITE = (0, 0, 0), (255, 255, 255)
PROTEINS = (  # with their masses in kDa
    ("β-actin", 42),
    ("GAPDH", 37),
    ("α-tubulin", 55),
    ("p-AKT", 60),
    ("AKT", 60),
    ("p-ERK1/2", 44),
    ("ERK1/2", 44),
    ("p53", 53),
    ("Bcl-2", 26),
    ("Bax", 21),
    ("caspase-3", 35),
    ("E-cadherin", 120),
    ("vimentin", 57),
    ("LC3", 16),
    ("p62", 62),
    ("cyclin D1", 36),
    ("STAT3", 88),
    ("PARP", 116),
    ("mTOR", 289),
    ("HSP70", 70),
    ("Flag", 48),
    ("HA", 30),
    ("IκBα", 39),
    ("p65", 65),
)
SAMPLES = "Ctrl|WT|KO|siRNA|Mock|Input|IP|IgG|T1|T2|Veh|Drug|NC|OE|sh1|sh2"
MASSES = (250, 130, 100, 70, 55, 35, 25, 15, 10)  # kDa
LENGTHS = (10000, 5000, 3000, 2000, 1500, 1000, 750, 500, 250, 100)  # base pairs
LATIN = str.maketrans("αβκ", "abk")  # the shipped typeface has no Greek


def texture(rng: np.random.Generator, scale: float, height: int, width: int) -> np.ndarray:
    """Smooth noise of about unit variance, (height, width), blobs `scale` pixels wide."""
    return stretched_noise(rng, scale, scale, max(height, width))[:height, :width]


def add_band(
    dye: np.ndarray, x: float, y: float, half: float, thick: float, amount: float, bow=0.0, tilt=0.0
) -> None:
    """Add one band to the dye: a soft-edged bar centred at x, y, its ends bowed down or up."""
    left, right = max(0, int(x - half * 1.4)), min(dye.shape[1], int(x + half * 1.4) + 1)
    top = max(0, int(y - 4 * thick - abs(bow)))
    bottom = min(dye.shape[0], int(y + 4 * thick + abs(bow)) + 1)
    if right <= left or bottom <= top:
        return
    across = (np.arange(left, right) - x) / half
    middle = y + bow * across**2 + tilt * across
    down = (np.arange(top, bottom)[:, None] - middle) / thick
    profile = np.exp(-np.where(down < 0, 1.3, 0.8) * down**2) * np.clip(
        (1.08 - np.abs(across)) / 0.25, 0, 1
    )
    dye[top:bottom, left:right] += amount * profile


def lane_centres(rng: np.random.Generator, lanes: int, width: int) -> tuple[np.ndarray, float]:
    """Where the lanes run and half their width."""
    margin = rng.uniform(0.01, 0.08) * width
    pitch = (width - 2 * margin) / lanes
    return margin + pitch * (np.arange(lanes) + 0.5), pitch * rng.uniform(0.32, 0.47)


def add_ladder(
    rng: np.random.Generator, dye: np.ndarray, x: float, half: float, thick: float, sag: float, bow
) -> None:
    """Add a lane of six to thirteen evenly graded sizes, two of them stronger."""
    n = int(rng.integers(6, 14))
    for k, y in enumerate(0.1 + 0.83 * np.linspace(0, 1, n) ** rng.uniform(0.6, 1.2)):
        amount = 1.3 if k in (n // 2, n // 3) else rng.uniform(0.5, 0.9)
        add_band(dye, x, y * len(dye) + sag, half, thick * 0.9, amount, bow)


def gel_dye(
    rng: np.random.Generator,
    height: int,
    width: int,
    centres: np.ndarray,
    half: float,
    protein: bool,
    ladder,
):
    """The dye, (height, width), in the lanes of one gel with a ladder in lane `ladder` (-1: none).

    Also returns what the gel shows.
    """
    dye = np.zeros((height, width), np.float32)
    thick, smile = rng.uniform(0.9, 2.6) * height / 200, rng.normal(0, 4)
    patterns = (
        "many bands|few bands|purification" if protein else "single band|few bands|many bands|smear"
    )
    content = either(rng, patterns)
    few = int(rng.integers(2, 5))
    n = {"single band": 1, "few bands": few, "purification": 3}.get(content, 14)
    common = np.sort(rng.uniform(0.12, 0.93, n))
    strengths = rng.uniform(0.2, 1, n)
    for lane, x in enumerate(centres):
        sag = smile * ((x / width - 0.5) * 2) ** 2
        bow = rng.uniform(-0.6, 0.8) * thick
        if lane == ladder:
            add_ladder(rng, dye, x, half, thick, sag, bow)
            continue
        if content == "smear":
            middle, spread = rng.uniform(0.3, 0.7) * height, rng.uniform(0.1, 0.3) * height
            add_band(dye, x, middle, half, spread, rng.uniform(0.3, 1))
        if protein and content != "few bands":
            add_band(dye, x, 0.5 * height, half, 0.4 * height, rng.uniform(0.02, 0.15))
        load = rng.uniform(0.5, 1.1) if rng.random() > 0.08 else 0.05
        for y, strength in zip(common, strengths, strict=True):
            if rng.random() < (0.15 if content == "smear" else 0.78):
                fat = thick * rng.uniform(0.6, 1.5) * (1 + strength * load)
                place = y * height + sag + rng.normal(0, 0.6)
                add_band(dye, x, place, half, fat, load * strength * rng.uniform(0.6, 1.3), bow)
        if content == "purification" and lane % 2:
            add_band(dye, x, common[1] * height + sag, half, thick * 2.2, 1.5, bow)
    return dye, content


def label_lanes(
    rng: np.random.Generator, draw: ImageDraw.ImageDraw, centres, bottom: float, size: int, fill
) -> str:
    """Write over the lanes: numbers, signs or sample names; returns which."""
    room = centres[1] - centres[0]
    style = choose(
        rng, ("numbers", "plus and minus signs", "sample names")[: 3 if room > 2 * size else 2]
    )
    rows = int(rng.integers(1, 4)) if style == "plus and minus signs" else 1
    for row in range(rows):
        for k, x in enumerate(centres):
            sample = either(rng, SAMPLES)
            text = {"numbers": str(k + 1), "sample names": sample}.get(style) or either(rng, "+|-")
            text = text if room > 3 * size else text[:2]
            draw.text(
                (x, bottom - (rows - row - 0.5) * size * 1.15),
                text,
                fill=fill,
                font=font(size),
                anchor="mm",
            )
    return style


def lamp(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """(height, width): the uneven light of a transilluminator, bright in the middle or aside."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x / width - rng.uniform(0.2, 0.8), y / height - rng.uniform(0.2, 0.8)
    return np.exp(-(x**2 + y**2) / rng.uniform(0.15, 0.8))


def in_false_colour(rng: np.random.Generator, image: np.ndarray) -> tuple[np.ndarray, str]:
    """A gray gel (h, w, 3), its levels shown as a scale of colours; and how it looks."""
    level = np.clip(image[..., 0], 0, 1)
    scales = {
        "blue to red": ((0, 0, 0.3), (0, 0.5, 1), (0.2, 0.9, 0.3), (1, 0.9, 0.1), (0.9, 0.1, 0)),
        "black to orange": ((0, 0, 0), (0.4, 0, 0.1), (0.9, 0.3, 0), (1, 0.8, 0.2), (1, 1, 0.9)),
        "violet": ((0.15, 0, 0.3), (0.3, 0.1, 0.6), (0.5, 0.3, 0.9), (0.8, 0.6, 1), (1, 0.95, 1)),
    }
    name = choose(rng, tuple(scales))
    stops = np.array(scales[name]).T
    image = np.stack([np.interp(level, np.linspace(0, 1, 5), stop) for stop in stops], axis=-1)
    return image, f"bands in false colour, {name}"


def agarose(
    rng: np.random.Generator, dye: np.ndarray, patchy, fine, inverted: bool
) -> tuple[np.ndarray, str]:
    """The gel under ultraviolet light, in gray or glowing, or inverted; and how it looks."""
    ground = rng.uniform(0.02, 0.32) + rng.uniform(0, 0.05) * patchy
    if rng.random() < 0.4:  # the gel itself glows, brighter where the lamp is
        ground = ground + rng.uniform(0.1, 0.4) * lamp(rng, *dye.shape)
    look = "bright bands on a dark background"
    if inverted:
        ground = 1 - rng.uniform(0.02, 0.2) - 0.04 * patchy
        look = "dark bands on a light background"
        field = ground - 0.85 * (1 - np.exp(-1.5 * dye))
    else:
        field = ground + (1 - ground) * (1 - np.exp(-rng.uniform(1, 2.5) * dye))
    image = np.repeat((field + rng.uniform(0.0, 0.03) * fine)[..., None], 3, axis=2)
    roll = rng.random()
    if roll < 0.06 and not inverted:
        return in_false_colour(rng, image)
    if roll < 0.22 and not inverted:  # photographed with a colour camera
        glow = colour(rng, choose(rng, ((0.02, 0.09), (0.3, 0.4), (0.6, 0.7))), (0.4, 0.9), (1, 1))
        return image * (glow + (1 - glow) * image**2), "glowing coloured bands"
    return image, look


def polyacrylamide(
    rng: np.random.Generator, dye: np.ndarray, patchy, fine, method: str
) -> tuple[np.ndarray, str]:
    """The gel stained blue, brown or gray on a light table; and how it looks."""
    blue = method == "Coomassie" and rng.random() < 0.75
    if blue:
        stain = colour(rng, (0.56, 0.7), (0.5, 0.9), (0.2, 0.6))
        look = either(rng, "blue-stained bands|Coomassie blue bands|blue protein bands")
    else:
        silver = method == "silver"
        stain = colour(rng, (0.05, 0.1), (0, 0.5 if silver else 0.05), (0.05, 0.3))
        look = (
            "brown to black silver-stained bands"
            if silver
            else "dark gray bands on a light background"
        )
    strong = blue and rng.random() < 0.3  # not yet destained
    paper = colour(
        rng,
        (0.53, 0.65) if blue else (0.08, 0.14),
        (0.2, 0.5) if strong else (0, 0.16),
        (0.6, 0.9) if strong else (0.75, 0.99),
    )
    cover = 1 - np.exp(-rng.uniform(0.9, 1.8) * np.clip(dye, 0, None))
    return paper + (stain - paper) * np.clip(cover + 0.03 * patchy + 0.02 * fine, 0, 1)[
        ..., None
    ], look


def whole_gel(rng: np.random.Generator, method: str) -> tuple[Image.Image, Attributes]:
    """A complete agarose or polyacrylamide gel, perhaps with labels around it."""
    width, height = int(rng.integers(210, 400)), int(rng.integers(200, 290))
    lanes = int(rng.integers(3, 17))
    ladder = choose(rng, (-1, 0, 0, 0, lanes - 1))
    protein = method != "agarose"
    inverted = not protein and rng.random() < 0.25
    centres, half = lane_centres(rng, lanes, width)
    dye, content = gel_dye(rng, height, width, centres, half, protein, ladder)
    if not protein and rng.random() < 0.6:
        for x in centres:  # the wells
            add_band(dye, x, 0.04 * height, half, 1.2, rng.uniform(-0.3, 0.4))
    patchy = texture(rng, rng.uniform(50, 140), height, width)
    fine = texture(rng, 2, height, width)
    if protein:
        image, look = polyacrylamide(rng, dye, patchy, fine, method)
    else:
        image, look = agarose(rng, dye, patchy, fine, inverted)
    page, labels = Image.fromarray((np.clip(image, 0, 1) * 255).astype(np.uint8)), None
    if rng.random() < 0.55:
        page, labels = with_margins(rng, page, centres, protein)
    elif rng.random() < 0.25:
        page = on_the_table(rng, page)
    side = {-1: None, 0: "left"}.get(ladder, "right")
    facts = {
        "content": content,
        "lanes": lanes,
        "ladder": side,
        "look": look,
        "labels": labels,
        "rows": 1,
    }
    return page, {"method": method, **facts}


def on_the_table(rng: np.random.Generator, gel: Image.Image) -> Image.Image:
    """The gel photographed with its edges: a little askew on a dark or bright ground."""
    ground = choose(rng, ((0, 0, 0), (15, 12, 25), (40, 20, 70), (225, 225, 230), (250, 250, 250)))
    page = Image.new("RGB", (gel.width + int(rng.integers(16, 90)), gel.height + 40), ground)
    page.paste(gel, ((page.width - gel.width) // 2, 20))
    return page.rotate(rng.uniform(-5, 5), Image.Resampling.BILINEAR, fillcolor=ground)


def with_margins(rng: np.random.Generator, gel: Image.Image, centres: np.ndarray, protein: bool):
    """The gel on a page, with lane labels above and sizes beside it.

    Also returns the style of the labels.
    """
    black = not protein and rng.random() < 0.25
    left, top = int(rng.integers(24, 46)), int(rng.integers(14, 40))
    paper, ink = (BLACK, WHITE) if black else (WHITE, BLACK)
    page = Image.new("RGB", (gel.width + left + 6, gel.height + top + 6), paper)
    page.paste(gel, (left, top))
    draw = ImageDraw.Draw(page)
    style = label_lanes(rng, draw, left + centres, top - 1, int(rng.integers(8, 13)), ink)
    sizes = MASSES if protein else LENGTHS
    n = int(rng.integers(4, len(sizes)))
    for size, y in zip(sizes[-n:], top + gel.height * np.linspace(0.12, 0.92, n), strict=True):
        draw.text((left - 7, y), str(size), fill=ink, font=font(9), anchor="rm")
        draw.line((left - 5, y, left - 1, y), fill=ink)
    draw.text((2, max(2, top - 12)), "kDa" if protein else "bp", fill=ink, font=font(9))
    return page, style


def blot_strip(
    rng: np.random.Generator,
    height: int,
    width: int,
    centres,
    half: float,
    even: bool,
    doublet,
    bare,
):
    """One strip of a blot, (height, width): one dark band or a doublet per lane, on gray `bare`."""
    dye = np.zeros((height, width), np.float32)
    for x, amount in zip(
        centres, rng.uniform(*((0.9, 1.1) if even else (0.1, 1.2)), len(centres)), strict=True
    ):
        y = height * rng.uniform(0.46, 0.54)
        fat = rng.uniform(0.06, 0.13) * min(height, 80) * (0.7 + 0.5 * amount)
        for shift in (-0.17, 0.17) if doublet else (0,):
            add_band(
                dye,
                x,
                y + shift * height,
                half,
                fat,
                2.2 * amount,
                rng.uniform(-1, 1.5),
                rng.normal(0, 0.4),
            )
    ground = bare + rng.normal(0, 0.04)
    ground = (
        ground + 0.02 * texture(rng, 30, height, width) + 0.012 * texture(rng, 2, height, width)
    )
    return np.clip(ground * np.exp(-1.4 * dye) + 0.04, 0, 1)


def cropped_rows(rng: np.random.Generator) -> tuple[Image.Image, Attributes]:
    """Rows of bands cut tightly from a blot, without a word: on white, gray, black or in colour."""
    rows, lanes = int(rng.integers(1, 5)), int(rng.integers(2, 13))
    width, gap = int(rng.integers(200, 420)), int(rng.integers(0, 7))
    strip = int(rng.uniform(204, 260) / rows - gap)
    centres, half = lane_centres(rng, lanes, width)
    look = choose(
        rng, ("dark on light", "dark on light", "dark on gray", "white on black", "colour")
    )
    bare = rng.uniform(0.35, 0.7) if look == "dark on gray" else rng.uniform(0.75, 0.98)
    said = {
        "dark on light": "dark bands on light gray strips|black bands on white",
        "dark on gray": "dark bands on a gray film|black bands on gray strips",
        "white on black": "white bands on black|inverted blot with bright bands",
        "colour": "fluorescent bands on black|infrared fluorescent blot in colour",
    }[look]
    paper = 0 if look in ("white on black", "colour") and rng.random() < 0.7 else 255
    page = Image.new("RGB", (width, rows * (strip + gap) - gap), (paper,) * 3)
    doublets = 0
    for row in range(rows):
        doublet = rng.random() < 0.2
        doublets += doublet
        even = rng.random() < 0.4
        field = blot_strip(rng, strip, width, centres, half, even, doublet, bare)
        field = np.repeat(field[..., None], 3, axis=2)
        if look in ("white on black", "colour"):
            field = 1 - field
        if look == "colour":
            hue = choose(rng, ((0.3, 0.38), (0.98, 1.02), (0.5, 0.6)))
            field = field * colour(rng, hue, (0.8, 1), (0.9, 1))
        tile = Image.fromarray((np.clip(field, 0, 1) * 255).astype(np.uint8))
        page.paste(tile, (0, row * (strip + gap)))
    facts = {"lanes": lanes, "rows": rows, "ladder": None, "labels": None, "cropped": True}
    content = "doublet bands" if doublets else "single band"
    return page, {"method": "western blot", "content": content, "look": either(rng, said), **facts}


def blot(rng: np.random.Generator) -> tuple[Image.Image, Attributes]:
    """Western blot strips: one row per protein, dark bands on light gray, names at the sides."""
    rows, lanes = int(rng.integers(1, 8)), int(rng.integers(2, 13))
    width = int(rng.integers(120, 300))
    strip = int(np.clip(230 / rows, 22, rng.uniform(30, 90)))
    named_left = rng.random() < 0.5
    gap = int(rng.integers(2, 9))
    left = int(rng.integers(64, 74) if named_left else rng.integers(4, 20))
    right = int(rng.integers(62, 76))
    used = rows * (strip + gap)
    top = int(rng.integers(6, 44)) if used > 156 else (220 - used) // 2
    page = Image.new("RGB", (width + left + right, max(200, top + used + 8)), WHITE)
    draw = ImageDraw.Draw(page)
    centres, half = lane_centres(rng, lanes, width)
    proteins = [PROTEINS[k] for k in rng.permutation(len(PROTEINS))[:rows]]
    framed, bare = rng.random() < 0.6, rng.uniform(0.72, 0.97)
    face, doublets = font(int(np.clip(strip * 0.3, 8, 11))), 0
    for row, (name, mass) in enumerate(proteins):
        y, doublet = top + row * (strip + gap), rng.random() < 0.2
        even = row == rows - 1 or rng.random() < 0.3  # the last is the loading control
        field = blot_strip(rng, strip, width, centres, half, even, doublet, bare)
        page.paste(Image.fromarray((field * 255).astype(np.uint8)), (left, y))
        if framed:
            draw.rectangle((left, y, left + width - 1, y + strip - 1), outline=BLACK)
        beside = f"{mass} kDa" if named_left else name.translate(LATIN)
        draw.text((left + width + 4, y + strip / 2), beside, fill=BLACK, font=face, anchor="lm")
        if named_left:
            draw.text(
                (left - 3, y + strip / 2), name.translate(LATIN), fill=BLACK, font=face, anchor="rm"
            )
        doublets += doublet
    labels = (
        label_lanes(rng, draw, left + centres, top - 1, int(rng.integers(8, 12)), BLACK)
        if top > 14
        else None
    )
    facts = {
        "content": "doublet bands" if doublets else "single band",
        "lanes": lanes,
        "rows": rows,
        "ladder": None,
    }
    look, names = "dark bands on light gray strips", [name for name, _ in proteins]
    return page, {
        "method": "western blot",
        **facts,
        "look": look,
        "labels": labels,
        "proteins": names,
    }


NAMES = {
    "agarose": [
        "agarose gel electrophoresis",
        "DNA gel",
        "agarose gel image",
        "PCR products on an agarose gel",
    ],
    "Coomassie": [
        "SDS-PAGE gel",
        "Coomassie-stained gel",
        "polyacrylamide gel of proteins",
        "protein gel",
    ],
    "silver": ["silver-stained SDS-PAGE gel", "silver-stained protein gel", "polyacrylamide gel"],
    "western blot": [
        "western blot",
        "immunoblot",
        "western blotting of protein expression",
        "immunoblot bands",
    ],
}
CONTENTS = {
    "single band": "single distinct bands|single bands",
    "few bands": "a few distinct bands|several discrete bands",
    "many bands": "many bands per lane|complex band pattern",
    "smear": "smeared lanes|smears rather than discrete bands",
    "purification": "a strong band enriched over the background|purified protein as one thick band",
    "doublet bands": "double bands|doublets",
}


def gel_phrases(attributes: Attributes, rng: np.random.Generator) -> list[str]:
    """What the legend of a gel or blot can say."""
    n, rows, side, labels, phrases = (
        *(attributes[key] for key in ("lanes", "rows", "ladder", "labels")),
        [],
    )
    if rows > 1:
        said = "{0} rows of bands|{0} strips, one for each protein|blots for {0} proteins"
        phrases.append(either(rng, said.format(rows)))
    if "proteins" in attributes:
        some = attributes["proteins"][:3]
        phrases.append(
            either(rng, f"bands for {', '.join(some)}|expression of {' and '.join(some)}")
        )
    phrases.append(either(rng, f"{n} lanes|samples in {n} lanes|{n} loaded lanes"))
    if side:
        said = (
            "size ladder on the {0}|molecular weight marker in the {0}most lane|"
            "{0}-hand marker lane"
        )
        phrases.append(either(rng, said.format(side)))
    phrases += [either(rng, CONTENTS[attributes["content"]]), attributes["look"]]
    if attributes.get("cropped"):
        phrases.append(either(rng, "cropped blot|tightly cut rows of bands|cropped bands"))
    if labels:
        phrases.append(either(rng, f"lanes labelled with {labels}|{labels} above the lanes"))
    return phrases


@kind(
    "laboratory",
    "gel electrophoresis",
    "gel or blot",
    "electrophoresis gel image",
    "gel electrophoresis or western blot",
    "electrophoresis",
    "protein or DNA bands",
    "bands of a gel or blot",
    "gel image with lanes and bands",
    "electrophoretic separation of DNA or proteins",
    "photograph of an electrophoresis gel",
    "molecular biology gel",
    "lanes with bands separated by size",
    "DNA gel, protein gel or immunoblot",
    "gel picture",
    "western blot or agarose gel",
    "gel documentation image",
    describe=gel_phrases,
)
def gel(rng: np.random.Generator) -> tuple[Image.Image, Attributes]:
    """Agarose gels, stained protein gels, western blot strips.

    Lanes, bands, ladder, dye and labels vary.
    """
    method = choose(
        rng, ("agarose",) * 4 + ("Coomassie",) * 3 + ("silver",) + ("western blot",) * 4
    )
    strips = method == "western blot" and rng.random() < 0.75
    if strips:
        image, attributes = cropped_rows(rng) if rng.random() < 0.35 else blot(rng)
    else:
        image, attributes = whole_gel(rng, method)
    return image, attributes | {"names": list(NAMES[method])}
