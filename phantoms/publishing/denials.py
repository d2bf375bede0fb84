"""How legends say that something is not there: denials of a finding, normal pictures."""

import re

import numpy as np

from ..drawing import choose, either
from ..findings import absent, judged, shown
from ..kinds import Attributes

# Words for findings where a denial would not use the bare name; first those of one kind alone.
OF_KIND = {
    ("chest CT", "nodule"): "pulmonary nodule|lung nodule|nodules",
    ("chest CT", "mass"): "lung mass|pulmonary mass|lung tumour",
    ("joint MRI", "cyst"): "para-articular cyst|periarticular cyst",
    ("joint MRI", "effusion"): "joint effusion|effusion|excess joint fluid",
    ("bone scan", "hot spots"): "bone metastases|metastases|abnormal uptake|hot spots",
    ("endoscopy", "bleeding"): "bleeding|active bleeding|haemorrhage",
    ("brain MRI", "haemorrhage"): "haemorrhage|intracranial haemorrhage|bleeding",
}
WORDS = {
    "stenosis": "stenosis|significant stenosis|narrowing",
    "displaced fracture": "fracture|displaced fracture|acute fracture|fractures",
    "fracture line": "fracture|fracture line|acute fracture|broken bone",
    "lytic lesion": "lytic lesion|osteolytic lesion|bone destruction",
    "sclerotic lesion": "sclerotic lesion|osteoblastic lesion",
    "osteoarthritis": "osteoarthritis|degenerative change|joint space narrowing",
    "epidural haematoma": "epidural haematoma|extradural haematoma|intracranial haemorrhage",
    "subdural haematoma": "subdural haematoma|intracranial haemorrhage|extra-axial collection",
    "intraparenchymal haemorrhage": "intracerebral haemorrhage|intracranial bleeding|haemorrhage",
    "infarct": "infarct|infarction|ischaemic stroke",
    "cyst": "cyst|cysts|cystic lesion",
    "mass": "mass|tumour|solid mass",
    "pelvic mass": "pelvic mass|pelvic tumour|mass in the pelvis",
    "ground glass": "ground-glass opacities|ground-glass opacity",
    "pleural effusion": "pleural effusion|effusion|pleural fluid",
    "consolidation": "consolidation|pneumonia|infiltrate",
    "pneumothorax": "pneumothorax|collapsed lung",
    "cardiomegaly": "cardiomegaly|cardiac enlargement|enlarged heart",
    "nodules": "pulmonary nodules|lung nodules|nodules",
    "hilar mass": "hilar mass|hilar enlargement",
    "tumour": "tumour|cancer|neoplasm|mass",
    "polyp": "polyp|polyps",
    "ulcer": "ulcer|ulceration",
    "haemorrhages": "haemorrhages|retinal haemorrhage",
    "glaucomatous cupping": "glaucomatous cupping|enlarged optic cup",
    "papilloedema": "papilloedema|disc swelling",
    "steatosis": "steatosis|fatty change",
    "glioma": "glioma|tumour|brain tumour",
    "meningioma": "meningioma|extra-axial mass|brain tumour",
    "white matter lesions": "white matter lesions|demyelination",
    "tear": "tear|tendon or ligament tear",
    "bone marrow oedema": "bone marrow oedema|bone bruise",
    "gallstones": "gallstones|cholelithiasis|stones",
    "calculus": "calculus|stone|nephrolithiasis",
    "ascites": "ascites|free fluid",
    "plaque": "plaque|atherosclerotic plaque",
}
DENIALS = (
    "without {}",
    "no {}",
    "no {}",
    "no evidence of {}",
    "no sign of {}",
    "no {} {verb} seen",
    "no {} seen",
    "no {} visible",
    "free of {}",
    "absence of {}",
    "negative for {}",
    "{} {verb} absent",
    "{} not seen",
)
DENIED = (
    "{name} without {absent}",
    "{name} without {absent}",
    "{name} with no {absent}",
    "{name}: no {absent}",
    "{name} showing no {absent}",
    "{name} shows no {absent}",
    "{name} without evidence of {absent}",
    "{name}, no evidence of {absent}",
    "{name} negative for {absent}",
    "{name} free of {absent}",
    "no {absent} on {name}",
    "no {absent} in this {name}",
    "there {verb} no {absent} in this {name}",
    "no {absent} {verb} seen on this {name}",
    "absence of {absent} on {name}",
    "{absent} {verb} not seen on {name}",
    "{absent} excluded on {name}",
)
BESIDES = (
    "{findings} without {absent}",
    "{findings} without {absent}",
    "{findings}, no {absent}",
    "{findings} but no {absent}",
    "{findings} and no {absent}",
    "{findings}; no {absent} {verb} seen",
    "{findings}, without evidence of {absent}",
    "{findings} in the absence of {absent}",
    "no {absent}, but {findings}",
)
NORMAL = (
    "normal {name}",
    "a normal {name}",
    "{name}, normal",
    "{name}: normal",
    "{name}, normal findings",
    "unremarkable {name}",
    "{name} is unremarkable",
    "{name} without abnormality",
    "{name} without pathological findings",
    "{name} of a healthy person",
    "{name} of a healthy subject",
    "{name} of a healthy control",
    "no abnormality on {name}",
    "{name}. no abnormality detected",
    "{name} showing no abnormality",
    "this {name} is within normal limits",
    "findings: none. impression: normal {name}",
)
AMERICAN = (
    ("haem", "hem"),
    ("oedema", "edema"),
    ("tumour", "tumor"),
    ("naev", "nev"),
    ("rrhoeic", "rrheic"),
    ("ischaem", "ischem"),
)
# What no finding names, yet no one would call normal.
UNUSUAL = ("device", "implant", "midline shift", "atrophy", "haze", "instrument")
MIRROR = {"left": "right", "right": "left"}
ONE_SIDED = ("pleural effusion", "pneumothorax", "consolidation")


