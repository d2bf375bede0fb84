"""Computed tomography: head, chest and abdomen. Bone is white, air black, noise fine-grained."""

import numpy as np
from PIL import Image

from ..drawing import SIZE, X, Y, blur, choose, fractal, picture, soft
from ..kinds import kind
from . import canvas, head, trunk
from .canvas import SIDES, Slice, mirrored

HOUNSFIELD = {
    "air": -1000,
    "gas": -900,
    "lung": -860,
    "fat": -100,
    "skin": 20,
    "fluid": 8,
    "csf": 4,
    "gray": 38,
    "white": 27,
    "muscle": 55,
    "bowel": 45,
    "contents": 25,
    "stomach": 45,
    "pancreas": 45,
    "liver": 58,
    "liver vessel": 40,
    "spleen": 50,
    "kidney": 35,
    "medulla": 33,
    "vessel": 42,
    "vein": 40,
    "blood": 75,
    "marrow": 260,
    "bone": 900,
    "canal": 20,
    "cord": 38,
    "heart": 45,
    "metal": 2500,
    "dense": 90,
}
CONTRAST = {  # what each phase of contrast medium adds
    "none": {},
    "arterial": {
        "vessel": 260,
        "kidney": 130,
        "medulla": 20,
        "spleen": 70,
        "liver": 15,
        "heart": 190,
        "vein": 40,
        "liver vessel": 40,
    },
    "portal venous": {
        "vessel": 120,
        "vein": 110,
        "liver": 60,
        "spleen": 70,
        "kidney": 140,
        "medulla": 110,
        "liver vessel": 160,
        "heart": 110,
        "bowel": 35,
        "pancreas": 50,
    },
}


WINDOWS = {  # the ranges of width and centre, and what legends say
    "soft tissue": ((300, 560), (30, 65), ["soft-tissue window", "abdominal window"]),
    "narrow": ((130, 230), (60, 100), ["narrow window", "liver window", "a high-contrast window"]),
    "bone": ((1300, 2500), (250, 600), ["bone window", "the skeleton in a bone window"]),
    "wide": ((700, 1300), (0, 100), ["wide window", "a low-contrast wide window"]),
    "full": ((2200, 4000), (-250, 250), ["full range of densities", "a very wide window"]),
}


def chosen_window(rng: np.random.Generator, window: str) -> tuple[int, int]:
    """A width and a centre of this window."""
    widths, centres, _ = WINDOWS[window]
    return int(rng.integers(*widths)), int(rng.integers(*centres))


def windowed(
    centre: float, width: float, added: dict[str, float] | None = None
) -> dict[str, float]:
    """The gray level of each tissue in a window, with contrast medium in it or not."""
    values = {tissue: hu + (added or {}).get(tissue, 0) for tissue, hu in HOUNSFIELD.items()}
    return {
        tissue: float(np.clip((hu - centre) / width + 0.5, -0.08, 1.3))
        for tissue, hu in values.items()
    }


def scanned(body: Slice, rng: np.random.Generator, streaks: float, dose: float = 1.0) -> np.ndarray:
    """The slice as the scanner gives it: fine grain, streaks through dense bone, a little blur."""
    field = blur(body.field, rng.uniform(0.4, 0.9))
    grain = blur(rng.standard_normal((SIZE, SIZE), dtype=np.float32), rng.uniform(0.35, 0.8))
    field = field + dose * rng.uniform(0.01, 0.07) * grain / grain.std()
    if rng.random() < 0.4:
        x, y = body.coordinates()
        rays = rng.normal(0, 1, 180)
        field += streaks * rays[((np.arctan2(y, x) % np.pi) * (179 / np.pi)).astype(np.intp)]
    if body.metal:
        field = streaked(field, body, rng)
    if rng.random() < 0.25:  # a sharp kernel
        field += rng.uniform(0.4, 1.2) * (field - blur(field, 1.2))
    if rng.random() < 0.1:
        field = canvas.coarse(field, int(rng.integers(70, 130)))
    pale_air = body.levels["air"] > 0.05
    if rng.random() < (0.45 if pale_air else 0.2):  # the round field of view
        x, y = np.mgrid[0:SIZE, 0:SIZE] - SIZE / 2
        outside = np.hypot(x, y) > rng.uniform(0.5, 0.53) * SIZE
        field = np.where(outside, 0, np.clip(field, 0, 1) + rng.uniform(0, 0.06))
    return field


