"""Where models, outputs, settings and caches are."""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from modules.core.errors import StorageError
from modules.core.flags import PROGRAM_FOLDER, Flags

STARTER = Path("models", "Stable-diffusion", "easel-starter.safetensors")


@dataclass(frozen=True)
class Paths:
    """Every place on disk, absolute. Only `program` and `starter` are sure to exist before `ensure_folders`."""

    program: Path
    """The folder of webui.py; `data` is the same unless --data-dir says otherwise."""
    data: Path
    models: Path
    config_file: Path
    ui_config_file: Path
    styles_files: tuple[Path, ...]
    params_file: Path
    prompt_history_file: Path
    cache_dir: Path
    tmp: Path
    restart_file: Path
    """When it exists as the program ends, the wrapper script starts the program again."""
    checkpoint_dirs: tuple[Path, ...]
    """The first is --ckpt-dir, if given."""
    vae_dirs: tuple[Path, ...]
    embeddings_dir: Path
    lora_dirs: tuple[Path, ...]
    hypernetworks_dir: Path
    localization_dirs: tuple[Path, ...]
    """Where translations of the page are; a file of a later folder wins over one of the same name."""
    starter: Path
    """The small checkpoint that ships with the program, wherever the data is."""


def make_paths(flags: Flags, environ: Mapping[str, str] | None = None, *, program: Path = PROGRAM_FOLDER) -> Paths:
    """Return the places that the flags ask for. Touches no folder."""
    environ = os.environ if environ is None else environ
    data = flags.data_dir
    models = flags.models_dir or data / "models"
    return Paths(
        program=program,
        data=data,
        models=models,
        config_file=flags.ui_settings_file or data / "config.json",
        ui_config_file=flags.ui_config_file or data / "ui-config.json",
        styles_files=_styles_files(flags, data),
        params_file=data / "params.txt",
        prompt_history_file=data / "prompt_history.json",
        cache_dir=Path(environ.get("SD_WEBUI_CACHE_DIR") or data / "cache").absolute(),
        tmp=data / "tmp",
        restart_file=program / "tmp" / "restart",
        checkpoint_dirs=_without_none(flags.ckpt_dir, models / "Stable-diffusion"),
        vae_dirs=_without_none(flags.vae_dir, models / "VAE"),
        embeddings_dir=flags.embeddings_dir or data / "embeddings",
        lora_dirs=(flags.lora_dir or models / "Lora", flags.lyco_dir_backcompat or models / "LyCORIS"),
        hypernetworks_dir=flags.hypernetwork_dir or models / "hypernetworks",
        localization_dirs=_without_none(flags.localizations_dir or program / "localizations", data / "localizations"),
        starter=program / STARTER,
    )


def ensure_folders(paths: Paths) -> None:
    """Make the folders that people put files into, and the cache.

    Raises:
        StorageError: one of them cannot be made.
    """
    wanted = [
        paths.models / "Stable-diffusion",
        paths.models / "VAE",
        paths.lora_dirs[0],
        paths.hypernetworks_dir,
        paths.embeddings_dir,
        paths.data / "outputs",
        paths.cache_dir,
        paths.tmp,
    ]
    for folder in wanted:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"Cannot make the folder {folder}: {error.strerror or error}. "
                "Choose another place with --data-dir, or give yourself the right to write there."
            ) from error


def _without_none(*folders: Path | None) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(folder for folder in folders if folder is not None))


def _styles_files(flags: Flags, data: Path) -> tuple[Path, ...]:
    """Return the files of --styles-file, patterns resolved; a file that is not there yet is kept.

    If a pattern fits no file, `*` stands for "styles", so that there is a file for the first style.
    """
    found: list[Path] = []
    for pattern in flags.styles_file or (str(data / "styles.csv"),):
        names = sorted(glob.glob(pattern)) if glob.has_magic(pattern) else [pattern]  # noqa: PTH207 - may be absolute
        first = pattern.replace("*", "styles")
        found.extend(Path(name) for name in names or ([] if glob.has_magic(first) else [first]))
    return tuple(dict.fromkeys(path.absolute() for path in found))
