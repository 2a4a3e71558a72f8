"""Schedules that A1111 1.8 did not have, against what defines them; and all of them at extremes."""

import math
from itertools import pairwise

import pytest
import torch

from modules.core.errors import InputError
from modules.engine.sampling.beta import beta_quantiles
from modules.engine.sampling.brownian import BrownianNoise
from modules.engine.sampling.levels import NoiseLevels
from modules.engine.sampling.registry import SAMPLERS
from modules.engine.sampling.sigmas import SCHEDULES, SigmaSettings
from modules.engine.sampling.trajectory import Tail, first_latents, img2img_steps, noised, run_sigmas, tail
from tests.golden import mixture
from tests.golden.evidence import read_json

RECORDED = read_json("sigmas.json")
LEVELS = NoiseLevels.of(torch.tensor(RECORDED["alphas_cumprod"]))
NAMES = [
    *("uniform", "karras", "exponential", "polyexponential", "sgm_uniform", "kl_optimal", "align_your_steps"),
    *("simple", "normal", "ddim", "beta", "turbo", "align_your_steps_11", "align_your_steps_32"),
]
ALL = pytest.mark.parametrize("schedule", list(SCHEDULES), ids=lambda schedule: schedule.name)
SETTINGS = SigmaSettings()


def sigmas_of(name, steps, **settings):
    return SCHEDULES.get(name).with_final_zero(LEVELS, steps, SigmaSettings(**settings))


def timesteps_of(name, steps):
    return LEVELS.timestep_at(sigmas_of(name, steps)[:-1]).tolist()


def test_the_menu():
    assert SCHEDULES.names() == NAMES


@pytest.mark.parametrize("steps", RECORDED["n"])
def test_sgm_uniform_is_uniform_without_its_last_level(steps):
    wanted = RECORDED["schedulers"]["default-discard"][str(steps)]

    assert torch.allclose(sigmas_of("sgm_uniform", steps), torch.tensor(wanted), rtol=1e-6, atol=0)


@pytest.mark.parametrize("steps", RECORDED["n"])
def test_normal_is_uniform_over_the_models_range(steps):
    assert torch.allclose(sigmas_of("normal", steps), sigmas_of("uniform", steps), rtol=1e-6, atol=0)


@pytest.mark.parametrize("steps", [2, 5, 10, 15, 20, 25, 33, 50])
def test_ddim_has_the_timesteps_of_the_sampler(steps):
    wanted = RECORDED["timesteps"]["DDIM"][str(steps)]

    assert sigmas_of("ddim", steps)[:-1].tolist() == LEVELS.sigmas[wanted].flip(0).tolist()


def test_turbo_has_the_timesteps_of_sdxl_turbo():
    assert timesteps_of("turbo", 4) == pytest.approx([999, 749, 499, 249], abs=1e-3)
    assert timesteps_of("turbo", 1) == pytest.approx([999], abs=1e-3)
    assert timesteps_of("turbo", 3) == pytest.approx([999, 666, 332], abs=1e-3)


def test_simple_counts_down_from_the_last_level():
    assert timesteps_of("simple", 4) == pytest.approx([999, 749, 499, 249], abs=1e-3)
    assert timesteps_of("simple", 3) == pytest.approx([999, 666, 333], abs=1e-3)


@pytest.mark.parametrize("steps", [1, 7, 40])
def test_kl_optimal_has_even_angles(steps):
    angles = sigmas_of("kl_optimal", steps).double().atan().tolist()

    assert angles[0] == pytest.approx(math.atan(LEVELS.largest), abs=1e-6)
    assert angles[-1] == pytest.approx(math.atan(LEVELS.smallest), abs=1e-6)
    assert [a - b for a, b in pairwise(angles)] == pytest.approx([(angles[0] - angles[-1]) / steps] * steps, abs=1e-6)


def test_the_published_levels_of_align_your_steps():
    wanted = [14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029, 0]
    wanted_sdxl = [14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.380, 0.234, 0.113, 0.029, 0]

    assert sigmas_of("align_your_steps", 11).tolist() == pytest.approx(wanted)
    assert sigmas_of("align_your_steps_11", 11).tolist() == pytest.approx(wanted)
    assert sigmas_of("align_your_steps", 11, sdxl=True).tolist() == pytest.approx(wanted_sdxl)


