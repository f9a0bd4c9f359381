from datetime import date, timedelta

import pytest

from coaching_events.events.check_ins import CheckInsEvent, CheckInSuspended
from coaching_events.ids import CommitmentId, GoalId, PersonalTextsId, StreamId, position
from eventlog import CatchingUp, NotFound
from goals.check_ins import check_ins, check_ins_of, rules
from goals.check_ins.state import Running
from tests.rules.given import scenario
from tests.rules.goals.the_two_who_check_in import (
    ANNA,
    BEN,
    FORMED,
    MONDAY,
    PAIR,
    CheckInsStory,
    agreed,
    away,
    begun,
    by,
    day,
    ended,
    excused,
    knowing,
    missed,
    missed_story,
    moment,
    names,
    opened,
    opened_story,
    pair,
    paused,
    person,
    resumed,
    scheduled,
    started,
    stopped,
    submitted,
    thursday,
    walked,
)

HOUR = timedelta(hours=1)


def test_the_first_occasion_is_scheduled_when_the_partnership_forms():
    story = begun()
    assert story.events == (started(), scheduled(0))
    assert story.wake_at == moment("2026-03-04T09:00+01:00")


def test_the_first_occasion_is_the_first_that_opens_after_forming():
    on_wednesday = moment("2026-03-04T09:00+01:00")
    assert begun(at=on_wednesday - HOUR).events[1] == scheduled(0)
    assert begun(at=on_wednesday).events[1] == scheduled(1)


def test_each_partner_checks_in_on_their_own_clock():
    ben = begun(owner=BEN)
    assert ben.wake_at == moment("2026-03-04T09:00-05:00")
    ben.when(rules.submit, by=ANNA, at=moment("2026-03-05T15:00-05:00")).refused("not-your-check-in")


def test_check_ins_start_once():
    begun().when(rules.start, partnership=PAIR, owner=ANNA, formed=FORMED).nothing()


def test_a_check_in_opens_on_the_workday_before():
    begun().woken().then((opened(0), moment("2026-03-04T09:00+01:00")))


def test_a_check_in_submitted_in_time():
    promise, words = CommitmentId(StreamId("commitment_1")), PersonalTextsId("1")
    story = opened_story().when(rules.submit, by=ANNA, at=thursday(0), speaks_of=(promise,), words=words)
    story.then(submitted(0, commitments=(promise,), personal_texts=words)).woken().then(scheduled(1))


def test_a_check_in_may_speak_of_goals():
    goal, other = GoalId(StreamId("goal_1")), GoalId(StreamId("goal_2"))
    story = opened_story().when(rules.submit, by=ANNA, at=thursday(0), goals=(goal,)).then(submitted(0, goals=(goal,)))
    assert isinstance(story.state, Running)
    assert story.state.current.written is not None
    assert story.state.current.written.goals == (goal,)
    story = story.when(rules.revise, by=ANNA, at=thursday(0), goals=(other,)).follows()
    assert isinstance(story.state, Running)
    assert story.state.current.written is not None
    assert story.state.current.written.goals == (other,)


def test_a_check_in_submitted_late_within_the_grace_is_not_missed():
    late = opened_story().when(rules.submit, by=ANNA, at=thursday(0, "15:01")).then(submitted(0, late=True))
    late.woken().then(scheduled(1))


def test_a_check_in_that_nobody_wrote_is_missed_once_at_the_end_of_grace():
    grace_end = moment("2026-03-06T17:00+01:00")
    story = opened_story().woken().then((missed(0), grace_end), (scheduled(1), grace_end))
    story.woken(at=grace_end).nothing()
    story.woken().then(opened(1))


def test_a_missed_check_in_can_be_written_until_the_next_is_due():
    story = missed_story()
    story.when(rules.submit, by=ANNA, at=moment("2026-03-07T10:00+01:00")).then(submitted(0, late=True))
    next_is_open = story.woken().follows()
    next_is_open.when(rules.submit, by=ANNA, at=thursday(1)).then(submitted(1))
    of_the_first = {"by": ANNA, "occasion": day("2026-03-05")}
    next_is_open.when(rules.submit, at=thursday(1), **of_the_first).then(submitted(0, late=True))
    next_is_open.when(rules.submit, at=thursday(1, "15:01"), **of_the_first).refused("check-in-closed")


def test_a_late_check_in_leaves_the_next_occasion_as_it_is():
    story = missed_story()
    late = story.when(rules.submit, by=ANNA, at=moment("2026-03-07T10:00+01:00")).follows()
    assert late.wake_at == story.wake_at
    late.woken().then(opened(1))


