"""Draw with a checkpoint through the program's own engine: loader, tokenizer, emphasis, guidance, sampler, VAE."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from modules.checkpoints.catalog import CheckpointInfo
from modules.checkpoints.loading import load_checkpoint
from modules.core.flags import Flags
from modules.engine.latents.decode import decode
from modules.engine.sampling.denoiser import UNetDenoiser
from modules.engine.sampling.guidance import GuidedDenoiser
from modules.engine.sampling.registry import SAMPLERS
from modules.engine.sampling.sigmas import SCHEDULES
from modules.engine.text.encoder import TextSettings, encode_prompts
from modules.engine.types import Conditioning

CFG_SCALE = 4.0


@dataclass(frozen=True)
class Job:
    """How to draw; the prompts and seeds come beside it.

    Attributes:
        start: pixels (B, 3, H, W) in 0..1 to begin from, for img2img.
        mask: (B, 1, H, W), 1 where the picture may change, for inpainting.
    """

    size: tuple[int, int] = (128, 128)
    scale: float = CFG_SCALE
    steps: int = 20
    clip_skip: int = 1
    start: Tensor | None = None
    denoising: float = 1.0
    mask: Tensor | None = None


class Studio:
    """One checkpoint, loaded on the CPU."""

    def __init__(self, file: Path) -> None:
        config = file.with_suffix(".yaml")
        info = CheckpointInfo(file, file.name, config=config if config.exists() else None)
        self.model = load_checkpoint(info, dataclasses.replace(Flags(), use_cpu=("all",)))

    def rows(self, prompts: Sequence[str], job: Job) -> Conditioning:
        """What the UNet attends to for these prompts."""
        return encode_prompts(self.model, prompts, job.steps, TextSettings(clip_skip=job.clip_skip))

    def draw(
        self,
        prompts: Sequence[str],
        seeds: Sequence[int],
        job: Job | None = None,
        *,
        negatives: Sequence[str] | None = None,
        cond: Conditioning | None = None,
    ) -> Tensor:
        """Pixels (B, 3, H, W) in 0..1, one a prompt and seed, eight at a time.

        Args:
            prompts: one a picture.
            seeds: one a picture.
            job: how to draw.
            negatives: one a picture; empty if not given.
            cond: used in place of the prompts' own conditioning, for all pictures of one batch.
        """
        job = job or Job()
        pictures = []
        for i in range(0, len(prompts), 8):
            part = slice(i, i + 8)
            texts = list(prompts[part])
            without = self.rows(list(negatives[part]) if negatives else [""] * len(texts), job)
            guided = GuidedDenoiser(UNetDenoiser(self.model), cond or self.rows(texts, job), without, job.scale)
            cut = dataclasses.replace(
                job,
                start=None if job.start is None else job.start[part],
                mask=None if job.mask is None else job.mask[part],
            )
            pictures.append(decode(self.model, self._sample(guided, list(seeds[part]), cut)))
        return torch.cat(pictures)

    @torch.inference_mode()
    def encode(self, pixels: Tensor) -> Tensor:
        """Latents (B, 4, h, w) of pixels (B, 3, H, W) in 0..1."""
        return self.model.vae.encode(pixels * 2 - 1).latent_dist.mode() * self.model.scale_factor

    @torch.inference_mode()
    def _sample(self, guided: GuidedDenoiser, seeds: list[int], job: Job) -> Tensor:
        levels = UNetDenoiser(self.model).levels
        sigmas = SCHEDULES.get("karras").with_final_zero(levels, job.steps)
        shape = (4, job.size[1] // 8, job.size[0] // 8)
        noise = torch.stack([torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds])
        begin: Tensor | None = None
        if job.start is not None:
            begin = self.encode(job.start)
            # As A1111: the last `denoising` share of the steps.
            sigmas = sigmas[job.steps - min(int(job.denoising * job.steps), job.steps - 1) - 1 :]
        x = noise * sigmas[0] + (0 if begin is None else begin)
        hole = None if job.mask is None else functional.interpolate(job.mask, shape[1:], mode="area")

        def denoiser(x: Tensor, sigma: Tensor) -> Tensor:
            out = guided(x, sigma)
            return out if hole is None or begin is None else out * hole + begin * (1 - hole)

        def on_step(step: int, _denoised: Tensor) -> None:
            guided.step = step + 1

        return SAMPLERS.get("DPM++ 2M").sample(denoiser, x, sigmas, noise=lambda: torch.randn(x.shape), on_step=on_step)
