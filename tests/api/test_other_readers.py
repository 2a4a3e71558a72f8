"""What we write is read by programs that read A1111's pictures: the libraries sd-parsers and sd-prompt-reader.

The second one needs another Pillow, so it is asked only where EASEL_SD_PROMPT_READER names a Python that has it:

    python -m venv reader && reader/bin/pip install sd-prompt-reader
    EASEL_SD_PROMPT_READER=reader/bin/python pytest tests/api/test_other_readers.py
"""

import base64
import json
import os
import subprocess
from pathlib import Path

import pytest
from sd_parsers import ParserManager

from modules.imaging.infotext import parse_fields
from modules.imaging.load import load_image
from modules.imaging.metadata import encode_image, read_infotext

READER = os.environ.get("EASEL_SD_PROMPT_READER")
CASES = {
    "plain": {"prompt": "a red cat", "negative_prompt": "dog"},
    "hard": {
        "prompt": 'a (red:1.2) cat, "quoted", 猫 😀\nsecond line: with colon <b>',
        "negative_prompt": "x, y: z",
        "sampler_name": "DPM++ 2M",
        "scheduler": "Karras",
        "cfg_scale": 7.5,
        "subseed_strength": 0.5,
        "subseed": 9,
        "override_settings": {"CLIP_stop_at_last_layers": 2},
    },
    "hires": {"prompt": "a, b", "negative_prompt": "c", "enable_hr": True, "hr_scale": 1.25, "hr_prompt": "x, y: z"},
}


@pytest.fixture(scope="module")
def files(client, tmp_path_factory):
    """A picture of each case in each format."""
    folder = tmp_path_factory.mktemp("pictures")
    made = {}
    for name, fields in CASES.items():
        body = {"steps": 1, "width": 64, "height": 64, "seed": 1234567890, **fields}
        answer = client.post("/sdapi/v1/txt2img", json=body).json()
        picture = load_image(base64.b64decode(answer["images"][0]))
        for form in ("png", "jpg", "webp"):
            made[name, form] = folder / f"{name}.{form}"
            made[name, form].write_bytes(encode_image(picture, form, picture.info["parameters"]))
    return made


def ours(path):
    return parse_fields(read_infotext(load_image(path)).infotext)


@pytest.mark.parametrize("form", ["png", "jpg", "webp"])
@pytest.mark.parametrize("name", CASES)
def test_sd_parsers_finds_what_we_find(files, name, form):
    wanted = ours(files[name, form])

    found = ParserManager().parse(files[name, form])

    assert found.generator == "AUTOMATIC1111"
    (sampler,) = found.samplers
    assert [prompt.value for prompt in sampler.prompts] == [wanted["Prompt"]] == [CASES[name]["prompt"]]
    assert [prompt.value for prompt in sampler.negative_prompts] == [wanted["Negative prompt"]]
    assert (sampler.name, sampler.parameters["seed"]) == (wanted["Sampler"], wanted["Seed"])
    assert (sampler.parameters["steps"], sampler.parameters["cfg_scale"]) == (wanted["Steps"], wanted["CFG scale"])
    assert (sampler.model.name, sampler.model.hash) == (wanted["Model"], wanted["Model hash"])
    assert found.metadata["Size"] == wanted["Size"] == "64x64"


ASK = """
import json, sys
from sd_prompt_reader.image_data_reader import ImageDataReader
answers = {}
for path in sys.argv[1:]:
    found = ImageDataReader(path)
    answers[path] = [found.tool, found.positive, found.negative, found.parameter]
print("ANSWER" + json.dumps(answers))
"""


@pytest.mark.skipif(not READER, reason="EASEL_SD_PROMPT_READER names no Python with sd-prompt-reader")
def test_sd_prompt_reader_finds_what_we_find(files):
    paths = [str(path) for path in files.values()]
    done = subprocess.run([READER, "-c", ASK, *paths], capture_output=True, text=True, check=True)
    answers = json.loads(done.stdout.partition("ANSWER")[2])

    assert len(answers) == len(CASES) * 3
    for path, (tool, positive, negative, parameter) in answers.items():
        wanted = ours(Path(path))
        assert tool.startswith("A1111")
        assert (positive, negative) == (wanted["Prompt"], wanted["Negative prompt"])
        named = {"seed": "Seed", "sampler": "Sampler", "steps": "Steps", "cfg": "CFG scale", "size": "Size"}
        assert {key: parameter[key] for key in named} == {key: wanted[name] for key, name in named.items()}
