"""Start here: flags, an open port, and then the program (modules/server/boot.py) while the port already answers."""

import asyncio
import logging
import os
import signal
import socket
import sys
import threading
import time
import webbrowser
from functools import partial
from pathlib import Path

import uvicorn

from modules.core.errors import WebUIError
from modules.core.flags import Flags, parse_flags
from modules.core.log import configure_logging
from modules.server.address import address_of, open_socket
from modules.server.boot import Boot
from modules.server.switch import Switch

log = logging.getLogger(__name__)

STARTING_PAGE = Path(__file__).parent / "modules" / "frontend" / "assets" / "starting.html"
SECONDS_TO_SHOW_AN_ERROR = 5
SECONDS_TO_FINISH_A_STEP = 10


def main() -> int:
    """Run the program until it is stopped; return its exit code."""
    # A shell that started this in the background has told it to ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        flags = parse_flags(sys.argv[1:], os.environ)
        configure_logging(flags.loglevel)
        for notice in flags.notices:
            log.warning("%s", notice)
        if flags.dump_sysinfo:
            return dump_system_info(flags)
        if flags.verify:
            return verify_pictures(flags)
        return asyncio.run(serve(flags))
    except WebUIError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def dump_system_info(flags: Flags) -> int:
    """Write the description of the system into a file, and say where it is."""
    from modules.api.system import write_system_info  # the engine, which takes seconds to import
    from modules.app.app import build_app

    print(write_system_info(build_app(flags)), flush=True)
    return 0


def verify_pictures(flags: Flags) -> int:
    """Make the pictures of --verify again, say how that went, and return 0 if they are all the same."""
    from modules.app.verify.command import open_run  # the engine, which takes seconds to import

    run = open_run(flags)
    for line in run.lines():
        print(line, flush=True)
    return 0 if run.all_identical else 1


async def serve(flags: Flags) -> int:
    """Open the port, build the program behind it, and serve until stopped."""
    sock = open_socket(flags)
    switch = Switch(STARTING_PAGE.read_bytes(), flags.subpath or "")
    boot = Boot(flags, switch, asyncio.get_running_loop())
    server = Server(server_config(flags, switch), boot)
    boot.request_stop = partial(setattr, server, "should_exit", True)
    boot.start()
    threading.Thread(target=announce, args=(boot, server, address_of(sock, flags), flags), daemon=True).start()
    await server.serve(sockets=[sock])
    return 1 if boot.failed.is_set() else 0


class Server(uvicorn.Server):
    """A server that lets the running job end its step, and its client have what there is, before it goes."""

    def __init__(self, config: uvicorn.Config, boot: Boot) -> None:
        super().__init__(config)
        self._boot = boot

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End jobs, then connections. That pages still listen is no error then."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await asyncio.to_thread(stop_jobs, self._boot)
        await super().shutdown(sockets)


def stop_jobs(boot: Boot) -> None:
    """Interrupt the running job, cancel the waiting ones, and give the step time to end."""
    if boot.app is None:
        return
    boot.app.queue.close()
    deadline = time.monotonic() + SECONDS_TO_FINISH_A_STEP
    while boot.app.queue.current is not None and time.monotonic() < deadline:
        time.sleep(0.05)


def server_config(flags: Flags, switch: Switch) -> uvicorn.Config:
    """Return uvicorn's settings."""
    return uvicorn.Config(
        switch,
        lifespan="off",
        log_level="warning",
        timeout_graceful_shutdown=1,
        timeout_keep_alive=flags.timeout_keep_alive,
        ssl_keyfile=flags.tls_keyfile,
        ssl_certfile=flags.tls_certfile,
        h11_max_incomplete_event_size=64 * 1024,
    )


def announce(boot: Boot, server: uvicorn.Server, address: str, flags: Flags) -> None:
    """Say where the program is, and end the server if it could not start."""
    if flags.autolaunch and not flags.nowebui and not os.environ.get("SD_WEBUI_RESTARTING"):
        webbrowser.open(address)
    boot.finished.wait()
    if boot.failed.is_set():
        time.sleep(SECONDS_TO_SHOW_AN_ERROR)
        server.should_exit = True
    else:
        print(f"Running on local URL:  {address}", flush=True)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # a job that is stuck in a step must not keep the program from ending
