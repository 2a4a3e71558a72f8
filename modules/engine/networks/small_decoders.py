"""Decoders and an encoder, faster than the VAE and less exact: for previews, and for those who want nothing better."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, leaky_relu, pad

Decoder = Callable[[Tensor], Tensor]
"""Latents (B, 4, h, w) as the UNet has them, on the model's device, to pixels (B, 3, H, W), float32 in 0..1 on the CPU;
H and W are 1 to 8 times h and w."""

Encoder = Callable[[Tensor], Tensor]
"""Pixels (B, 3, H, W) in 0..1 to latents (B, 4, H/8, W/8) as the UNet has them, float32 on the model's device."""

TAESD_ADVICE = "There is no TAESD decoder: put taesd_decoder.safetensors (or .pth) into models/VAE-taesd."
TAESD_ENCODER_ADVICE = "There is no TAESD encoder: put taesd_encoder.safetensors (or .pth) into models/VAE-taesd."
NO_TAESD = "There is no TAESD decoder for the latents of this checkpoint."
NO_TAESD_ENCODER = "There is no TAESD encoder for the latents of this checkpoint."


@dataclass(frozen=True)
class LinearDecoder:
    """A linear map from each latent to the mean colour of its pixels ("Approx cheap").

    Attributes:
        weights: (4, 3), a row for each latent channel: how much it adds to red, green and blue.
        offset: (3,), the colour of latents of zero.
    """

    weights: Tensor
    offset: Tensor

    def __call__(self, latents: Tensor) -> Tensor:
        """Return pixels (B, 3, h, w) in 0..1, one for each latent."""
        colours = torch.einsum("bchw,cr->brhw", latents.float().cpu(), self.weights) + self.offset.view(1, 3, 1, 1)
        return colours.clamp(0, 1).nan_to_num(0)


def _none() -> Callable[[Tensor], Tensor] | None:
    """Stand for a network that nobody has."""


@dataclass
class SmallDecoders:
    """What a model has besides its VAE.

    Attributes:
        taesd: gives the "tiny autoencoder" of Ollin Boer Bohan (MIT), or None while there is no file of it.
        taesd_encoder: gives its encoder, likewise.
        approximate: gives an `ApproximateDecoder`, or None while there is no file of one.
        linear: the model's own: from a file, or once it was needed.
        taesd_advice: what to do where there is no file of it.
        taesd_encoder_advice: likewise.
    """

    taesd: Callable[[], Decoder | None] = field(default=_none)
    taesd_encoder: Callable[[], Encoder | None] = field(default=_none)
    approximate: Callable[[], Decoder | None] = field(default=_none)
    linear: LinearDecoder | None = None
    taesd_advice: str = TAESD_ADVICE
    taesd_encoder_advice: str = TAESD_ENCODER_ADVICE


class ApproximateDecoder(nn.Module):
    """A chain of convolutions that decodes latents to a picture of twice their size ("Approx NN").

    Its file is a state dict of `conv1.weight` (out, in, k, k), `conv1.bias` (out,), `conv2.weight` and so on, k odd.
    The first takes the latents' channels, the last gives red, green and blue in -1..1. Latents are doubled by nearest
    neighbours; a margin of zeros is put around them, which the convolutions use up, for they do not pad; between
    convolutions stands a leaky ReLU of slope 0.1.
    """

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        """Build the chain that the state dict has the weights of.

        Raises:
            ValueError: it is none.
        """
        super().__init__()
        weights = [state[f"conv{i}.weight"] for i in range(1, len(state) // 2 + 1) if f"conv{i}.weight" in state]
        if not weights or 2 * len(weights) != len(state) or any(w.ndim != 4 or w.shape[-1] % 2 == 0 for w in weights):
            raise ValueError("it is no chain conv1, conv2, ... of convolutions")
        self.chain = nn.ModuleList(nn.Conv2d(w.shape[1], w.shape[0], w.shape[-1]) for w in weights)
        names = {f"conv{i + 1}.{part}": f"{i}.{part}" for i in range(len(weights)) for part in ("weight", "bias")}
        try:
            self.chain.load_state_dict({names[name]: tensor for name, tensor in state.items()})
        except (KeyError, RuntimeError) as error:
            raise ValueError("it is no chain conv1, conv2, ... of convolutions") from error
        self.margin = sum(w.shape[-1] // 2 for w in weights)

    def forward(self, latents: Tensor) -> Tensor:
        """Decode latents (B, 4, h, w) to (B, 3, 2h, 2w) in -1..1."""
        x = pad(interpolate(latents, scale_factor=2.0), [self.margin] * 4)
        for convolution in self.chain[:-1]:
            x = leaky_relu(convolution(x), 0.1)
        return self.chain[-1](x)


@torch.inference_mode()
def decode_small(network: nn.Module, latents: Tensor) -> Tensor:
    """Run a network that gives -1..1 in its own type and on its own device, as a `Decoder` does."""
    like = next(network.parameters())
    decoded = network(latents.to(like.device, like.dtype)).float().cpu()
    return ((decoded + 1) / 2).clamp(0, 1).nan_to_num(0)


@torch.inference_mode()
def encode_small(network: nn.Module, pixels: Tensor) -> Tensor:
    """Run a network that takes -1..1 in its own type and on its own device, as an `Encoder` does."""
    like = next(network.parameters())
    return network((pixels * 2 - 1).to(like.device, like.dtype)).float()
