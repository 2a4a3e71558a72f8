import threading
import time

import pytest

from modules.app.queue import JobCancelledError, JobQueue, new_task_id
from modules.core.errors import InputError, StorageError


@pytest.fixture
def queue():
    return JobQueue()


class Blocked:
    """A job that runs until told to end."""

    def __init__(self, queue, task_id):
        self.began, self.may_end = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=queue.run, args=(self._work, task_id))
        self.thread.start()
        assert self.began.wait(5)

    def _work(self, progress):
        self.progress = progress
        self.began.set()
        assert self.may_end.wait(10)

    def end(self):
        self.may_end.set()
        self.thread.join(5)


def wait_until(true):
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_jobs_run_in_the_order_they_came(queue):
    first = Blocked(queue, "first")
    order, threads = [], []
    for name in "abcdefgh":
        threads.append(threading.Thread(target=queue.run, args=(lambda p: order.append(p.task_id), name)))
        threads[-1].start()
        wait_until(lambda name=name: name in queue.pending())

    assert [queue.status(name).position for name in "abc"] == [1, 2, 3]
    first.end()
    for thread in threads:
        thread.join(5)

    assert order == list("abcdefgh")


def test_only_one_job_runs_at_a_time(queue):
    running, most = [], []

    def work(progress):
        running.append(progress)
        most.append(len(running))
        time.sleep(0.002)
        running.remove(progress)

    threads = [threading.Thread(target=queue.run, args=(work,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert max(most) == 1
    assert len(most) == 20


def test_status_of_a_task_through_its_life(queue):
    job = Blocked(queue, "task")
    assert queue.status("task").active
    assert queue.status("task").progress is job.progress

    job.end()

    status = queue.status("task")
    assert (status.active, status.queued, status.completed) == (False, False, True)
    assert queue.status("never heard of").completed is False


def test_results_are_kept_for_a_while(queue):
    for i in range(30):
        queue.run(lambda _progress, i=i: i, f"task {i}")

    assert queue.result("task 29") == 29
    assert queue.result("task 20") is None
    assert queue.status("task 20").completed
    assert not queue.status("task 3").completed


def test_a_job_that_fails_lets_the_next_one_run(queue):
    def fail(_progress):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        queue.run(fail, "bad")

    assert queue.run(lambda _progress: "fine") == "fine"
    assert queue.status("bad").completed
    assert queue.result("bad") is None
    assert queue.current is None


def test_a_mistake_is_kept_for_the_page_that_asks_later_without_its_traceback(queue):
    def fail(_progress):
        raise StorageError("The disk is full.")

    with pytest.raises(StorageError):
        queue.run(fail, "bad")

    kept = queue.result("bad")
    assert isinstance(kept, StorageError)
    assert str(kept) == "The disk is full."
    assert kept.__traceback__ is None


def test_a_waiting_job_can_be_cancelled(queue):
    first = Blocked(queue, "first")
    errors = []

    def wait():
        try:
            queue.run(lambda _progress: None, "second")
        except JobCancelledError as error:
            errors.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    wait_until(lambda: "second" in queue.pending())

    assert queue.cancel("second")
    thread.join(5)
    assert len(errors) == 1
    assert not queue.cancel("second")
    first.end()
    assert queue.run(lambda _progress: 3) == 3


def test_two_tasks_may_not_share_an_id(queue):
    first = Blocked(queue, "same")

    with pytest.raises(InputError, match="already in the queue"):
        queue.run(lambda _progress: None, "same")
    first.end()


def test_interrupt_reaches_the_running_job_only(queue):
    queue.interrupt()
    job = Blocked(queue, "one")
    assert not job.progress.interrupted

    queue.interrupt()
    queue.skip()
    queue.stop_after_current()

    assert job.progress.interrupted
    assert job.progress.skipped
    assert job.progress.stopping
    job.end()
    assert queue.run(lambda progress: progress.interrupted) is False


def test_a_closed_queue_ends_all_jobs(queue):
    job = Blocked(queue, "running")
    errors = []

    def wait():
        try:
            queue.run(lambda _progress: None, "waiting")
        except JobCancelledError as error:
            errors.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    wait_until(lambda: "waiting" in queue.pending())

    queue.close()

    thread.join(5)
    assert len(errors) == 1
    assert job.progress.interrupted
    job.end()
    with pytest.raises(JobCancelledError):
        queue.run(lambda _progress: None)
    assert queue.pending() == []


def test_task_ids_look_like_those_of_a1111():
    assert new_task_id("txt2img").startswith("task(txt2img-")
    assert len({new_task_id("txt2img") for _ in range(100)}) == 100
