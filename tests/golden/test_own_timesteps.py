"""DDIM, DDIM CFG++, PLMS and UniPC, checked against denoisers whose answer is known exactly."""

import math
from itertools import pairwise

import pytest
import torch

from modules.checkpoints.schedule import linear_alphas_cumprod
from modules.engine.sampling.ddim import sample_ddim, sample_ddim_cfgpp
from modules.engine.sampling.levels import NoiseLevels
from modules.engine.sampling.registry import SAMPLERS
from modules.engine.sampling.sigmas import SCHEDULES, SigmaSettings
from modules.engine.sampling.trajectory import first_latents, run_sigmas
from modules.engine.sampling.unipc import UniPCSettings, bh_weights, sample_unipc, varying_weights
from modules.engine.types import SamplingStopped
from tests.golden import mixture

LEVELS = NoiseLevels.of(linear_alphas_cumprod(0.00085, 0.012))
OWN = [sampler for sampler in SAMPLERS if sampler.own_schedule]
ALL = pytest.mark.parametrize("sampler", OWN, ids=lambda sampler: sampler.name)


def run(sampler, steps, *, denoiser=mixture.denoise, on_step=lambda *_: None, shape=(1, 1, 16, 16), **own):
    """Run a sampler over its own levels from noise of seed 0, and return (levels, first latents, last latents)."""
    rng = torch.Generator().manual_seed(0)

    def noise():
        return torch.randn(shape, generator=rng, dtype=torch.float64)

    settings = SigmaSettings()
    sigmas = run_sigmas(sampler, SCHEDULES.get("karras"), LEVELS, steps, settings).double()
    x = first_latents(noise(), sigmas, sampler, settings)
    return sigmas, x, sampler.sample(denoiser, x, sigmas, noise=noise, on_step=on_step, **own)


def test_these_are_the_samplers_that_follow_no_schedule():
    assert [sampler.name for sampler in OWN] == ["DDIM", "DDIM CFG++", "PLMS", "UniPC"]
    assert all(sampler.blends_before and sampler.starts_at_unit_variance for sampler in OWN)


@ALL
def test_recovers_a_known_distribution(sampler):
    sigmas, _, out = run(sampler, 200, shape=(2, 1, 32, 32))

    left = float(sigmas[-1])
    found = mixture.quantile_of(out * math.sqrt(1 + left**2), left).flatten().sort().values
    expected = (torch.arange(len(found)) + 0.5) / len(found)
    assert (found - expected).abs().max() < 1.63 / len(found) ** 0.5 + 0.02


def test_ddim_with_full_noise_recovers_it_too():
    sigmas, _, out = run(SAMPLERS.get("DDIM"), 200, shape=(2, 1, 32, 32), eta=1.0)

    left = float(sigmas[-1])
    found = mixture.quantile_of(out * math.sqrt(1 + left**2), left).flatten().sort().values
    assert (found - (torch.arange(len(found)) + 0.5) / len(found)).abs().max() < 1.63 / len(found) ** 0.5 + 0.02


