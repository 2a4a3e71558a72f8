"""What a word in the negative prompt takes away: asked for by the prompt, or come by itself."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from starter import measure, world
from starter.bench import PLAIN, Bench, Figure, article, mean, share
from starter.judge import THINGS, shrink
from starter.specs import SIMPLE


def negatives(bench: Bench) -> Iterator[Figure]:
    """What a word in the negative prompt takes away: asked for by the prompt, or come by itself."""
    yield from asked_colours(bench)
    yield from chance_colours(bench)
    yield from chance_objects(bench)
    yield from open_words(bench)
    yield from asked_scenes(bench)


def asked_colours(bench: Bench) -> Iterator[Figure]:
    """A colour that the prompt asks for, named in the negative prompt as well; means of `bench.seeds` pictures."""
    things, claims = list(world.OBJECTS), []
    for i in range(max(6, bench.prompts // 5)):
        thing, colour = things[(7 * i) % len(things)], PLAIN[i % len(PLAIN)]
        prompt = f"{article(thing)} on a {colour} background"
        with_it = mean([measure.chroma_along(p, colour) for p in bench.many(prompt, negative=f"{colour} background")])
        claims.append(with_it < mean([measure.chroma_along(p, colour) for p in bench.many(prompt)]))
    yield Figure("negative: a colour that the prompt asks for is lowered, %", share(claims), 90)


def chance_colours(bench: Bench) -> Iterator[Figure]:
    """The user's way: "a cat" comes on some colour; the same seed again with that colour in the negative prompt."""
    prompts = [article(thing) for thing in world.OBJECTS for _ in range(2)][: bench.prompts]
    before = bench.studio.draw(prompts, range(len(prompts)))
    colours = [measure.background(pixels) for pixels in before]
    chosen = [i for i, colour in enumerate(colours) if colour]
    yield Figure(f"of {len(prompts)} prompts without a background, those that come on a colour", len(chosen))
    if not chosen:
        return
    negative = [f"{colours[i]} background" for i in chosen]
    after = bench.studio.draw([prompts[i] for i in chosen], chosen, negatives=negative)
    less, gone = [], []
    for i, pixels in zip(chosen, after, strict=True):
        colour = colours[i]
        assert colour
        less.append(measure.chroma_along(pixels, colour) < measure.chroma_along(before[i], colour))
        gone.append(measure.background(pixels) != colour)
    yield Figure("negative: a colour that came by itself is lowered, %", share(less), 90)
    yield Figure("negative: a colour that came by itself is gone, %", share(gone))
    right = [prompts[i] == article(thing) for i, thing in zip(chosen, bench.things(after), strict=True)]
    yield Figure("... and the object is still right, %", share(right))


def chance_objects(bench: Bench) -> Iterator[Figure]:
    """An empty prompt draws some object; the same seed again with that object in the negative prompt."""
    count = max(8, bench.prompts // 6)
    seeds = range(count)
    with torch.no_grad():
        before = bench.judge(shrink(bench.studio.draw([""] * count, seeds) * 2 - 1))[0].softmax(-1)
        found = before.argmax(-1)
        names = [THINGS[i] for i in found.tolist()]
        pixels = bench.studio.draw([""] * count, seeds, negatives=[article(name) for name in names])
        after = bench.judge(shrink(pixels * 2 - 1))[0].softmax(-1)
    rows = torch.arange(count)
    yield Figure(
        "negative: an object that came by itself is less sure, %",
        share((after[rows, found] < before[rows, found]).tolist()),
        90,
    )
    yield Figure("negative: an object that came by itself is gone, %", share((after.argmax(-1) != found).tolist()))


def open_words(bench: Bench) -> Iterator[Figure]:
    """Any word that the prompt leaves open, whether its thing would have come or not; means of `bench.seeds` pictures.

    Colours of the background with a prompt that names an object only; objects with an empty prompt.
    """
    things, claims = list(world.OBJECTS), []
    for i in range(max(6, bench.prompts // 5)):
        thing, colour = things[(7 * i) % len(things)], PLAIN[i % len(PLAIN)]
        without = mean([measure.chroma_along(p, colour) for p in bench.many(article(thing))])
        named = bench.many(article(thing), negative=f"{colour} background")
        claims.append(mean([measure.chroma_along(p, colour) for p in named]) < without)
    yield Figure("negative: a colour that the prompt leaves open is lowered, %", share(claims), 90)
    with torch.no_grad():
        before = bench.judge(shrink(bench.many("") * 2 - 1))[0].softmax(-1).mean(0)
        less = []
        for thing in SIMPLE:
            after = bench.judge(shrink(bench.many("", negative=article(thing)) * 2 - 1))[0].softmax(-1).mean(0)
            less.append(bool(after[THINGS.index(thing)] < before[THINGS.index(thing)]))
    yield Figure("negative: an object that an empty prompt leaves open is lowered, %", share(less), 90)


def asked_scenes(bench: Bench) -> Iterator[Figure]:
    """A scene that the prompt asks for, named in the negative prompt as well."""
    scenes = [scene for scene in world.SCENES for _ in range(2)]
    things = list(world.OBJECTS)
    prompts = [
        f"{article(things[(5 * i) % len(things)])} {world.SCENES[scene][0].replace('*', '')}"
        for i, scene in enumerate(scenes)
    ]
    negative = [world.SCENE_ALONE[scene][0].replace("*", "") for scene in scenes]
    plain = bench.studio.draw(prompts, range(len(prompts)))
    without = bench.studio.draw(prompts, range(len(prompts)), negatives=negative)
    less = [
        measure.scene_along(after, scene) < measure.scene_along(before, scene)
        for before, after, scene in zip(plain, without, scenes, strict=True)
    ]
    yield Figure("negative: a scene that the prompt asks for is lowered, %", share(less), 90)