def test_between_the_published_levels_the_logarithm_is_interpolated():
    published, finer = sigmas_of("align_your_steps", 11), sigmas_of("align_your_steps", 21)

    assert finer[:-1:2].tolist() == pytest.approx(published[:-1].tolist(), rel=1e-6)
    assert finer[1:-1:2].tolist() == pytest.approx((published[:-2] * published[1:-1]).sqrt().tolist(), rel=1e-6)


def test_the_longer_form_of_align_your_steps_ends_lower():
    long = sigmas_of("align_your_steps_32", 32)

    assert long[-2].item() == pytest.approx(0.015)
    assert long[:-5].tolist() == pytest.approx(sigmas_of("align_your_steps", 32)[:-5].tolist(), rel=1e-6)


def test_quantiles_of_the_beta_distribution():
    """Known in closed form: the arcsine law, the uniform law, and powers."""
    shares = torch.linspace(0, 1, 101, dtype=torch.float64)

    assert torch.allclose(beta_quantiles(shares, 0.5, 0.5), (shares * math.pi / 2).sin() ** 2, atol=1e-12)
    assert torch.allclose(beta_quantiles(shares, 1.0, 1.0), shares, atol=1e-12)
    assert torch.allclose(beta_quantiles(shares, 0.2, 1.0), shares**5, atol=1e-12)
    assert torch.allclose(beta_quantiles(shares, 1.0, 0.2), 1 - (1 - shares) ** 5, atol=1e-12)
    assert torch.allclose(beta_quantiles(shares, 0.6, 0.3), 1 - beta_quantiles(1 - shares, 0.3, 0.6), atol=1e-12)


def test_beta_with_its_parameters_at_one_spaces_sigma_evenly():
    falls = [a - b for a, b in pairwise(sigmas_of("beta", 9, beta=(1.0, 1.0))[:-1].tolist())]

    assert falls == pytest.approx([falls[0]] * 8, rel=1e-5)


