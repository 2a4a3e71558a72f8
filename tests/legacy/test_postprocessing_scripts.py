"""Scripts for finished pictures, written for A1111: in the chain, in the tab, in the API, in txt2img."""

import base64
import io
import json

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from modules.api.server import create_server
from modules.app.app import build_app
from modules.app.current import set_current
from modules.app.extras import ExtrasRequest, Source, run_extras
from modules.core.errors import InputError
from modules.core.flags import Flags
from modules.enhance.extras.chain import OPERATIONS, shown_operations
from modules.enhance.extras.cropping import FocalValues
from modules.enhance.extras.flipping import FlipValues
from modules.frontend.tabs import extras
from modules.plugins.postprocessing import PostprocessedImage, postprocessing_scripts, register_scripts, start_values
from modules.server.boot import make_script_controls
from tests.api.conftest import make_app
from tests.legacy.postprocessing_scripts import save_script

RED = Image.new("RGB", (32, 32), "red")


@pytest.fixture
def app(tmp_path):
    save_script(tmp_path)
    app = build_app(Flags(data_dir=tmp_path, use_cpu=("all",)))
    set_current(app)
    app.load_script_files()
    yield app
    register_scripts([])


def on(**values):
    return {"Invert": {"enable": True, "turned": 0, "mode": 0, **values}}


def colours(result):
    return [image.image.convert("RGB").getpixel((16, 16)) for image in result.images]


def test_a_script_is_an_operation_in_its_place(app):
    names = [entry.name for entry in shown_operations([], [])]
    assert names[:3] == ["Upscale", "Invert", "GFPGAN"]
    assert "Invert" not in [entry.name for entry in shown_operations([], ["Invert"])]


def test_it_changes_the_picture_its_infotext_its_caption_and_makes_others(app):
    flips = {"Create flipped copies": FlipValues(("Horizontal",))}
    result = run_extras(app, [Source(RED, "one.png")], ExtrasRequest({**on(turned=1, mode=1), **flips}))

    assert colours(result) == [(0, 255, 255)] * 3  # the turned copy was done: it was not flipped
    assert result.images[0].infotext == "Invert mode: 1"
    folder = app.paths.data / "outputs" / "extras-images"
    assert sorted(path.name for path in folder.glob("*.png")) == [
        "one-flip-horizontal.png",
        "one-turned.png",
        "one.png",
    ]
    assert (folder / "one.txt").read_text() == "inverted"


def test_the_size_that_it_aims_at_is_that_of_the_operations_for_training(app):
    result = run_extras(app, [Source(RED)], ExtrasRequest({**on(), "Auto focal point crop": FocalValues(faces=0)}))
    assert result.images[0].image.size == (64, 64)


def test_what_it_raises_is_told_in_one_sentence(app):
    with pytest.raises(InputError, match="The script Invert failed: ValueError: too many"):
        run_extras(app, [Source(RED)], ExtrasRequest(on(turned=3)))
    with pytest.raises(InputError, match="The script Invert failed: TypeError"):
        run_extras(app, [Source(RED)], ExtrasRequest({"Invert": {}}))


def test_the_tab_has_its_controls_and_reads_them(app):
    made = extras.create_tab(app)
    labels = [field.label for field in made.fields]
    assert labels[labels.index("Invert") :][:4] == ["Invert", "Invert", "Turned copies", "Invert what"]
    extras.tell_scripts_of_new_picture()
    assert postprocessing_scripts()[0].changed == 1
    assert start_values() == {"Invert": {"enable": False, "turned": 1, "mode": 0}}


def test_scripts_that_cannot_be_are_passed_over(app, caplog, tmp_path):
    head = "from modules import scripts_postprocessing as s\nclass A(s.ScriptPostprocessing):\n"
    save_script(tmp_path, "a.py", f"{head}    name = 'Upscale'\n")
    save_script(tmp_path, "b.py", f"{head}    order = 'x'\n")
    app.script_classes = None
    app.load_script_files()
    assert [script.name for script in postprocessing_scripts()] == ["Invert"]
    assert "there is an operation Upscale already" in caplog.text
    assert "b.py could not be started" in caplog.text
    assert OPERATIONS.get("Upscale").script is None


def test_suffixes_of_names_are_told_apart():
    picture = PostprocessedImage(RED)
    assert picture.get_suffix() == ""
    copy = picture.create_copy(RED, nametags=["a", "b"])
    used: dict[str, int] = {}
    assert [copy.get_suffix(used) for _ in range(3)] == ["-a-b", "-a-b-1", "-a-b-2"]


@pytest.fixture
def client(tmp_path):
    save_script(tmp_path)
    app = make_app(tmp_path)
    app.make_script_controls = make_script_controls
    app.set_options({"postprocessing_enable_in_main_ui": ["Invert"]})
    set_current(app)
    yield TestClient(create_server(app), raise_server_exceptions=False)
    register_scripts([])


def picture_of(data):
    return Image.open(io.BytesIO(base64.b64decode(data)))


def test_the_api_calls_it_with_what_its_controls_start_with(client):
    buffer = io.BytesIO()
    RED.save(buffer, "PNG")
    body = {"image": base64.b64encode(buffer.getvalue()).decode(), "upscaler_1": "None"}
    reply = client.post("/sdapi/v1/extra-single-image", json=body)
    assert reply.status_code == 200, reply.text
    assert picture_of(reply.json()["image"]).getpixel((0, 0)) == (255, 0, 0)


def test_pictures_of_txt2img_go_through_it_if_a_setting_says_so(client):
    small = {"prompt": "a cat", "seed": 1, "steps": 1, "width": 64, "height": 64}
    plain = client.post("/sdapi/v1/txt2img", json=small).json()
    scripts = {"invert": {"args": [True, True, 0, 0]}}
    inverted = client.post("/sdapi/v1/txt2img", json={**small, "alwayson_scripts": scripts}).json()
    before, after = (picture_of(reply["images"][0]).getpixel((9, 9)) for reply in (plain, inverted))
    assert after == tuple(255 - value for value in before)
    assert "Invert mode: 0" in json.loads(inverted["info"])["infotexts"][0]
