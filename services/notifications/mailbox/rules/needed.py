"""Whether an entry is still needed. It is checked at its moment, and after each event about its subject. Pure.

The read model of the subject decides. So every sign of life withdraws the planned entries about it, in any mailbox.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from coaching_events.events.mailbox import Entry
from coaching_events.ids import CommitmentId, PersonId, Position, StreamId, kind_of
from eventlog import CatchingUp
from notifications.mailbox.reference_data import MailboxReferenceData


@dataclass(frozen=True, slots=True)
class NoLongerNeeded:
    """Why an entry is no longer needed, and the position of the event that ended it."""

    cause: Literal["sign-of-life", "paused", "ended", "not-wanted"]
    based_on: Position | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """It cannot be decided: the read model of this stream is missing, or has a gap."""

    stream: StreamId


def no_longer_needed(
    entry: Entry, moment: datetime, person: PersonId, reference_data: MailboxReferenceData
) -> NoLongerNeeded | None:
    """Why this entry must not leave at ``moment`` (UTC). None if it can leave. Raises CatchingUp.

    News are about the past, so no later event makes them untrue. An invitation is about the future: the next one of the
    same session replaces it.
    """
    if entry.invites:
        latest = reference_data.session(entry.subject).dated[-1]
        return None if latest == entry.why.based_on else NoLongerNeeded("sign-of-life", latest)
    if entry.news is not None:
        unwanted = entry.news == "other" and not reference_data.recipient(person).news_in_digest
        return NoLongerNeeded("not-wanted") if unwanted else None
    pair = reference_data.partnership(entry.partnership)
    if pair.status == "ended":
        return NoLongerNeeded("ended", pair.end_taken)
    if entry.step is None:
        return _answered(entry, reference_data)
    pause = pair.pause_at(moment)
    if pause is not None:
        return NoLongerNeeded("paused", pause.taken)
    if kind_of(entry.subject) == "check-ins":
        return _about_a_check_in(entry, reference_data)
    return _about_a_promise(entry, person, reference_data)


def unless_unknown(
    entry: Entry, moment: datetime, person: PersonId, reference_data: MailboxReferenceData
) -> NoLongerNeeded | Unknown | None:
    """As `no_longer_needed`, but returns `Unknown` for an unknown subject or partnership."""
    try:
        return no_longer_needed(entry, moment, person, reference_data)
    except CatchingUp as behind:
        return Unknown(behind.stream)


def _answered(entry: Entry, reference_data: MailboxReferenceData) -> NoLongerNeeded | None:
    """A partner's question is needed until it is answered or withdrawn."""
    match kind_of(entry.subject):
        case "commitment":
            read_model = reference_data.commitment(entry.subject)
        case "goal":
            read_model = reference_data.goal(entry.subject)
        case "session":
            read_model = reference_data.session(entry.subject)
        case _:
            open_question = reference_data.partnership(entry.partnership).question
            answered = NoLongerNeeded("sign-of-life", reference_data.partnership_position(entry.partnership))
            return None if open_question == entry.why.based_on else answered
    return None if read_model.question == entry.why.based_on else NoLongerNeeded("sign-of-life", read_model.last)


def _about_a_check_in(entry: Entry, reference_data: MailboxReferenceData) -> NoLongerNeeded | None:
    check_ins = reference_data.check_ins(entry.subject)
    waits_for = check_ins.opened if entry.step == 0 else check_ins.open_miss
    return None if waits_for == entry.why.based_on else NoLongerNeeded("sign-of-life", check_ins.last)


def _about_a_promise(entry: Entry, person: PersonId, reference_data: MailboxReferenceData) -> NoLongerNeeded | None:
    promise = reference_data.commitment(entry.subject)
    if entry.step == 0:
        if "heads-up" not in reference_data.recipient(person).opt_ins:
            return NoLongerNeeded("not-wanted")
        stands = promise.status == "made" and promise.question is None and promise.due == entry.due
        return None if stands and promise.open_miss is None else NoLongerNeeded("sign-of-life", promise.last)
    if promise.open_miss != entry.why.based_on or promise.missed_at is None:
        return NoLongerNeeded("sign-of-life", promise.last)
    spoken = reference_data.spoken_of(CommitmentId(entry.subject), promise.missed_at)
    return None if spoken is None else NoLongerNeeded("sign-of-life", spoken)
