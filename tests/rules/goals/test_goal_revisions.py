"""What differs between two revisions of a goal, word by word."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from coaching_events.event import Cipher
from coaching_events.events.goal import Measure
from goals.goal.rules.revisions import Change, Piece, changes, revisions
from goals.goal.state import Revision
from tests.rules.goals.the_two_with_a_goal import FEWER, MONDAY, agreed, number
from tests.rules.the_pair import ANNA

CIPHER = Cipher(key="pair-1", cipher="c2VjcmV0")


def revision(title: str | Cipher | None = "A", description: str | None = None, *measures: Measure) -> Revision:
    return Revision(
        number=1, position=number(1), by=ANNA, at=MONDAY, title=title, description=description, measures=measures
    )


def said(found: Change) -> tuple[str, int | None, str | None, str | None]:
    return found.what, found.measure, found.before, found.after


def test_every_revision_of_a_history_is_found_in_order():
    first, second = revisions(agreed().past)
    assert (first.number, second.number) == (1, 2)
    assert [said(each) for each in changes(first, second)] == [
        ("title", None, "Answer within a day", "Answer within two days"),
        ("description", None, "So that customers rely on us", None),
        ("measure-to", 1, "24", "36.5"),
    ]


def test_the_words_that_differ_are_marked():
    (title,) = changes(revision("Answer within a day"), revision("Answer within two days"))
    assert title.words == (
        Piece("same", "Answer within "),
        Piece("removed", "a"),
        Piece("added", "two"),
        Piece("same", " "),
        Piece("removed", "day"),
        Piece("added", "days"),
    )


def test_without_an_earlier_revision_everything_is_new():
    found = changes(None, revision("Listen", "More", FEWER))
    assert [said(each) for each in found] == [
        ("title", None, None, "Listen"),
        ("description", None, None, "More"),
        ("measure-name", 1, None, "Median answer time"),
        ("measure-unit", 1, None, "hours"),
        ("measure-from", 1, None, "52"),
        ("measure-to", 1, None, "36.5"),
    ]
    assert found[0].words == (Piece("added", "Listen"),)


def test_a_measure_that_is_gone_says_so_and_the_same_says_nothing():
    gone = changes(revision("A", None, FEWER), revision("A"))
    assert [each.after for each in gone] == [None] * 4
    assert changes(revision("A", None, FEWER), revision("A", None, FEWER)) == []
    large = Measure(name="Calls", to_value=Decimal("1E+3"))
    assert [said(each) for each in changes(revision("A"), revision("A", None, large))][-1] == (
        "measure-to",
        1,
        None,
        "1000",
    )


def test_what_nobody_can_read_any_more_does_not_differ():
    assert changes(revision(None), revision(CIPHER)) == []


TEXTS = st.lists(st.sampled_from(["we", "will", "answer", "sooner", " ", "\n", "ü"]), max_size=12).map("".join)


@given(TEXTS, TEXTS)
def test_the_pieces_make_up_both_texts(before: str, after: str):
    for change in changes(revision(before), revision(after)):
        assert "".join(piece.text for piece in change.words if piece.kind != "added") == before
        assert "".join(piece.text for piece in change.words if piece.kind != "removed") == after