def test_what_reaches_the_document_first_wins():
    """After the grace, the owner and the deadline race: whoever is recorded second meets the other's event."""
    after_grace = moment("2026-03-06T17:01+01:00")
    written_first = opened_story().when(rules.submit, by=ANNA, at=after_grace).then(submitted(0, late=True))
    written_first.woken().then(scheduled(1))
    missed_first = opened_story().woken().then(missed(0), scheduled(1))
    missed_first.when(rules.submit, by=ANNA, at=after_grace).then(submitted(0, late=True))


def test_a_check_in_is_written_as_soon_as_its_moment_has_come():
    at_nine = moment("2026-03-04T09:00+01:00")
    begun().when(rules.submit, by=ANNA, at=at_nine).then(submitted(0)).woken().then(scheduled(1))


def test_before_it_opens_there_is_nothing_to_write():
    refusal = begun().when(rules.submit, by=ANNA, at=MONDAY).refused("check-in-not-open")
    assert refusal.extensions == {"occasion": date(2026, 3, 5), "opens": moment("2026-03-04T08:00+00:00")}
    done = opened_story().when(rules.submit, by=ANNA, at=thursday(0)).follows().woken().follows()
    done.when(rules.submit, by=ANNA, at=moment("2026-03-07T10:00+01:00")).refused("check-in-not-open")
    named = {"by": ANNA, "occasion": day("2026-03-12")}
    done.when(rules.submit, at=moment("2026-03-07T10:00+01:00"), **named).refused("check-in-not-open")


def test_a_check_in_is_submitted_once():
    done = opened_story().when(rules.submit, by=ANNA, at=thursday(0)).follows()
    done.when(rules.submit, by=ANNA, at=thursday(0)).refused("already-checked-in")


def test_a_check_in_of_another_day_is_refused():
    opened_story().when(rules.submit, by=ANNA, at=thursday(0), occasion=day("2026-03-06")).refused("no-such-occasion")


def test_without_check_ins_there_is_nothing_to_submit():
    with pytest.raises(NotFound):
        rules.submit(None, by=ANNA, at=MONDAY, reference_data=knowing())


@pytest.mark.parametrize("days_away", [("2026-03-05", "2026-03-05"), ("2026-03-04", "2026-03-04")])
def test_an_absence_on_the_day_or_the_workday_before_excuses_it_before_it_opens(days_away: tuple[str, str]):
    absence = away(*days_away)
    story = begun(knowing(anna=person("Europe/Berlin", absence)))
    story = story.woken().then(excused(0, "absence", absence.recorded))
    story.woken().then(scheduled(1))


def test_an_absence_two_workdays_before_excuses_nothing():
    begun(knowing(anna=person("Europe/Berlin", away("2026-03-02", "2026-03-03")))).woken().then(opened(0))


def test_an_absence_that_becomes_known_after_the_opening_excuses_at_the_end_of_grace():
    absence = away("2026-03-05", "2026-03-06", known="2026-03-05T08:00+01:00")
    story = opened_story().knowing(knowing(anna=person("Europe/Berlin", absence)))
    story.woken(at=absence.known_at).nothing()
    story.woken().then(excused(0, "absence", absence.recorded), scheduled(1))


def test_an_excused_check_in_may_still_be_written():
    absence = away("2026-03-05", "2026-03-05")
    story = begun(knowing(anna=person("Europe/Berlin", absence))).woken().follows()
    written = story.when(rules.submit, by=ANNA, at=thursday(0, "12:00")).then(submitted(0))
    written.woken().then(scheduled(1))
    a_week_later = story.woken().follows()
    a_week_later.when(rules.submit, by=ANNA, at=moment("2026-03-07T10:00+01:00")).then(submitted(0, late=True))


def test_an_absence_moves_no_occasion():
    absence = away("2026-03-02", "2026-03-20")
    story = walked(begun(knowing(anna=person("Europe/Berlin", absence))), thursday(2) + timedelta(days=2))
    excuses = [e for e in names(story.events) if e.startswith("check-in-excused")]
    assert excuses == ["check-in-excused 03-05", "check-in-excused 03-12", "check-in-excused 03-19"]


def test_while_the_partnership_is_paused_no_check_in_opens():
    pause = paused("2026-03-03T12:00+01:00")
    story = begun().knowing(knowing(pair(None, pause)))
    story = story.woken().then(excused(0, "pause", pause.taken)).woken().then(scheduled(1))
    story = story.woken().then(excused(1, "pause", pause.taken)).woken().then(scheduled(2))
    back = resumed(pause, "2026-03-17T12:00+01:00")
    story.knowing(knowing(pair(None, back))).woken().then(opened(2))


