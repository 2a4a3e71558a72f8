"""Train the VAE: first encoder and decoder together, later the decoder alone on the then final latents."""

from __future__ import annotations

import logging
import math
import random
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from starter import vae_wiring as wiring
from starter import world
from starter.captions import Spec
from starter.compose import Sprites, compose, paint_backdrop, paste
from starter.specs import NATIVE, random_spec
from starter.vae_model import AutoencoderKL

log = logging.getLogger(__name__)

CROP, BATCH = 96, 8
SCALE = 0.18215
"""The constant by which every Stable Diffusion 1 loader multiplies latents."""


@dataclass(frozen=True)
class Basis:
    """Whitened principal components (FEATURES, 192) of 8x8 patches and their mean (192,)."""

    components: Tensor
    mean: Tensor


def to_tensor(pictures: list[np.ndarray]) -> Tensor:
    """Pictures (H, W, 3) in 0..1 as pixels (B, 3, H, W) in -1..1."""
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous() * 2 - 1


def any_picture(sprites: Sprites, rng: random.Random) -> np.ndarray:
    """A picture of the world or, one in four, another emoji on some background, so that the VAE knows more than 24."""
    if rng.random() < 0.75:
        return compose(random_spec(rng, (NATIVE, NATIVE)), sprites, rng)
    backdrop = rng.choice([*world.COLOURS, *world.SCENES])
    canvas = np.array(paint_backdrop(Spec(None, backdrop), rng), np.float32)
    paste(canvas, rng.choice(sprites.extra), (8 * rng.randint(-3, 3), 8 * rng.randint(-3, 3)))
    return np.clip(canvas, 0, 1)


