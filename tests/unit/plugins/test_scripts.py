"""Script files as an author of extensions writes them: loaded, asked for their controls, called at every hook."""

import dataclasses
import textwrap
from pathlib import Path

import numpy as np
import pytest

from modules.app.app import build_app
from modules.app.current import set_current
from modules.app.script_call import ScriptCall
from modules.core.errors import InputError
from modules.core.flags import Flags
from modules.generation.hooks import Hooks
from modules.generation.img2img_request import Img2ImgRequest
from modules.generation.request import Txt2ImgRequest
from modules.plugins.loading import ScriptFile, basedir, load_problems, load_scripts
from modules.plugins.runner import ScriptRunner, UnknownScriptError
from modules.plugins.script import Script
from tests.golden.evidence import COMMITTED

SMALL = {"prompt": "a cat", "seed": 1, "steps": 3, "width": 64, "height": 64, "sampler_name": "Euler a"}

MENU = """
    from modules import scripts
    from modules.processing import Processed, process_images

    class TwoSizes(scripts.Script):
        def title(self):
            return "Two Sizes"

        def ui(self, is_img2img):
            return [Control(64), Control("")]

        def run(self, p, larger, text):
            first = process_images(p)
            p.width = larger
            if text == "fail":
                raise ValueError("on purpose")
            second = process_images(p)
            return Processed(p, first.images + second.images, p.seed, "sheet",
                             infotexts=first.infotexts + second.infotexts)

    class Control:
        def __init__(self, value):
            self.value, self.elem_id = value, "script_two_sizes_larger"
"""

ALWAYS = """
    from modules import scripts

    class Listener(scripts.Script):
        heard = []

        def title(self):
            return "Listener"

        def show(self, is_img2img):
            return scripts.AlwaysVisible

        def ui(self, is_img2img):
            return [Control(False)]

        def before_process(self, p, on):
            self.heard.append("before_process")
            if on:
                p.width = 96

        def process(self, p, on):
            self.heard.append("process")
            if on:
                p.all_prompts = ["a dog" for _ in p.all_prompts]
                p.extra_generation_params["Listener"] = "on"

        def before_process_batch(self, p, on, batch_number, prompts, seeds, subseeds):
            self.heard.append(("before_process_batch", batch_number, list(prompts), list(seeds)))

        def after_extra_networks_activate(self, p, on, batch_number, prompts, seeds, subseeds, extra_network_data):
            self.heard.append(("after_extra_networks_activate", sorted(extra_network_data)))

        def process_batch(self, p, on, **kwargs):
            self.heard.append("process_batch")

        def process_before_every_sampling(self, p, on, x, noise, c, uc):
            self.heard.append(("process_before_every_sampling", tuple(x.shape), c.length))

        def before_hr(self, p, on):
            self.heard.append(("before_hr", p.is_hr_pass))

        def on_mask_blend(self, p, mba, on):
            self.heard.append(("on_mask_blend", mba.is_final_blend))

        def post_sample(self, p, ps, on):
            self.heard.append(("post_sample", tuple(ps.samples.shape)))

        def postprocess_batch(self, p, on, images, batch_number):
            self.heard.append(("postprocess_batch", tuple(images.shape)))

        def postprocess_batch_list(self, p, pp, on, batch_number):
            self.heard.append(("postprocess_batch_list", len(pp.images)))

        def postprocess_image(self, p, pp, on):
            self.heard.append(("postprocess_image", p.batch_index))
            if on:
                pp.image = pp.image.convert("L").convert("RGB")

        def postprocess_maskoverlay(self, p, ppmo, on):
            self.heard.append(("postprocess_maskoverlay", ppmo.overlay_image is not None))

        def postprocess_image_after_composite(self, p, pp, on):
            self.heard.append("postprocess_image_after_composite")

        def postprocess(self, p, processed, on):
            self.heard.append(("postprocess", len(processed.images)))
            raise RuntimeError("what a script raises never ends the job")

    class Control:
        def __init__(self, value):
            self.value = value
"""

BROKEN = """
    import no_such_library_at_all
"""


def write_script(folder, name, text):
    (folder / "scripts").mkdir(parents=True, exist_ok=True)
    path = folder / "scripts" / name
    path.write_text(textwrap.dedent(text))
    return ScriptFile(folder, path)


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    flags = dataclasses.replace(Flags(), data_dir=data, ckpt=COMMITTED / "tiny-random.safetensors", use_cpu=("all",))
    app = build_app(flags)
    set_current(app)
    return app


@pytest.fixture
def make_runner(tmp_path):
    def make(*texts, is_img2img=False):
        files = [write_script(tmp_path, f"{i}_script.py", text) for i, text in enumerate(texts)]
        runner = ScriptRunner(load_scripts(files), is_img2img=is_img2img)
        for script in runner.scripts:
            runner.add_controls(script, script.ui(is_img2img))
        return runner

    return make


def run(app, runner, args, request=None):
    return app.generate(request or Txt2ImgRequest(**SMALL), scripts=ScriptCall(runner, args))


def test_a_script_of_the_menu_makes_the_pictures_and_is_found_by_its_name(app, make_runner):
    runner = make_runner(MENU)
    result = run(app, runner, runner.args_for("two sizes", [96]))

    assert [image.image.size for image in result.images] == [(64, 64), (96, 64)]
    assert "Size: 96x64" in result.images[1].infotext
    assert result.info["seed"] == 1


