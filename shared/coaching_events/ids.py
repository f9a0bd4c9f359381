"""Names of things: stream ids, one distinct type for each kind, and positions in streams.

A stream id says its kind: ``commitment_4f0c…``. A position ``<stream id>@<version>`` names one event for ever: it is
the CloudEvents id, the ETag of an answer, what ``supersedes`` and a causation point to. Versions start at 1 and have
no holes.
"""

import re
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
RecipientId = NewType("RecipientId", StreamId)
MailboxId = NewType("MailboxId", StreamId)

WordsId = NewType("WordsId", str)
"""Where words lie that no other service needs: in the document of their aggregate, never in an event."""

RuleName = NewType("RuleName", str)
"""Who acted when nobody did: ``rule:<name>``, the name of the rule that followed from a deadline or from news."""

LARGEST_VERSION = 2**31 - 1

# Visible ASCII of a bounded length: an id goes into headers, URLs, logs and database keys as it is.
_POSITION = re.compile(r"([a-z][a-z-]{0,30}_[!-~]{1,150})@([0-9]{1,10})")


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
