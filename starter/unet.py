"""Train the UNet on latents that are composed, encoded and captioned while it runs."""

from __future__ import annotations

import logging
import math
import time
from dataclasses import replace
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor, nn

from starter import vae_wiring as wiring
from starter import world
from starter.compose import Sprites
from starter.crew import Crew, pick_timesteps
from starter.diffusion import CFG_SCALE, STEPS, Denoiser, sample_dpmpp_2m
from starter.painter import ROWS, Painter, Pool, load_frozen, prompt_rows
from starter.specs import NATIVE, random_canvas
from starter.tokens import LENGTH
from starter.unet_model import UNet
from starter.vae import SCALE

log = logging.getLogger(__name__)

BATCH = 16
POOL = {NATIVE * NATIVE: 640}
OTHER_POOL = 64
FRESH = 0.2
"""Share of a batch that is newly painted; the rest is drawn from the pool with new noise."""
RATE = 1.0e-3
AGAIN = 0.6
"""Share of `RATE` from which a schedule that starts again falls."""
DROPPED, DECIDED = 0.08, 600
"""Share of captions dropped at random below timestep `DECIDED`. Above it only the `SILENT` pictures have no caption, so
what an empty prompt draws is settled among few; below it guidance must know every picture, or it bends them all."""
BLOB = 0.5
"""Strength of the blobs in the noise of scenes without an object: so the model learns to paint over a smudge."""


