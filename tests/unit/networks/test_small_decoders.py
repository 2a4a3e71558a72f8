"""Files of small decoders: TAESD's own names, diffusers' names, damaged and hostile files."""

import logging
import os
import pickle

import pytest
import safetensors.torch
import torch
from torch import nn

from modules.networks.small_decoders import build_taesd, build_taesd_encoder, find_small_decoders

CPU = torch.device("cpu")


class Block(nn.Module):
    """TAESD's block, as its authors publish it (MIT)."""

    def __init__(self, width):
        super().__init__()
        layers = [nn.Conv2d(width, width, 3, padding=1), nn.ReLU()]
        self.conv = nn.Sequential(
            *layers, nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1)
        )

    def forward(self, x):
        return (self.conv(x) + x).relu()


class Clamp(nn.Module):
    def forward(self, x):
        return torch.tanh(x / 3) * 3


def reference(width=8):
    """TAESD's decoder (Ollin Boer Bohan, MIT) with random weights: latents to 0..1."""
    torch.manual_seed(0)

    def stage():
        return [
            *[Block(width) for _ in range(3)],
            nn.Upsample(scale_factor=2),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
        ]

    return nn.Sequential(
        Clamp(),
        nn.Conv2d(4, width, 3, padding=1),
        nn.ReLU(),
        *stage(),
        *stage(),
        *stage(),
        Block(width),
        nn.Conv2d(width, 3, 3, padding=1),
    )


def encoder_reference(width=8):
    """TAESD's encoder (Ollin Boer Bohan, MIT) with random weights: 0..1 to latents."""
    torch.manual_seed(1)

    def stage():
        smaller = nn.Conv2d(width, width, 3, padding=1, stride=2, bias=False)
        return [smaller, *[Block(width) for _ in range(3)]]

    first = [nn.Conv2d(3, width, 3, padding=1), Block(width)]
    return nn.Sequential(*first, *stage(), *stage(), *stage(), nn.Conv2d(width, 4, 3, padding=1))


def latents():
    return torch.randn(2, 4, 3, 5, generator=torch.Generator().manual_seed(3))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "VAE-taesd").mkdir()
    (tmp_path / "VAE-approx").mkdir()
    return tmp_path


def diffusers_names(state):
    return {f"decoder.layers.{int(name.split('.')[0]) - 1}.{name.partition('.')[2]}": t for name, t in state.items()}


@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
@pytest.mark.parametrize("renamed", [dict, diffusers_names])
def test_taesd_gives_what_its_authors_network_gives(folder, suffix, renamed):
    network = reference()
    state = renamed(network.state_dict())
    path = folder / "VAE-taesd" / f"taesd_decoder.{suffix}"
    torch.save(state, path) if suffix == "pth" else safetensors.torch.save_file(state, path)

    found = find_small_decoders(folder, CPU, torch.float32).taesd()(latents())

    with torch.inference_mode():
        expected = network(latents()).clamp(0, 1)
    assert found.shape == (2, 3, 24, 40)
    assert torch.allclose(found, expected, atol=1e-5)


def test_half_precision_gives_nearly_the_same(folder):
    safetensors.torch.save_file(reference().state_dict(), folder / "VAE-taesd" / "taesd_decoder.safetensors")
    full = find_small_decoders(folder, CPU, torch.float32).taesd()(latents())
    half = find_small_decoders(folder, CPU, torch.bfloat16).taesd()(latents())
    assert half.dtype == torch.float32 and (full - half).abs().max() < 0.05


def test_a_file_that_comes_later_is_found_and_a_changed_one_read_again(folder):
    path = folder / "VAE-approx" / "model.pt"
    decoders = find_small_decoders(folder, CPU, torch.float32)
    assert decoders.approximate() is None

    for time, shade in ((1000, 0.5), (2000, -0.5)):
        torch.save({"conv1.weight": torch.zeros(3, 4, 1, 1), "conv1.bias": torch.full((3,), shade)}, path)
        os.utime(path, (time, time))
        decoder = decoders.approximate()
        assert decoder(latents()).unique().tolist() == [(shade + 1) / 2]
        assert decoders.approximate() is decoder


def test_a_missing_taesd_is_told_once(folder, caplog):
    decoders = find_small_decoders(folder, CPU, torch.float32)
    with caplog.at_level(logging.INFO):
        assert decoders.taesd() is decoders.taesd() is None
    assert [record.message for record in caplog.records] == [
        "There is no TAESD decoder: put taesd_decoder.safetensors (or .pth) into models/VAE-taesd. "
        "The VAE or a rougher look takes its place."
    ]


class Program:
    def __reduce__(self):
        return (os.system, ("touch hidden",))


BAD = {
    "empty": b"",
    "text": b"this is a text",
    "program": pickle.dumps({"1.weight": Program()}, protocol=2),
    "list": pickle.dumps([1, 2], protocol=2),
}


@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_a_bad_file_is_not_used_and_told_once(folder, suffix, content, caplog, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "VAE-taesd" / f"taesd_decoder.{suffix}").write_bytes(content)
    decoders = find_small_decoders(folder, CPU, torch.float32)

    assert decoders.taesd() is decoders.taesd() is None
    assert len(caplog.records) == 1 and f"taesd_decoder.{suffix} is not used" in caplog.text
    assert not (folder / "hidden").exists()


def test_weights_of_something_else_are_refused():
    state = reference().state_dict()
    for wrong in (
        {},
        {"1.weight": torch.zeros(3)},
        dict(list(state.items())[:-1]),
        {**state, "99.weight": torch.zeros(1)},
    ):
        with pytest.raises(ValueError, match="no decoder of TAESD"):
            build_taesd(wrong)


@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
@pytest.mark.parametrize("prefix", ["", "encoder.layers."])
def test_taesds_encoder_gives_what_its_authors_network_gives(folder, suffix, prefix):
    network = encoder_reference()
    state = {prefix + name: tensor for name, tensor in network.state_dict().items()}
    path = folder / "VAE-taesd" / f"taesd_encoder.{suffix}"
    torch.save(state, path) if suffix == "pth" else safetensors.torch.save_file(state, path)
    pixels = torch.rand(2, 3, 24, 40, generator=torch.Generator().manual_seed(3))

    found = find_small_decoders(folder, CPU, torch.float32).taesd_encoder()(pixels)

    with torch.inference_mode():
        assert torch.allclose(found, network(pixels), atol=1e-5)
    assert found.shape == (2, 4, 3, 5)


def test_what_is_no_encoder_of_taesd_is_refused():
    part = {name: tensor for name, tensor in encoder_reference().state_dict().items() if not name.startswith("3.")}
    for wrong in ({}, part, {"layers.14.weight": torch.zeros(4)}, reference().state_dict()):
        with pytest.raises(ValueError, match="TAESD"):
            build_taesd_encoder(wrong)
