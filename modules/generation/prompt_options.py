"""Settings about prompts and guidance, and what a job makes of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from modules.core.options import Settings, option
from modules.engine.model import DiffusionModel
from modules.engine.networks.embeddings import EmbeddingIndex
from modules.engine.sampling.guidance import GuidanceSettings
from modules.engine.text.comments import without_comments
from modules.engine.text.encoder import encode_texts
from modules.engine.text.network_tags import without_network_tags
from modules.engine.text.padding import pad_or_cut_negative, pad_with_empty_prompt
from modules.engine.text.reading import TextSettings, longest_text
from modules.engine.text.schedule import Timeline, schedule_prompt
from modules.engine.types import ComposedConditioning, Conditioning
from modules.generation import options
from modules.generation.request import GenerationRequest, with_hires

COMMENTS = option(
    "enable_prompt_comments",
    True,
    label="Enable comments",
    section="sd",
    help="Leave out what stands between # and the end of a line in prompts.",
)
OLD_SCHEDULING = option(
    "use_old_scheduling",
    False,
    label="Use old prompt editing timelines.",
    section="compatibility",
    infotext="Old prompt editing timelines",
    help="In [a:b:when], 1 and above are steps and less is a fraction, in both passes of Hires. fix; before A1111 1.6.",
)
OLD_EMPHASIS = option(
    "use_old_emphasis_implementation",
    False,
    label="Use old emphasis implementation. Can be useful to reproduce old seeds.",
    section="compatibility",
    help="Only brackets count, not numbers, and prompts end after 75 tokens; for pictures of A1111's first month.",
)
SECOND_ORDER_SCHEDULE = option(
    "dont_fix_second_order_samplers_schedule",
    False,
    label="Do not fix prompt schedule for second order samplers.",
    section="compatibility",
    help="Has no effect, as in A1111 1.8; kept for clients that send it.",
)
NEGATIVE_GUIDANCE_MINIMUM = option(
    "s_min_uncond",
    0.0,
    label="Negative Guidance minimum sigma",
    section="optimizations",
    minimum=0.0,
    maximum=15.0,
    step=0.01,
    infotext="NGMS",
    help="Below this noise level the negative prompt is left out of every other step, which is faster; 0 never.",
)
NEGATIVE_GUIDANCE_ALL = option(
    "s_min_uncond_all",
    False,
    label="Negative Guidance minimum sigma all steps",
    section="optimizations",
    infotext="NGMS all steps",
    help="Below that noise level leave the negative prompt out of all steps.",
)
SKIP_EARLY = option(
    "skip_early_cond",
    0.0,
    label="Ignore negative prompt during early sampling",
    section="optimizations",
    minimum=0.0,
    maximum=1.0,
    step=0.01,
    infotext="Skip Early CFG",
    help="Leave the negative prompt out of this first share of the steps; 0 of none.",
)
PAD = option(
    "pad_cond_uncond",
    False,
    label="Pad prompt/negative prompt",
    section="optimizations",
    infotext="Pad conds",
    help="Make the prompt and the negative prompt equally long, which is faster and changes pictures a little.",
)
PAD_V0 = option(
    "pad_cond_uncond_v0",
    False,
    label="Pad prompt/negative prompt (v0)",
    section="optimizations",
    infotext="Pad conds v0",
    help="The same as A1111 did it before 1.6 for DDIM and PLMS: what is too long of the negative prompt is cut off.",
)
KEEP_ENCODINGS = option(
    "persistent_cond_cache",
    True,
    label="Persistent cond cache",
    section="optimizations",
    help="Do not encode a prompt again that an earlier job encoded.",
)
ONE_BATCH = option(
    "batch_cond_uncond",
    True,
    label="Batch cond/uncond",
    section="optimizations",
    help="Run the prompt and the negative prompt through the model together: faster, with more memory.",
)


def text_settings(settings: Settings) -> TextSettings:
    """Return how a job reads its prompts."""
    return TextSettings(
        emphasis=settings[options.EMPHASIS_MODE],
        clip_skip=settings[options.CLIP_SKIP],
        comma_backtrack=settings[options.COMMA_BACKTRACK],
        old_scheduling=settings[OLD_SCHEDULING],
        old_emphasis=settings[OLD_EMPHASIS],
        keeps_encodings=settings[KEEP_ENCODINGS],
    )


def guidance_settings(request: GenerationRequest, settings: Settings) -> GuidanceSettings:
    """Return how a job uses its negative prompt."""
    return GuidanceSettings(
        skip_below=_skip_below(request, settings),
        skip_every_call=settings[NEGATIVE_GUIDANCE_ALL],
        skip_early=settings[SKIP_EARLY],
        in_one_batch=settings[ONE_BATCH],
    )


def read_prompts(request: GenerationRequest, settings: Settings) -> GenerationRequest:
    """Return the request with its prompts as the job and its infotext have them: without comments."""
    if not settings[COMMENTS]:
        return request
    return request.with_prompts(without_comments, without_comments)


def count_tokens(
    prompt: str,
    steps: int,
    settings: Settings,
    *,
    is_negative: bool = False,
    embeddings: EmbeddingIndex | None = None,
) -> tuple[int, int]:
    """Return how many tokens of a prompt are encoded at most at once, and how many its chunks hold, as in `23/75`.

    Args:
        prompt: with everything that prompts may have.
        steps: what its schedules are laid out over.
        settings: of the program.
        is_negative: AND and network tags have no meaning there.
        embeddings: of the model; each takes as many places as it has vectors.

    Raises:
        InputError: brackets nested too deep or too long a schedule.
    """
    text = without_comments(prompt) if settings[COMMENTS] else prompt
    text = text if is_negative else without_network_tags(text)
    longest = longest_text(text, steps, text_settings(settings), is_negative=is_negative, embeddings=embeddings)
    return longest.token_count, longest.capacity


def match_lengths(
    model: DiffusionModel, cond: ComposedConditioning, uncond: Conditioning, text: TextSettings, settings: Settings
) -> tuple[ComposedConditioning, Conditioning]:
    """Make prompt and negative prompt equally long, if the settings say so."""
    if cond.length == uncond.length:
        return cond, uncond
    if settings[PAD_V0]:
        return cond, pad_or_cut_negative(cond, uncond)
    if settings[PAD]:
        return pad_with_empty_prompt(cond, uncond, encode_texts(model, [""], text))
    return cond, uncond


def prompt_infotext(
    request: GenerationRequest, settings: Settings, embeddings: EmbeddingIndex | None = None
) -> dict[str, Any]:
    """Return what the infotext says of prompts and guidance: only what had an effect, as A1111 does.

    Args:
        request: what was asked for.
        settings: with the request's overrides.
        embeddings: of the model; they change how long prompts are.
    """
    below, emphasis = _skip_below(request, settings), settings[options.EMPHASIS_MODE]
    has_brackets = any(bracket in text for pair in _prompt_pairs(request) for text in pair for bracket in "([")
    pads = (settings[PAD] or settings[PAD_V0]) and _lengths_differ(request, settings, embeddings)
    written = {
        "NGMS": below,
        "NGMS all steps": bool(below and settings[NEGATIVE_GUIDANCE_ALL]),
        "Skip Early CFG": settings[SKIP_EARLY],
        "Emphasis": emphasis if emphasis != "Original" and has_brackets else None,
        "Old prompt editing timelines": settings[OLD_SCHEDULING] and _old_rule_matters(request),
        "Pad conds": pads and not settings[PAD_V0],
        "Pad conds v0": pads and settings[PAD_V0],
    }
    return {name: value for name, value in written.items() if value}


def _prompt_pairs(request: GenerationRequest) -> list[tuple[str, str]]:
    """Return the prompts with their negative prompts of all passes, without network tags."""
    pairs = [(request.prompt, request.negative_prompt)]
    if hires := with_hires(request):
        pairs.append((hires.hr_prompt or hires.prompt, hires.hr_negative_prompt or hires.negative_prompt))
    return [(without_network_tags(prompt), negative) for prompt, negative in pairs]


def _lengths_differ(request: GenerationRequest, settings: Settings, embeddings: EmbeddingIndex | None) -> bool:
    text, steps = text_settings(settings), request.steps
    return any(
        len(longest_text(prompt, steps, text, embeddings=embeddings).chunks)
        != len(longest_text(negative, steps, text, is_negative=True, embeddings=embeddings).chunks)
        for prompt, negative in _prompt_pairs(request)
    )


def _old_rule_matters(request: GenerationRequest) -> bool:
    timelines: list[tuple[int, int | None]] = [(request.steps, None)]
    if hires := with_hires(request):
        timelines.append((hires.hr_second_pass_steps or hires.steps, hires.steps))
    return any(
        schedule_prompt(text, Timeline(*timeline)) != schedule_prompt(text, Timeline(*timeline, old_rule=True))
        for timeline, pair in zip(timelines, _prompt_pairs(request), strict=True)
        for text in pair
    )


def _skip_below(request: GenerationRequest, settings: Settings) -> float:
    return settings[NEGATIVE_GUIDANCE_MINIMUM] if request.s_min_uncond is None else request.s_min_uncond
