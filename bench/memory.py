"""What the memory plans keep on the device and move there, for one picture of Stable Diffusion 1.5 in fp16.

Run from the program folder: `venv/bin/python -m bench.memory`. Needs no GPU: a stand-in counts what would be moved,
so these are weights only, without what computing itself needs.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from modules.hardware.memory import AllOnDevice, LayerByLayer, MemoryPlan, OneAtATime

STEPS = 20
GPU, CPU = torch.device("cuda"), torch.device("cpu")
FP16_SHARE = 0.5
"""The stand-ins hold fp32 weights, a GPU gets fp16."""


class Ledger:
    """Counts bytes that are on the device, and bytes brought there."""

    def __init__(self) -> None:
        self.present: dict[object, float] = {}
        self.most = 0.0
        self.brought = 0.0

    def arrive(self, item: object, size: float) -> None:
        """Book something in, if it is not there already."""
        if item not in self.present:
            self.brought += size
        self.present[item] = size
        self.most = max(self.most, sum(self.present.values()))

    def leave(self, item: object) -> None:
        """Book something out."""
        self.present.pop(item, None)


class Traveller(nn.Module):
    """Stands for a whole module: `to` only books the journey."""

    def __init__(self, module: nn.Module, ledger: Ledger) -> None:
        super().__init__()
        self.size = FP16_SHARE * sum(parameter.nbytes for parameter in module.parameters())
        self.ledger = ledger

    def to(self, device: torch.device) -> Traveller:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Book the journey."""
        if device == GPU:
            self.ledger.arrive(self, self.size)
        else:
            self.ledger.leave(self)
        return self


def main() -> None:
    """Print a table: a row a plan."""
    modules = _build()
    print(f"{'':24} {'most on device':>15} {'moved, first picture':>21} {'moved, each next':>17}")
    for label, run in (("no flag", _all), ("--medvram", _one), ("--lowvram", _layers)):
        ledger = Ledger()
        plan, unet_step = run(modules, ledger)
        _make_picture(plan, unet_step, ledger)
        first = ledger.brought
        _make_picture(plan, unet_step, ledger)
        print(
            f"{label:24} {ledger.most / 1e6:12.0f} MB {first / 1e6:18.0f} MB {(ledger.brought - first) / 1e6:14.0f} MB"
        )


def _build() -> dict[str, nn.Module]:
    from modules.checkpoints.architecture import sd1_architecture
    from modules.checkpoints.hints import Hints
    from modules.checkpoints.libraries import AutoencoderKL, CLIPTextConfig, CLIPTextModel, UNet2DConditionModel
    from tests.unit.checkpoints.tiny_checkpoint import FULL, sd1_shapes

    sizes = sd1_architecture(sd1_shapes(FULL), Hints())
    with torch.device("meta"):
        return {
            "text_encoder": CLIPTextModel(CLIPTextConfig(**sizes.text_encoder)),
            "unet": UNet2DConditionModel(**sizes.unet),
            "vae": AutoencoderKL(**sizes.vae),
        }


def _make_picture(plan: MemoryPlan, unet_step: Callable[[], object], ledger: Ledger) -> None:
    with plan.use("text_encoder"):
        pass
    with plan.use("unet"):
        before = ledger.brought
        unet_step()
        ledger.brought += (ledger.brought - before) * (STEPS - 1)  # the other steps move the same
    with plan.use("vae"):
        pass


def _all(modules: dict[str, nn.Module], ledger: Ledger) -> tuple[MemoryPlan, Callable[[], object]]:
    return AllOnDevice(_travellers(modules, ledger), GPU), lambda: None


def _one(modules: dict[str, nn.Module], ledger: Ledger) -> tuple[MemoryPlan, Callable[[], object]]:
    return OneAtATime(_travellers(modules, ledger), GPU), lambda: None


def _layers(modules: dict[str, nn.Module], ledger: Ledger) -> tuple[MemoryPlan, Callable[[], object]]:
    """The real UNet with diffusers' real hooks, which "move" its layers from the CPU to the CPU."""
    from diffusers.hooks.group_offloading import ModuleGroup

    from modules.checkpoints.streaming import stream_layers

    def onload(group: ModuleGroup) -> None:
        tensors = [tensor for module in group.modules for tensor in module.parameters()] + group.parameters
        ledger.arrive(group, FP16_SHARE * sum(tensor.nbytes for tensor in tensors))

    ModuleGroup.onload_ = onload  # type: ignore[method-assign]
    ModuleGroup.offload_ = lambda group: ledger.leave(group)  # type: ignore[method-assign]
    unet = modules["unet"].to_empty(device="cpu").requires_grad_(requires_grad=False)
    plan = LayerByLayer(
        {**_travellers(modules, ledger), "unet": unet},
        GPU,
        lambda module, _: stream_layers(module, CPU),
    )
    x, context = torch.zeros(1, 4, 8, 8), torch.zeros(1, 77, 768)
    return plan, torch.inference_mode()(lambda: unet(x, torch.zeros(1), context))


def _travellers(modules: dict[str, nn.Module], ledger: Ledger) -> dict[str, nn.Module]:
    return {name: Traveller(module, ledger) for name, module in modules.items()}


if __name__ == "__main__":
    main()
