"""Damage to good evidence, as dice decide: one thing dropped, doubled, swapped, altered or late, in one place or all.

Each function answers evidence that a sound suite could never leave behind.
"""

from collections.abc import Callable, Mapping
from random import Random

from tests.faults.damage import kept, lived, topics
from tests.faults.oracle import Evidence

Damage = Callable[[Evidence, Random], Evidence]

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
