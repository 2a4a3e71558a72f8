"""What people ask of the running program now and then: new files, hashes of all checkpoints."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from modules.app.app import App
from modules.checkpoints.catalog import CheckpointInfo
from modules.core.errors import WebUIError
from modules.core.progress import Progress
from modules.plugins.loading import find_script_files, scripts_data
from modules.plugins.postprocessing import postprocessing_scripts
from modules.plugins.reloading import reload_bodies

MOST_THREADS = 16


def look_for_files(app: App) -> str:
    """Look at the folders of checkpoints, textual inversions, styles and upscalers again. Returns what there is."""
    app.catalog.refresh()
    app.embeddings.refresh()
    app.refresh_upscalers()
    embeddings = app.embedding_list()
    counts = {
        "checkpoint": len(app.catalog.all()),
        "textual inversion": len(embeddings.loaded) + len(embeddings.skipped),
        "style": len(app.styles.all()),
    }
    return "Found " + ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts.items()) + "."


def hash_checkpoints(app: App, threads: int = 1) -> list[str]:
    """Compute the hashes that are not known yet. Returns a line for each checkpoint that cannot be read.

    Args:
        app: the program.
        threads: how many files are read at once.
    """
    unhashed = [info for info in app.catalog.all() if not info.sha256]
    with ThreadPoolExecutor(min(max(threads, 1), MOST_THREADS)) as pool:
        return [problem for problem in pool.map(lambda info: _hash(app, info), unhashed) if problem]


def _hash(app: App, info: CheckpointInfo) -> str:
    try:
        app.catalog.hashed(info)
    except WebUIError as error:
        return str(error)
    return ""


def reload_scripts(app: App) -> list[str]:
    """Read changed script files again, after the running jobs. Returns sentences about what became of them."""
    app.load_script_files()
    in_use = [script for runner in app.script_runners.values() for script in runner.scripts]

    def work(_progress: Progress) -> list[str]:
        done = reload_bodies(find_script_files(app.paths), [*in_use, *postprocessing_scripts()])
        app.script_classes = list(scripts_data)
        return done.sentences()

    return app.queue.run(work, kind="load")
