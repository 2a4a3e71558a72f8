"""A job as scripts see it: `p`, A1111's processing object (contract 6.5). Scripts change it; the flow reads it.

`start_job` makes it from a request, `read_job` makes a request of it again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from typing import Any

from PIL.Image import Image
from torch import Tensor

from modules.core.errors import InputError
from modules.core.progress import Progress
from modules.engine.model import DiffusionModel
from modules.generation.hooks import NO_HOOKS, Hooks
from modules.generation.img2img_request import Img2ImgRequest
from modules.generation.models_in_use import ModelsInUse
from modules.generation.networks import JobNetworks
from modules.generation.program import Program
from modules.generation.request import GenerationRequest, Txt2ImgRequest

NOT_IN_REQUESTS = {"save_images", "mask", "init_images"}
"""Fields of requests that are called otherwise in `p`."""


@dataclass(eq=False)
class StableDiffusionProcessing:
    """What txt2img and img2img have in common; names are A1111's, and those of the request where it has them.

    Attributes:
        prompt: one for all images, or a list with one for each; so are `negative_prompt`, `seed` and `subseed`.
        do_not_save_samples: write no picture files; `do_not_save_grid` likewise.
        outpath_samples: the folder of pictures; None takes that of the settings, as `outpath_grids` does.
        extra_generation_params: what the infotext says besides; a value may be a list, one for each image.
        override_settings: settings for this job alone.
        program: where it runs.
        progress: told of steps, asked for interrupts.
        scripts: what is called on the way.
        script_args: values of all scripts' controls; each script finds its own.
        networks: those that its prompts name.
        models: the checkpoints in use; the job itself keeps no model, so that one that was let go frees its memory.
        remembers: keep the parameters as those of the last job.
        all_prompts: one for each image of the job, from the hook `process` on; `all_seeds` and the like as well.
        prompts: those of the present batch; `seeds` and the like as well.
        iteration: number of the present batch.
        batch_index: number of the picture in its batch, while it is finished.
        rng: the noise of the present pass: `first()`, then `next()`; a script may put another one in its place.
        init_latent: latents that the present pass begins with, if it does not begin with noise.
        sd_model: the model in memory.
    """

    sd_model: InitVar[Any] = None
    outpath_samples: str | None = None
    outpath_grids: str | None = None
    prompt: str | list[str] = ""
    prompt_for_display: str | None = None
    negative_prompt: str | list[str] = ""
    styles: list[str] = field(default_factory=list)
    seed: int | list[int] = -1
    subseed: int | list[int] = -1
    subseed_strength: float = 0
    seed_resize_from_h: int = -1
    seed_resize_from_w: int = -1
    seed_enable_extras: bool = True
    sampler_name: str | None = None
    scheduler: str | None = None
    batch_size: int = 1
    n_iter: int = 1
    steps: int = 50
    cfg_scale: float = 7.0
    width: int = 512
    height: int = 512
    restore_faces: bool | None = None
    tiling: bool | None = None
    do_not_save_samples: bool = False
    do_not_save_grid: bool = False
    extra_generation_params: dict[str, Any] = field(default_factory=dict)
    overlay_images: list[Image] | None = None
    eta: float | None = None
    denoising_strength: float | None = 0.75
    s_min_uncond: float | None = None
    s_churn: float | None = None
    s_tmax: float | None = None
    s_tmin: float | None = None
    s_noise: float | None = None
    override_settings: dict[str, Any] = field(default_factory=dict)
    override_settings_restore_afterwards: bool = True
    sampler_index: str | None = None
    refiner_checkpoint: str | None = None
    refiner_switch_at: float | None = None
    disable_extra_networks: bool = False
    user: str | None = None

    request_kind = GenerationRequest

    def __post_init__(self, sd_model: Any) -> None:
        self.program: Program | None = None
        self.progress: Progress | None = None
        self.models: ModelsInUse | None = None
        self.networks: JobNetworks | None = None
        self.remembers = True
        self.scripts: Hooks = NO_HOOKS
        self.script_args: Sequence[Any] = ()
        self.all_prompts: list[str] = []
        self.all_negative_prompts: list[str] = []
        self.all_seeds: list[int] = []
        self.all_subseeds: list[int] = []
        self.main_prompt = ""
        self.main_negative_prompt = ""
        self.prompts: list[str] = []
        self.negative_prompts: list[str] = []
        self.seeds: list[int] = []
        self.subseeds: list[int] = []
        self.iteration = 0
        self.batch_index = 0
        self.rng: Any = None
        self.init_latent: Tensor | None = None
        self.is_hr_pass = False
        self.is_api = False
        self.latest_info: Mapping[str, Any] = {}
        self.draw_latents: Callable[[], Tensor] | None = None

    def sample(
        self,
        conditioning: Any = None,
        unconditional_conditioning: Any = None,
        seeds: Sequence[int] = (),
        subseeds: Sequence[int] = (),
        subseed_strength: float = 0,
        prompts: Sequence[str] = (),
    ) -> Tensor:
        """Sample the latents (B, 4, h, w) of the present batch. A script may put a function of its own in its place.

        The arguments are what A1111 hands such a function; this one takes the batch as the flow has planned it.
        """
        assert self.draw_latents is not None, "no batch is being made"
        return self.draw_latents()

    def comment(self, text: str) -> None:
        """Tell something to the person who asked for the pictures."""
        if self.progress is not None:
            self.progress.comment(text)

    def close(self) -> None:
        """Let go of what was computed; scripts call it, and nothing is kept here."""
        self.init_latent = self.rng = self.draw_latents = None

    def _request_fields(self) -> dict[str, Any]:
        """Return the values of the fields that the request calls otherwise."""
        return {"save_images": not self.do_not_save_samples}


def _model_of(job: StableDiffusionProcessing) -> DiffusionModel | None:
    """Return the model in memory."""
    return job.models.model if job.models is not None else None


StableDiffusionProcessing.sd_model = property(_model_of)  # type: ignore[assignment]


@dataclass(eq=False)
class StableDiffusionProcessingTxt2Img(StableDiffusionProcessing):
    """A txt2img job; see `Txt2ImgRequest`."""

    enable_hr: bool = False
    firstphase_width: int = 0
    firstphase_height: int = 0
    hr_scale: float = 2.0
    hr_upscaler: str | None = None
    hr_second_pass_steps: int = 0
    hr_resize_x: int = 0
    hr_resize_y: int = 0
    hr_checkpoint_name: str | None = None
    hr_sampler_name: str | None = None
    hr_scheduler: str | None = None
    hr_prompt: str = ""
    hr_negative_prompt: str = ""
    hr_cfg: float | None = None
    firstpass_image: Image | None = None

    request_kind = Txt2ImgRequest

    def __post_init__(self, sd_model: Any) -> None:
        super().__post_init__(sd_model)
        self.all_hr_prompts: list[str] = []
        self.all_hr_negative_prompts: list[str] = []
        self.hr_upscale_to_x = 0
        self.hr_upscale_to_y = 0


@dataclass(eq=False)
class StableDiffusionProcessingImg2Img(StableDiffusionProcessing):
    """An img2img job; see `Img2ImgRequest`.

    Attributes:
        image_mask: the picture that says what is repainted; the argument `mask` sets it.
        mask: of the latents (1, 1, h, w), 1 is kept, while a batch is made; `nmask` is the other way round.
        mask_for_overlay: the mask as blurred, of the original's size.
        color_corrections: pictures whose colours the results get, if the settings want that; None takes the originals.
        paste_to: where in the original the result belongs, (left, top, width, height), with "Only masked".
    """

    init_images: list[Image] | None = None
    resize_mode: int = 0
    image_cfg_scale: float | None = None
    mask: Any = None
    mask_blur_x: int = 4
    mask_blur_y: int = 4
    mask_blur: int | None = None
    mask_round: bool = True
    inpainting_fill: int = 0
    inpaint_full_res: bool = True
    inpaint_full_res_padding: int = 0
    inpainting_mask_invert: int = 0
    initial_noise_multiplier: float | None = None
    latent_mask: Image | None = None

    request_kind = Img2ImgRequest

    def __post_init__(self, sd_model: Any) -> None:
        super().__post_init__(sd_model)
        self.image_mask: Image | None = self.mask
        self.mask = None
        self.nmask: Tensor | None = None
        self.mask_for_overlay: Image | None = None
        self.color_corrections: list[Image] | None = None
        self.paste_to: tuple[int, int, int, int] | None = None

    def _request_fields(self) -> dict[str, Any]:
        images = tuple(self.init_images or ())
        return {**super()._request_fields(), "init_images": images, "mask": self.image_mask}


KINDS: dict[type[GenerationRequest], type[StableDiffusionProcessing]] = {
    Txt2ImgRequest: StableDiffusionProcessingTxt2Img,
    Img2ImgRequest: StableDiffusionProcessingImg2Img,
}


def start_job(
    request: GenerationRequest,
    program: Program,
    progress: Progress,
    scripts: Hooks = NO_HOOKS,
    script_args: Sequence[Any] = (),
) -> StableDiffusionProcessing:
    """Make the job of a request."""
    kind = KINDS[type(request)]
    names = {field.name for field in dataclasses.fields(kind)}
    values = {name: value for name, value in vars(request).items() if name in names and name not in NOT_IN_REQUESTS}
    values["styles"] = list(request.styles)
    values["override_settings"] = dict(request.override_settings)
    if isinstance(request, Img2ImgRequest):
        values["init_images"], values["mask"] = list(request.init_images), request.mask
    job = kind(**values)
    job.do_not_save_samples = job.do_not_save_grid = not request.save_images
    job.program, job.progress, job.scripts, job.script_args = program, progress, scripts, script_args
    return job


def read_job(job: StableDiffusionProcessing) -> GenerationRequest:
    """Make the request that a job stands for; lists of prompts and seeds count with their first entry.

    Raises:
        InputError: a value out of range.
        UnknownNameError: no such sampler, schedule or upscaler.
    """
    kind = job.request_kind
    values: dict[str, Any] = {}
    for known in dataclasses.fields(kind):
        if known.name in NOT_IN_REQUESTS or not hasattr(job, known.name):
            continue
        value = getattr(job, known.name)
        if value is None and known.default is not dataclasses.MISSING:
            value = known.default
        values[known.name] = first_of(value) if known.name in EACH_IMAGE else value
    values["styles"] = tuple(job.styles or ())
    values["override_settings"] = dict(job.override_settings or {})
    if not job.seed_enable_extras:
        for name in ("subseed", "subseed_strength", "seed_resize_from_w", "seed_resize_from_h"):
            values.pop(name)
    return kind(**values, **job._request_fields())


EACH_IMAGE = ("prompt", "negative_prompt", "seed", "subseed")
"""What a script may set to a list, with one entry for each image."""


def first_of(value: Any) -> Any:
    """Return the first entry of a list, and anything else as it is.

    Raises:
        InputError: the list is empty.
    """
    if not isinstance(value, list | tuple):
        return value
    if not value:
        raise InputError("A script gave an empty list of prompts or seeds.")
    return value[0]
