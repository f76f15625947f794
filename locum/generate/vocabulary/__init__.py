"""What looks real: words, and the names and formats that ask for them."""
