"""What prompts can be made of: textual inversions, styles, another program's prompts."""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter

from modules.api.body import StrictRoute
from modules.api.dependencies import TheApp
from modules.api.prompt_schemas import (
    ConvertPromptRequest,
    ConvertPromptResponse,
    EmbeddingItem,
    EmbeddingsResponse,
    SkippedEmbeddingItem,
    StyleItem,
)
from modules.checkpoints.scan import printable
from modules.engine.text.invokeai import convert_invokeai
from modules.networks.embedding_catalog import SkippedEmbedding
from modules.networks.embedding_file import EmbeddingFile

router = APIRouter(prefix="/sdapi/v1", route_class=StrictRoute, tags=["prompts"])


@router.get("/embeddings")
def embeddings(app: TheApp) -> EmbeddingsResponse:
    """List the textual inversions that the present checkpoint can use, and those it cannot."""
    found = app.embedding_list()
    stems = Counter([file.path.stem for file in found.loaded] + [skipped.path.stem for skipped in found.skipped])
    return EmbeddingsResponse(
        loaded={file.name: embedding_item(file) for file in found.loaded},
        skipped={
            printable(skipped.path.name if stems[skipped.path.stem] > 1 else skipped.path.stem): skipped_item(skipped)
            for skipped in found.skipped
        },
    )


def embedding_item(file: EmbeddingFile) -> EmbeddingItem:
    """Return what A1111 tells of a textual inversion."""
    return EmbeddingItem(
        step=file.step,
        sd_checkpoint=file.sd_checkpoint,
        sd_checkpoint_name=file.sd_checkpoint_name,
        shape=sum(file.widths),
        vectors=file.length,
    )


def skipped_item(skipped: SkippedEmbedding) -> SkippedEmbeddingItem:
    """Return why a file gives no word."""
    if skipped.file is None:
        return SkippedEmbeddingItem(
            step=None, sd_checkpoint=None, sd_checkpoint_name=None, shape=0, vectors=0, reason=skipped.reason
        )
    return SkippedEmbeddingItem(**embedding_item(skipped.file).model_dump(), reason=skipped.reason)


@router.post("/refresh-embeddings")
def refresh_embeddings(app: TheApp) -> None:
    """Read the textual inversions again. Changes in their folder are seen without it."""
    app.embeddings.refresh()


@router.get("/prompt-styles")
def prompt_styles(app: TheApp) -> list[StyleItem]:
    """List the styles."""
    return [
        StyleItem(name=style.name, prompt=style.prompt, negative_prompt=style.negative_prompt)
        for style in app.styles.all()
    ]


@router.post("/convert-prompt")
def convert_prompt(body: ConvertPromptRequest) -> ConvertPromptResponse:
    """Translate a prompt from InvokeAI's language. A1111 has no such route."""
    converted = convert_invokeai(body.prompt)
    return ConvertPromptResponse(
        prompt=converted.prompt, negative_prompt=converted.negative_prompt, notes=list(converted.notes)
    )
