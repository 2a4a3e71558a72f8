"""Measure the starter model through the program's engine and print every figure beside its goal.

python -m starter.evaluate --quick
python -m starter.evaluate --companions
"""

from __future__ import annotations

import argparse
import importlib
import random
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import torch

from starter import measure, world
from starter.bench import PLAIN, Bench, Figure, article, mean, share
from starter.companions import COMPANIONS
from starter.companions.stage import Stage
from starter.judge import load_judge, shrink
from starter.negatives import negatives
from starter.sheet import write_sheet
from starter.studio import Job, Studio

STRANGE = (
    "",
    "quantum flux capacitor",
    "一只可爱的猫",
    "🦄✨",
    "zxqv blorp",
    "portrait of an old wizard",
    "!!!",
    "elephant",
)


def held_out_prompts(count: int) -> list[tuple[str, str, str | None]]:
    """(object, colour, tint) combinations that the training never showed, every other one with a tint."""
    pairs = [
        (thing, colour) for thing, colour in product(world.OBJECTS, world.COLOURS) if world.is_held_out(thing, colour)
    ]
    rng = random.Random(7)
    out: list[tuple[str, str, str | None]] = []
    for i in range(count):
        thing, colour = pairs[i % len(pairs)]
        tints = [tint for tint in world.TINTS if tint != colour]
        unseen = [tint for tint in tints if world.is_held_out_tint(thing, tint)]
        out.append((thing, colour, rng.choice(unseen or tints) if i % 2 else None))
    return out


def say(thing: str, colour: str, tint: str | None) -> str:
    """Say "a blue cat on a red background"."""
    return f"{article(f'{tint} {thing}' if tint else thing)} on {article(colour)} background"


def obedience(bench: Bench) -> Iterator[Figure]:
    """Background, object and tint on held-out combinations, and the time a picture takes."""
    cases = held_out_prompts(bench.prompts)
    started = time.monotonic()
    pixels = bench.studio.draw([say(*case) for case in cases], range(len(cases)))
    yield Figure("seconds a picture", (time.monotonic() - started) / len(cases), 5, at_most=True)
    found, hues = bench.things(pixels), bench.tints(pixels)
    yield Figure(
        "held-out: right background, %",
        share([measure.nearest_colour(p) == c[1] for p, c in zip(pixels, cases, strict=True)]),
        95,
    )
    yield Figure("held-out: right object, %", share([f == c[0] for f, c in zip(found, cases, strict=True)]), 85)
    yield Figure("held-out: right tint, %", share([h == c[2] for h, c in zip(hues, cases, strict=True) if c[2]]), 85)
    weak = bench.studio.draw([say(*case) for case in cases], range(len(cases)), Job(scale=1))
    strong = bench.studio.draw([say(*case) for case in cases], range(len(cases)), Job(scale=7))
    for name, drawn in (("CFG 1", weak), ("CFG 7", strong)):
        right = [
            f == c[0] and measure.nearest_colour(p) == c[1]
            for f, p, c in zip(bench.things(drawn), drawn, cases, strict=True)
        ]
        yield Figure(f"{name}: object and background right, %", share(right))


