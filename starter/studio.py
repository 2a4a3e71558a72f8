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
from modules.engine.sampling.masked import LatentMask, MaskedDenoiser
from modules.engine.sampling.registry import SAMPLERS
from modules.engine.sampling.sigmas import SCHEDULES, SigmaSettings
from modules.engine.sampling.trajectory import first_latents, img2img_steps, noised, run_sigmas, tail
from modules.engine.text.encoder import encode_composed, encode_prompts
from modules.engine.text.reading import TextSettings
from modules.engine.types import ComposedConditioning, Denoiser

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

    def rows(self, prompts: Sequence[str], job: Job) -> ComposedConditioning:
        """What the UNet attends to for these prompts, AND and scheduling included."""
        return encode_composed(self.model, prompts, job.steps, TextSettings(clip_skip=job.clip_skip))

    def draw(
        self,
        prompts: Sequence[str],
        seeds: Sequence[int],
        job: Job | None = None,
        *,
        negatives: Sequence[str] | None = None,
    ) -> Tensor:
        """Pixels (B, 3, H, W) in 0..1, one a prompt and seed, eight at a time.

        Args:
            prompts: one a picture.
            seeds: one a picture.
            job: how to draw.
            negatives: one a picture; empty if not given.
        """
        job = job or Job()
        pictures = []
        for i in range(0, len(prompts), 8):
            part = slice(i, i + 8)
            texts = list(prompts[part])
            negative = list(negatives[part]) if negatives else [""] * len(texts)
            without = encode_prompts(self.model, negative, job.steps, TextSettings(clip_skip=job.clip_skip))
            guided = GuidedDenoiser(UNetDenoiser(self.model), self.rows(texts, job), without, job.scale)
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
        """Sample as the program does: DPM++ 2M Karras, img2img's last steps, inpainting's mask of the latents."""
        levels, settings = UNetDenoiser(self.model).levels, SigmaSettings()
        sampler, schedule = SAMPLERS.get("DPM++ 2M"), SCHEDULES.get("karras")
        shape = (4, job.size[1] // 8, job.size[0] // 8)
        noise = torch.stack([torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds])
        denoiser: Denoiser = guided
        mask: LatentMask | None = None
        if job.start is None:
            sigmas = run_sigmas(sampler, schedule, levels, job.steps, settings)
            x = first_latents(noise, sigmas, sampler, settings)
        else:
            begin = self.encode(job.start)
            steps, place = img2img_steps(job.steps, job.denoising, exact=False)
            rest = tail(sampler, schedule, levels, steps, place, settings)
            x, sigmas = noised(begin, noise, rest), rest.sigmas
            if job.mask is not None:
                mask = LatentMask(functional.interpolate(job.mask, shape[1:], mode="area").round(), begin)
                denoiser = MaskedDenoiser(guided, mask, before=False)
        out = sampler.sample(
            denoiser, x, sigmas, noise=lambda: torch.randn(x.shape), on_step=lambda _step, _denoised: None
        )
        return out if mask is None else mask.keep(out)
