"""The controls of img2img become a request, an infotext sets them, and a picture is sent there."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from modules.app.app import build_app
from modules.core.errors import InputError
from modules.core.flags import Flags
from modules.frontend import canvas_pictures
from modules.frontend.paste import paste_updates, read_pasted
from modules.frontend.tabs import img2img
from modules.frontend.tabs.img2img_jobs import make_request
from modules.frontend.tabs.sending import sent_values
from modules.generation.request import Txt2ImgRequest

GOLDEN = Path(__file__).parents[2] / "data" / "golden"
INFOTEXT = (
    "a cat\nNegative prompt: bad\nSteps: 9, Sampler: Euler a, Schedule type: Automatic, CFG scale: 3.5, Seed: 5, "
    "Size: 64x72, Denoising strength: 0.4, Mask blur: 7, Inpaint area: Only masked, Masked area padding: 48"
)


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    (folder / "models" / "Stable-diffusion").mkdir(parents=True)
    for file in GOLDEN.glob("tiny-random.*"):
        shutil.copy(file, folder / "models" / "Stable-diffusion")
    return build_app(replace(Flags(), data_dir=folder))


@pytest.fixture(scope="module")
def tab(app):
    return img2img.create_tab(app)


@pytest.fixture
def ask(tab, tmp_path, monkeypatch):
    """The request that the tab makes of its controls as they begin, some of them changed."""
    monkeypatch.setattr(canvas_pictures, "upload_folder", lambda: tmp_path)
    Image.new("RGB", (40, 30), (9, 9, 9)).save(tmp_path / "p.png")

    def made(mode="img2img", resize_by=False, **changed):
        by_id = {field.component.elem_id: field for field in tab.fields}
        values = [changed.get(field.component.elem_id, field.component.value) for field in tab.fields]
        sent = {"mode": mode, "picture": str(tmp_path / "p.png"), "resize_by": resize_by}
        payload = img2img.Field("", img2img.hidden_text("payload"))
        inpaint = img2img.InpaintControls(
            *(
                by_id[name].component
                for name in (
                    "img2img_mask_blur",
                    "img2img_mask_alpha",
                    "img2img_mask_mode",
                    "img2img_inpainting_fill",
                    "img2img_inpaint_full_res",
                    "img2img_inpaint_full_res_padding",
                )
            )
        )
        scale = by_id["img2img_scale"].component
        return make_request([*tab.fields, payload], [*values, json.dumps(sent)], inpaint, scale)

    return made


def test_the_page_has_a1111s_defaults_which_are_not_those_of_the_api(ask):
    request = ask("inpaint")
    assert (request.denoising_strength, request.resize_mode) == (0.75, 0)
    assert (request.blur, request.inpainting_fill, request.inpainting_mask_invert) == ((4, 4), 1, 0)
    assert (request.inpaint_full_res, request.inpaint_full_res_padding) == (False, 32)
    assert (request.width, request.height) == (512, 512)
    assert request.mask.size == request.init_images[0].size == (40, 30)
    assert ask("img2img").mask is None


def test_groups_are_read_by_their_place(ask):
    request = ask(
        "inpaint",
        resize_mode="Resize and fill",
        img2img_mask_mode="Inpaint not masked",
        img2img_inpainting_fill="latent noise",
        img2img_inpaint_full_res="Only masked",
    )
    assert (request.resize_mode, request.inpainting_mask_invert, request.inpainting_fill) == (2, 1, 2)
    assert request.inpaint_full_res is True


def test_resize_by_takes_the_pictures_size(ask):
    request = ask(resize_by=True, img2img_scale=2.5)
    assert (request.width, request.height) == (100, 75)


def test_a_width_that_does_not_count_may_be_wrong(ask):
    assert ask(resize_by=True, img2img_scale=2, img2img_width=None).width == 80


@pytest.mark.parametrize("value", [None, "none of them", 3, ["fill"], {}])
def test_no_entry_of_a_group_is_refused(ask, value):
    with pytest.raises(InputError, match="choose one of"):
        ask("inpaint", img2img_inpainting_fill=value)


def test_an_infotext_sets_the_controls_of_inpainting(tab):
    updates, notes = paste_updates(tab.fields, read_pasted(INFOTEXT, None))
    pairs = zip(tab.fields, updates, strict=True)
    values = {field.component.elem_id: update["value"] for field, update in pairs if "value" in update}
    assert notes == []
    assert values["img2img_denoising_strength"] == 0.4
    assert values["img2img_mask_blur"] == 7
    assert values["img2img_inpaint_full_res"] == "Only masked"
    assert values["img2img_inpaint_full_res_padding"] == 48
    assert values["img2img_mask_mode"] == "Inpaint masked", "what is not written has its default"
    assert values["img2img_inpainting_fill"] == "original"


def test_an_infotext_without_a_mask_leaves_them(tab):
    text = INFOTEXT.partition(", Mask blur")[0]
    updates, _notes = paste_updates(tab.fields, read_pasted(text, None))
    pairs = zip(tab.fields, updates, strict=True)
    assert "img2img_mask_blur" not in {field.component.elem_id for field, update in pairs if "value" in update}


def test_prompts_steps_seed_and_the_pictures_size_come_along(app):
    sent = json.dumps({"infotext": INFOTEXT, "width": 96, "height": 80, "mode": "img2img"})
    expected = {"prompt": "a cat", "negative_prompt": "bad", "steps": 9, "seed": 5, "width": 96, "height": 80}
    assert sent_values(app, sent, with_parameters=True) == expected
    assert sent_values(app, sent, with_parameters=False) == {"width": 96, "height": 80}
    for_inpainting = sent.replace('"img2img"', '"inpaint"')
    assert "width" not in sent_values(app, for_inpainting, with_parameters=True)
    assert expected.keys() <= set(Txt2ImgRequest.__dataclass_fields__)


def test_seed_and_size_stay_if_so_set(app):
    sent = json.dumps({"infotext": INFOTEXT, "width": 96, "height": 80, "mode": "img2img"})
    app.set_options({"send_seed": False, "send_size": False})
    try:
        assert sent_values(app, sent, with_parameters=True).keys() == {"prompt", "negative_prompt", "steps"}
    finally:
        app.set_options({"send_seed": True, "send_size": True})


@pytest.mark.parametrize("text", ["", None, "{", "[]", "7", '{"infotext": 5, "width": "x"}', 9])
def test_a_message_that_is_none_changes_nothing(app, text):
    values = sent_values(app, text, with_parameters=True)
    assert values.keys() <= {"prompt"}
