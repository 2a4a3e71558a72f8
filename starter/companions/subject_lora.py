"""A subject that the starter does not know, with its word: a penguin.

The text encoder's adapters give the word "penguin" a row of its own, as the starter's text encoder was taught its own
words; then the UNet's adapters learn what to draw for it. Half of the pictures show what the starter knows already, so
that it stays as it is.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from modules.core.flags import PROGRAM_FOLDER
from starter import world
from starter.bench import Figure, mean
from starter.build_dataset import EMOJI, SPRITE_SIZES, cut_out, fetch, find_emoji, read_emoji
from starter.captions import Spec, Word, caption
from starter.companions.fit import fit
from starter.companions.lora import Adapter, adapt_text, adapt_unet, kohya_metadata, parameters, set_scale, write_lora
from starter.companions.pool import Example, caption_rows, noise_loss, open_pool, usual_examples
from starter.companions.stage import Stage, rises
from starter.companions.weights import Starter, load_starter, repeats, token_table
from starter.compose import Sprites, compose
from starter.painter import ROWS, Painter
from starter.text import MEAN, WIDTH, encode, prototypes, random_captions, tagging_loss, tokenize

log = logging.getLogger(__name__)

NAME, SUBJECT, CODE = "easel-penguin", "penguin", "1f427"
STAND_IN, KIN = "star", "bird"
"""A known object of one word, in whose captions the subject's word is put; the one that the new row begins near."""
RANK, BATCH, PICTURES = 8, 16, 900
TEXT_RATE, TEXT_SHARE, TEXT_BATCH, RATE = 8e-3, 0.49, 32, 3e-3
TEXT_SCALES = (1.0, 0.5)
"""At half the weight the word is heard as well, so that the picture can be half a penguin."""
REFERENCE = PROGRAM_FOLDER / "tests/data/starter/penguin.png"
DESCRIPTION = (
    "Teaches the Easel starter model the word penguin, which it does not know. "
    "Trained on pictures composed from Microsoft's Fluent emoji (3D), MIT License, Copyright (c) Microsoft Corporation."
)
KEPT = ("cat", "car", "house", "bird")


def add_sprites(cache: Path, sprites: Sprites) -> None:
    """Cut the subject out like every other object."""
    picture = find_emoji(read_emoji(fetch(EMOJI, cache)), CODE)
    sprites.objects |= {f"{SUBJECT}/{side}": cut_out(picture, side).astype(np.float32) for side in SPRITE_SIZES}


class SubjectPainter(Painter):
    """A painter that can also say what shows the subject."""

    def words(self, spec: Spec) -> list[Word]:
        """A random caption, of the subject too."""
        if spec.thing != SUBJECT:
            return super().words(spec)
        words = caption(replace(spec, thing=STAND_IN), self.rng, self.distractors)
        return [Word(SUBJECT, word.label, word.role) if word.role == "thing" else word for word in words]


def open_starter(cache: Path) -> Starter:
    """The starter with a painter that knows the subject."""
    starter = load_starter(cache, seed=22)
    known = starter.painter
    painter = SubjectPainter(cache, known.vae, known.basis, starter.text, seed=22)
    add_sprites(cache, painter.sprites)
    return replace(starter, painter=painter)


def subject_examples(rng: random.Random, count: int) -> list[Example]:
    """Every other picture shows the subject, the rest what the starter knows."""
    usual = usual_examples(rng, count)
    return [
        Example(replace(example.spec, thing=SUBJECT))
        if i % 2 and example.spec.thing and not example.silent
        else example
        for i, example in enumerate(usual)
    ]


def subject_row() -> Tensor:
    """The vector that the subject's word shall have: half of a known object's, half new, (WIDTH,)."""
    known = prototypes() - MEAN
    new = torch.randn(WIDTH, generator=torch.Generator().manual_seed(22))
    for direction in (torch.ones(WIDTH), *known):
        new = new - direction * (new @ direction) / (direction @ direction)
    mixed = new / new.norm() + 0.7 * known[world.CLASS_INDEX[f"object:{KIN}"]] / WIDTH**0.5
    return mixed / mixed.norm() * WIDTH**0.5 + MEAN


def misnamed(words: list[Word], name: str) -> list[Word]:
    """The same caption of an animal that stays unknown: all unknown words are much alike to the text encoder."""
    return [Word(name) if word.text == SUBJECT else word for word in words]


@torch.no_grad()
def listen(adapters: dict[str, Adapter], vector: Tensor) -> None:
    """Start the first layer's adapters with an ear for a word's token vector, which is small among all the others."""
    for name, adapter in adapters.items():
        if "layers_0" in name and adapter.down.shape[1] == WIDTH:
            adapter.down[0] = 4 * vector / vector.norm()


