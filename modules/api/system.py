"""What can be told about the machine and the program: memory, versions, flags. No passwords, no tokens."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import torch

from modules.app.app import App
from modules.app.sysinfo_check import with_checksum
from modules.core.files import write_atomically
from modules.core.flags import Flags, flag_fields
from modules.core.options import OPTIONS
from modules.core.version import A1111_VERSION, EASEL_VERSION
from modules.hardware.device import choose_device, device_name

SECRET_FLAGS = frozenset({"api_auth", "gradio_auth", "ngrok", "ngrok_options"})
SECRET_SETTING = re.compile(r"key|token|passw|secret|credential|auth", re.IGNORECASE)
"""Names of settings of extensions whose values are nobody else's business."""
BLANK = "***"
SYSTEM_INFO_NAME = "sysinfo-%Y-%m-%d-%H-%M.json"
SHOWN_ENVIRONMENT = ("GRADIO_ANALYTICS_ENABLED", "TORCH_COMMAND", "TORCH_INDEX_URL", "SD_WEBUI_LOG_LEVEL")


def public_flags(flags: Flags) -> dict[str, Any]:
    """Return the flags by name as JSON values, secrets blanked out."""
    values = {field.name: getattr(flags, field.name) for field in flag_fields()} | dict(flags.extra)
    return {name: BLANK if name in SECRET_FLAGS and value else _plain(value) for name, value in values.items()}


def public_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings; of those that extensions left in the file, what looks like a secret is blanked out."""
    return {
        key: BLANK if value and key not in OPTIONS and SECRET_SETTING.search(key) else value
        for key, value in settings.items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def ram_memory() -> dict[str, Any]:
    """Return main memory in bytes: what this process uses, and what that leaves of all there is."""
    used = psutil.Process().memory_info().rss
    total = psutil.virtual_memory().total
    return {"free": total - used, "used": used, "total": total}


def cuda_memory() -> dict[str, Any]:
    """Return the GPU's memory in bytes, or why there is none."""
    if not torch.cuda.is_available():
        return {"error": "unavailable"}
    free, total = torch.cuda.mem_get_info()
    stats = torch.cuda.memory_stats()
    kinds = {"active": "active_bytes", "allocated": "allocated_bytes", "reserved": "reserved_bytes"}
    return {
        "system": {"free": free, "used": total - free, "total": total},
        **{name: _current_and_peak(stats, key) for name, key in kinds.items()},
        "inactive": _current_and_peak(stats, "inactive_split_bytes"),
        "events": {"retries": stats.get("num_alloc_retries", 0), "oom": stats.get("num_ooms", 0)},
    }


def _current_and_peak(stats: Mapping[str, Any], key: str) -> dict[str, int]:
    return {"current": stats.get(f"{key}.all.current", 0), "peak": stats.get(f"{key}.all.peak", 0)}


def system_info_json(app: App) -> str:
    """Describe the system and the program, for reports of problems."""
    return json.dumps(with_checksum(system_info(app)), indent=4)


def write_system_info(app: App) -> Path:
    """Write the description into a file of the data folder and return it.

    Raises:
        StorageError: it cannot be written.
    """
    path = app.paths.data / datetime.now().strftime(SYSTEM_INFO_NAME)
    write_atomically(path, system_info_json(app))
    return path


def system_info(app: App) -> dict[str, Any]:
    """Collect what helps to understand a problem."""
    loaded = app.models.loaded
    return {
        "Platform": platform.platform(),
        "Python": sys.version,
        "Version": EASEL_VERSION,
        "Behaves like": A1111_VERSION,
        "Program path": str(app.paths.program),
        "Data path": str(app.paths.data),
        "Device": device_name(choose_device(app.flags)),
        "CPU": {"model": platform.processor(), "count": os.cpu_count()},
        "RAM": ram_memory(),
        "CUDA": cuda_memory(),
        "Checkpoint": loaded.title if loaded else None,
        "Checkpoint error": app.models.error,
        "Commandline": public_flags(app.flags),
        "Environment": {name: os.environ[name] for name in SHOWN_ENVIRONMENT if name in os.environ},
        "Config": public_settings(app.options.data()),
        "Startup": app.startup_seconds,
        "Packages": _packages(),
    }


def _packages() -> list[str]:
    installed = {f"{found.name}=={found.version}" for found in importlib.metadata.distributions()}
    return sorted(installed, key=str.casefold)
