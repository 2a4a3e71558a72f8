"""Who may see the page: --gradio-auth and --gradio-auth-path."""

from __future__ import annotations

import re

from modules.core.errors import InputError
from modules.core.flags import Flags


def page_logins(flags: Flags) -> list[tuple[str, str]] | None:
    """Return user names and passwords, or None when everybody may see the page.

    Raises:
        InputError: an entry without a colon, or a file that cannot be read.
    """
    entries = (flags.gradio_auth or "").split(",")
    if flags.gradio_auth_path is not None:
        try:
            entries += re.split(r"[,\n]", flags.gradio_auth_path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"Cannot read the logins in {flags.gradio_auth_path} (--gradio-auth-path).") from error
    return [parse_login(entry.strip()) for entry in entries if entry.strip()] or None


def parse_login(entry: str) -> tuple[str, str]:
    """Return user name and password of `user:password`.

    Raises:
        InputError: no colon, or nothing before or after it.
    """
    user, colon, password = entry.partition(":")
    if not (user and colon and password):
        raise InputError("A login must be user:password (--gradio-auth, --gradio-auth-path).")
    return user, password
