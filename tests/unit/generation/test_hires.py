"""Hires. fix and the refiner: sizes, steps, checkpoints, interrupts, infotext."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
import safetensors.torch
from PIL import Image

from modules.app.app import build_app
from modules.core.errors import InputError, UnknownNameError
from modules.core.flags import Flags
from modules.engine.latents.decode import decode
from modules.engine.latents.encode import encode, to_pixels
from modules.engine.latents.preview import to_images
from modules.generation.hires import Target, find_target
from modules.generation.job import start_job
from modules.generation.request import Txt2ImgRequest
from modules.generation.run import generate
from modules.imaging.infotext import parse_infotext
from tests.golden.evidence import COMMITTED
from tests.unit.generation.test_run import Watch

SMALL = {"prompt": "a cat", "seed": 1, "steps": 3, "width": 64, "height": 64, "sampler_name": "Euler a"}


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    folder = data / "checkpoints"
    folder.mkdir()
    for name in ("a", "b"):
        shutil.copy(COMMITTED / "tiny-random.yaml", folder / f"{name}.yaml")
    shutil.copy(COMMITTED / "tiny-random.safetensors", folder / "a.safetensors")
    (folder / "b.safetensors").write_bytes(other_weights(folder / "a.safetensors"))
    return build_app(dataclasses.replace(Flags(), data_dir=data, ckpt_dir=folder, use_cpu=("all",)))


def other_weights(path):
    """The tiny checkpoint with a UNet that answers differently."""
    tensors = safetensors.torch.load_file(path)
    last = "model.diffusion_model.out.2.bias"
    tensors[last] = tensors[last] + 0.5
    return safetensors.torch.save(tensors)


def run(app, progress=None, settings=None, **changes):
    request = Txt2ImgRequest(**{**SMALL, **changes, "override_settings": settings or {}})
    if progress is None:
        return app.txt2img(request)
    return generate(start_job(request, app, progress))


def pixels(result, index=0):
    return np.asarray(result.images[index].image).astype(int)


def parameters(result, index=0):
    return parse_infotext(result.images[index].infotext)


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        ({"hr_scale": 1.5}, Target(96, 96)),
        ({"hr_scale": 1.51}, Target(96, 96)),
        ({"hr_resize_x": 96}, Target(96, 96)),
        ({"width": 64, "height": 128, "hr_resize_y": 192}, Target(96, 192)),
        ({"hr_resize_x": 128, "hr_resize_y": 96}, Target(128, 128, crop_rows=4)),
        ({"hr_resize_x": 96, "hr_resize_y": 128}, Target(128, 128, crop_columns=4)),
    ],
)
def test_the_target_is_the_scale_or_covers_the_wanted_size(asked, target):
    assert find_target(Txt2ImgRequest(**{**SMALL, "enable_hr": True, **asked})) == target


def test_the_picture_has_the_final_size_and_says_so(app):
    result = run(app, enable_hr=True, hr_scale=1.5, denoising_strength=0.5, hr_second_pass_steps=2)

    assert result.images[0].image.size == (96, 96)
    written = parameters(result)
    assert (written["Size-1"], written["Size-2"]) == ("64", "64")
    assert written["Hires upscale"] == "1.5"
    assert written["Hires steps"] == "2"
    assert written["Denoising strength"] == "0.5"
    assert "Hires sampler" not in result.images[0].infotext
    assert result.info["denoising_strength"] == 0.5


def test_a_size_that_is_no_multiple_of_8_is_rounded_down(app):
    assert run(app, enable_hr=True, hr_scale=1.3).images[0].image.size == (80, 80)


def test_both_passes_are_counted_and_the_second_runs_its_own_steps(app):
    progress = Watch()
    run(app, progress, enable_hr=True, hr_second_pass_steps=2, denoising_strength=0.3, n_iter=2)

    passes = [[step for job, step in progress.steps if job == number] for number in range(4)]
    assert passes == [[1, 2, 3], [1, 2], [1, 2, 3], [1, 2]]
    assert progress.fraction == 1


def test_interrupt_between_the_passes_gives_the_first_pass(app):
    cut = run(app, Watch(interrupt=(0, 3)), enable_hr=True)
    plain = run(app)

    assert cut.images[0].image.size == (64, 64)
    assert np.array_equal(pixels(cut), pixels(plain))


def test_interrupt_in_the_second_pass_gives_a_large_picture(app):
    assert run(app, Watch(interrupt=(1, 1)), enable_hr=True).images[0].image.size == (128, 128)


def test_denoising_strength_0_keeps_the_enlarged_picture(app):
    kept = run(app, enable_hr=True, hr_scale=1, denoising_strength=0)
    assert np.array_equal(pixels(kept), pixels(run(app)))


def test_more_strength_changes_more(app):
    kept = pixels(run(app, enable_hr=True, denoising_strength=0))
    changes = [
        np.abs(pixels(run(app, enable_hr=True, denoising_strength=strength)) - kept).mean() for strength in (0.2, 0.9)
    ]
    assert 0 < changes[0] < changes[1]


def test_the_second_pass_can_have_its_own_prompt_cfg_and_sampler(app):
    common = {"enable_hr": True, "denoising_strength": 0.7, "scheduler": "Automatic"}
    plain = pixels(run(app, **common))
    for own in ({"hr_prompt": "a dog"}, {"hr_negative_prompt": "dark"}, {"hr_cfg": 2.0}, {"hr_sampler_name": "Euler"}):
        assert not np.array_equal(pixels(run(app, **common, **own)), plain), own
    same = {"hr_prompt": "a cat", "hr_cfg": 7.0, "hr_sampler_name": "Euler a", "hr_scheduler": "Use same scheduler"}
    assert np.array_equal(pixels(run(app, **common, **same)), plain)


def test_a_sampler_of_its_own_is_written_with_its_schedule(app):
    written = parameters(
        run(app, enable_hr=True, scheduler="Automatic", hr_sampler_name="DPM++ 2M", hr_scheduler="Automatic")
    )
    assert written["Hires sampler"] == "DPM++ 2M"
    assert written["Hires schedule type"] == "Karras"


def test_a_checkpoint_of_its_own_makes_the_second_pass_and_the_next_batch_begins_with_the_first(app):
    both = run(app, enable_hr=True, hr_checkpoint_name="b", n_iter=2, denoising_strength=0.7)
    plain = run(app, enable_hr=True, denoising_strength=0.7)
    second = run(app, enable_hr=True, hr_checkpoint_name="b", seed=2, denoising_strength=0.7)

    assert not np.array_equal(pixels(both), pixels(plain))
    assert np.array_equal(pixels(both, 1), pixels(second))
    assert parameters(both)["Hires checkpoint"].startswith("b [")
    assert both.info["sd_model_name"] == "a"
    assert app.selected_checkpoint().name_for_extra == "a"


@pytest.mark.parametrize("method", ["Latent", "Lanczos"])
def test_a_given_picture_takes_the_place_of_the_first_pass(app, method):
    first = run(app).images[0].image
    given = run(app, enable_hr=True, hr_upscaler=method, hr_scale=1, denoising_strength=0.0, firstpass_image=first)

    model = app.models.get(app.selected_checkpoint()).model
    round_trip = to_images(decode(model, encode(model, to_pixels([first]))))[0]
    assert np.array_equal(pixels(given), np.asarray(round_trip))
    assert not np.array_equal(pixels(given), np.asarray(first))


def test_the_first_pass_is_saved_when_wanted(app, tmp_path):
    settings = {"save_images_before_highres_fix": True, "outdir_txt2img_samples": str(tmp_path)}
    run(app, settings=settings, enable_hr=True, save_images=True)

    sizes = {path.name.split("-", 1)[-1]: Image.open(path).size for path in tmp_path.rglob("*.png")}
    assert sizes == {"1-before-highres-fix.png": (64, 64), "1.png": (128, 128)}


def test_a_final_size_beyond_the_limit_is_refused(app):
    with pytest.raises(InputError, match="8192x8192"):
        run(app, enable_hr=True, width=2048, height=2048, hr_scale=4)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"hr_upscaler": "nothing like it"}, UnknownNameError),
        ({"hr_checkpoint_name": "missing"}, UnknownNameError),
        ({"hr_sampler_name": "missing"}, UnknownNameError),
        ({"hr_scale": 0}, InputError),
        ({"hr_resize_x": -8}, InputError),
        ({"denoising_strength": 1.5}, InputError),
        ({"hr_second_pass_steps": 10**6}, InputError),
        ({"refiner_checkpoint": "missing", "refiner_switch_at": 0.5}, UnknownNameError),
        ({"refiner_checkpoint": "b", "refiner_switch_at": 2}, InputError),
    ],
)
def test_bad_input_is_told(app, wrong, error):
    with pytest.raises(error):
        run(app, enable_hr=True, **wrong)


# --- refiner --------------------------------------------------------------------------------------------------------


def refined(app, switch_at, **changes):
    return run(app, refiner_checkpoint="b", refiner_switch_at=switch_at, steps=6, **changes)


def test_the_refiner_takes_over_on_the_way(app):
    pictures = [pixels(refined(app, at)) for at in (0.3, 0.7, 1.0)]

    assert not np.array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[1], pictures[2])
    assert parameters(refined(app, 0.3))["Refiner"].startswith("b [")
    assert app.selected_checkpoint().name_for_extra == "a"


def test_from_the_beginning_it_is_the_other_checkpoint(app):
    alone = run(app, steps=6, settings={"sd_model_checkpoint": "b"})
    assert np.array_equal(pixels(refined(app, 0.0)), pixels(alone))


def test_the_next_image_begins_with_the_base_again(app):
    two = refined(app, 0.5, n_iter=2)
    assert np.array_equal(pixels(two, 1), pixels(refined(app, 0.5, seed=2)))


def test_steps_and_timesteps_are_counted_differently(app):
    by_timesteps = refined(app, 0.7, scheduler="Karras")
    by_steps = refined(app, 0.7, scheduler="Karras", settings={"refiner_switch_by_sample_steps": True})

    assert not np.array_equal(pixels(by_timesteps), pixels(by_steps))
    assert parameters(by_steps)["Refiner switch by sampling steps"] == "True"
    assert "Refiner switch by sampling steps" not in parameters(by_timesteps)


def test_with_hires_the_setting_says_in_which_pass(app):
    pictures = [
        pixels(refined(app, 0.2, enable_hr=True, settings={"hires_fix_refiner_pass": passes}))
        for passes in ("first pass", "second pass", "both passes")
    ]
    assert not any(np.array_equal(pictures[i], pictures[j]) for i, j in ((0, 1), (0, 2), (1, 2)))


def test_it_is_in_the_info(app):
    info = refined(app, 0.5).info
    assert json.loads(json.dumps(info))["extra_generation_params"]["Refiner switch at"] == 0.5
