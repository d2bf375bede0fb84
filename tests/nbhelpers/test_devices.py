"""Where a model runs and in which number format."""

import pytest
import torch

from nbhelpers.model import pick_device, pick_precision

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_auto_takes_cuda_then_mps_then_cpu(monkeypatch, cuda, mps, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert pick_device() == torch.device(expected)
    assert pick_device("cpu") == CPU


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ({"avx512_bf16": True}, torch.bfloat16),
        ({"amx_bf16": True}, torch.bfloat16),
        ({"architecture": "aarch64", "bf16": True}, torch.bfloat16),
        ({"avx512_f": True, "avx512_bf16": False, "amx_tile": True}, torch.float32),
        ({}, torch.float32),
    ],
)
def test_auto_takes_bfloat16_only_where_the_cpu_has_it(monkeypatch, features, expected):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: features, raising=False)
    assert pick_precision(CPU) == expected


def test_a_torch_that_cannot_tell_means_float32(monkeypatch):
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert pick_precision(CPU) == torch.float32


def test_a_gpu_that_emulates_bfloat16_does_not_count(monkeypatch):
    monkeypatch.setattr(
        torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation
    )
    assert pick_precision(torch.device("cuda")) == torch.float32


def test_a_precision_asked_for_is_taken_or_refused():
    assert pick_precision(CPU, "bf16") == torch.bfloat16
    assert pick_precision(torch.device("cuda"), "fp16") == torch.float16
    with pytest.raises(ValueError, match="Unknown precision 'half'"):
        pick_precision(CPU, "half")
