"""Every sampler, checked against denoisers whose answer is known exactly.

The samplers of k-diffusion run over one set of noise levels; DDIM and its kin have levels of their own.
"""

from itertools import pairwise

import pytest
import torch

from modules.engine.sampling import dpm_adaptive
from modules.engine.sampling.brownian import BrownianNoise
from modules.engine.sampling.noise import ImageNoise
from modules.engine.sampling.registry import SAMPLERS
from modules.engine.sampling.restart import restart_path
from modules.engine.sampling.steps import Churn
from modules.engine.types import SamplingStopped
from tests.golden import mixture

START, END = 8.0, 0.05
SAMPLERS_ON_SCHEDULES = [sampler for sampler in SAMPLERS if not sampler.own_schedule]
ALL = pytest.mark.parametrize("sampler", SAMPLERS_ON_SCHEDULES, ids=lambda sampler: sampler.name)
CHOOSE_THEIR_STEPS = {"DPM fast", "DPM adaptive"}
"""They stop at the last level above 0, and go through others than those given."""


def consistent(x, sigma):
    """Return where the ODE ends: what a distilled model, for which LCM is made, answers."""
    return torch.cat([mixture.flow(x[i : i + 1], s, 0.0) for i, s in enumerate(sigma.tolist())])


def falling(steps, start=START, end=END):
    """Return levels evenly spaced in log sigma, and 0."""
    return torch.tensor([start * (end / start) ** (i / max(1, steps - 1)) for i in range(steps)] + [0.0]).double()


def run(sampler, steps, *, denoiser=None, on_step=lambda *_: None, shape=(1, 1, 16, 16), sigmas=None, **own):
    """Run a sampler from noise of seed 0, and return (first latents, last latents)."""
    rng = torch.Generator().manual_seed(0)
    sigmas = falling(steps) if sigmas is None else sigmas

    def noise():
        return torch.randn(shape, generator=rng, dtype=torch.float64)

    x = noise() * sigmas[0]
    if sampler.takes_brownian_noise:
        own.setdefault("brownian", lambda _sigma, _sigma_next: noise())
    denoiser = denoiser or (consistent if sampler.name == "LCM" else mixture.denoise)
    return x, sampler.sample(denoiser, x, sigmas, noise=noise, on_step=on_step, **own)


@ALL
def test_recovers_a_known_distribution(sampler):
    """Sampled values are spread over the quantiles of the data as chance would have it (a Kolmogorov-Smirnov test)."""
    sigmas = falling(150, start=30.0, end=0.02)
    _, out = run(sampler, 150, sigmas=sigmas, shape=(2, 1, 32, 32))

    left = float(sigmas[-2]) if sampler.name in CHOOSE_THEIR_STEPS else 0.0
    found = mixture.quantile_of(out, left).flatten().sort().values
    expected = (torch.arange(len(found)) + 0.5) / len(found)
    assert (found - expected).abs().max() < 1.63 / len(found) ** 0.5 + 0.01


def error_at_the_end(sampler, steps, **own):
    """Return how far from the exact solution of the ODE a run is at its last level above 0."""
    arrived = {}

    def denoiser(x, sigma):
        if sigma[0].item() == pytest.approx(END, rel=1e-6):
            arrived["x"] = x
        return mixture.denoise(x, sigma)

    x, out = run(sampler, steps, denoiser=denoiser, **own)
    there = out if sampler.name in CHOOSE_THEIR_STEPS else arrived["x"]
    return (there - mixture.flow(x, START, END)).abs().mean().item()


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("DPM++ 2M", 2),
        ("DPM++ SDE", 2),
        ("DPM++ 2M SDE", 2),
        ("DPM++ 2M SDE Heun", 2),
        ("DPM++ 2S a", 2),
        ("DPM++ 3M SDE", 2),  # its first two steps are of lower order
        ("Euler a", 1),
        ("Euler", 1),
        ("LMS", 2),  # like 3M
        ("Heun", 2),
        ("DPM2", 2),
        ("DPM2 a", 2),
        ("DPM fast", 3),
    ],
)
def test_order_of_convergence(name, order):
    """Without noise, twice the steps divide the error by 2**order."""
    sampler = SAMPLERS.get(name)
    own = {"eta": 0.0} if sampler.takes("eta") else {}

    errors = [error_at_the_end(sampler, steps, **own) for steps in (50, 101, 200, 401)]

    orders = [torch.tensor(coarse / fine).log2().item() for coarse, fine in pairwise(errors)]
    assert orders[-1] >= order - 0.1, orders
    assert orders[-1] <= order + 0.4, orders


@pytest.mark.parametrize(
    ("better", "worse"), [("DPM++ 3M SDE", "DPM++ 2M SDE"), ("LMS", "DPM++ 2M"), ("Heun", "Euler")]
)
def test_higher_orders_are_nearer(better, worse):
    errors = [
        error_at_the_end(sampler, 100, **({"eta": 0.0} if sampler.takes("eta") else {}))
        for sampler in (SAMPLERS.get(better), SAMPLERS.get(worse))
    ]

    assert errors[0] < errors[1] / 3


@ALL
def test_a_run_may_end_above_zero(sampler):
    """As with the schedule KL Optimal: what is left is the data with noise of the last level."""
    sigmas = falling(150)[:-1]
    _, out = run(sampler, 149, sigmas=sigmas, shape=(2, 1, 32, 32))

    found = mixture.quantile_of(out, END).flatten().sort().values
    expected = (torch.arange(len(found)) + 0.5) / len(found)
    assert (found - expected).abs().max() < 1.63 / len(found) ** 0.5 + 0.015


