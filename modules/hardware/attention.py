"""How attention is computed; chosen by flag, applied to a diffusers UNet or VAE."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from modules.core.flags import Flags
from modules.core.registry import Registry

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Attention:
    """One way to compute attention; `change` is what it does to a diffusers model."""

    name: str
    label: str
    change: Callable[[Any], None]
    aliases: tuple[str, ...] = ()

    def apply(self, *models: Any) -> None:
        """Let the UNet and the VAE compute attention this way, from now on."""
        for model in models:
            self.change(model)


def _leave_as_built(_model: nn.Module) -> None:
    """PyTorch's scaled dot product attention is what diffusers builds."""


def _use_xformers(model: Any) -> None:
    model.enable_xformers_memory_efficient_attention()


def _use_plain(model: Any) -> None:
    model.set_default_attn_processor()


def _use_slices(model: Any) -> None:
    """Compute a few heads at a time. A VAE has a single head: there is nothing to slice."""
    if hasattr(model, "set_attention_slice"):
        model.set_attention_slice("auto")


def _use_exact_kernels(model: Any) -> None:
    model.set_attn_processor({name: _ExactKernels(inner) for name, inner in model.attn_processors.items()})


class _ExactKernels:
    """A processor that keeps PyTorch from its memory-efficient kernel, whose results differ from run to run."""

    def __init__(self, inner: Callable[..., Tensor]) -> None:
        self.inner = inner

    def __call__(
        self,
        attn: nn.Module,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
    ) -> Tensor:
        """Compute attention as diffusers' processors do."""
        with sdpa_kernel([SDPBackend.FLASH_ATTENTION, SDPBackend.MATH]):
            return self.inner(attn, hidden_states, encoder_hidden_states, attention_mask, temb)


ATTENTION: Registry[Attention] = Registry("attention")
ATTENTION.add(
    Attention("sdp", "scaled dot product", _leave_as_built, aliases=("Automatic",)),
    Attention("sdp-no-mem", "scaled dot product without memory efficient attention", _use_exact_kernels),
    Attention("xformers", "xFormers", _use_xformers),
    Attention("sub-quadratic", "in slices", _use_slices, aliases=("V1", "InvokeAI", "Doggettx")),
    Attention("None", "plain, not optimised", _use_plain),
)


def choose_attention(flags: Flags, device: torch.device) -> Attention:
    """Return the attention that the flags ask for, scaled dot product if they ask for none or for what is missing."""
    if flags.xformers or flags.force_enable_xformers:
        obstacle = _xformers_obstacle(device, forced=flags.force_enable_xformers)
        if obstacle is None:
            return ATTENTION.get("xformers")
        log.warning("--xformers: %s. PyTorch's own attention is used, which is about as fast.", obstacle)
    if flags.opt_sdp_no_mem_attention:
        return ATTENTION.get("sdp-no-mem")
    if flags.opt_sdp_attention:
        return ATTENTION.get("sdp")
    if (
        flags.opt_sub_quad_attention
        or flags.opt_split_attention
        or flags.opt_split_attention_v1
        or flags.opt_split_attention_invokeai
    ):
        return ATTENTION.get("sub-quadratic")
    return ATTENTION.get("None" if flags.disable_opt_split_attention else "sdp")


def _xformers_obstacle(device: torch.device, *, forced: bool) -> str | None:
    if importlib.util.find_spec("xformers") is None:
        return "xFormers is not installed"
    if device.type != "cuda" and not forced:
        return "xFormers needs a CUDA device"
    return None
