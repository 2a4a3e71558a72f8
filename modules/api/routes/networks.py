"""The LoRAs and hypernetworks that prompts can name."""

from __future__ import annotations

from fastapi import APIRouter

from modules.api.dependencies import TheApp
from modules.api.prompt_schemas import HypernetworkItem, LoraItem

router = APIRouter(prefix="/sdapi/v1", tags=["prompts"])


@router.get("/loras")
def loras(app: TheApp) -> list[LoraItem]:
    """List the LoRAs, with what their trainers say of them."""
    return [
        LoraItem(name=lora.name, alias=lora.alias, path=str(lora.path), metadata=dict(lora.metadata))
        for lora in app.loras.list()
    ]


@router.post("/refresh-loras")
def refresh_loras(app: TheApp) -> None:
    """Look for LoRAs again. One that a prompt names is looked for in any case."""
    app.loras.refresh()


@router.get("/hypernetworks")
def hypernetworks(app: TheApp) -> list[HypernetworkItem]:
    """List the hypernetworks."""
    app.hypernetworks.refresh()
    return [HypernetworkItem(name=network.name, path=str(network.path)) for network in app.hypernetworks.list()]
