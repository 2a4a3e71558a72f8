"""What routes take as parameters."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from modules.app.app import App

T = TypeVar("T")

MOST_WAITING = 512


class WaitingRoom:
    """Threads for calls that wait for their turn in the queue, apart from those that answer quick calls.

    However many jobs wait, progress and interrupt are answered at once.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(MOST_WAITING, thread_name_prefix="api job")

    async def run(self, work: Callable[[], T]) -> T:
        """Do the work in a thread. It goes on even if the client has left."""
        return await asyncio.wrap_future(self._threads.submit(work))


# Async, because FastAPI calls plain functions in one of its few threads.


async def _get_app(request: Request) -> App:
    return request.app.state.easel


async def _get_waiting_room(request: Request) -> WaitingRoom:
    return request.app.state.waiting_room


TheApp = Annotated[App, Depends(_get_app)]
TheWaitingRoom = Annotated[WaitingRoom, Depends(_get_waiting_room)]
