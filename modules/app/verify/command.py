"""`--verify`: a line for each picture, a difference picture where there is one, and a summary."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from modules.app.app import App, build_app
from modules.app.verify.repeat import verify
from modules.app.verify.verdict import CannotRepeatError, Outcome, Verdict, cannot
from modules.checkpoints.scan import natural_key, printable
from modules.core.errors import InputError, StorageError
from modules.core.files import write_atomically
from modules.core.flags import Flags
from modules.imaging.difference import difference_picture
from modules.imaging.formats import find_format
from modules.imaging.metadata import encode_image

log = logging.getLogger(__name__)

FOLDER = Path("outputs", "verify")
"""In the data folder: where difference pictures go if --verify-output does not say."""


@dataclass
class VerifyRun:
    """One run over some files and folders.

    Attributes:
        counts: how many pictures had which outcome so far.
    """

    app: App
    given: Sequence[Path]
    output: Path
    counts: Counter[Outcome] = field(default_factory=Counter)
    _written: set[Path] = field(default_factory=set)

    @property
    def all_identical(self) -> bool:
        """Whether there was at least one picture, and each came out the same."""
        return set(self.counts) == {Outcome.IDENTICAL}

    def lines(self) -> Iterator[str]:
        """Verify one picture after the other; yield a line when each is done, and the summary at the end."""
        for path in find_pictures(self.given, self.output):
            verdict = self._verify(path)
            self.counts[verdict.outcome] += 1
            yield f"{printable(str(path))}: {verdict.sentence}{self._difference_note(path, verdict)}"
        yield self.summary()

    def summary(self) -> str:
        """Return how many pictures had which outcome."""
        total = self.counts.total()
        if not total:
            return "There are no pictures in what --verify was given."
        parts = ", ".join(f"{self.counts[outcome]} {words}" for outcome, words in SUMMARY.items())
        return f"{total} picture{'' if total == 1 else 's'}: {parts}."

    def _verify(self, path: Path) -> Verdict:
        try:
            return verify(self.app, path)
        except (MemoryError, RecursionError) as error:
            return cannot(CannotRepeatError(f"there is not enough memory for it ({type(error).__name__})"))

    def _difference_note(self, path: Path, verdict: Verdict) -> str:
        if verdict.theirs is None or verdict.ours is None:
            return ""
        sheet, factor = difference_picture(verdict.theirs, verdict.ours)
        target = self._free_name(path)
        try:
            write_atomically(target, encode_image(sheet, "png"))
        except (StorageError, InputError) as error:
            log.warning("The difference picture cannot be written: %s", error)
            return ""
        return f"; see {printable(str(target))} (original, again, difference x{factor})"

    def _free_name(self, path: Path) -> Path:
        """Return where the difference picture goes; only those of earlier runs are overwritten."""
        number, target = 1, self.output / f"{path.stem}-diff.png"
        while target in self._written:
            number += 1
            target = self.output / f"{path.stem}-diff-{number}.png"
        self._written.add(target)
        return target


SUMMARY = {
    Outcome.IDENTICAL: "identical",
    Outcome.DIFFERS: "different",
    Outcome.CANNOT: "that could not be made again",
}


def open_run(flags: Flags) -> VerifyRun:
    """Build the program, without a server, for the pictures of --verify.

    Raises:
        WebUIError: the program cannot be built.
    """
    app = build_app(flags)
    return VerifyRun(app, flags.verify, flags.verify_output or app.paths.data / FOLDER)


def find_pictures(given: Sequence[Path], output: Path) -> Iterator[Path]:
    """Yield files as they are given, and of folders all pictures below, but not those that we wrote ourselves."""
    for path in given:
        if not path.is_dir():
            yield path
            continue
        files = (file for file in path.rglob("*") if find_format(file.suffix) and file.is_file())
        yield from sorted((file for file in files if output not in file.parents), key=lambda f: natural_key(str(f)))
