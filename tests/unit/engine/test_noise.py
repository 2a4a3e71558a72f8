import pytest
import torch

from modules.engine.sampling.noise import NOISE_SOURCES, ImageNoise, Variation

CPU = torch.device("cpu")
SHAPE = (4, 8, 6)
EVERY_SOURCE = pytest.mark.parametrize("source", list(NOISE_SOURCES))


@EVERY_SOURCE
def test_an_image_has_the_same_noise_alone_and_in_a_batch(source):
    batch = ImageNoise([5, 6, 7], SHAPE, source, CPU)
    alone = ImageNoise([6], SHAPE, source, CPU)

    for draw in ("first", "next", "next"):
        assert torch.equal(getattr(batch, draw)()[1], getattr(alone, draw)()[0])


@EVERY_SOURCE
def test_noise_is_standard_normal(source):
    noise = ImageNoise([1], (4, 128, 128), source, CPU).first()

    assert noise.dtype == torch.float32
    assert noise.mean().item() == pytest.approx(0, abs=0.02)
    assert noise.std().item() == pytest.approx(1, abs=0.02)


def test_seed_delta_begins_anew_after_the_first_draw():
    shifted, plain = ImageNoise([5], SHAPE, "CPU", CPU, seed_delta=100), ImageNoise([105], SHAPE, "CPU", CPU)

    assert torch.equal(shifted.first(), ImageNoise([5], SHAPE, "CPU", CPU).first())
    assert torch.equal(shifted.next(), plain.first())


@pytest.mark.parametrize(("strength", "seed"), [(0.0, 5), (1.0, 9)])
def test_variation_reaches_from_the_seed_to_the_subseed(strength, seed):
    varied = ImageNoise([5], SHAPE, "CPU", CPU, variation=Variation((9,), strength)).first()

    assert torch.allclose(varied, ImageNoise([seed], SHAPE, "CPU", CPU).first(), atol=1e-6)


def test_seed_resize_keeps_the_middle():
    small = ImageNoise([5], (4, 4, 4), "CPU", CPU).first()
    resized = ImageNoise([5], SHAPE, "CPU", CPU, resize_from=(4, 4)).first()

    assert torch.equal(resized[:, :, 2:6, 1:5], small)


@pytest.mark.parametrize("seed", [0, -5, 2**32 - 1, 2**63 - 1, 2**64 - 1])
@EVERY_SOURCE
def test_any_seed_works(source, seed):
    assert ImageNoise([seed], SHAPE, source, CPU).first().isfinite().all()


@pytest.mark.parametrize("shape", [(4, 1, 1), (4, 1, 8), (4, 8, 1)])
def test_variation_of_the_smallest_pictures_is_finite(shape):
    assert ImageNoise([5], shape, "CPU", CPU, variation=Variation((9,), 0.5)).first().isfinite().all()
