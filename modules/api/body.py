"""Request bodies, read strictly: not too large, finite numbers, text that is Unicode, no bottomless nesting."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, NoReturn

from fastapi import HTTPException, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

LARGEST_BODY = 256 * 2**20
DEEPEST_NESTING = 64
LARGEST_NUMBER = 2**64


class StrictRequest(Request):
    """A request whose body is checked before anything looks at it."""

    async def body(self) -> bytes:
        """Return the body.

        Raises:
            HTTPException: 413, it is too large.
        """
        if not hasattr(self, "_body"):
            self._body = await self._read_limited()
        return self._body

    async def _read_limited(self) -> bytes:
        announced = self.headers.get("content-length", "0")
        if announced.isdecimal() and int(announced) > LARGEST_BODY:
            _refuse_size()
        chunks: list[bytes] = []
        size = 0
        async for chunk in self.stream():
            size += len(chunk)
            if size > LARGEST_BODY:
                _refuse_size()
            chunks.append(chunk)
        return b"".join(chunks)

    async def json(self) -> Any:
        """Return the body as JSON.

        Raises:
            HTTPException: 400, it holds something that we could not work with or answer.
        """
        if not hasattr(self, "_json"):
            self._json = parse_json(await self.body())
        return self._json


class StrictRoute(APIRoute):
    """A route that reads its body strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler, given a strict request."""
        handle = super().get_route_handler()

        async def handle_strictly(request: Request) -> Response:
            return await handle(StrictRequest(request.scope, request.receive))

        return handle_strictly


def parse_json(body: bytes) -> Any:
    """Parse JSON.

    Raises:
        HTTPException: 400, with one sentence.
        JSONDecodeError: it is no JSON; FastAPI answers that.
    """
    try:
        value = json.loads(body, parse_constant=_refuse_constant)
    except json.JSONDecodeError:
        raise
    except UnicodeDecodeError:
        _refuse("The body is not UTF-8.")
    except RecursionError:
        _refuse(f"The body is nested deeper than {DEEPEST_NESTING} levels.")
    except ValueError:  # Python refuses to read whole numbers of several thousand digits
        _refuse("A number in the body is too large.")
    _check(value)
    return value


def _check(value: Any) -> None:
    """Refuse what JSON allows but nothing here can use. Goes through the value without recursion."""
    level = [value]
    for _ in range(DEEPEST_NESTING):
        for item in level:
            _check_leaf(item)
        level = list(_children(level))
        if not level:
            return
    _refuse(f"The body is nested deeper than {DEEPEST_NESTING} levels.")


def _children(level: list[Any]) -> Iterator[Any]:
    for item in level:
        if isinstance(item, dict):
            yield from item.keys()
            yield from item.values()
        elif isinstance(item, list):
            yield from item


def _check_leaf(item: Any) -> None:
    if isinstance(item, str):
        if not item.isascii():
            _check_unicode(item)
    elif isinstance(item, int | float) and not (math.isfinite(item) and abs(item) <= _limit(item)):
        _refuse("A number in the body is too large.")


def _limit(number: float) -> float:
    return LARGEST_NUMBER if isinstance(number, int) else math.inf


def _check_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        _refuse(
            "A text in the body holds half of a surrogate pair (\\ud800 to \\udfff), which is no Unicode character."
        )


def _refuse_constant(name: str) -> NoReturn:
    _refuse(f"{name} is no number; numbers in the body must be finite.")


def _refuse_size() -> NoReturn:
    raise HTTPException(413, f"The body is larger than {LARGEST_BODY // 2**20} MB; send smaller or fewer images.")


def _refuse(sentence: str) -> NoReturn:
    raise HTTPException(400, sentence)
