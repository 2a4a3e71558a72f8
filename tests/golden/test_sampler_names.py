"""The samplers of A1111 1.8, as its API listed them (`sampler_names.json`), are all found by their names."""

import json

import pytest

from modules.engine.sampling.registry import SAMPLERS, split_sampler_name
from modules.generation.samplers import choose_sampler
from tests.golden.evidence import COMMITTED

LISTED = json.loads((COMMITTED / "sampler_names.json").read_text(encoding="utf-8"))
MENU = [
    "DPM++ 2M",
    "DPM++ SDE",
    "DPM++ 2M SDE",
    "DPM++ 2M SDE Heun",
    "DPM++ 2S a",
    "DPM++ 3M SDE",
    "Euler a",
    "Euler",
    "LMS",
    "Heun",
    "DPM2",
    "DPM2 a",
    "DPM fast",
    "DPM adaptive",
    "Restart",
    "DDIM",
    "DDIM CFG++",
    "PLMS",
    "UniPC",
    "LCM",
]
"""The menu of A1111 1.10 (contract 5.4)."""


def test_menu_order():
    assert SAMPLERS.names() == MENU


@pytest.mark.parametrize("listed", LISTED, ids=lambda listed: listed["name"])
def test_a_name_of_1_8_means_its_sampler_and_schedule(listed):
    choice = choose_sampler(listed["name"], None)
    sampler, options = choice.sampler, listed["options"]

    assert choice.schedule.name == options.get("scheduler", "uniform")
    assert sampler.discards_penultimate == ("discard_next_to_last_sigma" in options)
    assert sampler.second_order == ("second_order" in options)
    assert sampler.takes_brownian_noise == ("brownian_noise" in options)
    assert (sampler.solver_type or "") == options.get("solver_type", "")
    if listed["name"] != "DPM2 Karras":  # which 1.8 counted among the ancestral ones, and DPM2 not
        assert sampler.adds_noise == ("uses_ensd" in options)


@pytest.mark.parametrize("listed", LISTED, ids=lambda listed: listed["name"])
def test_aliases(listed):
    name, schedule = split_sampler_name(listed["name"])

    if schedule is None:
        assert SAMPLERS.get(name).aliases[: len(listed["aliases"])] == tuple(listed["aliases"])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("dpm++ 2m sde heun exponential", ("dpm++ 2m sde heun", "exponential")),
        ("DPM++ 3M SDE Polyexponential", ("DPM++ 3M SDE", "polyexponential")),
        ("Karras", ("Karras", None)),
        (" Karras", ("", "karras")),
        ("", ("", None)),
        ("Euler Karras Karras", ("Euler Karras", "karras")),
    ],
)
def test_splitting(name, expected):
    assert split_sampler_name(name) == expected
