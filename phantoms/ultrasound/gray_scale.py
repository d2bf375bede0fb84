"""Ultrasound: gray-scale B-mode pictures of many regions of the body."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from ..drawing import choose, either, picture
from ..kinds import Attributes, kind
from . import anatomy
from .sonography import (
    INKS,
    PROBES,
    Box,
    Ink,
    Scan,
    furniture,
    new_scan,
    on_screen,
    screen,
    speckled,
    trim,
)

# Each region with the probes it is scanned with, as often as they are listed.
REGIONS: dict[Callable[[Scan], Attributes], tuple[str, ...]] = {
    anatomy.liver: ("curved", "curved", "crop"),
    anatomy.gallbladder: ("curved", "curved", "crop"),
    anatomy.kidney: ("curved", "curved", "crop"),
    anatomy.thyroid: ("linear", "linear", "crop"),
    anatomy.breast: ("linear", "linear", "crop", "crop"),
    anatomy.fetus: ("curved", "wide", "curved", "crop"),
    anatomy.pelvis: ("curved", "wide", "crop"),
    anatomy.heart: ("sector", "sector", "sector", "crop"),
    anatomy.lung: ("curved", "linear", "crop"),
    anatomy.muscle: ("linear", "crop"),
    anatomy.eye: ("linear", "crop"),
    anatomy.bladder: ("curved", "sector", "crop"),
    anatomy.artery: ("linear", "linear", "crop"),
    anatomy.soft_tissue: ("crop",),
}
FINDINGS = {
    "cyst": "anechoic cyst with posterior enhancement|simple cyst|well-defined anechoic lesion|"
    "thin-walled cystic lesion",
    "calculus": (
        "echogenic calculus with acoustic shadowing|stone with posterior shadow|bright calculus"
    ),
    "hyperechoic nodule": "hyperechoic nodule|echogenic focal lesion|well-defined hyperechoic mass",
    "hypoechoic nodule": (
        "hypoechoic nodule|solid hypoechoic nodule|well-circumscribed hypoechoic nodule"
    ),
    "hypoechoic mass": "hypoechoic mass|well-defined hypoechoic lesion|oval hypoechoic solid mass",
    "irregular hypoechoic mass": "irregular hypoechoic mass|"
    "ill-defined hypoechoic mass with "
    "posterior "
    "shadowing|"
    "spiculated hypoechoic lesion",
    "gallstones": (
        "gallstones with acoustic shadow|echogenic gallstones|"
        "cholelithiasis with posterior shadowing"
    ),
    "sludge": "layering biliary sludge|echogenic sludge in the gallbladder",
    "polyp": "gallbladder polyp|non-shadowing polypoid lesion of the gallbladder",
    "hydronephrosis": (
        "hydronephrosis|dilated renal pelvis and calyces|dilatation of the collecting system"
    ),
    "ascites": "ascites|free peritoneal fluid|anechoic ascitic fluid around the liver",
    "multiple follicles": "multiple ovarian follicles|several anechoic follicles|polycystic ovary",
    "ovarian cyst": "anechoic ovarian cyst|cystic adnexal lesion",
    "uterine fibroid": "uterine fibroid|hypoechoic leiomyoma of the uterus|intramural myoma",
    "pericardial effusion": "pericardial effusion|echo-free space around the heart",
    "intracardiac mass": (
        "intracardiac mass|echogenic mass in a cardiac chamber|ventricular thrombus"
    ),
    "A-lines": "horizontal A-lines|reverberation A-lines below the pleural line",
    "B-lines": "vertical B-lines|B-lines arising from the pleural line|comet-tail artefacts",
    "pleural effusion": "pleural effusion|anechoic pleural fluid",
    "retinal detachment": "retinal detachment|detached retina as a bright V in the globe",
    "plaque": "echogenic atherosclerotic plaque|plaque at the vessel wall",
}
FOCAL = (*anatomy.NODULES, "hypoechoic nodule", "ovarian cyst")  # their size is worth a word
ORGANS = {
    "liver": "liver parenchyma|hepatic parenchyma and vessels|the liver",
    "gallbladder": "the gallbladder|gallbladder and adjacent liver",
    "kidney": (
        "the kidney in long axis|renal cortex and echogenic sinus|longitudinal view of the kidney"
    ),
    "thyroid": "the thyroid gland|thyroid lobe|thyroid parenchyma",
    "breast": "breast tissue|layers of the breast|fibroglandular breast tissue",
    "fetus": "a fetus in amniotic fluid|obstetric scan|intrauterine pregnancy",
    "uterus and bladder": "the uterus behind the full bladder|uterus and urinary bladder|"
    "pelvic view with endometrial stripe",
    "ovary": "the ovary|an ovary with follicles|adnexal view",
    "heart": "cardiac chambers|view of the heart|ventricles and atria",
    "lung": "pleural line {ribs}|lung surface|the pleura and lung",
    "muscle and tendon": (
        "striated muscle over bone|muscle fibres and bone surface|fibrillar tendon and muscle"
    ),
    "eye": "the globe of the eye|anechoic vitreous and lens|ocular B-scan",
    "bladder": "the full urinary bladder|anechoic bladder|urine-filled bladder",
    "artery": (
        "a vessel in longitudinal section|arterial wall and lumen|long-axis view of an artery"
    ),
    "soft tissue": "soft tissue|speckled soft-tissue texture|tissue in close-up",
}
WALLS = {
    "thickened": "thickened gallbladder wall|wall thickening",
    "thin": "thin gallbladder wall|smooth thin wall",
}
GAINS = {
    "bright": "high gain|bright image",
    "dark": "low gain|dark image",
    "medium": "gray-scale speckle|grey-scale image",
}


def finding_phrases(a: Attributes, rng: np.random.Generator) -> list[str]:
    """What is found, and where."""
    found, place = either(rng, FINDINGS[a["finding"]]), a["position"]
    if a["size"] in ("small", "large") and a["finding"] in FOCAL and rng.random() < 0.6:
        found = f"{a['size']} {found}"
    if not place or rng.random() >= 0.7:
        return [found]
    return [
        found,
        f"lesion at the {place} of the image"
        if place == "centre"
        else f"finding on the {place} of the image",
    ]


def scan_phrases(a: Attributes, rng: np.random.Generator) -> list[str]:
    """What the legend of a B-mode picture can say."""
    ribs = "between rib shadows" if a.get("ribs") else "above the lung"
    organ, count = either(rng, ORGANS[a["organ"]]).format(ribs=ribs), a.get("count")
    if a["finding"]:
        phrases = finding_phrases(a, rng)
    else:
        phrases = [either(rng, f"normal {a['organ']}|{a['organ']} without focal lesion|{organ}")]
    facts = [
        "view" in a and "{view} view|{view}".format(**a),
        count
        and (
            "a single one"
            if count == 1
            else f"{count} in number|{'multiple' if count > 2 else 'two'}"
        ),
        "wall" in a and WALLS[a["wall"]],
        organ not in phrases and organ,
        PROBES[a["probe"]],
        a["calipers"] and "measured with calipers|caliper marks|measurement crosses",
        GAINS[a["gain"]],
        a["screen"] and "scanner screen with text at the edges|screen capture with settings",
    ]
    return phrases + [either(rng, wordings) for wordings in facts if wordings]


def calipers(draw: ImageDraw.ImageDraw, scan: Scan, ink: Ink) -> None:
    """Measuring crosses joined by dots across the finding."""
    x0, y0, x1, y1 = scan.box
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    for ax, ay, bx, by in ((x0, y, x1, y), (x, y0, x, y1))[: int(scan.rng.integers(1, 3))]:
        for cx, cy in ((ax, ay), (bx, by)):
            draw.line((cx - 3, cy, cx + 3, cy), ink)
            draw.line((cx, cy - 3, cx, cy + 3), ink)
        for t in np.arange(0.08, 0.95, 0.08):
            draw.point((ax + t * (bx - ax), ay + t * (by - ay)), ink)


def size_word(box: Box) -> str:
    """A finding's size, from its box."""
    side = max(box[2] - box[0], box[3] - box[1])
    return "small" if side < 40 else "large" if side > 90 else "medium-sized"


