"""Writing files so that a crash at any moment leaves the old file or the new one, never half of one."""

import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from modules.core.errors import StorageError


@contextmanager
def temporary_sibling(path: Path) -> Generator[Path]:
    """Yield a fresh temporary path in the folder of `path`, made if missing; it is removed afterwards if still there.

    Raises:
        StorageError: the folder cannot be made or written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name[:40]}.{secrets.token_hex(6)}.tmp")
        temporary.touch(exist_ok=False)  # unlike tempfile's, readable by whomever the umask allows
    except OSError as error:
        raise StorageError(f"Cannot write into {path.parent}: {error.strerror or error}.") from error
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
