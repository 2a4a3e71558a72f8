"""Where scripts step into a job. The flow calls these; `plugins/runner.py` answers for the scripts (contract 6.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL.Image import Image
from torch import Tensor

from modules.engine.sampling.masked import MaskBlend
from modules.engine.text.network_tags import NetworkTag


@dataclass
class PostSampleArgs:
    """Latents (B, 4, h, w) before they are decoded; may be replaced."""

    samples: Tensor


@dataclass
class PostprocessBatchListArgs:
    """The pictures of a batch, each (3, H, W) in 0..1; the list may grow, shrink or change."""

    images: list[Tensor]


@dataclass
class PostprocessImageArgs:
    """One picture; may be replaced."""

    image: Image
    index: int = 0


@dataclass
class PostProcessMaskOverlayArgs:
    """Mask and original of an inpainted picture, before the original is laid over it; may be replaced."""

    index: int
    mask_for_overlay: Image | None
    overlay_image: Image | None


@dataclass(frozen=True)
class BatchArgs:
    """What hooks of a batch are told of it; the lists are those of `p`."""

    batch_number: int
    prompts: Sequence[str]
    seeds: Sequence[int]
    subseeds: Sequence[int]


class Hooks:
    """Does nothing at each of them; the base of what scripts do. `p` is the job (`job.py`), and may be changed."""

    def wants(self, hook: str) -> bool:
        """Say whether anybody listens at a hook, where it costs something to call it."""
        return False

    def before_process(self, p: Any) -> None:
        """First of all: sizes, prompts and settings may still be changed."""

    def process(self, p: Any) -> None:
        """Prompts and seeds of all images are known: `p.all_prompts`, `p.all_seeds`."""

    def before_process_batch(self, p: Any, batch: BatchArgs) -> None:
        """A batch begins; network tags are still in its prompts."""

    def after_extra_networks_activate(
        self, p: Any, batch: BatchArgs, extra_network_data: dict[str, list[NetworkTag]]
    ) -> None:
        """The network tags of the batch's first prompt have been read."""

    def process_batch(self, p: Any, batch: BatchArgs) -> None:
        """The batch is about to be sampled."""

    def process_before_every_sampling(self, p: Any, x: Tensor, noise: Tensor, c: Any, uc: Any) -> None:
        """A pass of sampling begins: its latents, noise and conditionings. Tensors may be changed in place."""

    def before_hr(self, p: Any) -> None:
        """The second pass of Hires. fix is next."""

    def on_mask_blend(self, p: Any, blend: MaskBlend) -> None:
        """Kept and painted latents are put together, at each step and once at the end."""

    def post_sample(self, p: Any, samples: PostSampleArgs) -> None:
        """Latents of a batch are done."""

    def postprocess_batch(self, p: Any, images: Tensor, batch_number: int) -> None:
        """A batch is decoded: pixels (B, 3, H, W) in 0..1, which may be changed in place."""

    def postprocess_batch_list(self, p: Any, images: PostprocessBatchListArgs, batch_number: int) -> None:
        """The same, as a list that may change its length."""

    def postprocess_image(self, p: Any, image: PostprocessImageArgs) -> None:
        """A picture, before it is laid into the original."""

    def postprocess_maskoverlay(self, p: Any, overlay: PostProcessMaskOverlayArgs) -> None:
        """A picture is about to be laid into the original."""

    def postprocess_image_after_composite(self, p: Any, image: PostprocessImageArgs) -> None:
        """A whole picture, before it is saved."""

    def postprocess(self, p: Any, processed: Any) -> None:
        """Everything is done and saved."""


NO_HOOKS = Hooks()
