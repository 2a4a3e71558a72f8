"""Reading the graph that ComfyUI puts into its pictures, as far as it says what an infotext says.

The text chunk `prompt` holds the graph that was run: `{"3": {"class_type": "KSampler", "inputs": {...}}, ...}`. An
input is a value, or `["4", 0]`, the first output of node 4. Nodes are told by their inputs rather than by their class,
so that those of extensions are understood where they call things by the same names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PureWindowsPath
from typing import Any

from modules.imaging.infotext import write_infotext

GRAPH, WORKFLOW = "prompt", "workflow"
DEEPEST = 200
DEEPEST_VALUE = 3
MOST_NODES = 5000
LONGEST_GRAPH = 16 * 2**20

SAMPLERS = {
    "euler": "Euler",
    "euler_ancestral": "Euler a",
    "heun": "Heun",
    "dpm_2": "DPM2",
    "dpm_2_ancestral": "DPM2 a",
    "lms": "LMS",
    "dpm_fast": "DPM fast",
    "dpm_adaptive": "DPM adaptive",
    "dpmpp_2s_ancestral": "DPM++ 2S a",
    "dpmpp_sde": "DPM++ SDE",
    "dpmpp_sde_gpu": "DPM++ SDE",
    "dpmpp_2m": "DPM++ 2M",
    "dpmpp_2m_sde": "DPM++ 2M SDE",
    "dpmpp_2m_sde_gpu": "DPM++ 2M SDE",
    "dpmpp_2m_sde_heun": "DPM++ 2M SDE Heun",
    "dpmpp_2m_sde_heun_gpu": "DPM++ 2M SDE Heun",
    "dpmpp_3m_sde": "DPM++ 3M SDE",
    "dpmpp_3m_sde_gpu": "DPM++ 3M SDE",
    "lcm": "LCM",
    "ddim": "DDIM",
    "uni_pc": "UniPC",
    "uni_pc_bh2": "UniPC",
}
SCHEDULES = {
    "normal": "Normal",
    "karras": "Karras",
    "exponential": "Exponential",
    "sgm_uniform": "SGM Uniform",
    "simple": "Simple",
    "ddim_uniform": "DDIM",
    "beta": "Beta",
    "kl_optimal": "KL Optimal",
}

TEXT_INPUTS = ("text", "text_g", "text_l", "clip_l", "t5xxl", "prompt", "value", "string")
NEGATIVE_ONLY = ("negative", "text_negative", "negative_prompt")
VALUE_INPUTS = ("value", "seed", "noise_seed", "text", "string", "int", "float")
LATENTS = ("latent_image", "samples", "pixels")
CONDITIONING = ("conditioning", "conditioning_1", "conditioning_2", "conditioning_to", "positive", "negative")

Graph = Mapping[str, Any]
Node = Mapping[str, Any]


def infotext_from_comfyui(items: Mapping[str, str]) -> str | None:
    """Return an infotext made from the texts of a picture, or None if they hold no graph with a sampler."""
    try:
        graph = json.loads(items[GRAPH]) if len(items[GRAPH]) <= LONGEST_GRAPH else {}
        sampler = _sampler(graph) if len(graph) <= MOST_NODES else None
        if sampler is None:
            return None
        return write_infotext(
            _text(graph, sampler, "positive"), _text(graph, sampler, "negative"), _parameters(graph, sampler)
        )
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError):
        return None


def _sampler(graph: Graph) -> Node | None:
    """Return the inputs of the node that made the picture: of several, the one that began with no other's latents."""
    samplers = [node["inputs"] for node in graph.values() if _is_sampler(node)]
    first = [inputs for inputs in samplers if not any(_is_sampler(node) for node in _before(graph, inputs))]
    return (first or samplers or [None])[0]


def _is_sampler(node: Any) -> bool:
    inputs = node.get("inputs") if isinstance(node, dict) else None
    return isinstance(inputs, dict) and "steps" in inputs and {"positive", "sampler_name"} <= inputs.keys()


