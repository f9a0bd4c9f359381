from datetime import timedelta

from coaching_events.ids import position
from goals.check_ins import rules
from goals.check_ins.state import Running
from tests.rules.goals.the_two_who_check_in import (
    ANNA,
    HERS,
    PAIR,
    CheckInsStory,
    away,
    ended,
    excused,
    knowing,
    missed_story,
    moment,
    names,
    pair,
    paused,
    person,
    stopped,
    submitted,
    thursday,
    walked,
)

MISS = position(HERS, 4)
"""The first occasion: started, scheduled, opened, missed."""


def learning(story: CheckInsStory, known: str) -> CheckInsStory:
    """HR says on that day that she was away on the first Thursday."""
    return story.knowing(knowing(None, person("Europe/Berlin", away("2026-03-05", "2026-03-05", known=known))))


def test_an_absence_known_too_late_excuses_what_was_missed():
    known = "2026-03-09T08:00+01:00"
    absence = away("2026-03-05", "2026-03-05", known=known)
    put_right = excused(0, "absence", absence.recorded, supersedes=MISS, rule="facts-known")
    story = learning(missed_story(), known).woken(at=moment(known)).then((put_right, moment(known)))
    story.woken(at=moment(known)).nothing()


def test_an_absence_that_is_withdrawn_never_turns_an_excuse_into_a_miss():
    known = "2026-03-09T08:00+01:00"
    put_right = learning(missed_story(), known).woken(at=moment(known)).follows()
    withdrawn = put_right.knowing(knowing())
    withdrawn.woken(at=moment("2026-03-09T09:00+01:00")).nothing()
    assert "check-in-missed 03-05" not in names(withdrawn.woken().follows().events[5:])


def test_an_absence_on_other_days_puts_nothing_right():
    story = missed_story().knowing(knowing(None, person("Europe/Berlin", away("2026-03-06", "2026-03-06"))))
    story.woken(at=moment("2026-03-09T08:00+01:00")).nothing()


def test_facts_count_for_sixty_days():
    grace_end = moment("2026-03-06T17:00+01:00")
    in_time = (grace_end + timedelta(days=60)).isoformat()
    too_late = (grace_end + timedelta(days=60, minutes=1)).isoformat()
    story = missed_story()
    assert names(learning(story, in_time).woken(at=moment(in_time)).follows().events)[-1] == "check-in-excused 03-05"
    learning(story, too_late).woken(at=moment(too_late)).nothing()


def test_what_was_written_late_stays_and_the_miss_is_put_right():
    known = "2026-03-09T08:00+01:00"
    late = missed_story().when(rules.submit, by=ANNA, at=moment("2026-03-07T10:00+01:00")).then(submitted(0, late=True))
    story = learning(late, known).woken(at=moment(known)).follows()
    state = story.state
    assert isinstance(state, Running)
    assert state.past[0].written is not None
    assert state.past[0].miss is None


def test_a_pause_known_too_late_excuses_what_was_missed():
    pause = paused("2026-03-05T14:00+01:00")
    put_right = excused(0, "pause", pause.taken, supersedes=MISS, rule="facts-known")
    missed_story().knowing(knowing(pair(None, pause))).woken(at=moment("2026-03-06T17:01+01:00")).then(put_right)


def test_an_end_known_too_late_excuses_what_was_missed():
    over = moment("2026-03-06T16:00+01:00")
    put_right = excused(0, "ended", position(PAIR, 9), supersedes=MISS, rule="facts-known")
    story = missed_story().knowing(knowing(ended("2026-03-06T16:00+01:00")))
    story.woken(at=over).then((put_right, over), (stopped(), over))


def test_a_miss_before_the_end_stays():
    over = moment("2026-03-07T12:00+01:00")
    missed_story().knowing(knowing(ended("2026-03-07T12:00+01:00"))).woken(at=over).then((stopped(), over))


def test_a_miss_is_put_right_after_the_end_too():
    over = moment("2026-03-07T12:00+01:00")
    known = "2026-03-09T08:00+01:00"
    both = knowing(
        ended("2026-03-07T12:00+01:00"), person("Europe/Berlin", away("2026-03-05", "2026-03-05", known=known))
    )
    story = missed_story().knowing(knowing(ended("2026-03-07T12:00+01:00"))).woken(at=over).follows()
    story = story.knowing(both).woken(at=moment(known)).follows()
    assert names(story.events)[-1] == "check-in-excused 03-05"
    story.woken(at=moment(known)).nothing()


def test_news_that_were_skipped_are_made_up_for_at_the_next_moment():
    story = learning(missed_story(), "2026-03-09T08:00+01:00").woken().follows()
    assert names(story.events)[-2:] == ["check-in-excused 03-05", "check-in-opened 03-12"]


def test_an_absence_of_weeks_puts_every_miss_right_at_once():
    story = walked(missed_story(), thursday(2) + timedelta(days=2))
    known = "2026-03-23T08:00+01:00"
    absence = away("2026-03-04", "2026-03-20", known=known)
    story = story.knowing(knowing(None, person("Europe/Berlin", absence))).woken(at=moment(known)).follows()
    assert names(story.events)[-3:] == ["check-in-excused 03-05", "check-in-excused 03-12", "check-in-excused 03-19"]


def test_the_state_keeps_the_last_sixty_days():
    story = walked(missed_story(), thursday(12) + timedelta(days=2))
    state = story.state
    assert isinstance(state, Running)
    kept = story.last - timedelta(days=60)
    assert state.past[0].grace_end >= kept > state.past[0].grace_end - timedelta(weeks=1)
    assert len(state.past) == 9
