"""The formulas of the built-in extension soft-inpainting, on their own; its picture is compared in tests/golden."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from modules.core.errors import InputError
from modules.plugins.loading import ScriptFile, load_file

FOLDER = Path(__file__).parents[2] / "extensions-builtin" / "soft-inpainting"
soft = load_file(ScriptFile(FOLDER, FOLDER / "scripts" / "soft_inpainting.py"))

USUAL = soft.Softness(1, 0.5, 4, 0, 0.5, 2)


def latents(seed, spread=1.0):
    return spread * torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(seed))


def test_shades_let_more_through_the_lower_the_noise():
    shades = torch.tensor([0.0, 0.25, 0.75, 1.0])
    shares = [soft.painted_share(shades, sigma, USUAL) for sigma in (14.6, 5.0, 1.0, 0.1)]

    assert all((earlier <= later).all() for earlier, later in pairwise(shares))
    assert all(share[0] == 0 and share[-1] == 1 for share in shares)


def test_a_blend_is_one_of_both_at_the_ends_and_as_long_as_they_are_between():
    original, painted = latents(0), latents(1)

    for share, expected in ((0.0, original), (1.0, painted)):
        mixed = soft.blend_latents(original, painted, torch.full((1, 1, 16, 16), share), 4.0)
        assert torch.allclose(mixed, expected, atol=1e-3)
    half = torch.full((1, 1, 16, 16), 0.5)
    mixed = soft.blend_latents(original, painted, half, 32.0)
    longest = torch.maximum(original.norm(dim=1), painted.norm(dim=1))
    assert (mixed.norm(dim=1) <= longest * 1.001).all()
    assert (mixed.norm(dim=1) >= longest * 0.95).all()
    assert mixed.dtype == painted.dtype


def test_what_has_not_changed_is_kept_and_what_has_is_seen():
    original = latents(0)
    painted = original.clone()
    painted[:, :, :, 8:] += 3
    changed = soft.changed_share(original, painted, torch.ones(1, 1, 16, 16), USUAL)[0]

    assert changed.shape == (16, 16)
    assert changed[:, :4].max() < 0.01
    assert changed[:, 11:].min() > 0.99


def test_the_mask_decides_if_it_is_to():
    original, mask = latents(0), torch.ones(1, 1, 16, 16)
    mask[..., :8] = 0
    by_mask = soft.Softness(1, 0.5, 4, 1, 0.5, 2)
    changed = soft.changed_share(original, original + 3, mask, by_mask)[0]

    assert changed[:, :8].max() < 0.01
    assert changed[:, 8:].min() > 0.99
    assert np.isfinite(soft.changed_share(original, original, mask, by_mask)).all()


def test_thresholds_of_zero_are_no_trouble():
    original = latents(0)
    for threshold, contrast in ((0, 2), (0.5, 0), (0, 0), (8, 8)):
        changed = soft.changed_share(
            original, original + 1, torch.ones(1, 1, 16, 16), soft.Softness(1, 1, 1, 0, threshold, contrast)
        )
        assert np.isfinite(changed).all()
        assert 0 <= changed.min() <= changed.max() <= 1


def test_quantiles_of_neighbours_are_a_maximum_or_a_median():
    values = np.zeros((9, 9))
    values[4, 4] = 1
    kernel = np.ones((3, 3))

    assert soft.local_quantiles(values, kernel, 0.99, 1)[3:6, 3:6].min() == pytest.approx(1)
    assert soft.local_quantiles(values, kernel, 0.4, 0.6).max() == 0
    flat = soft.local_quantiles(np.full((5, 5), 2.0), kernel, 0, 1)
    assert np.allclose(flat, 2)  # beyond the edge there is nothing, not zeros


@pytest.mark.parametrize("values", [(1, 0.5, 4, 0, 0.5, 9), (None, 0.5, 4, 0, 0.5, 2), ("1", 0.5, 4, 0, 0.5, 2)])
def test_values_out_of_range_are_refused(values):
    with pytest.raises(InputError, match="Soft inpainting: "):
        soft.read_softness(values)
