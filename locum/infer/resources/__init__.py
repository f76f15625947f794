"""Resources: what paths, schemas and names mean.

resources: the collections and singletons; words: names; shapes: schemas; identities, list_places: where in a body the
record or the list is; relations, placement: how resources refer to one another.
"""
