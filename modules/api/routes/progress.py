"""How far the running job is, and stopping it."""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter

from modules.api.dependencies import TheApp
from modules.api.images import encode
from modules.api.schemas import ProgressResponse
from modules.app.app import App
from modules.core.progress import Progress
from modules.generation.options import PREVIEWS

router = APIRouter(prefix="/sdapi/v1", tags=["progress"])

IDLE: dict[str, Any] = {
    "skipped": False,
    "interrupted": False,
    "stopping_generation": False,
    "job": "",
    "job_count": 0,
    "job_timestamp": "0",
    "job_no": 0,
    "sampling_step": 0,
    "sampling_steps": 0,
}


@router.get("/progress")
def progress(app: TheApp, skip_current_image: bool = False) -> ProgressResponse:
    """Say how far the running job is. The preview follows the settings for live previews."""
    job = app.queue.current
    if job is None:
        return ProgressResponse(progress=0, eta_relative=0, state=IDLE, current_image=None, textinfo=None)
    return ProgressResponse(
        progress=job.fraction,
        eta_relative=job.eta_seconds,
        state=describe_state(job),
        current_image=None if skip_current_image else preview_of(app, job),
        textinfo=job.text or None,
    )


def describe_state(job: Progress) -> dict[str, Any]:
    """Return the state of a job under A1111's names."""
    return {
        "skipped": job.skipped,
        "interrupted": job.interrupted,
        "stopping_generation": job.stopping,
        "job": job.task_id,
        "job_count": job.job_count,
        "job_timestamp": time.strftime("%Y%m%d%H%M%S", time.localtime(job.started)),
        "job_no": job.job_no,
        "sampling_step": job.sampling_step,
        "sampling_steps": job.sampling_steps,
    }


def preview_of(app: App, job: Progress) -> str | None:
    """Return the newest preview as base64, or None if there is none or previews are off."""
    settings = app.settings()
    preview = job.preview() if settings[PREVIEWS] else None
    return None if preview is None else encode(preview.image, settings)


@router.post("/interrupt")
async def interrupt(app: TheApp) -> dict[str, Any]:
    """Stop the running job as soon as its present step is done; the reply to its call has what was made."""
    app.queue.interrupt()
    return {}


@router.post("/skip")
async def skip(app: TheApp) -> None:
    """End the present batch of the running job, and go on with the next."""
    app.queue.skip()
