"""What the browser sends of its canvases: names of files that it uploaded, read here as pictures.

The text comes from the browser, so every part of it is checked: nothing outside Gradio's folder of uploads is opened.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageChops, ImageFilter, ImageOps

from modules.core.errors import InputError
from modules.frontend.gradio_internals import upload_folder
from modules.imaging.load import load_image

MODES = ("img2img", "sketch", "inpaint", "inpaint_sketch", "inpaint_upload")
LONGEST_PAYLOAD = 10_000
LARGEST_FILE = 256 * 2**20
OPAQUE = 128
"""From this alpha on, what is drawn counts as mask; the edges of strokes are soft."""

Size = tuple[int, int]


@dataclass(frozen=True)
class CanvasPictures:
    """The pictures of one sub-tab of img2img.

    Attributes:
        mode: one of `MODES`.
        picture: as loaded, with its EXIF rotation carried out.
        drawing: what was drawn (RGBA), of the picture's size; None if nothing was.
        mask: the uploaded mask.
        resizes_by: the sub-tab "Resize by" is chosen.
    """

    mode: str
    picture: Image.Image
    drawing: Image.Image | None = None
    mask: Image.Image | None = None
    resizes_by: bool = False


def read_pictures(text: Any) -> CanvasPictures:
    """Read what the browser sent.

    Raises:
        InputError: no picture, a file that is not there (any more), or one that is no picture.
    """
    sent = parse_sent(text)
    if sent.get("failed"):
        raise InputError(f"The picture did not reach the server: {str(sent['failed'])[:200]}. Try again.")
    mode = sent.get("mode")
    if mode not in MODES:
        raise InputError("The page did not say which picture to use; load the page again.")
    if not sent.get("picture"):
        raise InputError("Put a picture into the field above first: drop it, paste it, or click to choose one.")
    picture = ImageOps.exif_transpose(_open(sent["picture"]))
    drawing = _open(sent["drawing"]).convert("RGBA") if sent.get("drawing") else None
    if drawing is not None and drawing.size != picture.size:
        drawing = drawing.resize(picture.size, Image.Resampling.NEAREST)
    mask = _open(sent["mask"]) if sent.get("mask") else None
    return CanvasPictures(mode, picture, drawing, mask, resizes_by=sent.get("resize_by") is True)


def parse_sent(text: Any) -> dict[str, Any]:
    """Return the browser's message.

    Raises:
        InputError: it is none.
    """
    try:
        sent = json.loads(text) if isinstance(text, str) and 0 < len(text) <= LONGEST_PAYLOAD else None
    except ValueError:
        sent = None
    if not isinstance(sent, dict):
        raise InputError("The page sent no picture; load the page again.")
    return sent


def _open(name: Any) -> Image.Image:
    """Open an uploaded file.

    Raises:
        InputError: it is elsewhere, gone, or no picture.
    """
    folder = upload_folder().resolve()
    gone = InputError("The picture is no longer on the server; load it into the page again.")
    if not isinstance(name, str) or "\0" in name:
        raise gone
    try:
        path = Path(name).resolve()
        if not path.is_relative_to(folder) or not path.is_file():
            raise gone
        if path.stat().st_size > LARGEST_FILE:
            raise InputError(f"The picture's file is larger than {LARGEST_FILE // 2**20} MB; make it smaller.")
        return load_image(path)
    except OSError as error:
        raise gone from error


def init_picture(pictures: CanvasPictures, mask_blur: float = 0) -> Image.Image:
    """Return the picture that a job begins with.

    Args:
        pictures: of the sub-tab.
        mask_blur: in "Inpaint sketch", how softly colours go over into the picture, in pixels.
    """
    if pictures.drawing is None or pictures.mode not in {"sketch", "inpaint_sketch"}:
        return pictures.picture
    original = pictures.picture.convert("RGBA")
    painted = Image.alpha_composite(original, pictures.drawing)
    if pictures.mode == "sketch" or mask_blur <= 0:
        return painted
    blur = ImageFilter.GaussianBlur(mask_blur)
    where = drawn_anywhere(pictures.drawing).filter(blur)
    return Image.composite(painted.filter(blur), original, where)


def picture_mask(pictures: CanvasPictures, transparency: float = 0) -> Image.Image | None:
    """Return the mask (mode L, white is repainted, of the picture's size), or None where there is none.

    Args:
        pictures: of the sub-tab.
        transparency: of the mask in "Inpaint sketch", 0..100.

    Raises:
        InputError: in "Inpaint upload", no mask was given.
    """
    size = pictures.picture.size
    if pictures.mode == "inpaint":
        drawn = drawn_mask(pictures.drawing, size)
        return ImageChops.lighter(drawn, transparent_parts(pictures.picture))
    if pictures.mode == "inpaint_sketch":
        where = drawn_anywhere(pictures.drawing) if pictures.drawing else Image.new("L", size)
        level = round(255 * (1 - transparency / 100))
        return where.point([0] * 255 + [level])
    if pictures.mode == "inpaint_upload":
        if pictures.mask is None:
            raise InputError("Put a mask into the second field: white is repainted, black is kept.")
        return pictures.mask.resize(size) if pictures.mask.size != size else pictures.mask
    return None


def drawn_mask(drawing: Image.Image | None, size: Size) -> Image.Image:
    """Return 255 where something opaque was drawn, else 0."""
    if drawing is None:
        return Image.new("L", size)
    return drawing.getchannel("A").point([0] * OPAQUE + [255] * (256 - OPAQUE))


def drawn_anywhere(drawing: Image.Image) -> Image.Image:
    """Return 255 where anything at all was drawn, else 0."""
    return drawing.getchannel("A").point([0] + [255] * 255)


def transparent_parts(picture: Image.Image) -> Image.Image:
    """Return 255 where a picture is not wholly opaque, else 0."""
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return Image.new("L", picture.size)
    alpha = np.asarray(picture.convert("RGBA").getchannel("A"))
    return Image.fromarray(np.where(alpha < 255, 255, 0).astype(np.uint8))


def scaled_size(picture: Image.Image, scale: float) -> Size:
    """Return the size that "Resize by" makes of a picture."""
    return int(picture.width * scale), int(picture.height * scale)
