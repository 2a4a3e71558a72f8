"""What keeps a picture from being made again, told from its texts before anything is run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modules.app.app import App
from modules.app.verify.verdict import CannotRepeatError
from modules.core.options import OPTIONS
from modules.core.registry import shorten
from modules.generation.from_infotext import FIELD_OF, Recipe
from modules.generation.local_networks import written_hashes
from modules.generation.networks import read_networks

OTHER_PROGRAMS = {
    "workflow": "ComfyUI",
    "prompt": "ComfyUI",
    "invokeai_metadata": "InvokeAI",
    "invokeai_graph": "InvokeAI",
    "sd-metadata": "InvokeAI",
    "Dream": "InvokeAI",
    "fooocus_scheme": "Fooocus",
}
"""Text in a picture: the program that writes it. Whatever A1111 writes as well is read all the same."""

NEEDED = ("Steps", "Sampler", "Seed")

OTHER_PICTURES = {
    "Mask blur": "inpainting",
    "Mask mode": "inpainting",
    "Inpaint area": "inpainting",
    "Masked content": "inpainting",
    "Soft inpainting enabled": "inpainting",
    "Init image hash": "img2img",
    "Noise multiplier": "img2img",
    "Denoising strength": "img2img",  # without Hires. fix
}
"""Parameter: what was done to a picture that is not in the file."""

FEATURES = {
    "Conditional mask weight": "inpainting checkpoints",
    "Image CFG scale": "InstructPix2Pix",
    "Postprocess upscale by": "Extras",
    "Postprocess upscale to": "Extras",
    "Postprocess upscaler": "Extras",
    "Postprocess crop to": "Extras",
    "GFPGAN visibility": "Extras",
    "CodeFormer visibility": "Extras",
    "Face restoration": "face restoration",
    "FP8 weight": "8-bit weights",
    "VAE": "external VAEs",
    "VAE hash": "external VAEs",
    "VAE Decoder": "other VAE decoders",
    "VAE Encoder": "other VAE encoders",
    "Hypertile U-Net": "Hypertile",
    "Hypertile VAE": "Hypertile",
}
"""Parameter: the feature that it belongs to, as people call it. One that has become a setting is no obstacle."""

FEATURE_BEGINNINGS = {
    "ControlNet": "ControlNet",
    "ADetailer": "ADetailer",
    "AnimateDiff": "AnimateDiff",
    "Regional": "Regional Prompter",
    "RP ": "Regional Prompter",
    "Ultimate SD upscale": "Ultimate SD upscale",
    "freeu": "FreeU",
    "FreeU": "FreeU",
}
NOTHING_USED = {"", "None", "Full", "Disable", "Automatic", "False"}
HARMLESS = {
    "Version",
    "User",
    "Model",
    "Model hash",
    "TI hashes",
    "Lora hashes",
    "Hypernet",
    "Hypernet strength",
    "Hashes",
    "Civitai resources",
    "Civitai metadata",
    "Created Date",
    "Hires refiner",
    "First pass size",
    "Variation seed",
}
"""Parameters that are neither a field nor a setting and change no picture."""


def require_repeatable(app: App, recipe: Recipe, items: Mapping[str, str]) -> None:
    """Look for what cannot be done (yet).

    Raises:
        CannotRepeatError: with the first thing that was found.
    """
    for reason in _obstacles(app, recipe, items):
        raise CannotRepeatError(reason)


def unknown_parameters(recipe: Recipe) -> list[str]:
    """Return the parameters that neither a field nor a setting nor a list here knows: those of extensions."""
    known = {base_name(name) for name in FIELD_OF} | HARMLESS | FEATURES.keys() | OTHER_PICTURES.keys()
    known |= {option.infotext for option in OPTIONS if option.infotext}
    names = dict.fromkeys(base_name(name) for name in recipe.written)
    return [name for name in names if name not in known]


def base_name(name: str) -> str:
    """Return a parameter's name as it is written, without the -1 and -2 of sizes."""
    return name.removesuffix("-1").removesuffix("-2")


def _obstacles(app: App, recipe: Recipe, items: Mapping[str, str]) -> Iterator[str]:
    written = recipe.written
    if items.get("Software") == "NovelAI":
        yield "it was made by NovelAI, whose model nobody else has"
    for name in NEEDED:
        if not str(written.get(name, "")).strip():
            yield f"its parameters do not say {name}"
    yield from _other_pictures(recipe)
    yield from _features(written)
    yield from _networks(app, recipe)


def _other_pictures(recipe: Recipe) -> Iterator[str]:
    for name, what in OTHER_PICTURES.items():
        if name in recipe.written and not (name == "Denoising strength" and recipe.has_hires):
            yield f"it was made by {what} of another picture, which is not in its file"


def _features(written: Mapping[str, Any]) -> Iterator[str]:
    settings = {option.infotext for option in OPTIONS}
    if script := written.get("Script"):
        yield f"it was made by the script {shorten(str(script))!r}, and scripts are not there yet"
    for name, value in written.items():
        feature = FEATURES.get(base_name(name)) if name not in settings and str(value) not in NOTHING_USED else None
        feature = feature or next((it for start, it in FEATURE_BEGINNINGS.items() if name.startswith(start)), None)
        if feature:
            yield _not_there(feature)


def _networks(app: App, recipe: Recipe) -> Iterator[str]:
    hashes = written_hashes(recipe.written)
    for prompt in (str(recipe.fields.get(name, "")) for name in ("prompt", "hr_prompt")):
        networks = read_networks(prompt)
        for mention in networks.loras:
            yield from _lora(app, mention.named, hashes.get(mention.named.replace(",", "")))
        for name, _ in networks.hypernetworks:
            if app.hypernetworks.find(name) is None:
                yield f"the hypernetwork {shorten(name)!r} is not here"
    for name, digest in written_hashes(recipe.written, "TI hashes").items():
        yield from _embedding(app, name, digest)


def _lora(app: App, name: str, digest: str | None) -> Iterator[str]:
    here = app.loras.find(name)
    if here is None:
        yield f"the LoRA {shorten(name)!r}{f' with the hash {digest}' if digest else ''} is not here"
    elif here.problem:
        yield f"the LoRA {shorten(name)!r} cannot be used: {here.problem}"
    elif digest and (known := app.loras.hashed(here).hash) and not known.startswith(digest):
        yield f"the LoRA {shorten(name)!r} here has the hash {known[:12]}, and the picture's has {digest}"


def _embedding(app: App, name: str, digest: str) -> Iterator[str]:
    """Embeddings are words of a prompt: a missing one would be read as an ordinary word."""
    here = {file.name.casefold(): file for file in app.embeddings.list_for(None).loaded}
    file = here.get(name.casefold())
    if file is None:
        yield f"the textual inversion {shorten(name)!r} with the hash {digest} is not here"
    elif file.sha256 and not file.sha256.startswith(digest):
        theirs = f"and the picture's has {digest}"
        yield f"the textual inversion {shorten(name)!r} here has the hash {file.sha256[:12]}, {theirs}"


def other_program(items: Mapping[str, str]) -> str | None:
    """Return the program that wrote texts of its own, if one is known by them."""
    return next((program for name, program in OTHER_PROGRAMS.items() if name in items), None)


def _not_there(feature: str) -> str:
    return f"it was made with {feature}, and that is not there yet"
