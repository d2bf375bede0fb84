"""Fluorescence micrographs: labelled cells, tissues and organisms that glow on black."""

import numpy as np
from PIL import Image

from ..drawing import (
    SIZE,
    X,
    Y,
    blur,
    choose,
    colour,
    either,
    fibres,
    filled,
    fractal,
    noise,
    picture,
    stretched_noise,
)
from ..kinds import Attributes, kind
from .fluorescent_labels import MARKERS, PHASES, chromatin, chromosomes, spindle, stained
from .micrograph import (
    cells_of,
    counted,
    haze,
    lines,
    oval,
    ovals,
    sampled,
    scatter,
    thinned,
    walks,
)

# The channels, that of the nuclei first, and what they show.
Scene = tuple[list[np.ndarray], Attributes]


def around(points: np.ndarray) -> tuple[float, ...]:
    """The bounding box of the points, as far as it is in the picture."""
    low, high = np.clip(points.min(axis=0), 0, SIZE), np.clip(points.max(axis=0), 0, SIZE)
    return tuple(round(float(v), 1) for v in (*low, *high))


def nuclei(rng: np.random.Generator) -> Scene:
    """Nuclei alone, from hundreds of small ones to one that fills the picture.

    Some may be in mitosis.
    """
    radius = float(np.exp(rng.uniform(np.log(2.5), np.log(75))))
    points = thinned(rng, scatter(rng, radius * rng.uniform(2.3, 5)), 0.3, 1)
    if radius > 45 or len(points) == 1:
        points = points[:1] * 0.3 + SIZE * 0.35
    if not (rng.random() < 0.4 and 6 < radius < 45):
        return [chromatin(rng, points, radius)], {"nuclei": len(points), "structure": "nuclei"}
    phase, centre = choose(rng, PHASES), rng.uniform(0.25, 0.75, 2) * SIZE
    field, where, _ = chromosomes(rng, phase, centre, radius)
    others = points[np.hypot(*(points - centre).T) > radius * 2.4]
    if len(others):
        field = np.maximum(chromatin(rng, others, radius) * 0.8, field)
    return [field], {
        "nuclei": len(others) + 1,
        "structure": "nuclei",
        "mitosis": phase,
        "box": around(where),
    }


def division(rng: np.random.Generator) -> Scene:
    """One dividing cell: chromosomes, spindle and perhaps the cell's cortex."""
    radius, centre = rng.uniform(22, 60), rng.uniform(0.4, 0.6, 2) * SIZE
    phase = choose(rng, PHASES)
    field, where, angle = chromosomes(rng, phase, centre, radius)
    channels = [field, spindle(rng, centre, radius, angle)]
    if rng.random() < 0.4:
        channels.append(stained(rng, choose(rng, ("cytoplasm", "membrane")), centre[None], radius))
    return channels, {
        "nuclei": 1,
        "structure": "mitotic spindle",
        "mitosis": phase,
        "box": around(where),
    }


def cultured_cells(rng: np.random.Generator) -> Scene:
    """Cultured cells: nuclei, and one or two structures of the cytoplasm."""
    radius = float(np.exp(rng.uniform(np.log(5), np.log(42))))
    points = thinned(rng, scatter(rng, radius * rng.uniform(3, 5)), 0.4, 1)
    first, second = rng.permutation(len(MARKERS))[:2]
    channels = [chromatin(rng, points, radius), stained(rng, MARKERS[first], points, radius)]
    if rng.random() < 0.4:
        channels.append(stained(rng, MARKERS[second], points, radius))
    return channels, {"nuclei": len(points), "structure": MARKERS[first]}


