import threading

import pytest

from modules.core.progress import Progress


def test_progress_follows_a1111s_rule():
    progress = Progress("task")
    progress.plan(2)
    progress.begin_sampling(20)
    assert progress.fraction == pytest.approx(0.01)
    progress.step_done(10)
    assert progress.fraction == pytest.approx(0.01 + 0.25)
    progress.batch_done()
    assert progress.fraction == pytest.approx(0.01 + 0.5)
    progress.batch_done()
    assert progress.fraction == 1.0


def test_nothing_planned_is_no_division_by_zero():
    progress = Progress("task")
    progress.plan(0)
    progress.begin_sampling(0)
    assert progress.fraction == pytest.approx(0.01)
    assert progress.eta_seconds >= 0


def test_skip_ends_one_pass_and_interrupt_all():
    progress = Progress("task")
    progress.skip()
    assert progress.cut_short and progress.skipped
    progress.begin_sampling(20)
    assert not progress.cut_short
    progress.interrupt()
    progress.begin_sampling(20)
    assert progress.cut_short and progress.interrupted


def test_stopping_after_the_current_image_cuts_nothing_short():
    progress = Progress("task")
    progress.stop_after_current()
    assert progress.stopping and not progress.cut_short


def test_a_preview_is_made_only_when_asked_for_and_once():
    made = []

    def source():
        made.append("made")
        return f"image {len(made)}"

    progress = Progress("task")
    assert progress.preview() is None and progress.preview_id == 0
    for _ in range(3):
        progress.offer_preview(source)
    assert made == [] and progress.preview_id == 3
    assert progress.preview() == progress.preview()
    assert progress.preview().id == 3 and progress.preview().image == "image 1"
    progress.offer_preview(source)
    assert progress.preview().id == 4 and len(made) == 2


def test_a_preview_that_cannot_be_made_leaves_the_one_before():
    tried = []
    progress = Progress("task")
    progress.offer_preview(lambda: tried.append("first"))
    assert progress.preview() is None
    progress.offer_preview(lambda: "image")
    progress.preview()
    progress.offer_preview(lambda: tried.append("third"))
    assert progress.preview() == progress.preview()
    assert progress.preview().image == "image" and progress.preview_id == 3
    assert tried == ["first", "third"]


def test_many_readers_make_a_preview_once():
    made = []
    progress = Progress("task")
    progress.offer_preview(lambda: made.append("made"))
    readers = [threading.Thread(target=progress.preview) for _ in range(8)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert made == ["made"]


def test_several_jobs_of_one_task_count_together():
    progress = Progress("task")
    progress.plan_all(4)
    progress.plan(1)
    assert (progress.job_count, progress.more_to_come) == (4, True)
    for _ in range(3):
        progress.batch_done()
    assert not progress.more_to_come, "the last one is running"
    progress.more_to_come = True
    assert progress.more_to_come, "a batch of the same job follows"
