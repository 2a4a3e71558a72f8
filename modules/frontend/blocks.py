"""The page: builds it from its parts, and mounts it on the server, last of all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.components.base import Component

from modules.app.app import App
from modules.core.logins import page_logins
from modules.frontend import page_head
from modules.frontend.components.footer import create_footer, footer_html
from modules.frontend.components.quick_settings import (
    QuickSettings,
    change_setting,
    checkpoint_update,
    choose_checkpoint,
    create_quick_settings,
    load_error,
    message_html,
    note_html,
    refresh_checkpoints,
)
from modules.frontend.components.startup_notices import create_startup_notices, startup_notices
from modules.frontend.components.tool_button import hidden_button, hidden_text
from modules.frontend.fields import Tab
from modules.frontend.gradio_internals import inject_into_page, serve_in_place
from modules.frontend.gradio_themes import Look, read_look
from modules.frontend.localization import read_localization
from modules.frontend.options import HIDDEN_TABS, LOCALIZATION, TAB_ORDER
from modules.frontend.tab_order import arrange_tabs
from modules.frontend.tabs import extras, img2img, png_info, txt2img
from modules.frontend.tabs import settings as settings_tab
from modules.frontend.tabs.checkpoint_events import connect_image_cfg
from modules.frontend.tabs.events import INTERNAL, QUICK
from modules.frontend.tabs.sending import connect_sending
from modules.frontend.tabs.settings_defaults import connect_defaults
from modules.frontend.tabs.style_events import connect_style_editor
from modules.frontend.ui_config import UiConfig

if TYPE_CHECKING:
    from fastapi import FastAPI

TITLE = "Stable Diffusion"
FIRST_CHECKPOINT_SECONDS = 60
OPTIONS_ARRIVED = "async () => (await easelReady).optionsArrived()"
CACHE_SECONDS = (3600, 86400)
"""How often Gradio's temporary files are looked through, and how old they may become."""


def create_ui(app: App, notices: Sequence[str] = ()) -> gr.Blocks:
    """Build the page; `notices` are told on it."""
    app.refresh_upscalers()
    pictures = png_info.create_tab(app)
    tabs = [txt2img.create_tab(app), img2img.create_tab(app), extras.create_tab(app), pictures.tab]
    settings = settings_tab.create_tab(app)
    tabs.append(settings.tab)
    config = UiConfig(app.paths.ui_config_file, app.paths.tmp / app.paths.ui_config_file.name, tabs, app.recommended())
    config.apply()
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=CACHE_SECONDS) as page:
        quick = create_quick_settings(app)
        language = read_localization(app.paths, app.options[LOCALIZATION])
        create_startup_notices(startup_notices(app, [*config.notices, *language.notices, *notices]))
        ordered, hidden = arrange_tabs(tabs, app.options[TAB_ORDER], app.options[HIDDEN_TABS])
        with gr.Tabs(elem_id="tabs", selected=ordered[0].name):
            for tab in ordered:
                with gr.Tab(tab.title, id=tab.name, elem_id=f"tab_{tab.name}", visible=tab.title not in hidden):
                    tab.blocks.render()
        footer = create_footer(app)
        hidden_button("reload_ui").click(lambda: reload_ui(app), **QUICK)
        settings_json = hidden_text("settings_json")
        connect_checkpoint(app, quick, footer)
        connect_quick_settings(app, quick, settings_json)
        settings_tab.connect_apply(app, settings, settings_json, tabs)
        connect_style_editor(app, tabs)
        connect_defaults(settings.defaults, config)

        connect_page_load(app, page, quick, footer, settings_json)
        for tab in tabs:
            if tab.fields:
                restore_fields(app, page, tab)
            connect_sending(app, tab, tabs[1])
            if tab.image_cfg is not None:
                connect_image_cfg(app, page, quick.checkpoint, tab.image_cfg)
        png_info.connect_send_buttons(app, pictures, tabs)
    for event in page.fns.values():
        event.api_visibility = "private"  # also those of scripts, whose authors need not know of it
    return page


def connect_page_load(
    app: App, page: gr.Blocks, quick: QuickSettings, footer: gr.HTML, settings_json: gr.Textbox
) -> None:
    """Show what is so when a browser loads the page, and once more when the first checkpoint is in memory."""
    shown: list[Component] = [*quick.outputs, footer]

    def state() -> list[Any]:
        return [checkpoint_update(app), message_html(load_error(app)), note_html(app), footer_html(app)]

    def on_load() -> list[Any]:
        return [*state(), json.dumps(app.options.data()), *(app.options.get(key) for key in quick.settings)]

    def on_first_checkpoint() -> list[Any]:
        if app.ready.is_set():
            return [gr.skip() for _ in shown]
        app.ready.wait(FIRST_CHECKPOINT_SECONDS)
        return state()

    outputs = [*shown, settings_json, *quick.settings.values()]
    page.load(on_load, outputs=outputs, **QUICK).then(None, js=OPTIONS_ARRIVED, **QUICK)
    page.load(on_first_checkpoint, outputs=shown, concurrency_limit=5, **INTERNAL)


