"""Train the starter model, part by part; every part goes on where it was interrupted.

    python -m starter.train text --minutes 7
    python -m starter.train vae --minutes 17        # encoder and decoder; afterwards the latents are final
    python -m starter.train unet --minutes 90
    python -m starter.train decoder --minutes 8     # the decoder alone
    python -m starter.train export --to models/Stable-diffusion/easel-starter.safetensors

Minutes are wall clock, and the learning rates fall with them, so a slow or a paused machine only means fewer steps.
"""

from __future__ import annotations

import argparse
import datetime
import logging
from pathlib import Path

import torch

from starter.export import export
from starter.text import train_text
from starter.unet import Trainer
from starter.vae import train_vae

MINUTES = {"text": 7.0, "vae": 17.0, "unet": 90.0, "decoder": 8.0}


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=[*MINUTES, "show", "export"])
    parser.add_argument("--cache", type=Path, default=Path("starter/.cache"), help="made by starter.build_dataset")
    parser.add_argument(
        "--minutes", type=float, help="wall clock for this part, earlier runs of it included for the UNet"
    )
    parser.add_argument("--again", action="store_true", help="unet: a new schedule for the minutes that are left")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--to", type=Path, default=Path("models/Stable-diffusion/easel-starter.safetensors"))
    parser.add_argument("--thumbnail", type=Path, help="export: a picture to carry in the file")
    return parser.parse_args()


def main() -> None:
    """Train or export one part."""
    arguments = parse()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(arguments.threads)
    minutes, cache = arguments.minutes or MINUTES.get(arguments.part, 0.0), arguments.cache
    if arguments.part == "text":
        train_text(cache, minutes)
    elif arguments.part in ("vae", "decoder"):
        train_vae(cache, minutes, with_encoder=arguments.part == "vae")
    elif arguments.part == "unet":
        Trainer(cache).run(minutes, again=arguments.again)
    elif arguments.part == "show":
        Trainer(cache).show(cache / "grid.png")
    else:
        export(cache, arguments.to, arguments.thumbnail, datetime.date.today().isoformat())


if __name__ == "__main__":
    main()
