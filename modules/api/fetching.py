"""Pictures that are given by their addresses: fetched, unless the address is in the own network.

Whoever may call the API could otherwise read what only this machine may see. Each host is looked up here, once for each
step of a redirect, and the connection goes to the very address that was found good.
"""

from __future__ import annotations

import ipaddress
import socket
import time

import httpx

from modules.api.options import ADDRESSES_ALLOWED, LOCAL_FORBIDDEN, USER_AGENT
from modules.core.errors import InputError
from modules.core.options import Settings

LONGEST_SECONDS = 30.0
LARGEST_FILE = 128 * 2**20
MOST_REDIRECTS = 5

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def fetch(url: str, settings: Settings) -> bytes:
    """Return the file at an address.

    Raises:
        InputError: it is not allowed, or there is no such file.
    """
    if not settings[ADDRESSES_ALLOWED]:
        raise InputError("Requests not allowed: send the image itself as base64, not its address.")
    agent = settings[USER_AGENT].strip()
    try:
        with (
            httpx.Client(
                transport=_CheckedTransport(local_forbidden=settings[LOCAL_FORBIDDEN]),
                timeout=LONGEST_SECONDS,
                follow_redirects=True,
                max_redirects=MOST_REDIRECTS,
                headers={"user-agent": agent} if agent else None,
            ) as client,
            client.stream("GET", url) as response,
        ):
            response.raise_for_status()
            return _read(response)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise InputError(f"Invalid image url: nothing could be fetched from there ({_reason(error)}).") from error


def _read(response: httpx.Response) -> bytes:
    """Read the answer, but not for ever and not without end."""
    deadline = time.monotonic() + LONGEST_SECONDS
    chunks: list[bytes] = []
    size = 0
    for chunk in response.iter_bytes():
        chunks.append(chunk)
        size += len(chunk)
        if size > LARGEST_FILE:
            raise InputError(f"Invalid image url: the file is larger than {LARGEST_FILE // 2**20} MB.")
        if time.monotonic() > deadline:
            raise InputError(f"Invalid image url: the file did not arrive within {LONGEST_SECONDS:.0f} seconds.")
    return b"".join(chunks)


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"status {error.response.status_code}"
    return type(error).__name__


class _CheckedTransport(httpx.HTTPTransport):
    """Connects to addresses that it has checked. The environment's proxies are not used."""

    def __init__(self, *, local_forbidden: bool) -> None:
        super().__init__(trust_env=False)
        self._local_forbidden = local_forbidden

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the address of its host.

        Raises:
            InputError: the address is in the own network.
        """
        address = self._find_address(request.url)
        checked = httpx.Request(
            request.method,
            request.url.copy_with(host=address),
            headers=request.headers,  # which name the host
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": request.url.host},
        )
        return super().handle_request(checked)

    def _find_address(self, url: httpx.URL) -> str:
        try:
            found = socket.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpx.ConnectError(str(error)) from error
        addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
        if self._local_forbidden and not all(map(is_global, addresses)):
            raise InputError("Request to local resource not allowed: give the address of a public server.")
        return addresses[0]


def is_global(address: str) -> bool:
    """Say whether an IP address is one of the public network, also where it wraps an older one."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        wrapped = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        if ip in _NAT64:
            wrapped.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
        if any(inner is not None and not is_global(str(inner)) for inner in wrapped):
            return False
        if ip.ipv4_mapped is not None:
            return True
    return ip.is_global and not ip.is_multicast and not ip.is_reserved
