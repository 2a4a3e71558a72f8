"""What a request and the settings say to a sampler, and what of it the infotext tells."""

from __future__ import annotations

import math
from typing import Any

from modules.core.errors import InputError
from modules.core.options import Settings
from modules.engine.noise_schedule import NoiseScheduleChange
from modules.engine.sampling.registry import Sampler
from modules.engine.sampling.sigmas import OLD_KARRAS_RANGE, Schedule, SigmaSettings
from modules.engine.sampling.steps import Churn
from modules.engine.sampling.unipc import UniPCSettings
from modules.generation import sampler_options as options
from modules.generation.request import GenerationRequest
from modules.generation.samplers import SamplerChoice

LARGEST_SIGMA = 10_000.0
SMALLEST_RHO, LARGEST_RHO = 0.2, 100.0

_UNIPC_INFOTEXT = {
    "UniPC variant": options.UNIPC_VARIANT,
    "UniPC skip type": options.UNIPC_SKIP_TYPE,
    "UniPC order": options.UNIPC_ORDER,
    "UniPC lower order final": options.UNIPC_LOWER_ORDER_FINAL,
}


def sampler_arguments(sampler: Sampler, request: GenerationRequest, settings: Settings) -> dict[str, Any]:
    """Return the keywords of a sampler's function that come from the request and the settings.

    Raises:
        InputError: a negative eta.
    """
    churn = _churn(request, settings)
    arguments = {
        "eta": _eta(sampler, request, settings),
        "churn": churn,
        "noise_scale": churn.noise,
        "unipc": UniPCSettings(
            variant=settings[options.UNIPC_VARIANT],
            order=max(1, settings[options.UNIPC_ORDER]),
            lower_order_final=settings[options.UNIPC_LOWER_ORDER_FINAL],
        ),
    }
    return {name: value for name, value in arguments.items() if sampler.takes(name)}


def sigma_settings(settings: Settings) -> SigmaSettings:
    """Return what the settings say about noise levels.

    Raises:
        InputError: a range or exponent that makes no noise levels.
    """
    low, high, rho = settings[options.SIGMA_MIN], settings[options.SIGMA_MAX], settings[options.RHO]
    if not (0 <= low < LARGEST_SIGMA and 0 <= high <= LARGEST_SIGMA and (not high or low < high)):
        raise InputError(
            f"Sigma min ({low:g}) must be below sigma max ({high:g}), and both from 0, which takes the model's, to "
            f"{LARGEST_SIGMA:g}."
        )
    if rho and not SMALLEST_RHO <= rho <= LARGEST_RHO:
        raise InputError(f"Rho must be 0, which takes the usual one, or from {SMALLEST_RHO} to {LARGEST_RHO:g}.")
    return SigmaSettings(
        sigma_min=low,
        sigma_max=high,
        rho=rho,
        discard_penultimate=settings[options.DISCARD_PENULTIMATE],
        unit_variance=settings[options.UNIT_VARIANCE],
        old_range=settings[options.OLD_RANGE],
        beta=(_in_range(settings[options.BETA_ALPHA]), _in_range(settings[options.BETA_BETA])),
        skip_type=settings[options.UNIPC_SKIP_TYPE],
    )


def noise_schedule_change(settings: Settings) -> NoiseScheduleChange:
    """Return what the settings say about the model's noise schedule."""
    return NoiseScheduleChange(
        zero_terminal_snr=settings[options.NOISE_SCHEDULE] == "Zero Terminal SNR", downcast=settings[options.DOWNCAST]
    )


def sampler_infotext(choice: SamplerChoice, request: GenerationRequest, settings: Settings) -> dict[str, Any]:
    """Return what the infotext says of a sampler and its schedule, where it departs from the usual."""
    sampler, change = choice.sampler, noise_schedule_change(settings)
    written = {
        **_eta_infotext(sampler, request, settings),
        **_noise_infotext(sampler, request, settings),
        **_schedule_infotext(choice, settings),
        **(_unipc_infotext(settings) if sampler.takes("unipc") else {}),
        "Noise Schedule": settings[options.NOISE_SCHEDULE] if change.zero_terminal_snr else None,
        "Downcast alphas_cumprod": change.downcast or None,
    }
    return {name: value for name, value in written.items() if value is not None}


