"""The prompts that were used last, kept in a file of the data folder, so that they are there after a restart."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from modules.core.errors import StorageError
from modules.core.files import read_json_file, write_json

log = logging.getLogger(__name__)

PROMPTS = "prompts"
LONGEST = 20_000
"""Longer prompts are not kept."""


@dataclass(frozen=True)
class UsedPrompt:
    """Both prompts of a job as they were typed, and when it began."""

    prompt: str
    negative_prompt: str
    time: str

    @property
    def texts(self) -> tuple[str, str]:
        return self.prompt, self.negative_prompt


class PromptHistory:
    """The list, the latest first, each pair of prompts once. Safe to use from several threads.

    Args:
        path: of the file.
        set_aside: where a file goes that cannot be read.
    """

    def __init__(self, path: Path, set_aside: Path) -> None:
        self.path = path
        self.set_aside = set_aside
        self._lock = threading.Lock()
        self._used: list[UsedPrompt] | None = None

    def all(self) -> Sequence[UsedPrompt]:
        """Return the list."""
        with self._lock:
            return list(self._read())

    def add(self, prompt: str, negative_prompt: str, most: int) -> None:
        """Put a pair of prompts first; `most` are kept, and 0 leaves the list as it is.

        A list that cannot be written is told in the log: pictures do not wait for it.
        """
        texts = prompt.strip(), negative_prompt.strip()
        if most <= 0 or not any(texts) or max(map(len, texts)) > LONGEST:
            return
        with self._lock:
            used = self._read()
            if used and used[0].texts == texts:
                return
            first = UsedPrompt(*texts, datetime.now().astimezone().isoformat(timespec="seconds"))
            self._used = [first, *(other for other in used if other.texts != texts)][:most]
            try:
                write_json(self.path, {PROMPTS: [asdict(one) for one in self._used]})
            except StorageError as error:
                log.warning("The prompt is not kept: %s", error)

    def clear(self) -> None:
        """Forget all.

        Raises:
            StorageError: the file cannot be deleted.
        """
        with self._lock:
            self._used = []
            try:
                self.path.unlink(missing_ok=True)
            except OSError as error:
                raise StorageError(f"{self.path} cannot be deleted ({error.strerror}); delete it by hand.") from error

    def _read(self) -> list[UsedPrompt]:
        if self._used is None:
            try:
                entries = read_json_file(self.path, self.set_aside).get(PROMPTS)
            except StorageError as error:
                log.warning("%s", error)
                entries = None
            found = entries if isinstance(entries, list) else []
            self._used = [used for entry in found if (used := _read_entry(entry)) is not None]
        return self._used


def _read_entry(entry: Any) -> UsedPrompt | None:
    if not isinstance(entry, Mapping):
        return None
    values = [entry.get(name, "") for name in ("prompt", "negative_prompt", "time")]
    return UsedPrompt(*values) if all(isinstance(value, str) for value in values) else None
