"""The regions that sonograms show, each drawn into a scan with what may be found there."""

import numpy as np
from scipy.ndimage import label

from ..drawing import SIZE, X, Y, blend, choose, ellipse, fractal, soft, stretched_noise
from ..kinds import Attributes
from .sonography import Scan, lesion, ridge, septa, vessels, wall_layers

NODULES = ("cyst", "hypoechoic mass", "irregular hypoechoic mass", "hyperechoic nodule")


def liver(scan: Scan) -> Attributes:
    """Liver with vessels and diaphragm, perhaps a focal lesion or ascites."""
    rng, uniform, finding = scan.rng, scan.rng.uniform, None
    wall_layers(scan, uniform(0.08, 0.2), 4)
    vessels(scan, int(rng.integers(2, 7)), (4, 12))
    diaphragm = scan.oval(uniform(-0.3, 0.3), 0.3, 0.75, 0.6, uniform(-0.3, 0.3), 0.03)
    scan.put((diaphragm > 1) & (scan.depth > 0.5), uniform(0.05, 0.35))
    scan.brighten((scan.depth > 0.4) * ridge(diaphragm - 1, 0.025))
    if rng.random() < 0.55:
        place = uniform(-0.5, 0.5), uniform(0.35, 0.65)
        finding = lesion(
            scan, *place, uniform(0.05, 0.17), ("cyst", "hyperechoic nodule", "hypoechoic mass")
        )
    elif rng.random() < 0.4:
        finding = "ascites"
        scan.put(
            (scan.depth > 0.05) & (scan.depth < 0.2 + 0.06 * stretched_noise(rng, 40, 40)), 0.02
        )
    return {"organ": "liver", "finding": finding}


def gallbladder(scan: Scan) -> Attributes:
    """A dark pear with a bright wall under the liver, with or without stones, sludge or a polyp."""
    rng, uniform, turn = scan.rng, scan.rng.uniform, scan.rng.uniform(-0.6, 0.6)
    wall_layers(scan, 0.12, 3)
    vessels(scan, 2, (3, 8))
    shape = scan.oval(
        uniform(-0.2, 0.2), uniform(0.4, 0.55), uniform(0.22, 0.34), uniform(0.1, 0.17), turn
    )
    thick = bool(rng.random() < 0.3)
    scan.rim(shape, uniform(0.6, 0.85), 0.22 if thick else 0.09)
    scan.fill(shape, 0.02, 0.08)
    scan.behind(shape, uniform(1.1, 1.5))
    found = choose(rng, (None, "gallstones", "gallstones", "sludge", "polyp"))
    count = int(rng.integers(1, 5)) if found == "gallstones" else None
    if found:
        content = gallbladder_content(scan, shape, found, count or 1)
        scan.mark(content)
        # Stones drawn over one another look like one.
        count = count and min(count, int(label(content < 1)[1]))
    return {
        "organ": "gallbladder",
        "finding": found,
        "count": count,
        "wall": "thickened" if thick else "thin",
    }


