"""What verification finds out about a picture, and how that is said."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PIL.Image import Image

from modules.core.errors import WebUIError
from modules.imaging.difference import Difference

LARGEST_SAME = 2
MEAN_SAME = 0.1
SAME_TO_THE_EYE = 35.0
"""In dB; differences as small are hardly seen, and pictures of different noise never come as close (10 to 20 dB)."""


class CannotRepeatError(WebUIError):
    """A picture cannot be made again. The message is a clause that follows "because"."""


class Outcome(StrEnum):
    """Of a verification."""

    IDENTICAL = "identical"
    DIFFERS = "differs"
    CANNOT = "cannot"


@dataclass(frozen=True)
class Verdict:
    """The outcome for one picture.

    Attributes:
        sentence: for people, in one line.
        difference: in numbers; None if the picture could not be made again.
        assumed: what the picture does not say and was found by trying, such as "RNG source NV".
        ours: the picture made again; only where it differs.
    """

    outcome: Outcome
    sentence: str
    difference: Difference | None = None
    assumed: tuple[str, ...] = ()
    theirs: Image | None = None
    ours: Image | None = None


def is_same(difference: Difference) -> bool:
    """Say whether it is as small as between two runs of A1111 itself."""
    return difference.largest <= LARGEST_SAME and difference.mean <= MEAN_SAME


def cannot(reason: object) -> Verdict:
    """Say that a picture cannot be made again; a whole sentence becomes a clause."""
    text = str(reason).strip().removesuffix(".") or "of an unknown error"
    if text[:1].isupper() and text[1:2].islower():
        text = text[0].lower() + text[1:]
    return Verdict(Outcome.CANNOT, f"cannot, because {' '.join(text.split())}")


def identical(difference: Difference, assumed: tuple[str, ...], lossy: str | None) -> Verdict:
    """Say that a picture is the same; `lossy` is the format that keeps it from being so to the bit."""
    if lossy and difference.largest:
        words = f"identical as far as {lossy} allows (PSNR {difference.psnr:.0f} dB)"
    elif difference.largest:
        words = f"identical within {difference.largest} of 255 (mean {difference.mean:.2g})"
    else:
        words = f"identical, saved as {lossy}" if lossy else "identical"
    return Verdict(Outcome.IDENTICAL, words + _with(assumed), difference, assumed)


def differs(
    difference: Difference, assumed: tuple[str, ...], lossy: str | None, theirs: Image, ours: Image, notes: list[str]
) -> Verdict:
    """Say that a picture came out differently; `notes` are clauses about why that may be."""
    words = f"differs: up to {difference.largest} of 255, mean {difference.mean:.2g}"
    if lossy:
        words += f" after saving as {lossy}"
    words += _with(assumed)
    if difference.psnr >= SAME_TO_THE_EYE:
        words += f"; the same to the eye (PSNR {difference.psnr:.0f} dB)"
    sentence = "; ".join([words, *notes])
    return Verdict(Outcome.DIFFERS, sentence, difference, assumed, theirs, ours)


def _with(assumed: tuple[str, ...]) -> str:
    return f", with {' and '.join(assumed)}" if assumed else ""
