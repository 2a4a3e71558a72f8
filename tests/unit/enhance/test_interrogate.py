"""Pictures in words: captions by BLIP, lines ranked by CLIP, with tiny random networks."""

import pytest
from PIL import Image

from modules.core.errors import CheckpointError
from modules.core.flags import Flags
from modules.core.options import Settings
from modules.core.paths import make_paths
from modules.core.progress import Progress
from modules.enhance.interrogate import networks
from modules.enhance.interrogate.categories import Category, read_categories
from modules.enhance.interrogate.describe import NETWORKS, describe, describe_shortly
from modules.enhance.job import EnhanceJob
from tests.unit.enhance.tiny_describers import WORDS, save_blip, save_clip

SHORT = {"interrogate_clip_min_length": 4, "interrogate_clip_max_length": 8}
PICTURES = [Image.linear_gradient("L").convert("RGB"), Image.radial_gradient("L").convert("RGBA").rotate(30)]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    save_blip(folder / "BLIP" / "tiny")
    save_clip(folder / "CLIP")
    NETWORKS.clear()
    yield folder
    NETWORKS.clear()


@pytest.fixture
def place(tmp_path, models):
    flags = Flags(data_dir=tmp_path, models_dir=models, use_cpu=("all",))
    (tmp_path / "interrogate").mkdir()
    return make_paths(flags), flags


def job(**changed):
    return EnhanceJob(Settings().overlaid({**SHORT, **changed}), Progress("task"))


def test_a_caption_is_made_of_the_words_of_the_network(place):
    said = describe_shortly(PICTURES[0], *place, job())
    assert said and set(said.split()) <= set(WORDS)
    assert len(describe_shortly(PICTURES[0], *place, job(interrogate_clip_max_length=5)).split()) < len(said.split())
    assert describe_shortly(PICTURES[1], *place, job(interrogate_clip_num_beams=3))


def test_the_lines_that_fit_best_follow_the_caption(place):
    folder = place[0].data / "interrogate"
    (folder / "flavors.top2.txt").write_text("dark\nbright\n\nblue sky\ndark\n", encoding="utf-8")
    (folder / "mediums.txt").write_text("oil\nink\n", encoding="utf-8")
    said = describe(PICTURES[1], *place, job(interrogate_clip_skip_categories=["mediums"]))
    short = describe_shortly(PICTURES[1], *place, job())
    lines = said.removeprefix(f"{short}, ").split(", ")
    assert len(lines) == 2 and set(lines) < {"dark", "bright", "blue sky"}
    ranked = describe(PICTURES[1], *place, job(interrogate_return_ranks=True))
    shares = [float(part.rsplit(":", 1)[1].rstrip(")")) for part in ranked.split(", ")[1:]]
    assert len(shares) == 3 and shares[0] >= shares[1]
    assert f"({lines[0]}:" in ranked


def test_the_order_is_that_of_similarity_computed_by_hand(models):
    clip = networks.load_clip(models / "CLIP")
    lines = ["one", "another", "a third", "x"] * 40
    seen = networks.picture_features(clip, PICTURES[0])
    best = networks.best_lines(clip, seen, lines[:4], 4)
    inputs = clip.tokenizer(lines[:4], padding=True, return_tensors="pt")
    together = clip.model(
        input_ids=inputs["input_ids"],
        attention_mask=inputs["attention_mask"],
        pixel_values=clip.pixels(PICTURES[0].resize((32, 32), Image.Resampling.BICUBIC)),
    )
    similar = (together.image_embeds @ together.text_embeds.T)[0]
    assert [line for line, _ in best] == [lines[i] for i in similar.argsort(descending=True)]
    assert len(networks.best_lines(clip, seen, lines, 7)) == 7


def test_missing_files_are_told_in_a_sentence(place, tmp_path):
    paths, flags = place
    bare = make_paths(Flags(data_dir=tmp_path, models_dir=tmp_path / "bare"))
    with pytest.raises(CheckpointError, match=r"put the folder of a captioning model .* into .*BLIP"):
        describe(PICTURES[0], bare, flags, job())
    (tmp_path / "bare" / "BLIP").mkdir(parents=True)
    (tmp_path / "bare" / "BLIP" / "model_base_caption_capfilt_large.pth").touch()
    with pytest.raises(CheckpointError, match=r"\.pth file there is of another format"):
        describe(PICTURES[0], bare, flags, job())
    (paths.data / "interrogate" / "artists.txt").write_text("someone", encoding="utf-8")
    this = job()
    assert describe(PICTURES[0], paths, Flags(data_dir=tmp_path, clip_models_path=tmp_path, use_cpu=("all",)), this)
    assert "needs CLIP" in this.progress.comments[0]


def test_damaged_files_are_told_in_a_sentence(tmp_path):
    save_blip(tmp_path / "blip")
    (tmp_path / "blip" / "model.safetensors").write_bytes(b"\x00" * 40)
    with pytest.raises(CheckpointError, match="cannot be read"):
        networks.load_blip(tmp_path / "blip")


def test_categories_are_files_of_lines(tmp_path):
    assert read_categories(tmp_path / "nowhere") == []
    (tmp_path / "empty.txt").touch()
    (tmp_path / "b.top3.txt").write_text("1\n2\n3\n4", encoding="utf-8")
    (tmp_path / "a.txt").write_bytes(b"caf\xe9\n")
    assert read_categories(tmp_path, limit=2) == [Category("a", 1, ("caf�",)), Category("b", 3, ("1", "2"))]
    assert [found.name for found in read_categories(tmp_path, ["b"])] == ["a"]
