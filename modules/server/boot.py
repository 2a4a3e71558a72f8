"""From an open port to the whole program, in the background, in the order in which a person needs the parts."""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from modules.core.errors import WebUIError
from modules.core.flags import Flags
from modules.plugins.options import RELOADS_SCRIPTS
from modules.server.settings import declare_settings
from modules.server.switch import Switch

if TYPE_CHECKING:
    from modules.app.app import App

log = logging.getLogger(__name__)


class Boot:
    """Builds the program while the switch answers the port.

    Attributes:
        app: the program, once built.
        failed: set when it could not be built.
        request_stop: ends the server; to be set before the start.
    """

    def __init__(self, flags: Flags, switch: Switch, loop: asyncio.AbstractEventLoop) -> None:
        self.app: App | None = None
        self.request_stop: Callable[[], None] | None = None
        self.failed = threading.Event()
        self.finished = threading.Event()
        self._flags = flags
        self._switch = switch
        self._loop = loop
        self._started = time.monotonic()
        self._last = self._started
        self._records: dict[str, float] = {}

    def start(self) -> None:
        """Begin, in a thread of its own."""
        threading.Thread(target=self._run, name="boot", daemon=True).start()

    def _run(self) -> None:
        try:
            self._build()
        except WebUIError as error:
            self._fail(str(error))
        except BaseException:
            log.exception("Easel could not start")
            self._fail("Easel could not start; the console says why.")
            raise
        finally:
            self.finished.set()

    def _fail(self, sentence: str) -> None:
        log.error("%s", sentence)
        self._switch.error = sentence
        self.failed.set()

    # Each import below takes seconds, so it waits until the port answers.

    def _build(self) -> None:
        self._stage("Loading the engine")
        from modules.app.app import build_app
        from modules.app.current import set_current
        from modules.app.temporary import clean_temporary_folder

        declare_settings()
        self._record("import the engine")
        self.app = build_app(self._flags)
        self.app.request_reload = self._reload
        self.app.request_stop = self.request_stop
        set_current(self.app)
        clean_temporary_folder(self.app.paths, self.app.options)
        self._record("read settings and list checkpoints")
        self._put_up(self.app)
        self.app.startup_seconds.update(self._records)
        if not (self._flags.skip_load_model_at_start and self._flags.nowebui) and not self._flags.ui_debug_mode:
            self.app.start()
        else:
            self.app.ready.set()

    def _put_up(self, app: App) -> None:
        """Build the server with the API and the page, and let it in."""
        self._stage("Loading the page")
        from modules.api.server import create_server

        server: Any = create_server(app)
        app.make_script_controls = make_script_controls
        self._record("build the API")
        if not self._flags.nowebui:
            from modules.frontend.blocks import mount_page

            self._record("import gradio")
            server = mount_page(server, app)
            self._record("build the page")
        asyncio.run_coroutine_threadsafe(self._switch.enter(server), self._loop).result()
        self._record("open the page")

    def _reload(self) -> None:
        """Build the page and the API anew, with the same settings, queue and loaded model."""
        assert self.app is not None
        if self.app.options[RELOADS_SCRIPTS]:
            self.app.script_classes = None
        self._put_up(self.app)
        self.app.boot_id = secrets.token_hex(8)  # by which browsers know that there is another page

    def _stage(self, name: str) -> None:
        self._switch.stage = name

    def _record(self, name: str) -> None:
        now = time.monotonic()
        self._records[name] = round(now - self._last, 3)
        self._last = now
        if self._flags.log_startup:
            log.info("%6.2f s  %s", now - self._started, name)


def make_script_controls(app: App) -> None:
    """Make the controls of scripts for a program without a page, when an API call first needs them."""
    from modules.frontend.tabs.extras_operations import make_detached_operations
    from modules.frontend.tabs.script_menu import make_detached_controls

    make_detached_controls(app)
    make_detached_operations(app)
