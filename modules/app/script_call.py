"""A job in which scripts take part."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from modules.core.errors import InputError
from modules.generation.job import StableDiffusionProcessing
from modules.generation.processed import Processed
from modules.generation.result import Result
from modules.generation.run import make_result
from modules.plugins.runner import ScriptRunner


@dataclass(frozen=True)
class ScriptCall:
    """The scripts of a tab, and the values of all their controls.

    Attributes:
        args: the number of the chosen entry of the menu, then the values of each script.
        is_ui: the job comes from the page.
    """

    runner: ScriptRunner
    args: Sequence[Any]
    is_ui: bool = True


def run_scripts(p: StableDiffusionProcessing, call: ScriptCall) -> Result:
    """Make the pictures of a job, or let the chosen script make them.

    Raises:
        WebUIError: something a person can act on.
    """
    started = time.monotonic()
    p.scripts, p.script_args, p.is_api = call.runner, list(call.args), not call.is_ui
    call.runner.setup(p, is_ui=call.is_ui)
    processed = call.runner.run(p)
    if processed is None:
        return make_result(p)
    if not isinstance(processed, Processed):
        raise InputError("The script gave no pictures back; its author should return what process_images returns.")
    progress = p.progress
    assert progress is not None
    result = processed.result(
        time.monotonic() - started,
        interrupted=progress.interrupted or progress.stopping,
        cut_short=progress.cut_short,
    )
    return result.with_comments(progress.comments)
