"""The calendar part of a mail (iMIP, RFC 6047): it puts a session into the reader's calendar, moves or cancels it."""

from dataclasses import dataclass

from coaching_events.events.mailbox import Entry
from coaching_events.ids import version_of
from notifications import texts
from notifications.channels.letters import Letter
from notifications.mailbox.rules.needed import no_longer_needed
from service_kit.bodies import shown


@dataclass(frozen=True, slots=True)
class CalendarPart:
    """The text of a calendar part, and its method, which the headers of the part name, too."""

    method: str
    text: str


def is_out_of_date(letter: Letter) -> bool:
    """Whether a later invitation replaces this one, or the reader wants none any more."""
    person, reference_data = letter.person, letter.reader.reference_data
    entry = letter.invitation
    return entry is not None and (
        not reference_data.recipient(person).is_invited
        or no_longer_needed(entry, letter.view.at, person, reference_data) is not None
    )


def calendar_part(letter: Letter, entry: Entry, *, sender: str, to: str) -> CalendarPart:
    """The calendar part of an invitation from ``sender`` to ``to``, both bare addresses."""
    from service_kit import calendars  # needed only in a process with mail

    language, session = letter.reader.language, letter.reader.reference_data.session(entry.subject)
    title = _line(session.title)
    date = calendars.Entry(
        uid=calendars.uid_of(entry.subject),
        sequence=version_of(entry.why.based_on),
        start=session.start,
        end=session.end,
        title=title or language.say(texts.INVITED_TO, partner=letter.reader.partner(entry)),
        place=_line(session.place) or None,
    )
    method = "CANCEL" if entry.about == "session-cancelled" else "REQUEST"
    part = calendars.invitation(
        date, method, organizer=sender, attendee=to, description=language.say(texts.INVITED), stamp=letter.view.at
    )
    return CalendarPart(method, part.decode())


def _line(text: object) -> str:
    """A text of a partner on one line, without deceptive characters. Empty if it was erased."""
    return shown(" ".join(text.split())).strip() if isinstance(text, str) else ""
