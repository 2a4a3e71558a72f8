"""X/Y/Z plot: pictures over up to three axes, on one sheet (contract 7.1).

Extensions add axes of their own: they look for this module by its name and append to its `axis_options`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import gradio as gr

from modules import images, scripts, shared
from modules.engine.latents.upscale import LATENT_MODES
from modules.engine.sampling.registry import SAMPLERS
from modules.engine.sampling.sigmas import AUTOMATIC, SCHEDULES
from modules.enhance.upscalers import UPSCALERS
from modules.frontend.components.axis_controls import connect_axis, make_axis_row, make_swap_button, paste_fields
from modules.generation.axes import (  # noqa: F401 - some are here for extensions alone
    AxisOption,
    AxisOptionImg2Img,
    AxisOptionTxt2Img,
    apply_face_restore,
    apply_field,
    apply_order,
    apply_override,
    apply_prompt,
    apply_schedule,
    apply_size,
    apply_styles,
    boolean_choice,
    confirm_among,
    confirm_checkpoints,
    confirm_checkpoints_or_none,
    confirm_faces,
    confirm_order,
    confirm_samplers,
    confirm_schedules,
    confirm_setting,
    confirm_sizes,
    confirm_styles,
    confirm_upscalers,
    confirm_words_found,
    do_nothing,
    format_nothing,
    format_remove_path,
    format_value,
    format_value_add_label,
    format_value_join_list,
    str_permutations,
)
from modules.generation.axis_plot import (
    LARGEST_MARGIN,
    TITLE,
    Plot,
    Sheets,
    check,
    draw_sheets,
    finish,
    read_axis,
)
from modules.generation.options import SHOW_GRID
from modules.imaging.options import GRID_FORMAT, GRID_SAVE
from modules.plugins.arguments import read_choice, read_flag, read_text, read_whole
from modules.plugins.picture_jobs import settings_of
from modules.processing import Processed, fix_seed
from modules.shared import opts, state


def _setting(label: str, kind: Callable[[Any], Any], name: str, **details: Any) -> AxisOption:
    return AxisOption(label, kind, apply_override(name), confirm=confirm_setting(name), **details)


def _checkbox(label: str, name: str) -> AxisOption:
    return AxisOption(
        label, str, apply_override(name, boolean=True), confirm=confirm_among(("True", "False")),
        choices=boolean_choice(reverse=True),
    )  # fmt: skip


def _samplers() -> list[str]:
    hidden = set(opts.hide_samplers or ())
    return [name for name in SAMPLERS.names() if name not in hidden]


def _checkpoints() -> list[str]:
    return list(shared.list_checkpoint_tiles())


def _styles() -> list[str]:
    return [style.name for style in shared.prompt_styles.all()]


axis_options: list[AxisOption] = [
    AxisOption("Nothing", str, do_nothing, format_value=format_nothing),
    AxisOption("Seed", int, apply_field("seed")),
    AxisOption("Var. seed", int, apply_field("subseed")),
    AxisOption("Var. strength", float, apply_field("subseed_strength")),
    AxisOption("Steps", int, apply_field("steps")),
    AxisOptionTxt2Img("Hires steps", int, apply_field("hr_second_pass_steps")),
    AxisOption("CFG Scale", float, apply_field("cfg_scale")),
    AxisOptionImg2Img("Image CFG Scale", float, apply_field("image_cfg_scale")),
    AxisOption("Prompt S/R", str, apply_prompt, format_value=format_value, confirm=confirm_words_found),
    AxisOption(
        "Prompt order", str_permutations, apply_order, format_value=format_value_join_list, confirm=confirm_order,
    ),
    AxisOption(
        "Sampler", str, apply_field("sampler_name"), format_value=format_value, confirm=confirm_samplers,
        choices=_samplers,
    ),
    AxisOptionTxt2Img(
        "Hires sampler", str, apply_field("hr_sampler_name"), confirm=confirm_samplers, choices=_samplers
    ),
    AxisOption(
        "Checkpoint name", str, apply_override("sd_model_checkpoint"), format_value=format_remove_path,
        confirm=confirm_checkpoints, cost=1.0, choices=_checkpoints,
    ),
    AxisOption("Negative Guidance minimum sigma", float, apply_field("s_min_uncond")),
    AxisOption("Sigma Churn", float, apply_field("s_churn")),
    AxisOption("Sigma min", float, apply_field("s_tmin")),
    AxisOption("Sigma max", float, apply_field("s_tmax")),
    AxisOption("Sigma noise", float, apply_field("s_noise")),
    AxisOption(
        "Schedule type", str, apply_schedule, confirm=confirm_schedules,
        choices=lambda: [AUTOMATIC, *(schedule.label for schedule in SCHEDULES)],
    ),
    _setting("Schedule min sigma", float, "sigma_min"),
    _setting("Schedule max sigma", float, "sigma_max"),
    _setting("Schedule rho", float, "rho"),
    AxisOption("Eta", float, apply_field("eta")),
    _setting("Clip skip", int, "CLIP_stop_at_last_layers"),
    AxisOption("Denoising", float, apply_field("denoising_strength")),
    AxisOption("Initial noise multiplier", float, apply_field("initial_noise_multiplier")),
    _setting("Extra noise", float, "img2img_extra_noise"),
    AxisOptionTxt2Img(
        "Hires upscaler", str, apply_field("hr_upscaler"), confirm=confirm_upscalers,
        choices=lambda: [*LATENT_MODES.names(), *UPSCALERS.names()],
    ),
    AxisOptionImg2Img(
        "Cond. Image Mask Weight", float, apply_override("inpainting_mask_weight"),
        confirm=confirm_setting("inpainting_mask_weight"),
    ),
    _setting("VAE", str, "sd_vae", cost=0.7),
    AxisOption("Styles", str, apply_styles, confirm=confirm_styles, choices=_styles),
    _setting("UniPC Order", int, "uni_pc_order", cost=0.5),
    AxisOption("Face restore", str, apply_face_restore, format_value=format_value, confirm=confirm_faces),
    _setting("Token merging ratio", float, "token_merging_ratio"),
    _setting("Token merging ratio high-res", float, "token_merging_ratio_hr"),
    _checkbox("Always discard next-to-last sigma", "always_discard_next_to_last_sigma"),
    _checkbox("SGM noise multiplier", "sgm_noise_multiplier"),
    AxisOption(
        "Refiner checkpoint", str, apply_field("refiner_checkpoint"), format_value=format_remove_path,
        confirm=confirm_checkpoints_or_none, cost=1.0, choices=lambda: ["None", *_checkpoints()],
    ),
    AxisOption("Refiner switch at", float, apply_field("refiner_switch_at")),
    _setting("RNG source", str, "randn_source", choices=lambda: ["GPU", "CPU", "NV"]),
    _setting("FP8 mode", str, "fp8_storage", cost=0.9, choices=lambda: ["Disable", "Enable for SDXL", "Enable"]),
    # Later than 1.8: at the end, since API clients name an axis by its place.
    AxisOption("Size", str, apply_size, format_value=format_value, confirm=confirm_sizes),
    _setting("Skip Early CFG", float, "skip_early_cond"),
    _setting("Beta schedule alpha", float, "beta_dist_alpha"),
    _setting("Beta schedule beta", float, "beta_dist_beta"),
    AxisOptionTxt2Img("Hires CFG Scale", float, apply_field("hr_cfg")),
]  # fmt: skip


class AxisInfo(NamedTuple):
    """What is on an axis of the running plot, as `state.xyz_plot_x` and the others tell extensions."""

    axis: AxisOption
    values: list[Any]


def listed(chosen: Any) -> list[str]:
    """Return the values of a menu, which may also be none or a single one."""
    return [chosen] if isinstance(chosen, str) else [str(value) for value in chosen or ()]


def save_sheets(plot: Plot, sheets: Sheets, *, with_parts: bool) -> None:
    """Save the whole sheet, and its parts if they are shown, as `xyz_grid-…`."""
    p, settings = plot.p, settings_of(plot.p)
    if not settings[GRID_SAVE] or p.do_not_save_grid:
        return
    parts = sheets.parts if with_parts and len(sheets.parts) > 1 else []
    for image, infotext in [sheets.main, *parts]:
        images.save_image(
            image, p.outpath_grids, "xyz_grid", p.seed, p.prompt, settings[GRID_FORMAT], info=infotext, grid=True, p=p
        )


class XYZPlot(scripts.Script):
    """The entry of the menu."""

    def title(self) -> str:
        return TITLE

    def options(self, is_img2img: bool) -> list[AxisOption]:
        """Return the axes of a tab; extensions may have added some."""
        return [option for option in axis_options if option.is_img2img in {None, is_img2img}]

    def ui(self, is_img2img: bool) -> list[Any]:
        self.current_axis_options = self.options(is_img2img)
        with gr.Row(elem_id="axis_options"), gr.Column():
            axes = [
                make_axis_row(letter, self.current_axis_options, default, self.elem_id)
                for letter, default in (("X", 1), ("Y", 0), ("Z", 0))
            ]
        with gr.Row(variant="compact"):
            draw_legend = self._checkbox("Draw legend", "draw_legend", value=True)
            lone_images = self._checkbox("Include Sub Images", "include_lone_images")
            sub_grids = self._checkbox("Include Sub Grids", "include_sub_grids")
            keep_seeds = self._checkbox("Keep -1 for seeds", "no_fixed_seeds")
            varied = [self._checkbox(f"Vary seeds for {letter}", f"vary_seeds_{letter.lower()}") for letter in "XYZ"]
            as_text = self._checkbox("Use text inputs instead of dropdowns", "csv_mode")
        margin = gr.Slider(0, LARGEST_MARGIN, 0, step=2, label="Grid margins (px)", elem_id=self.elem_id("margin_size"))
        with gr.Row(elem_id="swap_axes"):
            make_swap_button("X", "Y", axes[0], axes[1], self.current_axis_options)
            make_swap_button("Y", "Z", axes[1], axes[2], self.current_axis_options)
            make_swap_button("X", "Z", axes[0], axes[2], self.current_axis_options)
        for axis in axes:
            connect_axis(axis, as_text, self.current_axis_options)
        self.infotext_fields = [
            field
            for axis, letter in zip(axes, "XYZ", strict=True)
            for field in paste_fields(axis, letter, self.current_axis_options)
        ]
        controls = [control for axis in axes for control in axis[:3]]
        return [*controls, draw_legend, lone_images, sub_grids, keep_seeds, *varied, margin, as_text]

    def _checkbox(self, label: str, name: str, *, value: bool = False) -> gr.Checkbox:
        return gr.Checkbox(value, label=label, min_width=80, elem_id=self.elem_id(name))

    def run(  # noqa: PLR0913 - the controls, in their order
        self,
        p: Any,
        x_type: int,
        x_values: str,
        x_values_dropdown: Sequence[str],
        y_type: int,
        y_values: str,
        y_values_dropdown: Sequence[str],
        z_type: int,
        z_values: str,
        z_values_dropdown: Sequence[str],
        draw_legend: bool,
        include_lone_images: bool,
        include_sub_grids: bool,
        no_fixed_seeds: bool,
        vary_seeds_x: bool,
        vary_seeds_y: bool,
        vary_seeds_z: bool,
        margin_size: int,
        csv_mode: bool,
    ) -> Processed:
        margin = read_whole("Grid margins (px)", margin_size, 0, LARGEST_MARGIN)
        keep = read_flag("Keep -1 for seeds", no_fixed_seeds)
        as_text = read_flag("Use text inputs instead of dropdowns", csv_mode)
        options = self.options(self.is_img2img)
        labels = [option.label for option in options]
        axes = [
            read_axis(
                letter,
                options[read_choice(f"{letter} type", kind, labels)],
                read_text(f"{letter} values", text),
                listed(chosen),
                as_text=as_text,
                keep=keep,
            )
            for letter, kind, text, chosen in (
                ("X", x_type, x_values, x_values_dropdown),
                ("Y", y_type, y_values, y_values_dropdown),
                ("Z", z_type, z_values, z_values_dropdown),
            )
        ]
        if not keep:
            fix_seed(p)
        if not settings_of(p)[SHOW_GRID]:
            p.batch_size = 1
        check(axes, p, margin)
        state.xyz_plot_x, state.xyz_plot_y, state.xyz_plot_z = (AxisInfo(axis.option, axis.values) for axis in axes)
        legends, lone, parts, *varied = (
            read_flag(label, value)
            for label, value in (
                ("Draw legend", draw_legend),
                ("Include Sub Images", include_lone_images),
                ("Include Sub Grids", include_sub_grids),
                ("Vary seeds for X", vary_seeds_x),
                ("Vary seeds for Y", vary_seeds_y),
                ("Vary seeds for Z", vary_seeds_z),
            )
        )
        plot = Plot(p, axes, varied)
        plot.make_cells()
        if not plot.made:
            return Processed(p, [], p.seed, "")
        sheets = draw_sheets(plot, margin, legends=legends)
        save_sheets(plot, sheets, with_parts=parts)
        return finish(plot, sheets, with_parts=parts, with_pictures=lone)
