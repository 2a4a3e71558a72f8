"""Keys of LoRA files, as the programs that train them write them, and the layers that they mean."""

import pytest
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

from modules.engine.networks.lora_keys import layers_of_text_encoder, layers_of_unet, split_key

BLOCK = "down_blocks_0_attentions_0_transformer_blocks_0_attn1"
DOTTED = "down_blocks.0.attentions.0.transformer_blocks.0.attn1"
TEXT = "text_model.encoder.layers.3.self_attn"
IN_TEXT = "te_text_model_encoder_layers_3_self_attn"


@pytest.mark.parametrize(
    ("key", "layer", "part"),
    [
        (f"lora_unet_{BLOCK}_to_q.lora_down.weight", f"unet_{BLOCK}_to_q", "lora_down.weight"),
        (f"lora_unet_{BLOCK}_to_q.alpha", f"unet_{BLOCK}_to_q", "alpha"),
        (f"lora_unet_{BLOCK}_to_q.hada_w1_a", f"unet_{BLOCK}_to_q", "hada_w1_a"),
        (f"lora_unet_{BLOCK}_to_q.weight", f"unet_{BLOCK}_to_q", "weight"),
        ("lora_te_text_model_encoder_layers_3_mlp_fc1.diff", "te_text_model_encoder_layers_3_mlp_fc1", "diff"),
        ("lora_te1_text_model_encoder_layers_3_mlp_fc1.diff", "te_text_model_encoder_layers_3_mlp_fc1", "diff"),
        ("lora_te2_text_model_encoder_layers_3_mlp_fc1.diff", "te2_text_model_encoder_layers_3_mlp_fc1", "diff"),
        (f"unet.{DOTTED}.to_out.0.lora_A.weight", f"unet_{BLOCK}_to_out_0", "lora_down.weight"),
        (f"unet.{DOTTED}.to_q.lora_B.default.weight", f"unet_{BLOCK}_to_q", "lora_up.weight"),
        (f"unet.{DOTTED}.to_q.lora.down.weight", f"unet_{BLOCK}_to_q", "lora_down.weight"),
        (f"unet.{DOTTED}.processor.to_v_lora.up.weight", f"unet_{BLOCK}_to_v", "lora_up.weight"),
        (f"unet.{DOTTED}.processor.to_out_lora.down.weight", f"unet_{BLOCK}_to_out_0", "lora_down.weight"),
        (f"base_model.model.{DOTTED}.to_q.lora_A.weight", f"unet_{BLOCK}_to_q", "lora_down.weight"),
        (f"text_encoder.{TEXT}.q_proj.lora_linear_layer.up.weight", f"{IN_TEXT}_q_proj", "lora_up.weight"),
        (f"text_encoder.{TEXT}.to_out_lora.down.weight", f"{IN_TEXT}_out_proj", "lora_down.weight"),
        ("text_encoder.encoder.layers.3.self_attn.q_proj.lora_A.weight", f"{IN_TEXT}_q_proj", "lora_down.weight"),
        (f"base_model.model.{TEXT}.k_proj.lora_magnitude_vector.weight", f"{IN_TEXT}_k_proj", "dora_scale"),
        ("diffusion_model.input_blocks.1.1.proj_in.lora_up.weight", "unet_input_blocks_1_1_proj_in", "lora_up.weight"),
    ],
)
def test_keys(key, layer, part):
    assert split_key(key) == (layer, part)


@pytest.mark.parametrize("key", ["", "lora_unet_x", "emb_params", "first_stage_model.x.weight", ".alpha"])
def test_what_is_no_key_of_a_lora(key):
    assert split_key(key) is None


@pytest.fixture(scope="module")
def unet():
    with torch.device("meta"):
        return UNet2DConditionModel(
            block_out_channels=(32, 64),
            layers_per_block=2,
            down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
            cross_attention_dim=32,
            attention_head_dim=4,
        )


def test_each_layer_of_a_unet_has_the_name_of_diffusers_and_that_of_the_original_code(unet):
    layers = layers_of_unet(unet)
    for original, name in {
        "input_blocks_0_0": "conv_in",
        "time_embed_2": "time_embedding_linear_2",
        "input_blocks_1_0_in_layers_2": "down_blocks_0_resnets_0_conv1",
        "input_blocks_2_1_transformer_blocks_0_norm1": "down_blocks_0_attentions_1_transformer_blocks_0_norm1",
        "input_blocks_3_0_op": "down_blocks_0_downsamplers_0_conv",
        "input_blocks_4_0_skip_connection": "down_blocks_1_resnets_0_conv_shortcut",
        "input_blocks_5_0_emb_layers_1": "down_blocks_1_resnets_1_time_emb_proj",
        "middle_block_0_out_layers_3": "mid_block_resnets_0_conv2",
        "middle_block_1_proj_out": "mid_block_attentions_0_proj_out",
        "middle_block_2_in_layers_0": "mid_block_resnets_1_norm1",
        "output_blocks_0_0_out_layers_0": "up_blocks_0_resnets_0_norm2",
        "output_blocks_2_1_conv": "up_blocks_0_upsamplers_0_conv",
        "output_blocks_5_1_proj_in": "up_blocks_1_attentions_2_proj_in",
        "out_2": "conv_out",
    }.items():
        assert layers[f"unet_{original}"] is layers[f"unet_{name}"], name


def test_every_layer_with_weights_can_be_named(unet):
    weighted = {name for name, module in unet.named_modules() if getattr(module, "weight", None) is not None}
    assert {f"unet_{name.replace('.', '_')}" for name in weighted} <= layers_of_unet(unet).keys()


def test_layers_of_the_text_encoder_have_kohyas_names(tiny):
    layers = layers_of_text_encoder(tiny.text_encoder)
    for name in ("encoder_layers_0_self_attn_q_proj", "encoder_layers_2_mlp_fc2", "final_layer_norm"):
        assert f"te_text_model_{name}" in layers
