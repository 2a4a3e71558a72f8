"""Script files that are changed while the program runs."""

import sys

import pytest

from modules.app.app import build_app
from modules.app.current import set_current
from modules.app.maintenance import reload_scripts
from modules.core.flags import Flags
from modules.plugins.postprocessing import postprocessing_scripts, register_scripts

MENU = """
from modules import scripts

class Greeting(scripts.Script):
    word = {word!r}
    def title(self):
        return "Greeting"
    def run(self, p):
        return self.word
"""
FINISHED = """
from modules import scripts_postprocessing

class Frame(scripts_postprocessing.ScriptPostprocessing):
    name = "Frame"
    def process(self, pp):
        pp.info["Frame"] = {width}
"""


@pytest.fixture
def app(tmp_path):
    (tmp_path / "scripts").mkdir()
    write(tmp_path, "greeting.py", MENU.format(word="hello"))
    write(tmp_path, "frame.py", FINISHED.format(width=1))
    app = build_app(Flags(data_dir=tmp_path, use_cpu=("all",)))
    set_current(app)
    app.make_script_runner("txt2img")
    yield app
    register_scripts([])


def write(data, name, text):
    (data / "scripts" / name).write_text(text)


def greeting(app):
    return app.script_runners["txt2img"].script("Greeting")


def test_a_changed_file_works_at_once_in_the_scripts_that_are_there(app):
    script, frame = greeting(app), postprocessing_scripts()[0]
    script.controls = ["kept"]
    write(app.paths.data, "greeting.py", MENU.format(word="howdy"))  # as long as before, within the same second
    write(app.paths.data, "frame.py", FINISHED.format(width=2))

    assert reload_scripts(app) == ["Read again: frame.py, greeting.py."]
    assert greeting(app) is script
    assert (script.run(None), script.controls) == ("howdy", ["kept"])
    assert frame.process.__code__.co_consts[-1] == 2 or 2 in frame.process.__code__.co_consts
    app.make_script_runner("txt2img")  # Reload UI
    assert greeting(app).run(None) == "howdy"
    assert reload_scripts(app) == ["No script file has changed."]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def f(:\n", "greeting.py could not be loaded: invalid syntax, in line 1."),
        ("\nimport no_such_library\n", "greeting.py could not be loaded: ModuleNotFoundError: No module named"),
        ("a = 1\nraise SystemExit\n", "greeting.py could not be loaded: SystemExit"),
    ],
)
def test_a_broken_file_keeps_its_former_body(app, text, told):
    module = sys.modules["greeting.py"]
    write(app.paths.data, "greeting.py", text)
    for _again in range(2):
        said = reload_scripts(app)
        assert said[-1].startswith(told)
        assert said[-1].endswith("The former version stays in use.")
    assert greeting(app).run(None) == "hello"
    assert sys.modules["greeting.py"] is module

    write(app.paths.data, "greeting.py", MENU.format(word="again"))
    reload_scripts(app)
    assert greeting(app).run(None) == "again"


def test_new_scripts_are_told_and_come_with_the_next_page(app):
    write(app.paths.data, "other.py", MENU.format(word="x").replace("Greeting", "Farewell"))
    write(app.paths.data, "border.py", FINISHED.format(width=3).replace("Frame", "Border"))
    (app.paths.data / "scripts" / "greeting.py").unlink()
    said = reload_scripts(app)

    assert said[0] == "Read again: border.py, other.py."
    assert said[1] == "New, and shown after Reload UI: Border, Farewell."
    assert said[2].startswith("greeting.py is no longer there")
    assert [script.name for script in postprocessing_scripts()] == ["Frame", "Border"]
    assert "Farewell" not in app.script_runners["txt2img"].titles
    app.make_script_runner("txt2img")
    assert {"Farewell", "Greeting"} <= set(app.script_runners["txt2img"].titles)
