import logging

import pytest

from modules.core.log import configure_logging


@pytest.fixture(autouse=True)
def _logging_as_before():
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in ("modules", "__main__")}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


@pytest.mark.parametrize(("level", "shown"), [(None, "info warning"), ("debug", "debug info warning"), ("ERROR", "")])
def test_the_level_decides_what_is_logged(capsys, level, shown):
    configure_logging(level)
    log = logging.getLogger("modules.test")
    log.debug("debug")
    log.info("info")
    log.warning("warning")
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[-1] for line in lines] == shown.split()


def test_libraries_are_quieter_and_lines_come_once(capsys):
    configure_logging(None)
    configure_logging(None)
    logging.getLogger("httpx").info("chatter")
    logging.getLogger("modules").info("once")
    assert capsys.readouterr().err.count("\n") == 1
