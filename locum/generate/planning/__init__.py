"""Plans for values: the merged keywords of the schemas at one place, and their alternatives."""