def tissue(rng: np.random.Generator) -> Scene:
    """A tissue section: crowded nuclei in layers or tubules, stained cells, fibres in between."""
    radius = rng.uniform(2.5, 7)
    points = scatter(rng, radius * rng.uniform(2.1, 3))
    relief = noise(rng, rng.uniform(40, 90))
    filled = sampled(relief, points) >= rng.uniform(0, 0.45)
    points = points[filled] if filled.sum() > 5 else points
    layers = np.abs(np.sin(relief * rng.uniform(8, 22)))
    walls = np.clip(1 - layers / rng.uniform(0.15, 0.5), 0, 1) * fractal(rng, 20, 3)
    walls = walls + rng.uniform(0, 0.3) * fractal(rng, 12, 4)
    some = thinned(rng, points, 0.05, 0.3, least=3)
    cells = stained(rng, choose(rng, ("cytoplasm", "membrane", "puncta")), some, radius * 0.9)
    channels = [chromatin(rng, points, radius), choose(rng, (walls, cells, walls + cells))]
    if rng.random() < 0.45:
        channels.append(np.clip(fibres(rng, 4, 60, rng.uniform(0, 180)) * 2 - 0.9, 0, 1) * relief)
    return channels, {"nuclei": len(points), "structure": "tissue section"}


def epithelium(rng: np.random.Generator) -> Scene:
    """A sheet of cells with stained borders."""
    spacing = rng.uniform(14, 60)
    points = scatter(rng, spacing)
    edge, _ = cells_of(points, rng, spacing * 0.06)
    borders = np.exp(-((edge / rng.uniform(1.2, 3)) ** 2)) * (0.5 + 0.5 * fractal(rng, 30))
    channels = [chromatin(rng, points, spacing * rng.uniform(0.2, 0.3)), borders]
    return channels, {"nuclei": len(points), "structure": "cell borders"}


def arbour(rng: np.random.Generator, centre: np.ndarray, reach: float, width: float) -> np.ndarray:
    """The dendrites of one neuron, branching twice and thinning."""
    n = int(rng.integers(3, 8))
    headings = rng.uniform(0, 2 * np.pi) + np.arange(n) * 2 * np.pi / n + rng.normal(0, 0.3, n)
    field, starts = np.zeros((SIZE, SIZE), np.float32), np.tile(centre, (n, 1))
    for depth in range(3):
        paths = walks(
            rng, starts, headings, reach * rng.uniform(0.5, 1.1, (len(starts), 1)), 8, 0.18
        )
        field = np.maximum(field, lines(paths, 0.8 - 0.15 * depth, width / (1 + depth)))
        starts = np.repeat(paths[:, -1], 2, axis=0)
        headings = np.repeat(headings, 2) + rng.normal(0, 0.6, len(starts))
        reach *= 0.7
    return field


def neurons(rng: np.random.Generator) -> Scene:
    """Neurons or astrocytes: cell bodies with branching processes, perhaps synapses on them."""
    n = int(rng.integers(1, 7))
    radius = rng.uniform(5, 20) / n**0.3
    points = scatter(rng, SIZE / n**0.5)[:n] * 0.75 + 0.125 * SIZE
    field = np.zeros((SIZE, SIZE), np.float32)
    for point in points:
        field = np.maximum(
            field,
            arbour(rng, point, rng.uniform(50, 110) / n**0.25, radius * rng.uniform(0.15, 0.4)),
        )
    bodies = filled(ovals(rng, points, radius, 1.4, 0.3), 0.9)
    channels = [
        chromatin(rng, points, radius * 0.6),
        blur(np.maximum(field, bodies), 0.6) * (0.5 + fractal(rng, 12)),
    ]
    if rng.random() < 0.4:
        spots = rng.uniform(0, SIZE, (500, 2))
        spots = np.concatenate([spots[sampled(field, spots) > 0.2], spots[:60]])
        channels.append(blur(lines(walks(rng, spots, spots[:, 0], 1.0, 1, 0), 1.0, 2), 0.6))
    return channels, {"nuclei": len(points), "structure": "neurons"}


