"""Settings of how a job uses the model: tiling, token merging, the VAE, live previews."""

from modules.core.options import option

TILING = option(
    "tiling",
    False,
    label="Tiling",
    section="sd",
    infotext="Tiling",
    help="Make pictures that can be laid side by side without a seam, unless a request says otherwise.",
)
TOKEN_MERGING = option(
    "token_merging_ratio",
    0.0,
    label="Token merging ratio",
    section="optimizations",
    minimum=0.0,
    maximum=0.9,
    step=0.1,
    infotext="Token merging ratio",
    help="Share of the picture's tokens that are merged in attention: faster for large pictures, and a bit coarser.",
)
TOKEN_MERGING_IMG2IMG = option(
    "token_merging_ratio_img2img",
    0.0,
    label="Token merging ratio for img2img",
    section="optimizations",
    minimum=0.0,
    maximum=0.9,
    step=0.1,
    help="The same for img2img; 0 takes the one above.",
)
TOKEN_MERGING_HIRES = option(
    "token_merging_ratio_hr",
    0.0,
    label="Token merging ratio for high-res pass",
    section="optimizations",
    minimum=0.0,
    maximum=0.9,
    step=0.1,
    infotext="Token merging ratio hr",
    help="The same for the second pass of Hires. fix; 0 takes the first one.",
)
VAE_TO_BFLOAT16 = option(
    "auto_vae_precision_bfloat16",
    False,
    label="Automatically convert VAE to bfloat16",
    section="vae",
    help="When the VAE loses numbers (NaN) in float16, compute again in bfloat16 and keep it; before the next one.",
)
VAE_TO_FLOAT32 = option(
    "auto_vae_precision",
    True,
    label="Automatically revert VAE to 32-bit floats",
    section="vae",
    help="When the VAE loses numbers (NaN) in 16 bits, compute again in 32 bits and keep it.",
)
