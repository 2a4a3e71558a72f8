"""Small companions of the starter model: one of every kind of file that people bring.

    python -m starter.companions.train style-lora --minutes 8
    python -m starter.evaluate --companions

Each is a row of `COMPANIONS`; its module has

    train(cache: Path, program: Path, minutes: float) -> None
        Go on where it was interrupted, for so many minutes of wall clock in all, and write its files below `program`.
    evaluate(stage: Stage) -> Iterator[Figure]
        Measure the written files through the program.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Companion:
    """One companion: its name on the command line, its module, its usual minutes of training, what it writes."""

    name: str
    module: str
    minutes: float
    files: tuple[str, ...]


COMPANIONS: tuple[Companion, ...] = (
    Companion("upscaler-4x", "starter.companions.upscaler", 11, ("models/RealESRGAN/4x-Easel-Starter.safetensors",)),
    Companion(
        "preview-decoder",
        "starter.companions.preview_decoder",
        10,
        ("models/VAE-taesd/easel-starter-decoder.safetensors",),
    ),
    Companion("style-lora", "starter.companions.style_lora", 10, ("models/Lora/easel-sticker.safetensors",)),
    Companion("subject-lora", "starter.companions.subject_lora", 12, ("models/Lora/easel-penguin.safetensors",)),
    Companion(
        "positive-embedding",
        "starter.companions.positive_embedding",
        4,
        ("embeddings/easel-midnight.safetensors", "embeddings/easel-midnight.png"),
    ),
    Companion(
        "negative-embedding",
        "starter.companions.negative_embedding",
        4,
        ("embeddings/easel-negative.safetensors", "embeddings/easel-negative.png"),
    ),
    Companion("hypernetwork", "starter.companions.hypernetwork", 8, ("models/hypernetworks/easel-sepia.pt",)),
    Companion(
        "inpainting",
        "starter.companions.inpainting",
        12,
        (
            "models/Stable-diffusion/easel-starter-inpainting.safetensors",
            "models/Stable-diffusion/easel-starter-inpainting.yaml",
        ),
    ),
    Companion(
        "glow",
        "starter.companions.glow",
        12,
        ("models/Stable-diffusion/easel-starter-glow.safetensors", "models/Stable-diffusion/easel-starter-glow.yaml"),
    ),
)
