"""Patterns of ids for the OpenAPI document: they show of which kind the id in a field or a path is."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from coaching_events import ids

_LATER = "[!-~]{1,150}"
_ANY = "[a-z][a-z-]{0,30}"
_KINDS: Mapping[Any, str] = {
    ids.PersonId: "person",
    ids.ConflictId: "conflict",
    ids.CalendarId: "calendar",
    ids.PartnershipId: "partnership",
    ids.GoalId: "goal",
    ids.CommitmentId: "commitment",
    ids.CheckInsId: "check-ins",
    ids.SessionId: "session",
    ids.MeetingsId: "meetings",
    ids.FeedId: "feed",
    ids.RecipientId: "recipient",
    ids.MailboxId: "mailbox",
}
_FORMS: Mapping[Any, str] = {
    **{type: f"^{kind}_{_LATER}$" for type, kind in _KINDS.items()},
    ids.StreamId: f"^{_ANY}_{_LATER}$",
    ids.Position: f"^{_ANY}_{_LATER}@[0-9]{{1,10}}$",
}


class WithIdForms(BaseModel):
    """A model whose JSON Schema has the pattern of each id and position. It checks nothing."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        made = handler(schema)
        shown = handler.resolve_ref_schema(made).get("properties", {})
        for name, field in cls.model_fields.items():
            form = next(_forms_in(field.annotation), None)
            if form is not None and name in shown:
                _show(shown[name], form)
        return made


def form_of_kind(kind: str) -> str | None:
    """The pattern of ids of a kind, for example ``check-ins``; None if there is no such kind."""
    return f"^{kind}_{_LATER}$" if kind in _KINDS.values() else None


def _forms_in(annotation: Any) -> Iterator[str]:
    if isinstance(form := _FORMS.get(annotation), str):
        yield form
    for part in get_args(annotation):
        yield from _forms_in(part)


def _show(schema: dict[str, Any], form: str) -> None:
    """Set the pattern of texts in a schema, also in its alternatives and lists."""
    if schema.get("type") == "string" and not schema.keys() & {"format", "enum", "pattern"}:
        schema["pattern"] = form
    items = schema.get("items")
    for part in (*schema.get("anyOf", ()), *schema.get("prefixItems", ()), *([items] if items else ())):
        _show(part, form)
