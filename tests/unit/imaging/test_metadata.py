import io
import json
import random
import struct
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, TiffImagePlugin
from PIL.PngImagePlugin import PngInfo

from modules.core.errors import InputError
from modules.imaging.load import load_image
from modules.imaging.metadata import EncodeOptions, ImageText, carries, encode_image, read_infotext

IMAGE = Image.effect_noise((16, 12), 60).convert("RGB")
FORMATS = ["png", "jpg", "webp", "avif", "gif"]


def with_user_comment(comment):
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = comment
    buffer = io.BytesIO()
    IMAGE.save(buffer, "JPEG", exif=exif.tobytes())
    return buffer.getvalue()


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_with(*chunks, behind_the_pixels=False):
    """A PNG with chunks put in before or behind its pixels."""
    data = encode_image(IMAGE, "png")
    at = data.index(b"IEND") - 4 if behind_the_pixels else data.index(b"IDAT") - 4
    return data[:at] + b"".join(chunks) + data[at:]


@given(
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1), st.sampled_from(FORMATS)
)
@settings(max_examples=60, deadline=None)
def test_every_format_gives_the_infotext_back(infotext, format_name):
    assert read_infotext(load_image(encode_image(IMAGE, format_name, infotext))).infotext == infotext


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I", "I;16", "F", "YCbCr"])
def test_pictures_of_every_mode_can_be_encoded(format_name, mode):
    image = load_image(encode_image(Image.new(mode, (9, 5)), format_name, "x"))

    assert image.size == (9, 5)
    assert read_infotext(image).infotext == "x"


def test_transparency_is_kept_where_the_format_has_it():
    image = Image.new("RGBA", (8, 8), (255, 0, 0, 0))

    modes = {name: load_image(encode_image(image, name)).mode for name in FORMATS}

    assert (modes["png"], modes["webp"], modes["avif"], modes["jpg"]) == ("RGBA", "RGBA", "RGBA", "RGB")


def test_sixteen_bits_are_scaled_for_jpeg():
    assert load_image(encode_image(Image.new("I;16", (8, 8), 0x8000), "jpg")).getpixel((4, 4)) == 128


def test_png_keeps_other_texts():
    image = IMAGE.copy()
    image.info = {
        "postprocessing": "é 猫",
        "parameters": "old",
        "dpi": (72, 72),
        "": "x",
        "k" * 80: "x",
        "猫": "x",
        5: "x",
    }

    assert read_infotext(load_image(encode_image(image, "png", "new"))) == ImageText("new", {"postprocessing": "é 猫"})
    assert read_infotext(load_image(encode_image(image, "webp"))).infotext == "old"


def test_the_picture_itself_is_left_alone():
    image = IMAGE.copy()
    image.info = {"parameters": "x", "comment": b"y"}

    for format_name in FORMATS:
        encode_image(image, format_name, "z")

    assert image.info == {"parameters": "x", "comment": b"y"} and image.tobytes() == IMAGE.tobytes()


def test_quality_and_lossless_are_used():
    sizes = [len(encode_image(IMAGE, "jpg", None, EncodeOptions(quality=quality))) for quality in (5, 95)]
    lossless = load_image(encode_image(IMAGE, "webp", None, EncodeOptions(webp_lossless=True)))

    assert sizes[0] < sizes[1]
    assert lossless.tobytes() == IMAGE.tobytes()


def test_an_infotext_jpeg_cannot_hold_is_left_out():
    assert carries("jpg", "a" * 32_000) and not carries("jpg", "a" * 33_000) and carries("webp", "a" * 10**6)
    assert read_infotext(load_image(encode_image(IMAGE, "jpg", "a" * 33_000))).infotext is None
    assert read_infotext(load_image(encode_image(IMAGE, "webp", "a" * 10**6))).infotext == "a" * 10**6


@pytest.mark.parametrize("format_name", ["", "tga", "../png", "p" * 10_000])
def test_an_unknown_format_is_one_sentence(format_name):
    with pytest.raises(InputError, match=r"^Invalid image format: .{0,100}\. Use one of png, jpg, webp, avif, gif\.$"):
        encode_image(IMAGE, format_name)


def test_a_picture_too_large_for_its_format_is_one_sentence():
    with pytest.raises(InputError, match="at most 16383 pixels a side; use png"):
        encode_image(Image.new("L", (16_384, 1)), "webp")


