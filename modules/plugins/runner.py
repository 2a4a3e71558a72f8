"""Calls the scripts of a tab: those of the menu, and at each hook those that are always there (contract 6.2)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from torch import Tensor

from modules.core.errors import InputError, WebUIError
from modules.engine.sampling.masked import MaskBlend
from modules.engine.text.network_tags import NetworkTag
from modules.generation.hooks import (
    BatchArgs,
    Hooks,
    PostprocessBatchListArgs,
    PostprocessImageArgs,
    PostProcessMaskOverlayArgs,
    PostSampleArgs,
)
from modules.plugins.control_values import start_value
from modules.plugins.loading import ScriptClassData
from modules.plugins.script import AlwaysVisible, Script

log = logging.getLogger(__name__)

FAILED = "The script {title} failed at {hook} and was passed over: {error}"


class UnknownScriptError(InputError):
    """There is no script of that name, or it cannot be called in this way."""


class ScriptRunner(Hooks):
    """The scripts of one tab.

    Values of all their controls are one list: the number of the chosen entry of the menu, then each script's own, at
    `args_from` to `args_to`.

    Args:
        classes: of the scripts, in the order in which they are called.
        is_img2img: which tab.

    Attributes:
        inputs: the controls, in the order of the values; the first is the menu.
        infotext_fields: of all scripts.
    """

    def __init__(self, classes: Iterable[ScriptClassData], *, is_img2img: bool) -> None:
        self.is_img2img = is_img2img
        self.scripts: list[Script] = []
        self.selectable_scripts: list[Script] = []
        self.alwayson_scripts: list[Script] = []
        self.inputs: list[Any] = [None]
        self.infotext_fields: list[tuple[Any, Any]] = []
        self.paste_field_names: list[str] = []
        for data in classes:
            self._add(data)

    def _add(self, data: ScriptClassData) -> None:
        """Make a script; one that fails is told in the log and passed over."""
        try:
            script = data.script_class()
            script.filename = data.path
            script.is_txt2img, script.is_img2img = not self.is_img2img, self.is_img2img
            script.tabname = "img2img" if self.is_img2img else "txt2img"
            shown = script.show(self.is_img2img)
            script.name = script.name or script.title().lower()
        except Exception:
            log.exception("The script %s could not be started; the others go on", data.path)
            return
        if shown is AlwaysVisible:
            script.alwayson = True
            self.alwayson_scripts.append(script)
        elif shown:
            self.selectable_scripts.append(script)
        else:
            return
        self.scripts.append(script)

    @property
    def titles(self) -> list[str]:
        """The entries of the menu."""
        return [script.title() for script in self.selectable_scripts]

    @property
    def title_map(self) -> dict[str, Script]:
        """The scripts of the menu by their titles in small letters."""
        return {script.title().lower(): script for script in self.selectable_scripts}

    def script(self, title: str) -> Script | None:
        """Return the script of that title, in any spelling of capitals."""
        wanted = title.strip().casefold()
        return next((script for script in self.scripts if script.title().casefold() == wanted), None)

    # --- controls and their values -----------------------------------------------------------------------------

    def add_controls(self, script: Script, controls: Sequence[Any]) -> None:
        """Take in the controls of a script, in the order in which their values are passed."""
        script.controls = list(controls)
        script.args_from = len(self.inputs)
        self.inputs.extend(controls)
        script.args_to = len(self.inputs)
        self.infotext_fields.extend(script.infotext_fields or ())
        self.paste_field_names.extend(script.paste_field_names or ())

    def default_args(self) -> list[Any]:
        """Return the values that all controls start with; none of the menu is chosen."""
        return [0, *(start_value(control) for control in self.inputs[1:])]

    def args_for(
        self, name: str | None, args: Sequence[Any] = (), always_on: Mapping[str, Sequence[Any]] | None = None
    ) -> list[Any]:
        """Return the values for a call by name; what is not given starts as on the page.

        Args:
            name: of a script of the menu, or None.
            args: its values.
            always_on: values of scripts that are always there, by name; those beyond what one takes are dropped.

        Raises:
            UnknownScriptError: no such script, or too many values for that of the menu.
        """
        values = self.default_args()
        if name:
            script = self._named(name)
            if script not in self.selectable_scripts:
                raise UnknownScriptError(f"Script '{name:.100}' is always there; put it into alwayson_scripts.")
            values[0] = self.selectable_scripts.index(script) + 1
            self._fill(values, script, args)
        for other, given in (always_on or {}).items():
            script = self._named(other)
            if script not in self.alwayson_scripts:
                raise UnknownScriptError(f"Script '{other:.100}' is an entry of the menu; name it in script_name.")
            self._fill(values, script, given[: script.args_to - script.args_from])
        return values

    def _named(self, name: str) -> Script:
        script = self.script(name)
        if script is None:
            raise UnknownScriptError(f"Script '{name:.100}' not found")
        return script

    def _fill(self, values: list[Any], script: Script, given: Sequence[Any]) -> None:
        if len(given) > script.args_to - script.args_from:
            raise UnknownScriptError(
                f"Script '{script.title()}' takes {script.args_to - script.args_from} values, not {len(given)}."
            )
        values[script.args_from : script.args_from + len(given)] = given

    def set_named_arg(
        self, args: list[Any], script_name: str, arg_elem_id: str, value: Any, *, fuzzy: bool = False
    ) -> None:
        """Set one value in a list of all, by the elem_id of its control.

        Raises:
            RuntimeError: no such control, as in A1111.
        """
        script = self.script(script_name)
        if script is None:
            raise RuntimeError(f"script {script_name} not found")
        for i, control in enumerate(script.controls or ()):
            own = str(getattr(control, "elem_id", ""))
            if own == arg_elem_id or own == script.elem_id(arg_elem_id) or (fuzzy and arg_elem_id in own):
                args[script.args_from + i] = value
                return
        raise RuntimeError(f"arg_elem_id {arg_elem_id} not found in script {script_name}")

    # --- the menu ---------------------------------------------------------------------------------------------

    def chosen(self, p: Any) -> Script | None:
        """Return the script that a job's values choose in the menu, if any."""
        number = p.script_args[0] if p.script_args else 0
        if not isinstance(number, int) or not 0 < number <= len(self.selectable_scripts):
            return None
        return self.selectable_scripts[number - 1]

    def run(self, p: Any, *args: Any) -> Any:
        """Let the chosen script make the pictures; None if none is chosen, or it leaves them to the program.

        Raises:
            WebUIError: as the script raises it.
            InputError: anything else that it raises; the log has more.
        """
        if args:
            p.script_args = args
        script = self.chosen(p)
        if script is None:
            return None
        try:
            return script.run(p, *self._args_of(script, p))
        except WebUIError:
            raise
        except Exception as error:
            log.exception("The script %s failed", script.title())
            raise InputError(f"The script {script.title()} failed: {type(error).__name__}: {error!s:.200}") from error

    def _args_of(self, script: Script, p: Any) -> Sequence[Any]:
        return p.script_args[script.args_from : script.args_to]

    # --- hooks ------------------------------------------------------------------------------------------------

    def wants(self, hook: str) -> bool:
        return any(overrides(script, hook) for script in self.alwayson_scripts)

    def _call(self, hook: str, p: Any, *before: Any, **named: Any) -> None:
        """Call a hook of each script that is always there. What one raises is told, and does not end the job."""
        for script in self.alwayson_scripts:
            if overrides(script, hook):
                self._call_one(script, hook, p, *before, **named)

    def _call_one(self, script: Script, hook: str, p: Any, *before: Any, **named: Any) -> None:
        """Call a hook of one script; whatever it raises, the job goes on."""
        try:
            call: Callable[..., None] = getattr(script, hook)
            call(p, *before, *self._args_of(script, p), **named)
        except WebUIError as error:
            p.comment(f"{script.title()}: {error}")
            log.warning("The script %s failed at %s: %s", script.title(), hook, error)
        except Exception as error:
            p.comment(FAILED.format(title=script.title(), hook=hook, error=f"{type(error).__name__}: {error!s:.200}"))
            log.exception("The script %s failed at %s", script.title(), hook)

    def setup(self, p: Any, *, is_ui: bool = True) -> None:
        """The job has just been made."""
        for script in self.alwayson_scripts:
            if is_ui or not script.setup_for_ui_only:
                self._call_one(script, "setup", p)

    def before_process(self, p: Any) -> None:
        self._call("before_process", p)

    def process(self, p: Any) -> None:
        self._call("process", p)

    def before_process_batch(self, p: Any, batch: BatchArgs) -> None:
        self._call("before_process_batch", p, **vars(batch))

    def after_extra_networks_activate(
        self, p: Any, batch: BatchArgs, extra_network_data: dict[str, list[NetworkTag]]
    ) -> None:
        self._call("after_extra_networks_activate", p, **vars(batch), extra_network_data=extra_network_data)

    def process_batch(self, p: Any, batch: BatchArgs) -> None:
        self._call("process_batch", p, **vars(batch))

    def process_before_every_sampling(self, p: Any, x: Tensor, noise: Tensor, c: Any, uc: Any) -> None:
        self._call("process_before_every_sampling", p, x=x, noise=noise, c=c, uc=uc)

    def before_hr(self, p: Any) -> None:
        self._call("before_hr", p)

    def on_mask_blend(self, p: Any, blend: MaskBlend) -> None:
        self._call("on_mask_blend", p, blend)

    def post_sample(self, p: Any, samples: PostSampleArgs) -> None:
        self._call("post_sample", p, samples)

    def postprocess_batch(self, p: Any, images: Tensor, batch_number: int) -> None:
        self._call("postprocess_batch", p, images=images, batch_number=batch_number)

    def postprocess_batch_list(self, p: Any, images: PostprocessBatchListArgs, batch_number: int) -> None:
        self._call("postprocess_batch_list", p, images, batch_number=batch_number)

    def postprocess_image(self, p: Any, image: PostprocessImageArgs) -> None:
        self._call("postprocess_image", p, image)

    def postprocess_maskoverlay(self, p: Any, overlay: PostProcessMaskOverlayArgs) -> None:
        self._call("postprocess_maskoverlay", p, overlay)

    def postprocess_image_after_composite(self, p: Any, image: PostprocessImageArgs) -> None:
        self._call("postprocess_image_after_composite", p, image)

    def postprocess(self, p: Any, processed: Any) -> None:
        self._call("postprocess", p, processed)


def overrides(script: Script, hook: str) -> bool:
    """Say whether a script does something at a hook."""
    return getattr(type(script), hook, None) is not getattr(Script, hook) or hook in vars(script)
