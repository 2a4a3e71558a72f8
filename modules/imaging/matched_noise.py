"""Noise that looks like a continuation of a picture, for the sampler to begin with in outpainting mk2.

Source: the method of parlance-zz's g-diffuser-bot (MIT), as it was described: random noise takes over the spectrum of
the picture, so that it has its textures and the directions of its edges, and then the picture's colours. Constants are
those that give A1111's pictures (golden group scripts).
"""

from __future__ import annotations

import numpy as np

from modules.imaging.color_correction import match_histogram

Array = np.ndarray

NOT_KEPT = 1e-6
KEPT = 1e-3
"""A pixel is taken as new, or as known, where the mask is above or below."""


def matched_noise(image: Array, mask: Array, fall_off: float = 1.0, color_variation: float = 0.05) -> Array:
    """Return the picture (H, W, 3) in 0..1 with noise of its own kind where the mask is.

    1. What is known, with the mean brightness elsewhere, is transformed to frequencies.
    2. White noise, nearly grey, loses most of its high frequencies.
    3. The power of that noise, times the picture's magnitudes, with the picture's phases, is transformed back.
    4. Each channel gets the distribution of values that the known pixels have.

    Args:
        image: (H, W, 3) in 0..1.
        mask: (H, W) in 0..1; 1 is new.
        fall_off: exponent of the picture's magnitudes; lower keeps more detail.
        color_variation: how colourful the noise is, 0..1.
    """
    covered = mask[..., None]
    known = image * (1 - covered) + image.mean() * covered
    spectrum = _to_frequencies(known)
    magnitudes = np.abs(spectrum)
    phases = np.divide(spectrum, magnitudes, out=np.ones_like(spectrum), where=magnitudes > 0)

    power = np.abs(_to_frequencies(_soft_noise(image.shape, color_variation))) ** 2
    shaped = _to_pixels(power * magnitudes**fall_off * phases)
    new, kept = mask > NOT_KEPT, mask < KEPT
    if kept.any():
        shaped[new] = match_histograms(shaped[new], image[kept])
    return np.clip(image * (1 - covered) + shaped * covered, 0, 1)


def match_histograms(values: Array, like: Array) -> Array:
    """Return values (N, C) with the distribution that each channel of `like` (M, C) has, their order unchanged."""
    return np.stack([match_histogram(values[:, i], like[:, i]) for i in range(values.shape[1])], axis=1)


def _soft_noise(shape: tuple[int, ...], color_variation: float) -> Array:
    """Return noise that is weaker the higher the frequency; always the same, so that a seed gives one picture."""
    noise = np.random.default_rng(0).random(shape)
    noise = noise * color_variation + noise.mean(axis=2, keepdims=True) * (1 - color_variation)
    down, across = (1 / (_frequencies(length, min(shape[:2])) ** 2 + 1) for length in shape[:2])
    return _to_pixels(_to_frequencies(noise) * (down[:, None] * across[None, :])[..., None])


def _frequencies(length: int, shorter: int) -> Array:
    """Return the frequencies along a side: -1..1, and more along the longer side."""
    return (np.arange(length) / length * 2 - 1) * (length / shorter)


def _to_frequencies(pixels: Array) -> Array:
    return np.fft.fftshift(np.fft.fft2(pixels, axes=(0, 1), norm="ortho"), axes=(0, 1))


def _to_pixels(spectrum: Array) -> Array:
    return np.real(np.fft.ifft2(np.fft.ifftshift(spectrum, axes=(0, 1)), axes=(0, 1), norm="ortho"))
