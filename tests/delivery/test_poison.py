"""Records that are no events: the consumers go on, and what must not be lost is a dead letter that a person decides."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from aiokafka import AIOKafkaProducer

from coaching_events.envelope import Envelope, headers
from coaching_events.events.commitment import CommitmentMade
from coaching_events.ids import PartnershipId, PersonId, StreamId
from coaching_events.topics import TOPICS
from eventlog import fresh_id
from tests.delivery.company import FAR, ROWS, Company, Json, Somebody, answered, eventually, problem_of

Headers = dict[str, str | bytes | None]
PROJECTIONS = f"notifications.projections.{ROWS}"


@dataclass(frozen=True)
class Place:
    """Two partners, and a topic to which anybody may write anything."""

    company: Company
    one: Somebody
    other: Somebody
    partnership: str
    producer: AIOKafkaProducer

    async def send(self, topic: str, value: bytes | None, told: Headers | None = None) -> None:
        """One record, on the partition of this partnership."""
        raw = [(name, text.encode() if isinstance(text, str) else text) for name, text in (told or {}).items()]
        await self.producer.send_and_wait(  # pyright: ignore[reportUnknownMemberType]
            TOPICS[topic], value, key=self.partnership.encode(), headers=raw
        )

    def promise(self, stream: str, version: int = 1) -> tuple[bytes, Headers]:
        """A promise that nobody made, as goals would tell of it."""
        at = self.company.stage.now
        made = CommitmentMade(
            by=PersonId(StreamId(self.one.id)),
            partnership=PartnershipId(StreamId(self.partnership)),
            owner=PersonId(StreamId(self.one.id)),
            partner=PersonId(StreamId(self.other.id)),
            text="A walk",
            due=at,
            grace_end=at,
        )
        envelope = Envelope(
            stream=StreamId(stream),
            version=version,
            type=made.type,
            source="urn:tandem:tandem:goals",
            at=at,
            key=self.partnership,
        )
        return made.model_dump_json(exclude_none=True).encode(), {**headers(envelope)}

    async def goes_on(self) -> None:
        """What one asks for reaches the other's inbox, through goals' topic, rows and reactions in notifications."""
        text = f"Still there? {fresh_id()}"
        body = {"text": text, "due": {"on": str(self.company.today() + FAR)}}
        asked = answered(await self.one.post("goals", f"/partnerships/{self.partnership}/requests", body), 201)

        async def told() -> bool:
            inbox = answered(await self.other.get("notifications", "/inbox"))
            return any(each["subject"] == asked["id"] for message in inbox["items"] for each in message["entries"])

        await eventually("the request in the inbox", told)
        answered(await self.one.post("goals", f"/commitments/{asked['id']}/withdraw-request"))

    async def letters(self, handler: str = "") -> list[Json]:
        """What the command line lists for notifications, the oldest first."""
        status, told, _ = await dead_letters(self.company, "notifications", "list")
        assert status == 0
        listed = [json.loads(line) for line in told.splitlines()]
        return [letter for letter in listed if letter["handler"].startswith(handler)]

    async def row_at(self, stream: str, version: int) -> Any:
        """What notifications knows of a stream, once it has come so far."""
        row = await self.company.rows("notifications").find_one({"_id": stream})
        return row if row is not None and row["at"] >= version else None

    async def look(self, service: str = "notifications") -> Json:
        """What a service says is left to do."""
        return answered(await self.company.somebody("operations", "ops").get(service, "/ops/idle"))

    async def counted(self, service: str = "notifications") -> Mapping[str, int]:
        """How many dead letters there are, by reason."""
        return (await self.look(service))["dead_letters"]


@pytest.fixture
async def place(company: Company) -> AsyncGenerator[Place]:
    one, other = await company.hire("pia", "paul")
    partnership = await company.pair(one, other)
    async with AIOKafkaProducer(bootstrap_servers=company.services.kafka_url, acks="all") as producer:
        place = Place(company, one, other, partnership, producer)
        yield place

    async def swept() -> bool:
        """Whatever a failed test left is gone, and nothing more of it comes."""
        for service in ("notifications", "sessions", "goals"):
            await company.database[f"{company.prefix}_{service}"]["dead_letters"].delete_many({})
        left = [await place.look(service) for service in ("notifications", "sessions")]
        return all(each["idle"] and not each["dead_letters"] for each in left)

    await eventually("it is quiet again", swept)


async def test_records_that_are_no_events_hold_up_nothing(place: Place):
    good, told = place.promise(f"commitment_{fresh_id()}")
    unreadable: list[tuple[bytes | None, Headers]] = [
        (b"hello", {}),
        (None, {}),
        (b"\x00\xff\xfe", {"ce_id": b"\xff"}),
        (good, {name: text for name, text in told.items() if name != "ce_id"}),
        (good, told | {"ce_id": "seven"}),
        (good, told | {"ce_specversion": "0.3"}),
        (good, told | {"ce_time": "yesterday"}),
        (good, told | {"ce_type": None}),
    ]
    for value, envelope in unreadable:
        await place.send("goals", value, envelope)
    await place.goes_on()

    letters = await place.letters()
    for handler in (PROJECTIONS, "notifications.reactions"):
        kept = [letter for letter in letters if letter["handler"] == handler]
        assert all("|coaching.goals.v1-" in letter["id"] for letter in kept)
        assert len(kept) == len(unreadable), "each of them, and nothing else"
        assert {(each["reason"], each["position"]) for each in kept} == {("undecodable", None)}
    assert "hello" not in json.dumps(letters)

    status, told_so, _ = await dead_letters(
        place.company, "notifications", "discard", letters[0]["id"], "--by", "ops", "--why", "it is no event"
    )
    assert (status, "is discarded" in told_so) == (0, True)
    assert await place.counted() == {"undecodable": 2 * len(unreadable) - 1}


async def test_what_nobody_here_knows_is_passed_over(place: Place):
    stream = f"commitment_{fresh_id()}"
    _, told = place.promise(stream)
    await place.send("goals", b'{"anything": 1}', told | {"ce_type": "org.tandem-coaching.commitment-framed"})
    thing = f"gizmo_{fresh_id()}"
    gizmo = told | {"ce_id": f"{thing}@1", "ce_subject": thing, "ce_type": "org.tandem-coaching.gizmo-made"}
    await place.send("goals", b"{}", gizmo)
    await place.goes_on()
    assert await place.counted() == {}
    row = await place.row_at(stream, 1)
    assert (row["at"], row["value"]) == (1, None), "its place is counted, so that the next event is no gap"


async def test_a_broken_event_waits_for_a_good_one_or_for_a_decision(place: Place):
    healed, decided = (f"commitment_{fresh_id()}" for _ in range(2))
    good, told = place.promise(healed)
    await place.send("goals", b"[]", told)
    for version, cut in ((1, -7), (2, None)):
        value, told_so = place.promise(decided, version)
        await place.send("goals", value[:cut], told_so)
    await place.goes_on()
    aside = {letter["position"]: letter for letter in await place.letters(handler=PROJECTIONS)}
    assert {where: (letter["reason"], letter["type"]) for where, letter in aside.items()} == {
        f"{healed}@1": ("undecodable", "commitment-made"),
        f"{decided}@1": ("undecodable", "commitment-made"),
        f"{decided}@2": ("gap", "commitment-made"),
    }

    await place.send("goals", good, told)
    await eventually("the good one is taken", lambda: place.row_at(healed, 1))
    await decide(place, broken=aside[f"{decided}@1"]["id"], behind=aside[f"{decided}@2"]["id"])
    row = await place.row_at(decided, 2)
    assert (row["gaps"], row["value"]["status"]) == (0, "made")

    async def nothing_waits() -> bool:
        return "waiting" not in await place.counted()

    # Reactions to what nobody could read waited for the rows. They are not repeated for ever, and hold up no other.
    await eventually("nothing waits any more", nothing_waits)
    assert set(await place.counted()) <= {"failed"}, "and none of the projections"


async def decide(place: Place, *, broken: str, behind: str) -> None:
    """The one behind cannot be decided before the broken one; with that discarded both rows go on."""
    by = ("--by", "ops", "--why", "nobody can read it")
    for what, id, why in (("replay", broken, "cannot be taken yet"), ("discard", behind, "deal with that one first")):
        given = by if what == "discard" else ()
        status, _, told = await dead_letters(place.company, "notifications", what, id, *given)
        assert (status, why in told) == (1, True), told
    status, told, _ = await dead_letters(place.company, "notifications", "discard", broken, *by)
    assert (status, "goes on after 1" in told) == (0, True)


async def test_a_reaction_that_failed_is_replayed_after_a_fix(place: Place):
    company = place.company
    documents = company.documents("goals")
    streams = answered(await place.one.get("goals", f"/partnerships/{place.partnership}/check-ins"))
    ids = [each["id"] for each in streams]
    for id in ids:
        await documents.update_one({"_id": id}, {"$set": {"state.status": "no status of ours"}})
    ended = answered(await place.one.post("partnerships", f"/partnerships/{place.partnership}/end"))

    async def failed() -> bool:
        return await place.counted("goals") == {"failed": 1}

    await eventually("the reaction's dead letter", failed)
    letter = f"goals.reactions.when_partnership_changed_then_wake_its_check_ins|{ended['position']}"
    still = await dead_letters(company, "goals", "replay", letter)
    assert (still[0], "still fails" in still[2]) == (1, True)

    for id in ids:
        await documents.update_one({"_id": id}, {"$set": {"state.status": "running"}})
    status, told, _ = await dead_letters(company, "goals", "replay", letter)
    assert (status, "has had its effect" in told) == (0, True)
    for each in answered(await place.one.get("goals", f"/partnerships/{place.partnership}/check-ins")):
        assert each["status"] == "stopped"
    assert await place.counted("goals") == {}


async def test_a_stream_whose_record_was_spoilt_is_sent_again_by_the_service_that_owns_it(place: Place):
    company = place.company
    due = {"text": "A call", "due": {"on": str(company.today() + FAR)}}
    made = answered(await place.one.post("goals", f"/partnerships/{place.partnership}/commitments", due), 201)["id"]
    row = await eventually("its row", lambda: place.row_at(made, 1))
    await company.stage.settle()
    await company.rows("notifications").delete_one({"_id": made})
    await place.send("goals", b"{", place.promise(made)[1])
    ops = company.somebody("operations", "ops")

    async def listed() -> list[Json]:
        handler = PROJECTIONS
        return answered(await ops.get("notifications", "/ops/dead-letters", handler=handler))["items"]

    (letter,) = await eventually("its dead letter", listed)
    assert (letter["position"], letter["reason"]) == (f"{made}@1", "undecodable")
    again = f"/ops/dead-letters/{quote(letter['id'], safe='')}"
    refused = await ops.post("notifications", f"{again}/resend")
    assert problem_of(refused) == (409, "others-stream")
    assert refused.json()["command"] == f"python -m goals resend {made}"
    status, _, told = await dead_letters(company, "notifications", "resend", letter["id"])
    assert (status, refused.json()["command"] in told) == (1, True), "the command line says the same"

    status, told, _ = await command_line(company, "goals", "resend", made)
    assert (status, "1 events" in told) == (0, True)
    assert await eventually("the good record is taken", lambda: place.row_at(made, 1)) == row

    async def is_gone() -> bool:
        return await listed() == []

    await eventually("the letter has gone by itself", is_gone)
    assert problem_of(await ops.get("notifications", again)) == (404, "not-found")
    assert answered(await ops.post("goals", f"/ops/streams/{made}/resend"))["done"]


async def dead_letters(company: Company, service: str, *arguments: str) -> tuple[int, str, str]:
    """Exit status, output and errors of ``python -m <service> dead-letters …``."""
    return await command_line(company, service, "dead-letters", *arguments)


async def command_line(company: Company, service: str, *arguments: str) -> tuple[int, str, str]:
    """Exit status, output and errors of ``python -m <service> …``."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        service,
        *arguments,
        env={**os.environ, **company.suite.environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()
