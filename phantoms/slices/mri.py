"""Magnetic resonance images of the brain and the abdomen.

Cortical bone is black, fat mostly bright.
"""

import numpy as np
from PIL import Image

from ..drawing import SIZE, blur, choose, noise, normalise, picture, stretched_noise
from ..kinds import kind
from . import canvas, head, trunk
from .canvas import SIDES, Slice

BRAIN_TISSUES = (
    "csf",
    "gray",
    "white",
    "fat",
    "muscle",
    "bone",
    "marrow",
    "vessel",
    "lesion",
    "edema",
    "blood",
)
BRAIN_LEVELS = {  # each sequence's level of the tissues above
    "T1": (0.1, 0.42, 0.62, 0.95, 0.4, 0.04, 0.6, 0.15, 0.28, 0.3, 0.85),
    "contrast-enhanced T1": (0.1, 0.4, 0.55, 0.9, 0.42, 0.04, 0.55, 0.95, 0.97, 0.28, 0.7),
    "T2": (0.97, 0.56, 0.36, 0.75, 0.25, 0.05, 0.4, 0.05, 0.8, 0.88, 0.1),
    "FLAIR": (0.07, 0.46, 0.36, 0.65, 0.28, 0.04, 0.35, 0.1, 0.9, 0.85, 0.15),
    "diffusion-weighted": (0.1, 0.36, 0.3, 0.1, 0.06, 0.03, 0.05, 0.05, 0.97, 0.4, 0.1),
    "proton-density": (0.62, 0.7, 0.6, 0.8, 0.5, 0.06, 0.6, 0.1, 0.85, 0.82, 0.4),
}
SEQUENCE_WORDS = {
    "T1": [
        "T1-weighted sequence",
        "dark cerebrospinal fluid and bright white matter",
        "T1 contrast",
    ],
    "contrast-enhanced T1": [
        "contrast-enhanced T1-weighted sequence",
        "T1 after gadolinium",
        "post-contrast T1",
    ],
    "T2": ["T2-weighted sequence", "bright cerebrospinal fluid", "T2 contrast"],
    "FLAIR": [
        "FLAIR sequence",
        "fluid-attenuated inversion recovery",
        "suppressed cerebrospinal fluid on FLAIR",
    ],
    "diffusion-weighted": ["diffusion-weighted sequence", "DWI", "echo-planar diffusion imaging"],
    "proton-density": ["proton-density weighting", "PD-weighted sequence", "low tissue contrast"],
}
BRAIN_FINDINGS = {
    "glioma": [
        "{side} glioma",
        "a tumour with surrounding oedema in the {side} hemisphere",
        "an irregular {side} intra-axial mass",
    ],
    "ring-enhancing lesion": [
        "a ring-enhancing lesion in the {side} hemisphere",
        "{side} glioblastoma with a necrotic centre",
        "an enhancing rim around a dark core on the {side}",
    ],
    "meningioma": [
        "{side} convexity meningioma",
        "a broad-based extra-axial mass on the {side}",
        "a {side} dural tumour",
    ],
    "infarct": [
        "{side} territorial infarct",
        "ischaemic stroke on the {side}",
        "a wedge-shaped infarct of the {side} hemisphere",
    ],
    "white matter lesions": [
        "multiple white matter lesions",
        "periventricular plaques as in multiple sclerosis",
        "scattered foci in the white matter of both hemispheres",
    ],
    "haemorrhage": [
        "{side} intracerebral haemorrhage",
        "a haematoma in the {side} hemisphere",
        "blood products on the {side}",
    ],
}


def brain_phrases(a: dict, rng: np.random.Generator) -> list[str]:
    """Legend phrases of a brain MRI."""
    found = BRAIN_FINDINGS.get(a["finding"]) or [
        "no focal lesion",
        "normal brain parenchyma",
        "healthy brain anatomy",
    ]
    if a["finding"] and not a["side"] and a["finding"] != "white matter lesions":
        found = [a["finding"], f"a {a['finding']}"]
    views = {
        "axial": ["axial plane", "a transverse section"],
        "sagittal": [
            "midsagittal plane with corpus callosum and brain stem",
            "sagittal view of the head",
            "sagittal plane",
        ],
        "multiplanar": ["axial, sagittal and coronal planes", "three orthogonal planes"],
        "coronal": ["coronal plane", "a coronal section through the temporal lobes"],
    }
    options = [
        [w.format(side=a["side"]) for w in found],
        SEQUENCE_WORDS[a["sequence"]],
        views[a["plane"]],
        ["skull-stripped brain", "the brain extracted from the skull"]
        if a["skull stripped"]
        else [],
        ["enlarged ventricles", "ventriculomegaly"] if a["ventricles"] == "enlarged" else [],
        ["widened sulci", "cortical atrophy"] if a["atrophy"] else [],
        [a["layout"]] if a["layout"] != "single slice" else [],
    ]
    return [choose(rng, wordings).lower() for wordings in options if wordings]


