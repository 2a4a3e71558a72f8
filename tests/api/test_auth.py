"""--api-auth and --gradio-auth: who may call which of our routes."""

import base64

import gradio as gr
import pytest
from fastapi.testclient import TestClient

from modules.api.server import create_server
from modules.core.errors import InputError
from modules.core.flags import Flags

API = ["/sdapi/v1/progress", "/sdapi/v1/options", "/sdapi/v1/cmd-flags", "/sdapi/v1/sd-models", "/sdapi/v1/memory"]
INTERNAL = ["/internal/pending-tasks", "/internal/profile-startup", "/internal/sysinfo", "/internal/quicksettings-hint"]
FILES = [
    "/file=modules/frontend/assets/starting.html",
    "/internal/extra-networks/cards?page=lora",
    "/sd_extra_networks/metadata?page=lora&item=x",
    "/sd_extra_networks/thumb?filename=x",
]


def basic(login):
    return {"Authorization": "Basic " + base64.b64encode(login.encode()).decode()}


def statuses(client, paths, **kwargs):
    return {client.get(path, **kwargs).status_code for path in paths}


def test_without_logins_everything_is_open(client):
    assert statuses(client, API + INTERNAL) == {200}


def test_api_auth_guards_the_api_and_not_the_page_routes(make_client):
    client = make_client(api_auth="ann:secret,bob:pass:word,zoë:пароль")

    refused = client.get(API[0])
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == "Basic"
    assert refused.json() == {
        "error": "HTTPException",
        "detail": "Incorrect username or password",
        "body": "",
        "errors": "",
    }
    for login in ("ann:secret", "bob:pass:word", "zoë:пароль"):
        assert statuses(client, API, headers=basic(login)) == {200}, login
    for login in ("ann:secre", "ann:secrett", "ann:", ":secret", "bob:secret", "carl:secret", "ANN:secret", "", "ann"):
        assert statuses(client, API, headers=basic(login)) == {401}, login
    assert statuses(client, INTERNAL + FILES) <= {200, 404}


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!!", "Basic \xff", "Bearer x", "Basic " + "A" * 9999, "basic YQ=="]
)
def test_a_malformed_header_is_no_login(make_client, header):
    client = make_client(api_auth="ann:secret")

    assert client.get(API[0], headers={"Authorization": header.encode("latin-1")}).status_code == 401


def test_every_post_of_the_api_is_guarded_as_well(make_client):
    client = make_client(api_auth="ann:secret")

    for path, methods in client.app.openapi()["paths"].items():
        if path.startswith("/sdapi"):
            for method in methods:
                assert client.request(method, path).status_code == 401, (method, path)


def test_without_a_page_api_auth_guards_everything(make_client):
    client = make_client(api_auth="ann:secret", nowebui=True)

    assert statuses(client, API + INTERNAL) == {401}
    assert statuses(client, API + INTERNAL, headers=basic("ann:secret")) == {200}
    assert statuses(client, FILES, headers=basic("ann:secret")) == {404}


def test_gradio_auth_guards_all_of_our_routes(make_client):
    client = make_client(gradio_auth="ann:secret")

    assert statuses(client, API + INTERNAL + FILES) == {401}
    assert "WWW-Authenticate" not in client.get(INTERNAL[0]).headers
    assert statuses(client, API + INTERNAL, headers=basic("ann:secret")) == {200}


def test_the_starting_page_may_ask_whether_the_program_is_up(make_client):
    for flags in ({"gradio_auth": "ann:secret"}, {"api_auth": "ann:secret", "nowebui": True}):
        assert make_client(**flags).get("/internal/ping").json()["ready"] is True


def test_with_both_each_has_its_own_logins(make_client):
    client = make_client(gradio_auth="ann:secret", api_auth="bob:word")

    assert statuses(client, API, headers=basic("ann:secret")) == {401}
    assert statuses(client, API + INTERNAL, headers=basic("bob:word")) == {200}
    assert statuses(client, INTERNAL, headers=basic("ann:secret")) == {200}


def test_logins_come_from_a_file_too(make_client, tmp_path):
    logins = tmp_path / "logins.txt"
    logins.write_text("ann:secret,bob:word\n\n  carl:three \n", encoding="utf-8")
    client = make_client(gradio_auth_path=logins)

    assert [statuses(client, INTERNAL, headers=basic(login)) for login in ("bob:word", "carl:three", "dan:x")] == [
        {200},
        {200},
        {401},
    ]


def test_the_session_of_the_page_opens_our_routes(make_client):
    """With the real Gradio: log in on the page, then call with its cookie."""
    server = make_client(gradio_auth="ann:secret").app
    with gr.Blocks() as page:
        gr.Textbox()
    gr.mount_gradio_app(server, page, path="/", auth=[("ann", "secret")])
    browser = TestClient(server)

    assert statuses(browser, INTERNAL) == {401}
    assert browser.post("/login", data={"username": "ann", "password": "wrong"}).status_code == 400
    assert statuses(browser, INTERNAL) == {401}
    assert browser.post("/login", data={"username": "ann", "password": "secret"}).status_code == 200
    assert statuses(browser, API + INTERNAL) == {200}
    assert statuses(TestClient(server, cookies={"access-token-x": "y"}), INTERNAL) == {401}


@pytest.mark.parametrize("login", ["ann", ":secret", "ann:", "ann:secret,bob"])
def test_a_login_without_password_ends_the_start(make_client, login):
    for flag in ("api_auth", "gradio_auth"):
        with pytest.raises(InputError, match="takes user:password"):
            make_client(**{flag: login})


def test_a_file_of_logins_that_is_missing_or_empty_ends_the_start(make_client, tmp_path):
    with pytest.raises(InputError, match="Cannot read the logins"):
        make_client(gradio_auth_path=tmp_path / "no.txt")
    (tmp_path / "empty.txt").write_text("\n")
    with pytest.raises(InputError, match="no login"):
        make_client(gradio_auth_path=tmp_path / "empty.txt")


def test_secrets_are_shown_nowhere(make_client):
    client = make_client(api_auth="ann:s3cret", gradio_auth="bob:w0rd", ngrok="t0ken", nowebui=True)

    for path in ("/sdapi/v1/cmd-flags", "/internal/sysinfo"):
        text = client.get(path, headers=basic("ann:s3cret")).text
        assert not {"s3cret", "w0rd", "t0ken"} & {word for word in ("s3cret", "w0rd", "t0ken") if word in text}
    assert Flags().api_auth is None


def test_routes_of_extensions_are_outside_api_auth(make_client):
    server = make_client(api_auth="ann:secret").app
    server.add_api_route("/controlnet/version", lambda: {"version": 3})

    assert TestClient(server).get("/controlnet/version").json() == {"version": 3}
    assert create_server(server.state.easel) is not server
