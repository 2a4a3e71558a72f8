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


def hypernetwork_state(width=32, seed=0):
    """Return one network of the structure 1, 2, 1."""
    return {
        "linear.0.weight": random(2 * width, width, seed=seed),
        "linear.0.bias": random(2 * width, seed=seed + 1),
        "linear.2.weight": random(width, 2 * width, seed=seed + 2),
        "linear.2.bias": random(width, seed=seed + 3),
    }


def write_hypernetwork(path, widths=(32, 64), **details):
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {width: (hypernetwork_state(width), hypernetwork_state(width, seed=9)) for width in widths}
    structure = {"step": 100, "name": path.stem, "layer_structure": [1, 2, 1], "activation_func": "relu"}
    torch.save({**content, **structure, "is_layer_norm": False, "activate_output": False, **details}, path)
    return path
