"""`tests/data/png-info/answers.json` holds A1111 v1.8.0's answer of `/sdapi/v1/png-info` to each file of its folder."""

import json
from pathlib import Path

import pytest

from modules.imaging.load import load_image
from modules.imaging.metadata import read_infotext

FOLDER = Path(__file__).parents[1] / "data" / "png-info"
ANSWERS = json.loads((FOLDER / "answers.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["with-params.png", "with-exif.jpg", "novelai-like.png"])
def test_texts_of_files_are_what_the_reference_finds(name):
    text = read_infotext(load_image(FOLDER / name))

    assert {"info": text.infotext, "items": text.items} == ANSWERS[name]
