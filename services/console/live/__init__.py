"""Open pages hear that something has changed."""
