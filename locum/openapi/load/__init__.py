"""Load files into one self-contained document."""
