"""Brownian noise equals that of torchsde; `tests/data/golden/brownian.json` says how its numbers were made."""

import json
from itertools import pairwise

import pytest
import torch

from modules.engine.sampling.brownian import BrownianNoise, BrownianPath
from tests.golden.evidence import COMMITTED

PATHS = json.loads((COMMITTED / "brownian.json").read_text(encoding="utf-8"))["paths"]


def cpu_normal(shape):
    return lambda seed: torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def path_of(recorded):
    return BrownianPath(recorded["seed"], recorded["start"], recorded["end"], cpu_normal((2, 3)))


@pytest.mark.parametrize("recorded", PATHS, ids=lambda recorded: str(recorded["seed"]))
def test_equals_torchsde(recorded):
    path = path_of(recorded)

    for increment in recorded["increments"]:
        ours = path.increment(increment["from"], increment["to"])
        assert torch.allclose(ours, torch.tensor(increment["moved"]), rtol=1e-6, atol=1e-7), increment


@pytest.mark.parametrize("recorded", PATHS, ids=lambda recorded: str(recorded["seed"]))
def test_does_not_depend_on_the_order_of_questions(recorded):
    asked = [(i["from"], i["to"]) for i in recorded["increments"]]
    forwards, backwards = path_of(recorded), path_of(recorded)

    there = {question: forwards.increment(*question) for question in asked}
    back = {question: backwards.increment(*question) for question in reversed(asked)}

    assert all(torch.equal(there[question], back[question]) for question in asked)


def test_parts_add_up_to_the_whole():
    path = BrownianPath(7, 0.03, 14.6, cpu_normal((4, 8, 8)))
    cuts = [0.03, 0.1, 0.5, 1.75, 6.0, 6.000001, 14.6]

    parts = [path.increment(low, high) for low, high in pairwise(cuts)]

    assert torch.allclose(torch.stack(parts).sum(0), path.increment(0.03, 14.6), atol=1e-5)


def test_noise_is_of_unit_variance_and_fresh_in_each_step():
    x, sigmas = torch.zeros(1, 4, 64, 64), torch.linspace(14.6, 0.03, 41).tolist()
    noise = BrownianNoise(x, 0.03, 14.6, [3], "CPU")

    drawn = torch.stack([noise(sigma, sigma_next).flatten() for sigma, sigma_next in pairwise(sigmas)])

    assert drawn.mean().item() == pytest.approx(0, abs=0.01)
    assert drawn.std(dim=1) == pytest.approx(torch.ones(40), abs=0.03)
    assert (torch.corrcoef(drawn) - torch.eye(40)).abs().max() < 0.06


@pytest.mark.parametrize("source", ["GPU", "CPU", "NV"])
def test_images_do_not_know_their_neighbours(source):
    seeds, x = [5, 2**40, -1, 6], torch.zeros(4, 4, 8, 8)
    together = BrownianNoise(x, 0.1, 10.0, seeds, source)(7.5, 3.25)

    for i, seed in enumerate(seeds):
        assert torch.equal(together[i : i + 1], BrownianNoise(x[:1], 0.1, 10.0, [seed], source)(7.5, 3.25))
    assert len({tuple(image.flatten().tolist()) for image in together}) == 4


def test_forgets_what_was_passed():
    """A thousand steps do not keep a thousand steps' intervals."""

    def count(interval):
        return 1 + sum(map(count, interval.halves or ()))

    path = BrownianPath(1, 0.03, 14.6, cpu_normal((1, 1, 1)))
    for sigma, sigma_next in pairwise(torch.linspace(14.6, 0.03, 1001).tolist()):
        path.increment(sigma_next, sigma)
        assert count(path._root) < 150


def test_a_run_of_one_level_has_no_way_to_go():
    noise = BrownianNoise(torch.zeros(1, 4, 2, 2), 14.6, 14.6, [1])

    assert not noise(14.6, 14.0).any()
