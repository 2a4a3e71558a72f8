"""Each attention computes the same picture; the flags choose among them."""

import importlib.util
from dataclasses import replace

import pytest
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel

from modules.core.flags import Flags
from modules.hardware.attention import ATTENTION, choose_attention

CUDA, CPU = torch.device("cuda"), torch.device("cpu")


@pytest.fixture(scope="module")
def components():
    torch.manual_seed(3)
    unet = UNet2DConditionModel(
        block_out_channels=(32, 64),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=16,
        attention_head_dim=8,
    )
    return {"unet": unet.eval(), "vae": AutoencoderKL(block_out_channels=(32,)).eval()}


@torch.inference_mode()
def outputs(components) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(4)
    x = torch.randn(2, 4, 8, 8, generator=generator)
    context = torch.randn(2, 77, 16, generator=generator)
    timestep = torch.tensor([9.0, 900.0])
    return [components["unet"](x, timestep, context).sample, components["vae"].decode(x).sample]


@pytest.mark.parametrize("attention", [entry for entry in ATTENTION if entry.name != "xformers"], ids=lambda a: a.name)
def test_every_attention_computes_the_same(components, attention):
    before = {name: dict(module.attn_processors) for name, module in components.items()}
    expected = outputs(components)
    attention.apply(*components.values())
    try:
        changed = [type(p) for p in components["unet"].attn_processors.values()]
        computed = outputs(components)
    finally:
        for name, module in components.items():
            module.set_attn_processor(dict(before[name]))

    for ours, theirs in zip(computed, expected, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-5)
    assert (set(changed) == {type(p) for p in before["unet"].values()}) == (attention.name == "sdp")


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({}, "sdp"),
        ({"opt_sdp_attention": True, "opt_split_attention": True}, "sdp"),
        ({"opt_sdp_no_mem_attention": True}, "sdp-no-mem"),
        ({"opt_split_attention": True}, "sub-quadratic"),
        ({"opt_split_attention_v1": True}, "sub-quadratic"),
        ({"opt_split_attention_invokeai": True}, "sub-quadratic"),
        ({"opt_sub_quad_attention": True}, "sub-quadratic"),
        ({"disable_opt_split_attention": True}, "None"),
    ],
)
def test_flags_choose_the_attention(flags, expected):
    assert choose_attention(replace(Flags(), **flags), CUDA).name == expected


@pytest.mark.parametrize("flag", ["xformers", "force_enable_xformers"])
def test_missing_xformers_warns_once_and_does_without(flag, caplog, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)

    assert choose_attention(replace(Flags(), **{flag: True}), CUDA).name == "sdp"
    assert [record.getMessage() for record in caplog.records] == [
        "--xformers: xFormers is not installed. PyTorch's own attention is used, which is about as fast."
    ]


def test_xformers_needs_cuda_unless_forced(caplog, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())

    assert choose_attention(replace(Flags(), xformers=True), CUDA).name == "xformers"
    assert choose_attention(replace(Flags(), force_enable_xformers=True), CPU).name == "xformers"
    assert not caplog.records
    assert choose_attention(replace(Flags(), xformers=True), CPU).name == "sdp"
    assert "needs a CUDA device" in caplog.text


def test_a1111_s_names_are_known():
    for name in ("Automatic", "sdp", "sdp-no-mem", "xformers", "sub-quadratic", "V1", "InvokeAI", "Doggettx", "None"):
        assert name in ATTENTION
