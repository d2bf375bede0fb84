"""Which findings each kind of picture can show, which this one shows, and which it surely lacks."""

from .kinds import Attributes

# What attributes["finding"] of a kind can name, save what is normal or belongs to its kind: A-lines
# of the lung, the crypts of a colon, the keratin pearl, mitosis or necrosis of a carcinoma. Where
# only some organs can have a finding, `BY_ORGAN` tells which.
FINDINGS: dict[str, tuple[str, ...]] = {
    "angiogram": ("stenosis", "aneurysm"),
    "bone scan": ("hot spots",),
    "bone X-ray": (
        "displaced fracture",
        "fracture line",
        "lytic lesion",
        "sclerotic lesion",
        "osteoarthritis",
    ),
    "head CT": (
        "epidural haematoma",
        "subdural haematoma",
        "intraparenchymal haemorrhage",
        "infarct",
    ),
    "abdominal CT": ("cyst", "mass", "metastases", "lytic lesion", "pelvic mass"),
    "chest CT": (
        "nodule",
        "mass",
        "pleural effusion",
        "consolidation",
        "ground glass",
        "emphysema",
    ),
    "chest X-ray": (
        "pleural effusion",
        "consolidation",
        "pneumothorax",
        "cardiomegaly",
        "nodules",
        "hilar mass",
    ),
    "dermoscopy": (
        "melanocytic naevus",
        "melanoma",
        "seborrhoeic keratosis",
        "basal cell carcinoma",
        "haemangioma",
        "dermatofibroma",
        "actinic keratosis",
        "solar lentigo",
    ),
    "endoscopy": ("polyp", "ulcer", "bleeding", "erosions", "varices", "inflammation", "tumour"),
    "fundus photograph": (
        "drusen",
        "haemorrhages",
        "hard exudates",
        "cotton wool spots",
        "glaucomatous cupping",
        "laser scars",
        "macular atrophy",
        "papilloedema",
    ),
    "hematoxylin and eosin histopathology": (
        "steatosis",
        "naevus nests",
        "inflammation",
        "oedema fluid",
        "alveolar macrophages",
        "congestion",
        "inflammatory infiltrate",
        "haemorrhage",
        "necrosis",
        "subepithelial inflammation",
    ),
    "brain MRI": (
        "glioma",
        "ring-enhancing lesion",
        "meningioma",
        "infarct",
        "white matter lesions",
        "haemorrhage",
    ),
    "abdominal MRI": ("cyst", "mass", "metastases", "dilated bile ducts", "pelvic mass"),
    "joint MRI": ("effusion", "bone marrow oedema", "tear", "cyst"),
    "ultrasound": (
        "cyst",
        "hypoechoic mass",
        "hyperechoic nodule",
        "ascites",
        "gallstones",
        "sludge",
        "polyp",
        "hydronephrosis",
        "calculus",
        "hypoechoic nodule",
        "irregular hypoechoic mass",
        "ovarian cyst",
        "uterine fibroid",
        "pericardial effusion",
        "intracardiac mass",
        "pleural effusion",
        "B-lines",
        "plaque",
        "multiple follicles",
        "retinal detachment",
    ),
}
# By kind and organ (the tissue of a section): those of the findings above that are drawn there.
BY_ORGAN: dict[tuple[str, str], tuple[str, ...]] = {
    ("endoscopy", "colon"): ("polyp", "ulcer", "bleeding", "erosions", "inflammation", "tumour"),
    ("endoscopy", "stomach"): ("polyp", "ulcer", "bleeding", "erosions", "inflammation", "tumour"),
    ("endoscopy", "oesophagus"): ("ulcer", "varices", "erosions", "inflammation", "tumour"),
    ("endoscopy", "small bowel"): ("polyp", "ulcer", "bleeding", "erosions", "inflammation"),
    ("endoscopy", "bronchus"): ("tumour", "inflammation", "bleeding"),
    ("hematoxylin and eosin histopathology", "liver"): ("steatosis",),
    ("hematoxylin and eosin histopathology", "skin"): ("naevus nests", "inflammation"),
    ("hematoxylin and eosin histopathology", "lung"): (
        "oedema fluid",
        "alveolar macrophages",
        "congestion",
    ),
    ("ultrasound", "liver"): ("cyst", "hyperechoic nodule", "hypoechoic mass", "ascites"),
    ("ultrasound", "gallbladder"): ("gallstones", "sludge", "polyp"),
    ("ultrasound", "kidney"): ("hydronephrosis", "calculus", "cyst", "hypoechoic mass"),
    ("ultrasound", "thyroid"): (
        "cyst",
        "hypoechoic nodule",
        "hyperechoic nodule",
        "irregular hypoechoic mass",
    ),
    ("ultrasound", "breast"): ("cyst", "hypoechoic mass", "irregular hypoechoic mass"),
    ("ultrasound", "uterus and bladder"): ("uterine fibroid",),
    ("ultrasound", "heart"): ("pericardial effusion", "intracardiac mass"),
    ("ultrasound", "lung"): ("pleural effusion", "B-lines"),
    ("ultrasound", "muscle and tendon"): ("cyst", "hypoechoic mass"),
    ("ultrasound", "artery"): ("plaque",),
    ("ultrasound", "eye"): ("retinal detachment",),
    ("ultrasound", "bladder"): ("calculus", "hypoechoic mass"),
    ("ultrasound", "soft tissue"): ("cyst", "hypoechoic mass", "hyperechoic nodule"),
}
# Where one of a group is seen, words for the others could be taken to deny it.
ALIKE: tuple[frozenset[str], ...] = (
    frozenset({"displaced fracture", "fracture line", "fracture"}),
    frozenset({"nodule", "mass", "metastases", "cyst"}),
    frozenset({"hard exudates", "cotton wool spots"}),
    frozenset({"glioma", "ring-enhancing lesion", "meningioma"}),
    frozenset({"epidural haematoma", "subdural haematoma", "intraparenchymal haemorrhage"}),
    frozenset({"inflammation", "erosions", "ulcer"}),
    frozenset({"tumour", "polyp"}),
    frozenset(
        {"hypoechoic mass", "hypoechoic nodule", "irregular hypoechoic mass", "hyperechoic nodule"}
    ),
)


