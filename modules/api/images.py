"""Pictures in JSON: base64 in, with or without a data URI, or an address; base64 out, without a data URI."""

from __future__ import annotations

import base64
import re

from PIL import Image

from modules.api.fetching import fetch
from modules.core.errors import InputError
from modules.core.options import Settings
from modules.core.registry import shorten
from modules.imaging.formats import IMAGE_FORMATS, find_format
from modules.imaging.load import load_image
from modules.imaging.metadata import encode_image
from modules.imaging.options import SAMPLES_FORMAT
from modules.imaging.save_settings import encode_options

DATA_URI = re.compile(r"data:[^,]{0,200}?;base64,")
ADDRESS = re.compile(r"https?://", re.IGNORECASE)


def decode_image(text: str, settings: Settings) -> Image.Image:
    """Open a picture from base64, a data URI or an address.

    Raises:
        InputError: it is no picture, a damaged one, or one too large; or the address is not allowed.
    """
    return open_image(decode_file(text, settings))


def open_image(data: bytes) -> Image.Image:
    """Open a picture that a call has sent.

    Raises:
        InputError: it is none, a damaged one, or one too large.
    """
    try:
        return load_image(data)
    except InputError as error:
        raise InputError(f"Invalid encoded image: {error}") from error


def decode_file(text: str, settings: Settings) -> bytes:
    """Return the file in a base64 text or data URI, or at an address.

    Raises:
        InputError: it is no base64; or the address is not allowed, or leads to no file.
    """
    if ADDRESS.match(text):
        return fetch(text, settings)
    prefix = DATA_URI.match(text)
    try:
        return base64.b64decode(text[prefix.end() :] if prefix else text)
    except ValueError as error:
        raise InputError("Invalid encoded image: this is no base64.") from error


def check_format(settings: Settings) -> None:
    """Make sure that pictures can be sent in the format of the settings, before they are made.

    Raises:
        InputError: there is no such format.
    """
    if find_format(settings[SAMPLES_FORMAT]) is None:
        names = ", ".join(IMAGE_FORMATS.names())
        raise InputError(f"Invalid image format: {shorten(settings[SAMPLES_FORMAT])!r}. Use one of {names}.")


def encode(image: Image.Image, settings: Settings) -> str:
    """Return a picture with its infotext as base64, in the format of the settings.

    Raises:
        InputError: the settings name a format that cannot be written.
    """
    return base64.b64encode(encode_image(image, settings[SAMPLES_FORMAT], options=encode_options(settings))).decode()
