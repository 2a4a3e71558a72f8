"""A VAE that overflows in 16 bits, from the request to the next checkpoint."""

import dataclasses
import shutil

import numpy as np
import pytest
import torch

from modules.app.app import build_app
from modules.checkpoints import loading
from modules.core.errors import WebUIError
from modules.core.flags import Flags
from modules.generation.request import Txt2ImgRequest
from modules.hardware.precision import Precision
from tests.golden.evidence import COMMITTED

SMALL = Txt2ImgRequest(prompt="a cat", seed=1, steps=1, width=64, height=64)


@pytest.fixture
def app(tmp_path, monkeypatch):
    """Two checkpoints whose VAEs begin in float16, which no CPU does by itself."""
    folder = tmp_path / "models" / "Stable-diffusion"
    folder.mkdir(parents=True)
    for name in ("first", "second"):
        shutil.copy(COMMITTED / "tiny-random.safetensors", folder / f"{name}.safetensors")
        shutil.copy(COMMITTED / "tiny-random.yaml", folder / f"{name}.yaml")
    monkeypatch.setattr(loading, "choose_precision", lambda *_: Precision(vae=torch.float16))
    return build_app(dataclasses.replace(Flags(), data_dir=tmp_path, use_cpu=("all",)))


def load(app, name, *, overflowing=False):
    model = app.models.get(app.catalog.get(name)).model
    if overflowing:
        for parameter in model.vae.decoder.conv_in.parameters():
            parameter.data = parameter.data * 16384
        model.vae.post_quant_conv.weight.data *= 64
    return model


def test_the_picture_is_made_in_32_bits_and_so_are_those_of_the_next_checkpoint(app):
    model = load(app, "first", overflowing=True)
    result = app.txt2img(SMALL)

    assert np.asarray(result.images[0].image).std() > 1
    assert result.comments == ("The VAE lost numbers in 16 bits and computes in 32 bits from now on.",)
    assert model.precision.vae == torch.float32
    assert app.txt2img(SMALL).comments == ()
    assert load(app, "second").precision.vae == torch.float32


def test_bfloat16_comes_first_if_it_is_allowed(app):
    model = load(app, "first", overflowing=True)
    settings = {"auto_vae_precision_bfloat16": True}
    result = app.txt2img(dataclasses.replace(SMALL, override_settings=settings))

    assert "bfloat16" in result.comments[0] and model.precision.vae == torch.bfloat16


def test_forbidden_to_change_it_the_job_ends_with_advice(app):
    load(app, "first", overflowing=True)
    with pytest.raises(WebUIError, match="--no-half-vae"):
        app.txt2img(dataclasses.replace(SMALL, override_settings={"auto_vae_precision": False}))


def test_a_vae_that_needs_no_more_stays_as_it_is(app):
    assert app.txt2img(SMALL).comments == ()
    assert load(app, "second").precision.vae == torch.float16
