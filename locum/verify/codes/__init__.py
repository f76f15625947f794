"""Codes: the stable names of what a run can find, and what each of them means."""