def streaked(field: np.ndarray, body: Slice, rng: np.random.Generator) -> np.ndarray:
    """The field with bright and dark rays from each implant, and dark bands between two."""
    strength, spots = rng.uniform(0.15, 0.5), body.place(body.metal)
    for x, y in spots:
        rays = rng.normal(0, 1, 90) * (rng.random(90) < 0.5)
        dx, dy = X - x, Y - y
        fall = np.exp(-np.hypot(dx, dy) / rng.uniform(30, 90))
        turn = (np.arctan2(dy, dx) % np.pi) * (89 / np.pi)
        field = field + strength * fall * np.interp(turn, np.arange(90), rays)
    if len(spots) > 1:
        middle, reach = spots[:, 0].mean(), np.ptp(spots[:, 0]) / 2
        between = soft(np.abs(Y - spots[:, 1].mean()), 9, 8) * soft(np.abs(X - middle), reach, 4)
        field = field - 0.6 * strength * between
    return field


def implant(body: Slice, *spots: tuple[float, float], size: float = 0.05) -> None:
    """Metal at each spot, which throws streaks when the slice is scanned."""
    for x, y in spots:
        body.disc("metal", x, y, size, size * body.rng.uniform(0.5, 1), rough=0.1)
        body.metal.append((x, y))


def table(body: Slice, low: float, wide: float) -> None:
    """The couch: one or two thin curved lines under the patient, at times wider than the frame."""
    rng = body.rng
    wide = wide * choose(rng, [1.0, 1.0, 1.8])
    x, sag = np.linspace(-wide, wide, 24), rng.uniform(0.02, 0.15) * wide
    for k in range(int(rng.integers(1, 3))):
        line = np.stack([x, low + 0.07 * k - sag * (x / wide) ** 2 * (1 - 0.5 * k)], axis=1)
        body.paint(
            body.levels["fat"] + rng.uniform(0, 0.3),
            line,
            0.8,
            width=rng.uniform(0.012, 0.03),
            closed=False,
        )


def published(
    body: Slice, rng: np.random.Generator, attributes: dict, streaks: float, letters="RL", dose=1.0
):
    """The figure and its attributes: scanned, with text in the corners or not, framed."""
    image = picture(scanned(body, rng, streaks, dose))
    if rng.random() < 0.3:
        width, centre = attributes.pop("setting")
        tube = f"kV {choose(rng, [80, 100, 120, 140])}", f"mA {rng.integers(80, 400)}"
        canvas.scanner_text(image, rng, [*tube, f"W {width} L {centre}", "FOV 35 cm"], letters)
    attributes.pop("setting", None)
    return canvas.framed(image, attributes, rng)


def phrases(options: list, rng: np.random.Generator) -> list[str]:
    """One wording of each fact; facts without wording fall away."""
    return [choose(rng, wordings) for wordings in options if wordings]


HEAD_FINDINGS = {
    "epidural haematoma": [
        "{side} epidural haematoma",
        "a biconvex extra-axial hyperdensity on the {side}",
        "lens-shaped extradural hematoma on the {side}",
    ],
    "subdural haematoma": [
        "{side} subdural haematoma",
        "crescent-shaped extra-axial haemorrhage on the {side}",
        "a hyperdense crescent along the {side} convexity",
    ],
    "intraparenchymal haemorrhage": [
        "{side} intracerebral haemorrhage",
        "a hyperdense bleed in the {side} hemisphere",
        "acute intraparenchymal hematoma on the {side}",
    ],
    "infarct": [
        "{side} hypodense infarct",
        "a wedge-shaped hypodensity in the {side} hemisphere",
        "ischaemic stroke of the {side} hemisphere",
    ],
}
HEAD_LEVELS = {
    "ventricles": ["at the level of the lateral ventricles", "the frontal horns and basal ganglia"],
    "convexity": ["a slice near the vertex", "the cerebral convexity", "the centrum semiovale"],
    "posterior fossa": [
        "the posterior fossa",
        "the orbits and the skull base",
        "cerebellum and brain stem",
    ],
    "middle": ["brain, skull and neck", "the skull vault and the skull base"],
}


