"""Settings and flags."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from modules.api.body import StrictRoute
from modules.api.dependencies import TheApp, TheWaitingRoom
from modules.api.generation_requests import settable
from modules.api.system import public_flags

router = APIRouter(prefix="/sdapi/v1", route_class=StrictRoute, tags=["options"])


@router.get("/options")
def get_options(app: TheApp) -> dict[str, Any]:
    """Return every setting."""
    return app.options.data()


@router.post("/options")
async def set_options(values: dict[str, Any], app: TheApp, waiting_room: TheWaitingRoom) -> None:
    """Change settings and save them. The reply comes when they hold; a new checkpoint waits for running jobs."""
    await waiting_room.run(lambda: app.set_options(settable(values)))


@router.get("/cmd-flags")
async def cmd_flags(app: TheApp) -> dict[str, Any]:
    """Return the launch flags. Passwords and tokens are blanked out."""
    return public_flags(app.flags)
