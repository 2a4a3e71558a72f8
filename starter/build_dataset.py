"""Fetch the pinned inputs through npm and pip, check their hashes, and cut the objects out as sprites.

python -m starter.build_dataset --cache starter/.cache
"""

from __future__ import annotations

import argparse
import hashlib
import io
import logging
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from starter import world

log = logging.getLogger(__name__)

SPRITE_SIZES = (44, 56, 70, 84, 98, 112, 140)
"""Longest sides, in pixels, at which objects are drawn."""
SHADOW_MARGIN = 12
EXTRA_SPRITES = 300


@dataclass(frozen=True)
class Package:
    """A pinned package: where it comes from and what its file must hash to."""

    registry: str
    name: str
    version: str
    file: str
    sha256: str


EMOJI = Package(
    "npm",
    "@lobehub/fluent-emoji-3d",
    "1.1.0",
    "lobehub-fluent-emoji-3d-1.1.0.tgz",
    "c1bb7eee7de090205a232518a9ab4adb3df458bfbe8a1f78232991194c8b2e58",
)
VOCABULARY = Package(
    "pip",
    "open-clip-torch",
    "3.3.0",
    "open_clip_torch-3.3.0-py3-none-any.whl",
    "c549ad5ed6bfc119cc11105033c0a2b9d7a2a4afeb40a58a09aab3da1a0043ce",
)


def fetch(package: Package, cache: Path) -> Path:
    """The package's file in `cache`, fetched when missing.

    Raises:
        ValueError: the file is not the pinned one.
    """
    path = cache / package.file
    if not path.exists():
        wanted = (
            f"{package.name}@{package.version}" if package.registry == "npm" else f"{package.name}=={package.version}"
        )
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", wanted]
        command = ["npm", "pack", "--silent", wanted] if package.registry == "npm" else pip
        subprocess.run(command, cwd=cache, check=True, stdout=subprocess.DEVNULL)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != package.sha256:
        raise ValueError(f"{path} has sha256 {digest}, not {package.sha256}; delete it and try again.")
    return path


def read_emoji(archive: Path) -> dict[str, bytes]:
    """Code points -> webp bytes of every 3D render in the npm archive."""
    with tarfile.open(archive) as tar:
        return {
            Path(member.name).stem: tar.extractfile(member).read()
            for member in tar.getmembers()
            if member.name.endswith(".webp")
        }


def cut_out(webp: bytes, side: int, margin: int = SHADOW_MARGIN) -> np.ndarray:
    """An emoji cropped to its alpha box with a soft shadow, as premultiplied RGBA (H, W, 4) in 0..1.

    Width and height are multiples of 16, so that a centred sprite always falls alike on the 8x8 latent grid. The shadow
    lies a third of `margin` lower and is as soft as that.
    """
    image = Image.open(io.BytesIO(webp)).convert("RGBA")
    image = image.crop(image.getchannel("A").getbbox())
    scale = side / max(image.size)
    image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
    width, height = (-(-(n + 2 * margin) // 16) * 16 for n in image.size)
    canvas = Image.new("RGBA", (width, height))
    canvas.paste(image, ((width - image.width) // 2, (height - image.height) // 2))
    rgba = np.asarray(canvas, np.float32) / 255
    alpha = rgba[..., 3:]
    lowered = canvas.getchannel("A").transform(canvas.size, Image.Transform.AFFINE, (1, 0, 0, 0, 1, -(margin // 3)))
    shadow = np.asarray(lowered.filter(ImageFilter.GaussianBlur(margin // 3)), np.float32)[..., None] / 255 * 0.28
    return np.concatenate([rgba[..., :3] * alpha, alpha + (1 - alpha) * shadow], axis=-1)


def find_emoji(emoji: dict[str, bytes], code: str) -> bytes:
    """The render of `code`; some files carry "-fe0f" in their name and some do not."""
    return emoji.get(code) or emoji[code.replace("-fe0f", "")]


def build(cache: Path) -> None:
    """Write `sprites.npz`, `extra.npz` and `bpe.txt.gz` into `cache`."""
    cache.mkdir(parents=True, exist_ok=True)
    emoji = read_emoji(fetch(EMOJI, cache))
    sprites = {
        f"{name}/{side}": cut_out(find_emoji(emoji, code), side).astype(np.float16)
        for name, (code, _) in world.OBJECTS.items()
        for side in SPRITE_SIZES
    }
    np.savez(cache / "sprites.npz", **sprites)
    # Other pictures keep the VAE honest; flags and skin tones are left out.
    others = sorted(code for code in emoji if "-" not in code and not code.startswith(("1f1", "1f3f")))
    extra = {code: cut_out(emoji[code], 84).astype(np.float16) for code in others[:: len(others) // EXTRA_SPRITES]}
    np.savez(cache / "extra.npz", **extra)
    with zipfile.ZipFile(fetch(VOCABULARY, cache)) as wheel:
        (cache / "bpe.txt.gz").write_bytes(wheel.read("open_clip/bpe_simple_vocab_16e6.txt.gz"))
    log.info("%d sprites and %d other pictures in %s", len(sprites), len(extra), cache)


def main() -> None:
    """Build the data set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path("starter/.cache"))
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    build(arguments.cache)


if __name__ == "__main__":
    main()
