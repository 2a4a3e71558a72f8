"""The cards of extra networks: listed, with pictures, found by no other name, and changed by people."""

import base64
import io
import json
import os
import shutil

import pytest
import torch
from fastapi.testclient import TestClient
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from safetensors.torch import save_file

from modules.api.server import create_server
from modules.app.current import set_current
from modules.ui_extra_networks import ExtraNetworksPage, quote_js, register_page
from tests.api.conftest import GOLDEN, make_app

SCRIPT = "<script>alert(1)</script>"


def picture(path, size=(64, 96), text=None):
    info = PngInfo()
    if text:
        info.add_text("parameters", text)
    Image.new("RGB", size, "teal").save(path, pnginfo=info)


def encoded(path):
    return base64.b64encode(path.read_bytes()).decode()


def cover():
    out = io.BytesIO()
    Image.new("RGB", (900, 900), "orange").save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """A program with two textual inversions, LoRAs in folders, one of them with a picture inside its file."""
    folder = tmp_path_factory.mktemp("networks")
    app = make_app(folder)
    networks = GOLDEN / "networks"
    shutil.copy(networks / "tinyneg.safetensors", app.paths.embeddings_dir)
    shutil.copy(networks / "tiny-emb.pt", app.paths.embeddings_dir)
    picture(app.paths.embeddings_dir / "tinyneg.preview.png")
    (app.paths.embeddings_dir / "tinyneg.txt").write_text(f"against <b>bad</b> hands {SCRIPT}")
    loras = app.paths.lora_dirs[0]
    (loras / "style" / ".old").mkdir(parents=True)
    metadata = {"ss_output_name": "paper cut", "ss_tag_frequency": json.dumps({"10_x": {"paper": 12, "cut": 3}})}
    tensors = {"lora_unet_x.lora_up.weight": torch.zeros(1)}
    save_file(tensors, loras / "style" / "paper.safetensors", metadata)
    save_file(tensors, loras / "style" / ".old" / "dust.safetensors", {"ssmd_cover_images": json.dumps([cover()])})
    save_file(tensors, loras / "a'\"&<b>.safetensors", {"ss_v2": "True"})
    return app


@pytest.fixture(scope="module")
def networks(program):
    return TestClient(create_server(program), raise_server_exceptions=False)


def cards(client, page):
    answer = client.get("/internal/extra-networks/cards", params={"page": page})
    assert answer.status_code == 200, answer.text
    return {card["name"]: card for card in answer.json()["cards"]}


def details(client, page, item):
    return client.get("/internal/extra-networks/details", params={"page": page, "item": item}).json()


def field(found, key):
    return next(field for field in found["fields"] if field["key"] == key)["value"]


def test_each_kind_has_a_page(networks):
    assert {"tinyneg", "tiny-emb"} == set(cards(networks, "textual inversion"))
    assert set(cards(networks, "textual_inversion")) == set(cards(networks, "textual inversion"))
    assert list(cards(networks, "checkpoints")) == ["tiny-random"]
    assert set(cards(networks, "lora")) == {"paper", "dust", "a'\"&<b>"}
    assert cards(networks, "hypernetworks") == {}
    assert networks.get("/internal/extra-networks/cards", params={"page": "nothing"}).status_code == 404


def test_texts_of_files_are_inert(networks, program):
    html = cards(networks, "textual inversion")["tinyneg"]["html"]
    assert "<script" not in html and "&lt;b&gt;bad" in html
    odd = cards(networks, "lora")["a'\"&<b>"]["html"]
    assert "<b>" not in odd and 'aria-label="a&#x27;&quot;&amp;&lt;b&gt;"' in odd

    program.options.update({"extra_networks_card_description_is_html": True})
    html = cards(networks, "textual inversion")["tinyneg"]["html"]
    program.options.update({"extra_networks_card_description_is_html": False})
    assert "<b>bad</b>" in html and "<script" not in html and "alert" not in html


def test_what_cards_are_found_and_sorted_by(networks):
    found = cards(networks, "lora")
    assert found["paper"]["place"] == "style/paper.safetensors"
    assert "/style/paper.safetensors" in found["paper"]["search"] and "paper cut" in found["paper"]["search"]
    assert found["dust"]["hidden"] and not found["paper"]["hidden"]
    assert found["paper"]["modified"] > 1_600_000_000


