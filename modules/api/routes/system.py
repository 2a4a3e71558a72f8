"""The machine, and what is in its memory."""

from __future__ import annotations

from fastapi import APIRouter

from modules.api.dependencies import TheApp, TheWaitingRoom
from modules.api.schemas import MemoryResponse
from modules.api.system import cuda_memory, ram_memory

router = APIRouter(prefix="/sdapi/v1", tags=["system"])


@router.get("/memory")
def memory() -> MemoryResponse:
    """Return memory used and free, in bytes."""
    return MemoryResponse(ram=ram_memory(), cuda=cuda_memory())


@router.post("/unload-checkpoint")
async def unload_checkpoint(app: TheApp, waiting_room: TheWaitingRoom) -> dict[str, str]:
    """Let the loaded checkpoints go, after the running jobs; the next job loads one again."""
    await waiting_room.run(app.unload_checkpoints)
    return {}


@router.post("/reload-checkpoint")
async def reload_checkpoint(app: TheApp, waiting_room: TheWaitingRoom) -> dict[str, str]:
    """Load the chosen checkpoint now, after the running jobs."""
    await waiting_room.run(app.load_selected_checkpoint)
    return {}
