"""When a person is deactivated, the partners who asked them something learn that no answer comes for now.

Of several questions in one partnership only the first is named.
"""

from coaching_events.envelope import Recorded
from coaching_events.events.person import PersonDeactivated
from coaching_events.ids import PersonId
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from notifications.reactions.news.asked import open_questions, tell_no_answer

NAME = "when_person_deactivated_then_tell_who_asked_them"


async def _tell(gone: Recorded[PersonDeactivated], log: EventLog) -> None:
    questions = await open_questions(log, PersonId(gone.stream), gone.at)
    first = {entry.partnership: entry for entry in reversed(questions)}
    for question in first.values():
        await tell_no_answer(log, gone, NAME, question)


reaction = Reaction(name=NAME, on=(PersonDeactivated,), react=_tell)
