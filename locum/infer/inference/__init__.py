"""Rules that choose the action of each operation from its path, its schemas and its names."""
