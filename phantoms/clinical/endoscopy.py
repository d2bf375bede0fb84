"""Photographs taken inside the colon, the stomach, the oesophagus and the bronchi."""

import numpy as np
from PIL import Image, ImageDraw

from ..drawing import (
    SIZE,
    X,
    Y,
    blend,
    choose,
    colour,
    either,
    ellipse,
    font,
    fractal,
    picture,
    soft,
    stretched_noise,
)
from ..kinds import Attributes, kind
from .mucosa import bile, bubbles, carina, crescents, lining, paint_finding, tunnel, wall
from .photograph import bounds, landscape, plain, point, rgb, shade

FINDINGS = {
    None: "normal mucosa|no mucosal lesion|smooth intact mucosa",
    "polyp": "polyp|protruding polypoid lesion|adenomatous polyp",
    "ulcer": "ulcer with a white base|fibrin-covered ulcer|mucosal ulceration",
    "bleeding": "active bleeding|fresh blood in the lumen|oozing blood",
    "erosions": "multiple erosions|scattered mucosal erosions|small superficial erosions",
    "varices": "varices|dilated tortuous submucosal veins|bulging bluish varices",
    "inflammation": (
        "erythematous inflamed mucosa|diffuse mucosal erythema|hyperaemic oedematous mucosa"
    ),
    "tumour": "irregular tumour narrowing the lumen|fungating mass|ulcerated exophytic mass",
}
NAMES = {
    "colon": ["colonoscopy", "colonoscopic image", "endoscopic view of the colon"],
    "stomach": ["gastroscopy", "upper gastrointestinal endoscopy", "gastroscopic image"],
    "oesophagus": ["oesophagoscopy", "esophagogastroduodenoscopy", "upper endoscopy"],
    "small bowel": [
        "capsule endoscopy",
        "video capsule endoscopy",
        "wireless capsule endoscopy image",
        "capsule endoscopy of the small bowel",
    ],
    "bronchus": ["bronchoscopy", "bronchoscopic image", "flexible bronchoscopy"],
}
ORGANS = {
    "colon": "colonic mucosa|the colon|large bowel",
    "stomach": "gastric mucosa|the stomach|gastric wall",
    "oesophagus": "oesophageal mucosa|the esophagus|oesophageal lumen",
    "small bowel": "small bowel mucosa|the small intestine|intestinal villi",
    "bronchus": "the bronchial tree|airway mucosa|bronchial lumen",
}
LAYOUTS = {
    "lumen": "dark lumen in view|view along the lumen",
    "folds": "smooth folds around the lumen|crescent-shaped folds|lumen behind the folds",
    "wall": "mucosa seen face on|close view of the wall",
    "two lumina": "carina with two bronchial openings|bifurcation of the airway",
    "retroflexed": (
        "retroflexed view with the shaft of the scope|black endoscope shaft in retroflexion"
    ),
}
FOLDS = {  # where they are seen, and what they are called there
    ("colon", "lumen"): "haustral folds|triangular folds",
    ("stomach", "wall"): "gastric rugae|thick folds",
    ("oesophagus", "lumen"): "longitudinal folds",
}
LIGHTS = {
    "white light": "white-light view|white light imaging",
    "narrow-band": "narrow-band imaging|NBI with teal and brown tones",
    "dye": "indigo carmine chromoendoscopy|blue dye spraying",
}
FLUIDS = {
    "bile": "yellow bile pool|bile-stained fluid",
    "bubbles": "bubbles on the mucosa|foamy bubbles",
}
FRAMES = {
    "octagon": "octagonal field on black",
    "round": "round field on black",
    "rounded square": "square field with rounded corners",
    "cut circle": "truncated round field on black",
    "full": "frame filled by mucosa",
}
# What an organ's pictures are drawn from, as often as it is listed: layouts, findings; then hue,
# saturation and value.
LAYOUTS_OF = {
    "colon": ("lumen", "folds", "folds", "folds", "wall"),
    "stomach": ("wall", "wall", "lumen", "folds", "retroflexed"),
    "oesophagus": ("lumen", "folds"),
    "small bowel": ("wall", "folds", "lumen"),
    "bronchus": ("lumen", "two lumina", "two lumina"),
}
FINDINGS_OF = {
    "colon": ("polyp", "polyp", "polyp", "ulcer", "bleeding", "erosions", "inflammation", "tumour"),
    "stomach": ("polyp", "ulcer", "ulcer", "bleeding", "erosions", "inflammation", "tumour"),
    "oesophagus": ("ulcer", "varices", "erosions", "inflammation", "tumour"),
    "small bowel": ("bleeding", "ulcer", "erosions", "polyp", "inflammation"),
    "bronchus": ("tumour", "inflammation", "bleeding"),
}
TONES_OF = {
    "colon": ((-0.01, 0.06), (0.3, 0.68), (0.75, 1)),
    "stomach": ((0.0, 0.06), (0.45, 0.75), (0.7, 1)),
    "oesophagus": ((-0.02, 0.06), (0.25, 0.5), (0.8, 1)),
    "small bowel": ((0.04, 0.11), (0.4, 0.75), (0.7, 1)),
    "bronchus": ((-0.02, 0.07), (0.25, 0.6), (0.7, 1)),
}
# In two pictures of five, the organ does not decide: cameras and bowels differ.
OTHER_TONES = {
    "ochre": ((0.07, 0.12), (0.4, 0.75), (0.65, 1)),
    "orange": ((0.035, 0.07), (0.5, 0.8), (0.8, 1)),
    "pale": ((-0.03, 0.08), (0.08, 0.26), (0.85, 1)),
    "deep red": ((-0.03, 0.02), (0.6, 0.85), (0.6, 0.95)),
}
SCREEN_WORDS = (
    "ID 40213|M 62|F 48|12/04/2019|10:42:51|Dr.|CVP A3|Eh:A5|Cm:1|Gr:N|D.F|Physician:|Name:"
)


