"""img2img and inpainting with the tiny checkpoint."""

import dataclasses

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import save_file

from modules.app.app import build_app
from modules.core.errors import InputError
from modules.core.flags import Flags
from modules.engine.latents.space import latent_space
from modules.generation.img2img_request import Img2ImgRequest
from modules.imaging.infotext import parse_infotext
from modules.networks.own_decoders import LATENTS
from tests.golden.evidence import COMMITTED
from tests.unit.networks.test_small_decoders import encoder_reference

SMALL = {"prompt": "a cat", "seed": 1, "steps": 4, "width": 64, "height": 64, "sampler_name": "Euler a"}


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    flags = dataclasses.replace(Flags(), data_dir=data, ckpt=COMMITTED / "tiny-random.safetensors", use_cpu=("all",))
    return build_app(flags)


def picture(width=64, height=64, seed=5):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


def mask(box=(16, 16, 40, 40), size=(64, 64)):
    image = Image.new("L", size)
    image.paste(255, box)
    return image


def run(app, *pictures, settings=None, **changes):
    images = pictures or (picture(),)
    return app.img2img(Img2ImgRequest(init_images=images, override_settings=settings or {}, **{**SMALL, **changes}))


def pixels(result, index=0):
    return np.asarray(result.images[index].image).astype(int)


def test_more_strength_changes_more(app):
    kept = pixels(run(app, denoising_strength=0))
    changes = [np.abs(pixels(run(app, denoising_strength=strength)) - kept).mean() for strength in (0.3, 1)]
    assert 0 < changes[0] < changes[1]


def test_it_is_described(app):
    result = run(app, mask=mask(), mask_blur=6, inpainting_fill=2, inpaint_full_res_padding=8, denoising_strength=0.4)
    written = parse_infotext(result.images[0].infotext)

    assert written["Denoising strength"] == "0.4"
    assert written["Mask blur"] == "6"
    assert written["Inpaint area"] == "Only masked"
    assert written["Masked area padding"] == "8"
    assert written["Masked content"] == "latent noise"
    assert result.info["denoising_strength"] == 0.4


@pytest.mark.parametrize("full_res", [False, True])
@pytest.mark.parametrize("fill", [0, 1, 2, 3])
def test_what_is_not_masked_stays_to_the_bit(app, full_res, fill):
    original = picture()
    result = run(
        app, original, mask=mask(), mask_blur=2, inpaint_full_res=full_res, inpainting_fill=fill, denoising_strength=1
    )

    outside = np.ones((64, 64), bool)
    outside[8:48, 8:48] = False
    assert np.array_equal(pixels(result)[outside], np.asarray(original)[outside])
    assert np.abs(pixels(result) - np.asarray(original))[20:36, 20:36].mean() > 5


def test_only_masked_works_on_pictures_of_any_size(app):
    large = picture(200, 120)
    result = run(app, large, mask=mask((150, 20, 170, 60), (200, 120)), inpaint_full_res_padding=4)

    assert result.images[0].image.size == (200, 120)
    assert np.array_equal(pixels(result)[:, :100], np.asarray(large)[:, :100])


def test_the_inverted_mask_is_the_other_part(app):
    ours = run(app, mask=mask(), inpaint_full_res=False)
    turned = Image.fromarray(255 - np.asarray(mask()))
    other = run(app, mask=turned, inpainting_mask_invert=1, inpaint_full_res=False)
    assert np.array_equal(pixels(ours), pixels(other))


def test_a_blank_mask_repaints_all_and_says_so(app):
    blank = run(app, mask=Image.new("L", (64, 64)))
    assert any("blank" in comment for comment in blank.comments)
    assert np.array_equal(pixels(blank), pixels(run(app)))


def test_several_pictures_make_a_batch(app):
    one, two = picture(seed=1), picture(seed=2)
    both = run(app, one, two, batch_size=2, denoising_strength=0.3)
    alone = run(app, two, denoising_strength=0.3, seed=2)
    assert np.abs(pixels(both, 1) - pixels(alone)).max() <= 1


@pytest.mark.parametrize(
    "image",
    [
        Image.new("RGB", (1, 1)),
        Image.new("CMYK", (64, 64)),
        Image.new("I;16", (64, 64), 40_000),
        Image.new("RGBA", (64, 64), (0, 0, 0, 0)),
        Image.new("P", (64, 64)),
        picture(900, 8),
    ],
    ids=["1x1", "CMYK", "16 bit", "fully transparent", "palette", "very wide"],
)
@pytest.mark.parametrize("resize_mode", [0, 1, 2, 3])
def test_odd_pictures_are_taken(app, image, resize_mode):
    assert run(app, image, resize_mode=resize_mode, steps=1).images[0].image.size == (64, 64)


