"""Changes on layers: they add up, they come off bit for bit, and the same ones cost nothing."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from modules.engine.networks.lora import read_lora
from modules.engine.networks.patched_layers import LoraChange, LoraDoesNotFitError, PatchedLayers

CPU = torch.device("cpu")
SHAPES = {"a": (6, 8), "b": (6, 4, 3, 3), "c": (6,)}


def make_layers(dtype=torch.float32):
    torch.manual_seed(0)
    layers = {"a": nn.Linear(8, 6), "b": nn.Conv2d(4, 6, 3, padding=1, padding_mode="circular"), "c": nn.LayerNorm(6)}
    for layer in layers.values():
        layer.to(dtype).requires_grad_(requires_grad=False)
        nn.init.normal_(layer.weight)
    return {f"unet_{name}": layer for name, layer in layers.items()}


def make_lora(name, seed, only="abc", bias=False):
    generator = torch.Generator().manual_seed(seed)
    kinds = {"a": "diff", "b": "diff", "c": "w_norm"}
    state = {f"lora_unet_{key}.{kinds[key]}": torch.randn(SHAPES[key], generator=generator) for key in only}
    if bias:
        state |= {f"lora_unet_{key}.{'b_norm' if key == 'c' else 'diff_b'}": torch.ones(6) for key in only}
    return read_lora(name, name, state)


ONE, TWO, BIAS = make_lora("one", 1), make_lora("two", 2, "a"), make_lora("bias", 3, "abc", bias=True)


def state_of(layers):
    return {
        f"{name}.{key}": value.clone() for name, layer in layers.items() for key, value in layer.state_dict().items()
    }


def bits(state):
    return {
        name: value.view(torch.int32 if value.element_size() == 4 else torch.int16).tolist()
        for name, value in state.items()
    }


def changes(*pairs):
    return [LoraChange(lora, multiplier) for lora, multiplier in pairs]


changes_of_jobs = st.lists(
    st.tuples(
        st.lists(st.tuples(st.sampled_from([ONE, TWO, BIAS]), st.sampled_from([-1.0, 0.0, 0.3, 2.0])), max_size=3),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


@given(jobs=changes_of_jobs, dtype=st.sampled_from([torch.float32, torch.float16, torch.bfloat16]))
@settings(max_examples=30, deadline=None)
def test_weights_are_the_same_to_the_bit_when_all_is_taken_off(jobs, dtype):
    layers = make_layers(dtype)
    before = state_of(layers)
    patched = PatchedLayers(layers)
    for wanted, functional in jobs:
        patched.change(changes(*wanted), CPU, functional=functional)
    patched.change([], CPU)
    assert bits(state_of(layers)) == bits(before)
    assert patched.present is None
    assert not any(layer._forward_hooks for layer in layers.values())


def test_changes_add_up_whatever_their_order():
    layers = make_layers()
    before = layers["unet_a"].weight.clone()
    patched = PatchedLayers(layers)
    patched.change(changes((ONE, 0.5), (TWO, -1.0)), CPU)
    wanted = before + 0.5 * ONE.layers["unet_a"].parts["diff"] - TWO.layers["unet_a"].parts["diff"]
    torch.testing.assert_close(layers["unet_a"].weight, wanted)
    together = layers["unet_a"].weight.clone()
    patched.change(changes((TWO, -1.0), (ONE, 0.5)), CPU)
    torch.testing.assert_close(layers["unet_a"].weight, together)


def test_the_next_job_starts_from_the_weights_as_they_were():
    layers, fresh = make_layers(), make_layers()
    patched = PatchedLayers(layers)
    patched.change(changes((ONE, 1.0), (BIAS, 1.0)), CPU)
    patched.change(changes((TWO, 0.25)), CPU)
    PatchedLayers(fresh).change(changes((TWO, 0.25)), CPU)
    assert bits(state_of(layers)) == bits(state_of(fresh))


def test_named_twice_counts_twice():
    layers, fresh = make_layers(), make_layers()
    PatchedLayers(layers).change(changes((TWO, 0.5), (TWO, 0.5)), CPU)
    PatchedLayers(fresh).change(changes((TWO, 1.0)), CPU)
    torch.testing.assert_close(state_of(layers), state_of(fresh))


def test_the_same_again_touches_nothing(monkeypatch):
    layers = make_layers()
    patched = PatchedLayers(layers)
    patched.change(changes((ONE, 0.5)), CPU)
    versions = [layer.weight._version for layer in layers.values()]
    monkeypatch.setattr(PatchedLayers, "_change_layer", None)
    patched.change(changes((make_lora("one", 1), 0.5)), CPU)  # read anew from the same file
    assert [layer.weight._version for layer in layers.values()] == versions


@pytest.mark.parametrize("lora", [ONE, BIAS])
def test_computed_beside_the_weights_it_is_the_same_but_for_rounding(lora):
    merged, beside, plain = make_layers(), make_layers(), make_layers()
    PatchedLayers(merged).change(changes((lora, 0.7), (TWO, -0.2)), CPU)
    PatchedLayers(beside).change(changes((lora, 0.7), (TWO, -0.2)), CPU, functional=True)
    inputs = {"unet_a": torch.randn(2, 8), "unet_b": torch.randn(2, 4, 5, 5), "unet_c": torch.randn(2, 6)}
    assert bits(state_of(beside)) == bits(state_of(plain))
    for name, x in inputs.items():
        torch.testing.assert_close(beside[name](x), merged[name](x), rtol=1e-4, atol=1e-5)
        assert not torch.allclose(beside[name](x), plain[name](x))


@pytest.mark.parametrize("layer", [nn.Linear(8, 6, bias=False), nn.Conv2d(4, 6, 3, bias=False)])
@pytest.mark.parametrize("functional", [False, True])
def test_a_layer_without_a_bias_adds_one_for_the_time(layer, functional):
    x = torch.randn((2, 8) if isinstance(layer, nn.Linear) else (2, 4, 5, 5))
    layer.requires_grad_(requires_grad=False)
    plain = layer(x)
    patched = PatchedLayers({"unet_a": layer})
    bias = read_lora("b", "b", {"lora_unet_a.diff_b": torch.arange(6.0)})
    patched.change(changes((bias, 0.5)), CPU, functional=functional)
    wanted = plain + 0.5 * torch.arange(6.0).reshape(-1, *([1] * (x.dim() - 2)))
    torch.testing.assert_close(layer(x), wanted)
    patched.change([], CPU)
    assert torch.equal(layer(x), plain)


def test_one_that_does_not_fit_is_named_and_can_be_left_out():
    layers = make_layers()
    before = state_of(layers)
    misfit = read_lora("misfit", "misfit", {"lora_unet_c.w_norm": torch.zeros(7)})
    patched = PatchedLayers(layers)
    with pytest.raises(LoraDoesNotFitError) as caught:
        patched.change(changes((ONE, 1.0), (misfit, 1.0)), CPU)
    assert caught.value.lora is misfit
    patched.change([], CPU)
    assert bits(state_of(layers)) == bits(before)


def test_a_lack_of_memory_is_no_misfit_and_leaves_nothing_behind(monkeypatch):
    layers = make_layers()
    before = state_of(layers)
    patched = PatchedLayers(layers)
    calls = iter([0, 1])

    def fails_at_second(*_args):
        if next(calls):
            raise RuntimeError("can't allocate memory: you tried to allocate 1 bytes")
        return torch.ones(6, 8)

    monkeypatch.setattr("modules.engine.networks.lora.LoraLayer.weight_change", fails_at_second)
    with pytest.raises(RuntimeError, match="allocate"):
        patched.change(changes((ONE, 1.0)), CPU)
    monkeypatch.undo()
    patched.change([], CPU)
    assert bits(state_of(layers)) == bits(before)
    patched.change(changes((TWO, 1.0)), CPU)
    assert not torch.equal(layers["unet_a"].weight, before["unet_a.weight"])


def test_a_lora_of_other_layers_changes_nothing():
    layers = make_layers()
    before = state_of(layers)
    PatchedLayers(layers).change(changes((read_lora("x", "x", {"lora_unet_z.diff": torch.ones(6, 8)}), 1.0)), CPU)
    assert bits(state_of(layers)) == bits(before)
