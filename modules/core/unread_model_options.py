"""More settings that nothing in this version reads: models, networks, the page. See `unread_options.py`."""

from modules.core.unread_options import CACHE, EXTENSIONS, HYPERTILE, NO_EFFECT, NOT_YET, SDXL, sliding, unread

# --- Models ---------------------------------------------------------------------------------------------------------
SD, VAE, OPTIMIZATIONS, COMPATIBILITY = "sd", "vae", "optimizations", "compatibility"
unread("sd_checkpoints_keep_in_cpu", True, "Only keep one model on device", SD, help="The others wait in main memory.")
unread("sd_checkpoint_cache", 0, "Checkpoints to cache in RAM", SD, CACHE, **sliding(0, 10, 1))
unread("sd_unet", "Automatic", "SD Unet", SD, EXTENSIONS, suggestions=("Automatic", "None"))
unread("upcast_attn", False, "Upcast cross attention layer to float32", SD)
unread("sdxl_clip_l_skip", False, "Clip skip SDXL", SD, SDXL)
unread("sd3_enable_t5", False, "Enable T5", "sd3", NO_EFFECT + "it does not run Stable Diffusion 3.", needs_reload=True)
unread("sdxl_crop_top", 0, "crop top coordinate", "sdxl", SDXL)
unread("sdxl_crop_left", 0, "crop left coordinate", "sdxl", SDXL)
unread("sdxl_refiner_low_aesthetic_score", 2.5, "SDXL low aesthetic score", "sdxl", SDXL)
unread("sdxl_refiner_high_aesthetic_score", 6.0, "SDXL high aesthetic score", "sdxl", SDXL)
unread(
    "sd_vae_explanation",
    "The VAE turns pictures into latents, which is what the model works on, and latents back into pictures.",
    "",
    VAE,
    "",
    kind="html",
)
unread("sd_vae_checkpoint_cache", 0, "VAE Checkpoints to cache in RAM", VAE, **sliding(0, 10, 1))
unread("sd_vae", "Automatic", "SD VAE", VAE, suggestions=("Automatic", "None"))
unread("sd_vae_overrides_per_model_preferences", True, "Selected VAE overrides per-model preferences", VAE)
unread(
    "cross_attention_optimization",
    "Automatic",
    "Cross attention optimization",
    OPTIMIZATIONS,
    "Not there yet: flags such as --opt-sdp-no-mem-attention choose it.",
    suggestions=(
        *("Automatic", "InvokeAI", "Doggettx"),
        "sdp-no-mem - scaled dot product without memory efficient attention",
        *("sdp - scaled dot product", "sub-quadratic", "V1 - original v1", "None"),
    ),
)
unread(
    "fp8_storage",
    "Disable",
    "FP8 weight",
    OPTIMIZATIONS,
    choices=("Disable", "Enable for SDXL", "Enable"),
    help="Keep the UNet's weights in 8 bits.",
)
unread("cache_fp16_weight", False, "Cache FP16 weight for LoRA", OPTIMIZATIONS, "Not there yet: no weights in 8 bits.")
unread("auto_backcompat", True, "Automatic backward compatibility", COMPATIBILITY)
unread(
    "forge_try_reproduce",
    "None",
    "Try to reproduce the results from external software",
    COMPATIBILITY,
    choices=("None", "Diffusers", "ComfyUI", "WebUI 1.5", "InvokeAI", "EasyDiffusion", "DrawThings"),
    help="Of Forge.",
)

# --- img2img --------------------------------------------------------------------------------------------------------
IMG2IMG = "img2img"
unread(
    "img2img_inpaint_mask_high_contrast",
    True,
    "For inpainting, use a high-contrast brush pattern",
    IMG2IMG,
    help="Of Forge.",
    needs_reload=True,
)

# --- Extra networks -------------------------------------------------------------------------------------------------
EXTRA_NETWORKS = "extra_networks"
unread(
    "textual_inversion_print_at_load",
    False,
    "Print a list of Textual Inversion embeddings when loading model",
    EXTRA_NETWORKS,
)
unread(
    "lora_bundled_ti_to_infotext",
    True,
    "Add Lora name as TI hashes for bundled Textual Inversion",
    EXTRA_NETWORKS,
    NOT_YET,
)
unread(
    "lora_not_found_gradio_warning",
    False,
    "Lora not found warning popup in webui",
    EXTRA_NETWORKS,
    NO_EFFECT + "a LoRA that is missing is told under the picture.",
)
HYPER = "hypertile"
unread("hypertile_enable_unet", False, "Enable Hypertile U-Net", HYPER, HYPERTILE)
unread("hypertile_enable_unet_secondpass", False, "Enable Hypertile U-Net for hires fix second pass", HYPER, HYPERTILE)
unread("hypertile_max_depth_unet", 3, "Hypertile U-Net max depth", HYPER, HYPERTILE, **sliding(0, 3, 1))
unread("hypertile_max_tile_unet", 256, "Hypertile U-Net max tile size", HYPER, HYPERTILE, **sliding(0, 512, 16))
unread("hypertile_swap_size_unet", 3, "Hypertile U-Net swap size", HYPER, HYPERTILE, **sliding(0, 64, 1))
unread("hypertile_enable_vae", False, "Enable Hypertile VAE", HYPER, HYPERTILE)
unread("hypertile_max_depth_vae", 3, "Hypertile VAE max depth", HYPER, HYPERTILE, **sliding(0, 3, 1))
unread("hypertile_max_tile_vae", 128, "Hypertile VAE max tile size", HYPER, HYPERTILE, **sliding(0, 512, 16))
unread("hypertile_swap_size_vae", 3, "Hypertile VAE swap size", HYPER, HYPERTILE, **sliding(0, 64, 1))
