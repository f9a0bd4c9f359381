"""Middleware of every request: observation, admission, limits, checks of content."""
