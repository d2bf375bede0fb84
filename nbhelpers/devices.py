"""Where a model runs and in which number format."""

import torch

PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def pick_device(device: str | torch.device = "auto") -> torch.device:
    """Return the device to run on; "auto" takes CUDA, then MPS (Apple), then the CPU.

    Raises ValueError: the device is unknown, or asked for by name and not there.
    """
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if device == "auto":
        return torch.device("cuda" if cuda else "mps" if mps else "cpu")
    try:
        wanted = torch.device(device)
        there = {"cpu": 1, "cuda": torch.cuda.device_count() if cuda else 0, "mps": int(mps)}[
            wanted.type
        ]
    except (RuntimeError, KeyError):
        raise ValueError(
            f'There is no device {device!r}. Use "auto", "cpu", "cuda", "cuda:1" or "mps".'
        ) from None
    if (wanted.index or 0) >= there:
        raise ValueError(
            f'torch finds {there} devices "{wanted.type}" here, so no "{wanted}". Use device="auto".'
        )
    return wanted


def pick_precision(device: torch.device, precision: str = "auto") -> torch.dtype:
    """Return the number format of the towers' arithmetic; the weights themselves stay float32.

    "auto" gives bfloat16 where `device` computes in it natively, else float32.

    Raises ValueError: the precision is unknown, or "fp16" is asked for away from CUDA.
    """
    if precision == "auto":
        return torch.bfloat16 if has_bfloat16(device) else torch.float32
    if precision not in PRECISIONS:
        raise ValueError(
            f'There is no precision {precision!r}. Use "auto", "fp32", "bf16", or "fp16" on CUDA.'
        )
    if precision == "fp16" and device.type != "cuda":
        raise ValueError(
            f'precision="fp16" needs CUDA, and the device is {device}. Use precision="auto".'
        )
    return PRECISIONS[precision]


def has_bfloat16(device: torch.device) -> bool:
    """Return whether the processor multiplies bfloat16 in hardware, and rightly; False where torch cannot tell."""
    if device.type == "cuda":
        there = torch.cuda.is_bf16_supported(including_emulation=False)
    elif device.type == "cpu" and hasattr(
        torch.cpu, "get_capabilities"
    ):  # not in older releases of torch
        features = torch.cpu.get_capabilities()
        there = any(
            features.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16")
        )  # "bf16" is Arm's
    else:
        there = False
    return there and bfloat16_error(device) < 0.01


def bfloat16_error(device: torch.device) -> float:
    """Return the relative error of a product of bfloat16 matrices, computed on the device now; about 0.003 is right."""
    values = torch.sin(torch.arange(256 * 768, dtype=torch.float32)).reshape(256, 768).to(device)
    exact, rounded = values @ values.T, (values.bfloat16() @ values.bfloat16().T).float()
    return ((rounded - exact).norm() / exact.norm()).item()
