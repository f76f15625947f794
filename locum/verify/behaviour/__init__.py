"""Check on a real server what a contract implies about behaviour, by short generated scenarios."""
