"""A picture is made again from its own infotext and compared with what it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL.Image import Image

from modules.app.app import App
from modules.app.queue import JobCancelledError
from modules.app.verify.checkpoint import address, find_checkpoint, find_titled
from modules.app.verify.obstacles import other_program, require_repeatable, unknown_parameters
from modules.app.verify.verdict import CannotRepeatError, Verdict, cannot, differs, identical, is_same
from modules.core.errors import InputError, WebUIError
from modules.core.options import OPTIONS
from modules.core.registry import shorten
from modules.engine.model import LATENT_FACTOR
from modules.engine.sampling.sigmas import AUTOMATIC
from modules.generation.from_infotext import Recipe, read_recipe
from modules.generation.local_networks import with_local_networks
from modules.generation.network_options import ADDED_HYPERNETWORK, ADDED_LORA
from modules.generation.network_options import NONE as NO_NETWORK
from modules.generation.options import CHECKPOINT, OLD_HIRES_SIZE, RANDOM_SOURCE
from modules.generation.plan import make_plan
from modules.generation.request import SAME_CHECKPOINT, Txt2ImgRequest
from modules.generation.sampler_options import OLD_RANGE, SCHEDULE_TYPE
from modules.hardware.device import choose_device
from modules.imaging.difference import Difference, compare
from modules.imaging.load import load_image
from modules.imaging.lossy import compare_as_stored, is_lossy
from modules.imaging.metadata import ImageText, read_infotext
from modules.networks.options import BY_FILENAME

PICTURE_OF_ANOTHER_NOISE = 25.0
"""In dB: noise from another generator makes another picture, which never comes as close as this."""

SOURCES = {"cpu": ("GPU", "NV"), "cuda": ("GPU", "CPU")}
"""By device: the sources whose numbers differ there. "GPU" is the device's own."""
ALL_SOURCES = ("GPU", "NV", "CPU")

OURS = "-easel-"
"""In the Version of pictures that Easel made."""
BEFORE_1_6 = "v1.5.0"
"""A Version for pictures without one: A1111 began to write it in 2023."""

PICTURE_SECTIONS = {"sd", "sampler-params", "optimizations", "compatibility", "vae"}
MOST_NAMED = 3


@dataclass(frozen=True)
class Original:
    """A picture as it was found: its file, its pixels, its texts."""

    data: bytes
    picture: Image
    text: ImageText

    @property
    def lossy_format(self) -> str | None:
        """The format, if it is one that changes pixels."""
        if not is_lossy(self.picture, self.data):
            return None
        return {"WEBP": "WebP"}.get(str(self.picture.format), str(self.picture.format))


@dataclass(frozen=True)
class Attempt:
    """A way to make the picture.

    Attributes:
        assumed: what the picture does not say and was tried, in words.
    """

    request: Txt2ImgRequest
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Repetition:
    """What came of an attempt."""

    attempt: Attempt
    picture: Image
    difference: Difference
    same: bool


def verify(app: App, source: bytes | Path) -> Verdict:
    """Make a picture again and say how far the two are apart. Nothing is saved.

    Args:
        app: the program.
        source: the picture's file.

    Raises:
        JobCancelledError: the job was taken out of the queue.
    """
    try:
        original = open_original(source)
        recipe = _read(app, original.text.infotext or "")
        require_repeatable(app, recipe, original.text.items)
        return _judge(app, recipe, original)
    except JobCancelledError:
        raise
    except WebUIError as error:
        return cannot(error)


def _read(app: App, infotext: str) -> Recipe:
    return with_local_networks(read_recipe(infotext), app.loras, BY_FILENAME)


def open_original(source: bytes | Path) -> Original:
    """Open a picture that has an infotext.

    Raises:
        InputError: it is no picture.
        CannotRepeatError: it has no parameters.
    """
    try:
        data = source if isinstance(source, bytes) else source.read_bytes()
    except OSError as error:
        raise CannotRepeatError(f"the file cannot be read ({error.strerror or error})") from error
    try:
        picture = load_image(data)
    except InputError as error:
        raise CannotRepeatError(str(error)) from error
    text = read_infotext(picture)
    if not (text.infotext or "").strip() or text.program == "ComfyUI":
        program = text.program or other_program(text.items)
        raise CannotRepeatError(
            f"it was made by {program}, which keeps its parameters in a form of its own"
            if program
            else "there are no parameters in the file"
        )
    return Original(data, picture, text)