@ALL
@pytest.mark.parametrize("steps", [1, 2, 3, 999, 1000, 30_000])
def test_any_number_of_steps(schedule, steps):
    sigmas = schedule.with_final_zero(LEVELS, steps)

    if schedule.name == "ddim":
        assert len(sigmas) - 1 == len(range(1, 1000, max(1, 1000 // steps)))
    else:
        assert len(sigmas) - 1 == steps
    assert sigmas.isfinite().all()
    assert all(later < earlier for earlier, later in pairwise(sigmas.tolist()))
    assert (sigmas.dtype, sigmas.device.type) == (torch.float32, "cpu")
    assert sigmas[-1].item() == (LEVELS.sigmas[0] if schedule.name == "kl_optimal" else 0)


@ALL
@pytest.mark.parametrize(
    "settings",
    [
        {"sigma_min": 0.5, "sigma_max": 2.0},
        {"sigma_max": 4518.0, "rho": 1.0},
        {"old_range": True},
        {"beta": (0.01, 0.01)},
        {"rho": 0.2},
        {"rho": 100.0},
    ],
    ids=str,
)
def test_any_settings(schedule, settings):
    sigmas = schedule.with_final_zero(LEVELS, 25, SigmaSettings(**settings))

    assert sigmas.isfinite().all()
    assert all(later < earlier for earlier, later in pairwise(sigmas.tolist()))
    if schedule.takes_range and "sigma_min" in settings:
        assert sigmas[sigmas > 0].min() >= 0.4999
        assert sigmas.max() <= 2.0001


def test_a_range_that_is_none_is_refused():
    with pytest.raises(InputError, match=r"smallest noise level \(20\)"):
        sigmas_of("karras", 5, sigma_min=20.0)


def brownian(x, sigmas):
    used = sigmas[sigmas > 0]
    return BrownianNoise(x, used.min().item(), used.max().item(), (1,) * len(x), "CPU")


def run(sampler, schedule, steps, strength=None, **settings):
    """Run a sampler of the program over levels of the program, from noise or from latents of zeros."""
    rng = torch.Generator().manual_seed(0)

    def noise():
        return torch.randn((1, 4, 2, 2), generator=rng)

    chosen = SigmaSettings(**settings)
    if strength is None:
        sigmas = run_sigmas(sampler, schedule, LEVELS, steps, chosen)
        x = first_latents(noise(), sigmas, sampler, chosen)
    else:
        total, start = img2img_steps(steps, strength, exact=True)
        rest = tail(sampler, schedule, LEVELS, total, start, chosen)
        x, sigmas = noised(torch.zeros(1, 4, 2, 2), noise(), rest), rest.sigmas
    if len(sigmas) < 2:
        return x
    own = {"brownian": brownian(x, sigmas)} if sampler.takes_brownian_noise else {}
    return sampler.sample(mixture.denoise, x, sigmas, noise=noise, on_step=lambda *_: None, **own)


@ALL
@pytest.mark.parametrize("sampler", list(SAMPLERS), ids=lambda sampler: sampler.name)
def test_every_sampler_with_every_schedule(sampler, schedule):
    for steps in (1, 2, 3, 12):
        assert run(sampler, schedule, steps).isfinite().all(), steps


@pytest.mark.parametrize("steps", [999, 1000])
@pytest.mark.parametrize("sampler", list(SAMPLERS), ids=lambda sampler: sampler.name)
def test_every_sampler_with_very_many_steps(sampler, steps):
    assert run(sampler, SCHEDULES.get("beta"), steps).isfinite().all()


@pytest.mark.parametrize("strength", [0, 0.001, 0.05, 0.3, 0.5, 0.999, 1])
@pytest.mark.parametrize("sampler", list(SAMPLERS), ids=lambda sampler: sampler.name)
def test_every_sampler_from_any_strength(sampler, strength):
    for schedule in ("karras", "kl_optimal", "ddim"):
        for steps in (1, 5):
            assert run(sampler, SCHEDULES.get(schedule), steps, strength).isfinite().all(), (schedule, steps)


@pytest.mark.parametrize("sampler", list(SAMPLERS), ids=lambda sampler: sampler.name)
def test_strength_zero_leaves_the_latents_as_they_are(sampler):
    rest = tail(sampler, SCHEDULES.get("karras"), LEVELS, 0, 9, SETTINGS)
    latents = torch.randn(1, 4, 2, 2)

    assert torch.equal(noised(latents, torch.randn(1, 4, 2, 2), rest), latents)
    assert rest.sigmas.tolist() == [0]


def test_a_tail_is_the_last_part_of_a_run():
    sampler, schedule = SAMPLERS.get("DPM++ 2M"), SCHEDULES.get("karras")
    whole = run_sigmas(sampler, schedule, LEVELS, 20, SETTINGS)
    rest = tail(sampler, schedule, LEVELS, 20, 7, SETTINGS)

    assert torch.equal(rest.sigmas, whole[-9:])
    assert rest.noised_at == whole[-9].item()


def test_a_tail_of_ddim_begins_below_the_level_of_its_noise():
    """Noise of timestep 701, then timesteps 601, 501 ... 1, as recorded for 10 steps."""
    rest = tail(SAMPLERS.get("DDIM"), SCHEDULES.get("karras"), LEVELS, 10, 7, SETTINGS)

    assert rest.noised_at == LEVELS.sigmas[701].item()
    assert rest.sigmas.tolist() == LEVELS.sigmas[[601, 501, 401, 301, 201, 101, 1, 1]].tolist()


def test_noised_latents_have_the_variance_the_model_expects():
    rest = Tail(3.0, torch.tensor([2.0, 1.0]))
    noise = torch.randn(1, 4, 200, 200, generator=torch.Generator().manual_seed(0))

    assert noised(torch.zeros_like(noise), noise, rest).var().item() == pytest.approx(9 * 5 / 10, rel=0.02)


def test_first_latents():
    noise, sigmas = torch.ones(1), torch.tensor([3.0, 0.0])

    assert first_latents(noise, sigmas, SAMPLERS.get("Euler"), SETTINGS).item() == pytest.approx(3)
    assert first_latents(noise, sigmas, SAMPLERS.get("DDIM"), SETTINGS).item() == pytest.approx(10**0.5)
    unit = SigmaSettings(unit_variance=True)
    assert first_latents(noise, sigmas, SAMPLERS.get("Euler"), unit).item() == pytest.approx(10**0.5)
