"""Infotext: the text that travels with a picture and says how it was made, in A1111's layout.

    a red cat
    Negative prompt: blurry
    Steps: 20, Sampler: Euler a, CFG scale: 7.0, Seed: 1, Size: 512x512, Lora hashes: "a: 12ab, b: 34cd"

`parse_fields` reads exactly what is written; `parse_infotext` also adds what A1111 assumes of the fields not written.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, TypeVar

T = TypeVar("T")

NEGATIVE_PROMPT = "Negative prompt:"
FEWEST_PARAMETERS = 3

# Possessive quantifiers (`++`, `*+`) never give back what they took, so any text is read in linear time.
PARAMETER = re.compile(r'(\w[\w \-/]++)(?::\s*+(?:("(?:\\.|[^\\"])++")(?=,|$)|([^,]*+)),?)?')
NEEDS_QUOTES = re.compile(r'[,:\n\r]|^\s|\s$|^"')
SIZE = re.compile(r"([0-9]+)x([0-9]+)")

# Forge writes its own version before A1111's: f2.0.1v1.10.1-previous-…
VERSION = re.compile(r"(?:f[\d.]+(?=v))?v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-(\d{1,9}))?")

DEFAULTS: dict[str, Any] = {
    "Clip skip": "1",
    "Hires resize-1": 0,
    "Hires resize-2": 0,
    "Hires sampler": "Use same sampler",
    "Hires checkpoint": "Use same checkpoint",
    "Hires prompt": "",
    "Hires negative prompt": "",
    "Mask mode": "Inpaint masked",
    "Masked content": "original",
    "Inpaint area": "Whole picture",
    "Masked area padding": 32,
    "RNG": "GPU",
    "Schedule type": "Automatic",
    "Schedule max sigma": 0,
    "Schedule min sigma": 0,
    "Schedule rho": 0,
    "VAE Encoder": "Full",
    "VAE Decoder": "Full",
    "FP8 weight": "Disable",
    "Emphasis": "Original",
}


def quote(value: T) -> T | str:
    """Return a value as it is written: in JSON's quotes if it could not be read back without them."""
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if NEEDS_QUOTES.search(text) else value


def unquote(text: str) -> str:
    """Undo `quote`; text that is not properly quoted comes back as it is."""
    if not (len(text) >= 2 and text[0] == text[-1] == '"'):
        return text
    try:
        value = json.loads(text)
        value.encode("utf-8")  # half of a surrogate pair, such as "\ud800", could never be written or sent again
    except ValueError:
        return text
    return value


def write_infotext(prompt: str, negative_prompt: str, parameters: Mapping[str, object]) -> str:
    """Write an infotext. Parameters that are None are left out; one equal to its key is written once."""
    written = ", ".join(
        key if key == value else f"{key}: {quote(value)}" for key, value in parameters.items() if value is not None
    )
    negative = f"\n{NEGATIVE_PROMPT} {negative_prompt}" if negative_prompt else ""
    return f"{prompt}{negative}\n{written}".strip()


def parse_infotext(text: str) -> dict[str, Any]:
    """Read an infotext as A1111 does: sizes split in two, what is not written filled in."""
    fields = _split_sizes(parse_fields(text))
    _add_hypernetwork_to_prompt(fields)
    add_defaults(fields)
    return fields


def parse_fields(text: str) -> dict[str, str]:
    """Read an infotext as it stands: `Prompt`, `Negative prompt` and each parameter, unquoted."""
    *lines, last = text.strip().split("\n")
    written = _parse_parameters(last)
    if len(written) < FEWEST_PARAMETERS:
        lines.append(last)
        written = []
    prompt, negative_prompt = _split_prompts([line.strip() for line in lines])
    return {
        "Prompt": prompt,
        "Negative prompt": negative_prompt,
        **{key: unquote(value) for key, value in written if value},
    }


def add_defaults(fields: dict[str, Any]) -> None:
    """Fill in what A1111 assumes of parameters not written, and the older behaviour that an older Version implies."""
    for key, value in {**DEFAULTS, **_older_behaviour(fields)}.items():
        fields.setdefault(key, value)


def _parse_parameters(line: str) -> list[tuple[str, str]]:
    return [
        (key, quoted if quoted is not None else plain)
        for key, quoted, plain in (match.groups() for match in PARAMETER.finditer(line.strip()))
        if quoted is not None or plain is not None
    ]


def _split_prompts(lines: list[str]) -> tuple[str, str]:
    """Return prompt and negative prompt; a second "Negative prompt:" starts another line of the negative prompt."""
    start = next((i for i, line in enumerate(lines) if line.startswith(NEGATIVE_PROMPT)), len(lines))
    negative = [line.removeprefix(NEGATIVE_PROMPT).strip() for line in lines[start:]]
    return "\n".join(lines[:start]), "\n".join(negative)


def _split_sizes(fields: Mapping[str, str]) -> dict[str, Any]:
    """Turn each `Size: 512x768` into `Size-1: 512` and `Size-2: 768`."""
    split: dict[str, Any] = {}
    for key, value in fields.items():
        size = None if key in {"Prompt", "Negative prompt"} else SIZE.fullmatch(value)
        split.update({f"{key}-1": size[1], f"{key}-2": size[2]} if size else {key: value})
    return split


def _add_hypernetwork_to_prompt(fields: dict[str, Any]) -> None:
    """Pictures from before the prompt named hypernetworks have one in their parameters."""
    if "Hypernet" in fields:
        fields["Prompt"] += f"<hypernet:{fields['Hypernet']}:{fields.get('Hypernet strength', '1.0')}>"


def _older_behaviour(fields: Mapping[str, Any]) -> dict[str, bool]:
    version = parse_version(fields.get("Version", ""))
    if version is None:
        return {}
    behaviour = {
        "Old prompt editing timelines": version < (1, 6, 0) and "[" in fields["Prompt"] + fields["Negative prompt"],
        "Pad conds v0": version < (1, 6, 0) and fields.get("Sampler") in {"DDIM", "PLMS"},
        "Downcast alphas_cumprod": version < (1, 7, 0, 225),
        "Refiner switch by sampling steps": version < (1, 8, 0) and "Refiner" in fields,
    }
    return {key: True for key, applies in behaviour.items() if applies}


def parse_version(version: str) -> tuple[int, ...] | None:
    """Return A1111's version, with the number of commits since that release as the fourth part."""
    match = VERSION.match(version)
    return tuple(int(part or 0) for part in match.groups()) if match else None
