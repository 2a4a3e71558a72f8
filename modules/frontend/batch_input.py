"""What the browser sends of a batch: names of folders or of uploaded files, read here as a batch of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modules.app.app import App
from modules.core.errors import InputError
from modules.core.registry import shorten
from modules.frontend.canvas_pictures import parse_sent
from modules.frontend.gradio_internals import upload_folder
from modules.generation.img2img_batch import PROPERTIES, Img2ImgBatch
from modules.generation.img2img_options import BATCH_SHOWN
from modules.generation.img2img_request import Img2ImgRequest
from modules.generation.picture_files import Listing, PictureFile, list_files, list_folder, name_some, shown

MODE = "batch"
MOST_UPLOADS = 10_000
LONGEST_PATH = 4096
KINDS = "PNG, JPEG, WebP, AVIF, TIFF or BMP"


@dataclass(frozen=True)
class BatchValues:
    """The values of `components/img2img_batch.py::BatchControls.all`, as the browser sent them."""

    upload: Any
    masks: Any
    input_folder: Any
    output_folder: Any
    mask_folder: Any
    uses_parameters: Any
    parameters_folder: Any
    properties: Any


def is_batch(sent: Any) -> bool:
    """Say whether the sub-tab Batch was the one shown when Generate was pressed."""
    return parse_sent(sent).get("mode") == MODE


def resizes_by(sent: Any) -> bool:
    """Say whether the sub-tab "Resize by" was chosen."""
    return parse_sent(sent).get("resize_by") is True


def read_batch(app: App, sent: Any, values: BatchValues, request: Img2ImgRequest, scale: float | None) -> Img2ImgBatch:
    """Find the files of a batch.

    Args:
        app: whose settings and flags count.
        sent: the browser's message.
        values: of the controls.
        request: for each of the files.
        scale: the size of results in sizes of their picture, or None.

    Raises:
        InputError: there are no pictures; the sentence says what to do.
    """
    from_folder = parse_sent(sent).get("source") == "directory"
    pictures, masks, output = _folders(app, values) if from_folder else _uploads(values)
    if not pictures.pictures:
        raise InputError(_nothing_to_do(app, values, pictures, from_folder=from_folder))
    left_out = [*pictures.others, *masks.others]
    notes = (f"Left out, as no pictures: {name_some(left_out)}.",) if left_out else ()
    most = int(app.options[BATCH_SHOWN])
    takes = frozenset(PROPERTIES) & frozenset(values.properties or ()) if values.uses_parameters else frozenset()
    return Img2ImgBatch(
        request=request,
        pictures=pictures.pictures,
        masks=masks.pictures,
        output=output,
        properties=takes,
        parameters_folder=_parameters_folder(app, values) if takes else None,
        scale=scale,
        shown=None if most < 0 else most,
        notes=notes,
    )


def read_pictures_to_describe(app: App, sent: Any, values: BatchValues) -> tuple[Listing, Path | None]:
    """Return the pictures in the input directory, and the folder for texts if one was named.

    Raises:
        InputError: there are none, or they are uploads.
    """
    if parse_sent(sent).get("source") != "directory":
        raise InputError(
            "Interrogate writes a text beside each picture of a folder: choose From directory and name the folder."
        )
    pictures, _masks, output = _folders(app, values)
    if not pictures.pictures:
        raise InputError(_nothing_to_do(app, values, pictures, from_folder=True))
    return pictures, output


def _folders(app: App, values: BatchValues) -> tuple[Listing, Listing, Path | None]:
    if app.flags.hide_ui_dir_config:
        raise InputError("Folders cannot be named here (--hide-ui-dir-config); upload the files instead.")
    source = _folder(app, values.input_folder)
    if source is None:
        raise InputError("Input directory: name the folder that holds the pictures.")
    output, mask_folder = _folder(app, values.output_folder), _folder(app, values.mask_folder)
    if output is not None and output.exists() and not output.is_dir():
        raise InputError(f"Output directory: {shown(output)} is a file; name a folder.")
    inner = [folder for folder in (output, mask_folder) if folder is not None]
    pictures = list_folder(source, "Input directory", without=inner)
    masks = list_folder(mask_folder, "Inpaint batch mask directory") if mask_folder else Listing(())
    if mask_folder and not masks.pictures:
        raise InputError(
            f"Inpaint batch mask directory: {shown(mask_folder)} holds no pictures; empty the field to do without."
        )
    return pictures, masks, output


def _uploads(values: BatchValues) -> tuple[Listing, Listing, None]:
    return list_files(_uploaded(values.upload)), list_files(_uploaded(values.masks)), None


def _uploaded(files: Any) -> list[PictureFile]:
    """Return the files that the browser has uploaded; nothing outside Gradio's folder of uploads is among them.

    Raises:
        InputError: a file is no longer there, or there are too many.
    """
    if not isinstance(files, Sequence) or isinstance(files, str):
        return []
    if len(files) > MOST_UPLOADS:
        raise InputError(f"At most {MOST_UPLOADS} files can be uploaded for a batch; put them into a folder instead.")
    folder = upload_folder().resolve()
    found: list[PictureFile] = []
    for file in files:
        name = file.get("path") if isinstance(file, dict) else None
        gone = InputError("An uploaded file is no longer on the server; upload the files again.")
        if not isinstance(name, str) or "\0" in name:
            raise gone
        path = Path(name).resolve()
        if not path.is_relative_to(folder) or not path.is_file():
            raise gone
        called = file.get("orig_name")
        found.append(PictureFile(path, Path(called.replace("\\", "/")).name if isinstance(called, str) else path.name))
    return found


def _parameters_folder(app: App, values: BatchValues) -> Path | None:
    if app.flags.hide_ui_dir_config:
        return None
    folder = _folder(app, values.parameters_folder)
    if folder is not None and not folder.is_dir():
        raise InputError(f"PNG info directory: there is no folder {shown(folder)}.")
    return folder


def _folder(app: App, text: Any) -> Path | None:
    """Return a folder as typed; quotes around it, as file managers copy it, are taken away."""
    name = text.strip().strip("\"'").strip() if isinstance(text, str) else ""
    if not name:
        return None
    if len(name) > LONGEST_PATH or "\0" in name:
        raise InputError(f"This is no name of a folder: {shorten(name)!r}.")
    try:
        return app.paths.data / Path(name).expanduser()
    except RuntimeError as error:
        raise InputError(f"This is no name of a folder: {shorten(name)!r}.") from error


def _nothing_to_do(app: App, values: BatchValues, found: Listing, *, from_folder: bool) -> str:
    others = f" (there are {len(found.others)} other files)" if found.others else ""
    if from_folder:
        return f"Input directory: {shown(_folder(app, values.input_folder) or '')} holds no {KINDS} files{others}."
    if found.others:
        return f"None of the uploaded files is a picture that can be used; take {KINDS} files."
    return "Put the pictures of the batch into the field above first."
