"""The rules of a session: one function per command, one file per subject."""

from sessions.session.rules.agenda import add_item, discuss_item, remove_item
from sessions.session.rules.agreeing import accept, decline, propose, propose_time, withdraw
from sessions.session.rules.contents import change_place, write_notes
from sessions.session.rules.follow_ups import agree_follow_up
from sessions.session.rules.moving import EARLY_NOTICE, cancel, reschedule
from sessions.session.rules.offers import ANSWER_DAYS
from sessions.session.rules.reflections import reflect
from sessions.session.rules.rhythm import meet

__all__ = [
    "ANSWER_DAYS",
    "EARLY_NOTICE",
    "accept",
    "add_item",
    "agree_follow_up",
    "cancel",
    "change_place",
    "decline",
    "discuss_item",
    "meet",
    "propose",
    "propose_time",
    "reflect",
    "remove_item",
    "reschedule",
    "withdraw",
    "write_notes",
]
