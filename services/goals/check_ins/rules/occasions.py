"""Every occasion so far, from the history. The state keeps the last 60 days only. Pure."""

from collections.abc import Iterable
from datetime import date

from coaching_events.envelope import Recorded
from coaching_events.events.check_ins import CheckInAnswered, CheckInsEvent
from goals.check_ins.state import CheckIns, Occasion, Running, answered, evolve, occasions


def every_occasion(history: Iterable[Recorded[CheckInsEvent]]) -> tuple[Occasion, ...]:
    """All occasions of a stream, oldest first. Each is as the state last had it."""
    found: dict[date, Occasion] = {}
    state: CheckIns | None = None
    for recorded in history:
        before, state = state, evolve(state, recorded)
        now, event = {each.occasion: each for each in occasions(state)}, recorded.event
        found.update(now)
        if isinstance(before, Running) and before.current.unopened and before.current.occasion not in now:
            found.pop(before.current.occasion)  # it never opened: the end, or an earlier one after new terms
        if isinstance(event, CheckInAnswered) and event.occasion not in now:
            found[event.occasion] = answered(found[event.occasion], event, recorded.at)
    return tuple(found[day] for day in sorted(found))
