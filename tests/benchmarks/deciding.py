"""How many decisions one core makes: the rules of a life of promises, check-ins, sessions and terms, nothing around."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from inspect import signature
from time import perf_counter, process_time
from typing import Any

from eventlog import Decision
from goals.check_ins.rules import submit
from goals.commitment import rules as promises
from partnerships.partnership.rules import terms as terms_rules
from sessions.session import rules as sessions
from tests.benchmarks.findings import Compared, Counted, Finding, Sample
from tests.benchmarks.measure import Effort, Servers
from tests.rules.given import History
from tests.rules.goals import the_two_who_check_in as check_ins
from tests.rules.goals import the_two_who_promise as two
from tests.rules.partnerships import pair as partners
from tests.rules.sessions import test_agreeing_on_a_time as meeting
from tests.rules.the_pair import ANNA, BEN, PAIR

MOST = 10.0
"""Microseconds of CPU for a decision: 100,000 a second on one core."""

Decide = Callable[[], Decision[Any]]


async def deciding(_: Servers, effort: Effort) -> Sequence[Finding]:
    """Decisions, beside the same events made without a rule."""
    decisions = _decisions()
    events: list[Any] = [getattr(each, "event", each) for decide in decisions for each in decide()]
    alone: list[Decide] = [partial(_made_again, event) for event in events]
    times = max(1, effort.commands // 2)
    _run(decisions, times)
    ours, twin = zip(*((_run(decisions, times), _run(alone, times)) for _ in range(effort.rounds)), strict=True)
    each = sorted(sample.cpu_each for sample in ours)[len(ours) // 2]
    return [
        Compared("decisions, a mixed history", "events made alone", ours, twin),
        Counted("CPU for a decision", round(each, 1), f"µs: {1e6 / each:,.0f} decisions a second on one core", MOST),
    ]


def _decisions() -> list[Decide]:
    """What two people and their deadlines do in a week or two, each once."""
    promised, late, asked = two.promised(), two.missed_story(), two.asked_in_time()
    requested = two.nothing_yet().given(two.requested())
    opened, offered = check_ins.opened_story(), meeting.story.given(meeting.offered())
    said = {"partnership": PAIR, "by": ANNA, "text": "It"}
    return [
        _asked(two.nothing_yet(), promises.make, at=two.MONDAY, due=two.THURSDAY, **said),
        _asked(promised, promises.keep, at=two.WEDNESDAY, by=ANNA, kept_at=None),
        _asked(late, promises.keep, at=two.NEXT_MONDAY, by=ANNA, kept_at=None),
        _asked(promised, promises.renegotiate, at=two.WEDNESDAY, by=ANNA, due=two.NEXT_THURSDAY),
        _asked(asked, promises.agree, at=two.WEDNESDAY, by=BEN, clean_slate=False),
        _asked(requested, promises.decline_request, at=two.WEDNESDAY, by=ANNA),
        _woken(promised, at=two.GRACE_END),
        _woken(requested, at=two.DUE),
        _woken(opened, at=check_ins.thursday(0)),
        _asked(opened, submit, at=check_ins.thursday(0, "14:00"), by=ANNA),
        _asked(offered, sessions.accept, at=meeting.MONDAY, by=BEN, offer=None),
        _asked(offered, sessions.decline, by=BEN),
        _asked(partners.asked_for_more, terms_rules.agree_terms, by=partners.ben, version=2),
        _asked(partners.asked_for_more, terms_rules.reject_terms, by=partners.ben, version=2),
    ]


def _asked(history: History[Any, Any, Any], rule: Callable[..., Decision[Any]], **arguments: Any) -> Decide:
    """The question with everything that it takes; a rule that begins something takes no state."""
    takes = signature(rule).parameters
    offered = {"reference_data": history.reference_data, **arguments}
    return partial(rule, history.state, **{name: value for name, value in offered.items() if name in takes})


def _woken(history: History[Any, Any, Any], at: datetime) -> Decide:
    wake, data = history.aggregate.wake, history.reference_data
    return partial(wake, history.state, at=at, now=at, reference_data=data)


def _made_again(event: Any) -> Decision[Any]:
    return [type(event)(**dict(event))]


def _run(decide: Sequence[Decide], times: int) -> Sample:
    begun, spent = perf_counter(), process_time()
    for _ in range(times):
        for each in decide:
            each()
    return Sample(len(decide) * times, perf_counter() - begun, process_time() - spent)
