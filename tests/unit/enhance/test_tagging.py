"""Pictures in tags: ONNX taggers, DeepDanbooru's file, and how the settings want tags written."""

import dataclasses

import pytest
import torch
from PIL import Image

from modules.core.errors import CheckpointError
from modules.core.flags import Flags
from modules.core.options import Settings
from modules.core.paths import make_paths
from modules.enhance.interrogate import deepdanbooru
from modules.enhance.interrogate.deepdanbooru import load_deepdanbooru, pad_same, squared
from modules.enhance.interrogate.tag_text import tags_text
from modules.enhance.interrogate.tagging import find_tagger, tag
from modules.enhance.job import EnhanceJob
from tests.unit.enhance.tiny_taggers import DANBOORU_TAGS, DESIGN, TAGS, make_danbooru, save_danbooru, save_onnx_tagger

RED = Image.new("RGB", (40, 40), (255, 0, 0))
SCORES = [("rating:safe", 0.99), ("zebra", 0.9), ("a_cat_(big)", 0.6), (">_<", 0.55), ("faint_tag", 0.4)]


@pytest.fixture
def run(tmp_path):
    flags = dataclasses.replace(Flags(), data_dir=tmp_path, use_cpu=("all",))
    paths = make_paths(flags)

    def run_tagger(picture, **settings):
        return tag(picture, paths, flags, EnhanceJob(Settings(settings)))

    run_tagger.models = paths.models
    return run_tagger


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({}, r">_<, a cat \(big\), zebra"),
        ({"deepbooru_sort_alpha": False}, r"zebra, a cat \(big\), >_<"),
        ({"deepbooru_use_spaces": False, "deepbooru_escape": False}, ">_<, a_cat_(big), zebra"),
        ({"deepbooru_filter_tags": "A cat (big), >_<"}, "zebra"),
        (
            {"interrogate_deepbooru_score_threshold": 0, "deepbooru_filter_tags": ">_<,"},
            r"a cat \(big\), faint tag, zebra",
        ),
        ({"interrogate_return_ranks": True}, r"(>_<:0.550), (a cat \(big\):0.600), (zebra:0.900)"),
        ({"interrogate_deepbooru_score_threshold": 1}, ""),
    ],
)
def test_tags_are_written_as_the_settings_want(settings, text):
    assert tags_text(SCORES, Settings(settings)) == text


def test_an_onnx_tagger_tells_what_a_picture_shows(run):
    save_onnx_tagger(run.models / "torch_deepdanbooru" / "wd")
    assert run(RED) == "o_o, very red"
    assert run(Image.new("RGBA", (30, 60), (0, 0, 255, 128))).startswith(r"blue sky \(day\), ")
    assert run(RED, deepbooru_sort_alpha=False) == "very red, o_o"


def test_without_a_tagger_a_sentence_says_what_to_put_where(run):
    with pytest.raises(CheckpointError, match=r"put A1111's model-resnet_custom_v3\.pt, or model\.onnx and selected_"):
        run(RED)


def test_a_tagger_that_is_replaced_is_read_again(run):
    folder = run.models / "deepbooru"
    save_onnx_tagger(folder)
    assert run(RED) == "o_o, very red"
    (folder / "model.onnx").unlink()
    save_onnx_tagger(folder, {**TAGS, "more": 0})
    assert run(RED) == "more, o_o, very red"


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda folder: (folder / "selected_tags.csv").unlink(), "selected_tags.csv is missing"),
        (lambda folder: (folder / "selected_tags.csv").write_bytes(b"\xff\xfe\x00"), "cannot be read as the list"),
        (lambda folder: (folder / "selected_tags.csv").write_text("tag_id,name,category\n1,a,0\n"), "knows 5 tags and"),
        (lambda folder: (folder / "model.onnx").write_bytes(b"nothing"), "damaged or no ONNX network"),
        (lambda folder: (folder / "model.onnx").rename(folder / "old.pt"), "old.pt is damaged or incomplete"),
    ],
)
def test_files_that_cannot_be_used_are_told(run, spoil, told):
    save_onnx_tagger(run.models / "deepbooru")
    spoil(run.models / "deepbooru")
    with pytest.raises(CheckpointError, match=told):
        run(RED)


def test_an_onnx_file_goes_before_a1111s(tmp_path):
    (tmp_path / "torch_deepdanbooru").mkdir()
    (tmp_path / "torch_deepdanbooru" / "model-resnet_custom_v3.pt").touch()
    assert find_tagger(tmp_path).suffix == ".pt"
    save_onnx_tagger(tmp_path / "deepbooru" / "wd")
    assert find_tagger(tmp_path).name == "model.onnx"


@pytest.mark.parametrize("shortcut_place", [0, 1, 3])
def test_deepdanbooru_is_read_in_any_exporters_order(tmp_path, shortcut_place):
    network = make_danbooru()
    save_danbooru(tmp_path / "a.pt", network, shortcut_place)
    read = load_deepdanbooru(tmp_path / "a.pt", DESIGN)

    picture = Image.effect_noise((50, 20), 90).convert("RGB")
    assert read.scores(picture) == network.scores(picture)
    assert [name for name, _score in read.scores(picture)] == DANBOORU_TAGS


@pytest.mark.parametrize(
    "spoil",
    [
        lambda state: state.pop("tags"),
        lambda state: state.pop("n_Conv_3.weight"),
        lambda state: state.update({"n_Conv_3.weight": torch.zeros(1, 2, 3, 3)}),
        lambda state: state.clear(),
    ],
)
def test_another_file_is_told(tmp_path, spoil):
    save_danbooru(tmp_path / "a.pt", make_danbooru(), 1)
    state = torch.load(tmp_path / "a.pt")
    spoil(state)
    torch.save(state, tmp_path / "a.pt")
    with pytest.raises(CheckpointError, match="does not hold DeepDanbooru's network"):
        load_deepdanbooru(tmp_path / "a.pt", DESIGN)


def test_the_whole_network_has_the_size_of_the_published_one():
    with torch.device("meta"):
        network = deepdanbooru.DeepDanbooru(["tag"] * 9176, deepdanbooru.Design())
    convolutions = [module for module in network.modules() if isinstance(module, deepdanbooru.SameConv)]
    assert len(convolutions) == 1 + 6 * 4 + 3 * (2 + 7 + 19 + 19 + 2 + 2) + 1
    assert 600e6 < 4 * sum(parameter.numel() for parameter in network.parameters()) < 660e6


def test_padding_is_tensorflows():
    ones, window = torch.ones(1, 1, 4, 4), torch.ones(1, 1, 3, 3)
    sums = torch.nn.functional.conv2d(pad_same(ones, 3, 2), window, stride=2)
    assert sums.tolist() == [[[[9, 6], [6, 4]]]]
    assert pad_same(torch.ones(1, 1, 512, 512), 7, 2).shape[-1] == 512 + 5


def test_a_picture_is_squared_with_its_edges_drawn_out():
    picture = Image.new("RGB", (8, 4), "blue")
    picture.paste("red", (0, 0, 8, 1))
    square = squared(picture, 16)
    assert square.size == (16, 16)
    assert [square.getpixel((8, y)) for y in (0, 15)] == [(255, 0, 0), (0, 0, 255)]
