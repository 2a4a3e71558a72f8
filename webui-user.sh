#!/usr/bin/env bash
# Your own settings, read by webui.sh. Take away a leading # to use a line.

# Flags, as in docs/flags.md
#export COMMANDLINE_ARGS="--medvram --api"

# The Python to set up with, 3.11 or newer
#python_cmd="python3.12"

# The folder of the virtual environment; - installs into python_cmd itself
#venv_dir="venv"

# Another build of PyTorch: the address of its package index, or the whole pip command
#export TORCH_INDEX_URL=""
#export TORCH_COMMAND="pip install torch==2.13.0"

# A mirror of the package index
#export INDEX_URL=""
