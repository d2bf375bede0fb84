"""Chest radiographs, frontal and lateral."""

import numpy as np
from PIL import Image

from ..drawing import X, Y, blur, choose, either, fractal, picture, soft
from ..findings import FINDINGS as OF_KINDS
from ..kinds import kind
from .chest_findings import add_device, add_finding
from .radiograph import Path, box_of, chance, collimate, film, grow, notes, reframed, strokes, write
from .thorax import SIGN, Thorax, breast_shadows, frontal_flesh, frontal_organs, rib_cage

FINDINGS = (*OF_KINDS["chest X-ray"], None)
EXPOSURES = {
    "overexposed": "a dark, overexposed film|overexposed radiograph",
    "underexposed": "a pale, underexposed film|underexposed radiograph",
    "low contrast": "low-contrast film|a hazy gray film",
}
NOTES = "CHEST|W 2048|RSM|14:20|C 1024|100%|ID 4417|Thorax"
MARKS = {"L": "left", "R": "right"}
TWO_SIDED = ("pleural effusion", "consolidation")  # either side, or both, can be asked for
ODDS = (0.22, 0.13, 0.10, 0.10, 0.10, 0.07, 0.28)


def frontal_chest(rng: np.random.Generator, about: dict) -> np.ndarray:
    """(S, S): the film of a frontal chest with what `about` says; completes `about`."""
    child, bedside = about["patient"] == "child", about["view"] != "PA"
    shallow = chance(rng, 0.6 if bedside else 0.15)
    about["inspiration"] = "poor" if shallow else "good"
    chest = Thorax(rng, child, shallow)
    shown = diseases(about)
    heart = (
        rng.uniform(1.4, 1.75)
        if any(each["finding"] == "cardiomegaly" for each in shown)
        else rng.uniform(0.78, 1.02) + 0.08 * bedside
    )
    organs = frontal_organs(rng, chest, heart)
    for each in shown:
        add_finding(rng, chest, organs, each)
    flesh = frontal_flesh(rng, chest)
    if about["patient"] == "female" or chance(rng, 0.15):
        organs.solid = organs.solid + breast_shadows(rng, chest)
    air = organs.air
    # Neck, shoulders and flanks are thinner than the belly.
    thin = rng.uniform(0, 0.5) * soft(chest.y, 0.25, 0.6) + rng.uniform(0, 0.35) * soft(
        -chest.lateral, -1.05, 0.3
    )
    flesh = flesh * (1 - np.minimum(thin, 0.6) * (1 - air))
    density = flesh * 0.95 - rng.uniform(0.62, 0.78) * air + organs.solid * np.minimum(flesh, 1)
    density += rng.uniform(0.14, 0.36) * rib_cage(rng, chest, child) * np.minimum(flesh + 0.2, 1)
    marks = rng.uniform(0.12, 0.3) * organs.vessels * air
    density += marks + rng.uniform(0.04, 0.16) * air * (fractal(rng, 12, 4, 0.8) - 0.5)
    density += add_device(rng, chest, about) + rng.uniform(0, 0.12) * bedside
    haze = rng.uniform(0.15, 0.35) if bedside and chance(rng, 0.4) else 0  # a grid that is off
    return exposed(rng, film(rng, density + haze, (0.7, 2.4)), about)


def exposed(rng: np.random.Generator, level: np.ndarray, about: dict) -> np.ndarray:
    """The film pale, dark, of narrow contrast or unevenly lit, now and then; says so in `about`."""
    about["exposure"] = choose(rng, (None,) * 6 + ("overexposed", "underexposed", "low contrast"))
    if about["exposure"] == "overexposed":
        level = np.clip(level, 0, 1) ** rng.uniform(1.4, 2)
    elif about["exposure"] == "underexposed":
        level = np.clip(level, 0, 1) ** rng.uniform(0.45, 0.7)
    elif about["exposure"] == "low contrast":
        level = rng.uniform(0.1, 0.45) + rng.uniform(0.4, 0.55) * level
    if chance(rng, 0.3):
        fall = X * rng.normal(0, 1) + Y * rng.normal(0, 1)
        level = level * (1 + rng.uniform(0.1, 0.3) * (fall / max(float(np.abs(fall).max()), 1)))
    return level


def diseases(about: dict) -> list[dict]:
    """What is known of each finding: the picture's own attributes, or one dict per asked one."""
    return list(about["findings"].values()) if about.get("findings") else [about]