def test_a_pause_after_the_opening_excuses_at_the_end_of_grace():
    pause = paused("2026-03-05T09:00+01:00", "2026-03-05T12:00+01:00")
    story = opened_story().knowing(knowing(pair(None, pause)))
    story.woken().then(excused(0, "pause", pause.taken), scheduled(1))


def test_a_pause_that_is_over_or_begins_after_the_due_moment_excuses_nothing():
    before = paused("2026-03-02T12:00+01:00", "2026-03-04T09:00+01:00")
    after = paused("2026-03-05T15:01+01:00")
    story = begun().knowing(knowing(pair(None, before, after)))
    story.woken().then(opened(0)).woken().then(missed(0), scheduled(1))


def test_checking_in_is_possible_in_a_pause():
    story = begun().knowing(knowing(pair(None, paused("2026-03-03T12:00+01:00")))).woken().follows()
    story.when(rules.submit, by=ANNA, at=thursday(0)).then(submitted(0))


def test_new_terms_apply_from_the_next_occasion_on():
    tuesdays = pair(agreed("FREQ=WEEKLY;BYDAY=TU", at="10:00", grace=0, version=3), based_on=7)
    story = opened_story().knowing(knowing(tuesdays))
    story = story.woken().follows()
    assert names(story.events)[-2:] == ["check-in-missed 03-05", "check-ins-scheduled 03-10"]
    following = story.events[-1]
    expected = scheduled(0, terms=3, based_on=7).model_copy(
        update={
            "occasion": day("2026-03-10"),
            "opens": moment("2026-03-09T09:00+01:00"),
            "due": moment("2026-03-10T10:00+01:00"),
            "grace_end": moment("2026-03-10T10:00+01:00"),
        }
    )
    assert following == expected


def test_a_date_names_one_occasion_only():
    morning, evening = agreed(at="09:00", grace=0), agreed("FREQ=DAILY", at="18:00", version=2)
    story = begun(knowing(pair(morning))).woken().follows()
    assert story.wake_at == thursday(0, "09:00")
    later = story.knowing(knowing(pair(evening, based_on=3))).woken().follows()
    assert names(later.events)[-1] == "check-ins-scheduled 03-06"


def test_terms_that_were_known_before_are_not_forgotten():
    story = begun(knowing(pair(agreed(version=4), based_on=8))).woken().follows()
    behind = story.knowing(knowing(pair(agreed(), based_on=2)))
    with pytest.raises(CatchingUp):
        behind.woken()


def test_half_an_hour_late_is_no_outage():
    grace_end = moment("2026-03-06T17:00+01:00")
    opened_story().woken(now=grace_end + HOUR / 2).then((missed(0), grace_end), (scheduled(1), grace_end))


def test_a_check_in_that_fell_due_in_an_outage_gets_another_due_moment():
    now = moment("2026-03-06T17:31+01:00")
    until, grace_end = moment("2026-03-09T17:00+01:00"), moment("2026-03-10T17:00+01:00")
    suspended = CheckInSuspended(
        **by("outage"), occasion=day("2026-03-05"), due=thursday(0), cause="outage", until=until, grace_end=grace_end
    )
    story = opened_story().woken(now=now).then((suspended, now))
    story.when(rules.submit, by=ANNA, at=until).then(submitted(0, due=until)).woken().then(scheduled(1))
    late = missed(0).model_copy(update={"due": until, "grace_end": grace_end})
    story.woken().then((late, grace_end), (scheduled(1), grace_end))


def test_an_outage_suspends_once():
    suspended = opened_story().woken(now=moment("2026-03-06T17:31+01:00")).follows()
    again = suspended.woken(now=moment("2026-03-10T18:00+01:00")).follows()
    assert names(again.events)[-2:] == ["check-in-excused 03-05", "check-ins-scheduled 03-12"]


def test_a_check_in_whose_successor_should_have_opened_is_excused():
    now = moment("2026-03-11T09:00+01:00")
    gone = excused(0, "outage", None, rule="outage")
    opened_story().woken(now=now).then((gone, now), (scheduled(1), now))


def test_a_check_in_whose_successor_is_due_before_another_due_moment_is_excused():
    twice = knowing(pair(agreed("FREQ=WEEKLY;BYDAY=TH,FR", at="08:00", grace=0)))
    story = begun(twice).woken().follows()
    story = story.woken(now=moment("2026-03-05T08:40+01:00")).follows()
    assert names(story.events)[-2:] == ["check-in-excused 03-05", "check-ins-scheduled 03-06"]


