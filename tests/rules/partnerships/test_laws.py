"""What holds for every history of two people: laws, tried on histories that nobody thought of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from coaching_events.ids import PersonId
from partnerships.partnership import partnerships, rules
from partnerships.partnership.rules import terms as terms_rules
from partnerships.reference_data import PeopleReferenceData
from tests.rules.given import History, scenario
from tests.rules.partnerships.pair import anna, ben, draft, monday, pair
from tests.rules.partnerships.people import knowing, somebody

Pair = tuple[PersonId, PersonId]
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu")
SHARED = {"audience": "recognition", "types": ["commitment-made", "check-in-missed"]}
WHAT = (
    *("accept", "decline", "withdraw", "counter", "propose", "agree", "reject", "take back", "narrow", "pause"),
    *("pause until", "resume", "end", "leave", "return", "accept", "accept", "propose", "pause"),
)
LESS = {"audience": "recognition", "types": ["commitment-made"]}


@dataclass(frozen=True)
class Step:
    """One of the two (0 or 1) does something so many hours later; what is due meanwhile happens before."""

    who: int
    hours: int
    what: str
    number: int


steps = st.lists(
    st.builds(
        Step,
        who=st.integers(0, 1),
        hours=st.sampled_from([0, 1, 5, 30, 200, 900]),
        what=st.sampled_from(WHAT),
        number=st.integers(0, 3),
    ),
    max_size=14,
)
zones = st.tuples(st.sampled_from(ZONES), st.sampled_from(ZONES))


def _ask(history: History[Any, Any, PeopleReferenceData], step: Step, by: PersonId, at: datetime) -> Any:
    state: Any = history.state
    question = getattr(state, "question", None)
    version = question.terms.version - (step.number == 3) if question else 1
    wished = draft(reminders=step.number, sharing=[SHARED] if step.number else [LESS])
    on: date = (at + timedelta(days=step.number)).date()
    asked: dict[str, tuple[Any, dict[str, Any]]] = {
        "accept": (rules.accept, {"version": version}),
        "decline": (rules.decline, {}),
        "withdraw": (rules.withdraw, {}),
        "counter": (terms_rules.counter_terms, {"version": version, "draft": wished}),
        "propose": (terms_rules.propose_terms, {"draft": wished}),
        "agree": (terms_rules.agree_terms, {"version": version}),
        "reject": (terms_rules.reject_terms, {"version": version}),
        "take back": (terms_rules.withdraw_terms, {"version": version}),
        "narrow": (terms_rules.narrow_sharing, {"sharing": wished.sharing}),
        "pause": (rules.pause, {}),
        "pause until": (rules.pause, {"last": on}),
        "resume": (rules.resume, {}),
        "end": (rules.end, {}),
    }
    rule, arguments = asked[step.what]
    return history.when(rule, by=by, at=at, **arguments)


def play(
    two: Pair, zone_of: Mapping[PersonId, str], todo: Sequence[Step], *, proposer: PersonId | None = None
) -> History[Any, Any, PeopleReferenceData]:
    """Let the two do all this; refusals change nothing, deadlines come when they are due.

    The first of them proposes; or ``proposer`` does and the other has accepted.
    """
    gone: dict[PersonId, datetime] = {}

    def reference_data() -> PeopleReferenceData:
        return knowing(
            somebody(external, gone_since=gone.get(person), zone=zone_of[person])
            for external, person in (("1", anna), ("2", ben))
        )

    at = monday
    history = scenario(partnerships, pair, start=at, reference_data=reference_data())
    asks = proposer or two[0]
    asked = ben if asks == anna else anna
    propose = history.when(rules.propose, by=asks, id=pair, other=asked, earlier=(), draft=draft(sharing=[SHARED]))
    history = propose.follows()
    if proposer is not None:
        history = history.when(rules.accept, by=asked, version=1).follows()
    for step in todo:
        at += timedelta(hours=step.hours)
        history = _let_time_pass(history, at)
        if step.what in ("leave", "return"):
            gone = {**gone, two[step.who]: at} if step.what == "leave" else _without(gone, two[step.who])
            history = history.knowing(reference_data())
            history = history.woken(at=at).follows()
            history.woken(at=at).nothing()
            continue
        answer = _ask(history, step, two[step.who], at)
        history = history if answer.refusal is not None else answer.follows()
    return _let_time_pass(history, at + timedelta(days=40))


def _let_time_pass(
    history: History[Any, Any, PeopleReferenceData], until: datetime
) -> History[Any, Any, PeopleReferenceData]:
    while (due := history.wake_at) is not None and due <= until:
        history = history.woken(now=max(due, until)).follows()
        history.woken(at=due).nothing()
        assert history.wake_at is None or history.wake_at > due, "what was due is no longer due"
    return history


def _without(gone: Mapping[PersonId, datetime], who: PersonId) -> dict[PersonId, datetime]:
    return {person: since for person, since in gone.items() if person != who}


def _told(history: History[Any, Any, Any], names: Mapping[str, str]) -> list[str]:
    """The events with other names for the people, so that two histories can be laid beside each other."""
    told: list[str] = []
    for recorded in history.past:
        text = f"{recorded.at} {recorded.event.type} {recorded.event.model_dump_json()}"
        told.append("".join(names.get(part, part) for part in text.split('"')))
    return told


@settings(max_examples=150)
@given(steps, zones)
def test_every_history_keeps_the_laws_and_is_mirrored_when_the_two_are_swapped(
    todo: list[Step], zones_of: tuple[str, str]
):
    # The harness holds every single answer against the other laws: same question, stored state, wake at its moment.
    here = play((anna, ben), {anna: zones_of[0], ben: zones_of[1]}, todo)
    there = play((ben, anna), {ben: zones_of[0], anna: zones_of[1]}, todo)
    assert _told(here, {anna: "first", ben: "second"}) == _told(there, {ben: "first", anna: "second"})


@settings(max_examples=100)
@given(steps, zones)
def test_once_formed_nothing_depends_on_who_had_proposed(todo: list[Step], zones_of: tuple[str, str]):
    here = play((anna, ben), {anna: zones_of[0], ben: zones_of[1]}, todo, proposer=anna)
    there = play((ben, anna), {ben: zones_of[0], anna: zones_of[1]}, todo, proposer=anna)
    assert _told(here, {anna: "first", ben: "second"})[2:] == _told(there, {ben: "first", anna: "second"})[2:]


@settings(max_examples=80)
@given(steps, zones)
def test_what_holds_at_every_moment(todo: list[Step], zones_of: tuple[str, str]):
    history = play((anna, ben), {anna: zones_of[0], ben: zones_of[1]}, todo)
    seen: Any = None
    versions: list[int] = []
    for recorded in history.past:
        before, seen = seen, partnerships.evolve(seen, recorded)
        event: Any = recorded.event
        if event.type in ("partnership-proposed", "terms-proposed", "sharing-narrowed"):
            versions.append(event.terms.version)
        if event.type in ("partnership-formed", "terms-agreed", "partnership-declined", "terms-rejected"):
            assert before.question.by != event.by, "nobody answers their own proposal"
        if event.type in ("partnership-formed", "terms-agreed"):
            assert event.terms == before.question.terms, "both consented to the same text"
        if event.type == "terms-lapsed" and event.by == "rule:silence-creates-no-obligation":
            assert recorded.at >= before.question.due
        assert set(seen.people) == {anna, ben}
    assert versions == list(range(1, len(versions) + 1)), "every text that was on the table has its own number"
