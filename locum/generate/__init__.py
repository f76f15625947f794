"""Values generated from the schemas of a document.

`generator.py` is the entry point. Each schema is planned once (`planning/`: keywords are merged). The plan is a tree
of generators (`generators/`: numbers, strings, arrays, objects, examples), which use words (`vocabulary/`) and strings
that match a pattern (`patterns.py`). A `Generation` (`generation.py`) is the state of one generated value: its
randomness, its time and its limits.
"""
