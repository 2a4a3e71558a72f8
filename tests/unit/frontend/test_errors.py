"""What people read when something goes wrong."""

import logging

from modules.core.errors import CheckpointError
from modules.frontend.errors import error_html, lines_html


def test_an_error_for_people_is_its_own_sentence(caplog):
    assert error_html(CheckpointError("x.safetensors is damaged.")) == '<p class="error">x.safetensors is damaged.</p>'
    assert all(record.exc_info is None for record in caplog.records)


def test_a_bug_is_logged_with_its_traceback(caplog):
    with caplog.at_level(logging.ERROR):
        text = error_html(ZeroDivisionError("division by zero"))
    assert "Something went wrong in Easel: ZeroDivisionError" in text
    assert caplog.records[0].exc_info


def test_markup_in_a_message_is_only_text():
    assert error_html(CheckpointError("<img src=x onerror=alert(1)>")) == (
        '<p class="error">&lt;img src=x onerror=alert(1)&gt;</p>'
    )


def test_a_huge_message_is_cut():
    assert len(lines_html(["x" * 100_000], "error")) < 1000
