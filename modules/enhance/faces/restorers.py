"""What restores faces: each face is found, turned upright, restored by a network, and laid back into its picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from PIL import Image
from torch import Tensor

from modules.core.errors import CheckpointError
from modules.core.flags import Flags
from modules.core.registry import Registry
from modules.enhance.download import RemoteFile, fetched
from modules.enhance.faces.alignment import align, cut_out, put_back
from modules.enhance.faces.detection import find_faces
from modules.enhance.job import EnhanceJob
from modules.enhance.network_upscale import split_alpha, to_image, to_tensor, with_alpha
from modules.hardware.device import choose_device
from modules.hardware.memory import memory_errors

if TYPE_CHECKING:
    from torch import nn

Restore = Callable[["nn.Module", Tensor, float], Tensor]
"""f(network, face (1, 3, 512, 512) in -1..1, weight) -> the same, restored."""


@dataclass(frozen=True)
class FaceRestorer:
    """A network that restores faces.

    Attributes:
        folder: in models/.
        flag: the folder that a flag names instead, if given.
        pattern: of the names of its files.
        remote: the file that is fetched when first used, if there is no other.
        load: reads a file.
        restore: runs the network on one face.
    """

    name: str
    folder: str
    flag: Callable[[Flags], Path | None]
    pattern: str
    remote: RemoteFile
    load: Callable[[Path], nn.Module]
    restore: Restore

    def path(self, models: Path, flags: Flags, job: EnhanceJob) -> Path:
        """Return the file; fetch it if none of that network is there.

        Raises:
            CheckpointError: it cannot be fetched.
        """
        folder = self.flag(flags) or models / self.folder
        if not (folder / self.remote.file).exists():
            others = sorted(path for path in folder.glob(self.pattern) if path.is_file())
            if others:
                return others[-1]
        return fetched(self.remote, folder, job)


def _load_gfpgan(path: Path) -> nn.Module:
    from modules.enhance.network_files import load_network  # spandrel takes a second to import

    network = load_network(path)
    if network.architecture.id != "GFPGAN":
        raise CheckpointError(f"{path.name} is no GFPGAN model: download GFPGANv1.4.pth.")
    return network.model


def _load_codeformer(path: Path) -> nn.Module:
    from modules.enhance.faces.codeformer import CodeFormer
    from modules.enhance.network_files import read_state

    state = read_state(path)
    state = state.get("params_ema", state)
    with torch.device("meta"):
        network = CodeFormer()
    try:
        network.load_state_dict({name: tensor.float() for name, tensor in state.items()}, assign=True)
    except (RuntimeError, AttributeError) as error:
        raise CheckpointError(f"{path.name} is no CodeFormer model: download codeformer-v0.1.0.pth.") from error
    return network.eval().requires_grad_(requires_grad=False)


def _run_gfpgan(network: nn.Module, face: Tensor, _weight: float) -> Tensor:
    return network(face, return_rgb=False, randomize_noise=False)[0]


def _run_codeformer(network: nn.Module, face: Tensor, weight: float) -> Tensor:
    return network(face, weight)


FACE_RESTORERS: Registry[FaceRestorer] = Registry("face restorer")
FACE_RESTORERS.add(
    FaceRestorer(
        "CodeFormer",
        "Codeformer",
        lambda flags: flags.codeformer_models_path,
        "[cC]ode[fF]ormer*.pth",
        RemoteFile(
            "codeformer-v0.1.0.pth",
            "https://github.com/sczhou/CodeFormer/releases/download/v0.1.0/codeformer.pth",
            "1009e537e0c2a07d4cabce6355f53cb66767cd4b4297ec7a4a64ca4b8a5684b7",
            376637898,
        ),
        _load_codeformer,
        _run_codeformer,
    ),
    FaceRestorer(
        "GFPGAN",
        "GFPGAN",
        lambda flags: flags.gfpgan_models_path,
        "GFPGAN*.pth",
        RemoteFile(
            "GFPGANv1.4.pth",
            "https://github.com/TencentARC/GFPGAN/releases/download/v1.3.0/GFPGANv1.4.pth",
            "e2cd4703ab14f4d01fd1383a8a8b266f9a5833dacee8e6a79d3bf21a1b6be5ad",
            348632874,
        ),
        _load_gfpgan,
        _run_gfpgan,
    ),
)


def restore_faces(
    image: Image.Image, restorer: FaceRestorer, models: Path, flags: Flags, job: EnhanceJob, weight: float = 0.5
) -> Image.Image:
    """Return the picture with its faces restored; without a face, or when cut short, as it is.

    Args:
        image: any mode; transparency stays.
        restorer: whose file is needed only if there is a face.
        models: the models folder.
        flags: choose the device and may name another folder.
        job: may cut the work short.
        weight: of CodeFormer, 0..1; 0 changes faces most.

    Raises:
        CheckpointError: the network's file cannot be fetched or read.
        DeviceMemoryError: there is not enough memory.
    """
    colours, alpha = split_alpha(image)
    faces = find_faces(colours, lambda: job.cut_short)
    if not faces:
        job.comment("No face was found to restore.")
        return image
    network, device = _network(restorer, models, flags, job)
    if job.progress is not None:
        job.progress.begin_sampling(len(faces))
    for number, face in enumerate(faces):
        if job.cut_short:
            return image
        alignment = align(face.points)
        with torch.inference_mode(), memory_errors():
            pixels = to_tensor(cut_out(colours, alignment)).mul(2).sub(1).to(device)
            restored = restorer.restore(network, pixels, weight)
        colours = put_back(colours, to_image(restored.float().add(1).div(2)), alignment)
        if job.progress is not None:
            job.progress.step_done(number + 1)
    return with_alpha(colours, alpha)


def _network(restorer: FaceRestorer, models: Path, flags: Flags, job: EnhanceJob) -> tuple[nn.Module, torch.device]:
    from modules.enhance.network_files import NETWORKS

    path = restorer.path(models, flags, job)
    device = choose_device(flags, restorer.name.lower())
    return NETWORKS.get(path, f"{restorer.name} {device}", lambda: restorer.load(path).to(device)), device
