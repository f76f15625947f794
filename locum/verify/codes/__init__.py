"""The stable codes of findings and their explanations."""
