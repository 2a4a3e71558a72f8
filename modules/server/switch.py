"""The front door: answers the port at once with a small starting page, then gives way to the program.

Importing gradio and torch takes seconds. Until the program is built, `/` shows the starting page, `/internal/ping`
says how far it is, and every other request waits. "Reload UI" swaps a newly built program in without closing the port.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Program(Protocol):
    """An ASGI application with a Starlette router."""

    router: Any

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


class Switch:
    """The ASGI application that the server runs.

    Attributes:
        stage: what start-up is doing, for the starting page.
        error: why it failed, in one sentence.
    """

    def __init__(self, starting_page: bytes, base_path: str = "") -> None:
        self.stage = "starting"
        self.error: str | None = None
        self._starting_page = starting_page
        self._base_path = base_path.rstrip("/")
        self._program: Program | None = None
        self._leave: asyncio.Event | None = None
        self._entered = asyncio.Event()
        self._lives: set[asyncio.Task[None]] = set()

    async def enter(self, program: Program) -> None:
        """Run a program's start-up, hand all requests to it from now on, and end the one before."""
        leave, started = asyncio.Event(), asyncio.Event()
        life = asyncio.create_task(self._live(program, started, leave))
        self._lives.add(life)
        life.add_done_callback(self._lives.discard)
        await asyncio.wait([life, asyncio.create_task(started.wait())], return_when=asyncio.FIRST_COMPLETED)
        if life.done():
            life.result()
        before, self._leave = self._leave, leave
        self._program = program
        self._entered.set()
        if before is not None:
            before.set()

    @staticmethod
    async def _live(program: Program, started: asyncio.Event, leave: asyncio.Event) -> None:
        """A lifespan begins and ends in one task, as cancel scopes inside it require."""
        async with program.router.lifespan_context(program):
            started.set()
            await leave.wait()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._program is None and scope["type"] == "http":
            path = scope["path"].removeprefix(self._base_path)
            if path == "/internal/ping":
                await _reply(send, 200, "application/json", self._ping())
                return
            if path in ("", "/") and scope["method"] in ("GET", "HEAD"):
                await _reply(send, 200, "text/html; charset=utf-8", self._starting_page)
                return
        await self._entered.wait()
        assert self._program is not None
        await self._program(scope, receive, send)

    def _ping(self) -> bytes:
        return json.dumps({"boot_id": "", "ready": False, "stage": self.stage, "error": self.error}).encode()


async def _reply(send: Send, status: int, content_type: str, body: bytes) -> None:
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
