"""What the YAML beside a checkpoint and its metadata say."""

from pathlib import Path

import pytest

from modules.checkpoints.hints import Hints, read_hints
from modules.core.errors import CheckpointError


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "model.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_nothing_is_said():
    assert read_hints({}, None) == Hints()


def test_the_recorded_yaml():
    hints = read_hints({}, Path("tests/data/golden/tiny-random.yaml"))

    assert hints == Hints(8, 4, None, 0.18215, 0.00085, 0.012)


def test_the_yaml_wins_over_metadata(tmp_path):
    path = write(tmp_path, "easel: {text_encoder_heads: 3}\nmodel: {params: {parameterization: v}}")
    metadata = {"easel.text_encoder_heads": "9", "easel.unet_heads": "5", "modelspec.prediction_type": "epsilon"}

    hints = read_hints(metadata, path)

    assert (hints.text_encoder_heads, hints.unet_heads, hints.prediction) == (3, 5, "v")


@pytest.mark.parametrize("text", ["", "just text", "- a\n- list", "model: 3", "easel: [1]", "model: {params: null}"])
def test_other_yaml_says_nothing(tmp_path, text):
    assert read_hints({}, write(tmp_path, text)) == Hints()


@pytest.mark.parametrize(
    "text",
    [
        b"\xff\xfe\x00broken",
        "a: [",
        "a: b: c",
        "&a [*a",
        "!!python/object/apply:os.system [echo]",
        "easel: {text_encoder_heads: many}",
        "easel: {text_encoder_heads: -3}",
        "easel: {unet_heads: 0}",
        "easel: {unet_heads: [1]}",
        "model: {params: {scale_factor: .nan}}",
        "model: {params: {scale_factor: .inf}}",
    ],
)
def test_yaml_that_makes_no_sense_is_explained(tmp_path, text):
    with pytest.raises(CheckpointError, match=r"model\.yaml") as caught:
        read_hints({}, write(tmp_path, text))

    assert "\n" not in str(caught.value)


def test_metadata_that_makes_no_sense_is_explained():
    with pytest.raises(CheckpointError, match="metadata"):
        read_hints({"easel.unet_heads": "x"}, None)


def test_a_model_that_begins_with_nothing_but_noise_may_say_so(tmp_path):
    config = tmp_path / "a.yaml"
    config.write_text("easel:\n  zero_terminal_snr: true\n")

    assert read_hints({}, config).zero_terminal_snr
    assert read_hints({"easel.zero_terminal_snr": "true"}, None).zero_terminal_snr
    assert not read_hints({"easel.zero_terminal_snr": "false"}, None).zero_terminal_snr
    with pytest.raises(CheckpointError, match="perhaps"):
        read_hints({"easel.zero_terminal_snr": "perhaps"}, None)
