"""The noise schedule, against the values recorded from A1111."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from modules.checkpoints.header import read_header
from modules.checkpoints.hints import Hints
from modules.checkpoints.schedule import LINEAR_END, LINEAR_START, linear_alphas_cumprod, read_alphas_cumprod
from modules.core.errors import CheckpointError
from modules.engine.noise_schedule import NoiseScheduleChange, with_zero_terminal_snr


@pytest.fixture(scope="module")
def recorded() -> torch.Tensor:
    return torch.tensor(json.loads(Path("tests/data/golden/sigmas.json").read_text())["alphas_cumprod"])


def test_the_linear_schedule_is_the_recorded_one_to_the_last_bit(recorded):
    assert torch.equal(linear_alphas_cumprod(LINEAR_START, LINEAR_END), recorded)


def test_the_file_s_own_values_come_first(tmp_path, recorded):
    assert torch.equal(read(tmp_path, {"alphas_cumprod": recorded**2}), recorded**2)
    assert torch.equal(read(tmp_path, {"betas": recorded}), recorded)


@pytest.mark.parametrize("values", [torch.ones(999), torch.full((1000,), float("nan")), torch.full((1000,), 2.0)])
def test_values_that_make_no_sense_are_refused(tmp_path, values):
    with pytest.raises(CheckpointError, match="noise schedule"):
        read(tmp_path, {"alphas_cumprod": values})


def read(folder: Path, tensors: dict[str, torch.Tensor], hints: Hints | None = None) -> torch.Tensor:
    path = folder / "a.safetensors"
    save_file(tensors, path)
    return read_alphas_cumprod(path, read_header(path), hints or Hints())


def test_a_model_says_itself_that_it_begins_with_nothing_but_noise(tmp_path, recorded):
    rescaled = torch.tensor(
        json.loads(Path("tests/data/golden/sigmas.json").read_text())["zero_terminal_snr_alphas_cumprod"]
    )

    assert torch.equal(read(tmp_path, {"ztsnr": torch.zeros(1)}), rescaled)
    assert torch.equal(read(tmp_path, {"betas": recorded}, Hints(zero_terminal_snr=True)), rescaled)


def test_a_job_may_change_it_without_touching_the_model(recorded):
    before = recorded.clone()
    downcast = NoiseScheduleChange(downcast=True).of(recorded)
    both = NoiseScheduleChange(zero_terminal_snr=True, downcast=True).of(recorded)

    assert torch.equal(NoiseScheduleChange().of(recorded), recorded)
    assert torch.equal(downcast, recorded.half().float())
    assert torch.equal(both, with_zero_terminal_snr(downcast))
    assert torch.equal(recorded, before)


def test_what_is_rescaled_already_stays_as_it_is(recorded):
    once = with_zero_terminal_snr(recorded)

    assert torch.equal(with_zero_terminal_snr(once), once)
