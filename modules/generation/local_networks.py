"""The networks of a pasted infotext under the names that they have here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from modules.generation.from_infotext import Recipe
from modules.networks.lora_catalog import LoraCatalog

HASHES = "Lora hashes"
PROMPTS = ("prompt", "hr_prompt")

_TAG = re.compile(r"<(?P<kind>lora|lyco):(?P<name>[^:>]+)(?=[:>])", re.IGNORECASE)
_NAME_WITH_HASH = re.compile(r"(?P<name>.+?)\s*\([0-9a-fA-F]+\)\Z")


def with_local_networks(recipe: Recipe, loras: LoraCatalog, preferred: str) -> Recipe:
    """Return the recipe with the tags of LoRAs that have another name here changed to that name.

    They are known by their hashes, as far as those of the files here are known. LoRAs that the extension Additional
    Networks wrote into the parameters become tags.

    Args:
        recipe: what an infotext says.
        loras: those that are here.
        preferred: the setting `lora_preferred_name`.
    """
    fields = dict(recipe.fields)
    added = additional_networks(recipe.written)
    if added and "prompt" in fields:
        fields["prompt"] = f"{fields.get('prompt', '')}\n{added}".strip()
    names = _local_names(recipe.written, loras, preferred)
    if names:
        for field in PROMPTS:
            if fields.get(field):
                fields[field] = _TAG.sub(lambda tag: f"<{tag['kind']}:{_local(tag['name'], names)}", str(fields[field]))
    return recipe if fields == recipe.fields else replace(recipe, fields=fields)


def written_hashes(written: Mapping[str, Any], parameter: str = HASHES) -> dict[str, str]:
    """Read the names and hashes in a parameter such as `a: 12ab, b: 34cd`."""
    entries = (entry.rpartition(":") for entry in str(written.get(parameter, "")).split(","))
    return {name.strip(): digest.strip().lower() for name, _, digest in entries if name.strip() and digest.strip()}


def additional_networks(written: Mapping[str, Any]) -> str:
    """Return the tags for what the extension Additional Networks says in the parameters."""
    tags: list[str] = []
    for key, model in written.items():
        number = key.removeprefix("AddNet Model ")
        if number == key or written.get(f"AddNet Module {number}") != "LoRA" or str(model) in {"", "None"}:
            continue
        match = _NAME_WITH_HASH.match(str(model))
        tags.append(f"<lora:{match['name'] if match else model}:{written.get(f'AddNet Weight A {number}', '1.0')}>")
    return "".join(tags)


def _local_names(written: Mapping[str, Any], loras: LoraCatalog, preferred: str) -> dict[str, str]:
    """Return the names of the infotext with those of files here that have the same hash and another name."""
    names: dict[str, str] = {}
    for name, digest in written_hashes(written).items():
        here = loras.by_hash(digest)
        if here is not None and loras.find(name) != here:
            names[name] = loras.prompt_name(here, preferred)
    return names


def _local(name: str, names: Mapping[str, str]) -> str:
    return names.get(name.replace(",", ""), name)
