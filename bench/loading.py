"""Seconds and peak memory of loading a full-size Stable Diffusion 1.5 file, ours against the plain way.

Run from the program folder: `venv/bin/python -m bench.loading`. Writes a file of 2.1 GB into a temporary folder.
"Plain" builds the modules with random weights, reads the whole file, converts all of it and copies it in.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

WAYS = {
    "ours, fp16 kept (what a GPU gets)": "ours fp16",
    "plain, fp16 kept": "plain fp16",
    "ours, fp32 (what a CPU computes in)": "ours fp32",
    "plain, fp32": "plain fp32",
}


def main() -> None:
    """Write the file, load it in each way in a process of its own, print a table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "full.safetensors")
        _write(path)
        print(f"File: {path.stat().st_size / 1e9:.2f} GB. Cold: not in the page cache. CPU: processor time.\n")
        print(f"{'':38} {'cold s':>8} {'warm s':>8} {'CPU s':>8} {'peak GB':>8}")
        results = {way: _measure(path, label, way) for label, way in WAYS.items()}
    for dtype in ("fp16", "fp32"):
        ours, plain = results[f"ours {dtype}"], results[f"plain {dtype}"]
        ratios = {name: plain[name] / ours[name] for name in ("cold", "warm", "cpu", "peak")}
        print(f"{dtype}: plain / ours = " + ", ".join(f"{name} {ratio:.1f}" for name, ratio in ratios.items()))


def _write(path: Path) -> None:
    from tests.unit.checkpoints.tiny_checkpoint import FULL, write_checkpoint

    write_checkpoint(path, FULL)


def _measure(path: Path, label: str, way: str) -> dict[str, float]:
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    cold, warm = (_run(path, way) for _ in range(2))
    result = {"cold": cold["wall"], "warm": warm["wall"], "cpu": warm["cpu"], "peak": warm["peak"]}
    print(f"{label:38} " + " ".join(f"{value:8.2f}" for value in result.values()), flush=True)
    return result


def _run(path: Path, way: str) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.loading", way, str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def load(way: str, path: Path) -> None:
    """Load in this process and print what it took, imports not counted in the times."""
    from modules.checkpoints.catalog import CheckpointInfo
    from modules.checkpoints.loading import draw_blueprint, read_weights
    from modules.hardware.precision import Precision

    kind, _, name = way.partition(" ")
    dtype = {"fp16": torch.float16, "fp32": torch.float32}[name]
    info = CheckpointInfo(path, path.name)
    wall, cpu = time.perf_counter(), time.process_time()
    if kind == "ours":
        blueprint = draw_blueprint(info)
        read_weights(blueprint, Precision(dtype, dtype, dtype))
    else:
        _load_plainly(path, dtype)
    taken = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    print(json.dumps({**taken, "peak": _peak_bytes() / 1e9}))


def _peak_bytes() -> int:
    """Return this program's highest resident memory. (getrusage would count the parent's before exec, too.)"""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def _load_plainly(path: Path, dtype: torch.dtype) -> object:
    from safetensors.torch import load_file

    from modules.checkpoints.architecture import sd1_architecture
    from modules.checkpoints.components import COMPONENTS
    from modules.checkpoints.hints import Hints
    from modules.checkpoints.libraries import AutoencoderKL, CLIPTextConfig, CLIPTextModel, UNet2DConditionModel

    tensors = {name: tensor.to(dtype, copy=True) for name, tensor in load_file(path).items()}
    sizes = sd1_architecture({name: tuple(tensor.shape) for name, tensor in tensors.items()}, Hints())
    modules = {
        "text_encoder": CLIPTextModel(CLIPTextConfig(**sizes.text_encoder)).to(dtype),
        "unet": UNet2DConditionModel(**sizes.unet).to(dtype),
        "vae": AutoencoderKL(**sizes.vae).to(dtype),
    }
    for name, module in modules.items():
        part = {key: tensors[key] for key in COMPONENTS[name].keys(tensors)}
        module.load_state_dict(COMPONENTS[name].convert(part, module), strict=False)
    return modules


if __name__ == "__main__":
    if len(sys.argv) > 1:
        load(sys.argv[1], Path(sys.argv[2]))
    else:
        main()