def side_word(box: Box, width: int) -> str:
    """Where in a picture of that width a finding lies."""
    x = (box[0] + box[2]) / 2 / width
    return "left" if x < 0.4 else "right" if x > 0.6 else "centre"


def gain_word(image: Image.Image) -> str:
    """Bright, dark or medium."""
    level = float(np.mean(np.asarray(image.convert("L"))[60:200, 60:200]))
    return "bright" if level > 105 else "dark" if level < 55 else "medium"


@kind(
    "radiology",
    "ultrasound",
    "ultrasonography",
    "sonogram",
    "sonography",
    "B-mode ultrasound",
    "ultrasound image",
    "ultrasound scan",
    "gray-scale ultrasound",
    "greyscale ultrasonography",
    "US image",
    "diagnostic medical sonography",
    "echography",
    "B-mode sonogram",
    "2D ultrasound",
    "sonographic image",
    "ultrasonogram",
    "ultrasonic image",
    "medical ultrasound image",
    "echo image",
    "grayscale ultrasound of the tissue",
    describe=scan_phrases,
)
def ultrasound(rng: np.random.Generator) -> tuple[Image.Image, Attributes]:
    """A B-mode scan of one of fourteen regions, on the scanner's whole screen or closely cut.

    Probe, gain, grain, findings and screen furniture vary.
    """
    region = choose(rng, tuple(REGIONS))
    scan = new_scan(rng, choose(rng, REGIONS[region]))
    attributes = region(scan)
    image = picture(screen(scan, speckled(scan)))
    ink: Ink = int(rng.integers(150, 256))
    if rng.random() < 0.4:
        image, ink = image.convert("RGB"), choose(rng, INKS)
    draw = ImageDraw.Draw(image)
    measured = bool(scan.box and rng.random() < 0.3)
    if measured:
        calipers(draw, scan, ink)
    if scan.geometry != "crop" and rng.random() < 0.75:
        furniture(draw, scan, ink)
    image, box = trim(image, scan.box, rng)
    screened = scan.geometry != "crop" and rng.random() < 0.25
    if screened:
        image, box = on_screen(image, box, rng)
    organ = attributes["organ"]
    names = [f"{organ} ultrasound", f"ultrasound of the {organ}", f"{organ} sonogram"]
    return image, attributes | {
        "probe": scan.geometry,
        "calipers": measured,
        "screen": screened,
        "gain": gain_word(image),
        "box": box,
        "size": box and size_word(box),
        "position": box and side_word(box, image.width),
        "names": attributes.get("names", names),
    }
