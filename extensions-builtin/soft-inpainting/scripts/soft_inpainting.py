"""Soft inpainting: a mask of many shades repaints more here and less there, and the edges of a change are found anew.

Three things are done (contract 7.11), all measured against A1111's picture (golden case inpaint/soft-inpainting):

1. The mask of the latents keeps its shades.
2. At each step the shade m of the mask lets the painted latents through by m ** (strength * sigma ** bias): nearly all
   of them late in the run, when the noise sigma is low. Mixed latents are brought to a length between those of the two,
   which keeps contrast: the mean of the lengths to the power of `boost`.
3. Where the latents have hardly changed in the end, the original's pixels are laid over the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
import torch
from PIL import Image, ImageFilter, ImageOps
from torch import Tensor

from modules import scripts
from modules.frontend.components.input_accordion import input_accordion
from modules.generation.img2img_options import BACKGROUND
from modules.imaging.mask import cut_out, flatten
from modules.imaging.resize import ResizeMode, resize_image
from modules.plugins.arguments import read_flag, read_number
from modules.plugins.picture_jobs import settings_of

PREFIX = "Soft inpainting"

CONTROLS: tuple[tuple[str, str, tuple[float, float, float], float, str], ...] = (
    (
        "mask_blend_power",
        "Schedule bias",
        (0, 8, 0.1),
        1,
        "How much more the original counts in the first steps than in the last; 0 treats all alike.",
    ),
    (
        "mask_blend_scale",
        "Preservation strength",
        (0, 8, 0.05),
        0.5,
        "How firmly the grey parts of the mask hold on to the original.",
    ),
    (
        "inpaint_detail_preservation",
        "Transition contrast boost",
        (1, 32, 0.5),
        4,
        "Keeps contrast where original and new picture are mixed; 1 is a plain mix.",
    ),
    (
        "composite_mask_influence",
        "Mask influence",
        (0, 1, 0.05),
        0,
        "How much the mask decides about the original's pixels at the end, rather than what has changed.",
    ),
    (
        "composite_difference_threshold",
        "Difference threshold",
        (0, 8, 0.25),
        0.5,
        "How much must have changed for half of the original to give way; 0 keeps none of it.",
    ),
    (
        "composite_difference_contrast",
        "Difference contrast",
        (0, 8, 0.25),
        2,
        "How sharp the edge is between the original's pixels and new ones.",
    ),
)
"""elem_id, label, (smallest, largest, step), start value, explanation."""

KERNEL_RADIUS = 2
KERNEL_WIDTH = 1.5
SMOOTHING = 4
"""Radius in pixels by which the final mask is blurred, so that the latents' squares do not show."""


@dataclass(frozen=True)
class Softness:
    """The values of the controls, in their order; see `CONTROLS`."""

    bias: float
    strength: float
    boost: float
    mask_influence: float
    threshold: float
    contrast: float


