"""How each bundled API behaves; nothing in here knows HTTP."""
