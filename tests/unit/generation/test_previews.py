"""Which previews a job offers, and what decodes its pictures."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import safetensors.torch
import torch
from PIL import Image

from modules.app.app import build_app
from modules.core.flags import Flags
from modules.core.progress import Progress
from modules.engine.latents import preview as latents_preview
from modules.engine.latents.precision import raise_vae_precision
from modules.engine.latents.preview import preview_pixels
from modules.engine.latents.space import latent_space
from modules.engine.sampling.denoiser import UNetDenoiser
from modules.engine.sampling.guidance import GuidedDenoiser
from modules.engine.sampling.image_by_image import ImageByImage
from modules.engine.types import Conditioning
from modules.generation.previews import Previewer, preview_interval, preview_method, preview_subject
from modules.generation.request import Txt2ImgRequest
from modules.hardware.memory import OneAtATime
from modules.networks.own_decoders import LATENTS
from tests.golden.evidence import COMMITTED
from tests.unit.networks.test_small_decoders import reference

SMALL = Txt2ImgRequest(prompt="a cat", seed=1, steps=4, width=64, height=64, sampler_name="Euler")


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    flags = dataclasses.replace(Flags(), data_dir=data, ckpt=COMMITTED / "tiny-random.safetensors", use_cpu=("all",))
    return build_app(flags)


@pytest.fixture
def model(app):
    return app.models.get(app.selected_checkpoint()).model


@pytest.fixture
def taesd(app, model):
    """A decoder for the latents of the tiny model."""
    folder = app.paths.models / "VAE-taesd"
    folder.mkdir()
    path = folder / "taesd_decoder.safetensors"
    safetensors.torch.save_file(reference().state_dict(), path, {LATENTS: latent_space(model).written()})
    yield path
    path.unlink(missing_ok=True)
    folder.rmdir()


class Watch(Progress):
    """Looks at the preview after each step and, last, at that of the finished batch."""

    def __init__(self, interrupt_at=None):
        super().__init__("task")
        self.seen: dict[int, Image.Image] = {}
        self.interrupt_at = interrupt_at

    def step_done(self, step):
        self.look()
        super().step_done(step)
        if step == self.interrupt_at:
            self.interrupt()

    def batch_done(self):
        self.look()
        super().batch_done()

    def look(self):
        if (preview := self.preview()) is not None:
            self.seen[preview.id] = preview.image


def run(app, progress, monkeypatch, settings=(), **changes):
    """Run a job with that progress in the app itself, as the API does."""
    monkeypatch.setattr("modules.app.queue.Progress", lambda *_: progress)
    return app.txt2img(dataclasses.replace(SMALL, override_settings=dict(settings), **changes))


def array(image):
    return np.asarray(image).astype(int)


@pytest.mark.parametrize(("every", "count"), [(-1, 0), (0, 0), (1, 4), (2, 2), (3, 1), (10, 4)])
def test_a_preview_every_so_many_steps(app, monkeypatch, every, count):
    """10, the default, leaves it to the model, whose VAE is small."""
    progress = Watch()
    run(app, progress, monkeypatch, {"show_progress_every_n_steps": every})
    assert len(progress.seen) == count


def test_a_large_vae_keeps_to_the_default(model, monkeypatch, app):
    monkeypatch.setattr(latents_preview, "_SMALL_VAE_PARAMETERS", 0)
    assert preview_interval(model, app.settings()) == 10


def test_finished_batches_are_shown_while_others_are_made(app, monkeypatch):
    progress = Watch()
    result = run(app, progress, monkeypatch, {"show_progress_every_n_steps": -1}, n_iter=2, batch_size=2)

    (shown,) = progress.seen.values()
    assert shown.size == (128, 64)
    assert np.array_equal(array(shown.crop((64, 0, 128, 64))), array(result.images[1].image))


def test_previews_are_off_if_the_settings_say_so(app, monkeypatch):
    progress = Watch()
    run(app, progress, monkeypatch, {"live_previews_enable": False}, n_iter=2)
    assert progress.seen == {}


@pytest.mark.parametrize(("grid", "size"), [(True, (128, 64)), (False, (64, 64))])
def test_a_batch_is_a_grid_or_its_first_picture(app, monkeypatch, grid, size):
    progress = Watch()
    run(app, progress, monkeypatch, {"show_progress_grid": grid}, batch_size=2)
    assert {image.size for image in progress.seen.values()} == {size}


def test_an_explicit_method_is_obeyed_also_by_a_small_vae(app, monkeypatch, taesd):
    pictures = {}
    for method in ("Full", "Approx NN", "Approx cheap", "TAESD"):
        progress = Watch()
        run(app, progress, monkeypatch, {"show_progress_type": method, "live_preview_content": "Combined"})
        pictures[method] = array(progress.seen[3])

    assert np.array_equal(pictures["Full"], pictures["Approx NN"])
    assert not np.array_equal(pictures["Full"], pictures["Approx cheap"])
    assert not np.array_equal(pictures["Approx cheap"], pictures["TAESD"])


class Moving:
    moves_weights = True


@pytest.mark.parametrize(("allowed", "method"), [(False, "Approx NN"), (True, "Full")])
def test_full_previews_of_a_vae_that_has_to_be_moved_need_leave(app, model, monkeypatch, allowed, method):
    monkeypatch.setattr(model, "memory", Moving())
    settings = app.settings({"show_progress_type": "Full", "live_preview_allow_lowvram_full": allowed})
    assert preview_method(model, settings) == method


def offer(models, settings):
    progress = Progress("task")
    Previewer(models, settings, progress).offer(0, torch.zeros(1, 4, 8, 8), object())
    return progress


class Models:
    def __init__(self, model):
        self.model = model


def test_a_preview_does_not_keep_a_model_that_is_let_go(app, model):
    models = Models(dataclasses.replace(model))
    progress = offer(models, app.settings())
    models.model = None
    assert progress.preview_id == 1 and progress.preview() is None


def test_a_preview_that_finds_no_memory_is_left_out(app, model, monkeypatch):
    def fail(*_arguments, **_keywords):
        raise torch.OutOfMemoryError("CUDA out of memory")

    progress = offer(Models(model), app.settings())
    monkeypatch.setattr("modules.generation.previews.preview_image", fail)
    assert progress.preview() is None


def test_where_the_vae_has_to_be_moved_a_full_preview_is_made_at_once_in_the_job(app, model, monkeypatch):
    """In another thread it would wait for the end of the job, which holds the device."""
    moving = OneAtATime({"unet": model.unet, "vae": model.vae, "text_encoder": model.text_encoder}, torch.device("cpu"))
    monkeypatch.setattr(model, "memory", moving)
    settings = app.settings({"show_progress_type": "Full", "live_preview_allow_lowvram_full": True})
    settings = settings.overlaid({"show_progress_every_n_steps": 1})
    with moving.use("unet"):
        progress = offer(Models(model), settings)
        with ThreadPoolExecutor() as other:
            assert other.submit(progress.preview).result(timeout=20).image.size == (64, 64)


def test_previews_and_a_vae_that_changes_its_precision_do_not_meet(app, model):
    latents = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    precision = model.precision
    with ThreadPoolExecutor() as other:
        for _ in range(5):
            torch.nn.Module.to(model.vae, torch.bfloat16)
            model.precision = dataclasses.replace(precision, vae=torch.bfloat16)
            looks = [other.submit(preview_pixels, model, latents, "Full") for _ in range(3)]
            raise_vae_precision(model, torch.float32)
            assert all(look.result().shape == (1, 3, 64, 64) for look in looks)


@torch.inference_mode()
def test_the_subject_is_the_guided_picture_or_one_of_its_parts(model):
    generator = torch.Generator().manual_seed(0)
    width = model.unet.config["cross_attention_dim"]
    cond, uncond = (Conditioning.constant(torch.randn(2, 77, width, generator=generator)) for _ in range(2))
    x, sigma = torch.randn(2, 4, 8, 8, generator=generator), torch.full((2,), 5.0)
    unet = UNetDenoiser(model)
    denoiser = GuidedDenoiser(unet, cond, uncond, 7.0)
    denoised = denoiser(x, sigma)

    assert preview_subject(denoised, denoiser, "Combined") is denoised
    for content, parts in (("Prompt", cond), ("Negative prompt", uncond)):
        assert torch.allclose(preview_subject(denoised, denoiser, content), unet(x, sigma, parts.at(0)), atol=1e-3)

    unguided = GuidedDenoiser(unet, cond, uncond, 1.0)
    denoised = unguided(x, sigma)
    assert torch.equal(preview_subject(denoised, unguided, "Negative prompt"), denoised)
    assert preview_subject(denoised, ImageByImage([denoiser]), "Prompt") is denoised


@pytest.mark.parametrize("sampler", ["DDIM", "UniPC", "Heun"])
@pytest.mark.parametrize("content", ["Combined", "Prompt", "Negative prompt"])
def test_every_subject_can_be_shown_of_every_kind_of_sampler(app, monkeypatch, sampler, content):
    progress = Watch()
    run(app, progress, monkeypatch, {"live_preview_content": content}, sampler_name=sampler, batch_size=2)
    assert {image.size for image in progress.seen.values()} == {(128, 64)}


def test_an_interrupted_picture_may_be_decoded_as_its_previews_were(app, monkeypatch):
    settings = {"live_preview_content": "Combined", "show_progress_type": "Approx cheap"}
    pictures = []
    for fast in (False, True):
        progress = Watch(interrupt_at=2)
        result = run(app, progress, monkeypatch, {**settings, "live_preview_fast_interrupt": fast})
        assert result.interrupted
        pictures.append((array(result.images[0].image), array(progress.preview().image)))

    assert not np.array_equal(*pictures[0])
    assert np.array_equal(*pictures[1])


def test_taesd_may_decode_the_finished_picture_and_the_infotext_says_so(app, monkeypatch, taesd):
    by_vae = run(app, Watch(), monkeypatch)
    by_taesd = run(app, Watch(), monkeypatch, {"sd_vae_decode_method": "TAESD"})

    assert "VAE Decoder" not in by_vae.images[0].infotext
    assert "VAE Decoder: TAESD" in by_taesd.images[0].infotext
    assert by_taesd.info["extra_generation_params"]["VAE Decoder"] == "TAESD"
    assert not np.array_equal(array(by_vae.images[0].image), array(by_taesd.images[0].image))


def test_without_its_file_the_vae_decodes_and_the_person_is_told(app, monkeypatch):
    by_vae = run(app, Watch(), monkeypatch)
    result = run(app, Watch(), monkeypatch, {"sd_vae_decode_method": "TAESD"})

    assert np.array_equal(array(by_vae.images[0].image), array(result.images[0].image))
    assert "VAE Decoder" not in result.images[0].infotext
    assert result.comments == ("There is no TAESD decoder for the latents of this checkpoint. The VAE took its place.",)