def _judge(app: App, recipe: Recipe, original: Original) -> Verdict:
    tried: list[Repetition] = []
    for attempt in _by_noise(app, recipe, original):
        tried.append(_repeat(app, attempt, original))
        if tried[-1].same or tried[-1].difference.psnr > PICTURE_OF_ANOTHER_NOISE:
            break
    if not tried[-1].same:
        for attempt in _by_reading(app, recipe, original, min(tried, key=_distance).attempt):
            tried.append(_repeat(app, attempt, original))
    best = min(tried, key=_distance)
    lossy, assumed = original.lossy_format, best.attempt.assumed
    if best.same:
        return identical(best.difference, assumed, lossy)
    notes = list(_notes(app, recipe))
    return differs(best.difference, assumed, lossy, original.picture, best.picture, notes)


def _distance(result: Repetition) -> tuple[bool, float]:
    return not result.same, result.difference.mean


# --- what to make -------------------------------------------------------------------------------------------------


def _by_noise(app: App, recipe: Recipe, original: Original) -> Iterator[Attempt]:
    """Yield the request as it is written first, then with other sources of noise if it names none."""
    request = _request(app, recipe, original)
    _require_settings(app, request)
    _require_size(app, request, original.picture)
    if recipe.settings.get(RANDOM_SOURCE.name, "GPU") != "GPU":
        yield Attempt(request)
        return
    first, *others = SOURCES.get(choose_device(app.flags).type, ALL_SOURCES)
    yield Attempt(_overridden(request, {RANDOM_SOURCE.name: first}))
    for source in others:
        yield Attempt(_overridden(request, {RANDOM_SOURCE.name: source}), (f"RNG source {source}",))


def _by_reading(app: App, recipe: Recipe, original: Original, closest: Attempt) -> Iterator[Attempt]:
    """Yield other ways to understand the parameters, where A1111 wrote the same for two requests."""
    noise = {RANDOM_SOURCE.name: closest.request.override_settings[RANDOM_SOURCE.name]}
    written = recipe.written
    if "Hires sampler" in written and "Hires schedule type" not in written and not _is_ours(recipe):
        assumed = (*closest.assumed, f"Hires schedule type {AUTOMATIC}")
        yield Attempt(replace(closest.request, hr_scheduler=AUTOMATIC), assumed)
    if "Version" not in written:
        older = _read(app, f"{original.text.infotext}, Version: {BEFORE_1_6}")
        if older.settings != recipe.settings:
            assumed = (*closest.assumed, "the rules of before 1.6")
            yield Attempt(_overridden(_request(app, older, original), noise), assumed)


def _is_ours(recipe: Recipe) -> bool:
    return OURS in str(recipe.written.get("Version"))


def _overridden(request: Txt2ImgRequest, settings: Mapping[str, Any]) -> Txt2ImgRequest:
    return replace(request, override_settings={**request.override_settings, **settings})


def _request(app: App, recipe: Recipe, original: Original) -> Txt2ImgRequest:
    """Turn a recipe into a request that leaves nothing that infotexts tell to the present settings.

    Raises:
        InputError: a value out of range.
        UnknownNameError: no such sampler or schedule.
        CannotRepeatError: a checkpoint is not here.
    """
    width, height = original.picture.size
    fields: dict[str, Any] = {"width": width, "height": height, **recipe.fields}
    for name, none in (("hr_checkpoint_name", SAME_CHECKPOINT), ("refiner_checkpoint", "None")):
        if fields.get(name) and fields[name] != none:
            fields[name] = address(app.catalog, find_titled(app.catalog, str(fields[name])))
    overrides = {**_settings_of_infotexts(recipe), **recipe.settings}
    name, digest = (str(recipe.written.get(key, "")).strip() for key in ("Model", "Model hash"))
    if name or digest:
        overrides[CHECKPOINT.name] = address(app.catalog, find_checkpoint(app.catalog, name, digest))
    return Txt2ImgRequest(**fields, override_settings=overrides)


