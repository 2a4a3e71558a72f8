"""The running program: every part built once, and what the page and the API ask of it."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from modules.app.extra_networks.build import build_pages
from modules.app.extra_networks.pages import NetworkPages
from modules.app.job_report import reported
from modules.app.model_holder import ModelHolder
from modules.app.options import TEMPORARY_FOLDER
from modules.app.prompt_history import PromptHistory
from modules.app.queue import JobQueue
from modules.app.script_call import ScriptCall, run_scripts
from modules.app.starter import STARTER_NOTE, STARTER_RECOMMENDED
from modules.app.temporary import require_temporary_folder
from modules.checkpoints.catalog import CheckpointCatalog, CheckpointInfo
from modules.checkpoints.hashes import HashCache
from modules.checkpoints.recognise import default_checkpoint
from modules.core.errors import InputError, UnknownNameError, WebUIError
from modules.core.flags import Flags
from modules.core.option_store import OptionStore
from modules.core.options import OPTIONS, Settings
from modules.core.paths import Paths, ensure_folders, make_paths
from modules.core.progress import Progress
from modules.enhance.options import DAT_SHOWN, REALESRGAN_SHOWN
from modules.enhance.upscaler_files import refresh_upscalers
from modules.generation.img2img_request import Img2ImgRequest
from modules.generation.job import start_job
from modules.generation.models_in_use import LoadedCheckpoint, ModelsInUse
from modules.generation.options import CHECKPOINT, CHECKPOINT_HASH, CHECKPOINTS_LIMIT
from modules.generation.request import SAME_CHECKPOINT, GenerationRequest, Txt2ImgRequest, with_hires
from modules.generation.result import Result
from modules.generation.run import make_result
from modules.generation.saving import Saver
from modules.generation.style_files import StyleCatalog
from modules.generation.styles import Style
from modules.networks.embedding_catalog import EmbeddingCatalog, EmbeddingList
from modules.networks.hypernetwork_catalog import HypernetworkCatalog
from modules.networks.library import NetworkLibrary
from modules.networks.lora_catalog import LoraCatalog
from modules.plugins.loading import ScriptClassData, find_script_files, load_scripts
from modules.plugins.runner import ScriptRunner

log = logging.getLogger(__name__)


WHERE_FILES_GO = {"saving-paths", "saving-to-dirs"}
"""Sections of settings that --hide-ui-dir-config locks."""


@dataclass
class App:
    """One instance runs in a server; tests make their own."""

    flags: Flags
    paths: Paths
    options: OptionStore
    catalog: CheckpointCatalog
    models: ModelHolder
    embeddings: EmbeddingCatalog
    styles: StyleCatalog
    loras: LoraCatalog
    hypernetworks: HypernetworkCatalog
    token_widths: tuple[int, ...] | None = None
    """Of the text encoders of the latest model; None before the first one is loaded."""
    queue: JobQueue = field(default_factory=JobQueue)
    boot_id: str = field(default_factory=lambda: secrets.token_hex(8))
    ready: threading.Event = field(default_factory=threading.Event)
    """Set when the first checkpoint is loaded, or could not be (see `models.error`)."""
    startup_seconds: dict[str, float] = field(default_factory=dict)
    """How long each part of start-up took."""
    script_classes: list[ScriptClassData] | None = None
    """Of all script files; None before they are loaded."""
    script_runners: dict[str, ScriptRunner] = field(default_factory=dict)
    """By tab, from the time when its controls were made."""
    make_script_controls: Callable[[App], None] | None = None
    """Make the controls of all scripts without a page; set by the server."""
    network_pages: NetworkPages = field(init=False)
    """The pages of extra networks: cards."""
    request_reload: Callable[[], None] | None = None
    """Build the page anew ("Reload UI"); set by the server."""
    request_stop: Callable[[], None] | None = None
    """End the program in good order; set by the server."""

    prompt_history: PromptHistory = field(init=False)
    networks: NetworkLibrary = field(init=False)
    """The LoRAs and hypernetworks that prompts can name."""

    def __post_init__(self) -> None:
        self.networks = NetworkLibrary(self.loras, self.hypernetworks)
        history = self.paths.prompt_history_file
        self.prompt_history = PromptHistory(history, self.paths.tmp / history.name)

    def start(self) -> None:
        """Load the first checkpoint in the background; jobs wait for it in the queue."""
        threading.Thread(target=self._load_first_model, name="first model", daemon=True).start()

    def _load_first_model(self) -> None:
        try:
            self.queue.run(lambda _progress: self._load(self.selected_checkpoint()), kind="load")
        except WebUIError as error:
            log.error("%s", error)  # noqa: TRY400 - a sentence for people, who need no traceback
        finally:
            self.ready.set()

    # --- generating -------------------------------------------------------------------------------------------

    def generate(
        self,
        request: GenerationRequest,
        task_id: str | None = None,
        *,
        remember: bool = True,
        scripts: ScriptCall | None = None,
        user: str | None = None,
    ) -> Result:
        """Wait our turn, load the checkpoint if need be, make the pictures and save them.

        Args:
            request: what to make.
            task_id: of the job; drawn if not given.
            remember: keep the parameters as those of the last job.
            scripts: those that take part, with the values of their controls.
            user: who asks for it, where people log in.

        Raises:
            WebUIError: something a person can act on.
        """
        settings = self.settings(request.override_settings)  # now, so that a mistake is told before the queue
        self._models_of(request)

        def work(progress: Progress) -> Result:
            p = start_job(request, self, progress)
            p.remembers, p.user = remember, user
            make = partial(run_scripts, p, scripts) if scripts else partial(make_result, p)
            return reported(request, settings, self.flags, make)

        return self.queue.run(work, task_id, kind="txt2img" if isinstance(request, Txt2ImgRequest) else "img2img")

    # --- what a job needs (generation/program.py) --------------------------------------------------------------

    def styles_named(self, names: Iterable[str]) -> list[Style]:
        """Return the styles that there are of these."""
        return self.styles.named(names)

    def models_for(self, request: GenerationRequest, settings: Settings) -> ModelsInUse:
        """Load the checkpoint of a job and find its other ones.

        Raises:
            UnknownNameError: no such checkpoint.
            CheckpointError: it cannot be read.
        """
        hires, refiner = self._models_of(request)
        return ModelsInUse(self._checkpoint_for(settings), self._load, hires=hires, refiner=refiner)

    def _models_of(self, request: GenerationRequest) -> tuple[CheckpointInfo | None, CheckpointInfo | None]:
        """Find the checkpoints of the hires pass and of the refiner."""
        second = with_hires(request)
        hires = self._named_checkpoint(second.hr_checkpoint_name, SAME_CHECKPOINT) if second else None
        return hires, self._named_checkpoint(request.refiner_checkpoint, "None")

    def saver_for(self, settings: Settings, models: ModelsInUse) -> Saver:
        """Make what saves the pictures of a job."""
        return Saver(self.paths, self.flags, settings, models.base)

    def txt2img(self, request: Txt2ImgRequest, task_id: str | None = None, *, remember: bool = True) -> Result:
        """Make pictures from a prompt; see `generate`."""
        return self.generate(request, task_id, remember=remember)

    def img2img(self, request: Img2ImgRequest, task_id: str | None = None) -> Result:
        """Make pictures from a prompt and pictures; see `generate`."""
        return self.generate(request, task_id)

    # --- scripts ----------------------------------------------------------------------------------------------

    def make_script_runner(self, tab: str) -> ScriptRunner:
        """Make the scripts of a tab anew; files are loaded when the first tab asks."""
        self.script_runners[tab] = runner = ScriptRunner(self.load_script_files(), is_img2img=tab == "img2img")
        return runner

    def load_script_files(self) -> list[ScriptClassData]:
        """Return the classes of all script files, loaded if they were not."""
        if self.script_classes is None:
            self.script_classes = load_scripts(find_script_files(self.paths))
        return self.script_classes

    def script_runner(self, tab: str) -> ScriptRunner | None:
        """Return the scripts of a tab with their controls; None if nobody can make controls."""
        if tab not in self.script_runners and self.make_script_controls is not None:
            self.make_script_controls(self)
        return self.script_runners.get(tab)

    def settings(self, overrides: Mapping[str, Any] | None = None) -> Settings:
        """Return all settings as they are now, with overrides on top; frozen ones stay as they are, as in A1111.

        Raises:
            UnknownNameError: an override of no known setting.
            InputError: an override of the wrong type.
        """
        allowed = {key: value for key, value in _without_restricted(overrides or {}).items() if not self.is_frozen(key)}
        return self.options.snapshot().overlaid(allowed)

    # --- settings ---------------------------------------------------------------------------------------------

    def set_options(self, values: Mapping[str, Any]) -> list[str]:
        """Change settings and save them; a new checkpoint is loaded at once. Return the keys that changed.

        Raises:
            UnknownNameError: no such setting or checkpoint.
            InputError: a value of the wrong type, or a frozen setting.
            CheckpointError: the checkpoint cannot be loaded; nothing is changed.
        """
        self._refuse_frozen(values)
        values = dict(values)
        if values.get(CHECKPOINT.name, self.options[CHECKPOINT]) != self.options[CHECKPOINT]:
            values[CHECKPOINT.name] = self.catalog.get(CHECKPOINT.check(values[CHECKPOINT.name])).title
        return self.options.update(values)

    def _refuse_frozen(self, values: Mapping[str, Any]) -> None:
        for key in values:
            if self.is_frozen(key):
                raise InputError(f"Setting {key} was frozen when the program was started.")

    def hidden_sections(self) -> set[str]:
        """Return the sections of settings that are not to be shown."""
        return set(WHERE_FILES_GO) if self.flags.hide_ui_dir_config else set()

    def is_frozen(self, key: str) -> bool:
        """Say whether a launch flag forbids changing a setting."""
        sections = _names(self.flags.freeze_settings_in_sections) | self.hidden_sections()
        keys = _names(self.flags.freeze_specific_settings)
        return self.flags.freeze_settings or key in keys or OPTIONS.get(key).section in sections

    # --- checkpoints ------------------------------------------------------------------------------------------

    def select_checkpoint(self, name: str) -> None:
        """Choose and load a checkpoint, waiting for running jobs.

        Raises:
            UnknownNameError: no such checkpoint.
            CheckpointError: it cannot be loaded; the one before stays selected.
        """
        self.set_options({CHECKPOINT.name: name})

    def selected_checkpoint(self) -> CheckpointInfo:
        """Return the chosen checkpoint, or the default if none was chosen or it is gone.

        Raises:
            CheckpointError: there is none at all.
        """
        chosen = self.options[CHECKPOINT]
        return (self.catalog.find(chosen) if chosen else None) or default_checkpoint(self.catalog)

    def checkpoint_title(self) -> str:
        """Return the title of the chosen checkpoint, or "" if there is none."""
        try:
            return self.selected_checkpoint().title
        except WebUIError:
            return ""

    def _checkpoint_for(self, settings: Settings) -> CheckpointInfo:
        """An override that names no known checkpoint is ignored, as A1111 does."""
        named = self.catalog.find(settings[CHECKPOINT]) if settings[CHECKPOINT] else None
        return named or self.selected_checkpoint()

    def _named_checkpoint(self, name: str | None, none: str) -> CheckpointInfo | None:
        """Return a checkpoint that a part of a job has of its own, with its hash; `none` says that it has not.

        Raises:
            UnknownNameError: no such checkpoint.
        """
        return self.catalog.hashed(self.catalog.get(name)) if name and name != none else None

    def _load(self, info: CheckpointInfo) -> LoadedCheckpoint:
        loaded = self.models.get(info)
        self.token_widths = loaded.model.token_widths
        loaded.model.embeddings = self.embedding_list().index
        if self.options[CHECKPOINT] in ("", info.title, loaded.info.title):
            self.options.remember(CHECKPOINT, loaded.info.title)
            self.options.remember(CHECKPOINT_HASH, loaded.info.sha256 or "")
        return loaded

    def embedding_list(self) -> EmbeddingList:
        """Return the textual inversions for the latest model; for any model, before there is one."""
        return self.embeddings.list_for(self.token_widths)

    def load_selected_checkpoint(self) -> None:
        """Load the chosen checkpoint now, waiting for running jobs.

        Raises:
            CheckpointError: it cannot be loaded.
        """
        self.queue.run(lambda _progress: self._load(self.selected_checkpoint()), kind="load")

    def unload_checkpoints(self) -> None:
        """Let all loaded checkpoints go, after the running jobs; the next job loads one again."""
        self.queue.run(lambda _progress: self.models.unload(), kind="load")

    def _on_checkpoint_chosen(self, title: str) -> None:
        self.queue.run(lambda _progress: self._load(self.catalog.get(title)), kind="load")

    def _on_checkpoints_limit(self, limit: int) -> None:
        self.queue.run(lambda _progress: self.models.keep_at_most(limit), kind="load")

    def refresh_upscalers(self) -> None:
        """Look for upscalers again."""
        refresh_upscalers(self.paths.models, self.flags, self.options.snapshot())

    # --- the starter model ------------------------------------------------------------------------------------

    def uses_starter(self) -> bool:
        """Say whether a small model that ships with the program is the chosen one."""
        try:
            return self.catalog.is_shipped(self.selected_checkpoint())
        except WebUIError:
            return False

    def starter_note(self) -> str | None:
        """Return one line for the page while the starter model is in use."""
        folder = self.paths.checkpoint_dirs[-1]
        if folder.is_relative_to(self.paths.program):
            folder = folder.relative_to(self.paths.program)
        return STARTER_NOTE.format(folder=folder) if self.uses_starter() else None

    def recommended(self) -> dict[str, Any]:
        """Return the values the page's fields should start with, by request field; empty for ordinary checkpoints."""
        return dict(STARTER_RECOMMENDED) if self.uses_starter() else {}


