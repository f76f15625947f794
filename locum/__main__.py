"""`python -m locum`."""

import os
import sys

# `python -m` puts the current folder before everything installed: a `yaml.py` that lies there must not run.
sys.path[:] = [place for place in sys.path if place not in {"", os.getcwd()}]  # noqa: PTH109 (pathlib is not loaded yet)

from locum.cli import main  # noqa: E402 (not before)

main(prog_name="locum")