class Script(scripts.Script):
    """Always there in img2img, among the controls of inpainting."""

    section = "inpaint"
    create_group = False

    def __init__(self) -> None:
        self._softness: Softness | None = None
        """Of the present job, if it wants any."""
        self._masks: list[Image.Image] = []
        self._overlays: list[Image.Image] = []

    def title(self) -> str:
        return PREFIX

    def show(self, is_img2img: bool) -> Any:
        return scripts.AlwaysVisible if is_img2img else False

    def ui(self, is_img2img: bool) -> list[Any]:
        with input_accordion(PREFIX, "soft_inpainting_enabled") as head:
            gr.Markdown(
                "Blends what is painted into what is there, over the whole blur of the mask. Use a high mask blur and "
                "a denoising strength of 0.7 or more."
            )
            sliders = [
                gr.Slider(*bounds[:2], start, step=bounds[2], label=label, info=info, elem_id=elem_id, interactive=True)
                for elem_id, label, bounds, start, info in CONTROLS
            ]
        self.infotext_fields = [
            (head.enabled, f"{PREFIX} enabled"),
            *((slider, f"{PREFIX} {label.lower()}") for slider, (_, label, *_) in zip(sliders, CONTROLS, strict=True)),
        ]
        self.paste_field_names = [label for _, label in self.infotext_fields]
        return [head.enabled, *sliders]

    def process(self, p: Any, enabled: Any, *values: Any) -> None:
        """Let the mask keep its shades, and write the values down."""
        self._softness, self._masks, self._overlays = None, [], []
        if not read_flag(f"{PREFIX} enabled", enabled) or getattr(p, "image_mask", None) is None:
            return
        self._softness = read_softness(values)
        p.mask_round = False
        labels = [label.lower() for _, label, *_ in CONTROLS]
        p.extra_generation_params[f"{PREFIX} enabled"] = True
        p.extra_generation_params |= {f"{PREFIX} {label}": value for label, value in zip(labels, values, strict=True)}

    def on_mask_blend(self, p: Any, mba: Any, *_: Any) -> None:
        """Blend the latents of a step; at the end the painted ones are taken as they are.

        What no shade of the mask reaches is the original at the end too; DDIM and its kind would leave it changed.
        """
        if self._softness is None:
            return
        if mba.is_final_blend:
            mba.blended_latent = torch.where(mba.nmask == 0, mba.init_latent, mba.current_latent)
            return
        share = painted_share(mba.nmask, mba.sigma[0].item(), self._softness)
        mba.blended_latent = blend_latents(mba.init_latent, mba.current_latent, share, self._softness.boost)

    def post_sample(self, p: Any, ps: Any, *_: Any) -> None:
        """Find where the originals' pixels are to be seen."""
        if self._softness is None or p.nmask is None or p.init_latent is None:
            return
        originals = whole_pictures(p)
        changed = changed_share(p.init_latent, ps.samples, p.nmask, self._softness)
        originals = [originals[i % len(originals)] for i in range(len(changed))]
        self._masks = [
            show_mask(share, (p.width, p.height), p.paste_to, original.size)
            for share, original in zip(changed, originals, strict=True)
        ]
        self._overlays = [cut_out(original, mask) for original, mask in zip(originals, self._masks, strict=True)]

    def postprocess_maskoverlay(self, p: Any, ppmo: Any, *_: Any) -> None:
        """Lay those pixels over the result in place of the usual ones."""
        if ppmo.overlay_image is not None and ppmo.index < len(self._masks):
            ppmo.mask_for_overlay = self._masks[ppmo.index]
            ppmo.overlay_image = self._overlays[ppmo.index]


def read_softness(values: Sequence[Any]) -> Softness:
    """Read the values of the sliders.

    Raises:
        InputError: one is out of range.
    """
    read = [
        read_number(f"{PREFIX}: {label}", value, bounds[0], bounds[1])
        for value, (_, label, bounds, *_) in zip(values, CONTROLS, strict=True)
    ]
    return Softness(*read)


# --- at each step -------------------------------------------------------------------------------------------------


def painted_share(mask: Tensor, sigma: float, softness: Softness) -> Tensor:
    """Return how much of the painted latents is let through, 0..1, by the mask (1 is painted) and the noise level."""
    return mask ** (softness.strength * sigma**softness.bias)


def blend_latents(original: Tensor, painted: Tensor, share: Tensor, boost: float) -> Tensor:
    """Mix latents (B, C, h, w) by a share (..., 1, h, w); vectors over the channels get lengths mixed in their own way.

    The mean of powers prefers the longer of the two, and is taken in 64 bits, which high powers need.
    """
    mixed = original * (1 - share) + painted * share
    lengths = [latents.double().norm(dim=1, keepdim=True) for latents in (original, painted, mixed)]
    wanted = (lengths[0] ** boost * (1 - share) + lengths[1] ** boost * share) ** (1 / boost)
    return (mixed * (wanted / (lengths[2] + 1e-5))).to(painted.dtype)


# --- at the end ---------------------------------------------------------------------------------------------------


def changed_share(original: Tensor, painted: Tensor, mask: Tensor, softness: Softness) -> np.ndarray:
    """Return how much of the new picture is seen, 0..1, of each image, (B, h, w).

    Args:
        original: latents (B, C, h, w).
        painted: what became of them.
        mask: 1 is painted, (1, 1, h, w).
        softness: the difference that is half of a change, and how sharp its edge is.
    """
    distances = (painted.float() - original.float()).norm(dim=1).cpu().double().numpy()
    half = softness.threshold * tolerance(mask, softness)
    kernel = tapered_gaussian(KERNEL_WIDTH, KERNEL_RADIUS)
    return np.stack([_changed(distance, half, kernel, softness.contrast) for distance in distances])


