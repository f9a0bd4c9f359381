"""What each may do, one function a command, in one file a subject."""

from notifications.mailbox.rules.entries import channels_of, go_on, mark, plan, receive, received_at

__all__ = ["channels_of", "go_on", "mark", "plan", "receive", "received_at"]