def received(
    body: Slice, rng: np.random.Generator, quality: str, shading: float = 0.3
) -> np.ndarray:
    """The slice as the coils give it: shaded, blurred, ghosted, with magnitude-image noise."""
    field = np.clip(body.field, 0, 1.2)
    field = field * (
        1 + shading * stretched_noise(rng, 160, 160).clip(-1.5, 1.5) * rng.uniform(0, 0.6)
    )
    field = blur(field, rng.uniform(0.4, 1.1) if quality == "sharp" else rng.uniform(0.8, 1.6))
    if quality == "ghosted":
        step = int(rng.integers(8, 60))
        for k in (-2, -1, 1, 2):
            field = field + rng.uniform(0.02, 0.09) * np.roll(field, k * step, axis=0)
    if quality == "low resolution":
        field = canvas.coarse(field, int(rng.choice([24, 32, 48, 64, 64, 80, 100])))
    level = rng.uniform(0.003, 0.05)
    real, imaginary = level * rng.standard_normal((2, SIZE, SIZE), dtype=np.float32)
    field = np.hypot(field + real, imaginary) if rng.random() < 0.8 else field
    return np.clip(field / rng.uniform(0.72, 1.1), 0, 1) ** rng.uniform(0.8, 1.25)


def published(body: Slice, rng: np.random.Generator, quality: str, letters: str) -> Image.Image:
    """The picture, with scanner text in the corners or not."""
    image = picture(received(body, rng, quality))
    if rng.random() < 0.25:
        tube = f"TR {rng.integers(300, 9000)}", f"TE {rng.integers(3, 120)}"
        settings = [*tube, "FOV 24x24", f"{choose(rng, [1.5, 3.0])}T"]
        canvas.scanner_text(image, rng, settings, letters)
    return image


def brain_lesion(body: Slice, finding: str, s: int, brain: np.ndarray, plan: dict):
    """The finding in the brain, on the side s; returns its box where it has one place."""
    rng, sagittal = body.rng, plan["plane"] == "sagittal"
    x = rng.uniform(-0.3, 0.4) if sagittal else s * rng.uniform(0.28, 0.48)
    y = (
        rng.uniform(-0.6, -0.4)
        if sagittal
        else rng.uniform(-0.45, 0.0)
        if plan["plane"] == "coronal"
        else rng.uniform(-0.45, 0.35)
    )
    r = rng.uniform(0.09, 0.24) * (0.7 if sagittal else 1)
    if finding == "white matter lesions":
        for _ in range(int(rng.integers(6, 22))):
            body.disc(
                "lesion" if plan["sequence"] != "T1" else "edema",
                rng.choice([-1, 1]) * rng.uniform(0.15, 0.5),
                rng.uniform(-0.45, 0.45),
                rng.uniform(0.015, 0.045),
                rng.uniform(0.015, 0.04),
                within=brain,
                fuzz=0.8,
            )
        return None
    if finding == "meningioma":
        x = x if sagittal else s * rng.uniform(0.52, 0.6)
        y = y - 0.1 if sagittal else rng.uniform(-0.45, 0.1)
        body.disc("csf", x, y, r * 1.12, within=brain, fuzz=0.7)
        return body.disc("lesion", x, y, r, rough=0.06, within=brain)
    if finding == "infarct":
        a = rng.uniform(1.2, 2.0) + np.array([-0.5, 0, 0.45]) * rng.uniform(0.5, 1)
        wedge = [*(np.stack([s * np.sin(a), -np.cos(a)], axis=1) * 0.8), (s * 0.25, -0.05)]
        return body.smooth("lesion", wedge, within=brain * (0.4 + 0.6 * noise(rng, 12)), fuzz=2)
    body.disc(
        "edema", x, y, r * rng.uniform(1.3, 1.9), rough=0.6, within=brain, fuzz=2.5, alpha=0.9
    )
    if finding == "haemorrhage":
        return body.disc(
            "blood", x, y, r, r * rng.uniform(0.6, 1), rough=0.3, within=brain, fuzz=0.7
        )
    box = body.disc("lesion", x, y, r, r * rng.uniform(0.75, 1), rough=0.3, within=brain, fuzz=1)
    if finding == "ring-enhancing lesion":
        body.disc(
            0.15, x, y, r * rng.uniform(0.55, 0.8), r * 0.6, rough=0.4, within=brain, fuzz=0.8
        )
    else:
        for _ in range(4):
            body.disc(
                "edema",
                x + rng.normal(0, r / 3),
                y + rng.normal(0, r / 3),
                r * 0.3,
                rough=0.4,
                within=brain,
                fuzz=1.5,
            )
    return box


