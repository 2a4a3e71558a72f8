"""The footer: versions, and the page that this copy was cloned from."""

import dataclasses

import pytest

from modules.app.app import build_app
from modules.core.flags import Flags
from modules.frontend.components.footer import footer_html, installed_version
from modules.frontend.project_page import page_of, project_page


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://github.com/someone/easel.git", "https://github.com/someone/easel"),
        ("https://github.com/someone/easel/", "https://github.com/someone/easel"),
        ("git@github.com:someone/easel.git", "https://github.com/someone/easel"),
        ("ssh://git@github.com/someone/easel", "https://github.com/someone/easel"),
        ("https://me:secret@github.com/someone/easel.git", "https://github.com/someone/easel"),
        ("https://example.org/someone/easel", None),
        ("https://github.com.example.org/x/y", None),
        ('https://github.com/x"><script>', None),
        ("https://[", None),
        ("/home/me/easel", None),
        ("", None),
    ],
)
def test_the_page_of_a_repository(url, page):
    assert page_of(url) == page


def test_the_page_is_read_from_the_clone(tmp_path):
    assert project_page(tmp_path) is None
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text('[remote "origin"]\n\turl = https://github.com/a/b.git\n')
    assert project_page(tmp_path) == "https://github.com/a/b"
    (tmp_path / ".git" / "config").write_text("not = a [config")
    assert project_page(tmp_path) is None


@pytest.mark.parametrize("api", [True, False])
def test_the_footer_tells_versions_and_leads_to_the_api_if_it_is_on(tmp_path, api):
    text = footer_html(build_app(dataclasses.replace(Flags(), data_dir=tmp_path, api=api)))
    assert ('href="docs"' in text) == api
    assert f"gradio: {installed_version('gradio')}" in text
    for name in ("API", "GitHub", "Gradio", "Startup profile", "Reload UI", "sd_checkpoint_hash"):
        assert name in text


def test_a_package_that_is_not_there_has_no_version():
    assert installed_version("no-such-package-at-all") == "N/A"
