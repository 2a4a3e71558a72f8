"""The texts inside picture files: the infotext, and whatever other programs wrote.

PNG holds the infotext in the text chunk `parameters`; JPEG, WebP and AVIF in the EXIF field UserComment; GIF in its
comment.
"""

import io
import re
import struct
from dataclasses import dataclass, field
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from modules.core.errors import InputError
from modules.core.registry import shorten
from modules.imaging.comfyui import infotext_from_comfyui
from modules.imaging.formats import IMAGE_FORMATS, ImageFormat, find_format
from modules.imaging.load import DAMAGED
from modules.imaging.novelai import SOFTWARE, infotext_from_novelai, texts_of_payload
from modules.imaging.stealth import read_stealth_text

PARAMETERS = "parameters"

EXIF_POINTER = 0x8769
USER_COMMENT = 0x9286
LONG, UNDEFINED = 4, 7  # types of values
TIFF_HEADER, ONE_ENTRY = 8, 18  # bytes
USER_COMMENT_CODES = {"UNICODE": "utf-16", "ASCII": "ascii", "JIS": "iso2022_jp"}
LONGEST_PNG_KEYWORD = 79
PNG_COMPRESSION = 4  # a third of the time of Pillow's 6 (1024 x 1024: 98 ms, not 269), for files 3 % larger
KEPT_FROM_INFO = {"icc_profile", "transparency"}
SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class ImageText:
    """What a picture file says: the infotext, and all other texts by their names.

    Attributes:
        program: another program, if the infotext was made here from what it wrote in a form of its own.
    """

    infotext: str | None = None
    items: dict[str, str] = field(default_factory=dict)
    program: str | None = None


@dataclass(frozen=True)
class EncodeOptions:
    """How pictures are turned into bytes."""

    quality: int = 80
    webp_lossless: bool = False
    metadata: bool = True


def read_infotext(image: Image.Image) -> ImageText:
    """Return the texts of an opened picture. Damaged ones are left out.

    Raises:
        InputError: the picture itself is damaged.
    """
    try:
        image.load()  # PNG may have texts behind the pixels
    except DAMAGED as error:
        raise InputError("The image is damaged; try another copy of the file.") from error
    items = {key: value for key, value in image.info.items() if isinstance(key, str) and isinstance(value, str)}
    infotext = items.pop(PARAMETERS, None)
    user_comment = read_user_comment(image)
    if user_comment:
        infotext = items["exif comment"] = user_comment
    elif isinstance(comment := image.info.get("comment"), bytes):
        infotext = items["comment"] = comment.decode("utf-8", "replace")
    if infotext is None and SOFTWARE not in items and (hidden := read_stealth_text(image)) is not None:
        texts = texts_of_payload(hidden)
        infotext = texts.pop(PARAMETERS, None)
        items |= texts
    if (converted := infotext_from_novelai(items, image.size)) is not None:
        return ImageText(converted, items, "NovelAI")
    if not infotext and (converted := infotext_from_comfyui(items)) is not None:
        return ImageText(converted, items, "ComfyUI")
    return ImageText(infotext, items)


def read_user_comment(image: Image.Image) -> str | None:
    """Return the EXIF field UserComment, whichever of its codes was used; None if missing or damaged."""
    try:
        comment = image.getexif().get_ifd(EXIF_POINTER).get(USER_COMMENT)
    except DAMAGED:
        return None
    if isinstance(comment, str):
        return comment
    return _decode_user_comment(comment) if isinstance(comment, bytes) else None


def _decode_user_comment(comment: bytes) -> str:
    code, body = comment[:8].rstrip(b"\0 ").decode("ascii", "replace").upper(), comment[8:]
    encoding = USER_COMMENT_CODES.get(code, "utf-8")
    if encoding == "utf-16":
        encoding = _utf16_of(body)
    elif code and encoding == "utf-8":
        body = comment  # written without a code
    return body.decode(encoding, "replace").strip("\0")


