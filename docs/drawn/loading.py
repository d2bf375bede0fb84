"""Drawn figures of where a model's files come from, and what each of them is for."""

from .card import GRAY, GREEN_INK, IMAGE, RED_INK, RIGHT, TEXT, WRONG, Card


def hub_and_cache() -> Card:
    """Return: a program asks the Hub, keeps files in a cache, and names each by its content."""
    card = Card(
        386,
        "A program asks the Hub two things for each file: HEAD, which version and how large, and "
        "GET, the content. The content goes into the cache's blobs folder, under its checksum. The "
        "snapshots folder has one folder per version, whose files are links to the blobs.",
    )
    card.box(14, 18, 116, 92, "your\nprogram", IMAGE, weight="bold")
    card.box(362, 18, 104, 92, "the Hub", TEXT, weight="bold")
    card.arrow((134, 46), (358, 46))
    card.write(246, 31, "HEAD: which version?")
    card.arrow((134, 88), (358, 88))
    card.write(246, 73, "GET: the content")
    card.arrow((414, 114), (414, 222), TEXT, width=3)
    card.box(14, 152, 452, 222, color=GRAY, fill="#FAFAFA")
    card.write(26, 174, "the cache on your disk", align="left", weight="bold")
    card.write(26, 206, "snapshots/9f341de2…/", align="left", color=GRAY)
    card.write(54, 236, "names: links", align="left", color=GRAY)
    card.write(412, 238, "blobs/", color=GRAY)
    files = ["open_clip_config.json", "…model.safetensors", "tokenizer.json"]
    for row, (name, blob) in enumerate(zip(files, ("a1c0…", "8e77…", "d3f2…"), strict=True)):
        y = 262 + 37 * row
        card.box(54, y, 224, 31, name, IMAGE, "white", round=3, size=15)
        card.arrow((281, y + 16), (372, y + 16), GRAY)
        card.box(376, y, 74, 31, blob, TEXT, "white", round=3, size=15)
    return card


def model_folder() -> Card:
    """Return: five files of a folder, and what each says; two of them come with the recipe."""
    card = Card(
        330,
        "A folder with five files. The config says how the towers are built and how pictures are "
        "normalised; the second file holds the weights. These two are what the documented recipe "
        "downloads. The other three hold the text tower's shape and the vocabulary; without them, "
        "the Hub is asked.",
    )
    rows = [
        ("open_clip_config.json", "towers, mean,\ndeviation", IMAGE),
        ("open_clip_model\n.safetensors", "the weights", IMAGE),
        ("config.json", "the text\ntower's shape", TEXT),
        ("tokenizer.json", "the vocabulary", TEXT),
        ("tokenizer_config.json", "how to use it", TEXT),
    ]
    card.box(8, 44, 226, 278, color=GRAY, fill="#FAFAFA")
    card.write(20, 26, "one folder", align="left", weight="bold")
    for row, (file, says, color) in enumerate(rows):
        y = 54 + 53 * row
        card.box(16, y, 210, 46, file, color, "white", round=3)
        card.arrow((230, y + 23), (256, y + 23), color)
        card.write(262, y + 23, says, align="left")
    for y, length, words, color in (
        (54, 99, "in the\nrecipe", IMAGE),
        (160, 152, "else\nasked\nfrom\nthe Hub", TEXT),
    ):
        card.line([392, 400, 400, 392], [y, y, y + length, y + length], color, 2.5)
        card.write(407, y + length / 2, words, align="left", color=GRAY)
    return card


def checksum() -> Card:
    """Return: a file's checksum is compared with the one noted; one bit changes all of it."""
    card = Card(
        216,
        "Two rows. A whole file gives a SHA-256 that is equal to the one written down in "
        "SHA256SUMS, so it is loaded. The same file with one bit flipped gives another SHA-256, so "
        "it is refused.",
    )
    for x, words in ((70, "file"), (216, "its SHA-256"), (338, "noted")):
        card.write(x, 22, words, weight="bold")
    rows = [
        ("whole", "8e77…", "=", "loaded", RIGHT),
        ("one bit\nflipped", "41c9…", "≠", "refused", WRONG),
    ]
    for row, (file, found, sign, verdict, color) in enumerate(rows):
        y = 44 + 84 * row
        card.box(14, y, 112, 64, file, IMAGE)
        card.arrow((130, y + 32), (166, y + 32))
        card.box(170, y + 10, 92, 44, found, GRAY, "white")
        card.write(278, y + 32, sign, size=22, weight="bold")
        card.box(294, y + 10, 92, 44, "8e77…", GRAY, "white")
        card.write(430, y + 32, verdict, color=GREEN_INK if color == RIGHT else RED_INK)
    return card
