"""Files of LoRAs and hypernetworks: what is read of them, and what is said of those that are none."""

import pytest
import torch
from safetensors.torch import save_file

from modules.checkpoints.hashes import HashCache
from modules.core.errors import CheckpointError
from modules.networks.hypernetwork_catalog import HypernetworkOnDisk
from modules.networks.hypernetwork_file import load_hypernetwork
from modules.networks.lora_catalog import LoraCatalog
from modules.networks.lora_file import load_lora
from tests.unit.networks.lora_files import LAYER, small_lora, write_hypernetwork, write_lora

NAME = LAYER.replace("lora_unet", "unet")


def load(folder):
    (on_disk,) = LoraCatalog((folder,), HashCache(folder / "hashes.json")).list()
    return load_lora(on_disk, "key")


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float8_e4m3fn])
def test_every_type_of_numbers(tmp_path, dtype):
    tensors = {key: tensor.to(dtype) for key, tensor in small_lora().items()}
    write_lora(tmp_path / "x.safetensors", tensors)
    change = load(tmp_path).layers[NAME].weight_change(torch.zeros(32, 32))
    wanted = tensors[f"{LAYER}.lora_up.weight"].float() @ tensors[f"{LAYER}.lora_down.weight"].float() / 2
    torch.testing.assert_close(change, wanted)


@pytest.mark.parametrize("suffix", [".pt", ".ckpt"])
@pytest.mark.parametrize("wrap", [lambda state: state, lambda state: {"state_dict": state, "epoch": 3}])
def test_pickled_files(tmp_path, suffix, wrap):
    torch.save(wrap(small_lora()), tmp_path / f"x{suffix}")
    assert set(load(tmp_path).layers) == {NAME}


def test_words_that_come_with_it(tmp_path):
    vectors = torch.ones(2, 32)
    bundled = {"bundle_emb.zorblax.string_to_param.*": vectors, "bundle_emb.other.emb_params": vectors + 1}
    save_file({**small_lora(), **bundled}, tmp_path / "x.safetensors")
    lora = load(tmp_path)
    assert {embedding.name for _, embedding in lora.embeddings} == {"zorblax", "other"}
    assert set(lora.layers) == {NAME}
    assert lora.unknown == ()


@pytest.mark.parametrize(
    ("write", "told"),
    [
        (lambda path: path.with_suffix(".safetensors").write_bytes(b""), "is empty"),
        (lambda path: path.with_suffix(".pt").write_bytes(b"PK"), "damaged or incomplete"),
        (lambda path: torch.save([1, 2], path.with_suffix(".pt")), "holds no LoRA"),
        (lambda path: torch.save({"a": 1}, path.with_suffix(".pt")), "more than tensors by name"),
        (lambda path: torch.save({"a": print}, path.with_suffix(".pt")), "could run a program"),
        (
            lambda path: save_file({"a.alpha": torch.tensor(float("inf"))}, path.with_suffix(".safetensors")),
            "no numbers",
        ),
    ],
)
def test_what_is_no_lora(tmp_path, write, told):
    write(tmp_path / "x")
    with pytest.raises(CheckpointError, match=told):
        load(tmp_path)


def test_a_file_that_goes_while_it_is_read(tmp_path):
    path = write_lora(tmp_path / "x.safetensors")
    (on_disk,) = LoraCatalog((tmp_path,), HashCache(tmp_path / "hashes.json")).list()
    path.unlink()
    with pytest.raises(CheckpointError, match=r"x\.safetensors cannot be read"):
        load_lora(on_disk, "key")


def test_hypernetworks(tmp_path):
    path = write_hypernetwork(tmp_path / "h.pt")
    assert set(load_hypernetwork(HypernetworkOnDisk("h", path), "key").layers) == {32, 64}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ([1], "holds no hypernetwork"),
        ({"name": "x"}, "it holds no layers of a hypernetwork"),
        ({32: (print, print)}, "could run a program"),
    ],
)
def test_what_is_no_hypernetwork(tmp_path, content, told):
    torch.save(content, tmp_path / "h.pt")
    with pytest.raises(CheckpointError, match=told):
        load_hypernetwork(HypernetworkOnDisk("h", tmp_path / "h.pt"), "key")
