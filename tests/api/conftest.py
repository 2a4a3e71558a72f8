"""The real program with the tiny random checkpoint, behind a client."""

import dataclasses
import shutil
from pathlib import Path

import pytest
import torch
from fastapi.testclient import TestClient

from modules.api.server import create_server
from modules.app.app import build_app
from modules.app.current import set_current
from modules.core.flags import Flags
from modules.server.boot import make_script_controls

GOLDEN = Path(__file__).parents[1] / "data" / "golden"
TINY = "tiny-random"

# Two threads that wait for each other on a busy machine can take a hundred times as long as one.
torch.set_num_threads(1)


def make_app(folder, **flags):
    models = folder / "models" / "Stable-diffusion"
    if not models.exists():
        models.mkdir(parents=True)
        for suffix in (".safetensors", ".yaml"):
            shutil.copy(GOLDEN / f"{TINY}{suffix}", models)
    app = build_app(dataclasses.replace(Flags(), data_dir=folder, use_cpu=("all",), **{"api": True, **flags}))
    app.make_script_controls = make_script_controls
    return app


@pytest.fixture(scope="session")
def app(tmp_path_factory):
    return make_app(tmp_path_factory.mktemp("program"))


@pytest.fixture(scope="session")
def client(app):
    return TestClient(create_server(app), raise_server_exceptions=False)


@pytest.fixture
def make_client(tmp_path):
    """Make a client of a program of its own, with the flags given."""

    def make(**flags):
        return TestClient(create_server(make_app(tmp_path, **flags)), raise_server_exceptions=False)

    return make


@pytest.fixture(autouse=True)
def settings_as_before(app):
    set_current(app)
    before = dict(app.options._data)
    yield
    app.options._data = before
