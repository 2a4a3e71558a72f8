import math

import pytest

from modules.core.errors import InputError, UnknownNameError, WebUIError
from modules.core.options import Settings
from modules.generation.plan import make_plan
from modules.generation.request import Txt2ImgRequest
from modules.generation.samplers import choose_sampler


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("width", 7),
        ("width", 10**9),
        ("height", 0),
        ("height", "512"),
        ("steps", 0),
        ("steps", 2.5),
        ("steps", True),
        ("batch_size", 0),
        ("n_iter", 10**6),
        ("cfg_scale", math.nan),
        ("cfg_scale", math.inf),
        ("cfg_scale", None),
        ("subseed_strength", 1.5),
        ("eta", math.nan),
        ("seed", 2**64),
        ("seed", "abc"),
        ("prompt", "x" * 100_000),
        ("negative_prompt", "x" * 100_000),
    ],
)
def test_a_bad_value_is_told_in_one_sentence(field, value):
    with pytest.raises(InputError) as error:
        Txt2ImgRequest(**{field: value})

    assert str(error.value).endswith(".")
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize(("name", "hint"), [("k_euler_a", "Euler a"), ("Eulr", None), ("", None), ("x" * 5000, None)])
def test_unknown_samplers(name, hint):
    with pytest.raises(UnknownNameError, match="Sampler not found") as error:
        choose_sampler(name, None)

    assert hint is None or hint in str(error.value)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize(
    ("name", "scheduler", "sampler", "schedule"),
    [
        ("DPM++ 2M", None, "DPM++ 2M", "Uniform"),  # as in 1.8
        ("DPM++ 2M", "Automatic", "DPM++ 2M", "Karras"),  # as since 1.9
        ("DPM++ 2M Karras", None, "DPM++ 2M", "Karras"),
        ("DPM++ 2M Karras", "exponential", "DPM++ 2M", "Exponential"),
        ("Euler a", "Automatic", "Euler a", "Automatic"),
        ("Euler a", None, "Euler a", "Automatic"),
        ("DPM++ 2M", "", "DPM++ 2M", "Uniform"),  # nothing said, as with none
        ("Euler a", "Uniform", "Euler a", "Uniform"),
        ("Restart", None, "Restart", "Karras"),
        ("DPM++ 2M SDE SGM Uniform", None, "DPM++ 2M SDE", "SGM Uniform"),
        ("Euler SGMUniform", None, "Euler", "SGM Uniform"),
        ("Euler align your steps 32", "Automatic", "Euler", "Align Your Steps 32"),
        ("DDIM", "Karras", "DDIM", "Karras"),  # it goes its own way; the choice is kept in the infotext
        ("DDIM CFG++", "Automatic", "DDIM CFG++", "Automatic"),
        ("Euler", "karras", "Euler", "Karras"),
        ("Euler exponential", "automatic", "Euler", "Exponential"),
    ],
)
def test_which_schedule_is_meant(name, scheduler, sampler, schedule):
    choice = choose_sampler(name, scheduler)

    assert (choice.sampler.name, choice.label) == (sampler, schedule)


@pytest.mark.parametrize(
    ("name", "scheduler", "schedule"),
    [
        ("DPM++ 2M", None, "Exponential"),
        ("DPM++ 2M Karras", None, "Exponential"),
        ("DPM++ 2M", "Automatic", "Karras"),
        ("DPM++ 2M", "Simple", "Simple"),
    ],
)
def test_the_old_setting_of_the_schedule_counts_for_requests_that_name_none(name, scheduler, schedule):
    assert choose_sampler(name, scheduler, "exponential").label == schedule


def test_seeds_rise_over_the_whole_job():
    plan = make_plan(Txt2ImgRequest(seed=10, subseed=50, batch_size=2, n_iter=2), Settings())

    assert plan.seeds == (10, 11, 12, 13)
    assert [batch.seeds for batch in plan.batches()] == [(10, 11), (12, 13)]
    assert [batch.first for batch in plan.batches()] == [0, 2]


def test_with_variation_the_subseeds_rise_instead():
    plan = make_plan(Txt2ImgRequest(seed=10, subseed=50, subseed_strength=0.1, batch_size=3), Settings())

    assert plan.seeds == (10, 10, 10)
    assert plan.subseeds == (50, 51, 52)


def test_a_random_seed_is_drawn_when_the_plan_is_made():
    seeds = {make_plan(Txt2ImgRequest(seed=-1), Settings()).seeds[0] for _ in range(20)}

    assert len(seeds) > 15
    assert all(0 <= seed <= 4294967293 for seed in seeds)


def test_kinds_of_errors_are_for_people():
    assert issubclass(InputError, WebUIError)
    assert issubclass(UnknownNameError, WebUIError)
