"""Resources: what paths, schemas and names mean.

resources: the collections and singletons; paths: their paths and addresses; words: names; shapes: schemas;
identities: where in a body the record or the list is; relations: how resources refer to one another.
"""
