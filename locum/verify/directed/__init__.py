"""The directed phase: requests for the responses that generated requests did not reach."""
