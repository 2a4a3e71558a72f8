"""Pictures that A1111 1.8 made, with nothing but the parameters in their files, come out the same."""

import dataclasses

import pytest

from modules.app.app import build_app
from modules.app.verify.repeat import verify
from modules.core.flags import Flags
from tests.golden.evidence import COMMITTED

CASES = COMMITTED / "cases"
NOT_WRITTEN = {
    "samplers/euler-churn.png": "churn as fields of the request",
    "samplers/heun-churn.png": "churn as fields of the request",
    "samplers/dpmpp-2m-sde-snoise0.9.png": "s_noise",
}
"""Pictures that differ, with what A1111 1.8 does not write into them."""

GRID = "seeds/batch2-grid-save-images.0.png"
PICTURES = [path.relative_to(CASES).as_posix() for path in sorted(CASES.glob("*/*.png"))]


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    flags = dataclasses.replace(
        Flags(),
        data_dir=tmp_path_factory.mktemp("verify"),
        ckpt=COMMITTED / "tiny-random.safetensors",
        embeddings_dir=COMMITTED / "networks",
        use_cpu=("all",),
    )
    return build_app(flags)


@pytest.mark.parametrize("name", [name for name in PICTURES if name != GRID])
def test_the_parameters_in_a_picture_make_it_again(app, name):
    verdict = verify(app, CASES / name)

    assert verdict.outcome == ("differs" if name in NOT_WRITTEN else "identical"), verdict.sentence
    if name in NOT_WRITTEN:
        assert verdict.difference.largest > 10


def test_a_grid_is_recognised_before_anything_is_made(app):
    verdict = verify(app, CASES / GRID)

    assert verdict.sentence.startswith("cannot, because the file is 256x128 and its parameters make 128x128")


def test_enough_pictures_are_compared():
    assert len(PICTURES) > 60
    assert {*NOT_WRITTEN, GRID} <= set(PICTURES)
