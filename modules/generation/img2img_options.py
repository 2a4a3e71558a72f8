"""Settings of img2img and inpainting."""

from modules.core.options import option

BACKGROUND = option(
    "img2img_background_color",
    "#ffffff",
    label="With img2img, fill transparent parts of the input image with this color.",
    section="img2img",
    help="The colour behind transparent parts of pictures that go into img2img.",
)
FIX_STEPS = option(
    "img2img_fix_steps",
    False,
    label="With img2img, do exactly the amount of steps the slider specifies.",
    section="img2img",
    help="Else only the denoising strength's share of the steps is run.",
)
NOISE_MULTIPLIER = option(
    "initial_noise_multiplier",
    1.0,
    label="Noise multiplier for img2img",
    section="img2img",
    minimum=0.0,
    maximum=1.5,
    step=0.001,
    infotext="Noise multiplier",
    help="Scale of the noise that is laid over the picture; below 1 gives plainer, above 1 richer pictures.",
)
MASK_WEIGHT = option(
    "inpainting_mask_weight",
    1.0,
    label="Inpainting conditioning mask strength",
    section="img2img",
    minimum=0.0,
    maximum=1.0,
    step=0.01,
    infotext="Conditional mask weight",
    help="How much of what is masked is hidden from an inpainting checkpoint: 1 all, 0 nothing.",
)
COLOR_CORRECTION = option(
    "img2img_color_correction",
    False,
    label="Apply color correction to img2img results to match original colors.",
    section="img2img",
    help="Give the results the colours of the picture they were made from.",
)
UPSCALER = option(
    "upscaler_for_img2img",
    "None",
    label="Upscaler for img2img",
    section="upscaling",
    help="What enlarges a picture that is smaller than the size asked for; None is Lanczos.",
)
OVERLAY = option(
    "overlay_inpaint",
    True,
    label="Overlay original for inpaint",
    section="img2img",
    help="Lay the pixels that were not masked over the result, so that they are exactly those of the original.",
)
BATCH_SHOWN = option(
    "img2img_batch_show_results_limit",
    32,
    label="Show the first N batch img2img results in UI",
    section="img2img",
    minimum=-1,
    maximum=1000,
    step=1,
    help="0 shows none, -1 all; all of them are saved in any case.",
)
BATCH_ORIGINAL_NAME = option(
    "img2img_batch_use_original_name",
    False,
    label="Save using original filename in img2img batch",
    section="img2img",
    help="Else only with an output directory.",
)
SAVE_BEFORE_COLORS = option(
    "save_images_before_color_correction",
    False,
    label="Save a copy of image before applying color correction to img2img results",
    section="saving-images",
    help="With -before-color-correction at the end of its name.",
)
RETURN_MASK = option(
    "return_mask",
    False,
    label="For inpainting, include the greyscale mask in results for web",
    section="img2img",
    help="The mask follows each picture in the results.",
)
RETURN_MASK_COMPOSITE = option(
    "return_mask_composite",
    False,
    label="For inpainting, include masked composite in results for web",
    section="img2img",
    help="What was painted, alone and on nothing, follows each picture in the results.",
)
SAVE_MASK = option(
    "save_mask",
    False,
    label="For inpainting, save a copy of the greyscale mask",
    section="saving-images",
    help="With -mask at the end of its name.",
)
SAVE_MASK_COMPOSITE = option(
    "save_mask_composite",
    False,
    label="For inpainting, save a masked composite",
    section="saving-images",
    help="The result, seen only where it was masked, with -mask-composite at the end of its name.",
)
SAVE_INIT_IMAGE = option(
    "save_init_img",
    False,
    label="Save init images when using img2img",
    section="saving-images",
    help="Under the MD5 sum of its pixels, which the infotext then names.",
)
