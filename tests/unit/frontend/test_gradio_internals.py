"""Files that Gradio may show."""

from gradio.data_classes import _StaticFiles

from modules.frontend.gradio_internals import serve_in_place


def test_only_what_is_not_served_yet_is_added(tmp_path, monkeypatch):
    monkeypatch.setattr(_StaticFiles, "all_paths", [])
    outputs, elsewhere = tmp_path / "outputs", tmp_path / "elsewhere" / "a.png"
    serve_in_place([outputs])
    serve_in_place([outputs / "a.png", elsewhere])
    serve_in_place([elsewhere, outputs])
    assert sorted(_StaticFiles.all_paths) == [elsewhere, outputs]
