"""Loading checkpoints: what comes out equals an independent forward pass, and what cannot be loaded is explained."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from modules.checkpoints.catalog import CheckpointInfo
from modules.checkpoints.loading import check_checkpoint, load_checkpoint
from modules.core.errors import CheckpointError
from modules.core.flags import Flags
from tests.unit.checkpoints import ldm_reference
from tests.unit.checkpoints.ldm_reference import Weights
from tests.unit.checkpoints.tiny_checkpoint import Sizes, sd2_shapes, write_checkpoint

GOLDEN = Path("tests/data/golden/tiny-random.safetensors")
UNET, VAE, TEXT = "model.diffusion_model.", "first_stage_model.", "cond_stage_model.transformer.text_model."
SMALLEST = Sizes(multipliers=(1, 2), attended=(True, False), text_layers=1, vae_multipliers=(1, 1))


def info(path: Path) -> CheckpointInfo:
    config = path.with_suffix(".yaml")
    return CheckpointInfo(path, path.name, config=config if config.is_file() else None)


def assert_same_as_reference(model, tensors, *, vocabulary, text_heads, unet_heads=8):
    generator = torch.Generator().manual_seed(1)
    tokens = torch.randint(0, vocabulary, (2, 77), generator=generator)
    x = torch.randn(2, 4, 8, 8, generator=generator)
    pixels = torch.randn(1, 3, 32, 16, generator=generator)
    timestep = torch.tensor([999.0, 3.5])
    unet, vae = Weights(tensors, UNET), Weights(tensors, VAE)
    with torch.inference_mode():
        text = model.text_encoder(tokens).last_hidden_state
        pairs = [
            (text, ldm_reference.text_encoder(Weights(tensors, TEXT), tokens, text_heads)),
            (model.unet(x, timestep, text).sample, ldm_reference.unet(unet, x, timestep, text, unet_heads)),
            (model.vae.decode(x).sample, ldm_reference.vae_decode(vae, x)),
            (model.vae.encode(pixels).latent_dist.mean, ldm_reference.vae_encode(vae, pixels)),
        ]
    for ours, expected in pairs:
        assert ours.shape == expected.shape
        assert expected.std() > 0.05
        assert torch.allclose(ours, expected, atol=1e-4, rtol=1e-4), (ours - expected).abs().max()


@pytest.mark.parametrize(
    ("sizes", "dtype"),
    [
        (Sizes(), torch.float16),
        (Sizes(channels=64, multipliers=(1, 2), attended=(False, True), res_blocks=2), torch.float32),
        (Sizes(text_width=64, text_layers=3, vae_multipliers=(1, 2), vae_res_blocks=2), torch.bfloat16),
    ],
    ids=["fp16", "fp32", "bf16"],
)
def test_any_width_computes_what_the_original_architecture_computes(tmp_path, sizes, dtype):
    path = tmp_path / "any.safetensors"
    tensors = write_checkpoint(path, sizes, dtype=dtype)

    model = load_checkpoint(info(path), Flags())

    assert_same_as_reference(model, tensors, vocabulary=sizes.vocabulary, text_heads=sizes.text_width // 64)
    assert {p.dtype for m in (model.unet, model.vae, model.text_encoder) for p in m.parameters()} == {torch.float32}


def test_the_recorded_checkpoint_computes_what_the_original_architecture_computes():
    model = load_checkpoint(info(GOLDEN), Flags())

    assert_same_as_reference(model, load_file(GOLDEN), vocabulary=49408, text_heads=4)
    assert (model.prediction, model.scale_factor, model.device.type) == ("epsilon", 0.18215, "cpu")


SD2 = Sizes(channels=64, multipliers=(1, 2), attended=(True, False), text_layers=3, vae_multipliers=(1, 1))


@pytest.mark.parametrize("channels", [4, 5, 9])
def test_stable_diffusion_2_computes_what_the_original_architecture_computes(tmp_path, channels):
    path = tmp_path / "two.safetensors"
    tensors = write_checkpoint(path, replace(SD2, in_channels=channels), shapes=sd2_shapes)

    model = load_checkpoint(info(path), Flags())

    tokens = torch.randint(0, 300, (2, 77), generator=torch.Generator().manual_seed(1))
    x = torch.randn(2, channels, 8, 8, generator=torch.Generator().manual_seed(2))
    timestep = torch.tensor([999.0, 3.5])
    with torch.inference_mode():
        text = model.text_encoder(tokens).last_hidden_state
        expected = ldm_reference.open_clip(Weights(tensors, "cond_stage_model.model."), tokens)
        noise = ldm_reference.unet(Weights(tensors, UNET), x, timestep, text, None)
        assert torch.allclose(text, expected, atol=1e-4)
        assert torch.allclose(model.unet(x, timestep, text).sample, noise, atol=1e-4)
    assert (expected.std() > 0.05) and (noise.std() > 0.05)
    assert (model.uses_open_clip, model.prediction) == (True, "epsilon")


def test_stable_diffusion_2_is_asked_whether_it_predicts_v(tmp_path):
    """A UNet whose last layer has a bias of -2 answers far below what it is given; a word beside the file wins."""
    path = tmp_path / "v.safetensors"
    bias = {UNET + "out.2.bias": torch.full((4,), -2.0), UNET + "out.2.weight": torch.zeros(4, 64, 3, 3)}
    write_checkpoint(path, SD2, shapes=sd2_shapes, extra=bias)
    assert load_checkpoint(info(path), Flags()).prediction == "v"

    path.with_suffix(".yaml").write_text("model: {params: {parameterization: eps}}")
    assert load_checkpoint(info(path), Flags()).prediction == "epsilon"


def test_a_narrow_unet_of_stable_diffusion_2_needs_its_heads_told(tmp_path):
    path = tmp_path / "narrow.safetensors"
    write_checkpoint(path, replace(SD2, channels=32), shapes=sd2_shapes)

    assert "easel: {unet_heads: N}" in refusal(path)


def test_old_key_names_and_keys_without_use_do_not_matter(tmp_path):
    path = tmp_path / "merged.safetensors"
    tensors = write_checkpoint(path, SMALLEST)
    renamed = {name.replace("transformer.text_model.", "transformer."): value for name, value in tensors.items()}
    renamed["cond_stage_model.transformer.embeddings.position_ids"] = torch.full((1, 77), 5)
    renamed["model_ema.decay"] = torch.tensor(0.5)
    save_file(renamed, path)

    model = load_checkpoint(info(path), Flags())

    assert_same_as_reference(model, tensors, vocabulary=300, text_heads=2)


def test_head_counts_come_from_the_yaml_beside_it_or_the_metadata(tmp_path):
    path = tmp_path / "heads.safetensors"
    tensors = write_checkpoint(path, SMALLEST, metadata={"easel.text_encoder_heads": "8", "easel.unet_heads": "4"})
    assert_same_as_reference(load_checkpoint(info(path), Flags()), tensors, vocabulary=300, text_heads=8, unet_heads=4)

    path.with_suffix(".yaml").write_text("easel: {text_encoder_heads: 4, unet_heads: 2}")
    assert_same_as_reference(load_checkpoint(info(path), Flags()), tensors, vocabulary=300, text_heads=4, unet_heads=2)


def test_the_yaml_beside_it_can_say_v_prediction(tmp_path):
    path = tmp_path / "v.safetensors"
    write_checkpoint(path, SMALLEST)
    path.with_suffix(".yaml").write_text("model: {params: {parameterization: v, scale_factor: 0.5}}")

    model = load_checkpoint(info(path), Flags())

    assert (model.prediction, model.scale_factor) == ("v", 0.5)


def test_weights_of_the_right_type_are_the_mapped_file_itself(tmp_path):
    path = tmp_path / "mapped.safetensors"
    write_checkpoint(path, SMALLEST, dtype=torch.float32)

    model = load_checkpoint(info(path), Flags())

    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("only Linux tells what is mapped")
    ranges = [line.split()[0] for line in maps.read_text().splitlines() if line.endswith(path.name)]
    bounds = [tuple(int(end, 16) for end in span.split("-")) for span in ranges]
    parameters = [p for m in (model.unet, model.vae, model.text_encoder) for p in m.parameters()]
    assert all(any(low <= p.data_ptr() < high for low, high in bounds) for p in parameters)


def test_nothing_asks_the_network(tmp_path, monkeypatch):
    path = tmp_path / "offline.safetensors"
    write_checkpoint(path, SMALLEST)

    def refuse(*_args, **_kwargs):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)

    load_checkpoint(info(path), Flags())


def test_channels_last_is_only_another_order_in_memory(tmp_path):
    path = tmp_path / "order.safetensors"
    tensors = write_checkpoint(path, SMALLEST)

    model = load_checkpoint(info(path), replace(Flags(), opt_channelslast=True))

    weight = model.unet.get_parameter("conv_in.weight")
    assert weight.is_contiguous(memory_format=torch.channels_last) and not weight.is_contiguous()
    assert_same_as_reference(model, tensors, vocabulary=300, text_heads=2)


def test_half_precision_noise_schedules_are_taken_as_they_are(tmp_path):
    path = tmp_path / "schedule.safetensors"
    schedule = torch.linspace(0.99, 0.01, 1000).half()
    write_checkpoint(path, SMALLEST, extra={"alphas_cumprod": schedule})

    assert torch.equal(load_checkpoint(info(path), Flags()).alphas_cumprod, schedule.float())


# --- what cannot be loaded -------------------------------------------------------------------------------------


def refusal(path: Path) -> str:
    """The sentence both functions give; the one that reads only the header first."""
    with pytest.raises(CheckpointError) as quick:
        check_checkpoint(info(path))
    with pytest.raises(CheckpointError) as full:
        load_checkpoint(info(path), Flags())
    assert str(quick.value) == str(full.value)
    assert path.name in str(full.value)
    assert "\n" not in str(full.value)
    assert str(full.value).endswith((".", ")"))
    return str(full.value)


def test_a_missing_tensor_is_named(tmp_path):
    path = tmp_path / "hole.safetensors"
    tensors = write_checkpoint(path, SMALLEST)
    del tensors["first_stage_model.decoder.mid.attn_1.k.weight"]
    save_file(tensors, path)

    assert "decoder.mid_block.attentions.0.to_k.weight are missing" in refusal(path)


@pytest.mark.parametrize(
    "prefix",
    [
        VAE,
        VAE + "decoder.",
        VAE + "encoder.down.0.downsample.conv.bias",
        TEXT + "encoder.",
        UNET + "out.",
        UNET + "middle_block.1.",
        UNET + "input_blocks.2.0.op.bias",
        UNET + "output_blocks.1.1.conv.bias",
    ],
)
def test_a_missing_part_is_named(tmp_path, prefix):
    path = tmp_path / "part.safetensors"
    tensors = write_checkpoint(path, SMALLEST)
    save_file({name: value for name, value in tensors.items() if not name.startswith(prefix)}, path)

    assert "missing" in refusal(path)


def test_a_wrong_shape_is_named(tmp_path):
    path = tmp_path / "shape.safetensors"
    name = UNET + "middle_block.0.emb_layers.1.weight"
    write_checkpoint(path, SMALLEST, extra={name: torch.zeros(5, 7)})

    assert "[5, 7] instead of [64, 128]" in refusal(path)


def test_widths_that_no_model_has_are_refused(tmp_path):
    path = tmp_path / "odd.safetensors"
    write_checkpoint(path, Sizes(channels=40, multipliers=(1, 2), attended=(True, False), vae_multipliers=(1,)))

    assert "cannot be loaded as Stable Diffusion 1.x" in refusal(path)


def test_a_narrow_text_encoder_needs_its_heads_told(tmp_path):
    path = tmp_path / "narrow.safetensors"
    write_checkpoint(path, Sizes(text_width=48, multipliers=(1,), attended=(True,), vae_multipliers=(1,)))

    assert "text_encoder_heads" in refusal(path)

    path.with_suffix(".yaml").write_text("easel: {text_encoder_heads: 5}")
    assert "48 wide, which 5 heads cannot share" in refusal(path)


def test_pickles_are_refused_without_being_opened(tmp_path):
    path = tmp_path / "model.ckpt"
    path.write_bytes(b"\x80\x02not even a pickle")

    assert "get the .safetensors version" in refusal(path)


def test_whole_numbers_in_place_of_weights_are_refused(tmp_path):
    path = tmp_path / "numbers.safetensors"
    write_checkpoint(path, SMALLEST, extra={UNET + "out.2.bias": torch.zeros(4, dtype=torch.int32)})

    assert "I32" in refusal(path)


def test_a_loaded_model_works_on_after_another_failed_to_load(tmp_path):
    good, bad = tmp_path / "good.safetensors", tmp_path / "bad.safetensors"
    tensors = write_checkpoint(good, SMALLEST)
    model = load_checkpoint(info(good), Flags())
    bad.write_bytes(good.read_bytes()[:-1000])

    with pytest.raises(CheckpointError, match="incomplete"):
        load_checkpoint(info(bad), Flags())

    assert_same_as_reference(model, tensors, vocabulary=300, text_heads=2)
