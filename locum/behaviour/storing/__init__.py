"""Storing: the records of resources in a world.

records: what is kept; tables: where; keys: under which identifier; seeds and examples: what is there
at first; connections: what records have of others; stamps, states: what a server writes itself.
"""
