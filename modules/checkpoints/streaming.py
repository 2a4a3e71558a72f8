"""Layer by layer offloading of a diffusers module, for --lowvram."""

from __future__ import annotations

import torch
from torch import nn

from modules.checkpoints.libraries import apply_group_offloading


def stream_layers(module: nn.Module, device: torch.device) -> None:
    """Let each layer of `module` visit `device` only while it computes; between, its weights stay on the CPU.

    On CUDA the next layer is fetched while the present one computes.
    """
    overlap = device.type in {"cuda", "xpu"}
    apply_group_offloading(
        module,
        onload_device=device,
        offload_device=torch.device("cpu"),
        offload_type="leaf_level",
        use_stream=overlap,
    )
