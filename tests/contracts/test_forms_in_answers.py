"""What the OpenAPI documents tell of answers: ids with their forms, moments in one format, each name once."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from pydantic import AwareDatetime, PlainSerializer, TypeAdapter

from coaching_events.moment import Moment
from service_kit.bodies import View
from service_kit.http import Accepted
from service_kit.process.documents import openapi
from tests.delivery.routes import DEFINITIONS

_MADE: dict[str, Any] = dict(DEFINITIONS)
DOCUMENTS = {service: openapi(made) for service, made in _MADE.items()}
KINDS = {"person", "calendar", "partnership", "goal", "commitment", "check_ins", "session", "recipient"}


def views(of: type[View] = View) -> Iterator[type[View]]:
    for view in of.__subclasses__():
        yield view
        yield from views(view)


def formless(annotation: Any) -> bool:
    """Whether a moment in it would be written as pydantic likes, and not in the format of the wire."""
    if any(isinstance(each, PlainSerializer) for each in getattr(annotation, "__metadata__", ())):
        return False
    return annotation in (datetime, AwareDatetime) or any(map(formless, get_args(annotation)))


def test_every_moment_of_an_answer_has_the_one_format():
    fields = [(view, name, field.rebuild_annotation()) for view in views() for name, field in view.model_fields.items()]
    assert len(fields) > 100
    assert [(view.__name__, name) for view, name, annotation in fields if formless(annotation)] == []
    assert TypeAdapter(Moment).dump_json(datetime(2026, 3, 2, 9, tzinfo=UTC)) == b'"2026-03-02T09:00:00.000Z"'


def test_a_moment_of_an_answer_is_told_as_one():
    at = Accepted.model_json_schema(mode="serialization")["$defs"]["HistoryEntry"]["properties"]["at"]
    assert (at["type"], at["format"]) == ("string", "date-time")


@pytest.mark.parametrize("service", DOCUMENTS)
def test_ids_are_told_with_their_form(service: str):
    answer = DOCUMENTS[service]["components"]["schemas"]["Accepted"]["properties"]
    assert answer["position"]["pattern"] == "^[a-z][a-z-]{0,30}_[!-~]{1,150}@[0-9]{1,10}$"
    told = {
        parameter["name"]: parameter["schema"].get("pattern", "")
        for path in DOCUMENTS[service]["paths"].values()
        for operation in path.values()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "path" and parameter["name"] in KINDS
    }
    assert told == {name: f"^{name.replace('_', '-')}_[!-~]{{1,150}}$" for name in told}
    assert told or service == "notifications"


@pytest.mark.parametrize("service", DOCUMENTS)
def test_no_two_schemas_of_a_service_have_one_name(service: str):
    # FastAPI tells two models of one name apart by the modules they are in: generators then lose a route.
    schemas = DOCUMENTS[service]["components"]["schemas"]
    titles = [schema.get("title", name) for name, schema in schemas.items()]
    assert not [name for name in schemas if "__" in name]
    assert len(titles) == len(set(titles))
