"""Every sampler, checked against a denoiser whose answer is known exactly."""

from itertools import pairwise

import pytest
import torch

from modules.engine.sampling.registry import SAMPLERS
from modules.engine.types import SamplingStopped

MEAN, SPREAD = 3.0, 0.5

ALL = pytest.mark.parametrize("sampler", list(SAMPLERS), ids=lambda sampler: sampler.name)


def exact_denoiser(x, sigma):
    """The best possible denoiser for data drawn from N(MEAN, SPREAD**2)."""
    s2 = sigma.view(-1, 1, 1, 1) ** 2
    return (SPREAD**2 * x + s2 * MEAN) / (SPREAD**2 + s2)


def sigmas_of(steps):
    return torch.cat([torch.logspace(2, -2, steps, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)])


def run(sampler, steps, *, on_step=lambda *_: None, seed=0, shape=(64, 4, 8, 8)):
    rng = torch.Generator().manual_seed(seed)
    sigmas = sigmas_of(steps)
    x = torch.randn(shape, generator=rng, dtype=torch.float64) * sigmas[0]

    def noise():
        return torch.randn(shape, generator=rng, dtype=torch.float64)

    return x, sampler.sample(exact_denoiser, x, sigmas, noise=noise, on_step=on_step)


@ALL
def test_recovers_a_known_distribution(sampler):
    _, out = run(sampler, 200)

    assert out.mean().item() == pytest.approx(MEAN, abs=0.1)
    assert out.std().item() == pytest.approx(SPREAD, rel=0.05)


@pytest.mark.parametrize(("name", "order"), [("Euler", 1), ("DPM++ 2M", 2)])
def test_order_of_convergence(name, order):
    """Halving the steps' length divides the error by 2**order; the solution of the ODE is known."""

    def error(steps):
        x, out = run(SAMPLERS.get(name), steps, shape=(1, 4, 8, 8))
        # The last level is not 0 but sigmas[-2], from where every sampler jumps to its denoised guess.
        start, end = sigmas_of(steps)[0], sigmas_of(steps)[-2]
        exact = MEAN + (x - MEAN) * ((SPREAD**2 + end**2) / (SPREAD**2 + start**2)) ** 0.5
        jumped = (SPREAD**2 * exact + end**2 * MEAN) / (SPREAD**2 + end**2)
        return (out - jumped).abs().max().item()

    errors = [error(steps) for steps in (100, 200, 400)]

    for coarse, fine in pairwise(errors):
        assert torch.tensor(coarse / fine).log2().item() == pytest.approx(order, abs=0.25)


@ALL
def test_reports_every_step_once(sampler):
    seen = []
    run(sampler, 12, on_step=lambda step, denoised: seen.append((step, denoised.shape)), shape=(2, 4, 8, 8))

    assert seen == [(step, (2, 4, 8, 8)) for step in range(12)]


@ALL
def test_stops_when_the_callback_says_so(sampler):
    def stop(step, _denoised):
        if step == 3:
            raise SamplingStopped

    with pytest.raises(SamplingStopped):
        run(sampler, 12, on_step=stop, shape=(1, 4, 8, 8))
