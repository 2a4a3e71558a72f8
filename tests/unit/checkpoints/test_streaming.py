"""What --lowvram does to a real UNet: which layer is on the device when, and that the numbers stay the same."""

import pytest
import torch
from diffusers.hooks.group_offloading import ModuleGroup
from torch import nn

from modules.checkpoints.catalog import CheckpointInfo
from modules.checkpoints.loading import load_checkpoint
from modules.checkpoints.streaming import stream_layers
from modules.core.flags import Flags
from modules.hardware.memory import LayerByLayer, OneAtATime
from tests.unit.checkpoints.tiny_checkpoint import Sizes, write_checkpoint

SIZES = Sizes(multipliers=(1, 2), attended=(True, False), text_layers=1, vae_multipliers=(1, 1))
CPU = torch.device("cpu")


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "tiny.safetensors"
    write_checkpoint(path, SIZES)
    return load_checkpoint(CheckpointInfo(path, path.name), Flags())


@torch.inference_mode()
def denoise(unet: nn.Module) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 4, 8, 8, generator=generator)
    return unet(x, torch.tensor([5.0, 900.0]), torch.randn(2, 77, 128, generator=generator)).sample


class Device:
    """Stands for a GPU's memory: counts the bytes that layers bring and take away."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.present: dict[ModuleGroup, int] = {}
        self.most = 0
        self.visits = 0
        onload, offload = ModuleGroup.onload_, ModuleGroup.offload_
        monkeypatch.setattr(ModuleGroup, "onload_", lambda group: (self.arrive(group), onload(group)))
        monkeypatch.setattr(ModuleGroup, "offload_", lambda group: (self.leave(group), offload(group)))

    def arrive(self, group: ModuleGroup) -> None:
        tensors = [tensor for module in group.modules for tensor in module.parameters()] + group.parameters
        self.present[group] = sum(tensor.nbytes for tensor in tensors)
        self.visits += 1
        self.most = max(self.most, sum(self.present.values()))

    def leave(self, group: ModuleGroup) -> None:
        self.present.pop(group, None)


def size(module: nn.Module) -> int:
    return sum(parameter.nbytes for parameter in module.parameters())


def test_only_the_layer_that_computes_is_on_the_device(model, monkeypatch):
    expected = denoise(model.unet)
    device = Device(monkeypatch)
    stream_layers(model.unet, CPU)

    visits_before, device.most = device.visits, 0
    result = denoise(model.unet)

    leaves = [module for module in model.unet.modules() if not list(module.children()) and size(module)]
    assert torch.equal(result, expected)
    assert device.visits - visits_before >= len(leaves)
    assert device.most == max(size(leaf) for leaf in leaves)
    assert device.most < size(model.unet) / 10
    assert not device.present


def test_each_layer_is_there_when_it_computes_and_gone_when_the_next_does(model, monkeypatch):
    device = Device(monkeypatch)
    names = {module: name for name, module in model.unet.named_modules()}
    seen: list[tuple[str, list[str]]] = []

    def watch(module, _arguments):
        present = [names[part] for group in device.present for part in group.modules]
        seen.append((names[module], present))

    leaves = [module for module in model.unet.modules() if isinstance(module, nn.Conv2d | nn.Linear)]
    inner = [module.forward for module in leaves]
    for module, forward in zip(leaves, inner, strict=True):
        monkeypatch.setattr(
            module, "forward", lambda *a, m=module, f=forward, **k: (watch(m, a), f(*a, **k))[1], raising=True
        )
    stream_layers(model.unet, CPU)
    denoise(model.unet)

    assert len(seen) == len(leaves)
    assert all(present == [name] for name, present in seen)


def test_the_plans_compute_the_same_picture(model):
    components = {"text_encoder": model.text_encoder, "unet": model.unet, "vae": model.vae}
    expected = denoise(model.unet)

    for plan in (OneAtATime(components, CPU), LayerByLayer(components, CPU, stream_layers)):
        for name in ("text_encoder", "unet", "vae", "unet"):
            with plan.use(name):
                assert torch.equal(denoise(model.unet), expected)