def endoscopy_phrases(a: Attributes, rng: np.random.Generator) -> list[str]:
    """What the legend of an endoscopic picture can say."""
    phrases = [either(rng, FINDINGS[a["finding"]])]
    if a["size"] and a["finding"] != "bleeding":
        phrases[0] = f"{a['size']} {phrases[0]}" if rng.random() < 0.6 else phrases[0]
        if rng.random() < 0.8:
            place = a["position"]
            phrases.append(
                either(
                    rng, f"lesion at the {place} of the view|located in the {place} of the picture"
                )
            )
    phrases += [either(rng, ORGANS[a["organ"]]), either(rng, LAYOUTS[a["layout"]])]
    if a["inset"]:
        phrases.append(either(rng, "small inset in the corner|position inset at the lower left"))
    if a["folds"]:
        phrases.append(either(rng, FOLDS[a["organ"], a["layout"]]))
    if a["light"] != "white light" or rng.random() < 0.2:
        phrases.append(either(rng, LIGHTS[a["light"]]))
    facts = [
        a["vessels"] and "visible vascular pattern|submucosal vessels|fine capillary network",
        a["instrument"]
        and (
            "instrument in the working channel|forceps in view|"
            "endoscopic device entering from below"
        ),
        FLUIDS.get(a["fluid"]),
        f"{FRAMES[a['frame']]}|{a['colour']} mucosa",
    ]
    return phrases + [either(rng, wordings) for wordings in facts if wordings]


def scope_shaft(rng: np.random.Generator, field: np.ndarray) -> np.ndarray:
    """The picture with the black shaft that a scope bent back on itself sees, coming from above."""
    off = np.abs(
        X - rng.uniform(90, 166) - 0.25 * (Y - 60) * rng.uniform(-1, 1) - 8 * np.sin(Y / 60)
    )
    off = off / rng.uniform(14, 24)
    gloss = 0.05 + 0.25 * np.exp(-(((off - 0.4) / 0.2) ** 2))
    return blend(
        field, gloss[..., None], soft(off + np.clip(Y - rng.uniform(110, 170), 0, 9), 1, 0.1)
    )


