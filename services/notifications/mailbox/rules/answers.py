"""The commands that answer an entry in one step. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from coaching_events.events.mailbox import Entry
from coaching_events.ids import kind_of


@dataclass(frozen=True, slots=True)
class Answer:
    """A button: its ``label``, and its POST. ``needs`` names the fields that the body must also have."""

    label: str
    service: str
    path: str
    body: Mapping[str, str] = field(default_factory=dict[str, str])
    needs: tuple[str, ...] = ()


def answers(entry: Entry) -> Sequence[Answer]:
    """The one-step answers to an entry. None for new terms, which need reading first, and for most news."""
    if entry.login is not None:
        path = f"/people/me/logins/{entry.login.id}"
        return (
            Answer("It is mine: let it work at once", "partnerships", f"{path}/confirm"),
            Answer("It is not mine: refuse it", "partnerships", f"{path}/refuse"),
        )
    if entry.news is not None:
        return ()
    subject = entry.subject
    match kind_of(subject), entry.about:
        case "commitment", "commitment-requested":
            return (
                Answer("I promise it", "goals", f"/commitments/{subject}/make"),
                Answer("Not this time", "goals", f"/commitments/{subject}/decline-request"),
            )
        case "commitment", "renegotiation-proposed" | "release-proposed":
            return (
                Answer("I agree", "goals", f"/commitments/{subject}/agree"),
                Answer("I still count on it", "goals", f"/commitments/{subject}/decline"),
            )
        case "commitment", _:
            return (
                Answer("Done", "goals", f"/commitments/{subject}/keep"),
                Answer("A new date", "goals", f"/commitments/{subject}/renegotiate", needs=("due",)),
                Answer("Let it go", "goals", f"/commitments/{subject}/release"),
            )
        case "check-ins", _:
            return (Answer("Check in", "goals", f"/check-ins/{subject}/submit", needs=("need",)),)
        case "session", _:
            return (
                Answer("I will be there", "sessions", f"/sessions/{subject}/accept"),
                Answer("Another time", "sessions", f"/sessions/{subject}/propose-time", needs=("start",)),
                Answer("Not this time", "sessions", f"/sessions/{subject}/decline"),
            )
        case "partnership", "partnership-proposed":
            return (
                Answer("I agree to these terms", "partnerships", f"/partnerships/{subject}/accept", needs=("version",)),
                Answer("Not this time", "partnerships", f"/partnerships/{subject}/decline"),
            )
        case _:
            return ()
