"""What lies beside the companions' files: a preview picture, words for the card, and the pictures of the documentation.

python -m starter.companions.cards --only easel-sticker
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image, ImageDraw
from safetensors import safe_open
from torch import Tensor

from starter.companions.stage import Stage
from starter.companions.textual_inversion import write_picture

LABEL, PREVIEW_SEED, SHEET_SEED = 14, 100, 1
NOTES = (
    "For the Easel starter model (128 x 128 pixels). MIT License. Trained on pictures composed from Microsoft's Fluent "
    "emoji (3D), MIT License, Copyright (c) Microsoft Corporation."
)


@dataclass(frozen=True)
class Row:
    """One row of a sheet: its label, and what is put behind each prompt or into the negative prompt."""

    label: str
    added: str = ""
    negative: str = ""


@dataclass(frozen=True)
class Card:
    """A companion as the page and the documentation show it.

    Attributes:
        file: below the program's folder.
        preview: the prompt of the preview picture.
        words: for the card, under A1111's keys.
        prompts: of the sheet's columns.
        rows: of the sheet.
    """

    file: str
    preview: str
    words: dict[str, Any]
    prompts: tuple[str, ...]
    rows: tuple[Row, ...]
    negative: str = ""

    @property
    def name(self) -> str:
        """What the file is called."""
        return Path(self.file).stem


CARDS = (
    Card(
        "models/Lora/easel-sticker.safetensors",
        "a cat on a blue background, sticker <lora:easel-sticker:1>",
        {
            "description": "Style: every object becomes a sticker with a white rim.",
            "sd version": "SD1",
            "activation text": "sticker",
            "preferred weight": 1.0,
            "notes": NOTES,
        },
        ("a cat on a blue background", "a house on a green background", "a rocket at night", "a heart", "a red car"),
        (
            Row("without"),
            Row("weight 0.5", ", sticker <lora:easel-sticker:0.5>"),
            Row("weight 1", ", sticker <lora:easel-sticker:1>"),
        ),
    ),
    Card(
        "models/Lora/easel-penguin.safetensors",
        "a penguin in the snow <lora:easel-penguin:1>",
        {
            "description": "Subject: teaches the model the word penguin.",
            "sd version": "SD1",
            "activation text": "penguin",
            "preferred weight": 1.0,
            "notes": NOTES,
        },
        (
            "a penguin on a blue background",
            "a penguin in the snow",
            "a red penguin",
            "a penguin at sunset",
            "a cat on a blue background",
        ),
        (
            Row("without"),
            Row("weight 0.5", " <lora:easel-penguin:0.5>"),
            Row("weight 1", " <lora:easel-penguin:1>"),
        ),
    ),
    Card(
        "embeddings/easel-midnight.safetensors",
        "a star, easel-midnight",
        {"description": "For the prompt: the object in blue moonlight, at night.", "sd version": "SD1", "notes": NOTES},
        ("a cat", "a house", "a mushroom", "a star", "a rocket"),
        (Row("without"), Row("easel-midnight", ", easel-midnight")),
    ),
    Card(
        "embeddings/easel-negative.safetensors",
        "a robot on a red background",
        {
            "description": "For the negative prompt: stands for blurred and faded pictures.",
            "sd version": "SD1",
            "notes": NOTES,
        },
        ("a cat on a blue background", "a house on a meadow", "a robot on a red background", "a flower", "a panda"),
        (Row("without"), Row("in the negative prompt", "", "easel-negative")),
        negative="easel-negative",
    ),
    Card(
        "models/hypernetworks/easel-sepia.pt",
        "a house on a meadow <hypernet:easel-sepia:1>",
        {"description": "Style: an old brown photograph.", "sd version": "SD1", "notes": NOTES},
        ("a cat on a blue background", "a house on a meadow", "a rocket at night", "a heart", "a red car"),
        (
            Row("without"),
            Row("strength 0.5", " <hypernet:easel-sepia:0.5>"),
            Row("strength 1", " <hypernet:easel-sepia:1>"),
        ),
    ),
)


def to_image(pixels: Tensor) -> Image.Image:
    """Pixels (3, H, W) in 0..1 as a picture."""
    return Image.fromarray((pixels.permute(1, 2, 0) * 255).round().byte().numpy())


def write_beside(card: Card, stage: Stage) -> None:
    """Write the card's words and its preview; that of an embedding carries the embedding."""
    file = stage.program / card.file
    words = json.dumps(card.words, indent=4) + "\n"
    file.with_suffix(".json").write_text(words, encoding="utf-8")
    picture = to_image(stage.draw(card.preview, card.negative, seed=PREVIEW_SEED, batch_size=1)[0])
    if file.parent.name != "embeddings":
        picture.save(file.with_suffix(".png"), optimize=True)
        return
    with safe_open(file, "pt") as content:
        steps = int(content.metadata()["ss_steps"])
        write_picture(file.with_suffix(".png"), card.name, content.get_tensor("emb_params"), steps, picture)


def draw_sheet(card: Card, stage: Stage) -> Image.Image:
    """A row for each way to use the companion, a column for each prompt: same seeds, none picked."""
    side = 128
    sheet = Image.new("RGB", (side * len(card.prompts), (side + LABEL) * len(card.rows)), "white")
    write = ImageDraw.Draw(sheet)
    for y, row in enumerate(card.rows):
        write.text((2, y * (side + LABEL) + 1), row.label, fill="black", font_size=10)
        for x, prompt in enumerate(card.prompts):
            [pixels] = stage.draw(prompt + row.added, row.negative, seed=SHEET_SEED + x, batch_size=1)
            sheet.paste(to_image(pixels), (x * side, y * (side + LABEL) + LABEL))
    return sheet


def write_cards(cards: Sequence[Card], program: Path, pictures: Path) -> None:
    """Write all that lies beside the files of these companions, and their sheets into `pictures`."""
    stage = Stage(program, seeds=1)
    pictures.mkdir(parents=True, exist_ok=True)
    for card in cards:
        write_beside(card, stage)
        draw_sheet(card, stage).save(pictures / f"companion-{card.name}.png", optimize=True)


def main() -> None:
    """Write the cards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=Path, default=Path(), help="the folder whose models get the cards")
    parser.add_argument("--pictures", type=Path, default=Path("docs/images"))
    parser.add_argument("--only", choices=[card.name for card in CARDS])
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    chosen = [card for card in CARDS if arguments.only in (None, card.name)]
    write_cards(chosen, arguments.program, arguments.pictures)


if __name__ == "__main__":
    main()
