"""New bodies for scripts that are in use: files that were changed are read again, and the controls stay as they are."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from modules.plugins.loading import (
    ScriptClassData,
    ScriptFile,
    found_in,
    has_changed,
    load_file,
    postprocessing_classes,
    postprocessing_scripts_data,
    script_classes,
    scripts_data,
    where_it_failed,
)
from modules.plugins.postprocessing import add_script

log = logging.getLogger(__name__)


@dataclass
class Reloaded:
    """What became of the files.

    Attributes:
        files: names of those that were read again.
        new: classes that were not there before.
        problems: sentences about files that could not be read; their former bodies stay in use.
    """

    files: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def sentences(self) -> list[str]:
        """Return what is said to the person who asked."""
        read = f"Read again: {', '.join(self.files)}." if self.files else "No script file has changed."
        new = [f"New, and shown after Reload UI: {', '.join(self.new)}."] if self.new else []
        return [*([read] if self.files or not self.problems else []), *new, *self.problems]


def reload_bodies(files: Iterable[ScriptFile], in_use: Sequence[Any]) -> Reloaded:
    """Read the script files that have changed, and give the scripts in use their new classes.

    Args:
        files: all that are there.
        in_use: the scripts of tabs and of finished pictures, whose classes are exchanged.
    """
    done, there = Reloaded(), list(files)
    paths = {str(file.path) for file in there}
    known = {data.path for data in (*scripts_data, *postprocessing_scripts_data)}
    done.problems += [
        f"{Path(path).name} is no longer there; what was loaded of it stays in use." for path in sorted(known - paths)
    ]
    for file in there:
        if not has_changed(file):
            continue
        try:
            module = load_file(file)
        except (Exception, SystemExit) as error:
            log.exception("The script %s could not be loaded again", file.path.name)
            former = " The former version stays in use." if str(file.path) in known else ""
            done.problems.append(f"{file.path.name} could not be loaded: {where_it_failed(error, file.path)}.{former}")
            continue
        done.files.append(file.path.name)
        _exchange(file, module, in_use, done)
    return done


def _exchange(file: ScriptFile, module: ModuleType, in_use: Iterable[Any], done: Reloaded) -> None:
    """Put the classes of a module in the place of those that the file had before."""
    late = module.late_script_classes() if hasattr(module, "late_script_classes") else []
    ordinary = found_in(file, module, [*script_classes(module), *late])
    finished = found_in(file, module, postprocessing_classes(module))
    for listed, found in ((scripts_data, ordinary), (postprocessing_scripts_data, finished)):
        places = {data.script_class.__name__: i for i, data in enumerate(listed) if data.path == str(file.path)}
        for data in found:
            name = data.script_class.__name__
            if name in places:
                listed[places[name]] = data
            else:
                listed.append(data)
                done.new.append(name)
                _begin(data, listed)
    classes = {data.script_class.__name__: data.script_class for data in (*ordinary, *finished)}
    for script in in_use:
        if script.filename == str(file.path) and type(script).__name__ in classes:
            script.__class__ = classes[type(script).__name__]


def _begin(data: ScriptClassData, listed: list[ScriptClassData]) -> None:
    if listed is postprocessing_scripts_data:
        add_script(data.script_class, data.path)
