"""Sentences that are true or false of a picture: findings there and absent, their sides, kinds."""

from dataclasses import dataclass

import numpy as np

from ..drawing import choose
from ..findings import FINDINGS, absent, shown
from ..kinds import KINDS, Attributes

SIDES = ("left", "right")
WITH = (
    "{name} with {finding}",
    "a {name} with {finding}",
    "{name} showing {finding}",
    "{name} shows {finding}",
    "{name}: {finding}",
    "{finding} on {name}",
    "{name}, {finding}",
    "there is {finding} in this {name}",
    "this is a photo of {name} with {finding}",
    "{name} demonstrating {finding}",
    "evidence of {finding} on this {name}",
    "{finding}",
)
SIDED = ("{side}-sided {finding}", "{side} {finding}", "{finding} on the {side}")
WITHOUT = (
    "{name} without {finding}",
    "a {name} without {finding}",
    "{name} with no {finding}",
    "{name} shows no {finding}",
    "no {finding} on {name}",
    "{name}, no evidence of {finding}",
    "there is no {finding} in this {name}",
    "{name} negative for {finding}",
    "{name} free of {finding}",
    "absence of {finding} on {name}",
    "this is a photo of {name} without {finding}",
    "no {finding}",
)
NORMAL = (
    "normal {name}",
    "{name} without findings",
    "unremarkable {name}",
    "{name} with no abnormality",
    "healthy {name}",
)
# Sentences that are true of no phantom.
FOREIGN = (
    "purple bicycle on a quiet lake",
    "a dog on the beach",
    "a train at the station",
    "a bowl of fruit on a table",
    "a street at night",
    "people at a football match",
    "a wooden chair beside a window",
    "snow on a mountain",
)


@dataclass(frozen=True)
class Region:
    """Where a finding is seen: its name, its side or None, its box in pixels."""

    finding: str
    side: str | None
    box: tuple[float, float, float, float]


def regions(attributes: Attributes) -> list[Region]:
    """The boxed findings of a picture of one panel."""
    asked = attributes.get("findings") or {}
    each = [*asked.items(), (attributes.get("finding"), attributes)]
    return [
        Region(name, facts.get("side"), tuple(facts["box"]))
        for name, facts in each
        if name and facts.get("box") and "second_panel" not in attributes
    ]


def sides_of(attributes: Attributes) -> dict[str, str]:
    """Finding → "left" or "right", where it is seen on that side alone."""
    asked = attributes.get("findings") or {}
    each = [*asked.items(), (attributes.get("finding"), attributes)]
    if "second_panel" in attributes:
        return {}
    return {name: facts["side"] for name, facts in each if name and facts.get("side") in SIDES}


class Sentences:
    """The sentences of one batch, worded by chance, each with its row among those to encode."""

    def __init__(self, rng: np.random.Generator):
        self.rng = rng
        self.rows: dict[tuple, int] = {}
        self.texts: list[str] = []

    def row(self, kind: str, finding: str | None, side: str | None = None, there=True) -> int:
        """The row of the sentence that a picture of this kind shows the finding, or lacks it.

        Without a finding: that it shows nothing unusual. One wording a batch for each.
        """
        key = (kind, finding, side, there)
        if key not in self.rows:
            self.rows[key] = len(self.texts)
            self.texts.append(self.worded(*key))
        return self.rows[key]

    def worded(self, kind: str, finding: str | None, side: str | None, there: bool) -> str:
        """One wording of it."""
        names = KINDS[kind].names
        name = names[0] if self.rng.random() < 0.6 else choose(self.rng, names)
        if finding is None:
            return choose(self.rng, NORMAL).format(name=name)
        if side:
            finding = choose(self.rng, SIDED).format(side=side, finding=finding)
        wordings = WITH if there else WITHOUT
        # The first wordings are those in which people ask.
        wording = choose(self.rng, wordings[:3] if self.rng.random() < 0.5 else wordings)
        return wording.format(name=name, finding=finding)

    def foreign(self) -> int:
        """The row of a sentence that is true of no phantom."""
        text = choose(self.rng, FOREIGN)
        if (text,) not in self.rows:
            self.rows[(text,)] = len(self.texts)
            self.texts.append(text)
        return self.rows[(text,)]

    def comparisons(self, attributes: Attributes) -> list[tuple[int, int, int]]:
        """All that can be asked of a picture's findings: (type, row that is true, row that is not).

        Types: 0 there or absent, 1 which finding, 2 which side.
        """
        kind, sides = attributes["kind"], sides_of(attributes)
        there = [finding for finding in FINDINGS.get(kind, ()) if finding in shown(attributes)]
        lacking = absent(attributes)
        asked = []
        for finding in there:
            asked.append((0, self.row(kind, finding), self.row(kind, finding, there=False)))
            asked += [(1, self.row(kind, finding), self.row(kind, other)) for other in lacking]
            asked.append((1, self.row(kind, finding), self.row(kind, None)))
            if side := sides.get(finding):
                other = SIDES[side == "left"]
                asked.append((2, self.row(kind, finding, side), self.row(kind, finding, other)))
        for finding in lacking:
            asked.append((0, self.row(kind, finding, there=False), self.row(kind, finding)))
            if not shown(attributes):
                asked.append((1, self.row(kind, None), self.row(kind, finding)))
        return asked
