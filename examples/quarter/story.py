"""The quarter of one pair in plain words, from the answers of the services, with the reason of every nudge."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from examples.quarter.person import Json, Person
from examples.quarter.table import Line

PROMISE: Mapping[str, str] = {
    "commitment-requested": "{by} asks {owner}: “{text}”",
    "commitment-request-declined": "{owner} says no to “{text}”",
    "commitment-request-lapsed": "nobody answers “{text}”, so nothing is owed",
    "commitment-made": "{owner} promises: “{text}”, until {due}",
    "commitment-kept": "{owner} has kept “{text}”",
    "commitment-missed": "“{text}” is missed; {owner} can still keep it",
    "commitment-suspended": "“{text}” fell due while it should not have ({cause}), so it counts as not due{until}",
    "commitment-released": "{owner} no longer owes “{text}”",
    "renegotiation-proposed": "{owner} asks for another date for “{text}”: {due}",
    "renegotiation-declined": "{partner} keeps counting on the first date of “{text}”",
    "renegotiation-lapsed": "the question for another date for “{text}” lapses",
    "commitment-renegotiated": "“{text}” has a new date: {due}{silence}",
    "release-proposed": "{owner} asks {partner} to let “{text}” go",
    "release-declined": "{partner} still counts on “{text}”",
    "release-lapsed": "the question to let “{text}” go lapses",
    "answer-extended": "there is more time to answer about “{text}”",
    "declaration-withdrawn": "{owner} takes back having kept “{text}”",
}
OCCASION: Mapping[str, str] = {
    "submitted": "{owner} checks in",
    "missed": "{owner} misses the check-in of {day}",
    "excused": "{owner} is excused from the check-in of {day} ({cause})",
    "suspended": "the check-in of {owner} of {day} counts as not yet due ({cause})",
}
SESSION: Mapping[str, str] = {
    "scheduled": "a session is agreed",
    "held": "they meet",
    "missed": "they do not meet: {missed} was not there",
    "cancelled": "a session is cancelled",
    "lapsed": "a session comes to nothing",
    "disputed": "they remember a session differently: something to talk about",
}

Told = tuple[datetime, str]


def story(line: Line, people: Iterable[Person]) -> list[str]:
    """Sentences in the order of their moments, each with its day."""
    names = {person.id: person.name.split()[0] for person in people}
    told: list[Told] = []
    for promise, history in zip(line.promises, line.histories, strict=True):
        told += _promise(promise, history, names)
    for stream in line.check_ins:
        told += _occasions(stream, names)
    for session in line.sessions:
        told += _session(session, names)
    for person, inbox in line.inboxes:
        told += _inbox(person, inbox, line.couple.partnership)
    return [f"{at:%a %d %b}  {sentence}" for at, sentence in sorted(told)]


def fingerprint(lines: Iterable[Line], people: Iterable[Person]) -> str:
    """Equal for two runs in which all people had the same acts, results and messages."""
    known = tuple(people)
    told = "\n".join(sentence for line in lines for sentence in story(line, known))
    return sha256(told.encode()).hexdigest()[:12]


def _promise(promise: Json, history: Sequence[Json], names: Mapping[str, str]) -> Iterable[Told]:
    words = {
        "owner": names[promise["owner"]],
        "partner": names[promise["partner"]],
        "text": promise["text"] or "(erased)",
    }
    for event in history:
        facts = event["data"]
        sentence = PROMISE.get(event["type"], event["type"]).format(
            **words,
            by=names.get(facts["by"], "nobody"),
            due=_day(facts.get("due")),
            cause=facts.get("cause", ""),
            until=f", until {_day(facts['until'])}" if facts.get("until") else "",
            silence=" (silence means yes)" if facts.get("by_silence") else "",
        )
        yield datetime.fromisoformat(event["at"]), sentence


def _occasions(stream: Json, names: Mapping[str, str]) -> Iterable[Told]:
    for occasion in stream["past"]:
        submitted = occasion["submitted"]
        at = submitted["at"] if submitted else occasion["grace_end"]
        template = OCCASION.get(occasion["status"])
        if template is not None:
            late = " late, which is welcome" if submitted and submitted["late"] else ""
            sentence = template.format(
                owner=names[stream["owner"]], day=_day(occasion["due"]), cause=occasion["cause"] or ""
            )
            yield datetime.fromisoformat(at), sentence + late


def _session(session: Json, names: Mapping[str, str]) -> Iterable[Told]:
    if session["status"] in SESSION:
        missed = " and ".join(names[person] for person in session["missed_by"])
        yield datetime.fromisoformat(session["start"]), SESSION[session["status"]].format(missed=missed)


def _inbox(person: Person, inbox: Sequence[Json], partnership: str) -> Iterable[Told]:
    for message in inbox:
        if message["kind"] == "news":
            continue  # the story already has what they tell
        entries = [entry for entry in message["entries"] if entry["partnership"] == partnership]
        if entries:
            whys = "".join(f"\n             why: {entry['why']}" for entry in entries)
            words = message["text"].replace("\n\n", " ")
            yield datetime.fromisoformat(message["at"]), f"{person.name.split()[0]} is told — {words}{whys}"


def _day(instant: str | None) -> str:
    return "" if instant is None else f"{datetime.fromisoformat(instant):%a %d %b}"
