"""Actions: what operations do with records.

inference: the choice of each operation's action; items, members, listing, custom, files, generated: the actions;
context: what they share; idempotency: one run for each key; bodies: request bodies and patches; views, responses:
response bodies.
"""
