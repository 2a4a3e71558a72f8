"""Files of translations: which there are, what is read from them, and what the Chinese one lacks."""

import ast
import json
from dataclasses import replace
from pathlib import Path

import pytest

from modules.core.flags import PROGRAM_FOLDER, parse_flags
from modules.core.option_pages import pages_of
from modules.core.options import OPTIONS
from modules.core.paths import make_paths
from modules.engine.sampling.registry import SAMPLERS
from modules.engine.sampling.sigmas import SCHEDULES
from modules.frontend.gradio_themes import BUILT_IN
from modules.frontend.localization import localization_names, read_localization
from modules.frontend.page_head import head_html
from modules.server.settings import declare_settings

NAMES = [
    "API",
    "CPU",
    "CUDA",
    "GPU",
    "NV",
    "RGB",
    "VAE",
    "SD1",
    "SD2",
    "SDXL",
    "TAESD",
    "CodeFormer",
    "GFPGAN",
    "ComfyUI",
    "Diffusers",
    "DrawThings",
    "EasyDiffusion",
    "InvokeAI",
    "Doggettx",
    "Hypertile",
    "Alt",
    "Ctrl",
    "Shift",
    "bh1",
    "bh2",
    "jpeg",
    "png",
    "webp",
    "logSNR",
    "quad",
    "rho",
    "uniform",
    "vary_coeff",
    "time_uniform",
    "time_quadratic",
]
NAMES += [f"sigma {name}" for name in ("churn", "tmin", "tmax", "noise", "min", "max")]
NAMES += ["Stable Diffusion", "Stable Diffusion 3", "Stable Diffusion XL", "WebUI 1.5", "override_settings"]
NAMES += ["extra_options", *BUILT_IN]
"""Words that are the same in every language."""

SHARE_MISSING = 0.02
"""Texts that came in lately."""


@pytest.fixture
def paths(tmp_path):
    folders = (tmp_path / "program", tmp_path / "data")
    for folder in folders:
        folder.mkdir()
    return replace(make_paths(parse_flags([]), {}), localization_dirs=folders)


def write(folder, name, value):
    (folder / f"{name}.json").write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def test_files_are_those_of_both_folders_and_the_data_wins(paths):
    program, data = paths.localization_dirs
    write(program, "de_DE", {"Generate": "Erzeugen"})
    write(program, "zh_CN", {"Generate": "生成"})
    write(data, "de_DE", {"Generate": "Los", "Empty": "", "Number": 3})
    write(data, "ar_AR", {"rtl": True, "Generate": "توليد"})
    assert localization_names(paths) == ["None", "ar_AR", "de_DE", "zh_CN"]
    assert read_localization(paths, "de_DE").as_data() == {
        "texts": {"Generate": "Los"},
        "rtl": False,
        "language": "de-DE",
    }
    assert read_localization(paths, "ar_AR").as_data()["rtl"] is True
    assert read_localization(paths, "None").as_data() == {}


@pytest.mark.parametrize("content", ["", "{", "[1]", '"text"', "\x00\xff", "[" * 100_000])
def test_a_broken_file_leaves_the_page_in_english_and_says_so(paths, content):
    (paths.localization_dirs[0] / "xx.json").write_text(content, encoding="utf-8")
    read = read_localization(paths, "xx")
    assert read.as_data() == {} and "the page stays in English" in read.notices[0]


@pytest.mark.parametrize("name", ["gone", "../secret", "", "a/b"])
def test_a_name_that_is_no_file_is_not_looked_for_elsewhere(paths, name):
    write(paths.localization_dirs[0].parent, "secret", {"Generate": "x"})
    read = read_localization(paths, name)
    assert read.as_data() == {} and read.notices


def test_a_text_cannot_end_the_script_element_in_the_head():
    head = head_html({}, None, Path("none"), {"texts": {"a": "</script><script>alert(1)</script>"}})
    assert "</script><script>alert" not in head


# --- Simplified Chinese -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chinese():
    return json.loads((PROGRAM_FOLDER / "localizations" / "zh_CN.json").read_text(encoding="utf-8"))


def texts_of_settings():
    declare_settings()
    for page in pages_of(OPTIONS):
        yield from (page.title, page.category)
    for option in OPTIONS:
        if option.kind == "html":
            yield option.default
        elif option.kind != "hidden":
            yield from (option.label, option.help, option.without_effect, *option.choices, *option.suggestions)


def test_the_texts_of_the_settings_are_there_in_chinese(chinese):
    names = {*NAMES, *SAMPLERS.names(), *SCHEDULES.names()}
    upscalers = ("R-ESRGAN", "DAT ")
    texts = set(filter(None, texts_of_settings()))
    missing = [text for text in texts if text not in chinese and text not in names and not text.startswith(upscalers)]
    assert len(missing) <= len(texts) * SHARE_MISSING, f"put into localizations/zh_CN.json: {sorted(missing)}"


def test_translations_keep_numbers_and_places(chinese):
    wrong = [
        original
        for original, text in chinese.items()
        if not text.strip() or original.count("{}") != text.count("{}") or original.count("#") != text.count("#")
    ]
    assert wrong == []


def sentence(node):
    """A text of the program's source, with {} for what is put into it."""
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def test_sentences_with_others_in_them_are_still_said(chinese):
    sources = [ast.parse(path.read_text(encoding="utf-8")) for path in (PROGRAM_FOLDER / "modules").rglob("*.py")]
    said = " ".join({sentence(node) for source in sources for node in ast.walk(source)})
    scripts = " ".join(path.read_text() for path in (PROGRAM_FOLDER / "modules").rglob("*.js"))
    told = [key for key in chinese if "{}" in key and "#" not in key and key.endswith((".", ": {}"))]
    parts = {key: [part.strip() for part in key.split("{}")] for key in told}
    gone = [key for key in told if not all(part in said or part in scripts for part in parts[key])]
    assert len(told) > 40 and gone == []
