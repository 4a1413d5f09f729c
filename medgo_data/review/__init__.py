"""What people see of a corpus: the card that says what a version is."""
