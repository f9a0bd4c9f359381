"""Invitations to sessions by mail (RFC 6047). Pure."""

from coaching_events.ids import StreamId
from notifications.mailbox.state import Mailbox


def may_have_arrived(mailbox: Mailbox, session: StreamId) -> bool:
    """Whether a mail of this mailbox may have put the session into the reader's calendar."""
    mails = (
        message.push("mail")
        for message in mailbox.messages
        if any(entry.invites and entry.subject == session for entry in mailbox.entries_of(message))
    )
    return any(mail is not None and (mail.arrived or mail.status == "begun") for mail in mails)
