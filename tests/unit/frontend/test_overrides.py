"""Override settings: what a picture was made with and is set otherwise here."""

import dataclasses
import shutil
from pathlib import Path

import pytest

from modules.app.app import build_app
from modules.core.errors import InputError
from modules.core.flags import Flags
from modules.frontend.overrides import checkpoint_note, linked_options, overrides_of, read_overrides, unknown_values
from modules.frontend.paste import read_pasted

GOLDEN = Path(__file__).parents[2] / "data" / "golden"
BASE = "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512"


@pytest.fixture
def app(tmp_path):
    models = tmp_path / "models" / "Stable-diffusion"
    models.mkdir(parents=True)
    for file in GOLDEN.glob("tiny-random.*"):
        shutil.copy(file, models)
        shutil.copy(file, models / f"z-other-{file.name}")
    with (models / "z-other-tiny-random.safetensors").open("ab") as other:
        other.write(b"\0")
    return build_app(dataclasses.replace(Flags(), data_dir=tmp_path))


def entries(app, parameters, skip=()):
    return overrides_of(app, read_pasted(f"{BASE}, {parameters}", None, skip).written)


def test_only_what_is_set_otherwise_becomes_an_entry(app):
    assert entries(app, "Version: v1.8.0") == []
    assert entries(app, "Clip skip: 2, ENSD: 31337, RNG: GPU, Eta: 1.0") == ["Clip skip: 2", "ENSD: 31337"]
    app.set_options({"CLIP_stop_at_last_layers": 2})
    assert entries(app, "Clip skip: 2, RNG: CPU") == ["RNG: CPU"]


def test_what_a_picture_leaves_out_has_a1111s_default(app):
    app.set_options({"CLIP_stop_at_last_layers": 2, "randn_source": "CPU", "eta_noise_seed_delta": 5})
    assert set(entries(app, "Version: v1.8.0")) == {"Clip skip: 1", "RNG: GPU", "ENSD: 0"}


def test_an_old_version_brings_its_behaviour(app):
    recipe = read_pasted(f"a [b:c:5]{BASE}, Version: v1.5.2", None)
    assert "Old prompt editing timelines: True" in overrides_of(app, recipe.written)


def test_values_that_a_setting_cannot_take_and_skipped_names_are_left_out(app):
    assert entries(app, "Emphasis: Loud, Clip skip: two") == []
    told = unknown_values(read_pasted(f"{BASE}, Emphasis: Loud, Clip skip: two, ENSD: 3", None).written)
    assert told == ["Clip skip: two cannot be set here.", "Emphasis: Loud cannot be set here."]
    assert entries(app, "Clip skip: 2, ENSD: 5", skip=["Clip skip"]) == ["ENSD: 5"]


@pytest.mark.parametrize("name", [name for name in linked_options() if name != "Model hash"])
def test_every_entry_is_read_back(app, name):
    option = linked_options()[name]
    value = option.choices[-1] if option.choices else option.default
    assert read_overrides([f"{name}: {value}"]) == {option.name: value}


@pytest.mark.parametrize(
    "entry", ["Clip skip", "Unknown: 1", "", "Clip skip: x", "Emphasis: Loud", "Prompt: a", 5, None]
)
def test_what_is_no_entry_is_refused_in_a_sentence(entry):
    with pytest.raises(InputError):
        read_overrides([entry])


@pytest.mark.parametrize("sent", [None, "", [], {}])
def test_no_entries_are_no_settings(sent):
    assert read_overrides(sent) == {}


def test_the_checkpoint_is_told_and_becomes_an_entry_only_if_so_set(app):
    other = app.catalog.hashed(app.catalog.get("z-other-tiny-random"))
    made_with = f"Model hash: {other.short_hash}, Model: z-other-tiny-random"
    recipe = read_pasted(f"{BASE}, {made_with}", None)
    assert entries(app, made_with) == []
    assert checkpoint_note(app, recipe.written) == (
        f"This picture was made with the checkpoint z-other-tiny-random [{other.short_hash}]."
    )
    app.set_options({"disable_weights_auto_swap": False})
    assert entries(app, made_with) == [f"Model hash: {other.short_hash}"]
    assert entries(app, "Model hash: 0123456789") == [], "one that is not here"
    assert app.settings(read_overrides(entries(app, made_with))).values["sd_model_checkpoint"] == other.short_hash


def test_the_checkpoint_in_use_is_not_mentioned(app):
    title = app.catalog.hashed(app.selected_checkpoint())
    recipe = read_pasted(f"{BASE}, Model hash: {title.short_hash}, Model: tiny-random", None)
    assert checkpoint_note(app, recipe.written) is None
    assert checkpoint_note(app, {}) is None
