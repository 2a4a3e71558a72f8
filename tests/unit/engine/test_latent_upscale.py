"""The latent modes of Hires. fix."""

import pytest
import torch

from modules.engine.latents.upscale import LATENT_MODES, crop_latents, upscale_latents


def test_the_modes_are_those_of_a1111():
    assert LATENT_MODES.names() == [
        "Latent",
        "Latent (antialiased)",
        "Latent (bicubic)",
        "Latent (bicubic antialiased)",
        "Latent (nearest)",
        "Latent (nearest-exact)",
    ]


@pytest.mark.parametrize("mode", LATENT_MODES, ids=lambda mode: mode.name)
def test_a_plain_field_stays_what_it_is(mode):
    latents = torch.full((2, 4, 8, 6), 0.3)
    larger = upscale_latents(latents, (13, 11), mode)

    assert larger.shape == (2, 4, 13, 11)
    assert torch.allclose(larger, torch.full_like(larger, 0.3), atol=1e-6)


def test_modes_differ():
    latents = torch.randn(1, 4, 9, 9, generator=torch.Generator().manual_seed(0))
    results = [upscale_latents(latents, (6, 6), mode) for mode in LATENT_MODES]

    for i, one in enumerate(results):
        assert not any(torch.allclose(one, other) for other in results[:i])


def test_an_odd_crop_takes_one_more_off_the_end():
    latents = torch.arange(7.0).reshape(1, 1, 7, 1).expand(1, 4, 7, 5)
    cut = crop_latents(latents, 3, 2)

    assert cut[0, 0, :, 0].tolist() == [1.0, 2.0, 3.0, 4.0]
    assert cut.shape == (1, 4, 4, 3)


def test_no_crop_changes_nothing():
    latents = torch.randn(1, 4, 3, 3)
    assert torch.equal(crop_latents(latents, 0, 0), latents)
