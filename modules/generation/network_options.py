"""Settings of LoRAs and hypernetworks that a generation reads."""

from modules.core.options import option

EXTRA_NETWORKS = "extra_networks"
NONE = "None"

ADDED_HYPERNETWORK = option(
    "sd_hypernetwork",
    NONE,
    label="Add hypernetwork to prompt",
    section=EXTRA_NETWORKS,
    suggestions=(NONE,),
    help="Added to every prompt that does not name it, with the default multiplier.",
)
ADDED_LORA = option(
    "sd_lora",
    NONE,
    label="Add network to prompt",
    section=EXTRA_NETWORKS,
    suggestions=(NONE,),
    help="The name of a LoRA that is added to every prompt that does not name it, with the default multiplier.",
)
ADD_HASHES = option(
    "lora_add_hashes_to_infotext",
    True,
    label="Add Lora hashes to infotext",
    section=EXTRA_NETWORKS,
    help="Tells which file it was, whatever it is called elsewhere.",
)
MEMORY_LIMIT = option(
    "lora_in_memory_limit",
    0,
    label="Number of Lora networks to keep cached in memory",
    section=EXTRA_NETWORKS,
    help="Besides those of the latest job.",
)
WARN_IN_CONSOLE = option(
    "lora_not_found_warning_console",
    False,
    label="Lora not found warning in console",
    section=EXTRA_NETWORKS,
    help="The page and the API tell of a missing LoRA in any case.",
)
FUNCTIONAL = option(
    "lora_functional",
    False,
    label="Lora/Networks: use old method that takes longer when you have multiple Loras active and produces same "
    "results as kohya-ss/sd-webui-additional-networks extension",
    section="compatibility",
    help="Computes LoRAs beside the weights in each step instead of adding them to the weights.",
)
FIRST_PASS_CONDITIONING = option(
    "hires_fix_use_firstpass_conds",
    False,
    label="For hires fix, calculate conds of second pass using extra networks of first pass.",
    section="compatibility",
    help="Where the hires prompt names other networks: they change the UNet only.",
)