def placed(rng: np.random.Generator, finding: str | None) -> dict:
    """The side and the size of a finding in a frontal film, where it has them, by chance."""
    about: dict = {"finding": finding, "side": None}
    if finding in ("pneumothorax", "hilar mass"):
        about["side"] = choose(rng, ("left", "right"))
    elif finding not in (None, "cardiomegaly"):
        about["side"] = choose(rng, ("left", "right") * 4 + ("bilateral",))
    if finding in ("pleural effusion", "pneumothorax"):
        about["size"] = choose(rng, ("small", "moderate", "moderate", "large", "large"))
    return about


def lateral_chest(rng: np.random.Generator, about: dict) -> np.ndarray:
    """(S, S): the film of a chest seen from the side; completes `about`."""
    face = choose(rng, (-1, 1))
    half, high, top = rng.uniform(62, 85), rng.uniform(170, 200), rng.uniform(8, 30)
    # x: 1 at the breastbone, -1 at the back.
    x, y = (X - 128 - rng.normal(0, 6)) * face / half, (Y - top) / high
    bulge = np.sqrt(np.clip(1 - (np.clip(0.7 - y, 0, 1) / 0.78) ** 2.2, 0, 1))
    front, back = bulge * 0.92 - 0.15 * (1 - y), -bulge * 0.95
    inside = soft(np.maximum(x - front, back - x), 0, 0.08)
    air, solid = lateral_organs(rng, x, y, inside)
    flesh = soft(np.maximum(x - front - 0.28, back - 0.35 - x), 0, 0.3)
    flesh = flesh + 0.35 * soft(np.abs(x), 0.6, 0.3) * soft(y, 0.2, 0.2)
    solid = solid + 0.3 * np.exp(-(((x - front - 0.04) / 0.05) ** 2)) * (y > 0.1)  # the breastbone
    if about["finding"] == "pleural effusion":
        level = rng.uniform(0.55, 0.75) + 0.12 * x - 0.12 * x**2
        shown = soft(level - y, 0, 0.05) * inside * soft(x, 0.35, 0.3)
        air, solid, about["box"] = air * (1 - shown), solid + 0.25 * shown, box_of(shown)
    across, t = np.linspace(-0.95, 0.8, 12), np.linspace(0, 0.3, 12) ** 1.4
    ribs = [
        (
            np.stack([128 + face * half * across, top + high * (k / 10 + t)], axis=1),
            high * 0.025,
            200,
        )
        for k in np.arange(0, 9, 0.5) + rng.normal(0, 0.06, 18)
    ]
    paths: list[Path] = []
    hilum = np.array([128 + face * half * -0.05, top + 0.45 * high])
    for angle in np.linspace(0, 6.28, 9):
        grow(rng, hilum, angle, half * 0.3, half * 0.05, 2, paths)
    vessels = blur(strokes([(p, w, 170) for p, w in paths]), 1)
    density = 0.95 * flesh - rng.uniform(0.6, 0.72) * air + solid + 0.16 * vessels * air
    density += 0.06 * (fractal(rng, 14) - 0.5)
    density += rng.uniform(0.04, 0.18) * blur(strokes(ribs), 1.5) * inside
    about["facing"] = "right" if face > 0 else "left"
    return exposed(rng, film(rng, density, (1.2, 2.4)), about)


def lateral_organs(rng: np.random.Generator, x: np.ndarray, y: np.ndarray, inside: np.ndarray):
    """The lungs' air and the density of belly, heart and spine, (S, S) each, from the side."""
    domes = [
        0.82 + shift + 0.12 * (x - 0.25) ** 2 - 0.16 * np.minimum(x, 0)
        for shift in (0, rng.uniform(0.02, 0.06))
    ]
    below = sum(soft(dome - y, 0, 0.02) for dome in domes) / 2
    heart = np.hypot(
        (x - 0.4 + 1.1 * (y - 0.65)) / rng.uniform(0.4, 0.55), (y - 0.68) / rng.uniform(0.22, 0.3)
    )
    heart = soft(heart, 0.95, 0.35)
    great = soft(np.hypot((x - 0.05 - 0.5 * (0.5 - y)) / 0.22, (y - 0.38) / 0.22), 0.9, 0.8)
    disc = 0.7 + 0.3 * np.sin(y * rng.uniform(60, 75) + x * 3)
    spine = soft(np.abs(x - (-0.72 - 0.12 * np.sin(3 * y))), 0.17, 0.08) * disc * (1.2 - 0.6 * y)
    air = (
        inside
        * (1 - below)
        * (1 - 0.75 * heart)
        * (1 - 0.45 * great)
        * np.clip((y + 0.02) / 0.25, 0, 1)
    )
    return air, 0.3 * below + 0.18 * heart + 0.35 * spine


