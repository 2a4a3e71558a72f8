"""Latents to pixels: numbers that 16 bits cannot hold, and numbers that are lost for good."""

import dataclasses
import logging

import pytest
import torch

from modules.core.errors import WebUIError
from modules.engine.latents.decode import decode
from modules.engine.latents.precision import VaeFallback, raise_vae_precision

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


def fallback(*precisions):
    told = []
    return VaeFallback(precisions, told.append), told


def test_the_test_model_overflows_in_float16_alone(overflowing):
    with pytest.raises(WebUIError, match=r"16 bits.*--no-half-vae"):
        decode(overflowing, latents())
    raise_vae_precision(overflowing, FULL)
    assert decode(overflowing, latents()).std() > 0.01


@pytest.mark.parametrize("precision", [BRAIN, FULL])
def test_lost_numbers_are_computed_again_and_the_precision_stays(overflowing, precision, caplog):
    again, told = fallback(precision)
    with caplog.at_level(logging.WARNING):
        pixels = decode(overflowing, latents(2), again)

    assert not pixels.isnan().any() and pixels.std() > 0.01
    assert overflowing.vae.dtype == overflowing.precision.vae == precision
    assert len(told) == len(caplog.records) == 1 and "--no-half-vae" in caplog.text
    decode(overflowing, latents(), again)
    assert len(told) == 1


def test_bfloat16_gives_the_picture_of_32_bits_nearly(overflowing):
    brain = decode(overflowing, latents(), fallback(BRAIN)[0])
    raise_vae_precision(overflowing, FULL)
    assert (decode(overflowing, latents()) - brain).abs().mean() < 0.02


def test_where_float16_suffices_nothing_is_changed(half):
    again, told = fallback(BRAIN, FULL)
    assert decode(half, latents(), again).std() > 0.01
    assert half.precision.vae == HALF and told == []


def test_a_lower_precision_is_never_tried(tiny):
    tiny.vae.decoder.conv_out.bias.data.fill_(float("nan"))
    again, told = fallback(BRAIN, FULL)
    with pytest.raises(WebUIError, match="VAE may be damaged"):
        decode(tiny, latents(), again)
    assert tiny.precision.vae == FULL and told == []


def test_where_nothing_helps_a_sentence_is_raised(half):
    half.vae.decoder.conv_out.bias.data.fill_(float("nan"))
    again, told = fallback(BRAIN, FULL)
    with pytest.raises(WebUIError, match="no numbers"):
        decode(half, latents(), again)
    assert half.precision.vae == FULL and len(told) == 2


def test_latents_that_are_no_numbers_say_nothing_about_the_vae(half):
    again, told = fallback(FULL)
    x = latents(2)
    x[1, 0, 0, 0] = float("nan")
    pixels = decode(half, x, again)

    assert half.precision.vae == HALF
    assert pixels[0].std() > 0.01 and pixels[1].max() == 0
    assert told == ["The VAE lost numbers (NaN): 1 of 2 pictures are black, wholly or in part."]


def test_a_unet_that_lost_all_numbers_is_told(half):
    with pytest.raises(WebUIError, match=r"--upcast-sampling.*--no-half"):
        decode(half, torch.full((1, 4, 8, 8), float("nan")), fallback(FULL)[0])


def test_without_the_check_black_pictures_pass_but_are_told(overflowing):
    overflowing.checks_nan = False
    again, told = fallback(FULL)

    assert decode(overflowing, latents(), again).max() == 0
    assert overflowing.precision.vae == HALF
    assert told == ["The VAE lost numbers (NaN): 1 of 1 pictures are black, wholly or in part."]
