"""What the memory plans move, and when; and what "out of memory" becomes."""

import threading
from dataclasses import replace

import pytest
import torch
from torch import nn

from modules.core.errors import DeviceMemoryError
from modules.core.flags import Flags
from modules.hardware.memory import AllOnDevice, LayerByLayer, OneAtATime, make_memory_plan, memory_errors

GPU = torch.device("cuda")


class Recorded(nn.Module):
    """Writes down where it is sent instead of going there, so that no GPU is needed."""

    def __init__(self, name: str, journal: list[str]) -> None:
        super().__init__()
        self.name = name
        self.journal = journal

    def to(self, device: torch.device):
        self.journal.append(f"{self.name} -> {device.type}")
        return self


@pytest.fixture
def journal() -> list[str]:
    return []


@pytest.fixture
def components(journal) -> dict[str, nn.Module]:
    return {name: Recorded(name, journal) for name in ("text_encoder", "unet", "vae")}


def stream_layers(module, device):
    module.journal.append(f"{module.name} streams to {device.type}")


def take(journal: list[str]) -> list[str]:
    entries = journal[:]
    journal.clear()
    return entries


def test_all_on_device_moves_everything_once(components, journal):
    plan = AllOnDevice(components, GPU)
    assert take(journal) == ["text_encoder -> cuda", "unet -> cuda", "vae -> cuda"]
    for name in components:
        with plan.use(name):
            pass
    assert take(journal) == []
    assert not plan.moves_weights


def test_one_at_a_time_swaps_when_another_is_needed(components, journal):
    plan = OneAtATime(components, GPU)
    assert take(journal) == []
    assert plan.moves_weights
    with plan.use("text_encoder"):
        assert take(journal) == ["text_encoder -> cuda"]
    with plan.use("text_encoder"):
        assert take(journal) == []
    with plan.use("unet"):
        assert take(journal) == ["text_encoder -> cpu", "unet -> cuda"]
    with plan.use("vae"):
        assert take(journal) == ["unet -> cpu", "vae -> cuda"]
    assert take(journal) == []


def test_a_preview_inside_sampling_brings_the_unet_back(components, journal):
    plan = OneAtATime(components, GPU)
    with plan.use("unet"):
        take(journal)
        with plan.use("vae"):
            assert take(journal) == ["unet -> cpu", "vae -> cuda"]
        assert take(journal) == ["vae -> cpu", "unet -> cuda"]
        with pytest.raises(ZeroDivisionError), plan.use("vae"):
            raise ZeroDivisionError
        assert take(journal)[-1] == "unet -> cuda"


def test_layer_by_layer_streams_the_unet_and_moves_the_others_whole(components, journal):
    plan = LayerByLayer(components, GPU, stream_layers)
    assert take(journal) == ["unet streams to cuda"]
    with plan.use("text_encoder"):
        assert take(journal) == ["text_encoder -> cuda"]
    with plan.use("unet"):
        assert take(journal) == ["text_encoder -> cpu"]
    with plan.use("vae"):
        assert take(journal) == ["vae -> cuda"]


def test_a_module_that_does_not_fit_leaves_the_device_to_the_next(components, journal):
    plan = OneAtATime(components, GPU)
    whole = components["unet"].to

    def fail(device):
        whole(device)
        if device == GPU:
            raise torch.OutOfMemoryError("CUDA out of memory")

    components["unet"].to = fail
    with pytest.raises(DeviceMemoryError), memory_errors(), plan.use("unet"):
        pass
    take(journal)
    with plan.use("vae"):
        assert take(journal) == ["unet -> cpu", "vae -> cuda"]


def test_a_second_thread_waits_for_its_turn(components):
    plan = OneAtATime(components, GPU)
    order = []

    def preview():
        with plan.use("vae"):
            order.append("preview")

    with plan.use("unet"):
        thread = threading.Thread(target=preview)
        thread.start()
        thread.join(0.2)
        order.append("sampled")
    thread.join()
    assert order == ["sampled", "preview"]


@pytest.mark.parametrize(
    ("flags", "is_sdxl", "device", "expected"),
    [
        ({}, False, GPU, AllOnDevice),
        ({"medvram": True}, False, GPU, OneAtATime),
        ({"medvram_sdxl": True}, False, GPU, AllOnDevice),
        ({"medvram_sdxl": True}, True, GPU, OneAtATime),
        ({"lowvram": True}, False, GPU, LayerByLayer),
        ({"lowvram": True, "medvram": True}, False, GPU, LayerByLayer),
        ({"lowvram": True}, False, torch.device("cpu"), AllOnDevice),
    ],
)
def test_the_flags_choose_the_plan(components, flags, is_sdxl, device, expected):
    plan = make_memory_plan(replace(Flags(), **flags), components, device, is_sdxl=is_sdxl, stream_layers=stream_layers)

    assert type(plan) is expected


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        MemoryError(),
        RuntimeError("MPS backend out of memory (MPS allocated: 1 GB)"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:75] err == 0. DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_every_out_of_memory_becomes_one_sentence(error):
    with pytest.raises(DeviceMemoryError, match="--medvram") as caught, memory_errors():
        raise error
    assert caught.value.__cause__ is error


def test_a_real_allocation_that_cannot_fit_becomes_one_sentence():
    with pytest.raises(DeviceMemoryError), memory_errors():
        torch.empty(2**55)


def test_other_errors_pass():
    with pytest.raises(RuntimeError, match="shapes"), memory_errors():
        raise RuntimeError("shapes cannot be multiplied")