def test_without_a_chosen_script_the_program_makes_the_pictures(app, make_runner):
    runner = make_runner(MENU)
    assert [image.image.size for image in run(app, runner, runner.default_args()).images] == [(64, 64)]


def test_what_a_script_of_the_menu_raises_is_told_in_one_sentence(app, make_runner):
    runner = make_runner(MENU)
    with pytest.raises(InputError, match="The script Two Sizes failed: ValueError: on purpose"):
        run(app, runner, runner.args_for("Two Sizes", [96, "fail"]))


def test_every_hook_is_called_in_its_order_and_none_can_end_the_job(app, make_runner):
    runner = make_runner(ALWAYS)
    heard = type(runner.scripts[0]).heard
    request = Txt2ImgRequest(**{**SMALL, "prompt": "a cat <lora:none:1>"}, enable_hr=True, hr_upscaler="Latent")
    result = run(app, runner, runner.default_args(), request)

    assert len(result.images) == 1
    assert result.comments[-1].startswith("The script Listener failed at postprocess and was passed over: RuntimeError")
    assert heard == [
        "before_process",
        "process",
        ("before_process_batch", 0, ["a cat <lora:none:1>"], [1]),
        ("after_extra_networks_activate", ["lora"]),
        "process_batch",
        ("process_before_every_sampling", (1, 4, 8, 8), 77),
        ("before_hr", True),
        ("process_before_every_sampling", (1, 4, 16, 16), 77),
        ("post_sample", (1, 4, 16, 16)),
        ("postprocess_batch", (1, 3, 128, 128)),
        ("postprocess_batch_list", 1),
        ("postprocess_image", 0),
        "postprocess_image_after_composite",
        ("postprocess", 1),
    ]


def test_hooks_of_masks_are_called_at_each_step_and_at_the_end(app, make_runner):
    runner = make_runner(ALWAYS, is_img2img=True)
    heard = type(runner.scripts[0]).heard
    picture = app.txt2img(Txt2ImgRequest(**SMALL)).images[0].image
    mask = picture.convert("L").point(lambda value: 255 if value > 128 else 0)
    request = Img2ImgRequest(**SMALL, init_images=(picture,), mask=mask, denoising_strength=0.9)
    run(app, runner, runner.default_args(), request)

    blends = [final for name, final in (entry for entry in heard if entry[0] == "on_mask_blend")]
    assert len(blends) >= 2
    assert blends[-1] is True
    assert not any(blends[:-1])
    assert ("postprocess_maskoverlay", True) in heard


def test_a_script_that_is_always_there_changes_size_prompt_infotext_and_picture(app, make_runner):
    runner = make_runner(ALWAYS)
    image = run(app, runner, runner.args_for(None, always_on={"Listener": [True]})).images[0]

    assert image.image.size == (96, 64)
    assert image.infotext.startswith("a dog\n")
    assert "Listener: on" in image.infotext
    red, green, blue = np.moveaxis(np.asarray(image.image), -1, 0)
    assert (red == green).all()
    assert (green == blue).all()


def test_a_broken_file_does_not_keep_others_from_loading(make_runner, caplog):
    runner = make_runner(BROKEN, MENU)

    assert runner.titles == ["Two Sizes"]
    assert "0_script.py could not be loaded" in caplog.text
    assert load_problems == [
        "0_script.py could not be loaded: ModuleNotFoundError: No module named 'no_such_library_at_all', in line 2."
    ]


def test_an_extension_finds_its_own_folder_while_it_loads(tmp_path):
    text = "from modules import scripts\nFOLDER = scripts.basedir()\nclass A(scripts.Script):\n    pass\n"
    data = load_scripts([write_script(tmp_path, "a.py", text)])[0]

    assert Path(data.module.FOLDER) == tmp_path
    assert data.script_class.__module__ == "a.py"
    assert basedir() != str(tmp_path)


def test_values_that_a_script_does_not_take_are_dropped_if_it_is_always_there(make_runner):
    runner = make_runner(MENU, ALWAYS)
    other = runner.script("Listener")

    values = runner.args_for("Two Sizes", [96], always_on={"listener": [True, "for another version", 3]})

    assert values[other.args_from :] == [True]
    assert values[1] == 96


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ({"name": "nobody"}, "Script 'nobody' not found"),
        ({"name": "Listener"}, "always there"),
        ({"name": "two sizes", "args": [1, 2, 3]}, "takes 2 values, not 3"),
        ({"name": None, "always_on": {"two sizes": []}}, "entry of the menu"),
        ({"name": None, "always_on": {"nobody": []}}, "not found"),
    ],
)
def test_wrong_names_and_values_are_told(make_runner, call, told):
    with pytest.raises(UnknownScriptError, match=told):
        make_runner(MENU, ALWAYS).args_for(**call)


def test_a_named_value_is_set(make_runner):
    runner = make_runner(MENU)
    args = runner.default_args()
    runner.set_named_arg(args, "two sizes", "larger", 80, fuzzy=True)
    assert args == [0, 80, ""]


def test_every_hook_of_the_flow_is_one_of_scripts():
    hooks = {name for name in vars(Hooks) if not name.startswith("_")} - {"wants"}
    assert hooks <= set(vars(Script))
    assert all(vars(ScriptRunner).get(name) is not None for name in hooks)
