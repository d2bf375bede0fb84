"""What an exercise's check cell calls: prints whether the answer is right; never raises for it."""

import operator
import reprlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np


def check_equal(value: Any, expected: Any, hint: str) -> bool:
    """Return whether `value` equals `expected`; arrays must agree in shape and every element."""
    arrays = hasattr(value, "__array__") or hasattr(expected, "__array__")
    equal = np.array_equal if arrays else operator.eq
    return _verdict(value, lambda: equal(value, expected), hint)


def check_close(value: Any, expected: Any, hint: str, tolerance: float = 1e-3) -> bool:
    """Return whether `value` has the shape of `expected` and differs by at most `tolerance`."""
    near = partial(np.allclose, value, expected, rtol=0, atol=tolerance)
    return _verdict(value, lambda: np.shape(value) == np.shape(expected) and near(), hint)


def _verdict(value: Any, test: Callable[[], bool], hint: str) -> bool:
    """Print and return what `test` says; an answer that `test` cannot read is a wrong answer."""
    right = False
    answered = value is not None and value is not ...
    with suppress(Exception):
        right = answered and bool(test())
    with np.printoptions(legacy="1.25"):  # 0.26, not np.float64(0.26), as a learner writes it
        shown = f"{value:.4g}" if isinstance(value, float | np.floating) else reprlib.repr(value)
    have = f"you have {shown}" if answered else "nothing is filled in"
    print(f"Right: {shown}." if right else f"Not yet: {have}. Look at this: {hint}")
    return right
