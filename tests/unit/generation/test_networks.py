"""From a prompt's tags to networks: what is asked for, what is found, and what is told of the rest."""

import pytest
import torch

from modules.checkpoints.hashes import HashCache
from modules.core.options import Settings
from modules.generation.network_options import ADD_HASHES, ADDED_HYPERNETWORK, ADDED_LORA, MEMORY_LIMIT
from modules.generation.networks import JobNetworks, LoraMention, networks_of_settings, read_networks
from modules.networks.hypernetwork_catalog import HypernetworkCatalog
from modules.networks.library import NetworkLibrary
from modules.networks.lora_catalog import LoraCatalog
from modules.networks.options import DEFAULT_MULTIPLIER
from tests.unit.networks.lora_files import write_hypernetwork, write_lora


@pytest.fixture
def library(tmp_path):
    hashes = HashCache(tmp_path / "hashes.json")
    return NetworkLibrary(
        LoraCatalog((tmp_path / "Lora",), hashes), HypernetworkCatalog(tmp_path / "hypernetworks", hashes)
    )


@pytest.fixture
def job(library):
    return JobNetworks(library, settings())


def settings(**changed):
    return Settings(changed)


@pytest.mark.parametrize(
    ("prompt", "te", "unet", "ranks"),
    [
        ("a <lora:x> cat", 1, 1, None),
        ("<lyco:x:0.5>", 0.5, 0.5, None),
        ("<LORA:x:0.5:-0.25:4>", 0.5, -0.25, 4),
        ("<lora:x:te=0.5>", 0.5, 0.5, None),
        ("<lora:x:0.3:unet=0.9:dyn=8>", 0.3, 0.9, 8),
        ("<lora:x:unet=2>", 1, 2, None),
        ("<lora:x:1><lora:x:0.5>", 0.5, 0.5, None),
    ],
)
def test_numbers_of_a_lora(prompt, te, unet, ranks):
    read = read_networks(prompt)
    assert set(read.loras) == {LoraMention("x", te, unet, ranks)}
    assert len(read.loras) == prompt.casefold().count("<l")
    assert read.comments == ()


def test_hypernetworks_and_their_strength():
    assert read_networks("<hypernet:a> <hypernet:b:0.5>").hypernetworks == (("a", 1.0), ("b", 0.5))


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ("<lora:x:strong>", "'strong' is no number"),
        ("<lora:x:nan>", "'nan' is no number"),
        ("<lora:x:1:inf>", "'inf' is no number"),
        ("<lora:x:1e30>", "'1e30' is no number from -1000 to 1000"),
        pytest.param(f"<lora:x:{'9' * 5000}>", "'9999999999999999999…' is no number from -1000", id="huge weight"),
        pytest.param(f"<lora:x:1:dyn={'9' * 5000}>", "'9999999999999999999…' is no number of ranks", id="huge ranks"),
        ("<hypernet:x:>", "'' is no number"),
        ("<lora:x:1:1:0>", "'0' is no number of ranks"),
        ("<lora:x:dyn=2.5>", "'2.5' is no number of ranks"),
        ("<wildcard:x>", "there are no networks of that kind"),
        ("<lora:a\x00\nb:strong>", "<lora:a??b:…> was left out"),
    ],
)
def test_what_cannot_be_read_is_told_and_left_out(tag, told):
    read = read_networks(f"a {tag} cat")
    assert (read.loras, read.hypernetworks) == ((), ())
    assert len(read.comments) == 1
    assert "was left out" in read.comments[0]
    assert told in read.comments[0]


