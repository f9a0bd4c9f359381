"""The reactions of goals to events of other services. Each file name is one sentence."""
