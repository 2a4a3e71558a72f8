"""What there is to choose from: checkpoints, samplers, schedules, upscalers."""

from __future__ import annotations

from fastapi import APIRouter

from modules.api.dependencies import TheApp
from modules.api.schemas import CheckpointItem, NamedItem, SamplerItem, SchedulerItem, UpscalerItem
from modules.engine.latents.upscale import LATENT_MODES
from modules.engine.sampling.registry import SAMPLERS, Sampler
from modules.engine.sampling.sigmas import AUTOMATIC, SCHEDULES
from modules.enhance.upscalers import UPSCALERS

router = APIRouter(prefix="/sdapi/v1", tags=["catalogs"])

AUTOMATIC_ITEM = SchedulerItem(
    name=AUTOMATIC.lower(), label=AUTOMATIC, aliases=None, default_rho=-1, need_inner_model=False
)


@router.get("/sd-models")
def sd_models(app: TheApp) -> list[CheckpointItem]:
    """List the checkpoints, in the order of the page's menu."""
    return [
        CheckpointItem(
            title=info.title,
            model_name=info.model_name,
            hash=info.short_hash,
            sha256=info.sha256,
            filename=str(info.filename),
            config=str(info.config) if info.config else None,
        )
        for info in app.catalog.all()
    ]


@router.post("/refresh-checkpoints")
def refresh_checkpoints(app: TheApp) -> None:
    """Look for checkpoints again."""
    app.catalog.refresh()


@router.get("/samplers")
async def samplers() -> list[SamplerItem]:
    """List the samplers."""
    return [SamplerItem(name=s.name, aliases=list(s.aliases), options=sampler_options(s)) for s in SAMPLERS]


def sampler_options(sampler: Sampler) -> dict[str, object]:
    """Return a sampler's properties under A1111's names, as far as they are not the usual ones."""
    options: dict[str, object] = {
        "scheduler": sampler.automatic_schedule if sampler.automatic_schedule != "uniform" else None,
        "discard_next_to_last_sigma": sampler.discards_penultimate,
        "uses_ensd": sampler.adds_noise,
        "second_order": sampler.second_order,
        "brownian_noise": sampler.takes_brownian_noise,
        "solver_type": sampler.solver_type,
    }
    return {name: value for name, value in options.items() if value}


@router.get("/upscalers")
async def upscalers() -> list[UpscalerItem]:
    """List the ways to enlarge pictures."""
    return [
        UpscalerItem(
            name=upscaler.name,
            model_name=upscaler.model_name,
            model_path=upscaler.model_path,
            model_url=None,
            scale=upscaler.scale,
        )
        for upscaler in UPSCALERS
    ]


@router.get("/latent-upscale-modes")
async def latent_upscale_modes() -> list[NamedItem]:
    """List the ways to enlarge latents, for `hr_upscaler`."""
    return [NamedItem(name=mode.name) for mode in LATENT_MODES]


@router.get("/schedulers")
async def schedulers() -> list[SchedulerItem]:
    """List the noise schedules."""
    return [
        AUTOMATIC_ITEM,
        *(
            SchedulerItem(
                name=schedule.name,
                label=schedule.label,
                aliases=list(schedule.other_names) or None,
                default_rho=schedule.default_rho,
                need_inner_model=schedule.needs_inner_model,
            )
            for schedule in SCHEDULES
        ),
    ]
