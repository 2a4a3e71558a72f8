"""Bodies of requests and replies. Generation requests are made from the program's own request classes."""

import dataclasses
from collections.abc import Mapping
from typing import Any, get_origin, get_type_hints

from PIL.Image import Image
from pydantic import BaseModel, ConfigDict, Field, create_model

from modules.generation.img2img_request import Img2ImgRequest
from modules.generation.request import Txt2ImgRequest

# --- generation ---------------------------------------------------------------------------------------------------


class GenerationFields(BaseModel):
    """Fields of A1111's generation requests that concern the API alone, or a part of the program still to come.

    The others come from the program's own request. Unknown fields are ignored.
    """

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True, protected_namespaces=())

    force_task_id: str | None = Field(None, description="The task's id in /internal/progress; drawn if not given.")
    send_images: bool | None = Field(True, description="Put the pictures into the reply.")
    infotext: str | None = Field(None, description="Parameters of a picture; they fill the fields that are not given.")
    override_settings_restore_afterwards: bool | None = Field(
        True, description="If false, override_settings become the settings of the program."
    )
    do_not_save_samples: bool | None = Field(False, description="Replaced by save_images.")
    do_not_save_grid: bool | None = Field(False, description="Replaced by save_images.")
    disable_extra_networks: bool | None = False
    comments: dict[str, Any] | None = None
    script_name: str | None = None
    script_args: list[Any] | None = []
    alwayson_scripts: dict[str, Any] | None = {}


def generation_model(
    name: str, request: type, own_fields: type[GenerationFields] = GenerationFields
) -> type[GenerationFields]:
    """Make the body for a request class: its fields and defaults, each of which may also be null."""
    hints = get_type_hints(request)
    fields: dict[str, Any] = {
        field.name: (_json_type(hints[field.name]) | None, _json_default(field))
        for field in dataclasses.fields(request)
        if field.name not in own_fields.model_fields
    }
    return create_model(name, __base__=own_fields, **fields)


def _json_type(hint: Any) -> Any:
    """Pictures come as base64."""
    if hint in (Image, Image | None):
        return str
    if get_origin(hint) is tuple:
        return list[_json_type(hint.__args__[0])]
    return dict[str, Any] if get_origin(hint) is Mapping else hint


def image_fields(request: type) -> list[str]:
    """Return the names of a request's fields that hold a picture, or several."""
    hints = get_type_hints(request)
    return [name for name, hint in hints.items() if hint in (Image, Image | None, tuple[Image, ...])]


def _json_default(field: "dataclasses.Field[Any]") -> Any:
    """A1111 shows null where the default is an empty collection."""
    return field.default if field.default is not dataclasses.MISSING and field.default != () else None


Txt2ImgBody = generation_model("StableDiffusionProcessingTxt2Img", Txt2ImgRequest)


class Img2ImgFields(GenerationFields):
    """Fields of img2img requests that concern the API alone."""

    include_init_images: bool | None = Field(False, description="Repeat the pictures and the mask in the reply.")


Img2ImgBody = generation_model("StableDiffusionProcessingImg2Img", Img2ImgRequest, Img2ImgFields)


class GenerationResponse(BaseModel):
    """The pictures of a job."""

    images: list[str] = Field(description="Base64, without a data URI; the grid first, if there is one.")
    parameters: dict[str, Any] = Field(description="The request, with defaults filled in.")
    info: str = Field(description="A JSON text: seeds, prompts and infotexts of all pictures.")


# --- progress -----------------------------------------------------------------------------------------------------


class ProgressResponse(BaseModel):
    """How far the running job is."""

    progress: float = Field(description="From 0 to 1; 0 when idle.")
    eta_relative: float = Field(description="Seconds left.")
    state: dict[str, Any]
    current_image: str | None = Field(description="The unfinished picture, base64.")
    textinfo: str | None


class TaskProgressRequest(BaseModel):
    """Which task to look at."""

    id_task: str
    id_live_preview: int = Field(-1, description="The last preview's number; only a newer one is sent.")
    live_preview: bool = True


class TaskProgressResponse(BaseModel):
    """Where a task is."""

    active: bool
    queued: bool
    completed: bool
    progress: float | None = None
    eta: float | None = None
    live_preview: str | None = Field(default=None, description="A data URI.")
    id_live_preview: int | None = None
    textinfo: str | None = None
    sampling_step: int | None = Field(default=None, description="Steps done of the present pass. Not in A1111.")
    sampling_steps: int | None = Field(default=None, description="Steps of the present pass. Not in A1111.")


class TaskRequest(BaseModel):
    """Which task to act on."""

    id_task: str


class InterruptRequest(TaskRequest):
    """Which task to interrupt, and how soon."""

    after_current: bool = Field(
        False, description="Finish the present pictures first, if more follow and interrupt_after_current is on."
    )


class TaskActionResponse(BaseModel):
    """Whether there was such a task."""

    done: bool


class InterruptResponse(TaskActionResponse):
    """Whether there was such a task, and whether its present pictures are finished first."""

    after_current: bool | None = Field(None, description="Only for the running task.")


class PendingTasksResponse(BaseModel):
    """The waiting tasks, next first."""

    size: int
    tasks: list[str]


# --- what there is ------------------------------------------------------------------------------------------------


class SamplerItem(BaseModel):
    """A sampler."""

    name: str
    aliases: list[str]
    options: dict[str, Any]


class SchedulerItem(BaseModel):
    """A noise schedule."""

    name: str
    label: str
    aliases: list[str] | None
    default_rho: float
    need_inner_model: bool


class UpscalerItem(BaseModel):
    """A way to enlarge pictures."""

    model_config = ConfigDict(protected_namespaces=())

    name: str
    model_name: str | None
    model_path: str | None
    model_url: str | None
    scale: float | None


class NamedItem(BaseModel):
    """Something that has a name."""

    name: str


class CheckpointItem(BaseModel):
    """A checkpoint."""

    model_config = ConfigDict(protected_namespaces=())

    title: str
    model_name: str
    hash: str | None
    sha256: str | None
    filename: str
    config: str | None


class MemoryResponse(BaseModel):
    """Memory in bytes."""

    ram: dict[str, Any]
    cuda: dict[str, Any]


# --- pictures and the program -------------------------------------------------------------------------------------


class PngInfoRequest(BaseModel):
    """A picture to read."""

    image: str = Field(description="A picture file as base64 or data URI.")


class PngInfoResponse(BaseModel):
    """The texts inside a picture."""

    info: str = Field(description="The infotext, or an empty text.")
    items: dict[str, Any] = Field(description="The picture's other texts.")
    parameters: dict[str, Any] = Field(description="The infotext, parsed.")


class PingResponse(BaseModel):
    """That the program is up. `boot_id` changes when it or its page is started anew."""

    boot_id: str
    ready: bool
    stage: str
    error: str | None


class OptionHint(BaseModel):
    """A setting's key and its label."""

    name: str
    label: str


class StartupProfile(BaseModel):
    """Seconds that start-up took, and its parts."""

    total: float
    records: dict[str, float]


# --- scripts ------------------------------------------------------------------------------------------------------


class ScriptNames(BaseModel):
    """Names of all scripts, by tab."""

    txt2img: list[str]
    img2img: list[str]


class ScriptArgument(BaseModel):
    """One value that a script takes."""

    label: str
    value: Any | None = None
    minimum: Any | None = None
    maximum: Any | None = None
    step: Any | None = None
    choices: list[str] | None = None


class ScriptInfo(BaseModel):
    """A script and the values that it takes."""

    name: str
    is_alwayson: bool
    is_img2img: bool
    args: list[ScriptArgument]
