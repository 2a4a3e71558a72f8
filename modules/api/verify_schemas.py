"""Bodies of the route that makes a picture again and compares."""

from pydantic import BaseModel, Field

from modules.app.verify.verdict import Outcome


class VerifyRequest(BaseModel):
    """A picture to make again."""

    image: str = Field(description="A picture file with its parameters, as base64 or data URI.")


class VerifyResponse(BaseModel):
    """What came of it."""

    outcome: Outcome = Field(description="identical (to 2 of 255 at most), differs, or cannot be made again.")
    sentence: str = Field(description="The outcome for people, in one line.")
    largest: int | None = Field(description="Largest difference of any channel value, 0..255; null if it cannot.")
    mean: float | None = Field(description="Mean difference of all channel values; null if it cannot.")
    psnr: float | None = Field(description="In dB; null if it cannot, or if the pictures are equal.")
    assumed: list[str] = Field(description="What the picture does not say and was found by trying, as RNG source NV.")
    difference: str | None = Field(description="PNG in base64: original, again, difference amplified; if it differs.")
    amplified: int | None = Field(description="By how much the difference in that picture is multiplied.")
