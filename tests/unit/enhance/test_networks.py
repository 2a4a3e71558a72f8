"""Upscalers from files: which there are, what they make of a picture, and what is said of files that are none."""

import hashlib
import http.server
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from PIL.Image import Resampling

from modules.core.errors import CheckpointError, DeviceMemoryError, StorageError
from modules.core.flags import Flags
from modules.core.options import Settings
from modules.core.progress import Progress
from modules.core.registry import Registry
from modules.enhance import network_upscale
from modules.enhance.download import RemoteFile, fetched
from modules.enhance.job import EnhanceJob
from modules.enhance.network_files import NetworkCache, load_network
from modules.enhance.options import ESRGAN_TILE, ESRGAN_TILE_OVERLAP, REALESRGAN_SHOWN
from modules.enhance.tiles import run_in_tiles, starts
from modules.enhance.upscaler_files import factor_in, find_upscalers, refresh_upscalers
from modules.enhance.upscalers import UPSCALERS, Upscaler, upscale
from tests.unit.enhance.networks import FACTORS, NETWORKS, write_network

pytestmark = pytest.mark.filterwarnings("ignore:torch.meshgrid")
CPU = Flags(use_cpu=("all",))


def picture(width, height, mode="RGB"):
    values = np.random.default_rng(3).integers(0, 256, (height, width, 4), dtype=np.uint8)
    return Image.fromarray(values).convert(mode)


def found(models, settings=None, flags=CPU):
    return {entry.name: entry for entry in find_upscalers(models, flags, settings or Settings())}


# --- which there are ----------------------------------------------------------------------------------------------


