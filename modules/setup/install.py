"""Runs the steps that are due, shows what goes on, keeps a log, and explains failures in one sentence."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from modules.core.errors import StorageError, WebUIError
from modules.setup.environment import Environment, forget_broken_packages
from modules.setup.packages import Step

DOWNLOADING = re.compile(r"Downloading (?:\S+/)?([^-\s]+)-([^-\s]+)\S* (\(.*\))")
TROUBLE = re.compile(r"ERROR|WARNING: Retrying|Building wheel")
# What pip says, and what we say; the first that fits.
EXPLANATIONS: tuple[tuple[re.Pattern[str], type[WebUIError], str], ...] = (
    (
        re.compile("No space left on device|not enough space on the disk"),
        StorageError,
        "The disk is full. Free about 8 GB for {folder}, and for downloads in {downloads}, and start again.",
    ),
    (
        re.compile("Permission denied|Read-only file system"),
        StorageError,
        "There is no right to write into {folder}. Change that, or set venv_dir elsewhere.",
    ),
    (
        re.compile("externally-managed-environment"),
        WebUIError,
        "This Python belongs to the system. Leave venv_dir unset, so that packages go into a folder of ours.",
    ),
    (
        re.compile(
            "Failed to establish a new connection|Temporary failure in name resolution|Name or service not known|"
            "getaddrinfo failed|ConnectTimeout|ReadTimeout|Read timed out|Connection (reset|refused|aborted)|"
            "ProtocolError|IncompleteRead|SSLError|ProxyError|Cannot connect to proxy|HTTP error 5|"
            "50[234] Server Error|THESE PACKAGES DO NOT MATCH",
            re.IGNORECASE,
        ),
        WebUIError,
        "A download failed. Check the connection (and the proxy, if there is one) and start again to go on.",
    ),
    (
        re.compile("No matching distribution found for"),
        WebUIError,
        "There is no {package} for Python {version} on this system. Install Python 3.11, 3.12 or 3.13, name it in "
        "python_cmd, delete the venv folder and start again.",
    ),
    (re.compile(""), WebUIError, "A package could not be installed. Start again; if it stays so, report the log."),
)


def due_steps(steps: Iterable[Step], environment: Environment) -> list[Step]:
    """Return the steps that changed since they were last done, and all of them after a set-up that was cut short."""
    if environment.unfinished.exists():
        return list(steps)
    installed = environment.installed()
    return [step for step in steps if step.repeat or installed.get(step.name) != step.fingerprint]


def run_steps(steps: Sequence[Step], environment: Environment, log_file: Path, environ: Mapping[str, str]) -> None:
    """Install, and remember what was installed.

    Raises:
        WebUIError: a step that the program cannot do without failed.
        StorageError: the disk is full, or the log cannot be written.
    """
    if environment.unfinished.exists():
        broken = forget_broken_packages(environment)
        print(f"The last set-up was cut short; going on with it. {len(broken)} packages to mend.", flush=True)
    try:
        environment.unfinished.parent.mkdir(parents=True, exist_ok=True)
        environment.unfinished.touch()
        log_file.parent.mkdir(parents=True, exist_ok=True)
        log_file.write_text("", encoding="utf-8")
    except OSError as error:
        raise StorageError(f"Cannot write into {environment.unfinished.parent}: {error.strerror or error}.") from error
    for step in steps:
        print(f"Installing {step.title}", flush=True)
        code, tail = _run(step, environment, log_file, live="WEBUI_LAUNCH_LIVE_OUTPUT" in environ)
        if code == 0:
            environment.mark_installed(step.name, step.fingerprint)
        elif step.required:
            raise explain_failure(tail, environment.python, log_file)
        else:
            print(f"{step.title} could not be installed; going on without. Details: {log_file}", flush=True)
    environment.unfinished.unlink(missing_ok=True)


def _run(step: Step, environment: Environment, log_file: Path, *, live: bool) -> tuple[int, str]:
    """Run one step; return its exit code and the last lines of its output."""
    command = [str(environment.python), "-m", *step.arguments]
    settings = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PYTHONUNBUFFERED": "1"}
    if environment.folder is not None:
        settings["PIP_USER"] = "0"  # the wish of a pip.conf does not go with a virtual environment
    with tempfile.TemporaryDirectory(prefix="easel-setup-") as folder:
        if step.requirements:
            requirements = Path(folder, "requirements.txt")
            requirements.write_text(step.requirements, encoding="utf-8")
            command += ["-r", str(requirements)]
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, **settings},
        )
        tail: deque[str] = deque(maxlen=60)
        try:
            with process, log_file.open("a", encoding="utf-8") as log:
                for line in process.stdout or ():
                    tail.append(line)
                    log.write(line)
                    shown = line.rstrip() if live else worth_showing(line.strip())
                    if shown:
                        print("  " + shown, flush=True)
        except KeyboardInterrupt:
            process.terminate()
            raise
    return process.returncode, "".join(tail)


def worth_showing(line: str) -> str:
    """Return what people want to see of a line of pip's output; nothing for most."""
    downloading = DOWNLOADING.match(line)
    if downloading:
        return " ".join(downloading.groups())
    if line.startswith("Installing collected packages:"):
        count = line.count(",") + 1
        return "unpacking 1 package" if count == 1 else f"unpacking {count} packages"
    return line[:160] if TROUBLE.match(line) else ""


def explain_failure(output: str, python: Path, log_file: Path) -> WebUIError:
    """Say in one sentence what went wrong and what to do, and show pip's own last lines."""
    missing = re.search(r"No matching distribution found for (\S+)", output)
    kind, advice = next((kind, advice) for pattern, kind, advice in EXPLANATIONS if pattern.search(output))
    sentence = advice.format(
        folder=python.parent.parent,
        downloads=tempfile.gettempdir(),
        package=missing[1] if missing else "",
        version=f"{sys.version_info.major}.{sys.version_info.minor}",
    )
    shown = "\n".join("  | " + line for line in output.strip().splitlines()[-8:])
    return kind(f"{sentence}\n{shown}\n  The whole log: {log_file}")
