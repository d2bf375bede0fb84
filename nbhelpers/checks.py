"""What an exercise's check cell calls: prints whether the answer is right, or where to look; never raises for it."""

import reprlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def check_equal(value: Any, expected: Any, hint: str) -> bool:
    """Return whether `value` equals `expected`; arrays must agree in shape and in every element."""
    arrays = hasattr(value, "__array__") or hasattr(expected, "__array__")
    return _verdict(
        value, lambda: np.array_equal(value, expected) if arrays else value == expected, hint
    )


def check_close(value: Any, expected: Any, hint: str, tolerance: float = 1e-3) -> bool:
    """Return whether `value` has the shape of `expected` and differs nowhere by more than `tolerance`."""
    near = dict(rtol=0, atol=tolerance)  # noqa: C408
    return _verdict(
        value,
        lambda: np.shape(value) == np.shape(expected) and np.allclose(value, expected, **near),
        hint,
    )


def check_shape(value: Any, shape: tuple[int, ...], hint: str) -> bool:
    """Return whether `value` is an array of this shape."""
    return _verdict(
        value,
        lambda: tuple(value.shape) == shape,
        hint,
        shown=f"shape {getattr(value, 'shape', None)}",
    )


def check_top(
    probabilities: Any, labels: Sequence[str], expected: Sequence[str], hint: str
) -> bool:
    """Return whether the most probable label of each picture, from (N, M) `probabilities`, is the expected one."""
    try:
        top = [labels[column] for column in np.argmax(probabilities, axis=1)]
        shown = f"{sum(map(str.__eq__, top, expected))} of {len(expected)} pictures"
    except Exception:
        top, shown = probabilities, None
    return _verdict(top, lambda: top == list(expected), hint, shown)


def _verdict(value: Any, test: Callable[[], bool], hint: str, shown: str | None = None) -> bool:
    """Print and return what `test` says; an answer that `test` cannot even read is a wrong answer."""
    if value is None or value is ...:
        print(f"Not yet: nothing is filled in. Look at this: {hint}")
        return False
    try:
        right = bool(test())
    except Exception:
        right = False
    shown = shown or reprlib.repr(value)
    print(f"Right: {shown}." if right else f"Not yet: you have {shown}. Look at this: {hint}")
    return right
