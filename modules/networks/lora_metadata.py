"""What a LoRA's file says about itself: its trainer's texts, and which kind of model it was made for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

Version = Literal["SD1", "SD2", "SDXL", "Unknown"]

UNKNOWN: Version = "Unknown"
ALIAS = "ss_output_name"
HASH = "sshs_model_hash"
COVER = "ssmd_cover_images"
"""Pictures in base64: too long to be shown as text."""


def parse_metadata(raw: Mapping[str, str]) -> dict[str, Any]:
    """Return the metadata of a safetensors header with those values read that hold JSON objects."""
    return {key: _value(text) for key, text in raw.items() if key != COVER}


def _value(text: str) -> Any:
    if not text.startswith("{"):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def version_of(metadata: Mapping[str, Any]) -> Version:
    """Return the kind of model that a LoRA was trained on, as A1111 tells them apart (contract 7.8)."""
    if str(metadata.get("ss_base_model_version", "")).startswith("sdxl_"):
        return "SDXL"
    if str(metadata.get("ss_v2", "")) == "True":
        return "SD2"
    return "SD1" if metadata else UNKNOWN
