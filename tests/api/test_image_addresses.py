"""Pictures given by address: fetched from a real server, and refused where they would lead into the own network."""

import base64
import io
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image

from modules.api import fetching
from modules.api.fetching import is_global
from modules.generation.options import PREVIEWS

SMALL = {"prompt": "a cat", "steps": 1, "width": 64, "height": 64, "seed": 1}


def png():
    buffer = io.BytesIO()
    pixels = np.random.default_rng(2).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(buffer, "png")
    return buffer.getvalue()


PICTURE = png()


class Pages(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.path, self.headers["host"], self.headers["user-agent"]))
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("location", self.path.removeprefix("/to/"))
            self.end_headers()
            return
        self.send_response(404 if self.path == "/none" else 200)
        self.end_headers()
        self.wfile.write({"/a.png": PICTURE, "/text": b"no picture"}.get(self.path, b""))

    def log_message(self, *_arguments):
        pass


@pytest.fixture(scope="module")
def server():
    running = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    running.asked = []
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


@pytest.fixture
def at(server):
    """The address of a page, by a host's name or number."""
    server.asked.clear()
    return lambda path, host="127.0.0.1": f"http://{host}:{server.server_port}{path}"


@pytest.fixture
def local_allowed(app):
    app.set_options({"api_forbid_local_requests": False})


def post(client, route, **body):
    return client.post(f"/sdapi/v1/{route}", json=body)


def refusal(reply):
    assert reply.status_code == 400
    return reply.json()["errors"]


@pytest.mark.usefixtures("local_allowed")
def test_pictures_and_masks_are_fetched(client, at, server):
    encoded = base64.b64encode(PICTURE).decode()
    sent = post(client, "img2img", init_images=[encoded], mask=encoded, **SMALL)
    fetched = post(client, "img2img", init_images=[at("/a.png")], mask=at("/a.png", "localhost"), **SMALL)

    assert fetched.status_code == 200
    assert fetched.json()["images"] == sent.json()["images"]
    assert [host for _path, host, _agent in server.asked] == [
        f"{name}:{server.server_port}" for name in ("127.0.0.1", "localhost")
    ]
    extra = post(client, "extra-single-image", image=at("/a.png"), upscaling_resize=1, upscaler_1="None")
    assert Image.open(io.BytesIO(base64.b64decode(extra.json()["image"]))).size == (64, 64)
    assert post(client, "png-info", image=at("/to//a.png")).status_code == 200


@pytest.mark.usefixtures("local_allowed")
def test_the_program_calls_itself_as_it_is_told(client, app, at, server):
    app.set_options({"api_useragent": "Painter/1"})
    post(client, "png-info", image=at("/a.png"))

    assert server.asked[-1][2] == "Painter/1"


@pytest.mark.usefixtures("local_allowed")
@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/none", "Invalid image url: nothing could be fetched from there (status 404)"),
        ("/text", "Invalid encoded image"),
        ("/empty", "Invalid encoded image"),
        ("/to/file:///etc/passwd", "Invalid image url"),
        ("/to//to//to//to//to//to//to//a.png", "Invalid image url"),
    ],
)
def test_what_is_no_picture_is_told(client, at, path, sentence):
    assert sentence in refusal(post(client, "png-info", image=at(path)))


@pytest.mark.usefixtures("local_allowed")
@pytest.mark.parametrize(
    "url", ["http://", "https://no-such-host.invalid/a.png", "http://127.0.0.1:99999/", "http://[::"]
)
def test_what_is_no_address_is_told(client, url):
    assert "Invalid image url" in refusal(post(client, "png-info", image=url))


@pytest.mark.usefixtures("local_allowed")
def test_a_file_without_end_is_cut_off(client, at, monkeypatch):
    monkeypatch.setattr(fetching, "LARGEST_FILE", 1000)
    assert "larger than" in refusal(post(client, "png-info", image=at("/a.png")))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]", "2130706433"])
def test_the_own_network_is_refused(client, at, server, host):
    assert "Request to local resource not allowed" in refusal(post(client, "png-info", image=at("/a.png", host)))
    assert server.asked == []


def test_a_redirect_into_the_own_network_is_refused(client, at, server, monkeypatch):
    """127.0.0.1 stands for a public server here."""
    monkeypatch.setattr(fetching, "is_global", lambda address: address == "127.0.0.1")
    inside = at("/a.png", "127.0.0.2")

    assert "Request to local resource not allowed" in refusal(post(client, "png-info", image=at(f"/to/{inside}")))
    assert [path for path, _host, _agent in server.asked] == [f"/to/{inside}"]


def test_addresses_can_be_turned_off_and_no_call_turns_them_on(client, app, at, server):
    app.set_options({"api_enable_requests": False, "api_forbid_local_requests": False})
    for name in ("api_enable_requests", "api_forbid_local_requests"):
        post(client, "options", **{name: True})
    overrides = {"api_enable_requests": True, PREVIEWS.name: False}
    reply = post(client, "img2img", init_images=[at("/a.png")], override_settings=overrides, **SMALL)

    assert "Requests not allowed" in refusal(reply)
    assert server.asked == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("::ffff:8.8.8.8", True),
        ("10.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("fd00::1", False),
        ("fe80::1", False),
        ("::ffff:192.168.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_public_addresses(address, public):
    assert is_global(address) is public
