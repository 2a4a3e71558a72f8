"""What the page says of the starter model and the values it starts with. See docs/starter-model.md."""

STARTER_NOTE = (
    "You are using the small starter model. It draws simple pictures, such as “a red apple on a blue background” or "
    "“a house on a meadow”. Put real checkpoints into {folder} and press the refresh button."
)

STARTER_RECOMMENDED = {
    "prompt": "a red apple on a blue background",
    "width": 128,
    "height": 128,
    "cfg_scale": 4.0,
    "steps": 20,
    "hr_scale": 1.5,
    "denoising_strength": 0.5,
}
