"""What the keys of LoRA files mean: the layer, and the part of the network, whichever program wrote them.

A layer has the name that diffusers and transformers give it, with its component before it and underscores for dots:
`unet_down_blocks_0_attentions_0_proj_in`, `te_text_model_encoder_layers_0_mlp_fc1`. `te2` is the second text encoder
of SDXL. Layers of the UNet may also have the names of the original code, `unet_input_blocks_1_1_proj_in`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from torch import nn

PARTS = (
    *("lora_up.weight", "lora_down.weight", "lora_mid.weight", "alpha", "scale", "dora_scale"),
    *("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b", "hada_t1", "hada_t2"),
    *("lokr_w1", "lokr_w1_a", "lokr_w1_b", "lokr_t1", "lokr_w2", "lokr_w2_a", "lokr_w2_b", "lokr_t2"),
    *("weight", "on_input", "diff", "diff_b", "w_norm", "b_norm"),
    *("a1.weight", "a2.weight", "b1.weight", "b2.weight"),
    *("oft_blocks", "oft_diag", "rescale", "bias_indices", "bias_values", "bias_size"),
)
OTHER_PARTS = {
    "lora_A.weight": "lora_down.weight",
    "lora_B.weight": "lora_up.weight",
    "lora_A.default.weight": "lora_down.weight",
    "lora_B.default.weight": "lora_up.weight",
    "lora.down.weight": "lora_down.weight",
    "lora.up.weight": "lora_up.weight",
    "lora_linear_layer.down.weight": "lora_down.weight",
    "lora_linear_layer.up.weight": "lora_up.weight",
    "lora_magnitude_vector": "dora_scale",
    "lora_magnitude_vector.weight": "dora_scale",
    "lora_magnitude_vector.default": "dora_scale",
    "lora_magnitude_vector.default.weight": "dora_scale",
}
"""As PEFT and diffusers call them."""

PROCESSOR_PART = re.compile(r"(?:processor\.)?(?P<what>to_[qkv]|to_out)_lora\.(?P<way>up|down)\.weight\Z")
"""As the first scripts of diffusers call them: `...attn1.processor.to_q_lora.down.weight`."""

_PART = re.compile(
    r"(?P<layer>.+?)\.(?P<part>"
    + "|".join(re.escape(part) for part in sorted((*PARTS, *OTHER_PARTS), key=len, reverse=True))
    + r")\Z",
    re.DOTALL,
)

PREFIXES = {
    "lora_unet_": "unet_",
    "lora_te_": "te_",
    "lora_te1_": "te_",
    "lora_te2_": "te2_",
    "lycoris_": "unet_",
    "unet.": "unet_",
    "text_encoder.": "te_",
    "text_encoder_2.": "te2_",
    "base_model.model.text_model.": "te_text_model_",
    "base_model.model.": "unet_",
    "model.diffusion_model.": "unet_",
    "diffusion_model.": "unet_",
    "cond_stage_model.transformer.": "te_",
}
"""Beginning of a key to the component's."""

_OLD_TEXT_NAMES = {"to_q": "q_proj", "to_k": "k_proj", "to_v": "v_proj", "to_out": "out_proj", "to_out_0": "out_proj"}


class Key(NamedTuple):
    """A key of a file."""

    layer: str
    part: str


def split_key(key: str) -> Key | None:
    """Return the layer and the part that a key names, or None if it is none of a LoRA's."""
    if found := PROCESSOR_PART.search(key):
        what = "to_out.0" if found["what"] == "to_out" else found["what"]
        layer, part = key[: found.start()] + what, f"lora_{found['way']}.weight"
    elif found := _PART.match(key):
        layer, part = found["layer"], OTHER_PARTS.get(found["part"], found["part"])
    else:
        return None
    prefix = next((prefix for prefix in PREFIXES if layer.startswith(prefix)), None)
    if prefix is None:
        return None
    return Key(_plain(PREFIXES[prefix] + layer[len(prefix) :]), part)


def _plain(layer: str) -> str:
    name = layer.replace(".", "_")
    if name.startswith("te"):
        component, _, rest = name.partition("_")
        name = name if rest.startswith("text_model_") else f"{component}_text_model_{rest}"
        for old, new in _OLD_TEXT_NAMES.items():
            if name.endswith(f"self_attn_{old}"):
                return name.removesuffix(old) + new
    return name


def layers_of_unet(unet: nn.Module) -> dict[str, nn.Module]:
    """Return the layers with weights of a UNet of diffusers by all their names."""
    named = {name.replace(".", "_"): module for name, module in _weighted(unet)}
    originals = {
        f"{original}_{name.replace('.', '_')}" if name else original: module
        for original, block in _original_names(unet)
        for name, module in _weighted(block)
    }
    return {f"unet_{name}": module for name, module in {**originals, **named}.items()}


def layers_of_text_encoder(encoder: nn.Module) -> dict[str, nn.Module]:
    """Return the layers with weights of a text encoder of transformers by their names."""
    return {
        f"te_text_model_{name.removeprefix('text_model.').replace('.', '_')}": module
        for name, module in _weighted(encoder)
    }


def _weighted(module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    return ((name, part) for name, part in module.named_modules() if getattr(part, "weight", None) is not None)


_RESNET = {
    "in_layers_0": "norm1",
    "in_layers_2": "conv1",
    "emb_layers_1": "time_emb_proj",
    "out_layers_0": "norm2",
    "out_layers_3": "conv2",
    "skip_connection": "conv_shortcut",
}


def _original_names(unet: Any) -> Iterator[tuple[str, nn.Module]]:
    """Yield the parts of a UNet with the names of the original code (LDM), which numbers all layers one by one."""
    yield from (("input_blocks_0_0", unet.conv_in), ("out_0", unet.conv_norm_out), ("out_2", unet.conv_out))
    yield from (("time_embed_0", unet.time_embedding.linear_1), ("time_embed_2", unet.time_embedding.linear_2))
    number = 1
    for block in unet.down_blocks:
        for row in _rows(block):
            yield from _original_row(f"input_blocks_{number}", row)
            number += 1
        for sampler in getattr(block, "downsamplers", None) or ():
            yield f"input_blocks_{number}_0_op", sampler.conv
            number += 1
    if unet.mid_block is not None:
        resnets = unet.mid_block.resnets
        for place, part in enumerate((resnets[0], *unet.mid_block.attentions, *resnets[1:])):
            yield from _original_part(f"middle_block_{place}", part)
    number = 0
    for block in unet.up_blocks:
        rows = _rows(block)
        for row in rows:
            yield from _original_row(f"output_blocks_{number}", row)
            number += 1
        for sampler in getattr(block, "upsamplers", None) or ():
            yield f"output_blocks_{number - 1}_{len(rows[-1])}_conv", sampler.conv


def _rows(block: Any) -> list[tuple[nn.Module, ...]]:
    attentions = getattr(block, "attentions", None)
    return list(zip(block.resnets, attentions, strict=True)) if attentions else [(resnet,) for resnet in block.resnets]


def _original_row(name: str, row: tuple[nn.Module, ...]) -> Iterator[tuple[str, nn.Module]]:
    for place, part in enumerate(row):
        yield from _original_part(f"{name}_{place}", part)


def _original_part(name: str, part: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    if not hasattr(part, "time_emb_proj"):
        yield name, part
        return
    for original, own in _RESNET.items():
        if (layer := getattr(part, own, None)) is not None:
            yield f"{name}_{original}", layer