def _before(graph: Graph, inputs: Node) -> Iterator[Node]:
    """Yield the nodes on the way of the latents, backwards."""
    for _ in range(DEEPEST):
        link = next((inputs[name] for name in LATENTS if name in inputs), None)
        node = _linked(graph, link)
        if node is None:
            return
        yield node
        inputs = node["inputs"]


def _parameters(graph: Graph, sampler: Node) -> Mapping[str, object]:
    size = next((node["inputs"] for node in _before(graph, sampler) if "width" in node["inputs"]), {})
    width, height = (_value(graph, size.get(side)) for side in ("width", "height"))
    name, schedule = _value(graph, sampler.get("sampler_name")), _value(graph, sampler.get("scheduler"))
    strength = _value(graph, sampler.get("denoise"))
    return {
        "Steps": _value(graph, sampler.get("steps")),
        "Sampler": SAMPLERS.get(str(name), name),
        "Schedule type": SCHEDULES.get(str(schedule), schedule),
        "CFG scale": _value(graph, sampler.get("cfg")),
        "Seed": _value(graph, sampler.get("seed", sampler.get("noise_seed"))),
        "Size": f"{width}x{height}" if width and height else None,
        "Model": _checkpoint(graph, sampler),
        "Denoising strength": strength if isinstance(strength, float) and strength < 1 else None,
    }


def _checkpoint(graph: Graph, inputs: Node) -> str | None:
    """Return the checkpoint's name, behind whatever changes the model on its way to the sampler."""
    for _ in range(DEEPEST):
        node = _linked(graph, inputs.get("model"))
        if node is None:
            return None
        inputs = node["inputs"]
        name = _value(graph, inputs.get("ckpt_name", inputs.get("unet_name")))
        if isinstance(name, str):
            return PureWindowsPath(name).stem  # which also splits at the slashes of other systems
    return None


def _text(graph: Graph, sampler: Node, which: str) -> str:
    networks = _networks(graph, sampler) if which == "positive" else ()
    return " ".join((*_texts(graph, sampler.get(which), which), *networks)).strip()


def _texts(graph: Graph, link: Any, which: str) -> list[str]:
    """Return the texts of the prompts behind a link, each once."""
    other = {"positive": "negative", "negative": "positive"}[which]
    names = (*NEGATIVE_ONLY, *TEXT_INPUTS) if which == "negative" else ("positive", *TEXT_INPUTS)
    found: dict[str, None] = {}
    seen: list[Node] = []
    links = [link]
    while links:
        node = _linked(graph, links.pop(0))
        if node is None or len(seen) > DEEPEST or any(node is known for known in seen):
            continue
        seen.append(node)
        inputs = node["inputs"]
        texts = [text for name in names if isinstance(text := _value(graph, inputs.get(name)), str) and text.strip()]
        found |= dict.fromkeys(texts)
        links += [inputs[name] for name in CONDITIONING if not texts and name in inputs and name != other]
    return list(found)


def _networks(graph: Graph, inputs: Node) -> Sequence[str]:
    """Return the LoRAs on the way from the checkpoint to the sampler, as tags of a prompt."""
    tags: list[str] = []
    for _ in range(DEEPEST):
        node = _linked(graph, inputs.get("model"))
        if node is None:
            break
        inputs = node["inputs"]
        if isinstance(name := inputs.get("lora_name"), str):
            tags.append(f"<lora:{PureWindowsPath(name).stem}:{_value(graph, inputs.get('strength_model', 1))}>")
    return tags[::-1]


def _value(graph: Graph, given: Any, depth: int = 0) -> Any:
    """Return a value; behind a link, that of a node which only holds one (a seed or a text of its own)."""
    node = _linked(graph, given)
    if node is None:
        return given if isinstance(given, str | int | float) else None
    if depth == DEEPEST_VALUE:
        return None
    values = (_value(graph, node["inputs"].get(name), depth + 1) for name in VALUE_INPUTS)
    return next((value for value in values if value is not None), None)


def _linked(graph: Graph, link: Any) -> Node | None:
    if not (isinstance(link, list) and len(link) == 2 and isinstance(link[0], str | int)):
        return None
    node = graph.get(str(link[0]))
    return node if isinstance(node, dict) and isinstance(node.get("inputs"), dict) else None
