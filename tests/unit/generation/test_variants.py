"""Inpainting, InstructPix2Pix and depth checkpoints in the flow: what they are shown matters, and is written down."""

import dataclasses

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import DPTConfig, DPTForDepthEstimation

from modules.app.app import build_app
from modules.core.errors import CheckpointError, InputError
from modules.core.flags import Flags
from modules.generation import sampling
from modules.generation.img2img_request import Img2ImgRequest
from modules.generation.request import Txt2ImgRequest
from modules.imaging.infotext import parse_infotext
from tests.golden.evidence import COMMITTED
from tests.unit.checkpoints.tiny_checkpoint import (
    Sizes,
    sd2_shapes,
    tiny_depth_config,
    write_checkpoint,
    write_variant,
)

SMALL = {"prompt": "a cat", "seed": 1, "steps": 3, "width": 64, "height": 64, "sampler_name": "Euler", "cfg_scale": 3}
BOX = (16, 16, 40, 40)
STABLE_DIFFUSION_2 = Sizes(
    channels=64,
    multipliers=(1, 2),
    attended=(True, False),
    text_width=64,
    text_layers=2,
    vocabulary=49408,
    vae_res_blocks=1,
)


@pytest.fixture(scope="module")
def apps(tmp_path_factory):
    """A program for each kind of checkpoint, made when it is first asked for."""
    made = {}

    def app(channels):
        if channels not in made:
            data = tmp_path_factory.mktemp("data")
            path = data / "models" / "Stable-diffusion" / "variant.safetensors"
            path.parent.mkdir(parents=True)
            write_variant(path, COMMITTED / "tiny-random.safetensors", channels)
            made[channels] = build_app(dataclasses.replace(Flags(), data_dir=data, ckpt=path, use_cpu=("all",)))
        return made[channels]

    return app


@pytest.fixture
def inpainting(apps):
    return apps(9)


@pytest.fixture
def pix2pix(apps):
    return apps(8)


@pytest.fixture
def depth(apps):
    app = apps(5)
    folder = app.paths.models / "midas"
    if not folder.exists():
        torch.manual_seed(4)
        DPTForDepthEstimation(DPTConfig(**tiny_depth_config())).save_pretrained(folder)
    return app


def picture(seed=5, width=64, height=64):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


def changed(image, box):
    other = image.copy()
    other.paste((255, 0, 0), box)
    return other


def mask():
    image = Image.new("L", (64, 64))
    image.paste(255, BOX)
    return image


def img2img(app, *pictures, settings=None, **changes):
    images = pictures or (picture(),)
    values = {**SMALL, "denoising_strength": 1, **changes}
    return app.img2img(Img2ImgRequest(init_images=images, override_settings=settings or {}, **values))


def txt2img(app, settings=None, **changes):
    return app.txt2img(Txt2ImgRequest(override_settings=settings or {}, **{**SMALL, **changes}))


def pixels(result, index=0):
    return np.asarray(result.images[index].image).astype(int)


def difference(one, other):
    return np.abs(pixels(one) - pixels(other)).mean()


def written(result):
    return parse_infotext(result.images[0].infotext)


INPAINT = {"mask": mask(), "mask_blur": 0, "inpaint_full_res": False, "inpainting_fill": 1}


def test_an_inpainting_checkpoint_does_not_see_what_is_masked(inpainting):
    """Latent nothing, at full strength and without the overlay: all that is left of the picture is what it is shown."""
    unseen = {**INPAINT, "inpainting_fill": 3, "denoising_strength": 1}
    plain = img2img(inpainting, settings={"overlay_inpaint": False}, **unseen)
    under_mask = img2img(inpainting, changed(picture(), (20, 20, 36, 36)), **unseen)
    beside = img2img(inpainting, changed(picture(), (48, 48, 64, 64)), **unseen)
    half = img2img(inpainting, changed(picture(), (20, 20, 36, 36)), settings={"inpainting_mask_weight": 0.5}, **unseen)

    inside = np.s_[24:32, 24:32]
    assert np.array_equal(pixels(plain)[inside], pixels(under_mask)[inside])
    assert np.abs(pixels(plain)[inside] - pixels(beside)[inside]).mean() > 1
    assert np.abs(pixels(plain)[inside] - pixels(half)[inside]).mean() > 1


