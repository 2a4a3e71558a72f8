"""Script files: where they are, in which order they are loaded, and which classes they hold (contract 6.1)."""

from __future__ import annotations

import importlib.util
import inspect
import logging
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from modules.core.paths import Paths
from modules.plugins.postprocessing import ScriptPostprocessing, register_scripts
from modules.plugins.script import Script, ScriptBuiltinUI

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class ScriptFile:
    """A file with scripts; `basedir` is the folder of the extension, or of the program."""

    basedir: Path
    path: Path


@dataclass(frozen=True)
class ScriptClassData:
    """A class of scripts and where it came from."""

    script_class: type[Any]
    path: str
    basedir: str
    module: ModuleType


scripts_data: list[ScriptClassData] = []
"""All classes that were loaded. Extensions look through this list, so it stays the same object."""

postprocessing_scripts_data: list[ScriptClassData] = []
"""Those of scripts that work on finished pictures; likewise."""

load_problems: list[str] = []
"""A sentence about each file that could not be loaded."""

_loading_from: list[Path] = []
_sources: dict[Path, bytes] = {}
"""Of each file, what it said when it was loaded."""


def basedir() -> str:
    """Return the folder of the extension that is being loaded; afterwards, that of the program's scripts."""
    return str(_loading_from[-1] if _loading_from else Path.cwd())


def find_script_files(paths: Paths) -> list[ScriptFile]:
    """List the script files: those of the program, of the data folder, then of the extensions that ship with it."""
    roots = list(dict.fromkeys((paths.program, paths.data)))
    files = [file for root in roots for file in _python_files(root, root / "scripts")]
    builtin = paths.program / "extensions-builtin"
    folders = sorted(folder for folder in builtin.iterdir() if folder.is_dir()) if builtin.is_dir() else []
    return files + [file for folder in folders for file in _python_files(folder, folder / "scripts")]


def _python_files(base: Path, folder: Path) -> list[ScriptFile]:
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if path.suffix == ".py" and path.is_file()]
    return [ScriptFile(base, path) for path in sorted(found, key=lambda path: path.name.casefold())]


def load_scripts(files: Iterable[ScriptFile]) -> list[ScriptClassData]:
    """Load script files anew and return their classes; a file that fails is told in the log and passed over.

    A file may have a function `late_script_classes`, for classes that depend on what other files bring.
    """
    for listed in (scripts_data, postprocessing_scripts_data, load_problems):
        listed.clear()
    loaded: list[tuple[ScriptFile, ModuleType]] = []
    for file in files:
        try:
            module = load_file(file)
        except (Exception, SystemExit) as error:
            log.exception("The script %s could not be loaded; the others go on", file.path.name)
            load_problems.append(f"{file.path.name} could not be loaded: {where_it_failed(error, file.path)}.")
            continue
        loaded.append((file, module))
        scripts_data.extend(found_in(file, module, script_classes(module)))
        postprocessing_scripts_data.extend(found_in(file, module, postprocessing_classes(module)))
    register_scripts((data.script_class, data.path) for data in postprocessing_scripts_data)
    for file, module in loaded:
        if hasattr(module, "late_script_classes"):
            scripts_data.extend(found_in(file, module, module.late_script_classes()))
    return list(scripts_data)


def found_in(file: ScriptFile, module: ModuleType, classes: Iterable[type[Any]]) -> list[ScriptClassData]:
    """Return classes of a file with where they came from."""
    return [ScriptClassData(found, str(file.path), str(file.basedir), module) for found in classes]


def load_file(file: ScriptFile) -> ModuleType:
    """Run a script file as a module that is called like the file, and also `scripts.<name>`.

    What it raises is passed on, and a module that was loaded of it before stays the one that others import.
    """
    name = file.path.name
    spec = importlib.util.spec_from_file_location(name, file.path)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    aliases = (name, f"scripts.{file.path.stem}")
    before = {alias: sys.modules[alias] for alias in aliases if alias in sys.modules}
    sys.modules.update(dict.fromkeys(aliases, module))
    source = file.path.read_bytes()
    try:
        with _loading(file.basedir):
            # Its loader's cache would take two versions within a second for one.
            exec(compile(source, file.path, "exec", dont_inherit=True), vars(module))  # noqa: S102
    except BaseException:
        for alias in aliases:
            sys.modules.pop(alias, None)
        sys.modules.update(before)
        raise
    _sources[file.path] = source
    return module


def has_changed(file: ScriptFile) -> bool:
    """Say whether a file says something else than when it was loaded, or was never loaded."""
    try:
        return _sources.get(file.path) != file.path.read_bytes()
    except OSError:
        return True


@contextmanager
def _loading(folder: Path) -> Iterator[None]:
    """While a file of an extension is loaded, its own packages are found first."""
    _loading_from.append(folder)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        _loading_from.pop()
        if str(folder) in sys.path:
            sys.path.remove(str(folder))


def script_classes(module: ModuleType) -> list[type[Script]]:
    """Return the classes of scripts that a module defines, in its order."""
    return _own_classes(module, Script, (Script, ScriptBuiltinUI))


def postprocessing_classes(module: ModuleType) -> list[type[ScriptPostprocessing]]:
    """Return the classes of scripts for finished pictures that a module defines."""
    return _own_classes(module, ScriptPostprocessing, (ScriptPostprocessing,))


def _own_classes(module: ModuleType, kind: type[T], bases: tuple[type, ...]) -> list[type[T]]:
    classes = [value for value in vars(module).values() if inspect.isclass(value) and issubclass(value, kind)]
    return [found for found in classes if found not in bases and found.__module__ == module.__name__]


def where_it_failed(error: BaseException, path: Path) -> str:
    """Return what a file raised, and in which of its lines."""
    if isinstance(error, SyntaxError):
        return f"{error.msg}, in line {error.lineno}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return f"{type(error).__name__}: {error!s:.200}" + (f", in line {lines[-1]}" if lines else "")
