"""Style sheets and scripts, as files: complete, readable, nothing fetched from elsewhere."""

import re

import pytest

from modules.frontend.page_head import ASSETS, STYLE_SHEETS, head_html, json_in_html, theme_script
from modules.frontend.theme import COLOURS

SHEETS = {path.stem: path.read_text() for path in (ASSETS / "css").glob("*.css")}
SCRIPTS = {path.stem: path.read_text() for path in (ASSETS / "javascript").glob("*.js")}
TOKENS = dict(re.findall(r"(--easel-[\w-]+):\s*([^;]+);", SHEETS["tokens"]))

# Pairs of text and what it stands on, with the contrast that WCAG AA asks for.
TEXTS = [
    *(("text", ground, 4.5) for ground in ("page", "panel", "field", "button", "button-hover", "accent-soft", "well")),
    *(("text-quiet", ground, 4.5) for ground in ("page", "panel", "field", "button", "well")),
    *(("danger", ground, 4.5) for ground in ("page", "panel", "field")),
    *(("link", ground, 4.5) for ground in ("page", "panel")),
    ("warning", "page", 4.5),
    ("on-primary", "primary", 4.5),
    ("on-primary", "primary-hover", 4.5),
    *(("accent", ground, 3) for ground in ("page", "panel", "field")),
    *(("focus", ground, 3) for ground in ("page", "panel", "field")),
]


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def colour(token, scheme):
    found = re.findall(r"#[0-9a-f]{6}", TOKENS[f"--easel-{token}"])
    return found[min(scheme, len(found) - 1)]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground", "least"), TEXTS)
def test_text_stands_out_from_its_ground(text, ground, least, scheme):
    one, other = sorted((luminance(colour(text, scheme)), luminance(colour(ground, scheme))), reverse=True)
    assert (one + 0.05) / (other + 0.05) >= least


def test_every_style_sheet_is_linked():
    assert set(STYLE_SHEETS) == set(SHEETS)


def test_every_token_used_is_defined():
    everything = "\n".join(SHEETS.values())
    defined = set(re.findall(r"(--(?:easel|icon)[\w-]*):", everything)) | {"--easel-left", "--easel-gallery-height"}
    used = set(re.findall(r"var\((--(?:easel|icon)[\w-]*)", everything))
    used |= {f"--easel-{token}" for token in COLOURS.values() if token != "none"}
    assert used <= defined
    assert set(TOKENS) <= used, "a token that nothing uses"


def test_no_style_sheet_knows_the_names_of_one_build_of_gradio():
    assert not [name for name, text in SHEETS.items() if ".svelte-" in text.replace("`.svelte-…`", "")]


def test_every_script_is_reached_from_the_first():
    reached, waiting = set(), ["main"]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += re.findall(r'from "\./(\w+)\.js"', SCRIPTS[name])
    assert reached == set(SCRIPTS)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_imports_what_is_exported(name):
    for names, source in re.findall(r'import \{([^}]*)\} from "\./(\w+)\.js"', SCRIPTS[name]):
        exported = set(re.findall(r"export (?:async )?(?:function|const|class) (\w+)", SCRIPTS[source]))
        assert {part.strip() for part in names.split(",") if part.strip()} <= exported


def test_nothing_comes_from_another_machine():
    starting = (ASSETS / "starting.html").read_text()
    for text in [*SHEETS.values(), *SCRIPTS.values(), starting]:
        assert not re.findall(r"(?:https?:)?//[\w.-]+\.\w+", text.replace("http://www.w3.org/2000/svg", ""))


def test_the_starting_page_is_small_and_whole():
    text = (ASSETS / "starting.html").read_bytes()
    assert len(text) < 6 * 1024
    assert b"src=" not in text and b"@import" not in text


def test_values_in_the_head_cannot_end_their_script():
    text = json_in_html({"x": "</script><script>alert(1)</script>"})
    assert "<" not in text


@pytest.mark.parametrize(
    ("theme", "forced"), [("light", '"light"'), ("dark", '"dark"'), (None, "null"), ("'x", "null")]
)
def test_only_known_themes_are_forced(theme, forced):
    assert f"t={forced};" in theme_script(theme)


def test_a_persons_own_style_sheet_comes_last(tmp_path):
    style = tmp_path / "user.css"
    assert "<style>" not in head_html({}, None, style)
    style.write_text("body { color: red } </style><script>")
    head = head_html({}, None, style)
    assert head.rstrip().endswith("</style>") and head.count("</style>") == 1
