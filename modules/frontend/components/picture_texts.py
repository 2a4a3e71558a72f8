"""What the PNG Info tab says of a picture, as HTML."""

from __future__ import annotations

import base64
import html
import json
from contextlib import suppress

from PIL.Image import Image

from modules.app.verify.verdict import Outcome, Verdict
from modules.imaging.difference import difference_picture
from modules.imaging.load import TEXTS_LEFT_OUT
from modules.imaging.metadata import PARAMETERS, ImageText, encode_image

LONGEST_SHOWN = 50_000
OPENING = tuple("{[")  # of JSON
LONGEST_OPEN = 3_000
WIDEST_SHEET = 2400
FIRST = (PARAMETERS, "postprocessing", "extras")
HINT = "Drop a picture into the field, paste one, or click to choose: what it says of how it was made is shown here."
MOST_TEXTS = 40
LEFT_OUT = "Texts in this file are damaged or too long to be read. They were left out; the picture itself is whole."
NOTHING = "Nothing found: this file does not say how it was made."
NOTES = {
    "ComfyUI": "Made by ComfyUI. These parameters are what Easel understands of its workflow; the picture will come "
    "out similar, not the same.",
    "NovelAI": "Made by NovelAI. These parameters are those that come closest to its own.",
}


def texts_html(text: ImageText | None, image: Image | None = None) -> str:
    """Return the texts of a picture, the infotext first; of None, what to do."""
    if text is None:
        return f'<p class="hint">{HINT}</p>'
    found = {**({PARAMETERS: text.infotext} if text.infotext else {}), **text.items}
    names = sorted(found, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))
    if text.infotext:
        names = [name for name in names if name == PARAMETERS or found[name] != text.infotext]
    notes = [NOTES[text.program]] if text.program in NOTES else []
    if image is not None and TEXTS_LEFT_OUT in image.info:
        notes.append(LEFT_OUT)
    about = f'<p class="about">{html.escape(_about(image))}</p>' if image else ""
    said = "".join(f'<p class="note-of-program">{note}</p>' for note in notes)
    if not names:
        return about + (said or f'<p class="hint">{NOTHING}</p>')
    more = f'<p class="hint">and {len(names) - MOST_TEXTS:,} more texts</p>' if len(names) > MOST_TEXTS else ""
    return about + said + "".join(_text_html(name, found[name]) for name in names[:MOST_TEXTS]) + more


def _about(image: Image) -> str:
    return f"{image.format or 'Picture'}, {image.width}x{image.height}"


def _text_html(name: str, text: str) -> str:
    readable = _readable(text)
    title = html.escape(name[:100])
    body = f"<pre>{html.escape(readable)}</pre>"
    if name == PARAMETERS or (len(readable) <= LONGEST_OPEN and text[:1] not in OPENING):
        return f"<section><h4>{title}</h4>{body}</section>"
    return f"<details><summary>{title} <span>{len(text):,} characters</span></summary>{body}</details>"


def _readable(text: str) -> str:
    """Return a text as it is best read: JSON with indents, and what is too long cut."""
    if text[:1] in OPENING and len(text) <= LONGEST_SHOWN:
        with suppress(ValueError, RecursionError):
            text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    cut = f"\n… {len(text):,} characters in all" if len(text) > LONGEST_SHOWN else ""
    return text[:LONGEST_SHOWN] + cut


def verdict_html(verdict: Verdict) -> str:
    """Return what came of making a picture again; where it differs, with both and their difference."""
    line = f'<p class="outcome {verdict.outcome}">{html.escape(_sentence(verdict))}</p>'
    if not (verdict.theirs and verdict.ours):
        return line
    sheet, factor = difference_picture(verdict.theirs, verdict.ours)
    sheet.thumbnail((WIDEST_SHEET, WIDEST_SHEET))
    data = base64.b64encode(encode_image(sheet, "png")).decode()
    strength = f", {factor} times as strong" if factor > 1 else ""
    caption = f"As it was, as it came out, and where they differ{strength}"
    return f'{line}<figure><img src="data:image/png;base64,{data}" alt=""><figcaption>{caption}</figcaption></figure>'


def _sentence(verdict: Verdict) -> str:
    sentence = verdict.sentence.strip()
    if verdict.outcome is Outcome.CANNOT:
        return f"This picture {sentence.replace('cannot, because', 'cannot be made again here:', 1)}."
    return f"Made again, it {'is ' if verdict.outcome is Outcome.IDENTICAL else ''}{sentence}."
