"""What the page says of the starter model and the values it starts with."""

STARTER_NOTE = (
    "You are using the small starter model, which draws simple pictures such as “a red apple on a blue background”. "
    "Put real checkpoints into {folder} and press the refresh button."
)

STARTER_RECOMMENDED = {
    "prompt": "a red apple on a blue background",
    "width": 128,
    "height": 128,
    "cfg_scale": 3.5,
    "steps": 20,
}
