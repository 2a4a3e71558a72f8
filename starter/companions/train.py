"""Train a companion of the starter model and write its files; goes on where it was interrupted.

python -m starter.companions.train style-lora --minutes 8
"""

from __future__ import annotations

import argparse
import importlib
import logging
from pathlib import Path

import torch

from starter.companions import COMPANIONS


def main() -> None:
    """Train one companion."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=[companion.name for companion in COMPANIONS])
    parser.add_argument("--cache", type=Path, default=Path("starter/.cache"), help="made by starter.build_dataset")
    parser.add_argument("--minutes", type=float, help="wall clock, earlier runs included")
    parser.add_argument("--to", type=Path, default=Path(), help="the program's folder, which gets the files")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(arguments.threads)
    companion = next(companion for companion in COMPANIONS if companion.name == arguments.name)
    minutes = companion.minutes if arguments.minutes is None else arguments.minutes
    importlib.import_module(companion.module).train(arguments.cache, arguments.to, minutes)


if __name__ == "__main__":
    main()
