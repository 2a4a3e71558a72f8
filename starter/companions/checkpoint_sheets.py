"""The documentation's pictures of the companion checkpoints: same seeds, none picked.

python -m starter.companions.checkpoint_sheets
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from modules.core.paths import STARTER
from starter.bench import article
from starter.companions import glow
from starter.companions.checkpoint import to_image
from starter.companions.inpainting_figures import CASES, MIDDLE, NAME, paint_in
from starter.companions.stage import Stage

SIDE, LINE, SEED = 128, 14, 1
PROMPTS = (
    "a cat on a blue background", "a red car on a white background", "a rocket at night", "a house on a meadow",
    "a blue star on an orange background", "a castle at sunset", "a mushroom in the forest",
)  # fmt: skip

Row = tuple[str, list[Tensor]]


def sheet(rows: Sequence[Row]) -> Image.Image:
    """Rows of pictures (3, 128, 128), each below its label."""
    out = Image.new("RGB", (SIDE * len(rows[0][1]), (SIDE + LINE) * len(rows)), "white")
    write = ImageDraw.Draw(out)
    for y, (label, pictures) in enumerate(rows):
        write.text((2, y * (SIDE + LINE) + 1), label, fill="black", font_size=10)
        for x, picture in enumerate(pictures):
            out.paste(to_image(picture), (x * SIDE, y * (SIDE + LINE) + LINE))
    return out


def draw(stage: Stage, prompts: Sequence[str], checkpoint: str | None) -> list[Tensor]:
    """A picture of each prompt."""
    used = {"sd_model_checkpoint": checkpoint} if checkpoint else {}
    return [
        stage.draw(prompt, seed=SEED + i, batch_size=1, override_settings=used)[0] for i, prompt in enumerate(prompts)
    ]


def glow_sheet(stage: Stage) -> Image.Image:
    """The starter, a merge halfway, the second style."""
    folder = stage.program / STARTER.parent
    with tempfile.TemporaryDirectory() as name:
        halfway = Path(name, STARTER.with_name("halfway.safetensors"))
        glow.write_halfway(folder / STARTER.name, folder / f"{glow.LABEL.name}.safetensors", halfway)
        between = draw(Stage(Path(name), 1), PROMPTS, None)
    first, last = (draw(stage, PROMPTS, checkpoint) for checkpoint in (STARTER.stem, glow.LABEL.name))
    return sheet([(STARTER.stem, first), ("a merge halfway", between), (glow.LABEL.name, last)])


def inpainting_sheet(stage: Stage) -> Image.Image:
    """Pictures with a hole, what the starter fills in, what the inpainting companion fills in."""
    cases = CASES[::2] + CASES[-1:]
    empty = draw(stage, [prompt for prompt, _ in cases], STARTER.stem)
    holes = [torch.where(MIDDLE.bool(), 0.5, picture) for picture in empty]
    rows: list[Row] = [("painted over, prompts: " + ", ".join(article(thing) for _, thing in cases), holes)]
    for name in (STARTER.stem, NAME):
        made = [
            paint_in(stage, name, picture, MIDDLE, article(thing), seed=SEED)
            for picture, (_, thing) in zip(empty, cases, strict=True)
        ]
        rows.append((name, made))
    return sheet(rows)


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=Path, default=Path(), help="the folder whose models are drawn with")
    parser.add_argument("--pictures", type=Path, default=Path("docs/images"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    stage = Stage(arguments.program, 1)
    glow_sheet(stage).save(arguments.pictures / "companion-easel-starter-glow.png", optimize=True)
    inpainting_sheet(stage).save(arguments.pictures / "companion-easel-starter-inpainting.png", optimize=True)


if __name__ == "__main__":
    main()
