"""Infotexts of elsewhere: networks get the names that they have here."""

import pytest

from modules.checkpoints.hashes import HashCache
from modules.generation.from_infotext import read_recipe
from modules.generation.local_networks import with_local_networks
from modules.networks.lora_catalog import LoraCatalog
from modules.networks.options import BY_ALIAS, BY_FILENAME
from tests.unit.networks.lora_files import write_lora

LINE = "Steps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 64x64"


@pytest.fixture
def loras(tmp_path):
    write_lora(tmp_path / "ink-v2.safetensors", ss_output_name="ink", sshs_model_hash="ab" * 32)
    write_lora(tmp_path / "other.safetensors", sshs_model_hash="cd" * 32)
    return LoraCatalog((tmp_path,), HashCache(tmp_path / "hashes.json"))


def prompt_of(text, loras, preferred=BY_ALIAS, field="prompt"):
    return with_local_networks(read_recipe(text), loras, preferred).fields[field]


@pytest.mark.parametrize(
    ("prompt", "hashes", "wanted"),
    [
        ("<lora:theirs:0.8> a <lyco:theirs>", "theirs: abababababab", "<lora:ink:0.8> a <lyco:ink>"),
        ("<lora:ink-v2:1>", "ink-v2: abababababab", "<lora:ink-v2:1>"),  # the same file
        ("<lora:other:1>", "other: abababababab", "<lora:ink:1>"),  # another file has that name
        ("<lora:gone:1>", "gone: 0123456789ab", "<lora:gone:1>"),
        ("<lora:a, b:1><lora:theirs too:1>", "a b: abababababab", "<lora:ink:1><lora:theirs too:1>"),
        ("<hypernet:theirs:1>", "theirs: abababababab", "<hypernet:theirs:1>"),
        ("<lora:theirs:1>", "", "<lora:theirs:1>"),
    ],
)
def test_names_by_hash(loras, prompt, hashes, wanted):
    written = f', Lora hashes: "{hashes}"' if hashes else ""
    assert prompt_of(f"{prompt}\n{LINE}{written}", loras) == wanted


def test_the_name_is_the_one_preferred(loras):
    text = f'<lora:theirs:1>\n{LINE}, Lora hashes: "theirs: abababababab"'
    assert prompt_of(text, loras, BY_FILENAME) == "<lora:ink-v2:1>"


def test_the_hires_prompt_too(loras):
    hires = 'Denoising strength: 0.5, Hires upscale: 2, Hires prompt: "b <lora:theirs:0.5>"'
    text = f'a\n{LINE}, {hires}, Lora hashes: "theirs: abababababab"'
    assert prompt_of(text, loras, field="hr_prompt") == "b <lora:ink:0.5>"


def test_what_additional_networks_wrote_becomes_tags(loras):
    networks = (
        "AddNet Enabled: True, AddNet Module 1: LoRA, AddNet Model 1: foo(abcdef), AddNet Weight A 1: 0.5, "
        "AddNet Module 2: LoRA, AddNet Model 2: None, AddNet Weight A 2: 1, "
        "AddNet Module 3: other, AddNet Model 3: bar(12), AddNet Module 4: LoRA, AddNet Model 4: baz"
    )
    assert prompt_of(f"cat\n{LINE}, {networks}", loras) == "cat\n<lora:foo:0.5><lora:baz:1.0>"
