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
VAE_DECODE_METHOD = option(
    "sd_vae_decode_method",
    "Full",
    label="VAE type for decode",
    section="vae",
    choices=("Full", "TAESD"),
    infotext="VAE Decoder",
    help="TAESD is faster and less exact; it needs a file in models/VAE-taesd for the checkpoint's kind of latents.",
)
VAE_ENCODE_METHOD = option(
    "sd_vae_encode_method",
    "Full",
    label="VAE type for encode",
    section="vae",
    choices=("Full", "TAESD"),
    infotext="VAE Encoder",
    help="Of pictures that img2img, inpainting and Hires. fix begin with. TAESD as above, with its encoder's file.",
)
PREVIEW_METHOD = option(
    "show_progress_type",
    "Approx NN",
    label="Live preview method",
    section="ui",
    choices=("Full", "Approx NN", "Approx cheap", "TAESD"),
    help=(
        "Full: the VAE. Approx NN: a small network from models/VAE-approx; the VAE itself, if it is small. Approx "
        "cheap: blurred colours. TAESD: a network from models/VAE-taesd. What is not there is replaced by the next."
    ),
)
PREVIEW_CONTENT = option(
    "live_preview_content",
    "Prompt",
    label="Live preview subject",
    section="ui",
    choices=("Combined", "Prompt", "Negative prompt"),
    help="What a preview shows: the picture as it will be, or what the prompt or the negative prompt alone makes.",
)
PREVIEW_GRID = option(
    "show_progress_grid",
    True,
    label="Show previews of all images generated in a batch as a grid",
    section="ui",
    help="Otherwise the first one is shown.",
)
PREVIEW_FORMAT = option(
    "live_previews_image_format",
    "png",
    label="Live preview file format",
    section="ui",
    choices=("jpeg", "png", "webp"),
    help="How previews are sent to the page.",
)
PREVIEW_LOWVRAM_FULL = option(
    "live_preview_allow_lowvram_full",
    False,
    label="Allow Full live preview method with lowvram/medvram",
    section="ui",
    help="Otherwise Approx NN takes its place there, for the VAE would have to be moved for each preview.",
)
PREVIEW_ON_INTERRUPT = option(
    "live_preview_fast_interrupt",
    False,
    label="Return image with chosen live preview method on interrupt",
    section="ui",
    help="An interrupted picture is decoded as its previews were, which is faster.",
)
