"""Recording: the traffic of a real server becomes the records of a fixture."""
