"""Bodies of the routes that work on pictures that are there (contract 2.3)."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ExtrasFields(BaseModel):
    """What single pictures and batches have in common."""

    model_config = ConfigDict(populate_by_name=True)

    resize_mode: Literal[0, 1] = Field(0, description="0 enlarges by upscaling_resize, 1 to a width and height.")
    show_extras_results: bool = Field(True, description="Has no effect: the pictures are always sent.")
    gfpgan_visibility: float = Field(0, ge=0, le=1, description="Share of what GFPGAN makes; 0 leaves it out.")
    codeformer_visibility: float = Field(0, ge=0, le=1, description="Share of what CodeFormer makes; 0 leaves it out.")
    codeformer_weight: float = Field(0, ge=0, le=1, description="0 changes faces most, 1 least.")
    upscaling_resize: float = Field(2, ge=1, le=8, description="The factor, for resize_mode 0.")
    upscaling_resize_w: int = Field(512, ge=1, description="The width, for resize_mode 1.")
    upscaling_resize_h: int = Field(512, ge=1, description="The height, for resize_mode 1.")
    upscaling_crop: bool = Field(True, description="For resize_mode 1: cut off what sticks out.")
    upscaler_1: str = Field("None", description="A name of /sdapi/v1/upscalers.")
    upscaler_2: str = Field("None", description="A second one, laid over the first.")
    extras_upscaler_2_visibility: float = Field(0, ge=0, le=1, description="Share of the second one.")
    upscale_first: bool = Field(False, description="Has no effect, as in A1111.")


class ExtrasSingleRequest(ExtrasFields):
    """One picture."""

    image: str = Field("", description="A picture file as base64 or data URI.")


class FileData(BaseModel):
    """One picture of several."""

    data: str = Field(description="A picture file as base64 or data URI.")
    name: str


class ExtrasBatchRequest(ExtrasFields):
    """Several pictures."""

    image_list: list[FileData] = Field(alias="imageList")


class ExtrasSingleResponse(BaseModel):
    """What became of the picture."""

    html_info: str = Field(description="What was done.")
    image: str = Field(description="Base64, without a data URI.")


class ExtrasBatchResponse(BaseModel):
    """What became of the pictures."""

    html_info: str = Field(description="What was done to the last one.")
    images: list[str] = Field(description="Base64, without a data URI.")


class InterrogateRequest(BaseModel):
    """A picture to describe in words."""

    image: str | None = Field("", description="A picture file as base64 or data URI.")
    model: str = Field("clip", description="clip for words, deepdanbooru for tags.")


class InterrogateResponse(BaseModel):
    """The picture in words."""

    caption: str


class RealEsrganItem(BaseModel):
    """A Real-ESRGAN model."""

    name: str
    path: str
    scale: int


class FaceRestorerItem(BaseModel):
    """What restores faces."""

    name: str
    cmd_dir: str | None
