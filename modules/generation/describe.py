"""A plan in words: infotexts, and the info object of the API (contract 5.13 and 2.1)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from modules.checkpoints.catalog import CheckpointInfo
from modules.core.version import INFOTEXT_VERSION
from modules.engine.networks.embeddings import Embedding
from modules.enhance.upscalers import Upscaler
from modules.generation import options, sampler_options
from modules.generation.embeddings import embedding_parameters, used_embeddings
from modules.generation.faces import plan_faces
from modules.generation.hires import hires_parameters
from modules.generation.img2img import image_sum, img2img_parameters
from modules.generation.img2img_options import SAVE_INIT_IMAGE
from modules.generation.model_changes import decoder_parameters, encoder_parameters
from modules.generation.models_in_use import ModelsInUse
from modules.generation.networks import JobNetworks
from modules.generation.plan import Plan
from modules.generation.prompt_options import prompt_infotext
from modules.generation.refiner import refiner_parameters
from modules.generation.sampler_values import sampler_infotext, seed_delta_matters
from modules.generation.variants import written_image_cfg_scale, written_mask_weight
from modules.imaging.infotext import write_infotext


@dataclass(frozen=True)
class Describer:
    """Writes the infotexts of one job."""

    plan: Plan
    models: ModelsInUse
    added: Mapping[str, Any] = field(default_factory=dict)
    """What scripts say besides; a value may be a list, one for each image, or a function."""
    networks: JobNetworks | None = None
    user: str | None = None
    """Who asked for the pictures, where people log in."""

    @property
    def checkpoint(self) -> CheckpointInfo:
        return self.models.base

    @cached_property
    def embeddings(self) -> tuple[Embedding, ...]:
        """The textual inversions that the job uses."""
        return used_embeddings(self.plan, self.models.model.embeddings)

    def infotext(self, index: int) -> str:
        """Return the infotext of image `index` of the job."""
        each = self.plan.each
        return write_infotext(each.prompts[index], each.negative_prompts[index], self.parameters(index))

    def parameters(self, index: int) -> dict[str, Any]:
        """Return the parameters of image `index`, in A1111's order; None leaves one out."""
        plan, request, settings = self.plan, self.plan.request, self.plan.settings
        faces = plan_faces(plan)
        varied, resize = request.subseed_strength != 0, plan.seed_resize_from
        source, delta = settings[options.RANDOM_SOURCE], settings[sampler_options.NOISE_SEED_DELTA]
        choices = [plan.choice, *([plan.hires.choice] if plan.hires else [])]
        delta_matters = any(seed_delta_matters(choice.sampler, request, settings) for choice in choices)
        return {
            "Steps": request.steps,
            "Sampler": plan.choice.sampler.name,
            "Schedule type": plan.choice.label,
            "CFG scale": request.cfg_scale,
            "Image CFG scale": written_image_cfg_scale(self.models.variant, plan.img2img),
            "Seed": plan.seeds[index],
            "Face restoration": faces.restorer.name if faces else None,
            "Size": f"{request.width}x{request.height}",
            "Model hash": self.checkpoint.short_hash if settings[options.NAME_MODEL_HASH] else None,
            "Model": _without_separators(self.checkpoint.name_for_extra) if settings[options.NAME_MODEL] else None,
            "Variation seed": plan.subseeds[index] if varied else None,
            "Variation seed strength": request.subseed_strength if varied else None,
            "Seed resize from": f"{request.seed_resize_from_w}x{request.seed_resize_from_h}" if resize else None,
            "Denoising strength": plan.strength,
            "Conditional mask weight": written_mask_weight(self.models.variant, settings),
            "Clip skip": plan.text.clip_skip if plan.text.clip_skip > 1 else None,
            "ENSD": delta if delta and delta_matters else None,
            **plan.changes.parameters(),
            "Init image hash": self._init_image_sum(),
            "RNG": source if source != "GPU" else None,
            "Tiling": plan.changes.tiling or None,
            **self._added_parameters(index),
            **self.extra_parameters(index),
            "Version": INFOTEXT_VERSION if settings[options.NAME_VERSION] else None,
            "User": self.user if settings[options.NAME_USER] else None,
        }

    def _added_parameters(self, index: int) -> dict[str, Any]:
        added = {name: value(index=index) if callable(value) else value for name, value in self.added.items()}
        return {
            name: value[index] if isinstance(value, list) and index < len(value) else value
            for name, value in added.items()
        }

    def extra_parameters(self, index: int = 0) -> dict[str, Any]:
        """Return what is written of image `index` only where it departs from the usual."""
        plan, models = self.plan, self.models
        first, second = plan.choice, plan.hires
        hires_title = models.hires.short_title if models.hires else None
        extra_noise = plan.settings[options.EXTRA_NOISE]
        written = {
            **(hires_parameters(second, first, hires_title) if second else {}),
            **({"Extra noise": extra_noise} if second and extra_noise else {}),
            **(img2img_parameters(plan.img2img, plan.inputs, plan.settings) if plan.img2img and plan.inputs else {}),
            **self._refiner_parameters(),
        }
        return {
            **{name: value for name, value in written.items() if value is not None},
            **(encoder_parameters(models.model, plan.settings) if self._encodes() else {}),
            **decoder_parameters(models.model, plan.settings),
            **(sampler_infotext(second.choice, plan.request, plan.settings) if second else {}),
            **sampler_infotext(first, plan.request, plan.settings),
            **prompt_infotext(plan.request, plan.settings, models.model.embeddings),
            **self._network_parameters(index),
            **embedding_parameters(self.embeddings, plan.settings),
        }

    def _network_parameters(self, index: int) -> dict[str, Any]:
        """Return the hashes of the LoRAs of image `index`: those that the first prompt of its batch names."""
        each, first = self.plan.each, index - index % self.plan.request.batch_size
        prompts = [prompts[first] for prompts in (each.prompts, each.hires_prompts) if first < len(prompts)]
        hashes = self.networks.hashes(prompts) if self.networks else None
        return {"Lora hashes": hashes} if hashes else {}

    def _init_image_sum(self) -> str | None:
        """Return the name under which the (last) picture that the job begins with is kept, if it is."""
        if self.plan.img2img is None or not self.plan.settings[SAVE_INIT_IMAGE]:
            return None
        return image_sum(self.plan.img2img.init_images[-1])

    def _encodes(self) -> bool:
        """Say whether a pass begins with a picture that is encoded."""
        second = self.plan.hires
        return self.plan.img2img is not None or (
            second is not None and (isinstance(second.method, Upscaler) or second.request.firstpass_image is not None)
        )

    def _refiner_parameters(self) -> dict[str, Any]:
        plan, refiner = self.plan.refiner, self.models.refiner
        if plan is None or refiner is None:
            return {}
        return refiner_parameters(plan, refiner.short_title, with_hires=self.plan.hires is not None)

    def info(self, infotexts: Sequence[str], job_timestamp: str) -> Mapping[str, Any]:
        """Return the info object that A1111's API sends, keys in its order."""
        plan, request, each = self.plan, self.plan.request, self.plan.each
        faces = plan_faces(plan)
        return {
            "prompt": request.prompt,
            "all_prompts": list(each.prompts),
            "negative_prompt": request.negative_prompt,
            "all_negative_prompts": list(each.negative_prompts),
            "seed": plan.seeds[0],
            "all_seeds": list(plan.seeds),
            "subseed": plan.subseeds[0],
            "all_subseeds": list(plan.subseeds),
            "subseed_strength": request.subseed_strength,
            "width": request.width,
            "height": request.height,
            "sampler_name": plan.choice.sampler.name,
            "cfg_scale": request.cfg_scale,
            "steps": request.steps,
            "batch_size": request.batch_size,
            "restore_faces": faces is not None,
            "face_restoration_model": faces.restorer.name if faces else None,
            "sd_model_name": self.checkpoint.name_for_extra,
            "sd_model_hash": self.checkpoint.short_hash,
            "sd_vae_name": None,
            "sd_vae_hash": None,
            "seed_resize_from_w": request.seed_resize_from_w,
            "seed_resize_from_h": request.seed_resize_from_h,
            "denoising_strength": plan.strength,
            "extra_generation_params": {
                "Schedule type": plan.choice.label,
                **self._added_parameters(0),
                **self.extra_parameters(),
            },
            "index_of_first_image": 0,
            "infotexts": list(infotexts),
            "styles": list(request.styles),
            "job_timestamp": job_timestamp,
            "clip_skip": plan.text.clip_skip,
            "is_using_inpainting_conditioning": self.models.variant == "inpainting",
            "version": INFOTEXT_VERSION,
        }


def new_job_timestamp() -> str:
    """Return the present time as A1111 names jobs."""
    return time.strftime("%Y%m%d%H%M%S")


def _without_separators(name: str) -> str:
    return name.replace(",", "").replace(":", "")
