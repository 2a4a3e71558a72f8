"""Keeps a torchvision that does not fit its PyTorch from taking transformers and diffusers down with it.

We install none, but an extension may: `import torchvision` then raises, and so does every import of transformers.
"""

import importlib
import importlib.util
import logging
import sys

log = logging.getLogger(__name__)


def hide_broken_torchvision() -> None:
    """Make a torchvision that cannot be imported look as if it were not installed. Call it before transformers."""
    if "torchvision" in sys.modules or importlib.util.find_spec("torchvision") is None:
        return
    try:
        importlib.import_module("torchvision")
    except Exception as error:  # noqa: BLE001 - a package that does not fit may raise anything
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        sys.modules["torchvision"] = None  # pyright: ignore[reportArgumentType] - so says the import system
        log.warning(
            "torchvision is installed but does not fit this PyTorch (%s), so it is not used. "
            "Uninstall it, or install the version that fits, if an extension needs it.",
            str(error).partition("\n")[0],
        )
