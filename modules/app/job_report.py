"""What is told of a job besides its pictures: lines in the console, and the memory that it took."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from modules.app.options import MEMORY_POLLS, PRINT_INFO, PRINT_PROMPTS
from modules.core.flags import Flags
from modules.core.options import Settings
from modules.generation.request import GenerationRequest
from modules.generation.result import Result
from modules.hardware.device import choose_device
from modules.hardware.peak_memory import begin_to_count, peak_memory

log = logging.getLogger(__name__)


def reported(request: GenerationRequest, settings: Settings, flags: Flags, make: Callable[[], Result]) -> Result:
    """Make the pictures of a job, and tell of it what the settings want.

    Args:
        request: of the job.
        settings: say what is told.
        flags: name the device.
        make: makes the pictures.
    """
    if settings[PRINT_PROMPTS] or flags.enable_console_prompts:
        log.info("Prompt: %s\nNegative prompt: %s", request.prompt, request.negative_prompt)
    device = choose_device(flags)
    begin_to_count(device)
    result = make()
    if settings[PRINT_INFO]:
        log.info("%s", result.info_json())
    return replace(result, memory=peak_memory(device) if settings[MEMORY_POLLS] else None)
