"""Control: what is under /__locum beside the APIs themselves."""
