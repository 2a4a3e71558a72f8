"""Writers of small LoRAs."""

import torch
from safetensors.torch import save_file

LAYER = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"


def random(*shape, seed=0, scale=0.1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)) * scale


def small_lora(width=32, rank=2, seed=0, layer=LAYER):
    return {
        f"{layer}.lora_down.weight": random(rank, width, seed=seed),
        f"{layer}.lora_up.weight": random(width, rank, seed=seed + 1),
        f"{layer}.alpha": torch.tensor(1.0),
    }


def write_lora(path, tensors=None, **metadata):
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(small_lora() if tensors is None else tensors, path, metadata=metadata or None)
    return path