def test_a_mask_of_another_size_is_fitted(app):
    assert run(app, mask=mask((2, 2, 9, 9), (16, 11)), inpaint_full_res=False).images[0].image.size == (64, 64)


def test_a_mask_of_another_size_means_the_same_part_of_the_picture_with_only_masked(app):
    large, values = picture(96, 80), {"mask_blur": 0, "inpaint_full_res": True, "inpainting_fill": 1}
    result = run(app, large, mask=mask((12, 10, 24, 20), (48, 40)), **values)
    changed = np.abs(np.asarray(result.images[0].image, int) - np.asarray(large, int)).max(axis=2)
    rows, columns = np.nonzero(changed)
    assert (columns.min(), columns.max()) == pytest.approx((24, 47), abs=3)
    assert (rows.min(), rows.max()) == pytest.approx((20, 39), abs=3)


@pytest.mark.parametrize("full_res", [False, True])
def test_masks_and_what_they_show_follow_each_picture_where_wanted(app, full_res):
    wanted = {"return_mask": True, "return_mask_composite": True, "return_grid": True}
    large = picture(96, 80)
    values = {"mask": mask((24, 16, 56, 48), (96, 80)), "mask_blur": 0, "inpaint_full_res": full_res, "n_iter": 2}
    result = run(app, large, settings=wanted, save_images=True, **{**SMALL, "steps": 1}, **values)

    plain = run(app, large, save_images=True, **{**SMALL, "steps": 1}, **values)
    pictures = [image for image in result.images if not image.is_beside]
    assert [image.is_beside for image in result.images] == [False, True, True] * 2
    assert [image.image.tobytes() for image in pictures] == [image.image.tobytes() for image in plain.images]
    assert result.grid.image.size == plain.grid.image.size
    assert result.info["infotexts"][1:4] == [pictures[0].infotext] * 3

    painted, its_mask, composite = (np.asarray(image.image.convert("RGBA")) for image in result.images[:3])
    assert painted.shape == its_mask.shape == composite.shape
    seen = composite[..., 3] > 0
    assert np.array_equal(seen, its_mask[..., 0] > 0)
    assert 0.1 < seen.mean() < 0.3
    whole = composite[..., 3] == 255
    assert whole.mean() > 0.05
    assert np.abs(composite.astype(int) - painted)[whole][:, :3].max() <= 1
    assert result.images[1].path is None


def test_taesd_may_encode_the_picture_and_the_infotext_says_so(app):
    encoded = {"settings": {"sd_vae_encode_method": "TAESD"}, "denoising_strength": 0}
    without = run(app, **encoded)
    assert any("no TAESD encoder" in comment for comment in without.comments)
    assert np.array_equal(pixels(without), pixels(run(app, denoising_strength=0)))

    path = app.paths.models / "VAE-taesd" / "taesd_encoder.safetensors"
    path.parent.mkdir(exist_ok=True)
    whose = latent_space(app.models.get(app.selected_checkpoint()).model).written()
    save_file(encoder_reference().state_dict(), path, {LATENTS: whose})
    result = run(app, **encoded)
    path.unlink()
    assert "VAE Encoder: TAESD" in result.images[0].infotext
    assert "VAE Encoder" not in without.images[0].infotext
    assert np.abs(pixels(result) - pixels(without)).mean() > 1


def test_exact_steps_and_the_noise_multiplier_change_the_picture(app):
    plain = pixels(run(app, denoising_strength=0.5))
    for changes in ({"settings": {"img2img_fix_steps": True}}, {"initial_noise_multiplier": 0.5}):
        assert not np.array_equal(pixels(run(app, denoising_strength=0.5, **changes)), plain)


@pytest.mark.parametrize(
    "wrong",
    [
        {"init_images": ()},
        {"init_images": (picture(), picture()), "batch_size": 1},
        {"init_images": (Image.new("RGB", (9000, 8)),)},
        {"denoising_strength": 1.1},
        {"denoising_strength": -0.1},
        {"resize_mode": 4},
        {"inpainting_fill": 7},
        {"mask_blur": -1},
        {"inpaint_full_res_padding": -1},
    ],
    ids=" ".join,
)
def test_bad_input_is_told(wrong):
    with pytest.raises(InputError):
        Img2ImgRequest(**{"init_images": (picture(),), **SMALL, **wrong})
