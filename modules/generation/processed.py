"""`Processed`, which scripts get from `process_images` and give back themselves (contract 6.5)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL.Image import Image

from modules.generation.job import StableDiffusionProcessing, first_of
from modules.generation.result import GeneratedImage, Result

OF_THE_JOB = (
    "subseed_strength",
    "width",
    "height",
    "sampler_name",
    "cfg_scale",
    "steps",
    "batch_size",
    "restore_faces",
    "seed_resize_from_w",
    "seed_resize_from_h",
    "denoising_strength",
    "styles",
)
"""What is taken from `p` where no job has been described yet."""


class Processed:
    """Pictures of a job and what is said of them; all of it may be changed.

    Args:
        p: the job.
        images_list: its pictures, sheets first.
        seed: of the first picture; -1 takes the job's.
        info: infotext of what has none of its own.
        subseed: of the first picture.
        all_prompts: of each picture that is no sheet, like the other lists.
        index_of_first_image: how many sheets come before.
        infotexts: one for each picture, sheets too.
        comments: for people, a sentence a line.
    """

    def __init__(  # noqa: PLR0913 - as scripts call it
        self,
        p: StableDiffusionProcessing,
        images_list: Sequence[Image],
        seed: int = -1,
        info: str = "",
        subseed: int | None = None,
        all_prompts: Sequence[str] | None = None,
        all_negative_prompts: Sequence[str] | None = None,
        all_seeds: Sequence[int] | None = None,
        all_subseeds: Sequence[int] | None = None,
        index_of_first_image: int = 0,
        infotexts: Sequence[str] | None = None,
        comments: str = "",
        extra_images_list: Sequence[Image] = (),
    ) -> None:
        self.images: list[Image] = list(images_list)
        self.extra_images: list[Image] = list(extra_images_list)
        self.info = info
        self.comments = comments
        self.index_of_first_image = index_of_first_image
        self.infotexts: list[str] = list(infotexts) if infotexts is not None else [info]
        self.all_prompts = list(all_prompts or p.all_prompts or [str(first_of(p.prompt))])
        self.all_negative_prompts = list(
            all_negative_prompts or p.all_negative_prompts or [str(first_of(p.negative_prompt))]
        )
        self.all_seeds = list(all_seeds or p.all_seeds or [seed if seed != -1 else first_of(p.seed)])
        self.all_subseeds = list(all_subseeds or p.all_subseeds or [subseed or first_of(p.subseed)])
        self.prompt, self.negative_prompt = self.all_prompts[0], self.all_negative_prompts[0]
        self.seed: int = self.all_seeds[0] if seed == -1 else seed
        self.subseed: int = self.all_subseeds[0] if subseed is None else subseed
        self._described = dict(p.latest_info) or {name: getattr(p, name) for name in OF_THE_JOB}
        self.width: int = p.width
        self.height: int = p.height
        self.denoising_strength: float | None = self._described.get("denoising_strength")
        self.extra_generation_params = dict(p.extra_generation_params)

    @classmethod
    def of(cls, p: StableDiffusionProcessing, result: Result) -> Processed:
        """Return what one job has made."""
        grid = [result.grid] if result.grid else []
        shown = [*grid, *result.images]
        for image in shown:
            mark_saved(image.image, image.path)
        info = result.info
        return cls(
            p,
            [image.image for image in shown],
            seed=info["seed"],
            info=shown[0].infotext if shown else "",
            subseed=info["subseed"],
            all_prompts=info["all_prompts"],
            all_negative_prompts=info["all_negative_prompts"],
            all_seeds=info["all_seeds"],
            all_subseeds=info["all_subseeds"],
            index_of_first_image=len(grid),
            infotexts=[image.infotext for image in shown],
            comments="\n".join(result.comments),
        )

    def info_object(self) -> Mapping[str, Any]:
        """Return the info object that A1111's API sends."""
        return {
            **self._described,
            "prompt": self.prompt,
            "all_prompts": self.all_prompts,
            "negative_prompt": self.negative_prompt,
            "all_negative_prompts": self.all_negative_prompts,
            "seed": self.seed,
            "all_seeds": self.all_seeds,
            "subseed": self.subseed,
            "all_subseeds": self.all_subseeds,
            "denoising_strength": self.denoising_strength,
            "index_of_first_image": self.index_of_first_image,
            "infotexts": self.infotexts,
        }

    def js(self) -> str:
        """Return the info object as a JSON text."""
        return json.dumps(self.info_object(), default=lambda _value: None)

    def infotext(self, p: StableDiffusionProcessing, index: int) -> str:
        """Return the infotext of a picture, counted without sheets."""
        place = index + self.index_of_first_image
        return self.infotexts[place] if place < len(self.infotexts) else self.info

    def result(self, seconds: float, *, interrupted: bool, cut_short: bool) -> Result:
        """Return the pictures as the page and the API take them; sheets that a script made count as pictures."""
        images = tuple(self._image(i, image) for i, image in enumerate(self.images))
        return Result(
            images=images,
            info=self.info_object(),
            comments=tuple(line for line in self.comments.splitlines() if line.strip()),
            seconds=seconds,
            interrupted=interrupted,
            cut_short=cut_short,
        )

    def _image(self, i: int, image: Image) -> GeneratedImage:
        own = max(i - self.index_of_first_image, 0)
        infotext = self.infotexts[i] if i < len(self.infotexts) else str(image.info.get("parameters", self.info))
        saved = getattr(image, "already_saved_as", None)
        return GeneratedImage(
            image=image,
            seed=entry(self.all_seeds, own, self.seed),
            subseed=entry(self.all_subseeds, own, self.subseed),
            prompt=entry(self.all_prompts, own, self.prompt),
            negative_prompt=entry(self.all_negative_prompts, own, self.negative_prompt),
            infotext=infotext,
            path=Path(saved) if saved else None,
        )


def entry(values: Sequence[Any], i: int, otherwise: Any) -> Any:
    """Return an entry of a list, or something else where the list is too short."""
    return values[i] if i < len(values) else otherwise


def mark_saved(image: Image, path: Path | str | None) -> None:
    """Note on a picture where it was saved; scripts and the page look there."""
    if path is not None:
        image.already_saved_as = str(path)  # type: ignore[attr-defined]
