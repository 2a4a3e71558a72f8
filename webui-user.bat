@echo off
rem Your own settings; start this file instead of webui.bat. Take away a leading "rem" to use a line.

rem Flags, as in docs/flags.md
rem set COMMANDLINE_ARGS=--medvram --api

rem The Python to set up with, 3.11 or newer
rem set PYTHON=C:\Python312\python.exe

rem The folder of the virtual environment; - installs into PYTHON itself
rem set VENV_DIR=venv

rem Another build of PyTorch (for NVIDIA: the address that pytorch.org shows for CUDA), or the whole pip command
rem set TORCH_INDEX_URL=
rem set TORCH_COMMAND=pip install torch==2.13.0

rem A mirror of the package index
rem set INDEX_URL=

call "%~dp0webui.bat" %*
