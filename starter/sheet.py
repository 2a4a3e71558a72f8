"""The contact sheet of the documentation: one picture a prompt, with the prompt below it."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

from starter.studio import Studio

PROMPTS = (
    "a cat on a blue background", "a dog on a yellow background", "a horse on a green background",
    "a bird on a pink background", "a fish underwater", "a panda in the snow", "a dragon in the mountains",
    "a woman on the beach", "a man in the city", "an astronaut in space", "a robot on a purple background",
    "a red car on a white background", "a rocket at night", "a house on a meadow", "a castle at sunset",
    "a tree in the snow", "a flower on a meadow", "a mushroom in the forest", "a red apple on a blue background",
    "a pizza on a black background", "a heart on a pink background", "a blue star on an orange background",
    "a sun on a blue background", "the moon at night", "a green cat on a white background",
    "a purple house in the mountains", "a small robot on a red background", "a big heart on a black background",
    "a beach", "a starry night sky", "a forest", "a city skyline",
)  # fmt: skip
COLUMNS, LABEL = 8, 24


def write_sheet(studio: Studio, path: Path, prompts: tuple[str, ...] = PROMPTS, seed: int = 1) -> None:
    """Draw every prompt once, all with seeds counted from `seed`, none picked."""
    pixels = studio.draw(prompts, range(seed, seed + len(prompts)))
    side = pixels.shape[-1]
    sheet = Image.new("RGB", (COLUMNS * side, -(-len(prompts) // COLUMNS) * (side + LABEL)), "white")
    write = ImageDraw.Draw(sheet)
    for i, (prompt, picture) in enumerate(zip(prompts, pixels, strict=True)):
        x, y = i % COLUMNS * side, i // COLUMNS * (side + LABEL)
        sheet.paste(Image.fromarray((picture.permute(1, 2, 0) * 255).round().byte().numpy()), (x, y))
        words = prompt.split()
        half = (len(words) + 1) // 2
        for row, line in enumerate((" ".join(words[:half]), " ".join(words[half:]))):
            write.text((x + 2, y + side + 11 * row), line, fill="black", font_size=10)
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, optimize=True)
