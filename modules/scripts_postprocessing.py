"""Legacy name: scripts that work on finished pictures. The code is in `modules/plugins/postprocessing.py`."""

from modules.plugins.postprocessing import (
    PostprocessedImage,
    PostprocessedImageSharedInfo,
    ScriptPostprocessing,
)