def _utf16_of(body: bytes) -> str:
    """Tell the byte order: the high bytes of Latin letters are zero. Big-endian, as A1111 writes it, if in doubt."""
    if body[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16"
    return "utf-16-le" if body[1::2].count(0) > body[::2].count(0) else "utf-16-be"


def encode_image(
    image: Image.Image, format_name: str, infotext: str | None = None, options: EncodeOptions | None = None
) -> bytes:
    """Return the bytes of a picture file with its texts inside.

    The infotext is `image.info["parameters"]` where none is given. PNG keeps the other texts of `image.info` as well.
    An infotext too long for the format (64 KiB in JPEG) is left out; `carries` tells beforehand.

    Raises:
        InputError: an unknown format, or a picture too large for it.
    """
    options = options or EncodeOptions()
    kind = find_format(format_name)
    if kind is None:
        names = ", ".join(IMAGE_FORMATS.names())
        raise InputError(f"Invalid image format: {shorten(format_name)!r}. Use one of {names}.")
    if not kind.holds(image):
        raise InputError(f"{kind.name} holds at most {kind.longest_side} pixels a side; use png for this image.")

    texts = _texts(image, infotext) if options.metadata else {}
    # Pillow keeps the arguments of `save` in the picture itself: a copy, for others may be saving this one too.
    picture = kind.converted(image).copy()
    picture.info = {key: value for key, value in picture.info.items() if key in KEPT_FROM_INFO}
    buffer = io.BytesIO()
    picture.save(buffer, kind.pillow, **_save_arguments(kind, texts, options))
    return buffer.getvalue()


def carries(format_name: str, infotext: str) -> bool:
    """Say whether a file of the format can hold the infotext."""
    kind = find_format(format_name)
    return kind is not None and (kind.most_metadata is None or len(_user_comment(infotext)) <= kind.most_metadata)


def encodable(text: str) -> str:
    """Return text that UTF-8 can hold: halves of surrogate pairs, which JSON may bring, become question marks."""
    return SURROGATES.sub("?", text)


def _save_arguments(kind: ImageFormat, texts: dict[str, str], options: EncodeOptions) -> dict[str, Any]:
    infotext = texts.get(PARAMETERS, "")
    if kind.name == "png":
        return {"pnginfo": _png_texts(texts), "compress_level": PNG_COMPRESSION}
    if kind.name == "gif":
        return {"comment": infotext}
    arguments: dict[str, Any] = {"quality": options.quality}
    if kind.name == "webp":
        arguments["lossless"] = options.webp_lossless
    if infotext and carries(kind.name, infotext):
        arguments["exif"] = _user_comment(infotext)
    return arguments


def _texts(image: Image.Image, infotext: str | None) -> dict[str, str]:
    texts = {**image.info, **({} if infotext is None else {PARAMETERS: infotext})}
    return {
        key: encodable(value)
        for key, value in texts.items()
        if isinstance(key, str) and isinstance(value, str) and value
    }


def _png_texts(texts: dict[str, str]) -> PngInfo:
    chunks = PngInfo()
    for key, value in texts.items():
        if 0 < len(key) <= LONGEST_PNG_KEYWORD and key.isascii() and key.isprintable():
            chunks.add_text(key, value)
    return chunks


def _user_comment(infotext: str) -> bytes:
    """Return EXIF data with nothing but UserComment, of the type UNDEFINED, which Pillow cannot write and others need.

    Source: TIFF 6.0, section 2; EXIF 2.3, 4.6.3 and 4.6.5.
    """
    comment = b"UNICODE\0" + encodable(infotext).encode("utf-16-be")
    pointer = _one_entry(EXIF_POINTER, LONG, 1, TIFF_HEADER + ONE_ENTRY)
    entry = _one_entry(USER_COMMENT, UNDEFINED, len(comment), TIFF_HEADER + 2 * ONE_ENTRY)
    return b"Exif\0\0" + struct.pack(">2sHI", b"MM", 42, TIFF_HEADER) + pointer + entry + comment


def _one_entry(tag: int, kind: int, count: int, value: int) -> bytes:
    """Return a directory of one entry, without a next one."""
    return struct.pack(">HHHIII", 1, tag, kind, count, value, 0)
