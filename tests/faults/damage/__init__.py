"""Damage to good evidence, as dice decide: one thing dropped, doubled, swapped, altered or late, in one place or all.

Each function answers evidence that a sound suite could never leave behind.
"""

from collections.abc import Callable, Iterable, Mapping
from random import Random

from coaching_events.ids import StreamId
from tests.faults.damage import kept, lived, sessions, topics
from tests.faults.oracle import Evidence, follow_ups, meetings, reflections
from tests.faults.oracle.outcomes import Events

Damage = Callable[[Evidence, Random], Evidence]
Rule = Callable[[Evidence, Mapping[StreamId, Events]], Iterable[str]]

SEEN_BY: Mapping[Rule, tuple[Damage, ...]] = {
    meetings.faults: (
        sessions.a_meeting_doubled,
        sessions.a_meeting_dropped,
        sessions.a_meeting_early,
        sessions.a_meeting_at_another_time,
        sessions.a_rhythm_that_stops,
        sessions.a_rhythm_beyond_the_end,
        sessions.a_session_never_begun,
        sessions.a_session_begun_twice,
    ),
    follow_ups.faults: (
        sessions.a_follow_up_lost,
        sessions.a_follow_up_doubled,
        sessions.a_promise_that_its_owner_did_not_make,
        sessions.a_follow_up_with_other_words,
        sessions.a_refusal_that_goes_on,
        sessions.a_refusal_unheard,
    ),
    reflections.faults: (
        sessions.reflections_opened_twice,
        sessions.reflections_opened_early,
        sessions.reflections_opened_late,
        sessions.reflections_never_opened,
        sessions.a_reflection_in_an_event,
        sessions.a_reflection_rated_in_an_event,
        sessions.a_reflection_in_a_row,
        sessions.a_reflection_on_a_topic,
    ),
}
"""Damage that one rule of the oracle must see, whatever the others say."""

ALL: Mapping[str, Damage] = {
    each.__name__: each
    for each in (
        topics.a_record_dropped,
        topics.a_record_doubled,
        topics.records_swapped,
        topics.a_record_altered,
        topics.a_record_late,
        topics.a_repeat_altered,
        kept.a_row_dropped,
        kept.a_row_doubled,
        kept.rows_swapped,
        kept.a_row_altered,
        kept.a_row_late,
        kept.a_document_dropped,
        kept.an_entry_dropped,
        kept.an_entry_doubled,
        kept.entries_swapped,
        kept.a_document_altered,
        kept.a_document_late,
        lived.an_outcome_dropped,
        lived.an_outcome_doubled,
        lived.an_outcome_early,
        lived.an_outcome_late,
        lived.a_time_that_goes_back,
        lived.a_nudge_doubled,
        lived.a_word_dropped,
        lived.a_budget_exceeded,
        lived.check_ins_never_begun,
        lived.an_answer_lost,
        lived.a_mail_doubled,
    )
}