def bacteria(rng: np.random.Generator) -> Scene:
    """Fluorescent rods or cocci, scattered or in clumps.

    Sometimes half of them in a second colour.
    """
    n, width = int(rng.integers(15, 220)), rng.uniform(1.5, 7)
    starts = rng.uniform(0, SIZE, (n, 2))
    if rng.random() < 0.4:
        starts = starts[rng.integers(0, 6, n)] + rng.normal(0, width * 8, (n, 2))
    headings, length = rng.uniform(0, 7, n), width * choose(rng, (0.2, 2.5, 5))
    rods = walks(rng, starts, headings, length * rng.uniform(0.7, 1.3, (n, 1)), 3, 0.06)
    field = lines(rods, rng.uniform(0.4, 1, n), width)
    first = n if rng.random() < 0.5 else n // 2
    second = lines(rods[first:], rng.uniform(0.4, 1, n - first), width)
    focus = 0.5 + 0.17 * width
    channels = [blur(np.clip(field - second, 0, 1), focus)] + (
        [blur(second, focus)] if first < n else []
    )
    return channels, {"nuclei": 0, "structure": "bacteria", "count": n}


def organoid(rng: np.random.Generator) -> Scene:
    """Organoids, spheroids or embryos: balls of nuclei, hollow or solid, with a stained surface."""
    n = int(rng.integers(1, 4))
    centres = scatter(rng, SIZE / n**0.5)[:n] * 0.6 + 0.2 * SIZE
    size = rng.uniform(60, 105) / n**0.6
    radius = size * rng.uniform(0.05, 0.13)
    points = scatter(rng, radius * rng.uniform(1.9, 2.4))
    outlines = ovals(rng, centres, size, (1, 1.4), 0.2)
    inside, hollow = filled(outlines, 1.0), rng.uniform(0.3, 0.8)
    inner = filled([c + hollow * (o - c) for c, o in zip(centres, outlines, strict=True)], 1.0)
    shell = inside * (1 - inner) if rng.random() < 0.65 else inside
    kept = points[sampled(shell, points) > 0.5]
    kept = kept if len(kept) else points[:5]
    rims = [np.concatenate([outline, outline[:1]]) for outline in outlines]
    surface = blur(lines(rims, 0.9, rng.uniform(1, 5)), 1) + 0.25 * shell * fractal(rng, 15)
    channels = [chromatin(rng, kept, radius), surface]
    return channels, {"nuclei": len(kept), "structure": "organoid", "count": len(centres)}


def larva(rng: np.random.Generator) -> Scene:
    """A transgenic zebrafish-like larva: dim outline, large eye, yolk, bright vessels or muscle."""
    t = np.linspace(0, 1, 60)
    bend, tilt = rng.uniform(-40, 40), rng.uniform(-50, 50)
    spine = np.stack([15 + 226 * t, SIZE / 2 + tilt * (t - 0.5) + bend * np.sin(np.pi * t)], axis=1)
    half = 34 * rng.uniform(0.7, 1.2) * (1 - t) ** 0.7 * np.minimum(1, 5 * t + 0.3) + 2
    down = np.stack([0 * t, half], axis=1)
    dim = blur(filled([np.concatenate([spine - down, (spine + down)[::-1]])], 1.0), 2)
    yolk = filled([oval(rng, spine[15] + 0.7 * down[15], 26, 1.4, 0)], 0.7)
    segments = [
        np.stack([spine[i] - (3, half[i] * 0.85), spine[i], spine[i] + (-3, half[i] * 0.85)])
        for i in range(14, 56, 2)
    ]
    vessels = blur(lines([*segments, spine[8:]], 0.9, rng.uniform(0.8, 2.5)), 0.8)
    eye = filled([oval(rng, spine[6] - 0.3 * down[6], 11, 1.1, 0)], 1.0)
    glow = vessels + 0.5 * yolk * fractal(rng, 20) + eye * rng.uniform(0, 0.5)
    outline = dim * fractal(rng, 10) * 0.5 + np.abs(dim - blur(dim, 2)) + 0.5 * yolk
    return [outline, glow], {"nuclei": 0, "structure": "zebrafish larva", "count": 1}