def seed_delta_matters(sampler: Sampler, request: GenerationRequest, settings: Settings) -> bool:
    """Say whether noise is drawn in the steps, which the noise seed delta (ENSD) changes.

    A1111 writes the delta only for the samplers that always draw some and say so. A picture that is to be made again
    needs it for all.
    """
    eta = _eta(sampler, request, settings) if sampler.own_schedule and sampler.takes("eta") else 0
    churn = _churn(request, settings).churn if sampler.takes("churn") else 0
    return sampler.adds_noise or sampler.adds_noise_unsaid or eta > 0 or churn > 0


def _eta(sampler: Sampler, request: GenerationRequest, settings: Settings) -> float:
    setting = options.ETA_DDIM if sampler.own_schedule else options.ETA_ANCESTRAL
    eta = settings[setting] if request.eta is None else request.eta
    if eta < 0:
        raise InputError(f"{setting.label} must be 0 or more, not {eta:g}.")
    return eta


def _eta_infotext(sampler: Sampler, request: GenerationRequest, settings: Settings) -> dict[str, Any]:
    eta = _eta(sampler, request, settings)
    setting = options.ETA_DDIM if sampler.own_schedule else options.ETA_ANCESTRAL
    assert setting.infotext is not None
    return {setting.infotext: eta} if sampler.takes("eta") and eta != setting.default else {}


def _churn(request: GenerationRequest, settings: Settings) -> Churn:
    largest = _first(request.s_tmax, settings[options.CHURN_LARGEST])
    return Churn(
        churn=_first(request.s_churn, settings[options.CHURN]),
        smallest=_first(request.s_tmin, settings[options.CHURN_SMALLEST]),
        largest=largest or math.inf,
        noise=_first(request.s_noise, settings[options.CHURN_NOISE]),
    )


def _noise_infotext(sampler: Sampler, request: GenerationRequest, settings: Settings) -> dict[str, Any]:
    churn = _churn(request, settings)
    churned = sampler.takes("churn") and churn.churn > 0
    return {
        "Sigma churn": churn.churn if churned else None,
        "Sigma tmin": churn.smallest if churned and churn.smallest else None,
        "Sigma tmax": churn.largest if churned and churn.largest < math.inf else None,
        "Sigma noise": churn.noise if (churned or sampler.takes("noise_scale")) and churn.noise != 1 else None,
    }


def _schedule_infotext(choice: SamplerChoice, settings: Settings) -> dict[str, Any]:
    sampler, schedule, sigmas = choice.sampler, choice.schedule, sigma_settings(settings)
    if sampler.own_schedule:
        return {}
    discards = sigmas.discard_penultimate and not sampler.discards_penultimate
    old_low, old_high = OLD_KARRAS_RANGE if sigmas.old_range else (0.0, 0.0)
    low, high = sigmas.sigma_min or old_low, sigmas.sigma_max or old_high
    rho = sigmas.rho if schedule.default_rho != -1 and sigmas.rho != schedule.default_rho else 0
    return {
        "Schedule min sigma": low or None if schedule.takes_range else None,
        "Schedule max sigma": high or None if schedule.takes_range else None,
        "Schedule rho": rho or None,
        "Discard penultimate sigma": discards or None,
        "SGM noise multiplier": sigmas.unit_variance or None,
        "Quantized timesteps": settings[options.QUANTIZE] or None,
        **_beta_infotext(schedule, sigmas),
    }


def _beta_infotext(schedule: Schedule, sigmas: SigmaSettings) -> dict[str, Any]:
    if schedule.name != "beta":
        return {}
    return dict(zip(("Beta schedule alpha", "Beta schedule beta"), sigmas.beta, strict=True))


def _unipc_infotext(settings: Settings) -> dict[str, Any]:
    return {name: settings[option] for name, option in _UNIPC_INFOTEXT.items() if settings[option] != option.default}


def _first(asked: float | None, setting: float) -> float:
    return setting if asked is None else asked


def _in_range(beta_parameter: float) -> float:
    return min(max(beta_parameter, 0.01), 1.0)
