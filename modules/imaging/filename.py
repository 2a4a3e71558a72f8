"""File and folder names made from patterns such as `[date]/[model_name]-[seed]`."""

import hashlib
import re
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from PIL.Image import Image

from modules.core.registry import Registry

PATTERN = re.compile(r"\[([^\[\]]+)\]")
NAME_AND_ARGUMENTS = re.compile(r"([^<>]*)((?:<[^<>]*>)*)")
ARGUMENT = re.compile(r"<([^<>]*)>")
NOT_IN_WORDS = re.compile(rf"[\s{re.escape(string.punctuation)}]+")

# No file system takes the first ones; the others turn letters around, so that a name looks like another.
NEVER_IN_NAMES = "\0\ud800-\udfff\u202a-\u202e\u2066-\u2069"
ILLEGAL = re.compile(rf'[#<>:"/\\|?*\x01-\x1f{NEVER_IN_NAMES}]')
ILLEGAL_ON_UNIX = re.compile(rf"[/{NEVER_IN_NAMES}]")
RESERVED_ON_WINDOWS = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)")

LONGEST_PART = 240  # bytes; file systems take 255, and numbers and extensions are still to come
DATE_AND_TIME = "%Y%m%d%H%M%S"


@dataclass(frozen=True, kw_only=True)
class FilenameValues:
    """What the patterns are filled with. Fields not known keep a value that says so."""

    seed: int = -1
    all_seeds: tuple[int, ...] = ()
    prompt: str = ""
    negative_prompt: str = ""
    prompt_without_styles: str | None = None
    styles: tuple[str, ...] = ()
    steps: int = 0
    cfg_scale: float = 0.0
    width: int = 0
    height: int = 0
    sampler: str = ""
    scheduler: str = ""
    model_name: str = ""
    model_hash: str = ""
    vae_filename: str = ""
    clip_skip: int = 1
    denoising_strength: float | None = None
    batch_size: int = 1
    batch_count: int = 1
    batch_index: int = 0
    iteration: int = 0
    job_timestamp: str = ""
    user: str = ""
    basename: str = ""
    max_prompt_words: int = 8
    image: Image | None = None
    now: datetime = field(default_factory=datetime.now)


@dataclass(frozen=True)
class NameRules:
    """What names may look like: `--filenames-max-length`, `--unix-filenames-sanitization`."""

    max_length: int = 128
    unix: bool = False


# A value of None drops the pattern and the text before it.
Fill = Callable[[FilenameValues, Sequence[str]], object | None]


@dataclass(frozen=True)
class FilenamePattern:
    """What stands for `[name]` in a file name; `replaces_spaces` turns spaces into underscores."""

    name: str
    fill: Fill
    replaces_spaces: bool = False


def fill_pattern(pattern: str, values: FilenameValues, rules: NameRules) -> str:
    """Return a relative path, its parts separated by `/`: the pattern with each `[name]` filled in.

    Unknown names stay as they are. Whatever the pattern says, the path does not lead out of its folder.
    """
    literals, names = PATTERN.split(pattern)[::2], PATTERN.findall(pattern)
    text = ""
    for literal, name in zip(literals, [*names, ""], strict=True):
        value = _fill_one(name, values, rules) if name else ""
        text += "" if value is None else literal + value
    parts = (
        cut_name(clean_name(part, rules), LONGEST_PART)
        for part in (text if rules.unix else text.replace("\\", "/")).split("/")
    )
    return "/".join(part for part in parts if part)


def clean_name(text: str, rules: NameRules, max_length: int | None = None) -> str:
    """Return text that can be a file name: no illegal characters, no space at either end, no dot at the end."""
    illegal = ILLEGAL_ON_UNIX if rules.unix else ILLEGAL
    name = illegal.sub("_", text).lstrip(" ")[:max_length].rstrip(" .")
    return f"_{name}" if RESERVED_ON_WINDOWS.match(name) else name


def _fill_one(name_and_arguments: str, values: FilenameValues, rules: NameRules) -> str | None:
    match = NAME_AND_ARGUMENTS.fullmatch(name_and_arguments)
    pattern = FILENAME_PATTERNS.find(match[1]) if match else None
    if match is None or pattern is None:
        return clean_name(f"[{name_and_arguments}]", rules)
    value = pattern.fill(values, ARGUMENT.findall(match[2]))
    if value is None:
        return None
    text = clean_name(str(value), rules, rules.max_length)
    return text.replace(" ", "_") if pattern.replaces_spaces else text


# --- what the patterns stand for -----------------------------------------------------------------------------------


def _field(name: str) -> FilenamePattern:
    return FilenamePattern(name, lambda values, _: getattr(values, name))


