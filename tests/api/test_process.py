"""webui.py as a process of its own: ports, signals, and a client that comes too early."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
INTERRUPTED = 130
"""The shell's number for Ctrl+C."""
GOLDEN = PROJECT / "tests" / "data" / "golden"


class Server:
    """A running webui.py."""

    def __init__(self, data, *flags):
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.port = sock.getsockname()[1]
        self.process = start(data, "--port", str(self.port), *flags)

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=120) as reply:
            return reply.read()

    def post(self, path, body):
        url, headers = f"http://127.0.0.1:{self.port}{path}", {"Content-Type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers), timeout=120) as r:
            return json.loads(r.read())

    def wait_for_port(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as sock:
                if sock.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self.process.poll() is None, self.process.stderr.read()
            time.sleep(0.02)
        pytest.fail("the port was not opened")


def start(data, *flags):
    command = [sys.executable, str(PROJECT / "webui.py"), "--data-dir", str(data), "--use-cpu", "all", *flags]
    command += ["--ckpt", str(GOLDEN / "tiny-random.safetensors")]
    environment = {key: value for key, value in os.environ.items() if key != "COMMANDLINE_ARGS"}
    return subprocess.Popen(
        command, cwd=data, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path, "--nowebui")
    yield server
    server.process.kill()
    server.process.communicate()


def test_a_client_that_comes_before_the_program_is_ready_waits(server):
    server.wait_for_port()

    reply = server.post("/sdapi/v1/txt2img", {"prompt": "a cat", "steps": 1, "width": 64, "height": 64})

    assert len(reply["images"]) == 1
    assert json.loads(server.get("/internal/ping"))["ready"] is True


def test_it_ends_in_the_middle_of_a_job_when_told_to(server):
    server.wait_for_port()
    job = threading.Thread(target=lambda: _ignore_lost_connection(server), daemon=True)
    job.start()
    while not json.loads(server.get("/sdapi/v1/progress"))["state"]["sampling_step"]:
        time.sleep(0.05)

    server.process.send_signal(signal.SIGINT)

    assert server.process.wait(30) == INTERRUPTED
    assert "Traceback" not in server.process.stderr.read()


def _ignore_lost_connection(server):
    with suppress(OSError):
        server.post("/sdapi/v1/txt2img", {"prompt": "a cat", "steps": 1000, "width": 64, "height": 64})


def test_a_port_in_use_is_one_sentence(tmp_path):
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        port = sock.getsockname()[1]
        process = start(tmp_path, "--port", str(port))
        _, said = process.communicate(timeout=60)

    assert process.returncode == 1
    assert re.search(rf"^Port {port} on 127\.0\.0\.1 is in use .*--port\.$", said, re.MULTILINE)
    assert "Traceback" not in said
