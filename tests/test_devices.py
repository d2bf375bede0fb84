import pytest
import torch

from nbhelpers.devices import bfloat16_error, has_bfloat16, pick_device, pick_precision

CPU = torch.device("cpu")


def machine(monkeypatch, cuda=0, mps=False):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"), [(1, True, "cuda"), (0, True, "mps"), (0, False, "cpu")]
)
def test_auto_takes_cuda_then_mps_then_cpu(monkeypatch, cuda, mps, expected):
    machine(monkeypatch, cuda, mps)
    assert pick_device() == torch.device(expected)
    assert pick_device("cpu") == CPU


@pytest.mark.parametrize("absent", ["cuda", "mps", "cuda:0", torch.device("cuda")])
def test_an_absent_device_is_never_replaced_silently(monkeypatch, absent):
    machine(monkeypatch)
    with pytest.raises(ValueError, match=r'finds 0 devices .* Use device="auto"'):
        pick_device(absent)


def test_the_second_of_one_gpu_is_refused(monkeypatch):
    machine(monkeypatch, cuda=1)
    assert pick_device("cuda:0") == torch.device("cuda:0")
    with pytest.raises(ValueError, match='finds 1 devices "cuda" here, so no "cuda:1"'):
        pick_device("cuda:1")


@pytest.mark.parametrize("unknown", ["gpu", "xpu", "meta", ""])
def test_an_unknown_device_lists_the_known(unknown):
    with pytest.raises(ValueError, match='Use "auto", "cpu", "cuda"'):
        pick_device(unknown)


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


def test_auto_does_not_believe_a_processor_that_multiplies_bfloat16_wrongly(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True}, raising=False)
    assert 0 < bfloat16_error(CPU) < 0.01
    monkeypatch.setattr(torch.Tensor, "bfloat16", lambda tensor: (1.02 * tensor).to(torch.bfloat16))
    assert bfloat16_error(CPU) > 0.01
    assert pick_precision(CPU) == torch.float32


def test_a_torch_that_cannot_tell_means_float32(monkeypatch):
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert pick_precision(CPU) == torch.float32


def test_a_gpu_that_emulates_bfloat16_does_not_count(monkeypatch):
    monkeypatch.setattr(
        torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation
    )
    assert not has_bfloat16(torch.device("cuda"))
    assert not has_bfloat16(torch.device("mps"))


def test_a_precision_asked_for_is_taken_or_refused():
    assert pick_precision(CPU, "fp32") == torch.float32
    assert pick_precision(CPU, "bf16") == torch.bfloat16
    assert pick_precision(torch.device("cuda"), "fp16") == torch.float16
    with pytest.raises(ValueError, match="needs CUDA"):
        pick_precision(CPU, "fp16")
    with pytest.raises(ValueError, match="no precision 'half'"):
        pick_precision(CPU, "half")
