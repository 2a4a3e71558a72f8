"""The pages of the program itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from modules.app.extra_networks.checkpoints import CheckpointsPage
from modules.app.extra_networks.hypernetworks import HypernetworksPage
from modules.app.extra_networks.loras import LorasPage
from modules.app.extra_networks.page import Surroundings
from modules.app.extra_networks.pages import NetworkPages
from modules.app.extra_networks.textual_inversion import TextualInversionPage
from modules.app.extra_networks.thumbnails import Thumbnails
from modules.checkpoints.catalog import CheckpointCatalog
from modules.core.option_store import OptionStore
from modules.core.paths import Paths
from modules.imaging.options import SAMPLES_FORMAT
from modules.networks.embedding_catalog import EmbeddingCatalog
from modules.networks.hypernetwork_catalog import HypernetworkCatalog
from modules.networks.lora_catalog import LoraCatalog
from modules.networks.lora_metadata import UNKNOWN

VERSIONS = {(768,): "SD1", (1024,): "SD2", (768, 1280): "SDXL"}
"""Kinds of models by the widths of their text encoders, as far as LoRAs tell them apart."""


def model_version(widths: tuple[int, ...] | None) -> str:
    """Return the kind of a model as LoRAs name it."""
    return VERSIONS.get(widths or (), UNKNOWN)


def build_pages(
    paths: Paths,
    options: OptionStore,
    checkpoints: CheckpointCatalog,
    embeddings: EmbeddingCatalog,
    hypernetworks: HypernetworkCatalog,
    loras: LoraCatalog,
    token_widths: Callable[[], tuple[int, ...] | None],
) -> NetworkPages:
    """Build the pages in their usual order.

    Args:
        paths: where files are.
        options: the settings.
        checkpoints, embeddings, hypernetworks, loras: what there is.
        token_widths: of the text encoders of the latest model.
    """
    around = Surroundings()

    def formats() -> Sequence[str]:
        return (options[SAMPLES_FORMAT],)

    checkpoint_folders: Sequence[Path] = (*paths.checkpoint_dirs, paths.starter.parent)
    return NetworkPages(
        [
            TextualInversionPage(
                embeddings, paths.embeddings_dir, lambda: embeddings.list_for(token_widths()), around, formats
            ),
            HypernetworksPage(hypernetworks, around, formats),
            CheckpointsPage(checkpoints, checkpoint_folders, around, formats),
            LorasPage(loras, options, lambda: model_version(token_widths()), around, formats),
        ],
        Thumbnails(paths.cache_dir / "thumbnails"),
    )
