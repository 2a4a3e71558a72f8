"""The server: our routes, and what happens to every request. The page is mounted on it afterwards."""

from __future__ import annotations

from fastapi import FastAPI

from modules.api.auth import make_guards
from modules.api.dependencies import WaitingRoom
from modules.api.documentation import add_documentation
from modules.api.errors import add_error_replies
from modules.api.middleware import add_middleware
from modules.api.routes import (
    catalogs,
    extra_networks,
    extras,
    files,
    generation,
    internal,
    networks,
    options,
    png_info,
    progress,
    prompts,
    scripts,
    stopping,
    system,
    verify,
)
from modules.app.app import App
from modules.core.version import EASEL_VERSION

API_ROUTES = (generation, progress, catalogs, prompts, networks, options, png_info, extras, scripts, verify, system)


def create_server(app: App) -> FastAPI:
    """Build the server of the program: /sdapi with --api, /internal always, /file= unless there is no page.

    Raises:
        InputError: a flag that cannot be used, such as a malformed --api-auth.
    """
    server = FastAPI(
        title="Easel",
        description="The API of AUTOMATIC1111's web UI. See docs/api.md for examples.",
        version=EASEL_VERSION,
        docs_url=None,
        redoc_url=None,
    )
    server.state.easel = app
    server.state.waiting_room = WaitingRoom()
    add_documentation(server)
    add_error_replies(server)
    add_middleware(server, app.flags)
    guards = make_guards(app.flags)
    if app.flags.api or app.flags.nowebui:
        for subject in API_ROUTES:
            server.include_router(subject.router, dependencies=guards.api)
        if app.flags.api_server_stop:
            server.include_router(stopping.router, dependencies=guards.api)
    server.include_router(internal.open_router)
    server.include_router(internal.router, dependencies=guards.internal)
    if not app.flags.nowebui:
        server.include_router(files.router, dependencies=guards.internal)
        server.include_router(extra_networks.router, dependencies=guards.internal)
    return server
