"""Several clients of a real server: queue, progress, previews, interrupt and skip."""

import base64
import io
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import torch
import uvicorn
from PIL import Image

from modules.api.server import create_server
from modules.hardware.memory import OneAtATime

SMALL = {"prompt": "a cat", "steps": 2, "width": 64, "height": 64, "seed": 7}
LONG = {**SMALL, "steps": 1000}


class Server(uvicorn.Server):
    """A server that tests can address by path."""

    def url(self, path):
        host, port = self.servers[0].sockets[0].getsockname()
        return f"http://{host}:{port}{path}"

    def get(self, path, **kwargs):
        return requests.get(self.url(path), timeout=60, **kwargs)

    def post(self, path, body=None, timeout=60, **kwargs):
        return requests.post(self.url(path), json=body, timeout=timeout, **kwargs)

    def progress(self, task, **fields):
        return self.post("/internal/progress", {"id_task": task, **fields}).json()


@pytest.fixture(scope="module")
def server(app):
    config = uvicorn.Config(create_server(app), port=0, lifespan="off", log_level="error")
    running = Server(config)
    thread = threading.Thread(target=running.run)
    thread.start()
    wait_for(lambda: running.started)
    running.post("/sdapi/v1/txt2img", SMALL)  # loads the checkpoint
    yield running
    running.should_exit = True
    thread.join(10)


@pytest.fixture
def clients():
    with ThreadPoolExecutor(80) as threads:
        yield threads


@pytest.fixture(autouse=True)
def nothing_left_behind(app):
    yield
    wait_for(lambda: app.queue.current is None and not app.queue.pending())


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def start(server, clients, task, body=LONG):
    """Start a job and wait until its sampling has begun."""
    reply = clients.submit(server.post, "/sdapi/v1/txt2img", {**body, "force_task_id": task})
    wait_for(lambda: server.get("/sdapi/v1/progress").json()["state"]["sampling_step"] > 0)
    return reply


def queue(server, clients, task, body=SMALL):
    """Ask for a job behind another one and wait until it is in the queue."""
    reply = clients.submit(server.post, "/sdapi/v1/txt2img", {**body, "force_task_id": task})
    wait_for(lambda: task in server.get("/internal/pending-tasks").json()["tasks"])
    return reply


def test_progress_rises_and_shows_the_picture(server, clients):
    reply = start(server, clients, "task(a)")

    first = server.get("/sdapi/v1/progress").json()
    wait_for(lambda: server.get("/sdapi/v1/progress").json()["progress"] > first["progress"])
    wait_for(lambda: server.get("/sdapi/v1/progress").json()["current_image"])
    seen = server.get("/sdapi/v1/progress").json()
    without = server.get("/sdapi/v1/progress", params={"skip_current_image": True}).json()
    server.post("/sdapi/v1/interrupt")

    assert 0.01 < first["progress"] < 1
    assert first["eta_relative"] > 0
    assert (first["state"]["job"], first["state"]["job_count"], first["state"]["sampling_steps"]) == (
        "task(a)",
        1,
        1000,
    )
    assert Image.open(io.BytesIO(base64.b64decode(seen["current_image"]))).size == (64, 64)
    assert without["current_image"] is None
    assert reply.result().status_code == 200
    assert server.get("/sdapi/v1/progress").json() == recorded_idle_answer()


def recorded_idle_answer():
    from pathlib import Path

    return json.loads((Path(__file__).parents[1] / "data" / "api" / "a1111_progress.json").read_text())


def test_interrupt_ends_the_job_within_a_step_and_gives_what_there_is(server, clients):
    reply = start(server, clients, "task(a)", {**LONG, "n_iter": 5})

    answer = server.post("/sdapi/v1/interrupt")
    asked = time.monotonic()
    result = reply.result()

    assert answer.json() == {}
    assert time.monotonic() - asked < 5
    assert result.status_code == 200
    assert len(result.json()["images"]) == 1


def test_the_page_interrupts_gently_first_and_at_once_the_second_time(server, clients):
    gently = {"id_task": "task(a)", "after_current": True}
    reply = start(server, clients, "task(a)", {**LONG, "n_iter": 5})

    answers = [server.post("/internal/interrupt", gently).json() for _ in range(2)]

    assert answers == [{"done": True, "after_current": True}, {"done": True, "after_current": False}]
    assert len(reply.result().json()["images"]) == 1


def test_a_gentle_interrupt_finishes_the_present_picture_and_makes_no_other(server, clients):
    short = {**LONG, "steps": 60, "n_iter": 5}
    whole = server.post("/sdapi/v1/txt2img", {**short, "n_iter": 1}).json()
    reply = start(server, clients, "task(a)", short)

    server.post("/internal/interrupt", {"id_task": "task(a)", "after_current": True})

    assert reply.result().json()["images"] == whole["images"]


def test_the_last_picture_of_a_job_is_interrupted_at_once(server, clients):
    reply = start(server, clients, "task(a)")

    answer = server.post("/internal/interrupt", {"id_task": "task(a)", "after_current": True}).json()

    assert answer == {"done": True, "after_current": False}
    assert reply.result().status_code == 200


def test_skip_goes_on_with_the_next_batch(server, clients):
    reply = start(server, clients, "task(a)", {**LONG, "n_iter": 2})

    answer = server.post("/sdapi/v1/skip")
    wait_for(lambda: server.get("/sdapi/v1/progress").json()["state"]["job_no"] == 1)
    server.post("/sdapi/v1/interrupt")

    assert (answer.status_code, answer.json()) == (200, None)
    assert len(reply.result().json()["images"]) == 2


