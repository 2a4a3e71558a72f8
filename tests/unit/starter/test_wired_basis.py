"""The basis that a VAE was trained with is found in the VAE itself."""

import torch

from starter import vae_wiring as wiring
from starter.vae import Basis, new_vae, wired_basis


def test_the_quick_encoder_is_the_vaes_own_whatever_pictures_its_basis_came_from():
    generator = torch.Generator().manual_seed(1)
    basis = Basis(torch.randn(wiring.FEATURES, 192, generator=generator), torch.randn(192, generator=generator))
    vae = new_vae(basis)
    pixels = torch.rand(1, 3, 32, 32, generator=generator) * 2 - 1

    found = wired_basis(vae)

    with torch.no_grad():
        quick = wiring.fast_encode(vae, pixels, found.components, found.mean)
        assert torch.allclose(quick, vae.encode(pixels), rtol=1e-3, atol=1e-2)
