"""How far a job is, and the requests to interrupt or skip it.

Shared by the sampling thread and the server's threads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

PreviewSource = Callable[[], "Image | None"]


@dataclass(frozen=True)
class Preview:
    """A picture of the unfinished image; `id` rises with each new one."""

    id: int
    image: Image


class Progress:
    """The state of one job. The sampling thread writes it; any thread may read it or ask to stop."""

    def __init__(self, task_id: str, kind: str = "") -> None:
        self.task_id = task_id
        self.kind = kind
        self.started = time.time()
        self.job_count = 1
        self.planned_by_script = False
        self.job_no = 0
        self.sampling_step = 0
        self.sampling_steps = 0
        self.text = ""
        self.comments: list[str] = []
        """Sentences for people, shown under the pictures; those that `comment` was given."""
        self._more_batches = False
        self._interrupted = threading.Event()
        self._skipped = threading.Event()
        self._stopping = threading.Event()
        self._preview_lock = threading.Lock()
        self._making_preview = threading.Lock()
        self._preview_source: PreviewSource | None = None
        self._preview_id = self._tried_preview = 0
        self._preview: Preview | None = None

    # --- asked for from outside -------------------------------------------------------------------------------

    def interrupt(self) -> None:
        """Stop the whole job as soon as the present step is done."""
        self._interrupted.set()

    def skip(self) -> None:
        """Stop the present batch as soon as its step is done, and go on with the next."""
        self._skipped.set()

    def stop_after_current(self) -> None:
        """Let the present image be finished, then stop."""
        self._stopping.set()

    @property
    def interrupted(self) -> bool:
        return self._interrupted.is_set()

    @property
    def skipped(self) -> bool:
        return self._skipped.is_set()

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    @property
    def more_to_come(self) -> bool:
        """Batches follow the present one, of its own job or of those after it."""
        return self._more_batches or (self.planned_by_script and self.job_no + 1 < self.job_count)

    @more_to_come.setter
    def more_to_come(self, more: bool) -> None:
        self._more_batches = more

    @property
    def cut_short(self) -> bool:
        """The present batch is to end now."""
        return self.interrupted or self.skipped

    # --- told by the job --------------------------------------------------------------------------------------

    def restart_clock(self) -> None:
        """The job begins now, after waiting."""
        self.started = time.time()

    def plan(self, batches: int) -> None:
        """Say how many passes of sampling are next; a script that runs several jobs may have said it for all."""
        if not self.planned_by_script:
            self.job_count = self.job_no + batches

    def plan_all(self, batches: int) -> None:
        """Say how many passes of sampling the jobs of a script have together."""
        self.planned_by_script, self.job_count = True, batches

    def begin_sampling(self, steps: int) -> None:
        """A pass of sampling begins."""
        self._skipped.clear()
        self.sampling_step = 0
        self.sampling_steps = steps

    def step_done(self, step: int) -> None:
        """Step number `step`, counted from 1, is done."""
        self.sampling_step = step

    def batch_done(self) -> None:
        """A pass of sampling has ended."""
        self.job_no += 1
        self.sampling_step = 0

    def comment(self, sentence: str) -> None:
        """Tell something to the person who asked for the pictures; the same thing once."""
        if sentence not in self.comments:
            self.comments.append(sentence)

    def offer_preview(self, source: PreviewSource) -> None:
        """Offer a newer preview; `source` is called, in the asking thread, only if somebody looks.

        If it gives None, the preview before stays.
        """
        with self._preview_lock:
            self._preview_source = source
            self._preview_id += 1

    # --- read by the page and the API -------------------------------------------------------------------------

    @property
    def fraction(self) -> float:
        """How much of the job is done, 0..1, by A1111's rule."""
        count = max(self.job_count, 1)
        done = 0.01 + self.job_no / count
        if self.sampling_steps > 0:
            done += self.sampling_step / self.sampling_steps / count
        return min(done, 1.0)

    @property
    def eta_seconds(self) -> float:
        """Seconds left, estimated from the time taken so far."""
        fraction = self.fraction
        return (time.time() - self.started) / fraction * (1 - fraction)

    @property
    def preview_id(self) -> int:
        """The number of the newest preview; 0 before the first."""
        return self._preview_id

    def preview(self) -> Preview | None:
        """Make the newest preview, or return it if it was made before."""
        with self._making_preview:  # another lock than the job's, which must never wait for a preview
            with self._preview_lock:
                source, newest = self._preview_source, self._preview_id
            if source is None:
                return None
            if newest != self._tried_preview:
                self._tried_preview = newest
                image = source()
                if image is not None:
                    self._preview = Preview(newest, image)
            return self._preview
