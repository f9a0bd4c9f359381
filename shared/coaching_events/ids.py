"""Names of things: stream ids, one distinct type for each kind, and positions in streams.

A stream id says its kind: ``commitment_4f0c…``. A position ``<stream id>@<version>`` names one event for ever: it is
the CloudEvents id, the ETag of an answer, what ``supersedes`` and a causation point to. Versions start at 1 and have
no holes.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NewType

StreamId = NewType("StreamId", str)
Position = NewType("Position", str)

PersonId = NewType("PersonId", StreamId)
ConflictId = NewType("ConflictId", StreamId)
CalendarId = NewType("CalendarId", StreamId)
PartnershipId = NewType("PartnershipId", StreamId)
GoalId = NewType("GoalId", StreamId)
CommitmentId = NewType("CommitmentId", StreamId)
CheckInsId = NewType("CheckInsId", StreamId)
SessionId = NewType("SessionId", StreamId)
MeetingsId = NewType("MeetingsId", StreamId)
FeedId = NewType("FeedId", StreamId)
RecipientId = NewType("RecipientId", StreamId)
MailboxId = NewType("MailboxId", StreamId)

PersonalTextsId = NewType("PersonalTextsId", str)
"""Where words lie that no other service needs: in the document of their aggregate, never in an event."""

RuleName = NewType("RuleName", str)
"""Who acted when nobody did: ``rule:<name>``, the name of the rule that followed from a deadline or from news."""

LARGEST_VERSION = 2**31 - 1

# Visible ASCII of a bounded length: an id goes into headers, URLs, logs and database keys as it is.
_REST = "[!-~]{1,150}"
_STREAM = f"[a-z][a-z-]{{0,30}}_{_REST}"
_POSITION = re.compile(f"({_STREAM})@([0-9]{{1,10}})")

KIND_OF_ID: Mapping[object, str] = MappingProxyType(
    {
        PersonId: "person",
        ConflictId: "conflict",
        CalendarId: "calendar",
        PartnershipId: "partnership",
        GoalId: "goal",
        CommitmentId: "commitment",
        CheckInsId: "check-ins",
        SessionId: "session",
        MeetingsId: "meetings",
        FeedId: "feed",
        RecipientId: "recipient",
        MailboxId: "mailbox",
    }
)
"""Type of stream id → the kind that it begins with."""


def pattern_of(name: object) -> str:
    """A regular expression for the whole of a name of this type (``CommitmentId``), as the JSON Schemas have it."""
    if name is StreamId:
        return _STREAM
    if name is Position:
        return f"{_STREAM}@[1-9][0-9]{{0,9}}"
    if name is RuleName:
        return "rule:[a-z][a-z0-9.-]*"
    return pattern_of_kind(KIND_OF_ID[name]) if name in KIND_OF_ID else _REST


def pattern_of_kind(kind: str) -> str:
    """The same for the ids of streams of one kind."""
    return f"{kind}_{_REST}"


class MalformedPosition(ValueError):
    """A text that is not ``<stream id>@<version>``."""


def position(stream: StreamId, version: int) -> Position:
    """The name of the event that brought ``stream`` to ``version``."""
    return Position(f"{stream}@{version}")


def parse(text: str) -> tuple[StreamId, int]:
    """The stream and the version of a position; raises MalformedPosition with what was wrong."""
    found = _POSITION.fullmatch(text)
    if found is None:
        raise MalformedPosition(f"{text[:80]!r} is not a position: write <stream id>@<version>, as in an ETag")
    stream, version = found.groups()
    number = int(version)
    if not 1 <= number <= LARGEST_VERSION:
        raise MalformedPosition(f"{text[:80]!r} has a version outside 1 to {LARGEST_VERSION}")
    return StreamId(stream), number


def stream_of(text: Position) -> StreamId:
    """The stream of a well-formed position."""
    return StreamId(text.rpartition("@")[0])


def version_of(text: Position) -> int:
    """The version of a well-formed position."""
    return int(text.rpartition("@")[2])


def kind_of(stream: StreamId) -> str:
    """What the stream is about: the text before the first underscore, such as ``commitment``."""
    return stream.partition("_")[0]
