"""The base class of scripts (contract 6.2). Names and signatures are A1111's: extensions are written against them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

AlwaysVisible = object()
"""What `show` returns for a script that is no entry of the menu but always there."""


class Script:
    """A script of the txt2img and img2img tabs. A subclass overrides what it needs; `p` is the job and may be changed.

    Attributes:
        name: title in small letters, as the API calls it.
        section: part of the tab where the controls of an always visible script go; None is the usual place.
        filename: of the file that it came from.
        args_from: where its values begin among those of all scripts; `args_to` is where they end.
        infotext_fields: (component, label) pairs that pasting an infotext fills; the label may be a function of the
            parsed parameters.
        paste_field_names: fields that "Send to" carries.
        create_group: put the controls of an always visible script in a group of their own.
    """

    name: str | None = None
    section: str | None = None
    filename: str | None = None
    args_from: int = 0
    args_to: int = 0
    alwayson: bool = False
    is_txt2img: bool = False
    is_img2img: bool = False
    tabname: str | None = None
    group: Any = None
    create_group: bool = True
    infotext_fields: Sequence[tuple[Any, Any]] | None = None
    paste_field_names: Sequence[str] | None = None
    controls: Sequence[Any] | None = None
    setup_for_ui_only: bool = False
    sorting_priority: float = 0
    on_before_component_elem_id: ClassVar[Any] = None
    on_after_component_elem_id: ClassVar[Any] = None

    def title(self) -> str:
        """Return the name in the menu."""
        raise NotImplementedError

    def show(self, is_img2img: bool) -> Any:
        """Return False to hide it in a tab, True for an entry of the menu, `AlwaysVisible` to be there always."""
        return True

    def ui(self, is_img2img: bool) -> Sequence[Any] | None:
        """Make the controls and return them in the order in which their values are passed."""
        return None

    def run(self, p: Any, *args: Any) -> Any:
        """Make the pictures of a job in its own way: an entry of the menu. None leaves it to the program."""

    def setup(self, p: Any, *args: Any) -> None:
        """The job has just been made."""

    def before_process(self, p: Any, *args: Any) -> None:
        """See `generation/hooks.py`, as for all that follow."""

    def process(self, p: Any, *args: Any) -> None:
        """Prompts and seeds of all images are known."""

    def before_process_batch(self, p: Any, *args: Any, **kwargs: Any) -> None:
        """A batch begins."""

    def after_extra_networks_activate(self, p: Any, *args: Any, **kwargs: Any) -> None:
        """The network tags of a batch have been read."""

    def process_batch(self, p: Any, *args: Any, **kwargs: Any) -> None:
        """A batch is about to be sampled."""

    def process_before_every_sampling(self, p: Any, *args: Any, **kwargs: Any) -> None:
        """A pass of sampling begins."""

    def before_hr(self, p: Any, *args: Any) -> None:
        """The second pass of Hires. fix is next."""

    def on_mask_blend(self, p: Any, mba: Any, *args: Any) -> None:
        """Kept and painted latents are put together."""

    def post_sample(self, p: Any, ps: Any, *args: Any) -> None:
        """The latents of a batch are done."""

    def postprocess_batch(self, p: Any, *args: Any, **kwargs: Any) -> None:
        """A batch is decoded."""

    def postprocess_batch_list(self, p: Any, pp: Any, *args: Any, **kwargs: Any) -> None:
        """A batch is decoded; its list may change its length."""

    def postprocess_image(self, p: Any, pp: Any, *args: Any) -> None:
        """A picture, before it is laid into the original."""

    def postprocess_maskoverlay(self, p: Any, ppmo: Any, *args: Any) -> None:
        """A picture is about to be laid into the original."""

    def postprocess_image_after_composite(self, p: Any, pp: Any, *args: Any) -> None:
        """A whole picture, before it is saved."""

    def postprocess(self, p: Any, processed: Any, *args: Any) -> None:
        """Everything is done and saved."""

    def before_component(self, component: Any, **kwargs: Any) -> None:
        """A control of the page is about to be made."""

    def after_component(self, component: Any, **kwargs: Any) -> None:
        """A control of the page was made."""

    def on_before_component(self, callback: Callable[..., None], *, elem_id: str) -> None:
        """Call a function before the control of that elem_id is made."""
        self.on_before_component_elem_id = [*(self.on_before_component_elem_id or ()), (elem_id, callback)]  # type: ignore[misc]

    def on_after_component(self, callback: Callable[..., None], *, elem_id: str) -> None:
        """Call a function when the control of that elem_id was made."""
        self.on_after_component_elem_id = [*(self.on_after_component_elem_id or ()), (elem_id, callback)]  # type: ignore[misc]

    def describe(self) -> str:
        """Say what it does; not shown."""
        return ""

    def elem_id(self, item_id: str) -> str:
        """Return the elem_id of one of its controls: `script_[tab_]<title>_<item>`."""
        in_one_tab = self.show(True) != self.show(False)
        tab = "" if in_one_tab else ("img2img_" if self.is_img2img else "txt2img_")
        title = re.sub(r"[^a-z_0-9]", "", re.sub(r"\s", "_", self.title().lower()))
        return f"script_{tab}{title}_{item_id}"


class ScriptBuiltinUI(Script):
    """A part of the page that is made as a script; `setup` is called for jobs of the page alone."""

    setup_for_ui_only = True

    def elem_id(self, item_id: str) -> str:
        """Return the elem_id of one of its controls, as the page's own have it."""
        in_one_tab = self.show(True) != self.show(False)
        return item_id if in_one_tab else f"{'img2img' if self.is_img2img else 'txt2img'}_{item_id}"
