"""The reactions of notifications to events. Each file name is one sentence."""
