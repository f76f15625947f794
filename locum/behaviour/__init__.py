"""Behaviour: what the operations do that no handler plays, inferred from the contract.

behaviour: the way in; reading: what the contract means; storing: the records; playing: the parts;
lists: what a list shows; refusing: errors in the declared shape; asked: what a part is told;
chance: choices that are always the same.
"""
