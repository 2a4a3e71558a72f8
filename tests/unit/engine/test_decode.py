"""Latents to pixels: numbers that 16 bits cannot hold, and numbers that are lost for good."""

import dataclasses
import logging

import pytest
import torch

from modules.core.errors import WebUIError
from modules.engine.latents.decode import decode
from modules.engine.latents.encode import encode
from modules.engine.latents.precision import raise_vae_precision
from modules.hardware.precision import VaeFallback

HALF, BRAIN, FULL = torch.float16, torch.bfloat16, torch.float32


def latents(batch=1):
    return torch.randn(batch, 4, 8, 8, generator=torch.Generator().manual_seed(3))


@pytest.fixture
def half(tiny):
    """A model whose VAE computes in float16."""
    torch.nn.Module.to(tiny.vae, HALF)
    tiny.precision = dataclasses.replace(tiny.precision, vae=HALF)
    return tiny


@pytest.fixture
def overflowing(half):
    """Its decoder's first activations are a million times too large for float16; group norms make good for it."""
    for parameter in half.vae.decoder.conv_in.parameters():
        parameter.data = parameter.data * 16384
    half.vae.post_quant_conv.weight.data *= 64
    return half


def allow(model, *precisions):
    """Let the model try these when its VAE loses numbers; return what will be told."""
    told = []
    model.vae_fallback = VaeFallback(precisions, told.append)
    return told


def test_the_test_model_overflows_in_float16_alone(overflowing):
    with pytest.raises(WebUIError, match=r"16 bits.*--no-half-vae"):
        decode(overflowing, latents())
    raise_vae_precision(overflowing, FULL)
    assert decode(overflowing, latents()).std() > 0.01


@pytest.mark.parametrize("precision", [BRAIN, FULL])
def test_lost_numbers_are_computed_again_and_the_precision_stays(overflowing, precision, caplog):
    told = allow(overflowing, precision)
    with caplog.at_level(logging.WARNING):
        pixels = decode(overflowing, latents(2))

    assert not pixels.isnan().any() and pixels.std() > 0.01
    assert overflowing.vae.dtype == overflowing.precision.vae == precision
    assert len(told) == len(caplog.records) == 1 and "--no-half-vae" in caplog.text
    decode(overflowing, latents())
    assert len(told) == 1


def test_bfloat16_gives_the_picture_of_32_bits_nearly(overflowing):
    allow(overflowing, BRAIN)
    brain = decode(overflowing, latents())
    raise_vae_precision(overflowing, FULL)
    assert (decode(overflowing, latents()) - brain).abs().mean() < 0.02


def test_where_float16_suffices_nothing_is_changed(half):
    told = allow(half, BRAIN, FULL)
    assert decode(half, latents()).std() > 0.01
    assert half.precision.vae == HALF and told == []


def test_a_lower_precision_is_never_tried(tiny):
    tiny.vae.decoder.conv_out.bias.data.fill_(float("nan"))
    told = allow(tiny, BRAIN, FULL)
    with pytest.raises(WebUIError, match="VAE may be damaged"):
        decode(tiny, latents())
    assert tiny.precision.vae == FULL and told == []


def test_where_nothing_helps_a_sentence_is_raised(half):
    half.vae.decoder.conv_out.bias.data.fill_(float("nan"))
    told = allow(half, BRAIN, FULL)
    with pytest.raises(WebUIError, match="no numbers"):
        decode(half, latents())
    assert half.precision.vae == FULL and len(told) == 2


def test_latents_that_are_no_numbers_say_nothing_about_the_vae(half):
    told = allow(half, FULL)
    x = latents(2)
    x[1, 0, 0, 0] = float("nan")
    pixels = decode(half, x)

    assert half.precision.vae == HALF
    assert pixels[0].std() > 0.01 and pixels[1].max() == 0
    assert told == ["The VAE lost numbers (NaN): 1 of 2 pictures are black, wholly or in part."]


def test_a_unet_that_lost_all_numbers_is_told(half):
    allow(half, FULL)
    with pytest.raises(WebUIError, match=r"--upcast-sampling.*--no-half"):
        decode(half, torch.full((1, 4, 8, 8), float("nan")))


def test_without_the_check_black_pictures_pass_but_are_told(overflowing):
    overflowing.checks_nan = False
    told = allow(overflowing, FULL)

    assert decode(overflowing, latents()).max() == 0
    assert overflowing.precision.vae == HALF
    assert told == ["The VAE lost numbers (NaN): 1 of 1 pictures are black, wholly or in part."]


def test_a_picture_that_overflows_on_its_way_in_is_read_again(half):
    for parameter in half.vae.encoder.conv_in.parameters():
        parameter.data = parameter.data * 16384
    pixels = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(3))
    with pytest.raises(WebUIError, match="--no-half-vae"):
        encode(half, pixels * 1e4)
    told = allow(half, FULL)
    assert encode(half, pixels * 1e4).isfinite().all()
    assert half.precision.vae == FULL and len(told) == 1