def head_phrases(a: dict, rng: np.random.Generator) -> list[str]:
    """Legend phrases of a head CT."""
    found = [w.format(side=a["side"]) for w in HEAD_FINDINGS.get(a["finding"], [])]
    return phrases(
        [
            found
            or ["no haemorrhage", "no acute intracranial abnormality", "normal brain parenchyma"],
            HEAD_LEVELS[a["level"]],
            [f"{a['plane']} plane", f"{a['plane']} section"],
            ["streak artefacts from dental fillings", "metal artefacts from the teeth"]
            if a["metal"]
            else [],
            ["bone window", "the skull in a bone window"]
            if a["window"] == "bone"
            else ["brain window", "narrow window"],
            ["midline shift", "displacement of the midline"] if a["midline shift"] else [],
            ["enlarged ventricles", "hydrocephalus", "ventriculomegaly"]
            if a["ventricles"] == "enlarged"
            else [],
            ["the head holder", "the head rest below the skull"] if a["head holder"] else [],
        ],
        rng,
    )


def head_bleed(body: Slice, finding: str, s: int, outline: np.ndarray, brain: np.ndarray):
    """A haemorrhage or an infarct on the side s; returns its box."""
    rng, curve = body.rng, canvas.spline(outline)
    middle, reach = rng.uniform(0.9, 2.2), rng.uniform(0.35, 0.8)
    if finding == "intraparenchymal haemorrhage":
        x, y, r = s * rng.uniform(0.25, 0.42), rng.uniform(-0.35, 0.4), rng.uniform(0.08, 0.22)
        body.disc("white", x, y, r * 1.35, r * 1.3, rough=0.3, within=brain, fuzz=2, alpha=0.8)
        return body.disc(
            "blood", x, y, r, r * rng.uniform(0.7, 1.2), rough=0.35, within=brain, fuzz=0.8
        )
    if finding == "infarct":
        a = middle + np.array([-reach / 2, 0, reach / 2])
        rim = np.stack([s * np.sin(a), -np.cos(a)], axis=1) * (0.72, 0.9)
        wedge = [*rim, (s * 0.22, -np.cos(middle) * 0.2)]
        return body.paint("csf", wedge, rng.uniform(0.5, 0.8), within=brain, fuzz=3)
    if finding == "subdural haematoma":
        reach = rng.uniform(0.9, 1.3)
    t = np.linspace(middle - reach, middle + reach, 20)
    angle = np.arctan2(s * curve[:, 0], -curve[:, 1])
    order = np.argsort(angle)
    radius = np.interp(t, angle[order], np.hypot(*curve.T)[order], period=2 * np.pi)
    bulge = np.cos((t - middle) / reach * np.pi / 2).clip(0) ** (
        1.0 if finding.startswith("epi") else 0.5
    )
    depth = rng.uniform(0.15, 0.3) if finding.startswith("epi") else rng.uniform(0.05, 0.13)
    rays = np.stack([s * np.sin(t), -np.cos(t)], axis=1)
    shape = np.concatenate(
        [rays * (radius * 0.9)[:, None], (rays * (radius * 0.865 - depth * bulge)[:, None])[::-1]]
    )
    return body.paint("blood", shape, within=brain, fuzz=0.6)


