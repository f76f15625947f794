"""The directed pass: what is asked in order to see what chance did not show."""