def brain_slice(
    rng: np.random.Generator, plan: dict, montage: bool = False
) -> tuple[Image.Image, object]:
    """One slice of the head after the plan, and the box of the finding."""
    unit = (rng.uniform(92, 118) if rng.random() < 0.75 else rng.uniform(118, 160)) * (
        1.12 if plan["skull stripped"] else 1
    )
    levels = dict(zip(BRAIN_TISSUES, BRAIN_LEVELS[plan["sequence"]], strict=True))
    levels |= {"air": 0.0, "gas": 0.02}
    if rng.random() < 0.35:  # cortex and white matter look much alike
        levels["gray"] += rng.uniform(0.4, 0.9) * (levels["white"] - levels["gray"])
    levels["fat"] *= rng.uniform(0.6, 1.1)
    centre = (0.0, 0.0)
    if not plan["skull stripped"]:
        centre = (
            0.0,
            {"sagittal": 0.12}.get(plan["plane"], -0.1 * (plan["level"] == "posterior fossa")),
        )
    body = Slice(rng, levels, unit, centre, wobble=0.012)
    draw = {"axial": head.axial_head, "sagittal": head.sagittal_head, "coronal": head.coronal_head}[
        plan["plane"]
    ]
    brain = draw(body, rng, plan)
    box = brain_lesion(body, plan["finding"], plan["s"], brain, plan) if plan["finding"] else None
    if plan["sequence"] == "diffusion-weighted":
        body.field = canvas.coarse(body.field, int(rng.integers(60, 120)))
    if rng.random() < 0.3:  # the coils around the head see the scalp best
        x, y = body.coordinates()
        body.field = body.field * np.clip(0.7 + rng.uniform(0.2, 0.7) * (x**2 + y**2), 0, 1.6)
    if montage:
        return picture(received(body, rng, "sharp")), None
    return published(body, rng, plan["quality"], "RL" if plan["plane"] != "sagittal" else "AP"), box


def brain_plan(rng: np.random.Generator) -> dict:
    """What is to be drawn: plane, sequence, level, finding, side, quality."""
    sequence = choose(rng, [*BRAIN_LEVELS, "T1", "T2", "contrast-enhanced T1"])
    plane = choose(rng, ["axial", "axial", "axial", "sagittal", "coronal"])
    if sequence == "diffusion-weighted":
        plane = "axial"
    findings = [
        f
        for f in BRAIN_FINDINGS
        if f != "ring-enhancing lesion" or sequence == "contrast-enhanced T1"
    ]
    if plane == "sagittal":
        findings = ["glioma", "meningioma", "haemorrhage"]
    level = (
        choose(rng, ["ventricles", "ventricles", "convexity", "posterior fossa"])
        if plane == "axial"
        else "middle"
    )
    finding = None if level == "posterior fossa" or rng.random() < 0.35 else choose(rng, findings)
    return {
        "plane": plane,
        "sequence": sequence,
        "level": level,
        "finding": finding,
        "s": choose(rng, (-1, 1)),
        "skull stripped": bool(rng.random() < 0.15),
        "atrophy": bool(rng.random() < 0.25),
        "ventricle size": rng.uniform(1.5, 2.2) if rng.random() < 0.2 else rng.uniform(0.6, 1.2),
        "quality": choose(rng, ["sharp"] * 5 + ["soft"] * 3 + ["ghosted", "low resolution"]),
    }


