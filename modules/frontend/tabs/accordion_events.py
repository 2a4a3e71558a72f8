"""The events of Hires. fix and the refiner. What needs no server is in assets/javascript/hires.js."""

from __future__ import annotations

from typing import Any

import gradio as gr

from modules.app.app import App
from modules.frontend.components.checkpoint_menu import CheckpointMenu
from modules.frontend.components.hires_accordion import HiresAccordion
from modules.frontend.components.refiner_accordion import RefinerAccordion
from modules.frontend.components.settings_rows import SizeRow
from modules.frontend.tabs.events import QUICK


def connect_hires(tab: str, hires: HiresAccordion, size: SizeRow) -> None:
    """Let the header say the final size, and let rows that are in use be seen."""
    sizes = [size.width, size.height, hires.scale, hires.resize_width, hires.resize_height]
    gr.on(
        [component.change for component in (hires.enabled, *sizes)],
        None,
        inputs=sizes,
        outputs=[hires.final_size],
        js=f"async (...values) => (await easelReady).hiresChanged('{tab}', ...values)",
        **QUICK,
    )
    prompts = [hires.prompt, hires.negative_prompt, hires.cfg_scale]
    own = [hires.checkpoint.dropdown, hires.sampler, hires.schedule, *prompts]
    gr.on(
        [component.change for component in own],
        None,
        inputs=own,
        js=f"async (...values) => (await easelReady).hiresOwnChanged('{tab}', ...values)",
        **QUICK,
    )


def connect_refiner(refiner: RefinerAccordion) -> None:
    """Let the header say that there is no checkpoint yet."""
    menu = refiner.checkpoint.dropdown
    gr.on(
        [refiner.enabled.change, menu.change],
        None,
        inputs=[menu],
        outputs=[refiner.said],
        js="async (title) => (await easelReady).refinerChanged(title)",
        **QUICK,
    )


def connect_checkpoint_menu(app: App, menu: CheckpointMenu) -> None:
    """Let the button look for new checkpoints."""

    def on_refresh(chosen: Any) -> Any:
        app.catalog.refresh()
        return menu.update(app, chosen)

    menu.refresh.click(on_refresh, inputs=[menu.dropdown], outputs=[menu.dropdown], preprocess=False, **QUICK)