def test_the_mask_itself_is_shown(inpainting):
    """Of a grey picture nothing is hidden by any mask: the difference is the mask's channel alone."""
    grey = Image.new("RGB", (64, 64), (128, 128, 128))
    settings = {"inpainting_mask_weight": 0.0, "overlay_inpaint": False}
    other = Image.new("L", (64, 64), 255)
    everywhere = img2img(inpainting, grey, settings=settings, **{**INPAINT, "mask": other})
    somewhere = img2img(inpainting, grey, settings=settings, **INPAINT)

    assert np.abs(pixels(everywhere) - pixels(somewhere))[24:32, 24:32].mean() > 1


def test_the_strength_of_its_mask_is_written(inpainting):
    result = img2img(inpainting, settings={"inpainting_mask_weight": 0.25}, **INPAINT)

    assert written(result)["Conditional mask weight"] == "0.25"
    assert written(txt2img(inpainting))["Conditional mask weight"] == "1.0"
    assert result.info["is_using_inpainting_conditioning"] is True


@pytest.mark.parametrize("sampler", ["DDIM", "DPM++ SDE"])
@pytest.mark.parametrize("image_by_image", [False, True])
def test_it_works_with_samplers_of_every_kind_and_in_batches(inpainting, monkeypatch, sampler, image_by_image):
    """DPM adaptive calls the UNet for each image by itself, and many times; another one that does so is quicker."""
    if image_by_image:
        monkeypatch.setattr(sampling, "shared_calls", lambda this: [slice(i, i + 1) for i in range(len(this.prompts))])
    values = {"sampler_name": sampler, "denoising_strength": 0.7, **INPAINT, "inpaint_full_res": image_by_image}
    both = img2img(inpainting, picture(1), picture(2), batch_size=2, **values)
    alone = img2img(inpainting, picture(2), seed=2, **values)

    assert np.abs(pixels(both, 1) - pixels(alone)).max() <= 2


def test_without_a_mask_it_sees_nothing_but_that_all_is_to_be_painted(inpainting):
    blind = [img2img(inpainting, picture(seed), denoising_strength=0.999, steps=2) for seed in (1, 2)]
    seeing = [
        img2img(inpainting, picture(seed), denoising_strength=0.999, steps=2, settings={"inpainting_mask_weight": 0.0})
        for seed in (1, 2)
    ]

    assert difference(*seeing) > 2 * difference(*blind)


def test_only_masked_shows_it_the_region_alone(inpainting):
    def run(image):
        values = {**INPAINT, "inpaint_full_res": True, "inpaint_full_res_padding": 8}
        return img2img(inpainting, image, **values)

    far, near = changed(picture(), (56, 56, 64, 64)), changed(picture(), (40, 40, 48, 48))
    inside = np.s_[20:36, 20:36]
    plain = pixels(run(picture()))[inside]
    assert np.array_equal(plain, pixels(run(far))[inside])
    assert not np.array_equal(plain, pixels(run(near))[inside])


def test_another_mask_for_the_latents_hides_nothing_else(inpainting):
    other = Image.new("L", (64, 64), 255)
    one = img2img(inpainting, settings={"overlay_inpaint": False}, latent_mask=other, **INPAINT)
    two = img2img(inpainting, settings={"overlay_inpaint": False}, **{**INPAINT, "mask": other})

    assert difference(one, two) > 1  # both paint all the latents; what is shown differs