@kind(
    "radiology",
    "brain MRI",
    "MRI of the brain",
    "magnetic resonance imaging of the brain",
    "brain magnetic resonance image",
    "MRI of the head",
    "head MRI",
    "cranial MRI",
    "MR image of the brain",
    "cerebral MRI",
    "brain MR scan",
    "MRI brain scan",
    "neuroimaging by MRI",
    "cranial magnetic resonance imaging",
    "brain MRI slice",
    "MRI slice of the brain",
    "MR brain",
    "magnetic resonance image of the head",
    describe=brain_phrases,
)
def brain_mri(rng: np.random.Generator) -> tuple[Image.Image, dict]:
    """Folded cortex over white matter in thin black skull: three planes, six sequences, lesions."""
    plan = brain_plan(rng)
    layout = "single slice"
    if rng.random() < 0.06:
        image, layout = canvas.sheet_of(lambda: brain_slice(rng, plan, montage=True)[0], rng)
        box = None
    elif rng.random() < 0.08:
        plan |= {"plane": "multiplanar", "finding": None, "level": "middle"}
        views = [("axial", "ventricles"), ("sagittal", "middle"), ("coronal", "middle")]
        views = [plan | dict(zip(("plane", "level"), view, strict=True)) for view in views]
        order = iter(rng.permutation(3))
        image, layout = canvas.sheet_of(
            lambda: brain_slice(rng, views[next(order)], montage=True)[0],
            rng,
            choose(rng, [(3, 1), (3, 1), (1, 3)]),
        )
        layout, box = "three orthogonal views side by side", None
    else:
        image, box = brain_slice(rng, plan)
        if not box and plan["finding"] != "white matter lesions":
            plan["finding"] = None  # it came to lie outside the picture
    two_sided = plan["finding"] in (None, "white matter lesions") or plan["plane"] == "sagittal"
    sized = plan["level"] in ("ventricles", "middle")
    attributes = {
        name: plan[name]
        for name in ("plane", "sequence", "level", "finding", "skull stripped", "atrophy")
    } | {
        "side": None if two_sided else SIDES[plan["s"]],
        "box": box,
        "layout": layout,
        "ventricles": "enlarged" if sized and plan["ventricle size"] > 1.4 else "normal",
        "names": [
            f"{plan['plane']} brain MRI",
            f"{plan['sequence']} MRI of the head",
            f"{plan['plane']} {plan['sequence']} MR image",
            f"{plan['sequence']}-weighted MRI of the brain"
            if plan["sequence"].endswith(("T1", "T2"))
            else f"{plan['sequence']} brain MRI",
        ],
    }
    if plan["skull stripped"]:
        attributes["names"].append("skull-stripped brain MRI")
    return (
        (image, attributes)
        if box is None and layout != "single slice"
        else canvas.framed(image, attributes, rng)
    )


ABDOMEN_TISSUES = (
    "fat",
    "skin",
    "muscle",
    "liver",
    "liver vessel",
    "spleen",
    "kidney",
    "medulla",
    "fluid",
    "vessel",
    "vein",
    "bone",
    "marrow",
    "bowel",
    "stomach",
    "contents",
    "gas",
    "lung",
    "pancreas",
    "canal",
    "cord",
    "mass",
)
ABDOMEN_LEVELS = {
    "T2": (
        0.85,
        0.5,
        0.18,
        0.34,
        0.12,
        0.55,
        0.62,
        0.75,
        0.98,
        0.05,
        0.12,
        0.04,
        0.42,
        0.4,
        0.35,
        0.9,
        0.02,
        0.04,
        0.4,
        0.95,
        0.4,
        0.6,
    ),
    "fat-suppressed T2": (
        0.15,
        0.3,
        0.15,
        0.28,
        0.1,
        0.6,
        0.68,
        0.85,
        0.99,
        0.05,
        0.1,
        0.03,
        0.18,
        0.35,
        0.3,
        0.92,
        0.02,
        0.03,
        0.4,
        0.95,
        0.4,
        0.65,
    ),
    "T1": (
        0.92,
        0.6,
        0.36,
        0.55,
        0.4,
        0.4,
        0.46,
        0.36,
        0.13,
        0.25,
        0.3,
        0.04,
        0.5,
        0.36,
        0.35,
        0.25,
        0.02,
        0.03,
        0.58,
        0.15,
        0.35,
        0.3,
    ),
    "contrast-enhanced T1": (
        0.18,
        0.35,
        0.32,
        0.58,
        0.85,
        0.66,
        0.85,
        0.6,
        0.1,
        0.95,
        0.88,
        0.03,
        0.25,
        0.5,
        0.45,
        0.15,
        0.02,
        0.03,
        0.6,
        0.1,
        0.35,
        0.35,
    ),
    "balanced steady-state": (
        0.7,
        0.5,
        0.22,
        0.36,
        0.8,
        0.5,
        0.6,
        0.7,
        0.97,
        0.92,
        0.9,
        0.04,
        0.35,
        0.4,
        0.35,
        0.85,
        0.02,
        0.05,
        0.4,
        0.95,
        0.5,
        0.55,
    ),
}
ABDOMEN_SEQUENCES = {
    "T2": ["T2-weighted sequence", "single-shot T2", "T2 contrast with bright fluid"],
    "fat-suppressed T2": ["fat-suppressed T2-weighted sequence", "T2 with fat saturation"],
    "T1": ["T1-weighted gradient echo", "T1 contrast with bright fat"],
    "contrast-enhanced T1": [
        "contrast-enhanced T1 with fat saturation",
        "portal venous phase after gadolinium",
    ],
    "balanced steady-state": [
        "balanced steady-state free precession",
        "TrueFISP with bright vessels",
    ],
    "MRCP": [
        "MR cholangiopancreatography",
        "MRCP of the biliary tree",
        "bright bile ducts on a black background",
    ],
}


