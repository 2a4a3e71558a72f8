"""Sampling backwards."""

import pytest
import torch

from modules.engine.sampling.euler import sample_euler
from modules.engine.sampling.inversion import recover_noise

MEAN, SPREAD = 0.5, 0.8


def exact_denoiser(x, sigma):
    """The best possible denoiser for data drawn from N(MEAN, SPREAD**2)."""
    s2 = sigma.view(-1, 1, 1, 1) ** 2
    return (SPREAD**2 * x + s2 * MEAN) / (SPREAD**2 + s2)


@pytest.fixture
def latents():
    return MEAN + SPREAD * torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(0))


def sigmas(steps):
    return torch.cat([torch.logspace(1.16, -1.5, steps), torch.zeros(1)])


def recover(latents, steps, *, adjusted):
    return recover_noise(exact_denoiser, latents, sigmas(steps).flip(0), adjusted=adjusted, on_step=lambda *_: None)


def test_euler_leads_from_the_noise_back_to_the_picture(latents):
    falling = sigmas(400)
    noise = recover(latents, 400, adjusted=True)

    back = sample_euler(exact_denoiser, noise * falling[0], falling, noise=lambda: noise, on_step=lambda *_: None)
    assert torch.allclose(back, latents, atol=0.05)
    assert noise.std().item() == pytest.approx(1, abs=0.15)


def test_without_adjustment_the_noise_of_each_image_is_scaled_to_one(latents):
    noise = recover(latents, 40, adjusted=False)
    alone = recover(latents[:1], 40, adjusted=False)

    assert torch.allclose(noise.std(dim=(1, 2, 3)), torch.ones(2))
    assert torch.allclose(noise[:1], alone, atol=1e-5)


def test_the_model_is_never_asked_without_noise(latents):
    asked = []

    def denoiser(x, sigma):
        asked.append(sigma[0].item())
        return exact_denoiser(x, sigma)

    for adjusted in (False, True):
        recover_noise(denoiser, latents, sigmas(5).flip(0), adjusted=adjusted, on_step=lambda *_: None)
    assert min(asked) > 0
    assert len(asked) == 5 + 4
