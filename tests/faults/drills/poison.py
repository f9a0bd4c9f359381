"""Records of eleven kinds that are no events, or none of the suite's: one for each hundred that are."""

# aiokafka annotates only in part.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from aiokafka import AIOKafkaProducer
from aiokafka.structs import RecordMetadata

from coaching_events.envelope import Envelope, headers
from coaching_events.events.commitment import CommitmentMade
from coaching_events.ids import PartnershipId, PersonId, StreamId
from coaching_events.topics import TOPICS
from notifications.app import service as notifications
from tests.faults.load.couple import Couple
from tests.faults.oracle.evidence import Place
from tests.faults.scene import TUESDAY, Scene

SHARE = 0.01
Headers = dict[str, str | bytes | None]
Planted = Sequence[tuple[bytes | None, Headers]]


async def poison(scene: Scene, seconds: float) -> None:
    """Plant each kind once, then one record for each hundred. A person decides about one that waits."""
    until = time.monotonic() + seconds
    async with AIOKafkaProducer(bootstrap_servers=scene.services.kafka_url, acks="all") as producer:
        planter = _Planter(scene, producer)
        for kind in KINDS:
            await planter.plant(kind)
        decided = await planter.plant("broken, and a good one behind it")
        while time.monotonic() < until:
            await asyncio.sleep(0.5)
            ends = (await scene.watcher.unread())["ends"]
            while len(scene.planted) < SHARE * sum(ends.values()):
                await planter.plant(scene.rng.choice(list(KINDS)))
    scene.notes.append(f"planted: {len(scene.planted)} records of {len(KINDS)} kinds")
    await _decide(scene, "notifications", f"{notifications.projections_handler}|{decided}@1")


@dataclass
class _Planter:
    scene: Scene
    producer: AIOKafkaProducer
    _number: int = 0

    async def plant(self, kind: str) -> str:
        """Records of a kind, on the partition of some couple; the stream that they speak of."""
        self._number += 1
        stream = f"commitment_planted-{self._number}"
        couple = self.scene.rng.choice(self.scene.couples)
        for value, told in KINDS[kind](couple, stream):
            raw = [(name, text.encode() if isinstance(text, str) else text) for name, text in told.items()]
            self.scene.planted.add(await self._send(value, couple.partnership.encode(), raw))
        return stream

    async def _send(self, value: bytes | None, key: bytes, raw: Sequence[tuple[str, bytes | None]]) -> Place:
        sent = cast("RecordMetadata", await self._sending(value, key, raw))
        return sent.topic, sent.partition, sent.offset

    def _sending(self, value: bytes | None, key: bytes, raw: Sequence[tuple[str, bytes | None]]) -> Any:
        producer: Any = self.producer  # its own types are incomplete
        return producer.send_and_wait(TOPICS["goals"], value, key=key, headers=raw)


async def _decide(scene: Scene, service: str, letter: str) -> None:
    """A person goes on without a record, at the command line, once it is known to be broken."""
    letters = scene.database[f"{scene.prefix}_{service}"]["dead_letters"]
    for _ in range(100):
        if await letters.find_one({"_id": letter}):
            break
        await asyncio.sleep(0.1)
    why = ("--by", "ops", "--why", "nobody can read it")
    status, _, wrong = await scene.pool.command(service, "dead-letters", "discard", letter, *why)
    scene.notes.append(f"discarded: {letter}" if status == 0 else f"not discarded: {wrong}")


def _promise(couple: Couple, stream: str, version: int = 1) -> tuple[bytes, Headers]:
    """A promise that nobody made, as goals would tell of it. Its end lies far off."""
    at = TUESDAY
    made = CommitmentMade(
        by=PersonId(StreamId(couple.one.id)),
        partnership=PartnershipId(StreamId(couple.partnership)),
        owner=PersonId(StreamId(couple.one.id)),
        partner=PersonId(StreamId(couple.other.id)),
        text="A walk",
        due=at.replace(year=at.year + 1),
        grace_end=at.replace(year=at.year + 1),
    )
    envelope = Envelope(
        stream=StreamId(stream),
        version=version,
        type=made.type,
        source="urn:tandem:tandem:goals",
        at=at,
        key=couple.partnership,
    )
    return made.model_dump_json(exclude_none=True).encode(), {**headers(envelope)}


def _with(**changed: Any) -> Callable[[Couple, str], Planted]:
    """A good event but for some headers; without those that are None."""

    def planted(couple: Couple, stream: str) -> Planted:
        value, told = _promise(couple, stream)
        return [(value, {name: text for name, text in (told | changed).items() if text is not None})]

    return planted


def _only(value: bytes | None, told: Headers) -> Callable[[Couple, str], Planted]:
    return lambda couple, stream: [(value, told)]


def _cut(couple: Couple, stream: str) -> Planted:
    value, told = _promise(couple, stream)
    return [(value[:-7], told)]


def _cut_and_good(couple: Couple, stream: str) -> Planted:
    value, told = _promise(couple, stream)
    return [(value[:-7], told), _promise(couple, stream, 2)]


def _far_ahead(couple: Couple, stream: str) -> Planted:
    return [_promise(couple, stream, 7)]


KINDS: Mapping[str, Callable[[Couple, str], Planted]] = {
    "no envelope": _only(b"hello", {}),
    "nothing at all": _only(None, {}),
    "a header that is no text": _only(b"\x00\xff\xfe", {"ce_id": b"\xff"}),
    "no id": _with(ce_id=None),
    "an id that is no position": _with(ce_id="seven"),
    "another version of CloudEvents": _with(ce_specversion="0.3"),
    "a time that is none": _with(ce_time="yesterday"),
    "a type that nobody knows": _with(ce_type="org.tandem-coaching.commitment-framed"),
    "a value that is cut off": _cut,
    "an event whose forerunners never come": _far_ahead,
    "broken, and a good one behind it": _cut_and_good,
}
