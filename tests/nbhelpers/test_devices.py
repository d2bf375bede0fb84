"""Where a model runs and in which number format."""

import pytest
import torch

from nbhelpers import model
from nbhelpers.model import pick_device, pick_precision

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def nothing_measured_yet():
    pick_precision.cache_clear()
    yield
    pick_precision.cache_clear()


def taking(bfloat16: float, float32: float):
    """A `timeit.repeat` of a processor whose products take these seconds."""
    seconds = {torch.bfloat16: bfloat16, torch.float32: float32}
    return lambda _, globals, **counts: [seconds[globals["a"].dtype]]


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
    monkeypatch.setattr(model, "repeat", taking(bfloat16=1.0, float32=2.0))
    assert pick_precision(CPU) == expected


def test_a_cpu_that_has_bfloat16_but_is_slower_with_it_keeps_float32(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True}, raising=False)
    monkeypatch.setattr(model, "repeat", taking(bfloat16=2.0, float32=1.0))
    assert pick_precision(CPU) == torch.float32


def test_what_auto_takes_is_measured_once():
    assert pick_precision(CPU) == pick_precision(CPU)
    assert pick_precision.cache_info().hits == 1


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