def abdomen_phrases(a: dict, rng: np.random.Generator) -> list[str]:
    """Legend phrases of an abdominal MRI."""
    if a["sequence"] == "MRCP":
        found = (
            ["dilated bile ducts", "biliary dilatation"]
            if a["finding"]
            else ["slender bile ducts", "normal biliary tree"]
        )
        return [
            choose(rng, found),
            choose(rng, ABDOMEN_SEQUENCES["MRCP"]).lower(),
            choose(rng, ["coronal projection", "gallbladder and common bile duct"]),
        ]
    where = f"{a['side']} kidney" if a["organ"] == "kidney" else a["organ"]
    tone = f"{a['lesion signal']} lesion"
    found = {
        "pelvic mass": ["a mass in the pelvis", "a pelvic tumour", "pelvic mass"],
        "cyst": [f"a cyst of the {where}", f"a smooth {tone} in the {where}"],
        "mass": [f"a tumour of the {where}", f"an irregular {tone} in the {where}"],
        "metastases": ["multiple liver metastases", f"several {a['lesion signal']} liver lesions"],
    }
    levels = {
        "liver": ["liver and spleen", "the upper abdomen"],
        "kidneys": ["both kidneys", "kidneys and bowel loops"],
        "whole": ["liver, bowel and pelvis", "the whole abdomen"],
        "hips": ["femoral heads, bladder and rectum", "at the level of the hip joints"],
        "ilium": ["iliac wings and sacrum", "bowel loops above the pelvis"],
        "midline": ["vertebral column, aorta and bowel", "the lumbar spine from aside"],
    }
    options = [
        found.get(a["finding"], ["no focal liver lesion", "normal solid organs"]),
        ABDOMEN_SEQUENCES[a["sequence"]],
        levels[a["level"]],
        [f"{a['plane']} plane", f"{a['plane']} section"],
    ]
    return [choose(rng, wordings).lower() for wordings in options]


def bile_ducts(body: Slice, wide: bool) -> None:
    """The MRCP picture: gallbladder, bile ducts, pancreatic duct, duodenum and stomach in white."""
    rng = body.rng
    body.field += 0.12 * normalise(stretched_noise(rng, 40, 40)) + 0.05
    for _ in range(8):
        a = rng.uniform(3.0, 6.4)
        path = np.cumsum(
            [
                (-0.1, -0.2),
                *(
                    0.15
                    * np.stack(
                        [np.cos(a + rng.normal(0, 0.4, 3)), np.sin(a + rng.normal(0, 0.4, 3))],
                        axis=1,
                    )
                ),
            ],
            0,
        )
        body.paint(
            rng.uniform(0.5, 0.9),
            path,
            width=rng.uniform(0.03, 0.08) if wide else 0.018,
            closed=False,
            fuzz=0.7,
        )
    body.paint(
        "fluid",
        [(-0.1, -0.2), (-0.05, 0.05), (0.0, 0.35), (-0.08, 0.45)],
        width=0.1 if wide else 0.05,
        closed=False,
        fuzz=0.6,
    )
    body.paint(
        0.8,
        [(-0.08, 0.42), (0.1, 0.2), (0.4, 0.1), (0.65, -0.02)],
        width=0.025,
        closed=False,
        fuzz=0.6,
    )
    body.disc("fluid", -0.32, 0.12, 0.11, 0.22, 0.3, fuzz=0.6)
    trunk.bowel(body, 6, (-0.2, 0.8), (0.4, 0.9), 0.12)
    body.disc(0.7, 0.5, -0.45, 0.25, 0.16, -0.5, rough=0.3, fuzz=2)


