"""Sysinfo files: as they were written, changed, or something else."""

import json

import pytest

from modules.app.sysinfo_check import is_unchanged, with_checksum
from modules.core.errors import InputError

INFO = {"Version": "1.0", "Config": {"名": "值", "outdir": "a\\b"}, "RAM": {"free": 12.5}, "Packages": ["a==1"]}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "sysinfo.json"
    path.write_text(json.dumps(with_checksum(INFO), indent=4))
    return path


def test_a_file_is_valid_in_any_layout(file):
    assert is_unchanged(file)
    file.write_text("\ufeff" + json.dumps(json.loads(file.read_text()), ensure_ascii=False, sort_keys=True), "utf-8")
    assert is_unchanged(file)


def test_a_changed_file_is_found_out(file):
    file.write_text(file.read_text().replace("12.5", "12.6"))
    assert not is_unchanged(file)


@pytest.mark.parametrize("text", ["", "[1]", "{}", '{"Checksum": 5}', "[" * 100_000, "no json", "\x00\xff"])
def test_what_is_no_sysinfo_file_is_told(file, text):
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match="no sysinfo file of Easel"):
        is_unchanged(file)
