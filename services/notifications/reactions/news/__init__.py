"""News: messages that are in the inbox at once."""
