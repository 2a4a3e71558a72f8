"""One job at a time, first come first served, for the page and the API alike."""

from __future__ import annotations

import secrets
import string
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from modules.core.errors import InputError, WebUIError
from modules.core.progress import Progress

T = TypeVar("T")

_FINISHED_KEPT = 16
_RESULTS_KEPT = 4


class JobCancelledError(WebUIError):
    """The job was taken out of the queue before it began."""


@dataclass(frozen=True)
class TaskStatus:
    """Where a task is.

    Attributes:
        position: 1 for the next to run, 0 when it is not waiting.
        size: how many wait.
        progress: of the task, while it runs.
    """

    active: bool
    queued: bool
    completed: bool
    position: int
    size: int
    progress: Progress | None = None


class JobQueue:
    """A fair queue of jobs that run in the thread of whoever asks for them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[str] = []
        self._current: Progress | None = None
        self._finished: OrderedDict[str, object] = OrderedDict()
        self._closed = False

    def run(self, work: Callable[[Progress], T], task_id: str | None = None, kind: str = "txt2img") -> T:
        """Wait for our turn, do the work, and remember its result for a while.

        Raises:
            InputError: a task of that id is already waiting or running.
            JobCancelledError: it was cancelled while it waited.
        """
        progress = Progress(task_id or new_task_id(kind), kind)
        self._wait_for_turn(progress)
        result: object = None
        try:
            result = work(progress)
        except WebUIError as error:
            result = type(error)(*error.args)  # a copy, since the traceback would keep the job's tensors alive
            raise
        else:
            return result
        finally:
            self._finish(progress, result)

    def _wait_for_turn(self, progress: Progress) -> None:
        task = progress.task_id
        with self._changed:
            if task in self._waiting or (self._current is not None and self._current.task_id == task):
                raise InputError(f"A task with the id {task!r:.60} is already in the queue; give each task its own.")
            self._waiting.append(task)
            while self._closed or self._current is not None or self._waiting[0] != task:
                if self._closed:
                    self._waiting.remove(task)
                    raise JobCancelledError("The program is ending.")
                self._changed.wait()
                if task not in self._waiting:
                    raise JobCancelledError("Cancelled while waiting in the queue.")
            self._waiting.pop(0)
            progress.restart_clock()
            self._current = progress

    def _finish(self, progress: Progress, result: object) -> None:
        with self._changed:
            self._current = None
            self._remember(progress.task_id, result)
            self._changed.notify_all()

    def _remember(self, task_id: str, result: object) -> None:
        self._finished[task_id] = result
        self._finished.move_to_end(task_id)
        while len(self._finished) > _FINISHED_KEPT:
            self._finished.popitem(last=False)
        for old in list(self._finished)[:-_RESULTS_KEPT]:
            self._finished[old] = None

    @property
    def current(self) -> Progress | None:
        """The running job's progress."""
        return self._current

    def pending(self) -> list[str]:
        """Return the ids of the waiting tasks, next first."""
        with self._changed:
            return list(self._waiting)

    def status(self, task_id: str) -> TaskStatus:
        """Say where a task is; one never heard of is neither active nor queued nor completed."""
        with self._changed:
            current = self._current if self._current is not None and self._current.task_id == task_id else None
            queued = task_id in self._waiting
            return TaskStatus(
                active=current is not None,
                queued=queued,
                completed=task_id in self._finished,
                position=self._waiting.index(task_id) + 1 if queued else 0,
                size=len(self._waiting),
                progress=current,
            )

    def result(self, task_id: str) -> object | None:
        """Return what a recently finished task gave back, or the `WebUIError` it ended with; None if too long ago."""
        with self._changed:
            return self._finished.get(task_id)

    def cancel(self, task_id: str) -> bool:
        """Take a waiting task out of the queue; say whether it was there."""
        with self._changed:
            if task_id not in self._waiting:
                return False
            self._waiting.remove(task_id)
            self._remember(task_id, None)
            self._changed.notify_all()
            return True

    def close(self) -> None:
        """Interrupt the running job and cancel all others, now and from now on: the program ends."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self.interrupt()

    def interrupt(self) -> None:
        """Interrupt the running job, if any."""
        if (current := self._current) is not None:
            current.interrupt()

    def skip(self) -> None:
        """Skip the running job's present batch."""
        if (current := self._current) is not None:
            current.skip()

    def stop_after_current(self) -> None:
        """Let the running job finish its present image, then end it."""
        if (current := self._current) is not None:
            current.stop_after_current()


def new_task_id(kind: str) -> str:
    """Return an id such as `task(txt2img-ABC1234)`."""
    letters = string.ascii_uppercase + string.digits
    return f"task({kind}-{''.join(secrets.choice(letters) for _ in range(7))})"
