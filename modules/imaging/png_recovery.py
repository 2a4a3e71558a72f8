"""PNG files whose texts are damaged or too long: the picture is read all the same, without them.

Source: PNG specification (third edition), section 5.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
TEXTS = (b"tEXt", b"iTXt", b"zTXt")
LONGEST_TEXT = 2**20
OVERHEAD = 12  # length, type, checksum


def without_bad_chunks(data: bytes) -> bytes | None:
    """Return a PNG file without what keeps it from being read; None if nothing can be left out, or it is no PNG.

    Left out are chunks that a picture can do without and whose checksum is wrong, and texts that are packed or longer
    than 1 MiB.
    """
    if not data.startswith(SIGNATURE):
        return None
    kept = [chunk for chunk in _chunks(data) if _is_good(chunk)]
    recovered = SIGNATURE + b"".join(kept)
    return recovered if len(recovered) < len(data) else None


def _chunks(data: bytes) -> Iterator[bytes]:
    """Yield each chunk, as it stands in the file."""
    start = len(SIGNATURE)
    while start + OVERHEAD <= len(data):
        (length,) = struct.unpack_from(">I", data, start)
        yield data[start : start + length + OVERHEAD]
        start += length + OVERHEAD


def _is_good(chunk: bytes) -> bool:
    kind, body = chunk[4:8], chunk[8:-4]
    if kind in TEXTS and (len(body) > LONGEST_TEXT or _is_packed(kind, body)):
        return False
    is_needed = kind[:1].isupper()
    return is_needed or zlib.crc32(kind + body) == int.from_bytes(chunk[-4:], "big")


def _is_packed(kind: bytes, body: bytes) -> bool:
    """Say whether a text is compressed: its length is not known, then, before it is unpacked."""
    return kind == b"zTXt" or (kind == b"iTXt" and body.partition(b"\0")[2][:1] != b"\0")
