"""Values made from the schemas of a document.

`values.py` is the way in. Schemas are planned once (`planning/`: what do they say together?), each plan
is a tree of makers (`makers/`: numbers, strings, arrays, objects; and where examples come in), these draw on
what looks real (`vocabulary/`) and on strings that match a pattern (`patterns/`). A `Run` (`runs.py`) is one
making of a value: its randomness, its time, and how far it may go.
"""
