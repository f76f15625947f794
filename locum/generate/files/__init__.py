"""Files: small but real pictures, documents, archives and sounds, and the addresses at which the server has them."""
