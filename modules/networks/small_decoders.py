"""Files of small decoders and encoders: TAESD in models/VAE-taesd, approximations in models/VAE-approx.

They are loaded when they are first wanted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from modules.checkpoints.libraries import DecoderTiny, EncoderTiny
from modules.checkpoints.scan import printable
from modules.core.errors import CheckpointError, WebUIError
from modules.engine.latents.space import LatentSpace
from modules.engine.networks.small_decoders import (
    NO_TAESD,
    NO_TAESD_ENCODER,
    TAESD_ADVICE,
    TAESD_ENCODER_ADVICE,
    ApproximateDecoder,
    SmallDecoders,
    decode_small,
    encode_small,
)
from modules.networks.own_decoders import own_files, own_linear_decoder, says_whose
from modules.networks.pickles import load_pickle

log = logging.getLogger(__name__)

TAESD_FILES = ("taesd_decoder.safetensors", "taesd_decoder.pth")
TAESD_ENCODER_FILES = ("taesd_encoder.safetensors", "taesd_encoder.pth")
APPROXIMATE_FILES = ("model.safetensors", "model.pt")
SD1_LATENTS = LatentSpace()
_LARGEST_FILE = 256 * 2**20
_TAESD_BLOCKS = (3, 3, 3, 1)

Run = Callable[[nn.Module, Tensor], Tensor]


def find_small_decoders(
    models: Path,
    device: torch.device,
    dtype: torch.dtype,
    space: LatentSpace = SD1_LATENTS,
    shipped: Path | None = None,
) -> SmallDecoders:
    """Return the networks whose files are, or will be, in the models folder.

    Files under the usual names are for latents of Stable Diffusion 1; those in VAE-taesd that say whose latents they
    were made for come before them. `shipped` is the models folder that comes with the program.
    """
    folder, place = models / "VAE-taesd", (device, dtype)
    folders = [folder] if shipped in (None, models) else [folder, shipped / "VAE-taesd"]

    def usual(folder: Path, names: tuple[str, ...]) -> list[Path]:
        return [folder / name for name in names if space.is_sd1 and not says_whose(folder / name)]

    def decoders() -> list[Path]:
        return own_files(folders, space, "decoder") + usual(folder, TAESD_FILES)

    def encoders() -> list[Path]:
        return own_files(folders, space, "encoder") + usual(folder, TAESD_ENCODER_FILES)

    def approximations() -> list[Path]:
        return usual(models / "VAE-approx", APPROXIMATE_FILES)

    advice, encoder_advice = (TAESD_ADVICE, TAESD_ENCODER_ADVICE) if space.is_sd1 else (NO_TAESD, NO_TAESD_ENCODER)
    taesd = _NetworkFile(decoders, build_taesd, decode_small, *place, advice)
    encoder = _NetworkFile(encoders, build_taesd_encoder, encode_small, *place, encoder_advice)
    approximate = _NetworkFile(approximations, ApproximateDecoder, decode_small, *place)
    return SmallDecoders(
        taesd=taesd.get,
        taesd_encoder=encoder.get,
        approximate=approximate.get,
        linear=own_linear_decoder(folders, space),
        taesd_advice=advice,
        taesd_encoder_advice=encoder_advice,
    )


class _NetworkFile:
    """One of several files, loaded again when it changes; what is wrong with it is logged once."""

    def __init__(
        self,
        candidates: Callable[[], list[Path]],
        build: Callable[[Mapping[str, Tensor]], nn.Module],
        run: Run,
        device: torch.device,
        dtype: torch.dtype,
        missing: str = "",
    ) -> None:
        self._candidates = candidates
        self._build = build
        self._run = run
        self._device = device
        self._dtype = dtype
        self._missing = missing
        self._seen: tuple[Path, float] | None = None
        self._network: Callable[[Tensor], Tensor] | None = None
        self._told = False

    def get(self) -> Callable[[Tensor], Tensor] | None:
        """Return the network, or None if there is no file or it cannot be used."""
        path = next((path for path in self._candidates() if path.is_file()), None)
        if path is None:
            self._tell_missing()
            return None
        seen = (path, path.stat().st_mtime)
        if seen != self._seen:
            self._seen, self._network = seen, self._load(path)
        return self._network

    def _tell_missing(self) -> None:
        if self._missing and not self._told:
            log.info("%s The VAE or a rougher look takes its place.", self._missing)
        self._told = True

    def _load(self, path: Path) -> Callable[[Tensor], Tensor] | None:
        try:
            network = self._build(_read_state(path))
        except (WebUIError, ValueError) as error:
            log.warning("%s is not used: %s", printable(path.name), error)
            return None
        network = network.to(self._device, self._dtype).eval().requires_grad_(requires_grad=False)
        return partial(self._run, network)


def build_taesd(state: Mapping[str, Tensor]) -> nn.Module:
    """Build TAESD's decoder from a state dict in its own key names, or in those of diffusers.

    TAESD numbers the layers of its decoder from its clamp on (`1.weight`, `3.conv.0.weight`, ...), diffusers numbers
    them from the convolution behind it (`decoder.layers.0.weight`, ...).

    Raises:
        ValueError: the weights are of something else.
    """
    renamed = {_diffusers_name(name): tensor for name, tensor in state.items() if not name.startswith("encoder.")}
    first = renamed.get("layers.0.weight")
    if first is None or first.ndim != 4:
        raise ValueError("it holds no decoder of TAESD")
    decoder: Any = DecoderTiny(
        in_channels=first.shape[1],
        out_channels=3,
        num_blocks=_TAESD_BLOCKS,
        block_out_channels=(first.shape[0],) * len(_TAESD_BLOCKS),
        upsampling_scaling_factor=2,
        act_fn="relu",
        upsample_fn="nearest",
    )
    try:
        decoder.load_state_dict(renamed)
    except RuntimeError as error:
        raise ValueError("it holds no decoder of TAESD, or a part of one") from error
    return decoder


def build_taesd_encoder(state: Mapping[str, Tensor]) -> nn.Module:
    """Build TAESD's encoder from a state dict in its own key names, or in those of diffusers, which number alike.

    Raises:
        ValueError: the weights are of something else.
    """
    renamed = {
        name if name.startswith("layers.") else f"layers.{name}": tensor
        for name, tensor in ((name.removeprefix("encoder."), tensor) for name, tensor in state.items())
        if not name.startswith("decoder.")
    }
    last = renamed.get("layers.14.weight")
    if last is None or last.ndim != 4:
        raise ValueError("it holds no encoder of TAESD")
    encoder: Any = EncoderTiny(
        in_channels=3,
        out_channels=last.shape[0],
        num_blocks=_TAESD_BLOCKS[::-1],
        block_out_channels=(last.shape[1],) * len(_TAESD_BLOCKS),
        act_fn="relu",
    )
    try:
        encoder.load_state_dict(renamed)
    except RuntimeError as error:
        raise ValueError("it holds no encoder of TAESD, or a part of one") from error
    return encoder


def _diffusers_name(name: str) -> str:
    name = name.removeprefix("decoder.")
    number, dot, rest = name.partition(".")
    return f"layers.{int(number) - 1}{dot}{rest}" if number.isdecimal() else name


def _read_state(path: Path) -> Mapping[str, Tensor]:
    """Return the tensors of a file.

    Raises:
        CheckpointError: it cannot be read, or holds something else.
    """
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise CheckpointError("it is far too large to be a small decoder.")
        data = path.read_bytes()
        state = (
            safetensors.torch.load(data)
            if path.suffix == ".safetensors"
            else load_pickle(data, printable(path.name), _LARGEST_FILE)
        )
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"it cannot be read ({printable(str(error))}).") from error
    if not isinstance(state, Mapping) or not all(isinstance(value, Tensor) for value in state.values()):
        raise CheckpointError("it holds more than tensors by name.")
    return state
