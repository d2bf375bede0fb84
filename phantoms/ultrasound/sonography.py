"""What sonograms are drawn with: beam geometry, echoes, shadows, structures, speckle, screen."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import map_coordinates

from ..drawing import (
    SIZE,
    X,
    Y,
    blend,
    choose,
    either,
    ellipse,
    font,
    fractal,
    mask,
    soft,
    stretched_noise,
    unit_vector,
)

Box = tuple[int, int, int, int]
Ink = tuple[int, int, int] | int
SCREEN_WORDS = (
    "ABDOMEN|LIVER|OB/GYN|MSK|CARDIAC|SMALL|PARTS|GEN|MI|1.2|TIs|0.4|C5-1|L12-3|FR|28Hz|12.0cm|"
    "2D|64%|P|Low|R|HD|PEN|Gn 48|DR 60|4.0 MHz|HAR|Dist 1.84 cm|Area 2.6 cm2|LT LOBE|RT SAG|"
    "TRANS|LONG|12:41:07|Map 3|Breast|Thyroid|Vasc|Frq 8.0|AP 97%"
)
INKS = ((220, 220, 220), (255, 255, 255), (120, 200, 230), (230, 210, 90), (110, 220, 130))
PROBES = {
    "curved": "curved array sector|convex probe|curvilinear transducer",
    "linear": "linear array|high-frequency linear probe|rectangular linear-probe field",
    "sector": "phased-array sector|sector probe|fan-shaped field",
    "wide": "wide endocavitary sector|transvaginal-type sector|endocavity probe",
    "crop": "cropped field|close-up without screen margins|cropped region of interest",
}


def ridge(distance: np.ndarray, width: float) -> np.ndarray:
    """1 where the distance is 0, falling to nothing on both sides: a line about `width` wide."""
    return np.exp(-((distance / width) ** 2))


@dataclass
class Scan:
    """A scan in the making: where each pixel lies in the beam, and how much it echoes."""

    rng: np.random.Generator
    geometry: str
    depth: np.ndarray  # (S, S): 0 at the probe, 1 at the bottom of the fan
    beam: np.ndarray  # (S, S): -1 … 1 across the beams
    inside: np.ndarray  # (S, S): 1 within the fan
    # Centre x, top, half width and height of the useful part, in pixels.
    place: tuple[float, float, float, float]
    echo: np.ndarray  # (S, S)
    box: Box | None = None  # of the finding

    def at(self, u: float, v: float) -> tuple[float, float]:
        """The pixel at u (-1 … 1 across) and v (0 … 1 down) of the useful part."""
        cx, top, half, height = self.place
        return cx + u * half, top + v * height

    def oval(
        self, u: float, v: float, a: float, b: float, angle: float = 0.0, rough: float = 0.035
    ) -> np.ndarray:
        """An uneven ellipse (see drawing.ellipse), half axes a and b in fractions of the height."""
        field = ellipse(*self.at(u, v), a * self.place[3], b * self.place[3], angle)
        return field + rough * stretched_noise(self.rng, 30, 30)

    def fill(
        self, shape: np.ndarray, level: float, edge: float = 0.1, texture: float = 0.0
    ) -> None:
        """Give the inside of a shape a level of echo."""
        over = level + texture * (fractal(self.rng, 24) - 0.5) if texture else level
        self.echo = blend(self.echo, over, soft(shape, 1, edge))

    def put(self, where: np.ndarray, level: np.ndarray | float) -> None:
        """Replace the echoes of some pixels."""
        self.echo = np.where(where, level, self.echo)

    def brighten(self, echo: np.ndarray) -> None:
        """Add echoes where they are stronger than what is there."""
        self.echo = np.maximum(self.echo, echo)

    def rim(self, shape: np.ndarray, level: float, width: float = 0.06) -> None:
        """A bright wall: strongest where it lies across the beam, as specular echoes are."""
        across = np.abs(np.gradient(shape, axis=0)) / (np.hypot(*np.gradient(shape)) + 1e-6)
        self.brighten(level * (ridge(shape - 1, width) * (0.35 + 0.65 * across)))

    def pixels(self, shape: np.ndarray, edge: float = 1) -> tuple[np.ndarray, np.ndarray]:
        """Rows and columns of the visible pixels of a shape."""
        return np.nonzero((shape < edge) & (self.inside > 0.5))

    def behind(self, shape: np.ndarray, gain: float) -> None:
        """Multiply what lies deeper than a shape: shadow (gain < 1), enhancement (gain > 1)."""
        where = self.pixels(shape)
        if not len(where[0]):
            return
        low, high = np.percentile(self.beam[where], (3, 97))
        across = np.clip((high - self.beam) / 0.03, 0, 1) * np.clip((self.beam - low) / 0.03, 0, 1)
        deeper = np.clip((self.depth - np.median(self.depth[where])) / 0.04, 0, 1)
        self.echo = self.echo * (1 + (gain - 1) * across * deeper)

    def mark(self, shape: np.ndarray) -> None:
        """Remember the bounding box of the finding."""
        ys, xs = self.pixels(shape)
        if len(ys):
            self.box = (int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1)


def new_scan(rng: np.random.Generator, geometry: str) -> Scan:
    """An empty scan of uneven tissue in the given geometry.

    `crop` is a rectangle cut out of a scan.
    """
    cx, top = SIZE / 2 + rng.normal(0, 6), rng.uniform(6, 30)
    height = SIZE - top - rng.uniform(4, 30)
    if geometry == "crop":
        cx, top, half, height = SIZE / 2, -2.0, SIZE / 2, SIZE + 6.0
    elif geometry == "linear":
        half = rng.uniform(85, 122)
        height = height * rng.uniform(0.75, 1)
    if geometry in ("crop", "linear"):
        depth, beam = (Y - top) / height, (X - cx) / half + 0 * Y
    else:
        angle = rng.uniform(
            *{"curved": (0.5, 0.75), "sector": (0.6, 0.8), "wide": (0.95, 1.3)}[geometry]
        )
        spill = rng.uniform(0.9, 1.15) if rng.random() < 0.65 else rng.uniform(1.2, 1.7)
        near = height * {"curved": rng.uniform(0.25, 0.7), "sector": 0.02, "wide": 0.16}[geometry]
        apex = top - near * np.cos(angle)
        angle = min(angle, float(np.arcsin(min(1.0, 127 / (near + height))) * spill))
        far = height + near * np.cos(angle)
        depth = (np.hypot(X - cx, Y - apex) - near) / (far - near)
        beam = np.arctan2(X - cx, Y - apex) / angle
        half = min(120, (near + 0.62 * (far - near)) * np.sin(angle))
    inside = (
        np.clip((1 - np.abs(beam)) * 60, 0, 1)
        * np.clip(depth * 80, 0, 1)
        * np.clip((1 - depth) * 80, 0, 1)
    )
    inside = np.ones((SIZE, SIZE)) if geometry == "crop" else inside
    echo = rng.uniform(0.2, 0.5) + rng.uniform(0.1, 0.5) * (fractal(rng, rng.uniform(16, 60)) - 0.5)
    if rng.random() < 0.5:
        echo = echo + rng.uniform(0.1, 0.4) * septa(rng, rng.uniform(30, 80), rng.uniform(8, 30))
    return Scan(rng, geometry, depth, beam, inside, (cx, top, half, height), echo)


def septa(rng: np.random.Generator, wide: float, high: float) -> np.ndarray:
    """(S, S) in 0 … 1: the thin bright sheets between lobules, `wide` by `high` pixels each."""
    sheets = ridge(stretched_noise(rng, wide, high), rng.uniform(0.08, 0.2))
    return sheets * np.clip(0.5 + 0.5 * stretched_noise(rng, 50, 20), 0, 1)


def wall_layers(scan: Scan, thickness: float, n: int) -> None:
    """Skin, fat and fascia: uneven bands under the probe."""
    uniform, depth = scan.rng.uniform, scan.depth + 0.02 * stretched_noise(scan.rng, 60, 200)
    for k, edge in enumerate(np.sort(uniform(0.02, thickness, n))):
        level = uniform(0.15, 0.5) if k % 2 else uniform(0.35, 0.6)
        scan.put((depth < edge + 0.01) & (depth > edge - thickness / n), level)
        fascia = ridge(depth - edge, 0.009) * (0.6 + 0.4 * stretched_noise(scan.rng, 20, 6))
        scan.brighten(uniform(0.5, 0.85) * fascia)


def vessels(scan: Scan, n: int, width: tuple[float, float]) -> None:
    """Dark winding vessels through an organ."""
    rng, paths = scan.rng, []
    for _ in range(n):
        path = [np.array(scan.at(*rng.uniform((-0.8, 0.25), (0.8, 0.85))))]
        turn = rng.uniform(0, 2 * np.pi)
        for _ in range(int(rng.integers(5, 14))):
            turn += rng.normal(0, 0.25)
            path.append(path[-1] + 8 * unit_vector(turn))
        paths.append((path, rng.uniform(*width)))

    def paint(draw: ImageDraw.ImageDraw, s: int) -> None:
        for path, wide in paths:
            for k, (a, b) in enumerate(pairwise(path)):
                draw.line(
                    [*(a * s), *(b * s)], 255, max(2, round(wide * s * (1 - 0.6 * k / len(path))))
                )

    scan.echo = blend(scan.echo, 0.05, mask(paint))


def lesion(scan: Scan, u: float, v: float, size: float, kinds: tuple[str, ...]) -> str:
    """A focal lesion at (u, v), of one of the given kinds; returns which."""
    rng, uniform, what = scan.rng, scan.rng.uniform, choose(scan.rng, kinds)
    shape = scan.oval(
        u, v, size * uniform(0.9, 1.4), size * uniform(0.7, 1), uniform(-0.5, 0.5), 0.05
    )
    if what == "cyst":
        scan.fill(shape, 0.02, 0.06)
        scan.rim(shape, 0.6)
        scan.behind(shape, uniform(1.2, 1.6))
    elif what == "calculus":
        shape = scan.oval(u, v, 0.04, 0.025, 0, 0.1)
        scan.behind(shape, uniform(0.05, 0.3))
        scan.fill(shape, 1.0, 0.4)
    elif what == "hyperechoic nodule":
        scan.fill(shape, uniform(0.6, 0.75), 0.15, 0.15)
    elif what == "irregular hypoechoic mass":
        shape = shape + 0.22 * stretched_noise(rng, 9, 9)
        scan.fill(shape, uniform(0.1, 0.2), 0.25, 0.2)
        scan.behind(shape, uniform(0.4, 0.8))
    else:
        scan.fill(shape, uniform(0.12, 0.24), 0.12, 0.15)
        if rng.random() < 0.5:
            scan.rim(shape, uniform(0.4, 0.7), 0.08)
    scan.mark(shape)
    return what


def speckled(scan: Scan) -> np.ndarray:
    """The picture (S, S) that the echoes give: grains as long as the pulse, as wide as the beam."""
    rng, n = scan.rng, 320
    grain, ratio = rng.uniform(2.0, 4.5), rng.uniform(1.4, 3.5)
    rayleigh = np.hypot(*(stretched_noise(rng, grain * ratio, grain, n) for _ in range(2)))
    patchy = 1 + rng.uniform(0.05, 0.3) * stretched_noise(rng, 22, 9, n)
    streaky = rng.uniform(0, 0.15) * stretched_noise(rng, 12, 400, n)
    rayleigh = np.clip(rayleigh * (patchy + streaky), 0, None)
    where = np.clip(scan.depth, 0, 1) * (n - 1), np.clip(scan.beam * 0.499 + 0.5, 0, 1) * (n - 1)
    grains = map_coordinates(rayleigh, where, order=1, mode="nearest")
    gain = 1 + rng.uniform(-0.95, 0.1) * np.clip(scan.depth, 0, 1) ** rng.uniform(1, 3)
    if rng.random() < 0.4:  # poor contact and shadows darken some of the beams
        drop = stretched_noise(rng, rng.uniform(20, 70), 400, n)[0]
        across = where[1].astype(np.intp)
        gain = gain * (1 - rng.uniform(0.2, 0.7) * np.clip(drop - 0.4, 0, 1)[across])
    gain += rng.uniform(0, 0.15) * np.cos(scan.depth * rng.uniform(5, 14) + rng.uniform(0, 6))
    field = np.clip(scan.echo, 0, 1.3) * gain * rng.uniform(0.5, 1.3)
    field = field * (grains + 0.12) ** rng.uniform(0.12, 0.8)
    field = field + rng.uniform(0, 0.04) * grains
    near = np.exp(-scan.depth / rng.uniform(0.01, 0.03)) * rng.uniform(0, 0.5)
    return np.clip(field + near, 0, 1) ** rng.uniform(0.75, 1.25)


def screen(scan: Scan, field: np.ndarray) -> np.ndarray:
    """The fan on the scanner's black (or gray) screen."""
    rng = scan.rng
    margin = rng.uniform(0.0, 0.03) if rng.random() < 0.8 else rng.uniform(0.05, 0.35)
    return blend(np.full((SIZE, SIZE), margin, np.float32), field, scan.inside)


