"""The reactions of sessions to events of other services. Each file name is one sentence."""
