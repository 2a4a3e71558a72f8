"""The settings of scripts."""

from modules.core.options import option

RELOADS_SCRIPTS = option(
    "enable_reloading_ui_scripts",
    False,
    label="Reload UI scripts when using Reload UI option",
    section="ui",
    help="For authors of scripts: every file is read again, with its controls.",
)
