"""The folder, Save and Zip buttons, with what a browser sends, honest or not."""

import json

import pytest
from PIL import Image

from modules.app.app import build_app
from modules.core.errors import InputError
from modules.core.flags import Flags
from modules.frontend.gradio_internals import serve_in_place, upload_folder
from modules.frontend.shown_files import shown_file
from modules.frontend.tabs.save_events import folder_to_open, save_shown
from modules.imaging.metadata import encode_image

INFOTEXT = "a <b>cat</b>\nSteps: 20, Sampler: Euler a, Seed: 5, Size: 8x8"


@pytest.fixture
def app(tmp_path):
    built = build_app(Flags(data_dir=tmp_path))
    serve_in_place([tmp_path / "outputs", built.paths.tmp])
    return built


def picture(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_image(Image.new("RGB", (8, 8)), "png", INFOTEXT))
    return path


def gallery(*paths):
    """As Gradio's page sends it."""
    return [{"image": {"path": str(path), "url": "x"}, "caption": None} for path in paths]


def test_the_folder_of_the_picture_shown_is_opened_unless_it_is_temporary(app):
    root = app.paths.data / "outputs" / "txt2img-images"
    dated, passing = picture(root / "2026-02-03" / "0.png"), picture(app.paths.tmp / "1.png")
    shown = gallery(dated, passing)

    assert folder_to_open(app, "txt2img", shown, 0) == dated.parent.resolve()
    assert folder_to_open(app, "txt2img", shown, 1) == root
    assert folder_to_open(app, "txt2img", [], 0) == root
    app.set_options({"open_dir_button_choice": "Subdirectory (even temp dir)"})
    assert folder_to_open(app, "txt2img", shown, 1) == passing.parent.resolve()
    app.set_options({"open_dir_button_choice": "Output Root"})
    assert folder_to_open(app, "txt2img", shown, 0) == root


def test_what_was_saved_is_said_and_listed(app):
    shown = gallery(picture(app.paths.data / "outputs" / "0.png"))

    files, line = save_shown(app, json.dumps({"infotexts": [INFOTEXT]}), shown, "0", as_zip=True)

    assert [name.rsplit(".", 1)[1] for name in files["value"]] == ["zip", "png"]
    assert "Saved: " in line and "log" in line
    assert (app.paths.data / "log" / "images" / "00000-5-a _b_cat__b_.png").is_file()


def test_the_folder_is_not_named_where_people_may_not_know_it(tmp_path):
    app = build_app(Flags(data_dir=tmp_path, hide_ui_dir_config=True))
    serve_in_place([tmp_path / "outputs"])

    _files, line = save_shown(app, "", gallery(picture(tmp_path / "outputs" / "0.png")), "0", as_zip=False)

    assert str(tmp_path) not in line


def test_whatever_the_page_says_of_the_pictures_they_are_saved(app):
    shown = gallery(picture(app.paths.data / "outputs" / "0.png"))
    infos = ["", "no json", "[]", '{"infotexts": 5, "index_of_first_image": "x"}', None, 5, "[" * 99_999]
    said = [(info, "0") for info in infos] + [("{}", selected) for selected in ("", "x", "-5", "99", None, "1e9")]

    for info, selected in said:
        files, _line = save_shown(app, info, shown, selected, as_zip=False)
        assert len(files["value"]) == 1


NOT_SHOWN = ["/etc/passwd", "config.json", "", "x\0y", "outputs/../config.json", "a" * 5000, "outputs"]


def test_no_other_files_are_opened(app):
    (app.paths.data / "config.json").write_text("{}")
    for name in NOT_SHOWN:
        path = str(app.paths.data / name) if name else ""
        with pytest.raises(InputError, match="no longer on the server"):
            shown_file({"path": path})
        assert "no longer on the server" in save_shown(app, "{}", [{"image": {"path": path}}], "0", as_zip=False)[1]
    assert not (app.paths.data / "log").exists()


def test_what_is_no_gallery_is_one_sentence(app):
    for value in ([5], ["text"], [{}], [{"image": 5}], [None]):
        assert 'class="error"' in save_shown(app, "{}", value, "0", as_zip=False)[1]


def test_links_out_of_the_folder_are_not_followed(app, tmp_path):
    link = upload_folder() / "link.png"
    link.parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "secret.png").write_text("secret")
    link.unlink(missing_ok=True)
    link.symlink_to(tmp_path / "secret.png")
    try:
        with pytest.raises(InputError):
            shown_file({"path": str(link)})
    finally:
        link.unlink()
