"""Giving a picture the colours of another one, while it keeps its own brightness (contract 5.6)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.float64]
"""(H, W, 3)."""

# sRGB and CIE Lab for the white point D65. Source: IEC 61966-2-1; CIE 15.
_TO_XYZ = np.array([[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]])
_WHITE = np.array([0.950456, 1.0, 1.088754])
_LINEAR_ONE, _WEIGHT_ONE, _ROOT_ONE = 255 * 8, 1 << 12, 1 << 15
"""What stands for 1 in whole numbers: linear light, weights, cube roots."""
_LUMINANCE = np.array([0.299, 0.587, 0.114])
"""Of the blend mode "Luminosity" (W3C, Compositing and Blending, section 10.3), with the weights of Rec. 601."""


def correct_colors(image: Image.Image, like: Image.Image) -> Image.Image:
    """Return the picture (RGB) with the distribution of colours that `like` has.

    The histograms of both are matched in Lab space, channel by channel; the result gets the luminosity of the picture.
    """
    own = np.asarray(image.convert("RGB"))
    lab, wanted = _to_lab8(own), _to_lab8(np.asarray(like.convert("RGB")))
    matched = np.stack([match_histogram(lab[..., i], wanted[..., i]) for i in range(3)], axis=-1)
    colored = _from_lab8(matched.astype(np.uint8))
    return Image.fromarray(_with_luminosity(colored / 255, own / 255))


def match_histogram(channel: NDArray[Any], wanted: NDArray[Any]) -> NDArray[np.float64]:
    """Return the channel with the cumulative histogram of another one.

    Source: Gonzalez and Woods, Digital Image Processing, histogram specification.
    """
    _, places, counts = np.unique(channel.ravel(), return_inverse=True, return_counts=True)
    values, wanted_counts = np.unique(wanted.ravel(), return_counts=True)
    shares, wanted_shares = np.cumsum(counts) / channel.size, np.cumsum(wanted_counts) / wanted.size
    return np.interp(shares, wanted_shares, values)[places].reshape(channel.shape)


def _to_lab8(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lab in bytes: L * 255 / 100, a + 128, b + 128.

    In the whole numbers that OpenCV counts with: matching histograms makes much of a difference of 1.
    """
    values = np.arange(256) / 255
    linear = np.where(values > 0.04045, ((values + 0.055) / 1.055) ** 2.4, values / 12.92)
    table = np.rint(_LINEAR_ONE * linear).astype(np.int64)
    weights = np.rint(_TO_XYZ / _WHITE[:, None] * _WEIGHT_ONE).astype(np.int64)
    xyz = (table[rgb] @ weights.T + _WEIGHT_ONE // 2) // _WEIGHT_ONE / _LINEAR_ONE
    f = np.rint(_ROOT_ONE * np.where(xyz < 0.008856, xyz * 7.787 + 16 / 116, np.cbrt(xyz))).astype(np.int64)
    lightness = (116 * 255 + 50) // 100 * f[..., 1] - (16 * 255 * _ROOT_ONE + 50) // 100
    a, b = 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])
    scaled = np.stack([lightness, a + 128 * _ROOT_ONE, b + 128 * _ROOT_ONE], axis=-1)
    return ((scaled + _ROOT_ONE // 2) // _ROOT_ONE).clip(0, 255).astype(np.uint8)


def _from_lab8(lab: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return RGB 0..255, whole numbers."""
    values = lab.astype(np.float64)
    lightness, a, b = values[..., 0] / 2.55, values[..., 1] - 128, values[..., 2] - 128
    y = np.where(lightness > 903.3 * 0.008856, ((lightness + 16) / 116) ** 3, lightness / 903.3)
    fy = np.where(lightness > 903.3 * 0.008856, (lightness + 16) / 116, 7.787 * y + 16 / 116)
    f = np.stack([fy + a / 500, fy, fy - b / 200], axis=-1)
    xyz = np.where(f > 6 / 29, f**3, (f - 16 / 116) / 7.787) * _WHITE
    linear = (xyz @ np.linalg.inv(_TO_XYZ).T).clip(0, 1)
    rgb = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)
    return np.rint(rgb * 255).clip(0, 255)


def _with_luminosity(colored: Pixels, bright: Pixels) -> NDArray[np.uint8]:
    """Return the colours of one with the luminosity of the other, as "Luminosity" blends them."""
    mixed = colored + ((bright - colored) @ _LUMINANCE)[..., None]
    luminosity = (mixed @ _LUMINANCE)[..., None]
    low, high = mixed.min(-1, keepdims=True), mixed.max(-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        mixed = np.where(low < 0, luminosity + (mixed - luminosity) * luminosity / (luminosity - low), mixed)
        mixed = np.where(high > 1, luminosity + (mixed - luminosity) * (1 - luminosity) / (high - luminosity), mixed)
    return (mixed.clip(0, 1) * 255).astype(np.uint8)
