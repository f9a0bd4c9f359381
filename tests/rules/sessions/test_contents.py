"""What the two put into a session besides its time: its place and its notes."""

from datetime import datetime
from typing import Any

import pytest

from coaching_events.events.session import (
    RescheduleProposed,
    SessionCancelled,
    SessionDeclined,
    SessionHeld,
    SessionNotesWritten,
    SessionPlaceChanged,
    SessionProposed,
    SessionRescheduled,
    SessionScheduled,
)
from coaching_events.ids import PersonalTextsId, PersonId, Position, RuleName
from eventlog import NotFound
from sessions.session import rules, sessions
from sessions.session.state import Proposed, Scheduled
from tests.rules.given import scenario
from tests.rules.sessions.the_two import ANNA, BEN, CARLA, FIRST, HOUR, MONDAY, PAIR, SESSION, day, knowing, pair

THURSDAY, FRIDAY = day(3, 15), day(4, 15)
PEOPLE: dict[str, Any] = {"partnership": PAIR, "people": (ANNA, BEN)}
BOTH = pytest.mark.parametrize("by", [ANNA, BEN])


def offered(start: datetime = THURSDAY, place: str | None = "Room 4", **more: Any) -> SessionProposed:
    said: dict[str, Any] = {
        "by": ANNA,
        **PEOPLE,
        "start": start,
        "end": start + HOUR,
        "answer_by": start,
        "place": place,
    }
    return SessionProposed(**said | more)


def agreed(place: str | None = "Room 4") -> SessionScheduled:
    return SessionScheduled(by=BEN, **PEOPLE, proposal=FIRST, start=THURSDAY, end=THURSDAY + HOUR, place=place)


def place(named: str | None, by: PersonId = ANNA) -> SessionPlaceChanged:
    return SessionPlaceChanged(by=by, **PEOPLE, start=THURSDAY, place=named)


def written(texts: str, by: PersonId = ANNA) -> SessionNotesWritten:
    return SessionNotesWritten(by=by, **PEOPLE, personal_texts=PersonalTextsId(texts))


def another_time(place: str | None, **more: Any) -> RescheduleProposed:
    said: dict[str, Any] = {
        "by": ANNA,
        **PEOPLE,
        "start": FRIDAY,
        "end": FRIDAY + HOUR,
        "place": place,
        "answer_by": THURSDAY,
    }
    return RescheduleProposed(**said | more)


story = scenario(sessions, SESSION, start=MONDAY, reference_data=knowing())
offer = story.given(offered())
session = offer.given(agreed())


