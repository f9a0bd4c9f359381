"""Partnerships over HTTP: who may see and do what, and what is answered."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from coaching_events.envelope import Recorded
from coaching_events.events.partnership import PartnershipFormed
from coaching_events.events.person import PersonDeactivated
from coaching_events.ids import StreamId
from eventlog.stores import StoreUnavailable
from eventlog.stores.documents import Write
from partnerships.partnership import partnerships
from partnerships.partnership.draft import TermsDraft
from partnerships.partnership.figures import IN_USE, PairFigures
from partnerships.person import people
from partnerships.reactions import when_partnership_formed_then_see_whether_both_are_there as when_formed
from partnerships.reactions import when_person_deactivated_then_pause_their_partnerships as when_deactivated
from tests.contracts.partnerships_in_memory import COLUMNS, ROSTER, START, PartnershipsInMemory, answered, refused


@pytest.fixture
async def service() -> PartnershipsInMemory:
    service = PartnershipsInMemory()
    await service.open()
    return service


@pytest.fixture
async def anna(service: PartnershipsInMemory) -> AsyncGenerator[AsyncClient]:
    async with service.client("anna") as client:
        yield client


@pytest.fixture
async def ben(service: PartnershipsInMemory) -> AsyncGenerator[AsyncClient]:
    async with service.client("ben") as client:
        yield client


@pytest.fixture
async def kavya(service: PartnershipsInMemory) -> AsyncGenerator[AsyncClient]:
    """A stranger to the two."""
    async with service.client("kavya") as client:
        yield client


@pytest.fixture
async def hr(service: PartnershipsInMemory) -> AsyncGenerator[AsyncClient]:
    async with service.hr() as client:
        yield client


async def id_of(client: AsyncClient) -> str:
    return answered(await client.get("/people/me"), 200)["id"]


async def proposed(anna: AsyncClient, ben: AsyncClient, **more: Any) -> str:
    answer = await anna.post("/partnerships", json={"other": await id_of(ben), **more})
    return answered(answer, 201)["id"]


async def formed(anna: AsyncClient, ben: AsyncClient) -> str:
    pair = await proposed(anna, ben)
    answered(await ben.post(f"/partnerships/{pair}/accept", json={"version": 1}), 200)
    return pair


async def test_two_propose_accept_and_see_the_same(anna: AsyncClient, ben: AsyncClient):
    answer = await anna.post("/partnerships", json={"other": await id_of(ben), "purpose": "Grow"})
    pair = answered(answer, 201)["id"]
    assert answer.headers["location"] == f"/partnerships/{pair}"
    assert (
        answered(await ben.get(f"/partnerships/{pair}"), 200)["question"]["terms"]["rhythm"] == "FREQ=WEEKLY;BYDAY=TH"
    )
    accepted = await ben.post(f"/partnerships/{pair}/accept", json={"version": 1})
    assert answered(accepted, 200)["position"] == f"{pair}@2"
    here, there = await anna.get(f"/partnerships/{pair}"), await ben.get(f"/partnerships/{pair}")
    assert {**here.json(), "your_partner": None} == {**there.json(), "your_partner": None}
    assert [each.json()["your_partner"]["display_name"] for each in (here, there)] == ["Ben Ortiz", "Anna Bauer"]
    assert here.json()["status"] == "formed"
    assert here.json()["purpose"] == "Grow"
    history = answered(await ben.get(f"/partnerships/{pair}/history"), 200)
    assert [event["type"] for event in history] == ["partnership-proposed", "partnership-formed"]


async def test_a_colleague_is_asked_by_what_the_directory_calls_them(anna: AsyncClient, ben: AsyncClient):
    other = {"source": "people-export", "external_id": "1010"}
    pair = answered(await anna.post("/partnerships", json={"other": other}), 201)["id"]
    assert answered(await ben.get("/partnerships"), 200)["items"][0]["id"] == pair
    nobody = {"source": "people-export", "external_id": "9999"}
    refused(await anna.post("/partnerships", json={"other": nobody}), 409, "not-in-the-directory")


async def test_a_stranger_finds_nothing(anna: AsyncClient, ben: AsyncClient, kavya: AsyncClient):
    pair = await formed(anna, ben)
    for path in ("", "/history", "/terms"):
        refused(await kavya.get(f"/partnerships/{pair}{path}"), 404, "not-found")
    for command in ("decline", "pause", "terms/1/reject"):
        refused(await kavya.post(f"/partnerships/{pair}/{command}", json={}), 404, "not-found")
    for command in ("withdraw", "resume", "end", "terms/1/agree", "terms/1/withdraw"):
        refused(await kavya.post(f"/partnerships/{pair}/{command}"), 404, "not-found")
    refused(await kavya.get(f"/people/{await id_of(anna)}"), 404, "not-found")
    away = {"first": "2026-03-09", "last": "2026-03-10"}
    refused(await kavya.post(f"/people/{await id_of(anna)}/absences", json=away), 404, "not-found")
    refused(await kavya.post(f"/people/{await id_of(anna)}/deactivate"), 403, "missing-scope")
    assert answered(await kavya.get("/partnerships"), 200)["items"] == []


async def test_partners_see_each_others_time_and_nothing_of_the_directory(anna: AsyncClient, ben: AsyncClient):
    pair = await proposed(anna, ben)
    seen = answered(await ben.get(f"/people/{await id_of(anna)}"), 200)
    assert seen["zone"] == "Europe/Berlin"
    assert "identities" not in seen
    asked = answered(await anna.get(f"/people/{await id_of(ben)}"), 200)
    assert asked == {"id": await id_of(ben), "display_name": "Ben Ortiz"}, "he has agreed to nothing so far"
    answered(await anna.post(f"/partnerships/{pair}/withdraw"), 200)
    refused(await ben.get(f"/people/{await id_of(anna)}"), 404, "not-found")


async def test_a_repeated_proposal_gets_its_first_answer_and_another_is_refused(anna: AsyncClient, ben: AsyncClient):
    body = {"other": await id_of(ben)}
    first = await anna.post("/partnerships", json=body, headers={"Idempotency-Key": "k"})
    again = await anna.post("/partnerships", json=body, headers={"Idempotency-Key": "k"})
    assert (again.status_code, again.content) == (first.status_code, first.content)
    refused(await anna.post("/partnerships", json=body), 409, "already-open")
    other = {"other": await id_of(ben), "purpose": "x"}
    refused(await anna.post("/partnerships", json=other, headers={"Idempotency-Key": "k"}), 422, "another-request")
    await ben.post(f"/partnerships/{first.json()['id']}/decline", json={})
    again = await anna.post("/partnerships", json=body, headers={"Idempotency-Key": "k"})
    assert again.content == first.content


async def test_when_both_propose_at_the_same_moment_one_is_told_so(anna: AsyncClient, ben: AsyncClient):
    ids = await id_of(anna), await id_of(ben)
    answers = await asyncio.gather(
        anna.post("/partnerships", json={"other": ids[1]}), ben.post("/partnerships", json={"other": ids[0]})
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    items = answered(await anna.get("/partnerships"), 200)["items"]
    assert len(items) == 1


async def test_terms_are_countered_agreed_and_kept_with_what_became_of_them(anna: AsyncClient, ben: AsyncClient):
    pair = await formed(anna, ben)
    wished = {"terms": {"reminders": 3}, "note": "More, please"}
    answered(await anna.post(f"/partnerships/{pair}/terms", json=wished), 200)
    refused(await anna.post(f"/partnerships/{pair}/terms/2/agree"), 409, "your-own-proposal")
    counter = {"terms": {"reminders": 1, "sharing": [{"audience": "team", "types": ["commitment-made"]}]}}
    answered(await ben.post(f"/partnerships/{pair}/terms/2/counter", json=counter), 200)
    answered(await anna.post(f"/partnerships/{pair}/terms/3/agree"), 200)
    answered(await ben.post(f"/partnerships/{pair}/narrow-sharing", json={"sharing": []}), 200)
    texts = answered(await anna.get(f"/partnerships/{pair}/terms"), 200)
    told = [(each["terms"]["version"], each["became"]) for each in texts]
    assert told == [(1, "replaced"), (2, "countered"), (3, "replaced"), (4, "in force")]
    seen = answered(await ben.get(f"/partnerships/{pair}"), 200)
    assert (seen["terms"]["reminders"], seen["terms"]["sharing"]) == (1, [])


async def test_lists_go_page_by_page_and_by_status(service: PartnershipsInMemory, anna: AsyncClient):
    for name in ("ben", "kavya", "noa"):
        async with service.client(name) as other:
            await proposed(anna, other)
    first = answered(await anna.get("/partnerships", params={"limit": 2}), 200)
    rest = answered(await anna.get("/partnerships", params={"limit": 2, "after": first["next"]}), 200)
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)
    assert answered(await anna.get("/partnerships", params={"status": "formed"}), 200)["items"] == []


async def test_silence_lapses_a_proposal_by_the_sweep(
    service: PartnershipsInMemory, anna: AsyncClient, ben: AsyncClient
):
    pair = await proposed(anna, ben)
    due = answered(await anna.get(f"/partnerships/{pair}"), 200)["question"]["answer_by"]
    assert due == "2026-03-16T22:30:00.000Z"  # Ben works the early shift in San Francisco
    await service.sweep(START + timedelta(days=20))
    assert answered(await anna.get(f"/partnerships/{pair}"), 200)["status"] == "lapsed"


async def test_a_deactivated_partner_rests_the_partnership_and_then_ends_it(
    service: PartnershipsInMemory, anna: AsyncClient, ben: AsyncClient, hr: AsyncClient
):
    pair, gone = await formed(anna, ben), await id_of(ben)
    position = answered(await hr.post(f"/people/{gone}/deactivate"), 200)["position"]
    heard: Recorded[Any] = (await service.log.events(people, StreamId(gone)))[-1]
    assert isinstance(heard.event, PersonDeactivated)
    assert heard.position == position
    for _ in range(2):
        await when_deactivated.reaction.react(heard, service.log)
    refused(await ben.get(f"/partnerships/{pair}"), 403, "inactive-person")
    seen = answered(await anna.get(f"/partnerships/{pair}"), 200)
    assert [pause["whose"] for pause in seen["pauses"]] == [None]
    paused = answered(await anna.get(f"/partnerships/{pair}/history"), 200)[-1]
    assert (paused["type"], paused["cause"], paused["data"]["by"]) == ("partnership-paused", None, "rule:directory")
    assert "status" not in answered(await anna.get(f"/people/{gone}"), 200)
    await service.sweep(START + timedelta(days=31))
    ended = answered(await anna.get(f"/partnerships/{pair}"), 200)
    assert (ended["status"], ended["cause"], ended["ended_at"]) == ("ended", "departure", "2026-04-01T08:00:00.000Z")


async def test_people_are_registered_changed_linked_and_found_by_who_keeps_the_directory(hr: AsyncClient):
    new = {"source": "ats", "external_id": "77", "display_name": "Zoe", "zone": "Europe/Vienna", "region": "AT-9"}
    id = answered(await hr.post("/people", json=new), 201)["id"]
    refused(await hr.post("/people", json=new), 409, "already-registered")
    assert answered(await hr.get("/calendars/calendar_AT-9-2026"), 200)["days"][0]["day"] == "2026-01-01"
    changed = await hr.patch(f"/people/{id}", json={"zone": "Asia/Tokyo", "region": "JP", "region_from": "2026-05-01"})
    assert answered(changed, 200)["events"][0]["data"]["changed"] == ["zone", "regions"]
    identity = {"source": "https://issuer.tandem.local", "external_id": "zoe"}
    answered(await hr.post(f"/people/{id}/identities", json=identity), 200)
    taken = {"source": "https://issuer.tandem.local", "external_id": "anna"}
    refused(await hr.post(f"/people/{id}/identities", json=taken), 409, "identity-taken")
    found = answered(await hr.get("/people", params={"source": "ats", "external_id": "77"}), 200)["items"]
    assert [person["id"] for person in found] == [id]
    refused(await hr.patch(f"/people/{id}", json={"region": "QQ"}), 409, "unknown-region")
    answered(await hr.put("/calendars/calendar_QQ-2026", json={"days": []}), 200)
    answered(await hr.patch(f"/people/{id}", json={"region": "QQ"}), 200)


async def test_the_directory_is_filtered_by_address(hr: AsyncClient):
    everybody = answered(await hr.get("/people"), 200)["items"]
    somebody = next(person for person in everybody if person["email"])
    found = answered(await hr.get("/people", params={"email": somebody["email"].upper()}), 200)["items"]
    assert found == [somebody]
    assert answered(await hr.get("/people", params={"email": "nobody@example.com"}), 200)["items"] == []


@pytest.mark.parametrize("query", ["source=ats", "external_id=77", "email=", "email=no-address", "mail=a@example.com"])
async def test_a_filter_of_the_directory_that_says_nothing_is_refused(hr: AsyncClient, query: str):
    refused(await hr.get(f"/people?{query}"), 422, "invalid-request")


async def test_an_absence_is_said_by_the_person_or_the_directory(anna: AsyncClient, hr: AsyncClient):
    me = await id_of(anna)
    away = {"first": "2026-03-09", "last": "2026-03-10"}
    position = answered(await anna.post(f"/people/{me}/absences", json=away), 200)["position"]
    assert answered(await hr.post(f"/people/{me}/absences", json=away), 200)["events"] == []
    answered(await hr.post(f"/people/{me}/absences/withdraw", json={"absence": position}), 200)
    refused(await anna.post(f"/people/{me}/absences/withdraw", json={"absence": position}), 409, "no-such-absence")
    refused(await anna.post(f"/people/{me}/absences", json={**away, "reason": "flu"}), 422, "invalid-request")


async def test_what_has_an_address_of_its_own_is_no_person(hr: AsyncClient):
    answer = await hr.patch("/people/me", json={"unit": "Sales"})
    refused(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, HEAD"


async def test_a_stale_if_match_changes_nothing(anna: AsyncClient, ben: AsyncClient):
    pair = await formed(anna, ben)
    refused(await anna.post(f"/partnerships/{pair}/end", headers={"If-Match": f'"{pair}@1"'}), 412, "stale")
    answered(await anna.post(f"/partnerships/{pair}/end", headers={"If-Match": f'"{pair}@2"'}), 200)


BAD: list[tuple[str, dict[str, Any]]] = [
    ("/partnerships", {"other": "commitment_1"}),
    ("/partnerships", {"other": "person_0", "coach": True}),
    ("/partnerships", {"other": "person_" + "0" * 32, "terms": {"rhythm": "FREQ=HOURLY"}}),
    ("/partnerships", {"other": "person_" + "0" * 32, "purpose": "a" * 2001}),
    ("/people", {"source": "x", "external_id": "1", "display_name": "X", "zone": "Mars/Base"}),
    ("/calendars", {"region": "Bavaria", "year": 2026}),
    ("/calendars", {"region": "DE-BY", "year": 2**70}),
    ("/roster", {"shape": {}, "csv": "a"}),
]


@pytest.mark.parametrize(("path", "body"), BAD)
async def test_what_cannot_be_is_refused_with_a_sentence(
    service: PartnershipsInMemory, path: str, body: dict[str, Any]
):
    async with service.client("anna", "partner", "hr.directory") as client:
        answer = await client.post(path, json=body)
        assert answered(answer, 422)["detail"]


async def test_who_was_deactivated_while_the_other_accepted_is_seen_once_it_is_formed(
    service: PartnershipsInMemory, anna: AsyncClient, ben: AsyncClient, hr: AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    pair, leaving = await proposed(anna, ben), await id_of(anna)
    append = service.store.append

    async def append_late(write: Write) -> bool:
        if write.stream == pair:  # whoever accepts has read who is active; only now somebody is not
            monkeypatch.setattr(service.store, "append", append)
            answered(await hr.post(f"/people/{leaving}/deactivate"), 200)
            await when_deactivated.reaction.react(
                (await service.log.events(people, StreamId(leaving)))[-1], service.log
            )
        return await append(write)

    monkeypatch.setattr(service.store, "append", append_late)
    accepted = answered(await ben.post(f"/partnerships/{pair}/accept", json={"version": 1}), 200)
    formed = next(
        each
        for each in await service.log.events(partnerships, StreamId(pair))
        if isinstance(each.event, PartnershipFormed)
    )
    assert accepted["position"].startswith(f"{pair}@")
    for _ in range(2):
        await when_formed.reaction.react(formed, service.log)
    seen = answered(await ben.get(f"/partnerships/{pair}"), 200)
    assert [pause["whose"] for pause in seen["pauses"]] == [None]


async def test_a_key_of_one_roster_does_not_take_another_one_in(service: PartnershipsInMemory, hr: AsyncClient):
    key = {"Idempotency-Key": "nightly"}

    def named(name: str) -> dict[str, Any]:
        return {"shape": COLUMNS, "csv": ROSTER.replace(";Vogel;", f";{name};")}

    assert answered(await hr.post("/roster", json=named("Adler"), headers=key), 200)["changed"] == 1
    again = answered(await hr.post("/roster", json=named("Adler"), headers=key), 200)
    assert again["changed"] == 0
    before = await service.log.find(people, {})
    refused(await hr.post("/roster", json=named("Falke"), headers=key), 422, "another-request")
    assert await service.log.find(people, {}) == before


async def test_a_database_that_goes_away_while_a_roster_is_taken_in_is_503_and_the_rest_goes_in_later(
    monkeypatch: pytest.MonkeyPatch,
):
    service, written = PartnershipsInMemory(), list[Write]()
    append = service.store.append

    async def append_some(write: Write) -> bool:
        if write.stream.startswith("person_"):
            written.append(write)
        if len(written) > 12:
            raise StoreUnavailable("away")
        return await append(write)

    monkeypatch.setattr(service.store, "append", append_some)
    async with service.hr() as hr:
        refused(await hr.post("/roster", json={"shape": COLUMNS, "csv": ROSTER}), 503, "database-away")
        monkeypatch.setattr(service.store, "append", append)
        report = answered(await hr.post("/roster", json={"shape": COLUMNS, "csv": ROSTER}), 200)
        assert report["registered"] == 27 - 12


async def test_the_default_terms_are_those_from_which_a_proposal_starts(anna: AsyncClient, ben: AsyncClient):
    defaults = answered(await anna.get("/terms/defaults"), 200)
    pair = await proposed(anna, ben)
    asked = answered(await anna.get(f"/partnerships/{pair}"), 200)["question"]["terms"]
    assert {**defaults["terms"], "version": 1} == asked
    assert defaults["figures"]["propose_after_decline_days"] == 90
    assert defaults["figures"]["open_proposals"] == 10


async def test_a_company_has_default_terms_of_its_own(
    anna: AsyncClient, ben: AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    said = TermsDraft.model_validate({"rhythm": "FREQ=DAILY", "questions": ["What helped?"]})
    monkeypatch.setattr(IN_USE, "figures", PairFigures(defaults=said))
    assert answered(await anna.get("/terms/defaults"), 200)["terms"]["questions"] == ["What helped?"]
    pair = await proposed(anna, ben, terms={"reminders": 1})
    terms = answered(await anna.get(f"/partnerships/{pair}"), 200)["question"]["terms"]
    assert (terms["rhythm"], terms["reminders"], terms["questions"]) == ("FREQ=DAILY", 1, ["What helped?"])


async def test_a_preview_shows_both_and_writes_nothing(anna: AsyncClient, ben: AsyncClient):
    other = await id_of(ben)
    meetings = {"rhythm": "FREQ=WEEKLY;BYDAY=FR", "local_time": "16:00:00", "minutes": 30}
    body = {"other": other, "terms": {"reminders": 1, "meetings": meetings}}
    seen = answered(await anna.post("/terms/preview", json=body), 200)
    assert (seen["you"]["person"], seen["partner"]["person"]) == (await id_of(anna), other)
    assert len(seen["you"]["check_ins"]) == 13
    assert {"day": "2026-04-03", "name": "Good Friday"} in seen["you"]["holidays"]
    assert seen["you"]["reminders_in_all"] == 13
    assert seen["partner"]["check_ins"][0]["due"] != seen["you"]["check_ins"][0]["due"], "each in their own zone"
    assert len(seen["meetings"]) == 13
    assert seen["who_sees"] == ["Only the two of you see what happens between you."]
    assert answered(await anna.get("/partnerships"), 200)["items"] == []
    assert answered(await ben.get("/partnerships"), 200)["items"] == []


async def test_the_occasions_of_a_preview_are_checked_as_those_of_a_proposal(anna: AsyncClient, ben: AsyncClient):
    other = await id_of(ben)
    past = {"other": other, "terms": {"starting": "2026-01-01"}}
    refused(await anna.post("/terms/preview", json=past), 409, "starts-in-the-past")
    refused(await anna.post("/terms/preview", json={"other": await id_of(anna)}), 409, "with-yourself")
    pair = await proposed(anna, ben)
    refused(await anna.post("/terms/preview", json={"other": other}), 409, "already-open")
    answered(await ben.post(f"/partnerships/{pair}/decline", json={}), 200)
    refused(await anna.post("/terms/preview", json={"other": other}), 409, "declined-lately")


async def test_before_consent_the_proposer_sees_no_absence_and_the_asked_sees_those_of_the_proposer(
    anna: AsyncClient, ben: AsyncClient, kavya: AsyncClient
):
    days = {"first": "2026-03-05", "last": "2026-03-05"}
    for client in (anna, ben):
        answered(await client.post(f"/people/{await id_of(client)}/absences", json=days), 200)
    before = answered(await anna.post("/terms/preview", json={"other": await id_of(ben)}), 200)
    assert _excused(before) == (["2026-03-05"], [])
    assert (before["you"]["absences"], before["partner"]["absences"]) == ("known", "not-shown")
    pair = await proposed(anna, ben)
    here = f"/partnerships/{pair}/terms/preview"
    assert _excused(answered(await anna.post(here), 200)) == (["2026-03-05"], [])
    asked = answered(await ben.post(here, json={"terms": {"rhythm": "FREQ=DAILY"}}), 200)
    assert _excused(asked) == (["2026-03-05", "2026-03-06"], ["2026-03-05", "2026-03-06"])
    refused(await kavya.post(here), 404, "not-found")
    answered(await ben.post(f"/partnerships/{pair}/accept", json={"version": 1}), 200)
    assert _excused(answered(await anna.post(here), 200)) == (["2026-03-05"], ["2026-03-05"])
    answered(await anna.post(f"/partnerships/{pair}/end"), 200)
    refused(await anna.post(here), 409, "partnership-ended")


def _excused(seen: Any) -> tuple[list[str], list[str]]:
    mine, theirs = (
        [each["occasion"] for each in seen[whose]["check_ins"] if each["excused"]] for whose in ("you", "partner")
    )
    return mine, theirs
