"""`python -m modules.setup FLAGS`: ends with 0 to go on, with 3 to stop here, else after saying what is wrong."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from modules.core.errors import InputError, WebUIError
from modules.core.flags import PROGRAM_FOLDER, Flags, parse_flags
from modules.setup.environment import ensure_environment, find_environment, only_one
from modules.setup.install import due_steps, run_steps
from modules.setup.packages import plan_steps, xformers_fits

GO_ON, FAILED, WRONG_USE, STOP_HERE, INTERRUPTED = 0, 1, 2, 3, 130


def main(arguments: list[str], *, program: Path = PROGRAM_FOLDER) -> int:
    """Set up what is missing and return the exit code."""
    try:
        flags = parse_flags(arguments, os.environ)
        if not (flags.skip_prepare_environment or flags.skip_install):
            set_up(program, flags)
    except InputError as error:
        return _tell(error, WRONG_USE)
    except WebUIError as error:
        return _tell(error, FAILED)
    except KeyboardInterrupt:
        return _tell("Stopped. Start again to go on where it stopped.", INTERRUPTED)
    except SystemExit:  # --help was asked for and shown
        return STOP_HERE
    return STOP_HERE if flags.exit else GO_ON


def set_up(program: Path, flags: Flags) -> None:
    """Make the environment and install what changed since the last time; quick when nothing did."""
    environment = find_environment(program, os.environ)
    steps = plan_steps(program, flags, os.environ, with_tests=bool(os.environ.get("EASEL_TEST_PACKAGES")))
    if flags.xformers and not xformers_fits():
        print("xFormers needs an NVIDIA GPU on Linux or Windows; going on without it.", flush=True)
    if not due_steps(steps, environment):
        return
    with only_one(program):
        ensure_environment(environment)
        due = due_steps(steps, environment)  # another set-up may have done them meanwhile
        if due:
            run_steps(due, environment, program / "tmp" / "setup.log", os.environ)


def _tell(message: object, code: int) -> int:
    print(message, file=sys.stderr, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
