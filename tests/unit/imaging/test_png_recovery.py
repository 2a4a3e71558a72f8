"""PNG files with bad texts: the picture is there all the same, and nothing takes long or much memory."""

import contextlib
import struct
import time
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from modules.core.errors import InputError
from modules.imaging.load import TEXTS_LEFT_OUT, load_image
from modules.imaging.metadata import encode_image, read_infotext
from modules.imaging.png_recovery import without_bad_chunks

IMAGE = Image.effect_noise((16, 12), 60).convert("RGB")
PNG = encode_image(IMAGE, "png", "a cat\nSteps: 20, Sampler: Euler a, Seed: 1")
AFTER_HEADER = 33


def chunk(kind, body, checksum=None):
    found = zlib.crc32(kind + body) if checksum is None else checksum
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", found)


def with_chunk(kind, body, checksum=None):
    return PNG[:AFTER_HEADER] + chunk(kind, body, checksum) + PNG[AFTER_HEADER:]


@pytest.mark.parametrize(
    "data",
    [
        with_chunk(b"tEXt", b"workflow\0" + b"x" * 100_000_000),
        with_chunk(b"zTXt", b"workflow\0\0" + zlib.compress(bytes(100_000_000))),
        with_chunk(b"iTXt", b"workflow\0\1\0\0\0" + zlib.compress(bytes(100_000_000))),
        with_chunk(b"tEXt", b"workflow\0x", checksum=5),
        with_chunk(b"gAMA", b"\0\0\0\1", checksum=5),
    ],
    ids=["100 MB", "packed 100 MB", "packed 100 MB of UTF-8", "wrong checksum", "wrong checksum of another chunk"],
)
def test_the_picture_and_its_good_texts_are_read_without_the_bad_ones(data):
    started = time.monotonic()

    image = load_image(data)

    assert image.tobytes() == IMAGE.tobytes()
    assert read_infotext(image).infotext.startswith("a cat") and image.info[TEXTS_LEFT_OUT]
    assert time.monotonic() - started < 20


@pytest.mark.parametrize("data", [PNG[: len(PNG) // 2], PNG[:-20] + bytes(20), b"", b"\x89PNG\r\n\x1a\n"])
def test_a_picture_that_is_damaged_itself_is_one_sentence(data):
    with pytest.raises(InputError, match=r"^This is no image that can be read"):
        load_image(data)


def test_a_good_file_is_not_touched():
    assert without_bad_chunks(PNG) is None
    assert TEXTS_LEFT_OUT not in load_image(PNG).info


@settings(max_examples=60, deadline=None)
@given(st.integers(8, len(PNG) - 1), st.binary(min_size=1, max_size=8))
def test_whatever_is_changed_it_is_read_or_refused(place, noise):
    with contextlib.suppress(InputError):
        load_image(PNG[:place] + noise + PNG[place + len(noise) :])


def test_what_is_left_out_is_not_written_again():
    image = load_image(with_chunk(b"tEXt", b"workflow\0x", checksum=5))

    assert read_infotext(load_image(encode_image(image, "png"))).items == {}
