"""Where this copy of the program comes from: the web page of the repository it was cloned from."""

from __future__ import annotations

import configparser
import re
from pathlib import Path
from urllib.parse import urlsplit

SSH = re.compile(r"(?:ssh://)?git@(?P<host>[\w.-]+)[:/](?P<path>[\w./-]+)")
PATH = re.compile(r"[\w./-]+")


def project_page(program: Path) -> str | None:
    """Return the address of the page on GitHub, or None if the program was not cloned from there."""
    config = configparser.RawConfigParser(strict=False)
    try:
        config.read(program / ".git" / "config", encoding="utf-8")
        url = config.get('remote "origin"', "url", fallback="")
    except (configparser.Error, UnicodeDecodeError, OSError):
        return None
    return page_of(url)


def page_of(url: str) -> str | None:
    """Return the page of a repository on GitHub. A password in the address is left out."""
    ssh = SSH.fullmatch(url)
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    host, path = (ssh["host"], ssh["path"]) if ssh else (parts.hostname, parts.path)
    path = path.strip("/").removesuffix(".git")
    if host != "github.com" or not PATH.fullmatch(path):
        return None
    return f"https://github.com/{path}"