def test_an_outage_of_weeks_is_held_against_nobody():
    now = moment("2026-03-24T08:00+01:00")
    story = begun()
    while (due := story.wake_at) is not None and due <= now:
        story = story.woken(now=now).follows()
    assert names(story.events)[2:] == [
        "check-in-excused 03-05",
        "check-ins-scheduled 03-12",
        "check-in-excused 03-12",
        "check-ins-scheduled 03-19",
        "check-in-suspended 03-19",
    ]
    assert {recorded.at for recorded in story.past[2:]} == {now}


def test_a_check_in_that_opens_late_because_of_an_outage_is_open_from_then():
    now = moment("2026-03-05T09:00+01:00")
    begun().woken(now=now).then((opened(0), now))


def test_an_absence_counts_before_an_outage():
    absence = away("2026-03-05", "2026-03-06", known="2026-03-05T08:00+01:00")
    story = opened_story().knowing(knowing(anna=person("Europe/Berlin", absence)))
    grace_end = moment("2026-03-06T17:00+01:00")
    expected = excused(0, "absence", absence.recorded)
    story.woken(now=moment("2026-03-08T10:00+01:00")).then((expected, grace_end), (scheduled(1), grace_end))


def test_the_end_of_the_partnership_stops_check_ins():
    over = moment("2026-03-03T12:00+01:00")
    story = begun().knowing(knowing(ended("2026-03-03T12:00+01:00")))
    story = story.woken(at=over).then((stopped(), over))
    assert story.wake_at is None
    story.woken(at=over).nothing()
    story.when(rules.submit, by=ANNA, at=thursday(0)).refused("partnership-ended")


def test_a_check_in_that_is_open_when_the_partnership_ends_is_excused():
    over = "2026-03-05T10:00+01:00"
    story = opened_story().knowing(knowing(ended(over)))
    story.when(rules.submit, by=ANNA, at=moment(over)).refused("partnership-ended")
    gone = excused(0, "ended", position(PAIR, 9))
    story.woken(at=moment(over)).then((gone, moment(over)), (stopped(), moment(over)))


def test_a_check_in_that_was_written_when_the_partnership_ends_stays():
    over = "2026-03-05T10:00+01:00"
    done = opened_story().when(rules.submit, by=ANNA, at=moment("2026-03-05T09:00+01:00")).follows()
    done.knowing(knowing(ended(over))).woken(at=moment(over)).then((stopped(), moment(over)))


def test_a_grace_that_ended_before_the_partnership_did_is_missed_first():
    over = moment("2026-03-06T17:10+01:00")
    story = opened_story().knowing(knowing(ended("2026-03-06T17:10+01:00")))
    story.woken(at=over).nothing()
    story.woken(now=over).then((missed(0), moment("2026-03-06T17:00+01:00")), (stopped(), over))


def test_an_outage_around_the_end_is_held_against_nobody():
    now = moment("2026-03-09T10:00+01:00")
    story = opened_story().knowing(knowing(ended("2026-03-06T17:10+01:00")))
    story.woken(now=now).then((excused(0, "outage", None, rule="outage"), now), (stopped(), now))


def test_the_end_is_met_at_the_next_moment_if_the_news_were_skipped():
    story = missed_story().knowing(knowing(ended("2026-03-07T12:00+01:00")))
    story.woken().then((stopped(), moment("2026-03-11T09:00+01:00")))


NOTHING_YET = scenario(check_ins, check_ins_of(PAIR, ANNA), start=MONDAY, reference_data=knowing())
STOPPED = begun().given(stopped())


@pytest.mark.parametrize(
    ("story", "event"),
    [
        (NOTHING_YET, missed(0)),
        (NOTHING_YET.given(started()), opened(0)),
        (STOPPED, scheduled(1)),
        (begun(), started()),
        (begun(), CheckInSuspended(**by("outage"), occasion=thursday(0).date(), due=thursday(0), cause="outage")),
    ],
    ids=[
        "missed before they began",
        "opened before one is scheduled",
        "scheduled after the end",
        "begun twice",
        "suspended without an end",
    ],
)
def test_a_history_that_cannot_be_is_never_folded(story: CheckInsStory, event: CheckInsEvent):
    with pytest.raises(ValueError, match="cannot follow"):
        story.given(event)


def test_check_ins_that_have_no_occasion_yet_wait_for_nothing():
    story = NOTHING_YET.given(started())
    assert story.wake_at is None
    story.woken(at=thursday(0)).nothing()
    with pytest.raises(NotFound):
        story.when(rules.submit, by=ANNA)
