"""The operations of the Extras chain."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from modules.core.errors import DeviceMemoryError, InputError, UnknownNameError
from modules.core.flags import Flags
from modules.core.options import Settings
from modules.core.paths import make_paths
from modules.core.progress import Progress
from modules.enhance.extras import operations
from modules.enhance.extras.chain import OPERATIONS, Tools, run_chain, shown_operations
from modules.enhance.extras.cropping import AutoSizeValues, FocalValues, SplitValues, best_size
from modules.enhance.extras.faces import FaceValues
from modules.enhance.extras.flipping import FlipValues
from modules.enhance.extras.upscaling import EnlargedPictures, UpscaleValues
from modules.enhance.job import EnhanceJob
from modules.enhance.options import OPERATION_ORDER

assert operations
LANCZOS = UpscaleValues(upscaler_1="Lanczos")


def picture(width, height, mode="RGB"):
    values = np.random.default_rng(5).integers(0, 256, (height, width, 4), dtype=np.uint8)
    return Image.fromarray(values).convert(mode)


@pytest.fixture
def tools(tmp_path):
    flags = Flags(data_dir=tmp_path, use_cpu=("all",))
    return Tools(EnhanceJob(progress=Progress("task")), make_paths(flags, {}), flags)


def made(image, tools, **wanted):
    """Run operations, named by the first word of their names."""
    names = {entry.name.split()[0].casefold(): entry.name for entry in OPERATIONS if entry.name[:4] != "Auto"}
    names |= {"focal": "Auto focal point crop", "autosize": "Auto-sized crop"}
    return run_chain(image, {names[name]: values for name, values in wanted.items()}, tools)


def test_operations_come_in_a1111s_order_unless_a_setting_says_otherwise():
    names = [entry.name for entry in shown_operations([], [])]
    assert names[:3] == ["Upscale", "GFPGAN", "CodeFormer"]
    assert [entry.order for entry in shown_operations([], [])] == sorted(
        entry.order for entry in OPERATIONS if not entry.main_tabs_only
    )
    assert [entry.name for entry in shown_operations(["CodeFormer"], ["GFPGAN"])][:2] == ["CodeFormer", "Upscale"]
    assert "GFPGAN" not in [entry.name for entry in shown_operations([], ["GFPGAN"])]


def test_a_second_upscaler_is_laid_over_the_first(tools):
    both = replace(LANCZOS, factor=2, upscaler_2="Nearest", upscaler_2_visibility=0.25)
    (result,) = made(picture(16, 24), tools, upscale=both)
    large = [np.asarray(picture(16, 24).resize((32, 48), way)).astype(float) for way in (1, 0)]

    assert np.abs(np.asarray(result.image) - (0.75 * large[0] + 0.25 * large[1])).max() <= 1
    assert dict(result.info) == {
        "Postprocess upscale by": 2,
        "Postprocess upscaler": "Lanczos",
        "Postprocess upscaler 2": "Nearest",
    }


def test_the_longest_side_is_a_limit(tools):
    (limited,) = made(picture(160, 80), tools, upscale=replace(LANCZOS, factor=4, max_side=320))
    assert limited.image.size == (320, 160)
    assert limited.info["Max side length"] == 320

    (small,) = made(picture(160, 80), tools, upscale=replace(LANCZOS, factor=2, max_side=640))
    assert small.image.size == (320, 160) and "Max side length" not in small.info


def test_transparency_is_enlarged_too(tools):
    (result,) = made(picture(16, 16, "RGBA"), tools, upscale=replace(LANCZOS, factor=2))
    assert result.image.mode == "RGBA" and result.image.size == (32, 32)


@pytest.mark.parametrize(
    "values",
    [
        {"factor": 0},
        {"factor": -1},
        {"factor": 100},
        {"factor": float("nan")},
        {"to_size": True, "width": 0},
        {"to_size": True, "height": 10**9},
        {"max_side": -1},
        {"upscaler_2_visibility": 1.5},
    ],
    ids=str,
)
def test_values_out_of_range_are_told(values):
    with pytest.raises(InputError):
        UpscaleValues(upscaler_1="Lanczos", **values)


def test_what_cannot_be_made_is_told(tools):
    with pytest.raises(UnknownNameError, match='mean "Lanczos"'):
        UpscaleValues(upscaler_1="Lanzcos")
    with pytest.raises(InputError, match="would leave nothing"):
        made(picture(16, 16), tools, upscale=replace(LANCZOS, factor=0.1))
    huge = replace(LANCZOS, to_size=True, width=32768, height=32768, crop=False)
    with pytest.raises(DeviceMemoryError, match="choose a smaller factor"):
        made(picture(2000, 8), tools, upscale=huge)
    with pytest.raises(InputError):
        FaceValues(visibility=2)


def test_enlarged_pictures_are_kept_for_another_try():
    kept = EnlargedPictures()
    for number in range(4):
        kept.keep((number,), picture(8, 8), limit=2)
    assert [kept.get((number,)) is None for number in range(4)] == [True, True, False, False]
    kept.keep((9,), picture(8, 8), limit=0)
    assert kept.get((9,)) is None


def test_an_interrupt_ends_the_chain(tools):
    tools.job.progress.interrupt()
    (result,) = made(picture(16, 16), tools, upscale=LANCZOS, create=FlipValues())
    assert result.info == {} and result.tags == ()


def test_a_setting_puts_flips_before_upscaling(tools):
    first = replace(tools, job=EnhanceJob(Settings({OPERATION_ORDER.name: ["Create flipped copies"]})))
    results = made(
        picture(16, 16), first, upscale=replace(LANCZOS, factor=2), create=FlipValues(("Horizontal", "Both"))
    )
    assert [result.image.size for result in results] == [(32, 32)] * 3
    assert [result.tags for result in results] == [(), ("flip-horizontal",), ("flip-both",)]


def test_a_long_picture_is_split_into_overlapping_parts(tools):
    source = Image.fromarray(np.tile(np.linspace(0, 255, 640).astype(np.uint8), (64, 1))).convert("RGB")
    to_size = replace(LANCZOS, to_size=True, width=128, height=128, crop=False)
    parts = made(source, tools, upscale=to_size, split=SplitValues())

    assert {part.image.size for part in parts} == {(128, 128)}
    assert [part.tags for part in parts][:2] == [("split1",), ("split2",)]
    brightness = [np.asarray(part.image).mean() for part in parts]
    assert brightness == sorted(brightness)
    assert len(made(picture(100, 90), tools, upscale=to_size, split=SplitValues())) == 1


def test_a_focal_crop_keeps_the_busy_part(tools):
    sheet = Image.new("RGB", (400, 100), "grey")
    sheet.paste(picture(60, 60), (320, 20))
    to_size = replace(LANCZOS, to_size=True, width=100, height=100, crop=False)
    crop, marked = made(sheet, tools, upscale=to_size, focal=FocalValues(debug=True))

    assert crop.image.size == (100, 100)
    assert np.asarray(crop.image).std() > 30
    assert marked.tags == ("focal-point",) and marked.image.size[0] > 300


def test_crops_without_a_size_say_what_is_missing(tools):
    made(picture(32, 32), tools, split=SplitValues(), focal=FocalValues())
    assert len(tools.job.progress.comments) == 2 and "Upscale" in tools.job.progress.comments[0]


@pytest.mark.parametrize(
    ("size", "values", "expected"),
    [
        ((1000, 1000), AutoSizeValues(), (640, 640)),
        ((1000, 500), AutoSizeValues(), (768, 384)),
        ((1000, 500), AutoSizeValues(objective="Minimize error"), (768, 384)),
        ((1000, 100), AutoSizeValues(), None),
        ((960, 640), AutoSizeValues(error=0, objective="Minimize error"), (768, 512)),
    ],
)
def test_the_best_allowed_size(size, values, expected):
    assert best_size(size, values) == expected


def test_an_auto_sized_crop_is_that_size(tools):
    (result,) = made(picture(100, 60), tools, autosize=AutoSizeValues())
    assert result.image.size in {(640, 384), (576, 384), (704, 448)} or result.image.width % 64 == 0
    (same,) = made(picture(100, 6), tools, autosize=AutoSizeValues())
    assert same.image.size == (100, 6)
