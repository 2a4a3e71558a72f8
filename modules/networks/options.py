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
