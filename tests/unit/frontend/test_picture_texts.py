"""What the PNG Info tab says of a picture."""

import json

from PIL import Image

from modules.app.verify.verdict import Outcome, Verdict, cannot
from modules.frontend.components.picture_texts import texts_html, verdict_html
from modules.imaging.load import TEXTS_LEFT_OUT, load_image
from modules.imaging.metadata import ImageText, encode_image, read_infotext


def test_texts_are_shown_escaped_and_not_too_many():
    image = Image.new("RGB", (8, 8))
    image.info = {f"key {i}": "<script>alert(1)</script>\u202e" for i in range(500)} | {"parameters": "x" * 200_000}

    shown = texts_html(read_infotext(load_image(encode_image(image, "png"))))

    assert "<script>" not in shown and "&lt;script&gt;" in shown
    assert shown.count("<section>") == 40 and "461 more texts" in shown and "200,000 characters in all" in shown


def test_the_infotext_comes_first_and_once():
    shown = texts_html(ImageText("a cat", {"workflow": "w", "exif comment": "a cat"}))

    assert shown.index("parameters") < shown.index("workflow")
    assert "exif comment" not in shown


def test_a_large_workflow_is_folded_and_readable():
    shown = texts_html(ImageText(None, {"workflow": json.dumps({"nodes": [{"id": i} for i in range(500)]})}))

    assert shown.startswith("<details><summary>workflow <span>") and "\n  &quot;nodes&quot;: [" in shown


def test_what_the_program_or_the_file_is_like_is_said():
    image = Image.new("RGB", (8, 6))
    image.info[TEXTS_LEFT_OUT] = True

    assert "Made by ComfyUI" in texts_html(ImageText("a", {}, "ComfyUI"))
    assert "left out" in texts_html(ImageText(), image) and "8x6" in texts_html(ImageText(), image)
    assert "Nothing found" in texts_html(ImageText())


def test_a_verdict_is_a_sentence_and_where_it_differs_a_picture():
    pictures = {"theirs": Image.new("RGB", (8, 8)), "ours": Image.new("RGB", (8, 8), "red")}

    assert "cannot be made again here: there are no &lt;b&gt;parameters" in verdict_html(
        cannot("there are no <b>parameters")
    )
    assert "<img" not in verdict_html(Verdict(Outcome.IDENTICAL, "identical"))
    assert 'src="data:image/png;base64,' in verdict_html(Verdict(Outcome.DIFFERS, "differs", **pictures))
