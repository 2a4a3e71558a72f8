"""What the browser sends of its canvases becomes pictures and masks."""

import contextlib
import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from modules.core.errors import InputError
from modules.core.option_store import OptionStore
from modules.frontend import canvas_pictures
from modules.frontend.canvas_pictures import init_picture, picture_mask, read_pictures, scaled_size
from modules.frontend.components.canvas import create_canvas

RED, CLEAR = (255, 0, 0, 255), (0, 0, 0, 0)


@pytest.fixture
def uploads(tmp_path, monkeypatch):
    folder = tmp_path / "uploads"
    folder.mkdir()
    monkeypatch.setattr(canvas_pictures, "upload_folder", lambda: folder)
    return folder


def save(folder, name, image, **how):
    image.save(folder / name, **how)
    return str(folder / name)


def send(mode="img2img", **names):
    return json.dumps({"mode": mode, **names})


def drawing(size=(16, 12), box=(2, 3, 6, 8), colour=RED):
    image = Image.new("RGBA", size, CLEAR)
    image.paste(colour, box)
    return image


def picture(size=(16, 12), colour=(10, 20, 30)):
    return Image.new("RGB", size, colour)


def pixels(image):
    return np.asarray(image)


def test_the_mask_is_what_was_drawn(uploads):
    names = {"picture": save(uploads, "p.png", picture()), "drawing": save(uploads, "d.png", drawing())}
    read = read_pictures(send("inpaint", **names))
    expected = np.zeros((12, 16), np.uint8)
    expected[3:8, 2:6] = 255
    assert np.array_equal(pixels(picture_mask(read)), expected)
    assert np.array_equal(pixels(init_picture(read).convert("RGB")), pixels(picture())), "the mask's colour is no paint"


def test_soft_edges_of_a_mask_are_cut_at_the_half(uploads):
    drawn = Image.new("RGBA", (2, 1))
    for x, alpha in enumerate((127, 128)):
        drawn.putpixel((x, 0), (255, 255, 255, alpha))
    names = {"picture": save(uploads, "p.png", picture((2, 1))), "drawing": save(uploads, "d.png", drawn)}
    assert pixels(picture_mask(read_pictures(send("inpaint", **names)))).tolist() == [[0, 255]]


def test_transparent_parts_of_the_picture_are_masked_too(uploads):
    hole = Image.new("RGBA", (16, 12), (1, 2, 3, 255))
    hole.paste((0, 0, 0, 100), (0, 0, 4, 4))
    names = {"picture": save(uploads, "p.png", hole), "drawing": save(uploads, "d.png", drawing())}
    mask = pixels(picture_mask(read_pictures(send("inpaint", **names))))
    assert mask[:4, :4].min() == 255 and mask[4, 3] == 255 and mask[9:, :].max() == 0


def test_a_sketch_is_painted_onto_the_picture(uploads):
    names = {"picture": save(uploads, "p.png", picture()), "drawing": save(uploads, "d.png", drawing())}
    read = read_pictures(send("sketch", **names))
    painted = init_picture(read).convert("RGB")
    assert painted.getpixel((3, 4)) == RED[:3] and painted.getpixel((10, 10)) == (10, 20, 30)
    assert picture_mask(read) is None


def test_an_inpaint_sketch_masks_all_that_was_painted_as_much_as_wanted(uploads):
    faint = drawing(colour=(255, 0, 0, 9))
    names = {"picture": save(uploads, "p.png", picture()), "drawing": save(uploads, "d.png", faint)}
    read = read_pictures(send("inpaint_sketch", **names))
    mask = pixels(picture_mask(read, 40))
    assert set(np.unique(mask)) == {0, 153} and (mask > 0).sum() == 20
    sharp, soft = init_picture(read, 0).convert("RGB"), init_picture(read, 2).convert("RGB")
    assert np.array_equal(pixels(sharp)[11], pixels(picture())[11])
    assert not np.array_equal(pixels(sharp), pixels(soft)), "colours are blurred with the mask"


def test_nothing_drawn_is_a_blank_mask(uploads):
    name = save(uploads, "p.png", picture())
    for mode in ("inpaint", "inpaint_sketch"):
        assert picture_mask(read_pictures(send(mode, picture=name))).getextrema() == (0, 0)


def test_an_uploaded_mask_gets_the_pictures_size(uploads):
    names = {
        "picture": save(uploads, "p.png", picture()),
        "mask": save(uploads, "m.png", Image.new("L", (8, 6), 255)),
    }
    assert picture_mask(read_pictures(send("inpaint_upload", **names))).size == (16, 12)
    with pytest.raises(InputError, match="Put a mask"):
        picture_mask(read_pictures(send("inpaint_upload", picture=names["picture"])))


def test_a_photo_stands_upright_as_in_the_browser(uploads):
    photo = picture((16, 12))
    exif = photo.getexif()
    exif[0x0112] = 6
    names = {
        "picture": save(uploads, "p.jpg", photo, exif=exif),
        "drawing": save(uploads, "d.png", drawing((12, 16))),
    }
    read = read_pictures(send("inpaint", **names))
    assert read.picture.size == (12, 16) == picture_mask(read).size


def test_resize_by_counts_in_the_pictures_pixels():
    assert scaled_size(picture((101, 50)), 1.5) == (151, 75)


@pytest.mark.parametrize("name", ["/etc/passwd", "../../secret.png", "", "x\0y", 7, ["a"], "a" * 5000])
def test_nothing_but_uploads_is_opened(uploads, name, tmp_path):
    save(tmp_path, "secret.png", picture())
    with pytest.raises(InputError):
        read_pictures(send(picture=name))
    with pytest.raises(InputError, match="no longer"):
        read_pictures(send(picture=str(uploads / ".." / "secret.png")))


def test_a_link_out_of_the_folder_is_not_followed(uploads, tmp_path):
    save(tmp_path, "secret.png", picture())
    (uploads / "link.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(InputError, match="no longer"):
        read_pictures(send(picture=str(uploads / "link.png")))


def test_what_is_no_picture_is_told_in_one_sentence(uploads):
    (uploads / "x.png").write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    with pytest.raises(InputError, match="no image that can be read"):
        read_pictures(send(picture=str(uploads / "x.png")))
    whole = io.BytesIO()
    picture((64, 64)).save(whole, "png")
    (uploads / "cut.png").write_bytes(whole.getvalue()[:60])
    with pytest.raises(InputError):
        read_pictures(send(picture=str(uploads / "cut.png")))


def test_an_upload_that_failed_is_told(uploads):
    with pytest.raises(InputError, match="the server answered 413"):
        read_pictures(send(failed="the server answered 413"))
    with pytest.raises(InputError, match="Put a picture"):
        read_pictures(send())


@given(st.none() | st.text() | st.integers() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_whatever_is_sent_is_read_or_refused_in_a_sentence(text):
    with contextlib.suppress(InputError):
        read_pictures(text)


@pytest.mark.parametrize(("set_to", "shown"), [("#12ABef", "#12abef"), ('"><script>', "#ffffff"), ("red", "#ffffff")])
def test_a_brush_begins_with_the_colour_of_its_setting(tmp_path, set_to, shown):
    options = OptionStore(tmp_path / "config.json", set_aside=tmp_path / "aside.json")
    options.update({"img2img_sketch_default_brush_color": set_to})
    place = str(create_canvas("img2img_sketch", "colour", 'a "label"', options).value)
    assert f'data-colour="{shown}"' in place and "<script" not in place
    assert 'data-label="a &quot;label&quot;"' in place
    assert 'data-colour="#ffffff"' in str(create_canvas("inpaint_sketch", "colour", "", options).value)
