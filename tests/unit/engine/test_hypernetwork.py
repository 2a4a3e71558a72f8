"""Hypernetworks: how their files are built, against the formula written here, and what is no hypernetwork."""

import pytest
import torch
from torch.nn import functional

from modules.engine.networks.hypernetwork import ACTIVATIONS, changed_input, read_hypernetwork
from tests.unit.networks.lora_files import hypernetwork_state, random


def network_of(state, **details):
    return read_hypernetwork("x", "x", {32: (state, state), **details}).layers[32][0]


def test_layers_with_an_activation_between_them():
    state, x = hypernetwork_state(), random(2, 5, 32, scale=1)
    hidden = functional.relu(x @ state["linear.0.weight"].T + state["linear.0.bias"])
    wanted = x + 0.6 * (hidden @ state["linear.2.weight"].T + state["linear.2.bias"])
    network = network_of(state, activation_func="relu", activate_output=False)
    torch.testing.assert_close(changed_input(network, 0.6, x), wanted)


def test_an_activation_after_the_last_layer_unless_the_file_says_no():
    state, x = hypernetwork_state(), random(2, 5, 32, scale=1)
    hidden = torch.tanh(x @ state["linear.0.weight"].T + state["linear.0.bias"])
    wanted = x + torch.tanh(hidden @ state["linear.2.weight"].T + state["linear.2.bias"])
    torch.testing.assert_close(changed_input(network_of(state, activation_func="tanh"), 1.0, x), wanted)


def test_layer_norm_and_the_gaps_that_dropout_leaves():
    first, second = random(64, 32), random(32, 64, seed=1)
    scale, shift = random(64, seed=2), random(64, seed=3)
    state = {
        "linear.0.weight": first,
        "linear.0.bias": torch.zeros(64),
        "linear.2.weight": scale,
        "linear.2.bias": shift,
        "linear.4.weight": second,
        "linear.4.bias": torch.zeros(32),
    }
    x = random(3, 32, scale=1)
    hidden = functional.elu(x @ first.T)
    normal = (hidden - hidden.mean(-1, keepdim=True)) / (hidden.var(-1, keepdim=True, unbiased=False) + 1e-5).sqrt()
    wanted = x + (normal * scale + shift) @ second.T
    network = network_of(state, activation_func="elu", activate_output=False, is_layer_norm=True)
    torch.testing.assert_close(changed_input(network, 1.0, x), wanted)


def test_the_oldest_files_have_two_layers_and_no_activation():
    state = {"linear1.weight": random(64, 32), "linear1.bias": random(64), "linear2.weight": random(32, 64, seed=1)}
    state["linear2.bias"] = random(32, seed=2)
    x = random(3, 32, scale=1)
    inner = x @ state["linear1.weight"].T + state["linear1.bias"]
    wanted = x + inner @ state["linear2.weight"].T + state["linear2.bias"]
    torch.testing.assert_close(changed_input(network_of(state), 1.0, x), wanted)


@pytest.mark.parametrize(
    "name", ["relu", "leakyrelu", "elu", "swish", "tanh", "sigmoid", "linear", "Mish", "GELU", None]
)
def test_every_activation_of_a1111(name):
    assert network_of(hypernetwork_state(), activation_func=name) is not None


def test_swish_is_the_hard_one():
    torch.testing.assert_close(ACTIVATIONS["swish"]()(torch.tensor(1.0)), torch.tensor(4 / 6))


def test_halves_come_out_as_halves():
    x = random(2, 32, scale=1).half()
    assert changed_input(network_of(hypernetwork_state()), 1.0, x).dtype == torch.float16


STATE = hypernetwork_state()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({}, "no layers"),
        ({"32": (STATE, STATE)}, "no layers"),
        ({32: (STATE,)}, "1 networks"),
        ({32: ({}, {})}, "do not fit"),
        ({64: (STATE, STATE)}, "do not fit"),
        ({32: ({**STATE, "linear.2.weight": torch.ones(32, 63)}, STATE)}, "do not fit"),
        ({32: ({**STATE, "linear.0.bias": torch.ones(3)}, STATE)}, "bias"),
        ({32: ({"linear.0.bias": torch.ones(3)}, STATE)}, "no weights"),
        ({32: ({"conv.weight": torch.ones(3)}, STATE)}, "'conv.weight'"),
        ({32: ("text", STATE)}, "not given as tensors"),
        ({32: (STATE, STATE), "activation_func": "magic"}, "'magic'"),
        ({32: (STATE, STATE), "activation_func": "threshold"}, "'threshold'"),
    ],
)
def test_what_is_no_hypernetwork(content, told):
    with pytest.raises(ValueError, match=told):
        read_hypernetwork("x", "x", content)
