"""The reactions of partnerships to its own events. Each file name is one sentence."""
