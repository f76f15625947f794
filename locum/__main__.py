"""`python -m locum`."""

from locum.cli import main

main(prog_name="locum")