def chest_names(about: dict) -> list[str]:
    """Names that are true of this very chest picture."""
    view, finding, side = about["view"], about["finding"], about["side"]
    names = [f"{view} chest x-ray"]
    if finding is None:
        if about["device"]:
            return [*names, f"chest x-ray with {about['device']}"]
        return [
            *names,
            "normal chest x-ray",
            "chest x-ray of a healthy patient",
            "chest x-ray without abnormality",
        ]
    nodules = "pulmonary nodule" if about.get("count") == 1 else "pulmonary nodules"
    what = {"consolidation": "pneumonia", "nodules": nodules}.get(finding, finding)
    sided = {"left": "left-sided ", "right": "right-sided ", "bilateral": "bilateral "}.get(
        side, ""
    )
    names += [
        f"{sided}{what} chest x-ray",
        f"chest x-ray with {what}",
        f"chest x-ray with {sided}{what}",
    ]
    return names + ([f"chest x-ray with {what} on the {side}"] if side in SIGN else [])


def sided(rng: np.random.Generator, what: str, side: str | None) -> str:
    """The finding with its side, put in one of many ways."""
    if side is None:
        return what
    if side == "bilateral":
        return either(rng, f"bilateral {what}|{what} on both sides")
    ways = f"{side}-sided {what}|{what} on the {side}|{side} {what}|{what} in the {side} hemithorax"
    return either(rng, f"{ways}|{what} on the {side} side|{side} side {what}")


def nodule_phrases(about: dict, rng: np.random.Generator) -> list[str]:
    """What a legend says of round masses in the lungs."""
    n, side = about["count"], about["side"]
    one = "a solitary pulmonary nodule|a round lung mass"
    many = "multiple round nodules|multiple pulmonary masses"
    phrases = [
        either(rng, one if n == 1 else many),
        sided(rng, "lung nodule" if n == 1 else "lung nodules", side),
    ]
    where = "both lungs" if side == "bilateral" else f"the {side} lung"
    return phrases + (
        [either(rng, f"cannonball metastases|many round opacities in {where}")] if n >= 5 else []
    )


def finding_phrases(about: dict, rng: np.random.Generator) -> list[str]:
    """What a legend says of the finding, or of there being none."""
    finding, side, phrases = about["finding"], about["side"], []
    if finding in ("pleural effusion", "pneumothorax"):
        phrases.append(sided(rng, finding, side))
        if side:
            size = about["size"]
            phrases.append(f"{either(rng, f'a {size}|{size}')} {sided(rng, finding, side)}")
        if finding == "pneumothorax":
            phrases.append(
                either(
                    rng, f"collapsed {side} lung|visible visceral pleural line|absent lung markings"
                )
            )
        elif side in SIGN:
            signs = "blunting of the {0} costophrenic angle|fluid in the {0} pleural space"
            signs += "|opacification of the {0} lower hemithorax|effusion on the {0}"
            phrases.append(either(rng, signs).format(side))
            clear = "right" if side == "left" else "left"
            phrases.append(either(rng, f"meniscus sign|{side} hydrothorax|clear {clear} lung"))
    elif finding == "consolidation":
        what = either(rng, "consolidation|pneumonia|airspace opacity|pulmonary infiltrate")
        zone = about["zone"]
        phrases += [sided(rng, what, side), f"{what} of the {zone} zone"]
        if side in SIGN and zone != "middle":  # the left lung has no middle lobe
            phrases.append(
                f"{side} {zone} lobe {either(rng, 'pneumonia|consolidation|infiltrate')}"
            )
    elif finding == "cardiomegaly":
        phrases.append(either(rng, "cardiomegaly|enlarged heart|enlarged cardiac silhouette"))
        phrases.append("increased cardiothoracic ratio")
    elif finding == "nodules":
        phrases += nodule_phrases(about, rng)
    elif finding == "hilar mass":
        phrases.append(sided(rng, finding, side))
        phrases.append(either(rng, f"{side} hilar enlargement|{side} hilar lymphadenopathy"))
    else:
        normal = "normal findings|no abnormality|clear lungs|a normal heart and clear lungs"
        phrases.append(
            either(
                rng,
                "clear lungs|no focal lung lesion|no consolidation" if about["device"] else normal,
            )
        )
        phrases.append(
            either(rng, "no pleural effusion|sharp costophrenic angles|normal cardiac silhouette")
        )
    return phrases


