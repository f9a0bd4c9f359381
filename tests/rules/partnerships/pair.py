"""Two people, Anna in Berlin and Ben in New York, and what they say to each other."""

from datetime import date, datetime
from typing import Any

from coaching_events.events.partnership import PartnershipFormed, PartnershipProposed, Sharing, Terms, TermsProposed
from coaching_events.ids import PartnershipId, StreamId
from partnerships.partnership import partnerships
from partnerships.partnership.draft import TermsDraft
from partnerships.partnership.state import pair_of
from tests.rules import the_pair
from tests.rules.given import scenario
from tests.rules.partnerships.people import knowing, moment, person_id, somebody

monday = moment("2026-03-02T09:00+01:00")
anna, ben = person_id("1"), person_id("2")
pair = PartnershipId(StreamId("partnership_1"))
both = knowing([somebody("1"), somebody("2", zone="America/New_York")])

usual = the_pair.terms(starting=date(2026, 3, 2))
# Ten working days after Monday, 2 March: Monday, 16 March, at the end of Ben's work and of Anna's.
ben_answers_by = moment("2026-03-16T17:00-04:00")
anna_answers_by = moment("2026-03-16T17:00+01:00")


def terms(version: int = 1, **other: Any) -> Terms:
    return usual.model_copy(update={"version": version, **other})


def draft(**said: Any) -> TermsDraft:
    return TermsDraft.model_validate(said)


def sharing(*types: str, audience: str = "recognition", until: datetime | None = None) -> Sharing:
    return Sharing(audience=audience, types=types, until=until)


def proposed(**other: Any) -> PartnershipProposed:
    said: dict[str, Any] = {"by": anna, "other": ben, "ordinal": 1, "terms": usual, "answer_by": ben_answers_by}
    return PartnershipProposed(partnership=pair, **{**said, **other})


def formed(text: Terms = usual) -> PartnershipFormed:
    return PartnershipFormed(by=ben, partnership=pair, people=(anna, ben), terms=text)


def more_reminders(version: int = 2, **other: Any) -> TermsProposed:
    """Anna would like three reminders a week."""
    said: dict[str, Any] = {"by": anna, "terms": terms(version, reminders=3), "answer_by": ben_answers_by}
    return TermsProposed(partnership=pair, **{**said, **other})


nothing_yet = scenario(partnerships, pair, start=monday, reference_data=both)
asked = nothing_yet.given(proposed())
agreed = asked.given(formed())
asked_for_more = agreed.given(more_reminders())

assert pair_of(anna, ben) == pair_of(ben, anna)
