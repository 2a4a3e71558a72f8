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
    "samplers/dpm2-churn.png": "churn as fields of the request",
    "samplers/dpmpp-2m-sde-snoise0.9.png": "s_noise",
    "samplers/dpmpp-2m-karras-old-sigmas.png": "use_old_karras_scheduler_sigmas",
    "samplers/euler-quantization.png": "enable_quantization",
    "samplers/unipc-bh2.png": "uni_pc_variant",
    "samplers/unipc-vary_coeff.png": "uni_pc_variant",
    "samplers/unipc-order2.png": "uni_pc_order",
    "samplers/unipc-no-lower-final.png": "uni_pc_lower_order_final",
    "samplers/unipc-skip-logSNR.png": "uni_pc_skip_type",
    "prompts/comma-backtrack-0.png": "comma_padding_backtrack",
    "prompts/old-emphasis.png": "use_old_emphasis_implementation",
    "seeds/batch2-dpmpp-sde-nodet.0.png": "no_dpmpp_sde_batch_determinism",
    "seeds/batch2-dpmpp-sde-nodet.1.png": "no_dpmpp_sde_batch_determinism",
}
"""Pictures of the whole evidence that differ, with what A1111 1.8 does not write into them."""

GRID = "seeds/batch2-grid-save-images.0.png"
MADE = {"samplers", "prompts", "seeds", "misc", "hires"}
PROMPTS_TRIED = 3  # one in so many: they all go the same way


def pictures():
    names = [path.relative_to(CASES).as_posix() for path in sorted(CASES.glob("*/*.png"))]
    prompts = [name for name in names if name.startswith("prompts/")][::PROMPTS_TRIED]
    return [name for name in names if name.partition("/")[0] in MADE - {"prompts"} and name != GRID] + prompts


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


@pytest.mark.parametrize("name", pictures())
def test_the_parameters_in_a_picture_make_it_again(app, name):
    verdict = verify(app, CASES / name)

    assert verdict.outcome == ("differs" if name in NOT_WRITTEN else "identical"), verdict.sentence
    if name in NOT_WRITTEN:
        assert verdict.difference.largest > 3


def test_a_grid_is_recognised_before_anything_is_made(app):
    verdict = verify(app, CASES / GRID)

    assert verdict.sentence.startswith("cannot, because the file is 256x128 and its parameters make 128x128")


def test_enough_pictures_are_compared():
    assert len(pictures()) > 50
    assert set(NOT_WRITTEN) & set(pictures())
