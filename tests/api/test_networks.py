"""LoRAs and hypernetworks over the API: lists, pictures, infotexts, and what is told of those that cannot be used."""

import base64
import io
import json
import shutil

import numpy as np
import pytest
import torch
from fastapi.testclient import TestClient
from PIL import Image
from safetensors.torch import load_file, save_file

from modules.api.server import create_server
from modules.imaging.infotext import parse_infotext
from tests.api.conftest import GOLDEN, make_app
from tests.unit.networks.lora_files import small_lora, write_hypernetwork, write_lora

SMALL = {"prompt": "a cat", "steps": 2, "width": 64, "height": 64, "seed": 1, "cfg_scale": 5}
LORA = "<lora:tiny-lora:0.8>"


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    folder = tmp_path_factory.mktemp("program")
    app = make_app(folder)
    models = folder / "models"
    for path in (GOLDEN / "networks").glob("tiny-l*"):
        shutil.copy(path, models / "Lora")
    write_lora(models / "LyCORIS" / "renamed.safetensors", load_file(GOLDEN / "networks" / "tiny-lora-te.safetensors"))
    write_hypernetwork(models / "hypernetworks" / "hyper.pt")
    write_hypernetwork(models / "hypernetworks" / "other-width.pt", widths=(768,))
    write_lora(models / "Lora" / "for-sdxl.safetensors", small_lora(layer="lora_unet_input_blocks_8_1_proj_in"))
    write_lora(models / "Lora" / "wide.safetensors", small_lora(width=320))
    write_lora(models / "Lora" / "a-part.safetensors", {**small_lora(), **small_lora(layer="lora_te2_x")})
    (models / "Lora" / "page.safetensors").write_text("<html>")
    return app


@pytest.fixture(scope="module")
def client(program):
    return TestClient(create_server(program), raise_server_exceptions=False)


@pytest.fixture
def draw(client):
    def draw(prompt="a cat", route="txt2img", **fields):
        """Return the picture, its parameters and what was told."""
        reply = client.post(f"/sdapi/v1/{route}", json={**SMALL, "prompt": prompt, **fields})
        assert reply.status_code == 200, reply.text
        picture = Image.open(io.BytesIO(base64.b64decode(reply.json()["images"][0])))
        told = json.loads(reply.json()["info"]).get("comments", [])
        return np.asarray(picture).astype(int), parse_infotext(picture.info["parameters"]), "\n".join(told)

    return draw


def same(first, second):
    return np.array_equal(first[0], second[0])


def test_lists_are_those_of_a1111(client, program):
    (lora,) = (item for item in client.get("/sdapi/v1/loras").json() if item["name"] == "tiny-lora")
    assert lora == {
        "name": "tiny-lora",
        "alias": "tiny-lora",
        "path": str(program.paths.lora_dirs[0] / "tiny-lora.safetensors"),
        "metadata": {
            "ss_base_model_version": "sd_v1",
            "ss_network_module": "networks.lora",
            "ss_output_name": "tiny-lora",
        },
    }
    assert {"renamed", "page"} <= {item["name"] for item in client.get("/sdapi/v1/loras").json()}
    listed = client.get("/sdapi/v1/hypernetworks").json()
    assert listed[0] == {"name": "hyper", "path": str(program.paths.hypernetworks_dir / "hyper.pt")}


def test_new_loras_are_listed_after_a_refresh(client, program):
    path = write_lora(program.paths.lora_dirs[0] / "new.safetensors")
    names = [[item["name"] for item in client.get("/sdapi/v1/loras").json()]]
    assert client.post("/sdapi/v1/refresh-loras").json() is None
    names.append([item["name"] for item in client.get("/sdapi/v1/loras").json()])
    path.unlink()
    assert ["new" in listed for listed in names] == [False, True]


def test_a_lora_changes_the_picture_and_leaves_nothing_behind(draw, program):
    plain = draw()
    changed = draw(f"a cat {LORA}")
    assert np.abs(changed[0] - plain[0]).mean() > 1
    assert same(draw(), plain)
    assert same(draw(f"a cat {LORA}"), changed)
    assert same(draw("a cat <lora:tiny-lora:0>"), plain)
    assert same(draw(f"a cat {LORA}", disable_extra_networks=True), plain)
    assert same(draw("a cat <lora:tiny-lora:te=0.8:unet=0>"), draw("a cat <lora:tiny-lora:0.8:0>"))
    assert not same(draw("a cat <lora:tiny-lora:0.8:0>"), draw("a cat <lora:tiny-lora:0:0.8>"))
    checkpoint = program.paths.checkpoint_dirs[0] / "tiny-random.safetensors"
    assert checkpoint.read_bytes() == (GOLDEN / "tiny-random.safetensors").read_bytes()


def test_the_order_of_tags_does_not_matter(draw):
    tags = ("<lora:tiny-locon:0.5>", "<lora:tiny-lokr:-0.5>", "<lora:tiny-loha>")
    first, second = draw("a cat " + "".join(tags)), draw("a cat " + "".join(tags[::-1]))
    assert np.abs(first[0] - second[0]).max() <= 1


