"""Cards of extra networks: what a click does, what is seen, and what people write about a network."""

import json
import shutil

import pytest
import torch
from PIL import Image
from playwright.sync_api import expect
from safetensors.torch import save

from tests.browser.conftest import GOLDEN, generate

TAGS = {"ss_output_name": "paper", "ss_tag_frequency": json.dumps({"10_x": {"paper cut": 12, "shadow": 3}})}
MANY = 300
HOSTILE = '<img src=x onerror="window.hacked=1"> <b>Seed</b>'

TOGGLES = [
    ("", {"word": "neg"}, " ", "neg"),
    ("a, neg, b", {"word": "neg"}, " ", "a, b"),
    ("(neg:1.2), b", {"word": "neg"}, " ", "b"),
    ("a, neg", {"word": "neg"}, ", ", "a"),
    ("negative neg-2", {"word": "neg"}, ", ", "negative neg-2, neg"),
    ("a", {"word": "x", "kind": "hypernet", "weight": 0.75}, " ", "a <hypernet:x:0.75>"),
    ("a <lora:x> b <lora:xy:1>", {"word": "x", "kind": "lora"}, " ", "a b <lora:xy:1>"),
    ("<lora:a.c+(d):1:2> then", {"word": "a.c+(d)", "kind": "lora"}, " ", "then"),
]
"""Prompt, network, separator: the prompt after a click."""

AFTER_CLICKS = """async (cases) => {
  const { toggled } = await import("/webui-assets/javascript/network_tags.js");
  return cases.map(([target, insertion, separator]) => toggled({ target, negative: "" }, insertion, separator).target);
}"""


@pytest.fixture
def folders(server):
    """Networks in the folders of the shared server, taken out again afterwards."""
    loras = server.folder / "models" / "Lora"
    embeddings = server.folder / "embeddings"
    tensors = {"lora_unet_x.lora_up.weight": torch.zeros(1)}
    for path in ("style/paper", "style/ink v9", "style/ink v10", ".old/dust"):
        (loras / path).parent.mkdir(parents=True, exist_ok=True)
        (loras / f"{path}.safetensors").write_bytes(save(tensors, TAGS))
    notes = {"activation text": "cut paper", "preferred weight": 0.7, "negative text": "photo", "mine": [1]}
    (loras / "style" / "paper.json").write_text(json.dumps(notes))
    (loras / "style" / "ink v9.txt").write_text(HOSTILE)
    Image.new("RGB", (300, 450), "teal").save(loras / "style" / "ink v9.png")
    shutil.copy(GOLDEN / "networks" / "tinyneg.safetensors", embeddings)
    yield loras, embeddings
    shutil.rmtree(loras)
    loras.mkdir()
    (embeddings / "tinyneg.safetensors").unlink()


def open_networks(page, title, tab="txt2img"):
    tabs = page.locator(f"#{tab}_extra_tabs > .tab-wrapper > .tab-container:not(.visually-hidden) [role=tab]")
    tabs.filter(has_text=title).click()
    name = f"{tab}_{title.lower().replace(' ', '_')}"
    expect(page.locator(f"#{name}_pane")).not_to_have_attribute("aria-busy", "true")
    return Networks(page, name)


class Networks:
    """A page of cards."""

    def __init__(self, page, name):
        self.page, self.name = page, name
        self.cards = page.locator(f"#{name}_cards .card")

    def card(self, name):
        return self.page.locator(f'#{self.name}_cards .card[data-name="{name}"]')

    def button(self, name, kind):
        self.card(name).hover()
        self.card(name).locator(f".{kind}-button").click()

    def shown(self, *names):
        expect(self.cards.locator(".name")).to_have_text(list(names))

    def search(self, text):
        self.page.locator(f"#{self.name}_extra_search").fill(text)


def prompts(page):
    return [page.locator(f"#txt2img_{name} textarea").input_value() for name in ("prompt", "neg_prompt")]


def test_a_click_puts_a_network_into_the_prompts_and_out_again(page, folders):
    page.locator("#txt2img_prompt textarea").fill("a cat")
    loras = open_networks(page, "Lora")
    loras.shown("ink v9", "ink v10", "paper")

    loras.card("paper").click()
    assert prompts(page) == ["a cat <lora:paper:0.7> cut paper", "photo"]
    expect(loras.card("paper").locator(".card-main")).to_have_attribute("aria-pressed", "true")
    loras.card("ink v9").click()
    page.locator("#txt2img_prompt textarea").fill("a cat <lora:paper:1.2> cut paper <lora:ink v9:1>, moon")
    loras.card("paper").click()
    assert prompts(page) == ["a cat <lora:ink v9:1>, moon", ""]
    expect(loras.card("paper").locator(".card-main")).to_have_attribute("aria-pressed", "false")

    page.locator("#txt2img_neg_prompt textarea").focus()
    embeddings = open_networks(page, "Textual Inversion")
    embeddings.card("tinyneg").click()
    assert prompts(page) == ["a cat <lora:ink v9:1>, moon", "tinyneg"]
    page.evaluate("cardClicked('txt2img', '<lora:ink v9:1>', '', false)")
    assert prompts(page) == ["a cat, moon", "tinyneg"]

    assert page.evaluate(AFTER_CLICKS, [case[:3] for case in TOGGLES]) == [case[3] for case in TOGGLES]