def furniture(draw: ImageDraw.ImageDraw, scan: Scan, ink: Ink, gray_bar: bool = True) -> None:
    """Depth ticks, gray bar, focus mark, texts, picked by chance."""
    rng = scan.rng
    cx, top, half, height = scan.place
    if rng.random() < 0.6:
        beside = scan.geometry == "linear"
        x = min(SIZE - 3, cx + half + rng.uniform(3, 14)) if beside else SIZE - rng.uniform(3, 14)
        step = height / rng.integers(4, 16)
        for k in range(int(height / step) + 1):
            draw.line((x - (2 if k % 5 else 5), top + k * step, x, top + k * step), ink)
    if gray_bar and rng.random() < 0.45:
        x, y, tall = choose(rng, (3, SIZE - 11)), rng.uniform(8, 60), rng.uniform(40, 110)
        for k in range(int(tall)):
            level = int(255 * (1 - k / tall))
            draw.line((x, y + k, x + 6, y + k), level if isinstance(ink, int) else (level,) * 3)
    if rng.random() < 0.4:
        y = top + height * rng.uniform(0.3, 0.8)
        draw.polygon([(SIZE - 8, y), (SIZE - 3, y - 3), (SIZE - 3, y + 3)], fill=ink)
    if rng.random() < 0.4:
        draw.ellipse(
            (cx - half * 0.5 - 5, top - 4, cx - half * 0.5 + 3, top + 4), outline=ink, width=2
        )
    for x, y, lines in ((3, 2, 5), (SIZE - 52, 2, 5), (4, SIZE - 34, 3), (SIZE - 70, SIZE - 26, 2)):
        if rng.random() < 0.35:
            size = int(rng.integers(7, 11))
            for k in range(int(rng.integers(1, lines + 1))):
                text = " ".join(either(rng, SCREEN_WORDS) for _ in range(int(rng.integers(1, 3))))
                draw.text((x, y + k * (size + 1)), text, fill=ink, font=font(size))