def test_what_is_missing_or_broken_is_told_and_the_rest_is_used(tmp_path, job):
    write_lora(tmp_path / "Lora" / "good.safetensors")
    (tmp_path / "Lora" / "page.safetensors").write_text("<html>")
    write_lora(tmp_path / "Lora" / "lost.safetensors", {"lora_unet_x.diff": torch.full((2, 2), torch.nan)})
    (tmp_path / "Lora" / "evil.pt").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    (tmp_path / "hypernetworks").mkdir()
    (tmp_path / "hypernetworks" / "other.pt").write_bytes(b"")

    found = job.find(
        "<lora:none:1><lora:good:0.5><lora:page><lora:also none><lora:none:1><lora:lost><lora:evil>"
        "<hypernet:other><hypernet:gone>"
    )
    assert [(active.lora.name, active.te) for active in found.active.loras] == [("good", 0.5)]
    assert found.comments[0] == "Lora not found: none, also none"
    told = "\n".join(found.comments)
    for words in (
        "The LoRA page was left out: page.safetensors is not a safetensors file",
        "The LoRA lost was left out: lost.safetensors has weights that are no numbers",
        "The LoRA evil was left out: evil.pt holds more than tensors",
        "The hypernetwork other was left out: other.pt",
        "Hypernetwork not found: gone",
    ):
        assert words in told


def test_hashes_are_written_under_the_name_in_the_prompt(tmp_path, library, job):
    write_lora(tmp_path / "Lora" / "a.safetensors", ss_output_name="style: ink, best", sshs_model_hash="ab" * 32)
    write_lora(tmp_path / "Lora" / "b.safetensors", sshs_model_hash="cd" * 32)
    prompts = ("<lora:style ink:1>", "<lora:b><lora:none><lora:b:2>")
    assert job.hashes(prompts) == "b: cdcdcdcdcdcd"
    assert job.hashes(["<lora:a>", "<lora:b>"]) == "a: abababababab, b: cdcdcdcdcdcd"
    assert job.hashes(["a cat"]) is None
    assert JobNetworks(library, settings(**{ADD_HASHES.name: False})).hashes(prompts) is None
    assert JobNetworks(library, settings(), disabled=True).hashes(prompts) is None


def test_networks_that_the_settings_add(tmp_path, library):
    write_lora(tmp_path / "Lora" / "ink.safetensors")
    write_hypernetwork(tmp_path / "hypernetworks" / "h.pt")
    added = settings(**{ADDED_LORA.name: "ink", ADDED_HYPERNETWORK.name: "h", DEFAULT_MULTIPLIER.name: 0.5})
    told = []
    assert networks_of_settings("a cat", added, library, told.append) == "<hypernet:h:0.5><lora:ink:0.5>"
    assert networks_of_settings("a <lora:ink:1><hypernet:h>", added, library, told.append) == ""
    assert networks_of_settings("a cat", settings(), library, told.append) == ""
    assert told == []
    gone = settings(**{ADDED_LORA.name: "gone"})
    assert networks_of_settings("a cat", gone, library, told.append) == ""
    assert told == ["gone, which the setting sd_lora adds to every prompt, is not there."]


def test_only_what_the_latest_job_used_stays_in_memory_and_as_many_more_as_set(tmp_path, library, monkeypatch):
    for name in "abc":
        write_lora(tmp_path / "Lora" / f"{name}.safetensors")
    read = []
    original = NetworkLibrary.lora.__globals__["load_lora"]
    monkeypatch.setattr(
        "modules.networks.library.load_lora", lambda lora, key: read.append(lora.name) or original(lora, key)
    )

    def make(prompt, limit=0):
        job = JobNetworks(library, settings(**{MEMORY_LIMIT.name: limit}))
        job.find(prompt)
        job.let_go_others()

    make("<lora:a><lora:b>")
    make("<lora:a:0.5>")
    assert read == ["a", "b"]
    make("<lora:b>", limit=1)
    make("<lora:a>")
    assert read == ["a", "b", "b"]
    make("<lora:b>")
    assert read == ["a", "b", "b", "b"]
    write_lora(tmp_path / "Lora" / "b.safetensors", comment="another one")
    make("<lora:b>")
    assert read[4:] == ["b"]