def test_interrupt_and_skip_do_nothing_when_idle(server):
    assert server.post("/sdapi/v1/interrupt").json() == {}
    assert server.post("/sdapi/v1/skip").json() is None
    assert server.post("/internal/interrupt", {"id_task": "nobody"}).json() == {"done": False}
    assert len(server.post("/sdapi/v1/txt2img", SMALL).json()["images"]) == 1


def test_the_page_sees_its_own_task_only(server, clients):
    running = start(server, clients, "task(a)")
    waiting = queue(server, clients, "task(b)")
    wait_for(lambda: server.progress("task(a)")["id_live_preview"] > 0)

    seen, behind, unknown = server.progress("task(a)"), server.progress("task(b)"), server.progress("task(z)")
    known = server.progress("task(a)", live_preview=False)
    server.post("/internal/interrupt", {"id_task": "task(a)"})
    answers = running.result(), waiting.result()

    assert (seen["active"], seen["queued"], seen["completed"]) == (True, False, False)
    assert 0 < seen["progress"] < 1
    assert seen["eta"] > 0
    head, _, data = seen["live_preview"].partition(",")
    assert head == "data:image/png;base64"
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (64, 64)
    assert known["live_preview"] is None
    assert (behind["active"], behind["queued"], behind["textinfo"]) == (False, True, "In queue: 1/1")
    assert (unknown["active"], unknown["queued"], unknown["completed"]) == (False, False, False)
    assert unknown["textinfo"] == "Waiting..."
    assert [answer.status_code for answer in answers] == [200, 200]
    assert server.progress("task(b)")["completed"]


def test_a_preview_is_sent_once(server, clients, app):
    reply = start(server, clients, "task(a)")
    job = app.queue.current
    wait_for(lambda: job.preview_id > 0)
    job.interrupt()
    newest = server.progress("task(a)", id_live_preview=job.preview_id)
    reply.result()

    assert newest.get("live_preview") is None


def test_a_waiting_task_is_taken_out_by_its_own_button(server, clients):
    running = start(server, clients, "task(a)")
    waiting = queue(server, clients, "task(b)")

    assert server.post("/internal/interrupt", {"id_task": "task(b)"}).json() == {"done": True}
    refused = waiting.result()
    assert server.progress("task(a)")["active"], "the running task goes on"
    assert server.post("/internal/skip", {"id_task": "task(a)"}).json() == {"done": True}

    assert refused.status_code == 409
    assert refused.json()["error"] == "JobCancelledError"
    assert running.result().status_code == 200


def test_a_task_id_is_taken_once(server, clients):
    running = start(server, clients, "task(a)")

    again = server.post("/sdapi/v1/txt2img", {**SMALL, "force_task_id": "task(a)"})
    server.post("/sdapi/v1/interrupt")

    assert again.status_code == 400
    assert "task(a)" in again.json()["detail"]
    assert running.result().status_code == 200


def test_fifty_waiting_calls_keep_nobody_from_progress_and_interrupt(server, clients):
    running = start(server, clients, "task(a)")
    waiting = [clients.submit(server.post, "/sdapi/v1/txt2img", {**SMALL, "steps": 1, "seed": i}) for i in range(50)]
    wait_for(lambda: server.get("/internal/pending-tasks").json()["size"] == 50)

    asked = time.monotonic()
    for path in ("/sdapi/v1/progress", "/sdapi/v1/options", "/sdapi/v1/sd-models", "/internal/ping"):
        assert server.get(path).status_code == 200
    server.post("/sdapi/v1/interrupt")
    answered = time.monotonic() - asked

    assert answered < 5
    assert running.result().status_code == 200
    assert {reply.result().status_code for reply in waiting} == {200}
    assert [json.loads(reply.result().json()["info"])["seed"] for reply in waiting] == list(range(50))


def test_the_same_job_asked_for_by_two_at_once_is_the_same_picture(server, clients):
    replies = [clients.submit(server.post, "/sdapi/v1/txt2img", {**SMALL, "seed": 5}) for _ in range(4)]

    assert len({reply.result().json()["images"][0] for reply in replies}) == 1


def test_a_job_goes_on_when_its_client_leaves(server, app):
    with pytest.raises(requests.Timeout):
        server.post("/sdapi/v1/txt2img", {**SMALL, "steps": 300, "force_task_id": "task(left)"}, timeout=0.2)

    wait_for(lambda: app.queue.status("task(left)").completed)
    assert app.queue.result("task(left)") is not None


def test_one_client_reads_settings_while_another_changes_them(server, clients):
    def change(value):
        return server.post("/sdapi/v1/options", {"eta_noise_seed_delta": value}).status_code

    changes = [clients.submit(change, value) for value in range(20)]
    reads = [clients.submit(lambda: server.get("/sdapi/v1/options").json()["eta_noise_seed_delta"]) for _ in range(20)]

    assert {reply.result() for reply in changes} == {200}
    assert all(reply.result() in range(20) for reply in reads)


def test_previews_do_not_hold_up_a_job_that_saves_memory(server, clients, app, monkeypatch):
    """With --medvram the VAE has to wait for the UNet, so a preview may wait, but never the job for the preview."""
    model = app.models.get(app.selected_checkpoint()).model
    modules = {name: getattr(model, name) for name in ("text_encoder", "unet", "vae")}
    monkeypatch.setattr(model, "memory", OneAtATime(modules, torch.device("cpu")))
    reply = start(server, clients, "task(a)", {**SMALL, "steps": 100})

    looks = [clients.submit(server.progress, "task(a)") for _ in range(3)]
    wait_for(lambda: app.queue.status("task(a)").completed, seconds=30)

    assert reply.result().status_code == 200
    assert all("active" in look.result() for look in looks)
