"""Writing files so that a crash at any moment leaves the old file or the new one, never half of one."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modules.core.errors import StorageError


@contextmanager
def temporary_sibling(path: Path) -> Iterator[Path]:
    """Yield a fresh temporary path in the folder of `path`, made if missing; it is removed afterwards if still there.

    Raises:
        StorageError: the folder cannot be made or written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".tmp", dir=path.parent)
    except OSError as error:
        raise StorageError(f"Cannot write into {path.parent}: {error.strerror or error}.") from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
    except OSError as error:
        raise StorageError(f"Cannot write {path}: {error.strerror or error}.") from error
    finally:
        temporary.unlink(missing_ok=True)


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a whole file through a temporary sibling and a rename.

    Raises:
        StorageError: the folder cannot be written or the disk is full.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    with temporary_sibling(path) as temporary:
        temporary.write_bytes(data)
        temporary.replace(path)
