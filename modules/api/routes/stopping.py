"""Ending and restarting the program; with --api-server-stop alone."""

from __future__ import annotations

import os

from fastapi import APIRouter, BackgroundTasks, HTTPException
from fastapi.responses import PlainTextResponse

from modules.api.dependencies import TheApp
from modules.app.stopping import ALONE, can_restart, restart, stop

router = APIRouter(prefix="/sdapi/v1", tags=["system"])

# Each of them replies first.


@router.post("/server-kill")
async def server_kill(tasks: BackgroundTasks) -> None:
    """End the program at once; the running job is lost."""
    tasks.add_task(os._exit, 0)


@router.post("/server-stop", response_class=PlainTextResponse)
async def server_stop(app: TheApp, tasks: BackgroundTasks) -> str:
    """End the program in good order."""
    tasks.add_task(stop, app)
    return "Stopping."


@router.post("/server-restart", response_class=PlainTextResponse)
async def server_restart(app: TheApp, tasks: BackgroundTasks) -> str:
    """End the program so that webui.sh or webui.bat starts it again; 501 if neither has started it."""
    if not can_restart():
        raise HTTPException(501, ALONE)
    tasks.add_task(restart, app)
    return "Restarting."