def shown(attributes: Attributes) -> set[str]:
    """The findings that the picture shows, in both panels where it has two."""
    found = {attributes.get("finding"), *(attributes.get("findings") or {})} - {None}
    second = attributes.get("second_panel")
    return found | shown(second) if second else found


def absent(attributes: Attributes) -> list[str]:
    """Findings of the picture's kind that are surely not in it.

    Those that would be hard to tell from what it does show are left out. There are none where one
    cannot know: a lateral chest film, a fixed bone, a CT in a window that hides them, an organ
    without a list of its own.
    """
    found = shown(attributes)
    close = found.union(*(group for group in ALIKE if group & found))
    lacking = [name for name in judged(attributes) if name not in close]
    second = attributes.get("second_panel")
    if second:
        lacking = [name for name in lacking if name in absent(second)]
    return lacking


def judged(attributes: Attributes) -> tuple[str, ...]:
    """The findings whose presence or absence this very picture tells."""
    kind, finding = attributes["kind"], attributes.get("finding")
    can = FINDINGS.get(kind, ())
    if kind in ("ultrasound", "endoscopy", "hematoxylin and eosin histopathology"):
        return BY_ORGAN.get((kind, attributes.get("organ") or attributes.get("tissue")), ())
    if kind == "chest X-ray" and attributes.get("view") == "lateral":
        return ()
    if kind == "bone X-ray":  # a plate may lie over a break, a lesion in a worn joint
        if attributes.get("implant"):
            return ()
        return can if finding is None else tuple(n for n in can if n != "osteoarthritis")
    if kind == "head CT" and attributes.get("window") == "bone":
        return ()
    if kind == "chest CT" and attributes.get("window") != "lung":
        return ("pleural effusion", "mass")
    if kind in ("abdominal CT", "abdominal MRI") and attributes.get("level") in ("hips", "ilium"):
        return ("pelvic mass",)
    if kind == "abdominal CT":
        vertebra = attributes.get("level") == "vertebra"
        return ("lytic lesion",) if vertebra else ("cyst", "mass", "metastases")
    if kind == "abdominal MRI":
        biliary = attributes.get("sequence") == "MRCP"
        return ("dilated bile ducts",) if biliary else ("cyst", "mass", "metastases")
    if kind == "brain MRI" and attributes.get("sequence") != "contrast-enhanced T1":
        return tuple(name for name in can if name != "ring-enhancing lesion")
    if kind == "joint MRI" and attributes.get("sequence") == "T1":
        return ("bone marrow oedema",)
    return can