def embryo(rng: np.random.Generator) -> Scene:
    """One whole embryo that fills the picture: a body of nuclei, striped or capped."""
    turn, half = rng.uniform(0, np.pi), rng.uniform(88, 122)
    body = oval(rng, np.array([128, 128]), half * 0.8, rng.uniform(1, 2.3), turn, 0.06)
    inside = blur(filled([body], 1.0), 1.5)
    along = ((X - 128) * np.cos(turn) + (Y - 128) * np.sin(turn)) / half
    along = along + 0.04 * stretched_noise(rng, 60, 60)
    points = scatter(rng, rng.uniform(4, 9))
    points = points[sampled(inside, points) > 0.5]
    if rng.random() < 0.6:  # expressed in stripes
        pattern = 0.5 + 0.5 * np.cos(2 * np.pi * along * rng.uniform(2, 5))
    else:  # or at one end
        pattern = np.clip(0.6 - rng.uniform(0.8, 2) * along, 0, 1)
    grain = 0.4 + 0.8 * fractal(rng, 10, 3)
    channels = [chromatin(rng, points, rng.uniform(1.6, 3)), inside * pattern**2 * grain]
    channels = [field + 0.12 * inside for field in channels]
    return channels, {"nuclei": len(points), "structure": "embryo"}


def brain_section(rng: np.random.Generator) -> Scene:
    """A brain section at low magnification: a curved dense band of cells, and glia."""
    t = np.linspace(0, 1, 300)
    bend, start = rng.uniform(120, 320), rng.uniform(20, 236)
    x = 10 + 236 * t + rng.normal(0, rng.uniform(3, 8), 300)
    y = start + (128 - start) * t + bend * (t - t**2) * choose(rng, (-1, 1))
    band = np.clip(np.stack([x, y + rng.normal(0, 7, 300)], 1), 1, SIZE - 2)
    points = np.concatenate([band, thinned(rng, scatter(rng, 9), 0.2, 0.8)])
    some = thinned(rng, scatter(rng, 30), 0.2, 0.8, least=3)
    glia = walks(rng, np.repeat(some, 4, axis=0), rng.uniform(0, 7, 4 * len(some)), 14.0, 4, 0.4)
    marked = np.maximum(filled(ovals(rng, some, 3.5, 1.5), 1.0), lines(glia, 0.7, 1.2))
    channels = [chromatin(rng, points, rng.uniform(2, 3.2)), blur(marked, 0.6)]
    channels = [field + 0.15 * fractal(rng, 40) for field in channels]
    return channels, {"nuclei": len(points), "structure": "brain section"}


SCENES = (
    nuclei,
    division,
    cultured_cells,
    tissue,
    epithelium,
    neurons,
    bacteria,
    organoid,
    larva,
    embryo,
    brain_section,
)
SHARES = (0.22, 0.05, 0.25, 0.13, 0.06, 0.1, 0.05, 0.05, 0.02, 0.04, 0.03)

