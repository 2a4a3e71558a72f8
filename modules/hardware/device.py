"""Which device each part of the program runs on."""

from __future__ import annotations

from dataclasses import dataclass

import psutil
import torch

from modules.core.errors import InputError
from modules.core.flags import Flags


@dataclass(frozen=True)
class Memory:
    """Bytes of a device's memory."""

    free: int
    total: int


def choose_device(flags: Flags, component: str = "sd") -> torch.device:
    """Return the device for one part: "sd" (the model itself) or a name that --use-cpu knows, such as "esrgan".

    Raises:
        InputError: the flags ask for a device that is not there.
    """
    if {"all", component} & set(flags.use_cpu):
        return torch.device("cpu")
    if flags.use_ipex:
        return _intel_gpu()
    if torch.cuda.is_available():
        return _cuda(flags.device_id)
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def _intel_gpu() -> torch.device:
    if not torch.xpu.is_available():
        raise InputError(
            "--use-ipex asks for an Intel GPU, and this PyTorch sees none: install PyTorch for XPU or drop the flag."
        )
    return torch.device("xpu")


def _cuda(device_id: str | None) -> torch.device:
    if device_id is None:
        return torch.device("cuda", torch.cuda.current_device())
    count = torch.cuda.device_count()
    if not device_id.isdecimal() or int(device_id) >= count:
        numbers = "0" if count == 1 else f"0 to {count - 1}"
        raise InputError(f"--device-id {device_id} names no CUDA device: this machine has {numbers}.")
    return torch.device("cuda", int(device_id))


def device_name(device: torch.device) -> str:
    """Return what a device is called, for people."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "xpu":
        return torch.xpu.get_device_name(device)
    return {"mps": "Apple GPU", "cpu": "CPU"}.get(device.type, str(device))


def device_memory(device: torch.device) -> Memory:
    """Return the free and total memory of a device; of the machine for the CPU and for GPUs that share its memory."""
    if device.type == "cuda":
        return Memory(*torch.cuda.mem_get_info(device))
    if device.type == "xpu":
        return Memory(*torch.xpu.mem_get_info(device))
    machine = psutil.virtual_memory()
    return Memory(free=machine.available, total=machine.total)
