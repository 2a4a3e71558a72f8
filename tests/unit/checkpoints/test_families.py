"""What a file is, told from its tensors."""

import pytest

from modules.checkpoints.families import MODEL_FAMILIES, detect_family, find_variant
from modules.core.errors import CheckpointError
from tests.unit.checkpoints.tiny_checkpoint import Sizes, sd1_shapes, sd2_shapes, text_shapes, unet_shapes, vae_shapes

SD1 = sd1_shapes(Sizes())
UNET, VAE = unet_shapes(Sizes()), vae_shapes(Sizes())

OTHERS = {
    "a LoRA": {"lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight": (4, 320)},
    "a ControlNet": {"control_model.input_blocks.0.0.weight": (320, 4, 3, 3)},
    "a Flux model": {"double_blocks.0.img_attn.qkv.weight": (9216, 3072)},
    "a Stable Diffusion 3 model": {"model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight": (4608, 1536)},
    "an SDXL checkpoint": UNET
    | {
        "model.diffusion_model.label_emb.0.0.weight": (1280, 2816),
        "conditioner.embedders.0.transformer.text_model.embeddings.token_embedding.weight": (49408, 768),
        "conditioner.embedders.1.model.ln_final.weight": (1280,),
    },
    "an SDXL refiner": UNET | {"conditioner.embedders.0.model.ln_final.weight": (1280,)},
    "an unCLIP checkpoint": sd2_shapes(Sizes()) | {"embedder.model.visual.proj": (8, 8)},
    "a Stable Diffusion upscaler": sd1_shapes(Sizes(in_channels=7)),
    "an AltDiffusion checkpoint": UNET | {"cond_stage_model.roberta.encoder.layer.0.output.dense.weight": (8, 8)},
    "a UNet without its text encoder": UNET | VAE,
    "a VAE": {key.removeprefix("first_stage_model."): shape for key, shape in VAE.items()},
    "a text encoder alone": {"text_model.embeddings.token_embedding.weight": (49408, 768)},
    "an upscaler": {"conv_first.weight": (64, 3, 3, 3), "body.0.rdb1.conv1.weight": (32, 64, 3, 3)},
    "a textual inversion": {"emb_params": (4, 768)},
    "a part of a diffusers folder": {"down_blocks.0.resnets.0.conv1.weight": (320, 320, 3, 3)},
}


def test_stable_diffusion_1_is_known():
    assert detect_family(SD1, "x") is MODEL_FAMILIES.get("SD1")


@pytest.mark.parametrize(("channels", "variant"), [(4, "plain"), (5, "depth"), (8, "pix2pix"), (9, "inpainting")])
def test_a_variant_is_known_by_its_channels(channels, variant):
    for name, shapes_of in (("SD1", sd1_shapes), ("SD2", sd2_shapes)):
        shapes = shapes_of(Sizes(in_channels=channels)) | {"depth_model.model.scratch.output_conv.4.bias": (1,)}

        assert detect_family(shapes, "x") is MODEL_FAMILIES.get(name)
        assert find_variant(shapes) == variant


@pytest.mark.parametrize("name", OTHERS)
def test_another_file_is_named(name):
    with pytest.raises(CheckpointError) as caught:
        detect_family(OTHERS[name], "x.safetensors")

    assert f"x.safetensors is {name}, " in str(caught.value)


@pytest.mark.parametrize(
    "shapes",
    [{}, {"weight": (1,)}, {"model.diffusion_model": ()}, text_shapes(Sizes()), {"x" * 10_000: (1,)}, {"": ()}],
)
def test_anything_else_is_refused(shapes):
    with pytest.raises(CheckpointError) as caught:
        detect_family(shapes, "x.safetensors")

    assert len(str(caught.value)) < 300
