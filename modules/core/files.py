"""Writing files so that a crash at any moment leaves the old file or the new one, never half of one."""

import itertools
import json
import secrets
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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


def write_json(path: Path, value: Any) -> None:
    """Write a whole JSON file as A1111 does: indented, and in UTF-8 as far as that can hold the texts.

    Raises:
        StorageError: the folder cannot be written or the disk is full.
    """
    try:
        data = json.dumps(value, indent=4, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:  # half of a character, as a broken client may send it
        data = json.dumps(value, indent=4).encode("ascii")
    write_atomically(path, data)


def read_json_file(path: Path, set_aside: Path) -> dict[str, Any]:
    """Read a JSON file that holds an object, as people and A1111 write it; a file that is not there is an empty one.

    Args:
        path: the file.
        set_aside: where a file goes that cannot be read, so that nothing in it is lost.

    Raises:
        StorageError: it cannot be read; it says where the file is now.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
        return dict(data.items())
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError, RecursionError, OSError) as error:
        target = unused_name(set_aside)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, target)
            where = f"; it was moved to {target}"
        except OSError:
            where = ""
        raise StorageError(f"{path.name} could not be read ({error}){where}.") from error


def unused_name(path: Path) -> Path:
    """Return the path, or a numbered one beside it if it is taken."""
    numbered = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in itertools.count(2))
    return next(candidate for candidate in itertools.chain([path], numbered) if not candidate.exists())
