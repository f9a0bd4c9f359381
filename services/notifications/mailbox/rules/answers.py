"""The commands that answer an entry in one step. Pure.

Each is a POST to a service, with the reader's own token.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from coaching_events.events.mailbox import Entry
from coaching_events.ids import kind_of

MINUTES: Final = 30
"""The length of a session that is suggested in one step."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A button: its ``label``, and its POST. ``needs`` names the fields that the body must also have."""

    label: str
    service: str
    path: str
    body: Mapping[str, str | int] = field(default_factory=dict[str, str | int])
    needs: tuple[str, ...] = ()


def answers(entry: Entry, *, owns: bool = True) -> Sequence[Answer]:
    """The one-step answers to an entry. None for new terms, which need reading first, and for most news.

    ``owns``: the reader is the owner of the promise or the check-ins.
    """
    if entry.login is not None:
        path = f"/people/me/logins/{entry.login.id}"
        return (
            Answer("It is mine: let it work at once", "partnerships", f"{path}/confirm"),
            Answer("It is not mine: refuse it", "partnerships", f"{path}/refuse"),
        )
    if entry.news is not None:
        return ()
    if entry.step is not None:
        return (*(_as_owner(entry, entry.step) if owns else ()), *_together(entry, entry.step))
    return _to_a_question(entry)


def _as_owner(entry: Entry, step: int) -> Sequence[Answer]:
    subject = entry.subject
    if kind_of(subject) == "check-ins":
        label = "Check in" if step == 0 else "Write a line"
        return (Answer(label, "goals", f"/check-ins/{subject}/submit", needs=("need",)),)
    return (
        Answer("Done", "goals", f"/commitments/{subject}/keep"),
        Answer("A new date", "goals", f"/commitments/{subject}/renegotiate", needs=("due",)),
        Answer("Let it go", "goals", f"/commitments/{subject}/release"),
    )


def _together(entry: Entry, step: int) -> Sequence[Answer]:
    """Either partner can pause, and suggest a time."""
    pair = f"/partnerships/{entry.partnership}"
    pause = Answer("Pause for a while", "partnerships", f"{pair}/pause")
    meet = Answer("Suggest a time", "sessions", f"{pair}/sessions", {"minutes": MINUTES}, needs=("start",))
    if step == 2 and kind_of(entry.subject) == "check-ins":
        return (pause,)
    return (meet, pause) if step > 2 else ()


def _to_a_question(entry: Entry) -> Sequence[Answer]:
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
