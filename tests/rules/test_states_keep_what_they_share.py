"""Whoever becomes inactive, and a promise that is kept, stay what they were in all that the two states share."""

from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

from coaching_events.envelope import Recorded
from coaching_events.events.commitment import CommitmentKept, DueMoved
from coaching_events.events.person import HolidayRegion, PersonDeactivated, PersonReactivated
from coaching_events.ids import GoalId, PartnershipId, PersonId, SessionId, StreamId, position
from coaching_time import Absence
from goals.commitment.state import LateAsk, Miss, Open, Suspension
from goals.commitment.state import evolve as evolve_promise
from partnerships.person.state import Active
from partnerships.person.state import evolve as evolve_person
from tests.rules.partnerships.people import moment, week

NOW, DAY = moment("2026-03-02T09:00Z"), date(2026, 3, 2)
LATER = NOW + timedelta(days=1)
ANNA, BEN = PersonId(StreamId("person_anna")), PersonId(StreamId("person_ben"))
PAIR, PROMISE = PartnershipId(StreamId("partnership_1")), StreamId("commitment_1")


def filled(state: Any, *but: str) -> dict[str, Any]:
    """The fields of a state, none of which is empty: what a state forgot would be."""
    values = {each.name: getattr(state, each.name) for each in fields(state) if each.name not in {"status", *but}}
    assert all(values.values()), values
    return values


def test_somebody_who_becomes_inactive_and_active_again_keeps_their_record():
    anna = Active(
        id=ANNA,
        identities=("hr|1",),
        display_name="Anna",
        email="anna@example.com",
        zone="Europe/Berlin",
        locale="de",
        patterns=(week("0"),),
        regions=(HolidayRegion(holds_from=DAY, region="DE-BY"),),
        manager=BEN,
        absences=(Absence(id=position(ANNA, 2), first=DAY, last=DAY, known_at=NOW),),
        since=NOW,
        email_key="anna@example.com",
        name_words=("anna",),
        unit="Sales",
        active_from=DAY,
        active_until=DAY,
        fed={"hr|1": "hr"},
        works_from={"hr|1": NOW},
        earlier=("hr|0",),
        refused=("hr|2",),
    )
    by = BEN
    gone = evolve_person(anna, Recorded(stream=ANNA, version=3, at=LATER, event=PersonDeactivated(by=by)))
    back = evolve_person(gone, Recorded(stream=ANNA, version=4, at=LATER, event=PersonReactivated(by=by)))
    assert gone.status == "inactive"
    assert filled(gone, "since") == filled(anna, "since")
    assert back == replace(anna, since=LATER)


def test_a_promise_that_is_kept_stays_what_was_promised():
    made = position(PROMISE, 1)
    promise = Open(
        partnership=PAIR,
        owner=ANNA,
        partner=BEN,
        text="The notes",
        due=NOW,
        due_date=DAY,
        moved=DueMoved(asked=DAY, to=DAY, because="holiday"),
        goal=GoalId(StreamId("goal_1")),
        session=SessionId(StreamId("session_1")),
        made_at=NOW,
        requested=True,
        grace_end=NOW,
        set_at=NOW,
        suspension=Suspension(position=made, cause="absence", until=LATER, again_at=LATER),
        miss=Miss(position=made, due=NOW, grace_end=NOW),
        late_asks=(LateAsk(due=NOW, asked_at=NOW),),
        taken_back=(NOW,),
        thanked_at=NOW,
    )
    event = CommitmentKept(by=ANNA, partnership=PAIR, owner=ANNA, partner=BEN, due=NOW, kept_at=NOW)
    kept = evolve_promise(promise, Recorded(stream=PROMISE, version=2, at=LATER, event=event))
    assert kept.status == "kept"
    own = ("proposal", "kept_at", "declared_at", "declaration", "clean_slate")
    assert filled(kept, *own) == filled(promise, *own)
