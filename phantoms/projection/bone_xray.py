"""Bone radiographs: a body part, intact, broken, diseased or with metal."""

import numpy as np
from PIL import Image

from ..drawing import (
    SIZE,
    X,
    Y,
    blob,
    blur,
    choose,
    either,
    ellipse,
    fibres,
    fractal,
    noise,
    picture,
    soft,
)
from ..kinds import kind
from .body_parts import PARTS, TRUNK
from .bones import Plate, across
from .radiograph import Box, box_of, chance, collimate, film, notes, reframed, strokes, write

NOTES = "PORTABLE|STANDING|RSM|ORTHO|W 4095|5 cm|100%|OBLIQUE|POST-OP|12:09"
LIMBS = ("forearm", "tibia and fibula", "ankle", "elbow", "wrist")  # what is put in a cast
FRACTURES = ("displaced fracture", "fracture line")
FINDINGS = (
    (None,) * 6
    + ("displaced fracture",) * 3
    + ("fracture line", "fracture line", "lytic lesion", "lytic lesion", "sclerotic lesion")
)
# Parts that show no growth plates in a child.
WITHOUT_PLATES = ("skull", "cervical spine", "lumbar spine", "ribs", "clavicle")
WORDS = {
    "displaced fracture": (
        "displaced fracture of the {part}|fractured {part} with displacement|displaced fracture"
    ),
    "fracture line": (
        "undisplaced fracture of the {part}|fracture line through the {part}|a lucent fracture line"
    ),
    "lytic lesion": (
        "lytic lesion of the {part}|osteolytic bone lesion|lucent bone lesion|bone destruction"
    ),
    "sclerotic lesion": (
        "sclerotic lesion of the {part}|dense sclerotic bone lesion|osteoblastic bone lesion"
    ),
    "osteoarthritis": (
        "joint space narrowing|osteoarthritis of the {part}|degenerative change of the {part}"
    ),
    "repaired": "the {part} after surgery|postoperative {part}|bones of the {part}",
    None: "normal {part}|the {part} without fracture|bones of the {part}",
}


def finding_box(p: Plate, rng: np.random.Generator, finding: str) -> Box | None:
    """The box of the main bone's fracture or lesion; a lesion is drawn first.

    None if it is not in the picture.
    """
    if p.main is None:
        return None
    if finding in FRACTURES:
        size = p.main.r * 2 * p.scale
        return None if p.break_at is None else box_of(ellipse(*p.break_at, size, size) < 1)
    box = box_of(draw_lesion(p, rng, finding))
    # Not a sliver at the edge.
    return box if box and box[2] - box[0] > 1 and box[3] - box[1] > 1 else None


def draw_lesion(p: Plate, rng: np.random.Generator, finding: str) -> np.ndarray:
    """Paint a lytic or a sclerotic lesion into the main bone.

    Return the field (S, S) of where it is.
    """
    start, end, r = p.main
    place = np.clip(p.main.nearest() + rng.uniform(-0.2, 0.2), 0.1, 0.9)
    spot, size = p.at(start + (end - start) * place)[0], r * p.scale * rng.uniform(0.5, 0.95)
    angle, stretch = np.arctan2(*(p.at(end) - p.at(start))[0]), rng.uniform(1, 2.4)
    far = ellipse(*spot, size, size * stretch, -angle) + 0.35 * (noise(rng, size) - 0.5)
    shown = soft(far, 0.9, 0.25)
    rim = np.exp(-(((far - 0.95) / 0.1) ** 2)) * rng.uniform(0, 0.4)
    if finding == "lytic lesion":
        p.bone *= 1 - rng.uniform(0.4, 0.75) * shown
        p.bone += rim * (p.bone > 0.2)
    else:
        p.bone += rng.uniform(0.25, 0.6) * shown * (0.6 + 0.6 * fractal(rng, 12)) * (p.bone > 0.1)
    return shown