def error(sample, steps, **own):
    """Return the error at the end of a run over levels evenly spaced in log sigma, where the ODE is solved exactly."""
    sigmas = torch.tensor([8.0 * (0.05 / 8.0) ** (i / steps) for i in range(steps + 1)]).double()
    x = torch.randn(1, 1, 16, 16, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 8.0
    out = sample(mixture.denoise, x, sigmas, noise=lambda: 0 * x, on_step=lambda *_: None, **own)
    return (out * math.sqrt(1 + 0.05**2) - mixture.flow(x, 8.0, 0.05)).abs().mean().item()


def unipc(variant, order):
    return {"unipc": UniPCSettings(variant=variant, order=order, lower_order_final=False)}


@pytest.mark.parametrize(
    ("sample", "own", "order"),
    [
        (sample_ddim, {}, 1),
        (sample_ddim_cfgpp, {}, 1),
        (SAMPLERS.get("PLMS").sample, {}, 2),
        *((sample_unipc, unipc("bh1", order), order + 1) for order in (1, 2)),
        *((sample_unipc, unipc("bh2", order), order + 1) for order in (1, 2, 3)),
        (sample_unipc, unipc("vary_coeff", 1), 2),
        (sample_unipc, unipc("vary_coeff", 3), 1),  # the corrector that A1111's pictures have; see unipc.py
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_order_of_convergence(sample, own, order):
    """Halving the steps' length divides the error by 2**order."""
    errors = [error(sample, steps, **own) for steps in (150, 300, 600)]

    for coarse, fine in pairwise(errors):
        assert math.log2(coarse / fine) == pytest.approx(order, abs=0.4)


@pytest.mark.parametrize("count", range(1, 6))
@pytest.mark.parametrize("h", [0.05, 0.4, 2.0])
def test_weights_integrate_polynomials_exactly(count, h):
    """A step with so many differences is exact where the denoised latents are a polynomial of that degree in time."""
    ratios = [*(-float(i) for i in range(1, count)), 1.0]
    degree = count

    def denoised(share):
        return share**degree

    differences = [denoised(ratio) / ratio for ratio in ratios]
    exact = quadrature(lambda share: math.exp(h * (share - 1)) * h * denoised(share))

    for weights in (bh_weights(h, ratios, math.expm1(-h)), varying_weights(h, ratios)):
        if count == 1 and weights != varying_weights(h, ratios):
            continue  # one difference alone has the weight 1/2, which keeps the order but is not exact
        assert -sum(w * d for w, d in zip(weights, differences, strict=True)) == pytest.approx(
            exact, rel=1e-5, abs=1e-9
        )


def quadrature(function):
    """Return the integral of a function from 0 to 1 (midpoint rule)."""
    points = 4000
    return sum(function((i + 0.5) / points) for i in range(points)) / points


def test_cfgpp_takes_the_noise_of_the_negative_prompt():
    """With the paper's equations in its own space, where x has variance 1."""

    class Guided:
        last_uncond = None

        def __call__(self, x, sigma):
            self.last_uncond = 0.3 * x
            return 0.5 * x

    sigmas = torch.tensor([2.0, 1.0], dtype=torch.float64)
    x = torch.tensor([[[[1.0]]]], dtype=torch.float64)
    out = sample_ddim_cfgpp(Guided(), x, sigmas, noise=lambda: 0 * x, on_step=lambda *_: None)

    alpha, alpha_next = 1 / (1 + 4), 1 / (1 + 1)
    scaled = x * alpha**0.5
    noise = (scaled - alpha**0.5 * 0.3 * x) / (1 - alpha) ** 0.5
    assert torch.allclose(out, alpha_next**0.5 * 0.5 * x + (1 - alpha_next) ** 0.5 * noise)


@ALL
@pytest.mark.parametrize("steps", [1, 2, 3, 7, 15, 999, 1000])
def test_any_number_of_steps(sampler, steps):
    seen = []
    sigmas, _, out = run(sampler, steps, on_step=lambda step, _: seen.append(step), shape=(2, 1, 2, 2))

    assert len(sigmas) - 1 == len(range(0, 1000, 1000 // steps)) >= steps
    assert seen == list(range(len(sigmas) - 1))
    assert all(later <= earlier for earlier, later in pairwise(sigmas.tolist()))
    assert out.isfinite().all()


@ALL
def test_stops_when_the_callback_says_so(sampler):
    def stop(step, _denoised):
        if step == 3:
            raise SamplingStopped

    with pytest.raises(SamplingStopped):
        run(sampler, 12, on_step=stop)


@pytest.mark.parametrize("variant", ["bh1", "bh2", "vary_coeff"])
@pytest.mark.parametrize("order", [1, 2, 6, 50])
@pytest.mark.parametrize("lower_order_final", [True, False])
@pytest.mark.parametrize("steps", [1, 2, 5, 60])
def test_unipc_takes_any_order(variant, order, lower_order_final, steps):
    *_, out = run(
        SAMPLERS.get("UniPC"), steps, unipc=UniPCSettings(variant, order, lower_order_final), shape=(1, 1, 2, 2)
    )

    assert out.isfinite().all()


def test_ddim_asks_the_model_nothing_in_the_step_that_goes_nowhere():
    calls = []

    def counted(x, sigma):
        calls.append(sigma)
        return mixture.denoise(x, sigma)

    run(SAMPLERS.get("DDIM"), 10, denoiser=counted)

    assert len(calls) == 9
