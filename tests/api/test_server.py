"""What holds for every route: headers, flags, error bodies, the description of the API, the documentation."""

import json
import logging
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from modules.api.errors import STATUS_OF, status_of
from modules.api.server import create_server
from modules.core import errors
from modules.core.errors import InputError, StorageError, WebUIError

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTATION = ROOT / "docs" / "api.md"


def test_every_answer_says_how_long_it_took(client):
    for answer in (
        client.get("/sdapi/v1/progress"),
        client.get("/nothing"),
        client.post("/sdapi/v1/txt2img", json={"steps": 0}),
    ):
        assert re.fullmatch(r"\d+\.\d{4}", answer.headers["X-Process-Time"])


def test_long_answers_are_compressed_for_those_who_take_it(client):
    assert client.get("/sdapi/v1/options").headers.get("content-encoding") == "gzip"
    assert "content-encoding" not in client.get("/sdapi/v1/options", headers={"Accept-Encoding": "identity"}).headers
    assert "content-encoding" not in client.get("/internal/ping").headers


@pytest.mark.parametrize("nowebui", [True, False])
def test_without_api_there_is_no_sdapi(make_client, nowebui):
    client = make_client(api=False, nowebui=nowebui)

    assert client.get("/sdapi/v1/progress").status_code == (200 if nowebui else 404)
    assert client.get("/internal/ping").status_code == 200


def test_api_log_writes_one_line_for_each_call_of_the_api(make_client, caplog):
    client = make_client(api_log=True)
    with caplog.at_level(logging.INFO, logger="modules.api.middleware"):
        client.get("/sdapi/v1/progress")
        client.get("/internal/ping")

    lines = [record.getMessage() for record in caplog.records if record.name == "modules.api.middleware"]
    assert len(lines) == 1
    assert re.fullmatch(r"API 200 http/1.1 GET /sdapi/v1/progress testclient \d+\.\d{4}", lines[0])


def test_no_line_without_the_flag(client, caplog):
    with caplog.at_level(logging.INFO, logger="modules.api.middleware"):
        client.get("/sdapi/v1/progress")

    assert [record for record in caplog.records if record.name == "modules.api.middleware"] == []


@pytest.mark.parametrize(
    ("flags", "origin", "allowed"),
    [
        ({}, "https://a.example", None),
        ({"cors_allow_origins": "https://a.example, https://b.example"}, "https://b.example", "https://b.example"),
        ({"cors_allow_origins": "https://a.example"}, "https://evil.example", None),
        ({"cors_allow_origins_regex": r"https://.*\.example"}, "https://c.example", "https://c.example"),
        ({"cors_allow_origins": "*"}, "https://a.example", "https://a.example"),
    ],
)
def test_cors(make_client, flags, origin, allowed):
    client = make_client(**flags)
    preflight = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-mine"}

    assert (
        client.get("/sdapi/v1/progress", headers={"Origin": origin}).headers.get("access-control-allow-origin")
        == allowed
    )
    answer = client.options("/sdapi/v1/txt2img", headers=preflight)
    assert answer.status_code == (200 if allowed else 400)


def test_a_malformed_cors_pattern_ends_the_start(make_client):
    with pytest.raises(InputError, match="cors-allow-origins-regex"):
        make_client(cors_allow_origins_regex="(")


def test_every_kind_of_error_has_a_status():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, WebUIError)]

    assert set(kinds) <= set(STATUS_OF)
    assert status_of(type("Finer", (StorageError,), {})("x")) == STATUS_OF[StorageError]


def test_a_bug_is_answered_in_the_form_of_a1111_and_logged(app, caplog):
    server = create_server(app)
    server.add_api_route("/broken", lambda: [][1])

    answer = TestClient(server).get("/broken")

    assert answer.status_code == 500
    assert answer.json() == {"error": "IndexError", "detail": "", "body": "", "errors": "list index out of range"}
    assert "X-Process-Time" in answer.headers
    assert "Traceback" in caplog.text


def test_an_error_of_a_kind_for_people_is_answered_without_traceback(app, caplog):
    def fail():
        raise StorageError("The disk is full.")

    server = create_server(app)
    server.add_api_route("/full", fail)

    answer = TestClient(server).get("/full")

    assert answer.status_code == 507
    assert answer.json() == {
        "error": "StorageError",
        "detail": "The disk is full.",
        "body": "",
        "errors": "The disk is full.",
    }
    assert "Traceback" not in caplog.text


def test_a_subpath_is_known_to_the_description(make_client):
    client = make_client(subpath="/easel/")

    assert client.get("/openapi.json").json()["servers"] == [{"url": "/easel"}]
    assert client.get("/easel/sdapi/v1/progress").status_code == 200
    assert client.get("/sdapi/v1/progress").status_code == 200


def test_the_description_of_the_api_is_clean(client):
    description = client.get("/openapi.json").json()

    assert client.get("/docs").status_code == client.get("/redoc").status_code == 200
    operations = [operation for methods in description["paths"].values() for operation in methods.values()]
    assert all(operation["summary"] and operation["description"] and operation["tags"] for operation in operations)
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))
    assert not [name for name in description["components"]["schemas"] if "__" in name or "-Input" in name]
    json.dumps(description, allow_nan=False)


def routes_of(client):
    return [
        f"{method.upper()} {path}"
        for path, methods in client.get("/openapi.json").json()["paths"].items()
        for method in methods
    ]


@pytest.fixture
def whole(make_client):
    """A program with every route."""
    return make_client(api_server_stop=True)


def test_every_route_is_documented_with_examples(whole):
    sections = re.split(r"^#{2,3} ", DOCUMENTATION.read_text(encoding="utf-8"), flags=re.MULTILINE)

    for route in [*routes_of(whole), "GET /file=<path>"]:
        own = [section for section in sections if f"`{route}`" in section.partition("\n")[0]]
        assert len(own) == 1, route
        assert "curl" in own[0] and "requests." in own[0], f"{route} lacks an example"


def test_no_route_is_documented_that_is_not_there(whole):
    headings = re.findall(
        r"^#{2,3} .*`(?:GET|POST) /.*$", DOCUMENTATION.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    named = {route for heading in headings for route in re.findall(r"`((?:GET|POST) /[^`]*)`", heading)}

    assert named == {*routes_of(whole), "GET /file=<path>"}


@pytest.mark.parametrize(("page", "script"), [("docs", "swagger-ui-bundle.js"), ("redoc", "redoc.standalone.js")])
def test_the_pages_of_the_api_need_no_other_server(client, page, script):
    text = client.get(f"/{page}").text
    assert not re.search(r'(?:src|href)="(?:https?:)?//', text)
    assert "openapi.json" in text
    assert len(client.get(f"/docs-assets/{script}").content) > 500_000
    assert client.get("/docs-assets/../core.py").status_code == 404