def implant(p: Plate, rng: np.random.Generator, part: str) -> str | None:
    """Put metal along the main bone: a hip prosthesis, a plate with screws or a nail.

    Return its name.
    """
    if p.main is None:
        return None
    start, end, r = p.main
    along = (end - start) / np.hypot(*(end - start))
    normal, centre = across(along), start + (end - start) * np.clip(p.main.nearest(), 0.2, 0.8)
    if part in ("hip", "pelvis"):
        top = start + np.array((-0.25 * np.sign(start[0]) * r / 0.1, -0.05))
        p.layers([(p.at(blob(rng, *top, r * 1.2, 0.02, 30)), 1.0)], p.metal, 2.5)
        p.weld([top, start + along * r, centre + along * 4 * r], r * 0.8)
        return "hip prosthesis"
    if chance(rng, 0.6):
        half, screws = r * rng.uniform(2.5, 6), int(rng.integers(4, 9))
        p.weld([centre - along * half + normal * r, centre + along * half + normal * r], r * 0.3)
        for u in np.linspace(-0.92, 0.92, screws) * half:
            p.weld(
                [centre + along * u + normal * r * 1.1, centre + along * u - normal * r * 1.05],
                r * 0.16,
            )
        return "plate and screws"
    p.weld([start + along * 2 * r, end - along * 2 * r], r * 0.6)
    for u in (-1, 1):
        lock = centre + along * u * r * 5
        p.weld([lock - normal * r * 1.2, lock + normal * r * 1.2], r * 0.2)
    return "intramedullary nail"


def bone_film(rng: np.random.Generator, part, finding: str | None) -> tuple[np.ndarray, dict]:
    """The film (S, S) of one body part, with this finding where it fits, and what it shows."""
    zoom = rng.uniform(0.75, 1.15) if chance(rng, 0.6) else rng.uniform(1.15, 1.9)
    turn = rng.normal(0, 0.12) if chance(rng, 0.7) else rng.uniform(-1.6, 1.6)
    if part in TRUNK:
        zoom, turn = min(zoom, 1.1), 0.1 * turn
    p = Plate(rng, zoom, turn, chance(rng, 0.5))
    p.broken = finding if finding in FRACTURES else None
    name, view = part(p, rng)
    box = finding_box(p, rng, finding) if finding else None
    metal = implant(p, rng, name) if not finding and chance(rng, 0.15) else None
    plaster = p.main is not None and name in LIMBS and chance(rng, 0.4 if p.broken else 0.04)
    if plaster:
        cast(rng, p)
    about = {"layout": "single view", "implant": metal, "part": name, "view": view}
    about["cast"] = plaster
    about["finding"] = finding if box else "osteoarthritis" if p.worn else None
    about["bone_age"] = "child" if p.growth_plates else "adult"
    about |= {"box": box} if box else {}
    return expose(rng, p, max(zoom, 1), turn), about


def cast(rng: np.random.Generator, p: Plate) -> None:
    """Put a plaster cast round the limb: a wide uneven sleeve with bright edges."""
    start, end, r = p.main
    along = (end - start) / np.hypot(*(end - start))
    middle, half = (
        start + (end - start) * np.clip(p.main.nearest(), 0.2, 0.8),
        rng.uniform(0.7, 1.6),
    )
    wide = r * rng.uniform(3, 4.5)
    ends = (p.at(middle - along * half)[0], p.at(middle + along * half)[0])
    line = np.array(ends)
    outer = strokes([(line, 2 * wide * p.scale, 255), (line, 1.75 * wide * p.scale, 90)])
    p.flesh += rng.uniform(0.3, 0.6) * outer * (0.7 + 0.5 * fractal(rng, 14))


def plate_edges(rng: np.random.Generator, level: np.ndarray, box: Box) -> np.ndarray:
    """The film seen through a turned rectangular collimator, black and pale-rimmed outside it.

    The box stays inside.
    """
    turn, size = rng.normal(0, 0.35), rng.uniform(100, 124, 2)
    x = (X - 128) * np.cos(turn) + (Y - 128) * np.sin(turn)
    y = (Y - 128) * np.cos(turn) - (X - 128) * np.sin(turn)
    edge = np.maximum(np.abs(x) - size[0], np.abs(y) - size[1])
    edge = edge - max(float(edge[np.ix_(box[1::2], box[::2])].max()) + 4, 0)
    rim = rng.uniform(0, 0.3) * np.exp(-((edge / 1.5) ** 2))
    fog = rng.uniform(0.02, 0.25)
    return np.where(edge < 0, np.clip(level, 0, 1) * (1 - fog) + fog, 0.01) + rim


def expose(rng: np.random.Generator, p: Plate, zoom: float, turn: float) -> np.ndarray:
    """The film (S, S) of what is on the plate, with spongy bone's lattice and uneven muscle."""
    grain = rng.uniform(2, 4) * zoom
    lattice = fibres(rng, grain, grain * 3, rng.normal(0, 15) - np.degrees(turn)) - 0.5
    trabeculae = lattice + fractal(rng, 5, 2) - 0.5 + 0.8 * (fractal(rng, 40, 3) - 0.5)
    bone = blur(p.bone, rng.uniform(0.4, 1.2)) * (1 + rng.uniform(0.2, 0.7) * trabeculae)
    muscle = blur(p.flesh, rng.uniform(2, 4)) * (1 + 0.25 * (fractal(rng, 60) - 0.5))
    density = bone * rng.uniform(0.45, 0.8) + muscle * rng.uniform(0.2, 1.1) + p.metal
    density += rng.uniform(0, 0.25) * chance(rng, 0.35)
    return film(rng, density, (0.7, 2.6))


