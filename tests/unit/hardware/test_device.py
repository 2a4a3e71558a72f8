"""Which device is chosen. CUDA, MPS and XPU are pretended: only their answers to "are you there" matter here."""

from dataclasses import replace

import pytest
import torch

from modules.core.errors import InputError
from modules.core.flags import Flags
from modules.hardware.device import choose_device, device_memory, device_name


@pytest.fixture
def machine(monkeypatch):
    def pretend(*, cuda: int = 0, mps: bool = False, xpu: bool = False) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
        monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
        monkeypatch.setattr(torch.xpu, "is_available", lambda: xpu)

    return pretend


def test_cuda_comes_before_mps_before_the_cpu(machine):
    machine(cuda=1, mps=True)
    assert choose_device(Flags()) == torch.device("cuda", 0)
    machine(mps=True)
    assert choose_device(Flags()) == torch.device("mps")
    machine()
    assert choose_device(Flags()) == torch.device("cpu")


def test_device_id_picks_one_of_several(machine):
    machine(cuda=3)
    assert choose_device(replace(Flags(), device_id="2")) == torch.device("cuda", 2)


@pytest.mark.parametrize("device_id", ["3", "-1", "cuda:0", "", "²", "1,2"])
def test_a_device_id_that_is_not_there_is_explained(machine, device_id):
    machine(cuda=3)
    with pytest.raises(InputError, match="0 to 2"):
        choose_device(replace(Flags(), device_id=device_id))


@pytest.mark.parametrize(
    ("use_cpu", "component", "expected"),
    [
        (("all",), "sd", "cpu"),
        (("all",), "esrgan", "cpu"),
        (("sd",), "sd", "cpu"),
        (("sd",), "esrgan", "cuda"),
        (("esrgan", "interrogate"), "sd", "cuda"),
        (("esrgan", "interrogate"), "esrgan", "cpu"),
    ],
)
def test_use_cpu_names_the_parts(machine, use_cpu, component, expected):
    machine(cuda=1)
    assert choose_device(replace(Flags(), use_cpu=use_cpu), component).type == expected


def test_use_ipex_wants_an_intel_gpu(machine):
    machine(cuda=1, xpu=True)
    assert choose_device(replace(Flags(), use_ipex=True)) == torch.device("xpu")
    machine(cuda=1)
    with pytest.raises(InputError, match="Intel"):
        choose_device(replace(Flags(), use_ipex=True))


def test_the_cpu_has_a_name_and_memory():
    memory = device_memory(torch.device("cpu"))

    assert device_name(torch.device("cpu")) == "CPU"
    assert 0 < memory.free <= memory.total
