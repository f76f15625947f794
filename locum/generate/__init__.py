"""Values generated from the schemas of a document.

`generator.py` is the entry point. Each schema is planned once (`planning/`: its keywords merged), the plan is a tree
of generators (`generators/`: numbers, strings, arrays, objects, examples), which use words (`vocabulary/`) and strings
that match a pattern (`patterns/`). A `Generation` (`generation.py`) is one value in the making: its randomness, its
time and its bounds.
"""
