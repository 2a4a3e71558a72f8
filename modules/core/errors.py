"""Errors meant for people: one sentence that says what is wrong and what to do, shown without a traceback.

`modules/api/errors.py` and `modules/frontend/errors.py` turn each kind into a reply, each in one table.
Any other exception is a bug in the program.
"""


class WebUIError(Exception):
    """Something a person can act on. The message is one sentence saying what to do."""


class InputError(WebUIError):
    """A value in the request is out of range or malformed."""


class UnknownNameError(WebUIError):
    """A name (sampler, checkpoint, option, ...) that is not in its list."""


class CheckpointError(WebUIError):
    """A model file that cannot be read, is damaged, or is of a family not supported."""


class DeviceMemoryError(WebUIError):
    """The device or the machine ran out of memory."""


class StorageError(WebUIError):
    """A folder that cannot be written, or a full disk."""