def denied(attributes: Attributes, rng: np.random.Generator) -> str | None:
    """Words for one or two findings that the picture surely lacks, or for one on its other side.

    None where nothing can be denied.
    """
    kind, lacking = attributes["kind"], absent(attributes)
    sided = attributes.get("findings") or {attributes.get("finding"): attributes}
    other = [
        (name, MIRROR[facts["side"]])
        for name, facts in sided.items()
        if name in ONE_SIDED and facts.get("side") in MIRROR
    ]
    if kind == "chest X-ray" and other and "second_panel" not in attributes and rng.random() < 0.25:
        name, side = choose(rng, other)
        return spelt(either(rng, f"{side}-sided {name}|{name} on the {side}|{side} {name}"), rng)
    if not lacking:
        return None
    first = choose(rng, lacking)
    words = said(kind, first, rng)
    rest = [name for name in lacking if said(kind, name, None) != said(kind, first, None)]
    if rest and rng.random() < 0.2:
        words += " or " + said(kind, choose(rng, rest), rng)
    return spelt(words, rng)


def verb(words: str) -> str:
    """Whether these words take "is" or "are"."""
    return "are" if re.search(r"(?<![siu])s$", words) else "is"


def said(kind: str, name: str, rng: np.random.Generator | None) -> str:
    """One of the words for a finding; without `rng` the first of them."""
    wordings = OF_KIND.get((kind, name)) or WORDS.get(name, name)
    return either(rng, wordings) if rng else wordings.split("|")[0]


def spelt(words: str, rng: np.random.Generator) -> str:
    """The words in British or in American spelling."""
    if rng.random() < 0.5:
        for british, american in AMERICAN:
            words = re.sub(british, american, words)
    return words


def is_normal(attributes: Attributes) -> bool:
    """Whether a legend may call the picture normal."""
    unusual = any(attributes.get(fact) for fact in UNUSUAL)
    unusual |= attributes.get("ventricles") == "enlarged" or attributes.get("wall") == "thickened"
    unusual |= attributes.get("inspiration") == "poor"
    return bool(judged(attributes)) and not unusual and not shown(attributes)