def emphasis(bench: Bench) -> Iterator[Figure]:
    """(word:1.4) against (word:0.6): backgrounds, tints and objects."""
    things = list(world.OBJECTS)
    claims: dict[str, list[bool]] = {"background": [], "tint": [], "object": []}
    for i in range(bench.prompts // 2):
        kind = ("background", "tint", "object")[i % 3]
        thing, colour = things[(5 * i) % len(things)], PLAIN[(i // 3) % len(PLAIN)]
        if kind == "background":
            template = f"{article(thing)} on a ({colour}:WEIGHT) background"
            values = [
                mean([measure.chroma_along(p, colour) for p in bench.many(filled)]) for filled in weighted(template)
            ]
        elif kind == "tint":
            template = f"a ({colour}:WEIGHT) {thing} on a white background"
            values = [
                mean([measure.tint_strength(p, colour) for p in bench.many(filled)]) for filled in weighted(template)
            ]
        else:
            template = f"{article(thing).replace(thing, f'({thing}:WEIGHT)')} on a {colour} background"
            values = [mean([measure.object_share(p) for p in bench.many(filled)]) for filled in weighted(template)]
        claims[kind].append(values[1] > values[0])
    for kind, results in claims.items():
        yield Figure(f"emphasis moves the {kind} up, %", share(results))
    yield Figure(
        "emphasis moves the word's property up, %",
        share([claim for results in claims.values() for claim in results]),
        85,
    )


def weighted(template: str) -> tuple[str, str]:
    """The template at weights 0.6 and 1.4."""
    return template.replace("WEIGHT", "0.6"), template.replace("WEIGHT", "1.4")


def syntax(bench: Bench) -> Iterator[Figure]:
    """Prompts in A1111's other forms still give the object and the background."""
    cases = [
        (thing, PLAIN[i % len(PLAIN)])
        for i, thing in enumerate(("cat", "car", "tree", "star", "robot", "house", "heart", "dog"))
    ]
    long = ", ".join(["highly detailed, masterpiece, best quality, award winning"] * 12)
    forms = {
        "BREAK": "a {0} BREAK on a {1} background",
        "over 75 tokens": "a {0} on a {1} background, " + long,
        "colour after 75 tokens": "a {0}, " + long + ", on a {1} background",
        "clip skip 2": "a {0} on a {1} background",
        "AND": "a {0} on a {1} background AND a {0}",
    }
    for name, form in forms.items():
        job = Job(clip_skip=2) if name == "clip skip 2" else Job()
        pixels = bench.studio.draw([form.format(*case) for case in cases], range(len(cases)), job)
        right = [
            f == c[0] and measure.nearest_colour(p) == c[1]
            for f, p, c in zip(bench.things(pixels), pixels, cases, strict=True)
        ]
        yield Figure(f"{name}: object and background right, %", share(right))
    switched = bench.studio.draw(["a cat on a [red:blue:0.5] background"] * bench.seeds, range(bench.seeds))
    yield Figure("[red:blue:0.5]: share of the way to blue", mean([measure.chroma_along(p, "blue") for p in switched]))
    yield Figure("[red:blue:0.5]: still a cat, %", share([f == "cat" for f in bench.things(switched)]))


def image_to_image(bench: Bench) -> Iterator[Figure]:
    """img2img moves further with denoising; inpainting keeps what is outside its mask."""
    count = max(6, bench.seeds)
    source = bench.studio.draw(["a dog on a green background"] * count, range(50, 50 + count))
    prompts, seeds = ["a red car on a blue background"] * count, range(count)
    changes = []
    for denoising in (0.2, 0.4, 0.6, 0.8, 1.0):
        out = bench.studio.draw(prompts, seeds, Job(start=source, denoising=denoising))
        changes.append((out - source).abs().mean().item())
        yield Figure(f"img2img at {denoising}: mean change of 255", 255 * changes[-1])
    yield Figure("img2img: rises with denoising (1 = yes)", float(changes == sorted(changes)), 1)
    things = ("cat", "robot", "heart", "tree", "apple", "mushroom", "star", "house", "car", "moon", "rocket", "flower")
    empty = bench.studio.draw(["a blue background"] * len(things), range(len(things)))
    mask = torch.zeros(len(things), 1, 128, 128)
    mask[..., 16:112, 16:112] = 1
    out = bench.studio.draw(
        [f"{article(t)} on a blue background" for t in things], range(len(things)), Job(start=empty, mask=mask)
    )
    there = bench.studio.model.vae.decode(bench.studio.encode(empty) / bench.studio.model.scale_factor).sample / 2 + 0.5
    yield Figure(
        "inpainting: change outside the mask beyond the VAE's own, of 255",
        255 * ((out - there).abs() * (mask < 0.5))[..., :8].mean().item(),
    )
    yield Figure(
        "inpainting: asked object inside, %",
        share([f == t for f, t in zip(bench.things(out), things, strict=True)]),
        70,
    )


def sizes(bench: Bench) -> Iterator[Figure]:
    """Other sizes than native: object found by the judge in the middle square, background right."""
    cases = [
        (thing, PLAIN[i % len(PLAIN)], None)
        for i, thing in enumerate(("cat", "car", "tree", "star", "robot", "house", "heart", "dog"))
    ]
    for size in ((128, 192), (192, 128), (96, 128), (192, 192), (256, 256)):
        pixels = bench.studio.draw([say(*case) for case in cases], range(len(cases)), Job(size=size))
        side = min(min(size), 192)
        top, left = (size[1] - side) // 2, (size[0] - side) // 2
        found = bench.things(pixels[..., top : top + side, left : left + side])
        yield Figure(
            f"{size[0]}x{size[1]}: object right, %", share([f == c[0] for f, c in zip(found, cases, strict=True)])
        )
        yield Figure(
            f"{size[0]}x{size[1]}: background right, %",
            share([measure.nearest_colour(p) == c[1] for p, c in zip(pixels, cases, strict=True)]),
        )


def strangers(bench: Bench) -> Iterator[Figure]:
    """Words it does not know: the judge is sure of some object, so the picture is a clear one."""
    prompts = [p for p in STRANGE for _ in range(2)]
    with torch.no_grad():
        logits = bench.judge(shrink(bench.studio.draw(prompts, range(len(prompts))) * 2 - 1))[0]
    yield Figure("unknown words: judge is over 70 % sure, %", share((logits.softmax(-1).amax(-1) > 0.7).tolist()))


def companions(seeds: int, only: str | None) -> Iterator[Figure]:
    """What the companions of the starter model do, each measured by its own module."""
    stage = Stage(seeds=seeds)
    for companion in COMPANIONS:
        if only in (None, companion.name):
            yield from importlib.import_module(companion.module).evaluate(stage)


SECTIONS = (obedience, emphasis, negatives, syntax, image_to_image, sizes, strangers)


def show(figures: Iterable[Figure]) -> None:
    """Print figures as they come."""
    for figure in figures:
        sys.stdout.write(figure.line() + "\n")
        sys.stdout.flush()


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("models/Stable-diffusion/easel-starter.safetensors"))
    parser.add_argument("--judge", type=Path, default=Path("tests/data/starter/judge.safetensors"))
    parser.add_argument("--seeds", type=int, default=6, help="pictures of a prompt where single ones would be luck")
    parser.add_argument("--quick", action="store_true", help="a third of the prompts and seeds")
    parser.add_argument("--companions", action="store_true", help="measure the small companions, not the model itself")
    names = [*(section.__name__ for section in SECTIONS), *(companion.name for companion in COMPANIONS)]
    parser.add_argument("--only", choices=names, help="one section, or one companion")
    parser.add_argument("--sheet", type=Path, help="also write a contact sheet here")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if arguments.companions:
        show(companions(2 if arguments.quick else arguments.seeds, arguments.only))
        return
    bench = Bench(Studio(arguments.model), load_judge(arguments.judge), arguments.seeds, 100)
    if arguments.quick:
        bench = replace(bench, seeds=2, prompts=36)
    for section in SECTIONS:
        if arguments.only in (None, section.__name__):
            show(section(bench))
    if arguments.sheet:
        write_sheet(bench.studio, arguments.sheet)


if __name__ == "__main__":
    main()
