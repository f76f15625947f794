"""The records of resources in a world.

records: one record; tables: all of them; keys: their identifiers; seeds: the initial ones; connections: references
between records; states: members that a server writes itself.
"""
