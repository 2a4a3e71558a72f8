"""Settings of the fields that are drawn on: colours, and A1111's keys. assets/javascript/canvas.js reads the keys."""

from modules.core.options import Option, option

MODIFIERS = ("Shift", "Ctrl", "Alt")
FUNCTIONS = (
    "Zoom",
    "Adjust brush size",
    "Hotkey enlarge brush",
    "Hotkey shrink brush",
    "Moving canvas",
    "Fullscreen",
    "Reset Zoom",
    "Overlap",
)

EDITOR_HEIGHT = option(
    "img2img_editor_height",
    720,
    label="Height of the image editor",
    section="img2img",
    minimum=80,
    maximum=1600,
    step=1,
    help="The most it has, in pixels; it is never higher than half the window.",
    needs_reload=True,
)
MASK_ALPHA = option(
    "img2img_inpaint_mask_scribble_alpha",
    75,
    label="Inpaint mask alpha (transparency)",
    section="img2img",
    minimum=0,
    maximum=100,
    step=1,
    help="How much of the picture the mask hides while it is drawn, in percent.",
)
AUTOSIZE = option(
    "img2img_autosize",
    False,
    label="After loading into Img2img, automatically update Width and Height",
    section="img2img",
)


def _brush(name: str, label: str, what: str) -> Option[str]:
    return option(name, "#ffffff", label=label, section="img2img", help=what, needs_reload=True)


SKETCH_COLOUR = _brush(
    "img2img_sketch_default_brush_color", "Sketch initial brush color", "The brush's colour at first."
)
MASK_COLOUR = _brush("img2img_inpaint_mask_brush_color", "Inpaint mask brush color", "How masks are shown.")
INPAINT_SKETCH_COLOUR = _brush(
    "img2img_inpaint_sketch_default_brush_color", "Inpaint sketch initial brush color", "The brush's colour at first."
)


def _modifier(name: str, default: str, label: str) -> Option[str]:
    return option(name, default, label=label, section="canvas_hotkey", choices=MODIFIERS)


def _key(name: str, default: str, label: str) -> Option[str]:
    return option(name, default, label=label, section="canvas_hotkey")


ZOOM = _modifier("canvas_hotkey_zoom", "Alt", "Zoom canvas")
ADJUST = _modifier("canvas_hotkey_adjust", "Ctrl", "Adjust brush size")
SHRINK = _key("canvas_hotkey_shrink_brush", "Q", "Shrink the brush size")
GROW = _key("canvas_hotkey_grow_brush", "W", "Enlarge the brush size")
MOVE = _key("canvas_hotkey_move", "F", "Moving the canvas")
FULLSCREEN = _key(
    "canvas_hotkey_fullscreen",
    "S",
    "Fullscreen Mode, maximizes the picture so that it fits into the screen and stretches it to its full width",
)
RESET = _key("canvas_hotkey_reset", "R", "Reset zoom and canvas position")
OVERLAP = _key("canvas_hotkey_overlap", "O", "Toggle overlap")
BLUR_PROMPT = option(
    "canvas_blur_prompt",
    False,
    label="Take the focus off the prompt when working with a canvas",
    section="canvas_hotkey",
    help="So that the keys work at once when the mouse comes over a canvas.",
)
SHOW_TOOLTIP = option(
    "canvas_show_tooltip",
    True,
    label="Enable tooltip on the canvas",
    section="canvas_hotkey",
    help="The question mark over it lists the keys.",
)
AUTO_EXPAND = option(
    "canvas_auto_expand",
    True,
    label="Automatically expands an image that does not fit completely in the canvas area, similar to manually "
    "pressing the S and R buttons",
    section="canvas_hotkey",
    help="The field grows with the picture, up to the height of the image editor.",
)
DISABLED = option(
    "canvas_disabled_functions",
    ["Overlap"],
    label="Disable function that you don't use",
    section="canvas_hotkey",
    choices=FUNCTIONS,
)
