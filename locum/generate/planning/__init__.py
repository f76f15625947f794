"""What all the schemas of one place say together, and so how a value is made there."""
