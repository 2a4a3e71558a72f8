"""The job that scripts see stands for its request, and the request for it."""

import dataclasses

import pytest
from PIL import Image

from modules.core.errors import InputError
from modules.core.options import Settings
from modules.core.progress import Progress
from modules.generation.each_image import find_each_image
from modules.generation.img2img_request import Img2ImgRequest
from modules.generation.job import KINDS, NOT_IN_REQUESTS, read_job, start_job
from modules.generation.request import Txt2ImgRequest
from modules.generation.styles import Style

PICTURE = Image.new("RGB", (8, 8), "red")
MASK = Image.new("L", (8, 8), 255)
REQUESTS = [
    Txt2ImgRequest(
        prompt="a", styles=("x",), seed=5, enable_hr=True, hr_scale=1.5, steps=7, override_settings={"a": 1}, eta=0.5
    ),
    Img2ImgRequest(prompt="b", init_images=(PICTURE,), mask=MASK, mask_blur=3, inpainting_fill=1, save_images=True),
]


class NoProgram:
    """A job that is not run needs none."""


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: type(request).__name__)
def test_a_job_that_nobody_changed_is_its_request(request_):
    assert read_job(start_job(request_, NoProgram(), Progress("t"))) == request_


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_scripts_see_every_field_of_a_request(kind):
    names = {field.name for field in dataclasses.fields(kind)} - NOT_IN_REQUESTS
    assert names <= {field.name for field in dataclasses.fields(KINDS[kind])}


def test_what_a_script_changes_is_read():
    job = start_job(REQUESTS[1], NoProgram(), Progress("t"))
    job.width, job.init_images, job.image_mask, job.do_not_save_samples = 64, [MASK], None, True

    request = read_job(job)

    assert (request.width, request.init_images, request.mask, request.save_images) == (64, (MASK,), None, False)


def test_a_mistake_of_a_script_is_told():
    job = start_job(REQUESTS[0], NoProgram(), Progress("t"))
    job.steps = 0
    with pytest.raises(InputError, match="Sampling steps"):
        read_job(job)
    job.steps, job.prompt = 1, []
    with pytest.raises(InputError, match="empty list"):
        read_job(job)


def test_every_image_may_have_a_prompt_and_a_seed_of_its_own():
    each = find_each_image(
        Txt2ImgRequest(negative_prompt="n", seed=9),
        Settings(),
        [Style("s", "very {prompt}", "no")],
        prompts=["a # not this", "b"],
        seeds=[4, 4],
    )
    assert [prompt.strip() for prompt in each.prompts] == ["very a", "very b"]
    assert each.negative_prompts == ("n, no", "n, no")
    assert each.seeds == (4, 4)
    assert each.subseeds[1] == each.subseeds[0] + 1


def test_too_few_seeds_are_told():
    with pytest.raises(InputError, match="1 seeds for 2 images"):
        find_each_image(Txt2ImgRequest(), Settings(), prompts=["a", "b"], seeds=[1])
