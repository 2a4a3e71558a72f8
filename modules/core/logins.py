"""User names and passwords given on the command line, for the page and for the API."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from modules.core.errors import InputError
from modules.core.flags import Flags


@dataclass(frozen=True, repr=False)
class Logins:
    """Pairs of user name and password. False when there are none, which means that everybody is let in."""

    pairs: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.pairs)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)

    def admit(self, user: str, password: str) -> bool:
        """Say whether a login is right, in a time that does not tell how nearly."""
        given = (user.encode("utf-8", "replace"), password.encode("utf-8", "replace"))
        admitted = False
        for known_user, known_password in self.pairs:
            same_user = hmac.compare_digest(given[0], known_user.encode())
            same_password = hmac.compare_digest(given[1], known_password.encode())
            admitted |= same_user and same_password
        return admitted


def api_logins(flags: Flags) -> Logins:
    """Return the logins of --api-auth.

    Raises:
        InputError: an entry that is not user:password.
    """
    return _parse((flags.api_auth or "").split(","), "--api-auth")


def page_logins(flags: Flags) -> Logins:
    """Return the logins of --gradio-auth and --gradio-auth-path.

    Raises:
        InputError: an entry that is not user:password, or a file that cannot be read.
    """
    logins = _parse((flags.gradio_auth or "").split(","), "--gradio-auth").pairs
    if (path := flags.gradio_auth_path) is not None:
        try:
            entries = re.split(r"[,\n]", path.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"Cannot read the logins in {path}; check --gradio-auth-path.") from error
        logins += _parse(entries, "--gradio-auth-path").pairs
        if not logins:
            raise InputError(f"There is no login in {path}; put user:password there, one a line (--gradio-auth-path).")
    return Logins(logins)


def _parse(entries: Iterable[str], flag: str) -> Logins:
    pairs: list[tuple[str, str]] = []
    for entry in filter(None, map(str.strip, entries)):
        user, colon, password = entry.partition(":")
        if not (user and colon and password):
            raise InputError(f"{flag} takes user:password, several of them separated by commas.")
        pairs.append((user, password))
    return Logins(tuple(pairs))
