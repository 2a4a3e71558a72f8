"""The settings of A1111 that nothing in this version reads.

They are kept all the same: its settings files and API clients name them, and the page shows them with the reason why
they do nothing. Whoever writes what reads one declares it in the `options.py` of the package that does, and takes its
row away here (`tests/architecture/test_options.py` asks for that).
"""

from typing import Any

from modules.core.options import OPTIONS, Option

NOT_YET = "Not there yet: nothing in this version reads it."
NO_EFFECT = "Has no effect in Easel: "

TERMINAL = NO_EFFECT + "there are no progress bars in the terminal."
TRAINING = NO_EFFECT + "this version does not train."
CACHE = NO_EFFECT + "A1111 replaced it by the number of loaded checkpoints, as did Easel."
SDXL = "Not there yet: this version does not run SDXL."
EXTENSIONS = "Not there yet: this version runs no extensions."
HYPERTILE = "Not there yet: this version has no Hypertile."


def unread(name: str, default: Any, label: str, section: str, why: str = NOT_YET, **details: Any) -> None:
    """Declare a setting, unless what reads it has done so already."""
    if name not in OPTIONS:
        OPTIONS.add(Option(name, default, label=label, section=section, without_effect=why, **details))


def sliding(minimum: float, maximum: float, step: float) -> dict[str, Any]:
    """Return the range of a slider."""
    return {"minimum": minimum, "maximum": maximum, "step": step}


# --- Saving ---------------------------------------------------------------------------------------------------------
SAVING = "saving-images"

# --- Upscaling ------------------------------------------------------------------------------------------------------
UPSCALING = "upscaling"
unread(
    "ldsr_steps",
    100,
    "LDSR processing steps. Lower = faster",
    UPSCALING,
    NO_EFFECT + "it has no LDSR.",
    **sliding(1, 200, 1),
)
unread("ldsr_cached", False, "Cache LDSR model in memory", UPSCALING, NO_EFFECT + "it has no LDSR.")
unread("SWIN_torch_compile", False, "Use torch.compile to accelerate SwinIR.", UPSCALING)

# --- System ---------------------------------------------------------------------------------------------------------
SYSTEM = "system"
unread(
    "auto_launch_browser",
    "Local",
    "Automatically open webui in browser on startup",
    SYSTEM,
    NO_EFFECT + "start it with --autolaunch.",
    choices=("Disable", "Local", "Remote"),
)
unread(
    "show_warnings",
    False,
    "Show warnings in console.",
    SYSTEM,
    NO_EFFECT + "--loglevel says how much is told in the terminal.",
    needs_reload=True,
)
unread(
    "show_gradio_deprecation_warnings",
    True,
    "Show gradio deprecation warnings in console.",
    SYSTEM,
    NO_EFFECT + "its Gradio has no such warnings.",
    needs_reload=True,
)
unread(
    "multiple_tqdm",
    True,
    "Add a second progress bar to the console that shows progress for an entire job.",
    SYSTEM,
    TERMINAL,
)
unread("enable_upscale_progressbar", True, "Show a progress bar in the console for tiled upscaling.", SYSTEM, TERMINAL)
unread("print_hypernet_extra", False, "Print extra hypernetwork information to console.", SYSTEM, TRAINING)
unread("list_hidden_files", True, "Load models/files in hidden directories", SYSTEM)
unread(
    "disable_mmap_load_safetensors",
    False,
    "Disable memmapping for loading .safetensors files.",
    SYSTEM,
)
unread(
    "hide_ldm_prints",
    True,
    "Prevent Stability-AI's ldm/sgm modules from printing noise to console.",
    SYSTEM,
    NO_EFFECT + "these modules are not in use.",
)
unread("dump_stacks_on_signal", False, "Print stack traces before exiting the program with ctrl+c.", SYSTEM)
