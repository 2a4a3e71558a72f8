"""Reading texts hidden in a picture's pixels ("stealth pnginfo"), which survive where a file's own texts are removed.

The lowest bits, column by column, most significant bit first: a signature of 15 letters, the length of the text in
bits (32 bits, big-endian), the text. It says whether the bits are those of the alpha channel or of red, green and blue
in turn, and whether the text is packed with gzip. Described in the repository NovelAI/novelai-image-metadata and in the
pull request ashen-sensored/sd_webui_stealth_pnginfo#2.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import numpy as np
from PIL.Image import Image

SIGNATURES: Mapping[str, tuple[bytes, ...]] = {
    "A": (b"stealth_pnginfo", b"stealth_pngcomp"),
    "RGB": (b"stealth_rgbinfo", b"stealth_rgbcomp"),
}
"""By channels: the signature of a plain text and that of a packed one."""
SIGNATURE_BYTES, LENGTH_BYTES = 15, 4
LONGEST_TEXT = 16 * 2**20
GZIP = 16 + zlib.MAX_WBITS


def read_stealth_text(image: Image) -> str | None:
    """Return the text hidden in a picture's pixels, or None."""
    for channels, (plain, packed) in SIGNATURES.items():
        if not set(channels) <= set(image.getbands()):
            continue
        columns = [np.asarray(image.getchannel(channel)).T for channel in channels]
        beginning = np.stack([plane[: SIGNATURE_BYTES * 8] for plane in columns], axis=-1).reshape(-1)
        signature = _bytes(beginning, 0, SIGNATURE_BYTES)
        if signature not in (plain, packed):
            continue
        columns = np.stack(columns, axis=-1).reshape(-1)
        start = SIGNATURE_BYTES + LENGTH_BYTES
        length = int.from_bytes(_bytes(columns, SIGNATURE_BYTES, start), "big") // 8
        return _decode(_bytes(columns, start, start + length), is_packed=signature == packed)
    return None


def _bytes(values: np.ndarray, start: int, end: int) -> bytes:
    """Return the bytes from `start` to `end` that the lowest bits of values make."""
    bits = values[start * 8 : end * 8] & 1
    return np.packbits(bits[: bits.size // 8 * 8]).tobytes()


def _decode(data: bytes, *, is_packed: bool) -> str | None:
    try:
        text = zlib.decompressobj(GZIP).decompress(data, LONGEST_TEXT) if is_packed else data[:LONGEST_TEXT]
        return text.decode("utf-8")
    except (zlib.error, UnicodeDecodeError):
        return None
