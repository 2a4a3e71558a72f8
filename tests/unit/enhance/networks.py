"""Tiny networks of real architectures with random weights."""

from functools import partial
from pathlib import Path

import torch

from modules.enhance.torchvision_stand_in import torchvision_for_import

with torchvision_for_import():
    from spandrel.architectures.Compact import Compact
    from spandrel.architectures.DAT import DAT
    from spandrel.architectures.ESRGAN import ESRGAN
    from spandrel.architectures.HAT import HAT
    from spandrel.architectures.SCUNet import SCUNet
    from spandrel.architectures.SPAN import SPAN
    from spandrel.architectures.SwinIR import SwinIR

windowed = {"img_size": 16, "window_size": 8, "depths": [2], "embed_dim": 12, "num_heads": [2], "mlp_ratio": 2}
NETWORKS = {
    "ESRGAN": partial(ESRGAN, num_filters=8, num_blocks=1, scale=4),
    "RealESRGAN": partial(Compact, num_feat=8, num_conv=2, upscale=4),
    "SwinIR": partial(SwinIR, **windowed, upscale=2, upsampler="pixelshuffledirect", resi_connection="1conv"),
    "DAT": partial(
        DAT, img_size=16, split_size=[8, 8], depth=[2], embed_dim=32, num_heads=[2], expansion_factor=2, upscale=2
    ),
    "HAT": partial(HAT, **windowed, upscale=2, upsampler="pixelshuffle", compress_ratio=3, squeeze_factor=4),
    "ScuNET": partial(SCUNet, config=[1, 1, 1, 1, 1, 1, 1], dim=64),
    "SPAN": partial(SPAN, num_in_ch=3, num_out_ch=3, feature_channels=8, upscale=2),
}
FACTORS = {"ESRGAN": 4, "RealESRGAN": 4, "SwinIR": 2, "DAT": 2, "HAT": 2, "ScuNET": 1, "SPAN": 2}


def write_network(path: Path, kind: str, seed: int = 0) -> Path:
    """Write a file as its authors would: weights by name, those of ESRGAN under params_ema."""
    torch.manual_seed(seed)
    state = NETWORKS[kind]().state_dict()
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"params_ema": state} if kind == "ESRGAN" else state, path)
    return path
