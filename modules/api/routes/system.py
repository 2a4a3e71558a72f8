"""The machine."""

from __future__ import annotations

from fastapi import APIRouter

from modules.api.schemas import MemoryResponse
from modules.api.system import cuda_memory, ram_memory

router = APIRouter(prefix="/sdapi/v1", tags=["system"])


@router.get("/memory")
def memory() -> MemoryResponse:
    """Return memory used and free, in bytes."""
    return MemoryResponse(ram=ram_memory(), cuda=cuda_memory())