@pytest.mark.parametrize(
    ("comment", "text"),
    [
        (b"UNICODE\0" + "héllo 猫".encode("utf-16-be"), "héllo 猫"),
        (b"UNICODE\0" + "héllo 猫".encode("utf-16-le"), "héllo 猫"),
        (b"UNICODE\0" + "猫犬".encode("utf-16-be"), "猫犬"),
        (b"UNICODE\0" + "猫犬".encode("utf-16"), "猫犬"),
        (b"Unicode\0" + "cat".encode("utf-16-be"), "cat"),
        (b"ASCII\0\0\0hello", "hello"),
        (b"ASCII\0\0\0caf\xc3\xa9", "caf\ufffd\ufffd"),
        (b"JIS\0\0\0\0\0" + "日本語".encode("iso2022_jp"), "日本語"),
        (b"\0\0\0\0\0\0\0\0plain \xe7\x8c\xab\0\0", "plain 猫"),
        (b"no code at all", "no code at all"),
    ],
)
def test_user_comments_of_every_code(comment, text):
    assert read_infotext(load_image(with_user_comment(comment))).infotext == text


@pytest.mark.parametrize(
    "comment", [b"", b"UNICODE\0", b"UNICODE\0\xd8", b"ASC", b"\xff" * 9, b"JIS\0\0\0\0\0\x1b$B\xff"]
)
def test_odd_user_comments_are_read_without_a_word(comment):
    read_infotext(load_image(with_user_comment(comment)))


def test_texts_behind_the_pixels_of_a_png_are_found():
    data = png_with(chunk(b"tEXt", b"parameters\0a cat"), behind_the_pixels=True)

    assert read_infotext(load_image(data)).infotext == "a cat"
    with Image.open(io.BytesIO(data)) as image:
        assert read_infotext(image).infotext == "a cat"


def test_a_picture_that_was_never_a_file_has_no_text():
    assert read_infotext(IMAGE) == ImageText(None, {})


@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize(
    "kind_and_body",
    [
        (b"tEXt", b"parameters\0" + b"a" * 100 * 2**20),
        (b"zTXt", b"parameters\0\0" + zlib.compress(b"a" * 100 * 2**20)),
        (b"iTXt", b"parameters\0\1\0\0\0" + zlib.compress(b"a" * 100 * 2**20)),
    ],
    ids=["tEXt", "zTXt", "iTXt"],
)
def test_a_text_of_100_megabytes_is_refused_or_ignored(kind_and_body, behind):
    data = png_with(chunk(*kind_and_body), behind_the_pixels=behind)

    with suppress(InputError):
        assert len(read_infotext(load_image(data)).infotext or "") < 2**20


@pytest.mark.parametrize(
    "body",
    [b"", b"parameters", b"\0\0\0", b"parameters\0\1\0\0\0not deflated", b"parameters\0\x07\0\0\0x", b"\xff\0\xff"],
)
@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt", b"eXIf"])
def test_damaged_chunks_are_refused_or_ignored(kind, body):
    with suppress(InputError):
        read_infotext(load_image(png_with(chunk(kind, body))))


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, about damaged EXIF
@pytest.mark.parametrize("format_name", FORMATS)
def test_damaged_files_are_refused_or_read(format_name):
    rng = random.Random(0)
    data = encode_image(IMAGE, format_name, "a cat\nSteps: 20, Sampler: Euler a, Seed: 1" * 5)
    for _ in range(150):
        damaged = bytearray(data)
        for _ in range(rng.randint(1, 8)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        with suppress(InputError):
            read_infotext(load_image(bytes(damaged[: rng.randint(1, 2 * len(damaged))])))


@pytest.mark.parametrize("data", [b"", b"text", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_one_sentence(data):
    with pytest.raises(InputError, match="This is no image that can be read"):
        load_image(data)


def test_a_decompression_bomb_is_one_sentence():
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    with pytest.raises(InputError, match="too many pixels"):
        load_image(
            b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
        )


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(InputError):
        load_image(tmp_path / "missing.png")


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "[]",
        "5",
        "{}",
        '{"steps": 1}',
        "[" * 100_000,
        json.dumps({"steps": 1, "sampler": [], "scale": 1, "seed": 1}),
    ],
)
def test_odd_novelai_texts_are_left_alone(comment):
    texts = PngInfo()
    for key, value in {"Software": "NovelAI", "Description": "a cat", "Comment": comment}.items():
        texts.add_text(key, value)
    buffer = io.BytesIO()
    IMAGE.save(buffer, "PNG", pnginfo=texts)

    assert read_infotext(load_image(buffer.getvalue())).infotext is None


@pytest.mark.parametrize("form", ["jpg", "webp", "avif"])
def test_the_comment_is_of_the_type_that_readers_of_exif_expect(form):
    image = load_image(encode_image(Image.new("RGB", (8, 8)), form, "猫\nSteps: 1"))

    data = image.info["exif"].removeprefix(b"Exif\0\0")
    first, inner = (TiffImagePlugin.ImageFileDirectory_v2(data[:8]) for _ in range(2))
    file = io.BytesIO(data)
    file.seek(first.next)
    first.load(file)
    file.seek(first[0x8769])
    inner.load(file)
    assert inner.tagtype[0x9286] == 7  # UNDEFINED
    assert inner[0x9286] == b"UNICODE\0" + "猫\nSteps: 1".encode("utf-16-be")
