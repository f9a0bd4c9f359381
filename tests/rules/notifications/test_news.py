"""Who hears of what: a line for each event, and nothing twice for one cause."""

from typing import Any, get_args

import pytest

from coaching_events.event import Event
from coaching_events.events.check_ins import CheckInsEvent
from coaching_events.events.commitment import (
    CommitmentEvent,
    CommitmentKept,
    CommitmentReleased,
    CommitmentRenegotiated,
)
from coaching_events.events.mailbox import Entry, Why
from coaching_events.events.partnership import PartnershipEnded, PartnershipEvent, PartnershipPaused
from coaching_events.events.session import SessionCancelled, SessionEvent, SessionLapsed
from coaching_events.ids import RuleName, StreamId, position
from notifications import texts
from notifications.mailbox.names import entry_id
from notifications.news import NEWS, told_to
from tests.rules.notifications.a_week import ANNA, BEN, MONDAY, WITH_BEN, WORLD, local, nobody, pair

EVENTS = [
    event for union in (CommitmentEvent, CheckInsEvent, SessionEvent, PartnershipEvent) for event in get_args(union)
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_every_event_is_news_for_somebody_or_says_why_not(event: type[Event]) -> None:
    files = "services/notifications/projections/<kind>.py, or services/notifications/news.py for partnerships"
    assert event in NEWS, f"{files}: say in NEWS who is told of {event.__name__}"


@pytest.mark.parametrize("event", [e for e in NEWS if not isinstance(NEWS[e], str)], ids=lambda event: event.type)
@pytest.mark.parametrize("kind", ["answer", "changes-my-days", "other"])
@pytest.mark.parametrize("sender", [BEN, None])
def test_every_news_has_a_text(event: type[Event], kind: Any, sender: Any) -> None:
    subject = StreamId("commitment_report")
    entry = Entry(
        id=entry_id(position(subject, 2), ANNA, "news"),
        partnership=WITH_BEN,
        subject=subject,
        about=event.type,
        why=Why(rule="answer", based_on=position(subject, 2)),
        sender=sender,
        news=kind,
        due=local(3),
    )
    text = texts.render_entry(entry, texts.Reader(ANNA, WORLD.reference_data), MONDAY)
    assert not text.startswith("There is news from"), f"services/notifications/texts.py: add {event.type!r} to NEWS"
    assert "{" not in text


def owned(by: Any) -> dict[str, Any]:
    return {"by": by, "partnership": WITH_BEN, "owner": ANNA, "partner": BEN}


def told(event: Event) -> Any:
    return told_to(event, pair(WITH_BEN), ANNA)


def test_a_kept_promise_is_told_to_the_partner() -> None:
    assert told(CommitmentKept(**owned(ANNA), kept_at=local(0), due=local(0))) == {BEN: "answer"}


def test_what_silence_decided_is_an_answer_for_who_asked_and_news_for_the_other() -> None:
    moments: dict[str, Any] = {name: local(3) for name in ("due", "grace_end", "previous_due", "asked_at")}
    agreed = CommitmentRenegotiated(
        **owned(nobody("silence")), **moments, proposal=position(WITH_BEN, 1), timely=True, by_silence=True
    )
    assert told(agreed) == {ANNA: "answer", BEN: "other"}
    assert told(agreed.model_copy(update={"by": BEN, "by_silence": False})) == {ANNA: "answer"}


def test_what_follows_from_an_end_is_told_with_the_end() -> None:
    assert told(CommitmentReleased(**owned(nobody("end")), cause="ended")) == {}
    cancelled = SessionCancelled(
        by=RuleName("rule:partnership-ended"),
        partnership=WITH_BEN,
        people=(ANNA, BEN),
        start=local(1),
        cause="ended",
        late_notice=False,
    )
    assert told(cancelled) == {}
    assert told(PartnershipEnded(by=BEN, partnership=WITH_BEN, cause="partner")) == {ANNA: "answer"}
    by_rule = PartnershipEnded(by=nobody("ends-after-a-departure"), partnership=WITH_BEN, cause="departure")
    assert told(by_rule) == {ANNA: "answer", BEN: "answer"}


def test_a_pause_is_told_to_the_partner_and_one_of_the_directory_to_both() -> None:
    assert told(PartnershipPaused(by=ANNA, partnership=WITH_BEN, whose=ANNA)) == {BEN: "answer"}
    assert told(PartnershipPaused(by=nobody("directory"), partnership=WITH_BEN)) == {ANNA: "answer", BEN: "answer"}


def test_who_offered_a_time_hears_that_nobody_answered_and_both_that_nobody_reported() -> None:
    unanswered = SessionLapsed(by=nobody("unanswered"), partnership=WITH_BEN, people=(ANNA, BEN), cause="unanswered")
    assert told(unanswered) == {ANNA: "answer"}
    assert told_to(unanswered, pair(WITH_BEN), None) == {}
    assert told(unanswered.model_copy(update={"cause": "unreported"})) == {ANNA: "other", BEN: "other"}
