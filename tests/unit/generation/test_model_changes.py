"""What a request and the settings change about the model."""

import pytest

from modules.core.options import Settings
from modules.generation.model_changes import plan_changes
from modules.generation.request import Txt2ImgRequest


@pytest.mark.parametrize(
    ("asked", "setting", "tiling"),
    [(None, True, True), (None, False, False), (False, True, False), (True, False, True)],
)
def test_a_request_says_whether_it_tiles_or_leaves_it_to_the_setting(asked, setting, tiling):
    assert plan_changes(Txt2ImgRequest(tiling=asked), Settings({"tiling": setting})).tiling is tiling


@pytest.mark.parametrize(
    ("hires", "ratio", "hires_ratio", "written"),
    [
        (False, 0.0, 0.5, {}),
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
