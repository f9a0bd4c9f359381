"""What leaves a mailbox, and what no longer should."""
