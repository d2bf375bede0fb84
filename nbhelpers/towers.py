"""Building a model's towers around the weights in a file, which are mapped rather than copied where they are large."""

import contextlib
import logging
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

LARGE = (
    1 << 28
)  # bytes; a smaller file is copied, so that it may be written anew while the model is in use
DRAWS = {
    "uniform_",
    "normal_",
    "trunc_normal_",
    "erfinv_",
    "mul_",
    "add_",
    "clamp_",
    "zero_",
    "fill_",
    "copy_",
}
DRAWS |= {
    "xavier_uniform_",
    "xavier_normal_",
    "kaiming_uniform_",
    "kaiming_normal_",
    "ones_",
    "zeros_",
    "constant_",
}


class Undrawn(TorchFunctionMode):
    """While it holds, new parameters keep whatever their memory holds, which a strict loading then replaces.

    Drawing 196 million random numbers takes longer than reading the weights, and makes memory real that is thrown away.
    """

    def __torch_function__(
        self, function: Any, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        """Pass over what would fill a parameter in place; do anything else."""
        if (
            args
            and isinstance(args[0], torch.nn.Parameter)
            and getattr(function, "__name__", "") in DRAWS
        ):
            return args[0]
        return function(*args, **(kwargs or {}))


def build(folder: Path, weights: Path, text_cfg: dict[str, Any]) -> tuple[Any, Any]:
    """Return (open_clip model, preprocess) of `folder` with the values of `weights`, a file in it.

    Raises ValueError: a weight is not a finite number, or not a floating-point number.
    """
    import open_clip

    with Undrawn(), _no_warning_of_random_weights():
        made = open_clip.create_model_and_transforms(
            f"local-dir:{folder}", load_weights=False, text_cfg=text_cfg
        )
    clip, _, preprocess = made
    mapped = weights.stat().st_size >= LARGE
    clip.load_state_dict = _taking(clip, mapped)
    with _torch_maps_files(mapped and zipfile.is_zipfile(weights)):
        open_clip.load_checkpoint(clip, str(weights))
    del clip.load_state_dict
    for name, values in clip.state_dict().items():
        if not torch.isfinite(values.sum()):
            raise ValueError(f"{name} holds values that are not finite numbers.")
    return clip, preprocess


def _taking(clip: torch.nn.Module, assign: bool) -> Any:
    """Return a load_state_dict for `clip` that can take the tensors themselves (`assign`) instead of copying them."""

    def load_state_dict(state: dict[str, torch.Tensor], strict: bool = True) -> Any:
        kinds = {name: values.dtype for name, values in clip.state_dict().items()}
        for name, values in state.items():
            if kinds.get(name, values.dtype).is_floating_point and not values.is_floating_point():
                raise ValueError(
                    f"{name} holds {values.dtype}, as in a quantised file, where numbers are needed."
                )
        state = {name: values.to(kinds.get(name, values.dtype)) for name, values in state.items()}
        return type(clip).load_state_dict(clip, state, strict=strict, assign=assign)

    return load_state_dict


@contextlib.contextmanager
def _torch_maps_files(wanted: bool) -> Iterator[None]:
    try:
        from torch.utils.serialization import config
    except ImportError:  # torch 2.6: the file is read
        yield
        return
    before, config.load.mmap = config.load.mmap, wanted
    try:
        yield
    finally:
        config.load.mmap = before


@contextlib.contextmanager
def _no_warning_of_random_weights() -> Iterator[None]:
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