def skull_base(body: Slice, rng: np.random.Generator, brain: np.ndarray) -> None:
    """Petrous bones with air cells, cisterns, the eyes and the nose: what a low slice shows."""
    head.orbits(body, rng, brain)
    high, rise = rng.random() < 0.35, (1, rng.uniform(0.5, 1.3))
    for s in (-1, 1):
        petrous = [(0.12, 0.02), (0.45, 0.12), (0.72, 0.2), (0.68, 0.36), (0.4, 0.25), (0.15, 0.1)]
        if high:
            continue
        body.bone(mirrored(petrous, s) * rise, 0.04)
        for _ in range(9):
            spot = s * rng.uniform(0.42, 0.64), rng.uniform(0.18, 0.28)
            body.disc("gas", *(np.array(spot) * rise), 0.02)
        body.smooth(
            "bone", mirrored([(0.1, -0.3), (0.45, -0.32), (0.7, -0.42), (0.4, -0.26)], s), fuzz=0.5
        )
    body.disc("gray", 0, 0.2, 0.14, 0.12)
    body.disc("csf", 0, 0.36, 0.07, 0.04, fuzz=0.7)


@kind(
    "radiology",
    "head CT",
    "CT of the head",
    "head CT scan",
    "brain CT",
    "CT brain",
    "cranial CT",
    "computed tomography of the head",
    "cranial computed tomography",
    "CT scan of the brain",
    "CCT",
    "axial head CT",
    "axial CT of the skull and brain",
    "CAT scan of the head",
    "CT image of the brain",
    "CT slice of the head",
    "brain computed tomography",
    "NCCT head",
    describe=head_phrases,
)
def head_ct(rng: np.random.Generator) -> tuple[Image.Image, dict]:
    """A bright ring of skull around low-contrast brain: bleeds, infarcts, brain or bone window."""
    bony = rng.random() < 0.15
    width, centre = (
        (int(rng.integers(1500, 3000)), 400)
        if bony
        else (int(rng.integers(75, 130)), int(rng.integers(30, 45)))
    )
    if rng.random() < 0.2:
        return head_in_profile(rng, bony, (width, centre))
    level = choose(rng, ["ventricles", "ventricles", "convexity", "posterior fossa"])
    finding = (
        None
        if bony or level == "posterior fossa" or rng.random() < 0.3
        else choose(rng, list(HEAD_FINDINGS))
    )
    s = choose(rng, (-1, 1))
    low = level == "posterior fossa"
    unit = rng.uniform(85, 118) * (0.94 if low else 1)
    middle = (0.0, -0.1 if low else 0.0)
    body = Slice(rng, windowed(centre, width), unit, middle, wobble=0.01)
    body.rough *= 0.25
    if rng.random() < 0.3:
        body.turn += rng.normal(0, 0.15)
    outline = head.head_outline(rng)
    if rng.random() < 0.3:
        outline = outline * (1.06, 0.94)
    x, y = body.coordinates()
    e, theta = head.polar(x, y, outline)
    holder = rng.random() < 0.4
    if holder:
        t = np.linspace(0.5, np.pi - 0.5, 30)
        for r in (1.18, 1.25)[: int(rng.integers(1, 3))]:
            body.paint(
                0.45,
                np.stack([r * np.cos(t), r * np.sin(t)], axis=1),
                0.8,
                width=0.025,
                closed=False,
            )
    inner, outer = rng.uniform(0.86, 0.9), rng.uniform(0.95, 0.98)
    body.lay("skin", soft(e, 1.05, 0.02))
    body.lay("fat", soft(e, 1.035, 0.02) * rng.uniform(0.3, 1))
    body.lay("bone", soft(e, outer, 0.02))
    diploe = soft(np.abs(e - (inner + outer) / 2), (outer - inner) / 5, 0.01)
    body.lay("marrow" if bony else "bone", diploe)
    brain = soft(e, inner, 0.015)
    body.lay("csf", brain)
    furrow = head.folds(rng, np.clip(1 - e / inner, 0, 1), theta, rng.uniform(0.8, 1.2))
    old = rng.choice([0.06, 0.15, 0.3])
    body.lay("gray", brain * np.clip(1 - soft(furrow, old, 0.2), 0, 1))
    body.lay("white", brain * (1 - soft(furrow, rng.uniform(0.7, 1), 0.5)) * 0.9)
    body.paint(
        "dense", [(0, -inner), (0, -0.5)], 0.5, width=0.02, closed=False, within=brain, fuzz=0.8
    )
    body.paint(
        "dense", [(0, 0.55), (0, inner)], 0.5, width=0.02, closed=False, within=brain, fuzz=0.8
    )
    shift = (
        -s * rng.uniform(0.06, 0.14)
        if finding and finding != "infarct" and rng.random() < 0.6
        else 0.0
    )
    size = rng.uniform(1.5, 2.2) if rng.random() < 0.2 else rng.uniform(0.7, 1.15)
    if level == "ventricles":
        for side in (-1, 1):
            body.disc(
                "gray", side * 0.24 + shift, -0.12, 0.09, 0.22, side * -0.3, fuzz=2, alpha=0.7
            )
        head.ventricles(body, size, shift, calcified=rng.random() < 0.4)
    elif level == "posterior fossa":
        skull_base(body, rng, brain)
    box = head_bleed(body, finding, s, outline, brain) if finding else None
    finding = finding if box else None
    if bony:
        body.paint("bone", [(0, -outer), (0, -inner)], width=0.03)
    attributes = {
        "plane": "axial",
        "level": level,
        "window": "bone" if bony else "brain",
        "finding": finding,
        "side": SIDES[s] if finding else None,
        "box": box,
        "midline shift": bool(shift) and level == "ventricles",
        "ventricles": "enlarged" if level == "ventricles" and size > 1.4 else "normal",
        "head holder": holder,
        "metal": None,
        "setting": (width, centre),
        "names": ["axial CT of the head", "unenhanced CT of the brain", "non-contrast head CT"],
    }
    if finding and "haem" in finding:
        attributes["names"].append("CT of intracranial haemorrhage")
    return published(body, rng, attributes, 0.01, dose=0.3 if bony else 1.0)


