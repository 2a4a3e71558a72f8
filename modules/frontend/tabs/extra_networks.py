"""The sub-tabs of a generation tab: Generation, then the pages of extra networks.

A page is an empty frame here; assets/javascript/extra_networks.js fetches its cards when it is first shown.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr

from modules.app.app import App
from modules.app.extra_networks.page import ExtraNetworksPage
from modules.app.extra_networks_options import ORDER, ORDER_FIELD, PAGE_ORDER, TREE_SHOWN, TREE_STYLE, TREE_WIDTH

SORTS = {"Path": "path", "Name": "name", "Date Created": "date_created", "Date Modified": "date_modified"}
"""The names of orders, and what elem_ids call them."""
LABELS = {"Date Created": "Created", "Date Modified": "Modified"}


@contextmanager
def network_tabs(app: App, tab: str) -> Iterator[None]:
    """Put what is made inside `with` into the sub-tab Generation; the pages of extra networks follow.

    Args:
        app: the program.
        tab: what the elem_ids begin with.
    """
    with gr.Tabs(elem_id=f"{tab}_extra_tabs", elem_classes="extra-networks"):
        generation = f"{tab}_generation"
        with gr.Tab("Generation", id=generation, elem_id=generation):
            yield
        for page in app.network_pages.ordered(app.options[PAGE_ORDER]):
            name = f"{tab}_{page.extra_networks_tabname}"
            with gr.Tab(page.title, id=name, elem_id=name, elem_classes="extra-page"):
                gr.HTML(pane_html(app, tab, page), elem_id=f"{name}_cards_html", apply_default_css=False)


def pane_html(app: App, tab: str, page: ExtraNetworksPage) -> str:
    """Return the frame of a page: controls, directories and a place for cards."""
    name = html.escape(f"{tab}_{page.extra_networks_tabname}")
    options = app.options
    data = {
        "tab": tab,
        "page": page.name,
        "negative": "yes" if page.allow_negative_prompt else "",
        "sort": options[ORDER_FIELD],
        "direction": options[ORDER],
        "folders": options[TREE_STYLE],
    }
    attributes = " ".join(f'data-{key}="{html.escape(value)}"' for key, value in data.items())
    closed = "" if options[TREE_SHOWN] else " folders-closed"
    width = max(80, int(options[TREE_WIDTH]))
    return (
        f'<div id="{name}_pane" class="extra-network-pane{closed}" style="--tree-width: {width}px" {attributes}>'
        f"{controls_html(name, page.title)}"
        f'<div id="{name}_dirs" class="extra-network-dirs" role="group" aria-label="Directories"></div>'
        '<div class="extra-network-content">'
        f'<div id="{name}_tree" class="extra-network-tree"></div>'
        '<div class="extra-network-divider" aria-hidden="true"></div>'
        f'<div id="{name}_cards" class="extra-network-cards"></div>'
        "</div>"
        '<p class="extra-network-message" aria-live="polite"></p></div>'
    )


def controls_html(name: str, title: str) -> str:
    """Return the line above the cards; it has A1111's ids."""
    search = html.escape(f"Search in {title}")
    sorts = "".join(
        f'<button type="button" id="{name}_extra_sort_{key}" class="extra-network-control--sort" data-sort="{label}" '
        f'title="Sort by {label.lower()}">{LABELS.get(label, label)}</button>'
        for label, key in SORTS.items()
    )
    return (
        f'<div id="{name}_controls" class="extra-network-control">'
        f'<input type="search" id="{name}_extra_search" class="extra-network-control--search-text" '
        f'placeholder="Search" aria-label="{search}" autocomplete="off" spellcheck="false">'
        f'<div id="{name}_extra_sort" class="extra-network-sorts" role="group" aria-label="Sort by">{sorts}</div>'
        f"{_tool(f'{name}_extra_sort_dir', 'sort-dir', 'Turn the order round')}"
        f"{_tool(f'{name}_extra_tree_view', 'tree-view', 'Show or hide directories')}"
        f"{_tool(f'{name}_extra_refresh', 'refresh', 'Look for new files')}"
        '<span class="extra-network-count" aria-live="polite"></span></div>'
    )


def _tool(elem_id: str, kind: str, name: str) -> str:
    return (
        f'<button type="button" id="{elem_id}" class="extra-network-control--{kind} network-tool" '
        f'title="{name}" aria-label="{name}"></button>'
    )