def gallbladder_content(scan: Scan, lumen: np.ndarray, what: str, n: int) -> np.ndarray:
    """Draw n stones, sludge or a polyp where they lie, at the bottom; returns their shape."""
    rng, uniform = scan.rng, scan.rng.uniform
    ys, xs = scan.pixels(lumen, 0.8)
    content = np.full((SIZE, SIZE), 9.0)
    for k in rng.choice(np.argsort(ys)[-max(1, len(ys) // 6) :], n):
        r = uniform(4, 13)
        stone = ellipse(xs[k], ys[k], r * 1.2, r) + 0.1 * stretched_noise(rng, 10, 10)
        if what == "gallstones":  # only the near surface echoes
            scan.behind(stone, uniform(0.03, 0.25))
            scan.fill(np.maximum(stone, 2.0 * (ys[k] + r / 3 < Y)), uniform(0.85, 1), 0.3)
        content = np.minimum(content, stone)
    if what == "sludge":
        content = np.where(np.percentile(ys, uniform(45, 75)) < Y, lumen, 9)
    if what != "gallstones":
        scan.fill(content, uniform(0.3, 0.55), 0.1, 0.2)
    return content


def kidney(scan: Scan) -> Attributes:
    """A bean of dark cortex about a bright sinus; hydronephrosis, stone or cyst."""
    uniform = scan.rng.uniform
    wall_layers(scan, uniform(0.1, 0.25), 4)
    turn, a = uniform(-0.5, 0.5), uniform(0.27, 0.38)
    bean = scan.oval(0, 0.5, a, a * uniform(0.42, 0.55), turn)
    scan.rim(bean, 0.7, 0.07)
    scan.fill(bean, uniform(0.14, 0.28), 0.08, 0.15)
    scan.fill(scan.oval(0, 0.5, a * 0.65, a * 0.2, turn, 0.25), uniform(0.55, 0.8), 0.5, 0.3)
    finding = choose(
        scan.rng, (None, None, "hydronephrosis", "calculus", "cyst", "hypoechoic mass")
    )
    if finding == "hydronephrosis":
        pelvis = scan.oval(0, 0.5, a * 0.6, a * 0.2, turn, 0.3)
        scan.fill(pelvis, 0.02, 0.15)
        scan.mark(pelvis)
    elif finding:  # stones lie in the sinus, the others in the near cortex
        u = uniform(-0.4, 0.4)
        v = 0.5 + 0.3 * u * np.tan(turn) if finding == "calculus" else 0.5 - 0.12
        lesion(scan, u, v, uniform(0.05, 0.12), (finding,))
    return {"organ": "kidney", "finding": finding}


def thyroid(scan: Scan) -> Attributes:
    """Thyroid in cross section about the trachea, or one lobe beside the carotid.

    It may have a nodule.
    """
    rng, uniform, finding = scan.rng, scan.rng.uniform, None
    wall_layers(scan, uniform(0.15, 0.3), 5)
    both = bool(rng.random() < 0.5)
    lobes = ((-0.4, 0.2), (0.4, 0.2)) if both else ((uniform(-0.25, 0.25), 0.3),)
    level = uniform(0.42, 0.6)
    for u, a in lobes:
        lobe = scan.oval(u, 0.48, a, a * uniform(0.55, 0.85))
        scan.fill(lobe, level, 0.1, 0.15)
        scan.rim(lobe, 0.7, 0.05)
    if both:
        scan.fill(scan.oval(0, 0.38, 0.2, 0.05), level, 0.2)
        trachea = scan.oval(0, 0.65, 0.14, 0.2)
        scan.fill(trachea, 0.08, 0.1)
        scan.rim(trachea, 0.9, 0.08)
    for side in (-1, 1) if both else (-1,):
        carotid = scan.oval(side * 0.82, 0.6, 0.07, 0.065, 0, 0.02)
        scan.fill(carotid, 0.02)
        scan.rim(carotid, 0.7)
    if rng.random() < 0.65:
        u = choose(rng, lobes)[0]
        kinds = ("cyst", "hypoechoic nodule", "hyperechoic nodule", "irregular hypoechoic mass")
        finding = lesion(scan, u, 0.48, uniform(0.04, 0.12), kinds)
    return {"organ": "thyroid", "finding": finding}


def breast(scan: Scan) -> Attributes:
    """Breast in layers over the chest wall; cyst, oval or spiculated mass."""
    rng, uniform, finding = scan.rng, scan.rng.uniform, None
    gland = soft(np.abs(scan.depth - uniform(0.3, 0.5)), uniform(0.1, 0.3), 0.2)
    scan.echo = uniform(0.15, 0.25) + 0.2 * fractal(rng, 50, 5)
    scan.echo = scan.echo + uniform(0, 0.35) * gland * (0.5 + fractal(rng, 30, 4))
    scan.echo = scan.echo + uniform(0.2, 0.5) * septa(rng, uniform(40, 80), uniform(14, 30))
    wall_layers(scan, uniform(0.08, 0.2), 3)
    depth = scan.depth + 0.03 * stretched_noise(rng, 80, 80)
    streaks = np.abs(np.sin(depth * uniform(60, 110))) * (0.5 + 0.3 * stretched_noise(rng, 30, 4))
    scan.put(depth > uniform(0.65, 0.8), 0.15 + 0.3 * streaks)
    if rng.random() < 0.8:
        place = uniform(-0.4, 0.4), uniform(0.35, 0.55)
        finding = lesion(scan, *place, uniform(0.07, 0.22), NODULES[:3])
    return {"organ": "breast", "finding": finding}


def embryo(scan: Scan, turn: float) -> np.ndarray:
    """Draw the yolk sac and return the embryo's shape."""
    size = scan.rng.uniform(0.06, 0.13)
    body = scan.oval(0.05, 0.6, size * 1.4, size * 0.7, turn, 0.15)
    head = scan.oval(
        0.05 + 1.6 * size * np.cos(turn), 0.6 + 1.3 * size * np.sin(turn), size * 0.75, size * 0.7
    )
    scan.rim(scan.oval(-0.25, 0.45, 0.045, 0.045, 0, 0.01), 0.8, 0.15)
    return np.minimum(body, head)


def fetal_head(scan: Scan, turn: float, profile: bool) -> np.ndarray:
    """Draw the skull in cross section, or in profile with trunk and hand; returns its shape."""
    uniform = scan.rng.uniform
    a = uniform(0.23, 0.33) * (0.62 if profile else 1)
    u, v = (uniform(0.25, 0.4), 0.45) if profile else (0.0, 0.5)
    skull = scan.oval(u, v, a, a * uniform(0.7, 0.85), turn, 0.02)
    scan.fill(skull, uniform(0.15, 0.3), 0.05, 0.25)
    if profile:
        trunk = scan.oval(u - 0.65, v + 0.15, a * 1.6, a * 0.8, uniform(-0.3, 0), 0.12)
        ribs = 0.25 * (np.sin((X - Y * 0.3) * uniform(0.5, 0.8)) > 0.4)
        scan.echo = blend(scan.echo, 0.35 + ribs, soft(trunk, 1, 0.2))
        scan.rim(trunk, 0.7, 0.08)
        for k, (du, dv) in enumerate(((0.12, -0.2), (0.02, -0.24), (-0.08, -0.23))):
            scan.fill(scan.oval(u + du, v + dv * (1 - 0.1 * k), 0.045, 0.035, 0.6, 0.1), 0.55, 0.3)
    else:  # the midline and the ventricles
        cx, cy = scan.at(u, v)
        across = (Y - cy) * np.cos(turn) - (X - cx) * np.sin(turn)
        scan.brighten(0.6 * (skull < 0.9) * ridge(across, 1.6))
        for side in (-1, 1):
            scan.fill(
                scan.oval(u + side * 0.12, v + 0.07, a * 0.3, a * 0.12, turn, 0.15), 0.05, 0.3
            )
    scan.rim(skull, uniform(0.85, 1.1), 0.07)
    return skull


def fetus(scan: Scan) -> Attributes:
    """In dark amniotic fluid: a skull in section, a face in profile with body, or an embryo."""
    uniform = scan.rng.uniform
    view = choose(scan.rng, ("fetal head", "fetal profile", "gestational sac"))
    wall_layers(scan, uniform(0.1, 0.2), 4)
    turn = uniform(-0.5, 0.5)
    sac = scan.oval(
        uniform(-0.15, 0.15), 0.52, uniform(0.32, 0.45), uniform(0.25, 0.36), turn * 0.4, 0.05
    )
    scan.fill(sac, 0.02, 0.06)
    if view == "gestational sac":
        shape = embryo(scan, turn)
        scan.rim(sac, 0.7, 0.09)
        scan.fill(shape, uniform(0.45, 0.65), 0.2, 0.2)
    else:
        shape = fetal_head(scan, turn, view == "fetal profile")
    scan.mark(shape)
    names = ["obstetric ultrasound", "prenatal ultrasound scan", f"ultrasound of a {view}"]
    return {"organ": "fetus", "view": view, "finding": None, "names": names}


def pelvis(scan: Scan) -> Attributes:
    """Full bladder above the uterus (fibroid or not), or an ovary with follicles or a cyst."""
    rng, uniform = scan.rng, scan.rng.uniform
    wall_layers(scan, 0.12, 3)
    if rng.random() < 0.4:
        return ovary(scan)
    bladder = scan.oval(uniform(-0.2, 0.2), 0.3, uniform(0.22, 0.36), uniform(0.1, 0.16), 0, 0.12)
    place, size = (uniform(-0.15, 0.15), 0.62), (uniform(0.26, 0.36), uniform(0.13, 0.18))
    uterus = scan.oval(*place, *size, uniform(-0.3, 0.3))
    scan.fill(uterus, uniform(0.28, 0.42), 0.1, 0.15)
    scan.rim(uterus, 0.6, 0.05)
    scan.fill(
        scan.oval(0.05, 0.62, 0.18, uniform(0.012, 0.04), uniform(-0.2, 0.2), 0.15), 0.75, 0.5
    )
    scan.fill(bladder, 0.02, 0.06)
    scan.rim(bladder, 0.7, 0.06)
    finding = "uterine fibroid" if rng.random() < 0.4 else None
    if finding:
        lesion(scan, uniform(-0.35, 0.35), 0.6, uniform(0.07, 0.13), ("hypoechoic mass",))
    return {"organ": "uterus and bladder", "finding": finding}


def ovary(scan: Scan) -> Attributes:
    """An ovary with up to three cysts or with many follicles."""
    rng, uniform = scan.rng, scan.rng.uniform
    whole = scan.oval(0, 0.5, uniform(0.2, 0.28), uniform(0.14, 0.2), uniform(-0.4, 0.4))
    scan.fill(whole, uniform(0.25, 0.4), 0.1, 0.15)
    n, size = int(rng.integers(1, 12)), uniform(0.03, 0.13)
    fluid = np.full((SIZE, SIZE), 9.0)
    for k in range(n):
        u, v = (uniform(-0.25, 0.25), uniform(0.38, 0.62)) if k else (0.0, 0.5)
        r = size if n < 4 else 0.035
        follicle = scan.oval(u, v, r * uniform(0.8, 1.3), r, 0, 0.05)
        scan.fill(follicle, 0.02, 0.15)
        fluid = np.minimum(fluid, follicle)
    parts, seen = label(fluid < 1)  # what was drawn over one another looks like one
    x, y = (int(v) for v in scan.at(0, 0.5))
    scan.mark(whole if seen > 3 else np.where(parts == parts[y, x], 0, 9))
    return {
        "organ": "ovary",
        "finding": "multiple follicles" if seen > 3 else "ovarian cyst",
        "count": int(seen),
    }


def heart_chambers(rng: np.random.Generator, view: str) -> tuple[tuple[float, ...], ...]:
    """The chambers seen in a view, ventricles first: centre (u, v), half axes, angle."""
    if view == "four-chamber":
        atria = ((0.25, 0.73, 0.11, 0.1, 0.0), (-0.25, 0.73, 0.11, 0.1, 0.0))
        return (
            (0.23, 0.36, 0.12, 0.2, 0.1),
            (-0.25, 0.4, 0.09 * rng.uniform(1, 1.4), 0.17, -0.15),
            *atria,
        )
    aorta, right_ventricle = (0.5, 0.44, 0.14, 0.06, -0.2), (0.0, 0.26, 0.25, 0.05, 0.0)
    return (-0.3, 0.5, 0.25, 0.12, 0.1), (0.45, 0.68, 0.14, 0.1, 0.2), aorta, right_ventricle


def heart(scan: Scan) -> Attributes:
    """Apical four-chamber view, or parasternal long axis, dark chambers between gray walls."""
    rng = scan.rng
    view = choose(scan.rng, ("four-chamber", "four-chamber", "parasternal long-axis"))
    scan.echo = scan.echo * rng.uniform(0.5, 0.8)
    big = rng.uniform(0.85, 1.2)
    parts = heart_chambers(rng, view)
    chambers = [scan.oval(u, v, a * big, b * big, angle, 0.08) for u, v, a, b, angle in parts]
    myocardium = np.min(chambers, axis=0) * 0.78
    scan.fill(myocardium, rng.uniform(0.4, 0.6), 0.15, 0.3)
    for chamber in chambers:
        scan.fill(chamber, 0.03, 0.2)
    for u, v, *_ in parts[:2]:  # the valves
        leaf = scan.oval(
            u, v + 0.22 * (view == "four-chamber"), 0.11, 0.012, rng.choice([-0.4, 0.4]), 0.3
        )
        scan.fill(leaf, 0.7, 0.8)
    if rng.random() < 0.4:  # bright pericardium, and clutter near the probe
        scan.rim(myocardium, rng.uniform(0.7, 1.1), 0.12)
    finding = choose(rng, (None, None, "pericardial effusion", "intracardiac mass"))
    if finding == "pericardial effusion":
        scan.fill(np.abs(myocardium - rng.uniform(1.15, 1.25)) / 0.12, 0.02, 0.3)
    elif finding:
        mass = scan.oval(*parts[0][:2], 0.05, 0.04, 0, 0.2)
        scan.fill(mass, 0.55, 0.3, 0.2)
        scan.mark(mass)
    names = ["echocardiogram", "transthoracic echocardiography", f"{view} echocardiogram"]
    return {"organ": "heart", "view": view, "finding": finding, "names": names}


def lung(scan: Scan) -> Attributes:
    """Bright pleural line, perhaps between rib shadows, with A-lines, B-lines or an effusion."""
    rng, finding = scan.rng, choose(scan.rng, ("A-lines", "B-lines", "B-lines", "pleural effusion"))
    wall_layers(scan, 0.2, 4)
    pleura, shift = rng.uniform(0.22, 0.32), 0.008 * stretched_noise(rng, 50, 50)
    deep = scan.depth + shift - pleura
    scan.put(deep > 0, 0.3 * np.exp(-2 * deep) + 0.05)
    for k in range(3 if finding == "A-lines" else 1):  # reverberations of the pleura
        scan.brighten((1 - 0.25 * k) * ridge(deep - k * pleura, 0.012))
    count = int(rng.integers(1, 6)) if finding == "B-lines" else None
    for u in rng.uniform(-0.7, 0.7, count or 0):
        scan.brighten((deep > 0) * 0.75 * ridge(scan.beam - u, rng.uniform(0.03, 0.1)))
    if finding == "pleural effusion":
        scan.put((deep > 0.02) & (deep < 0.3 + 0.05 * stretched_noise(rng, 50, 50)), 0.02)
    ribs = False
    for u in (-0.75, 0.75) if rng.random() < 0.5 else ():
        rib = scan.oval(u, pleura * 0.75, 0.1, 0.03)
        scan.behind(rib, 0.15)
        ribs = ribs or len(scan.pixels(rib)[0]) > 20
    names = ["lung ultrasound", "thoracic ultrasound"]
    return {"organ": "lung", "finding": finding, "count": count, "ribs": ribs, "names": names}


def muscle(scan: Scan) -> Attributes:
    """Striated muscle and tendon over a bright bone surface, perhaps a collection."""
    rng, uniform, finding = scan.rng, scan.rng.uniform, None
    if rng.random() < 0.4:
        return pennate_muscle(scan)
    slope, wave = uniform(-0.25, 0.25), 5 * stretched_noise(rng, 90, 60)
    fibre = np.sin((Y + slope * X + wave) * uniform(0.35, 0.8)) * (
        0.6 + 0.4 * stretched_noise(rng, 40, 6)
    )
    scan.echo = uniform(0.25, 0.38) + uniform(0.15, 0.3) * fibre
    wall_layers(scan, uniform(0.15, 0.3), 3)
    bone = scan.depth + 0.04 * stretched_noise(rng, 90, 90) - uniform(0.6, 0.8)
    scan.put(bone > 0, 0.06)
    scan.brighten(ridge(bone, 0.018))
    if rng.random() < 0.5:
        finding = lesion(
            scan, uniform(-0.4, 0.4), 0.45, uniform(0.06, 0.13), ("cyst", "hypoechoic mass")
        )
    return {
        "organ": "muscle and tendon",
        "finding": finding,
        "names": ["musculoskeletal ultrasound"],
    }


def pennate_muscle(scan: Scan) -> Attributes:
    """Slanting fascicles between two bright aponeuroses, as in the calf."""
    rng, uniform = scan.rng, scan.rng.uniform
    lean, tilt = uniform(0.2, 0.6) * choose(rng, (-1, 1)), uniform(-0.1, 0.1)
    streaks = np.sin((Y + lean * X + 5 * stretched_noise(rng, 90, 60)) * uniform(0.3, 0.7))
    scan.echo = uniform(0.12, 0.25) + uniform(0.15, 0.35) * np.clip(streaks, 0, 1) ** 2 * (
        0.6 + 0.5 * stretched_noise(rng, 60, 5)
    )
    wall_layers(scan, uniform(0.06, 0.15), 3)
    for v in (uniform(0.15, 0.28), uniform(0.6, 0.85)):
        sheet = scan.depth - v + tilt * (X / SIZE - 0.5) + 0.006 * stretched_noise(rng, 60, 60)
        scan.brighten(uniform(0.8, 1.1) * ridge(sheet, uniform(0.012, 0.03)))
    names = ["musculoskeletal ultrasound", "muscle ultrasound", "ultrasound of the calf muscle"]
    return {
        "organ": "muscle and tendon",
        "view": "longitudinal fascicle",
        "finding": None,
        "names": names,
    }


def eye(scan: Scan) -> Attributes:
    """A dark round globe with lens and optic nerve; perhaps a detached retina."""
    rng, uniform = scan.rng, scan.rng.uniform
    scan.echo = uniform(0.35, 0.6) + 0.3 * (fractal(rng, 30) - 0.5)
    globe = scan.oval(uniform(-0.1, 0.1), 0.45, uniform(0.3, 0.38), uniform(0.28, 0.34), 0, 0.02)
    scan.fill(globe, 0.02, 0.05)
    scan.rim(globe, 0.8, 0.05)
    scan.rim(scan.oval(0, 0.2, uniform(0.12, 0.18), 0.05, 0, 0.02), 0.7, 0.2)
    scan.put((globe > 1.05) & (np.abs(scan.beam - uniform(-0.1, 0.1)) < 0.1) & (Y > 150), 0.12)
    finding = "retinal detachment" if rng.random() < 0.3 else None
    if finding:
        sheet = ridge(np.abs(X - scan.at(0, 0)[0]) - 0.9 * (190 - Y), 4) * (globe < 1) * (Y > 90)
        scan.brighten(0.8 * sheet)
        scan.mark(np.where(sheet > 0.5, 0, 9))
    names = ["ocular ultrasound", "ultrasound of the eye", "ophthalmic B-scan"]
    return {"organ": "eye", "finding": finding, "names": names}


def bladder(scan: Scan) -> Attributes:
    """A full bladder that is dark, bright tissue behind it; perhaps a stone or a mass."""
    rng, uniform = scan.rng, scan.rng.uniform
    wall_layers(scan, uniform(0.08, 0.2), 4)
    lumen = scan.oval(
        uniform(-0.2, 0.2), 0.45, uniform(0.25, 0.4), uniform(0.17, 0.28), uniform(-0.3, 0.3), 0.08
    )
    scan.fill(lumen, 0.02, 0.06)
    scan.rim(lumen, 0.7, 0.05)
    scan.behind(lumen, uniform(1.2, 1.8))
    finding = choose(rng, (None, None, "calculus", "hypoechoic mass"))
    if finding:
        lesion(scan, uniform(-0.1, 0.1), 0.55, uniform(0.06, 0.1), (finding,))
    return {"organ": "bladder", "finding": finding, "names": ["bladder ultrasound"]}


def vessel_tube(scan: Scan) -> np.ndarray:
    """Draw a long dark vessel with bright walls and return it as a shape (< 1 inside)."""
    uniform = scan.rng.uniform
    _, cy = scan.at(0, uniform(0.42, 0.6))
    slope = uniform(-0.2, 0.2) * (X - SIZE / 2)
    middle = cy + slope + uniform(2, 8) * np.sin(X / uniform(30, 70) + uniform(0, 6))
    tube = np.abs(Y - middle) / (scan.place[3] * uniform(0.06, 0.12))
    scan.fill(tube, 0.03, 0.1)
    scan.rim(tube, uniform(0.7, 0.95), 0.12)
    return tube


def artery(scan: Scan) -> Attributes:
    """A large vessel lengthwise: a dark tube with bright walls, perhaps a plaque."""
    rng, uniform, finding = scan.rng, scan.rng.uniform, None
    wall_layers(scan, 0.25, 5)
    tube = vessel_tube(scan)
    if rng.random() < 0.5:
        finding = "plaque"
        x, y = scan.at(uniform(-0.4, 0.4), 0)
        lumen = np.nonzero(tube[:, int(x)] < 1)[0]
        plaque = ellipse(x, lumen.max() if len(lumen) else y, uniform(15, 35), uniform(5, 12))
        plaque = np.maximum(plaque + 0.1 * stretched_noise(rng, 8, 8), tube)
        scan.fill(plaque, uniform(0.35, 0.8), 0.2, 0.3)
        scan.mark(plaque)
    return {
        "organ": "artery",
        "finding": finding,
        "names": ["vascular ultrasound", "ultrasound of an artery"],
    }


def soft_tissue(scan: Scan) -> Attributes:
    """Nothing but tissue texture, with a lesion or not: the tight crop of papers on lesions."""
    rng, uniform, finding = scan.rng, scan.rng.uniform, None
    if rng.random() < 0.4:
        wall_layers(scan, uniform(0.2, 0.9), int(rng.integers(3, 9)))
    elif rng.random() < 0.6:
        scan.echo = scan.echo + uniform(0.2, 0.5) * septa(rng, uniform(40, 120), uniform(10, 40))
    if rng.random() < 0.85:
        finding = lesion(scan, uniform(-0.3, 0.3), uniform(0.35, 0.65), uniform(0.1, 0.28), NODULES)
    return {"organ": "soft tissue", "finding": finding}
