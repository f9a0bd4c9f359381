"""Problems over HTTP are in the language that the request accepts; types, facts and statuses are in none."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response
from pydantic import BaseModel, TypeAdapter, ValidationError

from partnerships.person.details import ExternalId, Locale, Person, Region, Source
from service_kit.bodies import LongText, ShortText, Text, VisibleText, fault_of
from service_kit.languages import ENGLISH, language_of
from tests.contracts.partnerships_in_memory import PartnershipsInMemory, answered

GERMAN = {"Accept-Language": "de-AT, en;q=0.5"}


@pytest.fixture
async def service() -> PartnershipsInMemory:
    service = PartnershipsInMemory()
    await service.open()
    return service


@pytest.fixture
async def anna(service: PartnershipsInMemory) -> AsyncGenerator[AsyncClient]:
    async with service.client("anna") as client:
        yield client


async def me(client: AsyncClient) -> str:
    return answered(await client.get("/people/me"), 200)["id"]


def said(answer: Response, tag: str) -> Any:
    assert answer.headers["content-language"] == tag
    assert answer.headers["vary"] == "Accept-Language"
    return answer.json()


async def test_a_refusal_is_said_in_the_language_of_the_request(anna: AsyncClient):
    own = {"other": await me(anna)}
    english, german = (
        await anna.post("/partnerships", json=own),
        await anna.post("/partnerships", json=own, headers=GERMAN),
    )
    assert said(english, "en")["detail"] == "A partnership takes two people."
    assert said(english, "en")["title"] == "With yourself"
    assert said(german, "de")["detail"] == "Zu einer Partnerschaft gehören zwei Personen."
    assert said(german, "de")["title"] == "Partnerschaft mit sich selbst"
    assert german.json()["type"] == english.json()["type"] == "urn:tandem:problem:with-yourself"


async def test_a_kept_refusal_is_said_in_the_language_of_each_reader(anna: AsyncClient):
    """The first answer had German; the same command again, in English, gets the same refusal with the same facts."""
    away: dict[str, Any] = {"json": {"first": "2025-01-01", "last": "2025-01-02"}}
    address, key = f"/people/{await me(anna)}/absences", {"Idempotency-Key": "once"}
    first = said(await anna.post(address, **away, headers=key | GERMAN), "de")
    again = said(await anna.post(address, **away, headers=key), "en")
    german_again = said(await anna.post(address, **away, headers=key | GERMAN), "de")
    assert first["detail"] == (
        "Eine Abwesenheit lässt sich bis zu 60 Tage im Nachhinein eintragen, also ab 1. Jänner 2026."
    )
    assert again["detail"] == "An absence can be recorded up to 60 days afterwards, so from 1 January 2026 on."
    assert german_again["detail"] == first["detail"]
    assert first["facts"] == again["facts"] == {"days": 60, "earliest": "2026-01-01"}


@pytest.mark.parametrize(
    ("method", "address", "more", "german"),
    [
        ("GET", "/nowhere", {}, "Unter dieser Adresse gibt es nichts. Die Adressen stehen unter /docs."),
        ("DELETE", "/people/me", {}, "Diese Adresse kennt diese Methode nicht. Sie kennt: GET, HEAD."),
        ("GET", "/partnerships?x=1", {}, "query.x: ist unbekannt: Lassen Sie es weg. Diese Adresse kennt"),
        ("GET", "/partnerships?limit=0", {}, "query.limit: muss mindestens 1 sein"),
        ("GET", "/partnerships?limit=many", {}, "query.limit: muss eine ganze Zahl sein"),
        ("GET", "/partnerships?after=x", {}, "`after` stammt nicht aus dieser Liste"),
        ("POST", "/partnerships", {"content": b"{"}, "Der Inhalt ist kein JSON."),
        ("POST", "/partnerships", {"content": b""}, "body: fehlt: Senden Sie ein JSON-Objekt"),
        ("POST", "/partnerships", {"json": {}}, "body.other: fehlt"),
        ("POST", "/partnerships", {"json": {"other": "person_1", "x": 1}}, "body.x: ist unbekannt: Lassen Sie es weg"),
        ("POST", "/partnerships", {"content": b"a=1"}, "Senden Sie JSON, mit Content-Type: application/json."),
        ("POST", "/partnerships", {"content": b'{"other": 1e999}'}, "Eine Zahl darin ist zu groß."),
        ("POST", "/partnerships", {"content": b"x" * 300_000}, "Der Inhalt darf 256 kB groß sein."),
        ("GET", "/partnerships", {"headers": {"After": "x"}}, "After besteht aus Positionen"),
        ("GET", "/people", {}, "Dafür ist ein Token mit der Berechtigung hr.directory nötig (pflegt"),
        ("GET", "/partnerships", {"headers": {"Authorization": "Basic x"}}, "Senden Sie ein Token"),
        ("GET", "/partnerships", {"headers": {"Authorization": "Bearer x"}}, "es ist kein wohlgeformtes JWT."),
        ("GET", "/partnerships/partnership_1", {}, "Das gibt es hier nicht, oder es gehört nicht Ihnen."),
    ],
)
async def test_each_part_of_the_http_side_speaks_german(
    anna: AsyncClient, method: str, address: str, more: dict[str, Any], german: str
):
    media = {} if more.get("content") == b"a=1" else {"Content-Type": "application/json"}
    headers = GERMAN | media | more.pop("headers", {})
    answer = await anna.request(method, address, headers=headers, **more)
    assert german in said(answer, "de")["detail"]


async def test_the_report_of_a_roster_is_in_the_language_of_the_request(service: PartnershipsInMemory):
    shape = {"source": "hr", "columns": {"external_id": "id", "display_name": ["first", "last"], "zone": "zone"}}
    csv = "id,first,last,zone\n1,Ada,Lang,Mars\n2,,,Europe/Berlin\n3"
    async with service.hr() as hr:
        roster = {"shape": shape, "csv": csv, "dry_run": True}
        english = said(await hr.post("/roster", json=roster), "en")
        german = said(await hr.post("/roster", json=roster, headers=GERMAN), "de")
    assert [each["why"] for each in english["wrong"]] == [
        "zone: 'Mars' is no time zone: write a name of the IANA database, as in Europe/Berlin.",
        "first and last is empty.",
        "The line has 1 fields where the first line has 4. Look for a missing or surplus separator.",
    ]
    assert [each["why"] for each in german["wrong"]] == [
        "zone: 'Mars' ist keine Zeitzone: Schreiben Sie einen Namen der IANA-Datenbank, zum Beispiel Europe/Berlin.",
        "first und last ist leer.",
        "Die Zahl der Felder dieser Zeile ist 1, die der ersten Zeile 4. Suchen Sie ein fehlendes oder überzähliges "
        "Trennzeichen.",
    ]


async def test_a_login_that_waits_tells_from_when_on_in_the_readers_language(service: PartnershipsInMemory):
    async with service.client("anna") as anna, service.hr() as hr:
        person = await me(anna)
        new = {"source": service.issuer.issuer, "external_id": "anna-new"}
        answered(await hr.post(f"/people/{person}/identities", json=new), 200)
    async with service.client("anna-new") as waiting:
        detail = said(await waiting.get("/people/me", headers=GERMAN), "de")["detail"]
    from_then = service.clock.at + timedelta(days=3)
    assert f"{from_then.day}. März 2026, {from_then:%H:%M} Uhr (UTC)" in detail


class Sample(BaseModel):
    """One field for each of the texts of pydantic that requests get most."""

    model_config = {"extra": "forbid"}


SAMPLES: list[tuple[Any, Any]] = [
    (int, "x"), (int, None), (int, 1.5), (int, "9" * 5000), (bool, "perhaps"), (bool, None), (float, "x"), (str, 1),
    (list[int], 1), (tuple[int, ...], 1), (dict[str, int], 1), (Sample, 1),
]  # fmt: skip


@pytest.mark.parametrize(("type", "given"), SAMPLES)
def test_pydantics_texts_stay_the_same_in_english_and_are_german_for_germans(type: Any, given: Any):
    with pytest.raises(ValidationError) as wrong:
        TypeAdapter(type).validate_python(given)
    for fault in wrong.value.errors():
        fault_text = fault["msg"].removeprefix("Input ")
        assert ENGLISH.phrase(fault_of(fault)) == fault_text
        assert language_of("de").phrase(fault_of(fault)) != fault_text


SHAPED: list[tuple[Any, str]] = [
    (Text, " \n"), (LongText, "\u0085"), (ShortText, " "), (VisibleText, "\t"), (Source, "our HR"), (ExternalId, " "),
    (Region, "Bayern"), (Locale, "German"), (Person, "me"),
]  # fmt: skip


@pytest.mark.parametrize(("type", "given"), SHAPED)
def test_nobody_is_told_a_regular_expression(type: Any, given: str):
    with pytest.raises(ValidationError) as wrong:
        TypeAdapter(type).validate_python(given)
    (fault,) = wrong.value.errors()
    assert fault["type"] == "string_pattern_mismatch"
    english, german = ENGLISH.phrase(fault_of(fault)), language_of("de").phrase(fault_of(fault))
    assert english != german
    assert "pattern" not in english
    assert "Muster" not in german
