"""Wire: between the bytes of a message and the values that a schema describes."""