def _settings_of_infotexts(recipe: Recipe) -> dict[str, Any]:
    """Return what an infotext means by not saying it. Ours say the old range of noise levels in numbers."""
    unwritten = {option.name: option.default for option in OPTIONS if option.infotext}
    ours = {OLD_RANGE.name: False} if _is_ours(recipe) else {}
    unwritten |= {ADDED_LORA.name: NO_NETWORK, ADDED_HYPERNETWORK.name: NO_NETWORK}  # they would be in the prompt
    return {**unwritten, SCHEDULE_TYPE.name: AUTOMATIC, OLD_HIRES_SIZE.name: False, **ours}


def _require_settings(app: App, request: Txt2ImgRequest) -> None:
    """Refuse where a setting that the picture needs is frozen at another value.

    Raises:
        CannotRepeatError: it is.
    """
    settings = app.settings(request.override_settings)
    for key, value in request.override_settings.items():
        if settings[OPTIONS.get(key)] != OPTIONS.get(key).check(value):
            raise CannotRepeatError(f"the setting {key} was frozen at another value when the program was started")


def _require_size(app: App, request: Txt2ImgRequest, picture: Image) -> None:
    """Refuse a file that is not as large as its parameters say, before any work is done.

    Raises:
        CannotRepeatError: it is a grid, or not as it was made.
    """
    plan = make_plan(request, app.settings(request.override_settings))
    rows, columns = plan.request.height // LATENT_FACTOR, plan.request.width // LATENT_FACTOR
    if plan.hires:
        target = plan.hires.target
        rows, columns = (side - cut for side, cut in zip(target.latent_size, _crop(target), strict=True))
    size = columns * LATENT_FACTOR, rows * LATENT_FACTOR
    if picture.size != size:
        raise CannotRepeatError(
            f"the file is {picture.width}x{picture.height} and its parameters make {size[0]}x{size[1]}: "
            "it is a grid, or was enlarged or cut afterwards"
        )


def _crop(target: Any) -> tuple[int, int]:
    return target.crop_rows, target.crop_columns


# --- making and comparing -----------------------------------------------------------------------------------------


def _repeat(app: App, attempt: Attempt, original: Original) -> Repetition:
    result = app.txt2img(attempt.request, remember=False)
    if result.cut_short or not result.images:
        raise CannotRepeatError("making it was interrupted")
    picture = result.images[0].image
    if original.lossy_format:
        difference, same = compare_as_stored(picture, original.picture)
    else:
        difference = compare(picture, original.picture)
        same = is_same(difference)
    return Repetition(attempt, picture, difference, same)


def _notes(app: App, recipe: Recipe) -> Iterator[str]:
    """Yield what may explain a difference."""
    if not recipe.written.get("Model") and not recipe.written.get("Model hash"):
        yield f"the picture names no checkpoint, so {app.checkpoint_title()} was used"
    if unknown := unknown_parameters(recipe):
        yield f"the picture also says {_listed(unknown)}, which Easel does not know"
    if changed := _changed_settings(app):
        yield f"pictures do not record {_listed(changed)}, changed in the settings here"
    if not str(recipe.written.get("Version", "")).startswith("v"):
        yield f"it names {shorten(str(recipe.written.get('Version', 'no program')))} as what made it"


def _changed_settings(app: App) -> list[str]:
    """Return the settings that change pictures, are not in infotexts, and are not as they come."""
    settings = app.settings()
    return [
        option.name
        for option in OPTIONS
        if option.section in PICTURE_SECTIONS
        and not option.infotext
        and not option.restrict_api
        and option is not CHECKPOINT
        and settings[option] != option.default
    ]


def _listed(names: list[str]) -> str:
    shown = [shorten(name) for name in names[:MOST_NAMED]]
    return ", ".join(shown) + (" and others" if len(names) > MOST_NAMED else "")
