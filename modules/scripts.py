"""Legacy name: scripts of extensions. The code is in `modules/plugins/`."""

from modules.app.current import current_app as _current_app
from modules.engine.sampling.masked import MaskBlend as MaskBlendArgs
from modules.generation.hooks import (
    PostprocessBatchListArgs,
    PostprocessImageArgs,
    PostProcessMaskOverlayArgs,
    PostSampleArgs,
)
from modules.plugins.loading import ScriptClassData, ScriptFile, basedir, postprocessing_scripts_data, scripts_data
from modules.plugins.runner import ScriptRunner
from modules.plugins.script import AlwaysVisible, Script, ScriptBuiltinUI


def __getattr__(name: str) -> ScriptRunner | None:
    """`scripts_txt2img` and `scripts_img2img` are the running program's."""
    if name in ("scripts_txt2img", "scripts_img2img"):
        return _current_app().script_runner(name.removeprefix("scripts_"))
    raise AttributeError(f"module 'modules.scripts' has no attribute {name!r}")