def instrument(rng: np.random.Generator, field: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The picture with a forceps, snare catheter or needle coming in from the lower edge."""
    start = point(rng.uniform(20, SIZE - 20), SIZE + 10.0)
    tip = start + (place - start) * rng.uniform(0.5, 0.95)
    length, wide = float(np.hypot(*(tip - start))), rng.uniform(5, 12)
    ux, uy = (tip - start) / length
    along = (X - start[0]) * ux + (Y - start[1]) * uy
    across = (X - start[0]) * -uy + (Y - start[1]) * ux
    taper = wide * (1.3 - 0.5 * along / length)
    rod = np.where((along < length), np.abs(across) / taper, 9)
    tint = choose(
        rng, (rgb(0.75, 0.77, 0.8), rgb(0.2, 0.35, 0.6), rgb(0.85, 0.82, 0.7), rgb(0.3, 0.3, 0.32))
    )
    gloss = (0.35 + 0.75 * np.exp(-(((across / taper + 0.3) / 0.35) ** 2))) * (
        1 + 0.1 * np.sin(along * 1.2)
    )
    return blend(field, shade(tint, gloss), soft(rod, 1, 0.15))


def illuminated(rng: np.random.Generator, field: np.ndarray, lamp: str) -> np.ndarray:
    """The picture in white light, in narrow-band light, or with blue dye in the furrows."""
    if lamp == "narrow-band":
        red, green = field[..., 0], field[..., 1]
        mixed = [0.55 * red + 0.35 * green, 0.25 * red + 0.75 * green, 0.2 * red + 0.75 * green]
        return np.stack(mixed, axis=-1) * rng.uniform(0.75, 1)
    if lamp == "dye":
        pools = 0.8 * fractal(rng, 60) + 0.6 * soft(np.abs(stretched_noise(rng, 8, 8)), 0.1, 0.3)
        return blend(
            field,
            field * rgb(0.35, 0.55, 1.15) + rgb(0, 0.03, 0.12),
            np.clip(pools - 0.15, 0, 0.85),
        )
    return field


def framed(rng: np.random.Generator, field: np.ndarray, frame: str) -> np.ndarray:
    """The picture in the scope's black surround, with patient and device text beside it."""
    if frame == "full":
        return field
    half, cx = rng.uniform(100, 124), SIZE / 2 + rng.uniform(-2, 20) * (rng.random() < 0.5)
    dx, dy = np.abs(X - cx), np.abs(Y - SIZE / 2)
    dx = dx * rng.uniform(0.85, 1.1)
    edge = {
        "octagon": np.maximum(np.maximum(dx, dy), (dx + dy) * rng.uniform(0.62, 0.75)),
        "round": np.hypot(dx, dy),
        "rounded square": (dx**5 + dy**5) ** 0.2,
        "cut circle": np.maximum(np.hypot(dx, dy) * 0.88, dy * 1.08),
    }[frame]
    field = blend(plain(np.float32(rng.uniform(0, 0.04))), field, np.clip(half - edge, 0, 1))
    if rng.random() < 0.5:
        image = picture(field)
        draw = ImageDraw.Draw(image)
        ink = choose(rng, ((235, 235, 235), (180, 220, 240), (230, 220, 120)))
        size = int(rng.integers(7, 10))
        for k in range(int(rng.integers(2, 8))):
            y = (4 if rng.random() < 0.8 else 120) + k * (size + 2)
            draw.text((2, y), either(rng, SCREEN_WORDS), fill=ink, font=font(size))
        field = np.asarray(image, dtype=np.float32) / 255
    return field


def with_inset(rng: np.random.Generator, field: np.ndarray) -> np.ndarray:
    """The picture with a coloured pane at the lower left that shows the course of the scope."""
    image = picture(field)
    draw, size = ImageDraw.Draw(image), int(rng.integers(45, 85))
    draw.rectangle((4, SIZE - size, 4 + size, SIZE - 4), fill=(20, int(rng.integers(60, 150)), 70))
    x = 4 + size * (0.5 + 0.25 * np.sin(np.linspace(0, rng.uniform(3, 7), 12)))
    y = np.linspace(SIZE - size + 6, SIZE - 10, 12)
    draw.line(np.stack([x, y], 1).ravel().tolist(), fill=(220, 220, 170), width=3)
    return np.asarray(image, dtype=np.float32) / 255


def place_of(
    rng: np.random.Generator, layout: str, lumen: np.ndarray, width: float
) -> tuple[np.ndarray, float]:
    """Where a finding goes, and its radius: on the wall, not in the dark."""
    place, r = point(*rng.uniform(66, 190, 2)), rng.uniform(12, 70)
    if layout in ("lumen", "folds") and np.hypot(*(place - lumen)) < width + 30:
        inward = np.array((np.sign(128 - lumen[0]), np.sign(128 - lumen[1])))
        place = lumen + point(*((1.2 * width + 30) * inward * 0.8))
    return place, r


def position(place: np.ndarray) -> str:
    """The part of the picture where the place lies, in words."""
    x, y = place
    down = "upper" if y < 100 else "lower" if y > 156 else ""
    across = "left" if x < 100 else "right" if x > 156 else ""
    return f"{down} {across or 'part'}".strip() if down else across or "centre"


@kind(
    "clinical",
    "endoscopy",
    "endoscopic image",
    "endoscopic view",
    "endoscopic photograph",
    "endoscope picture",
    "fibreoptic endoscopy",
    "video endoscopy",
    "flexible endoscopy",
    "endoscopic still of the mucosa",
    "photograph through an endoscope",
    "endoscopic examination",
    "endoluminal view",
    "mucosa seen at endoscopy",
    "gastrointestinal endoscopy",
    "GI endoscopy image",
    "colonoscopy or gastroscopy image",
    "frame of an endoscopic video",
    describe=endoscopy_phrases,
)
def endoscopy(rng: np.random.Generator) -> tuple[Image.Image, Attributes]:
    """Colon, stomach, oesophagus or bronchi from within.

    Folds, light, lesion, fluid, tool and mask vary.
    """
    organ = choose(
        rng,
        ("colon",) * 4 + ("stomach",) * 2 + ("oesophagus", "bronchus", "bronchus", "small bowel"),
    )
    layout = choose(rng, LAYOUTS_OF[organ])
    tone = choose(rng, tuple(OTHER_TONES)) if rng.random() < 0.4 else None
    base = colour(rng, *(OTHER_TONES[tone] if tone else TONES_OF[organ]))
    lumen, width = rng.uniform(70, 186, 2).astype(np.float32), rng.uniform(16, 45)
    if layout == "lumen":
        light, depth = tunnel(rng, "colon" if organ == "small bowel" else organ, lumen, width)
    elif layout == "folds":
        light, depth = crescents(rng, lumen, width)
    elif layout == "two lumina":
        light, depth = carina(rng, organ)
    else:
        light, depth = wall(rng, organ), np.zeros((SIZE, SIZE))
    light, depth = light.astype(np.float32), depth.astype(np.float32)  # half the work from here
    field, vessels = lining(rng, base, light, depth)
    finding = choose(rng, FINDINGS_OF[organ]) if rng.random() < 0.7 else None
    place, r = place_of(rng, layout, lumen, width)
    fluid = choose(rng, (None,) * (3 if organ == "small bowel" else 8) + ("bile", "bubbles"))
    if fluid == "bile":
        field = bile(rng, field, light)
    field, shape = paint_finding(rng, field, finding, place, r, base)
    if fluid == "bubbles":
        field = bubbles(rng, field)
    if layout == "retroflexed":
        field = scope_shaft(rng, field)
    tool = bool(rng.random() < 0.15) and organ != "small bowel"  # a capsule has none
    if tool:
        field = instrument(rng, field, place)
    lamp = choose(rng, ("white light",) * 18 + ("narrow-band", "dye"))
    lamp = "white light" if organ == "small bowel" else lamp
    field = illuminated(rng, field, lamp)
    frame = choose(
        rng, ("octagon", "octagon", "round", "rounded square", "cut circle", "full", "full", "full")
    )
    if organ == "small bowel":
        frame = choose(rng, ("round", "octagon"))
    if frame == "full" or rng.random() < 0.4:
        field = shade(
            field, 1 - rng.uniform(0, 0.5) * np.clip(ellipse(128, 128, 175, 175), 0, 1) ** 3
        )
    field = framed(rng, field, frame)
    inset = bool(rng.random() < 0.07)
    if inset:
        field = with_inset(rng, field)
    # Without the black surround.
    box = None if shape is None else bounds((shape < 1) & (field.max(axis=2) > 0.06))
    middle, image = position(place), picture(field)
    if frame != "full" and rng.random() < 0.35:
        image, box = landscape(rng, image, box, 5)
    own_tone = tone or (
        "pale pink"
        if base[1] > 0.58 * base[0]
        else "orange-pink"
        if base[1] > base[2] * 1.12
        else "red"
    )
    return image, {
        "organ": organ,
        "layout": layout,
        "finding": finding if box or shape is None else None,
        "size": box and ("large" if r > 40 else "small" if r < 22 else "medium-sized"),
        "position": box and middle,
        "light": lamp,
        "vessels": vessels,
        "folds": (organ, layout) in FOLDS,
        "fluid": fluid,
        "instrument": tool,
        "inset": inset,
        "frame": frame,
        "colour": {"narrow-band": "teal-brown", "dye": "blue-stained"}.get(lamp, own_tone),
        "box": box,
        "names": NAMES[organ],
    }
