"""Quick looks at latents: each method, what stands in for it, and what it shows."""

import numpy as np
import pytest
import torch
from torch.nn.functional import avg_pool2d

from modules.core.errors import UnknownNameError
from modules.engine.latents import preview
from modules.engine.latents.decode import decode
from modules.engine.latents.linear import SD1, fit_linear_decoder, linear_decoder
from modules.engine.latents.preview import PREVIEW_METHODS, preview_image, preview_pixels, to_images
from modules.engine.networks.small_decoders import ApproximateDecoder, SmallDecoders

METHODS = [method.name for method in PREVIEW_METHODS]


def latents(batch=1, rows=8, columns=8):
    return torch.randn(batch, 4, rows, columns, generator=torch.Generator().manual_seed(3))


def grey(shade):
    """A decoder that gives one shade of grey, twice the size of the latents."""
    return lambda x: torch.full((len(x), 3, 2 * x.shape[2], 2 * x.shape[3]), shade)


@pytest.fixture
def large(tiny, monkeypatch):
    """A model whose VAE counts as large."""
    monkeypatch.setattr(preview, "_SMALL_VAE_PARAMETERS", 0)
    return tiny


def test_the_methods_are_those_of_a1111():
    assert METHODS == ["Full", "Approx NN", "Approx cheap", "TAESD"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [(8, 8), (1, 3), (5, 16)])
def test_a_preview_has_the_size_of_the_finished_picture(large, method, size):
    large.small_decoders = SmallDecoders(taesd=lambda: grey(0.5), approximate=lambda: grey(0.5))
    pixels = preview_pixels(large, latents(2, *size), method)

    assert pixels.shape == (2, 3, 8 * size[0], 8 * size[1])
    assert pixels.dtype == torch.float32 and 0 <= pixels.min() <= pixels.max() <= 1


def test_full_is_the_finished_picture(tiny):
    assert torch.equal(preview_pixels(tiny, latents(2), "Full"), decode(tiny, latents(2)))


@pytest.mark.parametrize(("method", "shade"), [("TAESD", 0.25), ("Approx NN", 0.75)])
def test_a_network_that_is_there_is_used(large, method, shade):
    large.small_decoders = SmallDecoders(taesd=lambda: grey(0.25), approximate=lambda: grey(0.75))
    assert preview_pixels(large, latents(), method).unique().tolist() == [shade]


@pytest.mark.parametrize("method", ["TAESD", "Approx NN"])
def test_a_missing_network_is_replaced_by_the_cheap_look(large, method):
    assert torch.equal(preview_pixels(large, latents(), method), preview_pixels(large, latents(), "Approx cheap"))


@pytest.mark.parametrize("method", ["TAESD", "Approx NN"])
def test_a_small_vae_stands_in_for_a_missing_network(tiny, method):
    assert torch.equal(preview_pixels(tiny, latents(), method), preview_pixels(tiny, latents(), "Full"))


def test_an_unknown_method_is_refused(tiny):
    with pytest.raises(UnknownNameError):
        preview_pixels(tiny, latents(), "Guess")


def test_a_vae_that_loses_numbers_is_replaced_by_the_cheap_look_and_left_as_it_is(tiny):
    tiny.vae.decoder.conv_out.bias.data.fill_(float("nan"))
    assert torch.equal(preview_pixels(tiny, latents(), "Full"), preview_pixels(tiny, latents(), "Approx cheap"))


@pytest.mark.parametrize("method", METHODS)
def test_latents_that_are_no_numbers_give_a_picture_all_the_same(large, method):
    preview_image(large, torch.full((1, 4, 4, 4), float("nan")), method)


def test_a_batch_is_a_grid_or_its_first_image(tiny):
    whole = preview_image(tiny, latents(3), "Full")
    first = preview_image(tiny, latents(3), "Full", grid=False)

    assert (whole.size, first.size) == ((128, 128), (64, 64))
    assert np.array_equal(np.asarray(first), np.asarray(to_images(decode(tiny, latents(3)[:1]))[0]))


def test_the_linear_map_undoes_a_linear_vae(tiny, monkeypatch):
    """A VAE whose latents are mean colours, and a fourth channel of nothing, in other numbers."""
    mix = torch.tensor([[2.0, 0.5, -1.0], [0.3, -1.5, 0.2], [-0.4, 0.1, 1.0], [0.0, 0.0, 0.0]])

    def encode_linearly(_model, pixels):
        return torch.einsum("bchw,lc->blhw", avg_pool2d(pixels, 8), mix) + 0.7

    monkeypatch.setattr("modules.engine.latents.linear.run_encoder", encode_linearly)
    fitted = fit_linear_decoder(tiny)
    colours = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(5))
    found = fitted(encode_linearly(tiny, colours))
    assert torch.allclose(found, avg_pool2d(colours, 8), atol=1e-3)


def test_the_map_is_fitted_once_and_always_the_same(tiny):
    first = linear_decoder(tiny)
    assert linear_decoder(tiny) is first
    tiny.small_decoders = SmallDecoders()
    # To the last digits: where its numbers lie in memory decides in which order they are added up.
    assert torch.allclose(linear_decoder(tiny).weights, first.weights, atol=1e-5)
    assert not torch.allclose(first.weights, SD1.weights)


def test_a_vae_that_has_to_be_moved_first_is_not_fitted(tiny):
    class Moving:
        moves_weights = True

        def use(self, _component):
            raise AssertionError

    tiny.memory = Moving()
    assert linear_decoder(tiny) is SD1
    assert preview_pixels(tiny, latents(), "Approx NN").shape == (1, 3, 64, 64)


def test_a_damaged_vae_leaves_the_map_of_stable_diffusion_1(tiny):
    tiny.vae.encoder.conv_in.weight.data.fill_(float("nan"))
    assert linear_decoder(tiny) is SD1


def test_an_approximate_decoder_is_built_from_its_weights():
    state = {
        "conv1.weight": torch.zeros(5, 4, 3, 3),
        "conv1.bias": torch.ones(5),
        "conv2.weight": torch.zeros(3, 5, 5, 5),
        "conv2.bias": torch.tensor([0.0, 0.5, -1.0]),
    }
    state["conv2.weight"][:, 0, 2, 2] = 0.25
    pixels = ApproximateDecoder(state)(latents(2, 3, 7))

    assert pixels.shape == (2, 3, 6, 14)
    assert pixels.mean((0, 2, 3)).tolist() == [0.25, 0.75, -0.75]


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"conv1.weight": torch.zeros(3, 4, 3, 3)},
        {"conv1.weight": torch.zeros(3, 4, 3), "conv1.bias": torch.zeros(3)},
        {"conv1.weight": torch.zeros(3, 4, 2, 2), "conv1.bias": torch.zeros(3)},
        {"conv1.weight": torch.zeros(3, 4, 3, 3), "conv1.bias": torch.zeros(7)},
        {"conv2.weight": torch.zeros(3, 4, 3, 3), "conv2.bias": torch.zeros(3)},
        {"conv1.weight": torch.zeros(3, 4, 3, 3), "other": torch.zeros(3)},
    ],
)
def test_weights_of_something_else_are_refused(state):
    with pytest.raises(ValueError, match="no chain"):
        ApproximateDecoder(state)
