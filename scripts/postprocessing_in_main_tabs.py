"""Operations of the Extras tab in txt2img and img2img, those that a setting names (contract 7.6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modules import scripts
from modules.enhance.extras import operations
from modules.enhance.extras.captioning import CAPTION
from modules.enhance.extras.chain import OPERATIONS, Operation, Tools, in_order, run_chain
from modules.enhance.job import EnhanceJob
from modules.frontend.tabs.extras_operations import OperationControls, create_operation, values_of
from modules.plugins.arguments import read_flag
from modules.plugins.picture_jobs import settings_of
from modules.shared import opts

assert operations  # it registers the operations


class OperationScript(scripts.Script):
    """One operation, always there: a picture that is done goes through it before it is saved.

    Attributes:
        place: which operation it is, counted in the order of the settings; None for this base.
    """

    place: int | None = None
    section = "accordions"
    create_group = False

    def __init__(self) -> None:
        self.operation: Operation = in_order(opts.postprocessing_operation_order)[self.place or 0]
        self._layout: OperationControls | None = None

    def title(self) -> str:
        return self.operation.name

    def show(self, is_img2img: bool) -> Any:
        if self.place is None or self.operation is CAPTION:  # a caption goes beside files, which Extras alone writes
            return False
        chosen = self.operation.name in opts.postprocessing_enable_in_main_ui
        return scripts.AlwaysVisible if chosen else False

    def ui(self, is_img2img: bool) -> list[Any]:
        self._layout = create_operation(self.operation, "img2img" if is_img2img else "txt2img")
        if self._layout is None:
            return []
        return [self._layout.enabled, *(field.component for field in self._layout.fields)]

    def _values(self, args: Sequence[Any]) -> Any:
        assert self._layout is not None
        if self.operation.script is None:
            return values_of(self._layout, args)
        return dict(zip((field.name for field in self._layout.fields), args, strict=True))

    def postprocess_image_after_composite(self, p: Any, pp: Any, *args: Any) -> None:
        """Work on the picture.

        Raises:
            WebUIError: a value out of range, or something the operation needs is not there.
        """
        if self._layout is None or not args or not read_flag(self.operation.name, args[0]):
            return
        if p.progress is not None and p.progress.cut_short:
            return
        saver = p.program.saver_for(settings_of(p), p.models)
        tools = Tools(EnhanceJob(settings_of(p), p.progress), saver.paths, saver.flags)
        made = run_chain(pp.image, {self.operation.name: self._values(args[1:])}, tools)
        if len(made) > 1:
            p.comment(f"{self.operation.name} makes several pictures of one; only the first is kept here.")
        pp.image = made[0].image
        p.extra_generation_params |= made[0].info


def late_script_classes() -> list[type[scripts.Script]]:
    """Return a class for each place in the order, which may change with the settings while the files stay loaded."""
    return [type(f"Operation{place}", (OperationScript,), {"place": place}) for place in range(len(OPERATIONS))]
