"""The events of each kind of stream, one module a kind."""
