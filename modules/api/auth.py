"""Who may call our routes.

- /sdapi: --api-auth asks for HTTP Basic; without it, --gradio-auth guards these routes as well.
- /internal and /file=: --gradio-auth guards them, since they show what the page shows. --api-auth does not, as in
  A1111, unless there is no page (--nowebui). /internal/ping is open to all: it says only that the program is up.

Where --gradio-auth guards, either the page's session cookie or HTTP Basic is enough. Routes that extensions add are
not guarded.
"""

import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.params import Depends as Dependency
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from fastapi.security.utils import get_authorization_scheme_param

from modules.api.page_session import session_user
from modules.core.flags import Flags
from modules.core.logins import Logins, api_logins, page_logins


class Utf8Basic(HTTPBasic):
    """HTTP Basic whose names and passwords may hold any character; a malformed header counts as none."""

    async def __call__(self, request: Request) -> HTTPBasicCredentials | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Return what the header holds."""
        scheme, encoded = get_authorization_scheme_param(request.headers.get("Authorization"))
        if scheme.lower() != "basic":
            return None
        try:
            user, colon, password = base64.b64decode(encoded).decode("utf-8").partition(":")
        except ValueError:
            return None
        return HTTPBasicCredentials(username=user, password=password) if colon else None


@dataclass(frozen=True)
class Guards:
    """What to put before each kind of route."""

    api: list[Dependency]
    internal: list[Dependency]


def make_guards(flags: Flags) -> Guards:
    """Return the guards that the flags ask for; none where everybody may call.

    Raises:
        InputError: a login that cannot be read.
    """
    api, page = api_logins(flags), page_logins(flags)
    if flags.nowebui:
        everywhere = _guard(api or page, cookie=False)
        return Guards(api=everywhere, internal=everywhere)
    guarded_by_page = _guard(Logins((*page, *api)), cookie=True) if page else []
    return Guards(api=_guard(api, cookie=False) if api else guarded_by_page, internal=guarded_by_page)


def _guard(logins: Logins, *, cookie: bool) -> list[Dependency]:
    return [Depends(_gate(logins, cookie=cookie))] if logins else []


def _gate(logins: Logins, *, cookie: bool) -> Callable[..., Awaitable[None]]:
    basic = Utf8Basic(auto_error=False, description="A login of --api-auth or --gradio-auth")

    # With the header WWW-Authenticate, a browser whose page session has ended would ask for a password at each poll.
    headers = None if cookie else {"WWW-Authenticate": "Basic"}

    async def gate(request: Request, given: Annotated[HTTPBasicCredentials | None, Depends(basic)]) -> None:
        if given is not None and logins.admit(given.username, given.password):
            return
        if cookie and session_user(request) is not None:
            return
        raise HTTPException(401, "Incorrect username or password", headers)

    return gate
