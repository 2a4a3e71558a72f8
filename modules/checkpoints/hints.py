"""What tensor shapes cannot tell: from the YAML file beside a checkpoint, else from its metadata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from modules.core.errors import CheckpointError


@dataclass(frozen=True)
class Hints:
    """None: nothing is said, the family's own value holds."""

    unet_heads: int | None = None
    text_encoder_heads: int | None = None
    prediction: Literal["epsilon", "v"] | None = None
    scale_factor: float | None = None
    linear_start: float | None = None
    linear_end: float | None = None
    zero_terminal_snr: bool = False


def read_hints(metadata: Mapping[str, str], config: Path | None) -> Hints:
    """Return what the YAML beside the checkpoint says (its `easel:` section first), else the file's metadata.

    Metadata names are `easel.unet_heads`, `easel.text_encoder_heads` and `easel.zero_terminal_snr`, and
    `modelspec.prediction_type`.

    Raises:
        CheckpointError: the YAML file cannot be read, or a value makes no sense.
    """
    document = _read_yaml(config) if config else {}
    easel, model = _section(document, "easel"), _section(document, "model", "params")
    unet = _section(document, "model", "params", "unet_config", "params")
    source = config.name if config else "The checkpoint's metadata"
    try:
        return Hints(
            unet_heads=_number(int, easel.get("unet_heads"), unet.get("num_heads"), metadata.get("easel.unet_heads")),
            text_encoder_heads=_number(int, easel.get("text_encoder_heads"), metadata.get("easel.text_encoder_heads")),
            prediction=_prediction(model.get("parameterization"), metadata.get("modelspec.prediction_type")),
            scale_factor=_number(float, model.get("scale_factor")),
            linear_start=_number(float, model.get("linear_start")),
            linear_end=_number(float, model.get("linear_end")),
            zero_terminal_snr=_truth(easel.get("zero_terminal_snr"), metadata.get("easel.zero_terminal_snr")),
        )
    except (ValueError, TypeError) as error:
        raise CheckpointError(f"{source} has a value that makes no sense ({error}): correct or remove it.") from error


def _read_yaml(path: Path) -> Mapping[str, Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise CheckpointError(f"{path.name} beside the checkpoint cannot be read ({reason}): correct it.") from error
    return document if isinstance(document, Mapping) else {}


def _section(document: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    value: Any = document
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _number(kind: type[Any], *candidates: Any) -> Any:
    """Return the first candidate that is given, as a positive number."""
    for candidate in candidates:
        if candidate is not None and not isinstance(candidate, bool):
            number = kind(candidate)
            if not 0 < number < float("inf"):
                raise ValueError(f"{candidate!r:.40}")
            return number
    return None


def _truth(*candidates: Any) -> bool:
    """Return the first candidate that is given, as true or false; false if there is none."""
    given = next((candidate for candidate in candidates if candidate is not None), False)
    words = {"true": True, "1": True, "false": False, "0": False}
    truth = words.get(str(given).lower())
    if truth is None:
        raise ValueError(f"{given!r:.40}")
    return truth


def _prediction(*candidates: Any) -> Literal["epsilon", "v"] | None:
    for candidate in candidates:
        if isinstance(candidate, str):
            return "v" if candidate.lower().startswith("v") else "epsilon"
    return None
