"""Load: from the bytes of files to one self-contained document."""