def test_a_hypernetwork_changes_the_picture_and_leaves_nothing_behind(draw):
    plain, strong = draw(), draw("a cat <hypernet:hyper:1>")
    assert np.abs(strong[0] - plain[0]).mean() > 0.5
    assert not same(draw("a cat <hypernet:hyper:0.5>"), strong)
    assert same(draw("a cat <hypernet:hyper>"), strong)
    assert same(draw("a cat <hypernet:hyper:0>"), plain)
    assert same(draw(), plain)


def test_img2img_and_batches(client, draw):
    picture = base64.b64encode((GOLDEN / "cases" / "networks" / "lora-0.7.png").read_bytes()).decode()
    fields = {"route": "img2img", "init_images": [picture], "denoising_strength": 0.8}
    assert not same(draw(f"a cat {LORA}", **fields), draw("a cat", **fields))
    reply = client.post("/sdapi/v1/txt2img", json={**SMALL, "prompt": f"a cat {LORA}", "batch_size": 2, "n_iter": 2})
    infotexts = json.loads(reply.json()["info"])["infotexts"]
    assert len(infotexts) == 4
    assert all("Lora hashes: " in infotext for infotext in infotexts)


def test_hires_prompts_have_networks_of_their_own(draw):
    hires = {"enable_hr": True, "hr_upscaler": "Latent", "denoising_strength": 0.7, "hr_scale": 1.5}
    first, both = f"a cat {LORA}", draw(f"a cat {LORA}", **hires)
    without = draw(first, **hires, hr_prompt="a cat")
    other = draw(first, **hires, hr_prompt="a cat <lora:renamed:0.9>")
    assert not same(both, without)
    assert not same(without, other)
    assert same(both, draw(first, **hires, hr_prompt=first))
    assert other[1]["Lora hashes"].startswith("tiny-lora: 0e4358d4fee9, renamed: ")
    keeps = {"override_settings": {"hires_fix_use_firstpass_conds": True}}
    assert not same(without, draw(first, **hires, hr_prompt="a cat", **keeps))
    assert same(draw(), draw("a cat"))


def test_the_hash_is_written_and_can_be_left_out(draw):
    assert draw(f"a cat {LORA}")[1]["Lora hashes"] == "tiny-lora: 0e4358d4fee9"
    off = {"override_settings": {"lora_add_hashes_to_infotext": False}}
    assert "Lora hashes" not in draw(f"a cat {LORA}", **off)[1]


def test_networks_of_the_settings_are_added_to_the_prompt(draw):
    added = {"override_settings": {"sd_lora": "tiny-lora", "extra_networks_default_multiplier": 0.8}}
    drawn = draw("a cat", **added)
    assert drawn[1]["Prompt"] == "a cat<lora:tiny-lora:0.8>"
    assert same(drawn, draw(f"a cat{LORA}"))


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ("<lora:nothing>", "Lora not found: nothing"),
        ("<lora:for-sdxl>", "The LoRA for-sdxl was made for another kind of model, and was left out."),
        ("<lora:wide>", "The LoRA wide was made for another kind of model, and was left out."),
        ("<lora:page>", "The LoRA page was left out: page.safetensors is not a safetensors file"),
        ("<hypernet:nothing>", "Hypernetwork not found: nothing"),
        ("<hypernet:other-width>", "The hypernetwork other-width was made for another kind of model"),
    ],
)
def test_what_cannot_be_used_is_told_and_the_picture_is_made(draw, tag, told):
    plain = draw()
    for _again in range(2):
        drawn = draw(f"a cat {tag}")
        assert told in drawn[2]
        assert same(drawn, plain)


def test_layers_that_the_model_lacks_are_told_and_the_others_used(draw):
    drawn = draw("a cat <lora:a-part:5>")
    assert "1 of the 2 layers of the LoRA a-part are not in this model." in drawn[2]
    assert not same(drawn, draw())


def test_an_embedding_in_a_lora_is_a_word_while_the_lora_is_there(draw, program):
    path = program.paths.lora_dirs[0] / "bundle.safetensors"
    vectors = torch.randn(2, 32, generator=torch.Generator().manual_seed(0))
    save_file({**small_lora(), "bundle_emb.zorblax.string_to_param.*": vectors}, path)
    off = "<lora:bundle:0>"
    assert same(draw("a zorblax <lora:gone>"), draw("a zorblax"))
    assert not same(draw(f"a zorblax {off}"), draw("a zorblax"))
    assert same(draw(f"a cat {off}"), draw("a cat"))


def test_an_infotext_finds_a_lora_under_the_name_that_it_has_here(client, draw):
    drawn = draw("a cat <lora:renamed:0.8>", hr_prompt="")
    digest = drawn[1]["Lora hashes"].removeprefix("renamed: ")
    line = f'Steps: 2, Sampler: Euler, CFG scale: 5, Seed: 1, Size: 64x64, Lora hashes: "their name: {digest}"'
    theirs = f"a cat <lora:their name:0.8>\n{line}"
    again = client.post("/sdapi/v1/txt2img", json={"infotext": theirs})
    assert json.loads(again.json()["info"])["prompt"] == "a cat <lora:renamed:0.8>"


def test_a_picture_with_networks_can_be_made_again(client):
    reply = client.post("/sdapi/v1/txt2img", json={**SMALL, "prompt": f"a cat {LORA} <hypernet:hyper:0.5>"})
    picture = reply.json()["images"][0]
    assert client.post("/sdapi/v1/verify", json={"image": picture}).json()["outcome"] == "identical"
