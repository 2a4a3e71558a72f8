"""Prompts and seeds of each image of a job: scripts may give every image its own."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from modules.core.errors import InputError
from modules.core.options import Settings
from modules.generation.img2img_request import Img2ImgRequest
from modules.generation.prompt_options import read_prompts
from modules.generation.request import GenerationRequest, with_hires
from modules.generation.styles import Style, apply_styles

_LARGEST_RANDOM_SEED = 4294967293


@dataclass(frozen=True)
class EachImage:
    """One entry for each image of the job, in order; prompts are without comments, and hold their styles."""

    prompts: tuple[str, ...]
    negative_prompts: tuple[str, ...]
    seeds: tuple[int, ...]
    subseeds: tuple[int, ...]
    hires_prompts: tuple[str, ...] = ()
    hires_negative_prompts: tuple[str, ...] = ()

    def first_prompts(self, request: GenerationRequest) -> GenerationRequest:
        """Return the request with the prompts of the first image."""
        request = replace(request, prompt=self.prompts[0], negative_prompt=self.negative_prompts[0])
        hires = with_hires(request)
        if hires is None or not self.hires_prompts:
            return request
        own, own_negative = hires.hr_prompt, hires.hr_negative_prompt
        return replace(
            hires,
            hr_prompt=self.hires_prompts[0] if own else "",
            hr_negative_prompt=self.hires_negative_prompts[0] if own_negative else "",
        )


def find_each_image(
    request: GenerationRequest,
    settings: Settings,
    styles: Iterable[Style] = (),
    *,
    prompts: Sequence[str] | None = None,
    negative_prompts: Sequence[str] | None = None,
    seeds: Sequence[int] | None = None,
    subseeds: Sequence[int] | None = None,
) -> EachImage:
    """Resolve prompts and seeds of each image.

    Args:
        request: the job.
        settings: whether prompts may hold comments.
        styles: laid over every prompt.
        prompts: of each image, if they differ; how many there are is how many images the job makes. Like
            `negative_prompts`.
        seeds: of each image, if they are not to be counted up from the request's; like `subseeds`.

    Raises:
        InputError: the lists do not fit each other, or a prompt has become too long.
    """
    count = len(prompts or negative_prompts or ()) or fit_batch_size(request).batch_size * request.n_iter
    positive = list(prompts) if prompts is not None else [request.prompt] * count
    negative = list(negative_prompts) if negative_prompts is not None else [request.negative_prompt] * count
    require_as_many("negative prompts", negative, count)
    styles = list(styles)
    read = {
        pair: read_prompts(apply_styles(replace(request, prompt=pair[0], negative_prompt=pair[1]), styles), settings)
        for pair in dict.fromkeys(zip(positive, negative, strict=True))
    }
    images = [read[pair] for pair in zip(positive, negative, strict=True)]
    hires = [with_hires(image) for image in images]
    return EachImage(
        prompts=tuple(image.prompt for image in images),
        negative_prompts=tuple(image.negative_prompt for image in images),
        seeds=_count_up(seeds, request.seed, count, step=0 if request.subseed_strength else 1),
        subseeds=_count_up(subseeds, request.subseed, count),
        hires_prompts=tuple(image.hr_prompt or image.prompt for image in hires if image),
        hires_negative_prompts=tuple(image.hr_negative_prompt or image.negative_prompt for image in hires if image),
    )


def fit_batch_size(request: GenerationRequest) -> GenerationRequest:
    """Return the request with as many images in a batch as it has pictures to begin with, if they are several."""
    if isinstance(request, Img2ImgRequest) and len(request.init_images) > 1:
        return replace(request, batch_size=len(request.init_images))
    return request


def require_as_many(what: str, given: Sequence[object], count: int) -> None:
    """Refuse lists that do not fit.

    Raises:
        InputError: there are fewer than images.
    """
    if len(given) < count:
        raise InputError(f"A script gave {len(given)} {what} for {count} images; it has to give one for each.")


def resolve_seed(seed: int) -> int:
    """Return a seed; -1 draws one."""
    return random.randint(0, _LARGEST_RANDOM_SEED) if seed == -1 else seed


def _count_up(given: Sequence[int] | None, first: int, count: int, step: int = 1) -> tuple[int, ...]:
    if given is not None:
        require_as_many("seeds", given, count)
        return tuple(resolve_seed(seed) for seed in given[:count])
    first = resolve_seed(first)
    return tuple(first + i * step for i in range(count))
