"""What came of a form: kept for a day, so that a reload shows it again and no typed text is lost.

The address of the page names the outcome (``?_outcome=ID``). It can be read only with the secret in the cookie
``tandem-outcomes``, which stays the same when a person signs in.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any, Final, cast

from console.browsers.sealing import NotSealed, Secret
from eventlog import wall_now
from eventlog.stores.mongo import MongoClient, translating_errors

KEPT: Final = timedelta(days=1)
MOST_LISTED: Final = 300
"""Items of a list in an answer that an outcome keeps. A report of an import may have one for each line of the file."""
Fields = Sequence[tuple[str, str]]
WORDS: Final = ("text", "title", "description", "note", "need", "line", "place", "items", "to_questions[]", ".name")
"""How the names of fields end in which people write sentences."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``form`` is the form of the page. ``fields`` is what the person sent with it; empty if it was accepted,
    unless the form has ``_keep``.

    ``status`` is the status of the service's answer. It is 0 if no answer came: the service may have done it or not. It
    is 0 without a problem if the person only looks at what the form would bring. It is 401 if the session had ended.
    ``problem`` is the sentence that says why it was not accepted, ``faults`` are those of single fields, ``answer`` is
    what the service said.
    """

    form: str
    person: str | None
    status: int
    key: str
    fields: Fields = ()
    problem: str | None = None
    faults: Mapping[str, str] = field(default_factory=dict[str, str])
    answer: Mapping[str, Any] = field(default_factory=dict[str, Any])
    based_on: str | None = None

    @property
    def is_accepted(self) -> bool:
        """Whether the service did it."""
        return 200 <= self.status < 300

    @property
    def may_be_done(self) -> bool:
        """Whether the service may have done it, or was not asked: the form sends the same command again."""
        return self.status in (0, 401) or self.status >= 500

    @property
    def words(self) -> Sequence[str]:
        """The texts that the person had typed, for when the form is no longer there."""
        return [
            value
            for name, value in self.fields
            if value.strip() and (name.startswith("answers.") or name.partition(":")[0].endswith(WORDS))
        ]

    def typed(self, name: str) -> str | None:
        """What the person had typed into a field."""
        return next((value for each, value in reversed(self.fields) if each == name), None)

    def all_typed(self, name: str) -> Sequence[str]:
        """What the person had typed into fields of the same name."""
        return [value for each, value in self.fields if each == name]


def shortened(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer with the first items of long lists. ``left_out`` says how many of each list are missing."""
    lists = {name: cast("list[Any]", value) for name, value in answer.items() if isinstance(value, list)}
    long = {name: items for name, items in lists.items() if len(items) > MOST_LISTED}
    if not long:
        return answer
    left_out = {name: len(items) - MOST_LISTED for name, items in long.items()}
    return {**answer, **{name: items[:MOST_LISTED] for name, items in long.items()}, "left_out": left_out}


@translating_errors
class OutcomeStore:
    """The documents of outcomes. The database removes them after a day (TTL index)."""

    def __init__(self, mongo: MongoClient, database: str) -> None:
        self._documents = mongo.database(database)["outcomes"]

    async def prepare(self) -> None:
        """Create the index."""
        await self._documents.create_index("expires_at", expireAfterSeconds=0)

    async def keep(self, secret: Secret, outcome: Outcome) -> str:
        """Keep it, and give it an id."""
        named = secrets.token_urlsafe(12)
        sealed = secret.seal(asdict(outcome))
        document = {"_id": secret.name("outcome", named), "sealed": sealed, "expires_at": wall_now() + KEPT}
        await self._documents.insert_one(document)
        return named

    async def find(self, secret: Secret, named: str) -> Outcome | None:
        """The outcome; None if there is none of this browser."""
        found = await self._documents.find_one(
            {"_id": secret.name("outcome", named), "expires_at": {"$gt": wall_now()}}
        )
        if found is None:
            return None
        try:
            content: dict[str, Any] = secret.unseal(found["sealed"])
        except NotSealed:
            return None
        return Outcome(**content)
