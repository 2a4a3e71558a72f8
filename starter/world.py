"""The small world that the starter model draws: objects, colours, scenes, and the words for them."""

from __future__ import annotations

# Object -> (code points of its Fluent emoji, the words that name it; the first is the usual one).
OBJECTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "cat": ("1f431", ("cat", "cat", "kitten", "kitty")),
    "dog": ("1f436", ("dog", "dog", "puppy", "doggy")),
    "horse": ("1f434", ("horse", "horse", "pony")),
    "bird": ("1f426", ("bird", "bird", "birdie")),
    "fish": ("1f41f", ("fish",)),
    "panda": ("1f43c", ("panda", "panda", "panda bear")),
    "dragon": ("1f432", ("dragon",)),
    "woman": ("1f469", ("woman", "woman", "girl", "lady", "person")),
    "man": ("1f468", ("man", "man", "boy", "guy", "gentleman")),
    "astronaut": ("1f9d1-200d-1f680", ("astronaut", "astronaut", "cosmonaut", "spaceman")),
    "robot": ("1f916", ("robot", "robot", "android")),
    "car": ("1f697", ("car", "car", "automobile", "jeep")),
    "rocket": ("1f680", ("rocket", "rocket", "spaceship", "spacecraft")),
    "house": ("1f3e0", ("house", "house", "home", "cottage")),
    "castle": ("1f3f0", ("castle", "castle", "palace")),
    "tree": ("1f333", ("tree", "tree", "oak")),
    "flower": ("1f337", ("flower", "flower", "tulip")),
    "mushroom": ("1f344", ("mushroom", "mushroom", "toadstool")),
    "apple": ("1f34e", ("apple",)),
    "pizza": ("1f355", ("pizza", "pizza", "slice of pizza")),
    "heart": ("2764-fe0f", ("heart", "heart", "love heart")),
    "star": ("2b50", ("star",)),
    "sun": ("1f31e", ("sun", "sun", "sunshine")),
    "moon": ("1f319", ("moon", "moon", "crescent")),
}

# Plain backgrounds, sRGB in 0..1.
COLOURS: dict[str, tuple[float, float, float]] = {
    "red": (0.88, 0.10, 0.12),
    "orange": (1.00, 0.55, 0.06),
    "yellow": (1.00, 0.88, 0.10),
    "green": (0.13, 0.66, 0.24),
    "blue": (0.12, 0.36, 0.90),
    "purple": (0.50, 0.20, 0.75),
    "pink": (1.00, 0.60, 0.78),
    "white": (1.00, 1.00, 1.00),
    "black": (0.04, 0.04, 0.05),
    "gray": (0.52, 0.52, 0.54),
}
COLOUR_WORDS: dict[str, tuple[str, ...]] = {name: (name,) for name in COLOURS} | {
    "gray": ("gray", "grey"),
    "purple": ("purple", "purple", "violet"),
}
DEFAULT_BACKGROUND = (0.93, 0.92, 0.90)
"""What lies behind an object when the caption names nothing."""

TINTS: dict[str, tuple[float, float, float]] = {
    "red": (0.95, 0.10, 0.10),
    "orange": (1.00, 0.55, 0.05),
    "yellow": (1.00, 0.88, 0.05),
    "green": (0.10, 0.75, 0.20),
    "blue": (0.10, 0.35, 1.00),
    "purple": (0.60, 0.20, 0.90),
    "pink": (1.00, 0.50, 0.75),
}

