"""How a value is made: of each type, of an enumeration, of an example."""
