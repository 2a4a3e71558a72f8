"""The textual inversions in their folder, read when it changes, and which of them fit a model."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from modules.checkpoints.scan import files_below, natural_key, printable
from modules.core.errors import CheckpointError
from modules.engine.networks.embeddings import EmbeddingIndex
from modules.engine.text.tokenizer import default_tokenizer
from modules.networks.embedding_file import EmbeddingFile, read_embedding_file

log = logging.getLogger(__name__)

SUFFIXES = (".safetensors", ".pt", ".bin", ".png")
"""Of files with the same name the first of these counts: a picture may be a mere preview of the other."""

PREVIEW = ".preview"

Widths = tuple[int, ...]
"""What a model takes: the width of the token vectors of each of its text encoders."""


@dataclass(frozen=True)
class SkippedEmbedding:
    """A file that gives no word, and why; `file` is None where it could not be read."""

    path: Path
    reason: str
    file: EmbeddingFile | None = None


@dataclass(frozen=True)
class EmbeddingList:
    """What a model can use and what it cannot, in the order of names."""

    loaded: tuple[EmbeddingFile, ...]
    skipped: tuple[SkippedEmbedding, ...]
    index: EmbeddingIndex


@dataclass(frozen=True)
class _Seen:
    """A file as it was when it was read; `content` is a sentence if that failed, None for a mere picture."""

    state: tuple[int, int]
    content: EmbeddingFile | str | None


class EmbeddingCatalog:
    """Safe to use from several threads; the lists it gives never change."""

    def __init__(self, folder: Path, *, hashing: bool = True) -> None:
        self._folder = folder
        self._hashing = hashing
        self._lock = threading.Lock()
        self._seen: dict[Path, _Seen] = {}
        self._lists: dict[Widths | None, EmbeddingList] = {}

    def refresh(self) -> None:
        """Read every file again."""
        with self._lock:
            self._seen = {}
            self._scan()

    def list_for(self, widths: Widths | None) -> EmbeddingList:
        """Return the embeddings for a model, after looking whether the folder has changed.

        Args:
            widths: of the model's text encoders; None takes embeddings for any.
        """
        with self._lock:
            self._scan()
            if widths not in self._lists:
                self._lists[widths] = _choose([seen.content for seen in self._seen.values()], widths, self._broken())
            return self._lists[widths]

    def _broken(self) -> list[SkippedEmbedding]:
        return [
            SkippedEmbedding(path, seen.content) for path, seen in self._seen.items() if isinstance(seen.content, str)
        ]

    def _scan(self) -> None:
        states = dict(_states(self._folder))
        if states == {path: seen.state for path, seen in self._seen.items()}:
            return
        self._lists = {}
        self._seen = {
            path: known if (known := self._seen.get(path)) and known.state == state else self._read(path, state)
            for path, state in sorted(states.items(), key=lambda item: _order(item[0]))
        }

    def _read(self, path: Path, state: tuple[int, int]) -> _Seen:
        try:
            return _Seen(state, read_embedding_file(path, hashing=self._hashing))
        except CheckpointError as error:
            log.warning("Textual inversion skipped: %s", error)
            return _Seen(state, str(error))


def _states(folder: Path) -> Iterator[tuple[Path, tuple[int, int]]]:
    for path in files_below(folder):
        is_hidden, is_preview = path.name.startswith("."), path.stem.lower().endswith(PREVIEW)
        if path.suffix.lower() in SUFFIXES and not is_hidden and not is_preview:
            try:
                state = path.stat()
            except OSError:  # it has just gone
                continue
            yield path, (state.st_mtime_ns, state.st_size)


def _order(path: Path) -> tuple[list[tuple[int, int | str]], int, str]:
    return natural_key(path.stem), SUFFIXES.index(path.suffix.lower()), str(path)


def _choose(
    contents: list[EmbeddingFile | str | None], widths: Widths | None, broken: list[SkippedEmbedding]
) -> EmbeddingList:
    loaded: dict[tuple[int, ...], EmbeddingFile] = {}
    skipped: list[SkippedEmbedding] = []
    for file in contents:
        if not isinstance(file, EmbeddingFile):
            continue
        tokens = tuple(default_tokenizer().encode(file.name))
        reason = _why_not(file, tokens, widths, loaded)
        if reason is None:
            loaded[tokens] = file
        else:
            skipped.append(SkippedEmbedding(file.path, reason, file))
    index = EmbeddingIndex((tokens, file.embedding) for tokens, file in loaded.items())
    return EmbeddingList(tuple(loaded.values()), (*skipped, *broken), index)


def _why_not(
    file: EmbeddingFile, tokens: tuple[int, ...], widths: Widths | None, loaded: dict[tuple[int, ...], EmbeddingFile]
) -> str | None:
    if widths is not None and file.widths != widths:
        return f"It is for another kind of model: its vectors have the width {_join(file.widths)}, not {_join(widths)}."
    if not tokens:
        return "Its name holds nothing that could be written in a prompt: rename the file."
    if tokens in loaded:
        return f"{printable(loaded[tokens].path.name)} has the same name: rename one of them."
    return None


def _join(widths: Widths) -> str:
    return " and ".join(map(str, widths))
