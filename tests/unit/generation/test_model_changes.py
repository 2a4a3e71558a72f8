"""What a request and the settings change about the model."""

import pytest
from PIL import Image

from modules.core.options import Settings
from modules.generation.img2img_request import Img2ImgRequest
from modules.generation.model_changes import plan_changes
from modules.generation.request import Txt2ImgRequest


@pytest.mark.parametrize(
    ("asked", "setting", "tiling"),
    [(None, True, True), (None, False, False), (False, True, False), (True, False, True)],
)
def test_a_request_says_whether_it_tiles_or_leaves_it_to_the_setting(asked, setting, tiling):
    assert plan_changes(Txt2ImgRequest(tiling=asked), Settings({"tiling": setting})).tiling is tiling


@pytest.mark.parametrize(("own", "merged"), [(0.0, 0.3), (0.5, 0.5)])
def test_img2img_may_merge_another_share(own, merged):
    settings = Settings({"token_merging_ratio": 0.3, "token_merging_ratio_img2img": own})
    request = Img2ImgRequest(init_images=(Image.new("RGB", (8, 8)),))
    assert plan_changes(request, settings).parameters() == {
        "Token merging ratio": merged,
        "Token merging ratio hr": None,
    }


@pytest.mark.parametrize(
    ("hires", "ratio", "hires_ratio", "written"),
    [
        (False, 0.0, 0.5, {}),
        (False, -1.0, 0.5, {}),
        (True, 5, 1.5, {"Token merging ratio": 0.9, "Token merging ratio hr": 0.9}),
        (False, 0.3, 0.5, {"Token merging ratio": 0.3}),
        (True, 0.3, 0.0, {"Token merging ratio": 0.3, "Token merging ratio hr": 0.3}),
        (True, 0.0, 0.5, {"Token merging ratio hr": 0.5}),
        (True, 0.3, 0.5, {"Token merging ratio": 0.3, "Token merging ratio hr": 0.5}),
    ],
)
def test_the_second_pass_may_merge_another_share(hires, ratio, hires_ratio, written):
    settings = Settings({"token_merging_ratio": ratio, "token_merging_ratio_hr": hires_ratio})
    parameters = plan_changes(Txt2ImgRequest(enable_hr=hires), settings).parameters()
    assert {name: value for name, value in parameters.items() if value} == written
