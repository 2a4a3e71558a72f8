"""Noise schedules equal A1111's, as recorded in sigmas.json, to the last bit."""

import pytest
import torch

from modules.engine.sampling.levels import NoiseLevels
from modules.engine.sampling.registry import SAMPLERS, split_sampler_name
from modules.engine.sampling.sigmas import SCHEDULES, SigmaSettings
from modules.engine.sampling.timesteps import ddim_timesteps
from modules.engine.sampling.trajectory import img2img_steps, run_sigmas
from tests.golden.evidence import read_json

RECORDED = read_json("sigmas.json")
LEVELS = NoiseLevels.of(torch.tensor(RECORDED["alphas_cumprod"]))

RANGE = {"sigma_min": 0.1, "sigma_max": 10.0, "rho": 5.0}
SETTINGS = {
    "karras": ("karras", {}),
    "karras-old-0.1-10": ("karras", {"old_range": True}),
    "exponential": ("exponential", {}),
    "exponential-old-0.1-10": ("exponential", {"old_range": True}),
    "polyexponential": ("polyexponential", {}),
    "polyexponential-old-0.1-10": ("polyexponential", {"old_range": True}),
    "karras-min0.1-max10-rho5": ("karras", RANGE),
    "polyexponential-min0.1-max10-rho5": ("polyexponential", RANGE),
    "default-discard": ("uniform", {"discard_penultimate": True}),
    "default-quantize": ("uniform", {}),
}
"""What was recorded -> schedule and settings. Quantizing rounds the model's timesteps, not the noise levels."""

BY_STEPS = pytest.mark.parametrize("steps", RECORDED["n"])


def sigmas_of(sampler, schedule, steps, **settings):
    return run_sigmas(SAMPLERS.get(sampler), SCHEDULES.get(schedule), LEVELS, steps, SigmaSettings(**settings))


def test_levels():
    assert torch.equal(LEVELS.sigmas, torch.tensor(RECORDED["model_sigmas"]))


@BY_STEPS
@pytest.mark.parametrize("recorded_as", RECORDED["schedulers"])
def test_schedule(recorded_as, steps):
    schedule, settings = SETTINGS[recorded_as]

    sigmas = sigmas_of("Euler", schedule, steps, **settings)

    # One value of karras-old-0.1-10 differs in its last bit: the same expression on another processor.
    # Polyexponential with rho 5 and 50 steps ends with one level twice; ours takes it once.
    wanted = torch.tensor(RECORDED["schedulers"][recorded_as][str(steps)]).unique_consecutive()
    assert torch.allclose(sigmas, wanted, rtol=1.2e-7, atol=0)


@BY_STEPS
@pytest.mark.parametrize("name", RECORDED["per_sampler"])
def test_every_sampler_runs_through_its_levels(name, steps):
    sampler, schedule = split_sampler_name(name)

    sigmas = sigmas_of(sampler, schedule or SAMPLERS.get(sampler).schedule_before_1_9, steps)

    wanted = torch.tensor(RECORDED["per_sampler"][name][str(steps)])
    assert torch.allclose(sigmas, wanted, rtol=0 if sampler != "LCM" else 1e-6, atol=0)


@pytest.mark.parametrize("steps", RECORDED["timesteps"]["DDIM"], ids=str)
@pytest.mark.parametrize("sampler", RECORDED["timesteps"])
def test_timesteps(sampler, steps):
    assert ddim_timesteps(int(steps)) == RECORDED["timesteps"][sampler][steps]


def test_steps_of_img2img():
    for row in RECORDED["img2img_steps"]:
        given = row["steps_arg"]
        steps = img2img_steps(given or row["p_steps"], row["denoise"], exact=row["fix_steps"] or given is not None)
        assert steps == (row["steps"], row["t_enc"]), row


def test_timesteps_between_levels():
    timesteps = LEVELS.timestep_at(torch.tensor(RECORDED["sigma_to_t"]["sigmas"]))

    assert torch.equal(timesteps, torch.tensor(RECORDED["sigma_to_t"]["t"]))


def test_sigmas_between_timesteps():
    sigmas = LEVELS.sigma_at(torch.tensor(RECORDED["t_to_sigma"]["t"]))

    assert torch.equal(sigmas, torch.tensor(RECORDED["t_to_sigma"]["sigma"]))
