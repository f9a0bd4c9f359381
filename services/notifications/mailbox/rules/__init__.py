"""The rules of a mailbox: one function per command, one file per subject."""

from notifications.mailbox.rules.entries import channels_of, go_on, is_wanted_over, mark, plan, receive, received_at

__all__ = ["channels_of", "go_on", "is_wanted_over", "mark", "plan", "receive", "received_at"]
