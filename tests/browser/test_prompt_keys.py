"""Keys that edit prompts: weights, the order of elements, hotkeys of one's own."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import IDLE

PROMPT = "#txt2img_prompt textarea"
MODULES = "/webui-assets/javascript/"
DELIMITERS = ".,\\/!?%^*;:{}=`~() \t\r\n"

WEIGHTS = [
    # before, direction, after; | is the caret, or two of them the selection
    ("a c|at on a mat", 1, "a (|cat|:1.1) on a mat"),
    ("a (|cat|:1.1) on a mat", 1, "a (|cat|:1.2) on a mat"),
    ("a (|cat|:1.1) on a mat", -1, "a |cat| on a mat"),
    ("a (cat:0.9|5)", 1, "a (|cat|:1.05)"),
    ("a (b|lack cat:1.3)", -1, "a (|black cat|:1.2)"),
    ("(((c|at)))", 1, "(|cat|:1.431)"),
    ("[[c|at]]", 1, "(|cat|:0.92645)"),
    ("|a cat |on", 1, "(|a cat|:1.1) on"),
    ("|(a cat:1.1)|", -1, "|a cat|"),
    ("a <lora:x|y:0.8> b", 1, "a <lora:x|y:0.85> b"),
    ("<lora:x|y>", -1, "<lora:x|y:0.95>"),
    ("<lora:x|y:1:0.5>", 1, "<lora:x|y:1.05:0.5>"),
    ("\\(a| b\\)", 1, "\\((|a|:1.1) b\\)"),
    ("(outer (in|ner) outer)", 1, "(outer (|inner|:1.2) outer)"),
    ("(cat:-0.1|)", -1, "(|cat|:-0.2)"),
    ("a , | b", 1, None),
    ("|", 1, None),
]

MOVES = [
    ("a, b|b, c", -1, "b|b, a, c"),
    ("a, b|b, c", 1, "a, c, b|b"),
    ("|a, b", -1, None),
    ("a, b|", 1, None),
    ("a, (b, |c:1.2), d", -1, "(b, |c:1.2), a, d"),
    ("a, |b, c|, d", 1, "a, d, |b, c|"),
    ("a (, b|b", -1, "b|b, a ("),
    ("one,\n  t|wo", -1, "t|wo,\n  one"),
]


def unmarked(text):
    places = [i for i, character in enumerate(text) if character == "|"]
    return text.replace("|", ""), places[0], places[-1] - (len(places) - 1)


def marked(result):
    if result is None:
        return None
    text, begin, end = result["text"], result["begin"], result["end"]
    selected = f"|{text[begin:end]}|" if end > begin else "|"
    return text[:begin] + selected + text[end:]


def test_weights_are_changed(page):
    script = f"""async (cases) => {{
        const {{ changeWeight }} = await import("{MODULES}prompt_weights.js");
        return cases.map(([text, begin, end, direction, delimiters]) => changeWeight(
            text, begin, end, direction, {{ steps: {{ bracket: 0.1, network: 0.05 }}, delimiters }}));
    }}"""
    results = page.evaluate(script, [[*unmarked(before), direction, DELIMITERS] for before, direction, _ in WEIGHTS])
    assert [marked(result) for result in results] == [after for _, _, after in WEIGHTS]


def test_elements_are_moved(page):
    script = f"""async (cases) => {{
        const {{ moveElements }} = await import("{MODULES}prompt_elements.js");
        return cases.map((values) => moveElements(...values));
    }}"""
    results = page.evaluate(script, [[*unmarked(before), direction] for before, direction, _ in MOVES])
    assert [marked(result) for result in results] == [after for _, _, after in MOVES]


def test_keys_edit_the_prompt_and_undo_takes_it_back(page):
    page.click(PROMPT)
    page.keyboard.type("a cat, a dog")
    page.keyboard.press("Control+ArrowUp")
    expect(page.locator(PROMPT)).to_have_value("a cat, a (dog:1.1)")
    page.keyboard.press("Control+ArrowDown")
    expect(page.locator(PROMPT)).to_have_value("a cat, a dog")
    page.keyboard.press("Alt+ArrowLeft")
    expect(page.locator(PROMPT)).to_have_value("a dog, a cat")
    page.keyboard.press("Control+z")
    expect(page.locator(PROMPT)).to_have_value("a cat, a dog")


@pytest.fixture
def other_keys(server):
    server.set_options(hotkey_weight_up="Ctrl+Shift+U", hotkey_generate="F9", hotkey_move_left="")
    yield
    server.set_options(hotkey_weight_up="Ctrl+Up", hotkey_generate="Ctrl+Enter", hotkey_move_left="Alt+Left")


def test_keys_can_be_chosen(other_keys, page):
    page.click(PROMPT)
    page.keyboard.type("a cat")
    page.keyboard.press("Control+Shift+U")
    expect(page.locator(PROMPT)).to_have_value("a (cat:1.1)")
    page.keyboard.press("Control+ArrowUp")
    expect(page.locator(PROMPT)).to_have_value("a (cat:1.1)")
    page.keyboard.press("Control+Enter")
    assert page.evaluate(IDLE)
