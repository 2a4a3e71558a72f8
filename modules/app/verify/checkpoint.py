"""Which checkpoint a picture was made with: by its hash, else by its name."""

from __future__ import annotations

import logging
import re

from modules.app.verify.verdict import CannotRepeatError
from modules.checkpoints.catalog import CheckpointCatalog, CheckpointInfo
from modules.checkpoints.hashes import legacy_hash
from modules.core.errors import CheckpointError
from modules.core.registry import shorten

log = logging.getLogger(__name__)

HASH = re.compile(r"[0-9a-f]{8}|[0-9a-f]{10,64}")
LEGACY_LENGTH = 8
SHORT_TITLE = re.compile(r"(?P<name>.*?)(?:\s*\[(?P<hash>[0-9a-fA-F]{8,64})\])?")


def find_checkpoint(catalog: CheckpointCatalog, name: str, digest: str) -> CheckpointInfo:
    """Return the checkpoint that a picture names. Files are hashed only as far as needed, the likeliest first.

    Args:
        catalog: the checkpoints here.
        name: as the infotext has it, "" if it does not.
        digest: the first 8 (before 2023) or 10 digits of its hash, "" if not known.

    Raises:
        CannotRepeatError: it is not here.
    """
    digest = digest.strip().lower()
    if not HASH.fullmatch(digest):
        return _by_name(catalog, name)
    if len(digest) == LEGACY_LENGTH:
        found = next((info for info in _all(catalog) if legacy_hash(info.filename) == digest), None)
    else:
        found = _by_hash(catalog, name, digest)
    if found is None:
        raise CannotRepeatError(_missing(catalog, name, digest))
    return found


def find_titled(catalog: CheckpointCatalog, title: str) -> CheckpointInfo:
    """Return the checkpoint of a title such as `x [85d6e36ef7]`, as Hires. fix and refiner have it.

    Raises:
        CannotRepeatError: it is not here.
    """
    match = SHORT_TITLE.fullmatch(title.strip())
    return find_checkpoint(catalog, match["name"], match["hash"] or "") if match else _by_name(catalog, title)


def address(catalog: CheckpointCatalog, info: CheckpointInfo) -> str:
    """Return a name by which the catalog is sure to find that file."""
    found = catalog.find(info.title)
    return info.title if found is not None and found.filename == info.filename else info.filename.as_posix()


def _all(catalog: CheckpointCatalog) -> list[CheckpointInfo]:
    """Return the listed checkpoints, and the shipped ones, which hide as soon as there are others."""
    listed = catalog.all()
    return listed + [info for info in catalog.shipped() if all(info.filename != i.filename for i in listed)]


def _by_hash(catalog: CheckpointCatalog, name: str, digest: str) -> CheckpointInfo | None:
    known = next((info for info in _all(catalog) if info.sha256 and info.sha256.startswith(digest)), None)
    return known or next((info for info in _likeliest_first(catalog, name) if _has_hash(catalog, info, digest)), None)


def _likeliest_first(catalog: CheckpointCatalog, name: str) -> list[CheckpointInfo]:
    """Return those not hashed yet: first of that name, then the small ones, which are read quickly."""
    unknown = [info for info in _all(catalog) if not info.sha256]
    return sorted(unknown, key=lambda info: (not _is_called(info, name), _size(info)))


def _has_hash(catalog: CheckpointCatalog, info: CheckpointInfo, digest: str) -> bool:
    log.info("Reading %s to find its hash", info.name)
    try:
        return (catalog.hashed(info).sha256 or "").startswith(digest)
    except CheckpointError as error:
        log.warning("%s", error)
        return False


def _size(info: CheckpointInfo) -> int:
    try:
        return info.filename.stat().st_size
    except OSError:
        return 0


def _by_name(catalog: CheckpointCatalog, name: str) -> CheckpointInfo:
    found = next((info for info in _all(catalog) if _is_called(info, name)), None)
    if found is None:
        raise CannotRepeatError(f"the checkpoint {shorten(name)!r} is not here")
    return found


def _is_called(info: CheckpointInfo, name: str) -> bool:
    """Compare names as infotexts have them, which leave commas and colons out."""
    names = (info.name_for_extra, info.model_name, info.name)
    return name.strip() in {re.sub("[,:]", "", known) for known in names} | set(names)


def _missing(catalog: CheckpointCatalog, name: str, digest: str) -> str:
    called = f"{shorten(name)!r} " if name else ""
    same_name = next((info for info in _all(catalog) if name and _is_called(info, name)), None)
    if same_name is None:
        return f"the checkpoint {called}with the hash {digest} is not here"
    if same_name.sha256 is None:
        return f"--no-hashing keeps {same_name.name!r} from being compared with its checkpoint's hash {digest}"
    theirs = f"and the picture's has {digest}"
    return f"the checkpoint {same_name.name!r} here has the hash {same_name.short_hash or same_name.sha256}, {theirs}"
