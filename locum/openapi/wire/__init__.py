"""Parse the bytes of messages into values that a schema describes, and serialize them."""
