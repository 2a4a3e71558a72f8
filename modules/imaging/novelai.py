"""Reading what NovelAI writes into its pictures, as an infotext."""

import json
from collections.abc import Mapping

from modules.imaging.infotext import write_infotext

SAMPLERS = {
    "k_euler_ancestral": "Euler a",
    "k_euler": "Euler",
    "k_lms": "LMS",
    "k_heun": "Heun",
    "k_dpm_2": "DPM2",
    "k_dpm_2_ancestral": "DPM2 a",
    "k_dpmpp_2m": "DPM++ 2M",
    "k_dpmpp_2s_ancestral": "DPM++ 2S a",
    "k_dpmpp_sde": "DPM++ SDE",
    "ddim": "DDIM",
    "plms": "PLMS",
}


SOFTWARE = "Software"
PARAMETERS = "parameters"


def texts_of_payload(text: str) -> dict[str, str]:
    """Return the texts, by their names, in what was hidden in pixels: NovelAI's JSON, or just an infotext."""
    try:
        texts = json.loads(text)
    except (ValueError, RecursionError):
        texts = None
    if not isinstance(texts, dict):
        return {PARAMETERS: text}
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in texts.items()}


def infotext_from_novelai(items: Mapping[str, str], size: tuple[int, int]) -> str | None:
    """Return an infotext made from the texts of a picture, or None if NovelAI did not write them."""
    if items.get(SOFTWARE) != "NovelAI":
        return None
    try:
        values = json.loads(items["Comment"])
        return write_infotext(
            items["Description"],
            values["uc"],
            {
                "Steps": values["steps"],
                "Sampler": SAMPLERS.get(values["sampler"], "Euler a"),
                "CFG scale": values["scale"],
                "Seed": values["seed"],
                "Size": "{}x{}".format(*size),
                "Clip skip": 2,
                "ENSD": 31337,
            },
        )
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
