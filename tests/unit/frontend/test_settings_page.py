"""What the Settings tab shows, and what it does with changes."""

import dataclasses
import json

import pytest

from modules.app.app import build_app
from modules.app.maintenance import hash_checkpoints, look_for_files
from modules.core.errors import InputError
from modules.core.flags import Flags
from modules.core.options import OPTIONS
from modules.frontend.components.settings_licences import libraries, licences_html
from modules.frontend.settings_page import control_of, describe_settings
from modules.frontend.tabs.settings import read_changes, result_html


@pytest.fixture
def make_app(tmp_path):
    def make(**flags):
        return build_app(dataclasses.replace(Flags(), data_dir=tmp_path, **flags))

    return make


def rows(app):
    return {row["key"]: row for page in describe_settings(app)["pages"] for row in page["settings"]}


def test_every_setting_is_on_one_page_or_at_the_top(make_app):
    app = make_app()
    pages = describe_settings(app)["pages"]
    shown = [row["key"] for page in pages for row in page["settings"]]
    hidden = {option.name for option in OPTIONS if option.kind == "hidden"}
    assert sorted([*shown, "sd_model_checkpoint"]) == sorted(set(OPTIONS.names()) - hidden)
    assert [page["above"] for page in pages if page["above"]] == [["Stable Diffusion checkpoint"]]
    assert json.loads(json.dumps(pages)) is not None


def test_pages_have_a1111s_ids_titles_and_order(make_app):
    pages = [(page["category"], page["title"], page["id"]) for page in describe_settings(make_app())["pages"]]
    assert pages[:4] == [
        ("Saving images", "Paths for saving", "settings_saving-paths"),
        ("Saving images", "Saving images/grids", "settings_saving-images"),
        ("Saving images", "Saving to a directory", "settings_saving-to-dirs"),
        ("Stable Diffusion", "Compatibility", "settings_compatibility"),
    ]
    assert [title for _category, title, page_id in pages if page_id == "settings_ui"] == [
        "Live previews",
        "User interface",
    ]


@pytest.mark.parametrize(
    ("key", "control"),
    [
        ("samples_save", "checkbox"),
        ("samples_format", "text"),
        ("save_images_replace_action", "radio"),
        ("n_rows", "slider"),
        ("eta_noise_seed_delta", "number"),
        ("grid_background_color", "color"),
        ("keyedit_delimiters_whitespace", "checkboxes"),
        ("quicksettings_list", "several"),
        ("sd_vae_explanation", "html"),
        ("forge_try_reproduce", "menu"),
    ],
)
def test_a_setting_has_the_control_of_its_kind(key, control):
    assert control_of(OPTIONS.get(key)) == control


def test_what_is_to_be_known_of_a_setting_is_told(make_app):
    shown = rows(make_app(freeze_specific_settings="tiling"))
    assert shown["tiling"]["frozen"] and "frozen" not in shown["n_rows"]
    assert shown["gallery_height"]["reload"] and "reload" not in shown["n_rows"]
    assert shown["n_rows"]["limits"] == (-1, 16, 1)
    assert "SD 3" in shown["sd3_enable_t5"]["why"] or "Stable Diffusion 3" in shown["sd3_enable_t5"]["why"]
    assert "quicksettings_list" in shown["quicksettings_list"]["entries"]
    assert "sd_vae_explanation" not in shown["quicksettings_list"]["entries"]


def test_folders_are_not_shown_where_they_are_not_to_be_seen(make_app):
    app = make_app(hide_ui_dir_config=True)
    assert not {"outdir_samples", "save_to_dirs"} & rows(app).keys()
    with pytest.raises(InputError, match="frozen"):
        app.set_options({"outdir_samples": "/"})


@pytest.mark.parametrize("text", ["", "x", "[]", "1", None, 5, ["a"]])
def test_what_is_no_list_of_changes_is_refused(text):
    with pytest.raises(InputError, match="load the page again"):
        read_changes(text)


def test_changes_have_an_end():
    with pytest.raises(InputError, match="shorten them"):
        read_changes('{"a": "' + "x" * 1_000_001 + '"}')


def test_the_result_names_what_changed_and_what_needs_the_page_anew():
    assert "No setting was changed." in result_html([])
    assert "1 setting changed: tiling." in result_html(["tiling"])
    both = result_html(["tiling", "gallery_height"])
    assert "2 settings changed: tiling, gallery_height." in both and "Reload UI to see gallery_height take" in both


def test_licences_are_those_of_what_is_installed(repository):
    found = {name.lower(): licence for name, _version, licence in libraries(repository)}
    assert found["pillow"] == "MIT-CMU" and len(found) > 30
    page = licences_html(repository)
    assert "Roboto" in page and (repository / "LICENSE").read_text(encoding="utf-8").split("\n")[0].strip() in page


def test_all_checkpoints_are_hashed_and_bad_ones_named(make_app, tmp_path):
    app = make_app()
    models = tmp_path / "models" / "Stable-diffusion"
    (models / "a.safetensors").write_bytes(b"a")
    (models / "b.safetensors").write_bytes(b"b")
    assert "2 checkpoints" in look_for_files(app)
    (models / "b.safetensors").unlink()
    problems = hash_checkpoints(app, threads=2)
    assert len(problems) == 1 and "b.safetensors" in problems[0]
    assert next(info for info in app.catalog.all() if info.name == "a.safetensors").sha256
