"""News: what a person is told at once."""
