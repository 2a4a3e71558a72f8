"""A picture's description (`Spec`) and the captions that say it, with the class of every word."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from starter import world

BACKGROUND_NOUNS = ("background", "background", "background", "background", "wall", "backdrop")
PREPOSITIONS = ("on a", "on a", "on a", "with a", "in front of a", "against a")


@dataclass(frozen=True)
class Spec:
    """What one training picture shows. Weights are those of `(word:weight)` in a prompt.

    An `unsaid` backdrop is painted and the caption does not name it.
    """

    thing: str | None = None
    backdrop: str | None = None
    tint: str | None = None
    size: str | None = None
    weights: dict[str, float] = field(default_factory=dict)
    width: int = 128
    height: int = 128
    shift: tuple[int, int] = (0, 0)
    unsaid: bool = False

    def weight(self, role: str) -> float:
        """Emphasis of `role`: "thing", "backdrop" or "tint"."""
        return self.weights.get(role, 1.0)


@dataclass(frozen=True)
class Word:
    """One caption word, the class its last token's row should carry, and the part of the `Spec` it names."""

    text: str
    label: str = world.NULL
    role: str = ""


def plain(text: str) -> list[Word]:
    """Words without meaning for the picture."""
    return [Word(part) for part in text.split()]


def starred(phrase: str, label: str, role: str) -> list[Word]:
    """Words of a phrase in which `*word*` carries the label."""
    return [Word(p.strip("*"), label, role) if p.startswith("*") else Word(p) for p in phrase.split()]


def meaningful(text: str, label: str, role: str) -> list[Word]:
    """Words of a noun; every one carries the label except "of"."""
    return [Word(part) if part == "of" else Word(part, label, role) for part in text.split()]


def noun_phrase(spec: Spec, rng: random.Random) -> list[Word]:
    """Say "[size] [tint] object", without an article."""
    words: list[Word] = []
    if spec.size:
        words.append(Word(rng.choice(world.SIZE_WORDS[spec.size]), f"size:{spec.size}", "size"))
    if spec.tint:
        words.append(Word(spec.tint, f"tint:{spec.tint}", "tint"))
    if spec.thing:
        words += meaningful(rng.choice(world.OBJECTS[spec.thing][1]), f"object:{spec.thing}", "thing")
    return words


def backdrop_phrase(spec: Spec, rng: random.Random, *, tags: bool) -> list[Word]:
    """Say "on a blue background", "blue background", "on the beach"; empty without a backdrop to name."""
    if spec.backdrop is None or spec.unsaid:
        return []
    if spec.backdrop in world.SCENES:
        return starred(rng.choice(world.SCENES[spec.backdrop]), f"scene:{spec.backdrop}", "backdrop")
    colour = Word(rng.choice(world.COLOUR_WORDS[spec.backdrop]), f"background:{spec.backdrop}", "backdrop")
    if tags:
        return [colour, Word(rng.choice(BACKGROUND_NOUNS))]
    if rng.random() < 0.06:
        return [Word("on"), colour]
    return [*plain(rng.choice(PREPOSITIONS)), colour, Word(rng.choice(BACKGROUND_NOUNS))]


def article(words: list[Word], rng: random.Random) -> list[Word]:
    """An article before a noun phrase: "a", "an", "the" or none."""
    fitting = "an" if words[0].text[0] in "aeiou" else "a"
    chosen = rng.choice((fitting, fitting, fitting, "the", ""))
    lead = rng.choice(("", "", "", "", "a photo of", "a picture of", "an image of", "a drawing of", "one"))
    return [*plain(lead), *plain(chosen), *words]


def sentence(spec: Spec, rng: random.Random) -> list[Word]:
    """Say "a small blue cat on a red background"."""
    if spec.thing is None:
        return backdrop_alone(spec, rng)
    subject = article(noun_phrase(spec, rng), rng)
    place = backdrop_phrase(spec, rng, tags=False)
    if place and rng.random() < 0.08:
        return [*place, Word(","), *subject]
    if place and rng.random() < 0.15:
        return [*subject, *plain(rng.choice((",", "sitting", "standing", "that is"))), *place]
    return [*subject, *place]


def backdrop_alone(spec: Spec, rng: random.Random) -> list[Word]:
    """Say "a blue background", "on a blue background", "blue"; "a forest", "in the forest"."""
    assert spec.backdrop is not None
    form = rng.random()
    if form < 0.3:  # as after BREAK, or after a noun that means nothing here
        return backdrop_phrase(spec, rng, tags=False)
    if spec.backdrop in world.SCENES:
        return starred(rng.choice(world.SCENE_ALONE[spec.backdrop]), f"scene:{spec.backdrop}", "backdrop")
    label = f"background:{spec.backdrop}"
    # The colour comes first, so only the noun after it can say that it is a background's.
    colour = Word(spec.backdrop, "", "backdrop")
    if form < 0.5:
        return [colour]
    return [Word("a"), colour, Word("background", label, "backdrop")]


def tags(spec: Spec, rng: random.Random) -> list[Word]:
    """Say "blue cat, red background"."""
    if spec.thing is None:
        return backdrop_alone(spec, rng)
    place = backdrop_phrase(spec, rng, tags=True)
    parts = [noun_phrase(spec, rng)]
    if place and spec.backdrop in world.COLOURS and not spec.tint and not spec.size and rng.random() < 0.1:
        label = f"background:{spec.backdrop}"
        parts.insert(0, [Word(place[0].text, "", "backdrop"), Word("background", label, "backdrop")])
    elif place:
        parts.append(place)
    words: list[Word] = []
    for part in parts:
        words += [*([Word(",")] if words else []), *part]
    return words


def caption(spec: Spec, rng: random.Random, distractors: list[str]) -> list[Word]:
    """A random caption of `spec`, sometimes with fillers and with random words that mean nothing here."""
    words = sentence(spec, rng) if rng.random() < 0.65 else tags(spec, rng)
    if spec.thing is None and distractors and rng.random() < 0.2:  # "a zebra on a blue background"
        words = [*plain(f"a {rng.choice(distractors)}"), *backdrop_phrase(spec, rng, tags=False)]
    if rng.random() < 0.2:
        words = [*words, Word(","), *plain(rng.choice(world.FILLERS))]
    if rng.random() < 0.06:
        words = [*plain(rng.choice(world.FILLERS)), Word(","), *words]
    if rng.random() < 0.08:
        words = [*words, *plain(rng.choice((".", "!", "!!!", ", , ,")))]
    if distractors and rng.random() < 0.3:
        for _ in range(rng.randint(1, 3)):
            words.insert(_free_place(words, rng), Word(rng.choice(distractors)))
    return words


def _free_place(words: list[Word], rng: random.Random) -> int:
    """A place that does not part a colour from its noun ("blue | cat" stays together)."""
    for _ in range(8):
        place = rng.randint(0, len(words))
        before = words[place - 1] if place else Word("")
        if before.role not in ("backdrop", "tint", "size") and before.text not in ("a", "an", "on", "the"):
            return place
    return len(words)