STRUCTURES = {
    "nuclei": "nuclei stained with DAPI or a similar dye|stained cell nuclei|nuclear staining",
    "mitotic spindle": "a mitotic spindle with chromosomes|a dividing cell with its spindle"
    "|spindle microtubules in mitosis",
    "spindle microtubules": (
        "a mitotic spindle|the spindle of a dividing cell|spindle microtubules in mitosis"
    ),
    "actin": (
        "actin stress fibres in cultured cells|F-actin filaments|"
        "phalloidin-like staining of actin fibres"
    ),
    "tubulin": "microtubules radiating from the nucleus|tubulin network|a microtubule cytoskeleton",
    "mitochondria": "mitochondrial network around the nuclei|thread-like perinuclear mitochondria",
    "membrane": "staining of the cell membrane|membrane-bound signal outlining the cells",
    "cytoplasm": "diffuse cytoplasmic staining|cytoplasmic signal around the nuclei",
    "puncta": "cytoplasmic puncta|punctate staining|bright dots around the nuclei",
    "tissue section": "tissue section with densely packed nuclei|stained frozen tissue section"
    "|tissue with labelled cells",
    "cell borders": "honeycomb of cell borders|junctional staining of an epithelial sheet"
    "|tight junctions outlining the cells",
    "neurons": (
        "neurons with branching dendrites|cell bodies with long branching processes|"
        "stained neurites"
    ),
    "bacteria": "fluorescent bacteria|scattered fluorescent microbes|labelled bacterial cells",
    "organoid": "organoid or spheroid|a rounded multicellular structure|spheroid of labelled cells",
    "embryo": "a whole embryo|whole-mount embryo with stained nuclei|embryo filling the picture",
    "brain section": "brain section with a dense band of neurons|low-magnification view of brain"
    " tissue|hippocampal section with layered cells",
    "zebrafish larva": (
        "a zebrafish larva with fluorescent vessels|transgenic fish embryo with labelled vessels"
    ),
}
NOUNS = {
    "bacteria": ("bacterium", "bacteria"),
    "organoid": ("organoid", "organoids"),
    "zebrafish larva": ("larva", "larvae"),
}


def fluorescence_phrases(attributes: Attributes, rng: np.random.Generator) -> list[str]:
    """What the legend of a fluorescence micrograph can say."""
    phrases, colours, nuclear = [], attributes["colours"], attributes["nuclear_colour"]
    if phase := attributes.get("mitosis"):
        phrases.append(
            either(
                rng, f"a cell in {phase}|mitotic cell in {phase}|condensed chromosomes in {phase}"
            )
        )
    phrases.append(either(rng, STRUCTURES[attributes["structure"]]))
    if colours == ["gray"]:
        said = (
            "single channel shown in grayscale|bright signal on black|"
            "white signal on a black background"
        )
        phrases.append(either(rng, said))
    elif len(colours) == 1:
        said = "{0} fluorescence|{0} signal on a black background|single {0} channel"
        phrases.append(either(rng, said.format(*colours)))
    else:
        listed = ", ".join(colours[:-1]) + " and " + colours[-1]
        number = ("two", "three")[len(colours) - 2]
        phrases.append(
            either(rng, f"merged {listed} channels|{listed} fluorescence|overlay of {listed}")
        )
        phrases.append(either(rng, f"{number}-colour merge|{number} channels"))
    if nuclear:
        phrases.append(
            either(rng, f"nuclei in {nuclear}|{nuclear} nuclei|nuclear counterstain in {nuclear}")
        )
    if attributes["nuclei"]:
        phrases.append(counted(rng, attributes["nuclei"], "nucleus", "nuclei"))
    elif "count" in attributes:
        phrases.append(counted(rng, attributes["count"], *NOUNS[attributes["structure"]]))
    return phrases


HUES = {
    "blue": ((0.60, 0.68), (0.75, 1), (0.8, 1)),
    "green": ((0.30, 0.40), (0.75, 1), (0.7, 1)),
    "red": ((-0.02, 0.03), (0.8, 1), (0.8, 1)),
    "magenta": ((0.80, 0.88), (0.7, 1), (0.8, 1)),
    "cyan": ((0.48, 0.54), (0.7, 1), (0.8, 1)),
    "yellow": ((0.12, 0.17), (0.8, 1), (0.8, 1)),
    "gray": ((0, 1), (0, 0), (0.85, 1)),
}


