"""Small decoders serve the latents they were made for, and no others."""

import json
import logging

import pytest
import safetensors.torch
import torch

from modules.engine.latents.space import LatentSpace
from modules.networks.own_decoders import LATENTS, LINEAR
from modules.networks.small_decoders import find_small_decoders
from tests.unit.networks.test_small_decoders import encoder_reference, latents, reference

OURS = LatentSpace(is_sd1=False, numbers=(4.6, 0.0, -1.25, 0.03))
OTHERS = LatentSpace(is_sd1=False, numbers=(4.6, 0.0, -1.05, 0.03))
SD1 = LatentSpace(is_sd1=True, numbers=(1.0, 2.0, 3.0, 4.0))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "VAE-taesd").mkdir()
    return tmp_path


def write(folder, name, network, **header):
    safetensors.torch.save_file(network.state_dict(), folder / "VAE-taesd" / name, header or None)


def found(folder, space):
    return find_small_decoders(folder, torch.device("cpu"), torch.float32, space)


def test_a_file_serves_the_latents_it_names_whatever_it_is_called(folder):
    write(folder, "any name decoder.safetensors", reference(), **{LATENTS: OURS.written()})
    write(folder, "any name encoder.safetensors", encoder_reference(), **{LATENTS: OURS.written()})

    assert found(folder, OURS).taesd()(latents()).shape == (2, 3, 24, 40)
    assert found(folder, OURS).taesd_encoder()(torch.rand(1, 3, 16, 16)).shape == (1, 4, 2, 2)
    for other in (OTHERS, SD1):
        assert found(folder, other).taesd() is found(folder, other).taesd_encoder() is None


def test_taesds_usual_files_serve_stable_diffusion_1_alone(folder):
    write(folder, "taesd_decoder.safetensors", reference())
    write(folder, "taesd_encoder.safetensors", encoder_reference())

    assert found(folder, SD1).taesd() is not None and found(folder, SD1).taesd_encoder() is not None
    assert found(folder, OURS).taesd() is found(folder, OURS).taesd_encoder() is None
    assert "for the latents of this checkpoint" in found(folder, OURS).taesd_advice
    assert "put taesd_decoder" in found(folder, SD1).taesd_advice


def test_a_file_for_others_does_not_count_under_the_usual_name(folder):
    write(folder, "taesd_decoder.safetensors", reference(), **{LATENTS: OURS.written()})
    assert found(folder, SD1).taesd() is None
    assert found(folder, OURS).taesd() is not None


def test_half_precision_and_rounding_leave_latents_what_they_are():
    halved = LatentSpace(False, tuple(torch.tensor(OURS.numbers).bfloat16().tolist()))
    assert halved.is_written(OURS.written()) and not OTHERS.is_written(OURS.written())


@pytest.mark.parametrize("text", ["", "[]", "null", "4", "[1, 2]", '["a", "b", "c", "d"]', "[4.6, 0, -1.25"])
def test_a_header_that_makes_no_sense_means_no_latents(text):
    assert not OURS.is_written(text) and not LatentSpace().is_written(text)


def test_the_linear_map_comes_from_the_file(folder):
    rows = [[0.1, 0.2, 0.3]] * 4 + [[0.5, 0.5, 0.5]]
    write(folder, "decoder.safetensors", reference(), **{LATENTS: OURS.written(), LINEAR: json.dumps(rows)})

    linear = found(folder, OURS).linear

    assert linear(torch.full((1, 4, 1, 1), 0.5)).flatten().tolist() == pytest.approx([0.7, 0.9, 1.0])
    assert found(folder, OTHERS).linear is None


@pytest.mark.parametrize(
    "text", ["[[1, 2, 3]]", "{}", "[", '[["a"]]', "[[NaN, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]]"]
)
def test_a_broken_map_is_told_and_not_used(folder, text, caplog):
    write(folder, "decoder.safetensors", reference(), **{LATENTS: OURS.written(), LINEAR: text})
    with caplog.at_level(logging.WARNING):
        assert found(folder, OURS).linear is None
    assert "five rows of three numbers" in caplog.text


def test_what_comes_with_the_program_serves_another_folder_of_models_too(folder, tmp_path):
    write(folder, "decoder.safetensors", reference(), **{LATENTS: OURS.written()})
    elsewhere = find_small_decoders(tmp_path / "other", torch.device("cpu"), torch.float32, OURS, folder)
    assert elsewhere.taesd() is not None


def test_broken_files_do_not_disturb(folder):
    (folder / "VAE-taesd" / "a decoder.safetensors").write_bytes(b"\xff" * 20)
    assert found(folder, OURS).taesd() is None
