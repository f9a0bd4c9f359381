"""The calendar feed of a person: one address at a time, whose secret nobody keeps."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from ics import Calendar as ReadBack

from coaching_events.events.calendar import FeedChanged, FeedContent, FeedOpened, FeedRevoked
from eventlog import derived_stream
from service_kit.calendars import Entry, written
from sessions.feed import feeds, rules
from tests.rules.given import History, scenario
from tests.rules.the_pair import ANNA

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ALL: tuple[FeedContent, ...] = get_args(FeedContent)
OPENED = FeedOpened(by=ANNA, person=ANNA, secret_hash="one", contents=ALL)

nothing: History[Any, Any, Any] = scenario(feeds, derived_stream("feed", ANNA), start=AT, reference_data={})
opened = nothing.given(OPENED)
revoked = opened.given(FeedRevoked(by=ANNA, person=ANNA))


def test_it_is_opened_and_a_new_address_takes_the_place_of_the_one_before():
    choice: dict[str, Any] = {"by": ANNA, "contents": ALL[::-1], "with_titles": False}
    nothing.when(rules.open_address, secret_hash="one", **choice).then(OPENED)
    again = OPENED.model_copy(update={"secret_hash": "two"})
    for before in (opened, revoked):
        after = before.when(rules.open_address, secret_hash="two", **choice).then(again)
        assert after.state is not None
        assert (after.state.secret_hash, after.state.status) == ("two", "open")


def test_its_person_chooses_what_is_in_it():
    chosen = FeedChanged(by=ANNA, person=ANNA, contents=("sessions",), with_titles=True)
    after = opened.when(rules.choose, by=ANNA, contents=["sessions"], with_titles=True).then(chosen)
    after.when(rules.choose, by=ANNA, contents=["sessions"], with_titles=True).nothing()
    assert after.state is not None
    assert after.state.secret_hash == "one"


def test_it_is_revoked_once_and_then_has_nothing_to_choose():
    ended = opened.when(rules.revoke, by=ANNA).then(FeedRevoked(by=ANNA, person=ANNA))
    assert ended.state is not None
    assert (ended.state.secret_hash, ended.state.status) == (None, "revoked")
    ended.when(rules.revoke, by=ANNA).nothing()
    ended.when(rules.choose, by=ANNA, contents=ALL, with_titles=False).refused("feed-revoked")


def test_another_program_reads_the_same_instants_titles_and_versions():
    due = Entry(uid="commitment_1@tandem", sequence=2, start=AT + timedelta(days=1), title="A promise is due; really")
    held = Entry(
        uid="session_1@tandem",
        sequence=4,
        start=AT,
        end=AT + timedelta(minutes=45),
        title="Ümläut, “quoted”\nand a second line " + "x" * 100,
        place="https://meet.example.com/a?b=c,d;e",
        tentative=True,
    )
    body = written([due, held], name="Tandem", stamp=AT)
    assert written([held, due], name="Tandem", stamp=AT) == body, "the order of what is found does not matter"
    assert b"VTIMEZONE" not in body
    assert b"TZID" not in body
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    read = {event.uid: event for event in ReadBack(body.decode()).events}
    session, promise = read["session_1@tandem"], read["commitment_1@tandem"]
    assert (session.begin.datetime, session.end.datetime) == (AT, AT + timedelta(minutes=45))
    assert (session.name, session.location, session.status) == (held.title, held.place, "TENTATIVE")
    assert (promise.begin.datetime, promise.name, promise.transparent) == (due.start, due.title, True)
    assert sorted(line for line in body.decode().splitlines() if line.startswith("SEQUENCE")) == [
        "SEQUENCE:2",
        "SEQUENCE:4",
    ]
