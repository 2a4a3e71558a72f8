"""Networks on a real, tiny model: they come on and off it, also where its layers visit the device one by one."""

import pytest
import torch

from modules.checkpoints.streaming import stream_layers
from modules.engine.networks.applied import NO_NETWORKS, ActiveLora, ActiveNetworks, AppliedNetworks
from modules.engine.networks.hypernetwork import read_hypernetwork
from modules.engine.networks.lora import read_lora
from tests.golden.evidence import COMMITTED
from tests.unit.networks.lora_files import hypernetwork_state, random, small_lora

CPU = torch.device("cpu")
SELF, CROSS = (
    "down_blocks.0.attentions.0.transformer_blocks.0.attn1",
    "mid_block.attentions.0.transformer_blocks.0.attn2",
)


def lora_of(name, state):
    return read_lora(name, name, state)


def to_all(layer, width=32):
    return small_lora(width=width, layer=layer)


ON_UNET = lora_of("unet", {key: tensor * 10 for key, tensor in small_lora().items()})
ON_TEXT = lora_of("text", to_all("lora_te_text_model_encoder_layers_0_self_attn_q_proj"))


def use(model, *loras, hypernetworks=(), functional=False):
    return model.networks.use(ActiveNetworks(tuple(loras), tuple(hypernetworks), functional), CPU)


@torch.inference_mode()
def unet_output(model):
    x, context = random(1, 4, 8, 8, scale=1), random(1, 77, 32, scale=1)
    return model.unet(x, torch.tensor([500]), encoder_hidden_states=context, return_dict=False)[0]


@torch.inference_mode()
def text_output(model):
    return model.text_encoder(input_ids=torch.tensor([[49406, 320, 2368, 49407]])).last_hidden_state


def weights(model):
    state = {
        **model.unet.state_dict(),
        **{f"te {key}": value for key, value in model.text_encoder.state_dict().items()},
    }
    return {key: value.clone() for key, value in state.items()}


