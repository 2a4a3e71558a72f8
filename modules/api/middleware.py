"""What happens to every request: CORS, compression, the time it took, and a reply even to a bug."""

from __future__ import annotations

import logging
import re
import time

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from modules.api.errors import bug_response
from modules.core.errors import InputError
from modules.core.flags import Flags

log = logging.getLogger(__name__)

COMPRESSED_FROM = 1000
COMPRESSION_LEVEL = 4  # pictures in base64 hardly shrink further at 9, which takes three times as long


def add_middleware(server: FastAPI, flags: Flags) -> None:
    """Wrap the server; what is added last sees a request first.

    Raises:
        InputError: --cors-allow-origins-regex is no regular expression.
    """
    server.add_middleware(GZipMiddleware, minimum_size=COMPRESSED_FROM, compresslevel=COMPRESSION_LEVEL)
    server.add_middleware(
        CORSMiddleware,
        allow_origins=[origin.strip() for origin in (flags.cors_allow_origins or "").split(",") if origin.strip()],
        allow_origin_regex=_checked_pattern(flags.cors_allow_origins_regex),
        allow_methods=["*"],
        allow_headers=["*"],
        allow_credentials=True,
    )
    server.add_middleware(RequestTimer, logs_api=flags.api_log)
    if subpath := (flags.subpath or "").strip("/"):
        server.add_middleware(Subpath, subpath=f"/{subpath}")


def _checked_pattern(pattern: str | None) -> str | None:
    try:
        re.compile(pattern or "")
    except re.error as error:
        raise InputError(f"--cors-allow-origins-regex is no regular expression: {error}.") from error
    return pattern or None


class Subpath:
    """Tells the program under which path a proxy shows it (--subpath), whether or not the proxy strips that path."""

    def __init__(self, app: ASGIApp, *, subpath: str) -> None:
        self.app = app
        self.subpath = subpath

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] in ("http", "websocket"):
            scope["root_path"] = self.subpath
        await self.app(scope, receive, send)


class RequestTimer:
    """Adds `X-Process-Time`, logs the API's requests if asked to, and answers bugs with status 500."""

    def __init__(self, app: ASGIApp, *, logs_api: bool) -> None:
        self.app = app
        self.logs_api = logs_api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def send_timed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Process-Time"] = f"{time.perf_counter() - started:.4f}"
            await send(message)

        try:
            await self.app(scope, receive, send_timed)
        except Exception as error:
            log.exception("%s %s failed", scope["method"], scope["path"])
            if status:
                raise  # the reply has begun; the server closes the connection
            await bug_response(error)(scope, receive, send_timed)
        finally:
            if self.logs_api and "/sdapi" in scope["path"]:
                _log_call(scope, status, time.perf_counter() - started)


def _log_call(scope: Scope, status: int, seconds: float) -> None:
    client = scope.get("client") or ("unknown", 0)
    log.info(
        "API %s %s/%s %s %s %s %.4f",
        status,
        scope.get("scheme", "http"),
        scope.get("http_version", "1.1"),
        scope["method"],
        scope["path"],
        client[0],
        seconds,
    )