def single_channel(channels: list[np.ndarray], facts: Attributes) -> Scene:
    """One channel by itself, and what it still shows: mostly the marker, without nuclei."""
    if len(channels) == 1 or facts["structure"] in ("tissue section", "brain section", "embryo"):
        return channels[:1], facts
    facts = {key: value for key, value in facts.items() if key not in ("mitosis", "box")} | {
        "nuclei": 0
    }
    if facts["structure"] == "mitotic spindle":
        facts["structure"] = "spindle microtubules"
    if facts["structure"] == "bacteria":
        facts["count"] -= facts["count"] // 2
    return channels[1:2], facts


def false_colours(rng: np.random.Generator, channels: int, with_nuclei: bool) -> list[str]:
    """The colour in which each channel is shown; nuclei are mostly blue."""
    others = [
        str(n)
        for n in rng.permutation(["green", "red", "green", "red", "magenta", "yellow", "cyan"])
    ]
    lead = (
        "blue" if rng.random() < 0.75 else choose(rng, ("blue", "cyan", "green", "red", "magenta"))
    )
    return list(dict.fromkeys([lead, *others] if with_nuclei else others))[:channels]


def exposed(rng: np.random.Generator, channels: list[np.ndarray], colours: list[str]) -> np.ndarray:
    """The channels in their colours, (S, S, 3), with haze, uneven light and photon noise."""
    image = np.zeros((SIZE, SIZE, 3), np.float32)
    fog, reach = rng.uniform(0, 0.5) ** 1.5, int(rng.integers(8, 40))
    if rng.random() < 0.25:  # the ground glows too, in the first colour
        image += rng.uniform(0.03, 0.2) * colour(rng, *HUES[colours[0]])
    for name, field in zip(colours, channels, strict=True):
        field = field / max(float(np.quantile(field[::3, ::3], 0.995)), 0.15)
        field = rng.uniform(0.45, 1.2) * (field + fog * haze(field, reach)) + rng.uniform(0, 0.04)
        image += field[..., None] * colour(rng, *HUES[name])
    image *= 1 - rng.uniform(0, 0.5) * noise(rng, 120)[..., None]
    if rng.random() < 0.6:  # photon noise, stronger where the picture is brighter
        grain = rng.standard_normal(image.shape[:2], dtype=np.float32)[..., None]
        image += rng.uniform(0.01, 0.09) * grain * np.sqrt(np.clip(image, 0.02, 1))
    return image


@kind(
    "microscopy",
    "fluorescence microscopy",
    "fluorescence micrograph",
    "fluorescence microscopy image",
    "immunofluorescence microscopy",
    "immunofluorescence image",
    "immunofluorescence staining",
    "confocal microscopy",
    "confocal micrograph",
    "confocal fluorescence image",
    "fluorescent staining of cells or tissue",
    "fluorescence image",
    "epifluorescence micrograph",
    "widefield or confocal fluorescence microscopy",
    "IF image",
    "fluorescent micrograph of stained nuclei or cells",
    "DAPI or GFP image",
    "multichannel fluorescence image",
    "fluorescently labelled cells",
    describe=fluorescence_phrases,
)
def fluorescence(rng: np.random.Generator) -> tuple[Image.Image, Attributes]:
    """Glowing structures on black in one to three false colours or gray.

    Scene, zoom, haze and exposure vary.
    """
    channels, facts = SCENES[int(rng.choice(len(SCENES), p=SHARES))](rng)
    gray = rng.random() < 0.22
    if rng.random() < 0.15:
        channels, facts = single_channel(channels, facts)
    if gray:
        channels, colours = [sum(channels[1:], 0.8 * channels[0])], ["gray"]
    else:
        colours = false_colours(rng, len(channels), facts["nuclei"] > 0)
    image = exposed(rng, channels, colours)
    attributes = {
        **facts,
        "channels": len(colours),
        "colours": colours,
        "nuclear_colour": colours[0] if facts["nuclei"] and not gray else None,
        "names": [
            "grayscale fluorescence image"
            if gray
            else f"{' '.join(colours)} fluorescence micrograph"
        ],
    }
    return picture(image[..., 0] if gray else image), attributes