def reload_ui(app: App) -> None:
    """Build the page anew; browsers notice by the new boot id and load it.

    Within an event Gradio takes a new component for an update of an old one, so this runs in a thread of its own.
    """
    if app.request_reload is not None:
        with ThreadPoolExecutor(1) as own_thread:
            own_thread.submit(app.request_reload).result()


def restore_fields(app: App, page: gr.Blocks, tab: Tab) -> None:
    """Let the browser put back what was typed before it loaded the page again; then menus get what there is now."""

    def fill_menus(*chosen: Any) -> Any:
        updates = [menu.update(app, title) for menu, title in zip(tab.checkpoint_menus, chosen, strict=True)]
        return updates if len(updates) > 1 else updates[0]  # a list would be the value of a single menu

    menus = [menu.dropdown for menu in tab.checkpoint_menus]
    components = [field.component for field in tab.fields]
    ids = json.dumps([component.elem_id for component in components])
    script = f"async (...values) => (await easelReady).restoreFields('{tab.name}', {ids}, values)"
    done = f"async () => (await easelReady).restored('{tab.name}')"
    restored = page.load(None, inputs=components, outputs=components, js=script, **QUICK)
    filled = restored.then(fill_menus, inputs=menus, outputs=menus, preprocess=False, **QUICK) if menus else restored
    filled.then(None, js=done, **QUICK)


def connect_quick_settings(app: App, quick: QuickSettings, settings_json: gr.Textbox) -> None:
    """Set a setting as soon as its control is changed; a text or number when it is left."""
    for key, control in quick.settings.items():
        typed = isinstance(control, gr.Number | gr.Textbox)
        triggers = [control.submit, control.blur] if typed else [control.input]  # type: ignore[attr-defined]
        gr.on(
            triggers,
            partial(change_setting, app, key),
            inputs=[control],
            outputs=[control, quick.message, settings_json],
            preprocess=False,
            trigger_mode="always_last",
            **QUICK,
        ).then(None, js=OPTIONS_ARRIVED, **QUICK)


def connect_checkpoint(app: App, quick: QuickSettings, footer: gr.HTML) -> None:
    """Load a checkpoint as soon as it is chosen.

    Gradio fires `input` twice for a choice by mouse; the script lets the second one through without a title. (`select`
    is fired once, but not for a choice by keyboard.)
    """

    def on_choose(title: str | None) -> list[Any]:
        if not title:
            return [gr.skip() for _ in (*quick.outputs, footer)]
        return [*choose_checkpoint(app, title), footer_html(app)]

    quick.checkpoint.input(
        on_choose,
        inputs=[quick.checkpoint],
        outputs=[*quick.outputs, footer],
        js="async (title) => (await easelReady).checkpointChosen(title)",
        preprocess=False,
        trigger_mode="multiple",
        **INTERNAL,
    ).then(None, js="async () => (await easelReady).checkpointLoaded()", **QUICK)
    hidden_button("change_checkpoint").click(
        on_choose,
        inputs=[quick.checkpoint],
        outputs=[*quick.outputs, footer],
        js="async () => (await easelReady).checkpointOfCard()",
        preprocess=False,
        trigger_mode="multiple",
        **INTERNAL,
    ).then(None, js="async () => (await easelReady).checkpointLoaded()", **QUICK)
    quick.refresh.click(lambda: refresh_checkpoints(app), outputs=quick.outputs, **QUICK)


def head_html(app: App, look: Look) -> str:
    """Return what goes into the head of the page, as it is now."""
    localization = read_localization(app.paths, app.options[LOCALIZATION])
    return page_head.head_html(
        {"boot_id": app.boot_id}, app.flags.theme, app.paths.data / "user.css", localization.as_data(), look.style
    )


def mount_page(server: FastAPI, app: App) -> FastAPI:
    """Put the page at "/" of the server. Routes added to the server after this are never reached.

    Raises:
        InputError: a login in --gradio-auth that cannot be read.
    """
    look = read_look(app.settings(), app.paths.tmp / "gradio_themes")
    page = create_ui(app, look.notices)
    logins = page_logins(app.flags)
    server.mount(f"/{page_head.ASSETS_URL}", page_head.Assets(directory=page_head.ASSETS), name="assets")
    inject_into_page(lambda: head_html(app, look))
    serve_in_place([app.paths.data / "outputs"])
    return gr.mount_gradio_app(
        server,
        page,
        path="/",
        auth=logins.admit if logins else None,
        allowed_paths=[str(path) for path in (app.paths.data / "outputs", *app.flags.gradio_allowed_path)],
        theme=look.theme,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        show_error=False,
        favicon_path=str(page_head.ASSETS / "favicon.svg"),
    )
