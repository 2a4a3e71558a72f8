"""How much of a graphics card's memory a job took, as PyTorch counts it."""

from __future__ import annotations

from dataclasses import dataclass

import torch

GIGABYTE = 1024**3


@dataclass(frozen=True)
class PeakMemory:
    """Bytes of a device's memory.

    Attributes:
        active: the most that was in use by tensors at once.
        reserved: the most that PyTorch held for them.
        used: by all programs, when the job was done.
        total: what the device has.
    """

    active: int
    reserved: int
    used: int
    total: int

    def __str__(self) -> str:
        """Return the figures as A1111 names them."""
        share = 100 * self.used / self.total if self.total else 0.0
        active, reserved, used, total = (
            size / GIGABYTE for size in (self.active, self.reserved, self.used, self.total)
        )
        return f"A: {active:.2f} GB, R: {reserved:.2f} GB, Sys: {used:.1f}/{total:.1f} GB ({share:.1f}%)"


def begin_to_count(device: torch.device) -> None:
    """Forget the highest figures so far."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def peak_memory(device: torch.device) -> PeakMemory | None:
    """Return the highest figures since `begin_to_count`; None for a device that does not count, as the CPU."""
    if device.type != "cuda":
        return None
    free, total = torch.cuda.mem_get_info(device)
    return PeakMemory(
        active=torch.cuda.max_memory_allocated(device),
        reserved=torch.cuda.max_memory_reserved(device),
        used=total - free,
        total=total,
    )
