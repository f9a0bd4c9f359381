"""``python -m deploy.kafka_acls``: print the rights of the services at Kafka, as lines for kafka-acls. Changes nothing.

Each service has its own login. It writes its own topic, reads the topics it listens to, and has its own consumer
groups. There are no transactions, so there are no transactional ids.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from eventlog.service import Service
from goals.app import service as goals
from notifications.app import definition as notifications
from partnerships.app import service as partnerships
from service_kit.process.topics import moved_topics
from sessions.app import service as sessions

SERVICES: Sequence[Service] = (partnerships, goals, sessions, notifications.service)


def main(
    principal: Annotated[
        str, typer.Option(help="The name of a service's login in Kafka, with {} for the service.")
    ] = "User:{}",
    topics: Annotated[str, typer.Option(help="Topics with other names, as in the setting TOPICS.")] = "",
    command: Annotated[str, typer.Option(help="The command for kafka-acls.")] = "kafka-acls $ADMIN",
) -> None:
    """Print one line per right."""
    try:
        elsewhere = {name: moved.name for name, moved in moved_topics(topics).items()} if topics else {}
        here = [service.moved(elsewhere) for service in SERVICES]
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong)) from None
    for line in lines(here, principal):
        print(f"{command} {line}")


def lines(services: Sequence[Service] = SERVICES, principal: str = "User:{}") -> Iterator[str]:
    """The arguments of kafka-acls for each right. The right to write or read includes the right to describe."""
    for service in services:
        add = f"--add --allow-principal {principal.format(service.name)} --operation"
        yield f"{add} Write --topic {service.writes}"
        yield from (f"{add} Read --topic {topic}" for topic in service.listens)
        yield f"{add} Read --group {service.name}. --resource-pattern-type prefixed"


if __name__ == "__main__":
    typer.run(main)
