"""What all kinds of tests share."""

import os
import shutil
from pathlib import Path

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def pytest_collection_modifyitems(items):
    """Put the tests that click last: quick ones come first, and Playwright keeps an event loop running ever after."""
    items.sort(key=lambda item: "browser" in item.path.parts)


@pytest.fixture(scope="session")
def repository():
    """The folder of webui.py."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def chromium():
    """The path of a browser: EASEL_CHROMIUM, as ./test.sh sets it, or one that is installed."""
    found = os.environ.get("EASEL_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        pytest.fail("There is no browser for these tests: run ./test.sh, or set EASEL_CHROMIUM.")
    return found


@pytest.fixture(autouse=True, scope="session")
def _no_network_for_models():
    """Nothing may ask a model hub, whatever is installed."""
    os.environ["HF_HUB_OFFLINE"] = "1"