def head_in_profile(
    rng: np.random.Generator, bony: bool, setting: tuple[int, int]
) -> tuple[Image.Image, dict]:
    """A sagittal slice of head, face and neck, or a coronal one, at times with a haemorrhage."""
    width, centre = setting
    plane, s = choose(rng, ["sagittal", "coronal"]), choose(rng, (-1, 1))
    middle = (0.0, 0.12 if plane == "sagittal" else 0.0)
    body = Slice(rng, windowed(centre, width), rng.uniform(88, 120), middle, wobble=0.012)
    body.rough *= 0.25
    size = rng.uniform(0.7, 1.3)
    plan = {"skull stripped": False, "atrophy": bool(rng.random() < 0.4), "ventricle size": size}
    draw = head.sagittal_head if plane == "sagittal" else head.coronal_head
    brain, box, metal = draw(body, rng, plan), None, None
    if plane == "coronal" and not bony and rng.random() < 0.6:
        x, y, r = s * rng.uniform(0.25, 0.5), rng.uniform(-0.45, 0.1), rng.uniform(0.09, 0.2)
        box = body.disc("blood", x, y, r, r * 0.8, rough=0.3, within=brain, fuzz=0.8)
    elif plane == "sagittal" and rng.random() < 0.3:
        metal = "dental fillings"
        implant(body, (-0.74, 0.82), size=0.04)
    finding = "intraparenchymal haemorrhage" if box else None
    attributes = {
        "plane": plane,
        "level": "middle",
        "window": "bone" if bony else "brain",
        "finding": finding,
        "side": SIDES[s] if finding else None,
        "box": box,
        "midline shift": False,
        "ventricles": "normal",
        "head holder": False,
        "metal": metal,
        "setting": setting,
        "names": [f"{plane} CT of the head", f"{plane} reformatted head CT", f"{plane} CT slice"],
    }
    letters = "AP" if plane == "sagittal" else "RL"
    return published(body, rng, attributes, 0.01, letters, dose=0.3 if bony else 1.0)


