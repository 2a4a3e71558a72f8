"""Ending and restarting the program by the API."""

import json

import pytest
from fastapi.testclient import TestClient

from modules.api.server import create_server
from modules.api.system import write_system_info
from modules.app.stopping import restart
from modules.app.sysinfo_check import is_unchanged
from modules.core.errors import StorageError
from tests.api.conftest import make_app

WAYS = ("server-stop", "server-restart", "server-kill")


@pytest.fixture
def stopped(tmp_path):
    """A program that notes when it is to end, with its client."""
    app, asked = make_app(tmp_path, api_server_stop=True), []
    app.request_stop = lambda: asked.append("stop")
    client = TestClient(create_server(app), raise_server_exceptions=False)
    client.asked, client.app_of_it = asked, app
    return client


@pytest.mark.parametrize("way", WAYS)
def test_without_the_flag_there_are_no_such_routes(client, way):
    assert client.post(f"/sdapi/v1/{way}").status_code == 404


def test_the_program_is_ended_after_the_reply(stopped):
    reply = stopped.post("/sdapi/v1/server-stop")
    assert (reply.status_code, reply.text) == (200, "Stopping.")
    assert stopped.asked == ["stop"]


def test_it_is_started_again_only_if_something_does_that(stopped, monkeypatch, tmp_path):
    monkeypatch.delenv("SD_WEBUI_RESTART", raising=False)
    reply = stopped.post("/sdapi/v1/server-restart")
    assert reply.status_code == 501
    assert "not started by webui.sh" in reply.json()["detail"]
    assert stopped.asked == []

    monkeypatch.setenv("SD_WEBUI_RESTART", str(tmp_path / "tmp" / "restart"))
    assert stopped.post("/sdapi/v1/server-restart").text == "Restarting."
    assert stopped.asked == ["stop"]
    assert (tmp_path / "tmp" / "restart").exists()


def test_a_restart_that_cannot_be_asked_for_ends_nothing(stopped, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StorageError, match="asks for the restart"):
        restart(stopped.app_of_it, {"SD_WEBUI_RESTART": str(tmp_path / "file" / "restart")})
    assert stopped.asked == []


def test_the_system_is_described_in_a_file(stopped, tmp_path):
    path = write_system_info(stopped.app_of_it)
    assert path.parent == tmp_path
    assert json.loads(path.read_text())["Data path"] == str(tmp_path)
    assert is_unchanged(path)
