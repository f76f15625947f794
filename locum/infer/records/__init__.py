"""The records of resources in a world.

records: one record; tables: all of them; keys: their identifiers; seeds, examples: those at the start;
connections: references between records; stamps, states: members that a server writes itself.
"""