def pictures(sprites: Sprites, rng: random.Random, count: int, crop: int = NATIVE) -> Tensor:
    """Random pixels (B, 3, crop, crop) in -1..1, cut on the 8x8 grid."""
    out = []
    for _ in range(count):
        x, y = (8 * rng.randint(0, (NATIVE - crop) // 8) for _ in range(2))
        out.append(any_picture(sprites, rng)[y : y + crop, x : x + crop])
    return to_tensor(out)


def find_basis(sprites: Sprites) -> Basis:
    """Principal components of the world's patches."""
    x = wiring.patches(pictures(sprites, random.Random(1), 600)).permute(0, 2, 3, 1).reshape(-1, 192).double()
    mean = x.mean(0)
    values, vectors = torch.linalg.eigh((x - mean).T @ (x - mean) / len(x))
    values, vectors = values.flip(0)[: wiring.FEATURES], vectors.flip(1)[:, : wiring.FEATURES]
    return Basis((vectors / (values + 1e-4).sqrt()).T.float().contiguous(), mean.float())


def wired_basis(vae: AutoencoderKL) -> Basis:
    """The basis that a trained VAE's encoder is wired with.

    `find_basis` finds another one as soon as `specs.py` has changed, whose latents this VAE's tail and decoder do not
    know (25 dB instead of 28 for a round trip).
    """
    layer: nn.Conv2d = vae.encoder.down[2].downsample.conv
    rows = [*range(0, 16, 4), *range(16, 12 + wiring.FEATURES)]
    components = layer.weight.detach()[rows, :48, :2, :2].reshape(wiring.FEATURES, 192)
    # Only the mean's part along the components is ever used.
    mean = torch.linalg.lstsq(components.double(), -layer.bias.detach()[rows].double()[:, None]).solution[:, 0]
    return Basis(components.clone(), mean.float())


def new_vae(basis: Basis) -> AutoencoderKL:
    """A VAE that encodes linearly and decodes nothing yet, its untrained levels wired."""
    vae = AutoencoderKL()
    wiring.wire_encoder(vae.encoder, basis.components, basis.mean)
    wiring.start_encoder_tail(vae.encoder)
    wiring.wire_decoder_end(vae.decoder)
    wiring.wire_decoder_middle(vae.decoder)
    with torch.no_grad():
        vae.quant_conv.weight.copy_(torch.eye(8)[..., None, None])
        vae.quant_conv.bias.fill_(0)
        vae.post_quant_conv.weight.copy_(torch.eye(4)[..., None, None])
        vae.post_quant_conv.bias.fill_(0)
    return vae


def trained_parameters(vae: AutoencoderKL, *, with_encoder: bool) -> list[nn.Parameter]:
    """What gradient descent may change: the encoder's tail and the decoder up to its last level."""
    encoder, decoder = vae.encoder, vae.decoder
    parts = [decoder.conv_in, decoder.mid, decoder.up[3], decoder.up[2].block[0], decoder.up[2].upsample]
    parts += [decoder.up[1].upsample]
    if with_encoder:
        parts += [encoder.down[3], encoder.mid, encoder.norm_out, encoder.conv_out]
    return [p for part in parts for p in part.parameters()]


def grouped(vae: AutoencoderKL, parameters: list[nn.Parameter]) -> list[dict[str, object]]:
    """Two rates: slow for the linear path that is already fitted, fast for the blocks beside it."""
    names = {id(p): name for name, p in vae.named_parameters()}
    slow = [p for p in parameters if any(word in names[id(p)] for word in ("conv_in", "upsample", "nin_shortcut"))]
    kept = {id(p) for p in slow}
    fast = [p for p in parameters if id(p) not in kept]
    return [{"params": slow, "top": 1e-4}, {"params": fast, "top": 4e-4}]


def picture_loss(out: Tensor, target: Tensor) -> Tensor:
    """Absolute error of the pixels and of their differences to the neighbours, which keeps outlines sharp."""
    error = out - target
    edges = error.diff(dim=2).abs().mean() + error.diff(dim=3).abs().mean()
    return error.abs().mean() + 0.7 * edges + 0.5 * error.square().mean()


def psnr(vae: AutoencoderKL, basis: Basis, pixels: Tensor) -> float:
    """Peak signal-to-noise ratio of a round trip, in decibels."""
    with torch.no_grad():
        z = wiring.fast_encode(vae, pixels, basis.components, basis.mean)
        out = wiring.fast_decode(vae.decoder, vae.post_quant_conv(z)).clamp(-1, 1)
    return -10 * math.log10(((out - pixels) / 2).square().mean().item())


def open_vae(cache: Path, sprites: Sprites, basis: Basis) -> AutoencoderKL:
    """The VAE trained so far, or a new one whose decoder is the best linear one."""
    vae = new_vae(basis)
    if (cache / "vae.pt").exists():
        vae.load_state_dict(torch.load(cache / "vae.pt"))
        return vae
    sample = pictures(sprites, random.Random(2), 24)
    with torch.no_grad():
        z = wiring.fast_encode(vae, sample, basis.components, basis.mean)
    wiring.start_decoder(vae, z, sample)
    return vae


def vae_loss(vae: AutoencoderKL, basis: Basis, pixels: Tensor, *, with_encoder: bool) -> Tensor:
    """Loss of a round trip with a little noise on the latents, as a UNet's errors will be."""
    with torch.set_grad_enabled(with_encoder):
        z = wiring.fast_encode(vae, pixels, basis.components, basis.mean)
    spread = z.detach().std(dim=(0, 2, 3), keepdim=True)
    noisy = z + torch.randn_like(z) * spread * 0.12 * torch.rand(len(z), 1, 1, 1)
    loss = picture_loss(wiring.fast_decode(vae.decoder, vae.post_quant_conv(noisy)), pixels)
    if not with_encoder:
        return loss
    return loss + 0.01 * (z.mean(dim=(0, 2, 3)).square().mean() + (z.std(dim=(0, 2, 3)) - 1).square().mean())


def train_vae(cache: Path, minutes: float, *, with_encoder: bool, seed: int = 0) -> None:
    """Train for so many minutes of wall clock, going on from `vae.pt` where there is one; write `vae.pt`."""
    torch.manual_seed(seed)
    rng = random.Random(seed if with_encoder else seed + 1)
    sprites = Sprites(cache)
    basis = find_basis(sprites)
    vae = open_vae(cache, sprites, basis)
    basis = wired_basis(vae)
    watched = pictures(sprites, random.Random(9), 16)
    log.info("vae starts at %.2f dB", psnr(vae, basis, watched))
    parameters = trained_parameters(vae, with_encoder=with_encoder)
    optimizer = torch.optim.AdamW(grouped(vae, parameters), betas=(0.9, 0.99), weight_decay=0.0)
    average = [p.detach().clone() for p in parameters]
    begun, step, saved = time.monotonic(), 0, time.monotonic()
    while (done := (time.monotonic() - begun) / (60 * minutes)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = group["top"] * min(1, (step + 1) / 60) * (0.02 + 0.98 * math.cos(done * math.pi / 2))
        crop = CROP if with_encoder and done < 0.6 else NATIVE
        loss = vae_loss(vae, basis, pictures(sprites, rng, BATCH, crop), with_encoder=with_encoder)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 0.5)
        optimizer.step()
        decay = min(0.998, (1 + step) / (10 + step))
        for mean, p in zip(average, parameters, strict=True):
            mean.lerp_(p.detach(), 1 - decay)
        if step % 50 == 0:
            found = psnr(vae, basis, watched)
            log.info("vae %3.0f%% step %d loss %.4f psnr %.2f", 100 * done, step, loss.item(), found)
        if time.monotonic() - saved > 60:
            save_average(vae, parameters, average, cache / "vae.pt")
            saved = time.monotonic()
        step += 1
    save_average(vae, parameters, average, cache / "vae.pt")
    log.info("vae done: %.2f dB", psnr(vae, basis, pictures(sprites, random.Random(9), 48)))


def save_average(vae: AutoencoderKL, parameters: list[nn.Parameter], average: list[Tensor], path: Path) -> None:
    """Write the VAE with the running averages in place of the trained weights."""
    kept = [p.detach().clone() for p in parameters]
    with torch.no_grad():
        for p, mean in zip(parameters, average, strict=True):
            p.copy_(mean)
        partial = path.with_suffix(".part")
        torch.save(vae.state_dict(), partial)
        partial.replace(path)
        for p, value in zip(parameters, kept, strict=True):
            p.copy_(value)


@torch.no_grad()
def fold_scale(vae: AutoencoderKL, mean: Tensor, gain: Tensor) -> None:
    """Write latents' normalisation z -> (z - mean) * gain into the two 1x1 convolutions.

    What the VAE decodes stays the same. With gain 1 / (0.18215 * std), times 0.18215 the latents have variance 1.

    Args:
        vae: changed in place.
        mean: of `vae.encode` over many pictures, (4,).
        gain: one a channel, (4,).
    """
    quant, post = vae.quant_conv, vae.post_quant_conv
    post.bias += (post.weight[:, :, 0, 0] @ mean[:, None])[:, 0]
    post.weight /= gain[None, :, None, None]
    quant.weight[:4] *= gain[:, None, None, None]
    quant.bias[:4] = (quant.bias[:4] - mean) * gain
    quant.weight[4:] = 0
    quant.bias[4:] = -20.0
