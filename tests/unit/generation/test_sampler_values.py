"""What a request and the settings say to samplers, and what of it is written down."""

import math

import pytest

from modules.core.errors import InputError
from modules.core.options import Settings
from modules.engine.sampling.registry import SAMPLERS
from modules.engine.sampling.sigmas import SigmaSettings
from modules.engine.sampling.steps import Churn
from modules.engine.sampling.unipc import UniPCSettings
from modules.generation.request import Txt2ImgRequest
from modules.generation.sampler_values import noise_schedule_change, sampler_arguments, sampler_infotext, sigma_settings
from modules.generation.samplers import choose_sampler


def settings(**values):
    return Settings().overlaid(values)


def arguments(sampler, request=None, **values):
    return sampler_arguments(SAMPLERS.get(sampler), request or Txt2ImgRequest(), settings(**values))


def written(sampler, request=None, scheduler="Automatic", **values):
    return sampler_infotext(choose_sampler(sampler, scheduler), request or Txt2ImgRequest(), settings(**values))


ALL = pytest.mark.parametrize("sampler", list(SAMPLERS), ids=lambda sampler: sampler.name)


@ALL
def test_a_sampler_gets_what_its_function_takes_and_nothing_else(sampler):
    given = arguments(sampler.name)

    assert all(sampler.takes(name) for name in given)
    assert {name for name in ("eta", "churn", "noise_scale", "unipc") if sampler.takes(name)} == set(given)


@ALL
def test_with_the_usual_settings_nothing_is_written(sampler):
    assert written(sampler.name) == {}


def test_eta_has_a_setting_for_each_kind_and_a_request_goes_before_it():
    values = {"eta_ddim": 0.25, "eta_ancestral": 0.5}

    assert arguments("DDIM", **values)["eta"] == 0.25
    assert arguments("Euler a", **values)["eta"] == 0.5
    assert arguments("Euler a", Txt2ImgRequest(eta=0.75), **values)["eta"] == 0.75
    assert arguments("DDIM", Txt2ImgRequest(eta=0), **values)["eta"] == 0
    assert written("DDIM", **values) == {"Eta DDIM": 0.25}
    assert written("Euler a", **values) == {"Eta": 0.5}
    assert written("Euler a", Txt2ImgRequest(eta=0)) == {"Eta": 0}
    assert written("Euler", **values) == {}


def test_a_negative_eta_is_explained():
    with pytest.raises(InputError, match="Eta for DDIM must be 0 or more, not -3"):
        arguments("DDIM", eta_ddim=-3.0)


def test_churn():
    values = {"s_churn": 6.0, "s_tmin": 0.3, "s_noise": 1.01}

    assert arguments("Euler", **values)["churn"] == Churn(6.0, 0.3, math.inf, 1.01)
    assert arguments("Heun", Txt2ImgRequest(s_tmax=5, s_churn=0), **values)["churn"] == Churn(0, 0.3, 5, 1.01)
    assert written("Euler", **values) == {"Sigma churn": 6.0, "Sigma tmin": 0.3, "Sigma noise": 1.01}
    assert written("Euler", Txt2ImgRequest(s_churn=2, s_tmax=9)) == {"Sigma churn": 2, "Sigma tmax": 9}
    assert written("Euler", s_noise=1.01) == {}
    assert written("DPM++ SDE", **values) == {"Sigma noise": 1.01}
    assert arguments("DPM++ SDE", **values)["noise_scale"] == 1.01
    assert written("Euler a", **values) == {}


def test_unipc():
    values = {
        "uni_pc_variant": "bh2",
        "uni_pc_skip_type": "logSNR",
        "uni_pc_order": 2,
        "uni_pc_lower_order_final": False,
    }

    assert arguments("UniPC", **values)["unipc"] == UniPCSettings("bh2", 2, lower_order_final=False)
    assert arguments("UniPC", uni_pc_order=-5)["unipc"].order == 1
    assert sigma_settings(settings(**values)).skip_type == "logSNR"
    assert written("UniPC", **values) == {
        "UniPC variant": "bh2",
        "UniPC skip type": "logSNR",
        "UniPC order": 2,
        "UniPC lower order final": False,
    }
    assert written("Euler", **values) == {}


def test_the_range_of_noise_levels_is_written_for_schedules_that_have_one():
    values = {"sigma_min": 0.1, "sigma_max": 10.0, "rho": 5.0}

    assert sigma_settings(settings(**values)) == SigmaSettings(sigma_min=0.1, sigma_max=10.0, rho=5.0)
    assert written("DPM++ 2M", **values) == {
        "Schedule min sigma": 0.1,
        "Schedule max sigma": 10.0,
        "Schedule rho": 5.0,
    }
    assert written("Euler", scheduler="Exponential", **values) == {
        "Schedule min sigma": 0.1,
        "Schedule max sigma": 10.0,
    }
    assert written("Euler", **values) == {}
    assert written("DDIM", scheduler="Karras", **values) == {}
    assert written("DPM++ 2M", rho=7.0) == {}


def test_the_old_range_is_written_in_todays_words():
    """A1111 writes nothing of that setting, so that its pictures do not come out again from their infotext."""
    old = {"use_old_karras_scheduler_sigmas": True}

    assert sigma_settings(settings(**old)).old_range
    assert written("DPM++ 2M", **old) == {"Schedule min sigma": 0.1, "Schedule max sigma": 10.0}
    assert written("DPM++ 2M", sigma_min=0.2, **old) == {"Schedule min sigma": 0.2, "Schedule max sigma": 10.0}
    assert written("Euler", **old) == {}


def test_other_changes_of_noise_levels():
    values = {"always_discard_next_to_last_sigma": True, "sgm_noise_multiplier": True}

    assert written("Euler", **values) == {"Discard penultimate sigma": True, "SGM noise multiplier": True}
    assert written("DPM2", **values) == {"SGM noise multiplier": True}
    assert written("DDIM", **values) == {}
    assert written("Euler", enable_quantization=True) == {"Quantized timesteps": True}
    assert written("Euler", scheduler="Beta", beta_dist_alpha=0.3) == {
        "Beta schedule alpha": 0.3,
        "Beta schedule beta": 0.6,
    }


def test_the_noise_schedule():
    values = {"sd_noise_schedule": "Zero Terminal SNR", "use_downcasted_alpha_bar": True}
    change = noise_schedule_change(settings(**values))

    assert (change.zero_terminal_snr, change.downcast) == (True, True)
    assert written("DDIM", **values) == {"Noise Schedule": "Zero Terminal SNR", "Downcast alphas_cumprod": True}


@pytest.mark.parametrize(
    "values",
    [
        {"sigma_min": -1.0},
        {"sigma_max": -0.1},
        {"sigma_max": 1e9},
        {"sigma_min": 3.0, "sigma_max": 3.0},
        {"rho": -7.0},
        {"rho": 1e-9},
        {"rho": 1e9},
    ],
    ids=str,
)
def test_settings_that_make_no_noise_levels_are_explained(values):
    with pytest.raises(InputError, match=r"[Ss]igma m|Rho"):
        sigma_settings(settings(**values))


@pytest.mark.parametrize("value", [-3.0, 0.0, 1e-9, 50.0, 1e300])
def test_parameters_of_beta_are_kept_in_their_range(value):
    assert all(0.01 <= kept <= 1 for kept in sigma_settings(settings(beta_dist_alpha=value, beta_dist_beta=value)).beta)
