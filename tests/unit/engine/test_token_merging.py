"""Merging tokens: fewer of them reach the self-attention, and nothing is changed for good."""

import pytest
import torch

from modules.checkpoints.streaming import stream_layers
from modules.engine.token_merging import merged_tokens


def attentions(model):
    return [module.attn1 for module in model.unet.modules() if hasattr(module, "attn1")]


@torch.inference_mode()
def denoise(model, rows=16, columns=16, batch=2):
    x = torch.randn(batch, 4, rows, columns, generator=torch.Generator().manual_seed(3))
    embeddings = torch.zeros(batch, 77, model.unet.config["cross_attention_dim"])
    return model.unet(x, torch.tensor([500]), encoder_hidden_states=embeddings).sample


def tokens_seen(model, ratio, **size):
    """Return for each self-attention how many tokens came and how many were left for it."""
    seen = []
    hooks = [
        attention.register_forward_pre_hook(lambda _module, arguments: seen.append(arguments[0].shape[1]))
        for attention in attentions(model)
    ]
    with merged_tokens(model, ratio):
        hooks += [
            attention.to_q.register_forward_pre_hook(lambda _module, arguments: seen.append(-arguments[0].shape[1]))
            for attention in attentions(model)
        ]
        denoise(model, **size)
    for hook in hooks:
        hook.remove()
    return [(before, -after) for before, after in zip(seen[::2], seen[1::2], strict=True)]


@pytest.mark.parametrize(("ratio", "left"), [(0.25, 192), (0.5, 128), (0.75, 64), (0.9, 64)])
def test_that_share_of_the_tokens_is_merged_where_there_are_as_many_as_latents(tiny, ratio, left):
    counts = tokens_seen(tiny, ratio)

    assert {after for before, after in counts if before == 256} == {left}
    assert all(after == before for before, after in counts if before != 256)
    assert {before for before, _ in counts} == {256, 64, 16, 4}


def test_the_picture_changes_a_little_and_only_meanwhile(tiny):
    plain = denoise(tiny)
    with merged_tokens(tiny, 0.5):
        merged = denoise(tiny)
    assert torch.equal(denoise(tiny), plain)
    assert 0 < (merged - plain).abs().mean() < plain.abs().mean()


def test_no_share_changes_nothing(tiny):
    plain = denoise(tiny)
    with merged_tokens(tiny, 0.0):
        assert torch.equal(denoise(tiny), plain)


@pytest.mark.parametrize("size", [(1, 1), (1, 16), (9, 13)])
@pytest.mark.parametrize("ratio", [0.1, 0.9])
def test_any_size_will_do(tiny, size, ratio):
    with merged_tokens(tiny, ratio):
        assert denoise(tiny, *size).shape[-2:] == size


def test_an_image_does_not_depend_on_its_batch(tiny):
    with merged_tokens(tiny, 0.5):
        assert torch.allclose(denoise(tiny, batch=1), denoise(tiny, batch=3)[:1], atol=1e-5)


def test_everything_is_put_back_after_an_error(tiny):
    plain = denoise(tiny)
    with pytest.raises(ZeroDivisionError), merged_tokens(tiny, 0.5):
        raise ZeroDivisionError
    assert torch.equal(denoise(tiny), plain)


def test_it_holds_for_layers_that_visit_the_device_one_by_one(tiny):
    with merged_tokens(tiny, 0.5):
        expected = denoise(tiny)
    stream_layers(tiny.unet, torch.device("cpu"))
    with merged_tokens(tiny, 0.5):
        assert torch.equal(denoise(tiny), expected)
