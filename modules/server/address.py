"""Which address and port the server takes."""

from __future__ import annotations

import socket

from modules.core.errors import InputError
from modules.core.flags import Flags

PAGE_PORT = 7860
API_PORT = 7861
_PORTS_TRIED = 100


def open_socket(flags: Flags) -> socket.socket:
    """Bind the port asked for, or the first free one from the default upwards if none was.

    Raises:
        InputError: the port is taken or not allowed, or the host is not ours.
    """
    host = flags.server_name or ("0.0.0.0" if flags.listen else "127.0.0.1")
    if flags.port is not None:
        return _bind(host, flags.port)
    first = API_PORT if flags.nowebui else PAGE_PORT
    for port in range(first, first + _PORTS_TRIED - 1):
        try:
            return _bind(host, port)
        except _PortTakenError:
            continue
    return _bind(host, first + _PORTS_TRIED - 1)


class _PortTakenError(InputError):
    pass


def _bind(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise InputError(f"Port {port} does not exist; choose one from 1 to 65535 with --port.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(512)
    except PermissionError as error:
        sock.close()
        raise InputError(f"Port {port} needs administrator rights; choose one above 1023 with --port.") from error
    except socket.gaierror as error:
        sock.close()
        raise InputError(f"There is no address called {host!r}; check --server-name.") from error
    except OSError as error:
        sock.close()
        raise _PortTakenError(
            f"Port {port} on {host} is in use by another program; stop that one or choose another with --port."
        ) from error
    return sock


def address_of(sock: socket.socket, flags: Flags) -> str:
    """Return the address to type into a browser on this machine."""
    host, port = sock.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    scheme = "https" if flags.tls_keyfile and flags.tls_certfile else "http"
    path = f"/{flags.subpath.strip('/')}" if flags.subpath else ""
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}{path}"
