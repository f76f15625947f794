"""Group the findings of a run by their cause, and compare causes with those that are known."""
