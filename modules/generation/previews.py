"""Which previews a job offers, and when (contract 5.9)."""

from __future__ import annotations

import logging
import weakref
from functools import partial
from typing import Any

from PIL.Image import Image
from torch import Tensor

from modules.core.errors import DeviceMemoryError
from modules.core.options import Settings
from modules.core.progress import Progress
from modules.engine.latents.preview import FULL, preview_image, preview_pixels, previews_are_cheap, tile
from modules.engine.model import DiffusionModel
from modules.generation import model_options, options
from modules.generation.models_in_use import ModelsInUse
from modules.hardware.memory import memory_errors

log = logging.getLogger(__name__)

COMBINED, NEGATIVE = "Combined", "Negative prompt"


class Previewer:
    """Offers the previews of one pass of sampling.

    They are made in the thread that asks for them, if somebody does, and so cost the job nothing; only where the VAE
    has to be moved to the device first, a full one is made at once.
    """

    def __init__(self, models: ModelsInUse, settings: Settings, progress: Progress) -> None:
        self._models = models
        self._settings = settings
        self._progress = progress
        self._interval = preview_interval(models.model, settings)

    def offer(self, step: int, denoised: Tensor, denoiser: object) -> None:
        """Offer a preview of a step, counted from 0, if it is one to be shown."""
        if self._interval < 1 or (step + 1) % self._interval:
            return
        model = weakref.ref(self._models.model)  # which may be let go before anybody looks
        latents = preview_subject(denoised, denoiser, self._settings[model_options.PREVIEW_CONTENT])
        make = partial(_make_preview, model, latents, self._settings)
        if preview_method(self._models.model, self._settings) == FULL and self._models.model.memory.moves_weights:
            image = make()
            self._progress.offer_preview(lambda: image)
        else:
            self._progress.offer_preview(make)


def _make_preview(
    reference: weakref.ReferenceType[DiffusionModel], latents: Tensor, settings: Settings
) -> Image | None:
    """Make a preview; None if there is no model any more, or no memory for it."""
    model = reference()
    if model is None:
        return None
    try:
        with memory_errors():
            grid = settings[model_options.PREVIEW_GRID]
            return preview_image(model, latents, preview_method(model, settings), grid=grid)
    except DeviceMemoryError as error:
        log.info("No preview: %s", error)
        return None


def offer_finished(images: list[Image], settings: Settings, progress: Progress) -> None:
    """Offer finished pictures while others are still to come."""
    if settings[options.PREVIEWS] and progress.more_to_come:
        shown = images if settings[model_options.PREVIEW_GRID] else images[:1]
        progress.offer_preview(lambda: tile(shown))


def preview_interval(model: DiffusionModel, settings: Settings) -> int:
    """Return every how many steps a preview is offered; below 1, never.

    The default leaves it to the model: where previews are cheap, each step has one.
    """
    if not settings[options.PREVIEWS]:
        return -1
    interval = settings[options.PREVIEW_INTERVAL]
    return 1 if interval == options.PREVIEW_INTERVAL.default and previews_are_cheap(model) else interval


def preview_method(model: DiffusionModel, settings: Settings) -> str:
    """Return the method to use: with --medvram and --lowvram the full one only if it is allowed."""
    method = settings[model_options.PREVIEW_METHOD]
    if method == FULL and model.memory.moves_weights and not settings[model_options.PREVIEW_LOWVRAM_FULL]:
        return model_options.PREVIEW_METHOD.default
    return method


def preview_subject(denoised: Tensor, denoiser: Any, content: str) -> Tensor:
    """Return the latents (B, 4, h, w) to show: as guided, or as the prompt or the negative prompt alone has them."""
    while hasattr(denoiser, "inner"):
        denoiser = denoiser.inner
    parts = getattr(denoiser, "last_parts", None)
    if content == COMBINED or parts is None:
        return denoised
    prompt, negative = parts
    chosen = negative if content == NEGATIVE and negative is not None else prompt
    return chosen if chosen.shape == denoised.shape else denoised


def interrupted_pixels(model: DiffusionModel, latents: Tensor, settings: Settings) -> Tensor:
    """Return pixels (B, 3, 8h, 8w) in 0..1 of an interrupted picture, as a preview shows it."""
    return preview_pixels(model, latents, preview_method(model, settings))
