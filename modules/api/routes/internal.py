"""Routes that the page itself uses."""

from __future__ import annotations

import base64
import time
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from modules.api.body import StrictRoute
from modules.api.dependencies import TheApp
from modules.api.schemas import (
    InterruptRequest,
    InterruptResponse,
    OptionHint,
    PendingTasksResponse,
    PingResponse,
    StartupProfile,
    TaskActionResponse,
    TaskProgressRequest,
    TaskProgressResponse,
    TaskRequest,
)
from modules.api.system import SYSTEM_INFO_NAME, system_info_json
from modules.app.app import App
from modules.app.queue import TaskStatus
from modules.core.options import OPTIONS
from modules.core.progress import Preview, Progress
from modules.generation.model_options import PREVIEW_FORMAT
from modules.generation.options import INTERRUPT_AFTER_CURRENT, PREVIEWS
from modules.imaging.metadata import EncodeOptions, encode_image

router = APIRouter(prefix="/internal", route_class=StrictRoute, tags=["page"])
open_router = APIRouter(prefix="/internal", tags=["page"])
"""For those who are not logged in, too: the starting page waits for the program before anybody can log in."""

PREVIEW_QUALITY = 85


@router.post("/progress")
def task_progress(body: TaskProgressRequest, app: TheApp) -> TaskProgressResponse:
    """Say where a task is, with a preview if there is a newer one than the page has."""
    status = app.queue.status(body.id_task)
    if status.progress is None:
        return TaskProgressResponse(
            active=False, queued=status.queued, completed=status.completed, textinfo=waiting_text(status)
        )
    job = status.progress
    preview = newer_preview(app, job, body) if body.live_preview else None
    return TaskProgressResponse(
        active=True,
        queued=False,
        completed=False,
        progress=job.fraction,
        eta=job.eta_seconds,
        live_preview=None if preview is None else data_uri(preview, app.options[PREVIEW_FORMAT]),
        id_live_preview=body.id_live_preview if preview is None else preview.id,
        textinfo=job.text or None,
        sampling_step=job.sampling_step,
        sampling_steps=job.sampling_steps,
    )


def waiting_text(status: TaskStatus) -> str | None:
    """Return what the page shows before a job begins."""
    if status.completed:
        return None
    return f"In queue: {status.position}/{status.size}" if status.queued else "Waiting..."


def newer_preview(app: App, job: Progress, body: TaskProgressRequest) -> Preview | None:
    """Return the newest preview, unless the page has it or previews are off."""
    if not app.options[PREVIEWS] or job.preview_id in (0, body.id_live_preview):
        return None
    return job.preview()


def data_uri(preview: Preview, format_name: str) -> str:
    """Return a preview as a data URI."""
    data = encode_image(preview.image, format_name, options=EncodeOptions(PREVIEW_QUALITY, metadata=False))
    return f"data:image/{format_name};base64," + base64.b64encode(data).decode("ascii")


@router.post("/interrupt", response_model_exclude_none=True)
async def interrupt_task(body: InterruptRequest, app: TheApp) -> InterruptResponse:
    """Interrupt a task if it is the running one, or take it out of the queue if it waits."""
    job = app.queue.current
    if job is None or job.task_id != body.id_task:
        return InterruptResponse(done=app.queue.cancel(body.id_task), after_current=None)
    gently = body.after_current and app.options[INTERRUPT_AFTER_CURRENT] and job.more_to_come and not job.stopping
    if gently:
        job.stop_after_current()
    else:
        job.interrupt()
    return InterruptResponse(done=True, after_current=gently)


@router.post("/skip")
async def skip_task(body: TaskRequest, app: TheApp) -> TaskActionResponse:
    """End a task's present batch if it is the running one, or take it out of the queue if it waits."""
    job = app.queue.current
    if job is not None and job.task_id == body.id_task:
        job.skip()
        return TaskActionResponse(done=True)
    return TaskActionResponse(done=app.queue.cancel(body.id_task))


@router.get("/pending-tasks")
async def pending_tasks(app: TheApp) -> PendingTasksResponse:
    """List the waiting tasks."""
    tasks = app.queue.pending()
    return PendingTasksResponse(size=len(tasks), tasks=tasks)


@open_router.get("/ping")
async def ping(app: TheApp) -> PingResponse:
    """Say that the program is up. While it starts, the starting page's server answers this itself."""
    return PingResponse(boot_id=app.boot_id, ready=True, stage="ready", error=None)


@router.get("/quicksettings-hint")
async def quicksettings_hint() -> list[OptionHint]:
    """List all settings, for those who choose the quick settings."""
    return [OptionHint(name=option.name, label=option.label) for option in OPTIONS]


@router.get("/profile-startup")
async def profile_startup(app: TheApp) -> StartupProfile:
    """Say how long each part of start-up took."""
    return StartupProfile(total=sum(app.startup_seconds.values()), records=app.startup_seconds)


@router.get("/sysinfo", response_model=dict[str, Any])
def sysinfo(app: TheApp) -> Response:
    """Describe the system and the program, without passwords and tokens."""
    return Response(system_info_json(app), media_type="application/json")


@router.get("/sysinfo-download", response_model=dict[str, Any])
def sysinfo_download(app: TheApp) -> Response:
    """Return the same as a file."""
    name = time.strftime(SYSTEM_INFO_NAME)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(system_info_json(app), media_type="application/json", headers=headers)