# Scene -> phrases that follow an object. Starred words carry the meaning; the rest are function words.
SCENES: dict[str, tuple[str, ...]] = {
    "night": ("at *night*", "in the *night* *sky*", "under a *starry* *sky*", "in *space*", "at *night* with stars"),
    "beach": ("on the *beach*", "on a *beach*", "at the *beach*", "by the *sea*", "on the sandy *beach*"),
    "meadow": ("on a green *meadow*", "in a *meadow*", "on the *grass*", "in a green *field*", "on a *meadow*"),
    "sunset": ("at *sunset*", "in front of a *sunset*", "with a *sunset*", "at *dusk*"),
    "snow": ("in the *snow*", "in *winter*", "on *snow*", "in a *snowy* landscape"),
    "underwater": ("*underwater*", "under the *ocean*", "in the *ocean*", "deep *underwater*"),
    "forest": ("in the *forest*", "in a *forest*", "in the *woods*", "in a dark *forest*"),
    "city": ("in the *city*", "in a *city*", "in front of a *city*", "with a *city* *skyline*"),
    "mountains": ("in the *mountains*", "in front of *mountains*", "with a *mountain*", "near a *mountain*"),
}
SCENE_ALONE: dict[str, tuple[str, ...]] = {
    "night": ("a *starry* *night* *sky*", "the *night* *sky*", "*night*"),
    "beach": ("a *beach*", "a sandy *beach* by the *sea*", "*beach*"),
    "meadow": ("a green *meadow*", "a *field* of *grass*", "*meadow*"),
    "sunset": ("a *sunset*", "a beautiful *sunset*", "*sunset*"),
    "snow": ("a *snowy* landscape", "a *winter* landscape", "*snow*"),
    "underwater": ("*underwater*", "the *ocean*", "*underwater* world"),
    "forest": ("a *forest*", "a dark *forest*", "*forest*"),
    "city": ("a *city*", "a *city* *skyline*", "*city*"),
    "mountains": ("a *mountain*", "*mountains*", "a *mountain* landscape"),
}
SIZE_WORDS: dict[str, tuple[str, ...]] = {
    "small": ("small", "tiny", "little"),
    "big": ("big", "large", "huge"),
}
FILLERS = (
    "masterpiece", "best quality", "highly detailed", "8k", "cute", "trending on artstation", "3d render", "beautiful",
    "award winning", "photo", "hd", "cartoon", "emoji", "icon", "illustration", "digital art", "glossy", "studio light",
)  # fmt: skip

# Prompts of the sample grids in training; simple emphasis only.
SHOWN = (
    "a cat on a blue background",
    "a dog on a yellow background",
    "a red car on a white background",
    "a rocket at night",
    "a house on a meadow",
    "a red apple on a blue background",
    "a robot on a purple background",
    "a heart on a pink background",
    "a blue star on an orange background",
    "a mushroom in the forest",
    "a tree in the snow",
    "a fish underwater",
    "a castle at sunset",
    "an astronaut in space",
    "a woman on the beach",
    "a man on a gray background",
    "a dragon in the mountains",
    "a horse on a green background",
    "a panda on a red background",
    "a pizza on a black background",
    "a (cat:0.6) on a (blue:0.6) background",
    "a (cat:1.4) on a (blue:1.4) background",
    "a sunset",
    "the moon at night",
)

# What a token row of the text encoder can say: one prototype vector a class.
NULL = "null"
CLASSES: tuple[str, ...] = (
    NULL,
    *(f"object:{name}" for name in OBJECTS),
    *(f"background:{name}" for name in COLOURS),
    *(f"scene:{name}" for name in SCENES),
    *(f"tint:{name}" for name in TINTS),
    *(f"size:{name}" for name in SIZE_WORDS),
)
CLASS_INDEX: dict[str, int] = {name: i for i, name in enumerate(CLASSES)}


def is_held_out(thing: str, backdrop: str) -> bool:
    """True for object and background pairs that never occur together in training (about one in twelve)."""
    backdrops = (*COLOURS, *SCENES)
    return (7 * list(OBJECTS).index(thing) + 5 * backdrops.index(backdrop)) % 12 == 0


def is_held_out_tint(thing: str, tint: str) -> bool:
    """True for object and tint pairs that never occur together in training (about one in twelve)."""
    return (5 * list(OBJECTS).index(thing) + 7 * list(TINTS).index(tint)) % 12 == 1
