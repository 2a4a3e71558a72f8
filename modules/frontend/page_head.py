"""What is put into the HTML itself: style sheets, scripts, and the little that they must know at once."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

ASSETS = Path(__file__).parent / "assets"
ASSETS_URL = "webui-assets"
STYLE_SHEETS = (
    "tokens",
    "gradio",
    "layout",
    "controls",
    "dialog",
    "accordions",
    "icons",
    "output",
    "canvas",
    "img2img",
    "batch",
    "png_info",
    "job",
    "settings",
    "scripts",
    "lightbox",
    "styles",
    "extras",
    "extra_networks",
    "alternatives",
    "prompt_history",
    "rtl",
)
ENTRY = "main"

# Gradio may fire events before our modules have arrived: their scripts wait for `easelReady`.
READY_SCRIPT = "window.easelReady=new Promise(arrived=>{window.easelArrived=arrived});"


class Assets(StaticFiles):
    """Our scripts and style sheets. Browsers ask each time whether a file changed, so no old one is ever shown."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file, or 304 if the browser has it."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def head_html(
    settings: dict[str, Any],
    theme: str | None,
    user_style: Path,
    localization: Mapping[str, Any] | None = None,
    look: str = "",
) -> str:
    """Return the tags for the page's head.

    Args:
        settings: what the scripts must know at once; may be seen by people who are not logged in.
        theme: light, dark, or None for the system's.
        user_style: the person's own style sheet, put in last if it is there.
        localization: the page in another language; see `localization.py`.
        look: the rules of a Gradio theme; see `gradio_themes.py`.
    """
    scripts = sorted(path.stem for path in (ASSETS / "javascript").glob("*.js") if path.stem != ENTRY)
    tags = [
        '<meta name="color-scheme" content="light dark">',
        f"<script>{theme_script(theme)}{READY_SCRIPT}</script>",
        f'<script type="application/json" id="easel_settings">{json_in_html(settings)}</script>',
        f'<script type="application/json" id="easel_localization">{json_in_html(localization or {})}</script>',
        *(f'<link rel="stylesheet" href="{asset(f"css/{name}.css")}">' for name in STYLE_SHEETS),
        *(f'<link rel="modulepreload" href="{asset(f"javascript/{name}.js")}">' for name in scripts),
        f'<script type="module" src="{asset(f"javascript/{ENTRY}.js")}"></script>',
    ]
    if look:
        tags.append(f'<style id="easel_look">{look}</style>')
    if user_style.is_file():
        rules = user_style.read_text(encoding="utf-8", errors="replace").replace("</", "<\\/")
        tags.append(f"<style>{rules}</style>")
    return "\n".join(tags) + "\n"


def theme_script(theme: str | None) -> str:
    """Return the script that makes --theme hold from the first pixel on, by the URL parameter that Gradio reads."""
    forced = json.dumps(theme if theme in ("light", "dark") else None)
    return (
        f"{{const u=new URL(location.href),t={forced};"
        "if(t&&!u.searchParams.has('__theme')){u.searchParams.set('__theme',t);history.replaceState(null,'',u)}"
        "const s=u.searchParams.get('__theme');if(s==='light'||s==='dark')document.documentElement.dataset.theme=s}"
    )


def asset(path: str) -> str:
    """Return the address of an asset, relative to the page."""
    return html.escape(f"{ASSETS_URL}/{path}")


def json_in_html(value: Any) -> str:
    """Return JSON that cannot end the script element around it."""
    return json.dumps(value).replace("<", "\\u003c")
