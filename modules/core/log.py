"""The one logging set-up. Everywhere else: `log = logging.getLogger(__name__)`."""

import logging
import sys


def configure_logging(level: str | None) -> None:
    """Log to standard error as `12:34:56 INFO  message`; `level` is a name such as INFO (the default) or DEBUG."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(message)s", datefmt="%H:%M:%S"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("modules").setLevel((level or "INFO").upper())
    logging.getLogger("__main__").setLevel((level or "INFO").upper())