class Trainer:
    """The UNet, its running average and optimiser: all that must survive an interruption."""

    def __init__(self, cache: Path, seed: int = 0, threads: int = 2) -> None:
        torch.manual_seed(seed)
        self.cache = cache
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        if self.device.type == "cpu":
            torch.set_num_threads(1)  # the crew's threads are the only ones
        self.unet, self.average = UNet().to(self.device), UNet().to(self.device)
        self.average.load_state_dict(self.unet.state_dict())
        self.optimizer = torch.optim.AdamW(self.unet.parameters(), RATE, betas=(0.9, 0.97), weight_decay=0.01)
        self.step, self.spent = 0, 0.0
        self.again: tuple[int, float] | None = None  # step and seconds at which the present schedule began anew
        sprites = Sprites(cache)
        self.vae, basis, text = load_frozen(cache, sprites)
        if (cache / "unet.pt").exists():
            self.restore()
        self.painter = Painter(cache, self.vae, basis, text, seed + self.step)
        self.mean, self.gain = self.latent_scale()
        self.pools: dict[tuple[int, int], Pool] = {}
        on_gpu = self.device.type == "cuda"
        self.crew, self.piece = Crew(self.unet, 1 if on_gpu else threads), BATCH if on_gpu else 8

    def latent_scale(self) -> tuple[Tensor, Tensor]:
        """Mean and 1/std (4, 1, 1) of the latents; the export folds them into the VAE."""
        path = self.cache / "latent-scale.pt"
        if not path.exists():
            latents = self.painter.make(400, (NATIVE, NATIVE)).latents
            mean, std = latents.mean(dim=(0, 2, 3)), latents.std(dim=(0, 2, 3))
            torch.save((mean[:, None, None], 1 / std[:, None, None]), path)
        return torch.load(path)

    def restore(self) -> None:
        """Go on from `unet.pt`."""
        state = torch.load(self.cache / "unet.pt", map_location=self.device)
        self.unet.load_state_dict(state["unet"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.spent, self.again = state["step"], state["spent"], state.get("again")

    def save(self, spent: float) -> None:
        """Write `unet.pt` in one piece."""
        state = {
            "unet": self.unet.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "spent": spent,
            "again": self.again,
        }
        torch.save(state, self.cache / "unet.part")
        (self.cache / "unet.part").replace(self.cache / "unet.pt")

    def batch(self, late: bool) -> Pool:
        """Normed latents and rows of one canvas size; larger canvases come in smaller batches, and not early on."""
        canvas = random_canvas(self.painter.rng, 0.15 if late else 0.0)
        count = max(4, round(BATCH * NATIVE * NATIVE / (canvas[0] * canvas[1])))
        if canvas not in self.pools:
            self.pools[canvas] = self.painter.make(POOL.get(canvas[0] * canvas[1], OTHER_POOL), canvas)
        pool, fresh = self.pools[canvas], max(1, round(count * FRESH))
        new = self.painter.make(fresh, canvas)
        places = torch.randperm(len(pool.latents))[:count]
        pool.put(places[:fresh], new)
        chosen = pool.pick(places)
        return replace(chosen, latents=(chosen.latents - self.mean) * self.gain)

    def repeats(self) -> Tensor:
        """How many rows each of the `ROWS` stands for; now and then with a second chunk, as long prompts have."""
        repeats = torch.ones(ROWS, device=self.device)
        repeats[-1] = LENGTH - ROWS + 1 + (LENGTH if self.painter.rng.random() < 0.08 else 0)
        return repeats

    def update(self, done: float) -> float:
        """One optimiser step at `done` (0..1) of the planned time; returns the plain loss."""
        pool = self.batch(bool(self.again) or done > 0.6)
        trained = self.step - (self.again[0] if self.again else 0)
        warm = min(1, (trained + 1) / 150)
        rate = RATE * (AGAIN if self.again else 1) * warm * max(0.01, math.cos(done * math.pi / 2))
        self.optimizer.param_groups[0]["lr"] = rate
        # The mean colour is decided at the highest noise, shapes below it; both are slower to learn than details.
        preferred = (0.6, 350, STEPS) if self.again else (0.55, 500, STEPS) if done < 0.35 else (0.6, 300, 900)
        t = pick_timesteps(len(pool.latents), *preferred)
        dropped = (torch.rand(len(t)) < DROPPED) & (t < DECIDED)
        rows = torch.where(dropped[:, None, None], self.painter.empty, pool.rows)
        blobs = smudges(pool.latents, pool.lone & ~dropped)
        pieces = list(zip(*(x.to(self.device).split(self.piece) for x in (pool.latents, rows, t, blobs)), strict=True))
        plain = self.crew.gradients(pieces, self.repeats(), 0.2 if done < 0.7 and not self.again else 0.1)
        nn.utils.clip_grad_norm_(self.unet.parameters(), 1.0)
        self.optimizer.step()
        decay = min(0.9985, (1 + trained) / (10 + trained))
        for mean, p in zip(self.average.parameters(), self.unet.parameters(), strict=True):
            mean.data.lerp_(p.data, 1 - decay)
        self.step += 1
        return plain

    def run(self, minutes: float, *, again: bool = False) -> None:
        """Train until `minutes` in all are spent, earlier runs included; save and show now and then.

        Args:
            minutes: wall clock.
            again: start the schedule anew, for the minutes that are left; after an interruption it goes on.
        """
        if again and self.again is None:
            self.again = (self.step, self.spent)
        earlier = self.again[1] if self.again else 0.0
        begun = time.monotonic() - self.spent
        saved = shown = time.monotonic()
        losses: list[float] = []
        while (spent := time.monotonic() - begun) < 60 * minutes:
            losses.append(self.update((spent - earlier) / (60 * minutes - earlier)))
            if self.step % 25 == 0:
                recent = sum(losses[-200:]) / len(losses[-200:])
                log.info("unet %.0f of %.0f min, step %d, eps-mse %.4f", spent / 60, minutes, self.step, recent)
            if time.monotonic() - saved > 120:
                self.save(time.monotonic() - begun)
                saved = time.monotonic()
            if time.monotonic() - shown > 900:
                self.show(self.cache / f"grid-{self.step:06d}.png")
                shown = time.monotonic()
        self.again = None
        self.save(time.monotonic() - begun)

    @torch.no_grad()
    def show(self, path: Path, prompts: tuple[str, ...] = world.SHOWN, scale: float = CFG_SCALE) -> None:
        """Save a grid of sampled pictures."""
        rows = torch.cat([prompt_rows(self.painter, prompt) for prompt in prompts]).to(self.device)
        noise = torch.randn(len(prompts), 4, 16, 16, generator=torch.Generator().manual_seed(1)).to(self.device)
        empty = self.painter.empty[:, -1:].expand_as(rows).to(self.device)
        latents = sample_dpmpp_2m(Denoiser(self.average, rows, empty, scale), noise).cpu()
        z = (latents / self.gain + self.mean) / SCALE
        pixels = wiring.fast_decode(self.vae.decoder, self.vae.post_quant_conv(z))
        save_grid(pixels, path)


def smudges(latents: Tensor, chosen: Tensor) -> Tensor:
    """Soft blobs of a random size, place and colour, like `latents` (B, 4, h, w); 0 where not `chosen` (B)."""
    count, channels, height, width = latents.shape
    y = torch.arange(height)[:, None] - height / 2 - torch.randn(count, 1, 1)
    x = torch.arange(width) - width / 2 - torch.randn(count, 1, 1)
    radius = min(height, width) * (0.12 + 0.2 * torch.rand(count, 1, 1))
    bump = torch.exp(-(x**2 + y**2) / (2 * radius**2))[:, None]
    return BLOB * bump * torch.randn(count, channels, 1, 1) * chosen[:, None, None, None]


def save_grid(pixels: Tensor, path: Path, columns: int = 8) -> None:
    """Write pixels (B, 3, H, W) in -1..1 as one picture."""
    bytes_ = ((pixels.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
    height, width = bytes_.shape[1:3]
    sheet = Image.new("RGB", (columns * width, -(-len(bytes_) // columns) * height))
    for i, picture in enumerate(bytes_):
        sheet.paste(Image.fromarray(picture), (i % columns * width, i // columns * height))
    sheet.save(path)
