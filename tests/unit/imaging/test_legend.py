"""Legends of grids: as large as A1111's, and pictures in their places. Golden pictures are in tests/golden."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from modules.core.options import Settings
from modules.imaging.grid import image_grid
from modules.imaging.legend import GridAnnotation, LegendStyle, draw_legends, legend_style
from modules.imaging.legend_text import find_font
from modules.imaging.options import FONT, GRID_TEXT_ACTIVE_COLOR

COLORS = [(250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 250, 0)]
NONE = [[GridAnnotation()]]
texts = st.text(max_size=30)


def labels(*texts):
    return [[GridAnnotation(text)] for text in texts]


def sheet_of(cell, columns, rows, margin=0, style=None):
    pictures = [Image.new("RGB", cell, COLORS[i % 4]) for i in range(len(columns) * len(rows))]
    return draw_legends(image_grid(pictures, len(rows)), cell, columns, rows, margin, style)


@pytest.mark.parametrize(
    ("columns", "rows", "margin", "size"),
    [
        (("Steps: 4", "Steps: 6"), ("CFG Scale: 1.0", "CFG Scale: 7.0"), 0, (176, 137)),
        (("Steps: 4", "Steps: 6"), ("CFG Scale: 1.0", "CFG Scale: 7.0"), 4, (180, 141)),
        (("red", "red"), ("in the snow", "in the snow"), 0, (176, 136)),
        (("Euler", "DDIM"), ("",), 0, (128, 72)),
        (("Initial noise multiplier: 0.3", "Initial noise multiplier: 0.7"), ("",), 0, (128, 73)),
        (("", ""), ("Euler", "DDIM"), 0, (176, 128)),
        (("",), ("",), 0, (64, 64)),
    ],
)
def test_sheets_are_as_large_as_those_of_a1111(columns, rows, margin, size):
    assert sheet_of((64, 64), labels(*columns), labels(*rows), margin).size == size


@settings(max_examples=40)
@given(st.lists(texts, min_size=1, max_size=3), st.lists(texts, min_size=1, max_size=3), st.integers(0, 50))
def test_pictures_stay_whole_whatever_the_legends_say(columns, rows, margin):
    sheet = sheet_of((40, 30), labels(*columns), labels(*rows), margin)

    left = sheet.width - 40 * len(columns) - margin * (len(columns) - 1)
    top = sheet.height - 30 * len(rows) - margin * (len(rows) - 1)
    for index in range(len(columns) * len(rows)):
        row, column = divmod(index, len(columns))
        x, y = left + column * (40 + margin), top + row * (30 + margin)
        assert sheet.crop((x, y, x + 40, y + 30)).getcolors() == [(1200, COLORS[index % 4])]


def test_long_texts_are_broken_into_lines_and_long_words_made_smaller():
    short = sheet_of((200, 200), labels("short"), NONE)
    broken = sheet_of((200, 200), labels("a text of many words that has no place in one line"), NONE)
    word = sheet_of((200, 200), labels("Donaudampfschifffahrtsgesellschaft"), NONE)

    assert broken.height > short.height + 20
    assert word.height == pytest.approx(short.height, abs=8)
    edges = [word.getpixel((x, y)) for x in (0, 199) for y in range(word.height - 200)]
    assert set(edges) == {(255, 255, 255)}


def test_inactive_texts_are_grey_and_struck():
    active = sheet_of((200, 200), [[GridAnnotation("dog")]], NONE).crop((0, 0, 200, 20))
    struck = sheet_of((200, 200), [[GridAnnotation("dog", is_active=False)]], NONE).crop((0, 0, 200, 20))

    assert (0, 0, 0) in {color for _, color in active.getcolors()}
    count = {color: count for count, color in struck.getcolors()}
    assert (0, 0, 0) not in count
    assert count[(153, 153, 153)] > 80


def test_colors_and_font_are_settings(tmp_path, caplog):
    chosen = legend_style(Settings({GRID_TEXT_ACTIVE_COLOR.name: "#ff0000", FONT.name: str(tmp_path / "none.ttf")}))
    sheet = sheet_of((200, 200), labels("dog"), NONE, style=chosen)

    assert (255, 0, 0) in {color for _, color in sheet.getcolors()}
    assert "Roboto is used" in caplog.text
    assert legend_style(Settings()) == LegendStyle()
    assert find_font(20).getname() == ("Roboto", "Regular")


def test_tiny_pictures_and_endless_texts_are_no_trouble():
    assert sheet_of((1, 1), labels("a text"), labels("a text")).width >= 1
    assert sheet_of((64, 64), labels("word " * 10_000), NONE).height < 10_000