def test_cards_are_inert_found_sorted_and_come_as_they_are_scrolled(page, folders):
    loras = open_networks(page, "Lora")
    expect(loras.card("ink v9").locator(".description")).to_have_text(
        '<img src=x onerror="window.hacked=1"> <b>Seed</b>'
    )
    picture = loras.card("ink v9").locator("img.preview")
    page.wait_for_function("picture => picture.naturalWidth === 300", arg=picture.element_handle())
    assert page.evaluate("window.hacked") is None

    page.locator("#txt2img_lora_extra_sort_name").click()
    page.locator("#txt2img_lora_extra_sort_dir").click()
    loras.shown("paper", "ink v10", "ink v9")
    loras.search("old")
    expect(loras.cards).to_have_count(0)
    loras.search("dust")
    loras.shown("dust")
    page.locator("#txt2img_lora_dirs button", has_text="style/").click()
    loras.shown("paper", "ink v10", "ink v9")
    page.locator("#txt2img_lora_extra_search").press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert prompts(page)[0] == "<lora:ink v10:1>"

    data = (folders[0] / "style" / "paper.safetensors").read_bytes()
    for number in range(MANY):
        (folders[0] / f"many {number}.safetensors").write_bytes(data)
    page.locator("#txt2img_lora_extra_refresh").click()
    count = page.locator("#txt2img_lora_pane .extra-network-count")
    expect(count).to_have_text(f"3 / {MANY + 4}")
    loras.search("many 29")
    expect(loras.cards).to_have_count(11)
    loras.search("")
    expect(count).to_have_text(f"{MANY + 3} / {MANY + 4}")
    assert loras.cards.count() < MANY
    page.wait_for_function(
        "() => { const place = document.querySelector('#txt2img_lora_cards'); place.scrollTop = place.scrollHeight;"
        f"return place.querySelectorAll('.card').length === {MANY + 3}; }}"
    )


def test_the_editor_keeps_what_others_wrote_and_takes_the_picture_of_the_gallery(page, folders):
    loras, _ = folders
    generate(page)
    networks = open_networks(page, "Lora")
    networks.button("paper", "metadata")
    expect(page.locator(".network-metadata pre")).to_contain_text('"ss_output_name": "paper"')
    page.keyboard.press("Escape")

    networks.button("paper", "edit")
    editor = page.locator("#txt2img_lora_edit_user_metadata")
    expect(editor.locator("[data-key='activation text']")).to_have_value("cut paper")
    editor.get_by_role("button", name="shadow").click()
    editor.locator("[data-key='preferred weight']").fill("0.9")
    editor.locator("[data-key='description']").fill("Folded <i>paper</i>")
    editor.get_by_role("button", name="Replace preview").click()
    expect(editor.locator(".network-message")).to_have_text("The picture is the preview now.")
    editor.get_by_role("button", name="Save").click()
    expect(editor).to_have_count(0)

    expect(networks.card("paper").locator(".description")).to_have_text("Folded <i>paper</i>")
    assert "Steps: 4" in Image.open(loras / "style" / "paper.png").info["parameters"]
    notes = json.loads((loras / "style" / "paper.json").read_text())
    assert notes["mine"] == [1] and notes["preferred weight"] == 0.9 and notes["activation text"] == "cut paper, shadow"
    networks.card("paper").click()
    assert prompts(page)[0].endswith("<lora:paper:0.9> cut paper, shadow")


def test_a_checkpoint_is_loaded_by_its_card(page, server):
    networks = open_networks(page, "Checkpoints")
    expect(networks.card("tiny-random")).to_have_class("card without-preview in-use")
    networks.card("z-second").click()
    expect(networks.card("z-second")).to_have_class("card without-preview in-use")
    expect(page.locator("#setting_sd_model_checkpoint input")).to_have_value("z-second.safetensors [85d6e36ef7]")
    networks.card("z-text").click()
    expect(page.locator("#quicksettings_message")).to_contain_text("z-text.safetensors")
    page.evaluate("selectCheckpoint('tiny-random.safetensors')")
    expect(networks.card("tiny-random")).to_have_class("card without-preview in-use")
