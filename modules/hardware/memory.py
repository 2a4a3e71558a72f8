"""Where the weights are at each moment: all on the device, one module at a time, or layer by layer."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Literal, Protocol

import torch
from torch import nn

from modules.core.errors import DeviceMemoryError
from modules.core.flags import Flags

log = logging.getLogger(__name__)

Component = Literal["text_encoder", "unet", "vae"]
StreamLayers = Callable[[nn.Module, torch.device], None]

CPU = torch.device("cpu")


class MemoryPlan(Protocol):
    """Says when a module's weights are on the device.

    Attributes:
        moves_weights: False: all is always on the device, and any thread may use any component at any time.
    """

    @property
    def moves_weights(self) -> bool: ...

    def use(self, component: Component) -> AbstractContextManager[None]:
        """Return a context in which the component can compute on the device. Contexts may be nested."""
        ...


class AllOnDevice:
    """Everything stays on the device. The fastest."""

    moves_weights = False

    def __init__(self, components: Mapping[str, nn.Module], device: torch.device) -> None:
        for module in components.values():
            module.to(device)

    def use(self, component: Component) -> AbstractContextManager[None]:
        """Return an empty context."""
        return nullcontext()


class OneAtATime:
    """Only the module in use is on the device, the others wait on the CPU (--medvram).

    A module stays when its context ends, until another is needed: the UNet does not travel at each step. A second
    thread waits until the first has left its contexts.
    """

    moves_weights = True

    def __init__(self, components: Mapping[str, nn.Module], device: torch.device) -> None:
        self._components = components
        self._device = device
        self._present: str | None = None
        self._depth = 0
        self._lock = threading.RLock()

    @contextmanager
    def use(self, component: Component) -> Iterator[None]:
        """Bring the component; if it interrupted another's context, bring that one back afterwards."""
        with self._lock:
            before = self._present
            self._bring(component)
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth and before is not None:
                    self._bring(before)

    def _bring(self, component: str) -> None:
        if component == self._present:
            return
        if self._present is not None:
            self._send(self._present, CPU)
        self._present = component  # also if it fits only in part
        self._send(component, self._device)

    def _send(self, component: str, device: torch.device) -> None:
        self._components[component].to(device)


class LayerByLayer(OneAtATime):
    """As `OneAtATime`, but of the UNet only the layer that computes is on the device (--lowvram)."""

    def __init__(self, components: Mapping[str, nn.Module], device: torch.device, stream_layers: StreamLayers) -> None:
        super().__init__(components, device)
        stream_layers(components["unet"], device)

    def _send(self, component: str, device: torch.device) -> None:
        if component != "unet":
            super()._send(component, device)


def make_memory_plan(
    flags: Flags,
    components: Mapping[str, nn.Module],
    device: torch.device,
    *,
    is_sdxl: bool = False,
    stream_layers: StreamLayers,
) -> MemoryPlan:
    """Return the plan that --medvram, --medvram-sdxl or --lowvram asks for. `stream_layers` prepares the UNet."""
    if device.type == "cpu":
        return AllOnDevice(components, device)
    if flags.lowvram:
        return LayerByLayer(components, device, stream_layers)
    if flags.medvram or (flags.medvram_sdxl and is_sdxl):
        return OneAtATime(components, device)
    return AllOnDevice(components, device)


OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")
"""What the errors say that are no `torch.OutOfMemoryError`: Apple's, and those of the CPU."""


@contextmanager
def memory_errors() -> Iterator[None]:
    """Turn every kind of "out of memory" into one `DeviceMemoryError`, and give back what can be given back.

    Raises:
        DeviceMemoryError: in place of the original.
    """
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        free_cached_memory()
        raise _too_large(error) from error
    except RuntimeError as error:
        if not any(sign in str(error) for sign in OUT_OF_MEMORY):
            raise
        free_cached_memory()
        raise _too_large(error) from error


def _too_large(error: BaseException) -> DeviceMemoryError:
    log.debug("Out of memory: %s", error)
    return DeviceMemoryError(
        "Out of memory: make the picture or the batch smaller, or start with --medvram or --lowvram."
    )


def free_cached_memory() -> None:
    """Give memory that is held but not used back to the device."""
    gc.collect()
    for backend in (torch.cuda, torch.xpu):
        if backend.is_available():
            backend.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()
