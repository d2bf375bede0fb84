"""What an exercise's check cell calls: prints whether the answer is right; never raises for it."""

import operator
import reprlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np


class _Plain(reprlib.Repr):
    def repr1(self, value: Any, level: int) -> str:
        """Return "0.2601" for np.float64(0.26009), in lists too, as a learner writes it."""
        if hasattr(value, "item") and np.ndim(value) == 0:
            value = value.item()
        return f"{value:.4g}" if isinstance(value, float) else super().repr1(value, level)


def check_equal(value: Any, expected: Any, hint: str) -> bool:
    """Return whether `value` equals `expected`; arrays must agree in shape and every element."""
    arrays = hasattr(value, "__array__") or hasattr(expected, "__array__")
    equal = np.array_equal if arrays else operator.eq
    return _verdict(value, lambda: equal(value, expected), hint)


def check_close(value: Any, expected: Any, hint: str, tolerance: float = 1e-3) -> bool:
    """Return whether `value` has the shape of `expected` and differs by at most `tolerance`."""
    near = partial(np.allclose, value, expected, rtol=0, atol=tolerance)
    return _verdict(value, lambda: np.shape(value) == np.shape(expected) and near(), hint)


def check_shape(value: Any, shape: tuple[int, ...], hint: str) -> bool:
    """Return whether `value` is an array of this shape."""
    shown = f"shape {getattr(value, 'shape', None)}"
    return _verdict(value, lambda: tuple(value.shape) == shape, hint, shown)


def check_top(probabilities: Any, labels: Sequence, expected: Sequence, hint: str) -> bool:
    """Return whether the most probable label of each picture, of (N, M), is the expected one."""
    try:
        top = [labels[column] for column in np.argmax(probabilities, axis=1)]
        shown = f"{sum(map(str.__eq__, top, expected))} of {len(expected)} pictures"
    except Exception:
        top, shown = probabilities, None
    return _verdict(top, lambda: top == list(expected), hint, shown)


def _verdict(value: Any, test: Callable[[], bool], hint: str, shown: str | None = None) -> bool:
    """Print and return what `test` says; an answer that `test` cannot read is a wrong answer."""
    if value is None or value is ...:
        print(f"Not yet: nothing is filled in. Look at this: {hint}")
        return False
    try:
        right = bool(test())
    except Exception:
        right = False
    shown = shown or _Plain().repr(value)
    print(f"Right: {shown}." if right else f"Not yet: you have {shown}. Look at this: {hint}")
    return right
