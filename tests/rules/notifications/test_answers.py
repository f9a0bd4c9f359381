"""The one-step answers to what is told: each does something, and nothing is asked of who is told news."""

from typing import Any

import pytest

from coaching_events.events.mailbox import Entry, NewLogin
from coaching_events.ids import StreamId
from notifications.mailbox.rules.answers import answers
from tests.rules.notifications.a_week import BEN, WITH_BEN, opening, step, word


def asking(about: str, subject: str = "commitment_report") -> Entry:
    return word().model_copy(update={"about": about, "subject": StreamId(subject)})


def ways(entry: Entry, *, owns: bool = True) -> list[tuple[str, tuple[str, ...]]]:
    """The last part of the path of each answer, and what it has to say besides."""
    found = answers(entry, owns=owns)
    assert all(f"/{entry.subject}/" in each.path or f"/{entry.partnership}/" in each.path for each in found)
    return [(each.path.rsplit("/", 1)[1], each.needs) for each in found]


@pytest.mark.parametrize("number", [1, 2])
def test_an_overdue_promise_is_done_gets_a_new_date_or_is_let_go(number: Any) -> None:
    assert ways(step(number)) == [("keep", ()), ("renegotiate", ("due",)), ("release", ())]


TOGETHER = [("sessions", ("start",)), ("pause", ())]


@pytest.mark.parametrize("number", [3, 4])
@pytest.mark.parametrize("kind", ["commitment", "check-ins"])
def test_the_partner_can_suggest_a_time_or_pause_and_answers_nothing_for_the_owner(number: Any, kind: str) -> None:
    assert ways(step(number, kind=kind), owns=False) == TOGETHER


def test_the_owner_has_all_answers_to_the_last_step() -> None:
    assert ways(step(4)) == [("keep", ()), ("renegotiate", ("due",)), ("release", ()), *TOGETHER]
    assert ways(step(4, kind="check-ins")) == [("submit", ("need",)), *TOGETHER]


def test_a_missed_check_in_is_answered_by_a_line_or_a_pause() -> None:
    assert ways(step(1, kind="check-ins")) == [("submit", ("need",))]
    assert ways(step(2, kind="check-ins")) == [("submit", ("need",)), ("pause", ())]


def test_a_check_in_is_answered_by_checking_in() -> None:
    assert ways(opening()) == [("submit", ("need",))]


@pytest.mark.parametrize(
    ("about", "subject", "expected"),
    [
        ("commitment-requested", "commitment_report", ["make", "decline-request"]),
        ("renegotiation-proposed", "commitment_report", ["agree", "decline"]),
        ("release-proposed", "commitment_report", ["agree", "decline"]),
        ("goal-proposed", "goal_first", ["agree", "counter", "decline"]),
        ("goal-countered", "goal_first", ["agree", "counter", "decline"]),
        ("closing-proposed", "goal_first", ["confirm-closing", "decline-closing"]),
        ("session-proposed", "session_first", ["accept", "propose-time", "decline"]),
        ("partnership-proposed", WITH_BEN, ["accept", "decline"]),
    ],
)
def test_every_question_can_be_answered_with_yes_and_with_no(about: str, subject: str, expected: list[str]) -> None:
    assert [way for way, _ in ways(asking(about, subject))] == expected


def test_a_partnership_is_accepted_with_the_terms_that_were_read() -> None:
    assert ways(asking("partnership-proposed", WITH_BEN))[0] == ("accept", ("version",))


def test_other_terms_are_read_before_they_are_answered() -> None:
    assert not answers(asking("terms-proposed", WITH_BEN))


def test_a_further_login_is_confirmed_or_refused_by_whom_it_opens() -> None:
    told = word().model_copy(update={"login": NewLogin(id="login_1", issuer="https://issuer", login="an…na")})
    told = told.model_copy(update={"news": "answer", "sender": None})
    paths = [(each.service, each.path) for each in answers(told)]
    assert paths == [
        ("partnerships", "/people/me/logins/login_1/confirm"),
        ("partnerships", "/people/me/logins/login_1/refuse"),
    ]


ASKING = [
    ("commitment-requested", "commitment_report"),
    ("renegotiation-proposed", "commitment_report"),
    ("goal-proposed", "goal_first"),
    ("closing-proposed", "goal_first"),
    ("session-proposed", "session_first"),
    ("partnership-proposed", WITH_BEN),
]


def test_the_names_of_answers_in_links_are_different_within_an_entry() -> None:
    entries = [*(step(number, kind=kind) for number in range(5) for kind in ("commitment", "check-ins"))]  # pyright: ignore[reportArgumentType]
    for entry in (*entries, *(asking(*each) for each in ASKING)):
        names = [each.name for each in answers(entry)]
        assert names
        assert len({*names}) == len(names)
        assert not any(" " in name for name in names)


def test_news_ask_for_nothing() -> None:
    assert not answers(step(1).model_copy(update={"news": "answer", "sender": BEN, "step": None}))
