"""The place of the play: processes of this machine, or `docker compose`."""

import asyncio
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local import backing_services
from eventlog import fresh_id
from eventlog.simulation import SimulatedClock
from eventlog.stores.mongo import MongoClient
from examples.quarter.play import EVE
from examples.quarter.post_office import PostOffice, post_office
from examples.quarter.suite import Suite, local_suite
from service_kit.authentication.local_issuer import LocalIssuer


class CannotPlay(Exception):
    """The chosen place cannot be used. The text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The place of a play, with all that the play needs. ``post_office`` is its mail server, if it has one.
    ``console`` is the address of its console, and ``people`` the file of those who may sign in there.
    """

    suite: Suite
    kafka_url: str
    mongo_url: str
    database_prefix: str
    issuer: LocalIssuer
    post_office: PostOffice | None = None
    console: str | None = None
    people: Path | None = None


@contextmanager
def target(name: str, folder: Path, say: Callable[[str], None], *, together: bool) -> Generator[Target]:
    """The place called ``local`` or ``compose``, for the length of a ``with`` block. Raises CannotPlay."""
    if name == "compose":
        from examples.quarter.compose import compose_target

        with compose_target(say) as found:
            yield found
    elif name == "local":
        with local_target(folder, say, together=together) as found:
            yield found
    else:
        raise CannotPlay(f"TARGET is local or compose, not {name!r}")


@contextmanager
def local_target(folder: Path, say: Callable[[str], None], *, together: bool) -> Generator[Target]:
    """Backing services and the services as processes of this machine, all removed at the end.

    ``together``: one process per service instead of two, which starts faster.
    """
    issuer, people = LocalIssuer.of(folder / "issuer"), folder / "people.json"
    people.unlink(missing_ok=True)
    console = {"SIGN_IN": "local", "LOCAL_ISSUER": str(folder / "issuer"), "LOCAL_PEOPLE": str(people)}
    data = folder / "backing-services"
    with post_office() as office, backing_services(data, say=say, prefer_docker=False) as services:
        prefix = f"quarter_{fresh_id()[:6]}" if "MONGO_URL" in os.environ else "quarter"
        settings = {
            "KAFKA_URL": services.kafka_url,
            "MONGO_URL": services.mongo_url,
            "TOKEN_ISSUER": issuer.issuer,
            "TOKEN_AUDIENCE": issuer.audience,
            "TOKEN_JWKS": issuer.jwks(),
            "ID_KEY": "the ids of a demo are no secret",
            "CLOCK": "simulated",
            "DATABASE_PREFIX": prefix,
            "TOPIC_PARTITIONS": "3",
            "OPENING_SPREAD": "0",
            "SMTP_URL": office.url,
            "MAIL_FROM": "Tandem <tandem@example.com>",
        }
        asyncio.run(_set_the_clock(services.mongo_url, prefix))
        with local_suite(settings, folder / "logs", together=together, console=console) as suite:
            yield Target(
                suite=suite,
                kafka_url=services.kafka_url,
                mongo_url=services.mongo_url,
                database_prefix=prefix,
                issuer=issuer,
                post_office=office,
                console=None if suite.front is None else suite.front.url,
                people=people,
            )


async def _set_the_clock(mongo_url: str, prefix: str) -> None:
    """Set the clock before any process reads it."""
    client = MongoClient(mongo_url)
    await SimulatedClock(client, f"{prefix}_clock").set(EVE)
    await client.close()