def test_files_of_all_folders_are_listed_by_their_names_and_known_models_by_theirs(tmp_path):
    for name in (
        "ESRGAN/4x-Own.pth",
        "DAT/DAT_x2.pth",
        "HAT/deep/Soft.safetensors",
        "ESRGAN/.hidden.pth",
        "ESRGAN/a.txt",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    upscalers = found(tmp_path)

    assert set(upscalers) == {
        *("4x-Own", "DAT x2", "DAT x3", "DAT x4", "R-ESRGAN 4x+", "R-ESRGAN 4x+ Anime6B", "ScuNET GAN"),
        *("ScuNET PSNR", "Soft", "SwinIR 4x"),
    }
    assert list(upscalers) == sorted(upscalers, key=str.casefold)
    assert upscalers["DAT x2"].model_path == str(tmp_path / "DAT" / "DAT_x2.pth") and upscalers["DAT x2"].scale == 2
    assert upscalers["DAT x3"].model_path.startswith("https://")


def test_files_of_equal_names_and_of_names_that_are_taken_are_told_apart(tmp_path):
    for name in ("ESRGAN/soft.pth", "HAT/Soft.pth", "ESRGAN/lanczos.pth"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    assert {"soft", "Soft (HAT)", "lanczos (ESRGAN)"} <= set(found(tmp_path))


def test_a_flag_names_another_folder_and_a_setting_the_models_to_show(tmp_path):
    (tmp_path / "mine.pth").touch()
    upscalers = found(
        tmp_path / "none", Settings({REALESRGAN_SHOWN.name: []}), replace(CPU, esrgan_models_path=tmp_path)
    )

    assert "mine" in upscalers and "R-ESRGAN 4x+" not in upscalers


def test_a_file_that_is_gone_leaves_the_menu_and_built_in_ones_stay(tmp_path):
    registry = Registry("upscaler")
    registry.add(UPSCALERS.get("Lanczos"))
    refresh_upscalers(tmp_path, CPU, Settings(), registry)
    before = registry.names()
    file = write_network(tmp_path / "ESRGAN" / "mine.pth", "RealESRGAN")
    refresh_upscalers(tmp_path, CPU, Settings(), registry)
    assert "mine" in registry
    file.unlink()
    refresh_upscalers(tmp_path, CPU, Settings(), registry)

    assert registry.names() == before, "the order too"
    assert "mine" not in registry and "Lanczos" in registry


@pytest.mark.parametrize(
    ("name", "factor"),
    [("4x-UltraSharp", 4), ("DAT_x2", 2), ("RealESRGAN_x4plus", 4), ("1x_Denoise", 1), ("x1024", None), ("soft", None)],
)
def test_the_factor_in_a_name(name, factor):
    assert factor_in(name) == factor


# --- what they make -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_network_of_any_architecture_in_any_folder_enlarges(kind, tmp_path):
    write_network(tmp_path / "ESRGAN" / "any.pth", kind)
    small, job = picture(20, 17), EnhanceJob(Settings({ESRGAN_TILE.name: 0}))
    upscaler = found(tmp_path)["any"]

    large = upscaler.enlarge(small, 3, job)
    network = load_network(tmp_path / "ESRGAN" / "any.pth")
    pixels = torch.from_numpy(np.array(small)).permute(2, 0, 1)[None] / 255
    expected = (network(pixels)[0] * 255).round().byte().permute(1, 2, 0).numpy()

    assert large.size == (20 * FACTORS[kind], 17 * FACTORS[kind])
    assert np.array_equal(np.asarray(large), expected)
    assert upscale(small, 3, upscaler, job).size == (56, 48)


def test_tiles_give_what_the_whole_picture_gives_apart_from_their_edges(tmp_path):
    write_network(tmp_path / "RealESRGAN" / "compact.pth", "RealESRGAN")
    enlarge = found(tmp_path)["compact"].enlarge
    whole = enlarge(picture(70, 50), 4, EnhanceJob(Settings({ESRGAN_TILE.name: 0})))
    tiled = enlarge(picture(70, 50), 4, EnhanceJob(Settings({ESRGAN_TILE.name: 32, ESRGAN_TILE_OVERLAP.name: 16})))
    difference = np.abs(np.asarray(whole).astype(int) - np.asarray(tiled).astype(int))

    assert difference.mean() < 1 and difference[:40, :40].max() <= 1


@pytest.mark.parametrize(("tile", "overlap"), [(0, 8), (16, 0), (16, 8), (16, 48), (512, 8), (7, 3)])
def test_tiles_of_any_size_blend_to_the_same_picture(tile, overlap):
    pixels = torch.rand(1, 3, 37, 41)
    doubled = run_in_tiles(
        lambda part: part.repeat_interleave(2, -1).repeat_interleave(2, -2), pixels, 2, tile, overlap
    )

    assert torch.allclose(doubled, pixels.repeat_interleave(2, -1).repeat_interleave(2, -2), atol=1e-5)
    assert starts(37, tile, overlap)[-1] + min(tile or 37, 37) == 37


@pytest.mark.parametrize("mode", ["RGBA", "LA", "L", "P", "CMYK", "1", "I;16"])
def test_any_kind_of_picture_is_enlarged_and_transparency_stays(mode, tmp_path):
    write_network(tmp_path / "ESRGAN" / "x.pth", "RealESRGAN")
    source = picture(9, 6, "L").convert("I;16") if mode == "I;16" else picture(9, 6, mode)
    large = found(tmp_path)["x"].enlarge(source, 4, EnhanceJob())

    assert large.size == (36, 24)
    assert large.mode == ("RGBA" if "A" in mode else "RGB")
    if mode == "RGBA":
        assert np.array_equal(
            np.asarray(large.getchannel("A")), np.asarray(source.getchannel("A").resize((36, 24), Resampling.LANCZOS))
        )


def test_progress_counts_tiles_and_an_interrupt_ends_in_mid_picture(tmp_path):
    write_network(tmp_path / "ESRGAN" / "x.pth", "RealESRGAN")
    progress, steps = Progress("task"), []

    class Interrupting(Settings):
        pass

    def step(number):
        steps.append(number)
        progress.interrupt()

    progress.step_done = step
    small = picture(64, 64)
    job = EnhanceJob(Interrupting({ESRGAN_TILE.name: 16}), progress)
    large = found(tmp_path)["x"].enlarge(small, 4, job)

    assert steps == [1] and progress.sampling_steps > 20
    assert np.array_equal(np.asarray(large), np.asarray(small.resize((256, 256), Resampling.LANCZOS)))


def test_a_picture_beyond_memory_is_refused_before_the_work(tmp_path, monkeypatch):
    write_network(tmp_path / "ESRGAN" / "x.pth", "RealESRGAN")
    monkeypatch.setattr(network_upscale, "COPIES", 10**9)
    with pytest.raises(DeviceMemoryError, match="36x24 needs about"):
        found(tmp_path)["x"].enlarge(picture(9, 6), 4, EnhanceJob())


# --- files that are none ------------------------------------------------------------------------------------------


def broken_files(folder):
    write_network(folder / "ESRGAN" / "cut.pth", "RealESRGAN")
    whole = (folder / "ESRGAN" / "cut.pth").read_bytes()
    (folder / "ESRGAN" / "cut.pth").write_bytes(whole[: len(whole) // 2])
    (folder / "ESRGAN" / "empty.pth").touch()
    (folder / "ESRGAN" / "page.safetensors").write_text("<html>404</html>")
    torch.save({"some.weight": torch.zeros(3)}, folder / "ESRGAN" / "other.pth")
    torch.save([1, 2], folder / "ESRGAN" / "list.pth")
    torch.save({"run": hashlib.sha256}, folder / "ESRGAN" / "code.pth")
    torch.save(
        {"conv_first.weight": torch.zeros(8, 3, 3, 3), "body.0.weight": torch.zeros(2)}, folder / "ESRGAN" / "half.pth"
    )


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("cut", "damaged or incomplete"),
        ("empty", "damaged or incomplete"),
        ("page", "damaged or incomplete"),
        ("other", "no upscaler"),
        ("list", "holds no network"),
        ("code", "could run a program"),
        ("half", "no upscaler|lacks some"),
    ],
)
def test_a_file_that_is_no_upscaler_is_told_in_one_sentence_and_the_others_work(name, sentence, tmp_path):
    broken_files(tmp_path)
    write_network(tmp_path / "ESRGAN" / "good.pth", "RealESRGAN")
    upscalers = found(tmp_path)

    with pytest.raises(CheckpointError, match=sentence) as caught:
        upscalers[name].enlarge(picture(8, 8), 4, EnhanceJob())
    assert name in str(caught.value) and "\n" not in str(caught.value)
    assert upscalers["good"].enlarge(picture(8, 8), 4, EnhanceJob()).size == (32, 32)


def test_a_file_is_read_again_only_when_it_has_changed(tmp_path):
    cache, file = NetworkCache(limit=1), tmp_path / "x.pth"
    file.touch()
    loads = []

    def load():
        loads.append(file)
        return len(loads)

    assert cache.get(file, "cpu", load) == cache.get(file, "cpu", load) == 1
    file.touch()
    import os

    os.utime(file, (1, 1))
    assert cache.get(file, "cpu", load) == 2


# --- fetching -----------------------------------------------------------------------------------------------------

CONTENT = b"weights" * 400_000


class Publisher(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT[:1000] if self.path == "/cut" else CONTENT)

    def log_message(self, *_arguments):
        pass


@pytest.fixture(scope="module")
def address():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def remote(address, path="/file", sha256=None):
    return RemoteFile("x.pth", address + path, sha256 or hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))


def test_a_known_model_is_fetched_once_with_progress(address, tmp_path):
    progress = Progress("task")
    path = fetched(remote(address), tmp_path / "ESRGAN", EnhanceJob(progress=progress))

    assert path.read_bytes() == CONTENT and progress.sampling_step == len(CONTENT) // 2**20
    assert fetched(remote("http://127.0.0.1:1"), tmp_path / "ESRGAN", EnhanceJob()) == path


@pytest.mark.parametrize(
    ("path", "sha256", "sentence"),
    [
        ("/missing", None, "the server answered 404"),
        ("/cut", None, "the connection broke"),
        ("/file", "0" * 64, "not the file its authors published"),
    ],
)
def test_what_came_incomplete_or_changed_never_counts(address, tmp_path, path, sha256, sentence):
    with pytest.raises(CheckpointError, match=f"{sentence}.*put it into {tmp_path}"):
        fetched(remote(address, path, sha256), tmp_path, EnhanceJob())
    assert list(tmp_path.iterdir()) == []


def test_offline_one_sentence_says_what_to_get_and_where_to_put_it(tmp_path):
    with pytest.raises(
        CheckpointError, match=r"x\.pth \(3 MB\) could not be downloaded: there is no connection to it\. Get it from"
    ):
        fetched(remote("http://127.0.0.1:1"), tmp_path, EnhanceJob())


def test_an_interrupt_ends_a_download(address, tmp_path):
    progress = Progress("task")
    progress.interrupt()
    with pytest.raises(CheckpointError, match="Interrupted"):
        fetched(remote(address), tmp_path, EnhanceJob(progress=progress))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(address, tmp_path):
    (tmp_path / "ESRGAN").touch()
    with pytest.raises(StorageError, match="Cannot write into"):
        fetched(remote(address), tmp_path / "ESRGAN", EnhanceJob())


def test_upscalers_of_extensions_may_be_plain_functions():
    doubled = Upscaler("twice", lambda image, _scale, _job: image.resize((image.width * 2, image.height * 2)))
    assert upscale(picture(8, 8), 2, doubled).size == (16, 16)
