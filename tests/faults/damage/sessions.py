"""A service that goes wrong around sessions: the meeting rhythm, follow-ups, reflections. All else agrees with it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from coaching_events.envelope import read
from coaching_events.ids import StreamId
from tests.faults.damage.lived import gone, lived, with_event
from tests.faults.damage.small_changes import HOUR
from tests.faults.oracle.evidence import Document, Evidence, Written

WEEK = timedelta(days=7)


def _telling(entry: Written, **changed: Any) -> Written:
    return replace(entry, data=json.dumps({**json.loads(entry.data), **changed}))


def _following(evidence: Evidence, dice: Random) -> tuple[Document, int]:
    """A meeting of a rhythm that followed on another one, the last of its kind."""
    found = {
        document.stream: (document, place)
        for document in evidence.documents
        for place in range(1, len(document.history))
        if [entry.type for entry in document.history[place - 1 : place + 1]] == 2 * ["meeting-scheduled"]
    }
    return dice.choice([*found.values()])


def _another(evidence: Evidence, document: Document) -> Evidence:
    """The same once more, under another id."""
    other = replace(document, stream=StreamId(f"{document.stream}-again"))
    return lived(replace(evidence, documents=[*evidence.documents, other]), other, document.history)


def a_meeting_doubled(evidence: Evidence, dice: Random) -> Evidence:
    """Two causes each named a next session."""
    document, place = with_event(evidence, dice, "meeting-scheduled")
    again = _telling(document.history[place], session="session_another")
    return lived(evidence, document, [*document.history[: place + 1], again, *document.history[place + 1 :]])


def a_meeting_dropped(evidence: Evidence, dice: Random) -> Evidence:
    """One has ended, and no next one follows."""
    document, place = _following(evidence, dice)
    return lived(evidence, document, document.history[:place])


def a_meeting_early(evidence: Evidence, dice: Random) -> Evidence:
    """The next one was named before the one before had ended."""
    document, place = _following(evidence, dice)
    history = list(document.history)
    history[place] = replace(history[place], at=history[place].at - HOUR)
    return lived(evidence, document, history)


def a_meeting_at_another_time(evidence: Evidence, dice: Random) -> Evidence:
    """It is not when the terms say."""
    document, place = with_event(evidence, dice, "meeting-scheduled")
    told, history = json.loads(document.history[place].data), list(document.history)
    later = {name: (datetime.fromisoformat(told[name]) + HOUR).isoformat() for name in ("start", "end")}
    history[place] = _telling(history[place], **later)
    return lived(evidence, document, history)


def a_rhythm_that_stops(evidence: Evidence, dice: Random) -> Evidence:
    """Nobody agreed to that."""
    document, place = _following(evidence, dice)
    entry = document.history[place]
    names = ("stream", "by", "partnership", "people")
    told = {name: value for name, value in json.loads(entry.data).items() if name in names}
    stopped = replace(entry, type="meetings-stopped", command="again", data=json.dumps({**told, "cause": "terms"}))
    return lived(evidence, document, [*document.history[:place], stopped])


def a_rhythm_beyond_the_end(evidence: Evidence, dice: Random) -> Evidence:
    """The partnership has ended, and its next session stands."""
    meetings, place = with_event(evidence, dice, "meeting-scheduled")
    pair = json.loads(meetings.history[place].data)["partnership"]
    document = next(each for each in evidence.documents if each.stream == pair)
    told = {"stream": pair, "by": "rule:test", "partnership": pair, "cause": "partner"}
    last = document.history[-1]
    ended = replace(last, type="partnership-ended", command="again", at=evidence.now, data=json.dumps(told))
    return lived(evidence, document, [*document.history, ended])


def a_session_never_begun(evidence: Evidence, dice: Random) -> Evidence:
    """The rhythm named it, and that was all."""
    document, place = with_event(evidence, dice, "meeting-scheduled")
    return gone(evidence, json.loads(document.history[place].data)["session"])


def a_session_begun_twice(evidence: Evidence, dice: Random) -> Evidence:
    document, place = with_event(evidence, dice, "meeting-scheduled")
    session = json.loads(document.history[place].data)["session"]
    return _another(evidence, next(each for each in evidence.documents if each.stream == session))


def _taken(evidence: Evidence, dice: Random, *types: str) -> Document:
    """What became of a follow-up."""
    return dice.choice(
        [each for each in evidence.documents if each.history[0].type in types and each.history[0].cause is not None]
    )


def a_follow_up_lost(evidence: Evidence, dice: Random) -> Evidence:
    return gone(evidence, _taken(evidence, dice, "commitment-made", "commitment-requested").stream)


def a_follow_up_doubled(evidence: Evidence, dice: Random) -> Evidence:
    return _another(evidence, _taken(evidence, dice, "commitment-made", "commitment-requested"))


def a_promise_that_its_owner_did_not_make(evidence: Evidence, dice: Random) -> Evidence:
    """The other recorded it, and it bound its owner at once."""
    document = _taken(evidence, dice, "commitment-requested")
    first = document.history[0]
    told = json.loads(first.data)
    made = replace(_telling(first, by=told["owner"], grace_end=told["due"]), type="commitment-made")
    return lived(evidence, document, [made])


def a_follow_up_with_other_words(evidence: Evidence, dice: Random) -> Evidence:
    document = _taken(evidence, dice, "commitment-made", "commitment-requested", "follow-up-not-taken")
    return lived(evidence, document, [_telling(document.history[0], text="Something else"), *document.history[1:]])


def a_refusal_that_goes_on(evidence: Evidence, dice: Random) -> Evidence:
    """It was not taken, and then something was."""
    document = _taken(evidence, dice, "follow-up-not-taken")
    return lived(evidence, document, [*document.history, replace(document.history[0], command="again")])


def a_refusal_unheard(evidence: Evidence, dice: Random) -> Evidence:
    """It was not taken, and nobody told the one who had recorded it."""
    refused = f"{_taken(evidence, dice, 'follow-up-not-taken').stream}@1"
    document = next(
        each
        for each in evidence.documents
        if any(entry.type == "message-received" and refused in entry.data for entry in each.history)
    )
    place = next(place for place, entry in enumerate(document.history) if refused in entry.data)
    return lived(evidence, document, document.history[:place])


def _looking_back(evidence: Evidence, dice: Random, change: Callable[[list[Written], int], list[Written]]) -> Evidence:
    """The history of a session in which both looked back, changed around the opening, which is at this place."""
    document, place = with_event(evidence, dice, "reflections-opened")
    return lived(evidence, document, change([*document.history], place))


def reflections_opened_twice(evidence: Evidence, dice: Random) -> Evidence:
    return _looking_back(evidence, dice, lambda told, at: [*told, replace(told[at], command="again")])


def reflections_opened_early(evidence: Evidence, dice: Random) -> Evidence:
    """Only one of the two had written."""
    return _looking_back(evidence, dice, lambda told, at: [*told[: at - 1], *told[at:]])


def reflections_opened_late(evidence: Evidence, dice: Random) -> Evidence:
    """The second was written more than a week after the first."""

    def later(told: list[Written], at: int) -> list[Written]:
        return [*told[: at - 1], *(replace(each, at=each.at + WEEK + HOUR) for each in told[at - 1 :])]

    return _looking_back(evidence, dice, later)


def reflections_never_opened(evidence: Evidence, dice: Random) -> Evidence:
    return _looking_back(evidence, dice, lambda told, at: [*told[:at], *told[at + 1 :]])


def a_reflection_in_an_event(evidence: Evidence, dice: Random) -> Evidence:
    """Its words went along with a note that somebody wrote."""
    document = dice.choice([each for each in evidence.documents if each.stream.startswith("session_")])
    first = _telling(document.history[0], note=dice.choice(evidence.sealed))
    return lived(evidence, document, [first, *document.history[1:]])


def a_reflection_rated_in_an_event(evidence: Evidence, dice: Random) -> Evidence:
    document, place = with_event(evidence, dice, "reflection-written")
    history = [*document.history]
    history[place] = _telling(history[place], heard=4)
    return lived(evidence, document, history)


def a_reflection_in_a_row(evidence: Evidence, dice: Random) -> Evidence:
    """Another service knows its words."""
    rows = [*evidence.rows]
    place = dice.randrange(len(rows))
    rows[place] = replace(rows[place], value={**(rows[place].value or {}), "said": dice.choice(evidence.sealed)})
    return replace(evidence, rows=rows)


def a_reflection_on_a_topic(evidence: Evidence, dice: Random) -> Evidence:
    """Its words stand in a header."""
    records = [*evidence.records]
    place = dice.choice([n for n, each in enumerate(records) if read(each.headers).type == "reflection-written"])
    words = ("ce_line", dice.choice(evidence.sealed).encode())
    records[place] = replace(records[place], headers=(*records[place].headers, words))
    return replace(evidence, records=records)
