"""Large pictures where memory is short: decoded in tiles that leave no seam."""

import dataclasses

import pytest
import torch
from torch.nn.functional import interpolate

from modules.engine.latents import decode as decoding
from modules.engine.latents.decode import decode
from modules.engine.latents.memory import decode_memory, least_decode_memory, sampling_memory
from modules.engine.latents.tiles import TILE, in_tiles
from modules.hardware.device import Memory
from modules.hardware.precision import VaeFallback


def enlarge(latents):
    """A decoder that sees each latent alone: tiles must not show at all."""
    return interpolate(latents[:, :3], scale_factor=8.0)


@pytest.mark.parametrize("size", [(1, 1), (64, 64), (65, 64), (64, 200), (100, 129), (3, 300)])
def test_tiles_of_what_is_local_give_the_whole(size):
    latents = torch.randn(1, 4, *size, generator=torch.Generator().manual_seed(0))
    seen = []

    def decode_tile(tile):
        seen.append(tuple(tile.shape[-2:]))
        return enlarge(tile)

    assert torch.allclose(in_tiles(decode_tile, latents), enlarge(latents), atol=1e-5)
    assert set(seen) == {(min(size[0], TILE), min(size[1], TILE))}


@pytest.fixture
def short(tiny, monkeypatch):
    """A machine with memory for a picture of 640 x 640, but for no larger one."""
    free = decode_memory(tiny, 640, 640)
    monkeypatch.setattr(decoding, "device_memory", lambda _device: Memory(free, free))
    told = []
    tiny.vae_fallback = VaeFallback((), told.append)
    return tiny, told


def soft_latents(rows, columns):
    rough = torch.randn(1, 4, rows // 8, columns // 8, generator=torch.Generator().manual_seed(0))
    return interpolate(rough, size=(rows, columns), mode="bicubic")


def sizes_decoded(model):
    sizes = []
    model.vae.decoder.register_forward_pre_hook(lambda _module, arguments: sizes.append(tuple(arguments[0].shape[-2:])))
    return sizes


def test_a_picture_that_is_too_large_is_decoded_in_tiles_and_told(short):
    model, told = short
    latents, sizes = soft_latents(64, 104), sizes_decoded(model)
    pixels = decode(model, latents)

    assert sizes == [(64, 64), (64, 64)]
    assert told == ["Memory was short, so the picture was decoded in tiles, which may differ in brightness."]
    with torch.inference_mode():
        whole = decoding._run_vae(model, latents)
    assert (pixels - ((whole + 1) / 2).clamp(0, 1)).abs().mean() < 0.05


def test_what_fits_is_decoded_whole(short):
    model, told = short
    sizes = sizes_decoded(model)
    decode(model, soft_latents(72, 72))
    assert sizes == [(72, 72)] and told == []


def test_a_device_that_runs_out_of_memory_tries_tiles(tiny, monkeypatch):
    """CUDA raises this error; here it comes from the test."""
    run, sizes = decoding._run_vae, []

    def run_or_fail(model, latents):
        sizes.append(tuple(latents.shape[-2:]))
        if max(latents.shape[-2:]) > TILE:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return run(model, latents)

    monkeypatch.setattr(decoding, "_run_vae", run_or_fail)
    assert decode(tiny, soft_latents(72, 64)).shape == (1, 3, 576, 512)
    assert sizes == [(72, 64), (64, 64), (64, 64)]


def test_a_small_picture_that_does_not_fit_is_an_error_all_the_same(tiny, monkeypatch):
    def fail(_model, _latents):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(decoding, "_run_vae", fail)
    with pytest.raises(torch.OutOfMemoryError):
        decode(tiny, soft_latents(8, 8))


def test_what_is_needed_grows_with_the_picture_and_less_in_tiles(tiny):
    assert least_decode_memory(tiny, 256, 256) > decode_memory(tiny, 256, 256)
    assert least_decode_memory(tiny, 4096, 4096) < decode_memory(tiny, 4096, 4096) / 5
    assert sampling_memory(tiny, 512, 512, 4) == 4 * sampling_memory(tiny, 512, 512, 1)
    tiny.precision = dataclasses.replace(tiny.precision, unet=torch.float16)
    assert sampling_memory(tiny, 512, 512, 8) == 50 * 2 * 64 * 64 * 16 * 32
