"""The channels by which messages leave the services. The inbox is the mailbox itself, and needs no channel."""
