"""Every route of every service, from the OpenAPI documents, and how to ask it: its parameters and its body."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from httpx import Response

from goals.app import definition as goals
from notifications.app import definition as notifications
from partnerships.app import definition as partnerships
from service_kit.process.documents import openapi
from sessions.app import definition as sessions
from tests.delivery.company import Json, Somebody

DEFINITIONS = {"partnerships": partnerships, "goals": goals, "sessions": sessions, "notifications": notifications}

BODIES: Mapping[str, Json] = {
    "POST /partnerships": {"other": {"source": "nowhere", "external_id": "nobody"}},
    "POST /partnerships/{partnership}/accept": {"version": 1},
    "POST /partnerships/{partnership}/terms": {"terms": {"reminders": 3}},
    "POST /partnerships/{partnership}/terms/{version}/counter": {"terms": {"reminders": 4}},
    "POST /partnerships/{partnership}/narrow-sharing": {"sharing": []},
    "POST /people": {"source": "walk", "external_id": "new", "display_name": "New", "zone": "Europe/Berlin"},
    "POST /people/{person}/identities": {"source": "walk", "external_id": "linked"},
    "POST /people/{person}/identities/unlink": {"source": "walk", "external_id": "linked"},
    "POST /people/{person}/identities/move": {
        "source": "walk",
        "external_id": "linked",
        "holder": "person_00000000000000000000000000000000",
    },
    "POST /conflicts/link-by-email": {"source": "walk", "confirm": 0},
    "POST /people/{person}/absences": {"first": "2026-07-06", "last": "2026-07-10"},
    "POST /people/{person}/absences/withdraw": {"absence": "person_0@1"},
    "POST /calendars": {"region": "DE-BE", "year": 2026},
    "PUT /calendars/{calendar}": {"days": [{"day": "2026-12-25", "name": "Christmas Day"}]},
    "POST /roster": {
        "shape": {"source": "walk", "columns": {"external_id": "id", "display_name": "name", "zone": "zone"}},
        "csv": "id,name,zone\n1,Somebody New,Europe/Berlin",
    },
    "POST /partnerships/{partnership}/requests": {"text": "A call", "due": {"on": "2027-01-04"}},
    "POST /partnerships/{partnership}/commitments": {"text": "A walk", "due": {"on": "2027-01-04"}},
    "POST /terms/preview": {"other": {"source": "nowhere", "external_id": "nobody"}},
    "POST /partnerships/{partnership}/commitments/preview": {"due": {"on": "2027-01-04"}},
    "POST /partnerships/{partnership}/requests/preview": {"due": {"on": "2027-01-04"}},
    "POST /check-ins/{check_ins}/submit": {"need": "A walk"},
    "POST /check-ins/{check_ins}/revise": {"need": "A long walk"},
    "POST /check-ins/{check_ins}/answer": {"occasion": "2027-01-04", "text": "A walk it is"},
    "POST /partnerships/{partnership}/goals": {"title": "More walks"},
    "POST /goals/{goal}/counter": {"revision": 1, "title": "Long walks"},
    "POST /goals/{goal}/agree": {"revision": 1},
    "POST /goals/{goal}/progress": {"note": "One walk"},
    "POST /goals/{goal}/close": {"outcome": "achieved"},
    "POST /commitments/{commitment}/renegotiate": {"due": {"on": "2027-01-05"}},
    "POST /partnerships/{partnership}/sessions": {"start": "2027-01-04T12:00:00Z", "minutes": 30},
    "POST /sessions/{session}/propose-time": {"start": "2027-01-05T12:00:00Z"},
    "POST /sessions/{session}/reschedule": {"start": "2027-01-06T12:00:00Z"},
    "PUT /sessions/{session}/notes": {"text": "A walk"},
    "POST /sessions/{session}/agenda": {"text": "A walk"},
    "POST /sessions/{session}/follow-ups": {"text": "A walk", "owner": "me", "due": {"on": "2027-01-04"}},
    "POST /sessions/{session}/reflection": {"heard": 4, "useful": 5},
    "POST /sessions/{session}/report": {"present": True},
    "POST /ops/dead-letters/{letter}/discard": {"why": "it was a walk"},
    "POST /ops/bounces": {"address": "nobody@example.com", "status": "5.1.1"},
}
"""Bodies of the routes that need one with something in it."""

QUERIES: Mapping[str, Json] = {"GET /people/search": {"name": "Nobody of this name"}}
"""Parameters of the routes that need one."""


@dataclass(frozen=True)
class Operation:
    """A method of one address, as its service's document describes it."""

    service: str
    method: str
    path: str
    takes_body: bool
    fields: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.service} {self.method} {self.path}"

    @property
    def name(self) -> str:
        """Method and path, as BODIES names them."""
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> Sequence[str]:
        """The names in its path."""
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]

    async def ask(self, somebody: Somebody, values: Mapping[str, str], token: str | None = "") -> Response:
        """Ask it with these values in its path; with another token, or (None) without any."""
        told: Json = {"headers": {}, "params": QUERIES.get(self.name)}
        if self.takes_body:
            told["json"] = BODIES.get(self.name, {})
        if token:
            told["headers"] = {"Authorization": f"Bearer {token}"}
        if token is None:
            told["headers"] = {"Authorization": ""}
        return await somebody.ask(self.method, self.service, self.path.format_map(values), **told)


def operations() -> list[Operation]:
    """All of them."""
    return [route for service in DEFINITIONS for route in _of(service)]


def of_document(service: str, document: Mapping[str, Any]) -> Iterator[Operation]:
    """Those that an OpenAPI document tells of."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield Operation(service, method.upper(), path, "requestBody" in operation, _fields(document, operation))


def _fields(document: Mapping[str, Any], operation: Mapping[str, Any]) -> frozenset[str]:
    """The names of what its body may hold."""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = body.get("$ref", "").rpartition("/")[2]
    return frozenset(document["components"]["schemas"][name]["properties"]) if name else frozenset()


def _of(service: str) -> Iterator[Operation]:
    definition: Any = DEFINITIONS[service]
    return of_document(service, openapi(definition))
