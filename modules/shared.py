"""Legacy name: the running program, as extensions see it. Nothing in the program itself may import this."""

from typing import Any

from PIL.Image import Image as _Image

from modules.app.current import current_app as _current_app
from modules.app.interrogate import CLIP as _CLIP
from modules.app.interrogate import describe_now as _describe_now
from modules.core.errors import UnknownNameError as _UnknownNameError
from modules.core.progress import Progress as _Progress
from modules.enhance.upscalers import UPSCALERS as _UPSCALERS


class _Options:
    """The settings, by their keys; setting one saves nothing, as in A1111."""

    def __getattr__(self, key: str) -> Any:
        try:
            return _current_app().options.get(key)
        except _UnknownNameError as error:
            raise AttributeError(f"There is no setting {key!r}.") from error

    def __setattr__(self, key: str, value: Any) -> None:
        _current_app().set_options({key: value})

    @property
    def data(self) -> dict[str, Any]:
        """All settings that were ever set."""
        return _current_app().options.data()


class _State:
    """The running job; without one, a job that nobody runs."""

    def __init__(self) -> None:
        object.__setattr__(self, "_own", {})

    @property
    def _progress(self) -> _Progress:
        return _current_app().queue.current or _Progress("none")

    @property
    def interrupted(self) -> bool:
        """The job is to end now."""
        return self._progress.interrupted

    @property
    def skipped(self) -> bool:
        """The present batch is to end now."""
        return self._progress.skipped

    @property
    def stopping_generation(self) -> bool:
        """The job is to end after the present picture."""
        return self._progress.stopping

    @property
    def job_count(self) -> int:
        """Passes of sampling in the whole job; a script may set it."""
        return self._progress.job_count

    @property
    def job_no(self) -> int:
        """Passes of sampling that are done."""
        return self._progress.job_no

    @property
    def sampling_step(self) -> int:
        """Steps of the present pass that are done."""
        return self._progress.sampling_step

    @property
    def sampling_steps(self) -> int:
        """Steps of the present pass."""
        return self._progress.sampling_steps

    def __getattr__(self, name: str) -> Any:
        """What extensions have put here themselves; `textinfo` and `job` are texts."""
        own = object.__getattribute__(self, "_own")
        if name in own:
            return own[name]
        if name in ("job", "textinfo"):
            return ""
        raise AttributeError(f"The state has no {name!r}.")

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "job_count":
            self._progress.plan_all(int(value))
        elif name == "textinfo":
            self._progress.text = str(value or "")
        elif name in ("interrupted", "skipped"):
            if value:
                getattr(self._progress, "interrupt" if name == "interrupted" else "skip")()
        else:
            object.__getattribute__(self, "_own")[name] = value

    def nextjob(self) -> None:
        """A1111's way to count; the flow counts by itself here."""

    def begin(self, job: str = "") -> None:
        """A job begins; the queue knows by itself."""

    def end(self) -> None:
        """A job ends; the queue knows by itself."""

    def interrupt(self) -> None:
        """Stop the job."""
        self._progress.interrupt()

    def skip(self) -> None:
        """Stop the present batch."""
        self._progress.skip()


class _Interrogator:
    """What describes pictures; called within a job."""

    def interrogate(self, pil_image: _Image) -> str:
        """Return a picture in words."""
        return _describe_now(_CLIP, pil_image)


opts = _Options()
state = _State()
interrogator = _Interrogator()


def list_checkpoint_tiles() -> list[str]:
    """Return the titles of all checkpoints."""
    return [info.title for info in _current_app().catalog.all()]


def __getattr__(name: str) -> Any:
    """What the running program has."""
    if name == "cmd_opts":
        return _current_app().flags
    if name == "sd_upscalers":
        return list(_UPSCALERS)
    if name == "sd_model":
        return _current_app().models.get(_current_app().selected_checkpoint()).model
    if name == "device":
        return _current_app().models.get(_current_app().selected_checkpoint()).model.device
    if name == "prompt_styles":
        return _current_app().styles
    raise AttributeError(f"module 'modules.shared' has no attribute {name!r}")
