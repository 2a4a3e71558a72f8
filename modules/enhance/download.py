"""Fetching a known model file when it is first used: with progress, checked, and never half of one."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path

import requests

from modules.core.errors import CheckpointError
from modules.core.files import temporary_sibling
from modules.enhance.job import EnhanceJob

log = logging.getLogger(__name__)

CHUNK = 2**20
SECONDS_TO_CONNECT = 20


@dataclass(frozen=True)
class RemoteFile:
    """A file that its authors published.

    Attributes:
        file: the name it is kept under.
        url: where it is fetched from.
        sha256: of its content.
        size: in bytes.
    """

    file: str
    url: str
    sha256: str
    size: int


def fetched(remote: RemoteFile, folder: Path, job: EnhanceJob) -> Path:
    """Return the file in the folder; fetch it if it is not there.

    Raises:
        CheckpointError: it cannot be fetched, came incomplete or changed, or the job was interrupted.
        StorageError: the folder cannot be written or the disk is full.
    """
    path = folder / remote.file
    if path.is_file():
        return path
    log.info("Downloading %s to %s", remote.url, folder)
    with temporary_sibling(path) as temporary:
        try:
            digest = _download(remote, temporary, job)
        except requests.RequestException as error:
            raise _failure(remote, folder, _reason(error)) from error
        if digest != remote.sha256:
            raise _failure(remote, folder, "what arrived is not the file its authors published")
        temporary.replace(path)
    return path


def _download(remote: RemoteFile, target: Path, job: EnhanceJob) -> str:
    """Write the file and return the SHA-256 of what arrived."""
    digest, arrived = hashlib.sha256(), 0
    if job.progress is not None:
        job.progress.begin_sampling(max(remote.size // CHUNK, 1))
        job.progress.text = f"Downloading {remote.file} ({remote.size / 1e6:.0f} MB)"
    try:
        with requests.get(remote.url, stream=True, timeout=SECONDS_TO_CONNECT) as reply, target.open("wb") as file:
            reply.raise_for_status()
            for chunk in reply.iter_content(CHUNK):
                if job.cut_short:
                    raise CheckpointError(f"Interrupted while downloading {remote.file}.")
                file.write(chunk)
                digest.update(chunk)
                arrived += len(chunk)
                if job.progress is not None:
                    job.progress.step_done(arrived // CHUNK)
    finally:
        if job.progress is not None:
            job.progress.text = ""
    return digest.hexdigest()


def _failure(remote: RemoteFile, folder: Path, reason: str) -> CheckpointError:
    return CheckpointError(
        f"{remote.file} ({remote.size / 1e6:.0f} MB) could not be downloaded: {reason}. "
        f"Get it from {remote.url} and put it into {folder}."
    )


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answered {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return "the server did not answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke"
    return "there is no connection to it"
