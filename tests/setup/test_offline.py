"""The real program starts and answers where there is no network at all but this machine's own."""

import os
import re
import subprocess
import sys

import pytest

# Runs in a network namespace of its own: turns the loopback on, starts the program, asks it for the page and the API.
INSIDE = r"""
import fcntl, json, re, socket, struct, subprocess, sys, time, urllib.request
with socket.socket() as sock:  # SIOCSIFFLAGS, IFF_UP
    fcntl.ioctl(sock, 0x8914, struct.pack("16sh14x", b"lo", 1))
data, program = sys.argv[1:3]
command = [sys.executable, program + "/webui.py", "--data-dir", data, "--api", "--port", "7860", "--use-cpu", "all"]
server = subprocess.Popen(command)

def ask(path):
    with urllib.request.urlopen("http://127.0.0.1:7860" + path, timeout=30) as reply:
        return reply.read().decode()

try:
    end = time.monotonic() + 120
    while True:
        assert server.poll() is None, "it ended"
        assert time.monotonic() < end, "it did not start"
        try:
            samplers = json.loads(ask("/sdapi/v1/samplers"))
            break
        except (OSError, ValueError):
            time.sleep(0.3)
    print("samplers", len(samplers))
    page = ask("/")
    print("page", len(page))
    for address in re.findall(r"<(?:script|link)[^>]+(?:src|href)=[\"'](?:https?:)?//([^\"'/:]+)", page):
        print("loads from", address)
finally:
    server.terminate()
    server.wait(30)
"""


def can_cut_the_network():
    done = subprocess.run(["unshare", "--map-root-user", "--net", "true"], capture_output=True, check=False)
    return done.returncode == 0


@pytest.mark.skipif(sys.platform != "linux" or not can_cut_the_network(), reason="needs network namespaces")
def test_the_program_starts_without_a_network(repository, tmp_path):
    script = tmp_path / "inside.py"
    script.write_text(INSIDE)
    done = subprocess.run(
        ["unshare", "--map-root-user", "--net", sys.executable, script, tmp_path / "data", repository],
        env={key: value for key, value in os.environ.items() if key not in ("COMMANDLINE_ARGS", "HF_HUB_OFFLINE")},
        capture_output=True,
        text=True,
        check=False,
        timeout=160,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert re.search(r"samplers [1-9]", done.stdout)
    assert re.search(r"page \d{4}", done.stdout)
    assert set(re.findall(r"loads from (\S+)", done.stdout)) <= {"127.0.0.1", "localhost"}
