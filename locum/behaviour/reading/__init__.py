"""Reading: what paths, schemas and names say, as the parts need it.

words: names; shapes: schemas; identities, list_places: where in a body the record or the list is;
resources: what the paths are about; relations: what resources have of one another.
"""
