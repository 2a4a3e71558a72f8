"""Settings of extra networks: LoRAs and hypernetworks."""

from modules.core.options import option

EXTRA_NETWORKS = "extra_networks"
BY_ALIAS, BY_FILENAME = "Alias from file", "Filename"

PREFERRED_NAME = option(
    "lora_preferred_name",
    BY_ALIAS,
    label="When adding to prompt, refer to Lora by",
    section=EXTRA_NETWORKS,
    choices=(BY_ALIAS, BY_FILENAME),
    help="The alias is the name that its trainer gave it; the prompt understands both.",
)
DEFAULT_MULTIPLIER = option(
    "extra_networks_default_multiplier",
    1.0,
    label="Default multiplier for extra networks",
    section=EXTRA_NETWORKS,
    minimum=0,
    maximum=2,
    step=0.01,
    help="The weight in the tag that a click on a card, or a setting, puts into the prompt.",
)