def abdomen_phrases(a: dict, rng: np.random.Generator) -> list[str]:
    """Legend phrases of an abdominal CT."""
    if a["level"] == "vertebra":
        return phrases(
            [
                ["a single vertebra in cross-section", "vertebral body and posterior arch"],
                ["bone window", "bone kernel"],
                ["a lytic lesion of the vertebral body", "bone destruction"]
                if a["finding"]
                else ["intact cortex"],
            ],
            rng,
        )
    where = f"{a['side']} kidney" if a["organ"] == "kidney" else a["organ"]
    wording = {
        "pelvic mass": ["a mass in the pelvis", "a solid pelvic tumour", "pelvic mass"],
        "cyst": [f"a cyst of the {where}", f"well-defined fluid-attenuation lesion in the {where}"],
        "mass": [
            f"a mass in the {where}",
            f"hypodense tumour of the {where}",
            f"ill-defined lesion in the {where}",
        ],
        "metastases": [
            "multiple hypodense liver lesions",
            "liver metastases",
            "hepatic metastatic disease",
        ],
    }
    levels = {
        "liver": ["at the level of the liver and spleen", "the upper abdomen"],
        "kidneys": ["at the level of the kidneys", "both kidneys and loops of bowel"],
        "whole": ["liver, bowel and pelvis", "the abdomen from the diaphragm to the pelvis"],
        "hips": ["at the level of the femoral heads", "bladder, rectum and hip joints"],
        "ilium": ["at the level of the iliac wings", "the sacrum between the iliac bones"],
        "midline": ["the lumbar spine in profile", "vertebral column, aorta and bowel from aside"],
    }
    normal = ["no focal lesion", "normal solid organs"]
    phase = {
        "none": ["no intravenous contrast", "unenhanced phase"],
        "arterial": ["arterial phase", "a bright enhancing aorta"],
        "portal venous": ["portal venous phase", "after intravenous contrast"],
    }
    return phrases(
        [
            wording.get(
                a["finding"],
                ["intact bones", "no destructive bone lesion"] if a["window"] == "bone" else normal,
            ),
            levels[a["level"]],
            WINDOWS[a["window"]][2],
            phase[a["phase"]],
            [f"{a['metal']} with streak artefacts", f"metal artefacts from {a['metal']}"]
            if a["metal"]
            else [],
            [f"{a['plane']} section", f"{a['plane']} plane"],
            ["oral contrast in the bowel"] if a["oral contrast"] else [],
        ],
        rng,
    )


