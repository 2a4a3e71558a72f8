"""Noise schedules equal A1111's, as recorded in sigmas.json, to the last bit."""

import pytest
import torch

from modules.engine.sampling.sigmas import SCHEDULES, NoiseLevels
from tests.golden.evidence import read_json

RECORDED = read_json("sigmas.json")
LEVELS = NoiseLevels.of(torch.tensor(RECORDED["alphas_cumprod"]))


def test_levels():
    assert torch.equal(LEVELS.sigmas, torch.tensor(RECORDED["model_sigmas"]))


@pytest.mark.parametrize("steps", RECORDED["n"])
@pytest.mark.parametrize(
    ("schedule", "recorded_as"),
    [("uniform", "Euler"), ("karras", "DPM++ 2M Karras"), ("exponential", "DPM++ 2M SDE Exponential")],
)
def test_schedule(schedule, recorded_as, steps):
    sigmas = SCHEDULES.get(schedule).with_final_zero(LEVELS, steps)

    assert sigmas.tolist() == torch.tensor(RECORDED["per_sampler"][recorded_as][str(steps)]).tolist()


def test_timesteps_between_levels():
    timesteps = LEVELS.timestep_at(torch.tensor(RECORDED["sigma_to_t"]["sigmas"]))

    assert torch.equal(timesteps, torch.tensor(RECORDED["sigma_to_t"]["t"]))


def test_sigmas_between_timesteps():
    sigmas = LEVELS.sigma_at(torch.tensor(RECORDED["t_to_sigma"]["t"]))

    assert torch.equal(sigmas, torch.tensor(RECORDED["t_to_sigma"]["sigma"]))