def test_dpm_adaptive_is_as_near_as_its_tolerance(monkeypatch):
    sampler = SAMPLERS.get("DPM adaptive")
    coarse = error_at_the_end(sampler, 10, eta=0.0)
    monkeypatch.setattr(dpm_adaptive, "RELATIVE_TOLERANCE", 0.0005)
    monkeypatch.setattr(dpm_adaptive, "ABSOLUTE_TOLERANCE", 0.000078)
    fine = error_at_the_end(sampler, 10, eta=0.0)

    assert coarse < 0.01
    assert fine < coarse / 10


def test_noise_is_scaled():
    for sampler in SAMPLERS_ON_SCHEDULES:
        if sampler.takes("noise_scale"):
            plain, scaled = (run(sampler, 8, noise_scale=scale)[1] for scale in (1.0, 0.9))
            without, silent = run(sampler, 8, noise_scale=0.0)[1], run(sampler, 8, noise_scale=0.0)[1]
            assert not torch.equal(plain, scaled), sampler.name
            assert torch.equal(without, silent), sampler.name


def test_churn_range_does_not_move_the_noise_of_later_steps():
    """Steps outside the range leave their draw unused, as k-diffusion does."""
    sampler, drawn = SAMPLERS.get("Euler"), []

    def noise():
        drawn.append(len(drawn))
        return torch.zeros(1, 1, 2, 2)

    sampler.sample(
        mixture.denoise,
        torch.zeros(1, 1, 2, 2),
        falling(6),
        noise=noise,
        on_step=lambda *_: None,
        churn=Churn(churn=5.0, smallest=1.0, largest=2.0),
    )

    assert len(drawn) == 6


@ALL
@pytest.mark.parametrize("steps", [1, 2, 3, 12, 1000])
def test_reports_every_step_once(sampler, steps):
    seen = []
    _, out = run(
        sampler,
        steps,
        on_step=lambda step, denoised: seen.append((step, denoised.shape)),
        denoiser=mixture.denoise,
        shape=(2, 1, 4, 4),
    )

    assert out.isfinite().all()
    if sampler.name == "DPM adaptive":  # takes as many as it needs, and tells how far it is
        assert [step for step, _ in seen] == sorted(step for step, _ in seen)
        assert seen[0][0] == 0
        assert seen[-1][0] < steps
    else:
        assert seen == [(step, (2, 1, 4, 4)) for step in range(steps)]


@ALL
def test_one_step_is_the_denoised_guess(sampler):
    x, out = run(sampler, 1, **({"eta": 0.0} if sampler.takes("eta") else {}))

    denoiser = consistent if sampler.name == "LCM" else mixture.denoise
    near = 0.2 if sampler.name in CHOOSE_THEIR_STEPS else 1e-6
    expected = mixture.flow(x, START, 0.0) if sampler.name == "DPM adaptive" else denoiser(x, x.new_full((1,), START))
    assert (out - expected).abs().max() < near


@ALL
def test_stops_when_the_callback_says_so(sampler):
    """Also in the middle: no further call of the model is made."""
    calls = []

    def denoiser(x, sigma):
        calls.append(sigma)
        return mixture.denoise(x, sigma)

    def stop(step, _denoised):
        if step >= 3:
            calls.append("stopped")
            raise SamplingStopped

    with pytest.raises(SamplingStopped):
        run(sampler, 12, denoiser=denoiser, on_step=stop)
    assert calls[-1] == "stopped"


@ALL
def test_images_do_not_know_their_neighbours(sampler):
    """Bit for bit the same for a batch of one, two and four, at any place in it."""
    shape, sigmas = (2, 8, 8), falling(24).float()

    def sample(seeds):
        noise = ImageNoise(seeds, shape, "CPU", torch.device("cpu"))
        x = noise.first() * sigmas[0] * torch.tensor([1.0 + seed % 7 for seed in seeds]).view(-1, 1, 1, 1)
        own = {"brownian": BrownianNoise(x, END, START, seeds)} if sampler.takes_brownian_noise else {}
        denoised = sampler.sample(mixture.denoise, x, sigmas, noise=noise.next, on_step=lambda *_: None, **own)
        return dict(zip(seeds, denoised, strict=True))

    seeds = (11, 12, 13, 14)
    alone = {seed: sample((seed,))[seed] for seed in seeds}
    for batch in ((11, 12), (14, 11), (11, 12, 13, 14), (13, 14, 12, 11)):
        for seed, image in sample(batch).items():
            assert torch.equal(image, alone[seed]), (batch, seed)


@ALL
def test_a_model_that_fails_ends_the_run(sampler):
    """A model that answers NaN makes a picture of NaN; no sampler runs for ever on it."""
    _, out = run(sampler, 5, denoiser=lambda x, _sigma: torch.full_like(x, float("nan")))

    assert out.isnan().all()


def test_restart_below_20_steps_is_heun():
    heun, restart = (run(SAMPLERS.get(name), 19)[1] for name in ("Heun", "Restart"))

    assert torch.equal(heun, restart)


@pytest.mark.parametrize(("steps", "restarts"), [(1, 0), (19, 0), (20, 1), (35, 1), (36, 2), (150, 2)])
def test_restart_takes_as_many_steps_as_asked_for(steps, restarts):
    path = list(restart_path(falling(steps, 14.6, 0.03).tolist()))

    jumps = [(before[1], after[0]) for before, after in pairwise(path) if after[0] != before[1]]
    assert len(path) == steps
    assert len(jumps) == restarts
    assert all(low < 0.2 and 1.3 < high < 3 for low, high in jumps)
    assert path[-1][1] == 0


def test_restart_stays_below_where_it_begins():
    """A run that begins low, as img2img's does, is not raised above that."""
    path = list(restart_path(falling(30, 0.08, 0.03).tolist()))

    assert len(path) == 30
    assert all(sigma > sigma_next for sigma, sigma_next in path)