def test_pictures_are_small_copies_of_listed_previews_alone(networks, program, tmp_path):
    folder = program.paths.embeddings_dir
    preview = folder / "tinyneg.preview.png"
    picture(preview, (1200, 1800))
    html = cards(networks, "textual inversion")["tinyneg"]["html"]
    address = html.split('src="')[1].split('"')[0].replace("&amp;", "&").removeprefix(".")
    answer = networks.get(address)
    assert answer.headers["content-type"] == "image/webp"
    assert Image.open(io.BytesIO(answer.content)).size == (480, 720)
    made = len(list((program.paths.cache_dir / "thumbnails").iterdir()))
    assert networks.get(address).content == answer.content
    assert len(list((program.paths.cache_dir / "thumbnails").iterdir())) == made

    picture(folder / "other.png")
    picture(tmp_path / "elsewhere.png")
    roundabout = folder / ".." / "embeddings" / preview.name
    for name in (folder / "other.png", tmp_path / "elsewhere.png", roundabout, "", "\0"):
        assert networks.get("/sd_extra_networks/thumb", params={"filename": str(name)}).status_code == 404


def test_a_name_that_is_no_text_is_shown_with_its_picture(networks, program):
    odd = program.paths.lora_dirs[0] / os.fsdecode(b"odd\xff.safetensors")
    try:
        shutil.copy(program.paths.lora_dirs[0] / "style" / "paper.safetensors", odd)
    except OSError:
        pytest.skip("this disk takes no such names")
    picture(odd.with_suffix(".png"))
    networks.post("/internal/extra-networks/refresh", json={"page": "lora"})
    html = cards(networks, "lora")["odd?"]["html"]
    address = html.split('src="')[1].split('"')[0].replace("&amp;", "&").removeprefix(".")
    assert networks.get(address).status_code == 200
    assert details(networks, "lora", "odd?")["path"].endswith("odd?.safetensors")
    odd.unlink()
    networks.post("/internal/extra-networks/refresh", json={"page": "lora"})


def test_a_picture_that_is_none_is_not_found(networks, program):
    broken = program.paths.embeddings_dir / "tiny-emb.png"
    broken.write_bytes(b"<html>")
    cards(networks, "textual inversion")
    assert networks.get("/sd_extra_networks/thumb", params={"filename": str(broken)}).status_code == 404
    broken.unlink()


def test_pictures_inside_a_file(networks):
    html = cards(networks, "lora")["dust"]["html"]
    address = html.split('src="')[1].split('"')[0].replace("&amp;", "&").removeprefix(".")
    assert Image.open(io.BytesIO(networks.get(address).content)).size == (480, 480)
    for index in (1, -1):
        query = {"page": "lora", "item": "dust", "index": index}
        assert networks.get("/sd_extra_networks/cover-images", params=query).status_code == 404


def test_metadata_and_single_cards_as_a1111_gives_them(networks):
    answer = networks.get("/sd_extra_networks/metadata", params={"page": "lora", "item": "paper"}).json()
    assert json.loads(answer["metadata"])["ss_output_name"] == "paper cut"
    assert networks.get("/sd_extra_networks/metadata", params={"page": "lora", "item": "gone"}).json() == {}
    query = {"page": "lora", "tabname": "txt2img", "name": "paper"}
    answer = networks.get("/sd_extra_networks/get-single-card", params=query)
    assert answer.json()["html"] == cards(networks, "lora")["paper"]["html"]


def test_what_is_written_is_kept_beside_what_others_wrote(networks, program):
    notes = program.paths.lora_dirs[0] / "style" / "paper.json"
    notes.write_text(json.dumps({"civitai": {"id": 7}, "preferred weight": "much"}), encoding="utf-8")
    assert field(details(networks, "lora", "paper"), "preferred weight") == 0
    assert details(networks, "lora", "paper")["tags"] == [["paper", 12], ["cut", 3]]

    values = {"description": "折纸", "activation text": "paper cut", "preferred weight": 0.8, "unknown": 1}
    body = {"page": "lora", "item": "paper", "values": values}
    html = networks.post("/internal/extra-networks/details", json=body).json()["html"]
    assert "折纸" in html and "&quot;weight&quot;: 0.8" in html and "&quot;text&quot;: &quot;paper cut&quot;" in html
    del values["unknown"]
    assert json.loads(notes.read_text(encoding="utf-8")) == {"civitai": {"id": 7}, **values}


