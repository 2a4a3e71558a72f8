"""Makes the virtual environment and installs packages, before anything else can run. Standard library only."""
