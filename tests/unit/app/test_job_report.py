"""What is told of a job besides its pictures, and who asked for them."""

import dataclasses
import json
import logging
from pathlib import Path

import pytest
import torch

from modules.app.app import build_app
from modules.core.flags import Flags
from modules.frontend.components.output_panel import log_html
from modules.generation.request import Txt2ImgRequest
from modules.generation.result import Result
from modules.hardware.peak_memory import PeakMemory, begin_to_count, peak_memory
from tests.golden.evidence import COMMITTED

SMALL = {"prompt": "a red house", "steps": 1, "width": 64, "height": 64, "seed": 1, "save_images": True}


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    flags = Flags(
        data_dir=tmp_path_factory.mktemp("data"), ckpt=COMMITTED / "tiny-random.safetensors", use_cpu=("all",)
    )
    return build_app(flags)


def test_the_name_of_the_person_is_written_and_in_file_names_if_settings_want_it(app):
    settings = {"samples_filename_pattern": "[user]-[seed]", "save_images_add_number": False}
    request = Txt2ImgRequest(**SMALL, override_settings=settings)
    image = app.generate(request, user="ann").images[0]
    assert "User" not in image.infotext and Path(image.path).name == "ann-1.png"
    request = dataclasses.replace(request, override_settings={**settings, "add_user_name_to_info": True})
    assert app.generate(request, user="ann").images[0].infotext.endswith(", User: ann")
    nobody = app.generate(request).images[0]
    assert "User" not in nobody.infotext and Path(nobody.path).name == "-1.png"


def test_prompts_and_info_go_to_the_console_if_settings_want_it(app, caplog):
    caplog.set_level(logging.INFO)
    app.generate(Txt2ImgRequest(**SMALL))
    assert "a red house" not in caplog.text
    app.generate(
        Txt2ImgRequest(**SMALL, override_settings={"enable_console_prompts": True, "samples_log_stdout": True})
    )
    assert "Prompt: a red house\nNegative prompt: " in caplog.text
    infos = [record.getMessage() for record in caplog.records if record.getMessage().startswith("{")]
    assert json.loads(infos[0])["prompt"] == "a red house"


def test_the_processor_counts_no_memory_of_a_card(app):
    cpu = torch.device("cpu")
    begin_to_count(cpu)
    assert peak_memory(cpu) is None and app.generate(Txt2ImgRequest(**SMALL)).memory is None
    assert "vram" not in log_html(Result((), {}, seconds=1))


def test_memory_of_a_card_stands_beside_the_time():
    memory = PeakMemory(active=3 * 2**30, reserved=7 * 2**29, used=4 * 2**30, total=8 * 2**30)
    assert str(memory) == "A: 3.00 GB, R: 3.50 GB, Sys: 4.0/8.0 GB (50.0%)"
    text = log_html(Result((), {}, seconds=1, memory=memory))
    assert ">A: 3.00 GB, R: 3.50 GB, Sys: 4.0/8.0 GB (50.0%)</span>" in text


@pytest.mark.gpu
def test_a_card_counts_what_a_job_takes():
    device = torch.device("cuda")
    begin_to_count(device)
    held = torch.zeros(2**28, dtype=torch.uint8, device=device)
    del held
    memory = peak_memory(device)
    assert 2**28 <= memory.active <= memory.reserved <= memory.used <= memory.total