def test_pictures_of_any_size_and_resized_latents_are_shown(inpainting, pix2pix):
    for app in (inpainting, pix2pix):
        for values in ({"resize_mode": 3}, {"width": 100, "height": 72}):
            result = img2img(app, picture(1, 90, 40), **{**INPAINT, **values})
            size = (values.get("width", 64) // 8 * 8, values.get("height", 64) // 8 * 8)
            assert result.images[0].image.size == size


@pytest.mark.parametrize("upscaler", ["Latent", "Lanczos"])
def test_the_second_pass_may_see_the_first(inpainting, upscaler):
    hires = {"enable_hr": True, "hr_scale": 1.5, "hr_upscaler": upscaler, "denoising_strength": 0.7}
    blind = txt2img(inpainting, **hires)
    seeing = txt2img(inpainting, settings={"inpainting_mask_weight": 0.0}, **hires)

    assert blind.images[0].image.size == (96, 96)
    assert difference(blind, seeing) > 0.5


def test_image_cfg_leads_towards_the_picture(pix2pix):
    plain = img2img(pix2pix)
    by_scale = {scale: img2img(pix2pix, image_cfg_scale=scale) for scale in (1.0, 1.5, 3.0)}

    assert np.array_equal(pixels(plain), pixels(by_scale[1.0]))
    assert 0.2 < difference(plain, by_scale[1.5]) < difference(plain, by_scale[3.0])
    assert written(by_scale[1.5])["Image CFG scale"] == "1.5"
    assert "Image CFG scale" not in written(plain)
    keys = list(written(by_scale[1.5]))
    assert keys[keys.index("CFG scale") + 1] == "Image CFG scale"


@pytest.mark.parametrize("sampler", ["DDIM CFG++", "Heun"])
def test_image_cfg_works_in_batches_and_small_batches(pix2pix, sampler):
    values = {"sampler_name": sampler, "image_cfg_scale": 1.5}
    both = img2img(pix2pix, picture(1), picture(2), batch_size=2, **values)
    alone = img2img(pix2pix, picture(2), seed=2, settings={"batch_cond_uncond": False}, **values)

    assert np.abs(pixels(both, 1) - pixels(alone)).max() <= 2


def test_prompts_joined_by_and_go_with_an_image_cfg_scale_of_1_alone(pix2pix):
    assert img2img(pix2pix, prompt="a cat AND a dog", image_cfg_scale=1).images
    with pytest.raises(InputError, match="AND"):
        img2img(pix2pix, prompt="a cat AND a dog", image_cfg_scale=1.5)


def test_pix2pix_makes_pictures_from_nothing_too(pix2pix):
    result = txt2img(pix2pix, enable_hr=True, hr_scale=1.5, denoising_strength=0.5)

    assert result.images[0].image.size == (96, 96)
    assert "Image CFG scale" not in written(result)


def test_other_checkpoints_take_no_notice_of_image_cfg(inpainting):
    result = img2img(inpainting, image_cfg_scale=2.0)

    assert np.array_equal(pixels(result), pixels(img2img(inpainting)))
    assert "Image CFG scale" not in written(result)
    with pytest.raises(InputError, match="Image CFG scale"):
        img2img(inpainting, image_cfg_scale=-1)


def test_a_depth_checkpoint_sees_the_depth_of_a_picture(depth):
    flat, other = img2img(depth, Image.new("RGB", (64, 64), (9, 90, 200))), img2img(depth, picture(2))
    both = img2img(depth, picture(1), picture(2), batch_size=2)

    assert difference(flat, other) > 1
    assert np.abs(pixels(both, 1) - pixels(img2img(depth, picture(2), seed=2))).max() <= 2


@pytest.mark.parametrize("channels", [5, 9])
def test_variants_of_stable_diffusion_2_work_alike(tmp_path, channels):
    path = tmp_path / "two.safetensors"
    write_checkpoint(path, dataclasses.replace(STABLE_DIFFUSION_2, in_channels=channels), shapes=sd2_shapes)
    app = build_app(dataclasses.replace(Flags(), data_dir=tmp_path, ckpt=path, use_cpu=("all",)))
    DPTForDepthEstimation(DPTConfig(**tiny_depth_config())).save_pretrained(app.paths.models / "midas")
    one, two = (img2img(app, picture(seed), settings={"inpainting_mask_weight": 0.0}) for seed in (1, 2))

    assert one.images[0].image.size == (64, 64)
    assert difference(one, two) > 1


def test_a_depth_checkpoint_needs_a_picture(depth):
    with pytest.raises(InputError, match="use it in img2img"):
        txt2img(depth)


def test_without_an_estimator_it_is_said_what_is_needed(apps, tmp_path):
    path = tmp_path / "depth.safetensors"
    write_variant(path, COMMITTED / "tiny-random.safetensors", 5)
    app = build_app(dataclasses.replace(Flags(), data_dir=tmp_path, ckpt=path, use_cpu=("all",)))

    with pytest.raises(CheckpointError, match="models/midas"):
        img2img(app)