def tolerance(mask: Tensor, softness: Softness) -> np.ndarray:
    """Return what the threshold is multiplied by (h, w): 1, or by the mask's influence more where it keeps."""
    keeps = 1 - mask[0, 0].float().clamp(0, 1) ** (softness.strength / 2)
    share = 0.5 * (1 - softness.mask_influence) + keeps * softness.mask_influence
    return (share / (1.00001 - share)).cpu().double().numpy()


def _changed(distance: np.ndarray, half: np.ndarray, kernel: np.ndarray, contrast: float) -> np.ndarray:
    spread = local_quantiles(distance, kernel, 0.9, 1)  # a change reaches a little beyond itself,
    spread = local_quantiles(spread, kernel, 0.25, 0.75)  # and lone latents do not count
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = np.nan_to_num(spread / half, nan=0.0, posinf=np.inf)
        kept = 1 / (1 + ratio**contrast)
    return 1 - kept**3 * (kept * (kept * 6 - 15) + 10)  # Perlin's smoother step


def tapered_gaussian(width: float, radius: int) -> np.ndarray:
    """Return a Gaussian of that width (2 radius + 1, 2 radius + 1), 1 in the middle and 0 right outside."""
    steps = np.arange(-radius, radius + 1)
    squares = steps[:, None] ** 2 + steps[None, :] ** 2
    outside = np.exp(-(((radius + 1) / width) ** 2))
    return np.maximum((np.exp(-squares / width**2) - outside) / (1 - outside), 0)


def local_quantiles(values: np.ndarray, kernel: np.ndarray, low: float, high: float, least: float = 1.0) -> np.ndarray:
    """Return at each place the weighted mean of those neighbours between two quantiles.

    With the quantiles 0.25 and 0.75 that is a soft median, with 0.9 and 1 a soft maximum.

    Args:
        values: (h, w).
        kernel: weights of the neighbours, of odd sides.
        low: quantile.
        high: quantile.
        least: weight of neighbours that must be between them; the range is widened around its middle.
    """
    radius = kernel.shape[0] // 2
    framed = np.pad(values, radius)
    inside = np.pad(np.ones_like(values), radius)
    windows, weights = (
        np.lib.stride_tricks.sliding_window_view(array, kernel.shape).reshape(*values.shape, -1)
        for array in (framed, inside)
    )
    weights = weights * kernel.ravel()
    order = windows.argsort(axis=-1)
    ordered, weights = np.take_along_axis(windows, order, -1), np.take_along_axis(weights, order, -1)
    ends = weights.cumsum(axis=-1)
    total = ends[..., -1:]
    width = np.minimum(np.maximum((high - low) * total, least), total)
    start = np.clip((low + high) / 2 * total - width / 2, 0, total - width)
    counted = np.clip(np.minimum(ends, start + width) - np.maximum(ends - weights, start), 0, None)
    return (ordered * counted).sum(axis=-1) / counted.sum(axis=-1)


# --- pictures -----------------------------------------------------------------------------------------------------


def show_mask(
    changed: np.ndarray, size: tuple[int, int], paste_to: tuple[int, int, int, int] | None, whole: tuple[int, int]
) -> Image.Image:
    """Return a mask of latents (h, w) in 0..1 as a mask (mode L) of the whole picture.

    Args:
        changed: 1 is new.
        size: of the part that was painted.
        paste_to: where that part belongs: left, top, width and height; None is all of it.
        whole: size of the picture.
    """
    small = Image.fromarray((changed * 255).astype(np.uint8))
    mask = resize_image(ResizeMode.FILL, small, *size).filter(ImageFilter.GaussianBlur(SMOOTHING))
    if paste_to is None:
        return resize_image(ResizeMode.STRETCH, mask, *whole)
    left, top, width, height = paste_to
    sheet = Image.new("L", whole)
    sheet.paste(resize_image(ResizeMode.CROP, mask, width, height), (left, top))
    return sheet


def whole_pictures(p: Any) -> list[Image.Image]:
    """Return the originals as the usual overlays have them, without their holes."""
    background = settings_of(p)[BACKGROUND]
    pictures = [flatten(ImageOps.exif_transpose(picture), background) for picture in p.init_images]
    if p.paste_to is not None or p.resize_mode == ResizeMode.LATENT:
        return pictures
    return [resize_image(ResizeMode(p.resize_mode), picture, p.width, p.height) for picture in pictures]
