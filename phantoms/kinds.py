"""The register of figure kinds: what each is called, how it is drawn, what its legend can say."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

Attributes = dict[str, object]


@dataclass(frozen=True)
class Kind:
    """One kind of figure. `names[0]` is its label; the others are what legends call it as well."""

    family: str
    names: tuple[str, ...]
    draw: Callable[[np.random.Generator], tuple[Image.Image, Attributes]]
    describe: Callable[[Attributes, np.random.Generator], list[str]]

    @property
    def label(self) -> str:
        """The name under which zero-shot classification lists it."""
        return self.names[0]


KINDS: dict[str, Kind] = {}


def kind(
    family: str, *names: str, describe: Callable[[Attributes, np.random.Generator], list[str]]
):
    """Register the function below as the way to draw `names[0]`.

    `describe` turns its attributes into phrases.
    """

    def register(draw):
        if names[0] in KINDS:
            raise ValueError(f"two kinds are called {names[0]!r}")
        KINDS[names[0]] = Kind(family, names, draw, describe)
        return draw

    return register
