"""Check-ins as both partners see them: the texts, the revisions and the replies."""

from collections.abc import Mapping
from typing import Literal, TypedDict

from pydantic import Field

from coaching_events.ids import PartnershipId, PersonalTextsId, PersonId, Position, StreamId
from coaching_readmodels.partners import Partner
from goals.check_ins.state import Cause, Occasion, Written
from service_kit.bodies import LocalDate, Moment, View
from service_kit.http import NoteView


class Kept(View):
    """The personal texts of one check-in, as they are stored beside the state."""

    answers: dict[str, str] = Field(default_factory=dict[str, str])
    need: str | None = None
    to_questions: tuple[str | None, ...] = ()


class EarlierView(View):
    """What the owner had written before a revision, and when (UTC). Erased texts are absent."""

    at: Moment
    answers: dict[str, str] | None
    need: str | None
    to_questions: tuple[str | None, ...]


class ReplyView(View):
    """A line of the partner about the check-in, and when it was written (UTC). An erased text is absent."""

    at: Moment
    text: str | None


class WrittenView(View):
    """What the owner submitted, and when (UTC). Erased texts are absent. ``speaks_of`` has promises, then goals.

    ``to_questions`` are the answers to the questions of your own, in their order. With ``we_talked`` you two have
    talked about it. After a revision, ``revised_at`` is its time, and ``earlier`` has the texts before, oldest first.
    """

    at: Moment
    late: bool
    speaks_of: tuple[StreamId, ...]
    answers: dict[str, str] | None
    need: str | None
    to_questions: tuple[str | None, ...]
    we_talked: bool
    revised_at: Moment | None
    earlier: tuple[EarlierView, ...]


CheckInStatus = Literal["scheduled", "opened", "suspended", "missed", "excused", "submitted"]


class OccasionView(View):
    """One check-in: when it opens, is due and is missed if not submitted (``grace_end``). All instants are UTC.

    ``questions`` are your own for this check-in, from the terms in force when it opened.
    """

    occasion: LocalDate
    opens: Moment
    due: Moment
    grace_end: Moment
    status: CheckInStatus
    cause: Cause | None
    terms: int
    questions: tuple[str | None, ...]
    submitted: WrittenView | None
    replies: tuple[ReplyView, ...]


class CheckInsView(View):
    """One partner's check-ins: the current one (absent after the end of the partnership), and the last 60 days."""

    id: StreamId
    position: Position
    status: Literal["started", "running", "stopped"]
    partnership: PartnershipId
    owner: PersonId
    partner: PersonId
    your_partner: Partner
    current: OccasionView | None
    past: tuple[OccasionView, ...]
    notes: tuple[NoteView, ...]


def status_of(occasion: Occasion) -> CheckInStatus:
    """The status that both partners see. After a submission it is ``submitted``, whatever it was before."""
    return occasion.progress if occasion.written is None else "submitted"


def occasion_view(occasion: Occasion, words: Mapping[str, str]) -> OccasionView:
    """One check-in as both partners see it. ``words`` has its personal texts."""
    written = occasion.written
    return OccasionView(
        occasion=occasion.occasion,
        opens=occasion.opens,
        due=occasion.due,
        grace_end=occasion.grace_end,
        status=status_of(occasion),
        cause=occasion.cause,
        terms=occasion.terms,
        questions=tuple(each if isinstance(each, str) else None for each in occasion.questions),
        submitted=None if written is None else _written(written, words),
        replies=tuple(ReplyView(at=each.at, text=_text(each.words, words)) for each in occasion.replies),
    )


def _written(written: Written, words: Mapping[str, str]) -> WrittenView:
    return WrittenView(
        at=written.at,
        late=written.late,
        speaks_of=(*written.speaks_of, *written.goals),
        **_kept(written.words, words),
        we_talked=written.we_talked,
        revised_at=written.revised_at,
        earlier=tuple(EarlierView(at=each.at, **_kept(each.words, words)) for each in written.earlier),
    )


class _Kept(TypedDict):
    answers: dict[str, str] | None
    need: str | None
    to_questions: tuple[str | None, ...]


def _kept(name: PersonalTextsId | None, words: Mapping[str, str]) -> _Kept:
    text = _text(name, words)
    kept = None if text is None else Kept.model_validate_json(text)
    return _Kept(
        answers=None if kept is None else kept.answers,
        need=None if kept is None else kept.need,
        to_questions=() if kept is None else kept.to_questions,
    )


def _text(name: PersonalTextsId | None, words: Mapping[str, str]) -> str | None:
    return None if name is None else words.get(name)
