"""What bone radiographs are drawn with: long bones, short bones, flesh and metal on one film."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from ..drawing import SIZE, blob, rotation
from .radiograph import chance, strokes


class Cut(NamedTuple):
    """A break of a long bone at `place`, 0 … 1 of its length: width, shift, turn, roughness."""

    place: float
    gap: float = 0.0
    slide: float = 0.0
    tilt: float = 0.0
    rough: float = 0.0


class LongBone(NamedTuple):
    """The ends of a long bone in unit coordinates and the radius of its shaft."""

    start: np.ndarray
    end: np.ndarray
    r: float

    def nearest(self) -> float:
        """The place, 0 … 1 of the length, that is level with the middle of the film."""
        return -self.start[1] / (self.end[1] - self.start[1] + 1e-3)


def across(along: np.ndarray) -> np.ndarray:
    """The direction at right angles to the unit vector `along`."""
    return np.array([-along[1], along[0]])


class Plate:
    """The density of bones and flesh in the making.

    Parts are drawn in unit coordinates: the film is -1 … 1.
    """

    def __init__(self, rng: np.random.Generator, scale: float, angle: float, flip: bool):
        """Place the unit coordinates on the film: zoom by `scale`, turn by `angle`, mirror."""
        self.rng, self.scale, self.flip = rng, scale * SIZE / 2, -1 if flip else 1
        self.turn, self.shift = rotation(angle), SIZE / 2 + rng.normal(0, 8, 2)
        self.metal, self.flesh, self.bone = (np.zeros((SIZE, SIZE), np.float32) for _ in range(3))
        self.child = chance(rng, 0.2)
        self.growth_plates = False  # whether any is on the film
        self.worn = False  # whether the joint space is narrow
        # Of the cortex; marrow's density.
        self.thick, self.fill = rng.uniform(0.25, 0.5), rng.uniform(0.42, 0.7)
        self.broken: str | None = None  # how the main bone is to be broken
        self.break_at: np.ndarray | None = None  # the pixel at which it is broken
        self.main: LongBone | None = None

    def at(self, points) -> np.ndarray:
        """Unit coordinates (n, 2) as pixels."""
        return (np.atleast_2d(points) * (self.flip, 1)) @ self.turn * self.scale + self.shift

    def layers(
        self, outlines: list[tuple[np.ndarray, float]], onto: np.ndarray, gain: float = 1.0
    ) -> None:
        """Add nested outlines (pixels) with their densities to the field, in their bounding box."""
        low = np.clip(np.floor(outlines[0][0].min(axis=0)) - 1, 0, SIZE).astype(int)
        high = np.clip(np.ceil(outlines[0][0].max(axis=0)) + 2, 0, SIZE).astype(int)
        if (high - low).min() < 2:
            return
        sheet = Image.new("L", tuple(int(v) for v in (high - low) * 2))
        draw = ImageDraw.Draw(sheet)
        for points, level in outlines:
            draw.polygon([tuple(p) for p in ((points - low) * 2).tolist()], int(255 * level))
        onto[low[1] : high[1], low[0] : high[0]] += np.asarray(sheet.reduce(2), np.float32) * (
            gain / 255
        )

    def meat(self, start, end, r0: float, r1: float, level: float = 0.5) -> None:
        """Soft tissue round a limb from start to end, r0 and r1 thick."""
        start, end = np.asarray(start, float), np.asarray(end, float)
        along = end - start
        normal = across(along) / np.hypot(*along)
        t = np.linspace(0, 1, 14)[:, None]
        axis = start + along * t
        radius = (r0 + (r1 - r0) * t) * np.sqrt(np.clip(1 - (2 * t - 1) ** 12, 0, 1))
        outlines = []
        for f in (1, 0.96, 0.88, 0.76, 0.6, 0.4):
            rim = np.vstack([axis + f * radius * normal, (axis - f * radius * normal)[::-1]])
            outlines.append((self.at(rim), level * np.sqrt(1 - (0.97 * f) ** 2)))
        layer = np.zeros_like(self.flesh)
        self.layers(outlines, layer)
        np.maximum(self.flesh, layer, out=self.flesh)

    def cuts(self, bone: LongBone, length: float, main: bool) -> list[Cut]:
        """Where a long bone is interrupted by growth plates or, the main one, by a fracture."""
        rng, found = self.rng, []
        if self.child:
            found = [Cut(t, 0.012 / length, rough=0.05) for t in (rng.uniform(0.06, 0.09), 0.925)]
            self.growth_plates |= any(self.on_film(bone, cut.place, 4) for cut in found)
        if main:
            self.main = bone
        if main and self.broken:
            start, end, r = bone
            near = -start[1] / (end[1] - start[1]) if abs(end[1] - start[1]) > 0.5 else 0.5
            place = float(np.clip(near + rng.uniform(-0.25, 0.25) / length, 0.15, 0.85))
            apart = self.broken == "displaced fracture"
            slide = apart * rng.choice([-1, 1]) * r * rng.uniform(0.5, 1.6)
            tilt, rough = apart * rng.normal(0, 0.2), rng.uniform(0.05, 0.25)
            if self.on_film(bone, place):
                self.break_at = self.at(start + (end - start) * place)[0]
                gap = max(0.03 if apart else 0.026, r * (0.2 if apart else 0.16))
                found.append(Cut(place, gap / length, slide, tilt, rough))
        return sorted(found)

    def on_film(self, bone: LongBone, place: float, margin: float = 0) -> bool:
        """Whether this place, 0 … 1 of the length, is `margin` pixels or more inside the film."""
        spot = self.at(bone.start + (bone.end - bone.start) * place)
        return bool(spot.min() >= margin and spot.max() < SIZE - margin)

    def tube(
        self, start, end, r: float, r0: float, r1: float, bend=0.0, main=False, gain=1.0
    ) -> None:
        """A long bone from start to end: shaft radius r, end radii r0 and r1.

        The main one can be broken.
        """
        start, end = np.asarray(start, float), np.asarray(end, float)
        length = np.hypot(*(end - start))
        along = (end - start) / length
        normal = across(along)
        edges = [Cut(0.0), *self.cuts(LongBone(start, end, r), length, main), Cut(1.0)]
        jags = [
            cut.rough * r * (self.rng.normal(0, 1, 7) + 1.5 * np.linspace(-1, 1, 7))
            for cut in edges
        ]
        moved, angle, side_to_side = np.zeros(2), 0.0, np.linspace(1, -1, 7)[:, None]
        for i, (a, b) in enumerate(pairwise(edges)):
            moved, angle = moved + a.slide * normal, angle + a.tilt
            pivot, spin = start + along * length * a.place, rotation(angle)
            share = b.place - a.place - (a.gap + b.gap) / 2
            t = a.place + a.gap / 2 + share * (1 - np.cos(np.linspace(0, np.pi, 34))) / 2
            radius, cortex = self.profile(t, length, r, r0, r1)
            middle = (
                start + np.outer(t * length, along) + np.outer(bend * np.sin(np.pi * t), normal)
            )
            outlines = []
            for depth in np.linspace(
                0, 2, 9
            ):  # from the surface inwards, in thicknesses of the cortex
                inner = np.maximum(radius - depth * cortex, 0)[:, None] * normal
                last = middle[-1] + side_to_side * inner[-1] + jags[i + 1][:, None] * along
                first = middle[0] - side_to_side * inner[0] + jags[i][::-1, None] * along
                rim = np.vstack([(middle + inner)[1:-1], last, (middle - inner)[-2:0:-1], first])
                level = np.interp(
                    depth,
                    (0, 0.3, 0.6, 0.95, 1.2, 2),
                    (0.5, 0.85, 1, 0.95, self.fill + 0.12, self.fill),
                )
                outlines.append((self.at((rim - pivot) @ spin + pivot + moved), float(level)))
            self.layers(outlines, self.bone, gain)

    def profile(
        self, t: np.ndarray, length: float, r: float, r0: float, r1: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Radius of a long bone and thickness of its cortex at t, 0 … 1 of its length."""
        radius, caps = np.full_like(t, r), np.ones_like(t)
        for place, size in ((t * length, r0), ((1 - t) * length, r1)):
            radius += (size - r) * np.exp(-((np.maximum(place, 0) / (1.5 * size)) ** 1.7))
            caps *= np.sqrt(1 - (1 - np.clip(place / (0.6 * size) + 1e-3, 0, 1)) ** 2.4)
        shaft = np.clip(np.minimum(t, 1 - t) * length / (2.5 * max(r0, r1)) - 0.3, 0, 1)
        return radius * caps, self.thick * r * (0.25 + 0.75 * shaft)

    def lump(
        self, centre, a: float, b: float, tilt=0.0, rough=0.12, gain=1.0, square=False
    ) -> None:
        """A short or flat bone: a rounded or boxy outline, half axes a and b, a thin bright rim."""
        points = blob(self.rng, 0, 0, 1, rough, 40)
        if square:  # concave sides and blunt corners, as of a vertebral body
            points = points / (np.abs(points) ** 4).sum(axis=1, keepdims=True) ** 0.22
            points[:, 0] *= 0.93 + 0.09 * points[:, 1] ** 2
        points = points * (a, b) @ rotation(tilt)
        rim = min(0.3, 0.02 / min(a, b) + 0.06)
        steps = (
            (1, 0.7),
            (1 - rim * 0.5, 1),
            (1 - rim, self.fill + 0.12),
            (1 - 2 * rim, self.fill),
        )
        self.layers([(self.at(points * f + centre), level) for f, level in steps], self.bone, gain)

    def weld(self, points, width: float) -> None:
        """Add a bright stroke of metal, `width` wide, along unit coordinates."""
        self.metal += 2.5 * strokes([(self.at(points), width * self.scale, 255)])