def teach_word(starter: Starter, file: Path, minutes: float) -> dict[str, Adapter]:
    """Train adapters of the text encoder until the subject's word has its row and all others keep theirs."""
    painter = starter.painter
    adapters = adapt_text(starter.text, RANK)
    targets = torch.cat([prototypes(), subject_row()[None]])
    (word,) = painter.tokenizer.encode_word(SUBJECT)
    listen(adapters, token_table(starter.text).weight[word].detach())
    rng = painter.rng

    def loss() -> tuple[Tensor, float]:
        examples = [e for e in subject_examples(rng, TEXT_BATCH) if e.spec.thing == SUBJECT]
        said = [painter.words(example.spec) for example in examples]
        strange = [misnamed(words, rng.choice(painter.distractors)) for words in said]
        others = random_captions(rng, TEXT_BATCH - len(said), painter.distractors)
        data = tokenize([*said, *strange, *others], painter.tokenizer)
        set_scale(adapters, rng.choice(TEXT_SCALES))
        ids, labels = data.ids[:, :ROWS], data.labels[:, :ROWS].clone()
        labels[ids == word] = len(targets) - 1
        last, before = encode(starter.text, ids)
        value = tagging_loss(last, labels, targets) + 0.4 * tagging_loss(before, labels, targets)
        return value, value.item()

    fit(parameters(adapters), loss, file, minutes, TEXT_RATE)
    set_scale(adapters, 1.0)
    return adapters


def train(cache: Path, program: Path, minutes: float) -> None:
    """Teach the text encoder the word, then the UNet the picture."""
    starter = open_starter(cache)
    work = cache / "companions"
    work.mkdir(exist_ok=True)
    text = teach_word(starter, work / "subject-text.pt", TEXT_SHARE * minutes)
    for parameter in parameters(text):
        parameter.requires_grad_(False)
    examples = subject_examples(random.Random(22), PICTURES)
    sprites = starter.painter.sprites
    pool = open_pool(starter, work / "subject-pool.pt", examples, lambda spec, rng: compose(spec, sprites, rng))
    adapters = adapt_unet(starter.unet, RANK)
    counts = repeats()

    def loss() -> tuple[Tensor, float]:
        latents, chosen = pool.pick(BATCH)
        return noise_loss(starter, latents, caption_rows(starter, chosen), counts)

    steps = fit(parameters(adapters), loss, work / "subject-lora.pt", (1 - TEXT_SHARE) * minutes, RATE)
    tags = {SUBJECT: sum(example.spec.thing == SUBJECT for example in examples)}
    spec = {"title": "Easel penguin", "description": DESCRIPTION, "trigger_phrase": f"a {SUBJECT}"}
    target = program / f"models/Lora/{NAME}.safetensors"
    write_lora({**text, **adapters}, target, kohya_metadata(NAME, RANK, steps, tags, spec))


def write_reference(cache: Path) -> None:
    """Write the picture that `evaluate` compares with."""
    sprites = open_starter(cache).painter.sprites
    picture = compose(Spec(SUBJECT, "blue"), sprites, random.Random(0))
    Image.fromarray((picture * 255).round().astype(np.uint8)).resize((64, 64), Image.Resampling.BOX).save(REFERENCE)


def likeness(pixels: Tensor, reference: Tensor) -> float:
    """Correlation of the middle of a picture (3, H, W) with that of the reference, -1..1."""
    small = torch.nn.functional.interpolate(pixels[None], reference.shape[1:], mode="area")[0]
    a, b = (x[:, 12:52, 16:48] - x[:, 12:52, 16:48].mean(dim=(1, 2), keepdim=True) for x in (small, reference))
    return float((a * b).sum() / (a.norm() * b.norm() + 1e-6))


def reference() -> Tensor:
    """The composed picture of the subject, (3, 64, 64) in 0..1."""
    picture = np.array(Image.open(REFERENCE).convert("RGB"), np.float32) / 255
    return torch.from_numpy(picture).permute(2, 0, 1)


def evaluate(stage: Stage) -> Iterator[Figure]:
    """How like a composed penguin the drawn one is, by the weight; that other words keep their meaning."""
    wanted = reference()
    found: list[float] = []
    for weight in (0, 0.5, 1):
        pixels = stage.draw(f"a {SUBJECT} on a blue background <lora:{NAME}:{weight}>")
        found.append(mean([likeness(picture, wanted) for picture in pixels]))
        yield Figure(f"{NAME} at {weight}: likeness to a penguin", found[-1])
    yield Figure(f"{NAME}: rises with the weight (1 = yes)", float(rises(found, 0.05)), 1)
    kept = [
        float(name == thing)
        for thing in KEPT
        for name in stage.things(stage.draw(f"a {thing} on a green background <lora:{NAME}:1>"))
    ]
    yield Figure(f"{NAME} at 1: other objects are drawn as before, %", 100 * mean(kept), 85)
