"""Seconds from starting the program to its port, to its page, and to its first picture.

    python -m bench.startup [--runs 3] [--browser PATH]

Starts `webui.sh` on a free port with a data folder of its own, so the second and later runs are what a user sees every
day. With a browser (found by itself, or given) "page" is when Generate can be pressed, else when the page is served.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[1]
PATIENCE = 180
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
REQUEST = {"prompt": "a red apple on a blue background", "steps": 20, "width": 128, "height": 128, "cfg_scale": 3.5}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--browser", default=next(filter(None, map(shutil.which, BROWSERS)), None))
    arguments = parser.parse_args()
    runs = [measure(arguments.browser) for _ in range(arguments.runs)]
    say(f"{'':14}{'port':>8}{'page':>8}{'picture':>9}   seconds from the command, {os.cpu_count()} cores")
    for i, run in enumerate(runs):
        say(f"run {i + 1:<10}" + "".join(f"{seconds:8.2f}" for seconds in run))
    say(f"{'median':14}" + "".join(f"{statistics.median(column):8.2f}" for column in zip(*runs, strict=True)))


def measure(browser: str | None) -> tuple[float, float, float]:
    """Start the program once; return the seconds to port, page and picture."""
    port = free_port()
    with tempfile.TemporaryDirectory() as data:
        command = [str(PROJECT / "webui.sh"), "--port", str(port), "--data-dir", data, "--api"]
        started = time.monotonic()
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            until(lambda: get(port, "/"), started)
            to_port = time.monotonic() - started
            if browser:
                wait_for_generate(browser, port)
            else:
                until(lambda: json.loads(get(port, "/internal/ping"))["ready"], started)
            to_page = time.monotonic() - started
            post(port, "/sdapi/v1/txt2img", REQUEST)
            return to_port, to_page, time.monotonic() - started
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)
            process.wait(30)


def wait_for_generate(browser: str, port: int) -> None:
    """Return when a person could press Generate."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        window = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        page = window.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        page.wait_for_selector(
            "body[data-ready] #txt2img_generate, #txt2img_generate:not([disabled])", timeout=PATIENCE * 1000
        )
        window.close()


def until(done: Any, started: float) -> None:
    """Ask until the answer is true."""
    while time.monotonic() - started < PATIENCE:
        with suppress(OSError, ValueError):
            if done():
                return
        time.sleep(0.02)
    raise TimeoutError("The program did not start.")


def get(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as reply:
        return reply.read()


def post(port: int, path: str, body: dict[str, Any]) -> bytes:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
        return reply.read()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