def on_screen(
    image: Image.Image, box: Box | None, rng: np.random.Generator
) -> tuple[Image.Image, Box | None]:
    """The picture on the wide dark screen of a scanner, texts at its edges, and the moved box."""
    ink = choose(rng, INKS)
    width, height = (
        int(side * rng.uniform(*span))
        for side, span in zip(image.size, ((1.15, 1.6), (1.0, 1.25)), strict=True)
    )
    x, y = int(rng.integers(0, width - image.width)), (height - image.height) * 2 // 3
    tone = int(choose(rng, (0, 0, 0, 8, 30)))
    page = Image.new("RGB", (width, height), (tone,) * 3)
    page.paste(image, (x, y))
    draw, size = ImageDraw.Draw(page), int(rng.integers(8, 13))
    column = 4 if x > width - image.width - x else x + image.width + 4
    start = height * rng.uniform(0.05, 0.3)
    for k in range(int(rng.integers(2, 9))):
        draw.text(
            (column, start + k * (size + 3)), either(rng, SCREEN_WORDS), fill=ink, font=font(size)
        )
    if y > 12:
        line = "   ".join(either(rng, SCREEN_WORDS) for _ in range(int(rng.integers(2, 7))))
        draw.text((6, 2), line, fill=ink, font=font(min(size, y)))
    return page, box and (box[0] + x, box[1] + y, box[2] + x, box[3] + y)


def trim(
    image: Image.Image, box: Box | None, rng: np.random.Generator
) -> tuple[Image.Image, Box | None]:
    """The picture, sometimes cut to another aspect, and what is left of the finding's box."""
    left = top = 0
    if rng.random() >= 0.6:
        cut, tall = int(rng.integers(10, 56)), rng.random() < 0.35
        off = int(rng.integers(0, cut))
        left, top, width, height = (
            (off, 0, SIZE - cut, SIZE) if tall else (0, off, SIZE, SIZE - cut)
        )
        image = image.crop((left, top, left + width, top + height))
    if box is None:
        return image, None
    x0, x1 = (int(np.clip(x - left, 0, image.width)) for x in (box[0], box[2]))
    y0, y1 = (int(np.clip(y - top, 0, image.height)) for y in (box[1], box[3]))
    return image, (x0, y0, x1, y1) if x1 - x0 > 3 and y1 - y0 > 3 else None
