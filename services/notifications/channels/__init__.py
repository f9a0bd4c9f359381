"""How messages leave the suite. The inbox is no channel of its own: it is the mailbox itself."""
