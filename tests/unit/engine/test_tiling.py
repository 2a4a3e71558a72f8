"""Seamless pictures: what goes round an edge comes in at the opposite one, and nothing is changed for good."""

import pytest
import torch
from torch import nn

from modules.checkpoints.streaming import stream_layers
from modules.engine.latents.decode import decode
from modules.engine.tiling import tiled

CPU = torch.device("cpu")


def modes(model):
    return [m.padding_mode for part in (model.unet, model.vae) for m in part.modules() if isinstance(m, nn.Conv2d)]


def latents(rows=8, columns=8):
    return torch.randn(1, 4, rows, columns, generator=torch.Generator().manual_seed(3))


@torch.inference_mode()
def denoise(model, x):
    embeddings = torch.zeros(len(x), 77, model.unet.config["cross_attention_dim"])
    return model.unet(x, torch.tensor([500]), encoder_hidden_states=embeddings).sample


@pytest.mark.parametrize("shift", [(0, 3), (5, 0), (2, 7)])
def test_a_shifted_picture_is_the_picture_shifted(tiny, shift):
    x = latents()
    pixels = tuple(8 * places for places in shift)
    with tiled(tiny, enabled=True):
        expected = decode(tiny, x).roll(pixels, (2, 3))
        found = decode(tiny, x.roll(shift, (2, 3)))
        assert torch.allclose(found, expected, atol=1e-4)
    assert not torch.allclose(decode(tiny, x.roll(shift, (2, 3))), expected, atol=1e-2)


def test_the_unet_goes_round_the_edges_too(tiny):
    x = latents(16, 16)
    with tiled(tiny, enabled=True):
        expected = denoise(tiny, x).roll((8, 8), (2, 3))
        assert torch.allclose(denoise(tiny, x.roll((8, 8), (2, 3))), expected, atol=1e-4)
    assert not torch.allclose(denoise(tiny, x), expected, atol=1e-4)


def test_it_holds_for_layers_that_visit_the_device_one_by_one(tiny):
    x = latents()
    with tiled(tiny, enabled=True):
        expected = denoise(tiny, x)
    stream_layers(tiny.unet, CPU)
    plain = denoise(tiny, x)
    with tiled(tiny, enabled=True):
        assert torch.equal(denoise(tiny, x), expected)
    assert torch.equal(denoise(tiny, x), plain)


@pytest.mark.parametrize("size", [(1, 1), (1, 16), (9, 13)])
def test_any_size_will_do(tiny, size):
    with tiled(tiny, enabled=True):
        assert denoise(tiny, latents(*size).repeat(2, 1, 1, 1)).shape[-2:] == size
        assert decode(tiny, latents(*size)).shape[-2:] == (8 * size[0], 8 * size[1])


def test_everything_is_put_back_even_after_an_error(tiny):
    before = modes(tiny)
    with pytest.raises(ZeroDivisionError), tiled(tiny, enabled=True):
        raise ZeroDivisionError
    assert modes(tiny) == before


def test_contexts_may_be_nested(tiny):
    with tiled(tiny, enabled=True):
        with tiled(tiny, enabled=False):
            assert "circular" in modes(tiny)
        with tiled(tiny, enabled=True):
            pass
        assert "circular" in modes(tiny)
    assert "circular" not in modes(tiny)