def chest_phrases(about: dict, rng: np.random.Generator) -> list[str]:
    """What a legend says of a chest picture."""
    view, patient, worn = about["view"], about["patient"], about["device"]
    woman = "a woman" if view == "lateral" else "a woman|breast shadows"
    facts = [
        worn and f"{worn} in place|{worn}",
        "portable film|bedside supine film"
        if view == "portable"
        else f"{view} view|{view} projection",
        {"child": "a child|a paediatric patient", "female": woman}.get(patient),
        EXPOSURES.get(about.get("exposure")),
        about.get("inspiration") == "poor"
        and "low lung volumes|shallow inspiration|elevated diaphragm",
    ]
    shown = [phrase for each in diseases(about) for phrase in finding_phrases(about | each, rng)]
    if len(about.get("findings", ())) > 1:  # a lung without fluid need not be clear
        shown = [phrase for phrase in shown if "clear" not in phrase]
    return shown + [either(rng, wordings) for wordings in facts if wordings]


@kind(
    "radiology",
    "chest X-ray",
    "chest radiograph",
    "CXR",
    "chest x-ray image",
    "plain film of the chest",
    "thoracic radiograph",
    "chest film",
    "radiograph of the thorax",
    "chest roentgenogram",
    "X-ray of the lungs",
    "plain radiograph of the chest",
    "chest radiography",
    "thorax X-ray",
    "digital chest radiograph",
    "chest plain film",
    "frontal chest film",
    "thorax radiograph",
    "x-ray of the chest",
    "pulmonary radiograph",
    "lung x-ray",
    describe=chest_phrases,
)
def chest_xray(rng: np.random.Generator, findings=None) -> tuple[Image.Image, dict]:
    """A chest film: frontal or lateral, adult or child, normal or with one finding.

    With `findings`, names of `FINDINGS`, it is frontal and shows just these, several or none; those
    of `TWO_SIDED` take a side, as in "left-sided pleural effusion". `attributes["findings"]` then
    tells of each by its name, its box among it; "finding" is None, and the picture has no box of
    its own. Raises ValueError: another name.
    """
    view = choose(rng, ("PA",) * 8 + ("AP", "portable", "portable", "lateral"))
    finding = FINDINGS[int(rng.choice(len(FINDINGS), p=ODDS))]
    about = {"view": view, "finding": finding, "side": None, "device": None}
    about["patient"] = choose(rng, ("male", "male", "male", "female", "female", "child"))
    if findings is not None:
        level = asked_chest(rng, about, findings)
    elif view == "lateral":
        about["finding"] = finding if finding == "pleural effusion" and chance(rng, 0.4) else None
        level = lateral_chest(rng, about)
    else:
        about |= placed(rng, finding)
        level = frontal_chest(rng, about)
    if chance(rng, 0.3):
        level = collimate(rng, level)
    if about["view"] != "lateral" and chance(rng, 0.45):
        about["marker"] = choose(rng, ("L", "R"))
        x, y = 128 + SIGN[MARKS[about["marker"]]] * rng.uniform(85, 116), rng.uniform(12, 60)
        level = write(level, x, y, about["marker"], int(rng.integers(9, 20)), rng.uniform(0.85, 1))
    if chance(rng, 0.5 if view == "portable" else 0.15):
        level = notes(rng, level, NOTES + {"portable": "|PORTABLE|AP|SUPINE"}.get(view, ""))
    about["names"] = [name for each in diseases(about) for name in chest_names(about | each)]
    image = picture(level)
    return reframed(rng, image, about) if chance(rng, 0.5) else image, about


def asked_chest(rng: np.random.Generator, about: dict, findings) -> np.ndarray:
    """(S, S): a frontal film with just these findings; completes `about`."""
    sided = [f"{side}-sided {name}" for name in TWO_SIDED for side in SIGN]
    if unknown := set(findings) - set(FINDINGS[:-1]) - set(sided):
        can = ", ".join([*FINDINGS[:-1], *sided])
        raise ValueError(f"A chest X-ray cannot show {sorted(unknown)}. It can show: {can}.")
    about["view"] = "PA" if about["view"] == "lateral" else about["view"]
    about["finding"], about["findings"] = None, {}
    for finding in FINDINGS[:-1]:
        sides = [side for side in SIGN if f"{side}-sided {finding}" in findings]
        if finding in findings or sides:
            about["findings"][finding] = placed(rng, finding)
        if sides:
            about["findings"][finding]["side"] = "bilateral" if len(sides) == 2 else sides[0]
    level = frontal_chest(rng, about)
    return level
