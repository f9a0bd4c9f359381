"""Messages that leave a mailbox, and entries that are no longer needed."""
