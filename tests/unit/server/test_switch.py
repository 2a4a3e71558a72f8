import asyncio
import json
from contextlib import asynccontextmanager

import httpx
import pytest

from modules.server.switch import Switch

PAGE = b"<html>starting</html>"


class Program:
    """A small ASGI application that says its name and remembers its lifespan."""

    def __init__(self, name, fail=False):
        self.name, self.fail, self.life, self.router = name, fail, [], self

    @asynccontextmanager
    async def lifespan_context(self, _program):
        if self.fail:
            raise RuntimeError("no")
        self.life.append("begun")
        yield
        self.life.append("ended")

    async def __call__(self, scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": self.name.encode()})


def client_of(switch):
    return httpx.AsyncClient(transport=httpx.ASGITransport(switch), base_url="http://easel")


def run(work):
    asyncio.run(asyncio.wait_for(work, 10))


def test_the_starting_page_is_shown_until_the_program_is_there():
    async def work():
        switch = Switch(PAGE)
        switch.stage = "Loading the page"
        async with client_of(switch) as client:
            assert (await client.get("/")).content == PAGE
            assert json.loads((await client.get("/internal/ping")).content) == {
                "boot_id": "",
                "ready": False,
                "stage": "Loading the page",
                "error": None,
            }
            await switch.enter(Program("real"))
            assert (await client.get("/")).text == "real"
            assert (await client.get("/internal/ping")).text == "real"

    run(work())


def test_other_requests_wait_for_the_program():
    async def work():
        switch = Switch(PAGE)
        async with client_of(switch) as client:
            early = asyncio.create_task(client.post("/sdapi/v1/txt2img"))
            await asyncio.sleep(0.05)
            assert not early.done()
            await switch.enter(Program("real"))
            assert (await early).text == "real"

    run(work())


def test_a_new_program_takes_over_and_the_old_one_ends():
    async def work():
        switch, old, new = Switch(PAGE), Program("old"), Program("new")
        await switch.enter(old)
        await switch.enter(new)
        await asyncio.sleep(0.05)
        async with client_of(switch) as client:
            assert (await client.get("/")).text == "new"
        assert (old.life, new.life) == (["begun", "ended"], ["begun"])

    run(work())


def test_a_program_that_cannot_start_changes_nothing():
    async def work():
        switch = Switch(PAGE)
        await switch.enter(Program("old"))
        with pytest.raises(RuntimeError):
            await switch.enter(Program("new", fail=True))
        async with client_of(switch) as client:
            assert (await client.get("/")).text == "old"

    run(work())


def test_behind_a_path():
    async def work():
        async with client_of(Switch(PAGE, "/easel/")) as client:
            assert (await client.get("/easel/")).content == PAGE
            assert (await client.get("/easel/internal/ping")).json()["ready"] is False

    run(work())
