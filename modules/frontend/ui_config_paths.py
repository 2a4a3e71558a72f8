"""What A1111 calls the controls of the page in `ui-config.json`: "txt2img/Sampling steps", "txt2img/📂", and so on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components.base import Component

from modules.frontend.fields import Tab

Control = gr.Textbox | gr.Slider | gr.Number | gr.Checkbox | gr.CheckboxGroup | gr.Dropdown | gr.Radio

SYMBOLS: Mapping[str, str] = {
    "paste": "↙️",
    "clear": "🗑️",
    "apply": "📋",
    "styles": "🖌️",
    "refresh": "🔄",
    "swap": "⇅",
    "measure": "📐",
    "dice": "🎲️",
    "recycle": "♻️",
    "folder": "📂",
    "save": "💾",
    "archive": "🗃️",
    "picture": "🖼️",
    "brush": "🎨️",
    "enlarge": "📐",
}
"""What A1111 has on the buttons that are icons here."""

LABELS: Mapping[str, str] = {
    "hr_checkpoint": "Hires checkpoint",
    "hr_sampler": "Hires sampling method",
    "hr_scheduler": "Hires schedule type",
}
"""Labels of A1111 1.8, by elem_id, where ours are later ones."""

OWN_SCRIPTS: Sequence[tuple[str, str]] = (
    (r"\w+_(sub)?seed(_.*)?", "seed.py"),
    (r"\w+2img_(enable-checkbox|checkpoint|switch_at)", "refiner.py"),
    (r"extras_upscal.*", "postprocessing_upscale.py"),
    (r"extras_gfpgan.*", "postprocessing_gfpgan.py"),
    (r"extras_codeformer.*", "postprocessing_codeformer.py"),
    (r"postprocess_(split|overlap).*", "postprocessing_split_oversized.py"),
    (r"postprocess_focal.*|train_process_focal.*", "postprocessing_focal_crop.py"),
    (r"postprocess_multicrop.*", "processing_autosized_crop.py"),
)
"""What is a script in A1111 and a part of the page here, by elem_id."""

LATER_SCRIPTS: Sequence[tuple[str, str]] = ((r"\w+2img_(sampling|scheduler|steps)", "sampler.py"),)
"""The same of A1111 1.9 and later; read, but not written."""

LEFT_OUT = re.compile(r"\w+_override_settings|\w+_extra_option_.*|\w+_convert_prompt|\w+_restore_progress")


@dataclass(frozen=True)
class Named:
    """A control with its path; `others` are paths that later versions of A1111 have for it."""

    path: str
    component: Component
    others: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.path, *self.others)


def named_controls(tab: Tab) -> Iterator[Named]:
    """Yield the controls of a tab that have a path, in the order in which they were made. Paths may come twice."""
    for block in tab.blocks.blocks.values():
        if isinstance(block, Control | gr.Button) and block.visible is True and not LEFT_OUT.fullmatch(_id(block)):
            label = label_of(block)
            if label:
                yield _named(tab.name, label, block)


def label_of(component: Component) -> str | None:
    """Return what A1111 has on a control."""
    if isinstance(component, gr.Button):
        icons = [name.removeprefix("icon-") for name in component.elem_classes if name.startswith("icon-")]
        return SYMBOLS.get(icons[0]) if icons else str(component.value)
    label = LABELS.get(_id(component)) or component.label
    return str(label) if label else None


def _named(tab: str, label: str, component: Component) -> Named:
    elem_id = _id(component)
    plain = f"{tab}/{label}"
    script = _script_around(component) or _matching(OWN_SCRIPTS, elem_id)
    later = _matching(LATER_SCRIPTS, elem_id)
    path = f"customscript/{script}/{plain}" if script and not isinstance(component, gr.Button) else plain
    others = [f"customscript/{later}/{plain}"] if later else []
    if script and path != plain and isinstance(component, gr.Checkbox) and elem_id.endswith("-checkbox"):
        others.append(plain)  # A1111 has the checkbox of such a header under both
    if elem_id in LABELS:
        others.append(f"{tab}/{getattr(component, 'label', '')}")
    return Named(path, component, tuple(others))


def _script_around(component: Any) -> str | None:
    """Return the file of the script that made a control."""
    while component is not None:
        source = getattr(component, "custom_script_source", None)
        if source:
            return str(source)
        component = getattr(component, "parent", None)
    return None


def _matching(table: Sequence[tuple[str, str]], elem_id: str) -> str | None:
    return next((script for pattern, script in table if re.fullmatch(pattern, elem_id)), None)


def _id(component: Component) -> str:
    return component.elem_id or ""