class TestPlace:
    def test_it_is_offered_with_the_time_and_agreed_with_it(self):
        asked = story.when(
            rules.propose, partnership=PAIR, by=ANNA, start=THURSDAY, length=HOUR, title=None, place="Room 4"
        )
        asked.then(offered()).when(rules.accept, by=BEN, offer=None).then(agreed())

    @pytest.mark.parametrize(("named", "expected"), [(None, "Room 4"), ("Café", "Café")])
    def test_another_time_keeps_it_or_names_another(self, named: str | None, expected: str):
        said = offered(FRIDAY, expected, by=BEN, counters=FIRST)
        offer.when(rules.propose_time, by=BEN, start=FRIDAY, length=None, place=named).then(said)

    @BOTH
    def test_either_changes_it_later(self, by: PersonId):
        history = session.when(rules.change_place, by=by, place="Café").then(place("Café", by))
        assert isinstance(history.state, Scheduled)
        assert history.state.content.place == "Café"
        history = history.when(rules.change_place, by=by, place=None).then(place(None, by))
        assert isinstance(history.state, Scheduled)
        assert history.state.content.place is None

    def test_a_place_that_is_changed_while_the_offer_waits_is_agreed_with_it(self):
        history = offer.when(rules.change_place, by=BEN, place="Café").then(place("Café", BEN))
        assert isinstance(history.state, Proposed)
        history.when(rules.accept, by=BEN, offer=None).then(agreed("Café"))

    @pytest.mark.parametrize(("named", "expected"), [(None, "Room 4"), ("Café", "Café")])
    def test_a_new_time_may_come_with_a_new_place(self, named: str | None, expected: str):
        history = session.when(rules.reschedule, by=ANNA, start=FRIDAY, length=None, place=named)
        history = history.then(another_time(expected))
        assert isinstance(history.state, Scheduled)
        assert history.state.content.place == "Room 4"
        moved = SessionRescheduled(
            by=BEN,
            **PEOPLE,
            proposal=Position("session_first@3"),
            start=FRIDAY,
            end=FRIDAY + HOUR,
            place=expected,
            previous_start=THURSDAY,
        )
        history = history.when(rules.accept, by=BEN, offer=None).then(moved)
        assert isinstance(history.state, Scheduled)
        assert history.state.content.place == expected

    def test_a_place_that_is_named_after_another_time_was_proposed_holds_for_it_too(self):
        history = session.given(another_time("Café")).when(rules.change_place, by=BEN, place="Garden")
        history = history.then(place("Garden", BEN)).when(rules.accept, by=BEN, offer=None).follows()
        assert isinstance(history.state, Scheduled)
        assert history.state.content.place == "Garden"

    def test_notes_leave_the_place_of_another_time_as_it_is(self):
        history = session.given(another_time("Café"), written("one")).when(rules.accept, by=BEN, offer=None).follows()
        assert isinstance(history.state, Scheduled)
        assert history.state.content.place == "Café"

    def test_it_is_changed_until_the_session_is_over(self):
        end = THURSDAY + HOUR
        session.when(rules.change_place, by=ANNA, at=THURSDAY, place="Café").then(place("Café"))
        session.when(rules.change_place, by=ANNA, at=end, place="Café").refused("session-over")
        cancelled = SessionCancelled(by=ANNA, **PEOPLE, start=THURSDAY, cause="partner", late_notice=False)
        session.given(cancelled).when(rules.change_place, by=ANNA, place="Café").refused("session-over")

    def test_after_the_end_of_the_partnership_nothing_changes(self):
        ended = session.knowing(knowing(pair(ended_at=MONDAY)))
        ended.when(rules.change_place, by=ANNA, place="Café").refused("partnership-ended")
        ended.when(rules.write_notes, by=ANNA, texts="one", replaces=None).refused("partnership-ended")

    def test_a_stranger_finds_nothing(self):
        with pytest.raises(NotFound):
            session.when(rules.change_place, by=CARLA, place="Café")


class TestNotes:
    HELD = SessionHeld(by=RuleName("rule:both-reported"), **PEOPLE, start=THURSDAY, end=THURSDAY + HOUR)

    @BOTH
    @pytest.mark.parametrize("history", [offer, session, session.given(HELD)])
    def test_either_writes_them_before_and_after_the_session(self, history: Any, by: PersonId):
        after = history.when(rules.write_notes, by=by, texts="one", replaces=None).then(written("one", by))
        assert (after.state.content.notes.texts, after.state.content.notes.by) == ("one", by)

    def test_they_replace_those_that_were_read(self):
        history = session.given(written("one"))
        history.when(rules.write_notes, by=BEN, texts="two", replaces="one").then(written("two", BEN))
        for replaces in (None, "zero"):
            refusal = history.when(rules.write_notes, by=BEN, texts="two", replaces=replaces).refused("notes-changed")
            assert refusal.extensions == {"present": "one"}

    @pytest.mark.parametrize("last", [SessionDeclined(by=BEN, **PEOPLE)])
    def test_what_does_not_take_place_has_no_notes(self, last: Any):
        offer.given(last).when(rules.write_notes, by=ANNA, texts="one", replaces=None).refused("session-over")

    def test_they_stay_when_the_session_ends(self):
        history = session.given(written("one"), self.HELD)
        assert history.state is not None
        assert history.state.content.notes is not None
        assert history.state.content.place == "Room 4"

    def test_a_counter_offer_keeps_them(self):
        history = offer.given(written("one")).when(rules.propose_time, by=BEN, start=FRIDAY, length=None).follows()
        assert history.state is not None
        assert history.state.content.notes is not None


def test_nothing_is_written_into_a_session_that_does_not_exist():
    with pytest.raises(ValueError, match="cannot follow"):
        story.given(place("Café"))