def build_app(flags: Flags) -> App:
    """Build the program. Nothing heavy happens until `start` or the first job.

    Raises:
        StorageError: the data folder cannot be written.
    """
    paths = make_paths(flags)
    ensure_folders(paths)
    options = OptionStore(paths.config_file, set_aside=paths.tmp / paths.config_file.name)
    hashes = HashCache(paths.cache_dir / "hashes.json")
    catalog = CheckpointCatalog(paths, flags, hashes)
    app = App(
        flags,
        paths,
        options,
        catalog,
        ModelHolder(catalog, flags, lambda: options[CHECKPOINTS_LIMIT]),
        EmbeddingCatalog(paths.embeddings_dir, hashing=not flags.no_hashing),
        StyleCatalog(lambda: make_paths(flags).styles_files),
        LoraCatalog(paths.lora_dirs, hashes, hashing=not flags.no_hashing),
        HypernetworkCatalog(paths.hypernetworks_dir, hashes, hashing=not flags.no_hashing),
    )
    app.network_pages = build_pages(
        paths, options, catalog, app.embeddings, app.hypernetworks, app.loras, lambda: app.token_widths
    )
    options.on_change(CHECKPOINT, app._on_checkpoint_chosen)
    options.on_change(CHECKPOINTS_LIMIT, app._on_checkpoints_limit)
    options.on_change(TEMPORARY_FOLDER, lambda _folder: require_temporary_folder(paths, options))
    for shown in (REALESRGAN_SHOWN, DAT_SHOWN):
        options.on_change(shown, lambda _names: app.refresh_upscalers())
    app.refresh_upscalers()
    return app


def _without_restricted(overrides: Mapping[str, Any]) -> dict[str, Any]:
    for key in overrides:
        if key not in OPTIONS:
            raise UnknownNameError(f"Setting not found: {key!r:.80}.")
    return {key: value for key, value in overrides.items() if not OPTIONS.get(key).restrict_api}


def _names(listed: str | None) -> set[str]:
    return {name.strip() for name in (listed or "").split(",") if name.strip()}
