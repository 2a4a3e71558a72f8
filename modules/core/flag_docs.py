"""Writes docs/flags.md from the table of flags: `python -m modules.core.flag_docs`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field
from typing import Any

from modules.core.files import write_atomically
from modules.core.flag_table import PROGRAM_FOLDER, SECTIONS
from modules.core.flags import flag_fields, flag_info, flag_name

PAGE = PROGRAM_FOLDER / "docs" / "flags.md"

INTRODUCTION = """\
# Flags

Every flag of AUTOMATIC1111 is accepted, and those of Forge. Give them to `webui.sh` or `webui.bat`, or put them into
`COMMANDLINE_ARGS` in `webui-user.sh` or `webui-user.bat`:

    ./webui.sh --medvram --api

The state of a flag is one of

- **works**;
- **no effect**: accepted, so that old command lines go on working, but there is nothing left for it to do;
- **not yet**: accepted, and the program says at start, in one line, that it is not there yet.

The beginning of a flag is enough where it can mean one flag only (`--lyco-dir`). An unknown flag is a warning, never
an error. A value that a flag cannot take ends the start with one sentence.

This page is written by `python -m modules.core.flag_docs`.
"""

ENVIRONMENT = """\
## Environment variables

| variable | effect |
|---|---|
| `COMMANDLINE_ARGS` | flags, appended to the command line |
| `IGNORE_CMD_ARGS_ERRORS` | no warning about unknown flags |
| `python_cmd` (Windows: `PYTHON`) | the Python to set up with; by default the newest of 3.13, 3.12, 3.11 |
| `venv_dir` | folder of the virtual environment; `venv` by default, `-` for none |
| `TORCH_INDEX_URL` | address of the package index with another build of PyTorch |
| `TORCH_COMMAND` | the whole command that installs PyTorch, such as `pip install torch==2.13.0` |
| `INDEX_URL` | a mirror of the package index |
| `REQS_FILE` | another requirements file |
| `XFORMERS_PACKAGE` | another version of xFormers |
| `LAUNCH_SCRIPT` | another program for `webui.sh` to start |
| `WEBUI_LAUNCH_LIVE_OUTPUT` | show all that pip says while setting up |
| `SD_WEBUI_LOG_LEVEL` | as `--loglevel` |
| `SD_WEBUI_CACHE_DIR` | folder of caches; `cache` in the data folder by default |
| `SD_WEBUI_RESTART` | set by `webui.sh` and `webui.bat`: the file to leave behind in order to be started again |
"""


def flags_page() -> str:
    """Return docs/flags.md."""
    titles = {first: title for title, first in SECTIONS}
    lines = [INTRODUCTION]
    for entry in flag_fields():
        if entry.name in titles:
            lines += [
                f"\n## {titles[entry.name]}\n",
                "| flag | value | default | effect | state |",
                "|---|---|---|---|---|",
            ]
        lines.append("| " + " | ".join(_cells(entry)) + " |")
    return "\n".join(lines) + "\n\n" + ENVIRONMENT


def _cells(entry: Field[Any]) -> Iterator[str]:
    info = flag_info(entry)
    yield f"`{flag_name(entry)}`"
    yield "" if info.kind == "switch" else info.kind.replace("|", "\\|")
    default = entry.default
    yield info.default_text or ("on" if default is True else "" if default in (False, None, ()) else str(default))
    yield info.help.replace("|", "\\|")
    yield str(info.status)


if __name__ == "__main__":
    write_atomically(PAGE, flags_page())
