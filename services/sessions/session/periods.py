"""Until when an answer is awaited, and what stands in the way of a session's time. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from coaching_events.ids import PersonId, Position, RuleName
from coaching_events.session import SessionNeedsANewTime
from coaching_rows import KnownPartnership, KnownPause, PairFacts
from coaching_time import Absence, Pause, PersonTime, answer_by, at_local, local_date
from sessions.session.state import Overlap, Scheduled, _Session

MOMENT: Final = timedelta(milliseconds=1)
OVERLAP: Final = RuleName("rule:session-overlaps")
