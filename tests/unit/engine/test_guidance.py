"""Guidance around a denoiser whose answer is the mean of the embeddings it is given."""

import pytest
import torch

from modules.engine.sampling.guidance import GuidanceSettings, GuidedDenoiser
from modules.engine.sampling.levels import NoiseLevels
from modules.engine.types import ComposedConditioning, Conditioning, ScheduledPrompt

SIGMA = torch.tensor([5.0, 5.0])
X = torch.zeros(2, 4, 1, 1)


LEVELS = NoiseLevels.of(torch.linspace(0.999, 0.005, 1000))


class Known:
    """Denoised latents are the mean of the embeddings, plus x; the rows of each call are noted."""

    levels = LEVELS

    def __init__(self):
        self.calls = []

    def __call__(self, x, sigma, embeddings):
        assert len(x) == len(sigma) == len(embeddings)
        self.calls.append([row.mean().item() for row in embeddings])
        return x + embeddings.mean(dim=(1, 2)).view(-1, 1, 1, 1)


def rows(value, chunks=1):
    return torch.full((1, 77 * chunks, 8), float(value))


def constant(*values, chunks=1):
    return Conditioning(tuple(ScheduledPrompt(((1, 0),), rows(value, chunks)) for value in values))


def composed(*images):
    """Each image as (value, weight) pairs."""
    parts = constant(*(value for image in images for value, _ in image))
    return ComposedConditioning(parts, tuple(tuple(weight for _, weight in image) for image in images))


def guided(cond, uncond, scale=7.0, settings=None, calls=0):
    unet = Known()
    return unet, GuidedDenoiser(unet, cond, uncond, scale, settings, calls=calls)


def values(latents):
    return latents[:, 0, 0, 0].tolist()


def test_the_scale_leads_away_from_the_negative_prompt():
    unet, denoiser = guided(constant(3, 5), constant(1, 2), scale=2)

    assert values(denoiser(X, SIGMA)) == [1 + 2 * 2, 2 + 2 * 3]
    assert unet.calls == [[3, 5, 1, 2]]


def test_parts_add_up_by_their_weights():
    _, denoiser = guided(composed([(3, 1), (6, -0.5)], [(5, 2)]), constant(1, 2), scale=2)

    assert values(denoiser(X, SIGMA)) == pytest.approx([1 + 2 * (3 - 1) - 0.5 * 2 * (6 - 1), 2 + 2 * 2 * (5 - 2)])


def test_scale_1_runs_the_prompt_alone():
    unet, denoiser = guided(constant(3, 5), constant(1, 2), scale=1)

    assert values(denoiser(X, SIGMA)) == [3, 5]
    assert unet.calls == [[3, 5]]


def test_scale_1_needs_the_negative_prompt_if_the_weights_do_not_add_up_to_1():
    _, denoiser = guided(composed([(3, 0.5)], [(5, 1)]), constant(1, 2), scale=1)

    assert values(denoiser(X, SIGMA)) == [1 + 0.5 * (3 - 1), 5]


@pytest.mark.parametrize("settings", [GuidanceSettings(in_one_batch=False), GuidanceSettings()])
def test_other_lengths_or_the_setting_make_two_batches(settings):
    uncond = constant(1, 2, chunks=1 if settings != GuidanceSettings() else 2)
    unet, denoiser = guided(constant(3, 5), uncond, 2, settings)

    assert values(denoiser(X, SIGMA)) == [5, 8]
    assert unet.calls == [[3, 5], [1, 2]]


def test_in_small_batches_no_more_rows_run_at_once_than_there_are_images():
    settings = GuidanceSettings(in_one_batch=False)
    unet, denoiser = guided(composed([(3, 1), (6, -0.5)], [(5, 2)]), constant(1, 2), 2, settings)

    assert values(denoiser(X, SIGMA)) == pytest.approx([0, 14])
    assert unet.calls == [[3, 6], [5], [1, 2]]


def test_below_the_minimum_sigma_every_other_call_leaves_the_negative_prompt_out():
    unet, denoiser = guided(constant(3, 5), constant(1, 2), 2, GuidanceSettings(skip_below=2))

    for sigma in (5, 4, 3, 1.9, 1.8, 1.7):
        denoiser(X, torch.full((2,), float(sigma)))

    assert [len(call) for call in unet.calls] == [4, 4, 4, 2, 4, 2]


def test_below_the_minimum_sigma_every_call_may_leave_it_out():
    unet, denoiser = guided(constant(3, 5), constant(1, 2), 2, GuidanceSettings(skip_below=2, skip_every_call=True))

    for sigma in (3, 1.9, 1.8):
        denoiser(X, torch.full((2,), float(sigma)))

    assert [len(call) for call in unet.calls] == [4, 2, 2]


def test_the_minimum_is_a_timestep_for_samplers_with_timesteps_of_their_own():
    settings = GuidanceSettings(skip_below=2, skip_every_call=True, in_timesteps=True)
    unet, denoiser = guided(constant(3, 5), constant(1, 2), 2, settings)

    for timestep in (900, 500, 3, 1):
        denoiser(X, LEVELS.sigma_at(torch.tensor([float(timestep)] * 2)))

    assert [len(call) for call in unet.calls] == [4, 4, 4, 2]


def test_without_the_negative_prompt_the_first_part_takes_its_place():
    settings = GuidanceSettings(skip_below=100, skip_every_call=True)
    _, denoiser = guided(composed([(3, 1), (6, 0.5)], [(5, 1)]), constant(1, 2), 2, settings)

    assert values(denoiser(X, SIGMA)) == [3 + 0.5 * 2 * (6 - 3), 5]
    assert values(denoiser.last_uncond) == [3, 5]


def test_the_first_share_of_the_calls_may_leave_it_out():
    unet, denoiser = guided(constant(3, 5), constant(1, 2), 2, GuidanceSettings(skip_early=0.5), calls=10)

    for _ in range(10):
        denoiser(X, SIGMA)

    assert [len(call) for call in unet.calls] == [2] * 6 + [4] * 4  # A1111 counts from 0 and includes the half itself


def test_the_latest_denoised_of_the_negative_prompt_can_be_asked_for():
    _, denoiser = guided(constant(3, 5), constant(1, 2), scale=1)
    denoiser(X + 10, SIGMA)

    assert values(denoiser.last_uncond) == [11, 12]


def test_prompts_change_with_the_calls():
    changing = Conditioning((ScheduledPrompt(((2, 0), (4, 1)), torch.cat([rows(3), rows(5)])),))
    unet, denoiser = guided(changing, constant(1), scale=2)

    for _ in range(5):
        denoiser(X[:1], SIGMA[:1])

    # As in A1111, calls counted from 0 are compared with steps counted from 1.
    assert [call[0] for call in unet.calls] == [3, 3, 3, 5, 5]
    assert denoiser.step == 5


def test_shorter_prompts_of_a_batch_repeat_their_last_row():
    short, long = rows(1).clone(), rows(2, chunks=2)
    short[0, -1] = 7
    both = Conditioning((ScheduledPrompt(((1, 0),), short), ScheduledPrompt(((1, 0),), long)))

    assert both.at(0).shape == (2, 154, 8)
    assert both.at(0)[0, 77:].eq(7).all()
