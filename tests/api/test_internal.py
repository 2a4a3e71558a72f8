"""Routes of the page that need no running job, and files for old JavaScript."""

import json

import pytest


def test_ping_tells_which_start_it_was(client, app):
    assert client.get("/internal/ping").json() == {
        "boot_id": app.boot_id,
        "ready": True,
        "stage": "ready",
        "error": None,
    }


def test_every_setting_is_hinted_at(client, app):
    hints = client.get("/internal/quicksettings-hint").json()

    assert {"name": "CLIP_stop_at_last_layers", "label": "Clip skip"} in hints
    assert [hint["name"] for hint in hints] == [option.name for option in app.options]


def test_startup_is_profiled(client, app):
    app.startup_seconds.update({"import torch": 1.25, "build the page": 0.5})

    assert client.get("/internal/profile-startup").json() == {
        "total": 1.75,
        "records": {"import torch": 1.25, "build the page": 0.5},
    }


def test_sysinfo_describes_the_program(client, app):
    info = client.get("/internal/sysinfo").json()
    download = client.get("/internal/sysinfo-download")

    assert info["Data path"] == str(app.paths.data)
    assert info["Config"]["samples_format"] == "png"
    assert any(package.startswith("torch==") for package in info["Packages"])
    assert json.loads(download.text).keys() == info.keys()
    assert 'attachment; filename="sysinfo-20' in download.headers["Content-Disposition"]


@pytest.fixture
def output(app):
    path = app.paths.data / "outputs" / "txt2img-images" / "ä pic #1.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\nrest")
    return path


def test_outputs_and_scripts_of_the_page_are_files(client, app, output):
    shown = client.get(f"/file={output}".replace("#", "%23"))
    relative = client.get("/file=outputs/txt2img-images/ä pic %231.png?123.4")
    script = client.get("/file=modules/frontend/assets/starting.html")

    assert (shown.content, shown.headers["content-type"]) == (output.read_bytes(), "image/png")
    assert relative.content == output.read_bytes()
    assert script.status_code == 200
    assert shown.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["page.html", "image.svg", "script.js", "page.xhtml", "x.unknown"])
def test_a_page_among_the_outputs_is_downloaded_not_shown(client, app, name):
    path = app.paths.data / "outputs" / name
    path.write_text("<script>alert(1)</script>")

    assert client.get(f"/file={path}").headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "path",
    [
        "config.json",
        "outputs/../config.json",
        "outputs/%2e%2e/config.json",
        "outputs/..%2f..%2f..%2f..%2f..%2f..%2fetc/passwd",
        "/etc/passwd",
        "//etc/passwd",
        "%2fetc%2fpasswd",
        "~/.ssh/id_rsa",
        "webui.py",
        "modules/core/flags.py",
        "modules/frontend/assets/../blocks.py",
        "models/Stable-diffusion/tiny-random.yaml",
        "outputs",
        "outputs/txt2img-images",
        "",
        ".",
        "outputs/%00",
        "outputs/link.txt",
        "outputs/folder-link/hosts",
        "outputs/" + "x" * 5000,
        "\\\\server\\share\\x.png",
        "file:///etc/passwd",
    ],
)
def test_no_other_file_can_be_had(client, app, output, path):
    app.options.save()
    outputs = app.paths.data / "outputs"
    for link, target in (("link.txt", "/etc/passwd"), ("folder-link", "/etc")):
        if not (outputs / link).is_symlink():
            (outputs / link).symlink_to(target)

    answer = client.get(f"/file={path}")

    assert answer.status_code == 404, answer.text[:200]


def test_folders_of_the_flag_are_allowed(make_client, tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.jpg").write_bytes(b"jpeg")
    client = make_client(gradio_allowed_path=(tmp_path / "pictures",))

    assert client.get(f"/file={tmp_path}/pictures/a.jpg").content == b"jpeg"
    assert client.get(f"/file={tmp_path}/config.json").status_code == 404


def test_a_data_folder_behind_a_link_works(make_client, tmp_path):
    (tmp_path / "real" / "pictures").mkdir(parents=True)
    (tmp_path / "real" / "pictures" / "a.jpg").write_bytes(b"jpeg")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    client = make_client(gradio_allowed_path=(tmp_path / "link" / "pictures",))

    assert client.get(f"/file={tmp_path}/link/pictures/a.jpg").content == b"jpeg"
    assert client.get(f"/file={tmp_path}/real/pictures/a.jpg").content == b"jpeg"