def same_bits(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.parametrize("functional", [False, True])
def test_each_multiplier_is_for_its_part_and_all_comes_off(tiny, functional):
    before, unet, text = weights(tiny), unet_output(tiny), text_output(tiny)
    key = tiny.networks.on_text_encoder

    assert use(tiny, ActiveLora(ON_UNET, te=1, unet=0), ActiveLora(ON_TEXT, te=0, unet=1), functional=functional) == []
    assert torch.equal(unet_output(tiny), unet)
    assert torch.equal(text_output(tiny), text)
    assert tiny.networks.on_text_encoder == key
    use(tiny, ActiveLora(ON_UNET), ActiveLora(ON_TEXT), functional=functional)
    assert not torch.allclose(unet_output(tiny), unet)
    assert not torch.allclose(text_output(tiny), text)
    assert tiny.networks.on_text_encoder != key
    assert same_bits(weights(tiny), before) is functional
    use(tiny)
    assert same_bits(weights(tiny), before)
    assert torch.equal(unet_output(tiny), unet)
    assert tiny.networks.on_text_encoder == key


def test_a_multiplier_scales_the_change_and_those_of_several_add_up(tiny):
    before = weights(tiny)

    def change(*loras):
        use(tiny, *loras)
        return {key: after - before[key] for key, after in weights(tiny).items() if not torch.equal(after, before[key])}

    whole, half, back = (change(ActiveLora(ON_UNET, unet=number)) for number in (1, 0.5, -2))
    assert whole and whole.keys() == half.keys() == back.keys()
    for key, tensor in whole.items():
        torch.testing.assert_close(half[key], 0.5 * tensor, atol=1e-6, rtol=1e-4)
        torch.testing.assert_close(back[key], -2 * tensor, atol=1e-6, rtol=1e-4)
    other = lora_of("other", {key: tensor * 3 for key, tensor in small_lora(seed=5).items()})
    alone = change(ActiveLora(other, unet=0.7))
    for key, tensor in change(ActiveLora(ON_UNET, unet=0.5), ActiveLora(other, unet=0.7)).items():
        torch.testing.assert_close(tensor, half[key] + alone[key], atol=1e-6, rtol=1e-4)


def test_layers_that_visit_the_device_one_by_one(tiny):
    plain = unet_output(tiny)
    use(tiny, ActiveLora(ON_UNET), hypernetworks=[(hypernetwork(), 1.0)])
    wanted = unet_output(tiny)
    use(tiny)
    stream_layers(tiny.unet, CPU)
    tiny.networks = AppliedNetworks(tiny.text_encoder, tiny.unet)
    assert torch.equal(unet_output(tiny), plain)
    use(tiny, ActiveLora(ON_UNET), hypernetworks=[(hypernetwork(), 1.0)])
    torch.testing.assert_close(unet_output(tiny), wanted)
    use(tiny)
    assert torch.equal(unet_output(tiny), plain)


def hypernetwork(widths=(32,)):
    content = {width: (hypernetwork_state(width), hypernetwork_state(width, seed=9)) for width in widths}
    return read_hypernetwork("h", ("h", widths), {**content, "activation_func": "relu", "activate_output": False})


def test_hypernetworks_change_what_keys_and_values_are_made_of_and_nothing_else(tiny):
    first, second = hypernetwork(), hypernetwork((32, 64))
    use(tiny, hypernetworks=[(first, 0.5), (second, -1.0)])
    x = random(1, 5, 32, scale=1)
    for place, kind in enumerate(("to_k", "to_v")):
        layer = tiny.unet.get_submodule(f"{SELF}.{kind}")
        once = x + 0.5 * first.layers[32][place](x)
        twice = once - second.layers[32][place](once)
        torch.testing.assert_close(layer(x), torch.nn.functional.linear(twice, layer.weight, layer.bias))
    query = tiny.unet.get_submodule(f"{SELF}.to_q")
    assert torch.equal(query(x), torch.nn.functional.linear(x, query.weight, query.bias))
    assert tiny.unet.get_submodule(f"{CROSS}.to_k")._forward_pre_hooks
    use(tiny)
    assert not any(module._forward_pre_hooks for module in tiny.unet.modules())


def test_the_second_pass_may_keep_the_text_encoder_of_the_first():
    first, second = ActiveLora(ON_TEXT, te=0.5, unet=0.6), ActiveLora(ON_UNET, te=0.7, unet=0.8)
    mixed = ActiveNetworks((second,)).conditioned_by(ActiveNetworks((first,)))
    assert [(active.lora, active.te, active.unet) for active in mixed.loras] == [(ON_UNET, 0, 0.8), (ON_TEXT, 0.5, 0)]


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (to_all("lora_unet_input_blocks_8_1_transformer_blocks_9_attn1_to_q"), "made for another kind of model"),
        (small_lora(width=320), "made for another kind of model"),
        ({"emb_params": torch.zeros(2, 32)}, "holds no LoRA of a known kind"),
        ({**small_lora(), **to_all("lora_te2_x")}, "1 of the 2 layers of the LoRA x are not in this model."),
        ({**small_lora(), "lora_unet_x.what": torch.zeros(1)}, "1 tensors of the LoRA x are of no known kind"),
    ],
)
def test_what_does_not_fit_is_told_each_time(tiny, state, told):
    lora = lora_of("x", state)
    for _again in range(2):
        (remark,) = use(tiny, ActiveLora(lora), ActiveLora(lora))
        assert told in remark
    assert use(tiny) == []


def test_one_that_does_not_fit_leaves_the_others_on(tiny):
    unet = unet_output(tiny)
    use(tiny, ActiveLora(lora_of("wide", small_lora(width=320))), ActiveLora(ON_UNET))
    changed = unet_output(tiny)
    use(tiny, ActiveLora(ON_UNET))
    assert torch.equal(unet_output(tiny), changed)
    assert not torch.allclose(changed, unet)


def test_the_file_of_the_checkpoint_is_not_written_to(tiny):
    path = COMMITTED / "tiny-random.safetensors"
    before = path.read_bytes()
    use(tiny, ActiveLora(ON_UNET), ActiveLora(ON_TEXT))
    assert path.read_bytes() == before


def test_no_networks_are_no_work(tiny, monkeypatch):
    monkeypatch.setattr("modules.engine.networks.patched_layers.PatchedLayers._by_layer", None)
    assert tiny.networks.use(NO_NETWORKS, CPU) == []
