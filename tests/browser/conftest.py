"""The real server with the tiny random checkpoint, and pages in a real browser."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, expect, sync_playwright

GOLDEN = Path(__file__).parents[1] / "data" / "golden"
PROGRAM = Path(__file__).parents[2] / "webui.py"
START_SECONDS = 90
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
expect.set_options(timeout=20_000)  # test machines are busy

IDLE = "!document.querySelector('.generate-box.running')"
READY = 'html[data-easel="ready"]'

# What browsers log when a request is cut off by a reload or by the server's end, which some tests do on purpose.
CUT_OFF = ("Failed to load resource", "AbortError", "Connection errored out", "network error", "ERR_")

# What Gradio's own field for files says of itself whenever one is uploaded.
OF_UPLOADS = "Method not implemented."


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Server:
    """webui.py in a process of its own."""

    folder: Path
    port: int = field(default_factory=free_port)
    flags: tuple[str, ...] = ()
    process: subprocess.Popen | None = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def outputs(self):
        return sorted((self.folder / "outputs").rglob("*.png"))

    def launch(self):
        """Start it, not waiting."""
        command = [sys.executable, str(PROGRAM), "--port", str(self.port), "--data-dir", str(self.folder)]
        log = (self.folder / "log.txt").open("a")
        self.process = subprocess.Popen(
            [*command, "--api", "--use-cpu", "all", *self.flags],
            stdout=log,
            stderr=log,
            env={**os.environ, "COMMANDLINE_ARGS": "", "HF_HUB_OFFLINE": "1"},
        )

    def start(self):
        self.launch()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, ValueError):
                if self.get("internal/ping")["ready"]:
                    return self
            if self.process.poll() is not None:
                break
            time.sleep(0.2)
        pytest.fail("The server did not start:\n" + (self.folder / "log.txt").read_text())

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()

    def set_options(self, **values):
        body = json.dumps(values).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/sdapi/v1/options", body, headers)
        urllib.request.urlopen(request, timeout=10).close()

    def get(self, path):
        with urllib.request.urlopen(f"{self.url}/{path}", timeout=10) as reply:
            return json.loads(reply.read())


def fill_models(folder):
    """Put the tiny checkpoint, the same under another name, and two broken ones where the server looks."""
    models = folder / "models" / "Stable-diffusion"
    models.mkdir(parents=True)
    for suffix in (".safetensors", ".yaml"):
        shutil.copy(GOLDEN / f"tiny-random{suffix}", models)
        shutil.copy(GOLDEN / f"tiny-random{suffix}", models / f"z-second{suffix}")
    whole = (models / "tiny-random.safetensors").read_bytes()
    (models / "z-truncated.safetensors").write_bytes(whole[: len(whole) // 3])
    (models / "z-text.safetensors").write_text("this is no checkpoint")


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The server that most tests share; Clip skip is among its quick settings."""
    folder = tmp_path_factory.mktemp("program")
    fill_models(folder)
    quick = {"quicksettings_list": ["sd_model_checkpoint", "CLIP_stop_at_last_layers", "unknown"]}
    (folder / "config.json").write_text(json.dumps(quick))
    running = Server(folder).start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def starter(tmp_path_factory):
    """A server with no checkpoint but the starter model."""
    running = Server(tmp_path_factory.mktemp("starter")).start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser(chromium):
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield started
        started.close()


@dataclass
class Watch:
    """What pages asked of other machines and complained of."""

    own: str
    external: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def attach(self, page):
        page.on("request", self.on_request)
        page.on("console", self.on_console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def on_request(self, request):
        if not request.url.startswith((self.own, "data:", "blob:")):
            self.external.append(request.url)

    def on_console(self, message):
        expected = (*CUT_OFF, OF_UPLOADS)
        if message.type in ("error", "warning") and not any(words in message.text for words in expected):
            self.complaints.append(message.text)


@pytest.fixture(scope="session")
def shared_context(browser):
    """One for all tests, so that Gradio's files are fetched once."""
    opened = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="dark", reduced_motion="reduce")
    opened.set_default_timeout(30_000)
    yield opened
    opened.close()


@pytest.fixture
def context(shared_context):
    """The browser as a new user has it: no page open, nothing remembered."""
    yield shared_context
    for page in shared_context.pages:
        with contextlib.suppress(Error):
            page.evaluate("localStorage.clear()")
        page.close()
    shared_context.clear_cookies()


@pytest.fixture
def open_page(context, server):
    """Open the page once or several times; each is checked for errors and for requests to other machines."""
    watch = Watch(server.url)

    def opened(path="/"):
        page = context.new_page()
        watch.attach(page)
        page.goto(server.url + path)
        page.wait_for_selector(READY)
        return page

    yield opened
    assert watch.external == []
    assert watch.complaints == []


@pytest.fixture
def page(open_page):
    return make_quick(open_page())


@pytest.fixture
def starter_page(context, starter):
    """The page with the starter model and few steps; what was uploaded is in `page.uploads`."""
    watch = Watch(starter.url)
    page = context.new_page()
    watch.attach(page)
    page.uploads = []
    page.on("response", lambda reply: page.uploads.append(reply) if reply.url.endswith("/upload") else None)
    page.goto(starter.url)
    page.wait_for_selector(READY)
    number(page, "steps").fill("6")
    yield page
    assert watch.external == []
    assert watch.complaints == []


def number(page: Page, name: str):
    """The number field of a slider or of the seed."""
    return page.locator(f"#txt2img_{name} input[type=number]")


def make_quick(page: Page, steps: int = 4):
    """Set values with which a picture takes a moment only."""
    number(page, "width").fill("64")
    number(page, "height").fill("64")
    number(page, "steps").fill(str(steps))
    number(page, "steps").blur()
    return page


def make_long(page: Page):
    """Set values with which a picture takes so long that it can be interrupted on a busy machine too."""
    make_quick(page, steps=150)
    number(page, "width").fill("256")
    number(page, "height").fill("256")
    return page


WATCH_FOR_A_JOB = """() => {
  window.aJobRan = false;
  new MutationObserver((_, observer) => {
    if (!document.querySelector(".generate-box.running")) return;
    window.aJobRan = true;
    observer.disconnect();
  }).observe(document.body, { subtree: true, attributes: true, attributeFilter: ["class"] });
}"""


WATCH_THE_PROGRESS = """() => {
  window.toldProgress = [];
  new MutationObserver(() => {
    const said = document.querySelector(".progressDiv .said")?.textContent;
    const seen = document.querySelector(".livePreview img") !== null;
    if (said) window.toldProgress.push({ said, seen, title: document.title });
  }).observe(document, { subtree: true, childList: true, characterData: true });
}"""
"""What a job shows while it runs, for `window.toldProgress`; a quick one may be over before this process looks."""


def generate(page: Page):
    """Press Generate and wait for the end of the job, which may come before this process looks again."""
    page.evaluate(WATCH_FOR_A_JOB)
    page.click("#txt2img_generate")
    page.wait_for_function("window.aJobRan")
    wait_until_idle(page)


def wait_until_idle(page: Page):
    page.wait_for_function(IDLE)
    page.wait_for_selector(".livePreview", state="detached")


def log_line(page: Page):
    return page.inner_text("#html_log_txt2img").strip()


def shown_infotext(page: Page):
    return page.inner_text("#html_info_txt2img")
