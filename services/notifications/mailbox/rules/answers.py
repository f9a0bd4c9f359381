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
    """A button: its ``label``, and its POST. ``needs`` names the fields that the body must also have.

    ``name`` is in links, so it stays the same. It names one answer of an entry.
    """

    name: str
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
            Answer("confirm", "It is mine: let it work at once", "partnerships", f"{path}/confirm"),
            Answer("refuse", "It is not mine: refuse it", "partnerships", f"{path}/refuse"),
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
        return (Answer("check-in", label, "goals", f"/check-ins/{subject}/submit", needs=("need",)),)
    return (
        Answer("done", "Done", "goals", f"/commitments/{subject}/keep"),
        Answer("new-date", "A new date", "goals", f"/commitments/{subject}/renegotiate", needs=("due",)),
        Answer("let-it-go", "Let it go", "goals", f"/commitments/{subject}/release"),
    )


def _together(entry: Entry, step: int) -> Sequence[Answer]:
    """Either partner can pause, and suggest a time."""
    pair = f"/partnerships/{entry.partnership}"
    pause = Answer("pause", "Pause for a while", "partnerships", f"{pair}/pause")
    meet = Answer(
        "suggest-a-time", "Suggest a time", "sessions", f"{pair}/sessions", {"minutes": MINUTES}, needs=("start",)
    )
    if step == 2 and kind_of(entry.subject) == "check-ins":
        return (pause,)
    return (meet, pause) if step > 2 else ()


def _to_a_question(entry: Entry) -> Sequence[Answer]:
    subject = entry.subject
    match kind_of(subject), entry.about:
        case "commitment", "commitment-requested":
            return (
                Answer("promise", "I promise it", "goals", f"/commitments/{subject}/make"),
                Answer("decline", "Not this time", "goals", f"/commitments/{subject}/decline-request"),
            )
        case "commitment", "renegotiation-proposed" | "release-proposed":
            return (
                Answer("agree", "I agree", "goals", f"/commitments/{subject}/agree"),
                Answer("decline", "I still count on it", "goals", f"/commitments/{subject}/decline"),
            )
        case "goal", "closing-proposed":
            return (
                Answer("confirm", "I see it the same way", "goals", f"/goals/{subject}/confirm-closing"),
                Answer("decline", "Not yet", "goals", f"/goals/{subject}/decline-closing"),
            )
        case "goal", _:
            return (
                Answer("agree", "I agree", "goals", f"/goals/{subject}/agree", needs=("revision",)),
                Answer("counter", "In other words", "goals", f"/goals/{subject}/counter", needs=("revision", "title")),
                Answer("decline", "Not this time", "goals", f"/goals/{subject}/decline"),
            )
        case "session", _:
            return (
                Answer("accept", "I will be there", "sessions", f"/sessions/{subject}/accept"),
                Answer(
                    "another-time", "Another time", "sessions", f"/sessions/{subject}/propose-time", needs=("start",)
                ),
                Answer("decline", "Not this time", "sessions", f"/sessions/{subject}/decline"),
            )
        case "partnership", "partnership-proposed":
            return (
                Answer(
                    "accept",
                    "I agree to these terms",
                    "partnerships",
                    f"/partnerships/{subject}/accept",
                    needs=("version",),
                ),
                Answer("decline", "Not this time", "partnerships", f"/partnerships/{subject}/decline"),
            )
        case _:
            return ()
