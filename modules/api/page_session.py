"""Who is logged in on the page.

Gradio keeps the logins of --gradio-auth in its application, which is mounted on our server, and gives the browser a
cookie. It has no public way to ask whose cookie a request to another route carries: `tests/api/test_auth.py` covers
these private names, `tokens` and `cookie_id`, with the real Gradio.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request

COOKIES = ("access-token-{}", "access-token-unsecure-{}")


def session_user(request: Request) -> str | None:
    """Return the name of the user who is logged in on the page in this browser, or None."""
    for page in _pages(request.app):
        for name in COOKIES:
            token = request.cookies.get(name.format(page.cookie_id))
            if token is not None and token in page.tokens:
                return page.tokens[token]
    return None


def _pages(server: FastAPI) -> list[Any]:
    mounted = [getattr(route, "app", None) for route in server.router.routes]
    return [page for page in mounted if hasattr(page, "tokens") and hasattr(page, "cookie_id")]