def with_second_view(
    rng: np.random.Generator, level: np.ndarray, about: dict, part, finding: str | None
):
    """The film with a second one of the same part at its right.

    The film stays alone if the second drawing is of another part.
    """
    other, second = bone_film(rng, part, finding)
    same = ("part", "finding", "implant", "bone_age", "cast")
    if any(second[key] != about[key] for key in same):
        return level
    edge = int(rng.integers(30, 60))
    about["layout"] = "two views"
    if about.get("box"):
        x0, y0, x1, y1 = about["box"]
        # The caller has seen to it that the box is not cut.
        about["box"] = (x0 - edge, y0, x1 - edge, y1)
    return np.hstack(
        [level[:, edge : SIZE - edge], np.zeros((SIZE, 4)), other[:, edge : SIZE - edge]]
    )


def bone_phrases(about: dict, rng: np.random.Generator) -> list[str]:
    """What a legend says of a bone radiograph."""
    finding, metal = about["finding"], about["implant"]
    young = about["bone_age"] == "child" and about["part"] not in WITHOUT_PLATES
    facts = [
        WORDS["repaired" if metal and not finding else finding],
        "the {part}|{part} in {view} view|{view} view of the {part}",
        metal and "{implant}|{implant} in the {part}|orthopaedic hardware|metal implant",
        young and "open growth plates|immature skeleton|a child's bones",
        about["cast"] and "a plaster cast|limb in a cast|immobilised in plaster",
        about["layout"] == "two views" and "two views side by side|two projections",
        "trabecular and cortical bone|bright cortex and darker medulla|{background} background",
    ]
    phrases = [either(rng, wordings).format(**about) for wordings in facts if wordings]
    if metal:
        phrases.insert(0, phrases.pop(2))  # the first phrase is the telling one
    return phrases


@kind(
    "radiology",
    "bone X-ray",
    "bone radiograph",
    "skeletal radiograph",
    "plain film of the bone",
    "skeletal X-ray",
    "radiograph of a bone",
    "orthopaedic X-ray",
    "orthopedic radiograph",
    "musculoskeletal radiograph",
    "X-ray of the bones",
    "plain radiograph of the skeleton",
    "bone x-ray image",
    "bone film",
    "x-ray of a joint or bone",
    "limb x-ray",
    "extremity radiograph",
    "x-ray of a knee or shoulder",
    "joint radiograph",
    "fracture x-ray",
    "plain x-ray of the limb",
    describe=bone_phrases,
)
def bone_xray(rng: np.random.Generator) -> tuple[Image.Image, dict]:
    """A film of a limb, joint, pelvis, spine or skull: intact, broken, diseased or with metal.

    There are one or two views.
    """
    part, finding = choose(rng, PARTS), choose(rng, FINDINGS)
    level, about = bone_film(rng, part, finding)
    about["background"] = "black" if np.median(level[:, (2, -3)]) < 0.25 else "gray"
    if chance(rng, 0.06):
        level, about["background"] = 1 - level, "white"
    if chance(rng, 0.25):
        level = collimate(rng, level)
    elif chance(rng, 0.15) and about["background"] != "white":
        level = plate_edges(rng, level, about.get("box") or (128, 128, 128, 128))
    if chance(rng, 0.4):
        place, letter = rng.uniform(14, SIZE - 14, 2), choose(rng, ("L", "R"))
        level = write(level, *place, letter, int(rng.integers(9, 30)), rng.uniform(0.8, 1))
    if chance(rng, 0.15):
        level = notes(rng, level, NOTES)
    box = about.get("box")
    if chance(rng, 0.22) and (not box or (box[0] > 64 and box[2] < 192)):
        level = with_second_view(rng, level, about, part, finding)
    name, finding = about["part"], about["finding"]
    names = (
        f"{name} x-ray|radiograph of the {name}|{about['view']} {name} radiograph|"
        f"x-ray of the {name}"
    )
    names += f"|bone x-ray with {finding}|{name} x-ray with {finding}" if finding else ""
    about["names"] = names.split("|")
    image = picture(level)
    return reframed(rng, image, about) if chance(rng, 0.4) else image, about