def _seed_last(values: FilenameValues, _: Sequence[str]) -> object | None:
    return None if len(values.all_seeds) < 2 else values.all_seeds[-1]


def _batch_number(values: FilenameValues, _: Sequence[str]) -> object | None:
    return None if values.batch_size == 1 else values.batch_index + 1


def _generation_number(values: FilenameValues, _: Sequence[str]) -> object | None:
    if values.batch_size * values.batch_count == 1:
        return None
    return values.iteration * values.batch_size + values.batch_index + 1


def _prompt_without_styles(values: FilenameValues, _: Sequence[str]) -> str:
    return values.prompt if values.prompt_without_styles is None else values.prompt_without_styles


def _prompt_words(values: FilenameValues, _: Sequence[str]) -> str:
    words = [word for word in NOT_IN_WORDS.split(values.prompt) if word]
    return " ".join(words[: values.max_prompt_words]) or "empty"


def _has_prompt(values: FilenameValues, arguments: Sequence[str]) -> str:
    """`[hasprompt<cat|no cat><dog>]`: each word that the prompt has, else what follows its bar."""
    prompt = values.prompt.lower()
    choices = (argument.partition("|") for argument in arguments)
    return "".join(word if word.lower() in prompt else other for word, _, other in choices)


def _date_and_time(values: FilenameValues, arguments: Sequence[str]) -> str:
    form, zone = [*arguments, "", ""][:2]
    try:
        return values.now.astimezone(ZoneInfo(zone) if zone else None).strftime(form or DATE_AND_TIME)
    except (ValueError, OSError, LookupError):  # no such zone, no such format
        return values.now.strftime(DATE_AND_TIME)


def _hash(digest: str, arguments: Sequence[str], length: int) -> str:
    asked = arguments[0] if arguments else ""
    return digest[: int(asked)] if asked.isdecimal() and len(asked) < 4 else digest[:length]


def _text_hash(make_text: Callable[[FilenameValues], str]) -> Fill:
    def fill(values: FilenameValues, arguments: Sequence[str]) -> str:
        digest = hashlib.sha256(make_text(values).encode("utf-8", "replace")).hexdigest()
        return _hash(digest, arguments, 8)

    return fill


def _image_hash(values: FilenameValues, arguments: Sequence[str]) -> str | None:
    if values.image is None:
        return None
    return _hash(hashlib.sha256(values.image.tobytes()).hexdigest(), arguments, 64)


FILENAME_PATTERNS: Registry[FilenamePattern] = Registry("filename pattern")
FILENAME_PATTERNS.add(
    *(
        _field(name)
        for name in ("seed", "steps", "width", "height", "sampler", "scheduler", "model_hash", "model_name")
    ),
    *(_field(name) for name in ("clip_skip", "batch_size", "job_timestamp", "user", "vae_filename", "basename")),
    FilenamePattern("cfg", lambda values, _: values.cfg_scale),
    FilenamePattern("denoising", lambda values, _: values.denoising_strength),
    FilenamePattern("seed_first", lambda values, _: (values.all_seeds or (values.seed,))[0]),
    FilenamePattern("seed_last", _seed_last),
    FilenamePattern("batch_number", _batch_number),
    FilenamePattern("generation_number", _generation_number),
    FilenamePattern("styles", lambda values, _: ", ".join(values.styles) or "None"),
    FilenamePattern("sampler_scheduler", lambda values, _: f"{values.sampler} {values.scheduler}".strip()),
    FilenamePattern("prompt", lambda values, _: values.prompt, replaces_spaces=True),
    FilenamePattern("prompt_spaces", lambda values, _: values.prompt),
    FilenamePattern("prompt_no_styles", _prompt_without_styles),
    FilenamePattern("prompt_words", _prompt_words),
    FilenamePattern("hasprompt", _has_prompt, replaces_spaces=True),
    FilenamePattern("prompt_hash", _text_hash(lambda values: values.prompt)),
    FilenamePattern("negative_prompt_hash", _text_hash(lambda values: values.negative_prompt)),
    FilenamePattern("full_prompt_hash", _text_hash(lambda values: f"{values.prompt} {values.negative_prompt}")),
    FilenamePattern("date", lambda values, _: values.now.strftime("%Y-%m-%d")),
    FilenamePattern("datetime", _date_and_time),
    FilenamePattern("image_hash", _image_hash),
    FilenamePattern("none", lambda values, _: ""),
)


def cut_name(name: str, most_bytes: int) -> str:
    """Cut a name so that it takes no more bytes than a file system allows, without cutting a character in two."""
    return name.encode("utf-8")[:most_bytes].decode("utf-8", "ignore").rstrip(" .")