@kind(
    "radiology",
    "abdominal CT",
    "CT of the abdomen",
    "abdominal CT scan",
    "CT abdomen",
    "abdominal computed tomography",
    "computed tomography of the abdomen",
    "abdomen CT",
    "body CT",
    "CT of the abdominal organs",
    "CT scan of the belly",
    "CAT scan of the abdomen",
    "CT of the belly",
    "abdominal CT slice",
    "CT image of the abdomen",
    "CT slice of the trunk",
    "abdominal computed tomography slice",
    describe=abdomen_phrases,
)
def abdominal_ct(rng: np.random.Generator) -> tuple[Image.Image, dict]:
    """Liver, spleen, kidneys and bowel in dark gray fat: axial, coronal, sagittal, or the pelvis.

    There are three phases and five windows; some show implants, some one vertebra alone.
    """
    phase, oral = choose(rng, list(CONTRAST)), bool(rng.random() < 0.3)
    if rng.random() < 0.08:
        return vertebra_ct(rng)
    window = choose(rng, ["soft tissue"] * 6 + [*WINDOWS])
    width, centre = chosen_window(rng, window)
    levels = windowed(centre, width, CONTRAST[phase])
    if oral:
        levels["contents"] = 1.1
    plane = choose(rng, ["axial"] * 5 + ["coronal", "coronal", "sagittal"])
    level = {"coronal": "whole", "sagittal": "midline"}.get(plane)
    level = level or choose(rng, ["liver", "liver", "kidneys", "kidneys", "hips", "ilium"])
    pelvis = level in ("hips", "ilium")
    finding = choose(rng, [None, "cyst", "mass", "metastases"][: 3 if level == "kidneys" else 4])
    if pelvis:
        finding = choose(rng, [None, "pelvic mass"])
    if window in ("bone", "full"):
        finding = None
    dark = levels["fluid"] if finding == "cyst" else levels["liver"] - rng.uniform(0.14, 0.28)
    s = choose(rng, (-1, 1))
    body = Slice(rng, levels, rng.uniform(98, 140) if plane == "axial" else rng.uniform(98, 135))
    body.rough *= 0.2
    metal = None
    if plane == "axial" and rng.random() < 0.6:
        table(body, rng.uniform(0.82, 0.92), rng.uniform(0.6, 1.0))
    if pelvis:
        box = trunk.axial_pelvis(body, level, bool(finding), levels["muscle"] + 0.04)
        if level == "hips" and rng.random() < 0.25:
            metal = choose(rng, ["a hip prosthesis", "two hip prostheses"])
            sides = (-1, 1) if metal.startswith("two") else (s,)
            implant(body, *((side * 0.5, 0.08) for side in sides), size=0.11)
    elif plane == "axial":
        box = trunk.axial_abdomen(body, level, finding, dark, s)
        if rng.random() < 0.06:
            metal = "pedicle screws"
            implant(body, (-0.15, 0.42), (0.15, 0.42), size=0.035)
    elif plane == "sagittal":
        box = trunk.sagittal_abdomen(body, finding, dark)
    else:
        box = trunk.coronal_abdomen(body, finding, dark)
    finding = finding if box else None
    part = "pelvis" if pelvis else "abdomen"
    organ = "pelvis" if pelvis else "kidney" if level == "kidneys" else "liver"
    attributes = {
        "plane": plane,
        "level": level,
        "window": window,
        "finding": finding,
        "organ": organ if finding else None,
        "side": SIDES[s] if finding and level == "kidneys" else None,
        "phase": phase,
        "oral contrast": oral and "contents" in body.used,
        "metal": metal,
        "box": box,
        "setting": (width, centre),
        "names": [
            f"{plane} CT of the {part}",
            f"CT slice of the {part}",
            f"computed tomography of the {part}",
            f"{'unenhanced' if phase == 'none' else 'contrast-enhanced'} CT of the {part}",
        ],
    }
    if pelvis:
        attributes["names"] += ["pelvic CT", "CT pelvis"]
    if plane != "axial":
        attributes["names"] += ["CT of the abdomen and pelvis", "abdominopelvic CT"]
        attributes["names"] += [f"{plane} reformatted CT", f"{plane} CT reconstruction"]
    letters = "AP" if plane == "sagittal" else "RL"
    return published(body, rng, attributes, 0.02, letters)


def vertebra_ct(rng: np.random.Generator) -> tuple[Image.Image, dict]:
    """A close-up of a lumbar vertebra in a bone window."""
    width, centre = int(rng.integers(1200, 2200)), int(rng.integers(250, 450))
    body = Slice(rng, windowed(centre, width), rng.uniform(280, 420), centre=(0, 0.2))
    body.rough *= 2
    body.grain = fractal(rng, 5, 2) - 0.5
    body.lay("fat", np.ones((SIZE, SIZE), dtype=np.float32))
    for s in (-1, 1):
        body.disc("muscle", s * 0.3, 0.05, 0.14, 0.2)
    trunk.vertebra(body, 0.1, 0.16)
    body.disc("vessel", 0.06, -0.13, 0.07)
    lytic = bool(rng.random() < 0.4)
    box = (
        body.disc(
            "muscle",
            rng.uniform(-0.07, 0.07),
            rng.uniform(0.05, 0.13),
            0.05,
            0.06,
            rough=0.4,
            fuzz=1,
        )
        if lytic
        else None
    )
    return published(
        body,
        rng,
        {
            "plane": "axial",
            "level": "vertebra",
            "window": "bone",
            "metal": None,
            "finding": "lytic lesion" if lytic else None,
            "organ": "vertebra",
            "side": None,
            "phase": "none",
            "oral contrast": False,
            "box": box,
            "setting": (width, centre),
            "names": [
                "CT of a vertebra",
                "axial CT of the lumbar spine",
                "bone window CT of a vertebral body",
            ],
        },
        0.01,
        dose=0.6,
    )
