"""The page in the colours of a Gradio theme."""

import json
import re

import pytest
from gradio.themes import Base, GoogleFont, ThemeClass

from modules.core.options import Settings
from modules.frontend.gradio_themes import BUILT_IN, read_look
from modules.frontend.theme_colours import SURFACES, UNDER_TEXT, contrast, first_colour, readable

PAIR = re.compile(r"--easel-([\w-]+): light-dark\(#(\w{6}), #(\w{6})\);")


def look_for(name, folder, cache=True):
    return read_look(Settings({"gradio_theme": name, "gradio_themes_cache": cache}), folder)


def tokens(look):
    """The tokens of light and of dark."""
    found = PAIR.findall(look.style)
    return [{row[0]: tuple(bytes.fromhex(row[number])) for row in found} for number in (1, 2)]


def test_our_own_look_is_the_default(tmp_path):
    for name in ("Default", "", " "):
        look = look_for(name, tmp_path)
        assert look.style == "" and look.notices == ()


@pytest.mark.parametrize("name", BUILT_IN)
def test_texts_are_readable_with_every_theme_light_and_dark(name, tmp_path):
    look = look_for(name, tmp_path)
    assert look.notices == () and list(tmp_path.iterdir()) == []
    for colours in tokens(look):
        assert len(colours) >= 16, "a theme says nearly all"
        for surface in (*SURFACES, *UNDER_TEXT):
            assert contrast(colours["text"], colours[surface]) >= 4.5
        assert contrast(colours["text-quiet"], colours["page"]) >= 4.5
        assert contrast(colours["on-primary"], colours["primary"]) >= 4
        assert contrast(colours["line-field"], colours["field"]) >= 1.25


def test_themes_differ_and_dark_is_darker(tmp_path):
    pages = {name: tokens(look_for(name, tmp_path)) for name in ("gradio/soft", "gradio/citrus", "MONOCHROME")}
    assert len({str(light["primary"]) for light, _dark in pages.values()}) == 3
    assert all(sum(dark["page"]) < sum(light["page"]) for light, dark in pages.values())


def test_nothing_is_fetched_from_elsewhere_for_a_font(tmp_path):
    for name in BUILT_IN:
        assert "googleapis" not in all_css(look_for(name, tmp_path))
    theme = Base(font=[GoogleFont("Comic Neue"), GoogleFont("Montserrat"), GoogleFont("x;} body {")])
    (tmp_path / "me_comic.json").write_text(dumped(theme), encoding="utf-8")
    look = look_for("me/comic", tmp_path)
    assert "googleapis" not in all_css(look) and "static/fonts/Montserrat" in all_css(look)
    assert "--easel-font: 'Comic Neue', 'Montserrat';" in look.style and "body" not in look.style


def all_css(look):
    return look.theme._get_theme_css() + str(look.theme._stylesheets)


def dumped(theme, **changed):
    from gradio.themes.utils.fonts import FontEncoder

    values = theme.to_dict()
    values["theme"].update(changed)
    return json.dumps(values, cls=FontEncoder)


def test_a_theme_that_was_fetched_is_there_without_a_network(tmp_path, monkeypatch):
    fetched = []

    def from_hub(name):
        fetched.append(name)
        return BUILT_IN["gradio/ocean"]()

    monkeypatch.setattr(ThemeClass, "from_hub", from_hub)  # the network is what is not here
    first, second = look_for("me/sea@1.2", tmp_path), look_for("me/sea@1.2", tmp_path)
    assert fetched == ["me/sea@1.2"] and first.style == second.style != ""
    assert [path.name for path in tmp_path.iterdir()] == ["me_sea@1.2.json"]
    look_for("me/sea@1.2", tmp_path, cache=False)
    assert len(fetched) == 2


def test_without_a_network_one_sentence_says_so_and_the_page_has_its_own_look(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    look = look_for("gradio/seafoam", tmp_path)
    assert look.style == "" and len(look.notices) == 1
    assert look.notices[0].startswith("The Gradio theme 'gradio/seafoam' could not be fetched from huggingface.co")
    assert look.notices[0].endswith("The page has its own look.")


@pytest.mark.parametrize("name", ["../../etc/passwd", "no such theme", "a/b/c", "x" * 5000, "é/ü", "a/../b"])
def test_a_name_that_can_be_none_is_told(name, tmp_path):
    look = look_for(name, tmp_path / "cache")
    assert look.style == "" and "neither one of" in look.notices[0] and len(look.notices[0]) < 500


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"theme": []}', '{"theme": {"body_text_color": ["x"]}}'])
def test_a_broken_file_is_told_or_passed_over(content, tmp_path):
    (tmp_path / "me_x.json").write_text(content, encoding="utf-8")
    look = look_for("me/x", tmp_path)
    assert look.notices == () or "The page has its own look." in look.notices[0]


def test_a_theme_cannot_put_rules_or_scripts_into_the_page(tmp_path):
    hostile = dumped(
        BUILT_IN["gradio/soft"](), body_text_color="red;} </style><script>alert(1)</script>", input_radius="9px;}"
    )
    (tmp_path / "me_x.json").write_text(hostile, encoding="utf-8")
    look = look_for("me/x", tmp_path)
    assert "script" not in look.style and look.style.count("}") == 1
    assert "--easel-radius" not in look.style


@pytest.mark.parametrize(
    ("value", "colour"),
    [
        ("#0af", (0, 170, 255)),
        ("linear-gradient(to right, #102030, white)", (16, 32, 48)),
        ("rgba(255, 0, 0, 0.5)", (255, 127, 127)),
        ("rgb(1 2 3 / 1)", (1, 2, 3)),
        ("white", (255, 255, 255)),
        ("none", None),
        ("var(--color-accent)", None),
        ("", None),
    ],
)
def test_the_first_colour_of_a_value(value, colour):
    assert first_colour(value, (255, 255, 255)) == colour


def test_a_colour_moves_no_further_than_it_must():
    assert readable((0, 0, 0), [(255, 255, 255)], (255, 0, 0)) == (0, 0, 0)
    moved = readable((200, 200, 200), [(255, 255, 255)], (0, 0, 0))
    assert 4.5 <= contrast(moved, (255, 255, 255)) < 6