@pytest.mark.parametrize(
    "values", [{"preferred weight": "x"}, {"preferred weight": 99}, {"description": 3}, {"sd version": "SD9"}]
)
def test_what_makes_no_sense_is_refused(networks, program, values):
    body = {"page": "lora", "item": "dust", "values": values}
    assert networks.post("/internal/extra-networks/details", json=body).status_code == 400
    assert not (program.paths.lora_dirs[0] / "style" / ".old" / "dust.json").exists()


def test_a_description_in_a_text_file_is_changed_there_too(networks, program):
    body = {"page": "textual inversion", "item": "tinyneg", "values": {"description": "against hands"}}
    assert "against hands" in networks.post("/internal/extra-networks/details", json=body).json()["html"]
    assert (program.paths.embeddings_dir / "tinyneg.txt").read_text() == "against hands"


def test_a_broken_json_file_is_put_aside_not_lost(networks, program):
    notes = program.paths.lora_dirs[0] / "style" / ".old" / "dust.json"
    notes.write_text("{ no json")
    body = {"page": "lora", "item": "dust", "values": {"notes": "n"}}
    answer = networks.post("/internal/extra-networks/details", json=body)
    assert "dust.json.broken" in answer.text
    assert notes.with_name("dust.json.broken").read_text() == "{ no json"
    assert networks.post("/internal/extra-networks/details", json=body).status_code == 200
    assert json.loads(notes.read_text()) == {"notes": "n"}


def test_a_chosen_picture_becomes_the_preview_with_its_parameters(networks, program, tmp_path):
    source = tmp_path / "made.png"
    picture(source, text="a cat\nSteps: 4")
    body = {"page": "lora", "item": "paper", "image": encoded(source)}
    assert 'class="preview"' in networks.post("/internal/extra-networks/preview", json=body).json()["html"]
    kept = Image.open(program.paths.lora_dirs[0] / "style" / "paper.png")
    assert kept.size == (64, 96) and kept.info["parameters"] == "a cat\nSteps: 4"

    for wrong in ("bm9uZQ==", "http://127.0.0.1/x.png", "%%%"):
        assert networks.post("/internal/extra-networks/preview", json={**body, "image": wrong}).status_code == 400


def test_loras_for_another_kind_of_checkpoint_are_left_out(networks, program):
    program.token_widths = (1024,)
    answer = networks.get("/internal/extra-networks/cards", params={"page": "lora"}).json()
    program.token_widths = None
    assert [card["name"] for card in answer["cards"]] == ["a'\"&<b>", "dust"]
    assert answer["notes"] == "Not shown: 1 made for another kind of checkpoint."


class ExtensionsPage(ExtraNetworksPage):
    """As an extension of A1111 writes one."""

    def __init__(self, folder):
        super().__init__("Wild Cards")
        self.folder = folder

    def list_items(self):
        base = str(self.folder / "animals")
        yield {
            "name": "animals",
            "filename": f"{base}.txt",
            "preview": self.find_preview(base),
            "description": self.find_description(base),
            "prompt": quote_js("__animals__") + " + opts.extra_networks_add_text_separator",
            "search_terms": [self.search_terms_from_path(f"{base}.txt"), "beasts"],
            "sort_keys": {**self.get_sort_keys(f"{base}.txt"), "date_created": 3},
        }
        yield {"filename": "without a name"}

    def allowed_directories_for_previews(self):
        return [str(self.folder)]


def test_a_page_of_an_extension(networks, program, tmp_path):
    folder = tmp_path / "wild"
    folder.mkdir()
    picture(folder / "animals.png")
    (folder / "animals.txt").write_text("cat\ndog")
    picture(tmp_path / "secret.png")
    set_current(program)
    register_page(ExtensionsPage(folder))

    found = cards(networks, "wild cards")
    assert list(found) == ["animals"]
    card = found["animals"]
    assert card["created"] == 3 and "beasts" in card["search"] and "/animals.txt" in card["search"]
    assert "&quot;is_expression&quot;: true" in card["html"] and "cat\ndog" in card["html"]
    assert "sd_extra_networks/thumb?filename=" in card["html"]
    thumb = {"filename": str(folder / "animals.png")}
    assert networks.get("/sd_extra_networks/thumb", params=thumb).status_code == 200
    elsewhere = {"filename": str(tmp_path / "secret.png")}
    assert networks.get("/sd_extra_networks/thumb", params=elsewhere).status_code == 404
