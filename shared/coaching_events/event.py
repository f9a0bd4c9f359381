"""The base of every event: a frozen fact in the past tense, with the person who did it."""

import json
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, JsonValue

from coaching_events.ids import PartnershipId, PersonId, RuleName, StreamId

T = TypeVar("T")


class Cipher(BaseModel):
    """A text that only the holder of ``key`` can read: ``cipher`` is base64."""

    model_config = ConfigDict(frozen=True)

    key: str
    cipher: str


CONFIDENTIAL: dict[str, JsonValue] = {"confidential": True}
"""The mark of confidential fields in the JSON Schema."""

Confidential = Annotated[T | Cipher | None, Field(json_schema_extra=CONFIDENTIAL)]
"""People's words and names: a plain value, a cipher, or absent (erased). No rule branches on one."""


def formerly(name: str, *others: str) -> Any:
    """The mark of a field that was written under other names before: those are read for ever, this one is written."""
    return Field(validation_alias=AliasChoices(name, *others))


BASED_ON = formerly("based_on", "taken")


class Event(BaseModel):
    """A fact. Consumers ignore fields they do not know, so fields may be added, never reused.

    ``by`` is the person who did it, or ``rule:<name>`` when a rule decided.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str]

    by: PersonId | RuleName


def data_of(stream: StreamId, event: Event) -> str:
    """An event's data as it is stored and sent: JSON of the fields that are not absent, and the id of its stream.

    So a reader of the value alone knows its stream. In Python the id is beside the event, not in it.
    """
    return f'{{"stream":{json.dumps(stream)},{event.model_dump_json(exclude_none=True)[1:]}'


class Value(BaseModel):
    """A part of an event without a name."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class PairEvent(Event):
    """A fact inside one partnership."""

    partnership: PartnershipId


class Noted(BaseModel):
    """A note to the partner that a person's command may have: a reason, a place, thanks."""

    note: Confidential[str] = None


class OwnedEvent(PairEvent):
    """A fact about something that ``owner`` does and ``partner`` counts on."""

    owner: PersonId
    partner: PersonId
