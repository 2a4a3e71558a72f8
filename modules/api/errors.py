"""Every failure becomes a reply here, in A1111's form: {"error", "detail", "body", "errors"}."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import JSONResponse

from modules.app.queue import JobCancelledError
from modules.core.errors import (
    CheckpointError,
    DeviceMemoryError,
    InputError,
    StorageError,
    UnknownNameError,
    WebUIError,
)

log = logging.getLogger(__name__)

STATUS_OF: dict[type[WebUIError], int] = {
    InputError: 400,
    UnknownNameError: 404,
    CheckpointError: 422,
    JobCancelledError: 409,
    DeviceMemoryError: 500,
    StorageError: 507,
    WebUIError: 500,
}
"""The status of each kind of error; a kind that is not named has that of the nearest one it derives from."""


def status_of(error: WebUIError) -> int:
    """Return the HTTP status for an error meant for people."""
    return next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)


def error_body(error: Exception, detail: Any = "") -> dict[str, Any]:
    """Return A1111's body for an error."""
    return {"error": type(error).__name__, "detail": detail, "body": "", "errors": _text(error)}


def bug_response(error: Exception) -> JSONResponse:
    """Return the reply for an error that nobody expected."""
    return JSONResponse(error_body(error), status_code=500)


def add_error_replies(server: FastAPI) -> None:
    """Answer errors meant for people, refusals by routes, and bodies of the wrong form. The rest are bugs."""
    server.add_exception_handler(WebUIError, _reply_to_person)
    server.add_exception_handler(HTTPException, _reply_to_refusal)
    server.add_exception_handler(RequestValidationError, _reply_to_wrong_form)


async def _reply_to_person(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, WebUIError)
    status = status_of(error)
    log.log(logging.WARNING if status >= 500 else logging.INFO, "%s: %s", request.url.path, error)
    return JSONResponse(error_body(error, detail=_text(error)), status_code=status)


async def _reply_to_refusal(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    body = {**error_body(error, detail=error.detail), "errors": ""}
    return JSONResponse(body, status_code=error.status_code, headers=error.headers)


async def _reply_to_wrong_form(request: Request, error: Exception) -> JSONResponse:
    """Keep FastAPI's own form, without the value that was sent, which may be huge or impossible to write as JSON."""
    assert isinstance(error, RequestValidationError)
    return JSONResponse({"detail": [_problem(request, problem) for problem in error.errors()]}, status_code=422)


def _problem(request: Request, problem: dict[str, Any]) -> dict[str, Any]:
    message = problem["msg"]
    if problem["loc"] == ("body",) and "json" not in request.headers.get("content-type", ""):
        message = "The body must be JSON, sent with the header Content-Type: application/json"
    context = {key: str(value) for key, value in problem.get("ctx", {}).items()}
    location = [_text(part) if isinstance(part, str) else part for part in problem["loc"]]
    return {"loc": location, "msg": message, "type": problem["type"], **({"ctx": context} if context else {})}


def _text(value: object) -> str:
    """Return a text that can be written as UTF-8."""
    return str(value).encode("utf-8", "replace").decode("utf-8")
