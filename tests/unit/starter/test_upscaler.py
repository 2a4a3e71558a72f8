"""The upscaler that comes with Easel: listed from a clean clone, and better than Lanczos' filter."""

import pytest
from PIL import Image
from PIL.Image import Resampling
from safetensors import safe_open

from modules.core.flags import PROGRAM_FOLDER, Flags
from modules.core.options import Settings
from modules.enhance.upscaler_files import find_upscalers
from modules.enhance.upscalers import UPSCALERS, upscale
from starter.companions.upscaler import file_of, held_out, overshoot, psnr, sharpness

SCALE = 4


@pytest.fixture(scope="module")
def shipped():
    found = find_upscalers(PROGRAM_FOLDER / "models", Flags(), Settings())
    return next(entry for entry in found if entry.name == "4x-Easel-Starter")


def test_it_is_listed_with_its_factor_and_says_whose_work_is_in_it(shipped):
    assert (shipped.scale, shipped.is_network) == (SCALE, True)
    path = PROGRAM_FOLDER / file_of(SCALE)
    assert path.stat().st_size <= 3_000_000
    with safe_open(path, framework="pt") as file:
        header = file.metadata()
    assert header["modelspec.license"] == "MIT" and "Microsoft" in header["modelspec.description"]


def test_it_is_nearer_to_large_pictures_than_lanczos_and_does_not_ring(shipped):
    gains, leaves, leaves_lanczos = [], [], []
    for wanted in held_out()[:3]:
        small = wanted.resize((64, 64), Resampling.BICUBIC)
        ours, lanczos = upscale(small, SCALE, shipped), upscale(small, SCALE, UPSCALERS.get("Lanczos"))
        gains.append(psnr(ours, wanted) - psnr(lanczos, wanted))
        leaves.append(overshoot(ours, wanted, SCALE))
        leaves_lanczos.append(overshoot(lanczos, wanted, SCALE))
    assert sum(gains) / 3 > 1.5
    assert sum(leaves) <= sum(leaves_lanczos)


def test_a_step_stays_a_step_and_a_flat_colour_flat(shipped):
    small = Image.new("RGB", (32, 32), (200, 60, 40))
    small.paste((40, 90, 200), (16, 0, 32, 32))
    ours, lanczos = upscale(small, SCALE, shipped), upscale(small, SCALE, UPSCALERS.get("Lanczos"))
    assert sharpness(ours) > sharpness(lanczos)
    for place, colour in ((24, (200, 60, 40)), (104, (40, 90, 200))):
        assert ours.getpixel((place, 64)) == pytest.approx(colour, abs=6)
