"""Other terms: proposed, countered, agreed, rejected, withdrawn; sharing narrowed by either."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from coaching_events.events.partnership import (
    MeetingRhythm,
    PartnershipEvent,
    SharingNarrowed,
    Terms,
    TermsAgreed,
    TermsProposed,
    TermsRejected,
    TermsWithdrawn,
)
from coaching_events.ids import PersonId, Position
from partnerships.partnership.draft import SharingDraft
from partnerships.partnership.figures import PairFigures
from partnerships.partnership.rules import terms as terms_rules
from partnerships.partnership.state import AnyPartnership
from partnerships.reference_data import PeopleReferenceData
from tests.rules.given import History
from tests.rules.partnerships.pair import (
    agreed,
    anna,
    anna_answers_by,
    asked,
    asked_for_more,
    ben,
    ben_answers_by,
    draft,
    monday,
    more_reminders,
    pair,
    sharing,
    terms,
    usual,
)


def test_either_proposes_other_terms_with_the_next_version():
    agreed.when(terms_rules.propose_terms, by=anna, draft=draft(reminders=3)).then(more_reminders())
    agreed.when(terms_rules.propose_terms, by=ben, draft=draft(reminders=3)).then(
        more_reminders(by=ben, answer_by=anna_answers_by)
    )


def test_one_text_is_on_the_table_at_a_time():
    refusal = asked_for_more.when(terms_rules.propose_terms, by=ben, draft=draft(reminders=1)).refused(
        "terms-on-the-table"
    )
    assert refusal.extensions == {"version": 2}


def test_terms_that_are_in_force_are_not_proposed():
    agreed.when(terms_rules.propose_terms, by=anna, draft=draft(reminders=2)).refused("nothing-would-change")
    asked_for_more.when(terms_rules.counter_terms, by=ben, version=2, draft=draft(reminders=3)).refused(
        "nothing-would-change"
    )


def test_the_other_agrees_and_the_terms_are_in_force():
    asked_for_more.when(terms_rules.agree_terms, by=anna, version=2).refused("your-own-proposal")
    asked_for_more.when(terms_rules.agree_terms, by=ben, version=1).refused("other-terms")
    in_force = asked_for_more.when(terms_rules.agree_terms, by=ben, version=2).then(
        TermsAgreed(by=ben, partnership=pair, terms=terms(2, reminders=3))
    )
    in_force.when(terms_rules.agree_terms, by=ben, version=2).refused("no-terms-on-the-table")


def test_a_counter_proposal_takes_the_place_of_what_it_answers():
    countered = asked_for_more.when(terms_rules.counter_terms, by=ben, version=2, draft=draft(check_in_grace=3)).then(
        TermsProposed(
            by=ben,
            partnership=pair,
            terms=terms(3, reminders=3, check_in_grace=3),
            counters=Position("partnership_1@3"),
            answer_by=anna_answers_by,
        )
    )
    countered.when(terms_rules.agree_terms, by=anna, version=2).refused("other-terms")
    countered.when(terms_rules.agree_terms, by=anna, version=3).follows()


def test_saying_no_and_taking_back_leave_the_terms_in_force():
    rejected = asked_for_more.when(terms_rules.reject_terms, by=ben, version=2).then(
        TermsRejected(by=ben, partnership=pair, version=2)
    )
    asked_for_more.when(terms_rules.withdraw_terms, by=ben, version=2).refused("not-your-proposal")
    asked_for_more.when(terms_rules.withdraw_terms, by=anna, version=2).then(
        TermsWithdrawn(by=anna, partnership=pair, version=2)
    )
    again = rejected.when(terms_rules.propose_terms, by=ben, draft=draft(reminders=1)).follows()
    assert again.events[-1].type == "terms-proposed"
    assert again.state is not None
    assert again.state.status == "formed"
    assert again.state.versions == 3


def test_who_took_terms_back_five_times_a_day_proposes_again_later_and_the_other_may_at_any_time():
    story, more = agreed, draft(reminders=3)
    for version in range(2, 7):
        asking = story.when(terms_rules.propose_terms, by=anna, draft=more).follows()
        story = asking.when(terms_rules.withdraw_terms, by=anna, version=version).follows()
    tomorrow = monday + timedelta(days=1)
    refusal = story.when(terms_rules.propose_terms, by=anna, draft=more).refused("taken-back-too-often")
    assert refusal.extensions == {"until": tomorrow, "most": 5}
    story.when(terms_rules.propose_terms, by=anna, at=tomorrow, draft=more).follows()
    story.when(terms_rules.propose_terms, by=ben, draft=more).follows()


def test_nothing_is_proposed_before_the_partnership_is_formed():
    asked.when(terms_rules.propose_terms, by=ben, draft=draft(reminders=3)).refused("not-formed")


fridays = {"rhythm": "freq=weekly;byday=fr", "local_time": "10:00", "minutes": 30}
"""What Anna says of meetings; the zone and the first day are left to the defaults."""


def meetings(**other: Any) -> MeetingRhythm:
    said: dict[str, Any] = {"rhythm": "FREQ=WEEKLY;BYDAY=FR", "starting": "2026-03-02", "local_time": "10:00"}
    return MeetingRhythm.model_validate({**said, "zone": "Europe/Berlin", "minutes": 30, **other})


def in_force(text: Terms) -> History[AnyPartnership, PartnershipEvent, PeopleReferenceData]:
    """Anna proposed these terms, and Ben agreed."""
    asking = TermsProposed(by=anna, partnership=pair, terms=text, answer_by=ben_answers_by)
    return agreed.given(asking, TermsAgreed(by=ben, partnership=pair, terms=text))


def test_terms_name_questions_of_the_pairs_own_and_leave_all_else():
    asked_too = ("What helped you?", "What do you need?")
    agreed.when(terms_rules.propose_terms, by=anna, draft=draft(questions=asked_too)).then(
        TermsProposed(by=anna, partnership=pair, terms=terms(2, questions=asked_too), answer_by=ben_answers_by)
    )


def test_other_questions_take_the_place_of_all_and_none_remove_them():
    with_two = in_force(terms(2, questions=("One?", "Two?")))
    with_two.when(terms_rules.propose_terms, by=anna, draft=draft(questions=["Three?"])).then(
        TermsProposed(by=anna, partnership=pair, terms=terms(3, questions=("Three?",)), answer_by=ben_answers_by)
    )
    with_two.when(terms_rules.propose_terms, by=anna, draft=draft(questions=[])).then(
        TermsProposed(by=anna, partnership=pair, terms=terms(3), answer_by=ben_answers_by)
    )
    with_two.when(terms_rules.propose_terms, by=anna, draft=draft(questions=["One?", "Two?"])).refused(
        "nothing-would-change"
    )


def test_terms_name_a_rhythm_of_meetings_in_the_proposers_zone_from_the_start_of_the_check_ins():
    agreed.when(terms_rules.propose_terms, by=anna, draft=draft(meetings=fridays)).then(
        TermsProposed(by=anna, partnership=pair, terms=terms(2, meetings=meetings()), answer_by=ben_answers_by)
    )
    elsewhere = {**fridays, "zone": "Asia/Tokyo", "starting": "2026-03-13", "place": "Room 4"}
    by_ben = agreed.when(terms_rules.propose_terms, by=ben, draft=draft(meetings=elsewhere)).follows()
    assert by_ben.events[-1] == TermsProposed(
        by=ben,
        partnership=pair,
        terms=terms(2, meetings=meetings(zone="Asia/Tokyo", starting="2026-03-13", place="Room 4")),
        answer_by=anna_answers_by,
    )


def test_meetings_stay_until_terms_say_otherwise_and_none_removes_them():
    meeting = in_force(terms(2, meetings=meetings()))
    meeting.when(terms_rules.propose_terms, by=anna, draft=draft(reminders=3)).then(
        TermsProposed(
            by=anna, partnership=pair, terms=terms(3, reminders=3, meetings=meetings()), answer_by=ben_answers_by
        )
    )
    meeting.when(terms_rules.propose_terms, by=anna, draft=draft(meetings="none")).then(
        TermsProposed(by=anna, partnership=pair, terms=terms(3), answer_by=ben_answers_by)
    )
    agreed.when(terms_rules.propose_terms, by=anna, draft=draft(meetings="none")).refused("nothing-would-change")


def test_meetings_start_between_today_and_a_year_from_now_or_as_they_did():
    for starting, refusal in (("2026-03-01", "starts-in-the-past"), ("2027-03-04", "starts-too-late")):
        agreed.when(
            terms_rules.propose_terms, by=anna, draft=draft(meetings={**fridays, "starting": starting})
        ).refused(refusal)
    running = in_force(terms(2, meetings=meetings(starting="2026-01-09")))
    kept = {**fridays, "minutes": 45, "starting": "2026-01-09"}
    running.when(terms_rules.propose_terms, by=anna, draft=draft(meetings=kept)).follows()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"questions": ["Why?"] * 11}, "at most 10 items"),
        ({"questions": [" "]}, "at least 1 character"),
        ({"meetings": {**fridays, "rhythm": "FREQ=YEARLY"}}, "FREQ cannot be used here"),
        ({"meetings": {**fridays, "minutes": 4}}, "greater than or equal to 5"),
        ({"meetings": {**fridays, "minutes": 481}}, "less than or equal to 480"),
        ({"meetings": {**fridays, "zone": "Europe/Atlantis"}}, "no time zone"),
        ({"meetings": {"rhythm": "FREQ=DAILY"}}, "Field required"),
    ],
)
def test_questions_and_meetings_that_cannot_be_are_refused_with_a_sentence(said: dict[str, Any], sentence: str):
    with pytest.raises(ValidationError, match=sentence):
        draft(**said)


def test_terms_written_before_have_no_questions_and_no_meetings():
    before = usual.model_dump(mode="json", exclude={"questions", "meetings"})
    assert Terms.model_validate(before) == usual
    assert (usual.questions, usual.meetings) == ((), None)


shared = agreed.given(
    TermsProposed(
        by=anna,
        partnership=pair,
        answer_by=anna_answers_by,
        terms=terms(2, sharing=(sharing("check-in-missed", "commitment-made"),)),
    ),
    TermsAgreed(by=ben, partnership=pair, terms=terms(2, sharing=(sharing("check-in-missed", "commitment-made"),))),
)


def left(*types: str, **more: Any) -> SharingDraft:
    return SharingDraft.model_validate({"audience": "recognition", "types": types, **more})


@pytest.mark.parametrize("who", [anna, ben])
def test_either_narrows_the_sharing_alone(who: PersonId):
    narrower = shared.when(terms_rules.narrow_sharing, by=who, sharing=[left("commitment-made")]).then(
        SharingNarrowed(by=who, partnership=pair, terms=terms(3, sharing=(sharing("commitment-made"),)))
    )
    narrower.when(terms_rules.narrow_sharing, by=who, sharing=[left("commitment-made")]).nothing()
    narrower.when(terms_rules.narrow_sharing, by=who, sharing=[left("check-in-missed")]).refused("only-both-may-widen")
    narrower.when(terms_rules.narrow_sharing, by=who, sharing=[]).follows()


def test_an_earlier_end_is_narrower_and_another_audience_is_not():
    may = monday + timedelta(days=60)
    shared.when(terms_rules.narrow_sharing, by=ben, sharing=[left("commitment-made", until=may)]).follows()
    shared.when(terms_rules.narrow_sharing, by=ben, sharing=[left("commitment-made", audience="press")]).refused(
        "only-both-may-widen"
    )
    shared.when(terms_rules.narrow_sharing, by=ben, sharing=[left("commitment-made", until=monday)]).refused(
        "sharing-until-the-past"
    )


def test_who_narrows_takes_back_wider_terms_of_their_own():
    wide = terms(3, reminders=3, sharing=(sharing("check-in-missed", "commitment-made"),))
    for_ben = shared.given(more_reminders(3, terms=wide))
    for_ben.when(terms_rules.narrow_sharing, by=anna, sharing=[]).then(
        TermsWithdrawn(by=anna, partnership=pair, version=3), SharingNarrowed(by=anna, partnership=pair, terms=terms(4))
    )
    for_ben.when(terms_rules.narrow_sharing, by=ben, sharing=[]).then(
        SharingNarrowed(by=ben, partnership=pair, terms=terms(4))
    )


CANNOT_BE: list[dict[str, Any]] = [
    {"rhythm": "FREQ=HOURLY"},
    {"rhythm": "every week"},
    {"check_in_grace": 6},
    {"promise_grace": -1},
    {"reminders": 2.5},
    {"show_reliability": "yes"},
    {"starting": "2026-02-30"},
    {"starting": "3026-02-01"},
    {"local_time": "15:00Z"},
    {"sharing": [{"audience": "recognition", "types": ["everything"]}]},
    {"sharing": [{"audience": "recognition", "types": []}]},
    {"coach": "person_1"},
]


@pytest.mark.parametrize("wrong", CANNOT_BE)
def test_terms_that_cannot_be_are_refused(wrong: dict[str, Any]):
    with pytest.raises(ValidationError):
        draft(**wrong)


def test_an_installation_says_how_many_questions_of_their_own_a_pair_has():
    one = PairFigures(questions=1)
    asking: dict[str, Any] = {"by": anna, "figures": one}
    agreed.when(terms_rules.propose_terms, draft=draft(questions=["One?"]), **asking).follows()
    refusal = agreed.when(terms_rules.propose_terms, draft=draft(questions=["One?", "Two?"]), **asking).refused(
        "too-many-questions"
    )
    assert refusal.extensions == {"most": 1}
    with_two = in_force(terms(2, questions=("One?", "Two?")))
    with_two.when(terms_rules.propose_terms, draft=draft(reminders=3), **asking).follows()
