"""Depth estimators: a tiny random DPT as transformers saves it, and what is said where there is none."""

import shutil

import pytest
import torch
from transformers import DPTConfig, DPTForDepthEstimation

from modules.checkpoints.depth_files import load_depth_estimator
from modules.core.errors import CheckpointError
from tests.unit.checkpoints.tiny_checkpoint import tiny_depth_config

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dpt")
    torch.manual_seed(4)
    network = DPTForDepthEstimation(DPTConfig(**tiny_depth_config())).eval()
    network.save_pretrained(folder)
    return folder, network


@pytest.mark.parametrize("place", [".", "some-dpt"])
def test_it_sees_the_picture_as_a_square_of_its_own_size(saved, tmp_path, place):
    source, network = saved
    shutil.copytree(source, tmp_path / place, dirs_exist_ok=True)
    estimate = load_depth_estimator(tmp_path, CPU)

    left_dark = torch.ones(1, 3, 48, 96)
    left_dark[..., :48] = 0

    with torch.inference_mode():
        square = torch.ones(1, 3, 32, 32)
        square[..., :16] = -1
        expected = network(square).predicted_depth
    found = estimate(left_dark)[:, 0]
    assert found.shape == expected.shape
    assert expected.std() > 0
    away_from_the_edge = (found - expected).abs().mean()
    assert away_from_the_edge < 0.2 * expected.std()


def test_without_one_it_is_said_where_to_put_it(tmp_path):
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path, tmp_path / "not there"):
        with pytest.raises(CheckpointError, match="models/midas"):
            load_depth_estimator(folder, CPU)


@pytest.mark.parametrize("damage", ["config", "weights", "missing"])
def test_a_damaged_one_is_refused(saved, tmp_path, damage):
    folder = shutil.copytree(saved[0], tmp_path / "dpt")
    if damage == "config":
        (folder / "config.json").write_text('{"model_type": "dpt", "image_size": "large"}')
    elif damage == "weights":
        (folder / "model.safetensors").write_bytes(b"no weights")
    else:
        config = DPTConfig(**{**tiny_depth_config(), "num_hidden_layers": 5})
        config.save_pretrained(folder)

    with pytest.raises(CheckpointError, match="not a whole DPT"):
        load_depth_estimator(tmp_path, CPU)