def arms(body: Slice, rng: np.random.Generator) -> None:
    """At times the arms beside the trunk: fat, muscle and bone, cut off by the frame or not."""
    if rng.random() < 0.2:
        for s in (-1, 1):
            x, y = s * rng.uniform(1.1, 1.3), rng.uniform(-0.2, 0.3)
            body.disc("fat", x, y, 0.15, 0.18)
            body.disc("muscle", x, y, 0.12, 0.14)
            body.disc("marrow", x, y, 0.04)


@kind(
    "radiology",
    "abdominal MRI",
    "MRI of the abdomen",
    "magnetic resonance imaging of the abdomen",
    "abdomen MRI",
    "abdominal magnetic resonance image",
    "MR image of the abdomen",
    "MRI of the upper abdomen",
    "abdominal MR scan",
    "body MRI",
    "liver MRI",
    "hepatobiliary MRI",
    "MRI scan of the belly",
    "abdominal MRI slice",
    "MRI slice of the abdomen",
    "MR image of the trunk",
    "abdominal magnetic resonance imaging",
    describe=abdomen_phrases,
)
def abdominal_mri(rng: np.random.Generator) -> tuple[Image.Image, dict]:
    """Liver, spleen, kidneys and bright fat with coil shading, axial or coronal, five sequences.

    A few are MRCPs.
    """
    cholangiogram = rng.random() < 0.06
    sequence = choose(rng, list(ABDOMEN_LEVELS))
    levels = dict(zip(ABDOMEN_TISSUES, ABDOMEN_LEVELS[sequence], strict=True)) | {"air": 0.0}
    plane = choose(rng, ["axial"] * 7 + ["coronal"] * 3 + ["sagittal"])
    plane = "coronal" if cholangiogram else plane
    level = {"coronal": "whole", "sagittal": "midline"}.get(plane)
    level = level or choose(rng, ["liver"] * 4 + ["kidneys"] * 4 + ["hips", "ilium"])
    pelvis = level in ("hips", "ilium")
    finding = choose(rng, [None, "cyst", "mass", "metastases"][: 3 if level == "kidneys" else 4])
    if pelvis:
        finding = choose(rng, [None, "pelvic mass"])
    s, signal = choose(rng, (-1, 1)), levels["fluid"] if finding == "cyst" else levels["mass"]
    body = Slice(rng, levels, rng.uniform(98, 135))
    if cholangiogram:
        sequence, level, wide = "MRCP", "whole", bool(rng.random() < 0.5)
        bile_ducts(body, wide)
        finding, box = "dilated bile ducts" if wide else None, None
    elif pelvis:
        box = trunk.axial_pelvis(body, level, bool(finding), signal)
    elif plane == "sagittal":
        box = trunk.sagittal_abdomen(body, finding, signal)
    elif plane == "axial":
        arms(body, rng)
        box = trunk.axial_abdomen(body, level, finding, signal, s)
    else:
        box = trunk.coronal_abdomen(body, finding, signal)
    finding = finding if box or cholangiogram else None
    if sequence != "MRCP" and rng.random() < 0.7:  # the near coil elements see more
        x, y = body.coordinates()
        depth = choose(rng, [x**2 / 1.2 + y**2, 2 * y**2, x**2 / 1.2 + y**2 + 0.4 * y])
        body.field = body.field * np.clip(0.75 + rng.uniform(0.1, 0.8) * (depth - 0.4), 0.3, 1.8)
    image = published(
        body,
        rng,
        choose(rng, ["sharp", "sharp", "soft", "ghosted", "low resolution"]),
        "AP" if plane == "sagittal" else "RL",
    )
    organ = "pelvis" if pelvis else "kidney" if level == "kidneys" else "liver"
    part = "pelvis" if pelvis else "abdomen"
    attributes = {
        "plane": plane,
        "sequence": sequence,
        "level": level,
        "finding": finding,
        "side": SIDES[s] if finding and level == "kidneys" else None,
        "organ": organ if finding and not cholangiogram else None,
        "box": box,
        "lesion signal": "hyperintense" if signal > levels["liver"] else "hypointense",
        "names": [
            f"{plane} MRI of the {part}",
            f"{sequence} MRI of the {part}",
            f"{sequence} MR image of the {part}",
            f"magnetic resonance imaging of the {part}",
            f"{plane} {sequence} MR image",
        ],
    }
    return canvas.framed(image, attributes, rng)
