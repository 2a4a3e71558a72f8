"""How well holes are filled, by the inpainting companion and by the starter itself."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from modules.core.paths import STARTER
from modules.generation.img2img_request import Img2ImgRequest
from starter.bench import Figure, article, mean, share
from starter.companions.stage import COMMON, Stage

NAME = "easel-starter-inpainting"


def paint_in(stage: Stage, checkpoint: str, picture: Tensor, mask: Tensor, prompt: str, seed: int = 100) -> Tensor:
    """Repaint what `mask` (H, W) covers of a picture (3, H, W) in 0..1, from pure noise, as the Inpaint tab does."""
    images = [Image.fromarray((x * 255).round().byte().numpy()) for x in (picture.permute(1, 2, 0), mask)]
    request = Img2ImgRequest(
        **COMMON,
        prompt=prompt,
        seed=seed,
        init_images=(images[0],),
        mask=images[1],
        mask_blur=0,
        inpainting_fill=1,
        inpaint_full_res=False,
        denoising_strength=1.0,
        override_settings={"sd_model_checkpoint": checkpoint},
    )
    made = np.array(stage.app.img2img(request).images[0].image.convert("RGB"), np.float32) / 255
    return torch.from_numpy(made).permute(2, 0, 1)


def seam(picture: Tensor, mask: Tensor) -> float:
    """Mean absolute difference, of 255, of the pixels three apart that lie on both sides of the mask's border."""
    found = []
    for values, inside in ((picture, mask), (picture.mT, mask.mT)):
        crossed = inside[:, 1:-2] != inside[:, 2:-1]
        found.append((values[:, :, :-3] - values[:, :, 3:]).abs()[:, crossed].flatten())
    return 255 * torch.cat(found).mean().item()


def box(top: int, left: int, bottom: int, right: int) -> Tensor:
    """A mask (128, 128) of one box."""
    mask = torch.zeros(128, 128)
    mask[top:bottom, left:right] = 1
    return mask


MIDDLE = box(20, 20, 108, 108)
CASES = (
    ("a blue background", "cat"), ("a yellow background", "car"), ("a red background", "house"),
    ("a green background", "heart"), ("a purple background", "robot"), ("a pink background", "tree"),
    ("a beach", "dog"), ("a forest", "mushroom"), ("a sunset", "castle"), ("a meadow", "apple"),
    ("a night sky", "rocket"), ("mountains", "flower"),
)  # fmt: skip
"""Pictures, and what is to be painted into them. The prompt names only that."""
WHOLE = (
    ("cat", "blue"), ("car", "yellow"), ("house", "purple"), ("heart", "green"), ("robot", "orange"), ("tree", "pink"),
)  # fmt: skip
"""Objects and backgrounds of pictures from which something is taken, or half of which is painted anew."""


def evaluate(stage: Stage) -> Iterator[Figure]:
    """The starter against its inpainting companion: objects put in, seams, objects taken out, halves made whole."""
    used = {"sd_model_checkpoint": STARTER.stem}
    empty = [stage.draw(prompt, override_settings=used, batch_size=1)[0] for prompt, _ in CASES]
    yield Figure("seam in the untouched pictures, of 255", mean([seam(picture, MIDDLE) for picture in empty]))
    things = [thing for _, thing in CASES]
    whole = [stage.draw(f"{article(t)} on a {c} background", override_settings=used, batch_size=1)[0] for t, c in WHOLE]
    seams: dict[str, list[float]] = {"object": [], "half": []}
    for name in (STARTER.stem, NAME):
        made = [paint_in(stage, name, p, MIDDLE, article(t)) for p, t in zip(empty, things, strict=True)]
        found = stage.things(torch.stack(made))
        right = share([a == b for a, b in zip(found, things, strict=True)])
        yield Figure(f"{name}: asked object inside the mask, %", right, 80 if name == NAME else None)
        seams["object"].append(mean([seam(picture, MIDDLE) for picture in made]))
        yield Figure(f"{name}: seam round an object put in, of 255", seams["object"][-1])
        kept = [(a - b).abs()[:, MIDDLE == 0].max().item() for a, b in zip(made, empty, strict=True)]
        yield Figure(f"{name}: largest change outside the mask, of 255", 255 * max(kept), 1, at_most=True)
        gone = stage.things(torch.stack([paint_in(stage, name, p, MIDDLE, "") for p in whole]))
        yield Figure(f"{name}: an object is taken out by an empty prompt, %", share([x == "nothing" for x in gone]))
        half = box(0, 64, 128, 128)
        halves = [paint_in(stage, name, p, half, article(t)) for p, (t, _) in zip(whole, WHOLE, strict=True)]
        seams["half"].append(mean([seam(picture, half) for picture in halves]))
        yield Figure(f"{name}: seam where half of an object is painted anew, of 255", seams["half"][-1])
    for (what, (before, after)), goal in zip(seams.items(), (60, 100), strict=True):
        name = f"{NAME}: seam as a share of the starter's, {what}, %"
        yield Figure(name, 100 * after / before, goal, at_most=True)
